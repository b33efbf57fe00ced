//! Migrations: pairs of the same name, one text for each engine, never edited once landed. Each runs
//! in a transaction together with the note that it ran.

use crate::answer::Column;
use crate::connection::Connection;
use crate::error::Error;
use model::def::ColumnType;
use odata::value::Value;

pub struct Migration {
    pub version: i64,
    pub name: &'static str,
    sql: &'static str,
}

macro_rules! migrations {
    ($engine:literal: $($version:literal $name:literal),+ $(,)?) => {
        &[$(Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../migrations/", $engine, "/", $name, ".sql")),
        }),+]
    };
}

pub const SQLITE: &[Migration] = migrations!(
    "sqlite": 1 "0001_foundation", 2 "0002_audit_log", 3 "0003_lifecycle", 4 "0004_policy_questions", 5 "0005_rules",
    6 "0006_self_service", 7 "0007_organizations", 8 "0008_role_scope_parts", 9 "0009_outbox",
    10 "0010_extensions", 11 "0011_provenance", 12 "0012_lanes", 13 "0013_app_role_grants", 14 "0014_applications",
    15 "0015_secret_selectors",
);
pub const POSTGRES: &[Migration] = migrations!(
    "postgres": 1 "0001_foundation", 2 "0002_audit_log", 3 "0003_lifecycle", 4 "0004_policy_questions",
    5 "0005_rules", 6 "0006_self_service", 7 "0007_organizations", 8 "0008_role_scope_parts",
    9 "0009_outbox", 10 "0010_extensions", 11 "0011_provenance", 12 "0012_lanes", 13 "0013_app_role_grants",
    14 "0014_applications", 15 "0015_secret_selectors",
);

const VERSION: Column = Column { name: "version", ty: ColumnType::Int };

/// Brings the schema up to the last of `migrations`, and returns its version.
///
/// # Errors
/// [`Error::TooNew`] when the database is ahead of this program.
pub async fn run(connection: &mut Connection, migrations: &[Migration]) -> Result<i64, Error> {
    connection
        .script("CREATE TABLE IF NOT EXISTS schema_migration (version bigint PRIMARY KEY, name text NOT NULL)")
        .await?;
    let rows = connection.query("SELECT max(version) FROM schema_migration", &[], &[VERSION]).await?;
    let found = match rows.first().and_then(|row| row.first()) {
        Some(Value::Int(version)) => *version,
        _ => 0,
    };
    let known = migrations.last().map_or(0, |last| last.version);
    if found > known {
        return Err(Error::TooNew { found, known });
    }
    for migration in migrations.iter().filter(|migration| migration.version > found) {
        tracing::info!(version = migration.version, name = migration.name, "migrating the database");
        // One script, so that the engine keeps all of it or nothing; the embedded engine is in a
        // transaction already, and PostgreSQL makes one of a script of several statements.
        connection
            .script(&format!(
                "{}\nINSERT INTO schema_migration (version, name) VALUES ({}, '{}');",
                migration.sql, migration.version, migration.name
            ))
            .await?;
    }
    Ok(known)
}
