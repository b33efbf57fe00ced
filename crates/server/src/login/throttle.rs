//! Wrong passwords, counted by account: after many, the account can't be tried for a while, whether
//! it exists or not. In memory only; each process counts for itself, and a restart forgets.

use auth::issuer::secret::opaque_digest;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// Wrong passwords in a row that are free.
const FREE: u32 = 10;
/// Seconds of the first lock; each further wrong password doubles them.
const FIRST: i64 = 60;
const LONGEST: i64 = 15 * 60;
/// Seconds after which old failures count no more.
const FORGET: i64 = 60 * 60;
/// Accounts that are remembered.
const ACCOUNTS: usize = 100_000;

/// An account of a tenant by its id, or by a name that nobody has. A digest, because a name that was
/// made up may be as long as a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    pub fn new(tenant: Uuid, name: &str) -> Key {
        Key(opaque_digest(&format!("{tenant} {name}")))
    }
}

#[derive(Default)]
pub struct Throttle(Mutex<HashMap<Key, Failures>>);

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: i64,
}

impl Failures {
    fn locked_until(self) -> i64 {
        match self.count.checked_sub(FREE) {
            None => i64::MIN,
            Some(more) => self.last.saturating_add((FIRST << more.min(8)).min(LONGEST)),
        }
    }
}

impl Throttle {
    /// Whether the account may not be tried now. Times are in seconds.
    pub fn locked(&self, key: &Key, now: i64) -> bool {
        let failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failures.get(key).is_some_and(|failures| now < failures.locked_until())
    }

    pub fn failed(&self, key: Key, now: i64) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= ACCOUNTS && !failures.contains_key(&key) {
            failures.retain(|_, each| now - each.last < FORGET);
            // Still full: somebody tries many names. Those that are locked stay so.
            if failures.len() >= ACCOUNTS {
                failures.retain(|_, each| now < each.locked_until());
            }
            if failures.len() >= ACCOUNTS {
                return;
            }
        }
        let entry = failures.entry(key).or_insert(Failures { count: 0, last: now });
        let count = if now - entry.last < FORGET { entry.count } else { 0 };
        *entry = Failures { count: count.saturating_add(1), last: now };
    }

    pub fn succeeded(&self, key: &Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::new(Uuid::nil(), "ada@doorward.test")
    }

    #[test]
    fn locks_after_ten_and_longer_each_time() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            assert!(!throttle.locked(&key(), 100));
            throttle.failed(key(), 100);
        }
        assert!(throttle.locked(&key(), 100) && throttle.locked(&key(), 159) && !throttle.locked(&key(), 160));
        assert!(!throttle.locked(&Key::new(Uuid::nil(), "ben@doorward.test"), 100));
        throttle.failed(key(), 160);
        assert!(throttle.locked(&key(), 279) && !throttle.locked(&key(), 280));
        for _ in 0..50 {
            throttle.failed(key(), 300);
        }
        assert!(throttle.locked(&key(), 300 + 899) && !throttle.locked(&key(), 300 + 900));
    }

    #[test]
    fn a_right_password_or_an_hour_clears_it() {
        let throttle = Throttle::default();
        for _ in 0..9 {
            throttle.failed(key(), 0);
        }
        throttle.succeeded(&key());
        throttle.failed(key(), 0);
        assert!(!throttle.locked(&key(), 0));
        for _ in 0..8 {
            throttle.failed(key(), 0);
        }
        throttle.failed(key(), 3600);
        assert!(!throttle.locked(&key(), 3600));
    }
}
