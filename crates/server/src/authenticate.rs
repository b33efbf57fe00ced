//! AUTHN: from the `Authorization` header to an identity. Fetches issuers' keys when a token names
//! one that isn't known, at most once in a while. It must never log a token.

use crate::app::App;
use crate::login;
use auth::caller::Identity;
use auth::verify::{KeySet, TokenFault, bearer, verify};
use http::HeaderValue;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Seconds between two looks for new keys of one issuer.
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
    looked_at: i64,
}

impl Keys {
    fn find(&self, issuer: &str) -> Option<Arc<KeySet>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(issuer)?.set.clone()
    }

    /// Whether it is time to look again; who hears yes is the one who looks.
    fn due(&self, issuer: &str, now: i64) -> bool {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let entry = known.entry(issuer.to_owned()).or_default();
        let due = entry.set.is_none() || now - entry.looked_at >= PATIENCE;
        if due {
            entry.looked_at = now;
        }
        due
    }

    fn keep(&self, issuer: &str, set: KeySet) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(issuer.to_owned()).or_default().set = Some(Arc::new(set));
    }
}

/// Who sends this header.
///
/// # Errors
/// A [`TokenFault`], which becomes 401.
pub async fn authenticate(app: &App, header: Option<&HeaderValue>) -> Result<Arc<Identity>, TokenFault> {
    let token = bearer(header.map(HeaderValue::as_bytes))?;
    let now = app.clock.seconds();
    let anew = || {
        let token = std::str::from_utf8(token).map_err(|_| TokenFault::Malformed { what: "it is no text" })?;
        verify(token, &app.issuers, |issuer| app.keys.find(issuer), now, app.leeway)
    };
    let verified = || app.tokens.get_or_verify(token, now, anew);
    match verified() {
        Err(TokenFault::UnknownKey { issuer, .. }) if app.keys.due(&issuer, now) => {
            Box::pin(refresh(app, &issuer)).await;
            verified()
        }
        other => other,
    }
}

/// Looks for an issuer's keys anew. What can't be had leaves the keys as they are.
pub async fn refresh(app: &App, issuer: &str) {
    let found = if issuer == EMBEDDED { embedded(app).await } else { outside(issuer).await };
    match found {
        Ok(set) => {
            app.keys.keep(issuer, set);
            app.tokens.invalidate();
        }
        Err(error) => tracing::warn!(issuer, error, "the issuer's keys can't be had"),
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
