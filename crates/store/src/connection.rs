//! One connection to either engine, and the two things that can be done with it: ask and change.
//! Parameters are `$1`, `$2`, … on both.

use crate::answer::Column;
use crate::caller::Speaker;
use crate::error::Error;
use crate::{postgres, sqlite};
use odata::budget::Meter;
use odata::value::Value;

/// A connection, owned for the time of one transaction or one read.
pub enum Connection {
    Sqlite(sqlite::Connection),
    Postgres(postgres::Connection),
}

impl Connection {
    /// The rows that `sql` gives, each with one cell for each of `columns`.
    ///
    /// # Errors
    /// [`Error::Database`] and, for a lost race, [`Error::Busy`].
    pub async fn query(&mut self, sql: &str, params: &[Value], columns: &[Column]) -> Result<Vec<Vec<Value>>, Error> {
        #[cfg(feature = "fault-injection")]
        self.inject_fault().await;
        match self {
            Connection::Sqlite(connection) => connection.query(sql, params, columns, None),
            // Boxed: its room would be made and moved for every read of the embedded engine, too.
            Connection::Postgres(connection) => Box::pin(connection.query(sql, params, columns)).await,
        }
    }

    /// As `query`, for the rows of an answer: each is charged before the next one is fetched.
    ///
    /// # Errors
    /// As `query`, and [`Error::Exceeded`] with the row that is one too many.
    pub async fn query_metered(
        &mut self,
        sql: &str,
        params: &[Value],
        columns: &[Column],
        meter: Meter<'_>,
    ) -> Result<Vec<Vec<Value>>, Error> {
        #[cfg(feature = "fault-injection")]
        self.inject_fault().await;
        match self {
            Connection::Sqlite(connection) => connection.query(sql, params, columns, Some(meter)),
            Connection::Postgres(connection) => Box::pin(connection.query_metered(sql, params, columns, meter)).await,
        }
    }

    /// Runs a statement that gives no rows, and says how many it changed.
    ///
    /// # Errors
    /// As `query`, and [`Error::Taken`] and [`Error::Reference`] for constraints that don't hold.
    pub async fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        #[cfg(feature = "fault-injection")]
        self.inject_fault().await;
        match self {
            Connection::Sqlite(connection) => connection.execute(sql, params),
            Connection::Postgres(connection) => Box::pin(connection.execute(sql, params)).await,
        }
    }

    /// Runs a script of several statements (migrations).
    pub async fn script(&mut self, sql: &str) -> Result<(), Error> {
        #[cfg(feature = "fault-injection")]
        self.inject_fault().await;
        match self {
            Connection::Sqlite(connection) => connection.script(sql),
            Connection::Postgres(connection) => connection.script(sql).await,
        }
    }

    /// Whether this application was found in order and nobody, of whatever process, has written since. An
    /// engine that can't tell without asking over the wire says no.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn has_heard(&mut self, speaker: &Speaker) -> Result<bool, Error> {
        match self {
            Connection::Sqlite(connection) => connection.has_heard(speaker),
            Connection::Postgres(_) => Ok(false),
        }
    }

    /// Keeps that this application was found in order, after [`Self::has_heard`] has said no.
    pub fn hear(&mut self, speaker: Speaker) {
        match self {
            Connection::Sqlite(connection) => connection.hear(speaker),
            Connection::Postgres(_) => {}
        }
    }

    /// The fault that a test has ordered for this operation, if any.
    #[cfg(feature = "fault-injection")]
    async fn inject_fault(&mut self) {
        match self {
            Connection::Sqlite(connection) => connection.injector().pass_blocking(),
            Connection::Postgres(connection) => connection.injector().pass().await,
        }
    }

    pub fn dialect(&self) -> &'static crate::dialect::Dialect {
        match self {
            Connection::Sqlite(_) => &sqlite::DIALECT,
            Connection::Postgres(_) => &postgres::DIALECT,
        }
    }
}
