//! The world outside: organizations that people come from, who answers for them, what becomes of their
//! people afterwards, and what people see of each other.

use crate::def::{
    ComplexDef, EntityDef, EnumDef, Join, boolean, choice, complex, complex_type, integer, list, primitive, text, time,
};
use odata::schema::Primitive;

const INTERNAL_SPONSORS: Join = Join::Link { table: "internal_sponsor", near: "organization_id", far: "sponsor_id" };
const EXTERNAL_SPONSORS: Join = Join::Link { table: "external_sponsor", near: "organization_id", far: "sponsor_id" };

/// The value of `control_configuration.kind`.
pub const END_USER: i64 = 1;

/// How a subject leads to the organization that it comes from.
pub(super) const OF_SUBJECT: Join = Join::Forward { column: "connected_organization_id" };

pub const ENTITIES: &[EntityDef] = &[
    EntityDef::new("connectedOrganization", Some("entity"))
        .table("connected_organization")
        .properties(&[
            text("createdBy").only_beta().column("created_by").read_only(),
            time("createdDateTime").column("created_at").read_only(),
            text("description").column("description").unfilterable(),
            text("displayName").column("display_name").folded().required(),
            // Older pages of beta name a domain instead of a source.
            text("domainName").only_beta().elsewhere().undeclared(),
            complex("identitySources", "identitySource").many().column("identity_sources").unfilterable().create_only(),
            text("modifiedBy").only_beta().column("modified_by").read_only(),
            time("modifiedDateTime").column("modified_at").read_only(),
            choice("state", "connectedOrganizationState").column("state"),
        ])
        .navigations(&[
            list("externalSponsors", "directoryObject", EXTERNAL_SPONSORS).contained_in_beta(),
            list("internalSponsors", "directoryObject", INTERNAL_SPONSORS).contained_in_beta(),
        ]),
    EntityDef::new("entitlementManagementSettings", Some("entity")).table("entitlement_settings").properties(&[
        integer("daysUntilExternalUserDeletedAfterBlocked").only_beta().column("delete_after_days").unfilterable(),
        primitive("durationUntilExternalUserDeletedAfterBlocked", Primitive::Duration)
            .only_v1()
            .column("delete_after")
            .unfilterable(),
        choice("externalUserLifecycleAction", "accessPackageExternalUserLifecycleAction")
            .column("lifecycle_action")
            .unfilterable(),
    ]),
    EntityDef::new("controlConfiguration", Some("entity"))
        .only_v1()
        .is_abstract()
        .table("control_configuration")
        .properties(&[
            text("createdBy").column("created_by").read_only(),
            time("createdDateTime").column("created_at").read_only(),
            boolean("isEnabled").column("is_enabled").not_null(),
            text("modifiedBy").column("modified_by").read_only(),
            time("modifiedDateTime").column("modified_at").read_only(),
            // By which they are addressed: `controlConfigurations/endUserSettings`.
            text("name").column("name").folded().undeclared().read_only().on_request(),
        ])
        .keys(&["name"], Some("name")),
    EntityDef::new("endUserSettings", Some("controlConfiguration"))
        .only_v1()
        .kind_of("control_configuration", END_USER)
        .properties(&[
            choice("relatedPeopleInsightLevel", "accessPackageSuggestionRelatedPeopleInsightLevel")
                .column("insight_level"),
            boolean("showApproverDetailsToMembers").column("show_approver_details").not_null(),
        ]),
];

pub const COMPLEX: &[ComplexDef] = &[
    complex_type("identitySource", &[]).is_abstract(),
    complex_type("azureActiveDirectoryTenant", &[text("displayName"), text("tenantId")]).based_on("identitySource"),
    complex_type(
        "crossCloudAzureActiveDirectoryTenant",
        &[text("cloudInstance").required(), text("displayName"), text("tenantId")],
    )
    .based_on("identitySource"),
    complex_type("domainIdentitySource", &[text("displayName"), text("domainName")]).based_on("identitySource"),
    complex_type("externalDomainFederation", &[text("displayName"), text("domainName"), text("issuerUri")])
        .based_on("identitySource"),
];

/// Beta's metadata doesn't have it.
pub const V1: &[ComplexDef] = &[complex_type(
    "socialIdentitySource",
    &[text("displayName"), choice("socialIdentitySourceType", "socialIdentitySourceType").required()],
)
.based_on("identitySource")];

pub const ENUMS: &[EnumDef] = &[
    EnumDef {
        name: "connectedOrganizationState",
        members: &[("configured", 0), ("proposed", 1), ("unknownFutureValue", 2)],
        beta_strings: None,
    },
    EnumDef {
        name: "accessPackageExternalUserLifecycleAction",
        members: &[("none", 0), ("blockSignIn", 1), ("blockSignInAndDelete", 2), ("unknownFutureValue", 3)],
        beta_strings: Some(&[("None", 0), ("BlockSignIn", 1), ("BlockSignInAndDelete", 2)]),
    },
    EnumDef {
        name: "accessPackageSuggestionRelatedPeopleInsightLevel",
        members: &[("disabled", 0), ("count", 1), ("countAndNames", 2), ("unknownFutureValue", 3)],
        beta_strings: None,
    },
    EnumDef {
        name: "socialIdentitySourceType",
        members: &[("facebook", 1), ("unknownFutureValue", 2)],
        beta_strings: None,
    },
];
