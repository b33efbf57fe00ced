//! THE WORK THAT WAITS: tasks are rows, written by the change that makes them necessary and deleted by
//! the change that does them. Any process may do any task: it is locked, decided and done in one
//! transaction, so that a process that dies leaves it as it was. There is no leader.

use crate::answer::Column;
use crate::connection::Connection;
use crate::engine::{Reach, Store};
use crate::error::Error;
use crate::write::{Context, Written, transact};
use auth::permit::WritePermit;
use domain::command::Command;
use domain::outcome::{Lane, Task};
use model::def::ColumnType;
use odata::value::Value;
use std::sync::Arc;
use uuid::Uuid;

/// A task that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub tenant: Uuid,
    pub task: Task,
    pub subject: Uuid,
    /// How many times it has failed.
    pub attempts: i64,
    /// Microseconds that the tenant's clock was ahead when the task was seen to be due.
    pub ahead: i64,
}

/// Whose time says what is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clocks {
    /// Real time, for every tenant.
    Real,
    /// Each tenant's own, which may be ahead. Only development has them.
    Tenants,
}

const TENANT: Column = Column { name: "tenant", ty: ColumnType::Uuid };
const KIND: Column = Column { name: "kind", ty: ColumnType::Int };
const SUBJECT: Column = Column { name: "subject_id", ty: ColumnType::Uuid };
const NUMBER: Column = Column { name: "number", ty: ColumnType::Int };

impl Store {
    /// Tasks of a lane that are due, the longest due first; `now` is the real time.
    pub async fn tasks_due(&self, lane: Lane, now: i64, clocks: Clocks, limit: i64) -> Result<Vec<Due>, Error> {
        self.reading(Reach::Many, move |connection| {
            Box::pin(async move {
                // In the words of the index that the lane has.
                let in_lane = match lane {
                    Lane::Prompt => "t.kind <> 5 AND t.kind <> 10",
                    Lane::Broad => "(t.kind = 5 OR t.kind = 10)",
                };
                let sql = match clocks {
                    Clocks::Real => format!(
                        "SELECT t.tenant, t.kind, t.subject_id, t.attempts, 0 FROM task AS t \
                         WHERE t.due <= $1 AND {in_lane} ORDER BY t.due, t.subject_id LIMIT $2"
                    ),
                    Clocks::Tenants => format!(
                        "SELECT t.tenant, t.kind, t.subject_id, t.attempts, n.clock_offset FROM task AS t \
                         CROSS JOIN tenant AS n WHERE n.tenant = t.tenant AND t.due <= $1 + n.clock_offset \
                         AND {in_lane} ORDER BY t.due, t.subject_id LIMIT $2"
                    ),
                };
                let params = [Value::Int(now), Value::Int(limit)];
                let rows = connection.query(&sql, &params, &[TENANT, KIND, SUBJECT, NUMBER, NUMBER]).await?;
                Ok(rows.iter().filter_map(|row| due(row)).collect())
            })
        })
        .await
    }

    /// How many tasks of a tenant are due, and when the next one will be; `now` is the tenant's time.
    pub async fn tasks_due_of(&self, tenant: Uuid, now: i64) -> Result<(i64, Option<i64>), Error> {
        self.reading(Reach::Many, move |connection| {
            Box::pin(async move {
                let sql = "SELECT count(CASE WHEN due <= $2 THEN 1 END), min(CASE WHEN due > $2 THEN due END) \
                           FROM task WHERE tenant = $1";
                let rows = connection.query(sql, &[Value::Guid(tenant), Value::Int(now)], &[NUMBER, NUMBER]).await?;
                match rows.first().map(Vec::as_slice) {
                    Some([Value::Int(number), Value::Int(next)]) => Ok((*number, Some(*next))),
                    Some([Value::Int(number), _]) => Ok((*number, None)),
                    _ => Err(Error::Database("a count that is no number".to_owned())),
                }
            })
        })
        .await
    }

    /// Does a task, unless somebody else does it or has done it; then nothing is told.
    ///
    /// # Errors
    /// [`Error::Denied`] by a rule, and then nothing has changed; the task is still there.
    pub async fn task_do(&self, permit: WritePermit, context: Context) -> Result<Option<Written>, Error> {
        let shared = Arc::new((permit, context));
        self.writing(move |connection| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (permit, context) = shared.as_ref();
                let Command::Work(work) = permit.what() else {
                    return Err(Error::Database("a task that is no work".to_owned()));
                };
                if !lock(connection, permit.caller().tenant, work.task, work.subject).await? {
                    return Ok(None);
                }
                transact(connection, permit, context).await.map(Some)
            })
        })
        .await
    }

    /// Puts a task off that failed: a bad one must never keep the next from being done.
    pub async fn task_postpone(&self, task: Due, due: i64) -> Result<(), Error> {
        self.writing(move |connection| {
            Box::pin(async move {
                let sql = "UPDATE task SET due = $4, attempts = attempts + 1 \
                           WHERE tenant = $1 AND kind = $2 AND subject_id = $3";
                let params = [
                    Value::Guid(task.tenant),
                    Value::Int(task.task.number()),
                    Value::Guid(task.subject),
                    Value::Int(due),
                ];
                connection.execute(sql, &params).await.map(|_| ())
            })
        })
        .await
    }
}

fn due(row: &[Value]) -> Option<Due> {
    match row {
        [Value::Guid(tenant), Value::Int(kind), Value::Guid(subject), Value::Int(attempts), Value::Int(ahead)] => {
            let task = Task::from_number(*kind)?;
            Some(Due { tenant: *tenant, task, subject: *subject, attempts: *attempts, ahead: *ahead })
        }
        _ => None,
    }
}

/// Locks a task for this transaction. False when it is gone, or somebody else has it.
async fn lock(connection: &mut Connection, tenant: Uuid, task: Task, subject: Uuid) -> Result<bool, Error> {
    let lock = connection.dialect().lock;
    let sql = format!("SELECT 1 FROM task WHERE tenant = $1 AND kind = $2 AND subject_id = $3{lock}");
    let params = [Value::Guid(tenant), Value::Int(task.number()), Value::Guid(subject)];
    Ok(!connection.query(&sql, &params, &[NUMBER]).await?.is_empty())
}
