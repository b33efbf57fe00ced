//! Logging in: forms, what comes back, and the clients that do it.

use auth::issuer::hasher::Hasher;
use auth::permission::Permissions;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use server::{Clock, Registration};
use store::Store;
use testkit::{Answer, Client, House};
use uuid::{Uuid, uuid};

pub const TENANT: Uuid = uuid!("11111111-1111-4111-8111-111111111111");
/// The development client: public, with a secret besides.
pub const APP: &str = "22222222-2222-4222-8222-222222222222";
pub const SECRET: &str = "doorward-dev-secret";
/// Confidential, may read users and nothing else.
pub const WEB: &str = "55555555-5555-4555-8555-555555555555";
pub const WEB_SECRET: &str = "a secret of its own";
pub const WEB_BACK: &str = "https://app.test/back";
/// Confidential; its only secret has expired.
pub const STALE: &str = "66666666-6666-4666-8666-666666666666";
pub const GRAPH: &str = "https://graph.microsoft.com/.default";
pub const PASSWORD: &str = "doorward-dev";
// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub type Fields<'a> = Vec<(&'a str, &'a str)>;

/// The store, for what no request does: clients are made by the command line, clocks by nobody.
pub async fn store(house: &House) -> Store {
    Store::open(house.database()).await.unwrap()
}

/// Two more clients, as `doorward client create` makes them.
pub async fn clients(house: &House) {
    let store = store(house).await;
    for (app_id, number, secret_life) in [(WEB, 0x55, 3_600_000_000), (STALE, 0x66, -1)] {
        let registration = Registration {
            app_id: app_id.parse().unwrap(),
            application_id: Uuid::from_u128(number),
            service_principal_id: Uuid::from_u128(number + 1),
            name: "Web <app>".to_owned(),
            public: false,
            redirect_uris: vec![WEB_BACK.to_owned(), "https://app.test/with?x=1".to_owned()],
            app_permissions: Permissions::from_roles(["User.Read.All"]),
            scopes: Permissions::from_scopes("User.Read User.Read.All"),
            secret: Some(WEB_SECRET.to_owned()),
            secret_life,
        };
        store.client_create(TENANT, registration.new_client(Clock, &mut Hasher::default()).unwrap()).await.unwrap();
    }
}

/// As it stands in a form or a query.
pub fn encoded(fields: &[(&str, &str)]) -> String {
    let url = reqwest::Url::parse_with_params("http://x", fields).unwrap();
    url.query().unwrap_or_default().to_owned()
}

pub async fn post(client: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let client = client.with("content-type", "application/x-www-form-urlencoded");
    client.send("POST", path, Some(encoded(fields))).await
}

/// Asks the token endpoint.
pub async fn token(house: &House, fields: &[(&str, &str)]) -> Answer {
    post(&house.nobody(), "/common/oauth2/v2.0/token", fields).await
}

/// Asks the token endpoint, which says yes.
#[track_caller]
pub fn granted(answer: Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json
}

/// Asks the token endpoint, which says no: Entra's number.
pub async fn refused(house: &House, fields: &[(&str, &str)]) -> u64 {
    refusal(&token(house, fields).await).2
}

/// Status, OAuth's word and Entra's number; and the body has all that clients read.
#[track_caller]
pub fn refusal(answer: &Answer) -> (u16, &str, u64) {
    let code = answer.json["error_codes"][0].as_u64().unwrap_or_else(|| panic!("{} {}", answer.status, answer.text()));
    let description = answer.json["error_description"].as_str().unwrap();
    assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
    for field in ["timestamp", "trace_id", "correlation_id"] {
        assert!(answer.json[field].is_string(), "{field}");
    }
    (answer.status, answer.json["error"].as_str().unwrap(), code)
}

pub fn application<'a>(client: &'a str, secret: &'a str, scope: &'a str) -> Fields<'a> {
    vec![("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret), ("scope", scope)]
}

pub fn password<'a>(user: &'a str, password: &'a str, scope: &'a str) -> Fields<'a> {
    vec![("grant_type", "password"), ("client_id", APP), ("username", user), ("password", password), ("scope", scope)]
}

pub fn refresh<'a>(token: &'a str, more: &[(&'a str, &'a str)]) -> Fields<'a> {
    let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    form.extend_from_slice(more);
    form
}

/// A user of the sample organization logs in.
pub async fn login(house: &House, user: &str, scope: &str) -> Value {
    granted(token(house, &password(user, PASSWORD, scope)).await)
}

#[track_caller]
pub fn text(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap_or_else(|| panic!("no {field} in {body}")).to_owned()
}

/// What a token says, its signature aside.
pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

pub async fn set_enabled(house: &House, user: &str, enabled: bool) {
    let path = format!("/v1.0/users/{user}");
    house.app().await.patch(&path, json!({ "accountEnabled": enabled })).await.expect(204);
}

/// The sealed field of a page's form.
#[track_caller]
pub fn sealed(page: &Answer) -> String {
    let html = page.text();
    let rest = html.split_once("name=\"request\" value=\"").unwrap_or_else(|| panic!("no form in {html}")).1;
    rest.split('"').next().unwrap().to_owned()
}

/// What every page's headers must say.
#[track_caller]
pub fn is_page(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let policy = answer.header("content-security-policy");
    for part in ["default-src 'none'", "style-src 'sha256-", "frame-ancestors 'none'", "form-action 'self'"] {
        assert!(policy.contains(part), "{policy}");
    }
}
