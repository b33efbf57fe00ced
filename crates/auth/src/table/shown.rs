//! What a lesser permission shows, or lets be set, by core names: lists for `table.rs`. `id` stands in every list
//! of what is shown. It must never say who has the permission.

/// "Limited information returned for inaccessible member objects": the object is there, no more.
pub(super) const ID_ONLY: &[&str] = &["id", "deletedDateTime"];
pub(super) const USER_BASIC: &[&str] =
    &["id", "displayName", "givenName", "surname", "mail", "userPrincipalName", "securityIdentifier"];
/// What a user may set on their own account with User.ReadWrite (Graph: "update user").
pub(super) const USER_SELF: &[&str] = &[
    "aboutMe",
    "birthday",
    "hireDate",
    "interests",
    "mobilePhone",
    "mySite",
    "pastProjects",
    "preferredLanguage",
    "preferredName",
    "responsibilities",
    "schools",
    "skills",
];
pub(super) const USER_IDENTITIES: &[&str] = &["identities"];
pub(super) const GROUP_BASIC: &[&str] = &[
    "id",
    "deletedDateTime",
    "classification",
    "createdDateTime",
    "description",
    "displayName",
    "expirationDateTime",
    "groupTypes",
    "isAssignableToRole",
    "mail",
    "mailEnabled",
    "mailNickname",
    "membershipRule",
    "membershipRuleProcessingState",
    "proxyAddresses",
    "renewedDateTime",
    "securityEnabled",
    "securityIdentifier",
    "uniqueName",
    "visibility",
];
/// Of objects of any kind: enough to show a list of names.
pub(super) const MIXED_BASIC: &[&str] = &[
    "id",
    "deletedDateTime",
    "displayName",
    "description",
    "mail",
    "mailEnabled",
    "securityEnabled",
    "groupTypes",
    "visibility",
    "givenName",
    "surname",
    "userPrincipalName",
    "appId",
    "servicePrincipalType",
];
