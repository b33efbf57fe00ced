//! DELIVERY: what an assignment gives and takes. What Doorward gave it takes away; what was there
//! before stays; what another current assignment gives as well stays too (semantics.md, "Delivery").

use super::case::{Case, GivenRole, Grip, Person, Role};
use super::command::Work;
use super::request::target_kind;
use super::state::AssignmentState;
use crate::Instant;
use crate::command::{Kind, Relation};
use crate::directory::link::activity;
use crate::directory::{self, category};
use crate::fields::{Fields, Value};
use crate::outcome::{Audit, Change, Operation};
use crate::record::audit;
use uuid::Uuid;

/// Statuses of what an assignment gave.
const FULFILLED: &str = "Fulfilled";
const FAILED: &str = "Failed";

/// New ids of roles are counted from here, behind those of other things.
const ROLES: u128 = 16;

#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    pub state: AssignmentState,
    pub changes: Vec<Change>,
    pub audits: Vec<Audit>,
}

/// Brings what the target has in line with what the package brings: gives what is missing, takes
/// what the package no longer brings, and says how far it got. Asked again, it changes nothing.
pub fn enforce(work: &Work, case: &Case, assignment: Uuid, now: Instant) -> Delivery {
    let mut delivery = Delivery { state: AssignmentState::Delivered, changes: Vec::new(), audits: Vec::new() };
    let Some(target) = &case.target else {
        delivery.state = AssignmentState::DeliveryFailed;
        return delivery;
    };
    let (mut granted, mut failed) = (0, 0);
    for (number, role) in (ROLES..).zip(&case.roles) {
        let known = case.given.iter().find(|given| given.role_scope == role.id);
        match give(&mut delivery, case, target, assignment, role, known, work.id(number), now) {
            true => granted += 1,
            false => failed += 1,
        }
    }
    for given in &case.given {
        if !case.roles.iter().any(|role| role.id == given.role_scope) {
            // The package may bring the same by another role scope now.
            let still = case.roles.iter().any(|role| role.grip == given.grip);
            take(&mut delivery, target, given, still);
        }
    }
    delivery.state = match (granted, failed) {
        (_, 0) => AssignmentState::Delivered,
        (0, _) => AssignmentState::DeliveryFailed,
        _ => AssignmentState::PartiallyDelivered,
    };
    delivery
}

/// Takes everything that the assignment gave.
pub fn revoke(case: &Case) -> Delivery {
    let mut delivery = Delivery { state: AssignmentState::Expired, changes: Vec::new(), audits: Vec::new() };
    if let Some(target) = &case.target {
        for given in &case.given {
            take(&mut delivery, target, given, false);
        }
    }
    delivery
}

#[expect(clippy::too_many_arguments, reason = "one call; a struct for it would only rename them")]
fn give(
    delivery: &mut Delivery,
    case: &Case,
    target: &Person,
    assignment: Uuid,
    role: &Role,
    known: Option<&GivenRole>,
    new: Uuid,
    now: Instant,
) -> bool {
    let problem = match role.grip {
        Grip::None(why) => Some(why),
        _ => None,
    };
    let made = problem.is_none() && !role.held && grant(delivery, target, &role.grip, new, now);
    let fine = problem.is_none();
    if known.is_some_and(|known| known.is_granted == fine) && !made {
        return fine;
    }
    let mut fields = Fields(vec![
        ("status", Value::from(if fine { FULFILLED } else { FAILED })),
        ("isGranted", Value::Bool(fine)),
        ("reason", problem.map_or(Value::Null, Value::from)),
        ("grantedAt", if fine { Value::Time(now) } else { Value::Null }),
    ]);
    if let Some(known) = known {
        delivery.changes.push(Change::Update { kind: Kind::AssignmentRole, id: known.id, fields });
        return fine;
    }
    let catalog = case.package.as_ref().map_or(Uuid::nil(), |package| package.catalog);
    for (name, value) in [
        ("assignmentId", Value::Guid(assignment)),
        ("catalogId", Value::Guid(catalog)),
        (
            "subjectId",
            case.request
                .as_ref()
                .map_or(target.subject, |request| Some(request.target))
                .map_or(Value::Null, Value::Guid),
        ),
        ("objectId", Value::Guid(target.object)),
        ("roleScopeId", Value::Text(role.id.clone())),
        ("roleId", Value::Guid(role.role)),
        ("scopeId", Value::Guid(role.scope)),
        ("resourceOrigin", Value::Text(role.resource_origin.clone())),
        ("originId", Value::Text(role.origin_id.clone())),
        ("originSystem", Value::Text(role.origin_system.clone())),
    ] {
        fields.set(name, value);
    }
    delivery.changes.push(Change::Insert { kind: Kind::AssignmentRole, id: new, fields });
    fine
}

