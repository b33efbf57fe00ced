//! The token endpoint: applications, passwords, refresh tokens, and every refusal.

use super::support::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use testkit::{House, on_each_engine, on_sqlite};

#[test]
fn an_application_gets_its_roles() {
    on_each_engine(async |house| {
        clients(house).await;
        let own = format!("https://{}/.default", house.host());
        for scope in [GRAPH, "https://localhost/.default", "https://localhost:8443/.default", &own] {
            let body = granted(token(house, &application(APP, SECRET, scope)).await);
            assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
            assert_eq!(body["ext_expires_in"], 3600);
            for absent in ["refresh_token", "id_token", "client_info"] {
                assert!(body.get(absent).is_none(), "{absent}");
            }
            let token = text(&body, "access_token");
            let graph = house.bearer(&token);
            graph.get("/v1.0/users").await.expect(200);
            let claims = claims(&token);
            assert_eq!(claims["aud"], "https://graph.microsoft.com");
            assert_eq!(claims["iss"], format!("{}/{TENANT}/v2.0", house.url()));
            assert_eq!((&claims["idtyp"], &claims["tid"]), (&json!("app"), &json!(TENANT)));
            assert!(claims["roles"].as_array().unwrap().contains(&json!("EntitlementManagement.ReadWrite.All")));
            assert!(claims["app_displayname"].is_string() && claims["exp"].is_i64());
            let path = format!("/v1.0/servicePrincipals/{}", claims["oid"].as_str().unwrap());
            graph.get(&path).await.expect(200);
        }
        let token = text(&granted(token(house, &application(WEB, WEB_SECRET, GRAPH)).await), "access_token");
        assert_eq!(claims(&token)["roles"], json!(["User.Read.All"]));
        house.bearer(&token).get("/v1.0/users").await.expect(200);
        house.bearer(&token).get("/v1.0/groups").await.expect(403);
    });
}

#[test]
fn the_secret_may_come_in_the_header_and_from_version_1() {
    on_sqlite(async |house| {
        let path = "/doorward.test/oauth2/token?client-request-id=7";
        let form = [("grant_type", "client_credentials"), ("resource", "https://graph.microsoft.com")];
        let with = |secret: &str| {
            house.nobody().with("authorization", &format!("Basic {}", STANDARD.encode(format!("{APP}:{secret}"))))
        };
        granted(post(&with(SECRET), path, &form).await);
        let answer = post(&with("wrong"), path, &form).await;
        assert_eq!(refusal(&answer), (401, "invalid_client", 7_000_215));
        assert!(answer.header("www-authenticate").starts_with("Basic"));
    });
}

#[test]
fn clients_that_are_refused() {
    on_sqlite(async |house| {
        clients(house).await;
        let unknown = "99999999-9999-4999-8999-999999999999";
        let mut assertion = application(APP, SECRET, GRAPH);
        assertion[2] = ("client_assertion", "x");
        // Public, but an application on its own behalf always needs its secret.
        let without = vec![("grant_type", "client_credentials"), ("client_id", APP), ("scope", GRAPH)];
        for (form, expected) in [
            (application(APP, "wrong", GRAPH), (401, "invalid_client", 7_000_215)),
            (application(STALE, WEB_SECRET, GRAPH), (401, "invalid_client", 7_000_222)),
            (application(STALE, "wrong", GRAPH), (401, "invalid_client", 7_000_215)),
            (application(unknown, SECRET, GRAPH), (400, "unauthorized_client", 700_016)),
            (application("nonsense", SECRET, GRAPH), (400, "unauthorized_client", 700_016)),
            (application(APP, SECRET, "User.Read"), (400, "invalid_scope", 1_002_012)),
            (application(APP, SECRET, "https://evil.test/.default"), (400, "invalid_resource", 500_011)),
            (application(APP, SECRET, GRAPH)[..3].to_vec(), (400, "invalid_request", 900_144)),
            (application(APP, SECRET, GRAPH)[1..].to_vec(), (400, "invalid_request", 900_144)),
            (without, (401, "invalid_client", 7_000_218)),
            (vec![("grant_type", "implicit"), ("client_id", APP)], (400, "unsupported_grant_type", 70_003)),
            (vec![("grant_type", "a"), ("grant_type", "b")], (400, "invalid_request", 9_002_313)),
            (assertion, (401, "invalid_client", 700_027)),
        ] {
            assert_eq!(refusal(&token(house, &form).await), expected, "{form:?}");
        }
    });
}

