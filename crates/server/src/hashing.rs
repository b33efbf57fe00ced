//! The queue of password hashing: a fixed number of threads, each with memory of its own that is used
//! again, and a bounded number of jobs that wait. Every Argon2 hash of a server is computed here and
//! nowhere else. It must never be waited for while something else is held: a connection, a lock.
//!
//! A job belongs to its thread, not to the request that asked for it: a client that hangs up frees
//! nothing early. A job whose client is gone before it began is skipped.

use crate::error::{Error, StartError};
use crate::metrics;
use crate::settings::Hashing;
use auth::issuer::hasher::Hasher;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use tokio::sync::oneshot;
use uuid::Uuid;

/// How long a thread without work keeps its memory. Allocating it again costs some milliseconds.
const KEEP: Duration = Duration::from_secs(5);
/// Of the places of a lane, one owner may take this part.
const OWNER_SHARE: usize = 4;

/// What a hash is for. Threads serve the lanes in turn, and each has its own places to wait: a flood
/// in one neither fills nor stops the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Comparing an application's secret; anybody may ask for it.
    ClientSecret,
    /// Comparing a user's password; anybody may ask for it.
    Password,
    /// Hashing a new password or secret, for a caller who has the right to set it.
    New,
}

impl Lane {
    const COUNT: usize = 3;

    fn place(self) -> usize {
        match self {
            Lane::ClientSecret => 0,
            Lane::Password => 1,
            Lane::New => 2,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Lane::ClientSecret => "client_secret",
            Lane::Password => "password",
            Lane::New => "new",
        }
    }
}

/// The queue. Its threads end when it is dropped.
pub struct HashQueue(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Something waits, or the queue is closed.
    ready: Condvar,
    /// Jobs that may wait in each lane.
    places: usize,
}

struct State {
    lanes: [VecDeque<Job>; Lane::COUNT],
    /// The lane that is served next.
    next: usize,
    closed: bool,
}

struct Job {
    lane: Lane,
    owner: Option<Uuid>,
    work: Box<dyn Work>,
}

trait Work: Send {
    /// Whether nobody waits for it any more.
    fn is_abandoned(&self) -> bool;
    fn run(self: Box<Self>, hasher: &mut Hasher);
}

struct Pending<T, F> {
    reply: oneshot::Sender<T>,
    work: F,
}

impl<T, F> Work for Pending<T, F>
where
    T: Send,
    F: FnOnce(&mut Hasher) -> T + Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(self: Box<Self>, hasher: &mut Hasher) {
        let Pending { reply, work } = *self;
        // The receiver may have been dropped; then the result isn't needed.
        let _ = reply.send(work(hasher));
    }
}

impl HashQueue {
    /// Starts the threads; none holds memory before its first job.
    ///
    /// # Errors
    /// [`StartError`] when the system gives no thread.
    pub fn start(settings: &Hashing) -> Result<HashQueue, StartError> {
        let state = State { lanes: Default::default(), next: 0, closed: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), ready: Condvar::new(), places: settings.queue });
        let queue = HashQueue(Arc::clone(&shared));
        for number in 1..=settings.workers {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name(format!("hashing-{number}"))
                .spawn(move || shared.serve())
                .map_err(|error| StartError::Other(format!("can't start a thread for password hashing: {error}")))?;
        }
        Ok(queue)
    }

    /// Runs a job on one of the threads. `owner` is whose places it takes, where one owner's jobs must
    /// not take all of them.
    ///
    /// # Errors
    /// [`store::Error::Busy`] when as many wait as may; [`Error::Internal`] when the job panicked.
    pub async fn run<T, F>(&self, lane: Lane, owner: Option<Uuid>, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Hasher) -> T + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        if !self.0.push(Job { lane, owner, work: Box::new(Pending { reply, work }) }) {
            metrics::hashing(lane.name(), "refused");
            return Err(store::Error::Busy("the queue of password hashing is full").into());
        }
        answer.await.map_err(|_| Error::Internal("a job of password hashing gave no result".to_owned()))
    }
}

impl Drop for HashQueue {
    fn drop(&mut self) {
        self.0.state().closed = true;
        self.0.ready.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a job wait, if there is a place for it.
    fn push(&self, job: Job) -> bool {
        let mut state = self.state();
        let Some(lane) = state.lanes.get_mut(job.lane.place()) else { return false };
        let full = |lane: &VecDeque<Job>| {
            let share = self.places.div_ceil(OWNER_SHARE);
            let owned = |owner: Uuid| lane.iter().filter(|other| other.owner == Some(owner)).count();
            lane.len() >= self.places || job.owner.is_some_and(|owner| owned(owner) >= share)
        };
        if full(lane) {
            // Those whose clients have hung up make room for those whose clients still wait.
            lane.retain(|job| !job.work.is_abandoned());
            if full(lane) {
                return false;
            }
        }
        lane.push_back(job);
        drop(state);
        self.ready.notify_one();
        true
    }

    /// What a thread does until the queue is closed.
    fn serve(&self) {
        let mut hasher = Hasher::default();
        while let Some(job) = self.next(&mut hasher) {
            let Job { lane, work, .. } = job;
            if work.is_abandoned() {
                metrics::hashing(lane.name(), "abandoned");
                continue;
            }
            // The thread must outlive any job; its memory holds nothing that a panic could leave half done.
            let outcome = match catch_unwind(AssertUnwindSafe(|| work.run(&mut hasher))) {
                Ok(()) => "done",
                Err(_) => "failed",
            };
            metrics::hashing(lane.name(), outcome);
        }
    }

    /// The next job, from the lanes in turn. A thread that waits for long gives its memory back.
    fn next(&self, hasher: &mut Hasher) -> Option<Job> {
        let mut state = self.state();
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.take() {
                return Some(job);
            }
            if hasher.holds_memory() {
                let waited = self.ready.wait_timeout(state, KEEP);
                let (woken, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
                state = woken;
                if timeout.timed_out() && state.lanes.iter().all(VecDeque::is_empty) {
                    hasher.release();
                }
            } else {
                state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

impl State {
    fn take(&mut self) -> Option<Job> {
        for step in 0..Lane::COUNT {
            let at = (self.next + step) % Lane::COUNT;
            if let Some(job) = self.lanes.get_mut(at).and_then(VecDeque::pop_front) {
                self.next = at + 1;
                return Some(job);
            }
        }
        None
    }
}

#[cfg(test)]
#[path = "hashing_tests.rs"]
mod tests;
