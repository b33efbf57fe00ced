//! Writes: the row that the request came by, the rows that its links need, and that command and
//! request are about the same thing.

use super::read::{home, seen};
use super::{CATALOGS, Level, PACKAGES, Refusal, choose, is_set, rank, resource, resources, roles};
use super::{extensions, organizations, request};
use crate::caller::{Caller, IdentityKind};
use crate::permission::{Permission, Permissions};
use crate::permit::{Permit, ReadPermit, WritePermit};
use crate::policy::{Resource, Row, Verb};
use crate::role::{GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR};
use crate::rule::{FieldRule, ReadRules, RowRule, Rule, WriteRules};
use crate::table;
use domain::command::{AppRoleAssign, AppRoleEnd, AppRoleUnassign};
use domain::command::{Command, Kind, OrganizationCommand, PolicyCommand, Relation, Restore, RoleArea};
use domain::fields::Value;
use model::def::{Join, Op};
use model::query::{Query, Want};
use model::surface::Surface;
use odata::query::{Key, Step, Target};
use std::sync::Arc;
use uuid::Uuid;

const POLICIES: Resource = Resource::Edge("entitlementManagement", "assignmentPolicies");

/// How a write was asked for: the path, and what to do at its end.
#[derive(Debug, Clone, Copy)]
pub struct Via<'a> {
    pub surface: &'static Surface,
    /// The path of the request as it was bound.
    pub target: &'a Target,
    pub verb: Verb,
}

/// Decides whether this caller may give `command`, and on which rows.
///
/// The rules speak of these entities: `see` and `change` of the one that the command is about (for
/// a new package or role assignment: its catalog; for a new service principal: its application; for an
/// app role that is given or taken: the end that the path names);
/// `see_other` and `change_other` of the far end of links, of the catalog that a package moves to,
/// and of the principal of a role assignment.
///
/// # Errors
/// A [`Refusal`]; [`Refusal::NoRule`] also when command and path don't fit together.
pub fn authorize_write(caller: &Caller, command: Command, via: &Via<'_>) -> Result<WritePermit, Refusal> {
    let row = find_row(caller, &command, via)?;
    let (rule, grant) = choose(caller, row, &Level::OPEN, writes_self(caller, &command))?;
    let needs_role = |row: &Row| Refusal::NeedsRole { resource: row.resource, verb: row.verb, roles: roles(row) };
    let mut change = rule.rows;
    for relation in also_links(&command) {
        let far = link_row(&command, *relation).ok_or(Refusal::NoRule)?;
        let (linked, _) = choose(caller, far, &Level::OPEN, false)?;
        if rank(&linked.rows) < rank(&change) {
            change = linked.rows;
        }
    }
    if change == RowRule::Nothing || (needs_everything(&command) && change != RowRule::All) {
        return Err(needs_role(row));
    }
    let privileged = is_privileged(caller);
    check_fields(&command, grant.fields)?;
    if makes_role_group(&command) && !privileged {
        return Err(Refusal::NeedsRole {
            resource: row.resource,
            verb: row.verb,
            roles: vec![PRIVILEGED_ROLE_ADMINISTRATOR, GLOBAL_ADMINISTRATOR],
        });
    }
    let mut see = primary(&command, row.resource).map_or(RowRule::All, |home| seen(caller, home));
    if rank(&see) < rank(&change) {
        see = change.clone();
    }
    if row.resource == Resource::Set("me") {
        change = RowRule::Only(caller.identity.principal);
        see = change.clone();
    }
    let (see_other, change_other) = other(caller, &command);
    let rules = WriteRules { see, change, see_other, change_other, area: area(row.resource), privileged };
    Ok(Permit::new(command, rules, Arc::clone(&caller.identity)))
}

