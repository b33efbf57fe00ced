//! Passwords and secrets are hashed in one bounded queue, for callers who have the right to it. A server
//! whose queue has no places shows what would have been hashed: that is refused with 503.

use crate::login::support::{
    APP, GRAPH, PASSWORD, SECRET, TENANT, application, encoded, is_page, password, post, refusal, sealed, store, token,
};
use auth::issuer::secret;
use futures_util::future::join_all;
use serde_json::{Value, json};
use server::{Clock, Hashing};
use store::tenant::NewSecret;
use testkit::{Answer, Beside, Client, House, on_each_engine};
use uuid::Uuid;

const SURFACES: [&str; 2] = ["/v1.0", "/beta"];
const TOKEN: &str = "/common/oauth2/v2.0/token";

/// A server that hashes nothing.
async fn without_places(house: &House) -> Beside {
    house.beside_with_hashing(Hashing { workers: 1, queue: 0 }).await
}

fn user(name: &str) -> Value {
    json!({
        "accountEnabled": true, "displayName": name, "mailNickname": name,
        "userPrincipalName": format!("{name}@doorward.test"), "passwordProfile": { "password": PASSWORD },
    })
}

fn new_password() -> Value {
    json!({ "passwordProfile": { "password": "another pass phrase" } })
}

/// Every way to have something hashed by Graph: method, path below the surface, body.
async fn ways(house: &House) -> Vec<(&'static str, String, Value)> {
    let app = house.app().await;
    let ben = house.user_id("ben").await;
    let of = async |set: &str| app.get(&format!("/v1.0/{set}(appId='{APP}')?$select=id")).await.expect(200).id();
    let (registration, principal) = (of("applications").await, of("servicePrincipals").await);
    vec![
        ("POST", "/users".to_owned(), user("new")),
        ("PATCH", format!("/users/{ben}"), new_password()),
        ("PATCH", "/users/cho@doorward.test".to_owned(), new_password()),
        ("POST", format!("/applications/{registration}/addPassword"), json!({})),
        ("POST", format!("/servicePrincipals/{principal}/addPassword"), json!({})),
    ]
}

