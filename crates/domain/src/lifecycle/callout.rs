//! CALLOUTS: at each stage of a request and of an assignment an extension of the policy may be told of
//! it, and before two of them the request waits for its answer. What is told is complete in itself;
//! who sends it must never have to ask for more. An extension that is only told never holds anything up.

use super::case::{Case, Person, Request};
use super::command::{Resume, Verdict, Work};
use super::mail::{self, Letter};
use super::request::{CANCEL, about, ended, wrong_state};
use super::state::{CalloutStatus, RequestState, RequestType, status};
use crate::Instant;
use crate::checks::{changeable, invalid};
use crate::command::Kind;
use crate::denial::Denial;
use crate::facts::Facts;
use crate::fields::{Fields, Value};
use crate::outcome::{Change, Operation, Outcome, Task, Topic};
use crate::policy::{CalloutStage, Span};
use uuid::Uuid;

/// New ids of callouts are counted from here, by their stage.
const IDS: u128 = 1 << 40;

/// What a case knows of its policies' extensions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Callouts {
    pub extensions: Vec<Extension>,
    /// Those that were made for the request.
    pub made: Vec<Callout>,
    /// What was answered to the policy's questions, as a document.
    pub answers: Option<String>,
}

/// Whom to tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Extension {
    pub id: Uuid,
    pub url: String,
    /// How long a request waits for its answer, if it waits.
    pub wait: Option<Span>,
    /// How long the far end may take to take it, in milliseconds; and how often it is tried again.
    pub timeout: i64,
    pub retries: i64,
}

/// One time that an extension was told.
#[derive(Debug, Clone, PartialEq)]
pub struct Callout {
    pub id: Uuid,
    pub stage: CalloutStage,
    pub status: CalloutStatus,
    pub expires_at: Option<Instant>,
    /// Why it could not be sent, once it never will be.
    pub problem: Option<String>,
}

/// What is told of.
pub(super) struct Occasion {
    pub stage: CalloutStage,
    pub policy: Option<Uuid>,
    pub request: Option<(Uuid, RequestType, RequestState)>,
    pub assignment: Option<Uuid>,
}

impl Occasion {
    pub fn of(stage: CalloutStage, request: &Request, state: RequestState) -> Occasion {
        let (id, policy, assignment) = (request.id, request.policy, request.assignment);
        Occasion { stage, policy, request: Some((id, request.request_type, state)), assignment }
    }
}

/// Whether a request may go on.
pub(super) enum Gate {
    Open(Vec<Change>),
    Shut(Vec<Change>),
}

/// Tells the extension of this stage, once for a request; where it is to be waited for the gate is shut
/// until its answer comes.
pub(super) fn gate(work: &Work, case: &Case, request: &Request, stage: CalloutStage, now: Instant) -> Gate {
    if let Some(made) = case.callouts.made.iter().find(|made| made.stage == stage) {
        return match made.status {
            CalloutStatus::Waiting => Gate::Shut(Vec::new()),
            _ => Gate::Open(Vec::new()),
        };
    }
    let state = match stage {
        CalloutStage::Created => RequestState::Submitted,
        _ => RequestState::Delivering,
    };
    let occasion = Occasion::of(stage, request, state);
    let mut changes = call(work, case, &occasion, now);
    if extension(case, &occasion).is_none_or(|extension| extension.wait.is_none()) {
        return Gate::Open(changes);
    }
    let fields =
        Fields(vec![("state", Value::Int(state.number())), ("status", Value::from(status::WAITING_FOR_CALLBACK))]);
    changes.push(Change::Update { kind: Kind::Request, id: request.id, fields });
    Gate::Shut(changes)
}

/// The extension that the policy has for this occasion.
fn extension<'a>(case: &'a Case, occasion: &Occasion) -> Option<&'a Extension> {
    let policy = case.policies.iter().find(|policy| Some(policy.id) == occasion.policy)?;
    let setting = policy.callouts.iter().find(|setting| setting.stage == occasion.stage)?;
    case.callouts.extensions.iter().find(|extension| extension.id == setting.extension)
}

