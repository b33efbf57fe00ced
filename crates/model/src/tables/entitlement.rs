//! Catalogs and access packages, and which packages and groups an access package is incompatible with.

use crate::def::{EntityDef, Join, boolean, choice, list, one, text, time};

const INCOMPATIBLE_PACKAGES: Join =
    Join::Link { table: "incompatible_package", near: "package_id", far: "incompatible_id" };
/// The same links read from the other end: the packages that name this one.
const INCOMPATIBLE_WITH: Join =
    Join::Link { table: "incompatible_package", near: "incompatible_id", far: "package_id" };
const INCOMPATIBLE_GROUPS: Join = Join::Link { table: "incompatible_group", near: "package_id", far: "group_id" };

const IN_CATALOG: Join = Join::Back { column: "catalog_id" };
/// What the package brings.
const ROLE_SCOPES: Join = Join::Link { table: "package_role_scope", near: "package_id", far: "role_scope_id" };

pub const ENTITIES: &[EntityDef] = &[
    EntityDef::new("accessPackageCatalog", Some("entity"))
        .table("catalog")
        .properties(&[
            choice("catalogType", "accessPackageCatalogType").column("catalog_type").read_only(),
            text("createdBy").only_beta().column("created_by").read_only(),
            time("createdDateTime").column("created_at").read_only(),
            text("description").column("description").folded(),
            text("displayName").column("display_name").folded().required(),
            boolean("isExternallyVisible").column("is_externally_visible"),
            text("modifiedBy").only_beta().column("modified_by").read_only(),
            time("modifiedDateTime").column("modified_at").read_only(),
            choice("state", "accessPackageCatalogState").beta("catalogStatus").column("state"),
        ])
        .navigations(&[
            list("accessPackages", "accessPackage", IN_CATALOG).contained_in_beta(),
            list("customWorkflowExtensions", "customCalloutExtension", IN_CATALOG)
                .beta("accessPackageCustomWorkflowExtensions")
                .contained(),
            list("resourceRoles", "accessPackageResourceRole", IN_CATALOG)
                .beta("accessPackageResourceRoles")
                .contained(),
            list("resources", "accessPackageResource", IN_CATALOG).beta("accessPackageResources").contained(),
            list("resourceScopes", "accessPackageResourceScope", IN_CATALOG)
                .beta("accessPackageResourceScopes")
                .contained(),
        ]),
    EntityDef::new("accessPackage", Some("entity"))
        .table("access_package")
        .properties(&[
            text("catalogId").only_beta().column("catalog_id").as_uuid(),
            text("createdBy").only_beta().column("created_by").read_only(),
            time("createdDateTime").column("created_at").read_only(),
            text("description").column("description").folded(),
            text("displayName").column("display_name").folded().required(),
            boolean("isHidden").column("is_hidden"),
            boolean("isRoleScopesVisible").only_beta().column("is_role_scopes_visible"),
            text("modifiedBy").only_beta().column("modified_by").read_only(),
            time("modifiedDateTime").column("modified_at").read_only(),
        ])
        .navigations(&[
            list("accessPackagesIncompatibleWith", "accessPackage", INCOMPATIBLE_WITH),
            list("assignmentPolicies", "accessPackageAssignmentPolicy", Join::Back { column: "package_id" })
                .beta("accessPackageAssignmentPolicies"),
            one("catalog", "accessPackageCatalog", Join::Forward { column: "catalog_id" })
                .beta("accessPackageCatalog")
                .bindable(),
            list("incompatibleAccessPackages", "accessPackage", INCOMPATIBLE_PACKAGES),
            list("incompatibleGroups", "group", INCOMPATIBLE_GROUPS).contained_in_beta(),
            list("resourceRoleScopes", "accessPackageResourceRoleScope", ROLE_SCOPES)
                .beta("accessPackageResourceRoleScopes")
                .contained(),
        ]),
];
