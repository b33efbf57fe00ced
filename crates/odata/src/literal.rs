//! Literals as they stand in a URL, and the one place where text becomes a value of a declared
//! type. Bodies use the same readers, so that `$filter` and JSON agree on what a date is. It must
//! never guess: text that hasn't the form is refused, saying which form was expected.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use jiff::civil;
use uuid::Uuid;

use crate::schema::{Item, Primitive, Schema};
use crate::value::Value;

/// A literal before anybody knows which type it has to have.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    /// In single quotes, the doubled ones undone.
    Text(String),
    /// Without quotes.
    Guid(Uuid),
    /// Without quotes; microseconds since 1970.
    Time(i64),
    /// `2026-01-01` without quotes.
    Date(String),
    /// `microsoft.graph.type'member'`, and the older `guid'…'`, `datetime'…'`.
    Prefixed {
        prefix: String,
        text: String,
    },
}

/// Reads a literal that stands without quotes; `None` if it is none.
pub fn bare(token: &str) -> Option<Literal> {
    if token.eq_ignore_ascii_case("null") {
        return Some(Literal::Null);
    }
    if token.eq_ignore_ascii_case("true") {
        return Some(Literal::Bool(true));
    }
    if token.eq_ignore_ascii_case("false") {
        return Some(Literal::Bool(false));
    }
    if let Some(id) = guid(token) {
        return Some(Literal::Guid(id));
    }
    let first = token.bytes().next()?;
    if !(first.is_ascii_digit() || first == b'-' || first == b'+') {
        return None;
    }
    if let Ok(number) = token.parse::<i64>() {
        return Some(Literal::Int(number));
    }
    if is_date(token) {
        return Some(Literal::Date(token.to_owned()));
    }
    if let Some(at) = time(token) {
        return Some(Literal::Time(at));
    }
    let plain = token.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    token.parse::<f64>().ok().filter(|number| plain && number.is_finite()).map(Literal::Double)
}

/// A GUID in its hyphenated form, in either letter case; no other form is one.
pub fn guid(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

/// The instants that can be written: from the first moment of year 1 to the last of year 9999.
pub const TIMES: std::ops::RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;

/// An instant of [`TIMES`], in microseconds since 1970: `2026-01-01T00:00:00Z`, with a fraction or an
/// offset; a missing offset means UTC (Python's naive datetimes come so), and a bare date its first moment.
pub fn time(text: &str) -> Option<i64> {
    // jiff reads more than OData writes: blanks, zones in brackets, week dates. And its own instants end a
    // day before the year 9999 does, which some clients write for "never"; so it reads the local time alone.
    let (day, clock) = text.split_at_checked(10)?;
    let (local, offset) = match clock.strip_prefix(['T', 't']) {
        None if clock.is_empty() && is_date(day) => (day.parse::<civil::Date>().ok()?.at(0, 0, 0, 0), 0),
        None => return None,
        Some(clock) => {
            let [_, _, b':', ..] = clock.as_bytes() else { return None };
            let end = clock.find(|each: char| !(each.is_ascii_digit() || matches!(each, ':' | '.' | ',')));
            let (clock, zone) = clock.split_at_checked(end.unwrap_or(clock.len()))?;
            let time = clock.parse::<civil::Time>().ok()?;
            (day.parse::<civil::Date>().ok()?.to_datetime(time), offset(zone)?)
        }
    };
    let since = local.duration_since(civil::date(1970, 1, 1).at(0, 0, 0, 0));
    let at = i64::try_from(since.as_micros()).ok()?.checked_sub(offset)?;
    TIMES.contains(&at).then_some(at)
}

/// How far a zone is ahead of UTC, in microseconds: `Z`, `+02:00`, `-0530`, `+02`, or nothing for UTC.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes() {
        [] | [b'Z' | b'z'] => return Some(0),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    let two = |text: &str| match text.as_bytes() {
        [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => text.parse::<i64>().ok(),
        _ => None,
    };
    let (hours, minutes) = zone.get(1..)?.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { Some(0) } else { two(minutes.strip_prefix(':').unwrap_or(minutes)) };
    let (hours, minutes) = (two(hours)?, minutes?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60_000_000)
}

/// Whether `text` is a day: `2026-01-01`.
pub fn is_date(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() })
        && text.parse::<civil::Date>().is_ok_and(|day| day.year() > 0)
}

/// Whether `text` is a time of day: `08:30`, `08:30:00.5`.
pub fn is_time_of_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':' || byte == b'.')
        && bytes.get(2) == Some(&b':')
        && text.parse::<civil::Time>().is_ok()
}

/// Whether `text` is an ISO 8601 duration: `P365D`, `PT8H`, `P1Y2M`, `-P1DT2.5S`.
pub fn is_duration(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let Some(rest) = text.strip_prefix('P') else { return false };
    let (days, clock) = match rest.split_once('T') {
        Some((days, clock)) => (days, Some(clock)),
        None => (rest, None),
    };
    let (Some(in_days), Some(in_clock)) = (parts(days, "YMWD", false), parts(clock.unwrap_or(""), "HMS", true)) else {
        return false;
    };
    if clock.is_some() { in_clock > 0 } else { in_days > 0 }
}

