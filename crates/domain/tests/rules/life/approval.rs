//! Approvals: who is asked when a stage opens, and what time does to one that waits.

use super::{config, id};
use domain::command::Kind;
use domain::facts::Facts;
use domain::fields::Value;
use domain::lifecycle::case::{Case, Package, Person, Request, StageState};
use domain::lifecycle::state::{RequestState, RequestType, StageStatus, status};
use domain::lifecycle::{Work, work};
use domain::outcome::{Change, Outcome, Task};
use domain::policy::{ApprovalSettings, Expiration, Policy, RequestorSettings, Stage, SubjectSet, TargetScope};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use std::collections::BTreeSet;
use uuid::Uuid;

/// People: 0 is the target, 1 the requestor (or the target again), the others may approve.
const PEOPLE: usize = 7;
const NOW: i64 = 1_000;
const REQUEST: usize = 50;
const POLICY: usize = 60;

fn set() -> impl Strategy<Value = SubjectSet> {
    prop_oneof![
        4 => (0..PEOPLE).prop_map(|person| SubjectSet::User(id(person))),
        1 => (1u32..4).prop_map(|level| SubjectSet::RequestorManager { level }),
        1 => (1u32..4).prop_map(|level| SubjectSet::TargetManager { level }),
        1 => Just(SubjectSet::TargetSponsors),
        1 => Just(SubjectSet::TargetOwners),
    ]
}

fn sets() -> impl Strategy<Value = Vec<SubjectSet>> {
    vec(set(), 0..3)
}

fn stage() -> impl Strategy<Value = Stage> {
    (option::of(1i64..50), option::of(1i64..50), sets(), sets(), sets(), sets()).prop_map(
        |(timeout, escalation, primary, fallback_primary, escalation_approvers, fallback_escalation)| Stage {
            timeout,
            escalation,
            justification: false,
            primary,
            fallback_primary,
            escalation_approvers,
            fallback_escalation,
        },
    )
}

fn policy(stages: Vec<Stage>) -> Policy {
    Policy {
        id: id(POLICY),
        package: id(70),
        name: "Approved".to_owned(),
        scope: TargetScope::AllMembers,
        targets: Vec::new(),
        requestor: RequestorSettings { self_add: true, ..RequestorSettings::default() },
        approval: ApprovalSettings { for_add: true, stages, ..ApprovalSettings::default() },
        expiration: Expiration::Never,
        questions: Vec::new(),
        automatic: None,
        review: None,
        silent: false,
        callouts: Vec::new(),
    }
}

fn person(number: usize, managers: &[usize], sponsors: &[usize]) -> Person {
    Person {
        subject: Some(id(100 + number)),
        object: id(number),
        is_user: true,
        is_member: true,
        is_enabled: true,
        managers: managers.iter().copied().map(id).collect(),
        sponsors: sponsors.iter().copied().map(id).collect(),
        ..Person::default()
    }
}

fn request(state: RequestState, requestor: usize) -> Request {
    Request {
        id: id(REQUEST),
        request_type: RequestType::UserAdd,
        state,
        status: status::ACCEPTED.to_owned(),
        policy: Some(id(POLICY)),
        assignment: None,
        target: id(100),
        requestor: id(100 + requestor),
        created_by: None,
        starts_at: Some(NOW),
        ends_at: None,
        created_at: NOW,
        completed_at: None,
    }
}

fn done(case: &Case, task: Task, now: i64) -> Outcome {
    let facts = Facts { case: case.clone(), ..Facts::default() };
    let seed = Uuid::from_u128(1 << 64);
    work(&Work { task, subject: id(REQUEST), seed }, &facts, now)
}

/// What the request becomes, if it changes.
fn state(outcome: &Outcome) -> Option<RequestState> {
    outcome.changes.iter().rev().find_map(|change| match change {
        Change::Update { kind: Kind::Request, fields, .. } => match fields.get("state") {
            Some(Value::Int(state)) => RequestState::from_number(*state),
            _ => None,
        },
        _ => None,
    })
}

fn asked(outcome: &Outcome) -> Vec<Uuid> {
    let asked = outcome.changes.iter().filter_map(|change| match change {
        Change::Approver { object, .. } => Some(*object),
        _ => None,
    });
    asked.collect()
}

