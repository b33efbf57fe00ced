//! WHAT FOLLOWS FROM RULES BY ITSELF: members of dynamic groups, and assignments by policies that
//! assign to whomever they fit. A person is looked at when something about them has changed or time
//! alone has changed what a rule says of them, and everybody when a rule has changed. Separation of
//! duties binds here as everywhere.

use super::case::{Assignment, Case, DynamicGroup, Person, Rules};
use super::command::Work;
use super::delivery::link;
use super::request::{log, superseded};
use super::schedule::{Window, window};
use super::scope::{changes_after, covers};
use super::state::{RequestState, RequestType, status};
use crate::Instant;
use crate::command::{Kind, Relation};
use crate::directory::is_dynamic;
use crate::fields::{Fields, Value};
use crate::membership_rule::Rule;
use crate::outcome::{Change, Operation, Outcome, Task};
use crate::policy::{Automatic, Policy};
use crate::separation;
use uuid::Uuid;

/// New ids for one policy are counted from here, so many apart.
const STEP: u128 = 4;

/// Asks every rule about a person.
pub fn evaluate(work: &Work, case: &Case, rules: &Rules, now: Instant) -> Outcome {
    let mut outcome = Outcome::silent(vec![Change::TaskDone { task: Task::Evaluate, subject: work.subject }]);
    let Some(person) = case.target.as_ref().filter(|person| person.is_user && !person.is_deleted) else {
        return outcome;
    };
    for group in &rules.groups {
        outcome.extend(membership(group, person, now));
    }
    for (case, base) in rules.cases.iter().zip((0..).map(|at| at * STEP)) {
        outcome.extend(assignment(work, base, case, person, now));
    }
    if let Some(due) = again(rules, person, now) {
        outcome.changes.push(Change::Task { task: Task::Evaluate, subject: work.subject, due });
    }
    outcome
}

/// Goes on asking about everybody. A part of them at a time: in a large tenant nobody else could write
/// while everybody's task is.
pub fn survey(work: &Work, now: Instant) -> Outcome {
    Outcome::silent(vec![
        Change::TaskDone { task: Task::Survey, subject: work.subject },
        Change::EvaluateNext { after: work.subject, due: now },
    ])
}

/// When the rules have to be asked about the person again though nothing but the time has changed.
fn again(rules: &Rules, person: &Person, now: Instant) -> Option<Instant> {
    let groups = rules.groups.iter().filter_map(|group| Rule::parse(&group.rule).ok()?.changes_after(person, now));
    let policies = rules.cases.iter().flat_map(|case| &case.policies);
    groups.chain(policies.filter_map(|policy| changes_after(policy, person, now))).min()
}

/// A rule that can't be read any more leaves the group as it is.
fn membership(group: &DynamicGroup, person: &Person, now: Instant) -> Outcome {
    let Ok(rule) = Rule::parse(&group.rule) else { return Outcome::default() };
    let at = match (rule.matches(person, now), group.is_member) {
        (true, false) => Some(now),
        (false, true) => None,
        _ => return Outcome::default(),
    };
    let (change, row) = link(Relation::Member, (group.id, &group.name), person, at);
    Outcome::new(vec![change], row)
}

/// What a policy that assigns by itself does about a person.
fn assignment(work: &Work, base: u128, case: &Case, person: &Person, now: Instant) -> Outcome {
    let Some((policy, automatic)) = case.policies.first().and_then(|policy| Some((policy, policy.automatic?))) else {
        return Outcome::default();
    };
    let held = case.assignment.as_ref().filter(|held| held.state.is_current());
    match (covers(policy, person, now), held) {
        (true, None) if automatic.add && case.open.is_none() => add(work, base, case, policy, person, now),
        // Back in scope before the grace was over.
        (true, Some(held)) => Outcome::silent(vec![Change::TaskDone { task: Task::Leave, subject: held.id }]),
        (false, Some(held)) if held.policy == policy.id => left(work, base, case, held, automatic, now),
        _ => Outcome::default(),
    }
}

/// A request of the system, unless separation of duties stands against it: then nothing is asked for,
/// and whatever changes about the person asks again.
fn add(work: &Work, base: u128, case: &Case, policy: &Policy, person: &Person, now: Instant) -> Outcome {
    let Some(package) = &case.package else { return Outcome::default() };
    let Ok(Window { from, until }) = window(policy, &super::command::Wish::default(), false, now) else {
        return Outcome::default();
    };
    if separation::admissible(case, &Window { from, until }, None).is_err() {
        return Outcome::default();
    }
    let mut changes = Vec::new();
    let subject = person.subject.unwrap_or_else(|| {
        // The same for every policy of this evaluation: a person has one subject.
        let id = work.id(0);
        changes.push(Change::Subject { id, object: person.object, governed: false });
        id
    });
    let id = work.id(base + 1);
    let fields = Fields(vec![
        ("requestType", Value::Int(RequestType::SystemAdd.number())),
        ("startsAt", Value::Time(from)),
        ("endsAt", until.map_or(Value::Null, Value::Time)),
    ]);
    changes.push(request(id, fields, package.id, package.catalog, policy.id, None, subject, now));
    changes.push(Change::Task { task: Task::Advance, subject: id, due: now });
    let row = log(
        case,
        "Create access package assignment by automatic assignment policy",
        Operation::Add,
        (Kind::Request, id),
    );
    Outcome::new(changes, row)
}

/// Somebody has left the scope: the access goes, at once or after the policy's grace.
fn left(work: &Work, base: u128, case: &Case, held: &Assignment, automatic: Automatic, now: Instant) -> Outcome {
    if !automatic.remove {
        return Outcome::default();
    }
    if automatic.grace > 0 {
        let due = now.saturating_add(automatic.grace);
        return Outcome::silent(vec![Change::TaskOnce { task: Task::Leave, subject: held.id, due }]);
    }
    take(work, base, case, held, now)
}

