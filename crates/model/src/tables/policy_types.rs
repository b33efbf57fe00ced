//! Complex types of assignment policies, and of the requests made under them. Where beta's shape of
//! something is another, each surface has a list of its own.

use crate::def::{ComplexDef, PropertyDef, boolean, choice, complex, complex_type, integer, primitive, text, time};
use odata::schema::Primitive;

const fn duration(name: &'static str) -> PropertyDef {
    primitive(name, Primitive::Duration)
}

const DESCRIPTION: PropertyDef = text("description");

pub const BOTH: &[ComplexDef] = &[
    complex_type(
        "expirationPattern",
        &[duration("duration"), time("endDateTime"), choice("type", "expirationPatternType")],
    ),
    complex_type(
        "patternedRecurrence",
        &[complex("pattern", "recurrencePattern"), complex("range", "recurrenceRange")],
    ),
    complex_type(
        "recurrencePattern",
        &[
            integer("dayOfMonth"),
            choice("daysOfWeek", "dayOfWeek").many(),
            choice("firstDayOfWeek", "dayOfWeek"),
            choice("index", "weekIndex"),
            integer("interval"),
            integer("month"),
            choice("type", "recurrencePatternType"),
        ],
    ),
    complex_type(
        "recurrenceRange",
        &[
            primitive("endDate", Primitive::Date),
            integer("numberOfOccurrences"),
            text("recurrenceTimeZone"),
            primitive("startDate", Primitive::Date),
            choice("type", "recurrenceRangeType"),
        ],
    ),
    complex_type("accessPackageLocalizedText", &[text("languageCode").required(), text("text")]),
    complex_type("accessPackageAnswer", &[complex("answeredQuestion", "accessPackageQuestion"), text("displayValue")])
        .is_abstract(),
    complex_type("accessPackageAnswerString", &[text("value")]).based_on("accessPackageAnswer"),
];

const SCHEDULE: &[PropertyDef] =
    &[complex("expiration", "expirationPattern"), complex("recurrence", "patternedRecurrence"), time("startDateTime")];

pub const V1: &[ComplexDef] = &[
    complex_type(
        "accessPackageAssignmentRequestRequirements",
        &[
            boolean("allowCustomAssignmentSchedule"),
            boolean("isApprovalRequiredForAdd"),
            boolean("isApprovalRequiredForUpdate"),
            boolean("isRequestorJustificationRequired"),
            text("policyDescription"),
            text("policyDisplayName"),
            text("policyId"),
            complex("questions", "accessPackageQuestion").many(),
            complex("schedule", "entitlementManagementSchedule"),
        ],
    ),
    complex_type("entitlementManagementSchedule", SCHEDULE),
    complex_type(
        "accessPackageAutomaticRequestSettings",
        &[
            duration("gracePeriodBeforeAccessRemoval"),
            boolean("removeAccessWhenTargetLeavesAllowedTargets"),
            boolean("requestAccessForAllowedTargets"),
        ],
    ),
    complex_type("accessPackageNotificationSettings", &[boolean("isAssignmentNotificationDisabled")]),
    complex_type(
        "accessPackageAssignmentApprovalSettings",
        &[
            boolean("isApprovalRequiredForAdd"),
            boolean("isApprovalRequiredForUpdate"),
            boolean("isRequestorJustificationRequired"),
            complex("stages", "accessPackageApprovalStage").many(),
        ],
    ),
    complex_type(
        "accessPackageApprovalStage",
        &[
            choice("approverInformationVisibility", "approverInformationVisibility"),
            duration("durationBeforeAutomaticDenial"),
            duration("durationBeforeEscalation"),
            complex("escalationApprovers", "subjectSet").many(),
            complex("fallbackEscalationApprovers", "subjectSet").many(),
            complex("fallbackPrimaryApprovers", "subjectSet").many(),
            boolean("isApproverJustificationRequired"),
            boolean("isEscalationEnabled"),
            complex("primaryApprovers", "subjectSet").many(),
        ],
    ),
    complex_type(
        "accessPackageAssignmentRequestorSettings",
        &[
            boolean("allowCustomAssignmentSchedule"),
            boolean("enableOnBehalfRequestorsToAddAccess"),
            boolean("enableOnBehalfRequestorsToRemoveAccess"),
            boolean("enableOnBehalfRequestorsToUpdateAccess"),
            boolean("enableTargetsToSelfAddAccess"),
            boolean("enableTargetsToSelfRemoveAccess"),
            boolean("enableTargetsToSelfUpdateAccess"),
            complex("onBehalfRequestors", "subjectSet").many(),
        ],
    ),
    complex_type(
        "accessPackageAssignmentReviewSettings",
        &[
            choice("expirationBehavior", "accessReviewExpirationBehavior"),
            complex("fallbackReviewers", "subjectSet").many(),
            boolean("isEnabled"),
            boolean("isRecommendationEnabled"),
            boolean("isReviewerJustificationRequired"),
            boolean("isSelfReview"),
            complex("primaryReviewers", "subjectSet").many(),
            complex("schedule", "entitlementManagementSchedule"),
        ],
    ),
    complex_type(
        "accessPackageAnswerChoice",
        &[text("actualValue"), complex("localizations", "accessPackageLocalizedText").many(), text("text")],
    ),
    complex_type("subjectSet", &[]).is_abstract(),
    complex_type("attributeRuleMembers", &[DESCRIPTION, text("membershipRule").required()]).based_on("subjectSet"),
    complex_type("connectedOrganizationMembers", &[text("connectedOrganizationId").required(), DESCRIPTION])
        .based_on("subjectSet"),
    complex_type("externalSponsors", &[]).based_on("subjectSet"),
    complex_type("groupMembers", &[DESCRIPTION, text("groupId").required()]).based_on("subjectSet"),
    complex_type("internalSponsors", &[]).based_on("subjectSet"),
    complex_type("requestorManager", &[integer("managerLevel")]).based_on("subjectSet"),
    complex_type("singleServicePrincipal", &[DESCRIPTION, text("servicePrincipalId").required()])
        .based_on("subjectSet"),
    complex_type("singleUser", &[DESCRIPTION, text("userId").required()]).based_on("subjectSet"),
    complex_type("targetAgentIdentitySponsorsOrOwners", &[]).based_on("subjectSet"),
    complex_type("targetApplicationOwners", &[]).based_on("subjectSet"),
    complex_type("targetManager", &[integer("managerLevel")]).based_on("subjectSet"),
    complex_type("targetUserSponsors", &[]).based_on("subjectSet"),
];

