//! Two keys that nobody may hold at once, people who are given them, and what must hold of it all.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::running::{Caller, Server};

pub const EM: &str = "/v1.0/identityGovernance/entitlementManagement";

/// An access package that makes its holders members of a group.
#[derive(Clone)]
pub struct Key {
    pub package: String,
    pub policy: String,
    pub group: String,
}

impl Key {
    /// The body of a direct assignment.
    pub fn give(&self, person: &str) -> Value {
        let about = json!({ "targetId": person, "assignmentPolicyId": self.policy, "accessPackageId": self.package });
        json!({ "requestType": "adminAdd", "assignment": about })
    }
}

/// The development client, or a user, with every permission.
pub async fn caller(server: &Server, user: Option<&str>) -> Caller {
    let nobody = Caller::new(server, String::new());
    let fields: Vec<(&str, &str)> = user.map(|user| ("user", user)).into_iter().collect();
    let (status, body) = nobody.form("/dev/token", &fields).await;
    assert_eq!(status, 200, "{body}");
    Caller::new(server, body["access_token"].as_str().unwrap().to_owned())
}

pub async fn made(app: &Caller, path: &str, body: Value) -> Value {
    let (status, made) = app.post(path, body).await;
    assert!(status == 201 || status == 204, "{path}: {status} {made}");
    made
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

pub async fn person(app: &Caller, name: &str) -> String {
    let body = json!({
        "accountEnabled": true, "displayName": name, "mailNickname": name,
        "userPrincipalName": format!("{name}@doorward.test"),
        "passwordProfile": { "password": "correct horse battery staple" },
    });
    id(&made(app, "/v1.0/users", body).await)
}

pub async fn catalog(app: &Caller) -> String {
    id(&made(app, &format!("{EM}/catalogs"), json!({ "displayName": "Keys" })).await)
}

/// A package of this name with a policy that ends what it gives after so many days; and what else the
/// policy says.
pub async fn key(app: &Caller, catalog: &str, name: &str, days: u32, more: Value) -> Key {
    let body = json!({ "displayName": name, "mailEnabled": false, "mailNickname": name, "securityEnabled": true });
    let group = id(&made(app, "/v1.0/groups", body).await);
    let body = json!({
        "requestType": "adminAdd", "catalog": { "id": catalog },
        "resource": { "originId": group, "originSystem": "AadGroup" },
    });
    made(app, &format!("{EM}/resourceRequests"), body).await;
    let resources = format!("{EM}/catalogs/{catalog}/resources?$filter=originId%20eq%20'{group}'");
    let resource = id(&app.get(&resources).await.1["value"][0]);
    let package = json!({ "displayName": name, "catalog": { "id": catalog } });
    let package = id(&made(app, &format!("{EM}/accessPackages"), package).await);
    let role = json!({
        "role": {
            "displayName": "Member", "originId": format!("Member_{group}"), "originSystem": "AadGroup",
            "resource": { "id": resource, "originId": group, "originSystem": "AadGroup" },
        },
        "scope": { "originId": group, "originSystem": "AadGroup", "isRootScope": true },
    });
    made(app, &format!("{EM}/accessPackages/{package}/resourceRoleScopes"), role).await;
    let mut policy = json!({
        "displayName": name, "description": name, "allowedTargetScope": "notSpecified", "specificAllowedTargets": [],
        "accessPackage": { "id": package },
        "expiration": { "type": "afterDuration", "duration": format!("P{days}D") },
    });
    policy.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let policy = id(&made(app, &format!("{EM}/assignmentPolicies"), policy).await);
    Key { package, policy, group }
}

/// Neither of the two for whoever has the other.
pub async fn forbid_each_other(app: &Caller, one: &Key, other: &Key) {
    for (one, other) in [(one, other), (other, one)] {
        let path = format!("{EM}/accessPackages/{}/incompatibleAccessPackages/$ref", one.package);
        let far = format!("https://graph.microsoft.com{EM}/accessPackages/{}", other.package);
        made(app, &path, json!({ "@odata.id": far })).await;
    }
}

/// All entities of a collection, page by page.
pub async fn all(caller: &Caller, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let (status, page) = caller.get(&path).await;
        assert_eq!(status, 200, "{path}: {page}");
        rows.extend(page["value"].as_array().unwrap().iter().cloned());
        next = page["@odata.nextLink"].as_str().map(|link| caller.path(link));
    }
    rows
}

/// Waits until nothing is due any more.
pub async fn settled(caller: &Caller) {
    testkit::until_found(async || {
        let (status, clock) = caller.get("/dev/clock").await;
        assert_eq!(status, 200, "{clock}");
        if clock["tasksDue"] == 0 { Ok(()) } else { Err(clock.to_string()) }
    })
    .await;
}

pub async fn days_pass(caller: &Caller, days: u32) {
    let (status, clock) = caller.post("/dev/clock", json!({ "advance": format!("{days}d") })).await;
    assert_eq!(status, 200, "{clock}");
}

/// Who holds each package, as assignments say; each of which was asked for and is there once.
pub async fn holders(app: &Caller) -> BTreeMap<String, BTreeSet<String>> {
    let mut holders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let path = format!("{EM}/assignments?$filter=state%20eq%20'delivered'&$expand=target,accessPackage&$top=200");
    for row in all(app, &path).await {
        let (package, person) = (id(&row["accessPackage"]), row["target"]["objectId"].as_str().unwrap().to_owned());
        assert!(holders.entry(package).or_default().insert(person), "held twice: {row}");
    }
    holders
}

pub async fn members(app: &Caller, group: &str) -> BTreeSet<String> {
    let rows = all(app, &format!("/v1.0/groups/{group}/members?$select=id&$top=200")).await;
    let members: BTreeSet<String> = rows.iter().map(id).collect();
    assert_eq!(members.len(), rows.len(), "somebody is a member twice");
    members
}

/// What must hold of keys whenever nothing is under way: those who hold one are members of its group and
/// nobody else is, nobody holds both of the first two, and time ended each assignment once. Gives the
/// states of all requests, by id.
pub async fn in_order(app: &Caller, keys: &[Key]) -> BTreeMap<String, String> {
    let mut holders = holders(app).await;
    for key in keys {
        let held = holders.remove(&key.package).unwrap_or_default();
        assert_eq!(members(app, &key.group).await, held);
    }
    assert!(holders.is_empty(), "of no key: {holders:?}");
    let (one, other) = (members(app, &keys[0].group).await, members(app, &keys[1].group).await);
    assert!(one.is_disjoint(&other), "{} people hold both keys", one.intersection(&other).count());
    let mut states = BTreeMap::new();
    let mut ended = BTreeSet::new();
    for row in all(app, &format!("{EM}/assignmentRequests?$expand=assignment&$top=200")).await {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        assert!(states.insert(id(&row), text(&row["state"])).is_none(), "there twice: {row}");
        if row["requestType"] == "systemRemove" {
            assert!(ended.insert(id(&row["assignment"])), "ended twice: {row}");
        }
    }
    states
}
