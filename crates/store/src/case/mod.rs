//! Loads a case: what rules of requests, approvals and assignments must know, inside the transaction
//! that will apply their outcome. Each question is asked once for all, never in a loop. What a
//! caller may see was asked before, by the entities that the command names.

mod asking;
mod attributes;
mod callouts;
mod external;
pub mod mail;
mod person;
mod role;
mod rows;
mod rule;
mod suggesting;

pub use asking::{requestable, requirements};
pub use suggesting::suggestions;

use crate::answer::Column;
use crate::connection::Connection;
use crate::error::Error;
use crate::policy;
use crate::sql::Sql;
use crate::sql::source::approved;
use domain::catalog::PUBLISHED;
use domain::lifecycle::case::{Assignment, Case, CaseNeed, Holding, Named, Package, Request, Rules, StageState};
use domain::lifecycle::state::{RequestState, RequestType, StageStatus};
use domain::policy::{ApprovalSettings, Policy, SubjectSet};
use model::def::ColumnType;
use odata::value::Value;
use rows::{ASSIGNMENT, ASSIGNMENT_COLUMNS, BOOL, Cells, INT, JSON, OPEN, OPEN_COLUMNS, TEXT, TIME, UUID};
use serde_json::value::RawValue;
use std::collections::HashMap;
use uuid::Uuid;

pub async fn load(connection: &mut Connection, tenant: Uuid, need: CaseNeed) -> Result<(Case, Rules), Error> {
    if let CaseNeed::Person(id) = need {
        return rule::load(connection, tenant, id).await;
    }
    let mut loader = Loader { connection, tenant, case: Case::default() };
    match need {
        CaseNeed::New { package, assignment, target, subject, requestor, approver, email } => {
            if let Some(email) = &email {
                loader.addressed(email).await?;
            }
            let object = match (target, subject, &email) {
                (Some(object), _, _) => Some(object),
                (None, Some(_), _) => None,
                (None, None, Some(_)) => loader.case.addressee,
                (None, None, None) => requestor,
            };
            loader.new_request(package, assignment, (object, subject), requestor).await?;
            if approver {
                loader.approved().await?;
            }
        }
        CaseNeed::Request(id) => loader.request(id).await?,
        CaseNeed::Decision { request, by } => {
            loader.request(request).await?;
            let sql = "SELECT display_name FROM directory_object WHERE tenant = $1 AND id = $2";
            let found = loader.connection.query(sql, &[Value::Guid(tenant), Value::Guid(by)], &[TEXT]).await?;
            loader.case.decider = found.first().map(|row| Cells(row).text(0));
        }
        CaseNeed::Assignment(id) => loader.assignment(id).await?,
        CaseNeed::Callout(id) => loader.callout(id).await?,
        CaseNeed::Subject(id) => {
            loader.case.target = person::of_subject(loader.connection, tenant, id).await?;
            loader.external(None).await?;
        }
        CaseNeed::Person(_) => {}
    }
    Ok((loader.case, Rules::default()))
}

struct Loader<'c> {
    connection: &'c mut Connection,
    tenant: Uuid,
    case: Case,
}

/// Types of requests as they stand in `assignment_request.request_type`, a list for SQL.
fn numbers(which: impl Fn(RequestType) -> bool) -> String {
    let which = RequestType::ALL.into_iter().filter(|each| which(*each));
    which.map(|each| each.number().to_string()).collect::<Vec<_>>().join(", ")
}

