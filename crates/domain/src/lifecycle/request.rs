//! REQUESTS are taken, canceled, delivered again and deleted here. Whether one is accepted is decided
//! in the order that Graph's page of the operation tells: the catalog, what is open or held already,
//! separation of duties, and only then the policy.

use super::agreement::{adds_nothing_existing, agrees, agrees_with_held};
use super::behalf::{allowed, may_act_for, may_add_for};
use super::callout;
use super::case::{Assignment, Case, Open, Package, Person, Request};
use super::command::RequestCreate;
use super::external;
use super::schedule::{Window, window};
use super::scope::{askable, covers, requestable};
use super::state::{AssignmentState, RequestState, RequestType, status};
use crate::Instant;
use crate::checks::{changeable, invalid};
use crate::command::{Kind, On};
use crate::denial::Denial;
use crate::facts::Facts;
use crate::fields::{Fields, Value};
use crate::outcome::{Audit, Change, Operation, Outcome, Task};
use crate::policy::{DAY, Policy, TargetScope, answers};
use crate::record::{ENTITLEMENT, audit};
use crate::separation;
use uuid::Uuid;

/// How long after its end a request may be delivered again (Graph: accessPackageAssignmentRequest:
/// reprocess; Entra's guide says a week).
const REPROCESS_WITHIN: i64 = 14 * DAY;
/// Entra's name of taking a request back.
pub(super) const CANCEL: &str = "Cancel access package assignment request";

/// Takes a request. Nothing is granted yet: [`Task::Advance`] goes on with it.
///
/// # Errors
/// [`Denial::Invalid`] names what the body lacks or says wrongly; [`Denial::NotFound`] the package or
/// assignment; [`Denial::CatalogUnpublished`], [`Denial::OpenRequest`], [`Denial::Assigned`],
/// [`Denial::Incompatible`], [`Denial::OutOfScope`].
pub fn create(create: &RequestCreate, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    if create.request_type.by_system() {
        return Err(invalid("requestType", "Requests of the system are made by the service itself."));
    }
    adds_nothing_existing(create)?;
    let invited = external::invite(create, facts, now)?;
    let with_guest = invited.as_ref().map(|invited| {
        let case = Case { target: Some(invited.person.clone()), ..facts.case.clone() };
        Facts { case, ..facts.clone() }
    });
    let facts = with_guest.as_ref().unwrap_or(facts);
    let case = &facts.case;
    let terms = if create.request_type.adds() { add(create, facts, now)? } else { change(create, facts, now)? };
    let target = target(case, create)?;
    let requestor = case.requestor.as_ref().filter(|_| create.request_type.by_user()).unwrap_or(target);
    let (mut changes, target_subject) = subject(target, create.target_subject, invited.is_some());
    let requestor_subject = if requestor.object == target.object {
        target_subject
    } else {
        let (more, id) = subject(requestor, create.requestor_subject, false);
        changes.extend(more);
        id
    };
    let mut fields = Fields(vec![
        ("requestType", Value::Int(create.request_type.number())),
        ("state", Value::Int(RequestState::Submitted.number())),
        ("status", Value::from(status::ACCEPTED)),
        ("packageId", Value::Guid(terms.package)),
        ("catalogId", Value::Guid(terms.catalog)),
        ("policyId", Value::Guid(terms.policy)),
        ("assignmentId", terms.assignment.map_or(Value::Null, Value::Guid)),
        ("targetId", Value::Guid(target_subject)),
        ("requestorId", Value::Guid(requestor_subject)),
        ("createdById", Value::Guid(create.principal)),
        ("createdDateTime", Value::Time(now)),
        ("isOpen", Value::Bool(!create.validation_only)),
        ("isValidationOnly", Value::Bool(create.validation_only)),
        ("justification", create.justification.clone().map_or(Value::Null, Value::Text)),
    ]);
    if let Some(window) = terms.window {
        fields.set("startsAt", Value::Time(window.from));
        fields.set("endsAt", window.until.map_or(Value::Null, Value::Time));
    }
    for (name, document) in [("schedule", &create.schedule), ("answers", &create.answers_document)] {
        if let Some(document) = document {
            fields.set(name, Value::Json(document.clone()));
        }
    }
    let audit = audit(activity(create.request_type), ENTITLEMENT, Operation::Add)
        .on(Kind::AccessPackage, terms.package, &terms.name)
        .with(target_kind(target), target.object, &target.name)
        .after(&shown(create.id, &fields));
    changes.push(Change::Insert { kind: Kind::Request, id: create.id, fields });
    if !create.validation_only {
        changes.push(Change::Task { task: Task::Advance, subject: create.id, due: now });
    }
    let mut outcome = Outcome::new(changes, audit).showing(Kind::Request, create.id);
    if !create.validation_only {
        // First: a target has one open request for a package.
        let superseded = superseded(case, now);
        outcome.changes.splice(0..0, superseded.changes);
        outcome.more.extend(superseded.audit);
    }
    if let Some(invited) = invited {
        outcome.changes.insert(0, invited.change);
        outcome.more.push(invited.audit);
    }
    Ok(outcome)
}