/// The grace is over: who is still out of scope loses the access.
pub fn leave(work: &Work, case: &Case, now: Instant) -> Outcome {
    let mut outcome = Outcome::silent(vec![Change::TaskDone { task: Task::Leave, subject: work.subject }]);
    let held = case.assignment.as_ref().filter(|held| held.state.is_current());
    let Some((held, person)) = held.zip(case.target.as_ref()) else { return outcome };
    let policy = case.policies.iter().find(|policy| policy.id == held.policy);
    // The grace was given under the policy as it was; that it assigns by itself no longer makes nobody's
    // access last.
    let out = policy.is_some_and(|policy| {
        policy.automatic.is_none_or(|automatic| automatic.remove) && !covers(policy, person, now)
    });
    if out {
        outcome.extend(take(work, 0, case, held, now));
    }
    outcome
}

fn take(work: &Work, base: u128, case: &Case, held: &Assignment, now: Instant) -> Outcome {
    // A removal that is on its way already will do; an update gives way.
    let removed = case.open.is_some_and(|open| !open.request_type.updates());
    let Some(package) = case.package.as_ref().filter(|_| !removed) else { return Outcome::default() };
    let id = work.id(base + 2);
    let fields = Fields(vec![("requestType", Value::Int(RequestType::SystemRemove.number()))]);
    let changes = vec![
        request(id, fields, package.id, package.catalog, held.policy, Some(held.id), held.target, now),
        Change::Task { task: Task::Advance, subject: id, due: now },
    ];
    let row = log(
        case,
        "Remove access package assignment by automatic assignment policy",
        Operation::Add,
        (Kind::Request, id),
    );
    let mut outcome = superseded(case, now);
    outcome.extend(Outcome::new(changes, row));
    outcome
}

#[expect(clippy::too_many_arguments, reason = "two calls; a struct for it would only rename them")]
fn request(
    id: Uuid,
    mut fields: Fields,
    package: Uuid,
    catalog: Uuid,
    policy: Uuid,
    assignment: Option<Uuid>,
    subject: Uuid,
    now: Instant,
) -> Change {
    for (name, value) in [
        ("state", Value::Int(RequestState::Submitted.number())),
        ("status", Value::from(status::ACCEPTED)),
        ("packageId", Value::Guid(package)),
        ("catalogId", Value::Guid(catalog)),
        ("policyId", Value::Guid(policy)),
        ("assignmentId", assignment.map_or(Value::Null, Value::Guid)),
        ("targetId", Value::Guid(subject)),
        ("requestorId", Value::Guid(subject)),
        ("createdDateTime", Value::Time(now)),
        ("isOpen", Value::Bool(true)),
        ("isValidationOnly", Value::Bool(false)),
    ] {
        fields.set(name, value);
    }
    Change::Insert { kind: Kind::Request, id, fields }
}

/// What these changes make necessary: a person about whom a rule may now say something else is asked
/// about again, and everybody when a rule has come or changed.
pub fn follow(changes: &[Change], now: Instant) -> Vec<Change> {
    const RULE: &[&str] = &["membershipRule", "membershipRuleProcessingState"];
    let mut people: Vec<Uuid> = Vec::new();
    let mut more: Vec<Change> = Vec::new();
    let mut all = false;
    for change in changes {
        match change {
            Change::Insert { kind: Kind::User, id, .. }
            | Change::Update { kind: Kind::User, id, .. }
            | Change::Undelete { kind: Kind::User, id } => people.push(*id),
            Change::Link { relation: Relation::Member, to, .. }
            | Change::Give { relation: Relation::Member, to, .. }
            | Change::Unlink { relation: Relation::Member, to, .. } => {
                people.push(*to);
            }
            Change::Link { relation: Relation::Manager, from, .. }
            | Change::Unlink { relation: Relation::Manager, from, .. } => people.push(*from),
            // What stood in the way of a policy that assigns by itself stands there no longer.
            Change::Unlink { relation: Relation::IncompatiblePackage | Relation::IncompatibleGroup, from, .. } => {
                more.push(Change::EvaluateAllFor { package: *from, due: now });
            }
            Change::Update { kind: kind @ (Kind::Assignment | Kind::Request), id, fields }
                if is_over(*kind, fields) =>
            {
                more.push(Change::EvaluateFreed { kind: *kind, id: *id, due: now });
            }
            Change::Insert { kind: Kind::Group, fields, .. } | Change::Update { kind: Kind::Group, fields, .. } => {
                // A group without a rule says nothing about anybody.
                all |=
                    is_dynamic(fields) || RULE.iter().any(|name| !matches!(fields.get(name), None | Some(Value::Null)));
            }
            Change::Insert { kind: Kind::Policy, fields, .. } | Change::Update { kind: Kind::Policy, fields, .. } => {
                all |= fields.bool("isAutomatic") == Some(true);
            }
            _ => {}
        }
    }
    if all {
        return vec![Change::EvaluateAll { due: now }];
    }
    people.sort_unstable();
    people.dedup();
    more.extend(people.into_iter().map(|subject| Change::EvaluateOne { person: subject, due: now }));
    more
}

/// Whether an assignment has ended with these fields, or a request come to nothing. One that could not be
/// delivered would only fail again.
fn is_over(kind: Kind, fields: &Fields) -> bool {
    let is_state = |state: RequestState| fields.get("state") == Some(&Value::Int(state.number()));
    match kind {
        Kind::Assignment => fields.bool("isCurrent") == Some(false),
        _ => is_state(RequestState::Denied) || is_state(RequestState::Canceled),
    }
}
