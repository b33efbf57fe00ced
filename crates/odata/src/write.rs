//! Answers, appended to a buffer piece by piece. Nothing here decides what is written: the caller
//! walks the shape. It must never write a value under a name that another surface uses.

use std::io::Write as _;

use jiff::fmt::temporal::DateTimePrinter;
use jiff::{SignedDuration, Timestamp, civil};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::literal::TIMES;
use crate::query::{Expand, Key, Shape, Step, Target};
use crate::schema::{EnumType, Item, Schema, Type};
use crate::value::Value;

/// Appends a JSON string, with its quotes.
pub fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    piece(out, text);
    out.push(b'"');
}

/// Appends a part of a JSON string: what stands between the quotes.
pub fn piece(out: &mut Vec<u8>, text: &str) {
    // Most text is plain, and to look at all of it at once costs less than to look for the first.
    if !text.bytes().fold(false, |special, byte| special | (byte < b' ') | (byte == b'"') | (byte == b'\\')) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..=0x1f => &[],
            _ => continue,
        };
        out.extend(text.as_bytes().get(plain..at).unwrap_or_default());
        if escape.is_empty() {
            let _ = write!(out, "\\u{byte:04x}");
        } else {
            out.extend(escape);
        }
        plain = at + 1;
    }
    out.extend(text.as_bytes().get(plain..).unwrap_or_default());
}

/// Appends `"name":`.
pub fn name(out: &mut Vec<u8>, name: &str) {
    string(out, name);
    out.push(b':');
}

/// Appends an id, without quotes.
pub fn guid(out: &mut Vec<u8>, id: Uuid) {
    let mut digits = [0; Hyphenated::LENGTH];
    out.extend_from_slice(id.hyphenated().encode_lower(&mut digits).as_bytes());
}

/// Appends a number; what JSON can't say becomes `null`.
pub fn double(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        // Display would write 1e300 with all its zeros.
        let _ = match value.abs() {
            0.0 | 1e-5..1e17 => write!(out, "{value}"),
            _ => write!(out, "{value:e}"),
        };
    } else {
        out.extend(b"null");
    }
}

/// An instant as Graph writes it: `2026-11-22T05:24:00Z`, with a fraction only where there is one.
/// Outside of the years that can be written it is the first or the last of them.
pub fn time(microseconds: i64) -> String {
    let mut out = String::new();
    let _ = print(microseconds, &mut out);
    out
}

/// jiff's own instants end a day before the year 9999 does.
fn print(microseconds: i64, mut out: impl jiff::fmt::Write) -> Result<(), jiff::Error> {
    let printer = DateTimePrinter::new();
    let within = microseconds.clamp(*TIMES.start(), *TIMES.end());
    if let Ok(at) = Timestamp::from_microsecond(within) {
        return printer.print_timestamp(&at, out);
    }
    let local = civil::date(1970, 1, 1).at(0, 0, 0, 0).checked_add(SignedDuration::from_micros(within))?;
    printer.print_datetime(&local, &mut out)?;
    out.write_str("Z")
}

/// The name of an enumeration's member on this surface. Members behind `unknownFutureValue` are
/// given only to callers that asked for them (`Prefer: include-unknown-enum-members`); others get
/// `unknownFutureValue` itself.
pub fn member(enumeration: &EnumType, number: i64, include_unknown: bool) -> Option<&'static str> {
    let position = |wanted: &dyn Fn(&(&str, i64)) -> bool| enumeration.members.iter().position(wanted);
    let at = position(&|(_, known)| *known == number)?;
    let future = position(&|(name, _)| name.eq_ignore_ascii_case("unknownFutureValue"));
    let at = future.filter(|future| !include_unknown && at > *future).unwrap_or(at);
    enumeration.members.get(at).map(|(name, _)| *name)
}

/// Appends one property value: numbers of enumerations by this surface's name (`null` if there is
/// none), JSON as it stands.
pub fn value(out: &mut Vec<u8>, value: &Value, ty: &Type, schema: &Schema) {
    value_with(out, value, ty, schema, true);
}

