//! Commands about what a catalog hands out. Things are named by id or by where they come from, as
//! the caller named them; looking them up is the facts' business.

use crate::fields::Fields;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq)]
pub enum ResourceCommand {
    /// Something comes into a catalog.
    Add(ResourceAdd),
    /// A resource leaves its catalog.
    Remove(ResourceRequest),
    Update(ResourceUpdate),
    /// Reads again what its origin says of a resource.
    Refresh(ResourceRefresh),
    /// An access package brings a role of a resource.
    RoleScopeAdd(Box<RoleScopeAdd>),
    RoleScopeRemove(RoleScopeRemove),
}

/// The systems that resources come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OriginSystem {
    Group,
    Application,
    Site,
}

impl OriginSystem {
    pub const ALL: [OriginSystem; 3] = [OriginSystem::Group, OriginSystem::Application, OriginSystem::Site];

    /// Its name in Graph.
    pub fn name(self) -> &'static str {
        match self {
            OriginSystem::Group => "AadGroup",
            OriginSystem::Application => "AadApplication",
            OriginSystem::Site => "SharePointOnline",
        }
    }

    pub fn from_name(name: &str) -> Option<OriginSystem> {
        OriginSystem::ALL.into_iter().find(|system| system.name().eq_ignore_ascii_case(name))
    }
}

/// A thing by its id, or by its id where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Id(Uuid),
    Origin {
        system: Option<OriginSystem>,
        id: String,
    },
    /// By both, which have to mean the same thing.
    Both {
        id: Uuid,
        system: Option<OriginSystem>,
        origin: String,
    },
}

impl Named {
    /// The id, if it is named.
    pub fn id(&self) -> Option<Uuid> {
        match self {
            Named::Id(id) | Named::Both { id, .. } => Some(*id),
            Named::Origin { .. } => None,
        }
    }
}

/// What every request about a resource says.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceRequest {
    /// The new request's.
    pub id: Uuid,
    pub catalog: Uuid,
    pub resource: Named,
    /// The directory object that asks, and the id for its subject if it has none yet.
    pub requestor: Uuid,
    pub subject: Uuid,
    /// `justification`, and what only travels.
    pub fields: Fields,
    /// Everything is checked, and nothing but the request is kept.
    pub validation_only: bool,
    pub paths: &'static Paths,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ResourceAdd {
    pub request: ResourceRequest,
    /// The new resource's id. Those of its parts are made from it.
    pub new: Uuid,
    pub environment: Option<Named>,
    /// What the body says of the resource.
    pub fields: Fields,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ResourceUpdate {
    pub request: ResourceRequest,
    pub fields: Fields,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceRefresh {
    pub resource: Uuid,
    /// From which the ids of new roles are made.
    pub seed: Uuid,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RoleScopeAdd {
    pub package: Uuid,
    /// The resource, where the body names it beside the role.
    pub resource: Option<Named>,
    pub role: Named,
    /// What a role is called that isn't known yet.
    pub role_name: Option<String>,
    /// None for the root scope.
    pub scope: Option<Named>,
    /// The resource, where the body names it beside the scope.
    pub scope_resource: Option<Named>,
    /// The id of a role that has to be made.
    pub new: Uuid,
    pub paths: &'static Paths,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleScopeRemove {
    pub package: Uuid,
    pub role_scope: String,
}

/// What the caller's surface calls the parts of the body, so that refusals name them.
#[derive(Debug, PartialEq, Eq)]
pub struct Paths {
    pub catalog: &'static str,
    pub resource: &'static str,
    pub resource_id: &'static str,
    pub origin_id: &'static str,
    pub origin_system: &'static str,
    pub display_name: &'static str,
    pub environment: &'static str,
    pub role: &'static str,
    pub role_resource: &'static str,
    pub scope: &'static str,
    pub scope_resource: &'static str,
}
