//! The only place that reads a clock or makes an id. Rules get the time as a parameter.

use uuid::Uuid;

/// The server's clock. Tokens follow real time; what tenants see will follow theirs.
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
pub struct TenantClocks(std::sync::RwLock<std::collections::HashMap<Uuid, i64>>);

impl TenantClocks {
    /// Microseconds that the tenant is ahead.
    pub fn offset(&self, tenant: Uuid) -> i64 {
        let clocks = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        clocks.get(&tenant).copied().unwrap_or(0)
    }

    /// Reads them anew. Only development moves clocks.
    pub async fn refresh(&self, app: &crate::app::App) {
        if !app.dev {
            return;
        }
        match app.store.clock_offsets().await {
            Ok(offsets) => {
                *self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = offsets.into_iter().collect();
            }
            Err(error) => tracing::warn!(%error, "can't read the tenants' clocks"),
        }
    }
}
