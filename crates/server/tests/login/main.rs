//! The login endpoints and what their tokens open, through the front door: a server of one's own for
//! each test, and an HTTP client that knows nothing of its inside.

mod documents;
mod support;
mod tokens;
