//! THE WORKER: does what is due, in this process as in every other one on the same database, each lane
//! by itself. It is woken by the changes of its own process and looks for itself now and then, since
//! other processes write tasks too. A task that fails is put off, and never keeps the next from being done.

use crate::app::App;
use auth::authorize::authorize_work;
use domain::lifecycle::Work;
use domain::outcome::Lane;
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use std::sync::Arc;
use std::time::Duration;
use store::Context;
use store::work::{Clocks, Due};
use tokio::sync::watch;

/// Tasks that are taken up at a time.
const BATCH: i64 = 256;
/// Tasks that are under way at once.
const AT_ONCE: usize = 16;
/// How long until it looks by itself.
const POLL: Duration = Duration::from_millis(500);
/// The longest that a failing task is put off, in microseconds.
const PATIENCE: i64 = 3600 * 1_000_000;

/// Wakes those of this process who listen.
#[derive(Debug, Default)]
pub struct Bell(watch::Sender<()>);

/// Hears each ring once; what was rung while nobody waited too.
pub struct Ear(watch::Receiver<()>);

impl Bell {
    /// Something may be due.
    pub fn ring(&self) {
        self.0.send_replace(());
    }

    /// Whoever starts to listen hears the bell at once: what the process before this one left undone is
    /// due already.
    pub fn listen(&self) -> Ear {
        let mut ear = self.0.subscribe();
        ear.mark_changed();
        Ear(ear)
    }
}

impl Ear {
    /// Until it is rung.
    pub async fn heard(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await; // the bell is gone
        }
    }
}

/// Works until `stop` ends. What is due then and somebody waits for is done; what asks about everybody
/// is left to whoever works next.
pub async fn run(app: Arc<App>, stop: impl Future<Output = ()>) {
    let stop = stop.shared();
    tokio::join!(work(&app, Lane::Prompt, stop.clone()), work(&app, Lane::Broad, stop));
}

async fn work(app: &App, lane: Lane, mut stop: impl Future<Output = ()> + Clone + Unpin) {
    let mut ear = app.bell.listen();
    loop {
        let stopped = tokio::select! {
            biased;
            () = &mut stop => true,
            () = ear.heard() => false,
            () = tokio::time::sleep(POLL) => false,
        };
        if stopped && lane == Lane::Broad {
            return;
        }
        // Another process may have moved a clock.
        if app.dev
            && let Err(error) = app.clocks.refresh(&app.store).await
        {
            tracing::warn!(%error, "can't read the tenants' clocks");
        }
        while round(app, lane).await {
            if lane == Lane::Broad && stop.clone().now_or_never().is_some() {
                return;
            }
        }
        if stopped {
            return;
        }
    }
}

/// Does what is due now; says whether there was something that could be done.
async fn round(app: &App, lane: Lane) -> bool {
    let clocks = if app.dev { Clocks::Tenants } else { Clocks::Real };
    let due = match app.store.tasks_due(lane, app.clock.now(), clocks, BATCH).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "can't see what is due");
            return false;
        }
    };
    let done = stream::iter(due).map(|task| perform(app, task)).buffer_unordered(AT_ONCE);
    done.fold(false, |any, done| async move { any || done }).await
}

async fn perform(app: &App, task: Due) -> bool {
    // Not as the process knows the tenant's clock: it may have been moved since.
    let now = app.clock.now().saturating_add(task.ahead);
    let work = Work { task: task.task, subject: task.subject, seed: app.clock.id() };
    let request_id = app.clock.id().to_string();
    let context = Context { now, audit_id: app.clock.id(), request_id, mail: app.writes_letters() };
    match app.store.task_do(authorize_work(task.tenant, work), context).await {
        Ok(done) => {
            metrics::counter!("doorward_tasks_total", "result" => "done").increment(u64::from(done.is_some()));
            // Tasks that it left are seen by the next round.
            if done.as_ref().is_some_and(|written| written.post) {
                app.post.ring();
            }
            done.is_some()
        }
        // Somebody else changed the same rows; it stays due.
        Err(store::Error::Busy(_)) => false,
        Err(error) => {
            metrics::counter!("doorward_tasks_total", "result" => "failed").increment(1);
            tracing::error!(task = ?task.task, subject = %task.subject, tenant = %task.tenant, %error, "a task failed");
            let wait = (1_000_000_i64 << task.attempts.clamp(0, 20)).min(PATIENCE);
            if let Err(error) = app.store.task_postpone(task, now.saturating_add(wait)).await {
                tracing::error!(%error, "a failed task could not be put off");
            }
            false
        }
    }
}
