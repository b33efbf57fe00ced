//! Somebody to ask rules about, and short ways to read rules.

pub use domain::membership_rule::{Attribute, Rule};
pub use std::borrow::Cow;

use domain::Instant;
use domain::membership_rule::{Person, Plan, Property, RuleError};
use uuid::Uuid;

/// 2024-02-29T12:00:00Z.
pub const NOW: Instant = 1_709_208_000_000_000;
pub const DAY: Instant = 24 * 60 * 60 * 1_000_000;
pub const MANAGER: &str = "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb";
pub const GROUP: &str = "cccccccc-0000-1111-2222-dddddddddddd";
pub const OTHER_GROUP: &str = "eeeeeeee-0000-1111-2222-ffffffffffff";

/// Somebody of whom little is known but what a test says.
#[derive(Default)]
pub struct Somebody {
    pub values: Vec<(&'static str, Attribute<'static>)>,
    pub groups: Vec<Uuid>,
    pub manager: Option<Uuid>,
}

impl Somebody {
    pub fn with(mut self, name: &'static str, value: Attribute<'static>) -> Somebody {
        self.values.push((name, value));
        self
    }
}

impl Person for Somebody {
    fn value(&self, property: &Property) -> Attribute<'_> {
        let known = self.values.iter().find(|(name, _)| *name == property.name);
        known.map_or(Attribute::None, |(_, value)| value.clone())
    }

    fn is_member_of(&self, group: Uuid) -> bool {
        self.groups.contains(&group)
    }

    fn manager(&self) -> Option<Uuid> {
        self.manager
    }
}

pub fn text(text: &'static str) -> Attribute<'static> {
    Attribute::Text(Cow::Borrowed(text))
}

pub fn texts(texts: &[&str]) -> Attribute<'static> {
    Attribute::Texts(Cow::Owned(texts.iter().map(|text| (*text).to_owned()).collect()))
}

pub fn plans(plans: &[(&str, &str)]) -> Attribute<'static> {
    let plan = |(id, status): &(&str, &str)| Plan {
        capability_status: Some((*status).to_owned()),
        service: None,
        service_plan_id: Some((*id).to_owned()),
    };
    Attribute::Plans(Cow::Owned(plans.iter().map(plan).collect()))
}

pub fn id(text: &str) -> Uuid {
    Uuid::try_parse(text).unwrap()
}

pub fn rule(text: &str) -> Rule {
    Rule::parse(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

pub fn error(text: &str) -> RuleError {
    match Rule::parse(text) {
        Ok(rule) => panic!("{text}\nreads as {rule}"),
        Err(error) => error,
    }
}

/// That each rule holds or doesn't, for one person.
pub fn check(person: &Somebody, table: &[(&str, bool)]) {
    for (text, expected) in table {
        let read = rule(text);
        assert_eq!(read.matches(person, NOW), *expected, "{text}");
        assert_eq!(rule(&read.to_string()), read, "{text}");
    }
}
