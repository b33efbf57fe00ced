//! Applies an outcome, change by change, in the transaction in which its facts were read. It asks no
//! rule; a unique index or a reference that doesn't hold is handed back as the rule that it stands for.

pub mod callouts;
mod identifiers;
mod organizations;
mod resources;
pub mod tasks;

use crate::connection::Connection;
use crate::derived;
use crate::error::Error;
use crate::facts::value;
use crate::fold::fold;
use crate::mapping;
use crate::sql::Sql;
use crate::write::Context;
use domain::command::{Kind, Relation};
use domain::denial::Denial;
use domain::fields::{Fields, Value as Field};
use domain::outcome::{Change, Task};
use model::def::{PropertyDef, Store as Stored};
use odata::schema::Filter;
use odata::value::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Who applies, and where: what every row that is written may need.
#[derive(Clone, Copy)]
pub struct Author<'a> {
    pub tenant: Uuid,
    pub name: &'a str,
    pub context: &'a Context,
    /// The change's place among the others.
    pub number: u128,
}

/// Applies one change.
///
/// # Errors
/// [`Error::Denied`] for a value that is taken or a link that exists; [`Error::Database`].
pub async fn apply(connection: &mut Connection, author: &Author<'_>, change: &Change) -> Result<(), Error> {
    match change {
        Change::Insert { kind, id, fields } => {
            insert(connection, author, *kind, *id, fields).await.map_err(|error| taken(error, *kind))
        }
        Change::Update { kind, id, fields } => {
            update(connection, author, *kind, *id, fields).await.map_err(|error| taken(error, *kind))
        }
        Change::Delete { kind, id } => {
            let table = table(*kind)?;
            if *kind == Kind::Organization {
                organizations::forget(connection, author.tenant, *id).await?;
            }
            let sql = format!("DELETE FROM {table} WHERE tenant = $1 AND id = $2");
            let result = connection.execute(&sql, &[Value::Guid(author.tenant), Value::Guid(*id)]).await;
            match result {
                Err(Error::Reference) => Err(Denial::InUse { kind: *kind, id: *id, by: "something", count: 1 }.into()),
                other => other.map(|_| ()),
            }
        }
        Change::SoftDelete { id, at, .. } => soft_delete(connection, author.tenant, *id, *at).await,
        Change::Undelete { kind, id } => {
            let sql = "UPDATE directory_object SET deleted_at = NULL WHERE tenant = $1 AND id = $2";
            let mut result = connection.execute(sql, &[Value::Guid(author.tenant), Value::Guid(*id)]).await.map(|_| ());
            if result.is_ok() && *kind == Kind::Application {
                result = identifiers::again(connection, author.tenant, *id).await;
            }
            result.map_err(|error| taken(error, *kind))
        }
        Change::Link { relation, from, to, at } => {
            link(connection, author.tenant, *relation, *from, *to, *at, false).await
        }
        Change::Give { relation, from, to, at } => {
            link(connection, author.tenant, *relation, *from, *to, *at, true).await
        }
        Change::Unlink { relation, from, to } => unlink(connection, author.tenant, *relation, *from, *to).await,
        Change::Credential { hash, .. } if hash.is_empty() => {
            Err(Error::Database("a password or secret was to be stored without its hash".to_owned()))
        }
        Change::Credential { owner, key_id, hash, hint, selector, display_name, starts_at, ends_at } => {
            let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
            let sql = "INSERT INTO credential (tenant, owner_id, key_id, hash, hint, display_name, starts_at, ends_at, selector) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant, owner_id, key_id) DO UPDATE \
                       SET hash = excluded.hash, starts_at = excluded.starts_at";
            let params = [
                Value::Guid(author.tenant),
                Value::Guid(*owner),
                Value::Guid(key_id.unwrap_or(*owner)),
                Value::Text(hash.clone()),
                text(hint),
                text(display_name),
                Value::Time(*starts_at),
                ends_at.map_or(Value::Null, Value::Time),
                text(selector),
            ];
            connection.execute(sql, &params).await?;
            match key_id {
                Some(_) => show_secrets(connection, author.tenant, *owner).await,
                // Whoever knew the old password must sign in again.
                None => forget_grants(connection, author.tenant, *owner).await,
            }
        }
        Change::Approver { stage, object } => {
            let sql = "INSERT INTO approver (tenant, stage_id, object_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            let params = [Value::Guid(author.tenant), Value::Guid(*stage), Value::Guid(*object)];
            connection.execute(sql, &params).await.map(|_| ())
        }
        Change::AppRole { id, principal, resource, role, at, given } => {
            let sql = "INSERT INTO app_role_assignment \
                       (tenant, id, principal_id, resource_id, app_role_id, created_at, is_given) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7)";
            // What is there already was given by somebody else, whose it stays; by hand it is given once.
            let sql = if *given { format!("{sql} ON CONFLICT DO NOTHING") } else { sql.to_owned() };
            let params = [
                Value::Guid(author.tenant),
                Value::Guid(*id),
                Value::Guid(*principal),
                Value::Guid(*resource),
                Value::Guid(*role),
                Value::Time(*at),
                Value::Bool(*given),
            ];
            let result = connection.execute(&sql, &params).await;
            result.map(|_| ()).map_err(|error| taken(error, Kind::AppRoleAssignment))
        }
        Change::AppRoleRemove { principal, resource, role } => {
            let sql = "DELETE FROM app_role_assignment \
                       WHERE tenant = $1 AND principal_id = $2 AND resource_id = $3 AND app_role_id = $4";
            let params =
                [Value::Guid(author.tenant), Value::Guid(*principal), Value::Guid(*resource), Value::Guid(*role)];
            connection.execute(sql, &params).await.map(|_| ())
        }
        Change::Task { task, subject, due } => tasks::one(connection, author.tenant, *task, *subject, *due).await,
        Change::TaskOnce { task, subject, due } => tasks::once(connection, author.tenant, *task, *subject, *due).await,
        Change::EvaluateOne { person, due } => tasks::evaluate(connection, author.tenant, *person, *due).await,
        Change::EvaluateAll { due } => tasks::one(connection, author.tenant, Task::Survey, Uuid::nil(), *due).await,
        Change::EvaluateAllFor { package, due } => {
            tasks::evaluate_all_for(connection, author.tenant, *package, *due).await
        }
        Change::EvaluateFreed { kind, id, due } => {
            tasks::evaluate_freed(connection, author.tenant, *kind, *id, *due).await
        }
        Change::EvaluateNext { after, due } => tasks::evaluate_next(connection, author.tenant, *after, *due).await,
        Change::TaskDone { task, subject } => tasks::done(connection, author.tenant, *task, *subject).await,
        Change::Subject { id, object, governed } => {
            organizations::subject(connection, author.tenant, *id, *object, *governed).await
        }
        Change::OrganizationSource { organization, source, domain } => {
            organizations::source(connection, author, *organization, source, domain.as_deref()).await
        }
        Change::Outbox { topic, id, payload, due } => {
            crate::outbox::queue(connection, author, *topic, *id, payload, *due).await
        }
        Change::Callout { .. } => callouts::insert(connection, author.tenant, change).await,
        Change::CalloutStatus { id, status, detail } => {
            callouts::status(connection, author.tenant, *id, *status, detail.as_deref()).await
        }
        Change::ExtensionSecret { id, secret } => callouts::secret(connection, author.tenant, *id, secret).await,
        Change::RoleScopeAdd { package, role_scope, at } => {
            resources::role_scope_add(connection, author, *package, role_scope, *at).await
        }
        Change::RoleScopeRemove { package, role_scope } => {
            resources::role_scope_remove(connection, author.tenant, *package, role_scope).await
        }
        Change::RoleScopeMove { package, from, to, at } => {
            resources::role_scope_move(connection, author, *package, from, to, *at).await
        }
        Change::RoleScopesTidy { catalog } => resources::role_scopes_tidy(connection, author.tenant, *catalog).await,
        Change::PackageFollow { package, catalog } => {
            resources::package_follow(connection, author.tenant, *package, *catalog).await
        }
        Change::EnforceHolders { package, due } => tasks::enforce(connection, author.tenant, *package, *due).await,
        Change::CredentialRemove { owner, key_id } => {
            let sql = "DELETE FROM credential WHERE tenant = $1 AND owner_id = $2 AND key_id = $3";
            let params = [Value::Guid(author.tenant), Value::Guid(*owner), Value::Guid(*key_id)];
            connection.execute(sql, &params).await?;
            show_secrets(connection, author.tenant, *owner).await
        }
    }
}

