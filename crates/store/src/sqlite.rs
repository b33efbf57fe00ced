//! The embedded engine: SQLite in WAL mode with full synchronous commits. One writer thread commits
//! many waiting transactions together; many readers work on snapshots. It must never acknowledge a
//! write before the commit that holds it has reached the disk.

use crate::answer::Column;
use crate::caller::Speaker;
use crate::connection::Connection as AnyConnection;
use crate::dialect::Dialect;
use crate::engine::Reach;
use crate::error::Error;
#[cfg(feature = "fault-injection")]
use crate::fault_injection::Injector;
use model::def::ColumnType;
use odata::budget::Meter;
use odata::value::Value;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, OpenFlags};
use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::{Semaphore, mpsc, oneshot};
use uuid::Uuid;

pub static DIALECT: Dialect = Dialect {
    contains: |a, b| format!("instr({a}, {b}) > 0"),
    ends_with: |a, b| format!("({b} = '' OR substr({a}, -length({b})) = {b})"),
    each_text: |json, alias| format!("json_each({json}) AS {alias}"),
    each_id: |json| format!("SELECT unhex(e.value, '-') FROM json_each({json}) AS e"),
    lower: |text| format!("fold({text})"),
    hex: |id| format!("lower(hex({id}))"),
    array_length: |json| format!("json_array_length({json})"),
    at_most: |_| String::new(),
    // There is one writer.
    lock: "",
};

/// The most transactions that one commit carries.
const BATCH: usize = 512;
/// Writes that may wait before a caller has to.
const QUEUE: usize = 8192;
const STATEMENTS: usize = 256;
/// Reads of many rows at a time. More would only take the processor, and memory for their pages,
/// from each other.
const READERS: usize = 8;
const SHELVES: usize = 16;

/// Applications that a connection remembers. When they are too many, all are forgotten.
const SPEAKERS: usize = 256;

pub struct Connection {
    raw: rusqlite::Connection,
    heard: Heard,
    #[cfg(feature = "fault-injection")]
    injector: Arc<Injector>,
}

/// Applications that were found in order while the file was as it is in this version.
#[derive(Default)]
struct Heard {
    version: i64,
    speakers: HashSet<Speaker>,
}

pub struct Sqlite {
    path: PathBuf,
    jobs: mpsc::Sender<Box<dyn Job>>,
    idle: Idle,
    many: Arc<Semaphore>,
}

/// A transaction that waits.
trait Job: Send {
    /// Runs it within the batch; again, when the batch had to be taken back. Whether it went well.
    fn run(&mut self, connection: &mut AnyConnection) -> bool;
    /// Whether it must be undone by a savepoint, since nobody counts what it changes: scripts.
    fn scripted(&self) -> bool;
    /// Tells its caller, once the batch is committed or has failed.
    fn finish(self: Box<Self>, failure: Option<Error>);
}

struct Waiting<T, F> {
    body: F,
    scripted: bool,
    result: Option<Result<T, Error>>,
    answer: oneshot::Sender<Result<T, Error>>,
}

impl<T, F> Job for Waiting<T, F>
where
    T: Send,
    F: Fn(&mut AnyConnection) -> Result<T, Error> + Send,
{
    fn run(&mut self, connection: &mut AnyConnection) -> bool {
        self.result.insert(caught(|| (self.body)(connection))).is_ok()
    }

    fn scripted(&self) -> bool {
        self.scripted
    }

    fn finish(self: Box<Self>, failure: Option<Error>) {
        let result = match (failure, self.result) {
            (Some(error), _) => Err(error),
            (None, Some(result)) => result,
            (None, None) => Err(Error::Database("the writer left a transaction out".to_owned())),
        };
        // The caller may have hung up; the commit stands all the same.
        let _ = self.answer.send(result);
    }
}

