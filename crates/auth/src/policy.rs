//! The vocabulary in which `table.rs` is written: what is asked for, how, and what a grant demands.
//! Never a place for a row.

use crate::caller::{Caller, IdentityKind};
use crate::permission::{Permission, Permissions};
use crate::rule::{FieldRule, RowRule};
use model::def::Op;
use uuid::Uuid;

/// What is asked for, by core names. Singletons that are only steps on the way (`Join::Through`)
/// are no resource and need nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// An entity set or singleton of the root: `users`, `me`.
    Set(&'static str),
    /// A navigation of a type: `accessPackage`, `incompatibleGroups`.
    Edge(&'static str, &'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    /// List, get, count, expand, filter through, and `/$ref`: links show no more than entities do.
    Read,
    /// POST to a collection.
    Create,
    /// POST to a collection for oneself, or for somebody whom one answers for.
    CreateOwn,
    Update,
    Delete,
    /// POST to `/$ref` of a collection.
    LinkAdd,
    /// PUT to `/$ref` of a single-valued navigation.
    LinkSet,
    LinkRemove,
    /// A bound action or function.
    Act(Op),
}

/// Who, by office, may use a delegated permission, and on which rows. Applications have no offices:
/// for them only `everyone` and `owner` count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duty {
    pub name: &'static str,
    /// No office is needed.
    pub everyone: bool,
    /// Directory roles that reach everything.
    pub directory: &'static [Uuid],
    /// Entitlement roles that reach the catalogs they are held in.
    pub entitlement: &'static [Uuid],
    /// What the caller owns.
    pub owner: bool,
    /// The caller's own account.
    pub own: bool,
    /// Requests and assignments that the caller has a part in.
    pub party: bool,
    /// Approvals that wait for the caller.
    pub approver: bool,
    /// Stages of approvals in which the user is an approver.
    pub decider: bool,
}

impl Duty {
    pub const fn new(name: &'static str) -> Duty {
        Duty {
            name,
            everyone: false,
            directory: &[],
            entitlement: &[],
            owner: false,
            own: false,
            party: false,
            approver: false,
            decider: false,
        }
    }

    /// The same duty under another name, to be widened.
    pub const fn named(mut self, name: &'static str) -> Duty {
        self.name = name;
        self
    }

    pub const fn everyone(mut self) -> Duty {
        self.everyone = true;
        self
    }

    pub const fn directory(mut self, roles: &'static [Uuid]) -> Duty {
        self.directory = roles;
        self
    }

    pub const fn entitlement(mut self, roles: &'static [Uuid]) -> Duty {
        self.entitlement = roles;
        self
    }

    pub const fn owner(mut self) -> Duty {
        self.owner = true;
        self
    }

    pub const fn own(mut self) -> Duty {
        self.own = true;
        self
    }

    pub const fn party(mut self) -> Duty {
        self.party = true;
        self
    }

    pub const fn approver(mut self) -> Duty {
        self.approver = true;
        self
    }

    pub const fn decider(mut self) -> Duty {
        self.decider = true;
        self
    }

    /// The rows that this caller reaches by this duty.
    pub fn rows(&self, caller: &Caller) -> RowRule {
        let me = caller.identity.principal;
        let mut ways = vec![self.office(caller)];
        if caller.identity.kind == IdentityKind::Delegated {
            ways.extend(self.party.then_some(RowRule::Party(me)));
            ways.extend(self.approver.then_some(RowRule::Approver(me)));
            ways.extend(self.decider.then_some(RowRule::Decider(me)));
        }
        if ways.contains(&RowRule::All) {
            return RowRule::All;
        }
        ways.retain(|way| *way != RowRule::Nothing);
        match ways.len() {
            0 => RowRule::Nothing,
            1 => ways.remove(0),
            _ => RowRule::Any(ways),
        }
    }

    /// The rows that an office, or ownership, gives.
    fn office(&self, caller: &Caller) -> RowRule {
        let me = caller.identity.principal;
        let user = caller.identity.kind == IdentityKind::Delegated;
        if self.everyone || (user && caller.directory_roles.iter().any(|role| self.directory.contains(role))) {
            return RowRule::All;
        }
        if user {
            let held = || caller.entitlement_roles.iter().filter(|(role, _)| self.entitlement.contains(role));
            if held().any(|(_, catalog)| catalog.is_none()) {
                return RowRule::All;
            }
            let mut catalogs: Vec<Uuid> = held().filter_map(|(_, catalog)| *catalog).collect();
            if !catalogs.is_empty() {
                catalogs.sort_unstable();
                catalogs.dedup();
                return RowRule::Catalogs(catalogs);
            }
        }
        match (self.owner, self.own && user) {
            (true, _) => RowRule::OwnedBy(me),
            (false, true) => RowRule::Only(me),
            (false, false) => RowRule::Nothing,
        }
    }

    /// The roles that would help.
    pub fn roles(&self) -> Vec<Uuid> {
        self.directory.iter().chain(self.entitlement).copied().collect()
    }
}

/// One way to be allowed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The token must carry one of these,
    pub any: &'static [Permission],
    /// and, unless this is empty, one of these.
    pub also: &'static [Permission],
    pub duty: &'static Duty,
    /// Reading: what comes out. Writing: what may be set.
    pub fields: FieldRule,
    /// Only on the way from what is the caller's own: the account (`/me/manager`), or what a function
    /// gives of the caller's part.
    pub from_self: bool,
    /// Only where the path names the caller's own account, which no list does.
    pub at_self: bool,
    /// Also where the token can't read the source itself: whoever knows its id may ask.
    pub past_source: bool,
}

impl Grant {
    pub const fn fields(mut self, fields: &'static [&'static str]) -> Grant {
        self.fields = FieldRule::Only(fields);
        self
    }

    pub const fn also(mut self, permissions: &'static [Permission]) -> Grant {
        self.also = permissions;
        self
    }

    pub const fn from_self(mut self) -> Grant {
        self.from_self = true;
        self
    }

    pub const fn at_self(mut self) -> Grant {
        self.at_self = true;
        self
    }

    pub const fn past_source(mut self) -> Grant {
        self.past_source = true;
        self
    }

    /// Whether a token with these permissions carries what the grant asks for.
    pub fn carried_by(&self, held: Permissions) -> bool {
        held.intersects(Permissions::of(self.any))
            && (self.also.is_empty() || held.intersects(Permissions::of(self.also)))
    }
}

/// Any of these permissions, used by whom the duty says.
pub const fn grant(any: &'static [Permission], duty: &'static Duty) -> Grant {
    Grant { any, also: &[], duty, fields: FieldRule::All, from_self: false, at_self: false, past_source: false }
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub resource: Resource,
    pub verb: Verb,
    /// Empty: users' tokens are refused.
    pub delegated: &'static [Grant],
    /// Empty: applications' tokens are refused.
    pub application: &'static [Grant],
    /// The target lies in its source's catalog, so whoever sees the source sees it too, and a
    /// `$filter` through it tells nothing new.
    pub within: bool,
}

impl Row {
    pub fn grants(&self, kind: IdentityKind) -> &'static [Grant] {
        match kind {
            IdentityKind::Delegated => self.delegated,
            IdentityKind::Application => self.application,
        }
    }

    pub const fn within(mut self) -> Row {
        self.within = true;
        self
    }
}

pub const fn row(resource: Resource, verb: Verb, delegated: &'static [Grant], application: &'static [Grant]) -> Row {
    Row { resource, verb, delegated, application, within: false }
}
