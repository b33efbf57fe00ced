//! The engine for many processes: PostgreSQL. Writes are serializable transactions, run again when
//! the engine says that they lost a race; there is no leader and no state outside the database.

mod tls;

use self::tls::{Mode, Tls};
use crate::answer::Column;
use crate::connection::Connection as AnyConnection;
use crate::dialect::Dialect;
use crate::engine::Reach;
use crate::error::Error;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod};
use futures_util::future::BoxFuture;
use model::def::ColumnType;
use odata::value::Value;
use std::error::Error as StdError;
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

pub struct Connection(Object);

pub struct Postgres {
    pool: Pool,
}

impl Postgres {
    pub async fn open(url: &str) -> Result<Postgres, Error> {
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
        Ok(Postgres { pool })
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
        Ok(AnyConnection::Postgres(Connection(object)))
    }

    /// A connection that nobody else has a locked one beside: for the migrations.
    pub async fn locked(&self) -> Result<AnyConnection, Error> {
        let mut connection = self.connection().await?;
        connection.execute("SELECT pg_advisory_lock($1)", &[Value::Int(MIGRATION_LOCK)]).await?;
        Ok(connection)
    }

    /// Runs `body`; what takes several statements sees one moment.
    pub async fn read<T, F>(&self, reach: Reach, body: F) -> Result<T, Error>
    where
        F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, Error>>,
    {
        let mut connection = self.connection().await?;
        if reach == Reach::Row {
            return body(&mut connection).await;
        }
        connection.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let result = body(&mut connection).await;
        if connection.script("COMMIT").await.is_err() {
            discard(connection);
        }
        result
    }

    pub async fn write<T, F>(&self, body: F) -> Result<T, Error>
    where
        F: for<'c> Fn(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, Error>>,
    {
        let mut attempt = 0;
        loop {
            let mut connection = self.connection().await?;
            connection.script(BEGIN).await?;
            let result = match body(&mut connection).await {
                Ok(done) => connection.script("COMMIT").await.map(|()| done),
                Err(error) => Err(error),
            };
            match result {
                Ok(done) => return Ok(done),
                Err(error) => {
                    // A connection whose transaction can't be ended goes back to nobody.
                    match connection.script("ROLLBACK").await {
                        Ok(()) => drop(connection),
                        Err(_) => discard(connection),
                    }
                    attempt += 1;
                    if !matches!(error, Error::Busy(_)) || attempt == ATTEMPTS {
                        return Err(error);
                    }
                    metrics::counter!("doorward_transaction_retries").increment(1);
                    tokio::time::sleep(pause(attempt)).await;
                }
            }
        }
    }
}

/// How long a transaction that has lost so many races waits: `attempt`² ms on average, and each another
/// time, so that those who met don't meet again.
fn pause(attempt: u32) -> Duration {
    let longest = 2000 * u64::from(attempt * attempt);
    let (chance, _) = Uuid::new_v4().as_u64_pair();
    Duration::from_micros(chance % longest)
}

fn discard(connection: AnyConnection) {
    if let AnyConnection::Postgres(connection) = connection {
        drop(Object::take(connection.0));
    }
}

pub async fn unlock(connection: &mut AnyConnection) -> Result<(), Error> {
    connection.execute("SELECT pg_advisory_unlock($1)", &[Value::Int(MIGRATION_LOCK)]).await.map(|_| ())
}

impl Connection {
    pub async fn query(&mut self, sql: &str, params: &[Value], columns: &[Column]) -> Result<Vec<Vec<Value>>, Error> {
        let statement = self.0.prepare_cached(sql).await.map_err(fault)?;
        let bound: Vec<Bound<'_>> = params.iter().map(Bound).collect();
        let bound: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        let rows = self.0.query(&statement, &bound).await.map_err(fault)?;
        rows.iter().map(|row| cells(row, columns)).collect()
    }

    pub async fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        let statement = self.0.prepare_cached(sql).await.map_err(fault)?;
        let bound: Vec<Bound<'_>> = params.iter().map(Bound).collect();
        let bound: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        self.0.execute(&statement, &bound).await.map_err(fault)
    }

    pub async fn script(&mut self, sql: &str) -> Result<(), Error> {
        self.0.batch_execute(sql).await.map_err(fault)
    }
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
