//! ASSIGNMENTS change and end: by a request, by the clock, or because their package changed.

use super::callout::{self, Occasion};
use super::case::{Case, Request};
use super::command::Work;
use super::delivery::{self, Delivery};
use super::external;
use super::mail::{self, Letter};
use super::notice;
use super::request::{about, ended, log, result, superseded, wrong_state};
use super::state::{AssignmentState, RequestState, RequestType, status};
use crate::Instant;
use crate::checks::changeable;
use crate::command::{Kind, On};
use crate::denial::Denial;
use crate::facts::Facts;
use crate::fields::{Fields, Value};
use crate::outcome::{Change, Operation, Outcome, Task};
use crate::policy::CalloutStage;
use uuid::Uuid;

/// Asks for [`Task::Enforce`]: what was taken away by hand comes back.
///
/// # Errors
/// [`Denial::WrongState`] for an assignment that isn't delivered.
pub fn reprocess(on: On, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    changeable(facts, Kind::Assignment, on.id)?;
    let held = facts.case.assignment.as_ref().ok_or(Denial::NotFound { kind: Kind::Assignment, id: on.id })?;
    if held.state != AssignmentState::Delivered {
        return Err(wrong_state(Kind::Assignment, on.id, held.state.name(), "delivered"));
    }
    let row = log(&facts.case, "Reprocess access package assignment", Operation::Update, (Kind::Assignment, on.id));
    Ok(Outcome::new(vec![Change::Task { task: Task::Enforce, subject: on.id, due: now }], row))
}

/// Brings an assignment in line with its package.
pub fn enforce(work: &Work, case: &Case, now: Instant) -> Outcome {
    let done = Change::TaskDone { task: Task::Enforce, subject: work.subject };
    let Some(held) = case.assignment.as_ref().filter(|held| held.state.is_current()) else {
        return Outcome::silent(vec![done]);
    };
    let mut delivery = delivery::enforce(work, case, held.id, now);
    // It stands, even when nothing of it can be given just now.
    if delivery.state == AssignmentState::DeliveryFailed {
        delivery.state = AssignmentState::PartiallyDelivered;
    }
    let mut changes = vec![done];
    if delivery.state != held.state {
        let fields = Fields(vec![
            ("state", Value::Int(delivery.state.number())),
            ("status", Value::from(result(delivery.state).1)),
        ]);
        changes.push(Change::Update { kind: Kind::Assignment, id: held.id, fields });
    }
    let silent = delivery.changes.is_empty();
    changes.extend(delivery.changes);
    if silent {
        return Outcome::silent(changes);
    }
    let row = log(case, "Update access package assignment resources", Operation::Update, (Kind::Assignment, held.id));
    let row = row.moved(held.state.name(), delivery.state.name());
    Outcome { more: delivery.audits, ..Outcome::new(changes, row) }
}

/// Ends an assignment whose time is over, and leaves a request of the system as the trace of it.
pub fn expire(work: &Work, case: &Case, now: Instant) -> Outcome {
    let done = Change::TaskDone { task: Task::Expire, subject: work.subject };
    let Some((held, package)) =
        case.assignment.as_ref().filter(|held| held.state.is_current()).zip(case.package.as_ref())
    else {
        return Outcome::silent(vec![done]);
    };
    let gone = case.target.as_ref().is_none_or(|target| target.is_deleted);
    if let Some(until) = held.ends_at.filter(|until| *until > now && !gone) {
        // It has been extended meanwhile.
        return Outcome::silent(vec![Change::Task { task: Task::Expire, subject: held.id, due: until }]);
    }
    if held.ends_at.is_none() && !gone {
        return Outcome::silent(vec![done]);
    }
    let Delivery { changes: taken, audits, .. } = delivery::revoke(case);
    let mut changes = vec![done];
    changes.extend(taken);
    changes.push(over(held.id, now));
    changes.push(Change::TaskDone { task: Task::Notice, subject: held.id });
    changes.extend(mail::to_holder(case, Letter::Ended, Some(held.policy), held.ends_at, now));
    let fields = Fields(vec![
        ("requestType", Value::Int(RequestType::SystemRemove.number())),
        ("state", Value::Int(RequestState::Delivered.number())),
        ("status", Value::from(status::DELIVERED)),
        ("packageId", Value::Guid(package.id)),
        ("catalogId", Value::Guid(package.catalog)),
        ("policyId", Value::Guid(held.policy)),
        ("assignmentId", Value::Guid(held.id)),
        ("targetId", Value::Guid(held.target)),
        ("requestorId", Value::Guid(held.target)),
        ("createdDateTime", Value::Time(now)),
        ("completedDateTime", Value::Time(now)),
        ("isOpen", Value::Bool(false)),
        ("isValidationOnly", Value::Bool(false)),
    ]);
    changes.push(Change::Insert { kind: Kind::Request, id: work.id(0), fields });
    let row = log(case, "Remove access package assignment", Operation::Unassign, (Kind::Assignment, held.id));
    let row = row.moved(held.state.name(), AssignmentState::Expired.name());
    let mut outcome = Outcome { more: audits, ..Outcome::new(changes, row) };
    // What would have prolonged it ends with it; what somebody asked for who has gone is denied.
    if !gone {
        outcome.extend(superseded(case, now));
    }
    outcome.extend(external::let_go(case, now));
    let occasion = Occasion {
        stage: CalloutStage::Removed,
        policy: Some(held.policy),
        request: Some((work.id(0), RequestType::SystemRemove, RequestState::Delivered)),
        assignment: Some(held.id),
    };
    outcome.changes.extend(callout::call(work, case, &occasion, now));
    outcome
}

