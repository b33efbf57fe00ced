//! A database for one test: a copy of the template, gone when the test is over.

use std::path::{Path, PathBuf};
use std::time::Duration;
use store::Database;
use tempfile::TempDir;
use tokio_postgres::NoTls;
use uuid::Uuid;

/// Databases and templates that a test run left behind are dropped after so long.
const STALE: Duration = Duration::from_secs(3600);
const PREFIX: &str = "doorward_test_";

/// Where a test runs.
#[derive(Debug, Clone)]
pub enum Engine {
    Sqlite,
    /// The URL of a server, and of some database there.
    Postgres(String),
}

impl Engine {
    pub fn name(&self) -> &'static str {
        match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres(_) => "PostgreSQL",
        }
    }
}

/// A database of one's own.
pub struct Own {
    pub database: Database,
    /// The folder of a file, which goes with it.
    folder: Option<TempDir>,
    server: Option<String>,
}

impl Own {
    /// A database with nothing in it.
    pub async fn empty(engine: &Engine) -> Own {
        Own::of(engine, None).await
    }

    /// A copy of another one, which nobody uses at the moment.
    pub async fn copy(engine: &Engine, template: &Database) -> Own {
        Own::of(engine, Some(template)).await
    }

    async fn of(engine: &Engine, template: Option<&Database>) -> Own {
        match engine {
            Engine::Sqlite => {
                let folder = TempDir::with_prefix("doorward-test-").expect("a temporary folder");
                let path = folder.path().join("doorward.db");
                if let Some(Database::Sqlite(from)) = template {
                    copy_file(from, &path);
                }
                Own { database: Database::Sqlite(path), folder: Some(folder), server: None }
            }
            Engine::Postgres(server) => {
                let name = format!("{PREFIX}{}", server::Clock.id().simple());
                let template = match template {
                    Some(Database::Postgres(url)) => format!(" TEMPLATE {}", name_in(url)),
                    _ => String::new(),
                };
                run(server, &format!("CREATE DATABASE {name}{template}")).await;
                Own {
                    database: Database::Postgres(with_name(server, &name)),
                    folder: None,
                    server: Some(server.clone()),
                }
            }
        }
    }

    /// The file, on the embedded engine.
    pub fn path(&self) -> Option<PathBuf> {
        match &self.database {
            Database::Sqlite(path) => Some(path.clone()),
            Database::Postgres(_) => None,
        }
    }

    /// Runs SQL past every server and its rules.
    pub async fn plant(&self, sql: &str) {
        match &self.database {
            Database::Sqlite(path) => {
                let connection = rusqlite::Connection::open(path).expect("the database opens");
                connection.execute_batch("PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = OFF;").expect("settings");
                connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
            }
            Database::Postgres(url) => run(url, sql).await,
        }
    }

    pub async fn remove(self) {
        drop(self.folder);
        if let (Some(server), Database::Postgres(url)) = (self.server, &self.database) {
            run(&server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", name_in(url))).await;
        }
    }
}

/// `VACUUM INTO` gives one consistent file, whatever still stands in the write-ahead log.
fn copy_file(from: &Path, to: &Path) {
    let connection = rusqlite::Connection::open(from).expect("the template opens");
    let to = to.to_str().expect("a path in UTF-8");
    connection.execute("VACUUM INTO ?1", [to]).expect("the template is copied");
}

/// Drops what earlier runs left behind; how old a database is stands in its name.
pub async fn sweep(server: &str) {
    let client = connect(server).await;
    let rows = client
        .query("SELECT datname::text FROM pg_database WHERE datname LIKE $1", &[&format!("{PREFIX}%")])
        .await
        .expect("the server lists its databases");
    let now = u64::try_from(server::Clock.seconds()).unwrap_or(0);
    for row in rows {
        let name: String = row.get(0);
        let id = name.strip_prefix(PREFIX).and_then(|id| Uuid::try_parse(id).ok());
        let born = id.and_then(|id| id.get_timestamp()).map_or(0, |at| at.to_unix().0);
        if born + STALE.as_secs() < now {
            // Another run may sweep at the same moment.
            let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

async fn run(server: &str, sql: &str) {
    connect(server).await.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// A connection that ends when the client is dropped.
pub async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.unwrap_or_else(|error| panic!("PostgreSQL: {error:?}"));
    tokio::spawn(connection);
    client
}

/// The URL with another database in it.
fn with_name(url: &str, name: &str) -> String {
    let (head, options) = url.split_once('?').map_or((url, None), |(head, options)| (head, Some(options)));
    let (scheme, rest) = head.split_once("://").expect("a URL, postgres://…");
    let host = rest.split('/').next().unwrap_or_default();
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{scheme}://{host}/{name}{options}")
}

fn name_in(url: &str) -> &str {
    url.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default()
}
