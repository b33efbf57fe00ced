//! `doorward migrate`, `check`, `tenant`, `client` and `extension`: work on the database without a server, or
//! beside one. Results go to standard output as `name=value`, which a shell can read; words for
//! people to standard error. A secret is printed once, by the command that made it.

mod client;
mod extension;
mod permissions;
mod tenant;

use std::path::Path;

use store::Store;

use crate::args::{ClientCommand, ExtensionCommand, TenantCommand};
use crate::env_file::quoted;
use crate::settings::{Database, Settings};
use crate::{files, out, serve};

type Failure = Box<dyn std::error::Error>;

pub fn migrate(settings: &Settings) -> Result<(), Failure> {
    blocking(async {
        let version = open(settings, Absent::Make).await?.migrate().await?;
        out::note(format!("{} has the schema of this version.", settings.database));
        result("schema_version", version);
        Ok(())
    })
}

pub fn check(settings: &Settings) -> Result<(), Failure> {
    blocking(async {
        let violations = open(settings, Absent::Refuse).await?.verify().await?;
        for violation in &violations {
            out::line(format!("tenant {}: {}: not so for {}", violation.tenant, violation.promise, violation.id));
        }
        match violations.iter().filter(|violation| violation.is_ours).count() {
            0 => out::note(format!("{} is in order.", settings.database)),
            count => return Err(format!("{count} rows break a promise; please report this as a bug").into()),
        }
        Ok(())
    })
}

pub fn tenant(command: &TenantCommand, settings: &Settings) -> Result<(), Failure> {
    blocking(tenant::run(command, settings))
}

pub fn client(command: &ClientCommand, settings: &Settings) -> Result<(), Failure> {
    blocking(client::run(command, settings))
}

pub fn extension(command: &ExtensionCommand, settings: &Settings) -> Result<(), Failure> {
    blocking(extension::run(command, settings))
}

fn blocking(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// What to do about an embedded database that isn't there.
enum Absent {
    Make,
    /// A slip in a path must not end in a new and empty database.
    Refuse,
}

async fn open(settings: &Settings, absent: Absent) -> Result<Store, Failure> {
    if let Database::Sqlite(path) = &settings.database
        && !path.exists()
    {
        match absent {
            Absent::Make if path.parent() == Some(&settings.data) => files::folder(&settings.data)?,
            Absent::Make => {}
            Absent::Refuse => return Err(nothing_there(path).into()),
        }
    }
    let opened = Store::open(&serve::store(settings.database.clone())).await;
    opened.map_err(|error| format!("can't open {}: {error}", settings.database).into())
}

fn nothing_there(path: &Path) -> String {
    format!(
        "there is no database at {}; name another with --database or --data, or make this one with: doorward migrate",
        path.display()
    )
}

/// The tenant of this id or domain.
async fn find(store: &Store, named: &str) -> Result<store::tenant::Tenant, Failure> {
    // The issuer's names for "the only tenant there is" are too vague for a command.
    let vague = ["common", "organizations"].iter().any(|word| word.eq_ignore_ascii_case(named));
    match store.tenant_find(named).await? {
        Some(tenant) if !vague => Ok(tenant),
        _ => Err(format!("there is no tenant '{named}'; `doorward tenant list` shows those there are").into()),
    }
}

/// One `name=value` of the command's result.
fn result(name: &str, value: impl std::fmt::Display) {
    out::line(format!("{name}={}", quoted(&value.to_string())));
}
