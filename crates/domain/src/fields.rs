//! Property values as the rules see them: by the core name of the property (v1.0's name, or beta's
//! where only beta has it). Never a place for a wire format.

use uuid::Uuid;

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// Integers, and members of an enumeration by their number.
    Int(i64),
    Text(String),
    Guid(Uuid),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Time(i64),
    /// A canonical document that only travels.
    Json(String),
}

/// The properties that a command sets, or that a fact shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(pub Vec<(&'static str, Value)>);

impl Fields {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.get(name) {
            Some(Value::Bool(yes)) => Some(*yes),
            _ => None,
        }
    }

    pub fn int(&self, name: &str) -> Option<i64> {
        match self.get(name) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        }
    }

    pub fn guid(&self, name: &str) -> Option<Uuid> {
        match self.get(name) {
            Some(Value::Guid(id)) => Some(*id),
            _ => None,
        }
    }

    /// Sets a field, in place of a value that it had.
    pub fn set(&mut self, name: &'static str, value: Value) {
        match self.0.iter_mut().find(|(field, _)| *field == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// Sets a field that has no value yet.
    pub fn set_default(&mut self, name: &'static str, value: Value) {
        if self.get(name).is_none() {
            self.0.push((name, value));
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}
