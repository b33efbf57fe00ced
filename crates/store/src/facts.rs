//! Loads the facts that a rule asked for, inside the transaction that will apply its outcome. What
//! the permit doesn't let the caller see is not there; what it doesn't let the caller change is marked.

mod resources;

use crate::answer::Column;
use crate::connection::Connection;
use crate::error::Error;
use crate::mapping;
use crate::merge;
use crate::sql::{Sql, source};
use auth::rule::{RowRule, WriteRules};
use domain::command::{
    Command, ExtensionCommand, ExtensionOf, Kind, OrganizationCommand, PolicyCommand, Relation, Restore,
};
use domain::facts::{Dependents, Entity, Facts, Needs, needs};
use domain::fields::{Fields, Value as FieldValue};
use domain::lifecycle::RequestCommand;
use model::def::ColumnType;
use odata::value::Value;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use uuid::Uuid;

const NUMBER: Column = Column { name: "number", ty: ColumnType::Int };

/// The facts for `command`.
pub async fn load(
    connection: &mut Connection,
    tenant: Uuid,
    command: &Command,
    rules: &WriteRules,
) -> Result<Facts, Error> {
    let needs = needs(command);
    let main = main(command);
    let mut facts = Facts::default();
    for (kinds, id) in &needs.entities {
        if facts.entity(*id).is_some() {
            continue;
        }
        let (see, change) =
            if main == Some(*id) { (&rules.see, &rules.change) } else { (&rules.see_other, &rules.change_other) };
        if let Some(entity) = entity(connection, tenant, kinds, *id, see, change, false).await? {
            facts.entities.push(entity);
        }
    }
    for id in &needs.deleted {
        let (see, change) =
            if main == Some(*id) { (&rules.see, &rules.change) } else { (&rules.see_other, &rules.change_other) };
        let found = entity(connection, tenant, &Kind::DIRECTORY, *id, see, change, true).await?;
        facts.deleted.extend(found);
    }
    rest(connection, tenant, &needs, rules, &mut facts).await?;
    if let Some(need) = needs.case.clone() {
        (facts.case, facts.rules) = crate::case::load(connection, tenant, need).await?;
    }
    facts.present = present(connection, tenant, &needs.present).await?;
    facts.extensions = extensions(connection, tenant, &needs.present).await?;
    facts.present.extend(facts.extensions.iter().map(|(id, _, _)| (Kind::Extension, *id)));
    if let Command::Policy(PolicyCommand::Replace(replace)) = command
        && needs.replaced
        && facts.entity(replace.id).is_some()
    {
        facts.replaced = crate::policy::replaced(connection, tenant, replace).await?;
    }
    resources::load(connection, tenant, &needs, rules, &mut facts).await?;
    if needs.replaced_values
        && let Some((kind, id, fields)) = merge::target(command)
    {
        let Facts { entities, presence, .. } = &mut facts;
        let changed = entities.iter_mut().filter(|entity| entity.kind == kind && entity.id == id);
        // The service principal takes over what its application says.
        for entity in changed.chain(presence) {
            resources::document(connection, tenant, entity, |core| fields.get(core).is_some()).await?;
        }
    }
    guard_roles(connection, tenant, command, rules, &mut facts).await?;
    Ok(facts)
}

