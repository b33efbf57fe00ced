//! Does by HTTP what the machine says, and asks the house what has come of it.

use super::model::{DECIDED, DIRECT_DAYS, GRACE, Model, OWN_DAYS, PATIENCE, SCOPED, STAGES};
use super::{ARCHIVISTS, ASKERS, BY_RULE, GROUPS, INNER, OUTER, PACKAGES, USERS};
use crate::life::automatic::{department, moves};
use crate::life::kit::{admin_add, ask, assignments, bring, direct, for_all, onboard, policy, stage, user_add, with};
use crate::steps::{V1, catalog, group, group_link, package, package_link};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Answer, Client, House};

const EM: &str = "EntitlementManagement.ReadWrite.All";
const QUARTER: i64 = 6 * 3600;
/// The department that the rule is for.
const STAFF: &str = "Staff";

/// Whether a request is to be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expect(u16);

impl Expect {
    /// Whom it is for isn't there.
    pub const NOBODY: Expect = Expect(404);

    pub fn created(fine: bool) -> Expect {
        Expect(if fine { 201 } else { 400 })
    }
}

pub struct Driver<'h> {
    house: &'h House,
    app: Client,
    users: Vec<(String, Client)>,
    approvers: Vec<Client>,
    groups: Vec<String>,
    packages: Vec<String>,
    /// For administrators, and for users.
    policies: Vec<[String; 2]>,
    archive: String,
    catalog: String,
    /// When it was no quarter at all.
    began: i64,
    /// Ids, in the order of the model's.
    requests: Vec<String>,
    assignments: Vec<String>,
}

fn lasting(body: Value, days: Option<i64>) -> Value {
    match days {
        None => body,
        Some(days) => with(body, json!({ "expiration": { "type": "afterDuration", "duration": format!("P{days}D") } })),
    }
}

/// The policy by which users ask.
fn own(package: usize, deciders: &[&str], askers: &str) -> Value {
    let mut body = lasting(for_all(), OWN_DAYS[package]);
    let (add, update) = DECIDED[package];
    if STAGES[package] > 0 {
        let stage = |user: &&str| {
            let one = stage(json!({ "@odata.type": "#microsoft.graph.singleUser", "userId": user }));
            with(one, json!({ "durationBeforeAutomaticDenial": format!("PT{}H", PATIENCE * 6) }))
        };
        let stages: Vec<Value> = deciders[..STAGES[package]].iter().map(stage).collect();
        body["requestApprovalSettings"] =
            json!({ "isApprovalRequiredForAdd": add, "isApprovalRequiredForUpdate": update, "stages": stages });
    }
    if package == BY_RULE {
        let rule = department(STAFF);
        for name in ["allowedTargetScope", "specificAllowedTargets", "automaticRequestSettings"] {
            body[name] = rule[name].clone();
        }
        body["automaticRequestSettings"]["gracePeriodBeforeAccessRemoval"] = json!(format!("P{GRACE}D"));
    }
    if package == SCOPED {
        body["allowedTargetScope"] = json!("specificDirectoryUsers");
        body["specificAllowedTargets"] = json!([{ "@odata.type": "#microsoft.graph.groupMembers", "groupId": askers }]);
    }
    body
}

#[track_caller]
fn expect(answer: Answer, status: u16, place: &str) -> Answer {
    assert_eq!(answer.status, status, "{}\nat {place}", answer.text());
    answer
}

