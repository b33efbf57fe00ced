//! The token endpoint: applications, passwords, refresh tokens, and every refusal.

use crate::support::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

fn application<'a>(client: &'a str, secret: &'a str, scope: &'a str) -> [(&'a str, &'a str); 4] {
    [("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret), ("scope", scope)]
}

#[tokio::test]
async fn an_application_gets_its_roles() {
    let server = Server::start().await.with_clients().await;
    let port = server.base.rsplit(':').next().unwrap();
    for scope in
        [GRAPH.to_owned(), "https://localhost/.default".to_owned(), format!("https://localhost:{port}/.default")]
    {
        let (status, body) = server.token(&application(APP, SECRET, &scope)).await;
        assert_eq!(status, 200, "{scope} {body}");
        assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
        assert_eq!(body["ext_expires_in"], 3600);
        for absent in ["refresh_token", "id_token", "client_info"] {
            assert!(body.get(absent).is_none(), "{absent}");
        }
        let token = text(&body, "access_token");
        assert_eq!(server.graph(&token, "/v1.0/users").await.0, 200);
        let claims = claims(&token);
        assert_eq!(claims["aud"], "https://graph.microsoft.com");
        assert_eq!(claims["iss"], format!("{}/{TENANT}/v2.0", server.base));
        assert_eq!((&claims["idtyp"], &claims["tid"]), (&json!("app"), &json!(TENANT)));
        assert!(claims["roles"].as_array().unwrap().contains(&json!("EntitlementManagement.ReadWrite.All")));
        assert!(claims["app_displayname"].is_string() && claims["exp"].is_i64());
        let path = format!("/v1.0/servicePrincipals/{}", claims["oid"].as_str().unwrap());
        assert_eq!(server.graph(&token, &path).await.0, 200);
    }
    let (_, body) = server.token(&application(WEB, WEB_SECRET, GRAPH)).await;
    let token = text(&body, "access_token");
    assert_eq!(claims(&token)["roles"], json!(["User.Read.All"]));
    assert_eq!(server.graph(&token, "/v1.0/users").await.0, 200);
    assert_eq!(server.graph(&token, "/v1.0/groups").await.0, 403);
}

#[tokio::test]
async fn the_secret_may_come_in_the_header_and_from_version_1() {
    let server = Server::start().await;
    let url = server.url("/doorward.test/oauth2/token?client-request-id=7");
    let form = [("grant_type", "client_credentials"), ("resource", "https://graph.microsoft.com")];
    let basic = |secret: &str| format!("Basic {}", STANDARD.encode(format!("{APP}:{secret}")));
    let request = server.http.post(&url).header("Authorization", basic(SECRET)).form(&form);
    assert_eq!(json(request).await.0, 200);
    let request = server.http.post(&url).header("Authorization", basic("wrong")).form(&form);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert!(response.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic"));
}

#[tokio::test]
async fn clients_that_are_refused() {
    let server = Server::start().await.with_clients().await;
    let unknown = "99999999-9999-4999-8999-999999999999";
    for (form, expected) in [
        (application(APP, "wrong", GRAPH).to_vec(), (401, "invalid_client", 7_000_215)),
        (application(STALE, WEB_SECRET, GRAPH).to_vec(), (401, "invalid_client", 7_000_222)),
        (application(STALE, "wrong", GRAPH).to_vec(), (401, "invalid_client", 7_000_215)),
        (application(unknown, SECRET, GRAPH).to_vec(), (400, "unauthorized_client", 700_016)),
        (application("nonsense", SECRET, GRAPH).to_vec(), (400, "unauthorized_client", 700_016)),
        (application(APP, SECRET, "User.Read").to_vec(), (400, "invalid_scope", 1_002_012)),
        (application(APP, SECRET, "https://evil.test/.default").to_vec(), (400, "invalid_resource", 500_011)),
        (application(APP, SECRET, GRAPH)[..3].to_vec(), (400, "invalid_request", 900_144)),
        (application(APP, SECRET, GRAPH)[1..].to_vec(), (400, "invalid_request", 900_144)),
        // Public, but an application on its own behalf always needs its secret.
        (
            vec![("grant_type", "client_credentials"), ("client_id", APP), ("scope", GRAPH)],
            (401, "invalid_client", 7_000_218),
        ),
        (vec![("grant_type", "implicit"), ("client_id", APP)], (400, "unsupported_grant_type", 70_003)),
        (vec![("grant_type", "a"), ("grant_type", "b")], (400, "invalid_request", 9_002_313)),
    ] {
        let (status, error, code) = expected;
        assert_eq!(server.refused(&form).await, (status, error.to_owned(), code), "{form:?}");
    }
    let assertion =
        [("grant_type", "client_credentials"), ("client_id", APP), ("scope", GRAPH), ("client_assertion", "x")];
    assert_eq!(server.refused(&assertion).await.2, 700_027);
}

#[tokio::test]
async fn a_disabled_client_gets_nothing() {
    let server = Server::start().await.with_clients().await;
    let (_, body) = server.token(&application(WEB, WEB_SECRET, GRAPH)).await;
    let principal = text(&claims(&text(&body, "access_token")), "oid");
    let url = server.url(&format!("/v1.0/servicePrincipals/{principal}"));
    let request = server.http.patch(url).bearer_auth(server.admin().await).json(&json!({ "accountEnabled": false }));
    assert_eq!(json(request).await.0, 204);
    assert_eq!(server.refused(&application(WEB, WEB_SECRET, GRAPH)).await.2, 7_000_112);
}

#[tokio::test]
async fn bodies_that_are_no_forms() {
    let server = Server::start().await;
    let url = server.url("/common/oauth2/v2.0/token");
    let post = || server.http.post(&url);
    let form = "application/x-www-form-urlencoded";
    for request in [
        post().json(&json!({ "grant_type": "client_credentials" })),
        post().body("grant_type=client_credentials"),
        post().header("Content-Type", form).body("a=%zz"),
        post().header("Content-Type", form).body(vec![0xff, 0xfe]),
        post().header("Content-Type", form).body("x".repeat(64 * 1024 + 1)),
    ] {
        assert_eq!(refusal(json(request).await), (400, "invalid_request".into(), 9_002_313));
    }
    let charset = post().header("Content-Type", "application/x-www-form-urlencoded;charset=utf-8").body("");
    assert_eq!(refusal(json(charset).await).2, 900_144);
    let response = server.http.get(&url).send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["allow"]), (405, &"POST".parse().unwrap()));
}

#[tokio::test]
async fn a_password_gives_all_that_msal_keeps() {
    let server = Server::start().await;
    let scope = "https://graph.microsoft.com/User.Read openid offline_access profile";
    let body = server.login("ada@doorward.test", scope).await;
    let token = text(&body, "access_token");
    let access = claims(&token);
    assert_eq!(access["scp"], "openid profile User.Read");
    assert_eq!((&access["upn"], &access["idtyp"]), (&json!("ada@doorward.test"), &json!("user")));
    assert_eq!(body["scope"], "https://graph.microsoft.com/User.Read openid profile");
    let id = claims(&text(&body, "id_token"));
    for field in ["iss", "aud", "exp", "iat", "sub", "oid", "tid", "preferred_username", "name", "ver"] {
        assert!(!id[field].is_null(), "{field}");
    }
    assert_eq!((&id["aud"], &id["oid"]), (&json!(APP), &access["oid"]));
    let info = claims(&format!("x.{}.x", text(&body, "client_info")));
    assert_eq!(info, json!({ "uid": access["oid"], "utid": TENANT }));
    let (status, me) = server.graph(&token, "/v1.0/me").await;
    assert_eq!((status.as_u16(), &me["userPrincipalName"]), (200, &json!("ada@doorward.test")));
    // Without openid and offline_access there is neither of their tokens.
    let body = server.login("ADA@doorward.test", "User.Read").await;
    assert!(body.get("id_token").is_none() && body.get("refresh_token").is_none());
}

#[tokio::test]
async fn passwords_that_are_refused() {
    let server = Server::start().await;
    let form = |user, password| {
        [
            ("grant_type", "password"),
            ("client_id", APP),
            ("username", user),
            ("password", password),
            ("scope", "User.Read"),
        ]
    };
    let wrong = (400, "invalid_grant".to_owned(), 50_126);
    assert_eq!(server.refused(&form("ada@doorward.test", "wrong")).await, wrong);
    assert_eq!(server.refused(&form("nobody@doorward.test", "wrong")).await, wrong);
    let (_, ben) = server.graph(&server.admin().await, "/v1.0/users/ben@doorward.test").await;
    assert_eq!(server.refused(&form(ben["id"].as_str().unwrap(), PASSWORD)).await, wrong, "an id is no user name");
    assert_eq!(server.refused(&form("ada@doorward.test", PASSWORD)[..4]).await.2, 900_144);

    // A wrong secret is refused though none would be needed.
    let mut with_secret = form("ada@doorward.test", PASSWORD).to_vec();
    with_secret.push(("client_secret", "wrong"));
    assert_eq!(server.refused(&with_secret).await.2, 7_000_215);
    with_secret.pop();
    with_secret.push(("client_secret", SECRET));
    assert_eq!(server.token(&with_secret).await.0, 200);

    set_enabled(&server, "ben@doorward.test", false).await;
    assert_eq!(server.refused(&form("ben@doorward.test", PASSWORD)).await.2, 50_057);
    assert_eq!(server.refused(&form("ben@doorward.test", "wrong")).await, wrong, "only who knows it hears of that");
}

#[tokio::test]
async fn many_wrong_passwords_lock_the_account_for_a_while() {
    let server = Server::start().await;
    let attempt = |user, password| {
        [
            ("grant_type", "password"),
            ("client_id", APP),
            ("username", user),
            ("password", password),
            ("scope", "User.Read"),
        ]
    };
    for user in ["eve@doorward.test", "nobody@doorward.test"] {
        for _ in 0..10 {
            assert_eq!(server.refused(&attempt(user, "wrong")).await.2, 50_126);
        }
        assert_eq!(server.refused(&attempt(user, PASSWORD)).await.2, 50_053);
    }
    assert_eq!(server.token(&attempt("dan@doorward.test", PASSWORD)).await.0, 200);
}

#[tokio::test]
async fn without_dev_there_is_no_password_grant_and_no_free_token() {
    let server = Server::start().await.again(false).await;
    let form = [
        ("grant_type", "password"),
        ("client_id", APP),
        ("username", "ada@doorward.test"),
        ("password", PASSWORD),
        ("scope", "User.Read"),
    ];
    assert_eq!(server.refused(&form).await.2, 70_003);
    assert_eq!(server.dev_token(&[]).await.0, 404);
    assert_eq!(server.token(&application(APP, SECRET, GRAPH)).await.0, 200);
}

fn refresh<'a>(token: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    form.extend_from_slice(more);
    form
}

