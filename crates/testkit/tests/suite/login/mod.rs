//! The login endpoints, and what their tokens open.

mod code;
mod dev;
mod device;
mod documents;
mod gone;
mod issuers;
mod keys;
mod scopes;
pub mod support;
mod tokens;
