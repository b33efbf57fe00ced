//! THE OUTBOX: what is told to the outside, written in the transaction of the change that it tells of.
//! After the commit any process may send a row: it leases it, and until the lease is over nobody else
//! takes it. A process that dies leaves a row that is sent later, perhaps twice, never not at all.

use crate::answer::Column;
use crate::apply::{Author, document_of, tasks};
use crate::connection::Connection;
use crate::engine::{Reach, Store};
use crate::error::Error;
use crate::work::Clocks;
use domain::fields::Fields;
use domain::outcome::{Task, Topic};
use model::def::ColumnType;
use odata::value::Value;
use std::sync::Arc;
use uuid::Uuid;

/// Something to be sent, by whoever holds its lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    pub tenant: Uuid,
    /// The same at every attempt, so that the far end can tell a repetition.
    pub id: Uuid,
    pub topic: Topic,
    /// A JSON document, complete in itself.
    pub payload: String,
    /// How many times it has failed.
    pub attempts: i64,
    lease: i64,
}

/// What was sent and kept to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub id: Uuid,
    pub payload: String,
    /// Real time, in microseconds since 1970.
    pub sent_at: i64,
}

/// What became of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is gone, and so is the row.
    Sent,
    /// It is gone; the row stays to be shown.
    Kept { at: i64 },
    /// Another time, in the tenant's time.
    Later { due: i64, problem: String },
    /// It never will be; the row stays for the operator.
    GivenUp { problem: String },
}

const WAITING: i64 = 0;
const KEPT: i64 = 1;
const GIVEN_UP: i64 = 2;

/// Rows that one tenant keeps to be shown; the oldest go first.
const SHELF: i64 = 1000;

const ID: Column = Column { name: "id", ty: ColumnType::Uuid };
const NUMBER: Column = Column { name: "number", ty: ColumnType::Int };
const PAYLOAD: Column = Column { name: "payload", ty: ColumnType::Json };

/// Writes a row, in the transaction of the change that it tells of.
pub(crate) async fn queue(
    connection: &mut Connection,
    author: &Author<'_>,
    topic: Topic,
    id: Option<Uuid>,
    payload: &Fields,
    due: i64,
) -> Result<(), Error> {
    // The same when the transaction is run again, and later ones greater.
    let id = id.unwrap_or_else(|| Uuid::from_u128(author.context.audit_id.as_u128().wrapping_add(author.number)));
    let sql = "INSERT INTO outbox (tenant, id, topic, payload, state, due, leased_until, attempts) \
               VALUES ($1, $2, $3, $4, 0, $5, 0, 0)";
    let params = [
        Value::Guid(author.tenant),
        Value::Guid(id),
        Value::Int(topic.number()),
        Value::Json(document_of(payload)?),
        Value::Int(due),
    ];
    connection.execute(sql, &params).await.map(|_| ())
}

impl Store {
    /// Leases what is due of these topics, until `until`. Both times are real.
    pub async fn outbox_lease(
        &self,
        topics: &[Topic],
        now: i64,
        until: i64,
        clocks: Clocks,
        limit: i64,
    ) -> Result<Vec<Post>, Error> {
        let due = due_rows(topics, clocks);
        let params = [Value::Int(now), Value::Int(limit)];
        let asked = params.clone();
        let look = format!("{due} LIMIT $2");
        let found = self.reading(Reach::Many, move |connection| {
            Box::pin(async move { connection.query(&look, &asked, &[ID, ID]).await })
        });
        // Most of the time there is nothing, and nobody has to wait for the writer.
        if found.await?.is_empty() {
            return Ok(Vec::new());
        }
        let shared = Arc::new((due, params));
        self.writing(move |connection| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (due, [now, limit]) = shared.as_ref();
                let lock = connection.dialect().lock;
                let sql = format!(
                    "UPDATE outbox SET leased_until = $3 WHERE (tenant, id) IN ({due} LIMIT $2{lock}) \
                     RETURNING tenant, id, topic, attempts, payload"
                );
                let params = [now.clone(), limit.clone(), Value::Int(until)];
                let rows = connection.query(&sql, &params, &[ID, ID, NUMBER, NUMBER, PAYLOAD]).await?;
                Ok(rows.into_iter().filter_map(|row| post(row, until)).collect())
            })
        })
        .await
    }

    /// Notes what became of a post; nothing happens when its lease has gone to somebody else.
    pub async fn outbox_settle(&self, post: &Post, fate: Fate) -> Result<(), Error> {
        let key = [Value::Guid(post.tenant), Value::Guid(post.id), Value::Int(post.lease)];
        let (shared, topic) = (Arc::new((key, fate)), post.topic);
        self.writing(move |connection| {
            let shared = Arc::clone(&shared);
            Box::pin(async move { settle(connection, topic, &shared.0, &shared.1).await })
        })
        .await
    }

    /// What a tenant has sent and kept, the newest first.
    pub async fn outbox_kept(&self, tenant: Uuid, topic: Topic) -> Result<Vec<Kept>, Error> {
        self.reading(Reach::Many, move |connection| {
            Box::pin(async move {
                let sql = format!(
                    "SELECT id, payload, sent_at FROM outbox WHERE tenant = $1 AND state = {KEPT} AND topic = $2 \
                     ORDER BY id DESC LIMIT {SHELF}"
                );
                let params = [Value::Guid(tenant), Value::Int(topic.number())];
                let rows = connection.query(&sql, &params, &[ID, PAYLOAD, NUMBER]).await?;
                Ok(rows.into_iter().filter_map(kept).collect())
            })
        })
        .await
    }

    /// By which an extension knows that it is us who call; none when it isn't there.
    pub async fn extension_secret(&self, tenant: Uuid, extension: Uuid) -> Result<Option<String>, Error> {
        self.reading(Reach::Many, move |connection| {
            Box::pin(async move {
                let sql = "SELECT secret FROM custom_extension WHERE tenant = $1 AND id = $2 AND secret IS NOT NULL";
                let secret = Column { name: "secret", ty: ColumnType::Text };
                let rows = connection.query(sql, &[Value::Guid(tenant), Value::Guid(extension)], &[secret]).await?;
                Ok(rows.first().and_then(|row| row.first()?.as_text().map(str::to_owned)))
            })
        })
        .await
    }

    /// Forgets what was given up before this real time.
    pub async fn outbox_forget(&self, before: i64) -> Result<(), Error> {
        self.writing(move |connection| {
            Box::pin(async move {
                let sql = format!("DELETE FROM outbox WHERE state = {GIVEN_UP} AND leased_until < $1");
                connection.execute(&sql, &[Value::Int(before)]).await.map(|_| ())
            })
        })
        .await
    }
}

