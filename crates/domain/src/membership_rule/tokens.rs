//! The way along a rule's tokens: what comes next, where it is, and the operators and values that
//! every comparison is made of. Nothing of how expressions are put together.

use super::check::{Operand, Value, number};
use super::error::{Fault, Problem, excerpt};
use super::lex::{Lexeme, Token};
use super::moment::{Moment, read_duration};
use super::operator::Operator;

const VALUE: &str = "a value: a text in quotes, true, false, null, or a list in brackets";

pub(super) struct Tokens<'a> {
    /// What is still to be read.
    rest: &'a [Lexeme<'a>],
    /// The length of the rule in bytes.
    end: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(lexemes: &'a [Lexeme<'a>], end: usize) -> Tokens<'a> {
        Tokens { rest: lexemes, end }
    }

    pub(super) fn peek(&self) -> Option<&'a Token<'a>> {
        self.rest.first().map(|lexeme| &lexeme.token)
    }

    /// The byte offset of what comes next.
    pub(super) fn at(&self) -> usize {
        self.rest.first().map_or(self.end, |lexeme| lexeme.at)
    }

    pub(super) fn take(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }

    pub(super) fn next_is_word(&self, wanted: &str) -> bool {
        matches!(self.peek(), Some(Token::Word { word, .. }) if word.eq_ignore_ascii_case(wanted))
    }

    /// Takes the word if it comes next.
    pub(super) fn take_word(&mut self, wanted: &str) -> bool {
        let next = self.next_is_word(wanted);
        if next {
            self.take();
        }
        next
    }

    /// Takes the sign if it comes next.
    pub(super) fn take_sign(&mut self, wanted: &Token<'_>) -> bool {
        let next = self.peek() == Some(wanted);
        if next {
            self.take();
        }
        next
    }

    /// The fault of what comes next, which should have been something else.
    pub(super) fn unexpected(&self, expected: &'static str) -> Fault {
        let found = self.peek().map_or_else(|| "the end of the rule".to_owned(), Token::shown);
        Fault(self.at(), Problem::Unexpected { found, expected })
    }

    /// Takes a comparison operator.
    pub(super) fn operator(&mut self) -> Result<(usize, Operator), Fault> {
        let at = self.at();
        let Some(Token::Word { dashed, word }) = self.peek() else {
            return Err(self.unexpected("an operator such as -eq"));
        };
        let Some(operator) = Operator::named(word) else {
            let written = format!("{}{}", if *dashed { "-" } else { "" }, excerpt(word));
            return Err(Fault(at, Problem::NotAnOperator(written)));
        };
        self.take();
        Ok((at, operator))
    }

    /// Takes what stands right of an operator.
    pub(super) fn operand(&mut self) -> Result<Operand, Fault> {
        let at = self.at();
        let Some(token) = self.peek() else { return Err(self.unexpected(VALUE)) };
        let value = match token {
            Token::Text(text) => Value::Text(text.clone()),
            Token::Bare(bare) => Value::Bare((*bare).to_owned()),
            Token::ListOpen => Value::List(self.list()?),
            Token::Word { dashed: false, word } => match word.to_ascii_lowercase().as_str() {
                "null" | "$null" => Value::Null,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "system.now" => Value::Moment(self.now()?),
                _ => return Err(self.unexpected(VALUE)),
            },
            _ => return Err(self.unexpected(VALUE)),
        };
        if !matches!(value, Value::List(_) | Value::Moment(_)) {
            self.take();
        }
        let shown = if matches!(value, Value::List(_)) { "a list".to_owned() } else { token.shown() };
        Ok(Operand { at, value, shown })
    }

    fn list(&mut self) -> Result<Vec<String>, Fault> {
        self.take();
        let mut texts = Vec::new();
        loop {
            match self.peek() {
                Some(Token::Text(text)) => texts.push(text.clone()),
                Some(Token::Bare(bare)) if number(bare) => texts.push((*bare).to_owned()),
                _ => return Err(self.unexpected("a text in quotes")),
            }
            self.take();
            if self.take_sign(&Token::ListClose) {
                return Ok(texts);
            }
            if !self.take_sign(&Token::Comma) {
                return Err(self.unexpected("',' or ']'"));
            }
        }
    }

    /// `system.now`, with or without `-plus` or `-minus` and a duration.
    fn now(&mut self) -> Result<Moment, Fault> {
        self.take();
        let sign = if self.take_word("plus") {
            1
        } else if self.take_word("minus") {
            -1
        } else {
            return Ok(Moment::Now { later: 0 });
        };
        let at = self.at();
        let Some(Token::Word { dashed: false, word }) = self.peek() else {
            return Err(self.unexpected("a duration such as P1D"));
        };
        let length = read_duration(word).ok_or_else(|| Fault(at, Problem::NotADuration(excerpt(word))))?;
        self.take();
        Ok(Moment::Now { later: sign * length })
    }
}
