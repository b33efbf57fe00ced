//! A REQUEST GOES ON: from submitted to its approval, its start, and its delivery. One step of the
//! worker takes it as far as it gets; whatever it waits for leaves a task behind.

use super::callout::{self, Gate, Occasion};
use super::case::{Case, Request};
use super::command::Work;
use super::mail::{self, Letter};
use super::request::{about, ended, result, wrong_state};
use super::schedule::Window;
use super::state::{AssignmentState, RequestState, status};
use super::{approval, assignment, delivery, external, notice};
use crate::Instant;
use crate::command::Kind;
use crate::denial::Denial;
use crate::fields::{Fields, Value};
use crate::outcome::{Change, Operation, Outcome, Task};
use crate::policy::{CalloutStage, Policy};
use crate::separation;
use uuid::Uuid;

/// Takes a request one step further.
pub fn advance(work: &Work, case: &Case, now: Instant) -> Outcome {
    let done = Change::TaskDone { task: Task::Advance, subject: work.subject };
    let Some(request) = &case.request else {
        return Outcome::silent(vec![done]);
    };
    let mut outcome = match request.state {
        RequestState::Submitted if request.request_type.removes() => assignment::remove(work, case, request, now),
        // Nobody needs to answer, to decide or to wait any more: whom it is for has gone.
        state if state.is_open() && is_gone(case) => refuse_gone(case, request, now),
        RequestState::Submitted => submitted(work, case, request, now),
        RequestState::Scheduled | RequestState::Delivering => approved(work, case, request, now),
        _ => Outcome::silent(Vec::new()),
    };
    // The task goes before its successor comes: they are one row.
    outcome.changes.insert(0, done);
    outcome
}

/// An extension hears of the request first; then it is approved, or needs no approval.
fn submitted(work: &Work, case: &Case, request: &Request, now: Instant) -> Outcome {
    let called = match callout::gate(work, case, request, CalloutStage::Created, now) {
        Gate::Shut(changes) => return Outcome::silent(changes),
        Gate::Open(called) => called,
    };
    let mut outcome = match approval_policy(case, request) {
        Some(policy) => approval::begin(work, case, request, policy, now),
        None => approved(work, case, request, now),
    };
    outcome.changes.splice(0..0, called);
    outcome
}

/// Whom the request is for has gone.
fn is_gone(case: &Case) -> bool {
    case.target.as_ref().is_none_or(|target| target.is_deleted)
}

fn refuse_gone(case: &Case, request: &Request, now: Instant) -> Outcome {
    let gone = Denial::ReferenceNotFound { target: "targetId", kind: Kind::User, id: request.target };
    let mut outcome = refuse(case, request, RequestState::Denied, status::DENIED, &gone, now);
    outcome.changes.extend(callout::unwanted(callout::waited(case).map(|made| made.id)));
    outcome
}

/// The policy, if the request needs somebody's approval. Direct assignments need none, whatever the
/// policy says (semantics.md: "adminAdd needs no approval").
fn approval_policy<'a>(case: &'a Case, request: &Request) -> Option<&'a Policy> {
    let policy = case.policies.iter().find(|policy| Some(policy.id) == request.policy)?;
    let needed = request.request_type.by_user()
        && match request.request_type.updates() {
            true => policy.approval.for_update,
            false => policy.approval.for_add,
        };
    (needed && !policy.approval.stages.is_empty()).then_some(policy)
}

/// Nobody has to decide any more: the rules are asked once more, an extension hears of it, and it is
/// delivered when its time has come.
pub(super) fn approved(work: &Work, case: &Case, request: &Request, now: Instant) -> Outcome {
    let window = standing(case, request).unwrap_or_else(|| request.window(now));
    if let Some(refused) = refusal(case, request, &window, now) {
        // Somebody who waits for an approval is told no; a delivery that was due has failed.
        let (state, status) = match request.state {
            RequestState::PendingApproval => (RequestState::Denied, status::DENIED),
            _ => (RequestState::DeliveryFailed, status::DELIVERY_FAILED),
        };
        return refuse(case, request, state, status, &refused, now);
    }
    let called = match callout::gate(work, case, request, CalloutStage::Approved, now) {
        Gate::Shut(changes) => return Outcome::silent(changes),
        Gate::Open(called) => called,
    };
    let mut outcome = deliverable(work, case, request, &window, now);
    outcome.changes.splice(0..0, called);
    outcome
}

/// The window of what the request has given already, in part: that may have been decided on since.
fn standing(case: &Case, request: &Request) -> Option<Window> {
    let held = case.assignment.as_ref().filter(|held| held.state.is_current() && request.assignment == Some(held.id));
    let held = held.filter(|_| request.request_type.adds())?;
    Some(Window { from: held.starts_at?, until: held.ends_at })
}

/// Nothing but time stands between the request and its delivery any more.
fn deliverable(work: &Work, case: &Case, request: &Request, window: &Window, now: Instant) -> Outcome {
    if request.request_type.adds() && window.from > now {
        let fields = Fields(vec![
            ("state", Value::Int(RequestState::Scheduled.number())),
            ("status", Value::from(status::NOT_BEFORE)),
        ]);
        return Outcome::silent(vec![
            Change::Update { kind: Kind::Request, id: request.id, fields },
            Change::Task { task: Task::Advance, subject: request.id, due: window.from },
        ]);
    }
    match request.request_type.updates() {
        true => assignment::update(case, request, now),
        false => deliver(work, case, request, window, now),
    }
}