/// Ends the assignment that a request asks to end.
pub(super) fn remove(work: &Work, case: &Case, request: &Request, now: Instant) -> Outcome {
    let mut changes = ended(request.id, RequestState::Delivered, status::DELIVERED, now);
    let Some(held) = case.assignment.as_ref().filter(|held| held.state.is_current()) else {
        return Outcome::silent(changes);
    };
    let Delivery { changes: taken, audits, .. } = delivery::revoke(case);
    changes.extend(taken);
    changes.push(over(held.id, now));
    changes.push(Change::TaskDone { task: Task::Expire, subject: held.id });
    changes.push(Change::TaskDone { task: Task::Notice, subject: held.id });
    changes.push(Change::TaskDone { task: Task::Enforce, subject: held.id });
    let row = about(case, "Remove access package assignment", Operation::Unassign, request);
    let mut row = row.moved(held.state.name(), AssignmentState::Expired.name());
    row.after.set("assignmentId", Value::Guid(held.id));
    let mut outcome = Outcome { more: audits, ..Outcome::new(changes, row) };
    outcome.extend(external::let_go(case, now));
    let occasion = Occasion {
        policy: Some(held.policy),
        assignment: Some(held.id),
        ..Occasion::of(CalloutStage::Removed, request, RequestState::Delivered)
    };
    outcome.changes.extend(callout::call(work, case, &occasion, now));
    outcome
}

/// Gives an assignment the schedule and the policy that an update asks for.
pub(super) fn update(case: &Case, request: &Request, now: Instant) -> Outcome {
    let Some(held) = case.assignment.as_ref().filter(|held| held.state.is_current()) else {
        return Outcome::silent(ended(request.id, RequestState::DeliveryFailed, status::DELIVERY_FAILED, now));
    };
    let mut fields = Fields(vec![
        ("startsAt", request.starts_at.or(held.starts_at).map_or(Value::Null, Value::Time)),
        ("endsAt", request.ends_at.map_or(Value::Null, Value::Time)),
        ("isExtended", Value::Bool(true)),
        ("checkedAt", Value::Time(now)),
        // It may have been near its end.
        ("status", Value::from(result(held.state).1)),
    ]);
    if let Some(policy) = request.policy {
        fields.set("policyId", Value::Guid(policy));
    }
    let mut changes = ended(request.id, RequestState::Delivered, status::DELIVERED, now);
    changes.push(Change::Update { kind: Kind::Assignment, id: held.id, fields });
    changes.push(match request.ends_at {
        Some(until) => Change::Task { task: Task::Expire, subject: held.id, due: until },
        None => Change::TaskDone { task: Task::Expire, subject: held.id },
    });
    let notice = request.ends_at.and_then(|until| notice::task(held.id, until, now));
    changes.push(notice.unwrap_or(Change::TaskDone { task: Task::Notice, subject: held.id }));
    // A grace was of the rule that gave it.
    if request.policy.is_some_and(|policy| policy != held.policy) {
        changes.push(Change::TaskDone { task: Task::Leave, subject: held.id });
    }
    let mut row = about(case, "Extend access package assignment", Operation::Update, request);
    row.before.set("endsAt", held.ends_at.map_or(Value::Null, Value::Time));
    row.after.set("endsAt", request.ends_at.map_or(Value::Null, Value::Time));
    Outcome::new(changes, row)
}

fn over(id: Uuid, now: Instant) -> Change {
    let fields = Fields(vec![
        ("state", Value::Int(AssignmentState::Expired.number())),
        ("status", Value::from(status::EXPIRED_NOTIFIED)),
        ("isCurrent", Value::Bool(false)),
        ("expiredDateTime", Value::Time(now)),
    ]);
    Change::Update { kind: Kind::Assignment, id, fields }
}
