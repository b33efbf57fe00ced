//! The documents that clients read before a login.

use crate::support::{APP, Server, TENANT};
use serde_json::json;

#[tokio::test]
async fn openid_configuration_by_every_name_of_the_tenant() {
    let server = Server::start().await;
    let id = TENANT.to_string();
    for segment in [id.as_str(), "doorward.test", "common", "organizations"] {
        for path in ["v2.0/.well-known/openid-configuration", ".well-known/openid-configuration"] {
            let (status, document) = server.get(&format!("/{segment}/{path}")).await;
            assert_eq!(status, 200, "{segment} {document}");
            let base = format!("{}/{segment}", server.base);
            assert_eq!(document["token_endpoint"], format!("{base}/oauth2/v2.0/token"));
            assert_eq!(document["authorization_endpoint"], format!("{base}/oauth2/v2.0/authorize"));
            assert_eq!(document["device_authorization_endpoint"], format!("{base}/oauth2/v2.0/devicecode"));
            assert_eq!(document["jwks_uri"], format!("{base}/discovery/v2.0/keys"));
            let issuer = if segment.contains('-') || segment.contains('.') { id.as_str() } else { "{tenantid}" };
            assert_eq!(document["issuer"], format!("{}/{issuer}/v2.0", server.base));
        }
    }
}

#[tokio::test]
async fn addresses_follow_the_name_that_the_caller_used() {
    let server = Server::start().await;
    let request = server.http.get(server.url("/common/v2.0/.well-known/openid-configuration"));
    let document: serde_json::Value =
        request.header("Host", "login.example:8443").send().await.unwrap().json().await.unwrap();
    assert_eq!(document["token_endpoint"], "http://login.example:8443/common/oauth2/v2.0/token");
}

#[tokio::test]
async fn unknown_tenants_are_named() {
    let server = Server::start().await;
    for path in ["/nobody.test/v2.0/.well-known/openid-configuration", "/nobody.test/discovery/v2.0/keys"] {
        assert_eq!(crate::support::refusal(server.get(path).await), (400, "invalid_request".into(), 90_002), "{path}");
    }
    let form = [("grant_type", "client_credentials"), ("client_id", APP), ("scope", crate::support::GRAPH)];
    assert_eq!(crate::support::refusal(server.token_of("nobody.test", &form).await).2, 90_002);
}

#[tokio::test]
async fn keys_are_public_halves_only() {
    let server = Server::start().await;
    for segment in ["common", "doorward.test"] {
        for path in ["discovery/v2.0/keys", "discovery/keys"] {
            let (status, document) = server.get(&format!("/{segment}/{path}")).await;
            assert_eq!(status, 200);
            let key = &document["keys"][0];
            assert_eq!((&key["kty"], &key["use"], &key["alg"]), (&json!("RSA"), &json!("sig"), &json!("RS256")));
            for private in ["d", "p", "q", "dp", "dq", "qi"] {
                assert!(key.get(private).is_none(), "{private}");
            }
        }
    }
}

#[tokio::test]
async fn what_msal_and_terraform_ask_besides() {
    let server = Server::start().await;
    let endpoint = format!("{}/doorward.test/oauth2/v2.0/authorize", server.base);
    let path = format!("/common/discovery/instance?api-version=1.0&authorization_endpoint={endpoint}");
    let (_, document) = server.get(&path).await;
    let discovery = format!("{}/doorward.test/v2.0/.well-known/openid-configuration", server.base);
    assert_eq!(document["tenant_discovery_endpoint"], discovery);

    let (status, realm) = server.get("/common/userrealm/ada@doorward.test?api-version=1.0").await;
    assert_eq!((status.as_u16(), &realm["account_type"]), (200, &json!("Managed")));
    // Whoever it is: only the domain counts.
    assert_eq!(server.get("/common/userrealm/nobody@doorward.test").await.0, 200);
    for unknown in ["ada@elsewhere.test", "ada", "ada@common"] {
        assert_eq!(server.get(&format!("/common/userrealm/{unknown}")).await.0, 404, "{unknown}");
    }

    let (_, document) = server.get("/metadata/endpoints?api-version=2022-09-01").await;
    assert!(document.is_object());
    assert_eq!(document["microsoftGraphResourceId"], server.base);
    assert_eq!(document["authentication"]["loginEndpoint"], server.base);
}