fn table(kind: Kind) -> Result<&'static str, Error> {
    mapping::table(kind).map(|table| table.name).ok_or_else(|| Error::Database(format!("{kind:?} has no table")))
}

/// Columns and document of the fields, sorted by where they live.
struct Sorted {
    columns: Vec<(String, Value)>,
    doc: BTreeMap<&'static str, String>,
}

fn sort(kind: Kind, fields: &Fields) -> Result<Sorted, Error> {
    let mut sorted = Sorted { columns: Vec::new(), doc: BTreeMap::new() };
    for (core, field) in &fields.0 {
        let property =
            mapping::property(kind, core).ok_or_else(|| Error::Database(format!("{kind:?} has no property {core}")))?;
        match property.store {
            Stored::Column(column) => place(&mut sorted.columns, property, column, field),
            Stored::Doc => {
                sorted.doc.insert(property.core, json(field));
            }
            Stored::Elsewhere | Stored::Mine(_) => {}
        }
    }
    for (core, document) in derived::documents(kind, fields) {
        sorted.doc.insert(core, document);
    }
    Ok(sorted)
}

fn place(columns: &mut Vec<(String, Value)>, property: &PropertyDef, column: &str, field: &Field) {
    let stored = match (field, property.uuid) {
        (Field::Text(text), true) => Uuid::try_parse(text).map_or(Value::Null, Value::Guid),
        _ => value(field),
    };
    if property.filter == Filter::Folded {
        let folded = match field {
            Field::Text(text) => Value::Text(fold(text)),
            _ => Value::Null,
        };
        columns.push((format!("{column}_fold"), folded));
    }
    columns.push((column.to_owned(), stored));
}