/// What a request comes to.
struct Terms {
    package: Uuid,
    catalog: Uuid,
    name: String,
    policy: Uuid,
    assignment: Option<Uuid>,
    window: Option<Window>,
}

fn add(create: &RequestCreate, facts: &Facts, now: Instant) -> Result<Terms, Denial> {
    let case = &facts.case;
    let id = create.package.ok_or_else(|| missing(create.paths.package))?;
    let not_found = Denial::NotFound { kind: Kind::AccessPackage, id };
    let package = case.package.as_ref().ok_or(not_found.clone())?;
    if create.request_type.by_user() {
        facts.entity_of(Kind::AccessPackage, id).ok_or(not_found)?;
    } else {
        changeable(facts, Kind::AccessPackage, id)?;
    }
    let has_no_target = create.target.is_none() && create.target_named.is_none() && create.email.is_none();
    if has_no_target && !create.request_type.by_user() {
        return Err(missing(create.paths.target));
    }
    let target = target(case, create)?;
    whose(create, target)?;
    let policy = policy(create, case, package, target, now);
    if create.request_type == RequestType::OnBehalfAdd {
        // Who may not ask for the target learns nothing of what they hold.
        policy.clone()?;
    }
    agrees(create, case, package, target)?;
    if create.request_type.by_user() && !package.published {
        return Err(Denial::CatalogUnpublished { catalog: package.catalog });
    }
    if let Some(open) = case.open {
        return Err(Denial::OpenRequest { request: open.id });
    }
    if let Some(held) = case.assignment.as_ref().filter(|held| held.state.is_current()) {
        return Err(Denial::Assigned { assignment: held.id });
    }
    // The policy's refusal comes after the one of separation (semantics.md), which needs its window.
    let window = policy.as_ref().ok().map(|policy| window(policy, &create.wish, create.request_type.by_user(), now));
    let from = create.wish.from.unwrap_or(now).max(now);
    let known = window.as_ref().and_then(|window| window.as_ref().ok()).copied();
    separation::admissible(case, &known.unwrap_or(Window { from, until: None }), None)?;
    let policy = policy?;
    let window = window.transpose()?;
    if create.request_type.by_user()
        && policy.approval.requestor_justification
        && create.justification.as_deref().is_none_or(|text| text.trim().is_empty())
    {
        return Err(invalid("justification", "The policy asks requestors for a justification."));
    }
    // Administrators needn't answer for others; what they say has to fit all the same.
    if create.request_type.by_user() || !create.answers.is_empty() {
        answers::check(&policy.questions, &create.answers)?;
    }
    Ok(Terms {
        package: package.id,
        catalog: package.catalog,
        name: package.name.clone(),
        policy: policy.id,
        assignment: None,
        window,
    })
}

