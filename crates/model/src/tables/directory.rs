//! The directory's people and groups. All directory objects share one table, so that a collection
//! of mixed kinds is one query.

use crate::def::{EntityDef, Join, NavigationDef, PropertyDef, boolean, complex, guid, integer, list, one, text, time};

/// Values of `directory_object.kind`.
pub const USER: i64 = 1;
pub const GROUP: i64 = 2;
pub const SERVICE_PRINCIPAL: i64 = 3;
pub const APPLICATION: i64 = 4;

pub(super) const MEMBER_OF: Join = Join::Link { table: "membership", near: "member_id", far: "group_id" };
pub(super) const TRANSITIVE_MEMBER_OF: Join = Join::Reach { table: "membership", near: "member_id", far: "group_id" };
pub(super) const MEMBERS: Join = Join::Link { table: "membership", near: "group_id", far: "member_id" };
pub(super) const TRANSITIVE_MEMBERS: Join = Join::Reach { table: "membership", near: "group_id", far: "member_id" };
pub(super) const OWNERS: Join = Join::Link { table: "ownership", near: "object_id", far: "owner_id" };
pub(super) const OWNED: Join = Join::Link { table: "ownership", near: "owner_id", far: "object_id" };
const SPONSORS: Join = Join::Link { table: "sponsorship", near: "user_id", far: "sponsor_id" };

pub(super) const APP_ROLE_ASSIGNMENTS: NavigationDef =
    list("appRoleAssignments", "appRoleAssignment", Join::Back { column: "principal_id" }).contained();

const USER_PROPERTIES: &[PropertyDef] = &[
    text("aboutMe").on_request(),
    boolean("accountEnabled").column("account_enabled").on_request().required(),
    text("ageGroup").on_request(),
    complex("assignedLicenses", "assignedLicense").many().read_only().on_request(),
    time("birthday").on_request(),
    text("businessPhones").many(),
    text("city").column("city").folded().on_request(),
    text("companyName").column("company_name").folded().on_request(),
    text("consentProvidedForMinor").on_request(),
    text("country").column("country").folded().on_request(),
    time("createdDateTime").column("created_at").read_only().on_request(),
    text("creationType").read_only().on_request(),
    text("department").column("department").folded().on_request(),
    integer("deviceEnrollmentLimit").on_request(),
    text("displayName").column("display_name").folded().required(),
    time("employeeHireDate").on_request(),
    text("employeeId").column("employee_id").folded().on_request(),
    time("employeeLeaveDateTime").on_request(),
    complex("employeeOrgData", "employeeOrgData").on_request(),
    text("employeeType").on_request(),
    text("externalUserState").on_request(),
    time("externalUserStateChangeDateTime").on_request(),
    text("faxNumber").on_request(),
    text("givenName").column("given_name").folded(),
    time("hireDate").on_request(),
    complex("identities", "objectIdentity").many().on_request(),
    text("identityParentId").read_only().on_request(),
    text("imAddresses").many().read_only().on_request(),
    text("interests").many().on_request(),
    boolean("isManagementRestricted").read_only().on_request(),
    boolean("isResourceAccount").on_request(),
    text("jobTitle").column("job_title").folded(),
    time("lastPasswordChangeDateTime").read_only().on_request(),
    text("legalAgeGroupClassification").read_only().on_request(),
    text("mail").column("mail").folded(),
    text("mailNickname").column("mail_nickname").folded().required().on_request(),
    text("mobilePhone"),
    text("mySite").on_request(),
    text("officeLocation").column("office_location").folded(),
    text("onPremisesDistinguishedName").on_request(),
    text("onPremisesDomainName").on_request(),
    complex("onPremisesExtensionAttributes", "onPremisesExtensionAttributes").on_request(),
    text("onPremisesImmutableId").on_request(),
    time("onPremisesLastSyncDateTime").read_only().on_request(),
    text("onPremisesSamAccountName").on_request(),
    text("onPremisesSecurityIdentifier").on_request(),
    boolean("onPremisesSyncEnabled").read_only().on_request(),
    text("onPremisesUserPrincipalName").on_request(),
    text("otherMails").many().on_request(),
    text("passwordPolicies").on_request(),
    complex("passwordProfile", "passwordProfile").elsewhere().write_only().on_request(),
    text("pastProjects").many().on_request(),
    text("postalCode").on_request(),
    text("preferredDataLocation").on_request(),
    text("preferredLanguage"),
    text("preferredName").on_request(),
    text("proxyAddresses").many().read_only().on_request(),
    time("refreshTokensValidFromDateTime").only_beta().read_only().on_request(),
    text("responsibilities").many().on_request(),
    text("schools").many().on_request(),
    text("securityIdentifier").read_only().on_request(),
    boolean("showInAddressList").on_request(),
    time("signInSessionsValidFromDateTime").read_only().on_request(),
    text("skills").many().on_request(),
    text("state").on_request(),
    text("streetAddress").on_request(),
    text("surname").column("surname").folded(),
    text("usageLocation").column("usage_location").folded().on_request(),
    text("userPrincipalName").column("user_principal_name").folded().required(),
    text("userType").column("user_type").folded().on_request(),
];

