//! What can be wrong with a request as such, before any rule is asked. Each says which part of the
//! request is meant. Which HTTP status and code it becomes is decided in `server/error.rs` alone.

/// A fault in the request's form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    pub kind: FaultKind,
    /// The part of the request that is meant: `$filter`, `$top`, `displayName`, `catalog/id`, `@odata.id`.
    pub target: String,
    /// For the caller's eyes; names the part, never the database.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// The URL can't be read: bad percent-encoding, too long, too many segments.
    Url,
    /// A segment that the model doesn't know.
    Segment,
    /// A key that has not the form of a key.
    Key,
    /// An option that starts with `$` and isn't one of ours, or one given twice.
    Option,
    /// A value of an option that doesn't fit (`$top=x`, an expired or damaged `$skiptoken`).
    OptionValue,
    /// `$filter` or `$orderby`: syntax, an unknown property, a literal of the wrong type, too deep.
    Filter,
    /// A query that needs `ConsistencyLevel: eventual`.
    NeedsConsistency,
    /// The body isn't JSON, or is nested too deep.
    Json,
    /// A property that the type doesn't have.
    UnknownProperty,
    /// A value of the wrong type, an unknown enum member, a required property that is missing.
    Value,
    /// `@odata.id` or `@odata.bind` that names nothing we could mean.
    Reference,
    /// The body is larger than the limit.
    TooLarge,
    /// The answer would be larger than the limit.
    AnswerTooLarge,
    /// The target is longer than the limit.
    TooLong,
    /// The body didn't come in time.
    Slow,
    /// `If-Match` or `If-None-Match` ask for what can't be.
    Condition,
    /// The body ended before its end.
    Broken,
    /// A `$batch` that can't be taken.
    Batch,
    /// The resource is there, and this method isn't.
    Method,
    /// `Accept` asks for what we don't write.
    NotAcceptable,
    /// `Content-Type` of a body that we don't read.
    ContentType,
    /// `Content-Encoding` of a body that we don't read.
    ContentCoding,
}

impl Fault {
    pub fn new(kind: FaultKind, target: impl Into<String>, message: impl Into<String>) -> Fault {
        Fault { kind, target: target.into(), message: message.into() }
    }
}