/// Who may ask for whom.
fn whose(create: &RequestCreate, target: &Person) -> Result<(), Denial> {
    let own = create.caller == Some(target.object);
    match create.request_type {
        RequestType::UserAdd if !own => {
            Err(invalid("targetId", "A user asks for themselves; 'onBehalfAdd' asks for somebody else."))
        }
        RequestType::OnBehalfAdd if own => {
            Err(invalid("targetId", "'onBehalfAdd' is for somebody else than the caller."))
        }
        _ => Ok(()),
    }
}

/// The policy that the request falls under.
fn policy<'a>(
    create: &RequestCreate,
    case: &'a Case,
    package: &Package,
    target: &Person,
    now: Instant,
) -> Result<&'a Policy, Denial> {
    let Some(id) = create.policy else {
        if !create.request_type.by_user() {
            return Err(missing(create.paths.policy));
        }
        let mut fitting = requestable(&case.policies, package.external, target, now);
        if create.request_type == RequestType::OnBehalfAdd {
            fitting = case.policies.iter().filter(|policy| covers(policy, target, now)).collect();
            fitting.retain(|policy| may_add_for(policy, case, target, now));
        }
        return fitting.first().copied().ok_or(Denial::OutOfScope { package: package.id, policy: None });
    };
    let policy = named(case, package, id)?;
    let fits = match create.request_type {
        // A policy for nobody is there for direct assignments.
        RequestType::AdminAdd => policy.scope == TargetScope::NotSpecified || covers(policy, target, now),
        RequestType::OnBehalfAdd => covers(policy, target, now) && may_add_for(policy, case, target, now),
        _ => askable(policy, package.external) && covers(policy, target, now),
    };
    if fits { Ok(policy) } else { Err(Denial::OutOfScope { package: package.id, policy: Some(id) }) }
}

fn named<'a>(case: &'a Case, package: &Package, id: Uuid) -> Result<&'a Policy, Denial> {
    case.policies.iter().find(|policy| policy.id == id).ok_or_else(|| {
        invalid("assignmentPolicyId", format!("'{id}' is not a policy of the access package '{}'.", package.id))
    })
}

/// An update or a removal: it names the assignment, or the package that the target holds.
fn change(create: &RequestCreate, facts: &Facts, now: Instant) -> Result<Terms, Denial> {
    let case = &facts.case;
    let unknown = || match create.assignment {
        Some(id) => Denial::NotFound { kind: Kind::Assignment, id },
        None => missing(create.paths.assignment_id),
    };
    let held = case.assignment.as_ref().ok_or_else(unknown)?;
    let target = target(case, create)?;
    let own = create.caller == Some(target.object);
    let current = case.policies.iter().find(|policy| policy.id == held.policy);
    let entitled = match create.request_type {
        RequestType::ApproverRemove => case.approved,
        asked if asked.by_user() => own || current.is_some_and(|policy| may_act_for(policy, case, target, now)),
        _ => {
            let id = create.assignment.ok_or_else(|| missing(create.paths.assignment_id))?;
            changeable(facts, Kind::Assignment, id).map(|_| true)?
        }
    };
    if !entitled {
        return Err(unknown());
    }
    let package = case.package.as_ref().ok_or(Denial::NotFound { kind: Kind::AccessPackage, id: held.package })?;
    agrees(create, case, package, target)?;
    agrees_with_held(create, held)?;
    if !held.state.is_current() {
        return Err(wrong_state(
            Kind::Assignment,
            held.id,
            held.state.name(),
            "delivering, partiallyDelivered, delivered",
        ));
    }
    if let Some(open) = case.open.filter(|open| !gives_way(*open, create.request_type)) {
        return Err(Denial::OpenRequest { request: open.id });
    }
    allowed(create.request_type, current, own)?;
    if create.request_type == RequestType::UserUpdate {
        renewable(package, current, target, now)?;
    }
    let window = match create.request_type.updates() {
        true => Some(extension(create, case, held, current, now)?),
        false => None,
    };
    Ok(Terms {
        package: held.package,
        catalog: package.catalog,
        name: package.name.clone(),
        policy: held.policy,
        assignment: Some(held.id),
        window,
    })
}

