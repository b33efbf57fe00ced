//! Custom extensions of catalogs, the stages at which policies call them, and what their calls look like.

use crate::def::{
    ComplexDef, EntityDef, EnumDef, Join, choice, complex, complex_type, guid, integer, one, primitive, text, time,
};
use odata::schema::Primitive;

const AUTHENTICATION: &str = "customExtensionAuthenticationConfiguration";
const CALLBACK: &str = "customExtensionCallbackConfiguration";
const ENDPOINT: &str = "customExtensionEndpointConfiguration";

/// Values of `custom_extension.kind`.
pub const OF_REQUESTS: i64 = 1;
pub const OF_ASSIGNMENTS: i64 = 2;

/// What both types of extension have, and v1.0 and beta show alike.
const OWN: &[crate::def::PropertyDef] = &[
    complex("callbackConfiguration", CALLBACK).column("callback").unfilterable(),
    text("createdBy").column("created_by").unfilterable().read_only(),
    time("createdDateTime").column("created_at").unfilterable().read_only(),
    text("lastModifiedBy").column("modified_by").unfilterable().read_only(),
    time("lastModifiedDateTime").column("modified_at").unfilterable().read_only(),
];

pub const ENTITIES: &[EntityDef] = &[
    EntityDef::new("customCalloutExtension", Some("entity")).is_abstract().table("custom_extension").properties(&[
        complex("authenticationConfiguration", AUTHENTICATION).column("authentication").unfilterable(),
        complex("clientConfiguration", "customExtensionClientConfiguration").column("client").unfilterable(),
        text("description").column("description").unfilterable(),
        text("displayName").column("display_name").folded().required(),
        complex("endpointConfiguration", ENDPOINT).column("endpoint").unfilterable(),
        // What rules and storage know besides.
        complex("callbackConfiguration", CALLBACK).internal().column("callback"),
        guid("catalogId").internal().column("catalog_id"),
        time("createdDateTime").internal().column("created_at"),
        integer("extensionKind").internal().column("kind"),
        time("lastModifiedDateTime").internal().column("modified_at"),
    ]),
    EntityDef::new("accessPackageAssignmentRequestWorkflowExtension", Some("customCalloutExtension"))
        .kind_of("custom_extension", OF_REQUESTS)
        .properties(OWN),
    EntityDef::new("accessPackageAssignmentWorkflowExtension", Some("customCalloutExtension"))
        .kind_of("custom_extension", OF_ASSIGNMENTS)
        .properties(OWN),
    EntityDef::new("customExtensionStageSetting", Some("entity"))
        .table("policy_stage_setting")
        .properties(&[
            choice("stage", "accessPackageCustomExtensionStage").column("stage").unfilterable().required(),
            guid("catalogId").internal().column("catalog_id"),
        ])
        .navigations(&[
            one("customExtension", "customCalloutExtension", Join::Forward { column: "extension_id" }).bindable()
        ]),
];

pub const COMPLEX: &[ComplexDef] = &[
    complex_type(AUTHENTICATION, &[]).is_abstract(),
    complex_type("azureAdPopTokenAuthentication", &[]).based_on(AUTHENTICATION),
    complex_type("azureAdTokenAuthentication", &[text("resourceId")]).based_on(AUTHENTICATION),
    complex_type(CALLBACK, &[primitive("timeoutDuration", Primitive::Duration)]),
    complex_type("customExtensionClientConfiguration", &[integer("maximumRetries"), integer("timeoutInMilliseconds")]),
    complex_type(ENDPOINT, &[]).is_abstract(),
    complex_type("httpRequestEndpoint", &[text("targetUrl")]).based_on(ENDPOINT),
    complex_type(
        "logicAppTriggerEndpointConfiguration",
        &[text("logicAppWorkflowName"), text("resourceGroupName"), text("subscriptionId"), text("url")],
    )
    .based_on(ENDPOINT),
    complex_type("customExtensionData", &[]).is_abstract(),
    complex_type(
        "accessPackageAssignmentRequestCallbackData",
        &[
            text("customExtensionStageInstanceDetail"),
            text("customExtensionStageInstanceId"),
            choice("stage", "accessPackageCustomExtensionStage"),
            text("state"),
        ],
    )
    .based_on("customExtensionData"),
];

pub const ENUMS: &[EnumDef] = &[EnumDef {
    name: "accessPackageCustomExtensionStage",
    members: &[
        ("assignmentRequestCreated", 1),
        ("assignmentRequestApproved", 2),
        ("assignmentRequestGranted", 3),
        ("assignmentRequestRemoved", 4),
        ("assignmentFourteenDaysBeforeExpiration", 5),
        ("assignmentOneDayBeforeExpiration", 6),
        ("unknownFutureValue", 7),
    ],
    beta_strings: None,
}];
