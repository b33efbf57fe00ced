//! Tasks as an outcome leaves them behind. A task that is asked for again gets its new time, and its
//! failures are forgotten.

use crate::answer::Column;
use crate::connection::Connection;
use crate::error::Error;
use domain::command::Kind;
use domain::lifecycle::state::RequestType;
use domain::outcome::Task;
use model::def::ColumnType;
use odata::value::Value;
use uuid::Uuid;

/// How many people one task of asking about everybody sees to.
const AT_A_TIME: usize = 100;

pub async fn one(connection: &mut Connection, tenant: Uuid, task: Task, subject: Uuid, due: i64) -> Result<(), Error> {
    queue(connection, tenant, task, due, "VALUES ($1, $2, $4, $3, 0)", Some(subject)).await
}

/// Leaves the task as it is, if it is there.
pub async fn once(connection: &mut Connection, tenant: Uuid, task: Task, subject: Uuid, due: i64) -> Result<(), Error> {
    let sql = "INSERT INTO task (tenant, kind, subject_id, due, attempts) VALUES ($1, $2, $4, $3, 0) \
               ON CONFLICT DO NOTHING";
    let params = [Value::Guid(tenant), Value::Int(task.number()), Value::Int(due), Value::Guid(subject)];
    connection.execute(sql, &params).await.map(|_| ())
}

pub async fn done(connection: &mut Connection, tenant: Uuid, task: Task, subject: Uuid) -> Result<(), Error> {
    let sql = "DELETE FROM task WHERE tenant = $1 AND kind = $2 AND subject_id = $3";
    let params = [Value::Guid(tenant), Value::Int(task.number()), Value::Guid(subject)];
    connection.execute(sql, &params).await.map(|_| ())
}

/// Asks what membership rules give a person, where there are such rules at all.
pub async fn evaluate(connection: &mut Connection, tenant: Uuid, person: Uuid, due: i64) -> Result<(), Error> {
    let rows = "SELECT o.tenant, $2, o.id, $3, 0 FROM directory_object AS o \
                WHERE o.tenant = $1 AND o.id = $4 AND o.kind = 1 AND (EXISTS (\
                SELECT 1 FROM assignment_policy AS p WHERE p.tenant = $1 AND p.is_automatic) OR EXISTS (\
                SELECT 1 FROM directory_object AS g WHERE g.tenant = $1 AND g.membership_rule IS NOT NULL))";
    queue(connection, tenant, Task::Evaluate, due, rows, Some(person)).await
}

/// Asks everybody, where a policy of the package assigns by itself.
pub async fn evaluate_all_for(connection: &mut Connection, tenant: Uuid, package: Uuid, due: i64) -> Result<(), Error> {
    let sql = "SELECT id FROM assignment_policy WHERE tenant = $1 AND package_id = $2 AND is_automatic LIMIT 1";
    let id = Column { name: "id", ty: ColumnType::Uuid };
    match connection.query(sql, &[Value::Guid(tenant), Value::Guid(package)], &[id]).await?.is_empty() {
        true => Ok(()),
        false => one(connection, tenant, Task::Survey, Uuid::nil(), due).await,
    }
}

/// Asks what membership rules give whom an assignment or a request was for, where its package stands in
/// the way of one that is assigned by itself; a request does so for its own package too.
pub async fn evaluate_freed(
    connection: &mut Connection,
    tenant: Uuid,
    kind: Kind,
    id: Uuid,
    due: i64,
) -> Result<(), Error> {
    let (table, own) = match kind {
        Kind::Assignment => ("assignment", String::new()),
        _ => (
            "assignment_request",
            format!(
                " OR a.request_type <> {} AND EXISTS (SELECT 1 FROM assignment_policy AS p \
                 WHERE p.tenant = $1 AND p.package_id = a.package_id AND p.is_automatic)",
                RequestType::SystemAdd.number()
            ),
        ),
    };
    let rows = format!(
        "SELECT o.tenant, $2, o.id, $3, 0 FROM {table} AS a CROSS JOIN subject AS s CROSS JOIN directory_object AS o \
         WHERE a.tenant = $1 AND a.id = $4 AND s.tenant = $1 AND s.id = a.target_id AND o.tenant = $1 \
         AND o.id = s.object_id AND o.kind = 1 AND (EXISTS (SELECT 1 FROM incompatible_package AS i \
         CROSS JOIN assignment_policy AS p WHERE i.tenant = $1 AND i.incompatible_id = a.package_id \
         AND p.tenant = $1 AND p.package_id = i.package_id AND p.is_automatic){own})"
    );
    queue(connection, tenant, Task::Evaluate, due, &rows, Some(id)).await
}