impl<'h> Driver<'h> {
    pub async fn new(house: &'h House) -> Driver<'h> {
        let app = house.app().await;
        let mut users = Vec::new();
        for name in USERS {
            users.push((house.user_id(name).await, house.user(name, &[EM]).await));
        }
        let approvers = vec![house.user("ada", &[EM]).await, house.user("dan", &[EM]).await];
        let deciders = [house.user_id("ada").await, house.user_id("dan").await];
        let deciders: Vec<&str> = deciders.iter().map(String::as_str).collect();
        let catalog = catalog(&app, "Machine").await;
        let (mut groups, mut resources, mut packages, mut policies) = (vec![], vec![], vec![], vec![]);
        for name in GROUPS {
            let id = group(&app, name).await;
            resources.push(onboard(&app, &catalog, &id).await);
            groups.push(id);
        }
        let inner = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/groups/{}", groups[INNER]) });
        app.post(&format!("/v1.0/groups/{}/members/$ref", groups[OUTER]), inner).await.expect(204);
        for (at, name) in PACKAGES.iter().enumerate() {
            let id = package(&app, &catalog, name).await;
            for brought in super::model::BRINGS[at] {
                let group = &groups[*brought];
                bring(&app, &id, &resources[*brought], &format!("Member_{group}"), group).await.expect(201);
            }
            let by_hand = policy(&app, &id, lasting(direct(), DIRECT_DAYS[at])).await;
            policies.push([by_hand, policy(&app, &id, own(at, &deciders, &groups[ASKERS])).await]);
            packages.push(id);
        }
        let archive = resources[ARCHIVISTS].clone();
        let (requests, assignments) = (Vec::new(), Vec::new());
        let began = server::Clock.now();
        let driver = Driver {
            house,
            app,
            users,
            approvers,
            groups,
            packages,
            policies,
            archive,
            catalog,
            began,
            requests,
            assignments,
        };
        for user in 0..USERS.len() {
            driver.join(user, ASKERS, 204, "the beginning").await;
        }
        driver
    }

    /// Notes a request that was accepted.
    #[track_caller]
    fn taken(&mut self, answer: Answer, expect: Expect, place: &str) -> bool {
        let answer = self::expect(answer, expect.0, place);
        if answer.status == 201 {
            self.requests.push(answer.id());
        }
        answer.status == 201
    }

    pub async fn direct(
        &mut self,
        user: usize,
        package: usize,
        from: Option<i64>,
        expect: Expect,
        place: &str,
    ) -> bool {
        let mut body = admin_add(&self.packages[package], &self.policies[package][0], &self.users[user].0);
        if let Some(from) = from {
            let at = jiff::Timestamp::from_microsecond(self.began + from * QUARTER * 1_000_000).unwrap();
            body = with(body, json!({ "schedule": { "startDateTime": at.to_string() } }));
        }
        let answer = ask(&self.app, body).await;
        self.taken(answer, expect, place)
    }

    pub async fn user_add(&mut self, user: usize, package: usize, expect: Expect, place: &str) -> bool {
        let answer = ask(&self.users[user].1, user_add(&self.packages[package])).await;
        self.taken(answer, expect, place)
    }

    async fn about(
        &mut self,
        held: usize,
        by: Option<usize>,
        what: &str,
        more: Value,
        expect: Expect,
        place: &str,
    ) -> bool {
        let (who, client) = match by {
            Some(user) => ("user", &self.users[user].1),
            None => ("admin", &self.app),
        };
        let assignment = with(json!({ "id": self.assignments[held] }), more["assignment"].clone());
        let body = json!({ "requestType": format!("{who}{what}") });
        let body = with(with(body, more), json!({ "assignment": assignment }));
        let answer = ask(client, body).await;
        self.taken(answer, expect, place)
    }

    pub async fn remove(&mut self, held: usize, user: usize, by_user: bool, expect: Expect, place: &str) -> bool {
        self.about(held, by_user.then_some(user), "Remove", json!({}), expect, place).await
    }

    pub async fn extend(
        &mut self,
        held: usize,
        by: Option<usize>,
        days: Option<u8>,
        policy: Option<(usize, bool)>,
        expect: Expect,
        place: &str,
    ) -> bool {
        let mut more = days.map_or(json!({}), |days| {
            json!({ "schedule": { "expiration": { "type": "afterDuration", "duration": format!("P{days}D") } } })
        });
        if let Some((package, own)) = policy {
            more["assignment"] = json!({ "assignmentPolicyId": self.policies[package][usize::from(own)] });
        }
        self.about(held, by, "Update", more, expect, place).await
    }

    pub async fn cancel(&self, request: usize, user: usize, place: &str) {
        let path = format!("{V1}/assignmentRequests/{}/cancel", self.requests[request]);
        expect(self.users[user].1.send("POST", &path, None).await, 204, place);
    }

    pub async fn decide(&self, request: usize, stage: usize, approve: bool, place: &str) {
        let path = format!("{V1}/accessPackageAssignmentApprovals/{}/stages", self.requests[request]);
        let approver = &self.approvers[stage];
        let stages = expect(approver.get(&path).await, 200, place);
        let open = stages.values().iter().find(|stage| stage["status"] == "InProgress");
        let open = open.unwrap_or_else(|| panic!("no stage is open: {}\nat {place}", stages.text()));
        let id = open["id"].as_str().unwrap();
        let verdict = json!({ "reviewResult": if approve { "Approve" } else { "Deny" } });
        expect(approver.patch(&format!("{path}/{id}"), verdict).await, 204, place);
    }

    pub async fn join(&self, user: usize, group: usize, status: u16, place: &str) {
        let link = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/users/{}", self.users[user].0) });
        let path = format!("/v1.0/groups/{}/members/$ref", self.groups[group]);
        expect(self.app.post(&path, link).await, status, place);
    }

    pub async fn leave(&self, user: usize, group: usize, status: u16, place: &str) {
        let path = format!("/v1.0/groups/{}/members/{}/$ref", self.groups[group], self.users[user].0);
        expect(self.app.delete(&path).await, status, place);
    }

    pub async fn forbid(&self, package: usize, other: usize, on: bool, status: u16, place: &str) {
        let rules = format!("{V1}/accessPackages/{}/incompatibleAccessPackages", self.packages[package]);
        let other = &self.packages[other];
        let answer = match on {
            true => self.app.post(&format!("{rules}/$ref"), package_link(other)).await,
            false => self.app.delete(&format!("{rules}/{other}/$ref")).await,
        };
        expect(answer, status, place);
    }

    pub async fn forbid_group(&self, package: usize, group: usize, on: bool, place: &str) {
        let rules = format!("{V1}/accessPackages/{}/incompatibleGroups", self.packages[package]);
        let group = &self.groups[group];
        let answer = match on {
            true => self.app.post(&format!("{rules}/$ref"), group_link(group)).await,
            false => self.app.delete(&format!("{rules}/{group}/$ref")).await,
        };
        expect(answer, 204, place);
    }

    pub async fn bring(&self, package: usize, on: bool, place: &str) {
        let (package, group) = (&self.packages[package], &self.groups[ARCHIVISTS]);
        if on {
            expect(bring(&self.app, package, &self.archive, &format!("Member_{group}"), group).await, 201, place);
            return;
        }
        let roles = format!("{V1}/accessPackages/{package}/resourceRoleScopes");
        let found = expect(self.app.get(&format!("{roles}?$expand=scope")).await, 200, place);
        let ours = found.values().iter().find(|role| role["scope"]["originId"] == json!(group));
        let id = ours.unwrap_or_else(|| panic!("{}\nat {place}", found.text()))["id"].as_str().unwrap().to_owned();
        expect(self.app.delete(&format!("{roles}/{id}")).await, 204, place);
    }

    pub async fn archivists(&self, gone: bool, place: &str) {
        let group = &self.groups[ARCHIVISTS];
        match gone {
            true => expect(self.app.delete(&format!("/v1.0/groups/{group}")).await, 204, place),
            false => {
                let path = format!("/v1.0/directory/deletedItems/{group}/restore");
                expect(self.app.send("POST", &path, None).await, 200, place)
            }
        };
    }

    pub async fn person(&mut self, user: usize, gone: bool, place: &str) {
        let id = &self.users[user].0;
        if gone {
            expect(self.app.delete(&format!("/v1.0/users/{id}")).await, 204, place);
            return;
        }
        let path = format!("/v1.0/directory/deletedItems/{id}/restore");
        expect(self.app.send("POST", &path, None).await, 200, place);
        self.users[user].1 = self.house.user(USERS[user], &[EM]).await;
    }

    pub async fn moves(&self, user: usize, staff: bool) {
        moves(&self.app, &self.users[user].0, json!(if staff { STAFF } else { "Elsewhere" })).await;
    }

    pub async fn publish(&self, on: bool, place: &str) {
        let state = json!({ "state": if on { "published" } else { "unpublished" } });
        expect(self.app.patch(&format!("{V1}/catalogs/{}", self.catalog), state).await, 204, place);
    }

    pub async fn reprocess_assignment(&self, held: usize, status: u16, place: &str) {
        let path = format!("{V1}/assignments/{}/reprocess", self.assignments[held]);
        expect(self.app.send("POST", &path, None).await, status, place);
    }

    pub async fn reprocess_request(&self, request: usize, status: u16, place: &str) {
        let path = format!("{V1}/assignmentRequests/{}/reprocess", self.requests[request]);
        expect(self.app.send("POST", &path, None).await, status, place);
    }

    /// Moves the time on, to where nothing is due any more; by nothing only waits for that.
    pub async fn advance(&self, quarters: i64, place: &str) {
        let wish = json!({ "advance": format!("{}h", quarters * 6) });
        let clock = expect(self.house.nobody().post("/dev/clock", wish).await, 200, place);
        assert_eq!(clock.json["tasksDue"], 0, "work is never done\nat {place}");
    }

    /// What was asked for last is as the model says; learns the ids of assignments.
    pub async fn check(&mut self, model: &Model, place: &str) {
        assert_eq!(self.requests.len(), model.requests.len(), "at {place}");
        while self.assignments.len() < model.assignments.len() {
            let next = self.assignments.len();
            let of = model.requests.iter().position(|each| each.assignment == Some(next));
            let found = match of {
                Some(of) => {
                    let path = format!("{V1}/assignmentRequests/{}?$expand=assignment", self.requests[of]);
                    self.app.get(&path).await.expect(200).json["assignment"].clone()
                }
                // It was asked for by the rule.
                None => {
                    let held = &model.assignments[next];
                    let all = assignments(&self.app, &self.packages[held.package]).await;
                    let is_it = |each: &&Value| {
                        each["state"] == "delivered" && each["target"]["objectId"] == json!(self.users[held.user].0)
                    };
                    all.iter().find(is_it).cloned().unwrap_or_default()
                }
            };
            let id = found["id"].as_str();
            self.assignments.push(id.unwrap_or_else(|| panic!("no assignment: {found}\nat {place}")).to_owned());
        }
        if let Some((id, request)) = self.requests.last().zip(model.requests.last()) {
            let found = self.app.get(&format!("{V1}/assignmentRequests/{id}")).await.expect(200).json;
            assert_eq!(found["state"], request.state.name(), "{found}\nat {place}");
        }
    }

    /// The whole of it.
    pub async fn compare(&self, model: &Model, place: &str) {
        let list = async |set: &str| {
            let found = self.app.get(&format!("{V1}/{set}?$top=999")).await.expect(200);
            let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let rows =
                found.values().iter().map(|row| (text(row, "id"), (text(row, "state"), text(row, "requestType"))));
            rows.collect::<BTreeMap<_, _>>()
        };
        let mut requests = list("assignmentRequests").await;
        for (id, request) in self.requests.iter().zip(&model.requests) {
            let found = requests.remove(id).map(|(state, _)| state);
            assert_eq!(found.as_deref(), Some(request.state.name()), "{request:?}\n{place}");
        }
        // What is left was made by the house itself: for a rule, when time was up, or the holder deleted.
        for (kind, number) in [("systemAdd", model.began_by_itself), ("systemRemove", model.ended_by_itself)] {
            let before = requests.len();
            requests.retain(|_, (_, made)| made != kind);
            assert_eq!(before - requests.len(), number, "{kind}\n{place}");
        }
        assert!(requests.is_empty(), "{requests:?}\n{place}");
        let mut assignments = list("assignments").await;
        for (id, held) in self.assignments.iter().zip(&model.assignments) {
            let found = assignments.remove(id).map(|(state, _)| state);
            assert_eq!(found.as_deref(), Some(held.state.name()), "{held:?}\n{place}");
        }
        assert!(assignments.is_empty(), "{assignments:?}\n{place}");
        for (at, group) in self.groups.iter().enumerate().filter(|(at, _)| *at != ARCHIVISTS || !model.gone) {
            let found: BTreeSet<String> = crate::life::kit::members(&self.app, group).await.into_iter().collect();
            let expected =
                model.members.keys().filter(|(_, of)| *of == at).map(|(user, _)| self.users[*user].0.clone());
            let mut expected: BTreeSet<String> = expected.collect();
            if at == OUTER {
                expected.insert(self.groups[INNER].clone());
            }
            assert_eq!(found, expected, "members of {}\n{place}", GROUPS[at]);
        }
    }
}
