//! What can be wrong with a rule, where, and in words that its author understands. Never how a rule
//! is read.

use super::property::Shape;
use super::{DEPTH_MAX, EXPRESSIONS_MAX, GROUPS_MAX, LENGTH_MAX};

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("At character {character}: {problem}")]
pub struct RuleError {
    /// Where, as a byte offset into the rule.
    pub at: usize,
    /// The same place as its reader counts: in characters, from 1.
    pub character: usize,
    pub problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("the rule is empty.")]
    Empty,
    #[error("a rule can't be longer than {LENGTH_MAX} characters.")]
    TooLong,
    #[error("parentheses, -not, -any and -all can't be nested deeper than {DEPTH_MAX}.")]
    TooDeep,
    #[error("a rule can't have more than {EXPRESSIONS_MAX} expressions.")]
    TooManyExpressions,
    #[error("user.memberOf can't name more than {GROUPS_MAX} groups.")]
    TooManyGroups,
    #[error("'{0}' has no meaning here.")]
    Character(char),
    #[error(
        "the quote that begins here is never closed; within quotes, write a double quote as `\" and a single one as ''."
    )]
    UnclosedText,
    #[error("expected {expected}, found {found}.")]
    Unexpected { found: String, expected: &'static str },
    #[error("only rules about users are evaluated, and '{0}' asks about devices.")]
    Device(String),
    #[error("'{0}' is not a property; write it as user.name.")]
    NotAProperty(String),
    #[error("a rule can't ask for '{name}'{}.", hint(.known_as))]
    UnknownProperty { name: String, known_as: Option<&'static str> },
    #[error("'{0}' is only known within the -any or -all of a list.")]
    ItemOutside(String),
    #[error("'{found}' can't be asked within this -any or -all; ask for {expected}.")]
    ItemExpected { found: String, expected: &'static str },
    #[error("'{0}' is not a comparison; use for example -eq, -ne, -startsWith, -contains, -in or -match.")]
    NotAnOperator(String),
    #[error("{operator} can't be used with {property}; it is {}.", .shape.words())]
    Operator { operator: String, property: String, shape: Shape },
    #[error("null can be compared with -eq and -ne only, not with {0}.")]
    NullOperator(String),
    #[error("{operator} takes {expected}, not {found}.")]
    Value { operator: String, expected: &'static str, found: String },
    #[error("'{0}' is not a date and time; write it as 2030-12-31T23:59:59Z.")]
    NotATime(String),
    #[error("'{0}' is not a duration; write it as P1D or PT12H: weeks, days, hours, minutes and seconds.")]
    NotADuration(String),
    #[error("'{0}' is not an object id.")]
    NotAnId(String),
    #[error("the pattern can't be used: {0}.")]
    Pattern(String),
    #[error(
        "the patterns of this rule are too large together; make them simpler, or use -startsWith, -contains or -in."
    )]
    PatternsTooLarge,
    #[error("put the condition of -any or -all in parentheses when -and or -or follows.")]
    Parentheses,
    #[error("'{0}' can't be combined with anything else.")]
    StandsAlone(&'static str),
}

fn hint(known_as: &Option<&'static str>) -> String {
    known_as.map_or_else(String::new, |name| format!("; in rules it is called user.{name}"))
}

/// A problem and its byte offset, while the rule is being read.
#[derive(Debug)]
pub(super) struct Fault(pub usize, pub Problem);

impl Fault {
    pub(super) fn within(self, rule: &str) -> RuleError {
        let before = rule.get(..self.0).unwrap_or(rule);
        RuleError { at: self.0, character: before.chars().count() + 1, problem: self.1 }
    }
}

/// A piece of the rule as a message quotes it: not too much of it.
pub(super) fn excerpt(text: &str) -> String {
    const MOST: usize = 40;
    let mut short: String = text.chars().take(MOST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