/// As [`value`], saying whether members behind `unknownFutureValue` may be named.
pub fn value_with(out: &mut Vec<u8>, value: &Value, ty: &Type, schema: &Schema, include_unknown: bool) {
    match (value, ty.item) {
        (Value::Null, _) => out.extend(b"null"),
        (Value::Bool(value), _) => out.extend(if *value { &b"true"[..] } else { b"false" }),
        (Value::Int(number), Item::Enum(id)) => match member(schema.enumeration(id), *number, include_unknown) {
            Some(name) => string(out, name),
            None => out.extend(b"null"),
        },
        (Value::Int(number), _) => {
            let _ = write!(out, "{number}");
        }
        (Value::Double(number), _) => double(out, *number),
        (Value::Text(text), _) => string(out, text),
        (Value::Guid(id), _) => {
            out.push(b'"');
            guid(out, *id);
            out.push(b'"');
        }
        (Value::Time(at), _) => {
            out.push(b'"');
            // It writes to memory, which takes everything.
            let _ = print(*at, &mut *out);
            out.push(b'"');
        }
        (Value::Json(json), _) => out.extend(json.as_bytes()),
    }
}

/// What an answer holds, for `@odata.context`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Entities of the set.
    Collection,
    /// One entity of the set.
    Entity,
    /// Links, as a list.
    Refs,
    /// One link.
    Ref,
    /// A property's value; the path ends with its name.
    Property,
}

/// `https://host/v1.0/$metadata#…`. `base` ends with the version, `path` is [`set_path`]'s (for a
/// property with `/name` behind), `fields` is [`fields`]'s.
pub fn context_url(base: &str, path: &str, fields: &str, content: Content) -> String {
    let base = base.trim_end_matches('/');
    let parts = match content {
        Content::Collection => [path, fields, ""],
        Content::Entity => [path, fields, "/$entity"],
        Content::Refs => ["Collection($ref)", "", ""],
        Content::Ref => ["$ref", "", ""],
        Content::Property => [path, "", ""],
    };
    let mut out = String::with_capacity(base.len() + 32 + path.len() + fields.len());
    out.push_str(base);
    out.push_str("/$metadata#");
    parts.into_iter().for_each(|part| out.push_str(part));
    out
}

/// The set that a target lies in, in the schema's own spelling and with keys in parentheses:
/// `users('…')/memberOf`. The last key is left out, since `/$entity` says that it is one of the set.
pub fn set_path(schema: &Schema, target: &Target) -> String {
    let steps = match target.steps.as_slice() {
        [before @ .., Step::Key(_)] => before,
        all => all,
    };
    path(schema, steps)
}

/// All steps as a path, keys in parentheses and quotes inside them doubled and percent-encoded.
pub fn path(schema: &Schema, steps: &[Step]) -> String {
    let mut out = String::with_capacity(steps.len() * 24);
    let mut owner = schema.root;
    for step in steps {
        if !out.is_empty() && !matches!(step, Step::Key(_)) {
            out.push('/');
        }
        match step {
            Step::Navigate { owner: from, nav } => {
                let Some(navigation) = schema.ty(*from).navigations.get(*nav) else { continue };
                owner = navigation.target;
                out.push_str(navigation.name);
            }
            Step::Cast(ty) => {
                owner = *ty;
                out.push_str(schema.namespace);
                out.push('.');
                out.push_str(schema.ty(*ty).name);
            }
            Step::Key(Key::Id(id)) => out.push_str(&format!("('{}')", key(id))),
            Step::Key(Key::Alternate { property, value }) => {
                let name = schema.ty(owner).properties.get(*property).map_or("id", |property| property.name);
                let text = match value {
                    Value::Text(text) => text.clone(),
                    Value::Guid(id) => id.to_string(),
                    Value::Int(number) => number.to_string(),
                    _ => String::new(),
                };
                out.push_str(&format!("({name}='{}')", key(&text)));
            }
        }
    }
    out
}

