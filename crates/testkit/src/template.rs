//! The database that every test starts from, made once for each engine in a process: the fixed
//! tenant of `--dev` with its sample organization, and a second tenant with a client and a key.

use crate::database::{Engine, Own, sweep};
use auth::issuer::hasher::Hasher;
use auth::issuer::keys::SigningKey;
use auth::permission::Permissions;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use server::{AnswerLimits, Clock, Hashing, PATIENCE, Registration, Settings};
use std::sync::OnceLock;
use store::tenant::NewTenant;
use store::{Database, Store};
use uuid::{Uuid, uuid};

pub const OTHER_TENANT: Uuid = uuid!("33333333-3333-4333-8333-333333333333");
pub const OTHER_DOMAIN: &str = "other.test";
pub const OTHER_APPLICATION: Uuid = uuid!("44444444-4444-4444-8444-444444444444");
pub const OTHER_SERVICE_PRINCIPAL: Uuid = uuid!("44444444-4444-4444-8444-444444444445");
const OTHER_REGISTRATION: Uuid = uuid!("44444444-4444-4444-8444-444444444446");
/// Microseconds that its client's secret lasts.
const SECRET_LIFE: i64 = 86_400 * 1_000_000;

/// The template of an engine.
pub async fn template(engine: &Engine) -> Database {
    static SQLITE: OnceLock<Own> = OnceLock::new();
    static POSTGRES: OnceLock<Own> = OnceLock::new();
    static MAKING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let place = match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres(_) => &POSTGRES,
    };
    let _one_at_a_time = MAKING.lock().await;
    if place.get().is_none() {
        let made = make(engine).await;
        assert!(place.set(made).is_ok(), "only one makes a template at a time");
    }
    place.get().expect("it was set above").database.clone()
}

async fn make(engine: &Engine) -> Own {
    if let Engine::Postgres(server) = engine {
        sweep(server).await;
    }
    let own = Own::empty(engine).await;
    let settings = Settings {
        database: own.database.clone(),
        dev: true,
        listeners: Vec::new(),
        tls: None,
        issuers: Vec::new(),
        mail: None,
        private_callouts: false,
        answers: AnswerLimits::default(),
        patience: PATIENCE,
        hashing: Hashing::default(),
    };
    // It makes the sample, and ends at once: nothing listens.
    server::serve(settings, || {}, async {}).await.expect("the sample organization is made");
    let store = Store::open(&own.database).await.expect("the template opens");
    second_tenant(&store).await;
    own
}

async fn second_tenant(store: &Store) {
    let clock = Clock;
    let offers = server::offers();
    let tenant = NewTenant {
        id: OTHER_TENANT,
        name: "Other".to_owned(),
        domain: OTHER_DOMAIN.to_owned(),
        catalog_id: clock.id(),
        graph_id: clock.id(),
        app_roles: offers.app_roles,
        scopes: offers.scopes,
        audit_id: clock.id(),
        now: clock.now(),
    };
    store.tenant_create(tenant).await.expect("a second tenant");
    let registration = Registration {
        app_id: OTHER_APPLICATION,
        application_id: OTHER_REGISTRATION,
        service_principal_id: OTHER_SERVICE_PRINCIPAL,
        name: "Other client".to_owned(),
        public: true,
        redirect_uris: Vec::new(),
        app_permissions: Permissions::all_roles(),
        scopes: Permissions::all_scopes(),
        secret: Some("other-secret".to_owned()),
        secret_life: SECRET_LIFE,
    };
    let client = registration.new_client(clock, &mut Hasher::default()).expect("a registration");
    store.client_create(OTHER_TENANT, client).await.expect("a client of the second tenant");
    let now = clock.seconds();
    let key = SigningKey::generate(now).expect("a signing key");
    let stored = store::identity::SigningKey {
        id: key.kid().to_owned(),
        private_key: STANDARD.encode(key.pkcs8().expect("the key is written")),
        created_at: now * 1_000_000,
    };
    store.signing_key_add(OTHER_TENANT, stored, 0, 0).await.expect("the key is kept");
}