/// Whether an open request ends when this one is made. What takes access away must never wait for an
/// answer to what would prolong it, and what an administrator decides goes before what its holder asks for.
fn gives_way(open: Open, to: RequestType) -> bool {
    open.request_type.updates() && (to.removes() || !to.by_user() && open.request_type.by_user())
}

/// What ends an open update whose assignment ends or is decided about anew: nothing if there is none.
pub(super) fn superseded(case: &Case, now: Instant) -> Outcome {
    let Some(open) = case.open.filter(|open| open.request_type.updates()) else { return Outcome::default() };
    let row = log(case, CANCEL, Operation::Update, (Kind::Request, open.id));
    Outcome::new(canceled(open.id, open.callout, now), row)
}

/// Whoever extends their access must still be somebody who could ask for it.
fn renewable(package: &Package, policy: Option<&Policy>, target: &Person, now: Instant) -> Result<(), Denial> {
    if !package.published {
        return Err(Denial::CatalogUnpublished { catalog: package.catalog });
    }
    match policy.filter(|policy| policy.scope != TargetScope::NotSpecified && !covers(policy, target, now)) {
        Some(policy) => Err(Denial::OutOfScope { package: package.id, policy: Some(policy.id) }),
        None => Ok(()),
    }
}

/// The window that an update asks for. Who holds something forbidden can't renew either.
fn extension(
    create: &RequestCreate,
    case: &Case,
    held: &Assignment,
    policy: Option<&Policy>,
    now: Instant,
) -> Result<Window, Denial> {
    let policy =
        policy.ok_or_else(|| invalid("assignmentPolicyId", "The assignment's policy is not there any more."))?;
    answers::check_again(&policy.questions, &create.answers, create.request_type.by_user())?;
    let mut window = window(policy, &create.wish, create.request_type.by_user(), now)?;
    separation::admissible(case, &window, None)?;
    // What is held already goes on from where it began.
    window.from = held.starts_at.map_or(window.from, |from| from.min(window.from));
    Ok(window)
}

fn target<'a>(case: &'a Case, create: &RequestCreate) -> Result<&'a Person, Denial> {
    let target = case.target.as_ref().filter(|target| !target.is_deleted);
    let paths = create.paths;
    target.ok_or(match (create.target, create.target_named) {
        (Some(id), _) => Denial::ReferenceNotFound { target: paths.target, kind: Kind::User, id },
        (None, Some(id)) => Denial::ReferenceNotFound { target: paths.subject, kind: Kind::Subject, id },
        (None, None) => missing(paths.target),
    })
}

/// The subject of a person: theirs, or a new one.
fn subject(person: &Person, new: Uuid, governed: bool) -> (Vec<Change>, Uuid) {
    match person.subject {
        Some(id) => (Vec::new(), id),
        None => (vec![Change::Subject { id: new, object: person.object, governed }], new),
    }
}

/// Takes a request back, before anything came of it.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`]; [`Denial::WrongState`] once it is being delivered or
/// has ended (Graph: accessPackageAssignmentRequest: cancel).
pub fn cancel(on: On, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    changeable(facts, Kind::Request, on.id)?;
    let request = facts.case.request.as_ref().ok_or(Denial::NotFound { kind: Kind::Request, id: on.id })?;
    let begun =
        matches!(request.state, RequestState::Submitted | RequestState::PendingApproval | RequestState::Scheduled);
    // Nothing has come of it either while it waits for an extension's answer.
    if !begun && !callout::waits(request) {
        return Err(wrong_state(Kind::Request, on.id, request.state.name(), "submitted, pendingApproval, scheduled"));
    }
    let waited = callout::waited(&facts.case).map(|made| made.id);
    let row = about(&facts.case, CANCEL, Operation::Update, request);
    let row = row.moved(request.state.name(), RequestState::Canceled.name());
    Ok(Outcome::new(canceled(on.id, waited, now), row))
}

