//! Applications (registrations) and service principals (their presence in a tenant).

use super::directory::{
    APP_ID, APP_ROLE_ASSIGNMENTS, APPLICATION, MEMBER_OF, OWNED, OWNERS, SERVICE_PRINCIPAL, TOKEN_KEY,
    TRANSITIVE_MEMBER_OF,
};
use crate::def::{EntityDef, Join, PropertyDef, boolean, complex, guid, list, text, time};

const APPLICATION_PROPERTIES: &[PropertyDef] = &[
    complex("addIns", "addIn").many().only_v1(),
    complex("api", "apiApplication"),
    APP_ID,
    text("applicationTemplateId").read_only(),
    complex("appRoles", "appRole").many(),
    text("createdByAppId").read_only(),
    time("createdDateTime").column("created_at").read_only(),
    text("defaultRedirectUri"),
    text("description").column("description").unfilterable(),
    text("disabledByMicrosoftStatus").read_only(),
    text("displayName").column("display_name").folded().required(),
    text("groupMembershipClaims"),
    text("identifierUris").many().column("identifier_uris"),
    complex("info", "informationalUrl"),
    boolean("isDeviceOnlyAuthSupported"),
    boolean("isDisabled").read_only(),
    boolean("isFallbackPublicClient"),
    complex("keyCredentials", "keyCredential").many(),
    text("notes"),
    boolean("oauth2RequirePostResponse"),
    complex("optionalClaims", "optionalClaims"),
    complex("parentalControlSettings", "parentalControlSettings"),
    complex("passwordCredentials", "passwordCredential")
        .many()
        .column("password_credentials")
        .unfilterable()
        .read_only(),
    complex("publicClient", "publicClientApplication"),
    text("publisherDomain").read_only(),
    complex("requiredResourceAccess", "requiredResourceAccess").many(),
    text("samlMetadataUrl"),
    text("serviceManagementReference"),
    text("signInAudience"),
    complex("spa", "spaApplication"),
    text("tags").many(),
    TOKEN_KEY,
    text("uniqueName").column("unique_name").folded(),
    complex("web", "webApplication"),
];

const SERVICE_PRINCIPAL_PROPERTIES: &[PropertyDef] = &[
    boolean("accountEnabled").column("account_enabled"),
    complex("addIns", "addIn").many().only_v1(),
    text("alternativeNames").many(),
    text("appDescription").read_only(),
    text("appDisplayName").column("app_display_name").unfilterable().read_only(),
    APP_ID.create_once(),
    text("applicationTemplateId").read_only(),
    guid("appOwnerOrganizationId").read_only(),
    boolean("appRoleAssignmentRequired").column("app_role_assignment_required").unfilterable(),
    complex("appRoles", "appRole").many(),
    text("createdByAppId").read_only(),
    text("description").column("description").unfilterable(),
    text("disabledByMicrosoftStatus").read_only(),
    text("displayName").column("display_name").folded(),
    text("errorUrl").only_beta(),
    text("homepage"),
    complex("info", "informationalUrl"),
    boolean("isDisabled").read_only(),
    complex("keyCredentials", "keyCredential").many(),
    text("loginUrl"),
    text("logoutUrl"),
    text("notes"),
    text("notificationEmailAddresses").many(),
    complex("oauth2PermissionScopes", "permissionScope").beta("publishedPermissionScopes").many(),
    complex("passwordCredentials", "passwordCredential")
        .many()
        .column("password_credentials")
        .unfilterable()
        .read_only(),
    text("preferredSingleSignOnMode"),
    time("preferredTokenSigningKeyEndDateTime").only_beta().read_only(),
    text("preferredTokenSigningKeyThumbprint"),
    text("publisherName").only_beta().read_only(),
    text("replyUrls").many(),
    text("samlMetadataUrl").only_beta(),
    text("servicePrincipalNames").many().column("service_principal_names"),
    text("servicePrincipalType").column("service_principal_type").unfilterable(),
    text("signInAudience").read_only(),
    text("tags").many(),
    TOKEN_KEY,
];

pub const ENTITIES: &[EntityDef] = &[
    EntityDef::new("application", Some("directoryObject"))
        .open()
        .directory(Some(APPLICATION))
        .properties(APPLICATION_PROPERTIES)
        .navigations(&[list("owners", "directoryObject", OWNERS).bindable()])
        .keys(&["appId", "uniqueName"], None)
        .search(&["displayName"]),
    EntityDef::new("servicePrincipal", Some("directoryObject"))
        .open()
        .directory(Some(SERVICE_PRINCIPAL))
        .properties(SERVICE_PRINCIPAL_PROPERTIES)
        .navigations(&[
            list("appRoleAssignedTo", "appRoleAssignment", Join::Back { column: "resource_id" }).contained(),
            APP_ROLE_ASSIGNMENTS,
            list("memberOf", "directoryObject", MEMBER_OF),
            list("ownedObjects", "directoryObject", OWNED),
            list("owners", "directoryObject", OWNERS).bindable(),
            list("transitiveMemberOf", "directoryObject", TRANSITIVE_MEMBER_OF),
        ])
        .keys(&["appId"], None)
        .search(&["displayName"]),
    // No directory object here: nothing but these navigations leads to it.
    EntityDef::new("appRoleAssignment", Some("entity")).table("app_role_grant").properties(&[
        guid("appRoleId").column("app_role_id").create_once(),
        time("createdDateTime").column("created_at").read_only(),
        time("deletedDateTime").column("deleted_at").unfilterable().read_only(),
        text("principalDisplayName").column("principal_display_name").folded().read_only(),
        guid("principalId").column("principal_id").create_once(),
        text("principalType").column("principal_type").unfilterable().read_only(),
        text("resourceDisplayName").column("resource_display_name").folded().read_only(),
        guid("resourceId").column("resource_id").create_once(),
    ]),
];