#[tokio::test]
async fn refresh_tokens_rotate_and_an_old_one_ends_the_session() {
    let server = Server::start().await.with_clients().await;
    let scope = "openid offline_access User.Read Group.Read.All";
    let first = text(&server.login("ada@doorward.test", scope).await, "refresh_token");
    let app = ("client_id", APP);

    // Another client can't use it, and doesn't spoil it.
    let other = [("client_id", WEB), ("client_secret", WEB_SECRET)];
    assert_eq!(server.refused(&refresh(&first, &other)).await, (400, "invalid_grant".into(), 70_000));

    let (status, body) = server.token(&refresh(&first, &[app])).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(claims(&text(&body, "access_token"))["scp"], "openid User.Read Group.Read.All");
    assert!(body["id_token"].is_string());
    let second = text(&body, "refresh_token");
    assert_ne!(first, second);

    // Less may be asked for, and never more.
    let (_, body) = server.token(&refresh(&second, &[app, ("scope", "User.Read")])).await;
    assert_eq!(claims(&text(&body, "access_token"))["scp"], "User.Read");
    let third = text(&body, "refresh_token");
    let more = refresh(&third, &[app, ("scope", "User.ReadWrite.All")]);
    assert_eq!(server.refused(&more).await.2, 65_001);
    // What was narrowed once may be had again: the session keeps the first scope.
    let (_, body) = server.token(&refresh(&third, &[app, ("scope", "Group.Read.All")])).await;
    assert_eq!(claims(&text(&body, "access_token"))["scp"], "Group.Read.All");
    let fourth = text(&body, "refresh_token");

    assert_eq!(server.refused(&refresh(&first, &[app])).await.2, 70_000);
    assert_eq!(server.refused(&refresh(&fourth, &[app])).await.2, 70_000, "the old one has ended the session");
    for nonsense in ["x", "x.y", ".", &"x".repeat(5000)] {
        assert_eq!(server.refused(&refresh(nonsense, &[app])).await.2, 70_000);
    }
}

