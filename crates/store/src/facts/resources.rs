//! Facts about what catalogs hand out: resources by the ways that lead to them, always with their
//! roles and scopes, and what their origins keep in documents. A few statements for all of them.

use super::{NUMBER, field, selection};
use crate::answer::Column;
use crate::connection::Connection;
use crate::error::Error;
use crate::fold::fold;
use crate::mapping;
use crate::sql::{Sql, source};
use auth::rule::{RowRule, WriteRules};
use domain::command::{Kind, OriginSystem, ResourceCommand};
use domain::facts::{Dependents, Entity, Facts, Needs};
use domain::fields::{Fields, Value as Field};
use domain::resource::{AppRole, By, RoleScope, Wanted};
use model::def::{ColumnType, PropertyDef, Store, Ty};
use odata::schema::Primitive;
use odata::value::Value;
use serde_json::value::RawValue;
use std::collections::HashMap;
use uuid::Uuid;

/// The entity that a command about resources is about.
pub fn main(command: &ResourceCommand) -> Uuid {
    match command {
        ResourceCommand::Add(add) => add.request.catalog,
        ResourceCommand::Remove(remove) => remove.catalog,
        ResourceCommand::Update(update) => update.request.catalog,
        ResourceCommand::Refresh(refresh) => refresh.resource,
        ResourceCommand::RoleScopeAdd(add) => add.package,
        ResourceCommand::RoleScopeRemove(remove) => remove.package,
    }
}

/// Loads what `needs` names of resources, environments, subjects and documents.
pub async fn load(
    connection: &mut Connection,
    tenant: Uuid,
    needs: &Needs,
    rules: &WriteRules,
    facts: &mut Facts,
) -> Result<(), Error> {
    for wanted in &needs.resources {
        resources(connection, tenant, wanted, rules, facts).await?;
    }
    for address in &needs.environments {
        let condition = |sql: &mut Sql| {
            let address = sql.bind(Value::Text(fold(address)));
            format!("a.origin_id_fold = {address}")
        };
        let rows = many(connection, tenant, Kind::Environment, (&RowRule::All, &RowRule::All), condition).await?;
        facts.entities.extend(rows);
    }
    for object in &needs.subjects {
        let sql = "SELECT id FROM subject WHERE tenant = $1 AND object_id = $2";
        let id = Column { name: "id", ty: ColumnType::Uuid };
        let rows = connection.query(sql, &[Value::Guid(tenant), Value::Guid(*object)], &[id]).await?;
        facts.subjects.extend(rows.first().and_then(|row| row.first()?.as_guid()).map(|subject| (*object, subject)));
    }
    if needs.documents {
        let Facts { entities, application, .. } = &mut *facts;
        for entity in entities.iter_mut().chain(application) {
            if Kind::DIRECTORY.contains(&entity.kind) {
                document(connection, tenant, entity, |_| true).await?;
            }
        }
        facts.app_roles = facts.entities.iter().flat_map(app_roles).collect();
    }
    Ok(())
}

async fn resources(
    connection: &mut Connection,
    tenant: Uuid,
    wanted: &Wanted,
    rules: &WriteRules,
    facts: &mut Facts,
) -> Result<(), Error> {
    if let By::Brought { package } = wanted.by {
        facts.role_scopes = role_scopes(connection, tenant, package).await?;
    }
    // What a package brings, or would bring elsewhere, is no more than the package and the catalog say.
    let open = (&RowRule::All, &RowRule::All);
    let narrowed = match wanted.by {
        By::Brought { .. } | By::Counterparts { .. } => open,
        _ => (&rules.see, &rules.change),
    };
    let condition = |sql: &mut Sql| leads_to(sql, &wanted.by);
    let found = many(connection, tenant, Kind::Resource, narrowed, condition).await?;
    let fresh: Vec<Entity> = found.into_iter().filter(|entity| facts.entity(entity.id).is_none()).collect();
    let ids: Vec<Value> = fresh.iter().map(|entity| Value::Guid(entity.id)).collect();
    if ids.is_empty() {
        return Ok(());
    }
    for kind in [Kind::ResourceRole, Kind::ResourceScope] {
        let parts = many(connection, tenant, kind, open, |sql| format!("a.resource_id {}", sql.among(&ids))).await?;
        facts.entities.extend(parts);
    }
    for resource in fresh {
        if wanted.uses {
            let sql = "SELECT count(*) FROM role_scope AS s JOIN package_role_scope AS l \
                       ON l.tenant = s.tenant AND l.role_scope_id = s.id WHERE s.tenant = $1 AND s.resource_id = $2";
            let rows = connection.query(sql, &[Value::Guid(tenant), Value::Guid(resource.id)], &[NUMBER]).await?;
            if let Some(Value::Int(count)) = rows.first().and_then(|row| row.first()) {
                let count = u64::try_from(*count).unwrap_or(0);
                facts.counts.push((Dependents::PackagesOfResource, resource.id, count));
            }
        }
        if wanted.origin {
            origin(connection, tenant, &resource, facts).await?;
        }
        facts.entities.push(resource);
    }
    Ok(())
}

