//! The place where a page ended, as the opaque `$skiptoken`, and the `@odata.nextLink` around it.
//! A token carries what the first call said in headers, because clients don't repeat them. It is
//! not a secret and not a right: whoever reads one must treat it as any other input.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use uuid::Uuid;

use crate::error::{Fault, FaultKind};
use crate::limits;
use crate::query::Bookmark;
use crate::value::Value;

/// What a `$skiptoken` says.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub after: Bookmark,
    /// The [`place`] of the list.
    pub place: u32,
    /// Whether the first call asked for the count, and was allowed to.
    pub count: bool,
    /// How many of `$top` are still to come, when the first page could not hold them all.
    pub remaining: Option<u32>,
}

const VERSION: u8 = 2;
const HAS_COUNT: u8 = 1;
const HAS_REMAINING: u8 = 2;

/// Writes a token as URL-safe text.
pub fn encode(token: &Token) -> String {
    let mut out = vec![VERSION];
    out.extend(token.place.to_le_bytes());
    out.push(if token.count { HAS_COUNT } else { 0 } | if token.remaining.is_some() { HAS_REMAINING } else { 0 });
    if let Some(remaining) = token.remaining {
        out.extend(remaining.to_le_bytes());
    }
    out.push(token.after.values.len().min(255) as u8);
    for value in token.after.values.iter().take(255) {
        match value {
            Value::Null => out.push(b'n'),
            Value::Bool(value) => out.extend([b'b', u8::from(*value)]),
            Value::Int(value) => fixed(&mut out, b'i', &value.to_le_bytes()),
            Value::Double(value) => fixed(&mut out, b'd', &value.to_bits().to_le_bytes()),
            Value::Time(value) => fixed(&mut out, b't', &value.to_le_bytes()),
            Value::Guid(value) => fixed(&mut out, b'g', value.as_bytes()),
            Value::Text(value) => text(&mut out, b's', value),
            Value::Json(value) => text(&mut out, b'j', value),
        }
    }
    text(&mut out, b's', &token.after.id);
    let sum = checksum(&out);
    out.extend(sum.to_le_bytes());
    URL_SAFE_NO_PAD.encode(out)
}

fn fixed(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    out.extend(bytes);
}

fn text(out: &mut Vec<u8>, tag: u8, text: &str) {
    out.push(tag);
    out.extend((text.len() as u32).to_le_bytes());
    out.extend(text.as_bytes());
}

/// What tells one list from another: the tenant, and the path after the version, however it is spelled.
pub fn place(tenant: Uuid, path: &str) -> u32 {
    let path = percent_decode_str(path.trim_matches('/')).decode_utf8_lossy().to_lowercase();
    checksum(&[tenant.as_bytes(), path.as_bytes()].concat())
}

/// FNV-1a: finds damage, proves nothing.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// `OptionValue` for anything else.
pub fn decode(text: &str) -> Result<Token, Fault> {
    read(text).ok_or_else(damaged)
}

/// The one answer to a token that we did not make, or not for this query.
pub fn damaged() -> Fault {
    Fault::new(FaultKind::OptionValue, "$skiptoken", "The $skiptoken is damaged or belongs to another query.")
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn text(&mut self) -> Option<String> {
        let length = u32::from_le_bytes(self.array()?);
        let text = String::from_utf8(self.take(usize::try_from(length).ok()?)?.to_vec()).ok()?;
        (!text.contains('\0')).then_some(text)
    }

    fn value(&mut self) -> Option<Value> {
        Some(match self.byte()? {
            b'n' => Value::Null,
            b'b' => Value::Bool(self.byte()? != 0),
            b'i' => Value::Int(i64::from_le_bytes(self.array()?)),
            b'd' => Value::Double(f64::from_bits(u64::from_le_bytes(self.array()?))),
            b't' => Value::Time(i64::from_le_bytes(self.array()?)),
            b'g' => Value::Guid(Uuid::from_bytes(self.array()?)),
            b's' => Value::Text(self.text()?),
            b'j' => Value::Json(self.text()?),
            _ => return None,
        })
    }
}

