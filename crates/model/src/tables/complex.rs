//! Complex types: values that travel inside an entity.

use crate::def::{ComplexDef, boolean, choice, complex, complex_type, guid, integer, primitive, text, time};
use odata::schema::Primitive;

/// Shapes that both surfaces share.
pub const BOTH: &[ComplexDef] = &[
    complex_type("addIn", &[guid("id"), complex("properties", "keyValue").many(), text("type")]),
    complex_type(
        "apiApplication",
        &[
            boolean("acceptMappedClaims"),
            guid("knownClientApplications").many(),
            complex("oauth2PermissionScopes", "permissionScope").many(),
            complex("preAuthorizedApplications", "preAuthorizedApplication").many(),
            integer("requestedAccessTokenVersion"),
        ],
    ),
    complex_type(
        "appRole",
        &[
            text("allowedMemberTypes").many(),
            text("description"),
            text("displayName"),
            guid("id").not_null(),
            boolean("isEnabled").not_null(),
            text("origin"),
            text("value"),
        ],
    ),
    complex_type(
        "appIdentity",
        &[text("appId"), text("displayName"), text("servicePrincipalId"), text("servicePrincipalName")],
    ),
    complex_type("assignedLicense", &[guid("disabledPlans").many(), guid("skuId")]),
    complex_type("auditActivityInitiator", &[complex("app", "appIdentity"), complex("user", "userIdentity")]),
    complex_type("employeeOrgData", &[text("costCenter"), text("division")]),
    complex_type(
        "customExtensionCalloutInstance",
        &[text("customExtensionId"), text("detail"), text("externalCorrelationId"), text("id"), text("status")],
    ),
    complex_type("identity", &[text("displayName"), text("id")]),
    complex_type("implicitGrantSettings", &[boolean("enableAccessTokenIssuance"), boolean("enableIdTokenIssuance")]),
    complex_type(
        "informationalUrl",
        &[
            text("logoUrl"),
            text("marketingUrl"),
            text("privacyStatementUrl"),
            text("supportUrl"),
            text("termsOfServiceUrl"),
        ],
    ),
    complex_type(
        "keyCredential",
        &[
            primitive("customKeyIdentifier", Primitive::Binary),
            text("displayName"),
            time("endDateTime"),
            primitive("key", Primitive::Binary),
            guid("keyId"),
            time("startDateTime"),
            text("type"),
            text("usage"),
        ],
    ),
    complex_type("keyValue", &[text("key"), text("value")]),
    complex_type("modifiedProperty", &[text("displayName"), text("newValue"), text("oldValue")]),
    complex_type("objectIdentity", &[text("issuer"), text("issuerAssignedId"), text("signInType")]),
    complex_type(
        "onPremisesExtensionAttributes",
        &[
            text("extensionAttribute1"),
            text("extensionAttribute2"),
            text("extensionAttribute3"),
            text("extensionAttribute4"),
            text("extensionAttribute5"),
            text("extensionAttribute6"),
            text("extensionAttribute7"),
            text("extensionAttribute8"),
            text("extensionAttribute9"),
            text("extensionAttribute10"),
            text("extensionAttribute11"),
            text("extensionAttribute12"),
            text("extensionAttribute13"),
            text("extensionAttribute14"),
            text("extensionAttribute15"),
        ],
    ),
    complex_type(
        "optionalClaim",
        &[text("additionalProperties").many(), boolean("essential"), text("name"), text("source")],
    ),
    complex_type(
        "optionalClaims",
        &[
            complex("accessToken", "optionalClaim").many(),
            complex("idToken", "optionalClaim").many(),
            complex("saml2Token", "optionalClaim").many(),
        ],
    ),
    complex_type("parentalControlSettings", &[text("countriesBlockedForMinors").many(), text("legalAgeGroupRule")]),
    complex_type(
        "passwordCredential",
        &[
            primitive("customKeyIdentifier", Primitive::Binary),
            text("displayName"),
            time("endDateTime"),
            text("hint"),
            guid("keyId"),
            text("secretText"),
            time("startDateTime"),
        ],
    ),
    complex_type(
        "passwordProfile",
        &[boolean("forceChangePasswordNextSignIn"), boolean("forceChangePasswordNextSignInWithMfa"), text("password")],
    ),
    complex_type(
        "permissionScope",
        &[
            text("adminConsentDescription"),
            text("adminConsentDisplayName"),
            guid("id").not_null(),
            boolean("isEnabled").not_null(),
            text("origin"),
            text("type"),
            text("userConsentDescription"),
            text("userConsentDisplayName"),
            text("value"),
        ],
    ),
    complex_type("preAuthorizedApplication", &[text("appId"), text("delegatedPermissionIds").many()]),
    complex_type("publicClientApplication", &[text("redirectUris").many()]),
    complex_type("redirectUriSettings", &[integer("index"), text("uri")]),
    complex_type(
        "requiredResourceAccess",
        &[complex("resourceAccess", "resourceAccess").many(), text("resourceAppId")],
    ),
    complex_type("resourceAccess", &[guid("id").not_null(), text("type")]),
    complex_type("spaApplication", &[text("redirectUris").many()]),
    complex_type(
        "targetResource",
        &[
            text("displayName"),
            choice("groupType", "groupType"),
            text("id"),
            complex("modifiedProperties", "modifiedProperty").many(),
            text("type"),
            text("userPrincipalName"),
        ],
    ),
    complex_type(
        "unifiedRolePermission",
        &[text("allowedResourceActions").many(), text("condition"), text("excludedResourceActions").many()],
    ),
    complex_type("userIdentity", &[text("displayName"), text("id"), text("ipAddress"), text("userPrincipalName")]),
    complex_type(
        "verifiedDomain",
        &[text("capabilities"), boolean("isDefault"), boolean("isInitial"), text("name"), text("type")],
    ),
    complex_type(
        "webApplication",
        &[
            text("homePageUrl"),
            complex("implicitGrantSettings", "implicitGrantSettings"),
            text("logoutUrl"),
            text("redirectUris").many(),
            complex("redirectUriSettings", "redirectUriSettings").many(),
        ],
    ),
];

pub const V1: &[ComplexDef] = &[];
pub const BETA: &[ComplexDef] = &[];
