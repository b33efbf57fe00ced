//! One property value on its way through the house. Never a place for formatting rules: reading
//! stands in `body` and `literal`, writing in `write`.

use uuid::Uuid;

/// A value of one property, independent of surface and engine.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// Integers of every width, and members of an enumeration by their number.
    Int(i64),
    Double(f64),
    Text(String),
    Guid(Uuid),
    /// An instant, in microseconds since 1970-01-01T00:00:00Z.
    Time(i64),
    /// A JSON document in canonical form: complex values and every collection.
    Json(String),
}

impl Value {
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_guid(&self) -> Option<Uuid> {
        match self {
            Value::Guid(id) => Some(*id),
            _ => None,
        }
    }
}