/// The entity that the command is about, to which the permit's first pair of rules applies.
fn main(command: &Command) -> Option<Uuid> {
    match command {
        Command::UserCreate(_)
        | Command::GroupCreate(_)
        | Command::ApplicationCreate(_)
        | Command::ServicePrincipalCreate(_)
        | Command::CatalogCreate(_) => None,
        Command::DirectoryUpdate(update) | Command::CatalogUpdate(update) | Command::PackageUpdate(update) => {
            Some(update.id)
        }
        Command::DirectoryDelete(on)
        | Command::DirectoryRestore(Restore { on, .. })
        | Command::CatalogDelete(on)
        | Command::PackageDelete(on)
        | Command::RoleUnassign(on) => Some(on.id),
        Command::LinkAdd(link)
        | Command::LinkRemove(link)
        | Command::IncompatibleAdd(link)
        | Command::IncompatibleRemove(link) => Some(link.from),
        Command::SecretAdd(secret) => Some(secret.id),
        Command::SecretRemove(secret) => Some(secret.id),
        Command::PackageCreate(create) => Some(create.catalog),
        Command::PackageMove(to) => Some(to.package),
        Command::IncompatibleGroupCreate(create) => Some(create.package),
        Command::RoleAssign(assign) => assign.catalog,
        Command::AppRoleAssign(assign) => Some(assign.end.id),
        Command::AppRoleUnassign(unassign) => Some(unassign.end.id),
        Command::Request(command) => match command {
            RequestCommand::Create(create) => create.about().map(|(_, id)| id),
            RequestCommand::Cancel(on)
            | RequestCommand::Reprocess(on)
            | RequestCommand::Delete(on)
            | RequestCommand::Enforce(on) => Some(on.id),
            RequestCommand::Decide(decision) => Some(decision.stage),
            RequestCommand::Resume(resume) => Some(resume.request),
        },
        Command::Work(_) => None,
        Command::Policy(PolicyCommand::Create(create)) => Some(create.package),
        Command::Policy(PolicyCommand::Replace(replace)) => Some(replace.id),
        Command::Policy(PolicyCommand::Delete(id)) => Some(*id),
        Command::Resource(command) => Some(resources::main(command)),
        Command::Extension(command) => Some(match command {
            ExtensionCommand::Create(create) => create.catalog,
            ExtensionCommand::Replace(replace) => replace.id,
            ExtensionCommand::Delete(on) => on.id,
        }),
        Command::Organization(command) => match command {
            OrganizationCommand::Create(_) => None,
            OrganizationCommand::Update(update)
            | OrganizationCommand::EndUserSettings(update)
            | OrganizationCommand::Subject(update) => Some(update.id),
            OrganizationCommand::Delete(on) => Some(on.id),
            OrganizationCommand::SponsorAdd(link) | OrganizationCommand::SponsorRemove(link) => Some(link.from),
            OrganizationCommand::Settings(_) => Some(domain::organization::SETTINGS),
        },
    }
}

/// What is read of an entity that may be of several kinds.
struct Selection {
    /// `, a.column` for each.
    list: String,
    /// With a number before them, the kind, and one after them, whether it may be changed.
    columns: Vec<Column>,
    /// The core names of the columns between.
    cores: Vec<&'static str>,
}

/// The selection for `kinds`. There are few such lists, and each is worked out once.
fn selection(kinds: &[Kind]) -> Arc<Selection> {
    static KNOWN: LazyLock<RwLock<HashMap<Vec<Kind>, Arc<Selection>>>> = LazyLock::new(RwLock::default);
    if let Some(known) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(kinds) {
        return Arc::clone(known);
    }
    let mut selection = Selection { list: String::new(), columns: vec![NUMBER], cores: Vec::new() };
    for property in kinds.iter().flat_map(|kind| mapping::properties(*kind)) {
        if let Some((name, ty)) = mapping::column(property)
            && !selection.columns.iter().any(|column| column.name == name)
        {
            selection.list.push_str(", a.");
            selection.list.push_str(name);
            selection.columns.push(Column { name, ty: if name == "id" { ColumnType::Uuid } else { ty } });
            selection.cores.push(property.core);
        }
    }
    selection.columns.push(NUMBER);
    let selection = Arc::new(selection);
    KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(kinds.to_vec(), Arc::clone(&selection));
    selection
}

/// One entity of any of `kinds`, which must all live in one table.
async fn entity(
    connection: &mut Connection,
    tenant: Uuid,
    kinds: &[Kind],
    id: Uuid,
    see: &RowRule,
    change: &RowRule,
    deleted: bool,
) -> Result<Option<Entity>, Error> {
    let Some(table) = kinds.first().and_then(|kind| mapping::table(*kind)) else {
        return Ok(None);
    };
    let directory = table.soft_delete;
    let selection = selection(kinds);
    let mut sql = Sql::new(connection.dialect(), tenant);
    let may = source::row_rule(&mut sql, &table, change, "a");
    sql.push(if directory { "SELECT a.kind" } else { "SELECT 0" });
    sql.push(&selection.list);
    sql.push(&format!(", CASE WHEN 1 = 1{may} THEN 1 ELSE 0 END FROM {} AS a WHERE a.tenant = $1", table.name));
    let id_name = sql.bind(Value::Guid(id));
    sql.push(&format!(" AND a.id = {id_name}"));
    if directory {
        sql.push(if deleted { " AND a.deleted_at IS NOT NULL" } else { " AND a.deleted_at IS NULL" });
        let numbers: Vec<String> =
            kinds.iter().filter_map(|kind| mapping::table(*kind)?.kind).map(|number| number.to_string()).collect();
        sql.push(&format!(" AND a.kind IN ({})", numbers.join(", ")));
    }
    let narrowed = source::row_rule(&mut sql, &table, see, "a");
    sql.push(&narrowed);
    let rows = connection.query(&sql.text, &sql.params, &selection.columns).await?;
    let Some(mut cells) = rows.into_iter().next() else {
        return Ok(None);
    };
    let may_change = cells.pop() == Some(Value::Int(1));
    let kind = match (directory, cells.first()) {
        (true, Some(Value::Int(number))) => mapping::directory_kind(*number),
        _ => kinds.first().copied(),
    };
    let Some(kind) = kind else {
        return Ok(None);
    };
    let fields = cells
        .into_iter()
        .skip(1)
        .zip(&selection.cores)
        .filter(|(value, _)| !value.is_null())
        .map(|(value, core)| (*core, field(value)))
        .collect();
    Ok(Some(Entity { kind, id, fields: Fields(fields), may_change }))
}

