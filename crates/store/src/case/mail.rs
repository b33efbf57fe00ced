//! Loads the addresses of those whom a case may concern, so that a letter is complete when it is
//! written. Who is deleted or disabled gets none.

use super::rows::{Cells, TEXT, UUID};
use crate::connection::Connection;
use crate::error::Error;
use crate::sql::Sql;
use domain::lifecycle::case::{Case, Mailbook, Mailbox};
use domain::lifecycle::state::RequestState;
use odata::value::Value;
use uuid::Uuid;

/// The most members of groups that are written to about one request.
const MEMBERS: usize = 500;

/// Whom a letter may reach; `{yes}` is true. Whose sign-in Doorward has blocked itself is let in again by
/// what the letter tells of.
fn reader(yes: &str) -> String {
    format!(
        "o.kind = 1 AND o.deleted_at IS NULL AND (o.account_enabled = {yes} OR EXISTS (SELECT 1 FROM subject AS s \
         WHERE s.tenant = o.tenant AND s.object_id = o.id AND s.blocked_at IS NOT NULL))"
    )
}

pub async fn load(connection: &mut Connection, tenant: Uuid, case: &mut Case) -> Result<(), Error> {
    if case.request.is_none() && case.assignment.is_none() {
        return Ok(());
    }
    let mut book = Mailbook::default();
    let mut asked: Vec<Uuid> = Vec::new();
    asked.extend([&case.target, &case.requestor].into_iter().flatten().map(|person| person.object));
    let undecided = case.request.as_ref().filter(|request| {
        let waits = matches!(request.state, RequestState::Submitted | RequestState::PendingApproval);
        waits && request.request_type.by_user()
    });
    if let Some(request) = undecided {
        let people = [&case.target, &case.requestor].into_iter().flatten();
        asked.extend(people.flat_map(|person| person.managers.iter().chain(&person.sponsors)));
        asked.extend(case.alive.iter().chain(&case.internal_sponsors).chain(&case.external_sponsors));
        asked.sort_unstable();
        asked.dedup();
        book.justification = justification(connection, tenant, request.id).await?;
    }
    book.entries = people(connection, tenant, &asked).await?;
    if undecided.is_some() {
        let groups: Vec<Uuid> =
            case.alive.iter().copied().filter(|id| !book.entries.iter().any(|entry| entry.of == *id)).collect();
        book.entries.extend(members(connection, tenant, &groups).await?);
    }
    case.mailbook = Some(book);
    Ok(())
}

async fn people(connection: &mut Connection, tenant: Uuid, asked: &[Uuid]) -> Result<Vec<Mailbox>, Error> {
    let mut sql = Sql::new(connection.dialect(), tenant);
    let among = sql.among(&guids(asked));
    let reader = reader(&sql.bind(Value::Bool(true)));
    sql.push(&format!(
        "SELECT o.id, o.id, o.display_name, o.mail, o.user_principal_name FROM directory_object AS o \
         WHERE o.tenant = $1 AND o.id {among} AND {reader}"
    ));
    read(connection, &sql).await
}

/// The users in these groups, directly or through other groups.
async fn members(connection: &mut Connection, tenant: Uuid, groups: &[Uuid]) -> Result<Vec<Mailbox>, Error> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(connection.dialect(), tenant);
    let among = sql.among(&guids(groups));
    let reader = reader(&sql.bind(Value::Bool(true)));
    sql.push(&format!(
        "WITH RECURSIVE down(root, member) AS (\
         SELECT m.group_id, m.member_id FROM membership AS m WHERE m.tenant = $1 AND m.group_id {among} \
         UNION SELECT d.root, m.member_id FROM down AS d CROSS JOIN membership AS m \
         WHERE m.tenant = $1 AND m.group_id = d.member) \
         SELECT d.root, o.id, o.display_name, o.mail, o.user_principal_name FROM down AS d \
         CROSS JOIN directory_object AS o WHERE o.tenant = $1 AND o.id = d.member AND {reader} \
         ORDER BY o.id LIMIT {MEMBERS}"
    ));
    read(connection, &sql).await
}

async fn justification(connection: &mut Connection, tenant: Uuid, request: Uuid) -> Result<Option<String>, Error> {
    let sql = "SELECT justification FROM assignment_request WHERE tenant = $1 AND id = $2";
    let found = connection.query(sql, &[Value::Guid(tenant), Value::Guid(request)], &[TEXT]).await?;
    Ok(found.first().map(|row| Cells(row).text(0)).filter(|text| !text.is_empty()))
}

async fn read(connection: &mut Connection, sql: &Sql) -> Result<Vec<Mailbox>, Error> {
    let found = connection.query(&sql.text, &sql.params, &[UUID, UUID, TEXT, TEXT, TEXT]).await?;
    Ok(found.iter().map(Cells).filter_map(|row| mailbox(&row)).collect())
}

/// Where there is no `mail`, the sign-in name is taken for an address; a guest's never is one.
fn mailbox(row: &Cells<'_>) -> Option<Mailbox> {
    let is_address = |text: &String| text.contains('@') && !text.to_ascii_uppercase().contains("#EXT#");
    let address = [row.text(3), row.text(4)].into_iter().find(is_address)?;
    Some(Mailbox { of: row.guid(0), person: row.guid(1), name: row.text(2), address })
}

fn guids(ids: &[Uuid]) -> Vec<Value> {
    ids.iter().copied().map(Value::Guid).collect()
}