const USER_NAVIGATIONS: &[NavigationDef] = &[
    APP_ROLE_ASSIGNMENTS,
    list("directReports", "directoryObject", Join::Back { column: "manager_id" }),
    one("manager", "directoryObject", Join::Forward { column: "manager_id" }).bindable(),
    list("memberOf", "directoryObject", MEMBER_OF),
    list("ownedObjects", "directoryObject", OWNED),
    list("sponsors", "directoryObject", SPONSORS).bindable(),
    list("transitiveMemberOf", "directoryObject", TRANSITIVE_MEMBER_OF),
];

const GROUP_PROPERTIES: &[PropertyDef] = &[
    boolean("allowExternalSenders").on_request(),
    boolean("autoSubscribeNewMembers").on_request(),
    text("classification"),
    text("createdByAppId").only_beta().read_only(),
    time("createdDateTime").column("created_at").read_only(),
    text("description").column("description").unfilterable(),
    text("displayName").column("display_name").folded().required(),
    time("expirationDateTime").read_only(),
    text("groupTypes").many().column("group_types"),
    boolean("hasMembersWithLicenseErrors").read_only().on_request(),
    boolean("hideFromAddressLists").on_request(),
    boolean("hideFromOutlookClients").on_request(),
    text("infoCatalogs").many().read_only().on_request(),
    boolean("isArchived").read_only().on_request(),
    boolean("isAssignableToRole").column("is_assignable_to_role").create_only(),
    boolean("isManagementRestricted").read_only().on_request(),
    boolean("isSubscribedByMail").on_request(),
    text("mail").column("mail").folded().read_only(),
    boolean("mailEnabled").column("mail_enabled").required(),
    text("mailNickname").column("mail_nickname").folded().required(),
    text("membershipRule").column("membership_rule").unfilterable(),
    text("membershipRuleProcessingState"),
    text("onPremisesDomainName").read_only(),
    time("onPremisesLastSyncDateTime").read_only(),
    text("onPremisesNetBiosName").read_only(),
    text("onPremisesSamAccountName").read_only(),
    text("onPremisesSecurityIdentifier").read_only(),
    boolean("onPremisesSyncEnabled").read_only(),
    text("organizationId").read_only().on_request(),
    text("preferredDataLocation"),
    text("preferredLanguage"),
    text("proxyAddresses").many().read_only(),
    time("renewedDateTime").read_only(),
    text("resourceBehaviorOptions").many().create_only(),
    text("resourceProvisioningOptions").many(),
    boolean("securityEnabled").column("security_enabled").required(),
    text("securityIdentifier").read_only(),
    text("theme"),
    text("uniqueName").column("unique_name").folded(),
    integer("unseenConversationsCount").read_only().on_request(),
    integer("unseenCount").read_only().on_request(),
    integer("unseenMessagesCount").only_v1().read_only().on_request(),
    text("visibility").column("visibility").unfilterable(),
    boolean("welcomeMessageEnabled").on_request(),
];

const GROUP_NAVIGATIONS: &[NavigationDef] = &[
    APP_ROLE_ASSIGNMENTS,
    list("memberOf", "directoryObject", MEMBER_OF),
    list("members", "directoryObject", MEMBERS).bindable(),
    list("owners", "directoryObject", OWNERS).bindable(),
    list("transitiveMemberOf", "directoryObject", TRANSITIVE_MEMBER_OF),
    list("transitiveMembers", "directoryObject", TRANSITIVE_MEMBERS),
];

pub const ENTITIES: &[EntityDef] = &[
    EntityDef::new("directoryObject", Some("entity"))
        .open()
        .directory(None)
        .properties(&[time("deletedDateTime").column("deleted_at").unfilterable().read_only().on_request()])
        .search(&["displayName", "description", "mail", "userPrincipalName"]),
    EntityDef::new("user", Some("directoryObject"))
        .open()
        .directory(Some(USER))
        .properties(USER_PROPERTIES)
        .navigations(USER_NAVIGATIONS)
        .keys(&["userPrincipalName"], Some("userPrincipalName"))
        .search(&["displayName", "givenName", "surname", "mail", "userPrincipalName"]),
    EntityDef::new("group", Some("directoryObject"))
        .open()
        .directory(Some(GROUP))
        .properties(GROUP_PROPERTIES)
        .navigations(GROUP_NAVIGATIONS)
        .keys(&["uniqueName"], None)
        .search(&["displayName", "description", "mail", "mailNickname"]),
];

/// Ids of what a service principal or an application shows; kept beside the people for one reader.
pub(super) const APP_ID: PropertyDef = text("appId").column("app_id").as_uuid().read_only();
pub(super) const TOKEN_KEY: PropertyDef = guid("tokenEncryptionKeyId");
