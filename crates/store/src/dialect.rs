//! The few places where the two engines speak differently, as data. An engine's file fills it in;
//! nobody else asks which engine it is.

/// How one engine says what SQL has no common word for.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// A condition: text `a` contains text `b`.
    pub contains: fn(a: &str, b: &str) -> String,
    /// A condition: text `a` ends with text `b`.
    pub ends_with: fn(a: &str, b: &str) -> String,
    /// A table expression named `alias` with one column `value`: the strings in a JSON array.
    pub each_text: fn(json: &str, alias: &str) -> String,
    /// A sub-select of the ids that are strings in a JSON array.
    pub each_id: fn(json: &str) -> String,
    /// Text in lower case.
    pub lower: fn(text: &str) -> String,
    /// The length of a JSON array.
    pub array_length: fn(json: &str) -> String,
    /// An id as 32 hexadecimal digits in lower case.
    pub hex: fn(id: &str) -> String,
    /// Behind a SELECT: no more than so many rows are sent. Nothing where rows are fetched one by one.
    pub at_most: fn(rows: &str) -> String,
    /// Behind a SELECT: the rows are this transaction's, and those of others are left out.
    pub lock: &'static str,
}
