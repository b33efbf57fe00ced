//! A tenant's signing keys: from the store, kept in memory for a while, and a new one when one is due.

use crate::app::App;
use crate::authenticate;
use crate::error::Error;
use auth::issuer::keys::{AFTER, ROTATE, SigningKey, due};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use store::identity::SigningKey as Stored;
use tokio::sync::Mutex;
use uuid::Uuid;

/// Seconds that keys are taken from memory before the store is asked again.
const FRESH: i64 = 60;
const MICROS: i64 = 1_000_000;

type Ring = Vec<Arc<SigningKey>>;

/// The keys of each tenant, and when they were read.
#[derive(Default)]
pub struct Rings {
    rings: RwLock<HashMap<Uuid, (i64, Ring)>>,
    /// Making a key takes a processor for long, and anybody may be the one who asks when it is due: it is
    /// held until the key is made, whether its client is still there or not.
    making: Arc<Mutex<()>>,
}

impl Rings {
    fn get(&self, tenant: Uuid, now: i64) -> Option<Ring> {
        let rings = self.rings.read().unwrap_or_else(PoisonError::into_inner);
        rings.get(&tenant).filter(|(read_at, _)| now - read_at < FRESH).map(|(_, ring)| ring.clone())
    }

    fn keep(&self, tenant: Uuid, now: i64, ring: &Ring) {
        self.rings.write().unwrap_or_else(PoisonError::into_inner).insert(tenant, (now, ring.clone()));
    }
}

/// The keys of a tenant; a new one is made when none is there or one is due.
///
/// # Errors
/// [`Error::Internal`] when a key can't be made; the store's errors.
pub async fn keys(app: &App, tenant: Uuid) -> Result<Ring, Error> {
    let now = app.clock.seconds();
    if let Some(ring) = app.rings.get(tenant, now) {
        return Ok(ring);
    }
    let mut ring = load(app, tenant).await?;
    if due(&ring, now) {
        let turn = Arc::clone(&app.rings.making).lock_owned().await;
        if let Some(ring) = app.rings.get(tenant, now) {
            return Ok(ring);
        }
        // The turn goes along, and comes back with the key.
        let making = tokio::task::spawn_blocking(move || (SigningKey::generate(now), turn));
        let (made, _turn) = making.await.map_err(|error| Error::Internal(error.to_string()))?;
        let made = made.map_err(|error| Error::Internal(error.to_string()))?;
        let private_key = STANDARD.encode(made.pkcs8().map_err(|error| Error::Internal(error.to_string()))?);
        let stored = Stored { id: made.kid().to_owned(), private_key, created_at: now * MICROS };
        let unless_after = (now - ROTATE) * MICROS;
        let drop_before = (now - 2 * ROTATE - AFTER) * MICROS;
        app.store.signing_key_add(tenant, stored, unless_after, drop_before).await?;
        ring = load(app, tenant).await?;
        // Before the turn ends, so that the next request finds the key.
        app.rings.keep(tenant, now, &ring);
        authenticate::refresh(app, authenticate::EMBEDDED).await;
        return Ok(ring);
    }
    app.rings.keep(tenant, now, &ring);
    Ok(ring)
}

async fn load(app: &App, tenant: Uuid) -> Result<Ring, Error> {
    let stored = app.store.signing_keys(tenant).await?;
    stored.iter().map(|key| read(key).map(Arc::new)).collect()
}

/// A key as the store has it.
pub fn read(stored: &Stored) -> Result<SigningKey, Error> {
    let unreadable = |what: String| Error::Internal(format!("signing key {}: {what}", stored.id));
    let der = STANDARD.decode(&stored.private_key).map_err(|error| unreadable(error.to_string()))?;
    SigningKey::from_pkcs8(&der, stored.created_at / MICROS).map_err(|error| unreadable(error.to_string()))
}