/// When the worker looks at the stage again.
fn due(outcome: &Outcome) -> Option<i64> {
    outcome.changes.iter().rev().find_map(|change| match change {
        Change::Task { task: Task::Stage, due, .. } => Some(Some(*due)),
        Change::TaskDone { task: Task::Stage, .. } => Some(None),
        _ => None,
    })?
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn a_stage_asks_those_it_names_or_who_stands_in_and_never_those_concerned(
        stages in vec(stage(), 1..4),
        alive in btree_set(0..PEOPLE, 0..PEOPLE),
        managers in vec(1..PEOPLE, 0..3),
        sponsors in vec(1..PEOPLE, 0..3),
        requestor in 0usize..2,
    ) {
        let target = person(0, &managers, &sponsors);
        let asking = if requestor == 0 { target.clone() } else { person(1, &managers, &[]) };
        let case = Case {
            package: Some(Package { id: id(70), catalog: id(71), name: "Ledger".to_owned(), published: true, external: false }),
            policies: vec![policy(stages.clone())],
            target: Some(target),
            requestor: Some(asking),
            request: Some(request(RequestState::Submitted, requestor)),
            alive: alive.iter().copied().map(id).collect(),
            ..Case::default()
        };
        let outcome = done(&case, Task::Advance, NOW);
        prop_assert_eq!(state(&outcome), Some(RequestState::PendingApproval));
        let named = |sets: &[SubjectSet]| -> BTreeSet<Uuid> {
            let one = |set: &SubjectSet| match set {
                SubjectSet::User(person) => case.alive.iter().copied().filter(|each| each == person).collect(),
                SubjectSet::RequestorManager { level } | SubjectSet::TargetManager { level } => {
                    managers.get(*level as usize - 1).map(|manager| id(*manager)).into_iter().collect()
                }
                SubjectSet::TargetSponsors => sponsors.iter().copied().map(id).collect::<Vec<_>>(),
                _ => Vec::new(),
            };
            let concerned = [id(0), id(requestor)];
            sets.iter().flat_map(one).filter(|person| !concerned.contains(person)).collect()
        };
        let first = &stages[0];
        let expected = match named(&first.primary) {
            nobody if nobody.is_empty() => named(&first.fallback_primary),
            found => found,
        };
        prop_assert_eq!(asked(&outcome), expected.into_iter().collect::<Vec<_>>());
        // All stages are there, and only the first of them is open.
        let made = outcome.changes.iter().filter(|change| matches!(change, Change::Insert { kind: Kind::ApprovalStage, .. }));
        prop_assert_eq!(made.count(), stages.len());
        let opened = outcome.changes.iter().filter(|change| matches!(change, Change::Update { kind: Kind::ApprovalStage, .. }));
        prop_assert_eq!(opened.count(), 1);
        let waits = due(&outcome).expect("somebody looks at it again");
        prop_assert!(waits > NOW);
        if let Some(timeout) = first.timeout {
            prop_assert_eq!(waits, NOW + first.escalation.map_or(timeout, |escalation| escalation.min(timeout)));
        }
        let gives = |change: &Change| matches!(change, Change::Insert { kind: Kind::Assignment, .. });
        prop_assert!(!outcome.changes.iter().any(gives));
    }

    #[test]
    fn a_stage_ends_when_its_time_is_over_and_not_before(stage in stage(), alive in btree_set(0..PEOPLE, 0..PEOPLE), passed in 0i64..60) {
        let waiting = StageState {
            id: id(80), position: 0, status: StageStatus::InProgress, opened_at: Some(NOW), approvers: vec![id(5)],
        };
        let case = Case {
            target: Some(person(0, &[2], &[3])),
            request: Some(request(RequestState::PendingApproval, 0)),
            stages: vec![waiting],
            approval: Some(ApprovalSettings { for_add: true, stages: vec![stage.clone()], ..ApprovalSettings::default() }),
            alive: alive.iter().copied().map(id).collect(),
            ..Case::default()
        };
        let now = NOW + passed;
        let outcome = done(&case, Task::Stage, now);
        let over = stage.timeout.is_some_and(|timeout| passed >= timeout);
        prop_assert_eq!(state(&outcome), over.then_some(RequestState::Denied));
        if over {
            prop_assert_eq!(due(&outcome), None);
            prop_assert_eq!(asked(&outcome), Vec::<Uuid>::new());
            return Ok(());
        }
        // It is put off into the future: a task that is due at once again would never let the worker rest.
        prop_assert!(due(&outcome).is_some_and(|due| due > now), "{:?} at {now}", due(&outcome));
        let escalates = stage.escalation.is_some_and(|escalation| passed >= escalation);
        // Before that somebody is asked only where the one who was asked first would not be found any more.
        let is_first = |set: &SubjectSet| *set == SubjectSet::User(id(5));
        let still_there = alive.contains(&5) && stage.primary.iter().any(is_first);
        prop_assert!(escalates || !still_there || asked(&outcome).is_empty());
        prop_assert!(!asked(&outcome).contains(&id(0)), "nobody decides for themselves");
        prop_assert!(!asked(&outcome).contains(&id(5)), "who is asked already is not asked again");
    }
}
