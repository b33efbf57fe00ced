//! A rule that has been read and found sound: only what can be evaluated has a form here.

use super::moment::Moment;
use super::property::{PlanField, Property};
use super::text::{Folded, Pattern};
use uuid::Uuid;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Expr {
    /// At least two, none of which is an `Or`.
    Or(Vec<Expr>),
    /// At least two, none of which is an `And`.
    And(Vec<Expr>),
    Not(Box<Expr>),
    Compare(Compare),
    /// `-any` and `-all`: the body asks of each item.
    Each {
        list: &'static Property,
        every: bool,
        body: Box<Expr>,
    },
    /// Alone in its rule.
    MemberOf(Vec<Uuid>),
    /// Alone in its rule.
    DirectReports(Uuid),
}

impl Expr {
    /// The expression and all within it.
    pub(super) fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Expr)) {
        see(self);
        match self {
            Expr::Or(parts) | Expr::And(parts) => parts.iter().for_each(|part| part.visit(see)),
            Expr::Not(inner) | Expr::Each { body: inner, .. } => inner.visit(see),
            Expr::Compare(_) | Expr::MemberOf(_) | Expr::DirectReports(_) => {}
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Compare {
    pub left: Left,
    pub test: Test,
}

/// Whose value is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Left {
    User(&'static Property),
    /// A directory extension. Doorward keeps none, so that it has no value.
    Extension(String),
    /// `_`, the item at hand.
    Item,
    Plan(PlanField),
}

/// A question, or its exact opposite.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Test {
    pub negated: bool,
    pub question: Question,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Question {
    IsNull,
    IsBool(bool),
    Equals(Folded),
    StartsWith(Folded),
    EndsWith(Folded),
    Contains(Folded),
    In(Vec<Folded>),
    Matches(Pattern),
    Time(Order, Moment),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