/// A read of the entity that a permitted write has just made or changed, for its answer: whoever may
/// make a thing is shown it once, even without a permission to read.
///
/// # Errors
/// [`Refusal::NoRule`] for anything but a plain read, by id, of an entity that the command names.
pub fn authorize_answer(permit: &WritePermit, query: Query) -> Result<ReadPermit, Refusal> {
    let last_key = query.target.steps.iter().rev().find_map(|step| match step {
        Step::Key(Key::Id(id)) => Some(Uuid::parse_str(id)),
        _ => None,
    });
    let ends_on_key = matches!(query.target.steps.last(), Some(Step::Key(Key::Id(_))));
    let named = match last_key {
        Some(Ok(id)) => shown(permit.what()).contains(&id),
        Some(Err(_)) => is_part(permit.what(), query.surface, &query.target),
        None => false,
    };
    if query.want != Want::Entity || !ends_on_key || !named || !query.shape.expand.is_empty() {
        return Err(Refusal::NoRule);
    }
    let steps = vec![Rule::ALL; query.target.steps.len()];
    let shapes = vec![Rule::ALL; query.shape.number + 1];
    let identity = Arc::clone(permit.caller());
    Ok(Permit::new(query, ReadRules { steps, shapes }, identity))
}

/// Whether the target is one of the role scopes of the package that the command is about.
fn is_part(command: &Command, surface: &Surface, target: &Target) -> bool {
    let package = match command {
        Command::Resource(command) => resources::shown_of(command),
        _ => None,
    };
    match target.steps.as_slice() {
        [.., Step::Key(Key::Id(id)), Step::Navigate { owner, nav }, Step::Key(_)] => {
            let role_scopes = surface.nav(*owner, *nav).target == Kind::RoleScope.name();
            role_scopes && package.is_some() && Uuid::parse_str(id).ok() == package
        }
        _ => false,
    }
}

/// What a command must have come by.
pub(super) struct Expected {
    pub verbs: &'static [Verb],
    pub kind: Kind,
    /// For links: the kind they start from, and the navigation.
    pub link: Option<(Kind, &'static str)>,
}

fn expected(command: &Command) -> Expected {
    let plain = |kind, verbs| Expected { verbs, kind, link: None };
    let app_role = |end: AppRoleEnd, verbs| {
        let link = Some((end.kind, end.side.navigation()));
        Expected { verbs, kind: Kind::AppRoleAssignment, link }
    };
    let link = |from, to, relation: Relation, verbs| Expected { verbs, kind: to, link: Some((from, relation.name())) };
    match command {
        Command::UserCreate(_) => plain(Kind::User, &[Verb::Create]),
        Command::GroupCreate(_) => plain(Kind::Group, &[Verb::Create]),
        Command::ApplicationCreate(_) => plain(Kind::Application, &[Verb::Create]),
        Command::ServicePrincipalCreate(_) => plain(Kind::ServicePrincipal, &[Verb::Create]),
        Command::DirectoryUpdate(update) => plain(update.kind, &[Verb::Update]),
        Command::DirectoryDelete(on) => plain(on.kind, &[Verb::Delete]),
        Command::DirectoryRestore(restore) => plain(restore.on.kind, &[Verb::Act(Op::Restore)]),
        Command::LinkAdd(to) => link(to.from_kind, Kind::User, to.relation, &[Verb::LinkAdd, Verb::LinkSet]),
        Command::LinkRemove(to) => link(to.from_kind, Kind::User, to.relation, &[Verb::LinkRemove]),
        Command::SecretAdd(secret) => plain(secret.kind, &[Verb::Act(Op::AddPassword)]),
        Command::SecretRemove(secret) => plain(secret.kind, &[Verb::Act(Op::RemovePassword)]),
        Command::CatalogCreate(_) => plain(Kind::Catalog, &[Verb::Create]),
        Command::CatalogUpdate(_) => plain(Kind::Catalog, &[Verb::Update]),
        Command::CatalogDelete(_) => plain(Kind::Catalog, &[Verb::Delete]),
        Command::PackageCreate(_) => plain(Kind::AccessPackage, &[Verb::Create]),
        Command::PackageUpdate(_) => plain(Kind::AccessPackage, &[Verb::Update]),
        Command::PackageDelete(_) => plain(Kind::AccessPackage, &[Verb::Delete]),
        Command::PackageMove(_) => plain(Kind::AccessPackage, &[Verb::Act(Op::MoveToCatalog)]),
        Command::IncompatibleAdd(to) => link(Kind::AccessPackage, Kind::Group, to.relation, &[Verb::LinkAdd]),
        Command::IncompatibleRemove(to) => link(Kind::AccessPackage, Kind::Group, to.relation, &[Verb::LinkRemove]),
        Command::IncompatibleGroupCreate(_) => {
            link(Kind::AccessPackage, Kind::Group, Relation::IncompatibleGroup, &[Verb::Create])
        }
        Command::RoleAssign(_) => plain(Kind::RoleAssignment, &[Verb::Create]),
        Command::RoleUnassign(_) => plain(Kind::RoleAssignment, &[Verb::Delete]),
        Command::AppRoleAssign(assign) => app_role(assign.end, &[Verb::Create]),
        Command::AppRoleUnassign(unassign) => app_role(unassign.end, &[Verb::Delete]),
        Command::Request(command) => request::expected(command),
        // No request comes by this way.
        Command::Work(_) => plain(Kind::Request, &[]),
        Command::Policy(PolicyCommand::Create(_)) => plain(Kind::Policy, &[Verb::Create]),
        Command::Policy(PolicyCommand::Replace(_)) => plain(Kind::Policy, &[Verb::Update]),
        Command::Policy(PolicyCommand::Delete(_)) => plain(Kind::Policy, &[Verb::Delete]),
        Command::Resource(command) => resources::expected(command),
        Command::Organization(command) => organizations::expected(command),
        Command::Extension(command) => extensions::expected(command),
    }
}

/// The row that the request came by, after the way there was found open and the command found to
/// be about what the path names.
fn find_row(caller: &Caller, command: &Command, via: &Via<'_>) -> Result<&'static Row, Refusal> {
    let navigations: Vec<_> = via
        .target
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::Navigate { owner, nav } => Some((*owner, *nav)),
            _ => None,
        })
        .collect();
    let ((owner, nav), before) = navigations.split_last().ok_or(Refusal::NoRule)?;
    let mut level = Level::OPEN;
    for (owner, nav) in before {
        let join = via.surface.nav(*owner, *nav).join;
        let (resource, row) = resource(via.surface, *owner, *nav, Verb::Read);
        if join == Join::Me && caller.identity.kind == IdentityKind::Application {
            return Err(Refusal::DelegatedOnly { resource });
        }
        // A set is only where the path begins: the permission to write is enough there.
        if !is_set(join) && join != Join::Through {
            let (rule, _) = choose(caller, row.ok_or(Refusal::NoRule)?, &level, false)?;
            level = Level { rule, at_self: false };
        } else {
            level = Level { rule: Rule::ALL, at_self: join == Join::Me };
        }
    }

