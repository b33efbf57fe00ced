//! `./x bench`: how fast the real `doorward` is, against what the machine would give if nothing had
//! to be done. Shows numbers; it must never judge by them, since a busy machine is nobody's fault.

mod bare;
mod child;
mod client;
mod commits;
mod data;
mod delivery;
mod figures;
mod lists;
mod machine;
mod options;
mod table;

use crate::options::{Command, Options};
use clap::Parser;
use std::process::ExitCode;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let options = Options::parse();
    let result = match &options.command {
        Some(Command::Bare { port, body }) => bare::serve(*port, body),
        None => figures::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            table::note(&format!("doorward-bench: {error}"));
            ExitCode::FAILURE
        }
    }
}