/// Asks what membership rules give the next people by id, and leaves a task that goes on after the last
/// of them, if there may be more.
pub async fn evaluate_next(connection: &mut Connection, tenant: Uuid, after: Uuid, due: i64) -> Result<(), Error> {
    let next = "SELECT o.tenant, $2, o.id, $3, 0 FROM directory_object AS o \
                WHERE o.tenant = $1 AND o.id > $4 AND o.kind = 1 AND o.deleted_at IS NULL ORDER BY o.id";
    queue(connection, tenant, Task::Evaluate, due, &format!("{next} LIMIT {AT_A_TIME}"), Some(after)).await?;
    let last = format!("{next} LIMIT 1 OFFSET {}", AT_A_TIME - 1);
    queue(connection, tenant, Task::Survey, due, &last, Some(after)).await
}

/// Brings what the holders of a package have in line with what it brings.
pub async fn enforce(connection: &mut Connection, tenant: Uuid, package: Uuid, due: i64) -> Result<(), Error> {
    let rows = "SELECT a.tenant, $2, a.id, $3, 0 FROM assignment AS a \
                WHERE a.tenant = $1 AND a.package_id = $4 AND a.is_current";
    queue(connection, tenant, Task::Enforce, due, rows, Some(package)).await
}

/// Ends what somebody who is gone has of access packages, and what they asked for; and looks at what they
/// were to decide.
pub async fn orphan(connection: &mut Connection, tenant: Uuid, object: Uuid, due: i64) -> Result<(), Error> {
    for (task, table, open) in
        [(Task::Expire, "assignment", "is_current"), (Task::Advance, "assignment_request", "is_open")]
    {
        let rows = format!(
            "SELECT a.tenant, $2, a.id, $3, 0 FROM subject AS s CROSS JOIN {table} AS a \
             WHERE s.tenant = $1 AND s.object_id = $4 AND a.tenant = $1 AND a.target_id = s.id AND a.{open}"
        );
        queue(connection, tenant, task, due, &rows, Some(object)).await?;
    }
    let rows = "SELECT s.tenant, $2, s.approval_id, $3, 0 FROM approver AS a CROSS JOIN approval_stage AS s \
                WHERE a.tenant = $1 AND a.object_id = $4 AND s.tenant = $1 AND s.id = a.stage_id \
                AND s.status = 'InProgress'";
    queue(connection, tenant, Task::Stage, due, rows, Some(object)).await
}

/// Writes the tasks that `rows` makes of `$1` the tenant, `$2` the task's number, `$3` when it is due,
/// and `$4` the id that it is about, if it is about one.
async fn queue(
    connection: &mut Connection,
    tenant: Uuid,
    task: Task,
    due: i64,
    rows: &str,
    about: Option<Uuid>,
) -> Result<(), Error> {
    let sql = format!(
        "INSERT INTO task (tenant, kind, subject_id, due, attempts) {rows} \
         ON CONFLICT (tenant, kind, subject_id) DO UPDATE SET due = excluded.due, attempts = 0"
    );
    let mut params = vec![Value::Guid(tenant), Value::Int(task.number()), Value::Int(due)];
    params.extend(about.map(Value::Guid));
    connection.execute(&sql, &params).await.map(|_| ())
}
