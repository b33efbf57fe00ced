//! What is suggested to somebody: loads what people around them hold and what they held themselves, each
//! by one question, and `domain` says what follows. What the tenant doesn't let show is not even loaded.

use super::asking::requestable_by;
use super::person;
use super::rows::{BOOL, Cells, INT, TEXT, TIME, UUID};
use crate::connection::Connection;
use crate::error::Error;
use crate::sql::Sql;
use domain::lifecycle::case::Person;
use domain::lifecycle::state::AssignmentState;
use domain::lifecycle::suggestion::{self, Around, Grounds, Holder, Insight, Past, Reason};
use domain::organization::END_USER_SETTINGS;
use odata::value::Value;
use odata::write;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use uuid::Uuid;

/// Why each access package is suggested to `user`, as Graph's documents.
pub async fn suggestions(
    connection: &mut Connection,
    tenant: Uuid,
    user: Uuid,
    at: i64,
    grounds: Grounds,
) -> Result<BTreeMap<Uuid, String>, Error> {
    let Some(mut person) = person::of_object(connection, tenant, user).await? else { return Ok(BTreeMap::new()) };
    let insight = insight(connection, tenant).await?;
    let mut around = Around {
        requestable: requestable_by(connection, tenant, &mut person, at).await?,
        barred: barred(connection, tenant, &person).await?,
        ..Around::default()
    };
    if grounds.related && insight != Insight::Disabled {
        around.related = related(connection, tenant, user).await?;
    }
    if grounds.history
        && let Some(subject) = person.subject
    {
        around.past = past(connection, tenant, subject).await?;
    }
    let suggestions = suggestion::suggest(&around, insight, grounds);
    Ok(suggestions.into_iter().map(|each| (each.package, document(&each.reasons))).collect())
}

/// What the tenant lets people see of each other.
async fn insight(connection: &mut Connection, tenant: Uuid) -> Result<Insight, Error> {
    let sql = "SELECT is_enabled, insight_level FROM control_configuration WHERE tenant = $1 AND id = $2";
    let key = [Value::Guid(tenant), Value::Guid(END_USER_SETTINGS)];
    let found = connection.query(sql, &key, &[BOOL, INT]).await?;
    Ok(found.first().map(Cells).map_or(Insight::Disabled, |row| Insight::of(row.bool(0), row.int(1))))
}

/// What is in the way of a package: that it is held or asked for, or what else is held.
async fn barred(connection: &mut Connection, tenant: Uuid, person: &Person) -> Result<HashSet<Uuid>, Error> {
    // The groups above the person came along with them.
    let groups: BTreeSet<Uuid> = person.memberships.iter().map(|(_, group)| *group).collect();
    let mut found = Vec::new();
    if !groups.is_empty() {
        let mut sql = Sql::new(connection.dialect(), tenant);
        let ids: Vec<Value> = groups.into_iter().map(Value::Guid).collect();
        let among = sql.among(&ids);
        sql.push(&format!("SELECT package_id FROM incompatible_group WHERE tenant = $1 AND group_id {among}"));
        found = connection.query(&sql.text, &sql.params, &[UUID]).await?;
    }
    if let Some(subject) = person.subject {
        let sql = "SELECT a.package_id FROM assignment AS a \
                   WHERE a.tenant = $1 AND a.target_id = $2 AND a.is_current \
                   UNION ALL SELECT r.package_id FROM assignment_request AS r \
                   WHERE r.tenant = $1 AND r.target_id = $2 AND r.is_open \
                   UNION ALL SELECT i.package_id FROM assignment AS a CROSS JOIN incompatible_package AS i \
                   WHERE a.tenant = $1 AND a.target_id = $2 AND a.is_current \
                   AND i.tenant = $1 AND i.incompatible_id = a.package_id";
        found.extend(connection.query(sql, &[Value::Guid(tenant), Value::Guid(subject)], &[UUID]).await?);
    }
    Ok(found.iter().map(Cells).map(|row| row.guid(0)).collect())
}

/// Who of the manager, of those with the same manager, and of the direct reports holds what now.
async fn related(connection: &mut Connection, tenant: Uuid, user: Uuid) -> Result<Vec<Holder>, Error> {
    let sql = "WITH related(id) AS (\
               SELECT o.manager_id FROM directory_object AS o \
               WHERE o.tenant = $1 AND o.id = $2 AND o.manager_id IS NOT NULL \
               UNION SELECT p.id FROM directory_object AS o CROSS JOIN directory_object AS p \
               WHERE o.tenant = $1 AND o.id = $2 AND p.tenant = $1 AND p.manager_id = o.manager_id \
               UNION SELECT r.id FROM directory_object AS r WHERE r.tenant = $1 AND r.manager_id = $2) \
               SELECT h.package_id, o.id, o.display_name FROM related AS e CROSS JOIN directory_object AS o \
               CROSS JOIN subject AS s CROSS JOIN assignment AS h WHERE e.id <> $2 AND o.tenant = $1 AND o.id = e.id \
               AND o.deleted_at IS NULL AND s.tenant = $1 AND s.object_id = o.id \
               AND h.tenant = $1 AND h.target_id = s.id AND h.is_current ORDER BY o.display_name_fold, o.id";
    let found = connection.query(sql, &[Value::Guid(tenant), Value::Guid(user)], &[UUID, UUID, TEXT]).await?;
    let holder = |row: Cells<'_>| Holder { package: row.guid(0), id: row.guid(1), name: row.text(2) };
    Ok(found.iter().map(Cells).map(holder).collect())
}

/// What a subject held that has ended since.
async fn past(connection: &mut Connection, tenant: Uuid, subject: Uuid) -> Result<Vec<Past>, Error> {
    let sql = format!(
        "SELECT package_id, count(*), max(created_at) FROM assignment \
         WHERE tenant = $1 AND target_id = $2 AND state = {} GROUP BY package_id",
        AssignmentState::Expired.number()
    );
    let found = connection.query(&sql, &[Value::Guid(tenant), Value::Guid(subject)], &[UUID, INT, TIME]).await?;
    let past = |row: Cells<'_>| Past { package: row.guid(0), count: row.int(1), last: row.time(2).unwrap_or_default() };
    Ok(found.iter().map(Cells).map(past).collect())
}

fn document(reasons: &[Reason]) -> String {
    let reasons: Vec<serde_json::Value> = reasons
        .iter()
        .map(|reason| match reason {
            Reason::RelatedPeople { named, count } => json!({
                "@odata.type": "#microsoft.graph.accessPackageSuggestionRelatedPeopleBased",
                "relatedPeople":
                    named.iter().map(|(id, name)| json!({ "displayName": name, "id": id })).collect::<Vec<_>>(),
                "relatedPeopleAssignmentCount": count,
            }),
            Reason::History { count, last } => json!({
                "@odata.type": "#microsoft.graph.accessPackageSuggestionSelfAssignmentHistoryBased",
                "lastAssignmentDateTime": write::time(*last),
                "pastAssignmentCount": count,
            }),
        })
        .collect();
    serde_json::Value::from(reasons).to_string()
}
