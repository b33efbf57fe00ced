//! What becomes of people from outside: when an account is deleted, and when it isn't.

use domain::command::Kind;
use domain::fields::Value;
use domain::lifecycle::Work;
use domain::lifecycle::case::{Case, Person};
use domain::lifecycle::external::{Afterwards, External, cleanup};
use domain::outcome::{Change, Outcome, Task};
use domain::policy::DAY;
use uuid::Uuid;

const NOW: i64 = 100 * DAY;
const SUBJECT: Uuid = Uuid::from_u128(1);
const USER: Uuid = Uuid::from_u128(2);

/// A guest whose time is over.
fn over() -> External {
    External {
        governed: true,
        blocked_at: Some(NOW - 30 * DAY),
        cleanup_at: Some(NOW),
        afterwards: Afterwards::BlockAndDelete,
        delete_after: 30 * DAY,
        holds_more: false,
        awaits: false,
    }
}

fn decided(external: External, person: impl FnOnce(&mut Person)) -> Outcome {
    let mut target = Person { subject: Some(SUBJECT), object: USER, is_user: true, ..Person::default() };
    person(&mut target);
    let case = Case { target: Some(target), external: Some(external), ..Case::default() };
    cleanup(&Work { task: Task::SubjectCleanup, subject: SUBJECT, seed: Uuid::nil() }, &case, NOW)
}

fn deletes(outcome: &Outcome) -> bool {
    outcome.changes.contains(&Change::SoftDelete { kind: Kind::User, id: USER, at: NOW })
}

/// When it is looked at again, and what the subject shows of it.
fn again(outcome: &Outcome) -> Option<(i64, Option<Value>)> {
    let due = outcome.changes.iter().find_map(|change| match change {
        Change::Task { task: Task::SubjectCleanup, subject, due } if *subject == SUBJECT => Some(*due),
        _ => None,
    })?;
    let shown = outcome.changes.iter().find_map(|change| match change {
        Change::Update { kind: Kind::Subject, fields, .. } => fields.get("cleanupScheduledDateTime").cloned(),
        _ => None,
    });
    Some((due, shown))
}

#[test]
fn who_holds_nothing_any_more_is_deleted_when_the_time_is_over() {
    let outcome = decided(over(), |_| {});
    assert!(deletes(&outcome) && again(&outcome).is_none());
    assert_eq!(outcome.audit.map(|row| row.activity), Some("Delete user"));
    let early = decided(External { cleanup_at: Some(NOW + DAY), ..over() }, |_| {});
    assert!(!deletes(&early));
    assert_eq!(again(&early), Some((NOW + DAY, Some(Value::Time(NOW + DAY)))));
}

#[test]
fn whoever_may_yet_be_given_something_is_waited_for() {
    let outcome = decided(External { awaits: true, ..over() }, |_| {});
    assert!(!deletes(&outcome));
    assert_eq!(again(&outcome), Some((NOW + DAY, Some(Value::Time(NOW + DAY)))));
}

#[test]
fn nobody_else_is_deleted() {
    for external in [
        External { governed: false, ..over() },
        External { holds_more: true, ..over() },
        External { cleanup_at: None, ..over() },
        External { afterwards: Afterwards::Nothing, ..over() },
        External { afterwards: Afterwards::Block, ..over() },
    ] {
        let outcome = decided(external, |_| {});
        assert!(!deletes(&outcome) && again(&outcome).is_none(), "{external:?}");
    }
    let changes: [fn(&mut Person); 3] =
        [|person| person.is_member = true, |person| person.is_deleted = true, |person| person.is_user = false];
    for change in changes {
        let outcome = decided(over(), change);
        assert!(!deletes(&outcome) && again(&outcome).is_none());
    }
}