/// Counts numbers followed by the units, each at most once and in this order.
fn parts(mut text: &str, units: &str, fraction: bool) -> Option<usize> {
    let mut count = 0;
    let mut units = units.chars();
    while !text.is_empty() {
        let end = text.find(|each: char| !(each.is_ascii_digit() || each == '.'))?;
        let (number, rest) = text.split_at_checked(end)?;
        let unit = rest.chars().next()?;
        units.find(|each| *each == unit)?;
        let whole = !number.is_empty() && number.len() <= 12 && number.bytes().all(|byte| byte.is_ascii_digit());
        let broken = || {
            let (before, after) = number.split_once('.')?;
            let digits = |part: &str| !part.is_empty() && part.len() <= 12 && part.bytes().all(|b| b.is_ascii_digit());
            Some(digits(before) && digits(after))
        };
        if !(whole || fraction && unit == 'S' && broken() == Some(true)) {
            return None;
        }
        text = rest.get(1..)?;
        count += 1;
    }
    Some(count)
}

/// Whether `text` is base64, in either alphabet, padded or not.
pub fn is_binary(text: &str) -> bool {
    STANDARD.decode(text).is_ok()
        || URL_SAFE_NO_PAD.decode(text).is_ok()
        || STANDARD_NO_PAD.decode(text).is_ok()
        || URL_SAFE.decode(text).is_ok()
}

/// Reads text as a value of a primitive type that is written as a string.
/// Fails with what was expected.
pub fn from_text(text: &str, primitive: Primitive) -> Result<Value, &'static str> {
    let kept = |fits: bool, expected| if fits { Ok(Value::Text(text.to_owned())) } else { Err(expected) };
    match primitive {
        Primitive::String => kept(!text.contains('\0'), "a string without the character U+0000"),
        Primitive::Guid => guid(text).map(Value::Guid).ok_or(expected(primitive)),
        Primitive::DateTimeOffset => time(text).map(Value::Time).ok_or(expected(primitive)),
        Primitive::Date => kept(is_date(text), expected(primitive)),
        Primitive::TimeOfDay => kept(is_time_of_day(text), expected(primitive)),
        Primitive::Duration => kept(is_duration(text), expected(primitive)),
        Primitive::Binary => kept(is_binary(text), expected(primitive)),
        Primitive::Boolean | Primitive::Double | Primitive::Int32 | Primitive::Int64 | Primitive::Stream => {
            Err(expected(primitive))
        }
    }
}

/// What a caller is told to write for a primitive type.
pub fn expected(primitive: Primitive) -> &'static str {
    match primitive {
        Primitive::Binary => "base64 text",
        Primitive::Boolean => "true or false",
        Primitive::Date => "a date such as 2026-01-31",
        Primitive::DateTimeOffset => "a date and time such as 2026-01-31T08:00:00Z",
        Primitive::Double => "a number",
        Primitive::Duration => "a duration such as P30D or PT8H",
        Primitive::Guid => "a GUID such as 3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        Primitive::Int32 => "a whole number between -2147483648 and 2147483647",
        Primitive::Int64 => "a whole number",
        Primitive::Stream => "nothing: a stream is no value",
        Primitive::String => "a string",
        Primitive::TimeOfDay => "a time of day such as 08:30:00",
    }
}

/// A literal as a value of `item`. `Null` fits every type here; who may be null is the caller's
/// question. Fails with what was expected.
pub fn fit(schema: &Schema, literal: &Literal, item: Item) -> Result<Value, String> {
    match item {
        Item::Primitive(primitive) => fit_primitive(literal, primitive).map_err(str::to_owned),
        Item::Enum(id) => {
            let enumeration = schema.enumeration(id);
            let text = match literal {
                Literal::Null => return Ok(Value::Null),
                Literal::Text(text) => text,
                Literal::Prefixed { prefix, text } if type_name(schema, prefix) == Some(enumeration.name) => text,
                _ => return Err(members(schema, id)),
            };
            enumeration.number(text).map(Value::Int).ok_or_else(|| members(schema, id))
        }
        Item::Complex(_) if *literal == Literal::Null => Ok(Value::Null),
        Item::Complex(_) => Err("null: a structure can't be compared".to_owned()),
    }
}

fn type_name<'a>(schema: &'a Schema, prefix: &str) -> Option<&'a str> {
    let name = schema.unqualified(prefix)?;
    schema.enums.iter().map(|each| each.name).find(|each| each.eq_ignore_ascii_case(name))
}

/// "one of 'a', 'b'", for messages.
pub fn members(schema: &Schema, id: crate::schema::EnumId) -> String {
    let names: Vec<String> = schema.enumeration(id).members.iter().map(|(name, _)| format!("'{name}'")).collect();
    format!("one of {}", names.join(", "))
}

