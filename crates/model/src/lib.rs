//! THE GRAPH SCHEMA AS DATA. Our own tables of types, properties, navigations and operations; the
//! two surfaces (v1.0 and beta) as views of one core; and where each property is stored.
//!
//! A new plain property is one row in `tables/` and one column in a migration pair. This crate holds
//! no behaviour: it never reads a request, a token or a database.

pub mod def;
pub mod query;
pub mod surface;
pub mod tables;

pub use surface::{Surface, Version, surface};