impl Sqlite {
    pub fn open(path: &Path) -> Result<Sqlite, Error> {
        let writer = Connection::open(path, true)?;
        let keeper = Keeper::open(path)?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || write_loop(AnyConnection::Sqlite(writer), keeper, queue))
            .map_err(|error| Error::Database(error.to_string()))?;
        Ok(Sqlite { path: path.to_owned(), jobs, idle: Idle::default(), many: Arc::new(Semaphore::new(READERS)) })
    }

    /// Runs `body` on a snapshot. A single row is read where the caller stands: handing it to
    /// another thread would cost more than the read.
    pub async fn read<T: Send + 'static>(
        &self,
        reach: Reach,
        body: impl FnOnce(&mut AnyConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (connection, result, _turn) = match reach {
            Reach::Row => {
                let mut connection = self.reader()?;
                let result = caught(|| body(&mut connection));
                (connection, result, None)
            }
            Reach::Many => {
                let turn = Arc::clone(&self.many).acquire_owned().await;
                let turn = turn.map_err(|error| Error::Database(error.to_string()))?;
                let mut connection = self.reader()?;
                // The turn goes along: a caller who hangs up doesn't end the read.
                tokio::task::spawn_blocking(move || {
                    let result = caught(|| snapshot(&mut connection, body));
                    (connection, result, Some(turn))
                })
                .await
                .map_err(|error| Error::Database(error.to_string()))?
            }
        };
        self.idle.put(connection);
        result
    }

    /// Runs `body` as one transaction of a batch; more than once, when the batch has to be taken back.
    pub async fn write<T: Send + 'static>(
        &self,
        body: impl Fn(&mut AnyConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.submit(false, body).await
    }

    /// As `write`; for the migrations, whose scripts change more than rows.
    pub async fn exclusively<T: Send + 'static>(
        &self,
        body: impl Fn(&mut AnyConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.submit(true, body).await
    }

    async fn submit<T: Send + 'static>(
        &self,
        scripted: bool,
        body: impl Fn(&mut AnyConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, result) = oneshot::channel();
        let job = Box::new(Waiting { body, scripted, result: None, answer });
        self.jobs.send(job).await.map_err(|_| Error::Database("the writer has stopped".to_owned()))?;
        result.await.map_err(|_| Error::Database("the writer has stopped".to_owned()))?
    }

    fn reader(&self) -> Result<AnyConnection, Error> {
        match self.idle.take() {
            Some(connection) => Ok(connection),
            None => Ok(AnyConnection::Sqlite(Connection::open(&self.path, false)?)),
        }
    }
}

/// Connections that nobody uses, sorted by the thread that used them last: memory that goes from
/// thread to thread makes them wait for each other.
#[derive(Default)]
struct Idle([Mutex<Vec<AnyConnection>>; SHELVES]);

impl Idle {
    /// A connection, of the thread's own shelf if it has one.
    fn take(&self) -> Option<AnyConnection> {
        let own = shelf();
        (0..SHELVES).find_map(|at| self.0.get((own + at) % SHELVES)?.lock().ok()?.pop())
    }

    /// Takes a connection back. One whose transaction could not be ended is closed.
    fn put(&self, connection: AnyConnection) {
        if !is_autocommit(&connection) {
            return;
        }
        if let Some(Ok(mut shelf)) = self.0.get(shelf()).map(Mutex::lock) {
            shelf.push(connection);
        }
    }
}

/// The thread's own shelf.
fn shelf() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed) % SHELVES;
    }
    OWN.with(|own| *own)
}

/// Holds the lock of a reader while nobody writes. The locks of one process are counted, and only the
/// first and the last are the kernel's: with this one held, others cost no system call. Never held
/// through a write, since the log can't begin anew while somebody reads it.
struct Keeper(rusqlite::Connection);

impl Keeper {
    fn open(path: &Path) -> Result<Keeper, Error> {
        Ok(Keeper(Connection::open(path, false)?.raw))
    }

    /// Reads something: the lock comes with the first read. Without it all is as well, and slower.
    fn hold(&self) {
        let _ = self.0.execute_batch("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1");
    }

