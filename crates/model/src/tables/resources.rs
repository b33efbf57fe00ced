//! What a catalog hands out: resources with their roles and scopes, the role scopes that packages
//! bring, the requests by which resources come and go, and the environments that sites live in.

use crate::def::{
    ComplexDef, EntityDef, Join, PropertyDef, boolean, choice, complex, complex_type, guid, list, one, text, time,
};

pub const COMPLEX: &[ComplexDef] = &[complex_type("connectionInfo", &[text("url")])];

/// Which catalog it lies in: by this column the permit narrows.
const CATALOG: PropertyDef = guid("catalogId").internal().column("catalog_id");
/// Which resource it belongs to.
const RESOURCE: PropertyDef = guid("resourceId").internal().column("resource_id");
const DESCRIPTION: PropertyDef = text("description").column("description").unfilterable();
const DISPLAY_NAME: PropertyDef = text("displayName").column("display_name").folded();
const ORIGIN_ID: PropertyDef = text("originId").column("origin_id").folded();
const ORIGIN_SYSTEM: PropertyDef = text("originSystem").column("origin_system");
const CREATED_BY: PropertyDef = text("createdBy").only_beta().column("created_by").read_only();
const CREATED: PropertyDef = time("createdDateTime").column("created_at").read_only();
const MODIFIED_BY: PropertyDef = text("modifiedBy").only_beta().column("modified_by").read_only();
const MODIFIED: PropertyDef = time("modifiedDateTime").column("modified_at").read_only();

const BROUGHT_RESOURCE: Join = Join::Forward { column: "resource_id" };

pub const ENTITIES: &[EntityDef] = &[
    EntityDef::new("accessPackageResourceEnvironment", Some("entity"))
        .table("resource_environment")
        .properties(&[
            complex("connectionInfo", "connectionInfo").read_only(),
            CREATED_BY,
            CREATED,
            DESCRIPTION,
            DISPLAY_NAME,
            boolean("isDefaultEnvironment").column("is_default_environment"),
            MODIFIED_BY,
            MODIFIED,
            ORIGIN_ID,
            ORIGIN_SYSTEM,
        ])
        .navigations(&[list("resources", "accessPackageResource", Join::Back { column: "environment_id" })
            .beta("accessPackageResources")]),
    EntityDef::new("accessPackageResource", Some("entity"))
        .table("resource")
        .properties(&[
            text("addedBy").only_beta().column("created_by").read_only(),
            CATALOG,
            time("createdDateTime").beta("addedOn").column("created_at").read_only(),
            DESCRIPTION,
            DISPLAY_NAME,
            guid("environmentId").internal().column("environment_id"),
            boolean("isPendingOnboarding").only_beta().column("is_pending_onboarding").read_only(),
            time("modifiedDateTime").only_v1().column("modified_at").read_only(),
            ORIGIN_ID,
            ORIGIN_SYSTEM,
            text("resourceType").only_beta().column("resource_type").unfilterable().read_only(),
            text("url").only_beta().column("url").unfilterable().read_only(),
        ])
        .navigations(&[
            one("environment", "accessPackageResourceEnvironment", Join::Forward { column: "environment_id" })
                .beta("accessPackageResourceEnvironment")
                .bindable(),
            list("roles", "accessPackageResourceRole", Join::Back { column: "resource_id" })
                .beta("accessPackageResourceRoles")
                .contained(),
            list("scopes", "accessPackageResourceScope", Join::Back { column: "resource_id" })
                .beta("accessPackageResourceScopes")
                .contained(),
        ]),
    EntityDef::new("accessPackageResourceRole", Some("entity"))
        .table("resource_role")
        .properties(&[CATALOG, DESCRIPTION, DISPLAY_NAME, ORIGIN_ID, ORIGIN_SYSTEM, RESOURCE])
        .navigations(&[one("resource", "accessPackageResource", BROUGHT_RESOURCE)
            .beta("accessPackageResource")
            .contained()
            .bindable()]),
    EntityDef::new("accessPackageResourceScope", Some("entity"))
        .table("resource_scope")
        .properties(&[
            CATALOG,
            DESCRIPTION,
            DISPLAY_NAME,
            boolean("isRootScope").column("is_root_scope"),
            ORIGIN_ID,
            ORIGIN_SYSTEM,
            RESOURCE,
            text("roleOriginId").only_beta().elsewhere().read_only(),
            text("url").only_beta().column("url").unfilterable(),
        ])
        .navigations(&[one("resource", "accessPackageResource", BROUGHT_RESOURCE)
            .beta("accessPackageResource")
            .contained()
            .bindable()]),
    // A role in a scope; its id is made of theirs.
    EntityDef::new("accessPackageResourceRoleScope", Some("entity"))
        .named_table("role_scope")
        .properties(&[
            CREATED_BY,
            CREATED,
            MODIFIED_BY,
            time("modifiedDateTime").only_beta().column("modified_at").read_only(),
        ])
        .navigations(&[
            one("role", "accessPackageResourceRole", Join::Forward { column: "role_id" })
                .beta("accessPackageResourceRole")
                .contained()
                .bindable(),
            one("scope", "accessPackageResourceScope", Join::Forward { column: "scope_id" })
                .beta("accessPackageResourceScope")
                .contained()
                .bindable(),
        ]),
    EntityDef::new("accessPackageResourceRequest", Some("entity"))
        .table("resource_request")
        .properties(&[
            text("catalogId").only_beta().column("catalog_id").as_uuid().create_only(),
            time("createdDateTime").only_v1().column("created_at").read_only(),
            boolean("executeImmediately").only_beta().create_only(),
            time("expirationDateTime").only_beta().read_only(),
            boolean("isValidationOnly").only_beta().column("is_validation_only").create_only(),
            text("justification").only_beta().column("justification").unfilterable().create_only(),
            choice("requestType", "accessPackageRequestType").column("request_type").create_only().required(),
            guid("requestorId").internal().column("requestor_id"),
            RESOURCE,
            choice("state", "accessPackageRequestState").beta("requestState").column("state").read_only(),
            text("requestStatus").only_beta().column("status").read_only(),
        ])
        .navigations(&[
            one("catalog", "accessPackageCatalog", Join::Forward { column: "catalog_id" })
                .only_v1()
                .contained()
                .bindable(),
            one("requestor", "accessPackageSubject", Join::Forward { column: "requestor_id" }).only_beta().contained(),
            one("resource", "accessPackageResource", BROUGHT_RESOURCE)
                .beta("accessPackageResource")
                .contained()
                .bindable(),
        ]),
];
