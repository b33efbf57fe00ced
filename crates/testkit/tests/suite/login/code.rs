//! The authorization code flow: the sign-in page, the way back, and the code at the token endpoint.

use super::support::*;
use auth::issuer::secret::opaque_digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use testkit::{Answer, House, on_each_engine, on_sqlite};

const BACK: &str = "http://localhost:61234/";
const SCOPE: &str = "openid offline_access profile User.Read";

/// What MSAL sends a browser with.
fn query<'a>(more: &[(&'a str, &'a str)]) -> Fields<'a> {
    let mut fields = vec![
        ("client_id", APP),
        ("response_type", "code"),
        ("redirect_uri", BACK),
        ("scope", SCOPE),
        ("state", "a state & more"),
        ("nonce", "n-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("client_info", "1"),
    ];
    for (name, value) in more {
        fields.retain(|(field, _)| field != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    fields
}

async fn show(house: &House, query: &[(&str, &str)]) -> Answer {
    house.nobody().get(&format!("/common/oauth2/v2.0/authorize?{}", encoded(query))).await
}

async fn submit(house: &House, sealed: &str, user: &str, password: &str, answer: &str) -> Answer {
    let fields = [("request", sealed), ("username", user), ("password", password), ("answer", answer)];
    post(&house.nobody(), &format!("/{TENANT}/oauth2/v2.0/authorize"), &fields).await
}

/// A parameter of the address that an answer leads to.
#[track_caller]
fn led(answer: &Answer, to: &str, name: &str) -> Option<String> {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let location = reqwest::Url::parse(answer.header("location")).unwrap();
    assert!(location.as_str().starts_with(to), "{location}");
    location.query_pairs().find(|(field, _)| field == name).map(|(_, value)| value.into_owned())
}

/// Signs in and gives the code.
pub(super) async fn code(house: &House, more: &[(&str, &str)]) -> String {
    let page = show(house, &query(more)).await;
    is_page(&page, 200);
    let answer = submit(house, &sealed(&page), "ada@doorward.test", PASSWORD, "sign-in").await;
    led(&answer, "", "code").unwrap()
}

pub(super) fn redeem<'a>(code: &'a str, more: &[(&'a str, &'a str)]) -> Fields<'a> {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("client_id", APP),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in more {
        fields.retain(|(field, _)| field != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    fields
}

#[test]
fn a_user_signs_in() {
    on_each_engine(async |house| {
        let page = show(house, &query(&[("login_hint", "ada@doorward.test")])).await;
        is_page(&page, 200);
        assert!(page.header("content-security-policy").contains("form-action 'self' http://localhost:61234"));
        for part in ["Doorward development", "value=\"ada@doorward.test\"", "<label for=\"password\">"] {
            assert!(page.text().contains(part), "{part}");
        }
        assert!(!page.text().contains("<script"));
        let sealed = sealed(&page);

        // A wrong password shows the page again, with the name that was typed.
        let again = submit(house, &sealed, "ben@doorward.test", "wrong", "sign-in").await;
        is_page(&again, 400);
        assert!(again.text().contains("AADSTS50126") && again.text().contains("value=\"ben@doorward.test\""));
        assert!(!again.text().contains("wrong\""));

        let answer = submit(house, &sealed, "ada@doorward.test", PASSWORD, "sign-in").await;
        assert_eq!(led(&answer, BACK, "state").unwrap(), "a state & more");
        let code = led(&answer, BACK, "code").unwrap();
        let body = granted(token(house, &redeem(&code, &[("scope", SCOPE)])).await);
        let id = claims(&text(&body, "id_token"));
        assert_eq!((&id["nonce"], &id["preferred_username"]), (&"n-1".into(), &"ada@doorward.test".into()));
        let me = house.bearer(&text(&body, "access_token")).get("/v1.0/me").await.expect(200);
        assert_eq!(me.json["userPrincipalName"], "ada@doorward.test");
        granted(token(house, &refresh(&text(&body, "refresh_token"), &[("client_id", APP)])).await);
    });
}

#[test]
fn a_code_is_good_once_and_its_second_use_ends_the_session() {
    on_each_engine(async |house| {
        let code = code(house, &[]).await;
        let body = granted(token(house, &redeem(&code, &[])).await);
        assert_eq!(refusal(&token(house, &redeem(&code, &[])).await), (400, "invalid_grant", 54_005));
        let renewed = text(&body, "refresh_token");
        assert_eq!(refused(house, &refresh(&renewed, &[("client_id", APP)])).await, 70_000);
    });
}

#[test]
fn of_many_who_redeem_a_code_at_a_time_one_wins() {
    on_each_engine(async |house| {
        let code = code(house, &[]).await;
        let form = redeem(&code, &[]);
        let answers = tokio::join!(token(house, &form), token(house, &form), token(house, &form), token(house, &form));
        let answers = [answers.0, answers.1, answers.2, answers.3];
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        for lost in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(refusal(lost).2, 54_005);
        }
    });
}

#[test]
fn codes_that_are_refused() {
    on_each_engine(async |house| {
        clients(house).await;
        let code = code(house, &[]).await;
        let forged = "x".repeat(43);
        for (form, expected) in [
            (redeem(&forged, &[]), 70_000),
            (redeem(&code, &[("redirect_uri", "http://localhost:7/")]), 500_112),
            (redeem(&code, &[("redirect_uri", "")]), 900_144),
            (redeem(&code, &[("code_verifier", CHALLENGE)]), 501_481),
            (redeem(&code, &[("code_verifier", "")]), 900_144),
            (redeem(&code, &[("client_id", WEB), ("client_secret", WEB_SECRET)]), 70_000),
            (redeem(&code, &[("client_id", WEB)]), 7_000_218),
            (redeem(&code, &[("client_secret", "wrong")]), 7_000_215),
        ] {
            assert_eq!(refused(house, &form).await, expected, "{form:?}");
        }
        // None of these has spoilt it.
        granted(token(house, &redeem(&code, &[])).await);
    });
}

#[test]
fn a_code_without_a_challenge_takes_a_secret() {
    on_sqlite(async |house| {
        let none = [("code_challenge", ""), ("code_challenge_method", "")];
        let made = code(house, &none).await;
        assert_eq!(refused(house, &redeem(&made, &[("code_verifier", "")])).await, 9_002_313);
        // Somebody took the challenge out of the browser's request.
        assert_eq!(refused(house, &redeem(&made, &[])).await, 501_481);
        granted(token(house, &redeem(&made, &[("code_verifier", ""), ("client_secret", SECRET)])).await);
    });
}

#[test]
fn a_code_is_good_for_ten_minutes_and_for_users_that_are_there() {
    on_each_engine(async |house| {
        let late = code(house, &[]).await;
        expire(house, &late).await;
        assert_eq!(refusal(&token(house, &redeem(&late, &[])).await), (400, "invalid_grant", 70_008));

        let made = code(house, &[]).await;
        set_enabled(house, "ada@doorward.test", false).await;
        assert_eq!(refused(house, &redeem(&made, &[])).await, 50_057);
        house.app().await.delete("/v1.0/users/ada@doorward.test").await.expect(204);
        assert_eq!(refused(house, &redeem(&made, &[])).await, 70_000);
    });
}

/// As if its time had gone by.
pub async fn expire(house: &House, code: &str) {
    let (store, now) = (store(house).await, server::Clock.now());
    let id = URL_SAFE_NO_PAD.encode(opaque_digest(code));
    let mut grant = store.grant_get(TENANT, &id, now).await.unwrap().unwrap();
    let mut data: serde_json::Value = serde_json::from_str(&grant.data).unwrap();
    data["until"] = (now / 1_000_000).into();
    grant.data = data.to_string();
    store.grants_put(TENANT, vec![grant], now).await.unwrap();
}

#[test]
fn what_is_wrong_before_the_address_is_known_is_shown_to_the_user() {
    on_sqlite(async |house| {
        clients(house).await;
        for (more, code) in [
            (vec![("client_id", "")], 900_144),
            (vec![("client_id", "99999999-9999-4999-8999-999999999999")], 700_016),
            (vec![("client_id", "\"><script>alert(1)</script>")], 700_016),
            (vec![("redirect_uri", "")], 900_144),
            (vec![("redirect_uri", "https://evil.test/")], 50_011),
            (vec![("redirect_uri", "http://localhost.evil.test/")], 50_011),
            (vec![("redirect_uri", "http://localhost:61234/other")], 50_011),
            (vec![("redirect_uri", "javascript:alert(1)")], 50_011),
            (vec![("client_id", WEB), ("redirect_uri", "https://app.test/back/more")], 50_011),
        ] {
            let page = show(house, &query(&more)).await;
            is_page(&page, 400);
            assert!(page.text().contains(&format!("AADSTS{code}:")), "{more:?} {}", page.text());
            assert!(!page.text().contains("<script"), "{}", page.text());
            assert!(page.header("location").is_empty());
        }
        let page = house.nobody().get(&format!("/nobody.test/oauth2/v2.0/authorize?{}", encoded(&query(&[])))).await;
        assert!(page.text().contains("AADSTS90002:"));
    });
}

#[test]
fn what_is_wrong_after_that_goes_to_the_application() {
    on_sqlite(async |house| {
        clients(house).await;
        for (more, error) in [
            (vec![("response_type", "token")], "unsupported_response_type"),
            (vec![("response_type", "")], "invalid_request"),
            (vec![("scope", "")], "invalid_request"),
            (vec![("scope", "https://evil.test/x")], "invalid_resource"),
            (vec![("response_mode", "fragment")], "invalid_request"),
            (vec![("code_challenge", "short")], "invalid_request"),
            (vec![("prompt", "none")], "login_required"),
            (vec![("prompt", "dance")], "invalid_request"),
            (vec![("client_id", WEB), ("redirect_uri", WEB_BACK), ("scope", "Group.Read.All")], "consent_required"),
        ] {
            let answer = show(house, &query(&more)).await;
            assert_eq!(led(&answer, "", "error").as_deref(), Some(error), "{more:?}");
            assert_eq!(led(&answer, "", "state").as_deref(), Some("a state & more"));
            assert!(led(&answer, "", "error_description").unwrap().starts_with("AADSTS"));
        }
        let page = show(house, &query(&[])).await;
        let answer = submit(house, &sealed(&page), "", "", "cancel").await;
        assert_eq!(led(&answer, BACK, "error").as_deref(), Some("access_denied"));
        // An address that has a query keeps it.
        let more = [("client_id", WEB), ("redirect_uri", "https://app.test/with?x=1"), ("prompt", "none")];
        assert_eq!(led(&show(house, &query(&more)).await, "https://app.test/with?x=1&error=", "x").unwrap(), "1");
    });
}

#[test]
fn the_answer_may_be_posted() {
    on_sqlite(async |house| {
        clients(house).await;
        let evil = "\"><script>alert(1)</script>";
        let more = [
            ("response_mode", "form_post"),
            ("client_id", WEB),
            ("redirect_uri", WEB_BACK),
            ("scope", "openid User.Read"),
            ("state", evil),
            ("login_hint", evil),
        ];
        let page = show(house, &query(&more)).await;
        is_page(&page, 200);
        assert!(page.text().contains("Web &#60;app&#62;") && !page.text().contains("<script"), "{}", page.text());
        let answer = submit(house, &sealed(&page), "ada@doorward.test", PASSWORD, "sign-in").await;
        is_page(&answer, 200);
        let html = answer.text();
        assert!(html.contains(&format!("action=\"{WEB_BACK}\"")), "{html}");
        assert!(html.contains("name=\"code\"") && html.contains("name=\"state\""));
        assert!(!html.contains("<script>alert"), "{html}");
        assert!(answer.header("content-security-policy").contains("form-action 'self' https://app.test"));
    });
}

#[test]
fn forms_that_are_not_ours_are_refused() {
    on_sqlite(async |house| {
        let page = show(house, &query(&[])).await;
        let sealed = sealed(&page);
        let (payload, tag) = sealed.split_once('.').unwrap();
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        let other = URL_SAFE_NO_PAD.encode(text.replace("61234", "61235"));
        for forged in ["", "x", payload, &format!("{other}.{tag}")] {
            let answer = submit(house, forged, "ada@doorward.test", PASSWORD, "sign-in").await;
            is_page(&answer, 400);
            assert!(answer.header("location").is_empty());
        }
        // One tenant's form isn't another's.
        let fields = [("request", sealed.as_str()), ("username", "ada@doorward.test"), ("password", PASSWORD)];
        is_page(&post(&house.nobody(), "/other.test/oauth2/v2.0/authorize", &fields).await, 400);
        let foreign = house.nobody().with("sec-fetch-site", "cross-site");
        is_page(&post(&foreign, "/common/oauth2/v2.0/authorize", &fields).await, 400);
        let own = house.nobody().with("sec-fetch-site", "same-origin");
        assert_eq!(post(&own, "/common/oauth2/v2.0/authorize", &fields).await.status, 303);
    });
}

#[test]
fn another_process_takes_the_form_and_the_code() {
    on_each_engine(async |house| {
        let beside = house.beside(true, Vec::new()).await;
        let sealed = sealed(&show(house, &query(&[])).await);
        let fields = [("request", sealed.as_str()), ("username", "ada@doorward.test"), ("password", PASSWORD)];
        let answer = post(&beside.nobody(), "/common/oauth2/v2.0/authorize", &fields).await;
        let code = led(&answer, BACK, "code").unwrap();
        granted(token(house, &redeem(&code, &[])).await);
    });
}

#[test]
fn signing_out_leads_only_to_registered_addresses() {
    on_sqlite(async |house| {
        let path = |query: &[(&str, &str)]| format!("/common/oauth2/v2.0/logout?{}", encoded(query));
        let nobody = house.nobody();
        is_page(&nobody.get(&path(&[])).await, 200);
        is_page(&nobody.get(&path(&[("post_logout_redirect_uri", "https://evil.test/")])).await, 200);
        let registered = [("post_logout_redirect_uri", BACK), ("client_id", APP), ("state", "s")];
        assert_eq!(led(&nobody.get(&path(&registered)).await, BACK, "state").unwrap(), "s");
        let other = [("post_logout_redirect_uri", "https://evil.test/"), ("client_id", APP)];
        is_page(&nobody.get(&path(&other)).await, 400);
    });
}
