//! Roles: who may do what in entitlement management and in the directory. The definitions are built
//! in; here is only their list, and the rules for handing them out.

use crate::Instant;
use crate::checks::{changeable, changeable_reference, invalid};
use crate::command::{Kind, On, RoleArea, RoleAssign};
use crate::denial::Denial;
use crate::facts::{Entity, Facts};
use crate::fields::{Fields, Value};
use crate::outcome::{Change, Operation, Outcome};
use crate::record::{ENTITLEMENT, ROLES, audit, name};
use uuid::Uuid;

/// A built-in role definition; its template id is its id, the same in every tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    pub id: Uuid,
    pub name: &'static str,
    pub description: &'static str,
    pub area: RoleArea,
    /// Whether it is held in one catalog (or else in the whole tenant).
    pub in_catalog: bool,
    /// Whether who holds it can give themselves more (`isPrivileged` on beta).
    pub privileged: bool,
}

const fn entitlement(id: u128, name: &'static str, in_catalog: bool, description: &'static str) -> Role {
    Role { id: Uuid::from_u128(id), name, description, area: RoleArea::Entitlement, in_catalog, privileged: false }
}

const fn directory(id: u128, name: &'static str, privileged: bool, description: &'static str) -> Role {
    Role { id: Uuid::from_u128(id), name, description, area: RoleArea::Directory, in_catalog: false, privileged }
}

pub const CATALOG_OWNER: Uuid = Uuid::from_u128(0xae79f266_94d4_4dab_b730_feca7e132178);

/// The roles that can be handed out, under the ids that the real service gives them (operations.md,
/// roleDefinitions; Entra's reference of built-in roles). One stands here only if it allows something.
pub const BUILT_IN: &[Role] = &[
    entitlement(
        0xae79f266_94d4_4dab_b730_feca7e132178,
        "Catalog owner",
        true,
        "Can manage a catalog, its access packages and its roles.",
    ),
    entitlement(
        0x44272f93_9762_48e8_af59_1b5351b1d6b3,
        "Catalog reader",
        true,
        "Can see a catalog and everything in it.",
    ),
    entitlement(
        0x7f480852_ebdc_47d4_87de_0d8498384a83,
        "AccessPackages manager",
        true,
        "Can manage a catalog's access packages, and not the catalog itself.",
    ),
    entitlement(
        0xe2182095_804a_4656_ae11_64734e9b7ae5,
        "AccessPackage assignment manager",
        true,
        "Can see a catalog's access packages and manage who is assigned to them.",
    ),
    entitlement(
        0xba92d953_d8e0_4e39_a797_0cbedb0a89e8,
        "Catalog creator",
        false,
        "Can create catalogs, and owns those that they create.",
    ),
    directory(
        0x62e90394_69f5_4237_9190_012177145e10,
        "Global Administrator",
        true,
        "Can manage everything in the tenant.",
    ),
    directory(
        0xf2ef992c_3afb_46b9_b7cf_a126ee74c451,
        "Global Reader",
        true,
        "Can read everything that a Global Administrator can, and change nothing.",
    ),
    directory(
        0xe8611ab8_c189_46e8_94e1_60213ab1f814,
        "Privileged Role Administrator",
        true,
        "Can assign directory roles and manage groups that may hold them.",
    ),
    directory(
        0x45d8d3c5_c802_45c6_b32a_1d70b5e1e86e,
        "Identity Governance Administrator",
        false,
        "Can manage access through entitlement management.",
    ),
    directory(0xfe930be7_5e62_47db_91af_98c3a49a38b1, "User Administrator", true, "Can manage all users and groups."),
    directory(
        0xfdd7a751_b60b_444a_984c_02652fe8fa1c,
        "Groups Administrator",
        false,
        "Can create and manage all groups.",
    ),
    directory(
        0x9b895d92_2cd3_44c7_9d02_a6ac2d5ea5c3,
        "Application Administrator",
        true,
        "Can create and manage all applications and service principals.",
    ),
    directory(
        0x158c047a_c907_4556_b7ef_446551a6b5f7,
        "Cloud Application Administrator",
        true,
        "Can create and manage all applications and service principals except application proxies.",
    ),
    directory(
        0x88d8e3e3_8f55_4a1e_953a_9b9898b8876b,
        "Directory Readers",
        false,
        "Can read basic directory information.",
    ),
    directory(0x194ae4cb_b126_40b2_bd5b_6091b380977d, "Security Administrator", true, "Can read the audit log."),
    directory(0x5d6b6bb7_de71_4623_b4af_96380a352509, "Security Reader", true, "Can read the audit log."),
    directory(0x4a5d8f65_41da_4de4_8968_e035b65339cf, "Reports Reader", false, "Can read the audit log."),
];

/// The built-in role with this id.
pub fn built_in(id: Uuid) -> Option<&'static Role> {
    BUILT_IN.iter().find(|role| role.id == id)
}

impl RoleArea {
    /// The value of `area` in the tables of roles and their assignments.
    pub fn number(self) -> i64 {
        match self {
            RoleArea::Directory => 0,
            RoleArea::Entitlement => 1,
        }
    }
}