/// A document with these members; those that are null are left out.
pub fn document_of(fields: &Fields) -> Result<String, Error> {
    document(&fields.0.iter().map(|(name, field)| (*name, json(field))).collect())
}

/// A value as a member of a document.
fn json(field: &Field) -> String {
    match field {
        Field::Null => "null".to_owned(),
        Field::Bool(yes) => yes.to_string(),
        Field::Int(number) => number.to_string(),
        Field::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        Field::Guid(id) => format!("\"{id}\""),
        // Times in documents stay numbers: microseconds, as in columns.
        Field::Time(time) => time.to_string(),
        Field::Json(text) => text.clone(),
    }
}

async fn insert(
    connection: &mut Connection,
    author: &Author<'_>,
    kind: Kind,
    id: Uuid,
    fields: &Fields,
) -> Result<(), Error> {
    let table = table(kind)?;
    let Sorted { mut columns, doc } = sort(kind, fields)?;
    columns.push(("id".to_owned(), Value::Guid(id)));
    if let Some(number) = mapping::table(kind).and_then(|table| table.kind) {
        columns.push(("kind".to_owned(), Value::Int(number)));
        if !columns.iter().any(|(column, _)| column == "created_at") {
            columns.push(("created_at".to_owned(), Value::Time(author.context.now)));
        }
    }
    if mapping::notes_authors(table) {
        columns.push(("created_by".to_owned(), Value::Text(author.name.to_owned())));
        columns.push(("modified_by".to_owned(), Value::Text(author.name.to_owned())));
    }
    if mapping::has_doc(table) {
        columns.push(("doc".to_owned(), Value::Json(document(&doc)?)));
    }
    if kind == Kind::RoleAssignment {
        columns.extend(role_columns(fields));
    }
    let mut sql = Sql::new(connection.dialect(), author.tenant);
    let names: Vec<String> = columns.iter().map(|(column, _)| column.clone()).collect();
    let values: Vec<String> = columns.into_iter().map(|(_, value)| sql.bind(value)).collect();
    let text = format!("INSERT INTO {table} (tenant, {}) VALUES ($1, {})", names.join(", "), values.join(", "));
    connection.execute(&text, &sql.params).await?;
    match kind {
        Kind::Policy => crate::policy::write_parts(connection, author.tenant, id, fields).await,
        Kind::User => organizations::other_mails(connection, author.tenant, id, fields).await,
        Kind::Application => identifiers::follow(connection, author.tenant, id, fields).await,
        _ => Ok(()),
    }
}

