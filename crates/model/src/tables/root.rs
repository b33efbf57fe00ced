//! The container: entity sets, singletons, and the singletons that are only steps on the way.

use crate::def::{EntityDef, Join, NavigationDef, list, one, text, time};

const ROOT_NAVIGATIONS: &[NavigationDef] = &[
    list("applications", "application", Join::Set),
    one("auditLogs", "auditLogRoot", Join::Through),
    one("directory", "directory", Join::Through),
    list("directoryObjects", "directoryObject", Join::Set),
    list("domains", "domain", Join::Set),
    list("groups", "group", Join::Set),
    one("identityGovernance", "identityGovernance", Join::Through),
    one("me", "user", Join::Me),
    list("organization", "organization", Join::Set),
    one("roleManagement", "roleManagement", Join::Through),
    list("servicePrincipals", "servicePrincipal", Join::Set),
    list("users", "user", Join::Set),
];

pub const ENTITIES: &[EntityDef] = &[
    // The first type is what a name that no table has would resolve to: it leads nowhere.
    EntityDef::new("entity", None).is_abstract().properties(&[text("id").column("id").read_only().not_null()]),
    EntityDef::new(super::ROOT, None).navigations(ROOT_NAVIGATIONS),
    EntityDef::new("identityGovernance", None).navigations(&[one(
        "entitlementManagement",
        "entitlementManagement",
        Join::Through,
    )
    .contained()
    .not_expandable()]),
    EntityDef::new("entitlementManagement", Some("entity")).navigations(&[
        list("accessPackageAssignmentApprovals", "approval", Join::Set).contained().not_expandable(),
        list("accessPackageAssignmentResourceRoles", "accessPackageAssignmentResourceRole", Join::Set)
            .only_beta()
            .contained()
            .not_expandable(),
        list("accessPackages", "accessPackage", Join::Set).contained().not_expandable(),
        list("accessPackageSuggestions", "accessPackageSuggestion", Join::Mine).only_v1().contained().not_expandable(),
        list("availableAccessPackages", "availableAccessPackage", Join::Mine).only_v1().contained().not_expandable(),
        list("assignmentRequests", "accessPackageAssignmentRequest", Join::Set)
            .beta("accessPackageAssignmentRequests")
            .contained()
            .not_expandable(),
        list("assignments", "accessPackageAssignment", Join::Set)
            .beta("accessPackageAssignments")
            .contained()
            .not_expandable(),
        list("assignmentPolicies", "accessPackageAssignmentPolicy", Join::Set)
            .beta("accessPackageAssignmentPolicies")
            .contained()
            .not_expandable(),
        list("catalogs", "accessPackageCatalog", Join::Set).beta("accessPackageCatalogs").contained().not_expandable(),
        list("connectedOrganizations", "connectedOrganization", Join::Set).contained().not_expandable(),
        list("controlConfigurations", "controlConfiguration", Join::Set).only_v1().contained().not_expandable(),
        one("settings", "entitlementManagementSettings", Join::Set).contained().not_expandable(),
        list("subjects", "accessPackageSubject", Join::Set).contained().not_expandable(),
        list("resourceEnvironments", "accessPackageResourceEnvironment", Join::Set)
            .beta("accessPackageResourceEnvironments")
            .contained()
            .not_expandable(),
        list("resourceRequests", "accessPackageResourceRequest", Join::Set)
            .beta("accessPackageResourceRequests")
            .contained()
            .not_expandable(),
        list("resourceRoleScopes", "accessPackageResourceRoleScope", Join::Set)
            .beta("accessPackageResourceRoleScopes")
            .contained()
            .not_expandable(),
        list("resources", "accessPackageResource", Join::Set)
            .beta("accessPackageResources")
            .contained()
            .not_expandable(),
    ]),
    EntityDef::new("roleManagement", None).navigations(&[
        one("directory", "rbacDirectory", Join::Through).contained().not_expandable(),
        one("entitlementManagement", "rbacEntitlement", Join::Through).contained().not_expandable(),
    ]),
    EntityDef::new("directory", Some("entity"))
        .navigations(&[list("deletedItems", "directoryObject", Join::Deleted).contained().not_expandable()]),
    EntityDef::new("organization", Some("entity")).table("organization").properties(&[
        text("displayName").column("display_name").unfilterable(),
        crate::def::complex("verifiedDomains", "verifiedDomain")
            .many()
            .column("verified_domains")
            .unfilterable()
            .read_only(),
        text("tenantType").read_only(),
        time("createdDateTime").column("created_at").read_only(),
        text("countryLetterCode"),
        text("preferredLanguage"),
    ]),
    EntityDef::new("domain", Some("entity")).named_table("domain").properties(&[
        text("authenticationType").read_only(),
        crate::def::boolean("isAdminManaged").read_only(),
        crate::def::boolean("isDefault").column("is_default").read_only(),
        crate::def::boolean("isInitial").column("is_initial").read_only(),
        crate::def::boolean("isRoot").read_only(),
        crate::def::boolean("isVerified").column("is_verified").read_only(),
        text("supportedServices").many().read_only(),
    ]),
];