impl Loader<'_> {
    async fn new_request(
        &mut self,
        package: Option<Uuid>,
        assignment: Option<Uuid>,
        (object, subject): (Option<Uuid>, Option<Uuid>),
        requestor: Option<Uuid>,
    ) -> Result<(), Error> {
        if let Some(id) = assignment {
            self.case.assignment = self.assignment_row(id).await?;
        }
        let named = self.case.assignment.as_ref().map(|held| (held.package, held.target));
        let package = named.map(|(package, _)| package).or(package);
        self.case.target = match (named.map(|(_, subject)| subject), object, subject) {
            (Some(subject), _, _) | (None, None, Some(subject)) => {
                person::of_subject(self.connection, self.tenant, subject).await?
            }
            (None, Some(object), _) => person::of_object(self.connection, self.tenant, object).await?,
            (None, None, None) => None,
        };
        self.requestor(requestor).await?;
        let subject = self.case.target.as_ref().and_then(|target| target.subject);
        if let Some(package) = package {
            self.package(package).await?;
            if let (None, Some(subject)) = (assignment, subject) {
                self.case.assignment = self.current(package, subject).await?;
            }
            if let Some(subject) = subject {
                self.open(package, subject, None).await?;
            }
        }
        self.holdings(subject).await
    }

    /// Whoever has this address; and where it is from, if nobody has it.
    async fn addressed(&mut self, email: &str) -> Result<(), Error> {
        self.case.addressee = external::by_mail(self.connection, self.tenant, email).await?;
        if self.case.addressee.is_none() {
            self.case.home = external::home(self.connection, self.tenant, email).await?;
        }
        Ok(())
    }

    /// How it stands with a target from outside, the case's own assignment apart.
    async fn external(&mut self, but: Option<Uuid>) -> Result<(), Error> {
        let Some(target) = &self.case.target else { return Ok(()) };
        self.case.external = external::load(self.connection, self.tenant, target, but).await?;
        Ok(())
    }

    /// Those who answer for the organization that the target comes from.
    async fn sponsors(&mut self) -> Result<(), Error> {
        let organization = self.case.target.as_ref().and_then(|target| target.organization);
        let Some(organization) = organization else { return Ok(()) };
        let (connection, tenant) = (&mut *self.connection, self.tenant);
        self.case.internal_sponsors = external::sponsors(connection, tenant, "internal_sponsor", organization).await?;
        self.case.external_sponsors = external::sponsors(connection, tenant, "external_sponsor", organization).await?;
        Ok(())
    }

    async fn requestor(&mut self, object: Option<Uuid>) -> Result<(), Error> {
        let Some(object) = object else { return Ok(()) };
        self.case.requestor = match &self.case.target {
            Some(target) if target.object == object => Some(target.clone()),
            _ => person::of_object(self.connection, self.tenant, object).await?,
        };
        Ok(())
    }

    /// Whether the requestor has approved what the assignment came of.
    async fn approved(&mut self) -> Result<(), Error> {
        let (Some(held), Some(requestor)) = (&self.case.assignment, &self.case.requestor) else { return Ok(()) };
        let key = [Value::Guid(self.tenant), Value::Guid(held.id), Value::Guid(requestor.object)];
        let sql = format!("SELECT 1 FROM assignment WHERE tenant = $1 AND id = $2 AND id IN ({})", approved("$3"));
        self.case.approved = !self.connection.query(&sql, &key, &[INT]).await?.is_empty();
        Ok(())
    }

    async fn request(&mut self, id: Uuid) -> Result<(), Error> {
        let Some((request, package)) = self.request_row(id).await? else { return Ok(()) };
        self.case.target = person::of_subject(self.connection, self.tenant, request.target).await?;
        self.case.requestor = match request.requestor == request.target {
            true => self.case.target.clone(),
            false => person::of_subject(self.connection, self.tenant, request.requestor).await?,
        };
        self.case.assignment = match request.assignment {
            Some(assignment) => self.assignment_row(assignment).await?,
            None => self.current(package, request.target).await?,
        };
        if self.case.assignment.as_ref().is_some_and(|held| !held.state.is_current()) {
            self.case.stands = self.current(package, request.target).await?.map(|held| held.id);
        }
        if !request.state.is_open() {
            self.open(package, request.target, Some(id)).await?;
        }
        self.package(package).await?;
        self.holdings(Some(request.target)).await?;
        self.stages(id).await?;
        let present = self.case.assignment.as_ref().map(|held| held.id);
        self.external(present).await?;
        let held = present.filter(|_| request.assignment.is_some());
        self.case.request = Some(request);
        self.callouts(Some(id)).await?;
        self.alive().await?;
        self.sponsors().await?;
        self.roles(package, held).await
    }

    async fn assignment(&mut self, id: Uuid) -> Result<(), Error> {
        let Some(held) = self.assignment_row(id).await? else { return Ok(()) };
        self.case.target = person::of_subject(self.connection, self.tenant, held.target).await?;
        let package = held.package;
        self.open(package, held.target, None).await?;
        self.case.assignment = Some(held);
        self.external(Some(id)).await?;
        self.package(package).await?;
        self.callouts(None).await?;
        self.roles(package, Some(id)).await
    }

    /// The package, its policies, and what it is incompatible with.
    async fn package(&mut self, id: Uuid) -> Result<(), Error> {
        let key = [Value::Guid(self.tenant), Value::Guid(id)];
        let sql = "SELECT p.id, p.catalog_id, p.display_name, c.state, c.is_externally_visible FROM access_package AS p \
                   CROSS JOIN catalog AS c WHERE p.tenant = $1 AND p.id = $2 AND c.tenant = $1 AND c.id = p.catalog_id";
        let found = self.connection.query(sql, &key, &[UUID, UUID, TEXT, INT, BOOL]).await?;
        let Some(row) = found.first().map(Cells) else { return Ok(()) };
        self.case.package = Some(Package {
            id: row.guid(0),
            catalog: row.guid(1),
            name: row.text(2),
            published: row.int(3) == PUBLISHED,
            external: row.bool(4),
        });
        let sql = "SELECT id, display_name, allowed_target_scope, doc FROM assignment_policy \
                   WHERE tenant = $1 AND package_id = $2 ORDER BY id";
        for row in self.connection.query(sql, &key, &[UUID, TEXT, INT, JSON]).await?.iter().map(Cells) {
            let (policy_id, doc) = (row.guid(0), row.text(3));
            self.case.policies.push(policy::read(policy_id, id, &row.text(1), row.int(2), &doc)?);
            self.case.approval_documents.push((policy_id, approval_document(&doc)));
        }
        self.attributes().await?;
        let sql = "SELECT r.incompatible_id, p.display_name FROM incompatible_package AS r CROSS JOIN access_package AS p \
                   WHERE r.tenant = $1 AND r.package_id = $2 AND p.tenant = $1 AND p.id = r.incompatible_id";
        self.case.incompatible_packages = self.named(sql, &key).await?;
        let sql = "SELECT r.group_id, g.display_name FROM incompatible_group AS r CROSS JOIN directory_object AS g \
                   WHERE r.tenant = $1 AND r.package_id = $2 AND g.tenant = $1 AND g.id = r.group_id \
                   AND g.deleted_at IS NULL";
        self.case.incompatible_groups = self.named(sql, &key).await?;
        Ok(())
    }

    /// What rules ask of the target and the requestor, if a policy has a rule.
    async fn attributes(&mut self) -> Result<(), Error> {
        let asked = |policy: &Policy| policy.targets.iter().chain(&policy.requestor.on_behalf).any(is_rule);
        if !self.case.policies.iter().any(asked) {
            return Ok(());
        }
        for person in [&mut self.case.target, &mut self.case.requestor].into_iter().flatten() {
            if person.is_user {
                person.attributes = attributes::load(self.connection, self.tenant, person.object).await?;
            }
        }
        Ok(())
    }

    async fn named(&mut self, sql: &str, key: &[Value]) -> Result<Vec<Named>, Error> {
        let found = self.connection.query(sql, key, &[UUID, TEXT]).await?;
        Ok(found.iter().map(Cells).map(|row| Named { id: row.guid(0), name: row.text(1) }).collect())
    }

    async fn assignment_row(&mut self, id: Uuid) -> Result<Option<Assignment>, Error> {
        self.one_assignment("id = $2", &[Value::Guid(self.tenant), Value::Guid(id)]).await
    }

    /// What the subject holds of the package now.
    async fn current(&mut self, package: Uuid, subject: Uuid) -> Result<Option<Assignment>, Error> {
        let params = [Value::Guid(self.tenant), Value::Guid(package), Value::Guid(subject)];
        self.one_assignment("package_id = $2 AND target_id = $3 AND is_current", &params).await
    }

    async fn one_assignment(&mut self, condition: &str, params: &[Value]) -> Result<Option<Assignment>, Error> {
        let sql = format!("SELECT {ASSIGNMENT} FROM assignment WHERE tenant = $1 AND {condition}");
        let found = self.connection.query(&sql, params, &ASSIGNMENT_COLUMNS).await?;
        Ok(found.first().map(|row| Cells(row).assignment()))
    }

    /// The request, and the package that it is for.
    async fn request_row(&mut self, id: Uuid) -> Result<Option<(Request, Uuid)>, Error> {
        let sql = "SELECT id, request_type, state, status, policy_id, assignment_id, target_id, requestor_id, \
                   created_by_id, starts_at, ends_at, created_at, completed_at, package_id FROM assignment_request \
                   WHERE tenant = $1 AND id = $2";
        let columns = [UUID, INT, INT, TEXT, UUID, UUID, UUID, UUID, UUID, TIME, TIME, TIME, TIME, UUID];
        let found = self.connection.query(sql, &[Value::Guid(self.tenant), Value::Guid(id)], &columns).await?;
        let Some(row) = found.first().map(Cells) else { return Ok(None) };
        let broken = || Error::Database(format!("request {id} is of no known type or state"));
        let request = Request {
            id: row.guid(0),
            request_type: RequestType::from_number(row.int(1)).ok_or_else(broken)?,
            state: RequestState::from_number(row.int(2)).ok_or_else(broken)?,
            status: row.text(3),
            policy: row.guid_or_none(4),
            assignment: row.guid_or_none(5),
            target: row.guid(6),
            requestor: row.guid(7),
            created_by: row.guid_or_none(8),
            starts_at: row.time(9),
            ends_at: row.time(10),
            created_at: row.time(11).unwrap_or_default(),
            completed_at: row.time(12),
        };
        Ok(Some((request, row.guid(13))))
    }

    /// An open request of the subject for the package.
    async fn open(&mut self, package: Uuid, subject: Uuid, but: Option<Uuid>) -> Result<(), Error> {
        let sql = format!(
            "SELECT {OPEN} FROM assignment_request AS r \
             WHERE r.tenant = $1 AND r.package_id = $2 AND r.target_id = $3 AND r.is_open"
        );
        let params = [Value::Guid(self.tenant), Value::Guid(package), Value::Guid(subject)];
        let found = self.connection.query(&sql, &params, &OPEN_COLUMNS).await?;
        self.case.open = found.first().and_then(|row| Cells(row).open()).filter(|open| Some(open.id) != but);
        Ok(())
    }

    /// What the subject holds, and what it has asked for.
    async fn holdings(&mut self, subject: Option<Uuid>) -> Result<(), Error> {
        let Some(subject) = subject.filter(|_| !self.case.incompatible_packages.is_empty()) else { return Ok(()) };
        let sql = format!(
            "SELECT package_id, id, 1, starts_at, ends_at FROM assignment \
             WHERE tenant = $1 AND target_id = $2 AND is_current UNION ALL \
             SELECT package_id, id, 0, starts_at, ends_at FROM assignment_request \
             WHERE tenant = $1 AND target_id = $2 AND is_open AND request_type IN ({})",
            // Those that give access, and those that prolong it.
            numbers(|each| !each.removes())
        );
        let params = [Value::Guid(self.tenant), Value::Guid(subject)];
        let found = self.connection.query(&sql, &params, &[UUID, UUID, INT, TIME, TIME]).await?;
        let holding = |row: Cells<'_>| Holding {
            package: row.guid(0),
            by: row.guid(1),
            is_assignment: row.int(2) == 1,
            from: row.time(3),
            until: row.time(4),
        };
        self.case.holdings = found.iter().map(Cells).map(holding).collect();
        Ok(())
    }

    /// The approval's stages and those who may decide in them.
    async fn stages(&mut self, request: Uuid) -> Result<(), Error> {
        let key = [Value::Guid(self.tenant), Value::Guid(request)];
        let sql = "SELECT settings FROM approval WHERE tenant = $1 AND id = $2";
        let found = self.connection.query(sql, &key, &[JSON]).await?;
        let Some(settings) = found.first().map(Cells).map(|row| row.text(0)) else { return Ok(()) };
        self.case.approval = Some(policy::read(request, Uuid::nil(), "", 0, &settings)?.approval);
        let sql = "SELECT id, position, status, opened_at FROM approval_stage \
                   WHERE tenant = $1 AND approval_id = $2 ORDER BY position";
        let found = self.connection.query(sql, &key, &[UUID, INT, TEXT, TIME]).await?;
        self.case.stages = found
            .iter()
            .map(Cells)
            .map(|row| StageState {
                id: row.guid(0),
                position: row.int(1),
                status: StageStatus::from_name(&row.text(2)).unwrap_or(StageStatus::Expired),
                opened_at: row.time(3),
                approvers: Vec::new(),
            })
            .collect();
        let sql = "SELECT a.stage_id, a.object_id FROM approval_stage AS s CROSS JOIN approver AS a \
                   WHERE s.tenant = $1 AND s.approval_id = $2 AND a.tenant = $1 AND a.stage_id = s.id";
        let found = self.connection.query(sql, &key, &[UUID, UUID]).await?;
        for row in found.iter().map(Cells) {
            if let Some(stage) = self.case.stages.iter_mut().find(|stage| stage.id == row.guid(0)) {
                stage.approvers.push(row.guid(1));
            }
        }
        Ok(())
    }

    /// Which of the people and groups that may be asked to approve are there.
    async fn alive(&mut self) -> Result<(), Error> {
        let policies = self.case.policies.iter().map(|policy: &Policy| &policy.approval);
        let mut named: Vec<Uuid> = policies.chain(&self.case.approval).flat_map(approvers).collect();
        named.sort_unstable();
        named.dedup();
        if named.is_empty() {
            return Ok(());
        }
        let mut sql = Sql::new(self.connection.dialect(), self.tenant);
        let values: Vec<Value> = named.into_iter().map(Value::Guid).collect();
        let among = sql.among(&values);
        let yes = sql.bind(Value::Bool(true));
        sql.push(&format!(
            "SELECT id FROM directory_object WHERE tenant = $1 AND id {among} AND deleted_at IS NULL \
             AND (kind = 2 OR account_enabled = {yes})"
        ));
        let found = self.connection.query(&sql.text, &sql.params, &[UUID]).await?;
        self.case.alive = found.iter().map(Cells).map(|row| row.guid(0)).collect();
        Ok(())
    }

    async fn roles(&mut self, package: Uuid, assignment: Option<Uuid>) -> Result<(), Error> {
        let Some(object) = self.case.target.as_ref().map(|target| target.object) else { return Ok(()) };
        let (roles, given) = role::load(self.connection, self.tenant, package, assignment, object).await?;
        (self.case.roles, self.case.given) = (roles, given);
        Ok(())
    }
}

fn is_rule(set: &SubjectSet) -> bool {
    matches!(set, SubjectSet::Rule(_))
}

/// What an approval keeps of its policy's document.
fn approval_document(doc: &str) -> String {
    const KEPT: &str = "requestApprovalSettings";
    let members: HashMap<&str, &RawValue> = serde_json::from_str(doc).unwrap_or_default();
    members.get(KEPT).map_or_else(|| "{}".to_owned(), |settings| format!("{{\"{KEPT}\":{}}}", settings.get()))
}

/// Everybody whom an approval names.
fn approvers(settings: &ApprovalSettings) -> Vec<Uuid> {
    let sets = settings.stages.iter().flat_map(|stage| {
        [&stage.primary, &stage.fallback_primary, &stage.escalation_approvers, &stage.fallback_escalation]
    });
    sets.flatten()
        .filter_map(|set| match set {
            SubjectSet::User(id) | SubjectSet::Group(id) => Some(*id),
            _ => None,
        })
        .collect()
}

/// A column of a statement that is read by its place.
const fn column(ty: ColumnType) -> Column {
    Column { name: "cell", ty }
}
