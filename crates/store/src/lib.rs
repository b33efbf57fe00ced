//! THE DATABASE: two engines behind one door.
//!
//! Business rows are read and written by two verbs only, [`Store::read`] and [`Store::write`], and
//! both take a permit. A write is one transaction: load the facts, ask the rule, apply its outcome,
//! write the audit row; it is run again as a whole when the commit loses a race. Only `sqlite.rs`
//! and `postgres.rs` name an engine. Text of the database never leaves this crate but for the log.

mod apply;
mod audit;
mod case;
mod clock;
mod connection;
mod derived;
mod dialect;
mod engine;
mod facts;
mod fold;
mod mapping;
mod merge;
mod migrate;
mod postgres;
#[cfg(test)]
mod query_plan_tests;
mod read;
mod sql;
mod sqlite;
#[cfg(test)]
mod sqlite_tests;
mod texts;
mod write;

pub mod answer;
pub mod caller;
pub mod error;
#[cfg(feature = "fault-injection")]
pub mod fault_injection;
pub mod identity;
pub mod outbox;
pub mod policy;
pub mod tenant;
pub mod verify;
pub mod work;

pub use answer::{Answer, Level, Row};
pub use engine::{Database, Store};
pub use error::Error;
pub use write::{Context, Written};
