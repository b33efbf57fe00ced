//! Texts and patterns, made ready once for being compared with many people. Letter case has no say.

use super::error::Problem;
use crate::fold::fold;
use regex::{Error, Regex, RegexBuilder};

/// A text of the rule, as written and as compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folded {
    pub written: String,
    pub folded: String,
}

impl From<String> for Folded {
    fn from(written: String) -> Folded {
        Folded { folded: fold(&written), written }
    }
}

/// A regular expression: linear in the length of the text, and bound to no end of it unless it says so.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    source: String,
    regex: Regex,
}

impl Pattern {
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.source == other.source
    }
}

impl Eq for Pattern {}

/// How much memory the patterns of one rule may take together once they are compiled: some hundred
/// plain ones, or four of the largest that there can be.
pub(super) struct PatternBudget(usize);

/// What a pattern is charged: the least of these that it fits in, in bytes.
const SIZES: [usize; 3] = [16 << 10, 128 << 10, 512 << 10];
const BUDGET: usize = 2 << 20;
/// Memory that a search may use besides; with less than it wants, it takes longer and is still linear.
const SEARCH: usize = 256 << 10;

impl PatternBudget {
    pub(super) fn new() -> PatternBudget {
        PatternBudget(BUDGET)
    }

    /// Compiles a pattern.
    ///
    /// # Errors
    /// [`Problem::Pattern`] and [`Problem::PatternsTooLarge`].
    pub(super) fn compile(&mut self, source: String) -> Result<Pattern, Problem> {
        for size in SIZES.into_iter().filter(|size| *size <= self.0) {
            let regex =
                RegexBuilder::new(&source).case_insensitive(true).size_limit(size).dfa_size_limit(SEARCH).build();
            match regex {
                Ok(regex) => {
                    self.0 -= size;
                    return Ok(Pattern { source, regex });
                }
                Err(Error::CompiledTooBig(_)) => {}
                Err(other) => return Err(Problem::Pattern(reason(&other))),
            }
        }
        Err(Problem::PatternsTooLarge)
    }
}

/// The last line of the explanation says what is wrong; those before it draw a picture.
fn reason(error: &Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").trim_end_matches('.').to_owned()
}