#[test]
fn a_disabled_client_gets_nothing() {
    on_each_engine(async |house| {
        clients(house).await;
        let form = application(WEB, WEB_SECRET, GRAPH);
        let principal = text(&claims(&text(&granted(token(house, &form).await), "access_token")), "oid");
        let path = format!("/v1.0/servicePrincipals/{principal}");
        house.app().await.patch(&path, json!({ "accountEnabled": false })).await.expect(204);
        assert_eq!(refused(house, &form).await, 7_000_112);
        house.app().await.delete(&path).await.expect(204);
        assert_eq!(refused(house, &form).await, 700_016);
    });
}

#[test]
fn bodies_that_are_no_forms() {
    on_sqlite(async |house| {
        let path = "/common/oauth2/v2.0/token";
        let send = async |media: &str, body: &str| {
            house.nobody().with("content-type", media).send("POST", path, Some(body.to_owned())).await
        };
        let form = "application/x-www-form-urlencoded";
        let long = "x".repeat(64 * 1024 + 1);
        let good = encoded(&application(APP, SECRET, GRAPH));
        for (media, body) in
            [("application/json", "{}"), ("", good.as_str()), (form, "a=%zz"), (form, "a=%ff"), (form, long.as_str())]
        {
            assert_eq!(refusal(&send(media, body).await), (400, "invalid_request", 9_002_313), "{media}");
        }
        assert_eq!(send("application/x-www-form-urlencoded;charset=utf-8", &good).await.status, 200);
        assert_eq!(refusal(&send(form, "").await).2, 900_144);
        let answer = house.nobody().get(path).await;
        assert_eq!((refusal(&answer), answer.header("allow")), ((405, "invalid_request", 900_561), "POST"));
    });
}

#[test]
fn a_password_gives_all_that_msal_keeps() {
    on_each_engine(async |house| {
        let scope = "https://graph.microsoft.com/User.Read openid offline_access profile";
        let body = login(house, "ada@doorward.test", scope).await;
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
        let me = house.bearer(&token).get("/v1.0/me").await.expect(200);
        assert_eq!(me.json["userPrincipalName"], "ada@doorward.test");
        // Without openid and offline_access there is neither of their tokens.
        let body = login(house, " ADA@doorward.test", "User.Read").await;
        assert!(body.get("id_token").is_none() && body.get("refresh_token").is_none());
        // `.default` is all that was agreed to, but for the sign-in scopes, which must be named.
        let body = login(house, "ada@doorward.test", GRAPH).await;
        assert!(claims(&text(&body, "access_token"))["scp"].as_str().unwrap().contains("EntitlementManagement"));
        assert!(body.get("refresh_token").is_none());
    });
}

#[test]
fn passwords_that_are_refused() {
    on_each_engine(async |house| {
        let form = |user, said| password(user, said, "User.Read");
        let wrong = (400, "invalid_grant", 50_126);
        let ben = house.user_id("ben").await;
        // An id is no user name.
        for (user, said) in [("ada@doorward.test", "wrong"), ("nobody@doorward.test", "wrong"), (&ben, PASSWORD)] {
            assert_eq!(refusal(&token(house, &form(user, said)).await), wrong, "{user}");
        }
        assert_eq!(refused(house, &form("ada@doorward.test", PASSWORD)[..4]).await, 900_144);
        let other = password("ada@doorward.test", PASSWORD, "https://evil.test/x");
        assert_eq!(refused(house, &other).await, 500_011);

        // A wrong secret is refused though none would be needed.
        let mut with_secret = form("ada@doorward.test", PASSWORD);
        with_secret.push(("client_secret", "wrong"));
        assert_eq!(refused(house, &with_secret).await, 7_000_215);
        *with_secret.last_mut().unwrap() = ("client_secret", SECRET);
        granted(token(house, &with_secret).await);

        set_enabled(house, "ben@doorward.test", false).await;
        assert_eq!(refused(house, &form("ben@doorward.test", PASSWORD)).await, 50_057);
        // Only who knows the password hears of that.
        assert_eq!(refused(house, &form("ben@doorward.test", "wrong")).await, 50_126);
    });
}