/// Tells the extension of this occasion, if the policy has one.
pub(super) fn call(work: &Work, case: &Case, occasion: &Occasion, now: Instant) -> Vec<Change> {
    let Some((extension, package)) = extension(case, occasion).zip(case.package.as_ref()) else {
        return Vec::new();
    };
    let stage = occasion.stage;
    let id = work.id(IDS + stage.number() as u128);
    let expires_at = extension.wait.filter(|_| stage.pauses()).map(|wait| now.saturating_add(wait));
    let status = if expires_at.is_some() { CalloutStatus::Waiting } else { CalloutStatus::Sent };
    let request = occasion.request;
    let mut payload = Fields(vec![
        ("extension", Value::Guid(extension.id)),
        ("url", Value::Text(extension.url.clone())),
        ("timeout", Value::Int(extension.timeout)),
        ("retries", Value::Int(extension.retries)),
        ("stage", Value::from(stage.name())),
        ("wait", extension.wait.filter(|_| stage.pauses()).map_or(Value::Null, Value::Int)),
        ("package", Value::Guid(package.id)),
        ("packageName", Value::Text(package.name.clone())),
        ("catalog", Value::Guid(package.catalog)),
        ("policy", occasion.policy.map_or(Value::Null, Value::Guid)),
        ("assignment", occasion.assignment.map_or(Value::Null, Value::Guid)),
        ("answers", case.callouts.answers.clone().map_or(Value::Null, Value::Json)),
    ]);
    if let Some((id, request_type, state)) = request {
        payload.set("request", Value::Guid(id));
        payload.set("requestType", Value::from(request_type.name()));
        payload.set("state", Value::from(state.name()));
    }
    person(&mut payload, case.target.as_ref(), ["target", "targetName", "targetSubject"]);
    let requestor = case.requestor.as_ref().or(case.target.as_ref());
    person(&mut payload, requestor, ["requestor", "requestorName", "requestorSubject"]);
    let mut changes = vec![
        Change::Callout {
            id,
            extension: extension.id,
            stage,
            request: request.map(|(id, _, _)| id),
            assignment: occasion.assignment,
            status,
            expires_at,
            at: now,
        },
        Change::Outbox { topic: Topic::Callout, id: Some(id), payload, due: now },
    ];
    if let Some(due) = expires_at {
        changes.push(Change::Task { task: Task::Callout, subject: id, due });
    }
    changes
}

