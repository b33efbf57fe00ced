//! WHAT A CATALOG HANDS OUT: groups, applications and sites come into a catalog by requests, and
//! access packages bring roles of them. A request is done at once, in the transaction that keeps it.

mod moving;
mod needs;
mod origin;
mod refresh;
mod request;
mod role_scope;

pub use moving::repointed;
pub use needs::{AppRole, By, RoleScope, Wanted, needs};

use crate::Instant;
use crate::command::{Kind, Named, OriginSystem, ResourceCommand};
use crate::denial::Denial;
use crate::facts::{Entity, Facts};
use crate::fold::fold;
use crate::outcome::Outcome;
use uuid::Uuid;

/// Decides a command about resources.
///
/// # Errors
/// As each rule says.
pub fn decide(command: &ResourceCommand, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    match command {
        ResourceCommand::Add(add) => request::add(add, facts, now),
        ResourceCommand::Remove(remove) => request::remove(remove, facts, now),
        ResourceCommand::Update(update) => request::update(update, facts, now),
        ResourceCommand::Refresh(refresh) => refresh::refresh(refresh, facts, now),
        ResourceCommand::RoleScopeAdd(add) => role_scope::add(add, facts, now),
        ResourceCommand::RoleScopeRemove(remove) => role_scope::remove(remove, facts, now),
    }
}

/// The system that a resource, a role or a scope comes from.
fn system(entity: &Entity) -> Option<OriginSystem> {
    entity.fields.text("originSystem").and_then(OriginSystem::from_name)
}

/// The id of a resource, a role or a scope where it comes from.
fn origin_id(entity: &Entity) -> &str {
    entity.fields.text("originId").unwrap_or_default()
}

/// Whether two ids of one origin are the same; letter case makes no difference.
fn same(one: &str, other: &str) -> bool {
    fold(one) == fold(other)
}

/// Whether a name fits this entity.
fn fits(named: &Named, entity: &Entity) -> bool {
    match named {
        Named::Id(id) => entity.id == *id,
        Named::Origin { system: said, id } => {
            same(id, origin_id(entity)) && said.is_none_or(|said| system(entity) == Some(said))
        }
        Named::Both { id, system: said, origin } => {
            entity.id == *id && same(origin, origin_id(entity)) && said.is_none_or(|said| system(entity) == Some(said))
        }
    }
}

/// The resource of a catalog that `named` names.
fn in_catalog<'a>(facts: &'a Facts, catalog: Uuid, named: &Named) -> Option<&'a Entity> {
    facts.entities.iter().find(|entity| {
        entity.kind == Kind::Resource && entity.fields.guid("catalogId") == Some(catalog) && fits(named, entity)
    })
}

/// The parts of a resource: its roles, or its scopes.
fn parts(facts: &Facts, kind: Kind, resource: Uuid) -> impl Iterator<Item = &Entity> {
    facts
        .entities
        .iter()
        .filter(move |entity| entity.kind == kind && entity.fields.guid("resourceId") == Some(resource))
}

/// What a name looks like in a refusal.
fn words(named: &Named) -> String {
    match named {
        Named::Id(id) => id.to_string(),
        Named::Origin { id, .. } => id.clone(),
        Named::Both { id, origin, .. } => format!("{id} ({origin})"),
    }
}

/// Parts that can be made together with one thing.
const PARTS_MAX: usize = 0x7_ffff;

/// The id of a part that is made together with something else: as unique as that one's, the same each
/// time the command is decided, and in the order of the numbers.
fn derived(seed: Uuid, number: usize) -> Uuid {
    const LOW: u128 = 0xf_ffff;
    let seed = seed.as_u128();
    let number = number.min(PARTS_MAX) as u128;
    // One bit is turned around, so that it is never the thing's own.
    Uuid::from_u128((seed & !LOW) | (!seed & 0x8_0000) | number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_differ_and_keep_their_order() {
        for seed in [0, 0x8_0003, u128::MAX, 0x0190_0000_0000_7000_8000_0000_0000_0001] {
            let seed = Uuid::from_u128(seed);
            let ids: Vec<Uuid> = (0..200).chain([PARTS_MAX]).map(|number| derived(seed, number)).collect();
            assert!(ids.is_sorted() && ids.iter().all(|id| *id != seed));
            assert_eq!(ids.iter().collect::<std::collections::HashSet<_>>().len(), ids.len());
        }
    }
}