/// The statuses of the requests, each by itself and all in one batch, on both surfaces.
async fn statuses(caller: &Client, ways: &[(&'static str, String, Value)]) -> Vec<u16> {
    let mut statuses = Vec::new();
    for surface in SURFACES {
        for (method, path, body) in ways {
            let answer = caller.send(method, &format!("{surface}{path}"), Some(body.to_string())).await;
            assert_eq!(answer.header("retry-after"), if answer.status == 503 { "1" } else { "" }, "{path}");
            statuses.push(answer.status);
        }
        let requests = (0..).zip(ways).map(|(id, (method, path, body))| {
            let headers = json!({ "Content-Type": "application/json" });
            json!({ "id": id.to_string(), "method": method, "url": path, "headers": headers, "body": body })
        });
        let batch = json!({ "requests": requests.collect::<Vec<_>>() });
        let answer = caller.post(&format!("{surface}/$batch"), batch).await.expect(200);
        for response in answer.json["responses"].as_array().unwrap() {
            let retry = response["headers"]["Retry-After"].as_str().unwrap_or_default();
            assert_eq!(retry, if response["status"] == 503 { "1" } else { "" }, "{response}");
            statuses.push(u16::try_from(response["status"].as_u64().unwrap()).unwrap());
        }
    }
    statuses
}

#[test]
fn request_without_the_right_is_403_and_nothing_is_hashed() {
    on_each_engine(async |house| {
        let ways = ways(house).await;
        let beside = without_places(house).await;
        let read_only = house.app_with(&["User.Read.All", "Application.Read.All"]).await;
        let as_user = house.user("eve", &["User.ReadWrite.All", "Application.ReadWrite.All"]).await;
        for caller in [&read_only, &as_user] {
            let statuses = statuses(&beside.bearer(caller.token()), &ways).await;
            assert_eq!(statuses, vec![403; statuses.len()]);
        }
        // The permission would do, and these rows are not the caller's to change.
        let narrow = house.app_with(&["User.ReadWrite.All", "Application.ReadWrite.OwnedBy"]).await;
        let narrow = beside.bearer(narrow.token());
        let other = house.app_with(&["Application.ReadWrite.All"]).await;
        let made = other.post("/v1.0/applications", json!({ "displayName": "Theirs" })).await.expect(201).id();
        let owner = "22222222-2222-4222-8222-222222222223";
        other.delete(&format!("/v1.0/applications/{made}/owners/{owner}/$ref")).await;
        for surface in SURFACES {
            narrow.post(&format!("{surface}/applications/{made}/addPassword"), json!({})).await.expect(403);
            let admin = format!("{surface}/users/admin@doorward.test");
            narrow.patch(&admin, new_password()).await.expect(403);
            let missing = format!("{surface}/users/{}", Uuid::from_u128(7));
            narrow.patch(&missing, new_password()).await.expect(404);
            let wrong = json!({ "passwordProfile": { "password": PASSWORD }, "userType": "Robot" });
            narrow.patch(&format!("{surface}/users/ben@doorward.test"), wrong).await.expect(400).says("userType");
        }
    });
}

#[test]
fn full_queue_is_503_with_retry_after_and_changes_nothing() {
    on_each_engine(async |house| {
        let ways = ways(house).await;
        let beside = without_places(house).await;
        let app = house.app().await;
        let statuses = statuses(&beside.bearer(app.token()), &ways).await;
        assert_eq!(statuses, vec![503; statuses.len()]);
        app.get("/v1.0/users/new@doorward.test").await.expect(404);
        let ben = crate::login::support::login(house, "ben@doorward.test", "User.Read").await;
        assert!(ben["access_token"].is_string(), "the password is what it was");
        let metrics = beside.nobody().get("/metrics").await.text();
        assert!(metrics.contains("doorward_hashing_jobs_total{lane=\"new\",outcome=\"refused\"}"), "{metrics}");
        // What needs no hash goes on.
        beside.bearer(app.token()).get("/v1.0/users?$top=1").await.expect(200);
        beside.bearer(app.token()).patch("/v1.0/users/ben@doorward.test", json!({ "jobTitle": "x" })).await.expect(204);
    });
}

#[test]
fn sign_in_with_a_full_queue_is_503_as_oauth_says_it() {
    on_each_engine(async |house| {
        let beside = without_places(house).await;
        let nobody = beside.nobody();
        let busy = |answer: &Answer| {
            assert_eq!(refusal(answer), (503, "temporarily_unavailable", 90_033));
            assert_eq!(answer.header("retry-after"), "1");
        };
        busy(&post(&nobody, TOKEN, &application(APP, SECRET, GRAPH)).await);
        busy(&post(&nobody, TOKEN, &password("ada@doorward.test", PASSWORD, "User.Read")).await);
        busy(&post(&nobody, TOKEN, &password("nobody@doorward.test", PASSWORD, "User.Read")).await);

        let query = [
            ("client_id", APP),
            ("response_type", "code"),
            ("redirect_uri", "http://localhost:7/"),
            ("scope", "User.Read"),
        ];
        let page = nobody.get(&format!("/common/oauth2/v2.0/authorize?{}", encoded(&query))).await;
        let request = sealed(&page);
        let fields =
            [("request", &*request), ("username", "ada@doorward.test"), ("password", PASSWORD), ("answer", "sign-in")];
        let answer = post(&nobody, &format!("/{TENANT}/oauth2/v2.0/authorize"), &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert!(answer.header("location").contains("error=temporarily_unavailable"), "{}", answer.header("location"));

        let codes =
            post(&nobody, "/common/oauth2/v2.0/devicecode", &[("client_id", APP), ("scope", "User.Read")]).await;
        let user_code = codes.json["user_code"].as_str().unwrap().to_owned();
        let request = sealed(&post(&nobody, "/devicelogin", &[("user_code", &user_code)]).await);
        let fields =
            [("request", &*request), ("username", "ada@doorward.test"), ("password", PASSWORD), ("answer", "approve")];
        let answer = post(&nobody, "/devicelogin", &fields).await;
        is_page(&answer, 503);
        assert_eq!(answer.header("retry-after"), "1");
    });
}

/// An application with this many secrets: its application id, its object id and the secrets.
async fn with_secrets(house: &House, count: usize) -> (String, String, Vec<String>) {
    let app = house.app().await;
    let made = app.post("/v1.0/applications", json!({ "displayName": "Client" })).await.expect(201);
    let app_id = made.json["appId"].as_str().unwrap().to_owned();
    app.post("/v1.0/servicePrincipals", json!({ "appId": app_id })).await.expect(201);
    let mut secrets = Vec::new();
    for _ in 0..count {
        let path = format!("/v1.0/applications/{}/addPassword", made.id());
        let added = app.post(&path, json!({})).await.expect(200);
        secrets.push(added.json["secretText"].as_str().unwrap().to_owned());
    }
    (app_id, made.id(), secrets)
}

/// Another secret with the same first characters.
fn alike(secret: &str) -> String {
    format!("{}{}", &secret[..3], &secret::client_secret().unwrap().expose()[3..])
}

#[test]
fn wrong_client_secret_costs_no_hash() {
    on_each_engine(async |house| {
        let (client, _, secrets) = with_secrets(house, 3).await;
        let beside = without_places(house).await;
        let ask = async |secret: &str| {
            let answer = post(&beside.nobody(), TOKEN, &application(&client, secret, GRAPH)).await;
            let (status, _, code) = refusal(&answer);
            (status, code)
        };
        let made_up = secret::client_secret().unwrap();
        let long = "x".repeat(60_000);
        for wrong in [made_up.expose(), &long, &alike(&secrets[0]), "short", &secrets[0][..42]] {
            assert_eq!(ask(wrong).await, (401, 7_000_215), "{wrong}");
        }
        for right in &secrets {
            assert_eq!(ask(right).await, (503, 90_033), "one hash, for which there is no place");
            assert_eq!(token(house, &application(&client, right, GRAPH)).await.status, 200);
        }
    });
}

#[test]
fn client_secret_from_before_selectors_works_and_is_found_by_its_hint() {
    on_each_engine(async |house| {
        let (client, _, secrets) = with_secrets(house, 2).await;
        house.plant("UPDATE credential SET selector = NULL").await;
        for right in &secrets {
            assert_eq!(token(house, &application(&client, right, GRAPH)).await.status, 200);
        }
        let wrong = alike(&secrets[0]);
        assert_eq!(refusal(&token(house, &application(&client, &wrong, GRAPH)).await).2, 7_000_215);
        let beside = without_places(house).await;
        for (wrong, status) in [(wrong.as_str(), 503), ("!!! can begin no secret", 401)] {
            let answer = post(&beside.nobody(), TOKEN, &application(&client, wrong, GRAPH)).await;
            assert_eq!(refusal(&answer).0, status, "{wrong}");
        }
    });
}

#[test]
fn application_has_at_most_100_secrets() {
    on_each_engine(async |house| {
        let (client, id, _) = with_secrets(house, 1).await;
        let store = store(house).await;
        let client: Uuid = client.parse().unwrap();
        let another = || NewSecret {
            key_id: Uuid::new_v4(),
            hash: "no hash at all".to_owned(),
            hint: "abc".to_owned(),
            selector: None,
            ends_at: Clock.now() + 86_400_000_000,
            audit_id: Clock.id(),
        };
        for _ in 0..98 {
            store.client_secret(TENANT, client, another(), false, Clock.now()).await.unwrap();
        }
        let app = house.app().await;
        let add = format!("/v1.0/applications/{id}/addPassword");
        let last = app.post(&add, json!({})).await.expect(200);
        for surface in SURFACES {
            let add = format!("{surface}/applications/{id}/addPassword");
            app.post(&add, json!({})).await.expect(400).error("Request_BadRequest").says("passwordCredentials");
        }
        // The operator's way has the same end, unless the others go.
        assert!(store.client_secret(TENANT, client, another(), false, Clock.now()).await.is_err());
        let remove = format!("/v1.0/applications/{id}/removePassword");
        app.post(&remove, json!({ "keyId": last.json["keyId"] })).await.expect(204);
        app.post(&add, json!({})).await.expect(200);
        store.client_secret(TENANT, client, another(), true, Clock.now()).await.unwrap();
        let shown = app.get(&format!("/v1.0/applications/{id}?$select=passwordCredentials")).await.expect(200);
        assert_eq!(shown.json["passwordCredentials"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn wrong_passwords_sent_at_once_are_all_counted() {
    on_each_engine(async |house| {
        let beside = house.beside_with_hashing(Hashing { workers: 1, queue: 64 }).await;
        let wrong = password("dan@doorward.test", "wrong", "User.Read");
        let nobody = beside.nobody();
        let answers = join_all((0..40).map(|_| post(&nobody, TOKEN, &wrong))).await;
        let codes: Vec<u64> = answers.iter().map(|answer| refusal(answer).2).collect();
        let count = |code| codes.iter().filter(|each| **each == code).count();
        assert_eq!((count(50_126), count(50_053)), (10, 30), "ten are tried, the others meet the lock: {codes:?}");
        let right = password("dan@doorward.test", PASSWORD, "User.Read");
        assert_eq!(refusal(&post(&nobody, TOKEN, &right).await).2, 50_053);
    });
}

#[test]
fn requests_at_once_make_one_signing_key() {
    on_each_engine(async |house| {
        house.plant("DELETE FROM signing_key").await;
        let beside = house.beside(false, Vec::new()).await;
        let path = format!("/{TENANT}/discovery/v2.0/keys");
        let nobody = beside.nobody();
        let answers = join_all((0..8).map(|_| nobody.get(&path))).await;
        for answer in &answers {
            assert_eq!(answer.status, 200);
            assert_eq!(answer.json["keys"], answers[0].json["keys"]);
            assert_eq!(answer.json["keys"].as_array().unwrap().len(), 1);
        }
    });
}
