//! The comparison operators, each with its opposite. The table is the only place that knows how they
//! are written.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Eq,
    StartsWith,
    EndsWith,
    Contains,
    Match,
    In,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub verb: Verb,
    pub negated: bool,
}

const OPERATORS: &[(&str, Operator)] = &[
    ("eq", yes(Verb::Eq)),
    ("ne", no(Verb::Eq)),
    ("startsWith", yes(Verb::StartsWith)),
    ("notStartsWith", no(Verb::StartsWith)),
    ("endsWith", yes(Verb::EndsWith)),
    ("notEndsWith", no(Verb::EndsWith)),
    ("contains", yes(Verb::Contains)),
    ("notContains", no(Verb::Contains)),
    ("match", yes(Verb::Match)),
    ("notMatch", no(Verb::Match)),
    ("in", yes(Verb::In)),
    ("notIn", no(Verb::In)),
    ("lt", yes(Verb::Less)),
    ("le", yes(Verb::LessOrEqual)),
    ("gt", yes(Verb::Greater)),
    ("ge", yes(Verb::GreaterOrEqual)),
];

impl Operator {
    /// The operator that is written so, in any letter case.
    pub(super) fn named(word: &str) -> Option<Operator> {
        OPERATORS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, operator)| *operator)
    }

    pub(super) fn name(self) -> &'static str {
        OPERATORS.iter().find(|(_, operator)| *operator == self).map_or("", |(name, _)| name)
    }
}

const fn yes(verb: Verb) -> Operator {
    Operator { verb, negated: false }
}

const fn no(verb: Verb) -> Operator {
    Operator { verb, negated: true }
}
