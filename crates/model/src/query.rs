//! A planned read: the target and the shape, bound to one surface. What `plan` makes, `authorize`
//! narrows, and the store answers.

use crate::surface::Surface;
use odata::query::{Shape, Target};
use uuid::Uuid;

/// What a caller wants to read. It grants nothing: the store takes only a permit of it.
#[derive(Debug, Clone)]
pub struct Query {
    pub surface: &'static Surface,
    pub target: Target,
    pub shape: Shape,
    pub want: Want,
    /// Rows in a page.
    pub limit: u32,
    /// What a function leaves of the collection that it is called on.
    pub narrow: Option<Narrow>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// One entity by its key, or over a single-valued navigation.
    Entity,
    /// A page of a collection.
    Page,
    /// The number of entities, and nothing else.
    Count,
}

/// What a bound function means, as a condition on the rows of its collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Narrow {
    /// What is for this user: requests about them, what they hold.
    Target(Uuid),
    /// What this user asked for, for anybody, and what came of it.
    Creator(Uuid),
    /// Both.
    Party(Uuid),
    /// Requests, and their approvals, that wait for this user's decision.
    Approver(Uuid),
    /// Access packages that this user may ask for at this moment (microseconds since 1970).
    Requestable { user: Uuid, at: i64 },
    /// The rows with these ids.
    Among(Vec<Uuid>),
    /// Current assignments to `package`, or to any, of those who hold `other` too, or any package that
    /// theirs is incompatible with.
    Additional { package: Option<Uuid>, other: Option<Uuid> },
}

impl Narrow {
    /// The user whose part it is.
    pub fn user(&self) -> Option<Uuid> {
        match self {
            Narrow::Target(user) | Narrow::Creator(user) | Narrow::Party(user) | Narrow::Approver(user) => Some(*user),
            Narrow::Requestable { user, .. } => Some(*user),
            Narrow::Among(_) | Narrow::Additional { .. } => None,
        }
    }
}