/// Assignments of one role system are not there for the other's permissions. And what can hold
/// directory roles is kept from those who may not hand them out: groups made for roles, and how a
/// user who holds one signs in (their password, name and whether they may, and their deletion).
async fn guard_roles(
    connection: &mut Connection,
    tenant: Uuid,
    command: &Command,
    rules: &WriteRules,
    facts: &mut Facts,
) -> Result<(), Error> {
    if let Some(area) = rules.area {
        facts.entities.retain(|entity| {
            let role = entity.fields.guid("roleDefinitionId").and_then(domain::role::built_in);
            entity.kind != Kind::RoleAssignment || role.is_some_and(|role| role.area == area)
        });
    }
    if rules.privileged {
        return Ok(());
    }
    let sign_in = touches_sign_in(command);
    for entity in facts.entities.iter_mut().chain(&mut facts.deleted) {
        let kept = match entity.kind {
            Kind::Group => entity.fields.bool("isAssignableToRole") == Some(true),
            Kind::User if sign_in => holds_role(connection, tenant, entity.id).await?,
            _ => false,
        };
        entity.may_change &= !kept;
    }
    Ok(())
}

fn touches_sign_in(command: &Command) -> bool {
    const SIGN_IN: &[&str] = &["accountEnabled", "userPrincipalName", "identities", "otherMails"];
    match command {
        Command::DirectoryDelete(_) | Command::DirectoryRestore(_) => true,
        Command::DirectoryUpdate(update) => {
            update.password_hash.is_some() || update.fields.0.iter().any(|(core, _)| SIGN_IN.contains(core))
        }
        _ => false,
    }
}

/// Whether a user holds a directory role, directly or through groups.
async fn holds_role(connection: &mut Connection, tenant: Uuid, user: Uuid) -> Result<bool, Error> {
    let sql = "WITH RECURSIVE held(id) AS (SELECT d.id FROM directory_object AS d WHERE d.tenant = $1 AND d.id = $2 \
               UNION SELECT m.group_id FROM held AS h JOIN membership AS m ON m.tenant = $1 AND m.member_id = h.id) \
               SELECT 1 FROM held AS h JOIN role_assignment AS r ON r.tenant = $1 AND r.principal_id = h.id \
               WHERE r.area = 0 LIMIT 1";
    Ok(!connection.query(sql, &[Value::Guid(tenant), Value::Guid(user)], &[NUMBER]).await?.is_empty())
}

