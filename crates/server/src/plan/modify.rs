//! PATCH and DELETE of an entity.

use super::create::named_catalog;
use super::fields::{DIRECTORY_LINKS, prepare};
use super::target::{entity_path, id_of, id_query, kind_of, last_navigation};
use super::{Ask, Lookup, Plan, Then, Write, method_fault};
use crate::error::Error;
use auth::policy::Verb;
use domain::command::{Command, Kind, On, OrganizationCommand, PolicyCommand, Update};
use domain::fields::Value as Field;
use domain::lifecycle::RequestCommand;
use model::def::Join;
use odata::body::{Body, Mode, Options, read_entity};
use odata::error::{Fault, FaultKind};
use odata::query::Step;
use uuid::Uuid;

pub async fn update(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Plan, Error> {
    let kind = addressed(ask)?;
    let target = &ask.intent.target;
    if kind == Kind::ApprovalStage {
        return super::request::decide(ask, lookup).await.map(Plan::Write);
    }
    if matches!(kind, Kind::Organization | Kind::Settings | Kind::EndUserSettings | Kind::Subject) {
        return super::organization::update(ask, kind, lookup).await.map(Plan::Write);
    }
    let command: fn(Update) -> Command = match kind {
        Kind::User | Kind::Group | Kind::ServicePrincipal | Kind::Application => Command::DirectoryUpdate,
        Kind::Catalog => Command::CatalogUpdate,
        Kind::AccessPackage => Command::PackageUpdate,
        _ => return Err(method_fault(ask)),
    };
    let id = id_of(ask, &target.steps, target.ty, lookup).await?;
    let body = read_entity(&ask.surface.schema, target.ty, ask.body, Mode::Update, &Options::default())?;
    repeats_id(&body, id)?;
    let takes: &[&str] = match kind {
        Kind::Catalog => &[],
        Kind::AccessPackage => &["catalog"],
        _ => DIRECTORY_LINKS,
    };
    let mut prepared = prepare(ask, &body, takes, lookup).await?;
    if kind == Kind::AccessPackage
        && let Some(catalog) = named_catalog(ask, &body, &prepared.fields, None, lookup).await?
    {
        prepared.fields.set("catalogId", Field::Guid(catalog));
    }
    // What is fixed may be repeated as it is; the rules compare it with what is there.
    for (core, value) in super::fields::fields(ask.surface, body.ty, &body.fixed).0 {
        prepared.fields.set(core, value);
    }
    let password_hash = prepared.password_hash();
    let update = Update { kind, id, fields: prepared.fields, links: prepared.links, password_hash };
    let write = Write {
        command: command(update),
        verb: Verb::Update,
        target: target.clone(),
        then: Then::Changed { path: entity_path(ask.surface, target.ty, id) },
    };
    Ok(Plan::write(write, prepared.password))
}

/// The id may be repeated in the body, and is no other there.
pub(super) fn repeats_id(body: &Body, id: Uuid) -> Result<(), Error> {
    match body.id.as_deref().is_none_or(|said| Uuid::try_parse(said) == Ok(id)) {
        true => Ok(()),
        false => Err(Fault::new(FaultKind::Value, "id", format!("'id' has to be '{id}', as in the path.")).into()),
    }
}

/// PUT: policies, custom extensions, and what people see of each other.
pub async fn replace(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Write, Error> {
    match addressed(ask)? {
        Kind::EndUserSettings => super::organization::replace(ask, lookup).await,
        Kind::Extension => super::extension::replace(ask, lookup).await,
        _ => super::policy::replace(ask, lookup).await,
    }
}

pub async fn delete(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Write, Error> {
    let target = &ask.intent.target;
    if is_mixed_set(ask) {
        // Who may delete it depends on what it is, which the path doesn't say.
        let (id, ty) = lookup.find(id_query(ask.surface, target.clone())).await?;
        let kind = kind_of(ask.surface, ty).ok_or_else(|| method_fault(ask))?;
        let command = Command::DirectoryDelete(On { kind, id });
        return Ok(Write { command, verb: Verb::Delete, target: target.clone(), then: Then::Nothing });
    }
    if let [before @ .., Step::Navigate { owner, nav }, Step::Key(key)] = target.steps.as_slice()
        && matches!(ask.surface.nav(*owner, *nav).join, Join::Link { .. })
        && kind_of(ask.surface, target.ty) == Some(Kind::RoleScope)
    {
        return super::resources::role_scope_remove(ask, before, *owner, key, lookup).await;
    }
    let kind = addressed(ask)?;
    if let [before @ .., Step::Navigate { owner, nav }, Step::Key(key)] = target.steps.as_slice()
        && kind == Kind::AppRoleAssignment
    {
        return super::app_role::unassign(ask, before, (*owner, *nav), key, lookup).await;
    }
    let command: fn(On) -> Command = match kind {
        Kind::User | Kind::Group | Kind::ServicePrincipal | Kind::Application => Command::DirectoryDelete,
        Kind::Catalog => Command::CatalogDelete,
        Kind::AccessPackage => Command::PackageDelete,
        Kind::RoleAssignment => Command::RoleUnassign,
        Kind::Request => |on| Command::Request(RequestCommand::Delete(on)),
        Kind::Organization => |on| Command::Organization(OrganizationCommand::Delete(on)),
        Kind::Policy => |on| Command::Policy(PolicyCommand::Delete(on.id)),
        Kind::Extension => super::extension::delete,
        _ => return Err(method_fault(ask)),
    };
    let id = id_of(ask, &target.steps, target.ty, lookup).await?;
    Ok(Write { command: command(On { kind, id }), verb: Verb::Delete, target: target.clone(), then: Then::Nothing })
}

/// Whether the path ends in a set of objects of any kind: `directoryObjects/{id}`.
fn is_mixed_set(ask: &Ask<'_>) -> bool {
    let target = &ask.intent.target;
    let Some((_, owner, nav)) = last_navigation(target) else {
        return false;
    };
    kind_of(ask.surface, target.ty).is_none() && ask.surface.nav(owner, nav).core == "directoryObjects"
}

/// The kind at the end of a path that may be changed there: a set and a key, a package in its
/// catalog, or `/me`. Over other navigations a thing is looked at, not changed.
pub(super) fn addressed(ask: &Ask<'_>) -> Result<Kind, Error> {
    let target = &ask.intent.target;
    let kind = kind_of(ask.surface, target.ty);
    let Some((_, owner, nav)) = last_navigation(target) else {
        return Err(method_fault(ask));
    };
    let navigation = ask.surface.schema.ty(owner).navigations.get(nav);
    let changeable = match ask.surface.nav(owner, nav).join {
        Join::Set | Join::Area { .. } | Join::Me => true,
        Join::Back { .. } => navigation.is_some_and(|navigation| navigation.contained),
        _ => false,
    };
    kind.filter(|_| changeable).ok_or_else(|| method_fault(ask))
}
