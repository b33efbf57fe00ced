//! The rows. One file for each part of Graph that we serve; a type stands in one place, with both
//! surfaces' names side by side.

mod applications;
mod audit;
mod complex;
mod directory;
mod entitlement;
mod enums;
mod extensions;
mod lifecycle;
mod operations;
mod organizations;
pub mod policies;
mod policy_types;
mod resources;
mod roles;
mod root;
pub mod suggestions;

use crate::def::{ComplexDef, EntityDef, EnumDef, OperationDef};
use crate::surface::Version;

pub const NAMESPACE: &str = "microsoft.graph";
/// The container whose navigations are the entity sets and singletons.
pub const ROOT: &str = "GraphService";

pub fn entities() -> impl Iterator<Item = &'static EntityDef> {
    root::ENTITIES
        .iter()
        .chain(directory::ENTITIES)
        .chain(applications::ENTITIES)
        .chain(roles::ENTITIES)
        .chain(entitlement::ENTITIES)
        .chain(lifecycle::ENTITIES)
        .chain(policies::ENTITIES)
        .chain(resources::ENTITIES)
        .chain(organizations::ENTITIES)
        .chain(extensions::ENTITIES)
        .chain(suggestions::ENTITIES)
        .chain(audit::ENTITIES)
}

/// Complex types; a surface may have its own shape of one.
pub fn complexes(version: Version) -> impl Iterator<Item = &'static ComplexDef> {
    let own: [&[ComplexDef]; 4] = match version {
        Version::V1 => [complex::V1, policy_types::V1, organizations::V1, suggestions::V1],
        Version::Beta => [complex::BETA, policy_types::BETA, &[], &[]],
    };
    complex::BOTH
        .iter()
        .chain(policy_types::BOTH)
        .chain(resources::COMPLEX)
        .chain(organizations::COMPLEX)
        .chain(extensions::COMPLEX)
        .chain(own.into_iter().flatten())
}

pub fn enums() -> impl Iterator<Item = &'static EnumDef> {
    enums::ENUMS
        .iter()
        .chain(policies::ENUMS)
        .chain(organizations::ENUMS)
        .chain(extensions::ENUMS)
        .chain(suggestions::ENUMS)
}

/// Whether members of an enumeration can be said together.
pub fn is_flags(name: &str) -> bool {
    name == suggestions::OPTIONS
}

pub fn operations() -> impl Iterator<Item = &'static OperationDef> {
    operations::OPERATIONS.iter()
}