async fn update(
    connection: &mut Connection,
    author: &Author<'_>,
    kind: Kind,
    id: Uuid,
    fields: &Fields,
) -> Result<(), Error> {
    let table = table(kind)?;
    let Sorted { mut columns, doc } = sort(kind, fields)?;
    if mapping::notes_authors(table) {
        columns.push(("modified_by".to_owned(), Value::Text(author.name.to_owned())));
    }
    if !doc.is_empty() {
        let old = read_document(connection, author.tenant, table, id).await?;
        columns.push(("doc".to_owned(), Value::Json(merge(&old, &doc)?)));
    }
    if columns.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new(connection.dialect(), author.tenant);
    let sets: Vec<String> =
        columns.into_iter().map(|(column, value)| format!("{column} = {}", sql.bind(value))).collect();
    let key = sql.bind(Value::Guid(id));
    let text = format!("UPDATE {table} SET {} WHERE tenant = $1 AND id = {key}", sets.join(", "));
    connection.execute(&text, &sql.params).await?;
    match kind {
        Kind::Policy => crate::policy::write_parts(connection, author.tenant, id, fields).await,
        Kind::User => organizations::follow_user(connection, author.tenant, id, fields).await,
        Kind::Application => identifiers::follow(connection, author.tenant, id, fields).await,
        _ => Ok(()),
    }
}

/// Which role system an assignment belongs to, and in which catalog it holds: columns by which
/// assignments are found, derived from what the body said.
fn role_columns(fields: &Fields) -> Vec<(String, Value)> {
    let area = fields
        .guid("roleDefinitionId")
        .or_else(|| fields.text("roleDefinitionId").and_then(|id| Uuid::try_parse(id).ok()))
        .and_then(domain::role::built_in)
        .map_or(1, |role| role.area.number());
    let catalog = fields
        .text("appScopeId")
        .and_then(|scope| scope.strip_prefix("/AccessPackageCatalog/"))
        .and_then(|id| Uuid::try_parse(id).ok());
    vec![("area".to_owned(), Value::Int(area)), ("catalog_id".to_owned(), catalog.map_or(Value::Null, Value::Guid))]
}

async fn read_document(connection: &mut Connection, tenant: Uuid, table: &str, id: Uuid) -> Result<String, Error> {
    let sql = format!("SELECT doc FROM {table} WHERE tenant = $1 AND id = $2");
    let params = [Value::Guid(tenant), Value::Guid(id)];
    let rows = connection.query(&sql, &params, &[crate::sql::columns::DOC]).await?;
    Ok(match rows.into_iter().next().and_then(|row| row.into_iter().next()) {
        Some(Value::Json(text)) => text,
        _ => "{}".to_owned(),
    })
}

