//! POLICY IS A TABLE: who may do what, one row for each resource and verb. What has no row is
//! refused. Rendered as a whole it is a golden text (`tests/matrix.rs`); no other file may say who
//! may do what. Sources: operations.json (permissions, least roles) and Entra's defaults.

mod shown;

use crate::permission::Permission::{self, *};
use crate::policy::Resource::{Edge, Set};
use crate::policy::Verb::{Act, Create, CreateOwn, Delete, LinkAdd, LinkRemove, LinkSet, Read, Update};
use crate::policy::{Duty, Grant, Resource, Row, Verb, grant, row};
use crate::role::*;
use model::def::Op;
use shown::{GROUP_BASIC, ID_ONLY, MIXED_BASIC, USER_BASIC, USER_IDENTITIES, USER_SELF};
use std::collections::HashMap;
use std::sync::LazyLock;

// Duties. Reading the directory needs no office: Entra lets every member read it.
pub const EVERYONE: Duty = Duty::new("everyone").everyone();
pub const OWN: Duty = Duty::new("own account").own();
pub const OWNER: Duty = Duty::new("owner").owner();
pub const ENTITLEMENT_SEE: Duty = Duty::new("entitlement readers")
    .directory(&[GLOBAL_ADMINISTRATOR, IDENTITY_GOVERNANCE_ADMINISTRATOR, GLOBAL_READER])
    .entitlement(&[CATALOG_OWNER, CATALOG_READER, ACCESS_PACKAGE_MANAGER, ACCESS_PACKAGE_ASSIGNMENT_MANAGER]);
pub const PACKAGES: Duty = Duty::new("package managers")
    .directory(&[GLOBAL_ADMINISTRATOR, IDENTITY_GOVERNANCE_ADMINISTRATOR])
    .entitlement(&[CATALOG_OWNER, ACCESS_PACKAGE_MANAGER]);
/// Entitlement readers, and whoever has a part in it: asked, is asked for, or decides.
pub const REQUESTS_SEE: Duty =
    ENTITLEMENT_SEE.named("entitlement readers, requestor, target, approver").party().approver();
pub const ASSIGNMENTS_SEE: Duty = ENTITLEMENT_SEE.named("entitlement readers, holder, who approved").party().approver();
pub const APPROVALS_SEE: Duty = ENTITLEMENT_SEE.named("entitlement readers, approver").approver();
/// Whoever has a part in it, and nobody by office: what `filterByCurrentUser` gives is about the caller.
pub const REQUEST_PARTY: Duty = Duty::new("requestor, target, approver").party().approver();
pub const HOLDER: Duty = Duty::new("holder").party();
pub const APPROVER: Duty = Duty::new("approver").approver();
/// Whoever decided in one stage has no say in the next for that.
pub const DECIDER: Duty = Duty::new("approver of the stage").decider();
pub const ASSIGNMENTS: Duty = Duty::new("assignment managers")
    .directory(&[GLOBAL_ADMINISTRATOR, IDENTITY_GOVERNANCE_ADMINISTRATOR])
    .entitlement(&[CATALOG_OWNER, ACCESS_PACKAGE_MANAGER, ACCESS_PACKAGE_ASSIGNMENT_MANAGER]);
pub const CANCEL: Duty = ASSIGNMENTS.named("assignment managers, requestor, target").party();
pub const CATALOGS: Duty = Duty::new("catalog owners")
    .directory(&[GLOBAL_ADMINISTRATOR, IDENTITY_GOVERNANCE_ADMINISTRATOR])
    .entitlement(&[CATALOG_OWNER]);
pub const CATALOG_MAKERS: Duty = Duty::new("catalog creators")
    .directory(&[GLOBAL_ADMINISTRATOR, IDENTITY_GOVERNANCE_ADMINISTRATOR])
    .entitlement(&[CATALOG_CREATOR]);
/// Who comes from outside concerns the tenant as a whole: roles held in catalogs don't reach there.
pub const OUTSIDE_SEE: Duty = Duty::new("governance readers").directory(&[
    GLOBAL_ADMINISTRATOR,
    IDENTITY_GOVERNANCE_ADMINISTRATOR,
    GLOBAL_READER,
]);
pub const OUTSIDE: Duty =
    Duty::new("governance administrators").directory(&[GLOBAL_ADMINISTRATOR, IDENTITY_GOVERNANCE_ADMINISTRATOR]);
pub const USERS: Duty = Duty::new("user administrators").directory(&[GLOBAL_ADMINISTRATOR, USER_ADMINISTRATOR]);
pub const GROUPS_ALL: Duty =
    Duty::new("group administrators").directory(&[GLOBAL_ADMINISTRATOR, GROUPS_ADMINISTRATOR, USER_ADMINISTRATOR]);
pub const GROUPS: Duty = Duty::new("group administrators, owner")
    .directory(&[GLOBAL_ADMINISTRATOR, GROUPS_ADMINISTRATOR, USER_ADMINISTRATOR])
    .owner();
const APP_ADMINISTRATORS: &[uuid::Uuid] =
    &[GLOBAL_ADMINISTRATOR, APPLICATION_ADMINISTRATOR, CLOUD_APPLICATION_ADMINISTRATOR];
pub const APPS: Duty = Duty::new("application administrators, owner").directory(APP_ADMINISTRATORS).owner();
pub const APPS_ALL: Duty = Duty::new("application administrators").directory(APP_ADMINISTRATORS);
pub const ROLES: Duty =
    Duty::new("role administrators").directory(&[GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR]);
pub const DELETED: Duty = Duty::new("directory administrators").directory(&[
    GLOBAL_ADMINISTRATOR,
    GLOBAL_READER,
    USER_ADMINISTRATOR,
    GROUPS_ADMINISTRATOR,
    APPLICATION_ADMINISTRATOR,
    CLOUD_APPLICATION_ADMINISTRATOR,
    DIRECTORY_READERS,
]);
pub const AUDITORS: Duty = Duty::new("auditors").directory(&[
    GLOBAL_ADMINISTRATOR,
    GLOBAL_READER,
    SECURITY_ADMINISTRATOR,
    SECURITY_READER,
    REPORTS_READER,
]);

