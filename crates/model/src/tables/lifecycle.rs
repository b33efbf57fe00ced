//! Requests, approvals, assignments and the people that they are about.

use crate::def::{EntityDef, Join, boolean, choice, complex, guid, integer, list, one, text, time};

const REQUEST_PROPERTIES: &[crate::def::PropertyDef] = &[
    complex("answers", "accessPackageAnswer").many(),
    time("completedDateTime").beta("completedDate").column("completed_at").read_only(),
    time("createdDateTime").column("created_at").read_only(),
    complex("customExtensionCalloutInstances", "customExtensionCalloutInstance").many().read_only(),
    time("expirationDateTime").only_beta().core("endsAt").column("ends_at").create_only(),
    boolean("isValidationOnly").only_beta().column("is_validation_only").create_only(),
    text("justification").column("justification").unfilterable().create_only(),
    choice("requestType", "accessPackageRequestType").column("request_type").create_only().required(),
    complex("schedule", "entitlementManagementSchedule").only_v1(),
    complex("schedule", "requestSchedule").only_beta(),
    choice("state", "accessPackageRequestState").beta("requestState").column("state").read_only(),
    text("status").beta("requestStatus").column("status").read_only(),
    // What rules and storage know besides.
    guid("assignmentId").internal().column("assignment_id"),
    guid("catalogId").internal().column("catalog_id"),
    guid("createdById").internal().column("created_by_id"),
    boolean("isOpen").internal().column("is_open"),
    guid("packageId").internal().column("package_id"),
    guid("policyId").internal().column("policy_id"),
    guid("requestorId").internal().column("requestor_id"),
    time("startsAt").internal().column("starts_at"),
    guid("targetId").internal().column("target_id"),
];

const ASSIGNMENT_PROPERTIES: &[crate::def::PropertyDef] = &[
    text("accessPackageId").only_beta().core("packageId").column("package_id").as_uuid().read_only(),
    text("assignmentPolicyId").only_beta().core("policyId").column("policy_id").as_uuid().read_only(),
    text("catalogId").only_beta().column("catalog_id").as_uuid().read_only(),
    complex("customExtensionCalloutInstances", "customExtensionCalloutInstance").many().read_only(),
    time("expiredDateTime").column("expired_at").read_only(),
    boolean("isExtended").only_beta().column("is_extended").read_only(),
    complex("schedule", "entitlementManagementSchedule").only_v1(),
    complex("schedule", "requestSchedule").only_beta(),
    choice("state", "accessPackageAssignmentState").beta("assignmentState").column("state").read_only(),
    text("status").beta("assignmentStatus").column("status").read_only(),
    text("targetId").only_beta().column("target_id").as_uuid().read_only(),
    // v1.0 takes these in the body of a request, though its metadata doesn't declare them.
    text("accessPackageId").only_v1().core("v1.accessPackageId").elsewhere().undeclared(),
    text("assignmentPolicyId").only_v1().core("v1.assignmentPolicyId").elsewhere().undeclared(),
    text("targetId").only_v1().core("v1.targetId").elsewhere().undeclared(),
    // What rules and storage know besides.
    time("acceptedAt").internal().column("accepted_at"),
    time("checkedAt").internal().column("checked_at"),
    time("createdAt").internal().column("created_at"),
    guid("createdById").internal().column("created_by_id"),
    time("endsAt").internal().column("ends_at"),
    boolean("isCurrent").internal().column("is_current"),
    time("startsAt").internal().column("starts_at"),
];

/// The steps of an approval that are in one of these states.
const fn steps(words: &'static [&'static str]) -> Join {
    Join::Part { column: "approval_id", of: "status", words }
}

