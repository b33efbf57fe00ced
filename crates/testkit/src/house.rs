//! A server of one's own, with a sample organization and a second tenant in it.

use crate::client::Client;
use crate::database::{Engine, Own};
use crate::template::template;
use crate::token::{Wish, mint};
use server::{AnswerLimits, Hashing, Listener, MailSettings, Settings, TrustedIssuer};
use std::net::TcpListener;
use std::time::Duration;
use store::verify::Violation;
use store::{Database, Store};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// The sample organization.
const SAMPLE: Uuid = Uuid::from_u128(0x11111111_1111_4111_8111_111111111111);

/// How long a server may take to end; nobody asks it anything any more.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running server.
pub struct House {
    own: Own,
    /// `http://127.0.0.1:port`
    url: String,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
    http: reqwest::Client,
}

/// A further server on a house's database; it ends when this is dropped.
pub struct Beside {
    url: String,
    http: reqwest::Client,
    _stop: oneshot::Sender<()>,
}

impl Beside {
    /// `http://127.0.0.1:port`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Nobody: no token at all.
    pub fn nobody(&self) -> Client {
        Client::new(self.http.clone(), &self.url, None)
    }

    /// Whoever holds this token.
    pub fn bearer(&self, token: &str) -> Client {
        Client::new(self.http.clone(), &self.url, Some(token.to_owned()))
    }
}