/// The changes that take back a request on which somebody may still be working, and an answer that it may
/// be waiting for.
fn canceled(id: Uuid, callout: Option<Uuid>, now: Instant) -> Vec<Change> {
    let mut changes = ended(id, RequestState::Canceled, status::CANCELED, now);
    changes.extend([Task::Advance, Task::Stage].map(|task| Change::TaskDone { task, subject: id }));
    changes.extend(callout::unwanted(callout));
    changes
}

/// Sends a request that couldn't be delivered on its way again.
///
/// # Errors
/// [`Denial::WrongState`] for any other request, and for one that ended more than 14 days ago;
/// [`Denial::OpenRequest`] and [`Denial::Assigned`] where a later request has taken its place.
pub fn reprocess(on: On, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    changeable(facts, Kind::Request, on.id)?;
    let request = facts.case.request.as_ref().ok_or(Denial::NotFound { kind: Kind::Request, id: on.id })?;
    if !matches!(request.state, RequestState::DeliveryFailed | RequestState::PartiallyDelivered) {
        return Err(wrong_state(Kind::Request, on.id, request.state.name(), "deliveryFailed, partiallyDelivered"));
    }
    if request.completed_at.is_some_and(|at| now > at.saturating_add(REPROCESS_WITHIN)) {
        return Err(wrong_state(Kind::Request, on.id, request.state.name(), "ended within the last 14 days"));
    }
    // Meanwhile it may have been asked for, or given, by another request.
    if let Some(open) = facts.case.open {
        return Err(Denial::OpenRequest { request: open.id });
    }
    if let Some(assignment) = facts.case.stands.filter(|_| request.request_type.adds()) {
        return Err(Denial::Assigned { assignment });
    }
    let again = Fields(vec![
        ("state", Value::Int(RequestState::Delivering.number())),
        ("status", Value::from(status::DELIVERING)),
        ("isOpen", Value::Bool(true)),
        ("completedDateTime", Value::Null),
    ]);
    let changes = vec![
        Change::Update { kind: Kind::Request, id: on.id, fields: again },
        Change::Task { task: Task::Advance, subject: on.id, due: now },
    ];
    let audit = about(&facts.case, "Reprocess access package assignment request", Operation::Update, request);
    Ok(Outcome::new(changes, audit))
}

/// Deletes the record of a request that came to nothing or is over.
///
/// # Errors
/// [`Denial::WrongState`] while it is open, [`Denial::InUse`] while an assignment of it stands.
pub fn delete(on: On, facts: &Facts) -> Result<Outcome, Denial> {
    changeable(facts, Kind::Request, on.id)?;
    let case = &facts.case;
    let request = case.request.as_ref().ok_or(Denial::NotFound { kind: Kind::Request, id: on.id })?;
    if request.state.is_open() && !is_validation_only(facts, on.id) {
        return Err(wrong_state(
            Kind::Request,
            on.id,
            request.state.name(),
            "denied, canceled, delivered, deliveryFailed",
        ));
    }
    let stands = |held: &Assignment| request.assignment == Some(held.id) && held.state.is_current();
    if request.request_type.adds() && case.assignment.as_ref().is_some_and(stands) {
        return Err(Denial::InUse { kind: Kind::Request, id: on.id, by: "assignments", count: 1 });
    }
    let audit = about(case, "Delete access package assignment request", Operation::Delete, request);
    Ok(Outcome::new(vec![Change::Delete { kind: Kind::Request, id: on.id }], audit))
}