fn document(members: &BTreeMap<&'static str, String>) -> Result<String, Error> {
    merge("{}", members)
}

/// `old` with these members in place of its own; null takes a member away.
fn merge(old: &str, members: &BTreeMap<&'static str, String>) -> Result<String, Error> {
    let broken = |error: serde_json::Error| Error::Database(format!("document: {error}"));
    let mut merged: BTreeMap<&str, &RawValue> = serde_json::from_str(old).map_err(broken)?;
    let parsed: Vec<(&str, Box<RawValue>)> = members
        .iter()
        .map(|(name, text)| RawValue::from_string(text.clone()).map(|raw| (*name, raw)))
        .collect::<Result<_, _>>()
        .map_err(broken)?;
    for (name, raw) in &parsed {
        if raw.get() == "null" {
            merged.remove(name);
        } else {
            merged.insert(name, raw);
        }
    }
    serde_json::to_string(&merged).map_err(broken)
}

async fn link(
    connection: &mut Connection,
    tenant: Uuid,
    relation: Relation,
    from: Uuid,
    to: Uuid,
    at: i64,
    given: bool,
) -> Result<(), Error> {
    let ids = [Value::Guid(tenant), Value::Guid(from), Value::Guid(to)];
    let Some((table, near, far)) = mapping::link(relation) else {
        let sql = "UPDATE directory_object SET manager_id = $3 WHERE tenant = $1 AND id = $2";
        return connection.execute(sql, &ids).await.map(|_| ());
    };
    let (column, value) = if given { (", is_given", ", $5") } else { ("", "") };
    let sql = format!("INSERT INTO {table} (tenant, {near}, {far}, created_at{column}) VALUES ($1, $2, $3, $4{value})");
    let mut params = ids.to_vec();
    params.push(Value::Time(at));
    params.extend(given.then_some(Value::Bool(true)));
    match connection.execute(&sql, &params).await {
        Err(Error::Taken { .. }) => Err(Denial::LinkExists { relation, from, to }.into()),
        other => other.map(|_| ()),
    }
}

async fn unlink(
    connection: &mut Connection,
    tenant: Uuid,
    relation: Relation,
    from: Uuid,
    to: Uuid,
) -> Result<(), Error> {
    let sql = match mapping::link(relation) {
        Some((table, near, far)) => format!("DELETE FROM {table} WHERE tenant = $1 AND {near} = $2 AND {far} = $3"),
        None => {
            "UPDATE directory_object SET manager_id = NULL WHERE tenant = $1 AND id = $2 AND manager_id = $3".to_owned()
        }
    };
    match connection.execute(&sql, &[Value::Guid(tenant), Value::Guid(from), Value::Guid(to)]).await? {
        0 => Err(Denial::LinkMissing { relation, from, to }.into()),
        _ => Ok(()),
    }
}

/// Moves an object to the deleted ones. Its memberships, ownerships, roles and sign-ins end; what
/// other people said about it (that a package is incompatible with the group) stays for its return.
async fn soft_delete(connection: &mut Connection, tenant: Uuid, id: Uuid, at: i64) -> Result<(), Error> {
    let key = [Value::Guid(tenant), Value::Guid(id)];
    for sql in [
        "DELETE FROM membership WHERE tenant = $1 AND member_id = $2",
        "DELETE FROM membership WHERE tenant = $1 AND group_id = $2",
        "DELETE FROM ownership WHERE tenant = $1 AND owner_id = $2",
        "DELETE FROM sponsorship WHERE tenant = $1 AND sponsor_id = $2",
        "DELETE FROM internal_sponsor WHERE tenant = $1 AND sponsor_id = $2",
        "DELETE FROM external_sponsor WHERE tenant = $1 AND sponsor_id = $2",
        "DELETE FROM role_assignment WHERE tenant = $1 AND principal_id = $2",
        "DELETE FROM token_grant WHERE tenant = $1 AND subject_id = $2",
        "DELETE FROM identifier_uri WHERE tenant = $1 AND object_id = $2",
        "UPDATE directory_object SET manager_id = NULL WHERE tenant = $1 AND manager_id = $2",
    ] {
        connection.execute(sql, &key).await?;
    }
    tasks::orphan(connection, tenant, id, at).await?;
    let [tenant, id] = key;
    let sql = "UPDATE directory_object SET deleted_at = $3 WHERE tenant = $1 AND id = $2";
    connection.execute(sql, &[tenant, id, Value::Time(at)]).await.map(|_| ())
}

