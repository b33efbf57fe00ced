//! The command line.

use crate::Failure;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// Measure doorward on this machine, and print the tables.
#[derive(Debug, Parser)]
#[command(name = "doorward-bench", version, disable_help_subcommand = true)]
pub struct Options {
    /// Users in the directory; repeat for several sizes [default: 10000 and 1000000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(10_000..=10_000_000))]
    pub users: Vec<u32>,
    /// Access packages, over 200 catalogs
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(10_000..=1_000_000))]
    pub packages: u32,
    /// Length of a run
    #[arg(long, value_name = "S", default_value_t = 3)]
    pub seconds: u32,
    /// Runs of each measurement; the table shows their median, least and greatest
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub rounds: u32,
    /// Connections of the load generator
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub connections: u16,
    /// 10,000 users and short runs: done within a minute
    #[arg(long)]
    pub quick: bool,
    /// Tables as Markdown
    #[arg(long)]
    pub markdown: bool,
    /// The doorward to measure [default: the one beside this program]
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
    /// Where data sets are kept from run to run [default: bench-data in the target folder]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// The bare server: what the measurement compares with. Started by the measurement itself
    #[command(hide = true)]
    Bare { port: u16, body: PathBuf },
}

impl Options {
    pub fn sizes(&self) -> Vec<u32> {
        match (self.users.is_empty(), self.quick) {
            (false, _) => self.users.clone(),
            (true, true) => vec![10_000],
            (true, false) => vec![10_000, 1_000_000],
        }
    }

    pub fn rounds(&self) -> u32 {
        if self.quick { 3 } else { self.rounds.clamp(1, 99) }
    }

    pub fn run(&self) -> Duration {
        Duration::from_secs(if self.quick { 1 } else { u64::from(self.seconds.clamp(1, 600)) })
    }

    pub fn program(&self) -> Result<PathBuf, Failure> {
        let program = match &self.program {
            Some(program) => program.clone(),
            None => std::env::current_exe()?.with_file_name("doorward"),
        };
        match program.is_file() {
            true => Ok(program),
            false => Err(format!("{} isn't there: `./x bench` builds it", program.display()).into()),
        }
    }

    pub fn data(&self) -> Result<PathBuf, Failure> {
        if let Some(data) = &self.data {
            return Ok(data.clone());
        }
        let program = std::env::current_exe()?;
        let target = program.ancestors().nth(2).ok_or("the program lies in no target folder: say --data")?;
        Ok(target.join("bench-data"))
    }
}
