//! JSON as it comes, before any schema: bounded in size and depth, and with no property twice,
//! which serde_json by itself would pass over in silence.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::error::{Fault, FaultKind};
use crate::limits;

/// A JSON value with its members in the order in which they were written.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Null,
    Bool(bool),
    Int(i64),
    /// With a fraction, an exponent, or too large for `Int`.
    Double(f64),
    Text(String),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// For messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Node::Null => "null",
            Node::Bool(_) => "true or false",
            Node::Int(_) | Node::Double(_) => "a number",
            Node::Text(_) => "a string",
            Node::Array(_) => "an array",
            Node::Object(_) => "an object",
        }
    }

    /// Appends the value as compact JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Node::Null => out.extend(b"null"),
            Node::Bool(value) => out.extend(if *value { &b"true"[..] } else { b"false" }),
            Node::Int(value) => out.extend(value.to_string().as_bytes()),
            Node::Double(value) => crate::write::double(out, *value),
            Node::Text(text) => crate::write::string(out, text),
            Node::Array(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Node::Object(members) => {
                out.push(b'{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    crate::write::string(out, name);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }
}

fn fault(message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Json, "body", message)
}

/// Reads one JSON value that fills the whole body.
///
/// # Errors
/// `TooLarge` over [`limits::BODY_BYTES`]; `Json` for anything that isn't JSON, an empty body, a
/// byte order mark, text that isn't UTF-8, a property that comes twice, and too deep a nesting.
pub fn parse(bytes: &[u8]) -> Result<Node, Fault> {
    if bytes.len() > limits::BODY_BYTES {
        let message = format!("The body is larger than {} bytes.", limits::BODY_BYTES);
        return Err(Fault::new(FaultKind::TooLarge, "body", message));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(fault("The body starts with a byte order mark."));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| fault("The body is not UTF-8."))?;
    if text.trim().is_empty() {
        return Err(fault("The body is empty."));
    }
    let reason = Cell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let node = Seed { depth: 0, reason: &reason }.deserialize(&mut reader);
    let node = node.and_then(|node| reader.end().map(|()| node));
    node.map_err(|error| match reason.take() {
        Some(message) => fault(message),
        None => fault(format!("The body is not valid JSON (line {}, column {}).", error.line(), error.column())),
    })
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    depth: usize,
    /// Why we ourselves refused, if we did.
    reason: &'a Cell<Option<String>>,
}

impl Seed<'_> {
    /// Databases refuse it, and nobody means it.
    fn no_nul<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        if text.contains('\0') {
            self.reason.set(Some("The body has the character U+0000 in a string.".to_owned()));
            return Err(E::custom("nul"));
        }
        Ok(())
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == limits::JSON_DEPTH {
            self.reason.set(Some(format!("The body is nested more than {} levels deep.", limits::JSON_DEPTH)));
            return Err(E::custom("depth"));
        }
        Ok(Seed { depth: self.depth + 1, reason: self.reason })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(i64::try_from(value).map_or(Node::Double(value as f64), Node::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Double(value))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Node, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Node, E> {
        self.no_nul(&text)?;
        Ok(Node::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let below = self.deeper()?;
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(below)? {
            out.push(item);
        }
        Ok(Node::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node, A::Error> {
        let below = self.deeper()?;
        let mut out: Vec<(String, Node)> = Vec::new();
        while let Some(name) = members.next_key::<String>()? {
            self.no_nul(&name)?;
            let value = members.next_value_seed(below)?;
            out.push((name, value));
        }
        let mut names: Vec<&str> = out.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let twice = names.iter().zip(names.iter().skip(1)).find(|(one, next)| one == next).map(|(name, _)| *name);
        if let Some(name) = twice {
            self.reason.set(Some(format!("The body has the property '{name}' twice in one object.")));
            return Err(A::Error::custom("twice"));
        }
        Ok(Node::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(bytes: &[u8]) -> String {
        let fault = parse(bytes).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Json);
        fault.message
    }

    #[test]
    fn faults_say_what_is_wrong() {
        assert_eq!(message(b""), "The body is empty.");
        assert_eq!(message(b" \n"), "The body is empty.");
        assert_eq!(message(b"\xef\xbb\xbf{}"), "The body starts with a byte order mark.");
        assert_eq!(message(b"\"\xff\""), "The body is not UTF-8.");
        assert_eq!(message(b"{} x"), "The body is not valid JSON (line 1, column 4).");
        assert_eq!(message(b"{\"a\":1,\"b\":{\"c\":1,\"c\":2}}"), "The body has the property 'c' twice in one object.");
        assert_eq!(message(b"{\"a\":\"\\ud800\"}").split('(').next(), Some("The body is not valid JSON "));
        assert_eq!(message(b"[1e999]").split('(').next(), Some("The body is not valid JSON "));
    }

    #[test]
    fn depth_has_a_limit() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(limits::JSON_DEPTH).as_bytes()).is_ok());
        assert_eq!(message(nested(limits::JSON_DEPTH + 1).as_bytes()), "The body is nested more than 32 levels deep.");
        assert!(message("[".repeat(100_000).as_bytes()).contains("nested"));
    }

    #[test]
    fn size_has_a_limit() {
        let mut body = b"\"".to_vec();
        body.resize(limits::BODY_BYTES - 1, b'a');
        body.push(b'"');
        assert!(parse(&body).is_ok());
        body.push(b' ');
        assert_eq!(parse(&body).unwrap_err().kind, FaultKind::TooLarge);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn writes_what_it_reads(text in "[^\\x00]{0,20}", number in any::<i64>(), double in any::<f64>()) {
            prop_assume!(double.is_finite());
            let node = Node::Object(vec![(text.clone(), Node::Array(vec![Node::Int(number), Node::Text(text), Node::Null]))]);
            let mut out = Vec::new();
            node.write(&mut out);
            prop_assert_eq!(parse(&out).unwrap(), node);
            let mut out = Vec::new();
            Node::Double(double).write(&mut out);
            // serde_json itself reads some of them a last digit wrong.
            prop_assert!(matches!(parse(&out).unwrap(), Node::Double(_) | Node::Int(_)));
            prop_assert_eq!(String::from_utf8(out).unwrap().parse::<f64>().unwrap(), double);
        }
    }
}
