//! Callouts as an outcome leaves them behind: a row for each, and on the request and the assignment that
//! it is about the list that readers are shown.

use super::{merge, read_document};
use crate::answer::Column;
use crate::connection::Connection;
use crate::error::Error;
use domain::lifecycle::state::CalloutStatus;
use domain::outcome::Change;
use model::def::ColumnType;
use odata::value::Value;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

const ID: Column = Column { name: "id", ty: ColumnType::Uuid };
const NUMBER: Column = Column { name: "number", ty: ColumnType::Int };
const TEXT: Column = Column { name: "text", ty: ColumnType::Text };

/// What readers are shown, by the name that Graph has for it.
const SHOWN: &str = "customExtensionCalloutInstances";

pub async fn insert(connection: &mut Connection, tenant: Uuid, change: &Change) -> Result<(), Error> {
    let Change::Callout { id, extension, stage, request, assignment, status, expires_at, at } = change else {
        return Err(Error::Database("a callout that is none".to_owned()));
    };
    let guid = |id: &Option<Uuid>| id.map_or(Value::Null, Value::Guid);
    let sql = "INSERT INTO callout (tenant, id, extension_id, stage, request_id, assignment_id, status, expires_at, \
               created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let params = [
        Value::Guid(tenant),
        Value::Guid(*id),
        Value::Guid(*extension),
        Value::Int(stage.number()),
        guid(request),
        guid(assignment),
        Value::Int(status.number()),
        expires_at.map_or(Value::Null, Value::Time),
        Value::Time(*at),
    ];
    connection.execute(sql, &params).await?;
    show(connection, tenant, *id).await
}

pub async fn status(
    connection: &mut Connection,
    tenant: Uuid,
    id: Uuid,
    status: CalloutStatus,
    detail: Option<&str>,
) -> Result<(), Error> {
    let sql = "UPDATE callout SET status = $3, detail = $4 WHERE tenant = $1 AND id = $2";
    let detail = detail.map_or(Value::Null, |text| Value::Text(text.to_owned()));
    let params = [Value::Guid(tenant), Value::Guid(id), Value::Int(status.number()), detail];
    connection.execute(sql, &params).await?;
    show(connection, tenant, id).await
}

pub async fn secret(connection: &mut Connection, tenant: Uuid, extension: Uuid, secret: &str) -> Result<(), Error> {
    let sql = "UPDATE custom_extension SET secret = $3 WHERE tenant = $1 AND id = $2";
    let params = [Value::Guid(tenant), Value::Guid(extension), Value::Text(secret.to_owned())];
    connection.execute(sql, &params).await.map(|_| ())
}

/// Writes the lists in which a callout stands.
async fn show(connection: &mut Connection, tenant: Uuid, id: Uuid) -> Result<(), Error> {
    let sql = "SELECT request_id, assignment_id FROM callout WHERE tenant = $1 AND id = $2";
    let found = connection.query(sql, &[Value::Guid(tenant), Value::Guid(id)], &[ID, ID]).await?;
    let about = |at: usize| found.first().and_then(|row| row.get(at)).and_then(Value::as_guid);
    if let Some(request) = about(0) {
        list(connection, tenant, "assignment_request", "request_id", request).await?;
    }
    match about(1) {
        Some(assignment) => list(connection, tenant, "assignment", "assignment_id", assignment).await,
        None => Ok(()),
    }
}

async fn list(connection: &mut Connection, tenant: Uuid, table: &str, column: &str, id: Uuid) -> Result<(), Error> {
    let key = [Value::Guid(tenant), Value::Guid(id)];
    let sql = format!(
        "SELECT id, extension_id, status, detail FROM callout WHERE tenant = $1 AND {column} = $2 \
         ORDER BY created_at, stage"
    );
    let rows = connection.query(&sql, &key, &[ID, ID, NUMBER, TEXT]).await?;
    let shown = |row: &Vec<Value>| match row.as_slice() {
        [Value::Guid(id), Value::Guid(extension), Value::Int(status), detail] => Some(json!({
            "customExtensionId": extension.to_string(), "detail": detail.as_text(), "externalCorrelationId": null,
            "id": id.to_string(), "status": CalloutStatus::from_number(*status)?.name(),
        })),
        _ => None,
    };
    let shown: Vec<serde_json::Value> = rows.iter().filter_map(shown).collect();
    let old = read_document(connection, tenant, table, id).await?;
    let members = BTreeMap::from([(SHOWN, serde_json::Value::from(shown).to_string())]);
    let [tenant, id] = key;
    let sql = format!("UPDATE {table} SET doc = $3 WHERE tenant = $1 AND id = $2");
    connection.execute(&sql, &[tenant, id, Value::Json(merge(&old, &members)?)]).await.map(|_| ())
}
