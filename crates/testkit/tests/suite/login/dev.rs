//! `/dev/token`: for whom, with what, and what it says no to.

use super::support::{claims, post, text};
use serde_json::json;
use testkit::{Answer, House, on_each_engine, on_sqlite};

async fn ask(house: &House, fields: &[(&str, &str)]) -> Answer {
    post(&house.nobody(), "/dev/token", fields).await
}

#[test]
fn for_a_user_made_a_moment_ago_by_name_and_by_id() {
    on_each_engine(async |house| {
        let body = json!({
            "accountEnabled": true, "displayName": "Fay", "mailNickname": "fay", "userPrincipalName": "fay@doorward.test",
            "passwordProfile": { "password": "a-1-Password", "forceChangePasswordNextSignIn": false },
        });
        let id = house.app().await.post("/v1.0/users", body).await.expect(201).id();
        for name in ["fay@doorward.test", "FAY@doorward.test", &id] {
            let token = text(&ask(house, &[("user", name)]).await.json, "access_token");
            assert_eq!(house.bearer(&token).get("/v1.0/me").await.expect(200).id(), id);
        }
    });
}

#[test]
fn narrowed_to_what_was_named() {
    on_sqlite(async |house| {
        let token = text(&ask(house, &[("role", "User.Read.All Group.Read.All")]).await.json, "access_token");
        assert_eq!(claims(&token)["roles"], json!(["User.Read.All", "Group.Read.All"]));
        let answer = ask(house, &[("user", "ada@doorward.test"), ("scope", "User.Read")]).await;
        assert_eq!(claims(&text(&answer.json, "access_token"))["scp"], "User.Read");
        assert_eq!(answer.header("cache-control"), "no-store");
        // No body at all: the application, with everything.
        let answer = house.nobody().with("content-type", "").send("POST", "/dev/token", None).await;
        assert!(answer.json["access_token"].is_string(), "{}", answer.text());
    });
}

#[test]
fn what_it_says_no_to() {
    on_sqlite(async |house| {
        for (fields, words) in [
            (vec![("user", "nobody@doorward.test")], "nobody@doorward.test"),
            (vec![("user", "ada@doorward.test"), ("scope", "User.Nonsense")], "User.Nonsense"),
            (vec![("role", "User.Nonsense")], "User.Nonsense"),
            (vec![("role", "openid")], "openid"),
            (vec![("scope", "User.Read")], "which user"),
            (vec![("user", "ada@doorward.test"), ("role", "User.Read.All")], "not roles"),
            (vec![("user", "a"), ("user", "b")], "twice"),
        ] {
            let answer = ask(house, &fields).await;
            assert_eq!((answer.status, &answer.json["error"]), (400, &json!("invalid_request")), "{fields:?}");
            assert!(text(&answer.json, "error_description").contains(words), "{}", answer.text());
        }
        let json = house.nobody().post("/dev/token", json!({ "user": "ada" })).await;
        assert_eq!((json.status, &json.json["error"]), (400, &json!("invalid_request")));
        assert_eq!(house.nobody().get("/dev/token").await.status, 405);
    });
}
