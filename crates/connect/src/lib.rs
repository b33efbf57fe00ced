//! THE OUTSIDE: what leaves the house. Fed with documents that are complete in themselves, after the
//! commit of the change that they tell of. It must never ask the database, never be called inside a
//! request, and never log what it sends.

pub mod callout;
pub mod letter;
pub mod mail;

/// Why something could not be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Another time it may work.
    #[error("{0}")]
    Later(String),
    /// It never will.
    #[error("{0}")]
    Never(String),
}
