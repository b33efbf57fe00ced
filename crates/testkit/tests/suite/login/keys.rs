//! Signing keys: what the old one signed stays good when a new one has taken over.

use super::support::*;
use auth::issuer::keys::{AHEAD, SigningKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use testkit::{House, Wish, on_each_engine, on_sqlite};

fn kid(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    text(&serde_json::from_slice::<Value>(&header).unwrap(), "kid")
}

/// A key that was made so many seconds ago.
async fn add_key(house: &House, age: i64) -> String {
    let now = server::Clock.seconds();
    let key = SigningKey::generate(now - age).unwrap();
    let stored = store::identity::SigningKey {
        id: key.kid().to_owned(),
        private_key: STANDARD.encode(key.pkcs8().unwrap()),
        created_at: (now - age) * 1_000_000,
    };
    store(house).await.signing_key_add(TENANT, stored, i64::MAX, 0).await.unwrap();
    key.kid().to_owned()
}

#[test]
fn a_new_key_is_published_then_signs_and_the_old_one_stays_good() {
    on_each_engine(async |house| {
        let old = text(&granted(token(house, &application(APP, SECRET, GRAPH)).await), "access_token");
        house.bearer(&old).get("/v1.0/users").await.expect(200);
        let next = add_key(house, AHEAD + 60).await;
        let fresh = add_key(house, -60).await;

        // A process that starts now knows all three; the newest doesn't sign yet.
        let beside = house.beside(true, Vec::new()).await;
        let path = "/doorward.test/oauth2/v2.0/token";
        let new = granted(post(&beside.nobody(), path, &application(APP, SECRET, GRAPH)).await);
        let new = text(&new, "access_token");
        assert_eq!(kid(&new), next);
        let document = beside.nobody().get("/doorward.test/discovery/v2.0/keys").await.expect(200).json;
        let kids: Vec<&str> =
            document["keys"].as_array().unwrap().iter().filter_map(|key| key["kid"].as_str()).collect();
        for kid in [kid(&old), next, fresh] {
            assert!(kids.contains(&kid.as_str()), "{kid} {kids:?}");
        }
        for token in [&old, &new] {
            beside.bearer(token).get("/v1.0/users").await.expect(200);
        }
        // The process that didn't know the new key finds it at once, though it has just looked for keys.
        house.bearer(&new).get("/v1.0/users").await.expect(200);
        house.bearer(&old).get("/v1.0/users").await.expect(200);
    });
}

#[test]
fn many_who_come_first_all_come_in() {
    on_each_engine(async |house| {
        let token = text(&granted(token(house, &application(APP, SECRET, GRAPH)).await), "access_token");
        for _ in 0..4 {
            // A process that has just started knows no keys yet.
            let beside = house.beside(true, Vec::new()).await;
            let client = beside.bearer(&token);
            let answers = futures_util::future::join_all((0..48).map(|_| client.get("/v1.0/users?$top=1"))).await;
            let refused: Vec<u16> =
                answers.iter().map(|answer| answer.status).filter(|status| *status != 200).collect();
            assert!(refused.is_empty(), "{refused:?}");
        }
    });
}

#[test]
fn tokens_that_nobody_was_given() {
    on_sqlite(async |house| {
        let wish = |change: &dyn Fn(&mut Wish)| {
            let mut wish = Wish::other_tenant(house.url());
            change(&mut wish);
            wish
        };
        house.mint(&wish(&|_| {})).await.get("/v1.0/users").await.expect(200);
        for (what, wish) in [
            ("forged", wish(&|wish| wish.forged = true)),
            ("expired", wish(&|wish| wish.token.issued_at -= wish.token.lifetime)),
            ("of the future", wish(&|wish| wish.token.issued_at += 3600)),
            ("for another resource", wish(&|wish| wish.token.audience = "https://vault.azure.net".to_owned())),
            ("by another issuer", wish(&|wish| wish.token.base = "ftp://elsewhere".to_owned())),
        ] {
            let answer = house.mint(&wish).await.get("/v1.0/users").await;
            assert_eq!(answer.status, 401, "{what}: {}", answer.text());
            assert_eq!(answer.code(), "InvalidAuthenticationToken", "{what}");
        }
        // What seals our forms signs no tokens, and an id token opens nothing.
        let body = login(house, "ada@doorward.test", "openid User.Read").await;
        house.bearer(&text(&body, "id_token")).get("/v1.0/me").await.expect(401);
    });
}
