//! Assignment policies and the questions they ask. What a policy sets is kept twice, as each surface
//! shows it (`beta.…` where beta has a shape of its own under the same name); both are made when the
//! policy is written.

use crate::def::{EntityDef, EnumDef, Join, boolean, choice, complex, guid, integer, list, one, text, time};

/// Values of `policy_question.kind`.
pub const TEXT_QUESTION: i64 = 1;
pub const CHOICE_QUESTION: i64 = 2;

pub const ENTITIES: &[EntityDef] = &[
    EntityDef::new("accessPackageAssignmentPolicy", Some("entity"))
        .table("assignment_policy")
        .properties(&[
            text("accessPackageId").only_beta().column("package_id").as_uuid(),
            complex("accessReviewSettings", "assignmentReviewSettings").only_beta(),
            choice("allowedTargetScope", "allowedTargetScope").only_v1().column("allowed_target_scope"),
            complex("automaticRequestSettings", "accessPackageAutomaticRequestSettings").only_v1(),
            boolean("canExtend").only_beta(),
            guid("catalogId").internal().column("catalog_id"),
            text("createdBy").only_beta().column("created_by").read_only(),
            time("createdDateTime").column("created_at").read_only(),
            text("description").column("description").folded(),
            text("displayName").column("display_name").folded().required(),
            integer("durationInDays").only_beta(),
            complex("expiration", "expirationPattern").only_v1(),
            time("expirationDateTime").only_beta(),
            boolean("isAutomatic").internal().column("is_automatic"),
            // Whether those whom it is for may ask for themselves.
            boolean("isSelfService").internal().column("is_self_service"),
            text("modifiedBy").only_beta().column("modified_by").read_only(),
            time("modifiedDateTime").column("modified_at").read_only(),
            complex("notificationSettings", "accessPackageNotificationSettings").only_v1(),
            // v1.0's questions once more, for whoever reads the whole policy in one piece.
            text("questions").internal(),
            // And at which stages extensions are called.
            text("customExtensionStageSettings").internal(),
            complex("questions", "accessPackageQuestion").many().only_beta().core("beta.questions"),
            complex("requestApprovalSettings", "accessPackageAssignmentApprovalSettings").only_v1(),
            complex("requestApprovalSettings", "approvalSettings").only_beta().core("beta.requestApprovalSettings"),
            complex("requestorSettings", "accessPackageAssignmentRequestorSettings").only_v1(),
            complex("requestorSettings", "requestorSettings").only_beta().core("beta.requestorSettings"),
            complex("reviewSettings", "accessPackageAssignmentReviewSettings").only_v1(),
            complex("specificAllowedTargets", "subjectSet").many().only_v1(),
            complex("verifiableCredentialSettings", "verifiableCredentialSettings").only_beta(),
        ])
        .navigations(&[
            one("accessPackage", "accessPackage", Join::Forward { column: "package_id" }).bindable(),
            one("catalog", "accessPackageCatalog", Join::Forward { column: "catalog_id" }).beta("accessPackageCatalog"),
            list("customExtensionStageSettings", "customExtensionStageSetting", Join::Back { column: "policy_id" })
                .contained()
                .inline(),
            list("questions", "accessPackageQuestion", Join::Back { column: "policy_id" })
                .contained()
                .inline()
                .only_v1(),
        ]),
    // In beta these are complex types.
    EntityDef::new("accessPackageQuestion", Some("entity"))
        .only_v1()
        .is_abstract()
        .table("policy_question")
        .properties(&[
            boolean("isAnswerEditable"),
            boolean("isRequired"),
            complex("localizations", "accessPackageLocalizedText").many(),
            integer("sequence").column("sequence"),
            text("text"),
        ]),
    EntityDef::new("accessPackageMultipleChoiceQuestion", Some("accessPackageQuestion"))
        .only_v1()
        .kind_of("policy_question", CHOICE_QUESTION)
        .properties(&[complex("choices", "accessPackageAnswerChoice").many(), boolean("isMultipleSelectionAllowed")]),
    EntityDef::new("accessPackageTextInputQuestion", Some("accessPackageQuestion"))
        .only_v1()
        .kind_of("policy_question", TEXT_QUESTION)
        .properties(&[boolean("isSingleLineQuestion"), text("regexPattern")]),
];

