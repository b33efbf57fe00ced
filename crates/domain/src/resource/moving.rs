//! What a package's move means for the roles that it brings: they are those of the same resources in
//! the other catalog, which have to be there.

use super::needs::RoleScope;
use super::{in_catalog, origin_id, parts, same, system};
use crate::Instant;
use crate::checks::invalid;
use crate::command::{Kind, Named};
use crate::denial::Denial;
use crate::facts::{Entity, Facts};
use crate::outcome::Change;
use crate::record::name;
use uuid::Uuid;

/// The changes that point a package's role scopes to the resources of `catalog`.
///
/// # Errors
/// [`Denial::Invalid`] on `catalogId`, naming each resource, role or scope that is missing there.
pub fn repointed(package: Uuid, catalog: Uuid, facts: &Facts, now: Instant) -> Result<Vec<Change>, Denial> {
    let mut changes = Vec::new();
    let mut missing = Vec::new();
    for brought in facts.role_scopes.iter().filter(|brought| brought.catalog != catalog) {
        match counterpart(brought, catalog, facts) {
            Ok(to) => changes.push(Change::RoleScopeMove { package, from: brought.id(), to, at: now }),
            Err(what) if missing.contains(&what) => {}
            Err(what) => missing.push(what),
        }
    }
    if missing.is_empty() {
        return Ok(changes);
    }
    let list = missing.join(", ");
    let message = format!("The catalog in 'catalogId' doesn't have what the access package brings: {list}.");
    Err(invalid("catalogId", message))
}

/// The same role in the same scope of the same resource in another catalog, or what is missing there.
fn counterpart(brought: &RoleScope, catalog: Uuid, facts: &Facts) -> Result<RoleScope, String> {
    let part = |kind, id: Uuid| facts.entity_of(kind, id).ok_or_else(|| id.to_string());
    let called = |entity: &Entity| format!("'{}' ({})", name(&entity.fields), origin_id(entity));
    let resource = part(Kind::Resource, brought.resource)?;
    let named = Named::Origin { system: system(resource), id: origin_id(resource).to_owned() };
    let there = in_catalog(facts, catalog, &named).ok_or_else(|| called(resource))?;
    let twin = |kind, id| {
        let part = part(kind, id)?;
        let found = parts(facts, kind, there.id).find(|each| same(origin_id(each), origin_id(part)));
        found.map(|each| each.id).ok_or_else(|| format!("{} of {}", called(part), called(resource)))
    };
    Ok(RoleScope {
        catalog,
        resource: there.id,
        role: twin(Kind::ResourceRole, brought.role)?,
        scope: twin(Kind::ResourceScope, brought.scope)?,
    })
}
