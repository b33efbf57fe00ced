//! The embedded issuer's rules: what a login client asks, what it is answered, and the tokens that
//! it gets. Pure: forms come in as text, answers go out as JSON; clients, users, codes and clocks
//! are handed in. What clients need stands in clients.md, sections 1 to 3.

pub mod answer;
pub mod discovery;
pub mod form;
pub mod hasher;
pub mod keys;
pub mod mint;
pub mod oauth_error;
pub mod pkce;
pub mod request;
pub mod scope;
pub mod seal;
pub mod secret;
