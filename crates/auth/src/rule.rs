//! What a permit narrows a read or a write to, as data that the store turns into SQL.

use domain::command::RoleArea;
use uuid::Uuid;

/// Which rows of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowRule {
    All,
    Nothing,
    /// Rows of these catalogs: the catalogs themselves, their packages, and so on down.
    Catalogs(Vec<Uuid>),
    /// The one row with this id (a user and her own account).
    Only(Uuid),
    /// Rows that this principal owns (applications, service principals, groups).
    OwnedBy(Uuid),
    /// Requests that this user sent or that are for them, and assignments that are theirs.
    Party(Uuid),
    /// Approvals in which this user may decide, or has decided; assignments that came of their yes.
    Approver(Uuid),
    /// Stages in which this user is an approver, whatever they are in the others of the approval.
    Decider(Uuid),
    /// Rows that one of these lets through.
    Any(Vec<RowRule>),
}

/// Which properties of a type, by core name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldRule {
    All,
    /// No others come out; those that are asked for and not listed are written as null.
    Only(&'static [&'static str]),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub rows: RowRule,
    pub fields: FieldRule,
}

impl Rule {
    pub const ALL: Rule = Rule { rows: RowRule::All, fields: FieldRule::All };
    pub const NOTHING: Rule = Rule { rows: RowRule::Nothing, fields: FieldRule::All };
}

/// The rules of one read, level by level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRules {
    /// One for each step of the target's path, in order.
    pub steps: Vec<Rule>,
    /// One for each [`odata::query::Shape`], under its number; 0 is the target itself.
    pub shapes: Vec<Rule>,
}

/// The rules of one write: what the caller sees, and what of that the caller may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteRules {
    /// An entity outside is "not there".
    pub see: RowRule,
    /// An entity that is seen and outside is "no right".
    pub change: RowRule,
    /// The same two for the second entity of a link.
    pub see_other: RowRule,
    pub change_other: RowRule,
    /// A role assignment outside this role system is "not there": the permissions of one system
    /// must not reach the other's assignments, which share a table.
    pub area: Option<RoleArea>,
    /// Whether the caller may change what can hold directory roles. Without it these are seen and
    /// can't be changed: role-assignable groups, with their members and owners; and the password,
    /// the state and the presence of users that hold a directory role, the caller apart.
    pub privileged: bool,
}