fn read(text: &str) -> Option<Token> {
    if text.len() > limits::URL_BYTES {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
    if checksum(body).to_le_bytes() != sum {
        return None;
    }
    let mut reader = Reader(body);
    if reader.byte()? != VERSION {
        return None;
    }
    let place = u32::from_le_bytes(reader.array()?);
    let flags = reader.byte()?;
    let remaining = if flags & HAS_REMAINING != 0 { Some(u32::from_le_bytes(reader.array()?)) } else { None };
    let count = reader.byte()?;
    let values = (0..count).map(|_| reader.value()).collect::<Option<Vec<_>>>()?;
    let Some(Value::Text(id)) = reader.value() else { return None };
    if !reader.0.is_empty() {
        return None;
    }
    Some(Token { after: Bookmark { values, id }, place, count: flags & HAS_COUNT != 0, remaining })
}

/// Everything but what every URL reader takes as it is.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b',')
    .remove(b'(')
    .remove(b')')
    .remove(b':')
    .remove(b'/')
    .remove(b'@')
    .remove(b'$')
    .remove(b'*');

/// The URL of the next page. `base` ends with the version (`https://host/v1.0`), `path` is the raw
/// path after it as the caller sent it, `options` are those of [`crate::url::RawUrl`].
pub fn next_link(base: &str, path: &str, options: &[(String, String)], token: &Token) -> String {
    let mut out = String::with_capacity(base.len() + path.len() + 200);
    out.push_str(base.trim_end_matches('/'));
    if !path.starts_with('/') {
        out.push('/');
    }
    out.push_str(path);
    let mut mark = '?';
    for (name, value) in options {
        if name == "$skip" || name == "$skiptoken" {
            continue;
        }
        out.push(mark);
        mark = '&';
        out.extend(utf8_percent_encode(name, QUERY));
        out.push('=');
        out.extend(utf8_percent_encode(value, QUERY));
    }
    out.push(mark);
    out.push_str("$skiptoken=");
    out.push_str(&encode(token));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<i64>().prop_map(Value::Time),
            any::<f64>().prop_filter("NaN is not itself", |number| !number.is_nan()).prop_map(Value::Double),
            "[^\\x00]{0,20}".prop_map(Value::Text),
            any::<u128>().prop_map(|id| Value::Guid(Uuid::from_u128(id))),
        ]
    }

    #[test]
    fn damage_is_found() {
        let after = Bookmark { values: vec![Value::Text("x".into())], id: "id".into() };
        let text = encode(&Token { after, place: 7, count: false, remaining: None });
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let damaged = decode(&String::from_utf8(bytes).unwrap());
            assert_eq!(damaged.unwrap_err().kind, FaultKind::OptionValue);
            assert!(decode(&text[..at]).is_err());
        }
        assert!(decode(&format!("{text}A")).is_err());
        assert!(decode(&"A".repeat(limits::URL_BYTES + 1)).is_err());
    }

    #[test]
    fn a_list_is_one_however_it_is_spelled() {
        let here = |path: &str| place(Uuid::nil(), path);
        assert_eq!(here("/users/A%40b/memberOf"), here("Users/a@b/memberof/"));
        assert_ne!(here("/users"), here("/groups"));
        assert_ne!(here("/users"), place(Uuid::max(), "/users"));
    }

    proptest! {
        #[test]
        fn comes_back(
            values in proptest::collection::vec(value(), 0..5),
            id in "[a-z0-9-]{0,40}",
            place in any::<u32>(),
            count in any::<bool>(),
            remaining in any::<Option<u32>>(),
        ) {
            let token = Token { after: Bookmark { values, id }, place, count, remaining };
            let text = encode(&token);
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
            prop_assert_eq!(decode(&text), Ok(token));
        }

        #[test]
        fn never_panics(text in ".{0,60}", bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = decode(&text);
            // With a good checksum, so that the reader itself is reached.
            let mut body = vec![VERSION];
            body.extend(bytes);
            body.extend(checksum(&body).to_le_bytes());
            let _ = decode(&URL_SAFE_NO_PAD.encode(body));
        }
    }
}