fn fit_primitive(literal: &Literal, primitive: Primitive) -> Result<Value, &'static str> {
    match (literal, primitive) {
        (Literal::Null, _) => Ok(Value::Null),
        (Literal::Bool(value), Primitive::Boolean) => Ok(Value::Bool(*value)),
        (Literal::Int(value), Primitive::Int64) => Ok(Value::Int(*value)),
        (Literal::Int(value), Primitive::Int32) if i32::try_from(*value).is_ok() => Ok(Value::Int(*value)),
        (Literal::Int(value), Primitive::Double) => Ok(Value::Double(*value as f64)),
        (Literal::Double(value), Primitive::Double) => Ok(Value::Double(*value)),
        (Literal::Guid(id), Primitive::Guid) => Ok(Value::Guid(*id)),
        // Graph's ids are declared as strings, and clients write them bare all the same.
        (Literal::Guid(id), Primitive::String) => Ok(Value::Text(id.to_string())),
        (Literal::Time(at), Primitive::DateTimeOffset) => Ok(Value::Time(*at)),
        (Literal::Date(day), Primitive::DateTimeOffset | Primitive::Date) => from_text(day, primitive),
        // In quotes it is a text, and no instant.
        (Literal::Text(_), Primitive::DateTimeOffset) => Err(expected(primitive)),
        (Literal::Text(text), _) => from_text(text, primitive),
        (Literal::Prefixed { prefix, text }, _) if prefixed(prefix, primitive) => from_text(text, primitive),
        _ => Err(expected(primitive)),
    }
}

fn prefixed(prefix: &str, primitive: Primitive) -> bool {
    let prefix = prefix.to_ascii_lowercase();
    match primitive {
        Primitive::Guid => prefix == "guid",
        Primitive::DateTimeOffset => prefix == "datetime" || prefix == "datetimeoffset",
        Primitive::Date => prefix == "date",
        Primitive::Duration => prefix == "duration",
        Primitive::TimeOfDay => prefix == "timeofday",
        Primitive::Binary => prefix == "binary",
        _ => false,
    }
}

/// Reads a quoted string that starts at the beginning of `text` with `'`.
/// Returns it with doubled quotes undone and how many bytes it took; `None` if it doesn't end.
pub fn quoted(text: &str) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut rest = text.strip_prefix('\'')?;
    loop {
        let (before, after) = rest.split_once('\'')?;
        out.push_str(before);
        match after.strip_prefix('\'') {
            Some(more) => {
                out.push('\'');
                rest = more;
            }
            None => return Some((out, text.len() - after.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(time("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(time("1970-01-01T00:00:00.0000010Z"), Some(1));
        assert_eq!(time("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(time("1970-01-01T00:00:01"), Some(1_000_000));
        assert_eq!(time("1970-01-02"), Some(86_400_000_000));
        assert_eq!(time("1970-01-01T00:00:00-0030"), Some(1_800_000_000));
        assert_eq!(time("1969-12-31t23:00-01"), Some(0));
        assert_eq!(time("0001-01-01T00:00:00Z"), Some(*TIMES.start()));
        assert_eq!(time("0000-12-31T23:00:00-01:00"), Some(*TIMES.start()));
        // .NET's greatest, which many write for "never"; what is finer than a microsecond goes.
        assert_eq!(time("9999-12-31T23:59:59.9999999Z"), Some(*TIMES.end()));
        for bad in [
            "",
            "x",
            "2026-13-01",
            "2026-02-30T00:00:00Z",
            "2026-01-01 00:00:00Z",
            "2026-01-01T",
            "2026-01-01T00:00:00Z[UTC]",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00+1:00",
            "2026-01-01T00:00:00+ä0",
            "2026-W01-1T00:00:00Z",
            "ä026-01-01",
            "0000-01-01",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-00:01",
        ] {
            assert_eq!(time(bad), None, "{bad}");
        }
        assert!(is_date("0001-01-01") && is_date("9999-12-31") && !is_date("0000-12-31"));
    }

    #[test]
    fn durations() {
        for good in ["P365D", "PT8H", "P1Y2M3W4DT5H6M7.5S", "-P1D", "PT0S"] {
            assert!(is_duration(good), "{good}");
        }
        for bad in ["", "P", "PT", "P1", "1D", "P1DT", "P1H", "PT1.5H", "P1D1D", "P-1D", "P1D ", "Pä"] {
            assert!(!is_duration(bad), "{bad}");
        }
    }

    #[test]
    fn bare_words() {
        assert_eq!(bare("NULL"), Some(Literal::Null));
        assert_eq!(bare("-5"), Some(Literal::Int(-5)));
        assert_eq!(bare("2.5e1"), Some(Literal::Double(25.0)));
        assert_eq!(bare("2026-01-31"), Some(Literal::Date("2026-01-31".into())));
        assert_eq!(bare("1e999"), None);
        assert_eq!(bare("infinity"), None);
        assert_eq!(bare("x"), None);
        assert!(matches!(bare("ABCDEF01-4f89-41d3-9a0c-0305e82c3301"), Some(Literal::Guid(_))));
    }

    #[test]
    fn quotes() {
        assert_eq!(quoted("'it''s' x"), Some(("it's".to_owned(), 7)));
        assert_eq!(quoted("''"), Some((String::new(), 2)));
        assert_eq!(quoted("'a"), None);
        assert_eq!(quoted("'a''"), None);
    }
}
