//! Whether an operator and a value fit what is asked, and the test that they make. Knows nothing of
//! how a rule is written.

use super::error::{Fault, Problem, excerpt};
use super::expr::{Left, Order, Question, Test};
use super::moment::{Moment, read_instant};
use super::operator::{Operator, Verb};
use super::property::Shape;
use super::text::{Folded, PatternBudget};

/// What stands left of an operator.
pub(super) struct Subject {
    /// As the rule names it, for messages.
    pub name: String,
    pub left: Left,
    pub shape: Shape,
}

/// What stands right of it, and where.
pub(super) struct Operand {
    pub at: usize,
    pub value: Value,
    /// As a message names it.
    pub shown: String,
}

pub(super) enum Value {
    Null,
    Bool(bool),
    Text(String),
    /// Without quotes: a number, or a date and time.
    Bare(String),
    List(Vec<String>),
    Moment(Moment),
}

/// The test that `operator` at byte `at` and `right` make for `subject`.
///
/// # Errors
/// The problem, at the operator or at the value, whichever doesn't fit.
pub(super) fn test(
    subject: &Subject,
    (at, operator): (usize, Operator),
    right: Operand,
    patterns: &mut PatternBudget,
) -> Result<Test, Fault> {
    let Operator { verb, negated } = operator;
    if !allowed(subject.shape, verb) {
        let problem =
            Problem::Operator { operator: dashed(operator), property: subject.name.clone(), shape: subject.shape };
        return Err(Fault(at, problem));
    }
    let question = if matches!(right.value, Value::Null) {
        if verb != Verb::Eq {
            return Err(Fault(at, Problem::NullOperator(dashed(operator))));
        }
        Question::IsNull
    } else {
        match subject.shape {
            Shape::Bool => bool_question(operator, right)?,
            Shape::Time => time_question(operator, right)?,
            Shape::Text | Shape::Texts | Shape::Plans => text_question(operator, right, patterns)?,
        }
    };
    Ok(Test { negated, question })
}

fn allowed(shape: Shape, verb: Verb) -> bool {
    let ordered = matches!(verb, Verb::Less | Verb::LessOrEqual | Verb::Greater | Verb::GreaterOrEqual);
    match shape {
        Shape::Bool => verb == Verb::Eq,
        Shape::Text | Shape::Texts => !ordered,
        Shape::Time => verb == Verb::Eq || ordered,
        Shape::Plans => false,
    }
}

fn bool_question(operator: Operator, right: Operand) -> Result<Question, Fault> {
    match &right.value {
        Value::Bool(yes) => Ok(Question::IsBool(*yes)),
        Value::Text(text) if text.eq_ignore_ascii_case("true") => Ok(Question::IsBool(true)),
        Value::Text(text) if text.eq_ignore_ascii_case("false") => Ok(Question::IsBool(false)),
        _ => Err(misfit(operator, "true, false or null", right)),
    }
}

fn time_question(operator: Operator, right: Operand) -> Result<Question, Fault> {
    let order = match operator.verb {
        Verb::Less => Order::Less,
        Verb::LessOrEqual => Order::LessOrEqual,
        Verb::Greater => Order::Greater,
        Verb::GreaterOrEqual => Order::GreaterOrEqual,
        _ => Order::Equal,
    };
    match right.value {
        Value::Moment(moment) => Ok(Question::Time(order, moment)),
        Value::Text(text) | Value::Bare(text) => match read_instant(&text) {
            Some(instant) => Ok(Question::Time(order, Moment::Fixed(instant))),
            None => Err(Fault(right.at, Problem::NotATime(excerpt(&text)))),
        },
        _ => Err(misfit(operator, "a date and time, system.now or null", right)),
    }
}

fn text_question(operator: Operator, right: Operand, patterns: &mut PatternBudget) -> Result<Question, Fault> {
    if operator.verb == Verb::In {
        return match right.value {
            Value::List(texts) => Ok(Question::In(texts.into_iter().map(Folded::from).collect())),
            _ => Err(misfit(operator, "a list such as [\"a\", \"b\"]", right)),
        };
    }
    let at = right.at;
    let text = match right.value {
        Value::Text(text) => text,
        // A number is what it looks like: no property of a user is one, and digits are common values.
        Value::Bare(text) if number(&text) => text,
        _ => return Err(misfit(operator, "one value in quotes", right)),
    };
    Ok(match operator.verb {
        Verb::StartsWith => Question::StartsWith(text.into()),
        Verb::EndsWith => Question::EndsWith(text.into()),
        Verb::Contains => Question::Contains(text.into()),
        Verb::Match => Question::Matches(patterns.compile(text).map_err(|problem| Fault(at, problem))?),
        _ => Question::Equals(text.into()),
    })
}

pub(super) fn number(text: &str) -> bool {
    text.bytes().all(|each| each.is_ascii_digit() || each == b'.')
}

fn misfit(operator: Operator, expected: &'static str, right: Operand) -> Fault {
    Fault(right.at, Problem::Value { operator: dashed(operator), expected, found: right.shown })
}

fn dashed(operator: Operator) -> String {
    format!("-{}", operator.name())
}
