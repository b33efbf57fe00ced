//! The device flow: codes, the page where one is typed in, and what the device hears.

use super::support::*;
use serde_json::Value;
use testkit::{Answer, House, on_each_engine, on_sqlite};

const SCOPE: &str = "openid offline_access profile User.Read";

async fn start(house: &House) -> Value {
    start_with(house, SCOPE).await
}

pub(super) async fn start_with(house: &House, scope: &str) -> Value {
    let fields = [("client_id", APP), ("scope", scope)];
    granted(post(&house.nobody(), "/common/oauth2/v2.0/devicecode", &fields).await)
}

pub(super) fn poll(code: &str) -> Fields<'_> {
    vec![("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("client_id", APP), ("device_code", code)]
}

pub(super) async fn type_in(house: &House, user_code: &str) -> Answer {
    post(&house.nobody(), "/devicelogin", &[("user_code", user_code)]).await
}

pub(super) async fn decide(house: &House, sealed: &str, user: &str, password: &str, answer: &str) -> Answer {
    let fields = [("request", sealed), ("username", user), ("password", password), ("answer", answer)];
    post(&house.nobody(), "/devicelogin", &fields).await
}

#[test]
fn a_device_waits_and_is_let_in() {
    on_each_engine(async |house| {
        let codes = start(house).await;
        let (device, user_code) = (text(&codes, "device_code"), text(&codes, "user_code"));
        assert!(codes["expires_in"].is_i64() && codes["interval"].is_i64());
        assert!(text(&codes, "message").contains(&user_code));
        assert_eq!(refusal(&token(house, &poll(&device)).await), (400, "authorization_pending", 70_016));

        let address = text(&codes, "verification_uri");
        let page = house.nobody().get(&address).await;
        is_page(&page, 200);
        let page = type_in(house, &user_code.to_lowercase().replace('-', " ")).await;
        is_page(&page, 200);
        for part in ["Doorward development", "User.Read", "Approve", "Decline"] {
            assert!(page.text().contains(part), "{part}");
        }
        let sealed = sealed(&page);
        let wrong = decide(house, &sealed, "ben@doorward.test", "wrong", "approve").await;
        is_page(&wrong, 400);
        assert!(wrong.text().contains("AADSTS50126"));
        assert_eq!(refused(house, &poll(&device)).await, 70_016);

        is_page(&decide(house, &sealed, "ben@doorward.test", PASSWORD, "approve").await, 200);
        // Python sends the code twice and no scope.
        let mut form = poll(&device);
        form.push(("code", &device));
        let body = granted(token(house, &form).await);
        assert_eq!(claims(&text(&body, "access_token"))["scp"], "openid profile User.Read");
        assert_eq!(claims(&text(&body, "id_token"))["preferred_username"], "ben@doorward.test");
        granted(token(house, &refresh(&text(&body, "refresh_token"), &[("client_id", APP)])).await);

        // Neither code is good for anything any more.
        assert_eq!(refused(house, &poll(&device)).await, 70_000);
        is_page(&type_in(house, &user_code).await, 400);
        is_page(&decide(house, &sealed, "ben@doorward.test", PASSWORD, "approve").await, 400);
    });
}

#[test]
fn by_the_old_name_of_the_grant() {
    on_sqlite(async |house| {
        let codes = start(house).await;
        let page = type_in(house, &text(&codes, "user_code")).await;
        decide(house, &sealed(&page), "ben@doorward.test", PASSWORD, "approve").await;
        let device = text(&codes, "device_code");
        let form = [("grant_type", "device_code"), ("client_id", APP), ("device_code", &*device), ("scope", SCOPE)];
        granted(token(house, &form).await);
    });
}

#[test]
fn a_device_is_turned_away() {
    on_each_engine(async |house| {
        let codes = start(house).await;
        let device = text(&codes, "device_code");
        let page = type_in(house, &text(&codes, "user_code")).await;
        let answer = decide(house, &sealed(&page), "", "", "decline").await;
        is_page(&answer, 200);
        assert!(answer.text().contains("Declined"));
        assert_eq!(refusal(&token(house, &poll(&device)).await), (400, "authorization_declined", 70_020));
    });
}

#[test]
fn of_two_polls_at_a_time_one_wins() {
    on_each_engine(async |house| {
        let codes = start(house).await;
        let page = type_in(house, &text(&codes, "user_code")).await;
        decide(house, &sealed(&page), "ben@doorward.test", PASSWORD, "approve").await;
        let device = text(&codes, "device_code");
        let form = poll(&device);
        let (one, two) = tokio::join!(token(house, &form), token(house, &form));
        let mut both = [one.status, two.status];
        both.sort_unstable();
        assert_eq!(both, [200, 400]);
    });
}

#[test]
fn codes_that_are_refused() {
    on_each_engine(async |house| {
        clients(house).await;
        let nobody = house.nobody();
        for typed in ["", "ABCD", "BCDF-GHJK", "\"><script>alert(1)</script>"] {
            let page = type_in(house, typed).await;
            is_page(&page, 400);
            assert!(!page.text().contains("<script"), "{}", page.text());
        }
        let page = nobody.get("/devicelogin?otc=%22%3E%3Cscript%3E").await;
        is_page(&page, 200);
        assert!(!page.text().contains("<script"));
        is_page(&nobody.get("/nobody.test/devicelogin").await, 400);

        let path = "/common/oauth2/v2.0/devicecode";
        for (fields, expected) in [
            (vec![("client_id", APP)], 900_144),
            (vec![("scope", SCOPE)], 900_144),
            (vec![("client_id", APP), ("scope", "https://evil.test/x")], 500_011),
            (vec![("client_id", "nonsense"), ("scope", SCOPE)], 700_016),
            (vec![("client_id", WEB), ("scope", SCOPE)], 7_000_218),
        ] {
            assert_eq!(refusal(&post(&nobody, path, &fields).await).2, expected, "{fields:?}");
        }
        assert_eq!(refused(house, &poll(&"x".repeat(43))).await, 70_000);

        // Another client can't take it, and its time ends.
        let device = text(&start(house).await, "device_code");
        let mut other = poll(&device);
        other[1] = ("client_id", WEB);
        other.push(("client_secret", WEB_SECRET));
        assert_eq!(refused(house, &other).await, 70_000);
        super::code::expire(house, &device).await;
        assert_eq!(refusal(&token(house, &poll(&device)).await), (400, "expired_token", 70_019));
    });
}