    let expected = expected(command);
    if !expected.verbs.contains(&via.verb) {
        return Err(Refusal::NoRule);
    }
    let (mut resource, mut row) = resource(via.surface, *owner, *nav, via.verb);
    let def = via.surface.nav(*owner, *nav);
    let fits = match expected.link {
        Some((from, navigation)) => resource == Resource::Edge(from.name(), navigation),
        None if def.target == expected.kind.name() => true,
        // The one kind of control that there is, in the set of all kinds.
        None if expected.kind == Kind::EndUserSettings => def.target == "controlConfiguration",
        None => {
            // An object of any kind asks at its kind's own set.
            let mixed =
                matches!(resource, Resource::Set("directoryObjects") | Resource::Edge("directory", "deletedItems"));
            if let (true, Some(home)) = (mixed, home(expected.kind.name())) {
                (resource, row) = (home, table::find(home, via.verb));
            }
            mixed && matches!(resource, Resource::Set(_))
        }
    };
    let restores = via.verb == Verb::Act(Op::Restore);
    if !fits || restores != (def.join == Join::Deleted) || !area_fits(command, resource) {
        return Err(Refusal::NoRule);
    }
    row.ok_or(Refusal::NoRule)
}

/// A role assignment of one system can't be made by way of the other: their permissions differ.
fn area_fits(command: &Command, resource: Resource) -> bool {
    match command {
        Command::RoleAssign(assign) => match assign.area {
            RoleArea::Directory => resource == Resource::Edge("rbacDirectory", "roleAssignments"),
            RoleArea::Entitlement => resource == Resource::Edge("rbacEntitlement", "roleAssignments"),
        },
        _ => true,
    }
}