/// `scopeType` of beta is the same enumeration under other names. The last three beta has no word for;
/// they are shown there under v1.0's names, with a capital.
pub const SCOPES_BETA: &[(&str, i64)] = &[
    ("NoSubjects", 0),
    ("SpecificDirectorySubjects", 1),
    ("SpecificConnectedOrganizationSubjects", 2),
    ("AllExistingDirectoryMemberUsers", 4),
    ("AllExistingDirectorySubjects", 5),
    ("AllConfiguredConnectedOrganizationSubjects", 7),
    ("AllExistingConnectedOrganizationSubjects", 7),
    ("AllExternalSubjects", 8),
    ("SpecificDirectoryServicePrincipals", 3),
    ("AllDirectoryServicePrincipals", 6),
    ("AllDirectoryAgentIdentities", 9),
];

pub const ENUMS: &[EnumDef] = &[
    EnumDef {
        name: "accessReviewExpirationBehavior",
        members: &[
            ("keepAccess", 0),
            ("removeAccess", 1),
            ("acceptAccessRecommendation", 2),
            ("unknownFutureValue", 99),
        ],
        beta_strings: None,
    },
    EnumDef {
        name: "accessReviewTimeoutBehavior",
        members: &[
            ("keepAccess", 0),
            ("removeAccess", 1),
            ("acceptAccessRecommendation", 2),
            ("unknownFutureValue", 99),
        ],
        beta_strings: None,
    },
    EnumDef {
        name: "allowedTargetScope",
        members: &[
            ("notSpecified", 0),
            ("specificDirectoryUsers", 1),
            ("specificConnectedOrganizationUsers", 2),
            ("specificDirectoryServicePrincipals", 3),
            ("allMemberUsers", 4),
            ("allDirectoryUsers", 5),
            ("allDirectoryServicePrincipals", 6),
            ("allConfiguredConnectedOrganizationUsers", 7),
            ("allExternalUsers", 8),
            ("allDirectoryAgentIdentities", 9),
            ("unknownFutureValue", 10),
        ],
        beta_strings: Some(SCOPES_BETA),
    },
    EnumDef {
        name: "approverInformationVisibility",
        members: &[("default", 0), ("notVisible", 1), ("visible", 2), ("unknownFutureValue", 3)],
        beta_strings: None,
    },
    EnumDef {
        name: "dayOfWeek",
        members: &[
            ("sunday", 0),
            ("monday", 1),
            ("tuesday", 2),
            ("wednesday", 3),
            ("thursday", 4),
            ("friday", 5),
            ("saturday", 6),
        ],
        beta_strings: None,
    },
    EnumDef {
        name: "expirationPatternType",
        members: &[("notSpecified", 0), ("noExpiration", 1), ("afterDateTime", 2), ("afterDuration", 3)],
        beta_strings: None,
    },
    EnumDef {
        name: "recurrencePatternType",
        members: &[
            ("daily", 0),
            ("weekly", 1),
            ("absoluteMonthly", 2),
            ("relativeMonthly", 3),
            ("absoluteYearly", 4),
            ("relativeYearly", 5),
        ],
        beta_strings: None,
    },
    EnumDef {
        name: "recurrenceRangeType",
        members: &[("endDate", 0), ("noEnd", 1), ("numbered", 2)],
        beta_strings: None,
    },
    EnumDef {
        name: "weekIndex",
        members: &[("first", 0), ("second", 1), ("third", 2), ("fourth", 3), ("last", 4)],
        beta_strings: None,
    },
];
