//! NOTICE: two weeks before an assignment's end and a day before it, its holder hears of it, and an
//! extension if the policy names one. One task
//! that moves from the first to the second; an extension moves it as it moves the end.

use super::callout::{self, Occasion};
use super::case::Case;
use super::command::Work;
use super::mail::{self, Letter};
use super::state::status;
use crate::Instant;
use crate::command::Kind;
use crate::fields::{Fields, Value};
use crate::outcome::{Change, Outcome, Task};
use crate::policy::{CalloutStage, DAY, Span};
use uuid::Uuid;

/// How long before the end (semantics.md: "Notices at 14 days and 1 day before the end").
const FIRST: Span = 14 * DAY;
const LAST: Span = DAY;

/// The task of the next notice about an assignment that ends at `until`, if there is one to come.
pub(super) fn task(assignment: Uuid, until: Instant, now: Instant) -> Option<Change> {
    [FIRST, LAST].into_iter().map(|span| until.saturating_sub(span)).find(|due| *due > now).map(|due| Change::Task {
        task: Task::Notice,
        subject: assignment,
        due,
    })
}

/// The end is near.
pub fn notice(work: &Work, case: &Case, now: Instant) -> Outcome {
    let done = Change::TaskDone { task: Task::Notice, subject: work.subject };
    let held = case.assignment.as_ref().filter(|held| held.state.is_current());
    let Some((held, until)) = held.and_then(|held| Some((held, held.ends_at?))) else {
        return Outcome::silent(vec![done]);
    };
    let left = until.saturating_sub(now);
    let mut changes = vec![done];
    changes.extend(task(held.id, until, now));
    // Whoever hears that it has ended needn't hear that it will.
    if left <= 0 || left > FIRST {
        return Outcome::silent(changes);
    }
    let (letter, stage) = match left <= LAST {
        true => (Letter::EndsTomorrow, CalloutStage::OneDayBefore),
        false => (Letter::EndsInTwoWeeks, CalloutStage::FourteenDaysBefore),
    };
    if letter == Letter::EndsTomorrow {
        let fields = Fields(vec![("status", Value::from(status::NEAR_EXPIRY))]);
        changes.push(Change::Update { kind: Kind::Assignment, id: held.id, fields });
    }
    changes.extend(mail::to_holder(case, letter, Some(held.policy), Some(until), now));
    let occasion = Occasion { stage, policy: Some(held.policy), request: None, assignment: Some(held.id) };
    changes.extend(callout::call(work, case, &occasion, now));
    Outcome::silent(changes)
}
