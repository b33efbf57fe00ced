//! Tokens of another OIDC issuer: believed for its tenant, its audience and its algorithms alone.

use super::support::TENANT;
use auth::issuer::keys::{SigningKey, jwks_of_all};
use axum::routing::get;
use axum::{Json, Router};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use server::TrustedIssuer;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::{Beside, House, on_each_engine, on_sqlite, until};

const AUDIENCE: &str = "api://doorward";

/// An issuer on this machine, with keys that can be changed.
struct Issuer {
    url: String,
    keys: Arc<Mutex<Vec<SigningKey>>>,
    /// How often its keys were asked for.
    asked: Arc<AtomicUsize>,
    /// Whether it takes its time to answer.
    slow: Arc<AtomicBool>,
}

impl Issuer {
    async fn start() -> Issuer {
        let keys = Arc::new(Mutex::new(vec![new_key()]));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let document = json!({ "issuer": url, "jwks_uri": format!("{url}/keys") });
        let (asked, slow) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let published = {
            let (keys, asked, slow) = (Arc::clone(&keys), Arc::clone(&asked), Arc::clone(&slow));
            async move || {
                asked.fetch_add(1, Ordering::Relaxed);
                if slow.load(Ordering::Relaxed) {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                }
                Json(jwks_of_all(&keys.lock().unwrap()))
            }
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(move || async { Json(document) }))
            .route("/keys", get(published));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Issuer { url, keys, asked, slow }
    }

    fn trusted(&self, algorithms: &[&str]) -> TrustedIssuer {
        TrustedIssuer {
            url: self.url.clone(),
            tenant: TENANT,
            audiences: vec![AUDIENCE.to_owned()],
            algorithms: algorithms.iter().map(|name| (*name).to_owned()).collect(),
            clock_skew_seconds: 5,
            key_age_seconds: 3600,
        }
    }

    /// The claims of a good token for an application that may read users.
    fn claims(&self) -> Value {
        let now = server::Clock.seconds();
        json!({
            "iss": self.url, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 600,
            "oid": "77777777-7777-4777-8777-777777777777", "azp": "77777777-7777-4777-8777-777777777778",
            "idtyp": "app", "roles": ["User.Read.All"], "name": "A robot of elsewhere",
        })
    }

    fn sign(&self, change: Value) -> String {
        let mut claims = self.claims();
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        self.keys.lock().unwrap().last().unwrap().sign(&claims).unwrap()
    }
}

fn new_key() -> SigningKey {
    SigningKey::generate(server::Clock.seconds()).unwrap()
}

async fn users(beside: &Beside, token: &str) -> u16 {
    beside.bearer(token).get("/v1.0/users").await.status
}

async fn house_that_trusts(house: &House, algorithms: &[&str]) -> (Issuer, Beside) {
    let issuer = Issuer::start().await;
    let beside = house.beside(true, vec![issuer.trusted(algorithms)]).await;
    (issuer, beside)
}

#[test]
fn its_applications_and_users_come_in() {
    on_each_engine(async |house| {
        let (issuer, beside) = house_that_trusts(house, &[]).await;
        assert_eq!(users(&beside, &issuer.sign(json!({}))).await, 200);
        // What the token doesn't allow isn't allowed.
        assert_eq!(users(&beside, &issuer.sign(json!({ "roles": ["Group.Read.All"] }))).await, 403);
        let ada = json!({
            "oid": house.user_id("ada").await, "idtyp": "user", "roles": null, "scp": "User.Read", "sub": "somebody",
        });
        let me = beside.bearer(&issuer.sign(ada)).get("/v1.0/me").await.expect(200);
        assert_eq!(me.json["userPrincipalName"], "ada@doorward.test");
        // Who isn't in the directory is nobody, whatever the token says.
        let stranger = json!({ "idtyp": "user", "roles": null, "scp": "User.Read" });
        beside.bearer(&issuer.sign(stranger)).get("/v1.0/me").await.expect(401);
        // The server that wasn't told of it doesn't know it.
        house.bearer(&issuer.sign(json!({}))).get("/v1.0/users").await.expect(401);
    });
}

#[test]
fn the_directory_has_its_say_of_applications_that_it_knows() {
    on_each_engine(async |house| {
        let (issuer, beside) = house_that_trusts(house, &[]).await;
        let app = house.app().await;
        let new = json!({ "displayName": "A robot of elsewhere" });
        let app_id = app.post("/v1.0/applications", new).await.expect(201).json["appId"].clone();
        let principal = app.post("/v1.0/servicePrincipals", json!({ "appId": app_id })).await.expect(201).id();
        let robot = issuer.sign(json!({ "oid": principal, "azp": app_id }));
        let ada = issuer.sign(json!({
            "oid": house.user_id("ada").await, "azp": app_id, "idtyp": "user", "roles": null, "scp": "User.Read.All",
        }));
        let path = format!("/v1.0/servicePrincipals/{principal}");
        for (enabled, status) in [(true, 200), (false, 401), (true, 200)] {
            app.patch(&path, json!({ "accountEnabled": enabled })).await.expect(204);
            assert_eq!((users(&beside, &robot).await, users(&beside, &ada).await), (status, status), "{enabled}");
        }
        app.delete(&path).await.expect(204);
        assert_eq!(users(&beside, &robot).await, 401);
    });
}

