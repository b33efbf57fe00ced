//! What somebody may ask for: the policies that could be for them are loaded by one question, the person
//! once, and `domain` says which of them are. What a page shows of it is the permit's to say.

use super::rows::{BOOL, Cells, INT, JSON, TEXT, UUID};
use super::{attributes, is_rule, person};
use crate::connection::Connection;
use crate::error::Error;
use crate::policy;
use crate::sql::Sql;
use domain::catalog::PUBLISHED;
use domain::lifecycle::case::Person;
use domain::lifecycle::scope;
use domain::policy::{SubjectSet, TargetScope};
use model::surface::Version;
use odata::value::Value;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The access packages that `user` may ask for: not hidden, in a published catalog, and with a policy
/// that lets them ask for themselves.
pub async fn requestable(connection: &mut Connection, tenant: Uuid, user: Uuid, at: i64) -> Result<Vec<Uuid>, Error> {
    match person::of_object(connection, tenant, user).await? {
        Some(mut person) => requestable_by(connection, tenant, &mut person, at).await,
        None => Ok(Vec::new()),
    }
}

/// The same for somebody who is known already.
pub async fn requestable_by(
    connection: &mut Connection,
    tenant: Uuid,
    person: &mut Person,
    at: i64,
) -> Result<Vec<Uuid>, Error> {
    let candidates = candidates(connection, tenant, person).await?;
    let rules = |candidate: &Candidate| candidate.targets.iter().any(is_rule);
    if candidates.iter().any(rules) {
        person.attributes = attributes::load(connection, tenant, person.object).await?;
    }
    let mut packages: Vec<Uuid> = candidates
        .iter()
        .filter(|candidate| scope::takes_in(candidate.scope, &candidate.targets, person, at))
        .map(|candidate| candidate.package)
        .collect();
    packages.sort_unstable();
    packages.dedup();
    Ok(packages)
}

/// As much of a policy as says whom it is for.
struct Candidate {
    package: Uuid,
    scope: TargetScope,
    targets: Vec<SubjectSet>,
}

/// The policies with self-service whose scope suits somebody like this person. Only those that name
/// people are read.
async fn candidates(connection: &mut Connection, tenant: Uuid, person: &Person) -> Result<Vec<Candidate>, Error> {
    let scopes = || TargetScope::ALL.into_iter().filter(|scope| scope::suits(*scope, person));
    let numbers = |scopes: &mut dyn Iterator<Item = TargetScope>| -> String {
        let numbers: Vec<String> = scopes.map(|scope| scope.number().to_string()).collect();
        if numbers.is_empty() { "NULL".to_owned() } else { numbers.join(", ") }
    };
    let (all, by_name) = (numbers(&mut scopes()), numbers(&mut scopes().filter(|scope| scope::is_by_name(*scope))));
    let outside = numbers(&mut TargetScope::ALL.into_iter().filter(|scope| scope::is_from_outside(*scope)));
    let sql = format!(
        "SELECT p.package_id, p.allowed_target_scope, \
         CASE WHEN p.allowed_target_scope IN ({by_name}) THEN p.doc END FROM assignment_policy AS p \
         CROSS JOIN access_package AS k CROSS JOIN catalog AS c WHERE p.tenant = $1 AND p.is_self_service \
         AND p.allowed_target_scope IN ({all}) AND k.tenant = $1 AND k.id = p.package_id AND NOT k.is_hidden \
         AND c.tenant = $1 AND c.id = k.catalog_id AND c.state = {PUBLISHED} \
         AND (c.is_externally_visible OR p.allowed_target_scope NOT IN ({outside}))"
    );
    let found = connection.query(&sql, &[Value::Guid(tenant)], &[UUID, INT, JSON]).await?;
    let mut candidates = Vec::with_capacity(found.len());
    let mut for_all = HashSet::new();
    for row in found.iter().map(Cells) {
        let package = row.guid(0);
        let scope = TargetScope::from_number(row.int(1)).unwrap_or(TargetScope::NotSpecified);
        let targets = match scope::is_by_name(scope) {
            true => policy::targets(package, &row.text(2))?,
            // One policy for everybody is as good as ten.
            false if !for_all.insert((package, scope)) => continue,
            false => Vec::new(),
        };
        candidates.push(Candidate { package, scope, targets });
    }
    Ok(candidates)
}

/// What `user` has to say to be given `package`, as the documents of a surface: one for each policy under
/// which they may ask for it, the one that counts first first.
pub async fn requirements(
    connection: &mut Connection,
    tenant: Uuid,
    package: Uuid,
    user: Uuid,
    at: i64,
    version: Version,
) -> Result<Vec<String>, Error> {
    let Some(mut person) = person::of_object(connection, tenant, user).await? else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT p.id, p.display_name, p.description, p.allowed_target_scope, p.doc, \
         c.is_externally_visible FROM access_package AS k \
         CROSS JOIN catalog AS c CROSS JOIN assignment_policy AS p WHERE k.tenant = $1 AND k.id = $2 \
         AND c.tenant = $1 AND c.id = k.catalog_id AND c.state = {PUBLISHED} AND p.tenant = $1 AND p.package_id = k.id \
         ORDER BY p.id"
    );
    let key = [Value::Guid(tenant), Value::Guid(package)];
    let found = connection.query(&sql, &key, &[UUID, TEXT, TEXT, INT, JSON, BOOL]).await?;
    let rows: Vec<Cells<'_>> = found.iter().map(Cells).collect();
    let read = |row: &Cells<'_>| policy::read(row.guid(0), package, &row.text(1), row.int(3), &row.text(4));
    let policies = rows.iter().map(read).collect::<Result<Vec<_>, Error>>()?;
    if policies.iter().flat_map(|policy| &policy.targets).any(is_rule) {
        person.attributes = attributes::load(connection, tenant, user).await?;
    }
    let external = rows.first().is_some_and(|row| row.bool(5));
    let open = scope::requestable(&policies, external, &person, at);
    let answers = match (version, person.subject) {
        (Version::Beta, Some(subject)) if !open.is_empty() => answers(connection, tenant, package, subject).await?,
        _ => HashMap::new(),
    };
    let document = |id: Uuid| {
        let row = rows.iter().find(|row| row.guid(0) == id)?;
        let description = Some(row.text(2)).filter(|text| !text.is_empty());
        let said = answers.get(&id).map(String::as_str);
        Some(policy::requirement(version, id, &row.text(1), description.as_deref(), &row.text(4), said))
    };
    open.into_iter().filter_map(|policy| document(policy.id)).collect()
}

/// What a subject has answered already, by policy: the answers of their newest request.
async fn answers(
    connection: &mut Connection,
    tenant: Uuid,
    package: Uuid,
    subject: Uuid,
) -> Result<HashMap<Uuid, String>, Error> {
    let mut sql = Sql::new(connection.dialect(), tenant);
    let (subject, package) = (sql.bind(Value::Guid(subject)), sql.bind(Value::Guid(package)));
    sql.push(&format!(
        "SELECT policy_id, doc FROM assignment_request WHERE tenant = $1 AND target_id = {subject} \
         AND package_id = {package} AND policy_id IS NOT NULL ORDER BY created_at, id"
    ));
    let found = connection.query(&sql.text, &sql.params, &[UUID, JSON]).await?;
    let answered = |row: Cells<'_>| Some((row.guid(0), policy::answers_given(&row.text(1))?));
    Ok(found.iter().map(Cells).filter_map(answered).collect())
}
