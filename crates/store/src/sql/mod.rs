//! From planned queries to SQL text. Values are always parameters; only names that stand in the
//! model's tables become text.

pub mod columns;
pub mod filter;
pub mod narrow;
pub mod order;
pub mod source;

use crate::dialect::Dialect;
use odata::value::Value;
use uuid::Uuid;

/// The parameters that most statements have, by their number.
const NAMES: [&str; 7] = ["$0", "$1", "$2", "$3", "$4", "$5", "$6"];

/// A statement in the making. `$1` is always the tenant.
pub struct Sql {
    pub text: String,
    pub params: Vec<Value>,
    pub dialect: &'static Dialect,
    aliases: usize,
}

impl Sql {
    pub fn new(dialect: &'static Dialect, tenant: Uuid) -> Sql {
        let mut params = Vec::with_capacity(4);
        params.push(Value::Guid(tenant));
        Sql { text: String::with_capacity(512), params, dialect, aliases: 0 }
    }

    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub fn push_all(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.text.push_str(part));
    }

    /// Keeps a value as a parameter and gives its name.
    pub fn bind(&mut self, value: Value) -> String {
        self.params.push(value);
        match NAMES.get(self.params.len()) {
            Some(name) => (*name).to_owned(),
            None => format!("${}", self.params.len()),
        }
    }

    /// `= $n`, or `IN ($n, …)`. The list is filled up to a power of two with its last value, so that
    /// few statements of different text come into being.
    pub fn among(&mut self, values: &[Value]) -> String {
        match values {
            [] => "IN (NULL)".to_owned(),
            [one] => format!("= {}", self.bind(one.clone())),
            [.., last] => {
                let mut names: Vec<String> = values.iter().map(|value| self.bind(value.clone())).collect();
                let fill = values.len().next_power_of_two() - values.len();
                names.extend((0..fill).map(|_| self.bind(last.clone())));
                format!("IN ({})", names.join(", "))
            }
        }
    }

    /// A new table alias.
    pub fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }
}