/// The statement that finds what is due; `$1` is the real time.
fn due_rows(topics: &[Topic], clocks: Clocks) -> String {
    let topics: Vec<String> = topics.iter().map(|topic| topic.number().to_string()).collect();
    let ahead = match clocks {
        Clocks::Real => "0",
        Clocks::Tenants => "(SELECT n.clock_offset FROM tenant AS n WHERE n.tenant = o.tenant)",
    };
    // An extension hears of a request's stages one after the other.
    let first = format!(
        "(o.topic <> {} OR NOT EXISTS (SELECT 1 FROM callout AS c CROSS JOIN callout AS e CROSS JOIN outbox AS w \
         WHERE c.tenant = o.tenant AND c.id = o.id AND e.tenant = c.tenant AND e.request_id = c.request_id \
         AND e.extension_id = c.extension_id AND e.stage < c.stage AND w.tenant = e.tenant AND w.id = e.id \
         AND w.state = {WAITING}))",
        Topic::Callout.number()
    );
    format!(
        "SELECT o.tenant, o.id FROM outbox AS o WHERE o.state = {WAITING} AND o.leased_until <= $1 \
         AND o.due <= $1 + {ahead} AND o.topic IN ({}) AND {first} ORDER BY o.due, o.id",
        topics.join(", ")
    )
}

async fn settle(connection: &mut Connection, topic: Topic, key: &[Value; 3], fate: &Fate) -> Result<(), Error> {
    const MINE: &str = "WHERE tenant = $1 AND id = $2 AND leased_until = $3";
    let mut params = key.to_vec();
    let sql = match fate {
        Fate::Sent => format!("DELETE FROM outbox {MINE}"),
        Fate::Kept { at } => {
            params.push(Value::Int(*at));
            format!("UPDATE outbox SET state = {KEPT}, sent_at = $4, attempts = 0, problem = NULL {MINE}")
        }
        Fate::Later { due, problem } => {
            params.extend([Value::Int(*due), Value::Text(problem.clone())]);
            format!("UPDATE outbox SET due = $4, problem = $5, attempts = attempts + 1, leased_until = 0 {MINE}")
        }
        // The lease stays: it says when.
        Fate::GivenUp { problem } => {
            params.push(Value::Text(problem.clone()));
            format!("UPDATE outbox SET state = {GIVEN_UP}, problem = $4, attempts = attempts + 1 {MINE}")
        }
    };
    let mine = connection.execute(&sql, &params).await? > 0;
    if let (Topic::Callout, Fate::GivenUp { problem }, true) = (topic, fate, mine) {
        return failed(connection, key, problem).await;
    }
    if !matches!(fate, Fate::Kept { .. }) {
        return Ok(());
    }
    let sql = format!(
        "DELETE FROM outbox WHERE tenant = $1 AND state = {KEPT} AND id < (SELECT k.id FROM outbox AS k \
         WHERE k.tenant = $1 AND k.state = {KEPT} ORDER BY k.id DESC LIMIT 1 OFFSET {SHELF})"
    );
    connection.execute(&sql, &params[..1]).await.map(|_| ())
}

/// A callout that can't be made: a rule says what becomes of whatever waits for it.
async fn failed(connection: &mut Connection, [tenant, id, _]: &[Value; 3], problem: &str) -> Result<(), Error> {
    let params = [tenant.clone(), id.clone(), Value::Text(problem.to_owned())];
    connection.execute("UPDATE callout SET problem = $3 WHERE tenant = $1 AND id = $2", &params).await?;
    let (Some(tenant), Some(id)) = (tenant.as_guid(), id.as_guid()) else { return Ok(()) };
    tasks::one(connection, tenant, Task::Callout, id, 0).await
}

fn post(row: Vec<Value>, lease: i64) -> Option<Post> {
    match <[Value; 5]>::try_from(row).ok()? {
        [Value::Guid(tenant), Value::Guid(id), Value::Int(topic), Value::Int(attempts), Value::Json(payload)] => {
            Some(Post { tenant, id, topic: Topic::from_number(topic)?, payload, attempts, lease })
        }
        _ => None,
    }
}

fn kept(row: Vec<Value>) -> Option<Kept> {
    match <[Value; 3]>::try_from(row).ok()? {
        [Value::Guid(id), Value::Json(payload), Value::Int(sent_at)] => Some(Kept { id, payload, sent_at }),
        _ => None,
    }
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