/// A key's text as it stands between quotes in a URL.
pub fn key(text: &str) -> String {
    const KEY: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');
    percent_encoding::utf8_percent_encode(&text.replace('\'', "''"), KEY).to_string()
}

/// `(id,displayName,members(id))`: what `$select` and `$expand` said; nothing where they said nothing.
pub fn fields(schema: &Schema, shape: &Shape) -> String {
    let mut out = String::new();
    list(schema, shape, &mut out);
    out
}

fn list(schema: &Schema, shape: &Shape, out: &mut String) {
    if shape.select.is_none() && shape.expand.is_empty() {
        return;
    }
    out.push('(');
    let mut first = true;
    let mut comma = |out: &mut String| {
        if !first {
            out.push(',');
        }
        first = false;
    };
    for name in shape.select.iter().flatten() {
        comma(out);
        out.push_str(name);
    }
    for Expand { owner, nav, links_only, shape, .. } in &shape.expand {
        let Some(navigation) = schema.ty(*owner).navigations.get(*nav) else { continue };
        comma(out);
        out.push_str(navigation.name);
        if *links_only {
            out.push_str("/$ref");
        } else if shape.select.is_none() && shape.expand.is_empty() {
            out.push_str("()");
        } else {
            list(schema, shape, out);
        }
    }
    out.push(')');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, PACKAGE};
    use crate::schema::Primitive;
    use proptest::prelude::*;

    fn written(sent: Value, name: &str) -> String {
        let schema = sample::schema();
        let ty = schema.ty(PACKAGE).property(name).unwrap().1.ty;
        let mut out = Vec::new();
        value(&mut out, &sent, &ty, &schema);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values() {
        for (sent, name, text) in [
            (Value::Null, "displayName", "null"),
            (Value::Text("a\"b\\c\n\u{1}é".into()), "displayName", "\"a\\\"b\\\\c\\n\\u0001é\""),
            (Value::Int(1), "state", "\"published\""),
            (Value::Int(99), "state", "null"),
            (Value::Int(1), "requestState", "\"Delivered\""),
            (Value::Int(-5), "big", "-5"),
            (Value::Bool(false), "big", "false"),
            (Value::Double(2.0), "big", "2"),
            (Value::Double(1e300), "big", "1e300"),
            (Value::Double(f64::NAN), "big", "null"),
            (Value::Guid(uuid::Uuid::from_u128(0xABC)), "id", "\"00000000-0000-0000-0000-000000000abc\""),
            (Value::Time(1_795_325_040_000_000), "big", "\"2026-11-22T05:24:00Z\""),
            (Value::Time(1_795_325_040_500_000), "big", "\"2026-11-22T05:24:00.5Z\""),
            (Value::Json("[1]".into()), "stages", "[1]"),
            (Value::Text("P3D".into()), "wait", "\"P3D\""),
        ] {
            assert_eq!(written(sent, name), text);
        }
        assert!(time(i64::MAX).ends_with('Z') && time(i64::MIN).ends_with('Z'));
    }

    #[test]
    fn evolving_members() {
        let schema = sample::schema();
        let state = &schema.enums[0];
        assert_eq!(member(state, 3, true), Some("retired"));
        assert_eq!(member(state, 3, false), Some("unknownFutureValue"));
        assert_eq!(member(state, 1, false), Some("published"));
        assert_eq!(member(state, 9, false), None);
        let mut out = Vec::new();
        value_with(&mut out, &Value::Int(3), &schema.ty(PACKAGE).property("state").unwrap().1.ty, &schema, false);
        assert_eq!(out, b"\"unknownFutureValue\"");
    }

    proptest! {
        #[test]
        fn strings_are_json(text in any::<String>()) {
            let mut out = Vec::new();
            string(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }

        #[test]
        fn times_come_back(at in TIMES) {
            let read = crate::literal::from_text(&time(at), Primitive::DateTimeOffset);
            prop_assert_eq!(read, Ok(Value::Time(at)));
        }
    }
}
