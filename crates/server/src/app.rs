//! The server's state: one for the process, shared by every request. It must never hold anything
//! that another process on the same database would have to know.

use crate::authenticate::Keys;
use crate::bound::Bound;
use crate::busy::Busy;
use crate::clock::{Clock, TenantClocks};
use crate::encoding::Workers;
use crate::error::StartError;
use crate::hashing::HashQueue;
use crate::login::{Logins, Rings};
use crate::post::Outlets;
use crate::settings::{Hashing, TrustedIssuer};
use crate::worker::Bell;
use auth::issuer::secret::SecretCache;
use auth::verify::{Issuer, Issuers, TenantRule, TokenCache};
use metrics_exporter_prometheus::PrometheusHandle;
use model::Version;
use odata::budget::{AnswerLimits, Budget, Pool};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use store::{Store, Written};

/// Secrets whose hash needn't be computed again.
const SECRETS: usize = 4096;
/// Verified tokens that are kept.
const TOKENS: usize = 65_536;

pub struct App {
    pub store: Store,
    pub clock: Clock,
    pub clocks: TenantClocks,
    pub bell: Bell,
    /// Rung for what waits in the outbox.
    pub post: Bell,
    pub outlets: Outlets,
    pub dev: bool,
    pub tokens: TokenCache,
    pub bound: Bound,
    pub issuers: Issuers,
    /// Seconds that another issuer's clock may differ.
    pub leeway: i64,
    pub keys: Keys,
    /// Keys to sign with, by tenant.
    pub rings: Rings,
    pub secrets: SecretCache,
    pub hashing: HashQueue,
    pub logins: Logins,
    pub busy: Busy,
    pub coders: Workers,
    pub answers: AnswerLimits,
    /// What all answers hold.
    pub memory: Arc<Pool>,
    /// How long the body of a request may take to come in.
    pub patience: Duration,
    pub metrics: PrometheusHandle,
}

impl App {
    /// The tenant's time, in microseconds since 1970. Tokens don't follow it.
    pub fn now(&self, tenant: uuid::Uuid) -> i64 {
        self.clock.now().saturating_add(self.clocks.offset(tenant))
    }

    /// Room for an answer to a request from outside.
    pub fn answer_budget(&self) -> Arc<Budget> {
        Budget::answer(&self.answers, &self.memory)
    }

    /// Room for all answers of a batch.
    pub fn batch_budget(&self) -> Arc<Budget> {
        Budget::batch(&self.answers, &self.memory)
    }

    /// Wakes whoever has to do with what a write left behind.
    pub fn wake(&self, written: &Written) {
        if written.work {
            self.bell.ring();
        }
        if written.post {
            self.post.ring();
        }
    }

    /// Whether letters are written: they are sent, or shown in development.
    pub fn writes_letters(&self) -> bool {
        self.dev || self.outlets.mail.is_some()
    }
}

/// Opens the database and makes the state; nothing listens yet.
///
/// # Errors
/// [`StartError`] when the database can't be opened, or an issuer's settings can't be used.
pub async fn open(
    database: &store::Database,
    dev: bool,
    trusted: &[TrustedIssuer],
    outlets: Outlets,
    answers: AnswerLimits,
    patience: Duration,
    hashing: &Hashing,
) -> Result<App, StartError> {
    let store = Store::open(database).await?;
    let mut issuers = vec![Issuer::embedded([])];
    for each in trusted {
        let mut issuer = Issuer::outside(&each.url, each.audiences.clone(), TenantRule::Fixed(each.tenant));
        if !each.algorithms.is_empty() {
            issuer.algorithms = each
                .algorithms
                .iter()
                .map(|name| name.parse().map_err(|_| StartError::Other(format!("unknown algorithm '{name}'"))))
                .collect::<Result<_, _>>()?;
        }
        issuers.push(issuer);
    }
    let leeway = trusted.iter().map(|each| i64::from(each.clock_skew_seconds)).max().unwrap_or(0);
    // The surfaces are built here, so that no request waits for them.
    for version in Version::ALL {
        LazyLock::force(crate::line::metadata(version));
    }
    Ok(App {
        store,
        clock: Clock,
        clocks: TenantClocks::default(),
        bell: Bell::default(),
        post: Bell::default(),
        outlets,
        dev,
        tokens: TokenCache::new(TOKENS),
        bound: Bound::default(),
        issuers: Issuers(issuers),
        leeway,
        keys: Keys::default(),
        rings: Rings::default(),
        secrets: SecretCache::new(SECRETS).map_err(|error| StartError::Other(error.to_string()))?,
        hashing: HashQueue::start(hashing)?,
        logins: Logins::default(),
        busy: Busy::default(),
        coders: Workers::default(),
        answers: answers.fitted(),
        memory: Pool::new(answers.server),
        patience,
        metrics: crate::metrics::recorder(),
    })
}