/// Which role system a resource belongs to.
fn area(resource: Resource) -> Option<RoleArea> {
    match resource {
        Resource::Edge("rbacDirectory", _) => Some(RoleArea::Directory),
        Resource::Edge("rbacEntitlement", _) => Some(RoleArea::Entitlement),
        _ => None,
    }
}

/// Where the entity that `see` speaks of is read; none where there is no such entity yet.
fn primary(command: &Command, resource: Resource) -> Option<Resource> {
    match command {
        Command::UserCreate(_)
        | Command::GroupCreate(_)
        | Command::ApplicationCreate(_)
        | Command::CatalogCreate(_) => None,
        Command::ServicePrincipalCreate(_) => Some(Resource::Set("applications")),
        Command::DirectoryUpdate(update) => home(update.kind.name()),
        Command::DirectoryDelete(on) | Command::DirectoryRestore(Restore { on, .. }) => home(on.kind.name()),
        Command::LinkAdd(link) | Command::LinkRemove(link) => home(link.from_kind.name()),
        Command::SecretAdd(secret) => home(secret.kind.name()),
        Command::SecretRemove(secret) => home(secret.kind.name()),
        Command::CatalogUpdate(_) | Command::CatalogDelete(_) | Command::PackageCreate(_) => Some(CATALOGS),
        Command::PackageUpdate(_)
        | Command::PackageDelete(_)
        | Command::PackageMove(_)
        | Command::IncompatibleAdd(_)
        | Command::IncompatibleRemove(_)
        | Command::IncompatibleGroupCreate(_) => Some(PACKAGES),
        Command::RoleAssign(assign) => assign.catalog.map(|_| CATALOGS),
        Command::RoleUnassign(_) => Some(resource),
        Command::AppRoleAssign(AppRoleAssign { end, .. }) | Command::AppRoleUnassign(AppRoleUnassign { end, .. }) => {
            home(end.kind.name())
        }
        Command::Request(command) => request::primary(command),
        Command::Work(_) => None,
        Command::Policy(PolicyCommand::Create(_)) => Some(PACKAGES),
        Command::Policy(PolicyCommand::Replace(_) | PolicyCommand::Delete(_)) => Some(POLICIES),
        Command::Resource(command) => Some(resources::primary(command)),
        Command::Organization(command) => organizations::primary(command),
        Command::Extension(command) => Some(extensions::primary(command)),
    }
}

/// `see_other` and `change_other`.
fn other(caller: &Caller, command: &Command) -> (RowRule, RowRule) {
    match command {
        // The other package must be seen, and isn't changed.
        Command::IncompatibleAdd(link) if link.relation == Relation::IncompatiblePackage => {
            let seen = seen(caller, PACKAGES);
            (seen.clone(), seen)
        }
        // Whoever may take a package out of its catalog must be allowed to put it into the next.
        Command::PackageMove(_) => {
            let put = table::find(CATALOGS, Verb::Update)
                .and_then(|row| choose(caller, row, &Level::OPEN, false).ok())
                .map_or(RowRule::Nothing, |(rule, _)| rule.rows);
            (seen(caller, CATALOGS), put)
        }
        Command::Resource(command) => resources::other(caller, command),
        // Links name users and groups by id, and tell nothing about them but that they exist. A link
        // can be taken away even when its far end is out of sight: else nobody could.
        _ => (RowRule::All, RowRule::All),
    }
}

/// Links that an update sets besides fields: each needs its own row too.
fn also_links(command: &Command) -> impl Iterator<Item = &Relation> {
    let links: &[(Relation, Uuid)] = match command {
        Command::DirectoryUpdate(update) => &update.links,
        _ => &[],
    };
    links.iter().map(|(relation, _)| relation)
}

fn link_row(command: &Command, relation: Relation) -> Option<&'static Row> {
    let Command::DirectoryUpdate(update) = command else { return None };
    let resource = Resource::Edge(update.kind.name(), relation.name());
    table::find(resource, Verb::LinkAdd).or_else(|| table::find(resource, Verb::LinkSet))
}