#[test]
fn many_wrong_passwords_lock_the_account_for_a_while() {
    on_sqlite(async |house| {
        for user in ["eve@doorward.test", "nobody@doorward.test"] {
            for _ in 0..10 {
                assert_eq!(refused(house, &password(user, "wrong", "User.Read")).await, 50_126);
            }
            assert_eq!(refused(house, &password(user, PASSWORD, "User.Read")).await, 50_053);
        }
        login(house, "dan@doorward.test", "User.Read").await;
    });
}

#[test]
fn without_dev_there_is_no_password_grant_and_no_free_token() {
    on_sqlite(async |house| {
        let beside = house.beside(false, Vec::new()).await;
        let form = password("ada@doorward.test", PASSWORD, "User.Read");
        let path = "/doorward.test/oauth2/v2.0/token";
        assert_eq!(refusal(&post(&beside.nobody(), path, &form).await).2, 70_003);
        granted(post(&beside.nobody(), path, &application(APP, SECRET, GRAPH)).await);
        assert!(post(&beside.nobody(), "/dev/token", &[]).await.json["access_token"].is_null());
        // Two tenants: `common` means neither of them.
        let answer = post(&beside.nobody(), "/common/oauth2/v2.0/token", &application(APP, SECRET, GRAPH)).await;
        assert_eq!(refusal(&answer).2, 90_002);
        let keys = beside.nobody().get("/common/discovery/v2.0/keys").await.expect(200);
        assert_eq!(keys.json["keys"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn refresh_tokens_rotate_and_an_old_one_ends_the_session() {
    on_each_engine(async |house| {
        clients(house).await;
        let scope = "openid offline_access User.Read Group.Read.All";
        let first = text(&login(house, "ada@doorward.test", scope).await, "refresh_token");
        let app = ("client_id", APP);

        // Another client can't use it, and doesn't spoil it.
        let other = refresh(&first, &[("client_id", WEB), ("client_secret", WEB_SECRET)]);
        assert_eq!(refusal(&token(house, &other).await), (400, "invalid_grant", 70_000));

        let body = granted(token(house, &refresh(&first, &[app])).await);
        assert_eq!(claims(&text(&body, "access_token"))["scp"], "openid User.Read Group.Read.All");
        assert!(body["id_token"].is_string());
        let second = text(&body, "refresh_token");
        assert_ne!(first, second);

        // Less may be asked for, and never more.
        let body = granted(token(house, &refresh(&second, &[app, ("scope", "User.Read")])).await);
        assert_eq!(claims(&text(&body, "access_token"))["scp"], "User.Read");
        let third = text(&body, "refresh_token");
        assert_eq!(refused(house, &refresh(&third, &[app, ("scope", "User.ReadWrite.All")])).await, 65_001);
        // What was narrowed once may be had again: the session keeps its first scope.
        let body = granted(token(house, &refresh(&third, &[app, ("scope", "Group.Read.All")])).await);
        assert_eq!(claims(&text(&body, "access_token"))["scp"], "Group.Read.All");
        let fourth = text(&body, "refresh_token");

        assert_eq!(refused(house, &refresh(&first, &[app])).await, 70_000);
        assert_eq!(refused(house, &refresh(&fourth, &[app])).await, 70_000, "the old one has ended the session");
        for nonsense in ["x", "x.y", ".", &"x".repeat(5000)] {
            assert_eq!(refused(house, &refresh(nonsense, &[app])).await, 70_000);
        }
    });
}

#[test]
fn of_two_refreshes_at_a_time_one_wins() {
    on_each_engine(async |house| {
        let first = text(&login(house, "ada@doorward.test", "offline_access User.Read").await, "refresh_token");
        let form = refresh(&first, &[("client_id", APP)]);
        let (one, two) = tokio::join!(token(house, &form), token(house, &form));
        let mut both = [one.status, two.status];
        both.sort_unstable();
        assert_eq!(both, [200, 400]);
    });
}

#[test]
fn a_refresh_token_ends_with_the_user_and_with_the_password() {
    on_each_engine(async |house| {
        let login = async |user: &str| text(&login(house, user, "offline_access User.Read").await, "refresh_token");
        let (ben, cho, dan) =
            (login("ben@doorward.test").await, login("cho@doorward.test").await, login("dan@doorward.test").await);
        let form = |token| refresh(token, &[("client_id", APP)]);

        set_enabled(house, "ben@doorward.test", false).await;
        assert_eq!(refusal(&token(house, &form(&ben)).await), (400, "invalid_grant", 50_057));
        // It isn't spoilt by that.
        set_enabled(house, "ben@doorward.test", true).await;
        granted(token(house, &form(&ben)).await);

        let admin = house.app().await;
        admin.delete("/v1.0/users/cho@doorward.test").await.expect(204);
        assert_eq!(refusal(&token(house, &form(&cho)).await), (400, "invalid_grant", 70_000));

        let profile = json!({ "password": "another-1-Password", "forceChangePasswordNextSignIn": false });
        admin.patch("/v1.0/users/dan@doorward.test", json!({ "passwordProfile": profile })).await.expect(204);
        assert_eq!(refusal(&token(house, &form(&dan)).await), (400, "invalid_grant", 70_000));
        assert_eq!(refused(house, &password("dan@doorward.test", PASSWORD, "User.Read")).await, 50_126);
        granted(token(house, &password("dan@doorward.test", "another-1-Password", "User.Read")).await);
    });
}

#[test]
fn a_password_that_is_to_be_changed_signs_in_until_somebody_changes_it() {
    on_each_engine(async |house| {
        let admin = house.app().await;
        let profile = json!({ "password": "for-once-1-Password", "forceChangePasswordNextSignIn": true });
        admin.patch("/v1.0/users/dan@doorward.test", json!({ "passwordProfile": profile })).await.expect(204);
        let first = password("dan@doorward.test", "for-once-1-Password", "User.Read");
        granted(token(house, &first).await);
        granted(token(house, &first).await);
        let profile = json!({ "password": "another-1-Password" });
        admin.patch("/v1.0/users/dan@doorward.test", json!({ "passwordProfile": profile })).await.expect(204);
        assert_eq!(refused(house, &first).await, 50_126);
    });
}

#[test]
fn an_access_token_stops_working_with_its_user() {
    on_each_engine(async |house| {
        let ben = text(&login(house, "ben@doorward.test", "User.Read").await, "access_token");
        let cho = text(&login(house, "cho@doorward.test", "User.Read").await, "access_token");
        house.bearer(&ben).get("/v1.0/me").await.expect(200);
        set_enabled(house, "ben@doorward.test", false).await;
        house.bearer(&ben).get("/v1.0/me").await.expect(401).error("InvalidAuthenticationToken");
        set_enabled(house, "ben@doorward.test", true).await;
        house.bearer(&ben).get("/v1.0/me").await.expect(200);
        house.app().await.delete("/v1.0/users/cho@doorward.test").await.expect(204);
        house.bearer(&cho).get("/v1.0/me").await.expect(401).error("InvalidAuthenticationToken");
    });
}

#[test]
fn answers_are_kept_by_nobody_counted_and_traced() {
    on_sqlite(async |house| {
        let answer = token(house, &application(APP, SECRET, GRAPH)).await;
        assert_eq!((answer.header("cache-control"), answer.header("content-type")), ("no-store", "application/json"));
        assert!(!answer.header("x-ms-request-id").is_empty());
        assert!(counted(house, "grant=\"client_credentials\",outcome=\"ok\"").await);
        refused(house, &application(APP, "wrong", GRAPH)).await;
        assert!(counted(house, "grant=\"client_credentials\",outcome=\"invalid_client\"").await);

        let id = "0f8fad5b-d9cb-469f-a165-70867728950e";
        let client = house.nobody().with("client-request-id", id);
        let answer = post(&client, "/common/oauth2/v2.0/token", &[("grant_type", "x")]).await;
        assert_eq!(answer.json["correlation_id"], id);
    });
}

async fn counted(house: &House, labels: &str) -> bool {
    house.nobody().get("/metrics").await.text().contains(&format!("doorward_logins_total{{{labels}}}"))
}