#[test]
fn it_is_believed_no_further_than_it_was_told() {
    on_sqlite(async |house| {
        let (issuer, beside) = house_that_trusts(house, &[]).await;
        let now = server::Clock.seconds();
        for (what, change) in [
            ("another audience", json!({ "aud": "https://graph.microsoft.com" })),
            ("no audience", json!({ "aud": null })),
            ("expired", json!({ "exp": now - 60 })),
            ("not yet", json!({ "nbf": now + 60 })),
            ("another issuer", json!({ "iss": "https://evil.test" })),
            ("our own issuer", json!({ "iss": format!("{}/{TENANT}/v2.0", beside.url()), "tid": TENANT })),
            ("no principal", json!({ "oid": null })),
        ] {
            assert_eq!(users(&beside, &issuer.sign(change)).await, 401, "{what}");
        }
        // Within the clock skew.
        assert_eq!(users(&beside, &issuer.sign(json!({ "exp": now - 1 }))).await, 200);
        // Forged: a key that has the published one's name.
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(issuer.keys.lock().unwrap()[0].kid().to_owned());
        let forged = encode(&header, &issuer.claims(), &EncodingKey::from_secret(b"public")).unwrap();
        assert_eq!(users(&beside, &forged).await, 401);
        let good = issuer.sign(json!({}));
        let (head, _) = good.rsplit_once('.').unwrap();
        let (_, other) =
            issuer.sign(json!({ "name": "x" })).rsplit_once('.').map(|(a, b)| (a.len(), b.to_owned())).unwrap();
        assert_eq!(users(&beside, &format!("{head}.{other}")).await, 401);
    });
}

#[test]
fn only_the_algorithms_that_were_named() {
    on_sqlite(async |house| {
        let (issuer, beside) = house_that_trusts(house, &["ES256"]).await;
        assert_eq!(users(&beside, &issuer.sign(json!({}))).await, 401);
    });
}

#[test]
fn its_keys_may_change() {
    on_sqlite(async |house| {
        let (issuer, beside) = house_that_trusts(house, &[]).await;
        let old = issuer.sign(json!({}));
        assert_eq!(users(&beside, &old).await, 200);
        issuer.keys.lock().unwrap().push(new_key());
        let new = issuer.sign(json!({}));
        until(async || users(&beside, &new).await == 200).await;
        assert_eq!(users(&beside, &old).await, 200);
        // A key that is withdrawn counts no more once the document is read again.
        issuer.keys.lock().unwrap().remove(0);
        issuer.keys.lock().unwrap().push(new_key());
        let newest = issuer.sign(json!({}));
        until(async || users(&beside, &newest).await == 200).await;
        assert_eq!(users(&beside, &old).await, 401);
    });
}

#[test]
fn a_key_that_is_withdrawn_ends_by_itself() {
    on_sqlite(async |house| {
        let issuer = Issuer::start().await;
        let trusted = TrustedIssuer { key_age_seconds: 1, ..issuer.trusted(&[]) };
        let beside = house.beside(true, vec![trusted]).await;
        let token = issuer.sign(json!({}));
        assert_eq!(users(&beside, &token).await, 200);
        issuer.keys.lock().unwrap().remove(0);
        until(async || users(&beside, &token).await == 401).await;
    });
}

#[test]
fn who_comes_while_its_keys_are_fetched_waits_for_them() {
    on_sqlite(async |house| {
        let (issuer, beside) = house_that_trusts(house, &[]).await;
        issuer.slow.store(true, Ordering::Relaxed);
        let first = issuer.sign(json!({}));
        assert_eq!(tokio::join!(users(&beside, &first), users(&beside, &first)), (200, 200));
        assert_eq!(issuer.asked.load(Ordering::Relaxed), 1, "one look is enough for both");

        issuer.keys.lock().unwrap().push(new_key());
        let second = issuer.sign(json!({}));
        let third = issuer.sign(json!({ "name": "Another" }));
        tokio::time::sleep(Duration::from_secs(6)).await; // until it would be asked again
        assert_eq!(tokio::join!(users(&beside, &second), users(&beside, &third)), (200, 200));
    });
}
