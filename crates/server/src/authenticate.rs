//! AUTHN: from the `Authorization` header to an identity. Fetches issuers' keys when a token names
//! one that isn't known, at most once in a while, and by time. It must never log a token.

use crate::app::App;
use crate::error::Error;
use crate::login;
use auth::caller::Identity;
use auth::verify::{KeySet, TokenFault, bearer, verify};
use http::HeaderValue;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Seconds between two looks for new keys of one issuer elsewhere.
const PATIENCE: i64 = 5;
/// How long an issuer may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The name of the embedded issuer among the trusted ones.
pub const EMBEDDED: &str = "embedded";

/// The keys of every issuer, as last seen.
#[derive(Default)]
pub struct Keys(RwLock<HashMap<String, Known>>);

#[derive(Clone, Default)]
struct Known {
    set: Option<Arc<KeySet>>,
    /// When the last look ended, in seconds of real time.
    looked_at: Option<i64>,
    /// Held by the one who looks. Whoever comes meanwhile waits: what it would look for is on its way.
    looking: Arc<Mutex<()>>,
}

impl Keys {
    fn find(&self, issuer: &str) -> Option<Arc<KeySet>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(issuer)?.set.clone()
    }

    /// Waits until nobody looks for this issuer's keys, and keeps others from it.
    async fn turn(&self, issuer: &str) -> OwnedMutexGuard<()> {
        let looking = {
            let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(&known.entry(issuer.to_owned()).or_default().looking)
        };
        looking.lock_owned().await
    }

    /// Whether it is time to look again. Our own keys cost little, and who asks for them has made sure
    /// that there is something to find.
    fn due(&self, issuer: &str, now: i64) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let looked_at = known.get(issuer).and_then(|known| known.looked_at);
        issuer == EMBEDDED || looked_at.is_none_or(|at| now - at >= PATIENCE)
    }

    /// Without a set the look has failed; what was known stays.
    fn keep(&self, issuer: &str, set: Option<KeySet>, now: i64) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let entry = known.entry(issuer.to_owned()).or_default();
        entry.looked_at = Some(now);
        if let Some(set) = set {
            entry.set = Some(Arc::new(set));
        }
    }
}

/// Who sends this header.
///
/// # Errors
/// [`Error::Token`], which becomes 401; the store's errors when it had to be asked for a key.
pub async fn authenticate(app: &App, header: Option<&HeaderValue>) -> Result<Arc<Identity>, Error> {
    let token = bearer(header.map(HeaderValue::as_bytes))?;
    let now = app.clock.seconds();
    let anew = || {
        let token = std::str::from_utf8(token).map_err(|_| TokenFault::Malformed { what: "it is no text" })?;
        verify(token, &app.issuers, |issuer| app.keys.find(issuer), now, app.leeway)
    };
    let verified = || app.tokens.get_or_verify(token, now, anew);
    match verified() {
        Err(TokenFault::UnknownKey { issuer, kid }) => Box::pin(look(app, &issuer, &kid, verified)).await,
        other => Ok(other?),
    }
}

/// Verifies once more, after a look for the issuer's keys if nobody else has just had one.
async fn look(
    app: &App,
    issuer: &str,
    kid: &str,
    verified: impl Fn() -> Result<Arc<Identity>, TokenFault>,
) -> Result<Arc<Identity>, Error> {
    if issuer == EMBEDDED && !app.store.signing_key_exists(kid).await? {
        return Ok(verified()?);
    }
    let _turn = app.keys.turn(issuer).await;
    match verified() {
        Err(TokenFault::UnknownKey { .. }) if app.keys.due(issuer, app.clock.seconds()) => {
            fetch(app, issuer).await;
            Ok(verified()?)
        }
        other => Ok(other?),
    }
}

/// Looks for an issuer's keys anew. What can't be had leaves the keys as they are.
pub async fn refresh(app: &App, issuer: &str) {
    let _turn = app.keys.turn(issuer).await;
    fetch(app, issuer).await;
}

/// Fetches an issuer's keys every so often once they have been used, so that one it has withdrawn ends
/// even if no token names a new one. Never ends by itself.
pub async fn keep_current(app: Arc<App>, issuer: String, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        if app.keys.find(&issuer).is_some() {
            refresh(&app, &issuer).await;
        }
    }
}

/// Only for whoever has the [turn](Keys::turn): of two looks at once, the older could end last.
async fn fetch(app: &App, issuer: &str) {
    let found = if issuer == EMBEDDED { embedded(app).await } else { outside(issuer).await };
    let now = app.clock.seconds();
    match found {
        Ok(set) => {
            app.keys.keep(issuer, Some(set), now);
            app.tokens.invalidate();
        }
        Err(error) => {
            app.keys.keep(issuer, None, now);
            tracing::warn!(issuer, error, "the issuer's keys can't be had");
        }
    }
}

async fn embedded(app: &App) -> Result<KeySet, String> {
    let stored = app.store.signing_keys_all().await.map_err(|error| error.to_string())?;
    let keys: Vec<_> = stored.iter().filter_map(|key| login::read(key).ok()).map(|key| key.public().clone()).collect();
    Ok(KeySet::of(&keys))
}

/// By discovery: the issuer's own document says where its keys are.
async fn outside(issuer: &str) -> Result<KeySet, String> {
    let text = |error: reqwest::Error| error.without_url().to_string();
    let client = reqwest::Client::builder().timeout(TIMEOUT).build().map_err(text)?;
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let document: serde_json::Value =
        client.get(url).send().await.map_err(text)?.error_for_status().map_err(text)?.json().await.map_err(text)?;
    if document.get("issuer").and_then(serde_json::Value::as_str) != Some(issuer) {
        return Err("the discovery document names another issuer".to_owned());
    }
    let Some(url) = document.get("jwks_uri").and_then(serde_json::Value::as_str) else {
        return Err("the discovery document has no jwks_uri".to_owned());
    };
    let keys = client.get(url).send().await.map_err(text)?.error_for_status().map_err(text)?;
    KeySet::parse(&keys.bytes().await.map_err(text)?).map_err(|error| format!("{error:?}"))
}
