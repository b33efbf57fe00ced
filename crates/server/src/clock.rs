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