    fn release(&self) {
        if !self.0.is_autocommit() {
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}

/// The result of `body`, a panic in which is an error of its caller's alone: the thread that runs it
/// goes on, and so do all others whose work it does.
fn caught<T>(body: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // What `body` may leave half done is the transaction, which is rolled back like any that failed.
    std::panic::catch_unwind(AssertUnwindSafe(body))
        .unwrap_or_else(|_| Err(Error::Database("the code of a transaction panicked".to_owned())))
}

/// Several statements that must see the same moment.
fn snapshot<T>(
    connection: &mut AnyConnection,
    body: impl FnOnce(&mut AnyConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    control(connection, "BEGIN")?;
    let result = body(connection);
    control(connection, "COMMIT")?;
    result
}

fn write_loop(mut connection: AnyConnection, keeper: Keeper, mut queue: mpsc::Receiver<Box<dyn Job>>) {
    keeper.hold();
    while let Some(first) = queue.blocking_recv() {
        let mut batch = Vec::new();
        keeper.release();
        let failure = commit(&mut connection, first, &mut queue, &mut batch).err();
        if failure.is_some() {
            // Nothing of the batch is kept, and everybody hears so.
            let _ = control(&mut connection, "ROLLBACK");
        }
        metrics::histogram!("doorward_commit_batch").record(batch.len() as f64);
        for job in batch {
            job.finish(failure.as_ref().map(|error| match error {
                Error::Busy(what) => Error::Busy(what),
                other => Error::Database(other.to_string()),
            }));
        }
        if queue.is_empty() {
            keeper.hold();
        }
    }
}

/// Runs what waits, and commits it together.
fn commit(
    connection: &mut AnyConnection,
    first: Box<dyn Job>,
    queue: &mut mpsc::Receiver<Box<dyn Job>>,
    batch: &mut Vec<Box<dyn Job>>,
) -> Result<(), Error> {
    batch.push(first);
    control(connection, "BEGIN IMMEDIATE")?;
    while let Some(job) = batch.last_mut() {
        if !leaves_nothing_half(connection, job.as_mut())? {
            // Its half goes, and with it what the others did, who begin again. That is rare: rules
            // refuse before anything is written.
            let _ = control(connection, "ROLLBACK");
            control(connection, "BEGIN IMMEDIATE")?;
            for job in batch.iter_mut() {
                apart(connection, job.as_mut())?;
            }
            break;
        }
        match if batch.len() < BATCH { queue.try_recv().ok() } else { None } {
            Some(next) => batch.push(next),
            None => break,
        }
    }
    control(connection, "COMMIT")
}

/// Runs a job without a savepoint, which would copy every page that it changes. False when it failed
/// after it had written.
fn leaves_nothing_half(connection: &mut AnyConnection, job: &mut dyn Job) -> Result<bool, Error> {
    if job.scripted() {
        return apart(connection, job).map(|()| true);
    }
    let before = written(connection);
    Ok(job.run(connection) || written(connection) == before)
}

/// Runs a job between savepoints, so that its failure undoes nothing but its own.
fn apart(connection: &mut AnyConnection, job: &mut dyn Job) -> Result<(), Error> {
    control(connection, "SAVEPOINT job")?;
    if !job.run(connection) {
        control(connection, "ROLLBACK TO job")?;
    }
    control(connection, "RELEASE job")
}

/// What has been written so far; and whether the transaction has ended by itself, as it does when
/// the disk is full.
fn written(connection: &AnyConnection) -> (u64, bool) {
    match connection {
        AnyConnection::Sqlite(connection) => (connection.raw.total_changes(), connection.raw.is_autocommit()),
        AnyConnection::Postgres(_) => (0, false),
    }
}

/// Whether no transaction is open.
fn is_autocommit(connection: &AnyConnection) -> bool {
    matches!(connection, AnyConnection::Sqlite(connection) if connection.raw.is_autocommit())
}

fn control(connection: &mut AnyConnection, sql: &str) -> Result<(), Error> {
    match connection {
        AnyConnection::Sqlite(connection) => connection.execute(sql, &[]).map(|_| ()),
        AnyConnection::Postgres(_) => Ok(()),
    }
}

impl Connection {
    #[cfg(feature = "fault-injection")]
    pub fn injector(&self) -> &Injector {
        &self.injector
    }

    fn open(path: &Path, write: bool) -> Result<Connection, Error> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if write {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        let connection = rusqlite::Connection::open_with_flags(path, flags).map_err(fault)?;
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
                 PRAGMA busy_timeout = 10000; PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY;",
            )
            .map_err(fault)?;
        if !write {
            connection.execute_batch("PRAGMA query_only = ON;").map_err(fault)?;
        }
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection
            .create_scalar_function(
                "fold",
                1,
                rusqlite::functions::FunctionFlags::SQLITE_DETERMINISTIC
                    | rusqlite::functions::FunctionFlags::SQLITE_UTF8,
                |context| Ok(context.get::<Option<String>>(0)?.map(|text| crate::fold::fold(&text))),
            )
            .map_err(fault)?;
        Ok(Connection {
            raw: connection,
            heard: Heard::default(),
            #[cfg(feature = "fault-injection")]
            injector: crate::fault_injection::injector(&crate::engine::Database::Sqlite(path.to_owned())),
        })
    }

    pub fn query(
        &mut self,
        sql: &str,
        params: &[Value],
        columns: &[Column],
        meter: Option<Meter<'_>>,
    ) -> Result<Vec<Vec<Value>>, Error> {
        #[cfg(test)]
        crate::query_plan_tests::heard(sql, params);
        let mut statement = self.raw.prepare_cached(sql).map_err(fault)?;
        bind(&mut statement, params)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(fault)? {
            let mut cells = Vec::with_capacity(columns.len());
            for (at, column) in columns.iter().enumerate() {
                cells.push(cell(row.get_ref(at).map_err(fault)?, column)?);
            }
            if let Some(meter) = &meter {
                meter.row(&cells)?;
            }
            found.push(cells);
        }
        Ok(found)
    }

    pub fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        let mut statement = self.raw.prepare_cached(sql).map_err(fault)?;
        bind(&mut statement, params)?;
        statement.raw_execute().map(|count| count as u64).map_err(fault)
    }

    /// The version is the engine's own count of what others have written, in this process or another.
    pub fn has_heard(&mut self, speaker: &Speaker) -> Result<bool, Error> {
        let mut statement = self.raw.prepare_cached("PRAGMA data_version").map_err(fault)?;
        let version = statement.query_row([], |row| row.get(0)).map_err(fault)?;
        if self.heard.version != version {
            self.heard = Heard { version, speakers: HashSet::new() };
        }
        Ok(self.heard.speakers.contains(speaker))
    }

    pub fn hear(&mut self, speaker: Speaker) {
        if self.heard.speakers.len() >= SPEAKERS {
            self.heard.speakers.clear();
        }
        self.heard.speakers.insert(speaker);
    }

    pub fn script(&mut self, sql: &str) -> Result<(), Error> {
        self.raw.execute_batch(sql).map_err(fault)
    }
}

/// Binds `$1`, `$2`, … by their names: SQLite numbers named parameters as it meets them.
fn bind(statement: &mut rusqlite::Statement<'_>, params: &[Value]) -> Result<(), Error> {
    for at in 1..=statement.parameter_count() {
        let number =
            statement.parameter_name(at).and_then(|name| name.get(1..)).and_then(|name| name.parse::<usize>().ok());
        let value = number
            .and_then(|number| params.get(number.wrapping_sub(1)))
            .ok_or_else(|| Error::Database(format!("parameter {at} has no value")))?;
        statement.raw_bind_parameter(at, Bound(value)).map_err(fault)?;
    }
    Ok(())
}

struct Bound<'v>(&'v Value);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Bool(yes) => ValueRef::Integer(i64::from(*yes)),
            Value::Int(number) | Value::Time(number) => ValueRef::Integer(*number),
            Value::Double(number) => ValueRef::Real(*number),
            Value::Text(text) | Value::Json(text) => ValueRef::Text(text.as_bytes()),
            Value::Guid(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}

