//! The documents that clients read before they log in. Every address in them is made from `base`,
//! scheme and host as the client called us, so that all works under any name (clients.md, section 1).

use super::mint::issuer;
use serde_json::{Value, json};

/// `/{tenant}/v2.0/.well-known/openid-configuration`.
///
/// `segment` is the tenant as it stood in the path, so that clients stay on the path they chose;
/// `tenant` is its id, or none for `common` and `organizations`, whose issuer differs by token.
pub fn openid_configuration(base: &str, segment: &str, tenant: Option<uuid::Uuid>) -> Value {
    let tenant = tenant.map_or_else(|| "{tenantid}".to_owned(), |tenant| tenant.to_string());
    json!({
        "token_endpoint": format!("{base}/{segment}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "jwks_uri": format!("{base}/{segment}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issuer(base, &tenant),
        "request_uri_parameter_supported": false,
        "authorization_endpoint": format!("{base}/{segment}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{base}/{segment}/oauth2/v2.0/devicecode"),
        "code_challenge_methods_supported": ["plain", "S256"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver", "oid",
        ],
        "msgraph_host": host(base),
        "cloud_instance_name": host(base),
    })
}

/// `/common/discovery/instance`. MSAL takes the aliases as one cloud.
pub fn instance_discovery(base: &str, segment: &str) -> Value {
    json!({
        "tenant_discovery_endpoint": format!("{base}/{segment}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{ "preferred_network": host(base), "preferred_cache": host(base), "aliases": [host(base)] }],
    })
}

/// `/common/userrealm/{upn}`: every user logs in here, with a password of ours.
pub fn user_realm(base: &str, user_principal_name: &str) -> Value {
    json!({
        "ver": "1.0",
        "account_type": "Managed",
        "domain_name": user_principal_name.rsplit('@').next().unwrap_or_default(),
        "cloud_instance_name": host(base),
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    })
}

/// `/metadata/endpoints?api-version=2022-09-01`, as Terraform's azuread reads it: one object, not a
/// list; `loginEndpoint` without a slash at the end (clients.md, section 3).
pub fn metadata_endpoints(base: &str) -> Value {
    json!({
        "name": "Doorward",
        "portal": base,
        "authentication": {
            "loginEndpoint": base,
            "audiences": [base],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "resourceManager": base,
        "microsoftGraphResourceId": base,
        "graph": base,
        "graphAudience": base,
        "suffixes": {},
    })
}

fn host(base: &str) -> &str {
    base.split_once("://").map_or(base, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://localhost:8443";

    #[test]
    fn openid_names_what_clients_fail_without() {
        let tenant = uuid::Uuid::from_u128(7);
        let document = openid_configuration(BASE, "contoso.test", Some(tenant));
        for field in ["token_endpoint", "authorization_endpoint", "jwks_uri", "device_authorization_endpoint"] {
            assert!(document[field].as_str().unwrap().starts_with("https://localhost:8443/contoso.test/"), "{field}");
        }
        assert_eq!(document["issuer"], format!("{BASE}/{tenant}/v2.0"));
        let common = openid_configuration(BASE, "common", None);
        assert_eq!(common["issuer"], format!("{BASE}/{{tenantid}}/v2.0"));
    }

    #[test]
    fn terraform_finds_its_fields() {
        let document = metadata_endpoints(BASE);
        assert!(document.is_object());
        assert_eq!(document["authentication"]["loginEndpoint"], BASE);
        assert!(document["authentication"]["audiences"].is_array());
        for field in ["name", "resourceManager", "microsoftGraphResourceId"] {
            assert!(!document[field].as_str().unwrap().is_empty(), "{field}");
        }
        assert_eq!(instance_discovery(BASE, "t")["metadata"][0]["aliases"][0], "localhost:8443");
        assert_eq!(user_realm(BASE, "a@b.test")["domain_name"], "b.test");
        assert_eq!(user_realm(BASE, "a@b.test")["account_type"], "Managed");
    }
}