// Permissions that always go together, the least first.
const EM_READ: &[Permission] = &[EntitlementRead, EntitlementReadWrite];
const EM_WRITE: &[Permission] = &[EntitlementReadWrite];
/// What is about the caller themselves, and what it leads to.
const EM_MINE: &[Permission] = &[EntitlementSubjectAccess, EntitlementRead, EntitlementReadWrite];
const EM_ASK: &[Permission] = &[EntitlementSubjectAccess, EntitlementReadWrite];
const DIRECTORY_READ: &[Permission] = &[DirectoryReadAll, DirectoryReadWriteAll];
const USER_READ_ALL: &[Permission] = &[UserReadAll, UserReadWriteAll, DirectoryReadAll, DirectoryReadWriteAll];
const USER_WRITE_ALL: &[Permission] = &[UserReadWriteAll, DirectoryReadWriteAll];
const USER_SELF_READ: &[Permission] = &[UserRead, UserReadWrite];
const USER_SELF_WRITE: &[Permission] = &[UserReadWrite, UserReadWriteAll, DirectoryReadWriteAll];
const GROUP_READ_ALL: &[Permission] = &[GroupReadAll, GroupReadWriteAll, DirectoryReadAll, DirectoryReadWriteAll];
const GROUP_READ_BASIC: &[Permission] = &[GroupReadBasicAll, GroupMemberReadAll, GroupMemberReadWriteAll];
const GROUP_WRITE_ALL: &[Permission] = &[GroupReadWriteAll, DirectoryReadWriteAll];
const MEMBER_READ: &[Permission] = &[
    GroupMemberReadBasicAll,
    GroupReadBasicAll,
    GroupMemberReadAll,
    GroupMemberReadWriteAll,
    GroupReadAll,
    GroupReadWriteAll,
];
const MEMBER_WRITE: &[Permission] = &[GroupMemberReadWriteAll, GroupReadWriteAll, DirectoryReadWriteAll];
const OWNER_READ: &[Permission] = &[GroupMemberReadAll, GroupMemberReadWriteAll, GroupReadAll, GroupReadWriteAll];
const APP_READ: &[Permission] = &[ApplicationReadAll, ApplicationReadWriteAll, DirectoryReadAll, DirectoryReadWriteAll];
const APP_OWNED: &[Permission] = &[ApplicationReadWriteOwnedBy];
const APP_WRITE: &[Permission] = &[ApplicationReadWriteAll, DirectoryReadWriteAll];
const APP_ROLES: &[Permission] = &[AppRoleAssignmentReadWriteAll];
const APP_CREATE: &[Permission] = &[AppRegistrationCreate, ApplicationReadWriteAll, DirectoryReadWriteAll];
const APP_CREATE_OWNED: &[Permission] =
    &[AppRegistrationCreate, ApplicationReadWriteOwnedBy, ApplicationReadWriteAll, DirectoryReadWriteAll];
const KIND_READ: &[Permission] = &[
    UserReadAll,
    UserReadWriteAll,
    GroupReadAll,
    GroupReadWriteAll,
    GroupMemberReadAll,
    ApplicationReadAll,
    ApplicationReadWriteAll,
];
/// Whoever may restore a user must be able to find out that it is one.
const DELETED_READ: &[Permission] = &[
    UserDeleteRestoreAll,
    UserReadAll,
    UserReadWriteAll,
    GroupReadAll,
    GroupReadWriteAll,
    GroupMemberReadAll,
    ApplicationReadAll,
    ApplicationReadWriteAll,
];
const MEMBERSHIP_ASK: &[Permission] = &[
    GroupMemberReadBasicAll,
    GroupReadBasicAll,
    GroupMemberReadAll,
    ApplicationReadAll,
    UserReadAll,
    GroupReadAll,
    DirectoryReadAll,
    UserReadWriteAll,
    GroupReadWriteAll,
    ApplicationReadWriteAll,
    DirectoryReadWriteAll,
];
const ORGANIZATION_READ: &[Permission] =
    &[OrganizationReadAll, UserReadAll, DirectoryReadAll, OrganizationReadWriteAll, DirectoryReadWriteAll];
const DOMAIN_READ: &[Permission] = &[DomainReadAll, DomainReadWriteAll, DirectoryReadAll, DirectoryReadWriteAll];
const ROLE_READ: &[Permission] = &[
    RoleManagementReadDirectory,
    RoleManagementReadAll,
    RoleManagementReadWriteDirectory,
    DirectoryReadAll,
    DirectoryReadWriteAll,
];
const ROLE_WRITE: &[Permission] = &[RoleManagementReadWriteDirectory];
const EM_ROLE_READ: &[Permission] = &[
    EntitlementRead,
    EntitlementReadWrite,
    RoleManagementReadAll,
    RoleManagementReadDirectory,
    RoleManagementReadWriteDirectory,
];
const EM_ROLE_WRITE: &[Permission] = &[EntitlementReadWrite, RoleManagementReadWriteDirectory];
const ANY_ROLE_READ: &[Permission] = &[
    EntitlementRead,
    EntitlementReadWrite,
    RoleManagementReadAll,
    RoleManagementReadDirectory,
    RoleManagementReadWriteDirectory,
];

// Grants that several rows share.
const MEMBERS_D: &[Grant] = &[
    grant(DIRECTORY_READ, &EVERYONE),
    grant(MEMBER_READ, &EVERYONE).also(USER_READ_ALL),
    grant(MEMBER_READ, &EVERYONE).fields(MIXED_BASIC),
    grant(&[GroupMemberReadBasicAll], &EVERYONE).fields(MIXED_BASIC).past_source(),
];
/// Whose groups they are, for who can read neither the user nor the group in full.
const USER_GROUPS_BASIC: Grant = grant(&[GroupMemberReadBasicAll, GroupReadBasicAll, GroupMemberReadAll], &EVERYONE)
    .fields(GROUP_BASIC)
    .past_source();