async fn rest(
    connection: &mut Connection,
    tenant: Uuid,
    needs: &Needs,
    rules: &WriteRules,
    facts: &mut Facts,
) -> Result<(), Error> {
    for (relation, from, to) in &needs.links {
        if is_linked(connection, tenant, *relation, *from, *to).await? {
            facts.links.push((*relation, *from, *to));
        }
    }
    for user in &needs.managers {
        let sql = "SELECT manager_id FROM directory_object WHERE tenant = $1 AND id = $2 AND manager_id IS NOT NULL";
        let key = Column { name: "manager_id", ty: ColumnType::Uuid };
        let rows = connection.query(sql, &[Value::Guid(tenant), Value::Guid(*user)], &[key]).await?;
        if let Some(manager) = rows.first().and_then(|row| row.first()).and_then(Value::as_guid) {
            facts.links.push((Relation::Manager, *user, manager));
        }
    }
    for (what, id) in &needs.counts {
        let sql = match what {
            Dependents::PackagesOfCatalog => {
                "SELECT count(*) FROM access_package WHERE tenant = $1 AND catalog_id = $2"
            }
            Dependents::AssignmentsOfPackage => {
                "SELECT count(*) FROM assignment WHERE tenant = $1 AND package_id = $2 AND is_current"
            }
            Dependents::AssignmentsOfPolicy => {
                "SELECT count(*) FROM assignment WHERE tenant = $1 AND policy_id = $2 AND is_current"
            }
            Dependents::RequestsOfPackage => {
                "SELECT count(*) FROM assignment_request WHERE tenant = $1 AND package_id = $2 AND is_open"
            }
            Dependents::RequestsOfPolicy => {
                "SELECT count(*) FROM assignment_request WHERE tenant = $1 AND policy_id = $2 AND is_open"
            }
            Dependents::SubjectsOfOrganization => {
                "SELECT count(*) FROM subject AS s JOIN directory_object AS o ON o.tenant = s.tenant \
                 AND o.id = s.object_id WHERE s.tenant = $1 AND s.connected_organization_id = $2 \
                 AND o.deleted_at IS NULL"
            }
            Dependents::PoliciesOfExtension => {
                "SELECT count(*) FROM policy_stage_setting WHERE tenant = $1 AND extension_id = $2"
            }
            Dependents::CalloutsOfPackage => {
                "SELECT count(*) FROM assignment_policy AS p JOIN policy_stage_setting AS s ON s.tenant = p.tenant \
                 AND s.policy_id = p.id WHERE p.tenant = $1 AND p.package_id = $2"
            }
            Dependents::SecretsOfOwner => "SELECT count(*) FROM credential WHERE tenant = $1 AND owner_id = $2",
            Dependents::PoliciesOfOrganization => {
                let count = crate::policy::naming(connection, tenant, *id).await?;
                facts.counts.push((*what, *id, count));
                continue;
            }
            // Counted where the resource is found.
            Dependents::PackagesOfResource => continue,
        };
        let rows = connection.query(sql, &[Value::Guid(tenant), Value::Guid(*id)], &[NUMBER]).await?;
        if let Some(Value::Int(count)) = rows.first().and_then(|row| row.first()) {
            facts.counts.push((*what, *id, u64::try_from(*count).unwrap_or(0)));
        }
    }
    if let Some(app_id) = needs.application {
        let sql =
            "SELECT id FROM directory_object WHERE tenant = $1 AND kind = 4 AND app_id = $2 AND deleted_at IS NULL";
        let key = Column { name: "id", ty: ColumnType::Uuid };
        let rows = connection.query(sql, &[Value::Guid(tenant), Value::Guid(app_id)], &[key]).await?;
        if let Some(id) = rows.first().and_then(|row| row.first()).and_then(Value::as_guid) {
            facts.application =
                entity(connection, tenant, &[Kind::Application], id, &rules.see, &rules.change, false).await?;
        }
    }
    if let Some(application) = needs.presence {
        let sql = "SELECT s.id FROM directory_object AS a JOIN directory_object AS s ON s.tenant = a.tenant \
                   AND s.app_id = a.app_id WHERE a.tenant = $1 AND a.id = $2 AND a.kind = 4 AND s.kind = 3 \
                   AND s.deleted_at IS NULL";
        let key = Column { name: "id", ty: ColumnType::Uuid };
        let rows = connection.query(sql, &[Value::Guid(tenant), Value::Guid(application)], &[key]).await?;
        if let Some(id) = rows.first().and_then(|row| row.first()).and_then(Value::as_guid) {
            // It follows its application, whoever may change that.
            let (kinds, all) = ([Kind::ServicePrincipal], RowRule::All);
            facts.presence = entity(connection, tenant, &kinds, id, &all, &all, false).await?;
        }
    }
    if needs.domains {
        let sql = "SELECT id FROM domain WHERE tenant = $1 AND is_verified = $2 ORDER BY is_default DESC, id";
        let name = Column { name: "id", ty: ColumnType::Text };
        let rows = connection.query(sql, &[Value::Guid(tenant), Value::Bool(true)], &[name]).await?;
        facts.domains = rows.iter().filter_map(|row| row.first()?.as_text().map(str::to_owned)).collect();
    }
    Ok(())
}

