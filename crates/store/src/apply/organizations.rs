//! Applies what happens to subjects and to the organizations that they come from. It asks no rule.

use super::Author;
use crate::answer::Column;
use crate::connection::Connection;
use crate::error::Error;
use crate::fold::fold;
use domain::denial::Denial;
use domain::fields::{Fields, Value as Field};
use domain::lifecycle::external::{GOVERNED, NOT_GOVERNED};
use domain::organization::{domain_of, key_of_domain};
use model::def::ColumnType;
use odata::value::Value;
use uuid::Uuid;

const TEXT: Column = Column { name: "text", ty: ColumnType::Text };
const ID: Column = Column { name: "id", ty: ColumnType::Uuid };

/// Fields of a user that its subject shows too, or that say where the user comes from.
const SHOWN: &[&str] = &["displayName", "mail", "userPrincipalName", "userType"];

/// A subject for a directory object, unless it has one.
pub async fn subject(
    connection: &mut Connection,
    tenant: Uuid,
    id: Uuid,
    object: Uuid,
    governed: bool,
) -> Result<(), Error> {
    let sql = "INSERT INTO subject (tenant, id, object_id, subject_type, lifecycle, display_name, display_name_fold, \
               email, email_fold, principal_name, principal_name_fold, doc) \
               SELECT o.tenant, $3, o.id, CASE WHEN o.kind = 1 THEN 1 ELSE 2 END, $4, o.display_name, \
               o.display_name_fold, o.mail, o.mail_fold, o.user_principal_name, o.user_principal_name_fold, '{}' \
               FROM directory_object AS o WHERE o.tenant = $1 AND o.id = $2 ON CONFLICT DO NOTHING";
    let lifecycle = Value::Int(if governed { GOVERNED } else { NOT_GOVERNED });
    let params = [Value::Guid(tenant), Value::Guid(object), Value::Guid(id), lifecycle];
    match connection.execute(sql, &params).await? {
        0 => Ok(()),
        _ => belong(connection, tenant, object).await,
    }
}

/// Writes to which organization a guest's subject belongs: the one that the domain of the guest's
/// address is a source of. Members of the tenant belong to none.
async fn belong(connection: &mut Connection, tenant: Uuid, object: Uuid) -> Result<(), Error> {
    let key = [Value::Guid(tenant), Value::Guid(object)];
    let sql = "SELECT mail FROM directory_object \
               WHERE tenant = $1 AND id = $2 AND kind = 1 AND user_type_fold = 'guest' AND mail IS NOT NULL";
    let rows = connection.query(sql, &key, &[TEXT]).await?;
    let mail = rows.first().and_then(|row| row.first()?.as_text());
    let domain = mail.and_then(domain_of);
    let organization = match domain {
        Some(domain) => of_domain(connection, tenant, &domain).await?,
        None => None,
    };
    let [tenant, object] = key;
    let sql = "UPDATE subject SET connected_organization_id = $3 WHERE tenant = $1 AND object_id = $2";
    connection.execute(sql, &[tenant, object, organization.map_or(Value::Null, Value::Guid)]).await.map(|_| ())
}

async fn of_domain(connection: &mut Connection, tenant: Uuid, domain: &str) -> Result<Option<Uuid>, Error> {
    let sql = "SELECT organization_id FROM organization_source WHERE tenant = $1 AND source = $2";
    let rows = connection.query(sql, &[Value::Guid(tenant), Value::Text(key_of_domain(domain))], &[ID]).await?;
    Ok(rows.first().and_then(|row| row.first()?.as_guid()))
}