fn cell(value: ValueRef<'_>, column: &Column) -> Result<Value, Error> {
    let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    };
    Ok(match (value, column.ty) {
        (ValueRef::Null, _) => Value::Null,
        (ValueRef::Integer(number), ColumnType::Bool) => Value::Bool(number != 0),
        (ValueRef::Integer(number), ColumnType::Time) => Value::Time(number),
        (ValueRef::Integer(number), _) => Value::Int(number),
        (ValueRef::Text(bytes), ColumnType::Json) => Value::Json(text(bytes)),
        (ValueRef::Text(bytes), _) => Value::Text(text(bytes)),
        (ValueRef::Blob(bytes), _) => {
            Value::Guid(Uuid::from_slice(bytes).map_err(|_| Error::Database(format!("{}: not an id", column.name)))?)
        }
        (ValueRef::Real(number), _) => Value::Double(number),
    })
}

/// Sorts an engine's error into ours. The index that refused a value is named by table and last
/// column, as PostgreSQL's indexes are named.
fn fault(error: rusqlite::Error) -> Error {
    if let rusqlite::Error::SqliteFailure(code, message) = &error
        && code.code == ErrorCode::ConstraintViolation
    {
        let message = message.as_deref().unwrap_or_default();
        if let Some(columns) = message.strip_prefix("UNIQUE constraint failed: ") {
            let index = columns.rsplit(", ").next().unwrap_or(columns);
            let index = index.strip_prefix("index '").map_or(index, |name| name.trim_end_matches('\''));
            return Error::Taken { index: index.to_owned() };
        }
        if message.starts_with("FOREIGN KEY") {
            return Error::Reference;
        }
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Busy("the database file is locked"),
        _ => Error::Database(error.to_string()),
    }
}
