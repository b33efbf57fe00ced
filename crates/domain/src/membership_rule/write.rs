//! A rule in its canonical form: every operator with its hyphen, every text in double quotes, and no
//! parentheses but those that precedence asks for.

use super::expr::{Compare, Expr, Left, Order, Question, Test};
use super::operator::{Operator, Verb};
use super::text::Folded;
use std::fmt;

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Or(parts) => joined(f, parts, " -or ", |_| false),
            Expr::And(parts) => joined(f, parts, " -and ", |part| matches!(part, Expr::Or(_))),
            Expr::Not(inner) => {
                f.write_str("-not ")?;
                wrapped(f, inner, matches!(**inner, Expr::Or(_) | Expr::And(_)))
            }
            Expr::Compare(Compare { left, test }) => {
                write_left(f, left)?;
                write!(f, " {test}")
            }
            Expr::Each { list, every, body } => {
                write!(f, "user.{} {} ({body})", list.name, if *every { "-all" } else { "-any" })
            }
            Expr::MemberOf(groups) => {
                f.write_str("user.memberOf -any (group.objectId -in ")?;
                listed(f, groups, |f, group| write!(f, "\"{group}\""))?;
                f.write_str(")")
            }
            Expr::DirectReports(manager) => write!(f, "Direct Reports for \"{manager}\""),
        }
    }
}

fn joined(
    f: &mut fmt::Formatter<'_>,
    parts: &[Expr],
    between: &str,
    needs_parentheses: fn(&Expr) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        wrapped(f, part, needs_parentheses(part))?;
    }
    Ok(())
}

fn wrapped(f: &mut fmt::Formatter<'_>, expr: &Expr, parentheses: bool) -> fmt::Result {
    if parentheses { write!(f, "({expr})") } else { write!(f, "{expr}") }
}

fn write_left(f: &mut fmt::Formatter<'_>, left: &Left) -> fmt::Result {
    match left {
        Left::User(property) => write!(f, "user.{}", property.name),
        Left::Extension(name) => write!(f, "user.{name}"),
        Left::Item => f.write_str("_"),
        Left::Plan(field) => write!(f, "assignedPlan.{}", field.name()),
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = Operator { verb: verb(&self.question), negated: self.negated };
        write!(f, "-{} ", operator.name())?;
        match &self.question {
            Question::IsNull => f.write_str("null"),
            Question::IsBool(yes) => write!(f, "{yes}"),
            Question::Equals(text)
            | Question::StartsWith(text)
            | Question::EndsWith(text)
            | Question::Contains(text) => quoted(f, &text.written),
            Question::In(texts) => listed(f, texts, |f, text: &Folded| quoted(f, &text.written)),
            Question::Matches(pattern) => quoted(f, pattern.source()),
            Question::Time(_, moment) => write!(f, "{moment}"),
        }
    }
}

fn verb(question: &Question) -> Verb {
    match question {
        Question::IsNull | Question::IsBool(_) | Question::Equals(_) | Question::Time(Order::Equal, _) => Verb::Eq,
        Question::StartsWith(_) => Verb::StartsWith,
        Question::EndsWith(_) => Verb::EndsWith,
        Question::Contains(_) => Verb::Contains,
        Question::In(_) => Verb::In,
        Question::Matches(_) => Verb::Match,
        Question::Time(Order::Less, _) => Verb::Less,
        Question::Time(Order::LessOrEqual, _) => Verb::LessOrEqual,
        Question::Time(Order::Greater, _) => Verb::Greater,
        Question::Time(Order::GreaterOrEqual, _) => Verb::GreaterOrEqual,
    }
}

fn listed<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    write: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    f.write_str("[")?;
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write(f, item)?;
    }
    f.write_str("]")
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for each in text.chars() {
        match each {
            '"' | '`' => write!(f, "`{each}")?,
            '\'' => f.write_str("''")?,
            _ => write!(f, "{each}")?,
        }
    }
    f.write_str("\"")
}
