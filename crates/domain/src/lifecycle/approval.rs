//! APPROVALS: stage after stage, each with approvers who are found when it opens. One approval ends a
//! stage, one denial ends the request; nobody decides for themselves; who waits too long is denied.

use super::advance::{refusal, refuse};
use super::case::{Case, Request, StageState};
use super::command::{Decide, Work};
use super::mail::{self, Letter};
use super::request::about;
use super::state::{RequestState, StageStatus, status};
use crate::Instant;
use crate::checks::{changeable, invalid};
use crate::command::Kind;
use crate::denial::Denial;
use crate::facts::Facts;
use crate::fields::{Fields, Value};
use crate::outcome::{Change, Operation, Outcome, Task};
use crate::policy::{DAY, Policy, Span, Stage, SubjectSet};
use uuid::Uuid;

/// How long a stage waits where the policy doesn't say (Entra's default).
const TIMEOUT: Span = 14 * DAY;

/// New ids of stages are counted from here.
const STAGES: u128 = 1;

const NOT_REVIEWED: &str = "NotReviewed";

/// Begins the approval of a request: all its stages, the first of them open.
pub(super) fn begin(work: &Work, case: &Case, request: &Request, policy: &Policy, now: Instant) -> Outcome {
    let catalog = case.package.as_ref().map_or(Uuid::nil(), |package| package.catalog);
    let settings = case.approval_documents.iter().find(|(id, _)| *id == policy.id);
    let settings = settings.map_or_else(|| "{}".to_owned(), |(_, document)| document.clone());
    let approval = Fields(vec![
        ("catalogId", Value::Guid(catalog)),
        ("createdAt", Value::Time(now)),
        ("settings", Value::Json(settings)),
    ]);
    let mut changes = vec![Change::Insert { kind: Kind::Approval, id: request.id, fields: approval }];
    for (position, number) in (0..policy.approval.stages.len()).zip(STAGES..) {
        let fields = Fields(vec![
            ("approvalId", Value::Guid(request.id)),
            ("catalogId", Value::Guid(catalog)),
            ("position", Value::Int(position as i64)),
            ("displayName", Value::Text(format!("Stage {}", position + 1))),
            ("status", Value::from(StageStatus::Initializing.name())),
            ("reviewResult", Value::from(NOT_REVIEWED)),
        ]);
        changes.push(Change::Insert { kind: Kind::ApprovalStage, id: work.id(number), fields });
    }
    if let Some(stage) = policy.approval.stages.first() {
        changes.extend(open(case, request, work.id(STAGES), stage, now));
    }
    let fields = Fields(vec![
        ("state", Value::Int(RequestState::PendingApproval.number())),
        ("status", Value::from(status::PENDING_APPROVAL)),
    ]);
    changes.push(Change::Update { kind: Kind::Request, id: request.id, fields });
    Outcome::silent(changes)
}

/// Opens a stage: its approvers are found, and its time begins.
fn open(case: &Case, request: &Request, id: Uuid, stage: &Stage, now: Instant) -> Vec<Change> {
    let fields = Fields(vec![("status", Value::from(StageStatus::InProgress.name())), ("openedAt", Value::Time(now))]);
    let mut changes = vec![Change::Update { kind: Kind::ApprovalStage, id, fields }];
    let found = approvers(case, &stage.primary, &stage.fallback_primary);
    changes.extend(found.iter().map(|object| Change::Approver { stage: id, object: *object }));
    let timeout = stage.timeout.unwrap_or(TIMEOUT);
    let ends = now.saturating_add(timeout);
    changes.extend(mail::to_approvers(case, Letter::ApprovalWanted, request, &found, ends, now));
    let due = now.saturating_add(stage.escalation.map_or(timeout, |escalation| escalation.min(timeout)));
    changes.push(Change::Task { task: Task::Stage, subject: request.id, due });
    changes
}

/// Those who may decide; the others where none of the first can be found.
fn approvers(case: &Case, sets: &[SubjectSet], fallback: &[SubjectSet]) -> Vec<Uuid> {
    let find = |sets: &[SubjectSet]| {
        let mut found: Vec<Uuid> = sets.iter().flat_map(|set| resolve(case, set)).collect();
        found.retain(|id| !concerns(case, *id));
        found.sort_unstable();
        found.dedup();
        found
    };
    let found = find(sets);
    if found.is_empty() { find(fallback) } else { found }
}

/// Whether the request is this person's own.
fn concerns(case: &Case, person: Uuid) -> bool {
    [&case.target, &case.requestor].into_iter().flatten().any(|each| each.object == person)
}

