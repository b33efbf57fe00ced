//! THE PROTOCOL. OData v4 as Microsoft Graph speaks it: what a type, a property and a navigation
//! are; how a URL, its options and a body are read; how an answer is written; which limits hold.
//!
//! This crate does no I/O and knows nothing of Graph's own types: it is handed a [`schema::Schema`].
//! It must never panic on input.

pub mod accept;
mod annotation;
pub mod batch;
pub mod bind;
pub mod bind_filter;
pub mod body;
pub mod bookmark;
pub mod budget;
pub mod error;
pub mod filter;
pub mod json;
pub mod limits;
pub mod literal;
pub mod metadata;
pub mod path;
pub mod query;
pub mod reference;
pub mod schema;
pub mod search;
mod shape;
mod structure;
pub mod url;
pub mod value;
pub mod write;

// So that the sample schema of the tests can be used by the fuzz targets too.
#[cfg(test)]
extern crate self as odata;
#[cfg(test)]
mod sample;
