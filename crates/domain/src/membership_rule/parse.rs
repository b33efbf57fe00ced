//! The grammar: tokens become expressions. Operators bind in Entra's order: comparisons before
//! `-not`, before `-and`, before `-or`, before `-any` and `-all`. Never asks whether a value fits; that
//! is `check.rs`.

use super::check::{Subject, Value, test};
use super::error::{Fault, Problem, excerpt};
use super::expr::{Compare, Expr, Left};
use super::lex::{Token, lex};
use super::operator::{Operator, Verb};
use super::property::{PlanField, Property, Shape};
use super::text::PatternBudget;
use super::tokens::Tokens;
use super::{DEPTH_MAX, EXPRESSIONS_MAX, GROUPS_MAX, LENGTH_MAX};
use uuid::Uuid;

/// What a name can mean at some place of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// A property of the user.
    User,
    /// The item of a list of texts.
    Item,
    /// A property of the service plan.
    Plan,
}

const DIRECT_REPORTS: &str = "Direct Reports for";
const MEMBER_OF: &str = "user.memberOf";
/// How the two forms that stand alone are written.
const DIRECT_REPORTS_FORM: &str = "Direct Reports for \"{id of the manager}\"";
const MEMBER_OF_FORM: &str = "user.memberOf -any (group.objectId -in [\"{id of a group}\"])";

/// Reads a rule.
///
/// # Errors
/// The first problem, with its byte offset.
pub(super) fn parse(rule: &str) -> Result<Expr, Fault> {
    if let Some((at, _)) = rule.char_indices().nth(LENGTH_MAX) {
        return Err(Fault(at, Problem::TooLong));
    }
    let lexemes = lex(rule)?;
    if lexemes.is_empty() {
        return Err(Fault(0, Problem::Empty));
    }
    let tokens = Tokens::new(&lexemes, rule.len());
    let mut parser = Parser { tokens, depth: 0, expressions: 0, alone: None, patterns: PatternBudget::new() };
    let expr = parser.or(Scope::User)?;
    if parser.tokens.peek().is_some() {
        return Err(parser.tokens.unexpected("-and, -or or the end of the rule"));
    }
    match parser.alone {
        Some((at, what)) if !matches!(expr, Expr::MemberOf(_) | Expr::DirectReports(_)) => {
            Err(Fault(at, Problem::StandsAlone(what)))
        }
        _ => Ok(expr),
    }
}

struct Parser<'a> {
    tokens: Tokens<'a>,
    depth: usize,
    expressions: usize,
    /// An expression that must be the whole rule, and where it is.
    alone: Option<(usize, &'static str)>,
    patterns: PatternBudget,
}