/// Whether the command makes something for the whole tenant, so that a part of it isn't enough.
fn needs_everything(command: &Command) -> bool {
    match command {
        Command::UserCreate(_)
        | Command::GroupCreate(_)
        | Command::ApplicationCreate(_)
        | Command::CatalogCreate(_)
        | Command::Organization(OrganizationCommand::Create(_)) => true,
        // Whoever could give a part of the roles could give themselves the rest.
        Command::AppRoleAssign(_) | Command::AppRoleUnassign(_) => true,
        Command::RoleAssign(assign) => assign.catalog.is_none(),
        _ => false,
    }
}

fn writes_self(caller: &Caller, command: &Command) -> bool {
    caller.identity.kind == IdentityKind::Delegated
        && matches!(command, Command::DirectoryUpdate(update)
            if update.kind == Kind::User && update.id == caller.identity.principal)
}

/// Whether the caller may touch what can hold directory roles. Entra: role-assignable groups and
/// their members are for Privileged Role Administrators, with RoleManagement.ReadWrite.Directory.
fn is_privileged(caller: &Caller) -> bool {
    let carried = Permissions::of(&[Permission::RoleManagementReadWriteDirectory]);
    let roles = [GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR];
    caller.identity.permissions.intersects(carried)
        && (caller.identity.kind == IdentityKind::Application
            || caller.directory_roles.iter().any(|role| roles.contains(role)))
}

fn makes_role_group(command: &Command) -> bool {
    let fields = match command {
        Command::GroupCreate(create) => &create.fields,
        Command::IncompatibleGroupCreate(create) => &create.fields,
        _ => return false,
    };
    fields.get("isAssignableToRole") == Some(&Value::Bool(true))
}

/// A grant for some properties only is no grant for the others.
fn check_fields(command: &Command, allowed: FieldRule) -> Result<(), Refusal> {
    let (Command::DirectoryUpdate(update), FieldRule::Only(allowed)) = (command, allowed) else { return Ok(()) };
    let mut fields: Vec<&'static str> =
        update.fields.0.iter().map(|(name, _)| *name).filter(|name| !allowed.contains(name)).collect();
    if update.password_hash.is_some() {
        fields.push("passwordProfile");
    }
    if fields.is_empty() { Ok(()) } else { Err(Refusal::FieldsNotAllowed { fields }) }
}

/// The entities that the answer to a command may show.
fn shown(command: &Command) -> Vec<Uuid> {
    match command {
        Command::UserCreate(create)
        | Command::GroupCreate(create)
        | Command::ApplicationCreate(create)
        | Command::ServicePrincipalCreate(create)
        | Command::CatalogCreate(create) => vec![create.id],
        Command::PackageCreate(create) => vec![create.create.id],
        Command::DirectoryUpdate(update) | Command::CatalogUpdate(update) | Command::PackageUpdate(update) => {
            vec![update.id]
        }
        Command::DirectoryRestore(restore) => vec![restore.on.id],
        Command::PackageMove(to) => vec![to.package],
        Command::IncompatibleGroupCreate(create) => vec![create.group],
        Command::RoleAssign(assign) => vec![assign.id],
        Command::AppRoleAssign(assign) => vec![assign.id],
        Command::Request(command) => request::shown(command),
        Command::Policy(PolicyCommand::Create(create)) => vec![create.id],
        Command::Policy(PolicyCommand::Replace(replace)) => vec![replace.id],
        Command::Resource(command) => resources::shown(command),
        Command::Organization(command) => organizations::shown(command),
        Command::Extension(command) => extensions::shown(command),
        Command::DirectoryDelete(_)
        | Command::LinkAdd(_)
        | Command::LinkRemove(_)
        | Command::SecretAdd(_)
        | Command::SecretRemove(_)
        | Command::CatalogDelete(_)
        | Command::PackageDelete(_)
        | Command::IncompatibleAdd(_)
        | Command::IncompatibleRemove(_)
        | Command::RoleUnassign(_)
        | Command::AppRoleUnassign(_)
        | Command::Policy(PolicyCommand::Delete(_))
        | Command::Work(_) => vec![],
    }
}
