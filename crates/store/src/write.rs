//! Writing: one transaction that loads the facts, asks the rule, applies its outcome and writes the
//! audit row; run again as a whole when it loses a race. Nothing stands between the permit and it.

use crate::apply::{Author, apply};
use crate::connection::Connection;
use crate::engine::{Reach, Store};
use crate::error::Error;
use crate::{audit, case, facts, merge};
use auth::permit::WritePermit;
use domain::command::Kind;
use domain::lifecycle::automatic;
use domain::outcome::Change;
use std::sync::Arc;
use uuid::Uuid;

/// What a write is told from outside, so that it can be run twice and give the same.
#[derive(Debug, Clone)]
pub struct Context {
    /// The tenant's time, in microseconds since 1970.
    pub now: i64,
    /// A new id for the row of the audit log.
    pub audit_id: Uuid,
    /// The request's id, for whoever follows a change back to its cause.
    pub request_id: String,
    /// Whether letters are written: somebody sends them, or shows them.
    pub mail: bool,
}

/// What a write did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The entity that the answer shows.
    pub shows: Option<(Kind, Uuid)>,
    /// The key of what was made, where that is no id.
    pub key: Option<String>,
    /// Whether it left tasks behind.
    pub work: bool,
    /// Whether something of it goes out.
    pub post: bool,
}

impl Store {
    /// Decides a permitted command without applying anything: whether the rows that it is about let the
    /// caller do it. What is expensive to prepare is prepared after this; [`Store::write`] decides again.
    ///
    /// # Errors
    /// [`Error::Denied`] with the rule's reason.
    pub async fn rehearse(&self, permit: &WritePermit, now: i64) -> Result<(), Error> {
        let permit = permit.clone();
        self.reading(Reach::Many, move |connection| {
            Box::pin(async move {
                let facts = facts::load(connection, permit.caller().tenant, permit.what(), permit.rules()).await?;
                let command = merge::completed(permit.what(), &facts)?;
                domain::decide(&command, &facts, now)?;
                Ok(())
            })
        })
        .await
    }

    /// Decides and applies a permitted command, durably.
    ///
    /// # Errors
    /// [`Error::Denied`] with the rule's reason, and then nothing has changed.
    pub async fn write(&self, permit: WritePermit, context: Context) -> Result<Written, Error> {
        let shared = Arc::new((permit, context));
        self.writing(move |connection| {
            let shared = Arc::clone(&shared);
            Box::pin(async move { transact(connection, &shared.0, &shared.1).await })
        })
        .await
    }
}

pub(crate) async fn transact(
    connection: &mut Connection,
    permit: &WritePermit,
    context: &Context,
) -> Result<Written, Error> {
    let identity = permit.caller();
    let author = Author { tenant: identity.tenant, name: &identity.name, context, number: 0 };
    let mut facts = facts::load(connection, identity.tenant, permit.what(), permit.rules()).await?;
    if context.mail {
        case::mail::load(connection, identity.tenant, &mut facts.case).await?;
    }
    let command = merge::completed(permit.what(), &facts)?;
    let outcome = domain::decide(&command, &facts, context.now)?;
    let following = automatic::follow(&outcome.changes, context.now);
    for (number, change) in (0..).zip(outcome.changes.iter().chain(&following)) {
        apply(connection, &Author { number, ..author }, change).await?;
    }
    audit::write(connection, &author, identity, outcome.audit.iter().chain(&outcome.more)).await?;
    let changes = || outcome.changes.iter().chain(&following);
    let work = changes().any(Change::makes_work);
    let post = changes().any(|change| matches!(change, Change::Outbox { .. }));
    Ok(Written { shows: outcome.shows, key: outcome.key, work, post })
}
