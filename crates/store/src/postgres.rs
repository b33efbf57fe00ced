//! The engine for many processes: PostgreSQL. Writes are serializable transactions, run again when
//! the engine says that they lost a race; there is no leader and no state outside the database.

mod tls;

use self::tls::{Mode, Tls};
use crate::answer::Column;
use crate::connection::Connection as AnyConnection;
use crate::dialect::Dialect;
use crate::engine::Reach;
use crate::error::Error;
#[cfg(feature = "fault-injection")]
use crate::fault_injection::Injector;
use deadpool_postgres::{Client, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use model::def::ColumnType;
use odata::budget::Meter;
use odata::value::Value;
use std::error::Error as StdError;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Config, NoTls, Row};
use tokio_postgres_rustls::MakeRustlsConnect;
use uuid::Uuid;

pub static DIALECT: Dialect = Dialect {
    contains: |a, b| format!("strpos({a}, {b}) > 0"),
    ends_with: |a, b| format!("right({a}, length({b})) = {b}"),
    each_text: |json, alias| format!("json_array_elements_text({json}) AS {alias}(value)"),
    each_id: |json| format!("SELECT e.value::uuid FROM json_array_elements_text({json}) AS e(value)"),
    // As `fold` does it, which has one small sigma.
    lower: |text| format!("translate(lower({text} COLLATE \"und-x-icu\"), 'ς', 'σ') COLLATE \"C\""),
    hex: |id| format!("replace({id}::text, '-', '')"),
    array_length: |json| format!("json_array_length({json})"),
    at_most: |rows| format!(" LIMIT {rows}"),
    lock: " FOR UPDATE SKIP LOCKED",
};

const CONNECTIONS: usize = 32;
/// How long a caller waits for a connection.
const PATIENCE: Duration = Duration::from_secs(20);
/// Times that a transaction is run before the caller hears that the store is busy.
const ATTEMPTS: u32 = 20;
/// Opens a transaction that writes. A table that is scanned is locked whole against what others write, in
/// the eyes of serializable transactions, and a small one would be scanned: the planner is kept from it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL enable_seqscan = off";
/// Who migrates holds this lock; the number means nothing else.
const MIGRATION_LOCK: i64 = 0x446f_6f72_7761_7264;
/// Microseconds from 1970 to 2000, where PostgreSQL's time begins.
const EPOCH: i64 = 946_684_800_000_000;

/// A connection borrowed from the pool. It goes back only when the server is known to be idle on it;
/// one that is dropped in the middle of a statement or a transaction (a panic, the end of the process)
/// is closed, which makes the server roll back, and the pool opens another.
pub struct Connection {
    /// There until it is dropped.
    object: Option<Object>,
    /// A statement has been sent and its answer isn't complete.
    is_running: bool,
    /// A transaction is open, or a lock of the session is held.
    is_open: bool,
    /// A statement of the open transaction has failed, so that its commit would roll it back.
    has_failed: bool,
    #[cfg(feature = "fault-injection")]
    injector: Arc<Injector>,
}

pub struct Postgres {
    pool: Pool,
    #[cfg(feature = "fault-injection")]
    injector: Arc<Injector>,
}

impl Postgres {
    pub async fn open(url: &str) -> Result<Postgres, Error> {
        #[cfg(feature = "fault-injection")]
        let injector = crate::fault_injection::injector(&crate::engine::Database::Postgres(url.to_owned()));
        let (tls, url) = Tls::take(url)?;
        let mut config: Config = url.parse().map_err(fault)?;
        config.ssl_mode(match tls.mode {
            Mode::Disable => SslMode::Disable,
            Mode::Prefer => SslMode::Prefer,
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
        });
        let settings = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match tls.client()? {
            Some(client) => Manager::from_config(config, MakeRustlsConnect::new(client), settings),
            None => Manager::from_config(config, NoTls, settings),
        };
        let pool =
            Pool::builder(manager).max_size(CONNECTIONS).build().map_err(|error| Error::Database(error.to_string()))?;
        Ok(Postgres {
            pool,
            #[cfg(feature = "fault-injection")]
            injector,
        })
    }