impl Parser<'_> {
    fn or(&mut self, scope: Scope) -> Result<Expr, Fault> {
        let mut parts = Vec::new();
        loop {
            match self.and(scope)? {
                Expr::Or(inner) => parts.extend(inner),
                other => parts.push(other),
            }
            if !self.tokens.take_word("or") {
                return Ok(joined(parts, Expr::Or));
            }
        }
    }

    fn and(&mut self, scope: Scope) -> Result<Expr, Fault> {
        let mut parts = Vec::new();
        loop {
            match self.unary(scope)? {
                Expr::And(inner) => parts.extend(inner),
                other => parts.push(other),
            }
            if !self.tokens.take_word("and") {
                return Ok(joined(parts, Expr::And));
            }
        }
    }

    fn unary(&mut self, scope: Scope) -> Result<Expr, Fault> {
        if self.tokens.next_is_word("not") {
            self.deeper(|parser| {
                parser.tokens.take();
                Ok(Expr::Not(Box::new(parser.unary(scope)?)))
            })
        } else if self.tokens.peek() == Some(&Token::Open) {
            self.deeper(|parser| parser.parenthesized(scope))
        } else {
            self.expression(scope)
        }
    }

    fn parenthesized(&mut self, scope: Scope) -> Result<Expr, Fault> {
        self.tokens.take();
        let inner = self.or(scope)?;
        self.close()?;
        Ok(inner)
    }

    fn close(&mut self) -> Result<(), Fault> {
        if self.tokens.take_sign(&Token::Close) { Ok(()) } else { Err(self.tokens.unexpected("')'")) }
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Result<Expr, Fault>) -> Result<Expr, Fault> {
        if self.depth == DEPTH_MAX {
            return Err(Fault(self.tokens.at(), Problem::TooDeep));
        }
        self.depth += 1;
        let expr = read(self)?;
        self.depth -= 1;
        Ok(expr)
    }

    /// A property with its operator and value, or one of the two forms that stand alone.
    fn expression(&mut self, scope: Scope) -> Result<Expr, Fault> {
        let at = self.tokens.at();
        let Some(Token::Word { dashed: false, word }) = self.tokens.peek() else {
            return Err(self.tokens.unexpected("an expression such as user.department -eq \"Sales\""));
        };
        self.expressions += 1;
        if self.expressions > EXPRESSIONS_MAX {
            return Err(Fault(at, Problem::TooManyExpressions));
        }
        self.tokens.take();
        if scope == Scope::User && word.eq_ignore_ascii_case("direct") {
            self.alone = Some((at, DIRECT_REPORTS));
            return self.direct_reports();
        }
        if scope == Scope::User && word.eq_ignore_ascii_case(MEMBER_OF) {
            self.alone = Some((at, MEMBER_OF));
            return self.member_of();
        }
        let subject = subject(scope, word).map_err(|problem| Fault(at, problem))?;
        if self.tokens.next_is_word("any") || self.tokens.next_is_word("all") {
            return self.deeper(|parser| parser.each(&subject));
        }
        let operator = self.tokens.operator()?;
        let right = self.tokens.operand()?;
        let test = test(&subject, operator, right, &mut self.patterns)?;
        Ok(Expr::Compare(Compare { left: subject.left, test }))
    }

    /// `-any` or `-all`, and its condition.
    fn each(&mut self, subject: &Subject) -> Result<Expr, Fault> {
        let (at, every) = (self.tokens.at(), self.tokens.next_is_word("all"));
        let (list, scope) = match (&subject.left, subject.shape) {
            (Left::User(list), Shape::Texts) => (*list, Scope::Item),
            (Left::User(list), Shape::Plans) => (*list, Scope::Plan),
            (_, shape) => {
                let operator = if every { "-all" } else { "-any" }.to_owned();
                return Err(Fault(at, Problem::Operator { operator, property: subject.name.clone(), shape }));
            }
        };
        self.tokens.take();
        let body = if self.tokens.peek() == Some(&Token::Open) {
            self.parenthesized(scope)?
        } else {
            let body = self.expression(scope)?;
            // By precedence the condition would go on, and hardly any reader would think so.
            if self.tokens.next_is_word("and") || self.tokens.next_is_word("or") {
                return Err(Fault(self.tokens.at(), Problem::Parentheses));
            }
            body
        };
        Ok(Expr::Each { list, every, body: Box::new(body) })
    }

    fn direct_reports(&mut self) -> Result<Expr, Fault> {
        if !(self.tokens.take_word("reports") && self.tokens.take_word("for")) {
            return Err(self.tokens.unexpected(DIRECT_REPORTS_FORM));
        }
        let at = self.tokens.at();
        let Some(Token::Text(manager)) = self.tokens.peek() else {
            return Err(self.tokens.unexpected(DIRECT_REPORTS_FORM));
        };
        self.tokens.take();
        id(at, manager).map(Expr::DirectReports)
    }

    /// The rest of `user.memberOf`, with or without its parentheses, and with `-eq` for one group.
    fn member_of(&mut self) -> Result<Expr, Fault> {
        if !self.tokens.take_word("any") {
            return Err(self.tokens.unexpected(MEMBER_OF_FORM));
        }
        let open = self.tokens.take_sign(&Token::Open);
        if !self.tokens.take_word("group.objectId") {
            return Err(self.tokens.unexpected(MEMBER_OF_FORM));
        }
        let (at, operator) = self.tokens.operator()?;
        let right = self.tokens.operand()?;
        let texts = match (operator, right.value) {
            (Operator { verb: Verb::In, negated: false }, Value::List(texts)) => texts,
            (Operator { verb: Verb::Eq, negated: false }, Value::Text(text)) => vec![text],
            _ => {
                let found = format!("-{} with {}", operator.name(), right.shown);
                return Err(Fault(at, Problem::Unexpected { found, expected: MEMBER_OF_FORM }));
            }
        };
        if texts.len() > GROUPS_MAX {
            return Err(Fault(right.at, Problem::TooManyGroups));
        }
        if open {
            self.close()?;
        }
        texts.iter().map(|text| id(right.at, text)).collect::<Result<_, _>>().map(Expr::MemberOf)
    }
}

/// One part is itself; several are what `join` makes of them.
fn joined(mut parts: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            join(parts)
        }
    }
}

fn id(at: usize, text: &str) -> Result<Uuid, Fault> {
    Uuid::try_parse(text).map_err(|_| Fault(at, Problem::NotAnId(excerpt(text))))
}

/// What a name at this place of a rule asks for.
fn subject(scope: Scope, word: &str) -> Result<Subject, Problem> {
    let (owner, name) = word.split_once('.').unwrap_or((word, ""));
    let is = |wanted: &str| owner.eq_ignore_ascii_case(wanted);
    let item = (word == "_", is("assignedPlan"));
    let (left, shape) = match scope {
        Scope::User if item.0 || item.1 || is("group") => return Err(Problem::ItemOutside(excerpt(word))),
        Scope::User if is("device") => return Err(Problem::Device(excerpt(word))),
        Scope::User if is("user") && !name.is_empty() => user(name)?,
        Scope::User => return Err(Problem::NotAProperty(excerpt(word))),
        Scope::Item if item.0 => (Left::Item, Shape::Text),
        Scope::Item => return Err(Problem::ItemExpected { found: excerpt(word), expected: "_" }),
        Scope::Plan => match PlanField::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name)) {
            Some(field) if item.1 => (Left::Plan(field), Shape::Text),
            _ => {
                let expected = "assignedPlan.servicePlanId, assignedPlan.service or assignedPlan.capabilityStatus";
                return Err(Problem::ItemExpected { found: excerpt(word), expected });
            }
        },
    };
    Ok(Subject { name: word.to_owned(), left, shape })
}

fn user(name: &str) -> Result<(Left, Shape), Problem> {
    if let Some(property) = Property::named(name) {
        return Ok((Left::User(property), property.shape));
    }
    if directory_extension(name) {
        return Ok((Left::Extension(name.to_owned()), Shape::Text));
    }
    let known_as = Property::called_in_graph(name).map(|property| property.name);
    Err(Problem::UnknownProperty { name: format!("user.{}", excerpt(name)), known_as })
}

/// Whether a name is `extension_`, the id of an application without hyphens, `_` and a name.
fn directory_extension(name: &str) -> bool {
    let mut parts = name.splitn(3, '_');
    parts.next().is_some_and(|first| first.eq_ignore_ascii_case("extension"))
        && parts.next().is_some_and(|id| id.len() == 32 && Uuid::try_parse(id).is_ok())
        && parts.next().is_some_and(|rest| !rest.is_empty() && !rest.contains('.'))
}
