//! What rules of requests, approvals and assignments must know of one case: the package and who may
//! have it, the person it is for, what that person holds already, and how far the request has got.
//! Data only; what follows from it is said in the files beside this one.

use super::callout::Callouts;
use super::external::External;
use super::schedule::Window;
use super::state::{AssignmentState, RequestState, RequestType, StageStatus};
use crate::Instant;
use crate::membership_rule::{self, Attribute, Property};
use crate::policy::{ApprovalSettings, Policy};
use uuid::Uuid;

/// What a command needs a case for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseNeed {
    /// Somebody asks: for a package, or about an assignment.
    New {
        package: Option<Uuid>,
        assignment: Option<Uuid>,
        target: Option<Uuid>,
        /// The target's subject, where no directory object is named.
        subject: Option<Uuid>,
        requestor: Option<Uuid>,
        /// Whether the requestor asks as one who has approved the assignment.
        approver: bool,
        /// The target's address, which may be all that is known.
        email: Option<String>,
    },
    Request(Uuid),
    /// A request, and the user who decides about it.
    Decision {
        request: Uuid,
        by: Uuid,
    },
    Assignment(Uuid),
    /// The request or the assignment that a callout is about.
    Callout(Uuid),
    /// Somebody, and what they hold.
    Subject(Uuid),
    /// Everything that membership rules may give to this directory object.
    Person(Uuid),
}

/// What membership rules may give a person, or take.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    /// Dynamic groups whose rule is in force, and whether the person is a member.
    pub groups: Vec<DynamicGroup>,
    /// One for each policy that assigns by itself: its package, the policy, and what the person has.
    pub cases: Vec<Case>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct DynamicGroup {
    pub id: Uuid,
    pub name: String,
    pub rule: String,
    pub is_member: bool,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Case {
    pub package: Option<Package>,
    /// The package's policies.
    pub policies: Vec<Policy>,
    pub target: Option<Person>,
    pub requestor: Option<Person>,
    pub request: Option<Request>,
    /// The assignment that the request or the task is about; for a new request for a package the
    /// one that the target has of it.
    pub assignment: Option<Assignment>,
    /// Whether the requestor is an approver who let the target have the assignment, or keep it longer.
    pub approved: bool,
    /// The name of whoever decides.
    pub decider: Option<String>,
    /// In order.
    pub stages: Vec<StageState>,
    /// What the policy asked for when the approval began; a change since then doesn't move it.
    pub approval: Option<ApprovalSettings>,
    /// The same as a document, by policy: kept with each approval that begins.
    pub approval_documents: Vec<(Uuid, String)>,
    /// What the target holds or has asked for, of any package.
    pub holdings: Vec<Holding>,
    /// The packages and groups that this package is incompatible with.
    pub incompatible_packages: Vec<Named>,
    pub incompatible_groups: Vec<Named>,
    /// What the package brings, and how each part of it stands with the target.
    pub roles: Vec<Role>,
    /// What the assignment has given so far.
    pub given: Vec<GivenRole>,
    /// Those among the people and groups that policies name as approvers who are there.
    pub alive: Vec<Uuid>,
    /// Those who answer for the target's connected organization, inside and outside of the tenant.
    pub internal_sponsors: Vec<Uuid>,
    pub external_sponsors: Vec<Uuid>,
    /// An open request of the target for the package, other than the case's own.
    pub open: Option<Open>,
    /// What the target holds of the package by another request, where that of this one gave nothing or
    /// has ended.
    pub stands: Option<Uuid>,
    /// How it stands with a target from outside.
    pub external: Option<External>,
    /// The user who has the address that a request names.
    pub addressee: Option<Uuid>,
    /// Where somebody comes from whose address nobody here has.
    pub home: Option<Home>,
    /// Extensions that policies call, and how it stands with their calls.
    pub callouts: Callouts,
    /// Whom letters may go to; nothing where no mail is sent.
    pub mailbook: Option<Mailbook>,
}

/// The organization whose domain an address is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home {
    pub organization: Uuid,
    pub configured: bool,
}