    /// A connection from the pool; a caller who waits too long hears that the store is busy.
    pub async fn connection(&self) -> Result<AnyConnection, Error> {
        let object = tokio::time::timeout(PATIENCE, self.pool.get())
            .await
            .map_err(|_| Error::Busy("every connection is in use"))?
            .map_err(|error| match error {
                PoolError::Backend(error) => fault(error),
                other => Error::Database(other.to_string()),
            })?;
        Ok(AnyConnection::Postgres(Connection {
            object: Some(object),
            is_running: false,
            is_open: false,
            has_failed: false,
            #[cfg(feature = "fault-injection")]
            injector: Arc::clone(&self.injector),
        }))
    }

    /// A connection that nobody else has a locked one beside: for the migrations.
    pub async fn locked(&self) -> Result<AnyConnection, Error> {
        let mut connection = self.connection().await?;
        set_open(&mut connection, true);
        connection.execute("SELECT pg_advisory_lock($1)", &[Value::Int(MIGRATION_LOCK)]).await?;
        Ok(connection)
    }

    /// Runs `body`; what takes several statements sees one moment. The work goes on to its end in a task
    /// of its own when the caller is dropped.
    ///
    /// # Errors
    /// Those of `body`; [`Error::Busy`] when no connection is free, [`Error::Database`].
    pub async fn read<T, F>(&self, reach: Reach, body: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, Error>> + Send + 'static,
    {
        // Awaited here and not in the task: a caller that is dropped meanwhile leaves the queue for connections.
        let mut connection = self.connection().await?;
        to_its_end(|_| async move {
            if reach == Reach::Row {
                return body(&mut connection).await;
            }
            begin(&mut connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
            let result = body(&mut connection).await;
            // Nothing was written: if this fails, the connection is closed and the rows are good.
            let _ = end(&mut connection, "COMMIT").await;
            result
        })
        .await
    }

    /// Runs `body` as one transaction, and again when it lost a race. The transaction is committed or
    /// rolled back in a task of its own, also when the caller is dropped; then it is not tried again.
    ///
    /// # Errors
    /// Those of `body`; [`Error::Busy`] when it lost too many races or no connection is free,
    /// [`Error::Database`].
    pub async fn write<T, F>(self: &Arc<Self>, body: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, Error>> + Send + Sync + 'static,
    {
        let mut connection = self.connection().await?;
        let postgres = Arc::clone(self);
        to_its_end(|caller| async move {
            let mut attempt = 0;
            loop {
                match transaction(connection, &body).await {
                    Err(Error::Busy(_)) if attempt + 1 < ATTEMPTS && !caller.is_gone() => {}
                    result => return result,
                }
                attempt += 1;
                metrics::counter!("doorward_transaction_retries").increment(1);
                tokio::time::sleep(pause(attempt)).await;
                connection = postgres.connection().await?;
            }
        })
        .await
    }
}

/// One attempt. The connection is idle again afterwards, or closed.
async fn transaction<T, F>(mut connection: AnyConnection, body: &F) -> Result<T, Error>
where
    F: for<'c> Fn(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, Error>>,
{
    begin(&mut connection, BEGIN).await?;
    let result = match body(&mut connection).await {
        // PostgreSQL answers the commit of a transaction in which a statement failed with success, and
        // rolls it back; it must not be acknowledged.
        Ok(_) if has_failed(&connection) => {
            Err(Error::Database("a statement failed, and its transaction was to be committed".to_owned()))
        }
        Ok(done) => end(&mut connection, "COMMIT").await.map(|()| done),
        Err(error) => Err(error),
    };
    if result.is_err() {
        // If this fails, the connection is closed.
        let _ = end(&mut connection, "ROLLBACK").await;
    }
    result
}

/// The caller that waits for the result of work in a task of its own.
struct Caller(Weak<()>);

impl Caller {
    /// Whether the caller has been dropped.
    fn is_gone(&self) -> bool {
        self.0.strong_count() == 0
    }
}

/// Runs work in a task of its own, which goes on when this future is dropped.
///
/// # Errors
/// Those of the work; [`Error::Database`] when it panicked.
async fn to_its_end<T, W>(work: impl FnOnce(Caller) -> W) -> Result<T, Error>
where
    T: Send + 'static,
    W: Future<Output = Result<T, Error>> + Send + 'static,
{
    let waiting = Arc::new(());
    let result = tokio::spawn(work(Caller(Arc::downgrade(&waiting)))).await;
    drop(waiting);
    result.map_err(|error| Error::Database(format!("the task of a transaction has failed: {error}")))?
}

async fn begin(connection: &mut AnyConnection, sql: &str) -> Result<(), Error> {
    set_open(connection, true);
    connection.script(sql).await
}

async fn end(connection: &mut AnyConnection, sql: &str) -> Result<(), Error> {
    connection.script(sql).await?;
    set_open(connection, false);
    Ok(())
}

fn set_open(connection: &mut AnyConnection, is_open: bool) {
    if let AnyConnection::Postgres(connection) = connection {
        (connection.is_open, connection.has_failed) = (is_open, false);
    }
}

fn has_failed(connection: &AnyConnection) -> bool {
    matches!(connection, AnyConnection::Postgres(connection) if connection.has_failed)
}

/// How long a transaction that has lost so many races waits: `attempt`² ms on average, and each another
/// time, so that those who met don't meet again.
fn pause(attempt: u32) -> Duration {
    let longest = 2000 * u64::from(attempt * attempt);
    let (chance, _) = Uuid::new_v4().as_u64_pair();
    Duration::from_micros(chance % longest)
}

/// Gives the migrations' lock back; a connection that still holds it is closed.
pub async fn unlock(connection: &mut AnyConnection) -> Result<(), Error> {
    connection.execute("SELECT pg_advisory_unlock($1)", &[Value::Int(MIGRATION_LOCK)]).await?;
    set_open(connection, false);
    Ok(())
}

impl Drop for Connection {
    fn drop(&mut self) {
        if (self.is_running || self.is_open)
            && let Some(object) = self.object.take()
        {
            metrics::counter!("doorward_connections_closed_unfinished_total").increment(1);
            drop(Object::take(object));
        }
    }
}

impl Connection {
    #[cfg(feature = "fault-injection")]
    pub fn injector(&self) -> &Injector {
        &self.injector
    }

    pub async fn query(&mut self, sql: &str, params: &[Value], columns: &[Column]) -> Result<Vec<Vec<Value>>, Error> {
        let bound = bound(params);
        let rows = self
            .run(async |client| {
                let statement = client.prepare_cached(sql).await?;
                client.query(&statement, &references(&bound)).await
            })
            .await?;
        rows.iter().map(|row| cells(row, columns)).collect()
    }

    /// Takes one row after the other off the wire, so that no more of them are held than were charged.
    pub async fn query_metered(
        &mut self,
        sql: &str,
        params: &[Value],
        columns: &[Column],
        meter: Meter<'_>,
    ) -> Result<Vec<Vec<Value>>, Error> {
        // A row that isn't charged ends the statement with the stream; what the server still sends of it
        // is read and thrown away before the next statement's answer.
        let mut refused = None;
        let found = self
            .run(async |client| {
                let statement = client.prepare_cached(sql).await?;
                let mut rows = std::pin::pin!(client.query_raw(&statement, params.iter().map(Bound)).await?);
                let mut found = Vec::new();
                while let Some(row) = rows.next().await {
                    let charged = cells(&row?, columns).and_then(|cells| Ok((meter.row(&cells)?, cells)));
                    match charged {
                        Ok((_, cells)) => found.push(cells),
                        Err(error) => {
                            refused = Some(error);
                            break;
                        }
                    }
                }
                Ok(found)
            })
            .await?;
        if let Some(error) = refused {
            return Err(error);
        }
        Ok(found)
    }

    pub async fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        let bound = bound(params);
        self.run(async |client| {
            let statement = client.prepare_cached(sql).await?;
            client.execute(&statement, &references(&bound)).await
        })
        .await
    }

    pub async fn script(&mut self, sql: &str) -> Result<(), Error> {
        self.run(async |client| client.batch_execute(sql).await).await
    }

    /// Runs a statement, and keeps account of whether the server has answered it.
    async fn run<T>(
        &mut self,
        statement: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, Error> {
        let Some(client) = &self.object else {
            return Err(Error::Database("the connection is closed".to_owned()));
        };
        self.is_running = true;
        let result = statement(client).await;
        self.is_running = false;
        self.has_failed |= result.is_err();
        result.map_err(fault)
    }
}

fn bound(params: &[Value]) -> Vec<Bound<'_>> {
    params.iter().map(Bound).collect()
}

fn references<'b>(bound: &'b [Bound<'_>]) -> Vec<&'b (dyn ToSql + Sync)> {
    bound.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

#[derive(Debug)]
struct Bound<'v>(&'v Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self.0 {
            Value::Null => return Ok(IsNull::Yes),
            Value::Bool(yes) => yes.to_sql(ty, out)?,
            Value::Int(number) => match *ty {
                Type::INT4 => i32::try_from(*number)?.to_sql(ty, out)?,
                Type::INT2 => i16::try_from(*number)?.to_sql(ty, out)?,
                _ => number.to_sql(ty, out)?,
            },
            Value::Double(number) => number.to_sql(ty, out)?,
            Value::Text(text) | Value::Json(text) => {
                // `json` travels as its text.
                out.extend_from_slice(text.as_bytes());
                IsNull::No
            }
            Value::Guid(id) => id.to_sql(ty, out)?,
            Value::Time(micros) => {
                out.extend_from_slice(&micros.saturating_sub(EPOCH).to_be_bytes());
                IsNull::No
            }
        };
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Text of any column that travels as text.
struct Text(String);

impl<'r> FromSql<'r> for Text {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Text, Box<dyn StdError + Sync + Send>> {
        Ok(Text(std::str::from_utf8(raw)?.to_owned()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

struct Micros(i64);

impl<'r> FromSql<'r> for Micros {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Micros, Box<dyn StdError + Sync + Send>> {
        Ok(Micros(i64::from_be_bytes(raw.try_into()?).saturating_add(EPOCH)))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::TIMESTAMPTZ | Type::TIMESTAMP)
    }
}

fn cells(row: &Row, columns: &[Column]) -> Result<Vec<Value>, Error> {
    columns.iter().enumerate().map(|(at, column)| cell(row, at, column).map_err(fault)).collect()
}

fn cell(row: &Row, at: usize, column: &Column) -> Result<Value, tokio_postgres::Error> {
    let value = match column.ty {
        ColumnType::Bool => row.try_get::<_, Option<bool>>(at)?.map(Value::Bool),
        ColumnType::Int if row.columns().get(at).is_some_and(|column| *column.type_() == Type::INT4) => {
            row.try_get::<_, Option<i32>>(at)?.map(|number| Value::Int(i64::from(number)))
        }
        ColumnType::Int => row.try_get::<_, Option<i64>>(at)?.map(Value::Int),
        ColumnType::Uuid => row.try_get::<_, Option<Uuid>>(at)?.map(Value::Guid),
        ColumnType::Time => row.try_get::<_, Option<Micros>>(at)?.map(|time| Value::Time(time.0)),
        ColumnType::Text => row.try_get::<_, Option<Text>>(at)?.map(|text| Value::Text(text.0)),
        ColumnType::Json => row.try_get::<_, Option<Text>>(at)?.map(|text| Value::Json(text.0)),
    };
    Ok(value.unwrap_or(Value::Null))
}

/// Sorts an engine's error into ours.
fn fault(error: tokio_postgres::Error) -> Error {
    let Some(database) = error.as_db_error() else {
        return Error::Database(match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        });
    };
    match *database.code() {
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => {
            Error::Busy("too many transactions change the same rows")
        }
        SqlState::UNIQUE_VIOLATION => Error::Taken { index: database.constraint().unwrap_or("an index").to_owned() },
        SqlState::FOREIGN_KEY_VIOLATION => Error::Reference,
        _ => Error::Database(format!("{}: {}", database.code().code(), database.message())),
    }
}
