//! Writes to what catalogs hand out: by which row each comes, and what besides it must be allowed.
//! Who may hand out a group or an application is said by the row for changing it, in the table.

use super::write::Expected;
use super::{Level, choose, rank};
use crate::caller::{Caller, IdentityKind};
use crate::policy::{Resource, Verb};
use crate::rule::RowRule;
use crate::table;
use domain::command::{Kind, Named, OriginSystem, ResourceCommand};
use model::def::Op;
use uuid::Uuid;

const RESOURCES: Resource = Resource::Edge("entitlementManagement", "resources");

pub(super) fn expected(command: &ResourceCommand) -> Expected {
    let plain = |kind, verbs| Expected { verbs, kind, link: None };
    match command {
        ResourceCommand::Add(_) | ResourceCommand::Remove(_) | ResourceCommand::Update(_) => {
            plain(Kind::ResourceRequest, &[Verb::Create])
        }
        ResourceCommand::Refresh(_) => plain(Kind::Resource, &[Verb::Act(Op::Refresh)]),
        ResourceCommand::RoleScopeAdd(_) => plain(Kind::RoleScope, &[Verb::Create]),
        ResourceCommand::RoleScopeRemove(_) => plain(Kind::RoleScope, &[Verb::Delete]),
    }
}

/// Where the entity that `see` speaks of is read.
pub(super) fn primary(command: &ResourceCommand) -> Resource {
    match command {
        ResourceCommand::Add(_) | ResourceCommand::Remove(_) | ResourceCommand::Update(_) => super::CATALOGS,
        ResourceCommand::Refresh(_) => RESOURCES,
        ResourceCommand::RoleScopeAdd(_) | ResourceCommand::RoleScopeRemove(_) => super::PACKAGES,
    }
}

/// `see_other` and `change_other`: what comes into a catalog is there for everybody to name, and to
/// hand out for those who may change it.
pub(super) fn other(caller: &Caller, command: &ResourceCommand) -> (RowRule, RowRule) {
    let ResourceCommand::Add(add) = command else { return (RowRule::All, RowRule::All) };
    let Named::Origin { system: Some(system), .. } = &add.request.resource else {
        return (RowRule::All, RowRule::All);
    };
    let home = match system {
        OriginSystem::Group => Resource::Set("groups"),
        OriginSystem::Application => Resource::Set("servicePrincipals"),
        // Nobody here knows who owns a site.
        OriginSystem::Site => return (RowRule::All, RowRule::All),
    };
    (RowRule::All, may_hand_out(caller, home))
}

/// A user by ownership or office, whatever the token carries; an application by its permissions.
fn may_hand_out(caller: &Caller, home: Resource) -> RowRule {
    let Some(row) = table::find(home, Verb::Update) else { return RowRule::Nothing };
    match caller.identity.kind {
        IdentityKind::Delegated => {
            let rules = row.delegated.iter().map(|grant| grant.duty.rows(caller));
            rules.max_by_key(rank).unwrap_or(RowRule::Nothing)
        }
        IdentityKind::Application => {
            choose(caller, row, &Level::OPEN, false).map_or(RowRule::Nothing, |(rule, _)| rule.rows)
        }
    }
}

/// The entities that the answer may show.
pub(super) fn shown(command: &ResourceCommand) -> Vec<Uuid> {
    match command {
        ResourceCommand::Add(add) => vec![add.request.id],
        ResourceCommand::Remove(remove) => vec![remove.id],
        ResourceCommand::Update(update) => vec![update.request.id],
        ResourceCommand::Refresh(_) | ResourceCommand::RoleScopeAdd(_) | ResourceCommand::RoleScopeRemove(_) => vec![],
    }
}

/// The package whose role scopes the answer may show: their keys are no ids.
pub(super) fn shown_of(command: &ResourceCommand) -> Option<Uuid> {
    match command {
        ResourceCommand::RoleScopeAdd(add) => Some(add.package),
        _ => None,
    }
}
