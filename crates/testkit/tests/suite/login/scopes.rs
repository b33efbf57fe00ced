//! `openid`, `profile`, `email` and `offline_access` beside other scopes, in any order, at every grant:
//! MSAL for Go and for Java send them with all of them, client credentials included.

use super::code::{code, redeem};
use super::device::{decide, poll, start_with, type_in};
use super::support::*;
use serde_json::Value;
use testkit::{House, on_each_engine};

const ORDERS: [&str; 4] = [
    "https://graph.microsoft.com/.default openid profile offline_access",
    "openid profile offline_access https://graph.microsoft.com/.default",
    "offline_access https://graph.microsoft.com/.default email profile openid",
    "profile openid https://graph.microsoft.com/.default offline_access",
];

#[test]
fn client_credentials_with_sign_in_scopes_get_an_application_token_alone() {
    on_each_engine(async |house| {
        let roles = async |scope: &str| {
            let body = granted(token(house, &application(APP, SECRET, scope)).await);
            for absent in ["refresh_token", "id_token", "client_info"] {
                assert!(body.get(absent).is_none(), "{absent} for {scope}");
            }
            let claims = claims(&text(&body, "access_token"));
            assert!(claims.get("scp").is_none(), "{scope}");
            claims["roles"].clone()
        };
        let alone = roles(GRAPH).await;

        for scope in ORDERS {
            assert_eq!(roles(scope).await, alone, "{scope}");
        }

        for scope in [
            "openid",
            "openid profile offline_access email",
            "openid https://graph.microsoft.com/User.Read",
            "https://graph.microsoft.com/.default openid User.Read",
            "https://graph.microsoft.com/.default openid address",
            "https://graph.microsoft.com/.default https://localhost/.default",
        ] {
            let answer = token(house, &application(APP, SECRET, scope)).await;
            assert_eq!(refusal(&answer), (400, "invalid_scope", 1_002_012), "{scope}");
        }
        let elsewhere = application(APP, SECRET, "openid https://evil.test/.default");
        assert_eq!(refusal(&token(house, &elsewhere).await), (400, "invalid_resource", 500_011));
    });
}

/// What every user's grant gives for these scopes.
async fn answers(house: &House, scope: &str) -> Vec<(&'static str, Value)> {
    let code = code(house, &[("scope", scope)]).await;
    let by_code = granted(token(house, &redeem(&code, &[("scope", scope)])).await);

    let device = start_with(house, scope).await;
    let page = type_in(house, &text(&device, "user_code")).await;
    decide(house, &sealed(&page), "ada@doorward.test", PASSWORD, "approve").await;
    let device = text(&device, "device_code");
    let mut form = poll(&device);
    form.push(("scope", scope));
    let by_device = granted(token(house, &form).await);

    let again = text(&by_code, "refresh_token");
    let by_refresh = granted(token(house, &refresh(&again, &[("client_id", APP), ("scope", scope)])).await);
    vec![
        ("password", login(house, "ada@doorward.test", scope).await),
        ("code", by_code),
        ("device", by_device),
        ("refresh", by_refresh),
    ]
}

#[test]
fn users_grants_with_sign_in_scopes_in_any_order_get_all_three_tokens() {
    on_each_engine(async |house| {
        let sorted = |body: &Value| {
            let scopes = text(&claims(&text(body, "access_token")), "scp");
            let mut names: Vec<String> = scopes.split(' ').map(str::to_owned).collect();
            names.retain(|name| name != "email");
            names.sort();
            names
        };
        let expected = sorted(&login(house, "ada@doorward.test", ORDERS[0]).await);
        assert!(expected.iter().any(|name| name == "User.Read"), "{expected:?}");

        for scope in ORDERS {
            for (grant, body) in answers(house, scope).await {
                assert_eq!(sorted(&body), expected, "{grant}: {scope}");
                for present in ["refresh_token", "id_token", "client_info"] {
                    assert!(body[present].is_string(), "{present} at {grant}: {scope}");
                }
            }
        }
    });
}