fn is_validation_only(facts: &Facts, id: Uuid) -> bool {
    facts.entity_of(Kind::Request, id).is_some_and(|entity| entity.fields.bool("isValidationOnly") == Some(true))
}

/// The changes that end a request.
pub(super) fn ended(id: Uuid, state: RequestState, status: &'static str, now: Instant) -> Vec<Change> {
    let fields = Fields(vec![
        ("state", Value::Int(state.number())),
        ("status", Value::from(status)),
        ("isOpen", Value::Bool(false)),
        ("completedDateTime", Value::Time(now)),
    ]);
    vec![Change::Update { kind: Kind::Request, id, fields }]
}

/// A row of the log about a request: its package and its target.
pub(super) fn about(case: &Case, activity: &'static str, operation: Operation, request: &Request) -> Audit {
    log(case, activity, operation, (Kind::Request, request.id))
}

/// A row of the log about a request or an assignment: its package and its target.
pub(super) fn log(case: &Case, activity: &'static str, operation: Operation, of: (Kind, Uuid)) -> Audit {
    let (kind, id) = of;
    let row = audit(activity, ENTITLEMENT, operation);
    let row = match &case.package {
        Some(package) => row.on(Kind::AccessPackage, package.id, &package.name),
        None => row.on(kind, id, ""),
    };
    let row = match &case.target {
        Some(target) => row.with(target_kind(target), target.object, &target.name),
        None => row,
    };
    let named = if kind == Kind::Assignment { "assignmentId" } else { "requestId" };
    row.after(&Fields(vec![(named, Value::Guid(id))]))
}

pub(super) fn target_kind(target: &Person) -> Kind {
    if target.is_user { Kind::User } else { Kind::ServicePrincipal }
}

fn shown(id: Uuid, fields: &Fields) -> Fields {
    let mut shown = Fields(vec![("requestId", Value::Guid(id))]);
    for name in ["requestType", "policyId", "assignmentId", "startsAt", "endsAt", "justification"] {
        if let Some(value) = fields.get(name).filter(|value| **value != Value::Null) {
            shown.set(name, value.clone());
        }
    }
    shown
}

/// Entra's name of what was asked for.
fn activity(request_type: RequestType) -> &'static str {
    match request_type {
        RequestType::UserAdd | RequestType::OnBehalfAdd => "User requests access package assignment",
        RequestType::UserUpdate => "User requests to extend access package assignment",
        RequestType::UserRemove => "User requests removal of access package assignment",
        RequestType::AdminAdd => "Administrator directly assigns user to access package",
        RequestType::AdminUpdate => "Administrator updates access package assignment",
        RequestType::AdminRemove => "Administrator directly removes user access package assignment",
        RequestType::ApproverRemove => "Approver removes access package assignment",
        RequestType::SystemAdd => "Create access package assignment user update request",
        RequestType::SystemUpdate => "Create access package assignment system update request",
        RequestType::SystemRemove => "Remove access package assignment",
    }
}

fn missing(target: &'static str) -> Denial {
    invalid(target, format!("A request of this type has to name '{target}'."))
}

pub(super) fn wrong_state(kind: Kind, id: Uuid, state: &'static str, wanted: &'static str) -> Denial {
    Denial::WrongState { kind, id, state: state.to_owned(), wanted }
}

/// Whether an assignment state ends a delivery well.
pub(super) fn result(state: AssignmentState) -> (RequestState, &'static str) {
    match state {
        AssignmentState::Delivered => (RequestState::Delivered, status::DELIVERED),
        AssignmentState::PartiallyDelivered => (RequestState::PartiallyDelivered, status::PARTIALLY_DELIVERED),
        AssignmentState::Delivering => (RequestState::Delivering, status::DELIVERING),
        AssignmentState::Expired | AssignmentState::DeliveryFailed => {
            (RequestState::DeliveryFailed, status::DELIVERY_FAILED)
        }
    }
}