#[tokio::test]
async fn of_two_refreshes_at_a_time_one_wins() {
    let server = Server::start().await;
    let token = text(&server.login("ada@doorward.test", "offline_access User.Read").await, "refresh_token");
    let form = refresh(&token, &[("client_id", APP)]);
    let (one, two) = tokio::join!(server.token(&form), server.token(&form));
    let mut both = [one.0.as_u16(), two.0.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [200, 400]);
}

#[tokio::test]
async fn a_refresh_token_ends_with_the_user_and_with_the_password() {
    let server = Server::start().await;
    let login = async |user: &str| text(&server.login(user, "offline_access User.Read").await, "refresh_token");
    let (ben, cho, dan) =
        (login("ben@doorward.test").await, login("cho@doorward.test").await, login("dan@doorward.test").await);
    let form = |token| refresh(token, &[("client_id", APP)]);

    set_enabled(&server, "ben@doorward.test", false).await;
    assert_eq!(server.refused(&form(&ben)).await, (400, "invalid_grant".into(), 50_057));
    // It isn't spoilt by that.
    set_enabled(&server, "ben@doorward.test", true).await;
    assert_eq!(server.token(&form(&ben)).await.0, 200);

    let admin = server.admin().await;
    let url = server.url("/v1.0/users/cho@doorward.test");
    assert_eq!(json(server.http.delete(url).bearer_auth(&admin)).await.0, 204);
    assert_eq!(server.refused(&form(&cho)).await, (400, "invalid_grant".into(), 70_000));

    let body =
        json!({ "passwordProfile": { "password": "another-1-Password", "forceChangePasswordNextSignIn": false } });
    let url = server.url("/v1.0/users/dan@doorward.test");
    let (status, answer) = json(server.http.patch(url).bearer_auth(&admin).json(&body)).await;
    assert_eq!(status, 204, "{answer}");
    assert_eq!(server.refused(&form(&dan)).await, (400, "invalid_grant".into(), 70_008));
}

