//! What is decided about members of bodies that aren't simply read back: refused by name, tested elsewhere, or left
//! aside by a rule that docs/deviations.md states. Each decision is looked at: the test is there, the row is there,
//! and there is something that it is about.

/// What becomes of a member that isn't read back as it was sent.
#[derive(Debug, Clone, Copy)]
pub enum Decision {
    /// `400`, and the message has its name.
    Refused,
    /// Its outcome is what this test looks at.
    Tested(&'static str),
    /// It is left aside, by this row of docs/deviations.md.
    Rule(&'static str),
}

use Decision::{Refused, Rule, Tested};

/// Read-only properties need no decision each.
pub const READ_ONLY_RULE: &str = "Read-only properties in a body";
const DRAWN: &str = "What a body says of an entity that it names, besides its names";
const ORIGIN: &str = "A resource's name";

const ASSIGNMENT: &str = "update_and_remove_with_another_package_policy_or_target_are_refused";
const TARGET: &str = "admin_add_names_its_target_once_and_an_organization_that_is_theirs";
const INSIDE: &str = "a_schedule_inside_the_assignment_is_honoured_for_every_request_type";
const NAMES: &str = "every_way_to_name_a_role";
const REQUEST: &str = "what_a_request_has_to_say";
const APP_ROLE: &str = "given_read_and_taken_at_either_end";
const MEMBERSHIP: &str = "membership_is_asked_for_in_four_ways";
const CALLBACK: &str = "an_answer_may_deny_or_cancel_before_the_approval";

/// Commands whose outcome isn't an entity with the properties of the body: the type whose members are each decided
/// about, or none where body and command are those of another row.
pub const ELSEWHERE: &[(&str, Option<&str>)] = &[
    ("accessPackage/resourceRoleScopes Create", Some("accessPackageResourceRoleScope")),
    ("entitlementManagement/assignmentRequests Create", Some("accessPackageAssignmentRequest")),
    ("entitlementManagement/assignmentRequests CreateOwn", Some("accessPackageAssignmentRequest")),
    ("approval/stages Update", Some("approvalStep")),
    ("entitlementManagement/resourceRequests Create", Some("accessPackageResourceRequest")),
    ("rbacEntitlement/roleAssignments Create", Some("unifiedRoleAssignment")),
    ("rbacDirectory/roleAssignments Create", Some("unifiedRoleAssignment")),
    ("user/appRoleAssignments Create", Some("appRoleAssignment")),
    ("group/appRoleAssignments Create", Some("appRoleAssignment")),
    ("servicePrincipal/appRoleAssignedTo Create", Some("appRoleAssignment")),
    ("servicePrincipal/appRoleAssignments Create", Some("appRoleAssignment")),
    // As `users Update`.
    ("me Update", None),
];

/// Types of which a body says more than what names one: each of their members is decided about as `Drawn`.
pub const DRAWN_TYPES: &[&str] = &[
    "accessPackageAssignment",
    "accessPackageSubject",
    "accessPackageResource",
    "accessPackageResourceRole",
    "accessPackageResourceScope",
    "accessPackageResourceEnvironment",
];

/// By type, member and command (`Create`, `Update`, `Drawn`; empty for any). For an action: its name and parameter.
pub const DECISIONS: &[(&str, &str, &str, Decision)] = &[
    ("user", "passwordProfile", "", Tested("a_password_that_is_to_be_changed_signs_in_until_somebody_changes_it")),
    ("user", "manager", "", Tested("what_terraform_sends_for_a_user")),
    ("user", "sponsors", "", Tested("sponsors_come_and_go")),
    ("group", "members", "", Tested("lists_of_links_hold_twenty_and_count_together")),
    ("group", "owners", "", Tested("what_terraform_sends_for_a_group")),
    ("group", "isAssignableToRole", "Create", Tested("directory_roles_reach_the_whole_tenant")),
    ("group", "membershipRule", "", Tested("a_dynamic_group_keeps_its_rule_and_takes_no_members_by_hand")),
    ("application", "owners", "", Tested("what_terraform_sends_for_an_application")),
    ("servicePrincipal", "owners", "", Tested("a_service_principal_is_described_owned_and_a_member")),
    ("connectedOrganization", "domainName", "Create", Tested("older_pages_of_beta_name_a_domain")),
    ("connectedOrganization", "domainName", "Update", Refused),
    (
        "accessPackageAssignmentPolicy",
        "automaticRequestSettings",
        "",
        Tested("who_leaves_a_rule_loses_what_it_gave_whatever_they_have_asked_for"),
    ),
    ("accessPackage", "catalog", "", Tested("every_way_to_name_the_catalog")),
    (
        "accessPackageAssignmentPolicy",
        "accessPackage",
        "",
        Tested("put_replaces_all_of_it_and_questions_keep_their_ids"),
    ),
    ("accessPackageAssignmentPolicy", "questions", "", Tested("put_replaces_all_of_it_and_questions_keep_their_ids")),
    ("accessPackageAssignmentPolicy", "expirationDateTime", "", Tested("the_bodies_of_terraform")),
    (
        "accessPackageAssignmentPolicy",
        "customExtensionStageSettings",
        "",
        Tested("a_policy_names_extensions_of_its_own_catalog_one_at_each_stage"),
    ),
    (
        "customExtensionStageSetting",
        "customExtension",
        "",
        Tested("a_policy_names_extensions_of_its_own_catalog_one_at_each_stage"),
    ),
    // Requests.
    ("accessPackageAssignmentRequest", "requestType", "Create", Tested("what_a_request_lacks_is_named")),
    (
        "accessPackageAssignmentRequest",
        "justification",
        "Create",
        Tested("a_justification_is_asked_for_where_the_policy_wants_one"),
    ),
    ("accessPackageAssignmentRequest", "answers", "Create", Tested("answers_are_edited_where_the_policy_lets_them")),
    ("accessPackageAssignmentRequest", "schedule", "Create", Tested(INSIDE)),
    ("accessPackageAssignmentRequest", "expirationDateTime", "Create", Tested("beta_says_the_end_alone")),
    (
        "accessPackageAssignmentRequest",
        "isValidationOnly",
        "Create",
        Tested("only_asking_leaves_no_trace_of_an_assignment"),
    ),
    ("accessPackageAssignmentRequest", "accessPackage", "", Tested(ASSIGNMENT)),
    ("accessPackageAssignmentRequest", "assignment", "", Tested(ASSIGNMENT)),
    ("accessPackageAssignmentRequest", "requestor", "", Tested("a_request_that_names_its_requestor_is_refused")),
    ("accessPackageAssignment", "accessPackage", "", Tested(ASSIGNMENT)),
    ("accessPackageAssignment", "assignmentPolicy", "", Tested(ASSIGNMENT)),
    ("accessPackageAssignment", "target", "", Tested(TARGET)),
    ("accessPackageAssignment", "accessPackageId", "Drawn", Tested(ASSIGNMENT)),
    ("accessPackageAssignment", "assignmentPolicyId", "Drawn", Tested(ASSIGNMENT)),
    ("accessPackageAssignment", "targetId", "Drawn", Tested(ASSIGNMENT)),
    ("accessPackageAssignment", "catalogId", "Drawn", Tested(ASSIGNMENT)),
    ("accessPackageAssignment", "schedule", "Drawn", Tested(INSIDE)),
    ("accessPackageAssignment", "customExtensionCalloutInstances", "Drawn", Rule(DRAWN)),
    ("accessPackageAssignment", "expiredDateTime", "Drawn", Rule(DRAWN)),
    ("accessPackageAssignment", "isExtended", "Drawn", Rule(DRAWN)),
    ("accessPackageAssignment", "state", "Drawn", Rule(DRAWN)),
    ("accessPackageAssignment", "assignmentState", "Drawn", Rule(DRAWN)),
    ("accessPackageAssignment", "status", "Drawn", Rule(DRAWN)),
    ("accessPackageAssignment", "assignmentStatus", "Drawn", Rule(DRAWN)),
    ("accessPackageSubject", "objectId", "Drawn", Tested(TARGET)),
    ("accessPackageSubject", "email", "Drawn", Tested(TARGET)),
    ("accessPackageSubject", "connectedOrganizationId", "Drawn", Tested(TARGET)),
    ("accessPackageSubject", "connectedOrganization", "", Tested(TARGET)),
    ("accessPackageSubject", "altSecId", "Drawn", Rule(DRAWN)),
    ("accessPackageSubject", "cleanupScheduledDateTime", "Drawn", Rule(DRAWN)),
    ("accessPackageSubject", "displayName", "Drawn", Rule(DRAWN)),
    ("accessPackageSubject", "onPremisesSecurityIdentifier", "Drawn", Rule(DRAWN)),
    ("accessPackageSubject", "principalName", "Drawn", Rule(DRAWN)),
    ("accessPackageSubject", "subjectLifecycle", "Drawn", Rule(DRAWN)),
    ("accessPackageSubject", "subjectType", "Drawn", Rule(DRAWN)),
    ("accessPackageSubject", "type", "Drawn", Rule(DRAWN)),
    ("approvalStep", "justification", "Update", Tested("a_justification_is_asked_for_where_the_policy_wants_one")),
    ("approvalStep", "reviewResult", "Update", Tested("one_denial_ends_the_request")),
    // Resources.
    ("accessPackageResourceRequest", "catalogId", "Create", Tested("a_group_from_coming_to_going_on_beta")),
    ("accessPackageResourceRequest", "executeImmediately", "Create", Tested("what_a_resource_request_says_is_kept")),
    ("accessPackageResourceRequest", "isValidationOnly", "Create", Tested("a_question_changes_nothing")),
    ("accessPackageResourceRequest", "justification", "Create", Tested("what_a_resource_request_says_is_kept")),
    ("accessPackageResourceRequest", "requestType", "Create", Tested(REQUEST)),
    ("accessPackageResourceRequest", "catalog", "", Tested(REQUEST)),
    ("accessPackageResourceRequest", "resource", "", Tested(REQUEST)),
    ("accessPackageResource", "environment", "", Tested("sites_bring_their_environment")),
    ("accessPackageResource", "displayName", "Drawn", Rule(ORIGIN)),
    ("accessPackageResource", "description", "Drawn", Rule(ORIGIN)),
    ("accessPackageResource", "originId", "Drawn", Tested(REQUEST)),
    ("accessPackageResource", "originSystem", "Drawn", Tested(REQUEST)),
    ("accessPackageResource", "addedBy", "Drawn", Rule(DRAWN)),
    ("accessPackageResource", "addedOn", "Drawn", Rule(DRAWN)),
    ("accessPackageResource", "createdDateTime", "Drawn", Rule(DRAWN)),
    ("accessPackageResource", "isPendingOnboarding", "Drawn", Rule(DRAWN)),
    ("accessPackageResource", "modifiedDateTime", "Drawn", Rule(DRAWN)),
    ("accessPackageResource", "resourceType", "Drawn", Rule(DRAWN)),
    ("accessPackageResource", "url", "Drawn", Rule(DRAWN)),
    ("accessPackageResourceRole", "resource", "", Tested(NAMES)),
    ("accessPackageResourceRole", "displayName", "Drawn", Tested("a_site_has_the_roles_that_are_named")),
    ("accessPackageResourceRole", "description", "Drawn", Rule(DRAWN)),
    ("accessPackageResourceRole", "originId", "Drawn", Tested(NAMES)),
    ("accessPackageResourceRole", "originSystem", "Drawn", Tested(NAMES)),
    ("accessPackageResourceScope", "resource", "", Tested("a_scope_of_another_resource_is_refused")),
    ("accessPackageResourceScope", "displayName", "Drawn", Rule(DRAWN)),
    ("accessPackageResourceScope", "description", "Drawn", Rule(DRAWN)),
    ("accessPackageResourceScope", "isRootScope", "Drawn", Tested(NAMES)),
    ("accessPackageResourceScope", "originId", "Drawn", Tested(NAMES)),
    ("accessPackageResourceScope", "originSystem", "Drawn", Tested(NAMES)),
    ("accessPackageResourceScope", "roleOriginId", "Drawn", Rule(DRAWN)),
    ("accessPackageResourceScope", "url", "Drawn", Rule(DRAWN)),
    ("accessPackageResourceEnvironment", "connectionInfo", "Drawn", Rule(DRAWN)),
    ("accessPackageResourceEnvironment", "createdBy", "Drawn", Rule(DRAWN)),
    ("accessPackageResourceEnvironment", "createdDateTime", "Drawn", Rule(DRAWN)),
    ("accessPackageResourceEnvironment", "description", "Drawn", Rule(DRAWN)),
    ("accessPackageResourceEnvironment", "displayName", "Drawn", Rule(DRAWN)),
    ("accessPackageResourceEnvironment", "isDefaultEnvironment", "Drawn", Rule(DRAWN)),
    ("accessPackageResourceEnvironment", "modifiedBy", "Drawn", Rule(DRAWN)),
    ("accessPackageResourceEnvironment", "modifiedDateTime", "Drawn", Rule(DRAWN)),
    ("accessPackageResourceEnvironment", "originId", "Drawn", Tested("sites_bring_their_environment")),
    ("accessPackageResourceEnvironment", "originSystem", "Drawn", Tested("sites_bring_their_environment")),
    ("accessPackageResourceRoleScope", "role", "", Tested(NAMES)),
    ("accessPackageResourceRoleScope", "scope", "", Tested(NAMES)),
    // Roles.
    ("unifiedRoleAssignment", "appScopeId", "Create", Tested("roles_fit_their_scope")),
    (
        "unifiedRoleAssignment",
        "directoryScopeId",
        "Create",
        Tested("a_role_is_assigned_in_one_scope_without_a_condition"),
    ),
    ("unifiedRoleAssignment", "condition", "Create", Tested("a_role_is_assigned_in_one_scope_without_a_condition")),
    ("unifiedRoleAssignment", "principalId", "Create", Tested("roles_are_listed_as_they_were_assigned")),
    ("unifiedRoleAssignment", "roleDefinitionId", "Create", Tested("roles_fit_their_scope")),
    ("appRoleAssignment", "appRoleId", "Create", Tested(APP_ROLE)),
    ("appRoleAssignment", "principalId", "Create", Tested(APP_ROLE)),
    ("appRoleAssignment", "resourceId", "Create", Tested(APP_ROLE)),
    // Actions.
    ("addPassword", "passwordCredential", "Act", Tested("secrets_are_shown_once")),
    ("removePassword", "keyId", "Act", Tested("secrets_are_shown_once")),
    ("resume", "source", "Act", Tested("a_request_waits_for_its_answers_before_and_after_the_approval")),
    ("resume", "type", "Act", Tested(CALLBACK)),
    ("resume", "data", "Act", Tested(CALLBACK)),
    ("checkMemberGroups", "groupIds", "Act", Tested(MEMBERSHIP)),
    ("checkMemberObjects", "ids", "Act", Tested(MEMBERSHIP)),
    ("getMemberGroups", "securityEnabledOnly", "Act", Tested(MEMBERSHIP)),
    ("getMemberObjects", "securityEnabledOnly", "Act", Tested(MEMBERSHIP)),
    ("getByIds", "ids", "Act", Tested("directory_objects_say_what_they_are")),
    ("getByIds", "types", "Act", Tested("directory_objects_say_what_they_are")),
    ("moveToCatalog", "catalogId", "Act", Tested("a_package_moves")),
    ("restore", "autoReconcileProxyConflict", "Act", Rule("`autoReconcileProxyConflict` of `restore`")),
    ("restore", "newUserPrincipalName", "Act", Tested("on_beta_whoever_comes_back_may_take_another_name")),
];