const USER_MEMBER_OF_D: &[Grant] = &[
    grant(DIRECTORY_READ, &EVERYONE),
    grant(GROUP_READ_ALL, &EVERYONE),
    grant(MEMBER_READ, &EVERYONE).fields(GROUP_BASIC),
    USER_GROUPS_BASIC,
    grant(&[UserReadAll, UserReadWriteAll], &EVERYONE).fields(ID_ONLY),
    grant(USER_SELF_READ, &EVERYONE).fields(ID_ONLY).from_self(),
];
const USER_MEMBER_OF_A: &[Grant] = &[
    grant(DIRECTORY_READ, &EVERYONE),
    grant(GROUP_READ_ALL, &EVERYONE),
    grant(MEMBER_READ, &EVERYONE).fields(GROUP_BASIC),
    grant(&[GroupMemberReadBasicAll, GroupReadBasicAll], &EVERYONE).fields(GROUP_BASIC).past_source(),
    grant(&[UserReadAll, UserReadWriteAll], &EVERYONE).fields(ID_ONLY),
];
const USER_REACHES_D: &[Grant] = &[
    grant(DIRECTORY_READ, &EVERYONE),
    grant(GROUP_READ_ALL, &EVERYONE),
    grant(&[GroupReadAll], &EVERYONE).past_source(),
    grant(MEMBER_READ, &EVERYONE).fields(GROUP_BASIC),
    USER_GROUPS_BASIC,
    grant(&[UserReadAll, UserReadWriteAll], &EVERYONE).fields(ID_ONLY),
    grant(USER_SELF_READ, &EVERYONE).fields(ID_ONLY).from_self(),
];
const USER_REACHES_A: &[Grant] = &[
    grant(DIRECTORY_READ, &EVERYONE),
    grant(GROUP_READ_ALL, &EVERYONE),
    grant(&[GroupReadAll], &EVERYONE).past_source(),
    grant(MEMBER_READ, &EVERYONE).fields(GROUP_BASIC),
    USER_GROUPS_BASIC,
    grant(&[UserReadAll, UserReadWriteAll], &EVERYONE).fields(ID_ONLY),
];
const GROUP_MEMBER_OF: &[Grant] = &[
    grant(DIRECTORY_READ, &EVERYONE),
    grant(GROUP_READ_ALL, &EVERYONE),
    grant(MEMBER_READ, &EVERYONE).fields(GROUP_BASIC),
    grant(&[GroupMemberReadBasicAll], &EVERYONE).fields(GROUP_BASIC).past_source(),
    grant(&[UserReadAll, UserReadWriteAll], &EVERYONE).fields(ID_ONLY),
];
const SP_MEMBER_OF: &[Grant] = &[
    grant(DIRECTORY_READ, &EVERYONE),
    grant(GROUP_READ_ALL, &EVERYONE),
    grant(MEMBER_READ, &EVERYONE).fields(GROUP_BASIC),
    grant(&[ApplicationReadAll, ApplicationReadWriteAll], &EVERYONE).fields(ID_ONLY),
];
const OWNERS: &[Grant] = &[
    grant(DIRECTORY_READ, &EVERYONE),
    grant(OWNER_READ, &EVERYONE).also(USER_READ_ALL),
    grant(OWNER_READ, &EVERYONE).fields(MIXED_BASIC),
];
const APP_OWNERS_D: &[Grant] = &[
    grant(DIRECTORY_READ, &EVERYONE),
    grant(APP_READ, &EVERYONE).also(USER_READ_ALL),
    grant(APP_READ, &EVERYONE).fields(MIXED_BASIC),
];
const APP_OWNERS_A: &[Grant] = &[
    grant(DIRECTORY_READ, &EVERYONE),
    grant(APP_READ, &EVERYONE).also(USER_READ_ALL),
    grant(APP_READ, &EVERYONE).fields(MIXED_BASIC),
    grant(APP_OWNED, &EVERYONE).fields(MIXED_BASIC),
];
const PEOPLE_D: &[Grant] =
    &[grant(USER_READ_ALL, &EVERYONE), grant(USER_SELF_READ, &EVERYONE).fields(USER_BASIC).from_self()];
const PEOPLE_ALL: &[Grant] = &[grant(USER_READ_ALL, &EVERYONE)];
const ME: &[Grant] =
    &[grant(USER_SELF_READ, &OWN), grant(USER_READ_ALL, &OWN), grant(&[UserReadBasicAll], &OWN).fields(USER_BASIC)];
const APPS_READ_D: &[Grant] = &[grant(APP_READ, &EVERYONE)];
// Graph: an app with Application.ReadWrite.OwnedBy may list all applications, and change its own.
const APPS_READ_A: &[Grant] = &[grant(APP_READ, &EVERYONE), grant(APP_OWNED, &EVERYONE)];
const APPS_WRITE_D: &[Grant] = &[grant(APP_WRITE, &APPS)];
const APPS_WRITE_A: &[Grant] = &[grant(APP_WRITE, &EVERYONE), grant(APP_OWNED, &OWNER)];
const EM_SEE_D: &[Grant] = &[grant(EM_READ, &ENTITLEMENT_SEE)];
const EM_SEE_A: &[Grant] = &[grant(EM_READ, &EVERYONE)];
const EM_WRITE_A: &[Grant] = &[grant(EM_WRITE, &EVERYONE)];
const PACKAGES_D: &[Grant] = &[grant(EM_WRITE, &PACKAGES)];
const ASSIGNMENTS_D: &[Grant] = &[grant(EM_WRITE, &ASSIGNMENTS)];
// Who sees the request or the assignment sees what it is about.
const EM_BEYOND: &[Grant] = &[grant(EM_READ, &EVERYONE)];
const EM_BEYOND_D: &[Grant] = &[grant(EM_MINE, &EVERYONE)];
// Whoever may ask for a package may know what it brings, and the shop it is in.
const ASKED_FOR: &[Grant] = &[grant(EM_READ, &ENTITLEMENT_SEE), grant(EM_MINE, &EVERYONE).from_self()];
// The function gives only what is the caller's to ask for.
const MINE: &[Grant] = &[grant(EM_MINE, &EVERYONE)];
const CATALOGS_D: &[Grant] = &[grant(EM_WRITE, &CATALOGS)];
const OUTSIDE_SEE_D: &[Grant] = &[grant(EM_READ, &OUTSIDE_SEE)];
const OUTSIDE_D: &[Grant] = &[grant(EM_WRITE, &OUTSIDE)];
// Who sees the organization sees who answers for it.
const SPONSORS: &[Grant] =
    &[grant(EM_READ, &EVERYONE).also(DIRECTORY_READ), grant(EM_READ, &EVERYONE).fields(MIXED_BASIC)];
// Who sees the package sees the groups: the rule for rows stands at the package.
const RULE_GROUPS: &[Grant] =
    &[grant(EM_READ, &EVERYONE).also(GROUP_READ_ALL), grant(EM_READ, &EVERYONE).fields(GROUP_BASIC)];