#[tokio::test]
async fn a_token_stops_working_with_its_user() {
    let server = Server::start().await;
    let ben = text(&server.login("ben@doorward.test", "User.Read").await, "access_token");
    let cho = text(&server.login("cho@doorward.test", "User.Read").await, "access_token");
    assert_eq!(server.graph(&ben, "/v1.0/me").await.0, 200);
    set_enabled(&server, "ben@doorward.test", false).await;
    assert_eq!(server.graph(&ben, "/v1.0/me").await.0, 401);
    set_enabled(&server, "ben@doorward.test", true).await;
    assert_eq!(server.graph(&ben, "/v1.0/me").await.0, 200);
    let url = server.url("/v1.0/users/cho@doorward.test");
    assert_eq!(json(server.http.delete(url).bearer_auth(server.admin().await)).await.0, 204);
    assert_eq!(server.graph(&cho, "/v1.0/me").await.0, 401);
}

#[tokio::test]
async fn answers_with_tokens_are_kept_by_nobody_and_counted() {
    let server = Server::start().await;
    let request = server.http.post(server.url("/common/oauth2/v2.0/token")).form(&application(APP, SECRET, GRAPH));
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["content-type"], "application/json");
    assert!(response.headers().contains_key("x-ms-request-id"));
    let (_, metrics) = server.get("/metrics").await;
    let line = "doorward_logins_total{grant=\"client_credentials\",outcome=\"ok\"}";
    assert!(metrics.as_str().unwrap().contains(line), "{metrics}");
}

#[tokio::test]
async fn correlation_ids_come_back() {
    let server = Server::start().await;
    let id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    let request = server.http.post(server.url("/common/oauth2/v2.0/token")).header("client-request-id", id);
    let (_, body): (_, Value) = json(request.form(&[("grant_type", "x")])).await;
    assert_eq!(body["correlation_id"], id);
}

async fn set_enabled(server: &Server, user: &str, enabled: bool) {
    let request = server.http.patch(server.url(&format!("/v1.0/users/{user}"))).bearer_auth(server.admin().await);
    let (status, body) = json(request.json(&json!({ "accountEnabled": enabled }))).await;
    assert_eq!(status, 204, "{body}");
}