/// Why it can't be delivered, if it can't.
pub(super) fn refusal(case: &Case, request: &Request, window: &Window, now: Instant) -> Option<Denial> {
    let package = case.package.as_ref().map_or(Uuid::nil(), |package| package.id);
    if is_gone(case) {
        return Some(Denial::ReferenceNotFound { target: "targetId", kind: Kind::User, id: request.target });
    }
    if window.until.is_some_and(|until| until <= now) {
        return Some(crate::checks::invalid("schedule/expiration", "The access would have ended before it began."));
    }
    if !case.policies.iter().any(|policy| Some(policy.id) == request.policy) {
        return Some(Denial::OutOfScope { package, policy: request.policy });
    }
    if let Some(assignment) = case.stands.filter(|_| request.request_type.adds()) {
        return Some(Denial::Assigned { assignment });
    }
    if let Some(held) = &case.assignment
        && request.request_type.adds()
    {
        if held.state == AssignmentState::Expired {
            return Some(wrong_state(Kind::Assignment, held.id, held.state.name(), "still to be delivered"));
        }
        if held.state.is_current() && request.assignment != Some(held.id) {
            return Some(Denial::Assigned { assignment: held.id });
        }
    }
    separation::admissible(case, window, request.own()).err()
}

/// Ends a request that is not to be delivered, with the reason in the log and in the letter. Where
/// separation of duties is the reason the request's status says so.
pub(super) fn refuse(
    case: &Case,
    request: &Request,
    state: RequestState,
    status: &'static str,
    why: &Denial,
    now: Instant,
) -> Outcome {
    let status = match why {
        Denial::Incompatible { conflicts, .. } => separation::code(conflicts),
        _ => status,
    };
    let mut changes = ended(request.id, state, status, now);
    changes.push(Change::TaskDone { task: Task::Stage, subject: request.id });
    if state == RequestState::Denied {
        let reason = Fields(vec![("reason", Value::Text(why.to_string()))]);
        changes.extend(mail::to_requestor(case, Letter::Denied, request, reason, now));
    }
    let activity = match state {
        RequestState::Denied => "Access package assignment request denied",
        _ => "Access package assignment request failed",
    };
    let mut audit = about(case, activity, Operation::Update, request).moved(request.state.name(), state.name());
    audit.after.set("reason", Value::Text(why.to_string()));
    Outcome::new(changes, audit)
}

/// Makes the assignment, or takes up the one that an earlier attempt left, and gives its roles.
fn deliver(work: &Work, case: &Case, request: &Request, window: &Window, now: Instant) -> Outcome {
    let Some((package, policy)) = case.package.as_ref().zip(request.policy) else {
        return Outcome::silent(Vec::new());
    };
    let id = request.assignment.unwrap_or_else(|| work.id(0));
    let delivery = delivery::enforce(work, case, id, now);
    let state = delivery.state;
    let mut fields = Fields(vec![
        ("state", Value::Int(state.number())),
        ("status", Value::from(result(state).1)),
        ("isCurrent", Value::Bool(state.is_current())),
        ("startsAt", Value::Time(window.from)),
        ("endsAt", window.until.map_or(Value::Null, Value::Time)),
        ("checkedAt", Value::Time(now)),
    ]);
    let mut changes = Vec::new();
    if request.assignment.is_some() {
        changes.push(Change::Update { kind: Kind::Assignment, id, fields });
    } else {
        for (name, value) in [
            ("packageId", Value::Guid(package.id)),
            ("catalogId", Value::Guid(package.catalog)),
            ("policyId", Value::Guid(policy)),
            ("targetId", Value::Guid(request.target)),
            ("acceptedAt", Value::Time(request.created_at)),
            ("createdAt", Value::Time(now)),
            ("createdById", request.created_by.map_or(Value::Null, Value::Guid)),
            ("isExtended", Value::Bool(false)),
        ] {
            fields.set(name, value);
        }
        changes.push(Change::Insert { kind: Kind::Assignment, id, fields });
    }
    changes.extend(delivery.changes);
    let (request_state, request_status) = result(state);
    changes.extend(ended(request.id, request_state, request_status, now));
    let link = Fields(vec![("assignmentId", Value::Guid(id))]);
    changes.push(Change::Update { kind: Kind::Request, id: request.id, fields: link });
    if let Some(until) = window.until.filter(|_| state != AssignmentState::DeliveryFailed) {
        changes.push(Change::Task { task: Task::Expire, subject: id, due: until });
        changes.extend(notice::task(id, until, now));
    }
    if state.is_current() {
        changes.extend(mail::to_holder(case, Letter::Delivered, Some(policy), window.until, now));
    }
    let audit = about(case, "Fulfill access package assignment request", Operation::Assign, request);
    let mut audit = audit.moved(request.state.name(), request_state.name());
    audit.after.set("assignmentId", Value::Guid(id));
    let mut outcome = Outcome { more: delivery.audits, ..Outcome::new(changes, audit) };
    if state.is_current() {
        outcome.extend(external::take_back(case));
        // What was delivered in part, and is delivered again, is told once.
        if !case.callouts.made.iter().any(|made| made.stage == CalloutStage::Granted) {
            let mut occasion = Occasion::of(CalloutStage::Granted, request, request_state);
            occasion.assignment = Some(id);
            outcome.changes.extend(callout::call(work, case, &occasion, now));
        }
    }
    outcome
}
