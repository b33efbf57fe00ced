//! A planned read: the target and the shape, bound to one surface. What `plan` makes, `authorize`
//! narrows, and the store answers.

use crate::def::Join;
use crate::surface::Surface;
use odata::query::{Shape, Step, Target};
use std::sync::Arc;
use uuid::Uuid;

/// What a caller wants to read. It grants nothing: the store takes only a permit of it.
#[derive(Debug, Clone)]
pub struct Query {
    pub surface: &'static Surface,
    pub target: Target,
    /// Shared by all requests that mean the same but for the ids in their paths.
    pub shape: Arc<Shape>,
    pub want: Want,
    /// Rows in a page.
    pub limit: u32,
    /// What a function leaves of the collection that it is called on.
    pub narrow: Option<Narrow>,
}

impl Query {
    /// The set of [`Join::Mine`], worked out for whoever asks, that the path goes through.
    pub fn worked_out(&self) -> Option<&'static str> {
        self.target.steps.iter().find_map(|step| match step {
            Step::Navigate { owner, nav } => {
                let navigation = self.surface.nav(*owner, *nav);
                (navigation.join == Join::Mine).then_some(navigation.core)
            }
            Step::Key(_) | Step::Cast(_) => None,
        })
    }
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
    /// Access packages that are suggested to this user, because related people hold them, because of what
    /// they held themselves, or both.
    Suggested { user: Uuid, at: i64, related: bool, history: bool },
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
            Narrow::Requestable { user, .. } | Narrow::Suggested { user, .. } => Some(*user),
            Narrow::Among(_) | Narrow::Additional { .. } => None,
        }
    }
}
