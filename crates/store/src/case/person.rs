//! Loads a person: the directory's row, the groups that they are in, their managers and sponsors.

use super::external;
use super::rows::{BOOL, Cells, INT, TEXT, UUID};
use crate::connection::Connection;
use crate::error::Error;
use domain::lifecycle::case::Person;
use odata::value::Value;
use uuid::Uuid;

/// Steps up that a policy may ask for (Graph: requestorManager.managerLevel).
const LEVELS: i64 = 8;

/// Each way is entered at its key: from the subject to its object, or from the object to its subject.
const BY_SUBJECT: &str = "subject AS s JOIN directory_object AS o ON o.tenant = s.tenant AND o.id = s.object_id \
                          WHERE s.tenant = $1 AND s.id = $2";
const BY_OBJECT: &str = "directory_object AS o LEFT JOIN subject AS s ON s.tenant = o.tenant AND s.object_id = o.id \
                         WHERE o.tenant = $1 AND o.id = $2";

/// The person behind a subject.
pub async fn of_subject(connection: &mut Connection, tenant: Uuid, subject: Uuid) -> Result<Option<Person>, Error> {
    load(connection, tenant, BY_SUBJECT, subject).await
}

/// The person with this id in the directory.
pub async fn of_object(connection: &mut Connection, tenant: Uuid, object: Uuid) -> Result<Option<Person>, Error> {
    load(connection, tenant, BY_OBJECT, object).await
}

async fn load(connection: &mut Connection, tenant: Uuid, from: &str, id: Uuid) -> Result<Option<Person>, Error> {
    let sql = format!(
        "SELECT s.id, o.id, o.display_name, o.kind, o.user_type_fold, o.account_enabled, \
         CASE WHEN o.deleted_at IS NULL THEN 0 ELSE 1 END, o.mail FROM {from} AND o.kind IN (1, 3)"
    );
    let columns = [UUID, UUID, TEXT, INT, TEXT, BOOL, INT, TEXT];
    let found = connection.query(&sql, &[Value::Guid(tenant), Value::Guid(id)], &columns).await?;
    let Some(row) = found.first().map(Cells) else { return Ok(None) };
    let is_user = row.int(3) == 1;
    let mut person = Person {
        subject: row.guid_or_none(0),
        object: row.guid(1),
        name: row.text(2),
        is_user,
        is_member: is_user && row.text(4) != "guest",
        is_enabled: row.bool(5),
        is_deleted: row.bool(6),
        ..Person::default()
    };
    let mail = row.text(7);
    // Also of somebody who has no subject yet, or got one before the organization was known.
    if is_user
        && !person.is_member
        && let Some(home) = external::home(connection, tenant, &mail).await?
    {
        person.organization = Some(home.organization);
        person.of_configured = home.configured;
    }
    around(connection, tenant, &mut person).await?;
    Ok(Some(person))
}

/// The groups above a person, and those who answer for them.
async fn around(connection: &mut Connection, tenant: Uuid, person: &mut Person) -> Result<(), Error> {
    let key = [Value::Guid(tenant), Value::Guid(person.object)];
    // UNION: what has been reached is not walked again, so circles of groups end.
    let sql = "WITH RECURSIVE up(member, above) AS (\
               SELECT m.member_id, m.group_id FROM membership AS m WHERE m.tenant = $1 AND m.member_id = $2 \
               UNION SELECT m.member_id, m.group_id FROM up CROSS JOIN membership AS m \
               WHERE m.tenant = $1 AND m.member_id = up.above) SELECT member, above FROM up";
    let found = connection.query(sql, &key, &[UUID, UUID]).await?;
    person.memberships = found.iter().map(Cells).map(|row| (row.guid(0), row.guid(1))).collect();
    if !person.is_user {
        return Ok(());
    }
    let sql = format!(
        "WITH RECURSIVE up(id, level) AS (\
         SELECT o.manager_id, 1 FROM directory_object AS o WHERE o.tenant = $1 AND o.id = $2 \
         UNION ALL SELECT o.manager_id, up.level + 1 FROM up CROSS JOIN directory_object AS o \
         WHERE o.tenant = $1 AND o.id = up.id AND up.level < {LEVELS}) \
         SELECT id FROM up WHERE id IS NOT NULL ORDER BY level"
    );
    let found = connection.query(&sql, &key, &[UUID]).await?;
    person.managers = found.iter().map(Cells).map(|row| row.guid(0)).collect();
    let sql = "SELECT sponsor_id FROM sponsorship WHERE tenant = $1 AND user_id = $2";
    let found = connection.query(sql, &key, &[UUID]).await?;
    person.sponsors = found.iter().map(Cells).map(|row| row.guid(0)).collect();
    Ok(())
}
