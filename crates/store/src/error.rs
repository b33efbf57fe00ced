//! What can go wrong in the store. The text of a database stands in [`Error::Database`] for the
//! log; it must never reach a client.

use domain::denial::Denial;
use odata::budget::{Exceeded, Over};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule said no.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// A step of the path leads to nothing, or to nothing that the caller may see.
    #[error("{kind} {key} is not there")]
    NotFound { kind: &'static str, key: String },
    /// A navigation to one entity leads to none.
    #[error("{navigation} leads to nothing")]
    Null { navigation: &'static str },
    /// A condition on a property for which there is no index and no answer.
    #[error("{target} can't be used so in a query")]
    Unsupported { target: &'static str },
    /// Too many lost races, or a queue that is full: the same request may succeed later.
    #[error("the store is busy: {0}")]
    Busy(&'static str),
    /// The answer would be larger than it may be.
    #[error("the answer is too large: {:?}", .0.over)]
    Exceeded(Exceeded),
    /// A value that must be unique is taken; the name of the index says which.
    #[error("{index} holds that value already")]
    Taken { index: String },
    /// A row that is referred to is gone, or still referred to.
    #[error("a reference does not hold")]
    Reference,
    #[error("database: {0}")]
    Database(String),
    #[error("the database is of a newer version ({found}) than this program ({known})")]
    TooNew { found: i64, known: i64 },
}

impl From<Over> for Error {
    fn from(over: Over) -> Error {
        Error::Exceeded(over.into())
    }
}
