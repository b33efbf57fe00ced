//! `$filter` as text: tokens, then a tree of names and literals. Binds nothing; `bind_filter` does.
//! The depth is counted before the stack is used, so no text can exhaust it.

use crate::error::{Fault, FaultKind};
use crate::limits;
use crate::literal::{self, Literal};
use crate::query::{Case, Compare, TextOp};

/// A condition whose names have not been looked up.
#[derive(Debug, Clone, PartialEq)]
pub enum RawFilter<'a> {
    And(Vec<RawFilter<'a>>),
    Or(Vec<RawFilter<'a>>),
    Not(Box<RawFilter<'a>>),
    Compare {
        left: RawOperand<'a>,
        op: Compare,
        right: RawOperand<'a>,
    },
    In {
        left: RawOperand<'a>,
        values: Vec<Literal>,
    },
    Text {
        op: TextOp,
        left: RawOperand<'a>,
        right: RawOperand<'a>,
    },
    /// `path/any(v: …)`, `path/any()`, `path/all(v: …)`.
    Lambda {
        path: Vec<&'a str>,
        all: bool,
        body: Option<(&'a str, Box<RawFilter<'a>>)>,
    },
    /// Something that has to be true by itself.
    Predicate(RawOperand<'a>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum RawOperand<'a> {
    /// Segments; the last may be `$count`.
    Path {
        segments: Vec<&'a str>,
        case: Option<Case>,
    },
    Literal(Literal),
}

#[derive(Debug, Clone, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Literal(Literal),
    Open,
    Close,
    Comma,
    Slash,
    Colon,
}

fn fault(message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Filter, "$filter", message)
}

/// Reads a `$filter`, already decoded.
///
/// # Errors
/// `Filter` for bad syntax, for operators and functions we don't have, and over the limits of depth,
/// size and list length.
pub fn parse(text: &str) -> Result<RawFilter<'_>, Fault> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, nodes: 0 };
    let filter = parser.or()?;
    match parser.next() {
        None => Ok(filter),
        Some(token) => Err(fault(format!("$filter: {} was not expected after a complete condition.", show(&token)))),
    }
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, Fault> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let mut taken = first.len_utf8();
        match first {
            ' ' | '\t' | '\r' | '\n' => {}
            '(' => out.push(Token::Open),
            ')' => out.push(Token::Close),
            ',' => out.push(Token::Comma),
            '/' => out.push(Token::Slash),
            ':' => out.push(Token::Colon),
            '\'' => {
                let (quoted, length) = literal::quoted(rest)
                    .ok_or_else(|| fault("$filter: a string has no closing quote (quotes inside are doubled)."))?;
                out.push(Token::Literal(Literal::Text(quoted)));
                taken = length;
            }
            '0'..='9' | '-' | '+' => {
                let (literal, length) = number(rest)?;
                out.push(Token::Literal(literal));
                taken = length;
            }
            'a'..='z' | 'A'..='Z' | '_' | '$' | '@' => {
                let end = rest.find(|each: char| !(each.is_ascii_alphanumeric() || "_.$@-".contains(each)));
                taken = end.unwrap_or(rest.len());
                let word = rest.get(..taken).unwrap_or_default();
                let behind = rest.get(taken..).unwrap_or_default();
                if behind.starts_with('\'') {
                    let (quoted, length) = literal::quoted(behind)
                        .ok_or_else(|| fault("$filter: a string has no closing quote (quotes inside are doubled)."))?;
                    out.push(Token::Literal(Literal::Prefixed { prefix: word.to_owned(), text: quoted }));
                    taken += length;
                } else {
                    // `true/x` would be a path, but no property is called so.
                    out.push(literal::bare(word).map_or(Token::Word(word), Token::Literal));
                }
            }
            other => return Err(fault(format!("$filter: the character {other:?} was not expected."))),
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    Ok(out)
}

/// A literal that starts like a number: numbers, GUIDs, dates.
fn number(rest: &str) -> Result<(Literal, usize), Fault> {
    let end = rest.find(|each: char| !(each.is_ascii_alphanumeric() || "+-.:".contains(each))).unwrap_or(rest.len());
    let word = rest.get(..end).unwrap_or_default();
    // An offset's `+` that was not encoded has become a blank: `2026-01-01T00:00:00 02:00`.
    if word.contains(['T', 't'])
        && let Some(offset) = rest.get(end..end + 6)
        && offset.strip_prefix(' ').is_some_and(|offset| offset.bytes().filter(u8::is_ascii_digit).count() == 4)
        && let Some(at) = literal::time(&format!("{word}+{}", offset.trim_start()))
    {
        return Ok((Literal::Time(at), end + 6));
    }
    literal::bare(word)
        .map(|literal| (literal, end))
        .ok_or_else(|| fault(format!("$filter: '{word}' is neither a number, a date nor a GUID.")))
}

fn show(token: &Token<'_>) -> String {
    match token {
        Token::Word(word) => format!("'{word}'"),
        Token::Literal(Literal::Text(text)) => format!("the string '{text}'"),
        Token::Literal(_) => "a literal".to_owned(),
        Token::Open => "'('".to_owned(),
        Token::Close => "')'".to_owned(),
        Token::Comma => "','".to_owned(),
        Token::Slash => "'/'".to_owned(),
        Token::Colon => "':'".to_owned(),
    }
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    depth: usize,
    nodes: usize,
}

/// What a term may turn out to be; a parenthesis can hold either.
enum Term<'a> {
    Condition(RawFilter<'a>),
    Operand(RawOperand<'a>),
}

impl<'a> Term<'a> {
    fn condition(self) -> RawFilter<'a> {
        match self {
            Term::Condition(filter) => filter,
            Term::Operand(operand) => RawFilter::Predicate(operand),
        }
    }
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn word(&self) -> Option<&'a str> {
        match self.peek() {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Takes the keyword if it is next, in any letter case.
    fn keyword(&mut self, keyword: &str) -> bool {
        let found = self.word().is_some_and(|word| word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    fn take(&mut self, token: &Token<'a>) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, token: &Token<'a>, place: &str) -> Result<(), Fault> {
        if self.take(token) {
            return Ok(());
        }
        let found = self.peek().map_or("the end".to_owned(), show);
        Err(fault(format!("$filter: {} was expected {place}, not {found}.", show(token))))
    }

    fn node(&mut self) -> Result<(), Fault> {
        self.nodes += 1;
        if self.nodes > limits::FILTER_NODES {
            return Err(fault(format!("$filter has more than {} operators and values.", limits::FILTER_NODES)));
        }
        Ok(())
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth == limits::FILTER_DEPTH {
            return Err(fault(format!("$filter is nested more than {} levels deep.", limits::FILTER_DEPTH)));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn or(&mut self) -> Result<RawFilter<'a>, Fault> {
        Ok(self.or_term()?.condition())
    }

    fn or_term(&mut self) -> Result<Term<'a>, Fault> {
        let first = self.and_term()?;
        if !self.word().is_some_and(|word| word.eq_ignore_ascii_case("or")) {
            return Ok(first);
        }
        let mut all = vec![first.condition()];
        while self.keyword("or") {
            self.node()?;
            all.push(self.and_term()?.condition());
        }
        Ok(Term::Condition(RawFilter::Or(all)))
    }

    fn and_term(&mut self) -> Result<Term<'a>, Fault> {
        let first = self.unary()?;
        if !self.word().is_some_and(|word| word.eq_ignore_ascii_case("and")) {
            return Ok(first);
        }
        let mut all = vec![first.condition()];
        while self.keyword("and") {
            self.node()?;
            all.push(self.unary()?.condition());
        }
        Ok(Term::Condition(RawFilter::And(all)))
    }

    fn unary(&mut self) -> Result<Term<'a>, Fault> {
        if self.keyword("not") {
            self.node()?;
            let inner = self.deeper(|parser| parser.unary())?.condition();
            return Ok(Term::Condition(RawFilter::Not(Box::new(inner))));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Term<'a>, Fault> {
        let left = self.term()?;
        let Some(word) = self.word() else { return Ok(left) };
        if word.eq_ignore_ascii_case("in") {
            self.at += 1;
            self.node()?;
            let Term::Operand(left) = left else {
                return Err(fault("$filter: 'in' needs a property on its left."));
            };
            let values = self.list()?;
            return Ok(Term::Condition(RawFilter::In { left, values }));
        }
        let op = match word.to_ascii_lowercase().as_str() {
            "eq" => Compare::Eq,
            "ne" => Compare::Ne,
            "gt" => Compare::Gt,
            "ge" => Compare::Ge,
            "lt" => Compare::Lt,
            "le" => Compare::Le,
            "and" | "or" => return Ok(left),
            other => return Err(fault(format!("$filter: '{other}' is not an operator that is supported."))),
        };
        self.at += 1;
        self.node()?;
        let right = self.term()?;
        match (left, right) {
            (Term::Operand(left), Term::Operand(right)) => Ok(Term::Condition(RawFilter::Compare { left, op, right })),
            (Term::Condition(filter), Term::Operand(RawOperand::Literal(Literal::Bool(value))))
            | (Term::Operand(RawOperand::Literal(Literal::Bool(value))), Term::Condition(filter)) => match op {
                Compare::Eq | Compare::Ne => Ok(Term::Condition(if (op == Compare::Eq) == value {
                    filter
                } else {
                    RawFilter::Not(Box::new(filter))
                })),
                _ => Err(fault("$filter: a condition can be compared with 'eq' and 'ne' only.")),
            },
            _ => Err(fault("$filter: a condition can be compared with true and false only.")),
        }
    }

    fn list(&mut self) -> Result<Vec<Literal>, Fault> {
        self.expect(&Token::Open, "after 'in'")?;
        let mut values = Vec::new();
        if self.take(&Token::Close) {
            return Ok(values);
        }
        loop {
            match self.next() {
                Some(Token::Literal(literal)) => values.push(literal),
                other => {
                    let found = other.as_ref().map_or("the end".to_owned(), show);
                    return Err(fault(format!("$filter: the list of 'in' takes values, not {found}.")));
                }
            }
            if values.len() > limits::IN_VALUES {
                return Err(fault(format!("$filter: a list of 'in' has more than {} values.", limits::IN_VALUES)));
            }
            if self.take(&Token::Close) {
                return Ok(values);
            }
            self.expect(&Token::Comma, "between the values of 'in'")?;
        }
    }

    fn term(&mut self) -> Result<Term<'a>, Fault> {
        self.node()?;
        match self.next() {
            Some(Token::Open) => {
                let inner = self.deeper(|parser| parser.or_term())?;
                self.expect(&Token::Close, "at the end of the parentheses")?;
                Ok(inner)
            }
            Some(Token::Literal(literal)) => Ok(Term::Operand(RawOperand::Literal(literal))),
            Some(Token::Word(word)) if self.peek() == Some(&Token::Open) => {
                self.at += 1;
                self.deeper(|parser| parser.call(word))
            }
            Some(Token::Word(word)) => self.path(word),
            Some(token) => Err(fault(format!("$filter: a property or a value was expected, not {}.", show(&token)))),
            None => Err(fault("$filter ends where a property or a value was expected.")),
        }
    }

    /// A function; its opening parenthesis is taken already.
    fn call(&mut self, name: &str) -> Result<Term<'a>, Fault> {
        let lower = name.to_ascii_lowercase();
        let case = match lower.as_str() {
            "tolower" => Some(Case::Lower),
            "toupper" => Some(Case::Upper),
            _ => None,
        };
        if let Some(case) = case {
            let inner = self.operand(name)?;
            self.expect(&Token::Close, "at the end of a function")?;
            return Ok(Term::Operand(match inner {
                RawOperand::Path { segments, .. } => RawOperand::Path { segments, case: Some(case) },
                RawOperand::Literal(Literal::Text(text)) => RawOperand::Literal(Literal::Text(match case {
                    Case::Lower => text.to_lowercase(),
                    Case::Upper => text.to_uppercase(),
                })),
                RawOperand::Literal(_) => return Err(fault(format!("$filter: '{name}' takes a string."))),
            }));
        }
        let op = match lower.as_str() {
            "contains" => TextOp::Contains,
            "startswith" => TextOp::StartsWith,
            "endswith" => TextOp::EndsWith,
            _ => return Err(fault(format!("$filter: the function '{name}' is not supported."))),
        };
        let left = self.operand(name)?;
        self.expect(&Token::Comma, "between the arguments of a function")?;
        let right = self.operand(name)?;
        self.expect(&Token::Close, "at the end of a function")?;
        Ok(Term::Condition(RawFilter::Text { op, left, right }))
    }

    fn operand(&mut self, function: &str) -> Result<RawOperand<'a>, Fault> {
        match self.term()? {
            Term::Operand(operand) => Ok(operand),
            Term::Condition(_) => Err(fault(format!("$filter: '{function}' takes properties and strings."))),
        }
    }

    fn path(&mut self, first: &'a str) -> Result<Term<'a>, Fault> {
        let mut segments = vec![first];
        while self.take(&Token::Slash) {
            let Some(Token::Word(word)) = self.next() else {
                return Err(fault(format!("$filter: a name was expected after '{}/'.", segments.join("/"))));
            };
            if self.peek() == Some(&Token::Open) {
                self.at += 1;
                let all = match word.to_ascii_lowercase().as_str() {
                    "any" => false,
                    "all" => true,
                    _ => return Err(fault(format!("$filter: '{word}' can't be called on a path."))),
                };
                let body = self.deeper(|parser| parser.lambda())?;
                if all && body.is_none() {
                    return Err(fault("$filter: 'all' needs a condition."));
                }
                return Ok(Term::Condition(RawFilter::Lambda { path: segments, all, body }));
            }
            segments.push(word);
            if segments.len() > limits::PATH_SEGMENTS {
                return Err(fault(format!("$filter: a path has more than {} segments.", limits::PATH_SEGMENTS)));
            }
        }
        Ok(Term::Operand(RawOperand::Path { segments, case: None }))
    }

    fn lambda(&mut self) -> Result<Option<(&'a str, Box<RawFilter<'a>>)>, Fault> {
        if self.take(&Token::Close) {
            return Ok(None);
        }
        let Some(Token::Word(variable)) = self.next() else {
            return Err(fault("$filter: 'any' and 'all' start with a variable and a colon: any(x:…)."));
        };
        self.expect(&Token::Colon, "after the variable of 'any' or 'all'")?;
        let body = self.or()?;
        self.expect(&Token::Close, "at the end of 'any' or 'all'")?;
        Ok(Some((variable, Box::new(body))))
    }
}
