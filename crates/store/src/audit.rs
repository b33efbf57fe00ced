//! The audit log: one row for each change, written in the change's own transaction.

use crate::apply::{Author, instant};
use crate::connection::Connection;
use crate::error::Error;
use auth::caller::{Identity, IdentityKind};
use domain::fields::{Fields, Value as Field};
use domain::outcome::{Audit, Operation};
use odata::value::Value;

/// Writes the `number`th row of a change; their ids are counted up from the change's own.
pub async fn write(
    connection: &mut Connection,
    author: &Author<'_>,
    identity: &Identity,
    audit: &Audit,
    number: u128,
) -> Result<(), Error> {
    let sql = "INSERT INTO audit (tenant, id, at, activity, category, operation, actor_kind, actor_id, actor_name, \
               app_id, target_kind, target_id, target_name, other_kind, other_id, other_name, correlation_id, \
               old_values, new_values) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, \
               $16, $17, $18, $19)";
    let text = |text: &str| Value::Text(text.to_owned());
    let (other_kind, other_id, other_name) = match &audit.other {
        Some((kind, id, name)) => (text(kind.name()), Value::Guid(*id), text(name)),
        None => (Value::Null, Value::Null, Value::Null),
    };
    let params = [
        Value::Guid(author.tenant),
        Value::Guid(uuid::Uuid::from_u128(author.context.audit_id.as_u128().wrapping_add(number))),
        Value::Time(author.context.now),
        text(audit.activity),
        text(audit.category),
        text(operation(audit.operation)),
        text(match identity.kind {
            IdentityKind::Application => "application",
            IdentityKind::Delegated => "user",
        }),
        Value::Guid(identity.principal),
        text(&identity.name),
        Value::Guid(identity.app),
        text(audit.target_kind.name()),
        Value::Guid(audit.target),
        text(&audit.target_name),
        other_kind,
        other_id,
        other_name,
        text(&author.context.request_id),
        Value::Json(document(&audit.before)),
        Value::Json(document(&audit.after)),
    ];
    connection.execute(sql, &params).await.map(|_| ())
}

fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Add => "Add",
        Operation::Update => "Update",
        Operation::Delete => "Delete",
        Operation::Assign => "Assign",
        Operation::Unassign => "Unassign",
    }
}

fn document(fields: &Fields) -> String {
    let members = fields.0.iter().map(|(name, field)| {
        let value = match field {
            Field::Null => serde_json::Value::Null,
            Field::Bool(yes) => (*yes).into(),
            Field::Int(number) => (*number).into(),
            Field::Text(text) => text.as_str().into(),
            Field::Guid(id) => id.to_string().into(),
            Field::Time(time) => instant(*time).into(),
            Field::Json(text) => serde_json::from_str(text).unwrap_or(serde_json::Value::Null),
        };
        ((*name).to_owned(), value)
    });
    serde_json::Value::Object(members.collect()).to_string()
}
