//! Membership rules: who belongs, by what is known of them. The language is the one that Entra
//! documents for dynamic membership groups; it serves dynamic groups, the targets of policies and
//! automatic assignment. A rule is read and checked once, and then holds or doesn't for any person.
//!
//! Never fetches anything: [`Person`] brings what a rule asks for.

mod check;
mod error;
mod eval;
mod expr;
mod lex;
mod moment;
mod operator;
mod parse;
mod property;
mod text;
mod tokens;
mod write;

pub use error::{Problem, RuleError};
pub use property::{PROPERTIES, Part, Property, Shape};

use crate::Instant;
use expr::Expr;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// The longest rule, in characters; Entra's limit.
pub const LENGTH_MAX: usize = 3072;
/// How deep parentheses, `-not`, `-any` and `-all` may be nested in each other.
pub const DEPTH_MAX: usize = 32;
/// The most comparisons in a rule.
pub const EXPRESSIONS_MAX: usize = 100;
/// The most groups that `user.memberOf` may name; Entra's limit.
pub const GROUPS_MAX: usize = 50;

/// A rule that has been read and checked. Cheap to clone; its `Display` is the canonical form, which
/// reads as the same rule (and may be longer than what it was read from).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule(Arc<Expr>);

/// What is known of the person that a rule is asked about.
pub trait Person {
    /// The value of a property, in the shape that the property names; [`Attribute::None`] where there
    /// is none.
    fn value(&self, property: &Property) -> Attribute<'_>;
    /// Whether the person is a direct member of the group.
    fn is_member_of(&self, group: Uuid) -> bool;
    /// The person's manager.
    fn manager(&self) -> Option<Uuid>;
}

/// The value of a property.
#[derive(Debug, Clone, PartialEq)]
pub enum Attribute<'a> {
    None,
    Bool(bool),
    Text(Cow<'a, str>),
    Texts(Cow<'a, [String]>),
    Time(Instant),
    Plans(Cow<'a, [Plan]>),
}

/// A service plan that a person was assigned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub capability_status: Option<String>,
    pub service: Option<String>,
    pub service_plan_id: Option<String>,
}

impl Rule {
    /// Reads and checks a rule about users.
    ///
    /// # Errors
    /// The first problem, and where it is.
    pub fn parse(rule: &str) -> Result<Rule, RuleError> {
        parse::parse(rule).map(|expr| Rule(Arc::new(expr))).map_err(|fault| fault.within(rule))
    }

    /// Whether the rule holds for a person. `now` is the tenant's time, which is what `system.now` means.
    pub fn matches(&self, person: &impl Person, now: Instant) -> bool {
        eval::holds(&self.0, person, eval::Item::Nothing, now)
    }

    /// The first instant after `now` at which the passing of time alone may change the answer for this
    /// person; none if it never does.
    pub fn changes_after(&self, person: &impl Person, now: Instant) -> Option<Instant> {
        eval::changes_after(&self.0, person, now)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
