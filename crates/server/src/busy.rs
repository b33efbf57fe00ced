//! Requests that have come in whole and aren't answered yet: what the end of the server waits for. One that
//! is still being sent isn't among them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often is looked.
const PAUSE: Duration = Duration::from_millis(50);
/// How long an answer may take to leave, and a request that is on its way to arrive.
const MOMENT: Duration = Duration::from_millis(1500);

#[derive(Debug, Clone, Default)]
pub struct Busy(Arc<AtomicUsize>);

/// A request that is being answered, until this is dropped.
pub struct Working(Arc<AtomicUsize>);

impl Busy {
    pub fn begin(&self) -> Working {
        self.0.fetch_add(1, Ordering::Relaxed);
        Working(Arc::clone(&self.0))
    }

    /// Waits until nothing has been worked on for a moment, `longest` at the most.
    pub async fn over(&self, longest: Duration) {
        let begin = Instant::now();
        let mut last = begin;
        while last.elapsed() < MOMENT && begin.elapsed() < longest {
            sleep(PAUSE).await;
            if self.0.load(Ordering::Relaxed) > 0 {
                last = Instant::now();
            }
        }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
