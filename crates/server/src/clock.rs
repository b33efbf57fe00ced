//! The only place that reads a clock or makes an id. Rules get the time as a parameter.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use store::Store;
use uuid::Uuid;

/// The server's clock. Tokens and secrets follow real time; what tenants see follows theirs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock;

#[expect(clippy::disallowed_methods, reason = "this is the one clock that the rule points to")]
impl Clock {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn now(self) -> i64 {
        jiff::Timestamp::now().as_microsecond()
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn seconds(self) -> i64 {
        jiff::Timestamp::now().as_second()
    }

    /// A new id, later ones greater, so that what is made together lies together.
    pub fn id(self) -> Uuid {
        Uuid::now_v7()
    }
}

/// How far tenants' clocks are ahead of the real one. In the database, so that every process sees the
/// same; kept here, because every request asks.
#[derive(Debug, Default)]
pub struct TenantClocks {
    ahead: RwLock<HashMap<Uuid, i64>>,
    /// One reads them at a time, or what was read first could be put here last.
    turn: tokio::sync::Mutex<()>,
}

impl TenantClocks {
    /// Microseconds that the tenant is ahead.
    pub fn offset(&self, tenant: Uuid) -> i64 {
        let ahead = self.ahead.read().unwrap_or_else(PoisonError::into_inner);
        ahead.get(&tenant).copied().unwrap_or(0)
    }

    /// Reads them anew: what was in the database before the call is known after it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn refresh(&self, store: &Store) -> Result<(), store::Error> {
        let _turn = self.turn.lock().await;
        let ahead = store.clock_offsets().await?.into_iter().collect();
        *self.ahead.write().unwrap_or_else(PoisonError::into_inner) = ahead;
        Ok(())
    }
}
