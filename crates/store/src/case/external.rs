//! Loads how it stands with people from outside: where they come from, who answers for them there, and
//! what is to become of them.

use super::numbers;
use super::rows::{Cells, INT, TEXT, TIME, UUID};
use crate::connection::Connection;
use crate::error::Error;
use crate::fold::fold;
use domain::lifecycle::case::{Home, Person};
use domain::lifecycle::external::{Afterwards, External, GOVERNED};
use domain::lifecycle::state::RequestType;
use domain::organization::{CONFIGURED, domain_of, key_of_domain};
use odata::value::Value;
use uuid::Uuid;

/// The organization whose domain an address is in.
pub async fn home(connection: &mut Connection, tenant: Uuid, mail: &str) -> Result<Option<Home>, Error> {
    let Some(domain) = domain_of(mail) else { return Ok(None) };
    let sql = "SELECT g.id, g.state FROM organization_source AS s CROSS JOIN connected_organization AS g \
               WHERE s.tenant = $1 AND s.source = $2 AND g.tenant = $1 AND g.id = s.organization_id";
    let params = [Value::Guid(tenant), Value::Text(key_of_domain(&domain))];
    let found = connection.query(sql, &params, &[UUID, INT]).await?;
    let home = |row: Cells<'_>| Home { organization: row.guid(0), configured: row.int(1) == CONFIGURED };
    Ok(found.first().map(Cells).map(home))
}

/// The user who has this address: as the first one, as the name to sign in with, or as a further one.
pub async fn by_mail(connection: &mut Connection, tenant: Uuid, mail: &str) -> Result<Option<Uuid>, Error> {
    let sql = "SELECT id FROM (SELECT o.id, 1 AS way FROM directory_object AS o WHERE o.tenant = $1 AND o.kind = 1 \
               AND o.mail_fold = $2 AND o.deleted_at IS NULL UNION ALL \
               SELECT o.id, 2 FROM directory_object AS o WHERE o.tenant = $1 AND o.kind = 1 \
               AND o.user_principal_name_fold = $2 AND o.deleted_at IS NULL UNION ALL \
               SELECT o.id, 3 FROM other_mail AS m CROSS JOIN directory_object AS o WHERE m.tenant = $1 \
               AND m.mail_fold = $2 AND o.tenant = $1 AND o.id = m.object_id AND o.deleted_at IS NULL) AS known \
               ORDER BY way, id LIMIT 1";
    let params = [Value::Guid(tenant), Value::Text(fold(mail.trim()))];
    let found = connection.query(sql, &params, &[UUID]).await?;
    Ok(found.first().map(Cells).map(|row| row.guid(0)))
}

/// Who of these answers for an organization's people and can decide.
pub async fn sponsors(
    connection: &mut Connection,
    tenant: Uuid,
    table: &str,
    organization: Uuid,
) -> Result<Vec<Uuid>, Error> {
    let sql = format!(
        "SELECT o.id FROM {table} AS s CROSS JOIN directory_object AS o WHERE s.tenant = $1 AND s.organization_id = $2 \
         AND o.tenant = $1 AND o.id = s.sponsor_id AND o.deleted_at IS NULL AND (o.kind = 2 OR o.account_enabled = $3)"
    );
    let params = [Value::Guid(tenant), Value::Guid(organization), Value::Bool(true)];
    let found = connection.query(&sql, &params, &[UUID]).await?;
    Ok(found.iter().map(Cells).map(|row| row.guid(0)).collect())
}

/// How it stands with a guest; none for those about whom nothing is to be done.
pub async fn load(
    connection: &mut Connection,
    tenant: Uuid,
    person: &Person,
    but: Option<Uuid>,
) -> Result<Option<External>, Error> {
    let Some(subject) = person.subject.filter(|_| person.is_user && !person.is_member) else { return Ok(None) };
    let key = [Value::Guid(tenant), Value::Guid(subject)];
    let sql = "SELECT s.lifecycle, s.blocked_at, s.cleanup_at FROM subject AS s WHERE s.tenant = $1 AND s.id = $2";
    let found = connection.query(sql, &key, &[INT, TIME, TIME]).await?;
    let Some(row) = found.first().map(Cells) else { return Ok(None) };
    let mut external = External {
        governed: row.int(0) == GOVERNED,
        blocked_at: row.time(1),
        cleanup_at: row.time(2),
        ..External::default()
    };
    if !external.governed && external.blocked_at.is_none() && external.cleanup_at.is_none() {
        return Ok(None);
    }
    let sql = "SELECT lifecycle_action, delete_after FROM entitlement_settings WHERE tenant = $1";
    let found = connection.query(sql, &[Value::Guid(tenant)], &[INT, TEXT]).await?;
    if let Some(row) = found.first().map(Cells) {
        external.afterwards = Afterwards::from_number(row.int(0)).unwrap_or_default();
        external.delete_after = crate::policy::span::read(&row.text(1)).unwrap_or_default();
    }
    let sql = "SELECT id FROM assignment WHERE tenant = $1 AND target_id = $2 AND is_current";
    let found = connection.query(sql, &key, &[UUID]).await?;
    external.holds_more = found.iter().map(Cells).any(|row| Some(row.guid(0)) != but);
    let sql = format!(
        "SELECT 1 FROM assignment_request WHERE tenant = $1 AND target_id = $2 AND is_open \
         AND request_type IN ({}) LIMIT 1",
        numbers(RequestType::adds)
    );
    external.awaits = !connection.query(&sql, &key, &[INT]).await?.is_empty();
    Ok(Some(external))
}