/// Those of `named` who are there; one query for each kind.
async fn present(
    connection: &mut Connection,
    tenant: Uuid,
    named: &[(Kind, Uuid)],
) -> Result<Vec<(Kind, Uuid)>, Error> {
    const ID: Column = Column { name: "id", ty: ColumnType::Uuid };
    let mut there = Vec::new();
    for kind in Kind::DIRECTORY {
        let mut ids: Vec<Uuid> = named.iter().filter(|(each, _)| *each == kind).map(|(_, id)| *id).collect();
        let Some(number) = mapping::table(kind).and_then(|table| table.kind).filter(|_| !ids.is_empty()) else {
            continue;
        };
        ids.sort_unstable();
        ids.dedup();
        let ids: Vec<Value> = ids.into_iter().map(Value::Guid).collect();
        let mut sql = Sql::new(connection.dialect(), tenant);
        let among = sql.among(&ids);
        sql.push(&format!(
            "SELECT a.id FROM directory_object AS a WHERE a.tenant = $1 AND a.kind = {number} \
             AND a.deleted_at IS NULL AND a.id {among}"
        ));
        let rows = connection.query(&sql.text, &sql.params, &[ID]).await?;
        there.extend(rows.iter().filter_map(|row| row.first()?.as_guid()).map(|id| (kind, id)));
    }
    let ids: Vec<Value> =
        named.iter().filter(|(kind, _)| *kind == Kind::Organization).map(|(_, id)| Value::Guid(*id)).collect();
    if !ids.is_empty() {
        let mut sql = Sql::new(connection.dialect(), tenant);
        let among = sql.among(&ids);
        sql.push(&format!("SELECT a.id FROM connected_organization AS a WHERE a.tenant = $1 AND a.id {among}"));
        let rows = connection.query(&sql.text, &sql.params, &[ID]).await?;
        there.extend(rows.iter().filter_map(|row| row.first()?.as_guid()).map(|id| (Kind::Organization, id)));
    }
    Ok(there)
}

/// Those of `named` that are extensions: the catalog of each, and what it is told of.
async fn extensions(
    connection: &mut Connection,
    tenant: Uuid,
    named: &[(Kind, Uuid)],
) -> Result<Vec<(Uuid, Uuid, ExtensionOf)>, Error> {
    const ID: Column = Column { name: "id", ty: ColumnType::Uuid };
    let ids: Vec<Value> =
        named.iter().filter(|(kind, _)| *kind == Kind::Extension).map(|(_, id)| Value::Guid(*id)).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(connection.dialect(), tenant);
    let among = sql.among(&ids);
    sql.push(&format!(
        "SELECT a.id, a.catalog_id, a.kind FROM custom_extension AS a WHERE a.tenant = $1 AND a.id {among}"
    ));
    let rows = connection.query(&sql.text, &sql.params, &[ID, ID, NUMBER]).await?;
    let known = |row: &Vec<Value>| match row.as_slice() {
        [Value::Guid(id), Value::Guid(catalog), Value::Int(kind)] => {
            Some((*id, *catalog, ExtensionOf::from_number(*kind)?))
        }
        _ => None,
    };
    Ok(rows.iter().filter_map(known).collect())
}

async fn is_linked(
    connection: &mut Connection,
    tenant: Uuid,
    relation: Relation,
    from: Uuid,
    to: Uuid,
) -> Result<bool, Error> {
    let sql = match mapping::link(relation) {
        Some((table, near, far)) => {
            format!("SELECT 1 FROM {table} WHERE tenant = $1 AND {near} = $2 AND {far} = $3")
        }
        None => "SELECT 1 FROM directory_object WHERE tenant = $1 AND id = $2 AND manager_id = $3".to_owned(),
    };
    let params = [Value::Guid(tenant), Value::Guid(from), Value::Guid(to)];
    Ok(!connection.query(&sql, &params, &[NUMBER]).await?.is_empty())
}

/// A cell as the rules see it.
pub fn field(value: Value) -> FieldValue {
    match value {
        Value::Null => FieldValue::Null,
        Value::Bool(yes) => FieldValue::Bool(yes),
        Value::Int(number) => FieldValue::Int(number),
        // No column that a rule reads holds a fraction.
        Value::Double(number) => FieldValue::Int(number as i64),
        Value::Text(text) => FieldValue::Text(text),
        Value::Guid(id) => FieldValue::Guid(id),
        Value::Time(time) => FieldValue::Time(time),
        Value::Json(text) => FieldValue::Json(text),
    }
}

/// A rule's value as a parameter.
pub fn value(field: &FieldValue) -> Value {
    match field {
        FieldValue::Null => Value::Null,
        FieldValue::Bool(yes) => Value::Bool(*yes),
        FieldValue::Int(number) => Value::Int(*number),
        FieldValue::Text(text) => Value::Text(text.clone()),
        FieldValue::Guid(id) => Value::Guid(*id),
        FieldValue::Time(time) => Value::Time(*time),
        FieldValue::Json(text) => Value::Json(text.clone()),
    }
}