pub const ENTITIES: &[EntityDef] = &[
    EntityDef::new("accessPackageSubject", Some("entity"))
        .table("subject")
        .properties(&[
            text("altSecId").only_beta().read_only(),
            time("cleanupScheduledDateTime").only_beta().column("cleanup_at").read_only(),
            text("connectedOrganizationId").only_beta().column("connected_organization_id").as_uuid().read_only(),
            text("displayName").column("display_name").folded().read_only(),
            text("email").column("email").folded().read_only(),
            text("objectId").column("object_id").as_uuid().read_only(),
            text("onPremisesSecurityIdentifier").read_only(),
            text("principalName").column("principal_name").folded().read_only(),
            choice("subjectLifecycle", "accessPackageSubjectLifecycle").only_v1().column("lifecycle"),
            choice("subjectType", "accessPackageSubjectType").beta("type").column("subject_type").read_only(),
            // What rules and storage know besides.
            time("blockedAt").internal().column("blocked_at"),
        ])
        .navigations(&[
            one("connectedOrganization", "connectedOrganization", super::organizations::OF_SUBJECT).bindable()
        ])
        .keys(&["objectId"], None),
    EntityDef::new("accessPackageAssignmentRequest", Some("entity"))
        .table("assignment_request")
        .properties(REQUEST_PROPERTIES)
        .navigations(&[
            one("accessPackage", "accessPackage", Join::Forward { column: "package_id" }).bindable(),
            one("assignment", "accessPackageAssignment", Join::Forward { column: "assignment_id" })
                .beta("accessPackageAssignment")
                .bindable(),
            one("requestor", "accessPackageSubject", Join::Forward { column: "requestor_id" }).bindable(),
        ]),
    EntityDef::new("accessPackageAssignment", Some("entity"))
        .table("assignment")
        .properties(ASSIGNMENT_PROPERTIES)
        .navigations(&[
            one("accessPackage", "accessPackage", Join::Forward { column: "package_id" }).bindable(),
            list(
                "accessPackageAssignmentRequests",
                "accessPackageAssignmentRequest",
                Join::Back { column: "assignment_id" },
            )
            .only_beta(),
            list(
                "accessPackageAssignmentResourceRoles",
                "accessPackageAssignmentResourceRole",
                Join::Back { column: "assignment_id" },
            )
            .only_beta(),
            one("assignmentPolicy", "accessPackageAssignmentPolicy", Join::Forward { column: "policy_id" })
                .beta("accessPackageAssignmentPolicy")
                .bindable(),
            one("target", "accessPackageSubject", Join::Forward { column: "target_id" }).bindable(),
        ]),
    EntityDef::new("accessPackageAssignmentResourceRole", Some("entity"))
        .only_beta()
        .table("assignment_role")
        .properties(&[
            text("originId").only_beta().column("origin_id").folded().read_only(),
            text("originSystem").only_beta().column("origin_system").read_only(),
            text("status").only_beta().column("status").read_only(),
            guid("assignmentId").internal().column("assignment_id"),
            guid("catalogId").internal().column("catalog_id"),
            time("grantedAt").internal().column("granted_at"),
            boolean("isGranted").internal().column("is_granted"),
            guid("objectId").internal().column("object_id"),
            text("reason").internal().column("reason"),
            text("resourceOrigin").internal().column("resource_origin"),
            guid("roleId").internal().column("role_id"),
            text("roleScopeId").internal().column("role_scope_id"),
            guid("scopeId").internal().column("scope_id"),
            guid("subjectId").internal().column("subject_id"),
        ])
        .navigations(&[
            list(
                "accessPackageAssignments",
                "accessPackageAssignment",
                Join::Link { table: "assignment_role", near: "id", far: "assignment_id" },
            )
            .only_beta(),
            one("accessPackageResourceRole", "accessPackageResourceRole", Join::Forward { column: "role_id" })
                .only_beta(),
            one("accessPackageResourceScope", "accessPackageResourceScope", Join::Forward { column: "scope_id" })
                .only_beta(),
            one("accessPackageSubject", "accessPackageSubject", Join::Forward { column: "subject_id" }).only_beta(),
        ]),
    EntityDef::new("approval", Some("entity"))
        .table("approval")
        .properties(&[
            guid("catalogId").internal().column("catalog_id"),
            time("createdAt").internal().column("created_at"),
            complex("settings", "keyValue").many().internal().column("settings"),
        ])
        .navigations(&[
            list("stages", "approvalStep", Join::Back { column: "approval_id" }).beta("steps").contained(),
            list("completedSteps", "approvalStep", steps(&["Completed", "Expired"])).only_beta().contained(),
            list("pendingSteps", "approvalStep", steps(&["InProgress", "Initializing"])).only_beta().contained(),
        ]),
    EntityDef::new("approvalStep", Some("entity")).v1("approvalStage").table("approval_stage").properties(&[
        boolean("assignedToMe").mine("assigned_to_me").read_only(),
        text("displayName").column("display_name").unfilterable().read_only(),
        text("justification").column("justification").unfilterable(),
        complex("reviewedBy", "identity").read_only(),
        time("reviewedDateTime").column("reviewed_at").read_only(),
        text("reviewResult").column("review_result"),
        text("status").column("status").read_only(),
        guid("approvalId").internal().column("approval_id"),
        guid("catalogId").internal().column("catalog_id"),
        time("openedAt").internal().column("opened_at"),
        integer("position").internal().column("position"),
        guid("reviewedById").internal().column("reviewed_by_id"),
        text("reviewedByName").internal().column("reviewed_by_name"),
    ]),
];
