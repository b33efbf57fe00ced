//! THE PROTOCOL. OData v4 as Microsoft Graph speaks it: what a type, a property and a navigation
//! are; how a URL, its options and a body are read; how an answer is written; which limits hold.
//!
//! This crate does no I/O and knows nothing of Graph's own types: it is handed a [`schema::Schema`].
//! It must never panic on input.

pub mod error;
pub mod limits;
pub mod query;
pub mod schema;
pub mod value;