/// Addresses of those whom a case may concern.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mailbook {
    pub entries: Vec<Mailbox>,
    /// What the requestor said.
    pub justification: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Mailbox {
    /// The user, or the group whose member it is.
    pub of: Uuid,
    pub person: Uuid,
    pub name: String,
    pub address: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    pub id: Uuid,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Package {
    pub id: Uuid,
    pub catalog: Uuid,
    pub name: String,
    pub published: bool,
    /// People from outside may ask for it.
    pub external: bool,
}

/// A user or a service principal, as far as rules look at them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Person {
    /// Their subject, if they have one already.
    pub subject: Option<Uuid>,
    pub object: Uuid,
    pub name: String,
    /// A user, or else a service principal.
    pub is_user: bool,
    /// A member of the tenant, not a guest.
    pub is_member: bool,
    pub is_enabled: bool,
    /// Gone to the deleted ones.
    pub is_deleted: bool,
    /// The organization that somebody from outside comes from.
    pub organization: Option<Uuid>,
    /// Whether that is configured, not merely proposed.
    pub of_configured: bool,
    /// From each group or person to the group that it is directly in, upwards from this person.
    pub memberships: Vec<(Uuid, Uuid)>,
    /// The manager, the manager's manager, and so on.
    pub managers: Vec<Uuid>,
    pub sponsors: Vec<Uuid>,
    /// What membership rules may ask of them, by the rule's name of the property.
    pub attributes: Vec<(&'static str, Attribute<'static>)>,
}

impl Person {
    /// Whether the person is in a group, directly or through others.
    pub fn is_in(&self, group: Uuid) -> bool {
        self.memberships.iter().any(|(_, into)| *into == group)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub id: Uuid,
    pub request_type: RequestType,
    pub state: RequestState,
    pub status: String,
    pub policy: Option<Uuid>,
    pub assignment: Option<Uuid>,
    /// Subjects.
    pub target: Uuid,
    pub requestor: Uuid,
    /// The user or client who sent it.
    pub created_by: Option<Uuid>,
    pub starts_at: Option<Instant>,
    pub ends_at: Option<Instant>,
    pub created_at: Instant,
    pub completed_at: Option<Instant>,
}

impl Request {
    /// When the access would begin and end, if it were given now.
    pub fn window(&self, now: Instant) -> Window {
        Window { from: self.starts_at.unwrap_or(now), until: self.ends_at }
    }

    /// What can't stand in its way: itself, or the assignment that it updates.
    pub fn own(&self) -> Option<Uuid> {
        if self.request_type.updates() { self.assignment } else { Some(self.id) }
    }
}

/// A request that isn't at its end yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    pub id: Uuid,
    pub request_type: RequestType,
    /// The callout whose answer it waits for.
    pub callout: Option<Uuid>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    pub id: Uuid,
    pub package: Uuid,
    pub policy: Uuid,
    /// A subject.
    pub target: Uuid,
    pub state: AssignmentState,
    pub starts_at: Option<Instant>,
    pub ends_at: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct StageState {
    pub id: Uuid,
    pub position: i64,
    pub status: StageStatus,
    pub opened_at: Option<Instant>,
    /// Those who may decide in it: users and groups.
    pub approvers: Vec<Uuid>,
}

/// A package that the target holds, or has an open request for.
#[derive(Debug, Clone, PartialEq)]
pub struct Holding {
    pub package: Uuid,
    /// The assignment, or the request.
    pub by: Uuid,
    pub is_assignment: bool,
    pub from: Option<Instant>,
    pub until: Option<Instant>,
}

/// A role that the package brings, and how it stands with the target now.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// `{role}_{scope}`
    pub id: String,
    pub role: Uuid,
    pub scope: Uuid,
    pub origin_system: String,
    pub origin_id: String,
    /// The group, the application or the site that the role is one of.
    pub resource_origin: String,
    pub grip: Grip,
    /// Whether the target has it in the directory.
    pub held: bool,
}

/// How a role is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grip {
    Member(Uuid),
    Owner(Uuid),
    AppRole {
        application: Uuid,
        role: Uuid,
    },
    /// Outside of the directory: there is nothing to do but to keep the record.
    Record,
    /// It can't be given, and why.
    None(&'static str),
}

/// A role that the assignment has given, or tried to.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenRole {
    pub id: Uuid,
    pub role_scope: String,
    pub grip: Grip,
    pub is_granted: bool,
    /// Whether another current assignment of the target gives the same.
    pub elsewhere: bool,
    /// Whether the target has it in the directory.
    pub held: bool,
    /// Whether what the target has there was made by Doorward. The directory says so, not the
    /// assignment: it may have been taken and given again by hand since.
    pub ours: bool,
}

impl membership_rule::Person for Person {
    fn value(&self, property: &Property) -> Attribute<'_> {
        let found = self.attributes.iter().find(|(name, _)| *name == property.name);
        found.map_or(Attribute::None, |(_, value)| value.clone())
    }

    fn is_member_of(&self, group: Uuid) -> bool {
        self.memberships.contains(&(self.object, group))
    }

    fn manager(&self) -> Option<Uuid> {
        self.managers.first().copied()
    }
}
