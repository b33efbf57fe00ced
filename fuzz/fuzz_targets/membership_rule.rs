//! Any text as a membership rule, asked about somebody of whom everything says the same.
#![no_main]

use std::borrow::Cow;

use domain::membership_rule::{Attribute, LENGTH_MAX, Person, Plan, Property, Rule, Shape};
use libfuzzer_sys::fuzz_target;
use uuid::Uuid;

struct Everyone<'a>(&'a str);

impl Person for Everyone<'_> {
    fn value(&self, property: &Property) -> Attribute<'_> {
        match property.shape {
            Shape::Bool => Attribute::Bool(true),
            Shape::Text => Attribute::Text(Cow::Borrowed(self.0)),
            Shape::Texts => Attribute::Texts(Cow::Owned(vec![self.0.to_owned()])),
            Shape::Time => Attribute::Time(0),
            Shape::Plans => Attribute::Plans(Cow::Owned(vec![Plan::default()])),
        }
    }

    fn is_member_of(&self, _group: Uuid) -> bool {
        true
    }

    fn manager(&self) -> Option<Uuid> {
        None
    }
}

fuzz_target!(|text: &str| {
    let Ok(rule) = Rule::parse(text) else { return };
    rule.matches(&Everyone(text), 0);
    let canonical = rule.to_string();
    if canonical.chars().count() <= LENGTH_MAX {
        assert_eq!(Rule::parse(&canonical).as_ref(), Ok(&rule));
    }
});
