//! Fault injection for tests: stops, or breaks, the database operation that a test chooses, so that a
//! client can hang up at each await point of a request and a bug can be simulated in each place.
//! Compiled only with the feature `fault-injection`, which nothing but tests enables; it must never
//! be part of a release, and without a test's order it does nothing.

use crate::engine::Database;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

const POLL: Duration = Duration::from_millis(1);
/// Operations left when nothing is ordered.
const NEVER: usize = usize::MAX;

/// What happens to the chosen operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It waits until the [`Order`] is dropped.
    Pause,
    /// The code that runs it panics.
    Panic,
}

/// The faults of one database.
#[derive(Debug)]
pub struct Injector {
    /// Operations until the fault; [`NEVER`] when none is ordered.
    left: AtomicUsize,
    panics: AtomicBool,
    reached: AtomicBool,
    /// Orders that have been withdrawn: an operation that pauses for one of them goes on.
    withdrawn: AtomicUsize,
}

/// A fault that is ordered. It is withdrawn when this is dropped, also by a test that fails.
#[derive(Debug)]
pub struct Order<'i>(&'i Injector);

impl Order<'_> {
    /// Whether the chosen operation was reached.
    pub fn is_reached(&self) -> bool {
        self.0.reached.load(SeqCst)
    }
}

impl Drop for Order<'_> {
    fn drop(&mut self) {
        self.0.left.store(NEVER, SeqCst);
        self.0.withdrawn.fetch_add(1, SeqCst);
    }
}

/// The injector of a database; every store that this process opens on it asks the same one.
pub fn injector(database: &Database) -> Arc<Injector> {
    static ALL: OnceLock<Mutex<HashMap<String, Arc<Injector>>>> = OnceLock::new();
    let mut all = ALL.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let new = || {
        Arc::new(Injector {
            left: AtomicUsize::new(NEVER),
            panics: AtomicBool::new(false),
            reached: AtomicBool::new(false),
            withdrawn: AtomicUsize::new(0),
        })
    };
    Arc::clone(all.entry(database.address()).or_insert_with(new))
}

impl Injector {
    /// Orders a fault at the `number`th operation from now, the first being 0. One order at a time.
    #[must_use = "the order is withdrawn when it is dropped"]
    pub fn order(&self, fault: Fault, number: usize) -> Order<'_> {
        self.reached.store(false, SeqCst);
        self.panics.store(fault == Fault::Panic, SeqCst);
        self.left.store(number, SeqCst);
        Order(self)
    }

    /// Counts an operation, and has it pause if it is the chosen one: as long as this says true.
    fn pauses(&self) -> Option<impl Fn() -> bool> {
        let withdrawn = self.withdrawn.load(SeqCst);
        let counted = self.left.fetch_update(SeqCst, SeqCst, |left| match left {
            NEVER => None,
            0 => Some(NEVER),
            more => Some(more - 1),
        });
        if counted != Ok(0) {
            return None;
        }
        self.reached.store(true, SeqCst);
        assert!(!self.panics.load(SeqCst), "a fault that a test has ordered");
        Some(move || self.withdrawn.load(SeqCst) == withdrawn)
    }

    /// For the engine whose operations are awaited.
    pub(crate) async fn pass(&self) {
        if let Some(pauses) = self.pauses() {
            while pauses() {
                tokio::time::sleep(POLL).await;
            }
        }
    }

    /// For the engine whose operations block.
    pub(crate) fn pass_blocking(&self) {
        if let Some(pauses) = self.pauses() {
            // A worker of the runtime hands its other tasks to another thread meanwhile.
            tokio::task::block_in_place(|| {
                while pauses() {
                    std::thread::sleep(POLL);
                }
            });
        }
    }
}
