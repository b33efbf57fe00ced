//! App roles that are given and taken by hand.

use super::Kind;
use uuid::Uuid;

/// The end of an app role assignment that its path starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppRoleEnd {
    /// What the path says that it is.
    pub kind: Kind,
    pub id: Uuid,
    pub side: AppRoleSide,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppRoleSide {
    /// Whoever holds the role.
    Principal,
    /// Whose role it is.
    Resource,
}

impl AppRoleSide {
    pub const ALL: [AppRoleSide; 2] = [AppRoleSide::Principal, AppRoleSide::Resource];

    /// The navigation property that leads from this side to the assignments.
    pub fn navigation(self) -> &'static str {
        match self {
            AppRoleSide::Principal => "appRoleAssignments",
            AppRoleSide::Resource => "appRoleAssignedTo",
        }
    }

    /// The property of an assignment that names this side.
    pub fn property(self) -> &'static str {
        match self {
            AppRoleSide::Principal => "principalId",
            AppRoleSide::Resource => "resourceId",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppRoleAssign {
    pub id: Uuid,
    pub end: AppRoleEnd,
    pub principal: Uuid,
    pub resource: Uuid,
    /// Nil for default access, which needs no role.
    pub role: Uuid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppRoleUnassign {
    pub end: AppRoleEnd,
    pub id: Uuid,
}
