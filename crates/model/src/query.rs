//! A planned read: the target and the shape, bound to one surface. What `plan` makes, `authorize`
//! narrows, and the store answers.

use crate::surface::Surface;
use odata::query::{Shape, Target};

/// What a caller wants to read. It grants nothing: the store takes only a permit of it.
#[derive(Debug, Clone)]
pub struct Query {
    pub surface: &'static Surface,
    pub target: Target,
    pub shape: Shape,
    pub want: Want,
    /// Rows in a page.
    pub limit: u32,
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
