//! The store itself: opens a database, hands out connections for a read or a transaction, and runs
//! a transaction again when it lost a race. What is read and written stands in `read` and `write`.

use crate::connection::Connection;
use crate::error::Error;
use crate::texts::Texts;
use crate::{migrate, postgres, sqlite};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::path::PathBuf;
use std::sync::Arc;

/// Which database to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// A file; it is made when it isn't there.
    Sqlite(PathBuf),
    /// A connection string, `postgres://…`.
    Postgres(String),
}

#[cfg(feature = "fault-injection")]
impl Database {
    /// The file or the connection string: what tells databases apart.
    pub(crate) fn address(&self) -> String {
        match self {
            Database::Sqlite(path) => path.display().to_string(),
            Database::Postgres(url) => url.clone(),
        }
    }
}

/// An open database. Cheap to share by reference; one for the whole process.
pub struct Store {
    engine: Engine,
    pub(crate) texts: Arc<Texts>,
}

enum Engine {
    Sqlite(Box<sqlite::Sqlite>),
    Postgres(Arc<postgres::Postgres>),
}

/// How long a read may be expected to take: one row by its key, or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Row,
    Many,
}

impl Store {
    /// Whether servers share the database as a rule.
    pub fn is_shared(&self) -> bool {
        matches!(self.engine, Engine::Postgres(_))
    }

    /// Opens the database and brings its schema up to this program's version.
    ///
    /// # Errors
    /// [`Error::TooNew`] when a newer program has been here; [`Error::Database`] when it can't be opened.
    pub async fn open(database: &Database) -> Result<Store, Error> {
        let engine = match database {
            Database::Sqlite(path) => Engine::Sqlite(Box::new(sqlite::Sqlite::open(path)?)),
            Database::Postgres(url) => Engine::Postgres(Arc::new(postgres::Postgres::open(url).await?)),
        };
        let store = Store { engine, texts: Arc::default() };
        store.migrate().await?;
        Ok(store)
    }

    /// The version of the schema, after bringing it up to date.
    pub async fn migrate(&self) -> Result<i64, Error> {
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                sqlite.exclusively(|connection| immediately(migrate::run(connection, migrate::SQLITE))).await
            }
            Engine::Postgres(postgres) => {
                let mut connection = postgres.locked().await?;
                let version = migrate::run(&mut connection, migrate::POSTGRES).await;
                postgres::unlock(&mut connection).await?;
                version
            }
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// What it says instead.
    pub async fn ping(&self) -> Result<(), Error> {
        self.reading(Reach::Many, |connection| {
            Box::pin(async move { connection.query("SELECT 1", &[], &[]).await.map(|_| ()) })
        })
        .await
    }

    /// Runs `body` on a connection that only reads.
    pub(crate) async fn reading<T, F>(&self, reach: Reach, body: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, Error>> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(reach, move |connection| immediately(body(connection))).await,
            Engine::Postgres(postgres) => Box::pin(postgres.read(reach, body)).await,
        }
    }

    /// Runs `body` as one transaction, again when it lost a race, and commits it durably.
    pub(crate) async fn writing<T, F>(&self, body: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut Connection) -> BoxFuture<'c, Result<T, Error>> + Send + Sync + 'static,
    {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(move |connection| immediately(body(connection))).await,
            Engine::Postgres(postgres) => Box::pin(postgres.write(body)).await,
        }
    }
}

/// The result of a future that never waits: those of the embedded engine.
fn immediately<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    future.now_or_never().unwrap_or(Err(Error::Busy("the embedded engine never waits")))
}
