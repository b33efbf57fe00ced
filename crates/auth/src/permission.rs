//! The permissions that tokens carry (scopes and app roles), as a set.

/// A set of permissions, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(pub(crate) u128);