/// The users and groups that a set means in this case.
fn resolve(case: &Case, set: &SubjectSet) -> Vec<Uuid> {
    let step = |level: u32| usize::try_from(level.max(1)).unwrap_or(1) - 1;
    let target = case.target.as_ref();
    let requestor = case.requestor.as_ref().or(target);
    match set {
        SubjectSet::User(id) | SubjectSet::Group(id) => {
            case.alive.iter().copied().filter(|alive| alive == id).collect()
        }
        SubjectSet::RequestorManager { level } => {
            requestor.and_then(|person| person.managers.get(step(*level))).copied().into_iter().collect()
        }
        SubjectSet::TargetManager { level } => {
            target.and_then(|person| person.managers.get(step(*level))).copied().into_iter().collect()
        }
        SubjectSet::TargetSponsors => target.map(|person| person.sponsors.clone()).unwrap_or_default(),
        SubjectSet::InternalSponsors => case.internal_sponsors.clone(),
        SubjectSet::ExternalSponsors => case.external_sponsors.clone(),
        SubjectSet::ServicePrincipal(_)
        | SubjectSet::ConnectedOrganization(_)
        | SubjectSet::TargetOwners
        | SubjectSet::Rule(_) => Vec::new(),
    }
}

/// An approver decides.
///
/// # Errors
/// [`Denial::NotFound`]; [`Denial::MayNotChange`] for somebody who is no approver of the stage,
/// [`Denial::NotApprover`] for a request of one's own; [`Denial::Decided`] after a decision;
/// [`Denial::WrongState`] before the stage is open; [`Denial::Invalid`] on `justification`.
pub fn decide(decision: &Decide, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let case = &facts.case;
    let missing = Denial::NotFound { kind: Kind::ApprovalStage, id: decision.stage };
    let stage = case.stages.iter().find(|stage| stage.id == decision.stage).ok_or(missing.clone())?;
    facts.entity_of(Kind::ApprovalStage, decision.stage).ok_or(missing.clone())?;
    let request = case.request.as_ref().ok_or(missing)?;
    if concerns(case, decision.caller) {
        return Err(Denial::NotApprover { stage: decision.stage });
    }
    if request.state != RequestState::PendingApproval {
        return Err(Denial::Decided { stage: decision.stage });
    }
    match stage.status {
        StageStatus::InProgress => {}
        StageStatus::Completed | StageStatus::Expired => return Err(Denial::Decided { stage: decision.stage }),
        StageStatus::Initializing => {
            return Err(Denial::WrongState {
                kind: Kind::ApprovalStage,
                id: decision.stage,
                state: stage.status.name().to_owned(),
                wanted: "InProgress",
            });
        }
    }
    // Last: approvers of the other stages see this one, and may know that it is over.
    changeable(facts, Kind::ApprovalStage, decision.stage)?;
    let wants_reason = setting(case, stage.position).is_some_and(|setting| setting.justification);
    if wants_reason && decision.justification.as_deref().is_none_or(|text| text.trim().is_empty()) {
        return Err(invalid("justification", "The policy asks approvers for a justification."));
    }
    Ok(decided(decision, case, request, stage, now))
}

fn decided(decision: &Decide, case: &Case, request: &Request, stage: &StageState, now: Instant) -> Outcome {
    let verdict = if decision.approve { "Approve" } else { "Deny" };
    let fields = Fields(vec![
        ("status", Value::from(StageStatus::Completed.name())),
        ("reviewResult", Value::from(verdict)),
        ("justification", decision.justification.clone().map_or(Value::Null, Value::Text)),
        ("reviewedDateTime", Value::Time(now)),
        ("reviewedById", Value::Guid(decision.caller)),
        ("reviewedByName", case.decider.clone().map_or(Value::Null, Value::Text)),
    ]);
    let changes = vec![
        Change::Update { kind: Kind::ApprovalStage, id: stage.id, fields },
        Change::TaskDone { task: Task::Stage, subject: request.id },
    ];
    let activity = match decision.approve {
        true => "Approve access package assignment request",
        false => "Deny access package assignment request",
    };
    let mut audit = about(case, activity, Operation::Update, request);
    audit.before.set("reviewResult", Value::from(NOT_REVIEWED));
    audit.after.set("reviewResult", Value::from(verdict));
    audit.after.set("stage", Value::Int(stage.position + 1));
    if let Some(why) = &decision.justification {
        audit.after.set("justification", Value::Text(why.clone()));
    }
    let mut outcome = Outcome::new(changes, audit);
    outcome.extend(after(decision, case, request, stage, now));
    outcome
}

/// What follows from a decision: the end, the next stage, or the delivery.
fn after(decision: &Decide, case: &Case, request: &Request, stage: &StageState, now: Instant) -> Outcome {
    if !decision.approve {
        let mut changes = super::request::ended(request.id, RequestState::Denied, status::DENIED, now);
        let why = decision.justification.clone().map(|why| ("reason", Value::Text(why)));
        let more = Fields(why.into_iter().collect());
        changes.extend(mail::to_requestor(case, Letter::Denied, request, more, now));
        return Outcome::silent(changes);
    }
    let next = case.stages.iter().find(|each| each.position == stage.position + 1);
    match next.and_then(|next| Some((next, setting(case, next.position)?))) {
        Some((next, setting)) => {
            let mut changes = open(case, request, next.id, setting, now);
            let fields = Fields(vec![("status", Value::from(status::PENDING_APPROVAL))]);
            changes.push(Change::Update { kind: Kind::Request, id: request.id, fields });
            Outcome::silent(changes)
        }
        None => last(case, request, now),
    }
}

