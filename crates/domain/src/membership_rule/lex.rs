//! The rule cut into words, values and signs. Knows how a text is quoted, and nothing of what a word
//! means.

use super::error::{Fault, Problem, excerpt};
use std::iter::Peekable;
use std::str::CharIndices;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name or keyword; `dashed` when a hyphen stands before it.
    Word {
        dashed: bool,
        word: &'a str,
    },
    /// A value in quotes, without them.
    Text(String),
    /// A number, or a date and time, without quotes.
    Bare(&'a str),
    Open,
    Close,
    ListOpen,
    ListClose,
    Comma,
}

impl Token<'_> {
    /// The token as a message names it.
    pub(super) fn shown(&self) -> String {
        match self {
            Token::Word { dashed, word } => format!("'{}{}'", if *dashed { "-" } else { "" }, excerpt(word)),
            Token::Text(text) => format!("the text \"{}\"", excerpt(text)),
            Token::Bare(bare) => format!("'{}'", excerpt(bare)),
            Token::Open => "'('".to_owned(),
            Token::Close => "')'".to_owned(),
            Token::ListOpen => "'['".to_owned(),
            Token::ListClose => "']'".to_owned(),
            Token::Comma => "','".to_owned(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Lexeme<'a> {
    pub at: usize,
    pub token: Token<'a>,
}

/// Cuts a rule into tokens.
///
/// # Errors
/// [`Problem::Character`] and [`Problem::UnclosedText`].
pub(super) fn lex(rule: &str) -> Result<Vec<Lexeme<'_>>, Fault> {
    let mut lexer = Lexer { rule, chars: rule.char_indices().peekable() };
    let mut lexemes = Vec::new();
    while let Some((at, first)) = lexer.chars.next() {
        if !first.is_whitespace() {
            let token = lexer.token(at, first)?;
            lexemes.push(Lexeme { at, token });
        }
    }
    Ok(lexemes)
}

struct Lexer<'a> {
    rule: &'a str,
    chars: Peekable<CharIndices<'a>>,
}

impl<'a> Lexer<'a> {
    fn token(&mut self, at: usize, first: char) -> Result<Token<'a>, Fault> {
        Ok(match first {
            '(' => Token::Open,
            ')' => Token::Close,
            '[' => Token::ListOpen,
            ']' => Token::ListClose,
            ',' => Token::Comma,
            '"' | '\'' => Token::Text(self.text(at, first)?),
            '`' if self.next_is('"') => Token::Text(self.escaped(at)?),
            _ if hyphen(first) => match self.chars.next_if(|(_, next)| next.is_ascii_alphabetic()) {
                Some((start, _)) => Token::Word { dashed: true, word: self.run(start, in_word) },
                None => return Err(Fault(at, Problem::Character(first))),
            },
            '0'..='9' => Token::Bare(self.run(at, in_bare)),
            'a'..='z' | 'A'..='Z' | '_' | '$' => Token::Word { dashed: false, word: self.run(at, in_word) },
            other => return Err(Fault(at, Problem::Character(other))),
        })
    }

    /// The text up to the quote that began it. A backtick makes a quote or another backtick part of
    /// the text; two single quotes are one, whichever quotes are around them.
    fn text(&mut self, at: usize, quote: char) -> Result<String, Fault> {
        let mut text = String::new();
        while let Some((_, each)) = self.chars.next() {
            match each {
                '`' => text.push(self.chars.next_if(|(_, next)| quoted(*next)).map_or('`', |(_, next)| next)),
                '\'' if self.next_is('\'') => {
                    self.chars.next();
                    text.push('\'');
                }
                _ if each == quote => return Ok(text),
                _ => text.push(each),
            }
        }
        Err(Fault(at, Problem::UnclosedText))
    }

    /// A text that stands between escaped quotes and nothing else has those quotes as its own.
    fn escaped(&mut self, at: usize) -> Result<String, Fault> {
        self.chars.next();
        let mut text = String::from('"');
        while let Some((_, each)) = self.chars.next() {
            if each == '`' && self.next_is('"') {
                self.chars.next();
                text.push('"');
                return Ok(text);
            }
            text.push(each);
        }
        Err(Fault(at, Problem::UnclosedText))
    }

    /// What follows `start` for as long as it belongs to it.
    fn run(&mut self, start: usize, belongs: fn(char) -> bool) -> &'a str {
        while self.chars.next_if(|(_, next)| belongs(*next)).is_some() {}
        let end = self.chars.peek().map_or(self.rule.len(), |(at, _)| *at);
        self.rule.get(start..end).unwrap_or_default()
    }

    fn next_is(&mut self, wanted: char) -> bool {
        self.chars.peek().is_some_and(|(_, next)| *next == wanted)
    }
}

/// The published examples have both: the plain hyphen, and the dash that text processors make of it.
fn hyphen(sign: char) -> bool {
    matches!(sign, '-' | '–')
}

fn quoted(sign: char) -> bool {
    matches!(sign, '"' | '\'' | '`')
}

fn in_word(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, '_' | '.')
}

fn in_bare(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, ':' | '.' | '+' | '-')
}