/// Hands a role to a user, a group or a service principal.
///
/// # Errors
/// [`Denial::Invalid`] on `roleDefinitionId` for a role that this area doesn't know, and on
/// `appScopeId` for a scope that doesn't fit the role (the rule that Catalog creator is held
/// tenant-wide and the others in a catalog); [`Denial::ReferenceNotFound`] on `appScopeId` or
/// `principalId`; [`Denial::MayNotChange`] of the catalog; [`Denial::Invalid`] on `principalId` for a
/// group that isn't made to hold directory roles.
pub fn assign(create: &RoleAssign, facts: &Facts, _now: Instant) -> Result<Outcome, Denial> {
    let role = built_in(create.role).filter(|role| role.area == create.area).ok_or_else(|| {
        invalid(
            "roleDefinitionId",
            format!("'roleDefinitionId' has to name a role of this area; '{}' is none.", create.role),
        )
    })?;
    scope_fits(role, create, facts)?;
    let principal = principal(create, facts)?;
    let fields = match role.area {
        RoleArea::Entitlement => entitlement_fields(create.principal, create.role, create.catalog),
        RoleArea::Directory => directory_fields(create.principal, create.role),
    };
    let (activity, category) = match role.area {
        RoleArea::Entitlement => ("Add Entitlement Management role assignment", ENTITLEMENT),
        RoleArea::Directory => ("Add member to role", ROLES),
    };
    let audit = audit(activity, category, Operation::Assign)
        .on(Kind::RoleAssignment, create.id, role.name)
        .with(principal.kind, principal.id, name(&principal.fields))
        .after(&fields);
    let insert = Change::Insert { kind: Kind::RoleAssignment, id: create.id, fields };
    Ok(Outcome::new(vec![insert], audit).showing(Kind::RoleAssignment, create.id))
}

/// Takes a role away.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`].
pub fn unassign(target: &On, facts: &Facts) -> Result<Outcome, Denial> {
    let assignment = changeable(facts, Kind::RoleAssignment, target.id)?;
    let role = assignment.fields.guid("roleDefinitionId").and_then(built_in);
    let directory = role.is_some_and(|role| role.area == RoleArea::Directory);
    let (activity, category) = match directory {
        true => ("Remove member from role", ROLES),
        false => ("Remove Entitlement Management role assignment", ENTITLEMENT),
    };
    let audit = audit(activity, category, Operation::Unassign)
        .on(Kind::RoleAssignment, assignment.id, role.map_or("", |role| role.name))
        .before(&assignment.fields);
    Ok(Outcome::new(vec![Change::Delete { kind: Kind::RoleAssignment, id: assignment.id }], audit))
}

/// An assignment in entitlement management: `appScopeId` is its scope.
pub(crate) fn entitlement_fields(principal: Uuid, role: Uuid, catalog: Option<Uuid>) -> Fields {
    let scope = catalog.map_or_else(|| "/".to_owned(), |catalog| format!("/AccessPackageCatalog/{catalog}"));
    Fields(vec![
        ("principalId", Value::Guid(principal)),
        ("roleDefinitionId", Value::Guid(role)),
        ("appScopeId", Value::Text(scope)),
        ("directoryScopeId", Value::Null),
    ])
}

/// An assignment in the directory: `directoryScopeId` is its scope.
fn directory_fields(principal: Uuid, role: Uuid) -> Fields {
    Fields(vec![
        ("principalId", Value::Guid(principal)),
        ("roleDefinitionId", Value::Guid(role)),
        ("appScopeId", Value::Null),
        ("directoryScopeId", "/".into()),
    ])
}

fn scope_fits(role: &Role, create: &RoleAssign, facts: &Facts) -> Result<(), Denial> {
    match create.catalog {
        Some(_) if !role.in_catalog => Err(invalid(
            "appScopeId",
            format!("'appScopeId' has to be '/': the role '{}' is held in the whole tenant.", role.name),
        )),
        None if role.in_catalog => Err(invalid(
            "appScopeId",
            format!(
                "'appScopeId' has to be '/AccessPackageCatalog/{{id}}': the role '{}' is held in a catalog.",
                role.name
            ),
        )),
        Some(catalog) => changeable_reference(facts, "appScopeId", Kind::Catalog, catalog).map(drop),
        None => Ok(()),
    }
}

fn principal<'a>(create: &RoleAssign, facts: &'a Facts) -> Result<&'a Entity, Denial> {
    let (target, id) = ("principalId", create.principal);
    let missing = Denial::ReferenceNotFound { target, kind: Kind::User, id };
    let principal = facts.entity(id).ok_or(missing)?;
    match principal.kind {
        Kind::User | Kind::ServicePrincipal => Ok(principal),
        Kind::Group if create.area == RoleArea::Entitlement => Ok(principal),
        Kind::Group if principal.fields.bool("isAssignableToRole") == Some(true) => Ok(principal),
        Kind::Group => {
            Err(invalid(target, "Only a group whose isAssignableToRole is true can hold a role of the directory."))
        }
        found => Err(Denial::ReferenceKind { target, id, found, wanted: "user, group or servicePrincipal" }),
    }
}
