//! The documents that clients read before a login.

use super::support::{APP, SECRET};
use super::support::{GRAPH, TENANT, application, post, refusal};
use serde_json::json;
use testkit::{on_each_engine, on_sqlite};

#[test]
fn openid_configuration_by_every_name_of_the_tenant() {
    on_sqlite(async |house| {
        let id = TENANT.to_string();
        for segment in [id.as_str(), "doorward.test", "common", "organizations"] {
            for path in ["v2.0/.well-known/openid-configuration", ".well-known/openid-configuration"] {
                let document = house.nobody().get(&format!("/{segment}/{path}")).await.expect(200).json;
                let base = format!("{}/{segment}", house.url());
                assert_eq!(document["token_endpoint"], format!("{base}/oauth2/v2.0/token"));
                assert_eq!(document["authorization_endpoint"], format!("{base}/oauth2/v2.0/authorize"));
                assert_eq!(document["device_authorization_endpoint"], format!("{base}/oauth2/v2.0/devicecode"));
                assert_eq!(document["jwks_uri"], format!("{base}/discovery/v2.0/keys"));
                let issuer = if segment.contains(['-', '.']) { id.as_str() } else { "{tenantid}" };
                assert_eq!(document["issuer"], format!("{}/{issuer}/v2.0", house.url()));
            }
        }
    });
}

#[test]
fn addresses_follow_the_name_that_the_caller_used() {
    on_sqlite(async |house| {
        let nobody = house.nobody().with("host", "login.example:8443");
        let document = nobody.get("/common/v2.0/.well-known/openid-configuration").await.expect(200).json;
        assert_eq!(document["token_endpoint"], "http://login.example:8443/common/oauth2/v2.0/token");
    });
}

#[test]
fn a_tenant_by_each_of_its_names_and_no_other() {
    on_each_engine(async |house| {
        let id = TENANT.to_string();
        for segment in [id.as_str(), "doorward.test", "DOORWARD.test", "common", "organizations"] {
            let path = format!("/{segment}/oauth2/v2.0/token");
            let answer = post(&house.nobody(), &path, &application(APP, SECRET, GRAPH)).await;
            assert_eq!(answer.status, 200, "{segment} {}", answer.text());
        }
        for path in ["/nobody.test/v2.0/.well-known/openid-configuration", "/nobody.test/discovery/v2.0/keys"] {
            let answer = house.nobody().get(path).await;
            assert_eq!(refusal(&answer), (400, "invalid_request", 90_002), "{path}");
        }
        for segment in ["nobody.test", "consumers", "99999999-9999-4999-8999-999999999999"] {
            let path = format!("/{segment}/oauth2/v2.0/token");
            let answer = post(&house.nobody(), &path, &application(APP, SECRET, GRAPH)).await;
            assert_eq!(refusal(&answer).2, 90_002, "{segment}");
        }
        // A client of one tenant is nobody in another.
        let answer = post(&house.nobody(), "/other.test/oauth2/v2.0/token", &application(APP, SECRET, GRAPH)).await;
        assert_eq!(refusal(&answer).2, 700_016);
    });
}

#[test]
fn keys_are_public_halves_only() {
    on_each_engine(async |house| {
        for segment in ["common", "doorward.test", "other.test"] {
            for path in ["discovery/v2.0/keys", "discovery/keys"] {
                let document = house.nobody().get(&format!("/{segment}/{path}")).await.expect(200).json;
                let key = &document["keys"][0];
                assert_eq!((&key["kty"], &key["use"], &key["alg"]), (&json!("RSA"), &json!("sig"), &json!("RS256")));
                for private in ["d", "p", "q", "dp", "dq", "qi"] {
                    assert!(key.get(private).is_none(), "{private}");
                }
            }
        }
    });
}

#[test]
fn what_msal_and_terraform_ask_besides() {
    on_sqlite(async |house| {
        let nobody = house.nobody();
        let endpoint = format!("{}/doorward.test/oauth2/v2.0/authorize", house.url());
        let path = format!("/common/discovery/instance?api-version=1.0&authorization_endpoint={endpoint}");
        let discovery = format!("{}/doorward.test/v2.0/.well-known/openid-configuration", house.url());
        assert_eq!(nobody.get(&path).await.expect(200).json["tenant_discovery_endpoint"], discovery);

        let realm = nobody.get("/common/userrealm/ada@doorward.test?api-version=1.0").await.expect(200).json;
        assert_eq!(realm["account_type"], "Managed");
        // Whoever it is: only the domain counts.
        nobody.get("/common/userrealm/nobody@doorward.test").await.expect(200);
        for unknown in ["ada@elsewhere.test", "ada", "ada@common"] {
            assert_eq!(nobody.get(&format!("/common/userrealm/{unknown}")).await.status, 404, "{unknown}");
        }

        let document = nobody.get("/metadata/endpoints?api-version=2022-09-01").await.expect(200).json;
        assert!(document.is_object());
        assert_eq!(document["microsoftGraphResourceId"], house.url());
        assert_eq!(document["authentication"]["loginEndpoint"], house.url());
    });
}