/// Lets what else is kept of a user follow a change of it: what its subject shows, and by which
/// further addresses it is found.
pub async fn follow_user(connection: &mut Connection, tenant: Uuid, user: Uuid, fields: &Fields) -> Result<(), Error> {
    other_mails(connection, tenant, user, fields).await?;
    if !SHOWN.iter().any(|name| fields.get(name).is_some()) {
        return Ok(());
    }
    let shown = "(SELECT o.display_name, o.display_name_fold, o.mail, o.mail_fold, o.user_principal_name, \
                 o.user_principal_name_fold FROM directory_object AS o WHERE o.tenant = $1 AND o.id = $2)";
    let sql = format!(
        "UPDATE subject SET (display_name, display_name_fold, email, email_fold, principal_name, principal_name_fold) \
         = {shown} WHERE tenant = $1 AND object_id = $2"
    );
    let known = connection.execute(&sql, &[Value::Guid(tenant), Value::Guid(user)]).await?;
    if known > 0 && (fields.get("mail").is_some() || fields.get("userType").is_some()) {
        belong(connection, tenant, user).await?;
    }
    Ok(())
}

/// A user's further addresses in place of those of before, if they are set.
pub async fn other_mails(connection: &mut Connection, tenant: Uuid, user: Uuid, fields: &Fields) -> Result<(), Error> {
    let Some(mails) = fields.get("otherMails") else { return Ok(()) };
    let sql = "DELETE FROM other_mail WHERE tenant = $1 AND object_id = $2";
    connection.execute(sql, &[Value::Guid(tenant), Value::Guid(user)]).await?;
    let list: Vec<String> = match mails {
        Field::Json(text) => serde_json::from_str(text).unwrap_or_default(),
        _ => Vec::new(),
    };
    if list.is_empty() {
        return Ok(());
    }
    let mut params = vec![Value::Guid(tenant), Value::Guid(user)];
    params.extend(list.iter().map(|mail| Value::Text(fold(mail))));
    let rows: Vec<String> = (3..=params.len()).map(|at| format!("($1, $2, ${at})")).collect();
    let sql = format!(
        "INSERT INTO other_mail (tenant, object_id, mail_fold) VALUES {} ON CONFLICT DO NOTHING",
        rows.join(", ")
    );
    connection.execute(&sql, &params).await.map(|_| ())
}

/// Notes by what an organization's people are known, and lets those who are here already come to it.
///
/// # Errors
/// [`Denial::Taken`] where another organization's people are known by it.
pub async fn source(
    connection: &mut Connection,
    author: &Author<'_>,
    organization: Uuid,
    source: &str,
    domain: Option<&str>,
) -> Result<(), Error> {
    let key = [Value::Guid(author.tenant), Value::Guid(organization)];
    let [tenant, id] = key.clone();
    let sql = "INSERT INTO organization_source (tenant, organization_id, source) VALUES ($1, $2, $3)";
    match connection.execute(sql, &[tenant, id, Value::Text(source.to_owned())]).await {
        Err(Error::Taken { .. }) => {
            let kind = domain::command::Kind::Organization;
            return Err(Denial::Taken { kind, target: "identitySources" }.into());
        }
        other => other.map(|_| ())?,
    }
    let Some(domain) = domain else { return Ok(()) };
    let ends = (connection.dialect().ends_with)("o.mail_fold", "$3");
    let sql = format!(
        "UPDATE subject SET connected_organization_id = $2 WHERE tenant = $1 AND connected_organization_id IS NULL \
         AND object_id IN (SELECT o.id FROM directory_object AS o WHERE o.tenant = $1 AND o.kind = 1 \
         AND o.deleted_at IS NULL AND o.user_type_fold = 'guest' AND {ends})"
    );
    let [tenant, id] = key;
    connection.execute(&sql, &[tenant, id, Value::Text(format!("@{domain}"))]).await.map(|_| ())
}

/// Subjects of people who are gone belong to an organization no more when it is deleted.
pub async fn forget(connection: &mut Connection, tenant: Uuid, organization: Uuid) -> Result<(), Error> {
    let sql =
        "UPDATE subject SET connected_organization_id = NULL WHERE tenant = $1 AND connected_organization_id = $2";
    connection.execute(sql, &[Value::Guid(tenant), Value::Guid(organization)]).await.map(|_| ())
}
