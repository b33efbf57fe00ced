//! Which roles an access package brings. Whoever holds the package gets a role that is added, and
//! loses one that is taken away: the worker sees to that.

use super::needs::RoleScope;
use super::origin::part;
use super::{fits, in_catalog, origin_id, parts, system, words};
use crate::Instant;
use crate::checks::{NAME_MAX, changeable, invalid, within};
use crate::command::{Kind, Named, OriginSystem, RoleScopeAdd, RoleScopeRemove};
use crate::denial::Denial;
use crate::facts::{Entity, Facts};
use crate::outcome::{Change, Operation, Outcome};
use crate::record::{ENTITLEMENT, audit, name};
use uuid::Uuid;

/// Lets an access package bring a role of a resource in its catalog.
///
/// # Errors
/// In this order: [`Denial::NotFound`] and [`Denial::MayNotChange`] of the package; what [`resource`],
/// [`role`] and [`scope`] refuse; [`Denial::RoleScopeExists`].
pub(super) fn add(add: &RoleScopeAdd, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let package = changeable(facts, Kind::AccessPackage, add.package)?;
    let resource = resource(add, package, facts)?;
    let (role, called, made) = role(add, resource, facts)?;
    let scope = scope(add, resource, facts)?;
    let catalog = package.fields.guid("catalogId").unwrap_or_default();
    let role_scope = RoleScope { catalog, resource: resource.id, role, scope };
    if facts.role_scopes.contains(&role_scope) {
        return Err(Denial::RoleScopeExists { package: package.id, role_scope: role_scope.id() });
    }
    let called = format!("{called} of {}", name(&resource.fields));
    let audit = audit("Update access package", ENTITLEMENT, Operation::Assign).on_entity(package).with(
        Kind::ResourceRole,
        role,
        &called,
    );
    let key = role_scope.id();
    let mut changes: Vec<Change> = made.into_iter().collect();
    changes.push(Change::RoleScopeAdd { package: package.id, role_scope, at: now });
    changes.push(Change::EnforceHolders { package: package.id, due: now });
    let mut outcome = Outcome::new(changes, audit);
    outcome.key = Some(key);
    Ok(outcome)
}

/// The resource that the role belongs to. It has to be in the package's catalog.
fn resource<'a>(add: &RoleScopeAdd, package: &Entity, facts: &'a Facts) -> Result<&'a Entity, Denial> {
    let target = add.paths.role_resource;
    let catalog = package.fields.guid("catalogId").unwrap_or_default();
    let owner = |kind: Kind, id: Uuid| {
        let part = facts.entity_of(kind, id);
        let resource = part.and_then(|part| part.fields.guid("resourceId"));
        resource.and_then(|resource| facts.entity_of(Kind::Resource, resource))
    };
    let missing = |target, kind, named: &Named| Denial::PartMissing { target, kind, name: words(named) };
    let found = match (&add.resource, &add.role, &add.scope) {
        (Some(named @ (Named::Id(id) | Named::Both { id, .. })), _, _) => {
            let missing = Denial::ReferenceNotFound { target, kind: Kind::Resource, id: *id };
            let found = facts.entity_of(Kind::Resource, *id).ok_or(missing)?;
            if !fits(named, found) {
                return Err(two(target, named));
            }
            found
        }
        (Some(named), _, _) => in_catalog(facts, catalog, named).ok_or_else(|| elsewhere(target, &words(named)))?,
        (None, named @ (Named::Id(id) | Named::Both { id, .. }), _) => {
            owner(Kind::ResourceRole, *id).ok_or_else(|| missing(add.paths.role, Kind::ResourceRole, named))?
        }
        (None, _, Some(named @ (Named::Id(id) | Named::Both { id, .. }))) => {
            owner(Kind::ResourceScope, *id).ok_or_else(|| missing(add.paths.scope, Kind::ResourceScope, named))?
        }
        (None, _, Some(named)) => in_catalog(facts, catalog, named).ok_or_else(|| elsewhere(target, &words(named)))?,
        (None, _, None) => {
            return Err(invalid(target, format!("'{target}' has to name the resource that the role belongs to.")));
        }
    };
    if let Some(named) = add.scope_resource.as_ref().filter(|named| !fits(named, found)) {
        return Err(two(add.paths.scope_resource, named));
    }
    if found.fields.guid("catalogId") == Some(catalog) {
        Ok(found)
    } else {
        Err(elsewhere(target, &found.id.to_string()))
    }
}

