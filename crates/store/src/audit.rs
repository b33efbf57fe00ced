//! The audit log: one row for each change, written in the change's own transaction. The row holds the
//! document that readers are given, and beside it what they may search by. It must never hold a secret.

mod document;

pub use document::{Actor, Modified, Target};

use crate::answer::Column;
use crate::apply::Author;
use crate::connection::Connection;
use crate::error::Error;
use crate::fold::fold;
use crate::sql::Sql;
use auth::caller::{Identity, IdentityKind};
use domain::command::Kind;
use domain::outcome::{Audit, Operation};
use model::def::ColumnType;
use odata::value::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// A row that is about to be written.
pub struct Entry<'a> {
    pub tenant: Uuid,
    pub id: Uuid,
    pub at: i64,
    /// The request that the change came by.
    pub correlation: &'a str,
    pub activity: &'a str,
    pub category: &'a str,
    pub operation: Operation,
    pub actor: Actor<'a>,
    pub target: Target<'a>,
    /// The far end of a link.
    pub other: Option<Target<'a>>,
    pub modified: Vec<Modified<'a>>,
}

/// Writes the rows of a change that somebody with a token made; ids are counted up from the change's
/// own. The directory is asked once for all of them.
pub async fn write<'a>(
    connection: &mut Connection,
    author: &Author<'_>,
    identity: &Identity,
    audits: impl Iterator<Item = &'a Audit> + Clone,
) -> Result<(), Error> {
    let known = known(connection, author.tenant, identity, audits.clone()).await?;
    let target = |kind: Kind, id: Uuid, name| Target { kind: kind.name(), id, name, known: known.get(&id) };
    let actor = match identity.kind {
        IdentityKind::Application => {
            Actor::App { principal: identity.principal, app: identity.app, name: &identity.name }
        }
        IdentityKind::Delegated => Actor::User {
            id: identity.principal,
            name: &identity.name,
            app: identity.app,
            known: known.get(&identity.principal),
        },
    };
    for (number, audit) in (0..).zip(audits) {
        let entry = Entry {
            tenant: author.tenant,
            id: Uuid::from_u128(author.context.audit_id.as_u128().wrapping_add(number)),
            at: author.context.now,
            correlation: &author.context.request_id,
            activity: audit.activity,
            category: audit.category,
            operation: audit.operation,
            actor,
            target: target(audit.target_kind, audit.target, audit.target_name.as_str()),
            other: audit.other.as_ref().map(|(kind, id, name)| target(*kind, *id, name.as_str())),
            modified: document::modified(audit.target_kind, &audit.before, &audit.after),
        };
        insert(connection, &entry).await?;
    }
    Ok(())
}

/// Writes a row.
pub async fn insert(connection: &mut Connection, entry: &Entry<'_>) -> Result<(), Error> {
    let sql = "INSERT INTO audit (tenant, id, at, activity, activity_fold, category, service, operation, \
               correlation_id, user_id, user_name_fold, user_principal_name_fold, app_id, app_name_fold, target_id, \
               target_name_fold, other_id, other_name_fold, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
               $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    let text = |text: &str| Value::Text(text.to_owned());
    let folded = |text: Option<&str>| text.map_or(Value::Null, |text| Value::Text(fold(text)));
    let [user, user_name, user_principal_name, app, app_name] = match entry.actor {
        Actor::User { id, name, known, .. } => [
            Value::Guid(id),
            folded(known.and_then(|known| known.name.as_deref())),
            folded(Some(name)),
            Value::Null,
            Value::Null,
        ],
        Actor::App { app, name, .. } => {
            let id = if app.is_nil() { Value::Null } else { Value::Guid(app) };
            [Value::Null, Value::Null, Value::Null, id, folded(Some(name))]
        }
    };
    let params = [
        Value::Guid(entry.tenant),
        Value::Guid(entry.id),
        Value::Time(entry.at),
        text(entry.activity),
        folded(Some(entry.activity)),
        text(entry.category),
        text(service(entry.category)),
        text(operation(entry.operation)),
        text(entry.correlation),
        user,
        user_name,
        user_principal_name,
        app,
        app_name,
        Value::Guid(entry.target.id),
        folded(Some(entry.target.name)),
        entry.other.as_ref().map_or(Value::Null, |other| Value::Guid(other.id)),
        folded(entry.other.as_ref().map(|other| other.name)),
        Value::Json(document::document(entry)),
    ];
    connection.execute(sql, &params).await.map(|_| ())
}

/// The service that Entra says has logged a change of this category.
fn service(category: &str) -> &'static str {
    match category {
        "EntitlementManagement" => "Entitlement Management",
        _ => "Core Directory",
    }
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

/// What the directory knows of a user or a group that a row names.
#[derive(Debug, Default)]
pub struct Known {
    pub name: Option<String>,
    pub user_principal_name: Option<String>,
    /// A JSON array.
    pub group_types: Option<String>,
}

/// The users and groups among those that the rows name, in one query; in none when there are none.
async fn known(
    connection: &mut Connection,
    tenant: Uuid,
    identity: &Identity,
    audits: impl Iterator<Item = &Audit>,
) -> Result<HashMap<Uuid, Known>, Error> {
    let named = |audit: &Audit| {
        let other = audit.other.as_ref().map(|(kind, id, _)| (*kind, *id));
        [Some((audit.target_kind, audit.target)), other]
    };
    let speaks = |(kind, _): &(Kind, Uuid)| matches!(kind, Kind::User | Kind::Group);
    let user = (identity.kind == IdentityKind::Delegated).then_some(identity.principal);
    let mut ids: Vec<Uuid> = audits.flat_map(named).flatten().filter(speaks).map(|(_, id)| id).chain(user).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    ids.sort_unstable();
    ids.dedup();
    let ids: Vec<Value> = ids.into_iter().map(Value::Guid).collect();
    let columns = [
        Column { name: "id", ty: ColumnType::Uuid },
        Column { name: "display_name", ty: ColumnType::Text },
        Column { name: "user_principal_name", ty: ColumnType::Text },
        Column { name: "group_types", ty: ColumnType::Json },
    ];
    let mut sql = Sql::new(connection.dialect(), tenant);
    let among = sql.among(&ids);
    let text = format!(
        "SELECT id, display_name, user_principal_name, group_types FROM directory_object WHERE tenant = $1 AND id {among}"
    );
    let rows = connection.query(&text, &sql.params, &columns).await?;
    let text = |value: Value| match value {
        Value::Text(text) | Value::Json(text) => Some(text),
        _ => None,
    };
    Ok(rows
        .into_iter()
        .filter_map(|row| <[Value; 4]>::try_from(row).ok())
        .filter_map(|[id, name, user_principal_name, group_types]| {
            let (user_principal_name, group_types) = (text(user_principal_name), text(group_types));
            Some((id.as_guid()?, Known { name: text(name), user_principal_name, group_types }))
        })
        .collect())
}