/// The last approval: separation of duties, and whatever else may have changed, is asked again in its
/// transaction, and then the worker delivers.
fn last(case: &Case, request: &Request, now: Instant) -> Outcome {
    if let Some(why) = refusal(case, request, &request.window(now), now) {
        return refuse(case, request, RequestState::Denied, status::DENIED, &why, now);
    }
    let fields = Fields(vec![
        ("state", Value::Int(RequestState::Delivering.number())),
        ("status", Value::from(status::DELIVERING)),
    ]);
    let mut changes = vec![
        Change::Update { kind: Kind::Request, id: request.id, fields },
        Change::Task { task: Task::Advance, subject: request.id, due: now },
    ];
    changes.extend(mail::to_requestor(case, Letter::Approved, request, Fields::default(), now));
    Outcome::silent(changes)
}

fn setting(case: &Case, position: i64) -> Option<&Stage> {
    usize::try_from(position).ok().and_then(|at| case.approval.as_ref()?.stages.get(at))
}

/// A stage's time has come: it escalates, or it is over and the request with it.
pub fn overdue(work: &Work, case: &Case, now: Instant) -> Outcome {
    let done = Change::TaskDone { task: Task::Stage, subject: work.subject };
    let waiting = case.request.as_ref().filter(|request| request.state == RequestState::PendingApproval);
    let stage = case.stages.iter().find(|stage| stage.status == StageStatus::InProgress);
    let (Some(request), Some(stage)) = (waiting, stage) else {
        return Outcome::silent(vec![done]);
    };
    let opened = stage.opened_at.unwrap_or(now);
    let setting = setting(case, stage.position);
    let ends = opened.saturating_add(setting.and_then(|setting| setting.timeout).unwrap_or(TIMEOUT));
    if ends <= now {
        return expire(case, request, stage, now);
    }
    let early = |due| {
        let mut changes = setting.map(|setting| stand_in(case, request, stage, setting, now)).unwrap_or_default();
        changes.push(Change::Task { task: Task::Stage, subject: request.id, due });
        Outcome::silent(changes)
    };
    let escalation = setting.and_then(|setting| setting.escalation);
    let (Some(setting), Some(after)) = (setting, escalation) else { return early(ends) };
    if opened.saturating_add(after) > now {
        return early(opened.saturating_add(after).min(ends));
    }
    // The first ones stay: whoever decides first decides.
    let mut more = approvers(case, &setting.escalation_approvers, &setting.fallback_escalation);
    more.retain(|object| !stage.approvers.contains(object));
    let mut changes = mail::to_approvers(case, Letter::Escalated, request, &more, ends, now);
    changes.extend(more.into_iter().map(|object| Change::Approver { stage: stage.id, object }));
    let fields = Fields(vec![("status", Value::from(status::ESCALATED))]);
    changes.push(Change::Update { kind: Kind::Request, id: request.id, fields });
    changes.push(Change::Task { task: Task::Stage, subject: request.id, due: ends });
    let audit = about(case, "Access package assignment request approval escalated", Operation::Update, request);
    Outcome::new(changes, audit)
}

/// Those who stand in where nobody of those who were found when the stage opened would be found any more
/// (Graph: approvalStage.fallbackPrimaryApprovers). A stage is looked at before its time only because one
/// of its approvers is gone.
fn stand_in(case: &Case, request: &Request, stage: &StageState, setting: &Stage, now: Instant) -> Vec<Change> {
    let found = approvers(case, &setting.primary, &setting.fallback_primary);
    if found.iter().any(|object| stage.approvers.contains(object)) {
        return Vec::new();
    }
    let ends = stage.opened_at.unwrap_or(now).saturating_add(setting.timeout.unwrap_or(TIMEOUT));
    let mut changes = mail::to_approvers(case, Letter::ApprovalWanted, request, &found, ends, now);
    changes.extend(found.into_iter().map(|object| Change::Approver { stage: stage.id, object }));
    changes
}

/// Nobody decided in time: denied (semantics.md: "an approval that times out ends in `denied` with
/// status Expired").
fn expire(case: &Case, request: &Request, stage: &StageState, now: Instant) -> Outcome {
    let fields = Fields(vec![("status", Value::from(StageStatus::Expired.name()))]);
    let mut changes = vec![
        Change::TaskDone { task: Task::Stage, subject: request.id },
        Change::Update { kind: Kind::ApprovalStage, id: stage.id, fields },
    ];
    changes.extend(super::request::ended(request.id, RequestState::Denied, status::EXPIRED, now));
    let more = Fields(vec![("timedOut", Value::Bool(true))]);
    changes.extend(mail::to_requestor(case, Letter::Denied, request, more, now));
    let audit = about(case, "Auto approve or deny access package assignment request", Operation::Update, request);
    let mut audit = audit.moved(request.state.name(), RequestState::Denied.name());
    audit.after.set("reason", Value::from("nobody decided in time"));
    Outcome::new(changes, audit)
}