const ASK_D: &[Grant] = &[grant(MEMBERSHIP_ASK, &EVERYONE)];
const ASK_USER_D: &[Grant] = &[grant(MEMBERSHIP_ASK, &EVERYONE), grant(USER_SELF_READ, &OWN)];
const ASK_ME: &[Grant] = &[grant(MEMBERSHIP_ASK, &OWN), grant(USER_SELF_READ, &OWN)];
const MIXED_READ: &[Grant] = &[grant(DIRECTORY_READ, &EVERYONE), grant(KIND_READ, &EVERYONE).fields(ID_ONLY)];
// Which app roles somebody holds says what they work with. Whoever gives and takes them may look at them, and
// needs to know no more of who holds them than the id.
const GRANTED: &[Grant] = &[grant(DIRECTORY_READ, &EVERYONE), grant(APP_ROLES, &EVERYONE).past_source()];
const GRANTED_OF_APPS: &[Grant] = &[grant(APP_READ, &EVERYONE), grant(APP_ROLES, &EVERYONE).past_source()];
// Among them are the permissions of this house, so that nothing less will do. What hangs on service principals
// Graph lets nobody write who can't read them.
const APP_ROLES_D: &[Grant] = &[grant(APP_ROLES, &ROLES)];
const APP_ROLES_A: &[Grant] = &[grant(APP_ROLES, &EVERYONE)];
const APP_ROLES_OF_APPS_D: &[Grant] = &[grant(APP_ROLES, &ROLES).also(APP_READ)];
const APP_ROLES_OF_APPS_A: &[Grant] = &[grant(APP_ROLES, &EVERYONE).also(APP_READ)];
const USERS_WRITE_A: &[Grant] = &[grant(USER_WRITE_ALL, &EVERYONE)];

