//! The binary `doorward`. Reads the command line, hands it on, and turns what comes back into an
//! exit status: 0 done, 1 it failed and standard error says why, 2 the command line was wrong.

mod admin;
mod args;
mod banner;
mod ca;
mod check;
mod checks;
mod clock;
mod completions;
mod config;
mod dev;
mod env_file;
mod files;
mod keys;
mod listen;
mod logs;
mod out;
mod remote;
mod serve;
mod settings;
mod token;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, ClientCommand, Command, ExtensionCommand, ServeArgs, StoreArgs, TenantCommand};
use crate::config::{Config, Problem};
use crate::settings::Settings;

/// After a load of large answers, glibc's allocator kept 284 of 606 MiB for good: its arenas return memory from
/// their ends only. This one returns it in seconds, also when nobody asks for anything any more.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            out::note(format!("doorward: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(flags) => serve::run(load(&flags)?.0),
        Command::CheckConfig(flags) => {
            let (settings, config) = load(&flags)?;
            out::bytes(check::table(&settings, &config).as_bytes());
            Ok(())
        }
        Command::Token(args) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            out::line(runtime.block_on(token::fetch(&args))?);
            Ok(())
        }
        Command::Clock(command) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(clock::ask(&command))?.tell();
            Ok(())
        }
        Command::Migrate(store) => admin::migrate(&load_store(&store)?),
        Command::Check(store) => admin::check(&load_store(&store)?),
        Command::Tenant(command) => {
            let (TenantCommand::Create { store, .. }
            | TenantCommand::List { store }
            | TenantCommand::Delete { store, .. }) = &command;
            admin::tenant(&command, &load_store(store)?)
        }
        Command::Client(command) => {
            let (ClientCommand::Create { store, .. }
            | ClientCommand::List { store, .. }
            | ClientCommand::Rotate { store, .. }) = &command;
            admin::client(&command, &load_store(store)?)
        }
        Command::Extension(command) => {
            let ExtensionCommand::Secret { store, .. } = &command;
            admin::extension(&command, &load_store(store)?)
        }
        Command::Completions { shell } => {
            out::bytes(&completions::script(shell));
            Ok(())
        }
    }
}

fn load(flags: &ServeArgs) -> Result<(Settings, Config), Failure> {
    let variables = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
    Ok(checks::load(flags, variables).map_err(|problems| told(&problems))?)
}

/// The same settings as the server's, of which only the database matters here.
fn load_store(store: &StoreArgs) -> Result<Settings, Failure> {
    Ok(load(&ServeArgs { store: store.clone(), ..ServeArgs::default() })?.0)
}

fn told(problems: &[Problem]) -> String {
    let lines: String = problems.iter().map(|problem| format!("\n  {problem}")).collect();
    format!("the settings can't be used:{lines}")
}