async fn forget_grants(connection: &mut Connection, tenant: Uuid, subject: Uuid) -> Result<(), Error> {
    let sql = "DELETE FROM token_grant WHERE tenant = $1 AND subject_id = $2";
    connection.execute(sql, &[Value::Guid(tenant), Value::Guid(subject)]).await.map(|_| ())
}

/// Writes the list of secrets that an application shows: names, hints and times, never a hash.
pub async fn show_secrets(connection: &mut Connection, tenant: Uuid, owner: Uuid) -> Result<(), Error> {
    use crate::answer::Column;
    use model::def::ColumnType;
    let columns = [
        Column { name: "key_id", ty: ColumnType::Uuid },
        Column { name: "hint", ty: ColumnType::Text },
        Column { name: "display_name", ty: ColumnType::Text },
        Column { name: "starts_at", ty: ColumnType::Time },
        Column { name: "ends_at", ty: ColumnType::Time },
    ];
    let key = [Value::Guid(tenant), Value::Guid(owner)];
    let sql = "SELECT key_id, hint, display_name, starts_at, ends_at FROM credential \
               WHERE tenant = $1 AND owner_id = $2 ORDER BY starts_at, key_id";
    let rows = connection.query(sql, &key, &columns).await?;
    let list: Vec<serde_json::Value> = rows
        .iter()
        .map(|cells| {
            let cell = |at: usize| match cells.get(at) {
                Some(Value::Guid(id)) => serde_json::Value::from(id.to_string()),
                Some(Value::Text(text)) => serde_json::Value::from(text.as_str()),
                Some(Value::Time(time)) => serde_json::Value::from(odata::write::time(*time)),
                _ => serde_json::Value::Null,
            };
            serde_json::json!({
                "customKeyIdentifier": null, "displayName": cell(2), "endDateTime": cell(4), "hint": cell(1),
                "keyId": cell(0), "secretText": null, "startDateTime": cell(3),
            })
        })
        .collect();
    let [tenant, owner] = key;
    let list = Value::Json(serde_json::Value::from(list).to_string());
    let sql = "UPDATE directory_object SET password_credentials = $3 WHERE tenant = $1 AND id = $2 AND kind <> 1";
    connection.execute(sql, &[tenant, owner, list]).await.map(|_| ())
}

/// The rule that a unique index stands for.
fn taken(error: Error, kind: Kind) -> Error {
    let Error::Taken { index } = &error else {
        return error;
    };
    let target = match index.as_str() {
        "directory_object.user_principal_name_fold" => "userPrincipalName",
        "directory_object.app_id" => "appId",
        "directory_object.unique_name_fold" => "uniqueName",
        "identifier_uri.uri_fold" => "identifierUris",
        "access_package.display_name_fold" | "connected_organization.display_name_fold" => "displayName",
        "resource.origin_id_fold" | "resource_role.origin_id_fold" => "originId",
        "role_assignment.once" | "role_assignment_once" => "roleDefinitionId",
        "app_role_assignment.once" | "app_role_assignment.app_role_id" => "appRoleId",
        "assignment_request.target_id" => return Denial::OpenRequest { request: Uuid::nil() }.into(),
        "assignment.target_id" => return Denial::Assigned { assignment: Uuid::nil() }.into(),
        name if name.ends_with(".id") => "id",
        _ => return error,
    };
    Denial::Taken { kind, target }.into()
}
