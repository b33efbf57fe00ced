//! WHO, AND MAY THEY. Tokens and who they speak for; the embedded issuer's rules; the permission
//! table; and the [`permit::Permit`], without which the store gives and takes nothing.
//!
//! No I/O here: keys, clients and roles are handed in. Never log a token, a secret or a claim.

pub mod authorize;
pub mod caller;
pub mod issuer;
pub mod matrix;
pub mod permission;
pub mod permit;
pub mod policy;
pub mod role;
pub mod rule;
pub mod table;
pub mod verify;
