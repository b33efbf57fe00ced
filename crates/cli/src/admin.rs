//! `doorward migrate`, `tenant` and `client`: work on the database without a server.
//!
//! The one place that knows how; `main.rs` only says what.

use crate::args::{ClientCommand, TenantCommand};
use crate::settings::Settings;

type Failure = Box<dyn std::error::Error>;

pub fn migrate(settings: &Settings) -> Result<(), Failure> {
    awaits_store(settings)
}

pub fn tenant(command: &TenantCommand, settings: &Settings) -> Result<(), Failure> {
    match command {
        TenantCommand::Create { .. } => awaits_store(settings),
        TenantCommand::List { .. } => awaits_store(settings),
        TenantCommand::Delete { .. } => awaits_store(settings),
    }
}

pub fn client(command: &ClientCommand, settings: &Settings) -> Result<(), Failure> {
    match command {
        ClientCommand::Create { .. } => awaits_store(settings),
        ClientCommand::List { .. } => awaits_store(settings),
        ClientCommand::Rotate { .. } => awaits_store(settings),
    }
}

// AWAITS the store crate.
fn awaits_store(settings: &Settings) -> Result<(), Failure> {
    Err(format!("this build can't open {} yet", settings.database).into())
}