/// The condition that a resource `a` lies on this way.
fn leads_to(sql: &mut Sql, by: &By) -> String {
    match by {
        By::Id(id) => format!("a.id = {}", sql.bind(Value::Guid(*id))),
        By::InCatalog { catalog, system, id } => {
            let catalog = sql.bind(Value::Guid(*catalog));
            format!("a.catalog_id = {catalog}{}", of_origin(sql, *system, id))
        }
        By::InPackage { package, system, id } => {
            let package = sql.bind(Value::Guid(*package));
            let of_origin = of_origin(sql, *system, id);
            format!(
                "a.catalog_id = (SELECT p.catalog_id FROM access_package AS p WHERE p.tenant = $1 AND p.id = {package})\
                 {of_origin}"
            )
        }
        By::Role(id) => {
            let id = sql.bind(Value::Guid(*id));
            format!("a.id = (SELECT r.resource_id FROM resource_role AS r WHERE r.tenant = $1 AND r.id = {id})")
        }
        By::Scope(id) => {
            let id = sql.bind(Value::Guid(*id));
            format!("a.id = (SELECT r.resource_id FROM resource_scope AS r WHERE r.tenant = $1 AND r.id = {id})")
        }
        By::Brought { package } => format!("a.id IN ({})", brought(sql, *package, "s.resource_id", "")),
        By::Counterparts { package, catalog } => {
            let catalog = sql.bind(Value::Guid(*catalog));
            let join = " JOIN resource AS o ON o.tenant = s.tenant AND o.id = s.resource_id";
            let brought = brought(sql, *package, "o.origin_id_fold", join);
            format!("a.catalog_id = {catalog} AND a.origin_id_fold IN ({brought})")
        }
    }
}

fn of_origin(sql: &mut Sql, system: Option<OriginSystem>, id: &str) -> String {
    let id = sql.bind(Value::Text(fold(id)));
    match system {
        Some(system) => {
            let system = sql.bind(Value::Text(system.name().to_owned()));
            format!(" AND a.origin_system = {system} AND a.origin_id_fold = {id}")
        }
        None => format!(" AND a.origin_id_fold = {id}"),
    }
}

fn brought(sql: &mut Sql, package: Uuid, wanted: &str, join: &str) -> String {
    let package = sql.bind(Value::Guid(package));
    format!(
        "SELECT {wanted} FROM package_role_scope AS l JOIN role_scope AS s \
         ON s.tenant = l.tenant AND s.id = l.role_scope_id{join} WHERE l.tenant = $1 AND l.package_id = {package}"
    )
}

async fn role_scopes(connection: &mut Connection, tenant: Uuid, package: Uuid) -> Result<Vec<RoleScope>, Error> {
    let sql = "SELECT s.catalog_id, s.resource_id, s.role_id, s.scope_id FROM package_role_scope AS l \
               JOIN role_scope AS s ON s.tenant = l.tenant AND s.id = l.role_scope_id \
               WHERE l.tenant = $1 AND l.package_id = $2";
    let columns = ["catalog_id", "resource_id", "role_id", "scope_id"];
    let columns = columns.map(|name| Column { name, ty: ColumnType::Uuid });
    let rows = connection.query(sql, &[Value::Guid(tenant), Value::Guid(package)], &columns).await?;
    let read = |row: &Vec<Value>| {
        let id = |at: usize| row.get(at).and_then(Value::as_guid);
        Some(RoleScope { catalog: id(0)?, resource: id(1)?, role: id(2)?, scope: id(3)? })
    };
    Ok(rows.iter().filter_map(read).collect())
}

/// The group or the service principal that a resource stands for, if it is still there.
async fn origin(connection: &mut Connection, tenant: Uuid, resource: &Entity, facts: &mut Facts) -> Result<(), Error> {
    let id = resource.fields.text("originId").and_then(|id| Uuid::try_parse(id).ok());
    let kind = match resource.fields.text("originSystem").and_then(OriginSystem::from_name) {
        Some(OriginSystem::Group) => Kind::Group,
        Some(OriginSystem::Application) => Kind::ServicePrincipal,
        Some(OriginSystem::Site) | None => return Ok(()),
    };
    if let Some(id) = id {
        let open = &RowRule::All;
        facts.entities.extend(super::entity(connection, tenant, &[kind], id, open, open, false).await?);
    }
    Ok(())
}