async fn serve(
    database: &Database,
    dev: bool,
    issuers: Vec<TrustedIssuer>,
    mail: Option<MailSettings>,
    answers: AnswerLimits,
    patience: Duration,
    hashing: Hashing,
) -> (String, oneshot::Sender<()>, JoinHandle<()>) {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", socket.local_addr().expect("an address"));
    let listeners = vec![Listener { socket, tls: false }];
    let settings = Settings {
        database: database.clone(),
        dev,
        listeners,
        tls: None,
        issuers,
        mail,
        private_callouts: false,
        answers,
        patience,
        hashing,
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let (started, ready) = oneshot::channel();
    let server = tokio::spawn(async move {
        let started = || {
            let _ = started.send(());
        };
        let stopped = async {
            let _ = stopped.await;
        };
        server::serve(settings, started, stopped).await.expect("the server runs");
    });
    ready.await.expect("the server starts");
    (url, stop, server)
}

impl House {
    pub(crate) async fn open(engine: Engine, mail: Option<MailSettings>) -> House {
        let template = template(&engine).await;
        let own = Own::copy(&engine, &template).await;
        let (url, stop, server) =
            serve(&own.database, true, Vec::new(), mail, AnswerLimits::default(), server::PATIENCE, Hashing::default())
                .await;
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("an HTTP client");
        House { own, url, stop, server, http }
    }

    /// Another server on the same database: not in development mode, or with issuers that it trusts, or
    /// one that has just read everything anew.
    pub async fn beside(&self, dev: bool, issuers: Vec<TrustedIssuer>) -> Beside {
        let answers = AnswerLimits::default();
        let (url, stop, _) =
            serve(&self.own.database, dev, issuers, None, answers, server::PATIENCE, Hashing::default()).await;
        Beside { url, http: self.http.clone(), _stop: stop }
    }

    /// Another server on the same database, which waits no longer than that for a request to come in.
    pub async fn beside_with_patience(&self, patience: Duration) -> Beside {
        let answers = AnswerLimits::default();
        let (url, stop, _) =
            serve(&self.own.database, true, Vec::new(), None, answers, patience, Hashing::default()).await;
        Beside { url, http: self.http.clone(), _stop: stop }
    }

    /// Another server on the same database, in development mode, with this much password hashing. With a
    /// queue of none, what would be hashed is refused, and everything else goes on.
    pub async fn beside_with_hashing(&self, hashing: Hashing) -> Beside {
        let answers = AnswerLimits::default();
        let (url, stop, _) =
            serve(&self.own.database, true, Vec::new(), None, answers, server::PATIENCE, hashing).await;
        Beside { url, http: self.http.clone(), _stop: stop }
    }

    /// Another server on the same database, whose answers may hold so much and no more.
    pub async fn beside_with_limits(&self, answers: AnswerLimits) -> Beside {
        let (url, stop, _) =
            serve(&self.own.database, true, Vec::new(), None, answers, server::PATIENCE, Hashing::default()).await;
        Beside { url, http: self.http.clone(), _stop: stop }
    }

    /// Ends the server and asks `verify()`; the database is gone afterwards.
    pub(crate) async fn close(self) -> Vec<Violation> {
        drop(self.http);
        let _ = self.stop.send(());
        if tokio::time::timeout(PATIENCE, self.server).await.is_err() {
            // An answer that never ends is for the test to notice; the promises are looked at all the same.
        }
        let store = Store::open(&self.own.database).await.expect("the database opens");
        let violations = store.verify().await.expect("the promises are looked at");
        drop(store);
        self.own.remove().await;
        violations
    }

    /// `http://127.0.0.1:port`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `127.0.0.1:port`
    pub fn host(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// The database, for a second process or for a look at it after the server's end.
    pub fn database(&self) -> &Database {
        &self.own.database
    }

    /// The promises that are broken now.
    pub async fn verify(&self) -> Vec<Violation> {
        let store = Store::open(&self.own.database).await.expect("the database opens");
        store.verify().await.expect("the promises are looked at")
    }

    /// Nobody: no token at all.
    pub fn nobody(&self) -> Client {
        Client::new(self.http.clone(), &self.url, None)
    }

    /// Whoever holds this token.
    pub fn bearer(&self, token: &str) -> Client {
        Client::new(self.http.clone(), &self.url, Some(token.to_owned()))
    }

    /// The development client, with every app role.
    pub async fn app(&self) -> Client {
        self.dev_token(&[]).await
    }

    /// The development client, with these app roles and no other.
    pub async fn app_with(&self, roles: &[&str]) -> Client {
        assert!(!roles.is_empty(), "an empty list would mean every role; use `app()` for that");
        self.dev_token(&[("role", &roles.join(" "))]).await
    }

    /// A user of the sample organization, by the name before the `@`, with these scopes; with every
    /// scope when none is named.
    pub async fn user(&self, name: &str, scopes: &[&str]) -> Client {
        let name = if name.contains('@') { name.to_owned() } else { format!("{name}@doorward.test") };
        self.dev_token(&[("user", &name), ("scope", &scopes.join(" "))]).await
    }

    async fn dev_token(&self, form: &[(&str, &str)]) -> Client {
        let request = self.http.post(format!("{}/dev/token", self.url)).form(form);
        let response = request.send().await.expect("/dev/token answers");
        let status = response.status();
        let body: serde_json::Value = response.json().await.expect("JSON from /dev/token");
        let token = body["access_token"].as_str();
        self.bearer(token.unwrap_or_else(|| panic!("/dev/token {form:?}: {status} {body}")))
    }

    /// The client of the second tenant, with every app role.
    pub async fn other_tenant(&self) -> Client {
        self.mint(&Wish::other_tenant(&self.url)).await
    }

    /// Whoever holds the token that is wished for.
    pub async fn mint(&self, wish: &Wish) -> Client {
        let store = Store::open(&self.own.database).await.expect("the database opens");
        self.bearer(&mint(&store, wish).await)
    }

    /// The id of a user of the sample organization, by the name before the `@`.
    pub async fn user_id(&self, name: &str) -> String {
        let path = format!("/v1.0/users/{name}@doorward.test?$select=id");
        self.app().await.get(&path).await.expect(200).id()
    }

    /// The id of a group of the sample organization: `Payment clerks`, `Payment releasers`.
    pub async fn group_id(&self, name: &str) -> String {
        self.named("/v1.0/groups", name).await
    }

    /// The id of an access package of the sample organization: `Enter payments`, `Release payments`.
    pub async fn package_id(&self, name: &str) -> String {
        self.named("/v1.0/identityGovernance/entitlementManagement/accessPackages", name).await
    }

    /// The id of a catalog: `General`, `Payments`.
    pub async fn catalog_id(&self, name: &str) -> String {
        self.named("/v1.0/identityGovernance/entitlementManagement/catalogs", name).await
    }

    async fn named(&self, set: &str, name: &str) -> String {
        let path = format!("{set}?$select=id&$filter=displayName%20eq%20'{}'", name.replace(' ', "%20"));
        let found = self.app().await.get(&path).await.expect(200);
        match found.values() {
            [one] => one["id"].as_str().expect("an id").to_owned(),
            other => panic!("{} things are called '{name}' in {set}", other.len()),
        }
    }

    /// By which an extension knows that it is this house that calls.
    pub async fn extension_secret(&self, extension: &str) -> String {
        let id = Uuid::try_parse(extension).expect("an id");
        let store = Store::open(&self.own.database).await.expect("the database opens");
        store.extension_secret(SAMPLE, id).await.expect("it is read").expect("an extension")
    }

    /// Runs SQL past the server and its rules: to see that `verify()` finds what that breaks.
    pub async fn plant(&self, sql: &str) {
        self.own.plant(sql).await;
    }

    /// Whether the house stands on the embedded engine.
    pub fn on_sqlite(&self) -> bool {
        self.own.path().is_some()
    }
}