fn two(target: &'static str, named: &Named) -> Denial {
    invalid(target, format!("'{target}' doesn't name the resource that the role belongs to: {}.", words(named)))
}

fn elsewhere(target: &'static str, name: &str) -> Denial {
    invalid(target, format!("The resource '{name}' in '{target}' is not in the catalog of the access package."))
}

/// The role: one of the resource's, or of a site one that has not been named before.
///
/// # Errors
/// [`Denial::PartMissing`] for a role that the resource doesn't have.
fn role(add: &RoleScopeAdd, resource: &Entity, facts: &Facts) -> Result<(Uuid, String, Option<Change>), Denial> {
    if let Some(role) = parts(facts, Kind::ResourceRole, resource.id).find(|role| fits(&add.role, role)) {
        return Ok((role.id, name(&role.fields).to_owned(), None));
    }
    let site = system(resource) == Some(OriginSystem::Site);
    match (&add.role, &add.role_name) {
        (Named::Origin { system: None | Some(OriginSystem::Site), id }, Some(called)) if site => {
            within(add.paths.role, called, NAME_MAX)?;
            within(add.paths.role, id, NAME_MAX)?;
            let catalog = resource.fields.guid("catalogId").unwrap_or_default();
            let role = (id.clone(), called.clone(), None);
            let fields = part(catalog, resource.id, OriginSystem::Site.name(), &role);
            let insert = Change::Insert { kind: Kind::ResourceRole, id: add.new, fields };
            Ok((add.new, called.clone(), Some(insert)))
        }
        (named, _) => Err(Denial::PartMissing { target: add.paths.role, kind: Kind::ResourceRole, name: words(named) }),
    }
}

/// The scope: the one that is named, or the root.
///
/// # Errors
/// [`Denial::PartMissing`] for a scope that the resource doesn't have.
fn scope(add: &RoleScopeAdd, resource: &Entity, facts: &Facts) -> Result<Uuid, Denial> {
    let mut scopes = parts(facts, Kind::ResourceScope, resource.id);
    if let Some(named @ Named::Both { id, .. }) = &add.scope
        && parts(facts, Kind::ResourceScope, resource.id).any(|scope| scope.id == *id && !fits(named, scope))
    {
        let path = add.paths.scope;
        return Err(invalid(path, format!("'{path}' names two scopes by its id and its origin: {}.", words(named))));
    }
    let found = match &add.scope {
        Some(named) => scopes.find(|scope| fits(named, scope)),
        None => scopes.find(|scope| scope.fields.bool("isRootScope") == Some(true)),
    };
    found.map(|scope| scope.id).ok_or_else(|| Denial::PartMissing {
        target: add.paths.scope,
        kind: Kind::ResourceScope,
        name: add.scope.as_ref().map_or_else(|| origin_id(resource).to_owned(), words),
    })
}

/// Takes a role from an access package.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`]; [`Denial::PartMissing`] for a role scope that the
/// package doesn't bring.
pub(super) fn remove(remove: &RoleScopeRemove, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let package = changeable(facts, Kind::AccessPackage, remove.package)?;
    let brought = facts.role_scopes.iter().find(|each| each.id() == remove.role_scope);
    let brought = brought.ok_or_else(|| Denial::PartMissing {
        target: "id",
        kind: Kind::RoleScope,
        name: remove.role_scope.clone(),
    })?;
    let part = |kind, id| facts.entity_of(kind, id).map_or("", |part| name(&part.fields));
    let called = format!("{} of {}", part(Kind::ResourceRole, brought.role), part(Kind::Resource, brought.resource));
    let audit = audit("Update access package", ENTITLEMENT, Operation::Unassign).on_entity(package).with(
        Kind::ResourceRole,
        brought.role,
        &called,
    );
    let changes = vec![
        Change::RoleScopeRemove { package: package.id, role_scope: remove.role_scope.clone() },
        Change::RoleScopesTidy { catalog: brought.catalog },
        Change::EnforceHolders { package: package.id, due: now },
    ];
    Ok(Outcome::new(changes, audit))
}