/// All entities of a kind, whose ids are UUIDs, that `condition` on `a` holds for.
async fn many(
    connection: &mut Connection,
    tenant: Uuid,
    kind: Kind,
    (see, change): (&RowRule, &RowRule),
    condition: impl FnOnce(&mut Sql) -> String,
) -> Result<Vec<Entity>, Error> {
    let Some(table) = mapping::table(kind) else {
        return Ok(Vec::new());
    };
    let selection = selection(&[kind]);
    let mut sql = Sql::new(connection.dialect(), tenant);
    let may = source::row_rule(&mut sql, &table, change, "a");
    let condition = condition(&mut sql);
    let narrowed = source::row_rule(&mut sql, &table, see, "a");
    sql.push(&format!(
        "SELECT 0{}, CASE WHEN 1 = 1{may} THEN 1 ELSE 0 END FROM {} AS a WHERE a.tenant = $1 AND {condition}{narrowed} \
         ORDER BY a.id",
        selection.list, table.name
    ));
    let rows = connection.query(&sql.text, &sql.params, &selection.columns).await?;
    let entity = |mut cells: Vec<Value>| {
        let may_change = cells.pop() == Some(Value::Int(1));
        let pairs: Vec<_> = cells.into_iter().skip(1).zip(&selection.cores).collect();
        let id = pairs.iter().find(|(_, core)| **core == "id").and_then(|(value, _)| value.as_guid())?;
        let fields = pairs.into_iter().filter(|(value, _)| !value.is_null());
        let fields = fields.map(|(value, core)| (*core, field(value))).collect();
        Some(Entity { kind, id, fields: Fields(fields), may_change })
    };
    Ok(rows.into_iter().filter_map(entity).collect())
}

/// Adds to an entity those of its properties that its document holds and `wanted` names.
pub async fn document(
    connection: &mut Connection,
    tenant: Uuid,
    entity: &mut Entity,
    wanted: impl Fn(&str) -> bool,
) -> Result<(), Error> {
    let properties = mapping::properties(entity.kind);
    let properties: Vec<_> =
        properties.filter(|property| property.store == Store::Doc && wanted(property.core)).collect();
    let Some(table) = mapping::table(entity.kind).filter(|_| !properties.is_empty()) else {
        return Ok(());
    };
    let sql = format!("SELECT doc FROM {} WHERE tenant = $1 AND id = $2", table.name);
    let params = [Value::Guid(tenant), Value::Guid(entity.id)];
    let rows = connection.query(&sql, &params, &[crate::sql::columns::DOC]).await?;
    let Some(Value::Json(text)) = rows.first().and_then(|row| row.first()) else {
        return Ok(());
    };
    let members: HashMap<&str, &RawValue> = serde_json::from_str(text).unwrap_or_default();
    for property in properties {
        let Some(raw) = members.get(property.core).map(|raw| raw.get()) else { continue };
        entity.fields.set_default(property.core, stored(property, raw));
    }
    Ok(())
}

/// A member of a document as the rules see it.
fn stored(property: &PropertyDef, raw: &str) -> Field {
    let text = || serde_json::from_str::<String>(raw).ok();
    let number = || raw.parse().ok();
    let read = match property.ty {
        _ if property.many => None,
        Ty::Complex(_) | Ty::Primitive(Primitive::Double) => None,
        Ty::Enum(_) | Ty::Primitive(Primitive::Int32 | Primitive::Int64) => number().map(Field::Int),
        Ty::Primitive(Primitive::Boolean) => raw.parse().ok().map(Field::Bool),
        Ty::Primitive(Primitive::DateTimeOffset) => number().map(Field::Time),
        Ty::Primitive(Primitive::Guid) => text().and_then(|text| Uuid::try_parse(&text).ok()).map(Field::Guid),
        Ty::Primitive(_) => text().map(Field::Text),
    };
    read.unwrap_or_else(|| Field::Json(raw.to_owned()))
}

/// The roles in `appRoles`.
fn app_roles(entity: &Entity) -> Vec<AppRole> {
    let Some(Field::Json(text)) = entity.fields.get("appRoles") else {
        return Vec::new();
    };
    let list: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    let role = |role: &serde_json::Value| {
        let text = |name: &str| role.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
        let types = role.get("allowedMemberTypes").and_then(serde_json::Value::as_array)?;
        let is_for = |word: &str| types.iter().any(|ty| ty.as_str().is_some_and(|ty| ty.eq_ignore_ascii_case(word)));
        let id = Uuid::try_parse(&text("id")?).ok()?;
        Some(AppRole {
            of: entity.id,
            id,
            name: text("displayName").or_else(|| text("value")).unwrap_or_else(|| id.to_string()),
            description: text("description"),
            to_users: is_for("User"),
            to_applications: is_for("Application"),
            is_enabled: role.get("isEnabled").and_then(serde_json::Value::as_bool) != Some(false),
        })
    };
    list.iter().filter_map(role).collect()
}
