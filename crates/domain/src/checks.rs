//! Small questions that many rules ask of facts and fields. Never a rule of its own.

use crate::command::Kind;
use crate::denial::Denial;
use crate::facts::{Entity, Facts};
use crate::fields::{Fields, Value};
use uuid::Uuid;

/// Graph's ceiling for the display names of directory objects; catalogs and packages share it.
pub(crate) const NAME_MAX: usize = 256;

pub(crate) fn invalid(target: &'static str, message: impl Into<String>) -> Denial {
    Denial::Invalid { target, message: message.into() }
}

/// The entity that a path names: there and open to the caller's changes.
pub(crate) fn changeable(facts: &Facts, kind: Kind, id: Uuid) -> Result<&Entity, Denial> {
    let entity = facts.entity_of(kind, id).ok_or(Denial::NotFound { kind, id })?;
    if entity.may_change { Ok(entity) } else { Err(Denial::MayNotChange { kind, id }) }
}

/// The entity that a reference in the body names: there and open to the caller's changes.
pub(crate) fn changeable_reference<'a>(
    facts: &'a Facts,
    target: &'static str,
    kind: Kind,
    id: Uuid,
) -> Result<&'a Entity, Denial> {
    let entity = facts.entity_of(kind, id).ok_or(Denial::ReferenceNotFound { target, kind, id })?;
    if entity.may_change { Ok(entity) } else { Err(Denial::MayNotChange { kind, id }) }
}

/// Whether the field has a value; an explicit null is none (Terraform sends some twenty nulls).
pub(crate) fn given(fields: &Fields, name: &str) -> bool {
    !matches!(fields.get(name), None | Some(Value::Null))
}

/// Gives a field that has no value its default.
pub(crate) fn fill(fields: &mut Fields, name: &'static str, value: Value) {
    if !given(fields, name) {
        fields.set(name, value);
    }
}

/// Where an update clears a field that can't be empty, it takes its default again.
pub(crate) fn reset_null(fields: &mut Fields, name: &'static str, value: Value) {
    if fields.get(name) == Some(&Value::Null) {
        fields.set(name, value);
    }
}

pub(crate) fn required(kind: Kind, name: &'static str) -> Denial {
    invalid(name, format!("A value is required for property '{name}' of resource '{}'.", kind.name()))
}

/// A text that must be there: not blank, and no longer than `max` characters.
pub(crate) fn require_text(fields: &Fields, kind: Kind, name: &'static str, max: usize) -> Result<(), Denial> {
    match fields.text(name) {
        Some(text) if !text.trim().is_empty() => within(name, text, max),
        _ => Err(required(kind, name)),
    }
}

/// As [`require_text`], for an update: the field may be left alone.
pub(crate) fn keep_text(fields: &Fields, kind: Kind, name: &'static str, max: usize) -> Result<(), Denial> {
    if fields.get(name).is_some() { require_text(fields, kind, name, max) } else { Ok(()) }
}

pub(crate) fn require_bool(fields: &Fields, kind: Kind, name: &'static str) -> Result<bool, Denial> {
    fields.bool(name).ok_or_else(|| required(kind, name))
}

/// As [`require_bool`], for an update: the field may be left alone.
pub(crate) fn keep_bool(fields: &Fields, kind: Kind, name: &'static str) -> Result<(), Denial> {
    if fields.get(name).is_some() { require_bool(fields, kind, name).map(drop) } else { Ok(()) }
}

pub(crate) fn within(name: &'static str, text: &str, max: usize) -> Result<(), Denial> {
    if text.chars().count() <= max {
        Ok(())
    } else {
        Err(invalid(name, format!("Property '{name}' can't be longer than {max} characters.")))
    }
}

/// A text that is one of a few words.
pub(crate) fn one_of(fields: &Fields, name: &'static str, words: &[&str]) -> Result<(), Denial> {
    match fields.text(name) {
        Some(text) if !words.contains(&text) => {
            Err(invalid(name, format!("Property '{name}' can be one of: {}.", words.join(", "))))
        }
        _ => Ok(()),
    }
}

/// The entries of a list of plain words (no commas, no escapes), kept as a canonical document.
pub(crate) fn words(value: Option<&Value>) -> Vec<&str> {
    let Some(Value::Json(document) | Value::Text(document)) = value else { return Vec::new() };
    let inner = document.trim().trim_start_matches('[').trim_end_matches(']').trim();
    if inner.is_empty() {
        return Vec::new();
    }
    inner.split(',').map(|word| word.trim().trim_matches('"')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_reads_canonical_lists() {
        for (document, expected) in [
            ("[]", vec![]),
            ("[\"Unified\"]", vec!["Unified"]),
            ("[\"Unified\",\"DynamicMembership\"]", vec!["Unified", "DynamicMembership"]),
            ("[\"Unified\", \"X\"]", vec!["Unified", "X"]),
        ] {
            assert_eq!(words(Some(&Value::Json(document.to_owned()))), expected);
        }
        assert!(words(None).is_empty());
        assert!(words(Some(&Value::Null)).is_empty());
    }

    #[test]
    fn null_is_no_value() {
        let mut fields = Fields(vec![("a", Value::Null)]);
        assert!(!given(&fields, "a"));
        reset_null(&mut fields, "b", Value::Bool(true));
        assert_eq!(fields.get("b"), None);
        fill(&mut fields, "a", Value::Bool(true));
        fill(&mut fields, "a", Value::Bool(false));
        assert_eq!(fields.bool("a"), Some(true));
    }
}
