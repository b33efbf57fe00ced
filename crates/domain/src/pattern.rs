//! Regular expressions that policies bring along: bounded in size, and matched in linear time.

use regex::{Regex, RegexBuilder};

/// The largest a compiled pattern may be, in bytes.
const SIZE_MAX: usize = 512 * 1024;

/// Compiles a pattern.
///
/// # Errors
/// What is wrong with it, for its author.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).size_limit(SIZE_MAX).dfa_size_limit(SIZE_MAX).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "The pattern is too large.".to_owned(),
        _ => "The pattern is no regular expression that can be matched in bounded time.".to_owned(),
    })
}
