//! The built-in roles that Doorward knows: of the directory, and of entitlement management. The
//! store makes its `unifiedRoleDefinition` rows of these. What a role allows stands in `table.rs`.

use domain::command::RoleArea;
use uuid::{Uuid, uuid};

/// A built-in role. Its id is also its `templateId`, the same in every tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleDef {
    pub id: Uuid,
    pub area: RoleArea,
    pub name: &'static str,
    pub description: &'static str,
    /// Whoever holds it can give themselves more (`isPrivileged` on beta).
    pub privileged: bool,
}

pub const GLOBAL_ADMINISTRATOR: Uuid = uuid!("62e90394-69f5-4237-9190-012177145e10");
pub const IDENTITY_GOVERNANCE_ADMINISTRATOR: Uuid = uuid!("45d8d3c5-c802-45c6-b32a-1d70b5e1e86e");
pub const GLOBAL_READER: Uuid = uuid!("f2ef992c-3afb-46b9-b7cf-a126ee74c451");
pub const USER_ADMINISTRATOR: Uuid = uuid!("fe930be7-5e62-47db-91af-98c3a49a38b1");
pub const GROUPS_ADMINISTRATOR: Uuid = uuid!("fdd7a751-b60b-444a-984c-02652fe8fa1c");
pub const APPLICATION_ADMINISTRATOR: Uuid = uuid!("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3");
pub const CLOUD_APPLICATION_ADMINISTRATOR: Uuid = uuid!("158c047a-c907-4556-b7ef-446551a6b5f7");
pub const DIRECTORY_READERS: Uuid = uuid!("88d8e3e3-8f55-4a1e-953a-9b9898b8876b");
pub const PRIVILEGED_ROLE_ADMINISTRATOR: Uuid = uuid!("e8611ab8-c189-46e8-94e1-60213ab1f814");

pub const CATALOG_OWNER: Uuid = uuid!("ae79f266-94d4-4dab-b730-feca7e132178");
pub const CATALOG_READER: Uuid = uuid!("44272f93-9762-48e8-af59-1b5351b1d6b3");
pub const ACCESS_PACKAGE_MANAGER: Uuid = uuid!("7f480852-ebdc-47d4-87de-0d8498384a83");
pub const CATALOG_CREATOR: Uuid = uuid!("ba92d953-d8e0-4e39-a797-0cbedb0a89e8");
pub const ACCESS_PACKAGE_ASSIGNMENT_MANAGER: Uuid = uuid!("e2182095-804a-4656-ae11-64734e9b7ae5");

const fn directory(id: Uuid, name: &'static str, privileged: bool, description: &'static str) -> RoleDef {
    RoleDef { id, area: RoleArea::Directory, name, description, privileged }
}

const fn entitlement(id: Uuid, name: &'static str, description: &'static str) -> RoleDef {
    RoleDef { id, area: RoleArea::Entitlement, name, description, privileged: false }
}

/// Roles of the directory, held for the whole tenant. Ids: Entra's "built-in roles" reference.
pub const DIRECTORY: &[RoleDef] = &[
    directory(
        APPLICATION_ADMINISTRATOR,
        "Application Administrator",
        true,
        "Can create and manage all applications and service principals.",
    ),
    directory(
        CLOUD_APPLICATION_ADMINISTRATOR,
        "Cloud Application Administrator",
        true,
        "Can create and manage all applications and service principals except application proxies.",
    ),
    directory(DIRECTORY_READERS, "Directory Readers", false, "Can read basic directory information."),
    directory(GLOBAL_ADMINISTRATOR, "Global Administrator", true, "Can manage everything in the tenant."),
    directory(
        GLOBAL_READER,
        "Global Reader",
        true,
        "Can read everything that a Global Administrator can, and change nothing.",
    ),
    directory(GROUPS_ADMINISTRATOR, "Groups Administrator", false, "Can create and manage all groups."),
    directory(
        IDENTITY_GOVERNANCE_ADMINISTRATOR,
        "Identity Governance Administrator",
        false,
        "Can manage access through entitlement management.",
    ),
    directory(
        PRIVILEGED_ROLE_ADMINISTRATOR,
        "Privileged Role Administrator",
        true,
        "Can assign directory roles and manage groups that may hold them.",
    ),
    directory(USER_ADMINISTRATOR, "User Administrator", true, "Can manage all users and groups."),
];

/// Roles of entitlement management, held in one catalog (Catalog creator: in the whole tenant).
/// Ids and names: operations.md, roleDefinitions.
pub const ENTITLEMENT: &[RoleDef] = &[
    entitlement(
        ACCESS_PACKAGE_ASSIGNMENT_MANAGER,
        "AccessPackage assignment manager",
        "Can see a catalog's access packages and manage who is assigned to them.",
    ),
    entitlement(
        ACCESS_PACKAGE_MANAGER,
        "AccessPackages manager",
        "Can manage a catalog's access packages, and not the catalog itself.",
    ),
    entitlement(CATALOG_CREATOR, "Catalog creator", "Can create catalogs, and owns those that they create."),
    entitlement(CATALOG_OWNER, "Catalog owner", "Can manage a catalog, its access packages and its roles."),
    entitlement(CATALOG_READER, "Catalog reader", "Can see a catalog and everything in it."),
];

/// Every built-in role.
pub fn all() -> impl Iterator<Item = &'static RoleDef> {
    DIRECTORY.iter().chain(ENTITLEMENT)
}

pub fn find(id: Uuid) -> Option<&'static RoleDef> {
    all().find(|role| role.id == id)
}

/// The name of a role, for messages.
pub fn name(id: Uuid) -> &'static str {
    find(id).map_or("an unknown role", |role| role.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_are_unique() {
        for role in all() {
            assert_eq!(all().filter(|other| other.id == role.id || other.name == role.name).count(), 1);
            assert_eq!(find(role.id), Some(role));
        }
    }
}