const CONTENT: PropertyDef = complex("text", "accessPackageLocalizedContent");

pub const BETA: &[ComplexDef] = &[
    complex_type(
        "accessPackageAssignmentRequestRequirements",
        &[
            complex("existingAnswers", "accessPackageAnswer").many(),
            boolean("isApprovalRequired"),
            boolean("isApprovalRequiredForExtension"),
            boolean("isCustomAssignmentScheduleAllowed"),
            boolean("isRequestorJustificationRequired"),
            text("policyDescription"),
            text("policyDisplayName"),
            text("policyId"),
            complex("questions", "accessPackageQuestion").many(),
            complex("schedule", "requestSchedule"),
            complex("verifiableCredentialRequirementStatus", "verifiableCredentialRequirementStatus"),
        ],
    ),
    complex_type("verifiableCredentialRequirementStatus", &[]).is_abstract(),
    complex_type("requestSchedule", SCHEDULE),
    complex_type(
        "approvalSettings",
        &[
            text("approvalMode"),
            complex("approvalStages", "approvalStage").many(),
            boolean("isApprovalRequired"),
            boolean("isApprovalRequiredForExtension"),
            boolean("isRequestorJustificationRequired"),
        ],
    ),
    complex_type(
        "approvalStage",
        &[
            integer("approvalStageTimeOutInDays"),
            complex("escalationApprovers", "userSet").many(),
            integer("escalationTimeInMinutes"),
            boolean("isApproverJustificationRequired"),
            boolean("isEscalationEnabled"),
            complex("primaryApprovers", "userSet").many(),
        ],
    ),
    complex_type(
        "requestorSettings",
        &[
            boolean("acceptRequests"),
            complex("allowedRequestors", "userSet").many(),
            choice("scopeType", "allowedTargetScope"),
        ],
    ),
    complex_type(
        "assignmentReviewSettings",
        &[
            choice("accessReviewTimeoutBehavior", "accessReviewTimeoutBehavior"),
            integer("durationInDays"),
            boolean("isAccessRecommendationEnabled"),
            boolean("isApprovalJustificationRequired"),
            boolean("isEnabled"),
            text("recurrenceType"),
            complex("reviewers", "userSet").many(),
            text("reviewerType"),
            time("startDateTime"),
        ],
    ),
    complex_type(
        "accessPackageLocalizedContent",
        &[text("defaultText"), complex("localizedTexts", "accessPackageLocalizedText").many()],
    ),
    complex_type(
        "accessPackageAnswerChoice",
        &[text("actualValue"), complex("displayValue", "accessPackageLocalizedContent")],
    ),
    complex_type("accessPackageQuestion", &[text("id"), boolean("isRequired"), integer("sequence"), CONTENT])
        .is_abstract(),
    complex_type(
        "accessPackageMultipleChoiceQuestion",
        &[boolean("allowsMultipleSelection"), complex("choices", "accessPackageAnswerChoice").many()],
    )
    .based_on("accessPackageQuestion"),
    complex_type("accessPackageTextInputQuestion", &[boolean("isSingleLineQuestion")])
        .based_on("accessPackageQuestion"),
    complex_type("verifiableCredentialSettings", &[complex("credentialTypes", "verifiableCredentialType").many()]),
    complex_type("verifiableCredentialType", &[text("credentialType"), text("issuers").many()]),
    complex_type("userSet", &[boolean("isBackup")]).is_abstract(),
    complex_type("connectedOrganizationMembers", &[DESCRIPTION, text("id").required()]).based_on("userSet"),
    complex_type("externalSponsors", &[]).based_on("userSet"),
    complex_type("groupMembers", &[DESCRIPTION, text("id").required()]).based_on("userSet"),
    complex_type("internalSponsors", &[]).based_on("userSet"),
    complex_type("requestorManager", &[integer("managerLevel")]).based_on("userSet"),
    complex_type("singleUser", &[DESCRIPTION, text("id").required()]).based_on("userSet"),
    complex_type("targetAgentIdentitySponsorsOrOwners", &[]).based_on("userSet"),
    complex_type("targetUserSponsors", &[]).based_on("userSet"),
    // Beta has no words for these; they are shown all the same, lest a policy look smaller than it is.
    complex_type("attributeRuleMembers", &[DESCRIPTION, text("membershipRule").required()]).based_on("userSet"),
    complex_type("singleServicePrincipal", &[DESCRIPTION, text("id").required()]).based_on("userSet"),
    complex_type("targetApplicationOwners", &[]).based_on("userSet"),
    complex_type("targetManager", &[integer("managerLevel")]).based_on("userSet"),
];
