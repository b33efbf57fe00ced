//! Commands about custom extensions: whom a catalog's policies may call.

use super::On;
use crate::fields::Fields;
use crate::policy::Span;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq)]
pub enum ExtensionCommand {
    Create(Box<ExtensionCreate>),
    /// All that can be said of it is said anew; its type and its secret stay.
    Replace(Box<ExtensionReplace>),
    Delete(On),
}

#[derive(Debug, Clone, PartialEq)]
pub struct ExtensionCreate {
    pub id: Uuid,
    pub catalog: Uuid,
    pub fields: Fields,
    pub terms: Terms,
    /// By which the far end knows that it is us who call.
    pub secret: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ExtensionReplace {
    pub id: Uuid,
    pub fields: Fields,
    pub terms: Terms,
}

/// What its settings say, for the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub of: ExtensionOf,
    /// Where it listens, and the setting that says so.
    pub url: String,
    pub url_path: &'static str,
    /// How long a request waits for its answer, if it waits.
    pub wait: Option<Span>,
    pub timeout: Option<i64>,
    pub retries: Option<i64>,
}

/// What an extension is told of, numbered as in `custom_extension.kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExtensionOf {
    Requests = 1,
    Assignments = 2,
}

impl ExtensionOf {
    pub fn number(self) -> i64 {
        self as i64
    }

    pub fn from_number(number: i64) -> Option<ExtensionOf> {
        [ExtensionOf::Requests, ExtensionOf::Assignments].into_iter().find(|each| each.number() == number)
    }
}
