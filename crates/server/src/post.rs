//! THE POST: takes what waits in the outbox and hands it to its sender, in this process as in every
//! other one. Each row is leased and sent by itself: one that can't be sent is put off, and never keeps
//! the next from going. It must never run inside a request or a transaction.

use crate::app::App;
use crate::error::StartError;
use connect::Fault;
use connect::callout::{self, Caller};
use connect::mail::{MailSettings, Mailer};
use domain::outcome::Topic;
use std::sync::Arc;
use std::time::Duration;
use store::outbox::{Fate, Post};
use store::work::Clocks;
use tokio::task::JoinSet;

/// Rows that are under way at once.
const AT_ONCE: usize = 16;
/// How long until it looks by itself.
const POLL: Duration = Duration::from_millis(500);
/// How long it goes on after it was told to stop.
const GRACE: Duration = Duration::from_secs(5);
const SECOND: i64 = 1_000_000;
/// Longer than any sender waits. After that somebody else may send the row.
const LEASE: i64 = 120 * SECOND;
/// The wait after the first failure; it doubles with each.
const FIRST_WAIT: i64 = 5 * SECOND;
const LONGEST_WAIT: i64 = 3600 * SECOND;
/// With these waits it is a day and a half until a row is given up.
const ATTEMPTS: i64 = 46;
/// How long a row that was given up is kept for the operator to see.
const KEPT: i64 = 30 * 86_400 * SECOND;

/// Who sends what.
pub struct Outlets {
    pub mail: Option<Mailer>,
    pub caller: Caller,
}

impl Outlets {
    /// # Errors
    /// [`StartError::Other`] for settings that can't be used.
    pub fn new(mail: Option<&MailSettings>, private: bool) -> Result<Outlets, StartError> {
        let other = |fault: Fault| StartError::Other(fault.to_string());
        let mail = mail.map(Mailer::new).transpose().map_err(other)?;
        Ok(Outlets { mail, caller: Caller::new(private).map_err(other)? })
    }
}

/// Sends until `stop` ends, and then what is due, for a little while.
pub async fn run(app: Arc<App>, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut flying = JoinSet::new();
    let mut forgotten = 0;
    let mut ear = app.post.listen();
    loop {
        take(&app, &mut flying).await;
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(_) = flying.join_next() => {}
            () = ear.heard() => {}
            () = tokio::time::sleep(POLL) => {}
        }
        let now = app.clock.now();
        if now.saturating_sub(forgotten) > 86_400 * SECOND {
            forgotten = now;
            if let Err(error) = app.store.outbox_forget(now.saturating_sub(KEPT)).await {
                tracing::warn!(%error, "what was given up can't be forgotten");
            }
        }
    }
    let rest = async {
        loop {
            take(&app, &mut flying).await;
            if flying.join_next().await.is_none() {
                return;
            }
        }
    };
    // What isn't sent by then is sent by whoever runs next.
    let _ = tokio::time::timeout(GRACE, rest).await;
}

/// Takes as much as there are hands free.
async fn take(app: &Arc<App>, flying: &mut JoinSet<()>) {
    while flying.try_join_next().is_some() {}
    let topics: &[Topic] = if app.writes_letters() { &Topic::ALL } else { &[Topic::Callout] };
    let free = AT_ONCE.saturating_sub(flying.len());
    if free == 0 {
        return;
    }
    let now = app.clock.now();
    let clocks = if app.dev { Clocks::Tenants } else { Clocks::Real };
    match app.store.outbox_lease(topics, now, now.saturating_add(LEASE), clocks, free as i64).await {
        Ok(posts) => {
            for post in posts {
                let app = Arc::clone(app);
                flying.spawn(async move { deliver(&app, &post).await });
            }
        }
        Err(store::Error::Busy(_)) => {}
        Err(error) => tracing::warn!(%error, "can't see what waits in the outbox"),
    }
}

async fn deliver(app: &App, post: &Post) {
    let (result, attempts) = match post.topic {
        Topic::Mail => (mail(app, post).await, ATTEMPTS),
        Topic::Callout => match callout::read(&post.payload) {
            Ok(call) => (self::call(app, post, &call).await, call.retries.saturating_add(1)),
            Err(fault) => (Err(fault), 1),
        },
    };
    let word = match &result {
        Ok(()) => "sent",
        Err(Fault::Later(_)) => "failed",
        Err(Fault::Never(_)) => "given up",
    };
    metrics::counter!("doorward_posts_total", "result" => word).increment(1);
    let fate = match result {
        // In development it is kept to be looked at.
        Ok(()) if app.dev && post.topic == Topic::Mail => Fate::Kept { at: app.clock.now() },
        Ok(()) => Fate::Sent,
        Err(fault) => failed(app, post, fault, attempts),
    };
    let given_up = matches!(fate, Fate::GivenUp { .. });
    if let Err(error) = app.store.outbox_settle(post, fate).await {
        tracing::error!(%error, id = %post.id, "what became of a post can't be noted; it may be sent again");
    }
    // A rule sees to what waits for it.
    if given_up {
        app.bell.ring();
    }
}

/// What to do about a post that wasn't sent. Whom it was for stands in the database, not in the log.
fn failed(app: &App, post: &Post, fault: Fault, most: i64) -> Fate {
    let (tenant, id, topic, attempts) = (post.tenant, post.id, post.topic, post.attempts + 1);
    match fault {
        Fault::Later(problem) if attempts < most => {
            tracing::warn!(?topic, %tenant, %id, attempts, problem, "could not be sent; it will be tried again");
            let wait = (FIRST_WAIT << post.attempts.clamp(0, 20)).min(LONGEST_WAIT);
            Fate::Later { due: app.now(tenant).saturating_add(wait), problem }
        }
        Fault::Later(problem) | Fault::Never(problem) => {
            tracing::error!(?topic, %tenant, %id, attempts, problem, "could not be sent and is given up");
            Fate::GivenUp { problem }
        }
    }
}

async fn call(app: &App, post: &Post, call: &callout::Call) -> Result<(), Fault> {
    let secret = app.store.extension_secret(post.tenant, call.extension).await;
    let secret = secret.map_err(|error| Fault::Later(error.to_string()))?;
    let secret = secret.ok_or_else(|| Fault::Never("the extension has been deleted".to_owned()))?;
    app.outlets.caller.send(post.id, call, &secret, app.clock.now() / SECOND).await
}

async fn mail(app: &App, post: &Post) -> Result<(), Fault> {
    let letter = connect::letter::write(&post.payload)?;
    match &app.outlets.mail {
        Some(mailer) => mailer.send(post.id, &letter).await,
        // Development without a mail server: being shown is all that becomes of it.
        None => Ok(()),
    }
}
