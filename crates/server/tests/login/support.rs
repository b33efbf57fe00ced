//! A development server of one's own, in this process, and a client for it.

use auth::permission::Permissions;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Client, RequestBuilder, StatusCode, redirect};
use serde_json::Value;
use server::{Clock, Listener, Registration, Settings, TrustedIssuer};
use std::net::{SocketAddr, TcpListener};
use store::{Database, Store};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::{Uuid, uuid};

pub const TENANT: Uuid = uuid!("11111111-1111-4111-8111-111111111111");
/// Public, with a secret besides.
pub const APP: &str = "22222222-2222-4222-8222-222222222222";
pub const SECRET: &str = "doorward-dev-secret";
/// Confidential, may read users and nothing else; `https://app.test/back` is its address.
pub const WEB: &str = "33333333-3333-4333-8333-333333333333";
pub const WEB_SECRET: &str = "a secret of its own";
/// Confidential; its only secret has expired.
pub const STALE: &str = "44444444-4444-4444-8444-444444444444";
pub const GRAPH: &str = "https://graph.microsoft.com/.default";
pub const PASSWORD: &str = "doorward-dev";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub struct Server {
    pub base: String,
    pub http: Client,
    /// The same database, for what the front door doesn't show: clocks can't be turned yet.
    pub store: Store,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl Server {
    pub async fn start() -> Server {
        Server::with(Vec::new(), true).await
    }

    pub async fn with(issuers: Vec<TrustedIssuer>, dev: bool) -> Server {
        let folder = tempfile::tempdir().unwrap();
        Server::on(folder, issuers, dev).await
    }

    async fn on(folder: TempDir, issuers: Vec<TrustedIssuer>, dev: bool) -> Server {
        let database = Database::Sqlite(folder.path().join("doorward.db"));
        let socket = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address: SocketAddr = socket.local_addr().unwrap();
        let listeners = vec![Listener { socket, tls: false }];
        let settings = Settings { database: database.clone(), dev, listeners, tls: None, issuers };
        let (started, ready) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            let stopped = async move {
                let _ = stopped.await;
            };
            server::serve(settings, move || started.send(()).unwrap(), stopped).await.unwrap();
        });
        ready.await.unwrap();
        let http = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        let store = Store::open(&database).await.unwrap();
        Server { base: format!("http://{address}"), http, store, folder, stop: Some(stop), running }
    }

    /// Ends the server and starts another one on the same data.
    pub async fn again(mut self, dev: bool) -> Server {
        let _ = self.stop.take().unwrap().send(());
        self.running.await.unwrap();
        Server::on(self.folder, Vec::new(), dev).await
    }

    /// Two more clients beside the development client.
    pub async fn with_clients(self) -> Server {
        let read = Permissions::from_roles(["User.Read.All"]);
        let scopes = Permissions::from_scopes("User.Read User.Read.All");
        for (app_id, number, secret_life) in [(WEB, 0x33, i64::from(u32::MAX) * 1000), (STALE, 0x44, -1)] {
            let registration = Registration {
                app_id: app_id.parse().unwrap(),
                application_id: Uuid::from_u128(number),
                service_principal_id: Uuid::from_u128(number + 1),
                name: "Web <app>".to_owned(),
                public: false,
                redirect_uris: vec!["https://app.test/back?x=1".to_owned(), "https://app.test/back".to_owned()],
                app_permissions: read,
                scopes,
                secret: Some(WEB_SECRET.to_owned()),
                secret_life,
            };
            self.store.client_create(TENANT, registration.new_client(Clock).unwrap()).await.unwrap();
        }
        self
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        json(self.http.get(self.url(path))).await
    }

    pub async fn token(&self, form: &[(&str, &str)]) -> (StatusCode, Value) {
        self.token_of("common", form).await
    }

    pub async fn token_of(&self, tenant: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        json(self.http.post(self.url(&format!("/{tenant}/oauth2/v2.0/token"))).form(form)).await
    }

    /// The Entra number with which the token endpoint refuses.
    pub async fn refused(&self, form: &[(&str, &str)]) -> (u16, String, u64) {
        refusal(self.token(form).await)
    }

    pub async fn login(&self, user: &str, scope: &str) -> Value {
        let form = [
            ("grant_type", "password"),
            ("client_id", APP),
            ("username", user),
            ("password", PASSWORD),
            ("scope", scope),
        ];
        let (status, body) = self.token(&form).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub async fn dev_token(&self, form: &[(&str, &str)]) -> (StatusCode, Value) {
        json(self.http.post(self.url("/dev/token")).form(form)).await
    }

    pub async fn graph(&self, token: &str, path: &str) -> (StatusCode, Value) {
        json(self.http.get(self.url(path)).bearer_auth(token)).await
    }

    /// With every permission of the development client.
    pub async fn admin(&self) -> String {
        text(&self.dev_token(&[]).await.1, "access_token")
    }
}

pub async fn json(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let body = response.text().await.unwrap();
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

/// Status, OAuth's word and Entra's number; and the body has all that clients read.
pub fn refusal((status, body): (StatusCode, Value)) -> (u16, String, u64) {
    let code = body["error_codes"][0].as_u64().unwrap_or_else(|| panic!("{status} {body}"));
    let description = body["error_description"].as_str().unwrap();
    assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
    for field in ["timestamp", "trace_id", "correlation_id"] {
        assert!(body[field].is_string(), "{field}");
    }
    (status.as_u16(), text(&body, "error"), code)
}

pub fn text(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap_or_else(|| panic!("no {field} in {body}")).to_owned()
}

/// What a token says, its signature aside.
pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