fn person(payload: &mut Fields, person: Option<&Person>, [object, name, subject]: [&'static str; 3]) {
    let Some(person) = person else { return };
    payload.set(object, Value::Guid(person.object));
    payload.set(name, Value::Text(person.name.clone()));
    payload.set(subject, person.subject.map_or(Value::Null, Value::Guid));
}

/// Whether the request stands still until an answer comes.
pub(super) fn waits(request: &Request) -> bool {
    request.state.is_open() && request.status == status::WAITING_FOR_CALLBACK
}

/// The callout whose answer the case's request waits for.
pub(super) fn waited(case: &Case) -> Option<&Callout> {
    case.callouts.made.iter().find(|made| made.status == CalloutStatus::Waiting)
}

/// What becomes of an answer that no request waits for any more.
pub(super) fn unwanted(callout: Option<Uuid>) -> Vec<Change> {
    let over = |id| {
        let detail = Some("The request has ended without the answer.".to_owned());
        [
            Change::TaskDone { task: Task::Callout, subject: id },
            Change::CalloutStatus { id, status: CalloutStatus::Failed, detail },
        ]
    };
    callout.map(over).into_iter().flatten().collect()
}

/// Looks after a callout that was sent, could not be sent, or whose answer is overdue. A request that
/// waits for it can't be let go on: it is denied, and its status says why.
pub fn look(work: &Work, case: &Case, now: Instant) -> Outcome {
    let id = work.subject;
    let done = Change::TaskDone { task: Task::Callout, subject: id };
    let Some(callout) = case.callouts.made.iter().find(|made| made.id == id) else {
        return Outcome::silent(vec![done]);
    };
    let waiting = callout.status == CalloutStatus::Waiting;
    let overdue = waiting && callout.expires_at.is_some_and(|at| at <= now);
    let (status, end, detail) = match &callout.problem {
        Some(problem) if waiting || callout.status == CalloutStatus::Sent => {
            (CalloutStatus::Failed, status::CALLOUT_FAILED, problem.clone())
        }
        None if overdue => {
            (CalloutStatus::TimedOut, status::CALLBACK_TIMED_OUT, "No callback came in time.".to_owned())
        }
        _ => {
            let again = callout.expires_at.filter(|_| waiting);
            let again = again.map(|due| Change::Task { task: Task::Callout, subject: id, due });
            return Outcome::silent(vec![again.unwrap_or(done)]);
        }
    };
    let mut outcome = Outcome::silent(vec![done, Change::CalloutStatus { id, status, detail: Some(detail) }]);
    if let Some(request) = case.request.as_ref().filter(|request| waiting && waits(request)) {
        let why = "what the policy asks before it goes on could not be found out";
        outcome.extend(end_request(case, request, (RequestState::Denied, end), why, now));
    }
    outcome
}

fn end_request(
    case: &Case,
    request: &Request,
    (state, status): (RequestState, &'static str),
    why: &str,
    now: Instant,
) -> Outcome {
    let mut changes = ended(request.id, state, status, now);
    let activity = match state {
        RequestState::Canceled => CANCEL,
        _ => "Access package assignment request denied",
    };
    if state == RequestState::Denied {
        let more = Fields(vec![("reason", Value::from(why))]);
        changes.extend(mail::to_requestor(case, Letter::Denied, request, more, now));
    }
    let mut audit = about(case, activity, Operation::Update, request).moved(request.state.name(), state.name());
    audit.after.set("status", Value::from(status));
    audit.after.set("reason", Value::from(why));
    Outcome::new(changes, audit)
}

/// The answer that a request waits for.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`]; [`Denial::WrongState`] for a request that waits for
/// none; [`Denial::Invalid`] for an answer to another callout or stage, and for a verdict at any stage
/// but the first (Graph: accessPackageAssignmentRequestCallbackData).
pub fn resume(resume: &Resume, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let id = resume.request;
    changeable(facts, Kind::Request, id)?;
    let case = &facts.case;
    let request = case.request.as_ref().ok_or(Denial::NotFound { kind: Kind::Request, id })?;
    if !waits(request) {
        return Err(wrong_state(Kind::Request, id, request.state.name(), status::WAITING_FOR_CALLBACK));
    }
    let Some(callout) = waited(case).filter(|made| made.id == resume.callout) else {
        let message = format!("The request waits for no answer to '{}'.", resume.callout);
        return Err(invalid("data/customExtensionStageInstanceId", message));
    };
    if callout.stage != resume.stage {
        let message = format!("The request waits at the stage '{}'.", callout.stage.name());
        return Err(invalid("data/stage", message));
    }
    if resume.verdict.is_some() && callout.stage != CalloutStage::Created {
        let message = "A request can be denied or canceled at the stage 'assignmentRequestCreated' only.";
        return Err(invalid("data/state", message));
    }
    let answered = CalloutStatus::CallbackReceived;
    let mut outcome = Outcome::silent(vec![
        Change::TaskDone { task: Task::Callout, subject: callout.id },
        Change::CalloutStatus { id: callout.id, status: answered, detail: resume.detail.clone() },
    ]);
    let end = match resume.verdict {
        None => {
            let mut row = about(case, "Resume access package assignment request", Operation::Update, request);
            row.after.set("stage", Value::from(callout.stage.name()));
            row.after.set("source", Value::Text(resume.source.clone()));
            let status = match callout.stage {
                CalloutStage::Created => status::ACCEPTED,
                _ => status::DELIVERING,
            };
            let fields = Fields(vec![("status", Value::from(status))]);
            outcome.extend(Outcome::new(
                vec![
                    Change::Update { kind: Kind::Request, id, fields },
                    Change::Task { task: Task::Advance, subject: id, due: now },
                ],
                row,
            ));
            return Ok(outcome);
        }
        Some(Verdict::Deny) => (RequestState::Denied, status::DENIED),
        Some(Verdict::Cancel) => (RequestState::Canceled, status::CANCELED),
    };
    let why = resume.detail.as_deref().filter(|text| !text.trim().is_empty()).unwrap_or(&resume.source);
    outcome.extend(end_request(case, request, end, why, now));
    Ok(outcome)
}