pub const ROWS: &[Row] = &[
    // Entitlement management
    row(Edge("entitlementManagement", "catalogs"), Read, EM_SEE_D, EM_SEE_A),
    row(Edge("entitlementManagement", "catalogs"), Create, &[grant(EM_WRITE, &CATALOG_MAKERS)], EM_WRITE_A),
    row(Edge("entitlementManagement", "catalogs"), Update, CATALOGS_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "catalogs"), Delete, CATALOGS_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "catalogs"), Act(Op::Search), EM_SEE_D, EM_SEE_A),
    row(Edge("entitlementManagement", "accessPackages"), Read, EM_SEE_D, EM_SEE_A),
    row(Edge("entitlementManagement", "accessPackages"), Create, PACKAGES_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "accessPackages"), Update, PACKAGES_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "accessPackages"), Delete, PACKAGES_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "accessPackages"), Act(Op::MoveToCatalog), CATALOGS_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "accessPackages"), Act(Op::FilterByCurrentUser), MINE, &[]),
    row(Edge("entitlementManagement", "accessPackages"), Act(Op::GetApplicablePolicyRequirements), MINE, &[]),
    row(Edge("entitlementManagement", "accessPackages"), Act(Op::Search), EM_SEE_D, EM_SEE_A),
    row(Edge("entitlementManagement", "accessPackageSuggestions"), Read, MINE, EM_SEE_A),
    row(Edge("entitlementManagement", "accessPackageSuggestions"), Act(Op::FilterByCurrentUser), MINE, EM_SEE_A),
    row(Edge("accessPackageSuggestion", "accessPackage"), Read, MINE, EM_SEE_A).within(),
    row(Edge("entitlementManagement", "availableAccessPackages"), Read, MINE, EM_SEE_A),
    row(Edge("availableAccessPackage", "resourceRoleScopes"), Read, MINE, EM_SEE_A).within(),
    row(Edge("accessPackageCatalog", "accessPackages"), Read, EM_SEE_D, EM_SEE_A).within(),
    row(Edge("accessPackageCatalog", "accessPackages"), Create, PACKAGES_D, EM_WRITE_A),
    row(Edge("accessPackageCatalog", "accessPackages"), Update, PACKAGES_D, EM_WRITE_A),
    row(Edge("accessPackageCatalog", "accessPackages"), Delete, PACKAGES_D, EM_WRITE_A),
    row(Edge("accessPackageCatalog", "accessPackages"), Act(Op::MoveToCatalog), CATALOGS_D, EM_WRITE_A),
    row(Edge("accessPackageCatalog", "accessPackages"), Act(Op::FilterByCurrentUser), MINE, &[]),
    row(Edge("accessPackageCatalog", "accessPackages"), Act(Op::GetApplicablePolicyRequirements), MINE, &[]),
    row(Edge("accessPackageCatalog", "accessPackages"), Act(Op::Search), EM_SEE_D, EM_SEE_A),
    row(Edge("accessPackage", "catalog"), Read, ASKED_FOR, EM_SEE_A).within(),
    row(Edge("accessPackage", "resourceRoleScopes"), Read, EM_SEE_D, EM_SEE_A).within(),
    row(Edge("accessPackage", "resourceRoleScopes"), Create, PACKAGES_D, EM_WRITE_A),
    row(Edge("accessPackage", "resourceRoleScopes"), Delete, PACKAGES_D, EM_WRITE_A),
    row(Edge("accessPackage", "incompatibleGroups"), Read, RULE_GROUPS, RULE_GROUPS),
    row(Edge("accessPackage", "incompatibleGroups"), Create, PACKAGES_D, EM_WRITE_A),
    row(Edge("accessPackage", "incompatibleGroups"), LinkAdd, PACKAGES_D, EM_WRITE_A),
    row(Edge("accessPackage", "incompatibleGroups"), LinkRemove, PACKAGES_D, EM_WRITE_A),
    row(Edge("accessPackage", "incompatibleAccessPackages"), Read, EM_SEE_D, EM_SEE_A),
    row(Edge("accessPackage", "incompatibleAccessPackages"), LinkAdd, PACKAGES_D, EM_WRITE_A),
    row(Edge("accessPackage", "incompatibleAccessPackages"), LinkRemove, PACKAGES_D, EM_WRITE_A),
    row(Edge("accessPackage", "accessPackagesIncompatibleWith"), Read, EM_SEE_D, EM_SEE_A),
    // Requests, approvals, assignments
    row(Edge("entitlementManagement", "assignmentRequests"), Read, &[grant(EM_READ, &REQUESTS_SEE)], EM_SEE_A),
    row(Edge("entitlementManagement", "assignmentRequests"), Create, ASSIGNMENTS_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "assignmentRequests"), CreateOwn, &[grant(EM_ASK, &EVERYONE)], &[]),
    row(Edge("entitlementManagement", "assignmentRequests"), Delete, ASSIGNMENTS_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "assignmentRequests"), Act(Op::Cancel), &[grant(EM_ASK, &CANCEL)], &[]),
    row(Edge("entitlementManagement", "assignmentRequests"), Act(Op::Reprocess), ASSIGNMENTS_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "assignmentRequests"), Act(Op::Resume), ASSIGNMENTS_D, EM_WRITE_A),
    row(
        Edge("entitlementManagement", "assignmentRequests"),
        Act(Op::FilterByCurrentUser),
        &[grant(EM_MINE, &REQUEST_PARTY)],
        &[],
    ),
    row(Edge("entitlementManagement", "assignmentRequests"), Act(Op::My), &[grant(EM_MINE, &REQUEST_PARTY)], &[]),
    row(Edge("accessPackageAssignmentRequest", "accessPackage"), Read, EM_BEYOND_D, EM_BEYOND).within(),
    row(Edge("accessPackageAssignmentRequest", "assignment"), Read, EM_BEYOND_D, EM_BEYOND).within(),
    row(Edge("accessPackageAssignmentRequest", "requestor"), Read, EM_BEYOND_D, EM_BEYOND).within(),
    row(Edge("entitlementManagement", "assignments"), Read, &[grant(EM_READ, &ASSIGNMENTS_SEE)], EM_SEE_A),
    row(Edge("entitlementManagement", "assignments"), Act(Op::Reprocess), ASSIGNMENTS_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "assignments"), Act(Op::FilterByCurrentUser), &[grant(EM_MINE, &HOLDER)], &[]),
    row(Edge("entitlementManagement", "assignments"), Act(Op::My), &[grant(EM_MINE, &HOLDER)], &[]),
    row(Edge("entitlementManagement", "assignments"), Act(Op::AdditionalAccess), EM_SEE_D, &[]),
    row(Edge("accessPackageAssignment", "accessPackage"), Read, EM_BEYOND_D, EM_BEYOND).within(),
    row(Edge("accessPackageAssignment", "accessPackageAssignmentRequests"), Read, EM_BEYOND_D, EM_BEYOND).within(),
    row(Edge("accessPackageAssignment", "accessPackageAssignmentResourceRoles"), Read, EM_BEYOND_D, EM_BEYOND).within(),
    row(Edge("accessPackageAssignment", "assignmentPolicy"), Read, EM_BEYOND, EM_BEYOND).within(),
    row(Edge("accessPackageAssignment", "target"), Read, EM_BEYOND_D, EM_BEYOND).within(),
    row(Edge("entitlementManagement", "accessPackageAssignmentResourceRoles"), Read, EM_SEE_D, EM_SEE_A),
    row(
        Edge("entitlementManagement", "accessPackageAssignmentResourceRoles"),
        Act(Op::My),
        &[grant(EM_MINE, &HOLDER)],
        &[],
    ),
    row(Edge("accessPackageAssignmentResourceRole", "accessPackageAssignments"), Read, EM_BEYOND_D, EM_BEYOND).within(),
    row(Edge("accessPackageAssignmentResourceRole", "accessPackageResourceRole"), Read, EM_BEYOND, EM_BEYOND).within(),
    row(Edge("accessPackageAssignmentResourceRole", "accessPackageResourceScope"), Read, EM_BEYOND, EM_BEYOND).within(),
    row(Edge("accessPackageAssignmentResourceRole", "accessPackageSubject"), Read, EM_BEYOND_D, EM_BEYOND).within(),
    row(Edge("entitlementManagement", "subjects"), Read, EM_SEE_D, EM_SEE_A),
    row(Edge("entitlementManagement", "subjects"), Update, OUTSIDE_D, EM_WRITE_A),
    row(Edge("accessPackageSubject", "connectedOrganization"), Read, OUTSIDE_SEE_D, EM_SEE_A),
    // The world outside
    row(Edge("entitlementManagement", "connectedOrganizations"), Read, OUTSIDE_SEE_D, EM_SEE_A),
    row(Edge("entitlementManagement", "connectedOrganizations"), Create, OUTSIDE_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "connectedOrganizations"), Update, OUTSIDE_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "connectedOrganizations"), Delete, OUTSIDE_D, EM_WRITE_A),
    row(Edge("connectedOrganization", "internalSponsors"), Read, SPONSORS, SPONSORS),
    row(Edge("connectedOrganization", "internalSponsors"), LinkAdd, OUTSIDE_D, EM_WRITE_A),
    row(Edge("connectedOrganization", "internalSponsors"), LinkRemove, OUTSIDE_D, EM_WRITE_A),
    row(Edge("connectedOrganization", "externalSponsors"), Read, SPONSORS, SPONSORS),
    row(Edge("connectedOrganization", "externalSponsors"), LinkAdd, OUTSIDE_D, EM_WRITE_A),
    row(Edge("connectedOrganization", "externalSponsors"), LinkRemove, OUTSIDE_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "settings"), Read, OUTSIDE_SEE_D, EM_SEE_A),
    row(Edge("entitlementManagement", "settings"), Update, OUTSIDE_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "controlConfigurations"), Read, OUTSIDE_SEE_D, EM_SEE_A),
    row(Edge("entitlementManagement", "controlConfigurations"), Update, OUTSIDE_D, EM_WRITE_A),
    // Applications can't decide (operations.md, "Approvals").
    row(
        Edge("entitlementManagement", "accessPackageAssignmentApprovals"),
        Read,
        &[grant(EM_READ, &APPROVALS_SEE)],
        &[],
    ),
    row(
        Edge("entitlementManagement", "accessPackageAssignmentApprovals"),
        Act(Op::FilterByCurrentUser),
        &[grant(EM_WRITE, &APPROVER)],
        &[],
    ),
    row(Edge("approval", "stages"), Read, &[grant(EM_READ, &APPROVALS_SEE)], &[]),
    row(Edge("approval", "stages"), Update, &[grant(EM_WRITE, &DECIDER)], &[]),
    row(Edge("approval", "completedSteps"), Read, &[grant(EM_READ, &APPROVALS_SEE)], &[]),
    row(Edge("approval", "pendingSteps"), Read, &[grant(EM_READ, &APPROVALS_SEE)], &[]),
    // Policies
    row(Edge("entitlementManagement", "assignmentPolicies"), Read, EM_SEE_D, EM_SEE_A),
    row(Edge("entitlementManagement", "assignmentPolicies"), Create, PACKAGES_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "assignmentPolicies"), Update, PACKAGES_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "assignmentPolicies"), Delete, PACKAGES_D, EM_WRITE_A),
    row(Edge("accessPackage", "assignmentPolicies"), Read, EM_SEE_D, EM_SEE_A).within(),
    row(Edge("accessPackageAssignmentPolicy", "accessPackage"), Read, EM_SEE_D, EM_SEE_A).within(),
    row(Edge("accessPackageAssignmentPolicy", "catalog"), Read, EM_SEE_D, EM_SEE_A).within(),
    row(Edge("accessPackageAssignmentPolicy", "questions"), Read, EM_SEE_D, EM_SEE_A).within(),
    row(Edge("accessPackageAssignmentPolicy", "customExtensionStageSettings"), Read, EM_SEE_D, EM_SEE_A).within(),
    // Extensions
    row(Edge("accessPackageCatalog", "customWorkflowExtensions"), Read, EM_SEE_D, EM_SEE_A).within(),
    row(Edge("accessPackageCatalog", "customWorkflowExtensions"), Create, CATALOGS_D, EM_WRITE_A),
    row(Edge("accessPackageCatalog", "customWorkflowExtensions"), Update, CATALOGS_D, EM_WRITE_A),
    row(Edge("accessPackageCatalog", "customWorkflowExtensions"), Delete, CATALOGS_D, EM_WRITE_A),
    row(Edge("customExtensionStageSetting", "customExtension"), Read, EM_SEE_D, EM_SEE_A).within(),
    // What catalogs hand out
    row(Edge("entitlementManagement", "resources"), Read, EM_SEE_D, EM_SEE_A),
    row(Edge("entitlementManagement", "resources"), Act(Op::Refresh), PACKAGES_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "resourceRequests"), Read, EM_SEE_D, EM_SEE_A),
    row(Edge("entitlementManagement", "resourceRequests"), Create, CATALOGS_D, EM_WRITE_A),
    row(Edge("entitlementManagement", "resourceRoleScopes"), Read, EM_SEE_D, EM_SEE_A),
    row(Edge("entitlementManagement", "resourceEnvironments"), Read, EM_SEE_D, EM_SEE_A),
    row(Edge("accessPackageCatalog", "resources"), Read, EM_SEE_D, EM_SEE_A).within(),
    row(Edge("accessPackageCatalog", "resources"), Act(Op::Refresh), PACKAGES_D, EM_WRITE_A),
    row(Edge("accessPackageCatalog", "resourceRoles"), Read, EM_SEE_D, EM_SEE_A).within(),
    row(Edge("accessPackageCatalog", "resourceScopes"), Read, EM_SEE_D, EM_SEE_A).within(),
    row(Edge("accessPackageResource", "environment"), Read, EM_SEE_D, EM_SEE_A).within(),
    row(Edge("accessPackageResource", "roles"), Read, EM_SEE_D, EM_SEE_A).within(),
    row(Edge("accessPackageResource", "scopes"), Read, EM_SEE_D, EM_SEE_A).within(),
    row(Edge("accessPackageResourceEnvironment", "resources"), Read, EM_SEE_D, EM_SEE_A),
    row(Edge("accessPackageResourceRequest", "catalog"), Read, EM_SEE_D, EM_SEE_A).within(),
    // Who sees the request sees who made it.
    row(Edge("accessPackageResourceRequest", "requestor"), Read, EM_BEYOND, EM_BEYOND),
    row(Edge("accessPackageResourceRequest", "resource"), Read, EM_SEE_D, EM_SEE_A).within(),
    row(Edge("accessPackageResourceRole", "resource"), Read, EM_SEE_D, EM_SEE_A).within(),
    row(Edge("accessPackageResourceRoleScope", "role"), Read, ASKED_FOR, EM_SEE_A).within(),
    row(Edge("accessPackageResourceRoleScope", "scope"), Read, ASKED_FOR, EM_SEE_A).within(),
    row(Edge("accessPackageResourceScope", "resource"), Read, EM_SEE_D, EM_SEE_A).within(),
    // Roles
    row(
        Edge("rbacEntitlement", "roleAssignments"),
        Read,
        &[grant(EM_ROLE_READ, &ENTITLEMENT_SEE)],
        &[grant(EM_ROLE_READ, &EVERYONE)],
    ),
    row(
        Edge("rbacEntitlement", "roleAssignments"),
        Create,
        &[grant(EM_ROLE_WRITE, &CATALOGS)],
        &[grant(EM_ROLE_WRITE, &EVERYONE)],
    ),
    row(
        Edge("rbacEntitlement", "roleAssignments"),
        Delete,
        &[grant(EM_ROLE_WRITE, &CATALOGS)],
        &[grant(EM_ROLE_WRITE, &EVERYONE)],
    ),
    row(
        Edge("rbacEntitlement", "roleDefinitions"),
        Read,
        &[grant(EM_ROLE_READ, &EVERYONE)],
        &[grant(EM_ROLE_READ, &EVERYONE)],
    ),
    row(Edge("rbacDirectory", "roleAssignments"), Read, &[grant(ROLE_READ, &EVERYONE)], &[grant(ROLE_READ, &EVERYONE)]),
    row(
        Edge("rbacDirectory", "roleAssignments"),
        Create,
        &[grant(ROLE_WRITE, &ROLES)],
        &[grant(ROLE_WRITE, &EVERYONE)],
    ),
    row(
        Edge("rbacDirectory", "roleAssignments"),
        Delete,
        &[grant(ROLE_WRITE, &ROLES)],
        &[grant(ROLE_WRITE, &EVERYONE)],
    ),
    row(Edge("rbacDirectory", "roleDefinitions"), Read, &[grant(ROLE_READ, &EVERYONE)], &[grant(ROLE_READ, &EVERYONE)]),
    row(
        Edge("unifiedRoleAssignment", "principal"),
        Read,
        &[grant(DIRECTORY_READ, &EVERYONE), grant(ANY_ROLE_READ, &EVERYONE).fields(MIXED_BASIC)],
        &[grant(DIRECTORY_READ, &EVERYONE), grant(ANY_ROLE_READ, &EVERYONE).fields(MIXED_BASIC)],
    ),
    row(
        Edge("unifiedRoleAssignment", "roleDefinition"),
        Read,
        &[grant(ANY_ROLE_READ, &EVERYONE), grant(DIRECTORY_READ, &EVERYONE)],
        &[grant(ANY_ROLE_READ, &EVERYONE), grant(DIRECTORY_READ, &EVERYONE)],
    ),
    // Users
    row(
        Set("users"),
        Read,
        &[
            grant(USER_READ_ALL, &EVERYONE),
            grant(&[UserReadBasicAll], &EVERYONE).fields(USER_BASIC),
            grant(USER_SELF_READ, &OWN).at_self(),
        ],
        &[grant(USER_READ_ALL, &EVERYONE), grant(&[UserReadBasicAll], &EVERYONE).fields(USER_BASIC)],
    ),
    row(Set("users"), Create, &[grant(USER_WRITE_ALL, &USERS)], USERS_WRITE_A),
    row(
        Set("users"),
        Update,
        &[
            grant(USER_WRITE_ALL, &USERS),
            grant(&[UserManageIdentitiesAll], &USERS).fields(USER_IDENTITIES),
            grant(USER_SELF_WRITE, &OWN).fields(USER_SELF),
        ],
        &[grant(USER_WRITE_ALL, &EVERYONE), grant(&[UserManageIdentitiesAll], &EVERYONE).fields(USER_IDENTITIES)],
    ),
    row(
        Set("users"),
        Delete,
        &[grant(&[UserDeleteRestoreAll, UserReadWriteAll], &USERS)],
        &[grant(&[UserDeleteRestoreAll, UserReadWriteAll], &EVERYONE)],
    ),
    row(
        Set("users"),
        Act(Op::Restore),
        &[grant(&[UserDeleteRestoreAll, UserReadWriteAll], &USERS)],
        &[grant(&[UserDeleteRestoreAll, UserReadWriteAll], &EVERYONE)],
    ),
    row(Set("users"), Act(Op::CheckMemberGroups), ASK_USER_D, ASK_D),
    row(Set("users"), Act(Op::CheckMemberObjects), ASK_USER_D, ASK_D),
    row(Set("users"), Act(Op::GetMemberGroups), ASK_USER_D, ASK_D),
    row(Set("users"), Act(Op::GetMemberObjects), ASK_USER_D, ASK_D),
    row(Set("me"), Read, ME, &[]),
    row(Set("me"), Update, &[grant(USER_WRITE_ALL, &USERS), grant(USER_SELF_WRITE, &OWN).fields(USER_SELF)], &[]),
    row(Set("me"), Act(Op::CheckMemberGroups), ASK_ME, &[]),
    row(Set("me"), Act(Op::CheckMemberObjects), ASK_ME, &[]),
    row(Set("me"), Act(Op::GetMemberGroups), ASK_ME, &[]),
    row(Set("me"), Act(Op::GetMemberObjects), ASK_ME, &[]),
    row(Edge("user", "appRoleAssignments"), Read, GRANTED, GRANTED),
    row(Edge("user", "appRoleAssignments"), Create, APP_ROLES_D, APP_ROLES_A),
    row(Edge("user", "appRoleAssignments"), Delete, APP_ROLES_D, APP_ROLES_A),
    row(Edge("user", "directReports"), Read, PEOPLE_D, PEOPLE_ALL),
    row(Edge("user", "manager"), Read, PEOPLE_ALL, PEOPLE_ALL),
    row(Edge("user", "manager"), LinkSet, &[grant(USER_WRITE_ALL, &USERS)], USERS_WRITE_A),
    row(Edge("user", "manager"), LinkRemove, &[grant(USER_WRITE_ALL, &USERS)], USERS_WRITE_A),
    row(Edge("user", "sponsors"), Read, PEOPLE_D, PEOPLE_ALL),
    row(Edge("user", "sponsors"), LinkAdd, &[grant(USER_WRITE_ALL, &USERS)], USERS_WRITE_A),
    row(Edge("user", "sponsors"), LinkRemove, &[grant(USER_WRITE_ALL, &USERS)], USERS_WRITE_A),
    row(Edge("user", "memberOf"), Read, USER_MEMBER_OF_D, USER_MEMBER_OF_A),
    row(Edge("user", "transitiveMemberOf"), Read, USER_REACHES_D, USER_REACHES_A),
    row(
        Edge("user", "ownedObjects"),
        Read,
        &[
            grant(DIRECTORY_READ, &EVERYONE),
            grant(&[UserReadAll, UserReadWriteAll], &EVERYONE).fields(MIXED_BASIC),
            grant(USER_SELF_READ, &EVERYONE).fields(MIXED_BASIC).from_self(),
        ],
        &[grant(DIRECTORY_READ, &EVERYONE), grant(&[UserReadAll, UserReadWriteAll], &EVERYONE).fields(MIXED_BASIC)],
    ),
    // Groups
    row(
        Set("groups"),
        Read,
        &[grant(GROUP_READ_ALL, &EVERYONE), grant(GROUP_READ_BASIC, &EVERYONE).fields(GROUP_BASIC)],
        &[grant(GROUP_READ_ALL, &EVERYONE), grant(GROUP_READ_BASIC, &EVERYONE).fields(GROUP_BASIC)],
    ),
    row(
        Set("groups"),
        Create,
        &[grant(GROUP_WRITE_ALL, &EVERYONE)],
        &[grant(&[GroupCreate, GroupReadWriteAll, DirectoryReadWriteAll], &EVERYONE)],
    ),
    row(Set("groups"), Update, &[grant(GROUP_WRITE_ALL, &GROUPS)], &[grant(GROUP_WRITE_ALL, &EVERYONE)]),
    row(Set("groups"), Delete, &[grant(&[GroupReadWriteAll], &GROUPS)], &[grant(&[GroupReadWriteAll], &EVERYONE)]),
    row(Set("groups"), Act(Op::Restore), &[grant(GROUP_WRITE_ALL, &GROUPS_ALL)], &[grant(GROUP_WRITE_ALL, &EVERYONE)]),
    row(Set("groups"), Act(Op::CheckMemberGroups), ASK_D, ASK_D),
    row(Set("groups"), Act(Op::CheckMemberObjects), ASK_D, ASK_D),
    row(Set("groups"), Act(Op::GetMemberGroups), ASK_D, ASK_D),
    row(Set("groups"), Act(Op::GetMemberObjects), ASK_D, ASK_D),
    row(Edge("group", "appRoleAssignments"), Read, GRANTED, GRANTED),
    row(Edge("group", "appRoleAssignments"), Create, APP_ROLES_D, APP_ROLES_A),
    row(Edge("group", "appRoleAssignments"), Delete, APP_ROLES_D, APP_ROLES_A),
    row(Edge("group", "members"), Read, MEMBERS_D, MEMBERS_D),
    row(Edge("group", "members"), LinkAdd, &[grant(MEMBER_WRITE, &GROUPS)], &[grant(MEMBER_WRITE, &EVERYONE)]),
    row(Edge("group", "members"), LinkRemove, &[grant(MEMBER_WRITE, &GROUPS)], &[grant(MEMBER_WRITE, &EVERYONE)]),
    row(Edge("group", "transitiveMembers"), Read, MEMBERS_D, MEMBERS_D),
    row(Edge("group", "owners"), Read, OWNERS, OWNERS),
    row(Edge("group", "owners"), LinkAdd, &[grant(GROUP_WRITE_ALL, &GROUPS)], &[grant(GROUP_WRITE_ALL, &EVERYONE)]),
    row(Edge("group", "owners"), LinkRemove, &[grant(GROUP_WRITE_ALL, &GROUPS)], &[grant(GROUP_WRITE_ALL, &EVERYONE)]),
    row(Edge("group", "memberOf"), Read, GROUP_MEMBER_OF, GROUP_MEMBER_OF),
    row(Edge("group", "transitiveMemberOf"), Read, GROUP_MEMBER_OF, GROUP_MEMBER_OF),
    // Applications and service principals
    row(Set("applications"), Read, APPS_READ_D, APPS_READ_A),
    row(Set("applications"), Create, &[grant(APP_CREATE, &EVERYONE)], &[grant(APP_CREATE_OWNED, &EVERYONE)]),
    row(Set("applications"), Update, APPS_WRITE_D, APPS_WRITE_A),
    row(Set("applications"), Delete, APPS_WRITE_D, APPS_WRITE_A),
    row(Set("applications"), Act(Op::AddPassword), APPS_WRITE_D, APPS_WRITE_A),
    row(Set("applications"), Act(Op::RemovePassword), APPS_WRITE_D, APPS_WRITE_A),
    row(Set("applications"), Act(Op::Restore), &[grant(APP_WRITE, &APPS_ALL)], APPS_WRITE_A),
    row(Edge("application", "owners"), Read, APP_OWNERS_D, APP_OWNERS_A),
    row(Edge("application", "owners"), LinkAdd, APPS_WRITE_D, APPS_WRITE_A),
    row(Edge("application", "owners"), LinkRemove, APPS_WRITE_D, APPS_WRITE_A),
    row(Set("servicePrincipals"), Read, APPS_READ_D, APPS_READ_A),
    row(Set("servicePrincipals"), Create, APPS_WRITE_D, APPS_WRITE_A),
    row(Set("servicePrincipals"), Update, APPS_WRITE_D, APPS_WRITE_A),
    row(Set("servicePrincipals"), Delete, APPS_WRITE_D, APPS_WRITE_A),
    row(Set("servicePrincipals"), Act(Op::AddPassword), APPS_WRITE_D, APPS_WRITE_A),
    row(Set("servicePrincipals"), Act(Op::RemovePassword), APPS_WRITE_D, APPS_WRITE_A),
    row(Set("servicePrincipals"), Act(Op::Restore), &[grant(APP_WRITE, &APPS_ALL)], APPS_WRITE_A),
    row(Set("servicePrincipals"), Act(Op::CheckMemberGroups), ASK_D, ASK_D),
    row(Set("servicePrincipals"), Act(Op::CheckMemberObjects), ASK_D, ASK_D),
    row(Set("servicePrincipals"), Act(Op::GetMemberGroups), ASK_D, ASK_D),
    row(Set("servicePrincipals"), Act(Op::GetMemberObjects), ASK_D, ASK_D),
    row(Edge("servicePrincipal", "appRoleAssignedTo"), Read, GRANTED_OF_APPS, GRANTED_OF_APPS),
    row(Edge("servicePrincipal", "appRoleAssignedTo"), Create, APP_ROLES_OF_APPS_D, APP_ROLES_OF_APPS_A),
    row(Edge("servicePrincipal", "appRoleAssignedTo"), Delete, APP_ROLES_D, APP_ROLES_A),
    row(Edge("servicePrincipal", "appRoleAssignments"), Read, GRANTED_OF_APPS, GRANTED_OF_APPS),
    row(Edge("servicePrincipal", "appRoleAssignments"), Create, APP_ROLES_OF_APPS_D, APP_ROLES_OF_APPS_A),
    row(Edge("servicePrincipal", "appRoleAssignments"), Delete, APP_ROLES_D, APP_ROLES_A),
    row(Edge("servicePrincipal", "memberOf"), Read, SP_MEMBER_OF, SP_MEMBER_OF),
    row(Edge("servicePrincipal", "transitiveMemberOf"), Read, SP_MEMBER_OF, SP_MEMBER_OF),
    row(Edge("servicePrincipal", "ownedObjects"), Read, APP_OWNERS_D, APP_OWNERS_A),
    row(Edge("servicePrincipal", "owners"), Read, APP_OWNERS_D, APP_OWNERS_A),
    row(Edge("servicePrincipal", "owners"), LinkAdd, APPS_WRITE_D, APPS_WRITE_A),
    row(Edge("servicePrincipal", "owners"), LinkRemove, APPS_WRITE_D, APPS_WRITE_A),
    // Objects of any kind. Changing one asks the row of its kind's own set.
    row(Set("directoryObjects"), Read, MIXED_READ, MIXED_READ),
    row(Set("directoryObjects"), Act(Op::GetByIds), MIXED_READ, MIXED_READ),
    row(Set("directoryObjects"), Act(Op::CheckMemberGroups), ASK_D, ASK_D),
    row(Set("directoryObjects"), Act(Op::CheckMemberObjects), ASK_D, ASK_D),
    row(Set("directoryObjects"), Act(Op::GetMemberGroups), ASK_D, ASK_D),
    row(Set("directoryObjects"), Act(Op::GetMemberObjects), ASK_D, ASK_D),
    row(
        Edge("directory", "deletedItems"),
        Read,
        &[grant(DIRECTORY_READ, &DELETED), grant(DELETED_READ, &DELETED).fields(ID_ONLY)],
        &[grant(DIRECTORY_READ, &EVERYONE), grant(DELETED_READ, &EVERYONE).fields(ID_ONLY)],
    ),
    // The audit log: what is in it comes from the directory, so that the permission to read that is asked for too.
    row(
        Edge("auditLogRoot", "directoryAudits"),
        Read,
        &[grant(&[AuditLogReadAll], &AUDITORS).also(DIRECTORY_READ)],
        &[grant(&[AuditLogReadAll], &EVERYONE).also(DIRECTORY_READ)],
    ),
    // The tenant
    row(
        Set("organization"),
        Read,
        &[grant(ORGANIZATION_READ, &EVERYONE), grant(USER_SELF_READ, &EVERYONE)],
        &[grant(ORGANIZATION_READ, &EVERYONE)],
    ),
    row(Set("domains"), Read, &[grant(DOMAIN_READ, &EVERYONE)], &[grant(DOMAIN_READ, &EVERYONE)]),
];

static INDEX: LazyLock<HashMap<(Resource, Verb), &'static Row>> =
    LazyLock::new(|| ROWS.iter().map(|row| ((row.resource, row.verb), row)).collect());

/// The row for a resource and a verb; `None` means no.
pub fn find(resource: Resource, verb: Verb) -> Option<&'static Row> {
    INDEX.get(&(resource, verb)).copied()
}
