//! Membership rules: how they read, when they hold, and what is wrong with those that are none.

mod errors;
mod meaning;
mod round_trip;
#[cfg(test)]
mod support;
mod syntax;
