//! Keeps by which addresses applications are known, so that each is one application's. It asks no rule: whose
//! address it is says the index.

use crate::answer::Column;
use crate::connection::Connection;
use crate::error::Error;
use crate::fold::fold;
use domain::fields::{Fields, Value as Field};
use model::def::ColumnType;
use odata::value::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

const URIS: Column = Column { name: "identifier_uris", ty: ColumnType::Json };

/// An application's addresses in place of those of before, if they are set.
pub async fn follow(connection: &mut Connection, tenant: Uuid, object: Uuid, fields: &Fields) -> Result<(), Error> {
    let Some(uris) = fields.get("identifierUris") else { return Ok(()) };
    forget(connection, tenant, object).await?;
    match uris {
        Field::Json(list) => keep(connection, tenant, object, list).await,
        _ => Ok(()),
    }
}

/// What an application that comes back was known by, which may be another's now.
pub async fn again(connection: &mut Connection, tenant: Uuid, object: Uuid) -> Result<(), Error> {
    let sql = "SELECT identifier_uris FROM directory_object WHERE tenant = $1 AND id = $2";
    let rows = connection.query(sql, &[Value::Guid(tenant), Value::Guid(object)], &[URIS]).await?;
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Json(list)) => keep(connection, tenant, object, list).await,
        _ => Ok(()),
    }
}

async fn forget(connection: &mut Connection, tenant: Uuid, object: Uuid) -> Result<(), Error> {
    let sql = "DELETE FROM identifier_uri WHERE tenant = $1 AND object_id = $2";
    connection.execute(sql, &[Value::Guid(tenant), Value::Guid(object)]).await.map(|_| ())
}

async fn keep(connection: &mut Connection, tenant: Uuid, object: Uuid, list: &str) -> Result<(), Error> {
    let list: Vec<String> = serde_json::from_str(list).unwrap_or_default();
    // One that is said twice is one.
    let uris: BTreeSet<String> = list.iter().map(|uri| fold(uri)).collect();
    if uris.is_empty() {
        return Ok(());
    }
    let mut params = vec![Value::Guid(tenant), Value::Guid(object)];
    params.extend(uris.into_iter().map(Value::Text));
    let rows: Vec<String> = (3..=params.len()).map(|at| format!("($1, ${at}, $2)")).collect();
    let sql = format!("INSERT INTO identifier_uri (tenant, uri_fold, object_id) VALUES {}", rows.join(", "));
    connection.execute(&sql, &params).await.map(|_| ())
}