/// Gives a role in the directory; says whether there was something to give.
fn grant(delivery: &mut Delivery, target: &Person, grip: &Grip, new: Uuid, now: Instant) -> bool {
    let (change, row) = match grip {
        Grip::Member(group) => given(Relation::Member, *group, target, now),
        Grip::Owner(group) => given(Relation::Owner, *group, target, now),
        Grip::AppRole { application, role } => (
            Change::AppRole {
                id: new,
                principal: target.object,
                resource: *application,
                role: *role,
                at: now,
                given: true,
            },
            app_role(Operation::Assign, *role, *application, target),
        ),
        Grip::Record | Grip::None(_) => return false,
    };
    delivery.changes.push(change);
    delivery.audits.push(row);
    true
}

/// Takes a role away, unless it isn't ours or something else gives it too. The record goes.
fn take(delivery: &mut Delivery, target: &Person, given: &GivenRole, still: bool) {
    if given.held && given.ours && !given.elsewhere && !still {
        let taken = match &given.grip {
            Grip::Member(group) => Some(link(Relation::Member, (*group, ""), target, None)),
            Grip::Owner(group) => Some(link(Relation::Owner, (*group, ""), target, None)),
            Grip::AppRole { application, role } => Some((
                Change::AppRoleRemove { principal: target.object, resource: *application, role: *role },
                app_role(Operation::Unassign, *role, *application, target),
            )),
            Grip::Record | Grip::None(_) => None,
        };
        if let Some((change, row)) = taken {
            delivery.changes.push(change);
            delivery.audits.push(row);
        }
    }
    delivery.changes.push(Change::Delete { kind: Kind::AssignmentRole, id: given.id });
}

/// Makes somebody a member or an owner of a group at `at`, or no longer one, with the row of the log.
pub(super) fn link(relation: Relation, group: (Uuid, &str), target: &Person, at: Option<Instant>) -> (Change, Audit) {
    let (from, to) = (group.0, target.object);
    match at {
        Some(at) => (Change::Link { relation, from, to, at }, linked(relation, group, target, Operation::Assign)),
        None => (Change::Unlink { relation, from, to }, linked(relation, group, target, Operation::Unassign)),
    }
}

/// The same on behalf of an assignment, which takes it away again when it ends.
fn given(relation: Relation, group: Uuid, target: &Person, at: Instant) -> (Change, Audit) {
    let change = Change::Give { relation, from: group, to: target.object, at };
    (change, linked(relation, (group, ""), target, Operation::Assign))
}

fn linked(relation: Relation, (group, name): (Uuid, &str), target: &Person, operation: Operation) -> Audit {
    let activity = activity(Kind::Group, relation, operation == Operation::Assign);
    let row = audit(activity, category(Kind::Group), operation).on(Kind::Group, group, name);
    row.with(target_kind(target), target.object, &target.name)
}

fn app_role(operation: Operation, role: Uuid, application: Uuid, target: &Person) -> Audit {
    directory::app_role::row(operation, role, (application, ""), (target_kind(target), target.object, &target.name))
}
