//! MAY THEY: asks the table about every step of a request, and makes the permit. It must never say
//! who may do what by itself (that is `table.rs`), nor look at a row of data: what depends on rows
//! goes into the permit's rules, for the store to apply.

mod extensions;
mod organizations;
mod read;
mod request;
mod resources;
mod write;

pub use read::authorize_read;
pub use request::authorize_work;
pub use write::{Via, authorize_answer, authorize_write};

use crate::caller::{Caller, IdentityKind};
use crate::permission::{Permission, Permissions};
use crate::policy::{Grant, Resource, Row, Verb};
use crate::rule::{FieldRule, RowRule, Rule};
use crate::table;
use model::def::Join;
use model::surface::Surface;
use odata::schema::{Kind, TypeId};
use uuid::Uuid;

const CATALOGS: Resource = Resource::Edge("entitlementManagement", "catalogs");
const PACKAGES: Resource = Resource::Edge("entitlementManagement", "accessPackages");

/// Why a caller may not. Data only: the words are the server's, by one exhaustive match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The token carries none of these permissions (403).
    NoPermission { resource: Resource, verb: Verb, needed: Vec<Permission> },
    /// Only a signed-in user may ask this, and the token is an application's (`/me`: 400).
    DelegatedOnly { resource: Resource },
    /// Only an application may ask this, and the token is a user's (403).
    ApplicationOnly { resource: Resource },
    /// The token would do; the user holds none of these roles, or not for what is asked (403).
    NeedsRole { resource: Resource, verb: Verb, roles: Vec<Uuid> },
    /// The permission doesn't let the caller set these properties (403).
    FieldsNotAllowed { fields: Vec<&'static str> },
    /// `$filter`, `$orderby` or `$search` on a property that the permission doesn't show (403).
    PropertyHidden { property: &'static str },
    /// `$filter` or `$orderby` through a navigation of which the caller sees only a part (403).
    PathNarrowed { resource: Resource },
    /// The table has no row for this: not a request that anybody may make (403).
    NoRule,
}

/// What the caller may see at one place of a path.
#[derive(Debug, Clone)]
struct Level {
    rule: Rule,
    /// Whether what is here can only be the caller's own account, or their own part of a collection.
    at_self: bool,
}

impl Level {
    const OPEN: Level = Level { rule: Rule::ALL, at_self: false };
    /// A step on the way to what the token opens by itself: whatever is there, and nothing of it.
    const PASSAGE: Level =
        Level { rule: Rule { rows: RowRule::All, fields: FieldRule::Only(&["id"]) }, at_self: false };
}

/// A navigation as a resource of the table, with the row for `verb`, found at the type that declares
/// the navigation or at one above it.
fn resource(surface: &Surface, owner: TypeId, nav: usize, verb: Verb) -> (Resource, Option<&'static Row>) {
    let core = surface.nav(owner, nav).core;
    let mut at = Some(owner);
    while let Some(id) = at {
        let ty = surface.schema.ty(id);
        let resource =
            if ty.kind == Kind::Root { Resource::Set(core) } else { Resource::Edge(surface.type_name(id), core) };
        if let Some(row) = table::find(resource, verb) {
            return (resource, Some(row));
        }
        at = ty.base;
    }
    let ty = surface.schema.ty(owner);
    (if ty.kind == Kind::Root { Resource::Set(core) } else { Resource::Edge(surface.type_name(owner), core) }, None)
}

/// Sets stand by themselves; other navigations lead on from an entity.
fn is_set(join: Join) -> bool {
    matches!(join, Join::Set | Join::Deleted | Join::Me | Join::Mine | Join::Area { .. })
}

/// The wider of two row rules comes later in this order.
fn rank(rows: &RowRule) -> u8 {
    match rows {
        RowRule::Nothing => 0,
        RowRule::Only(_) => 1,
        RowRule::OwnedBy(_) | RowRule::Party(_) | RowRule::Approver(_) | RowRule::Decider(_) => 2,
        RowRule::Catalogs(_) => 3,
        RowRule::Any(_) => 4,
        RowRule::All => 5,
    }
}

fn breadth(fields: FieldRule) -> usize {
    match fields {
        FieldRule::All => usize::MAX,
        FieldRule::Only(names) => names.len(),
    }
}

/// The best of the grants that the caller's token carries.
///
/// Rules of rows and of fields can't be joined, so one grant is chosen: the one with the most rows,
/// and then the most fields. On the caller's own account, rows no longer matter and fields decide:
/// with User.Read and User.ReadBasic.All, others show their basic profile and I show all of mine.
///
/// # Errors
/// [`Refusal::NoPermission`] and its likes when the token carries no grant of the row. A grant
/// without a row to it is no refusal here: the answer is then [`Rule::NOTHING`].
fn choose(caller: &Caller, row: &'static Row, from: &Level, at_self: bool) -> Result<(Rule, &'static Grant), Refusal> {
    let kind = caller.identity.kind;
    let grants = row.grants(kind);
    if grants.is_empty() {
        return Err(match kind {
            IdentityKind::Application => Refusal::DelegatedOnly { resource: row.resource },
            IdentityKind::Delegated => Refusal::ApplicationOnly { resource: row.resource },
        });
    }
    let mut best: Option<(Rule, &'static Grant)> = None;
    for grant in grants {
        let elsewhere = (grant.from_self && !from.at_self) || (grant.at_self && !at_self);
        if elsewhere || !grant.carried_by(caller.identity.permissions) {
            continue;
        }
        let rule = Rule { rows: grant.duty.rows(caller), fields: grant.fields };
        let score = |rule: &Rule| {
            let (rows, fields) = (rank(&rule.rows), breadth(rule.fields));
            if at_self && rows > 0 { (1, fields) } else { (usize::from(rows), fields) }
        };
        if best.as_ref().is_none_or(|(so_far, _)| score(&rule) > score(so_far)) {
            best = Some((rule, grant));
        }
    }
    best.ok_or_else(|| Refusal::NoPermission {
        resource: row.resource,
        verb: row.verb,
        needed: {
            // Who has the first of two permissions is told the second.
            let held = caller.identity.permissions;
            let missing = |grant: &'static Grant| match held.intersects(Permissions::of(grant.any)) {
                true if !grant.also.is_empty() => grant.also,
                _ => grant.any,
            };
            let mut needed: Vec<Permission> = grants.iter().flat_map(missing).copied().collect();
            let mut seen = std::collections::HashSet::new();
            needed.retain(|permission| seen.insert(*permission));
            needed
        },
    })
}

/// The roles that would open a row to this caller.
fn roles(row: &Row) -> Vec<Uuid> {
    let mut roles: Vec<Uuid> = row.delegated.iter().flat_map(|grant| grant.duty.roles()).collect();
    let mut seen = std::collections::HashSet::new();
    roles.retain(|role| seen.insert(*role));
    roles
}
