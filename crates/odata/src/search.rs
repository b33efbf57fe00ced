//! `$search`: clauses in double quotes, `"displayName:text"`, combined with AND, OR, NOT and
//! parentheses. A clause that names no property means the type's first searchable one.

use crate::error::{Fault, FaultKind};
use crate::limits;
use crate::query::Search;
use crate::schema::{Schema, TypeId};

fn fault(message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::OptionValue, "$search", message)
}

/// Parses and binds a `$search` on entities of type `ty`.
///
/// # Errors
/// `OptionValue` where the type can't be searched, for bad syntax, for a property that `$search`
/// may not name, and over the limits of depth and size.
pub fn bind_search(schema: &Schema, ty: TypeId, text: &str) -> Result<Search, Fault> {
    let structure = schema.ty(ty);
    if structure.capabilities.search.is_empty() {
        return Err(fault(format!("'{}' can't be searched.", structure.name)));
    }
    let mut parser = Parser { schema, ty, tokens: tokens(text)?, at: 0, depth: 0 };
    let search = parser.or()?;
    match parser.peek() {
        None => Ok(search),
        Some(_) => Err(fault("$search: something was not expected after a complete search.")),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Clause(String),
    Word(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut out = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(first) = chars.next() {
        match first {
            each if each.is_whitespace() => {}
            '(' => out.push(Token::Open),
            ')' => out.push(Token::Close),
            '"' => {
                let mut clause = String::new();
                loop {
                    match chars.next() {
                        Some('"') => break,
                        Some('\\') => clause.extend(chars.next()),
                        Some(each) => clause.push(each),
                        None => return Err(fault("$search: a clause has no closing quote.")),
                    }
                }
                out.push(Token::Clause(clause));
            }
            first => {
                let mut word = String::from(first);
                while let Some(each) = chars.next_if(|each| !each.is_whitespace() && !"()\"".contains(*each)) {
                    word.push(each);
                }
                out.push(Token::Word(word));
            }
        }
        if out.len() > limits::FILTER_NODES {
            return Err(fault(format!("$search has more than {} parts.", limits::FILTER_NODES)));
        }
    }
    Ok(out)
}

struct Parser<'a> {
    schema: &'a Schema,
    ty: TypeId,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(word)) if word == keyword);
        self.at += usize::from(found);
        found
    }

    fn deeper(&mut self, inner: impl FnOnce(&mut Self) -> Result<Search, Fault>) -> Result<Search, Fault> {
        if self.depth == limits::FILTER_DEPTH {
            return Err(fault(format!("$search is nested more than {} levels deep.", limits::FILTER_DEPTH)));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn or(&mut self) -> Result<Search, Fault> {
        let first = self.and()?;
        let mut all = vec![first];
        while self.keyword("OR") {
            all.push(self.and()?);
        }
        Ok(one_or(all, Search::Or))
    }

    /// Clauses that stand side by side are meant together.
    fn and(&mut self) -> Result<Search, Fault> {
        let first = self.unary()?;
        let mut all = vec![first];
        loop {
            let more = match self.peek() {
                Some(Token::Word(word)) if word == "OR" => false,
                Some(Token::Close) | None => false,
                Some(_) => true,
            };
            if !more {
                return Ok(one_or(all, Search::And));
            }
            self.keyword("AND");
            all.push(self.unary()?);
        }
    }

    fn unary(&mut self) -> Result<Search, Fault> {
        if self.keyword("NOT") {
            return Ok(Search::Not(Box::new(self.deeper(|parser| parser.unary())?)));
        }
        let token = self.peek().cloned();
        self.at += 1;
        match token {
            Some(Token::Open) => {
                let inner = self.deeper(|parser| parser.or())?;
                let closed = self.peek() == Some(&Token::Close);
                self.at += 1;
                if closed { Ok(inner) } else { Err(fault("$search: a parenthesis isn't closed.")) }
            }
            Some(Token::Clause(clause)) => self.clause(&clause),
            Some(Token::Word(word)) if word == "AND" || word == "OR" => {
                Err(fault(format!("$search: a clause was expected before '{word}'.")))
            }
            Some(Token::Word(word)) => self.clause(&word),
            Some(Token::Close) => Err(fault("$search: a clause was expected before ')'.")),
            None => Err(fault("$search: a clause was expected at the end.")),
        }
    }

    fn clause(&self, clause: &str) -> Result<Search, Fault> {
        let structure = self.schema.ty(self.ty);
        let searchable = structure.capabilities.search;
        let (name, text) = match clause.split_once(':') {
            Some((name, text)) => (name.trim(), text.trim()),
            None => (searchable.first().copied().unwrap_or_default(), clause.trim()),
        };
        if text.is_empty() {
            return Err(fault("$search: a clause has no text."));
        }
        let known = searchable.iter().any(|known| known.eq_ignore_ascii_case(name));
        let owner = self.schema.declarer(self.ty, name);
        match self.schema.ty(owner).property(name) {
            Some((property, _)) if known => Ok(Search::Clause { owner, property, text: text.to_owned() }),
            _ => {
                Err(fault(format!("$search: '{name}' is not a property of '{}' that can be searched.", structure.name)))
            }
        }
    }
}

fn one_or(mut all: Vec<Search>, wrap: fn(Vec<Search>) -> Search) -> Search {
    match (all.len(), all.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            all.push(last);
            wrap(all)
        }
        (_, None) => wrap(all),
    }
}
