//! From when and until when: the policy's expiration and the requestor's wish become one window.

use super::command::Wish;
use crate::Instant;
use crate::checks::invalid;
use crate::denial::Denial;
use crate::policy::{Expiration, Policy};

/// A stretch of time in which access is held; without `until` it has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from: Instant,
    pub until: Option<Instant>,
}

impl Window {
    /// Whether there is a moment in both.
    pub fn overlaps(&self, other: &Window) -> bool {
        let begins_before = |one: &Window, end: Option<Instant>| end.is_none_or(|end| one.from < end);
        begins_before(self, other.until) && begins_before(other, self.until)
    }
}

/// The window of a new assignment.
///
/// A start in the past means now. The end is the policy's; a wish may only shorten it.
///
/// # Errors
/// [`Denial::Invalid`] on `schedule` where a user may not say when (the policy's
/// `allowCustomAssignmentSchedule`), on `schedule/expiration` for an end that is before the start or
/// later than the policy allows, and on `assignmentPolicyId` for a policy whose time is over.
pub fn window(policy: &Policy, wish: &Wish, by_user: bool, now: Instant) -> Result<Window, Denial> {
    let says_something = wish.from.is_some() || !matches!(wish.until, None | Some(Expiration::NotSpecified));
    if by_user && says_something && !policy.requestor.custom_schedule {
        return Err(invalid("schedule", "The policy doesn't let requestors choose a schedule."));
    }
    let from = wish.from.unwrap_or(now).max(now);
    let latest = end(policy.expiration, from);
    if latest.is_some_and(|latest| latest <= from) {
        return Err(invalid("assignmentPolicyId", "The policy's time is over before the assignment would begin."));
    }
    let until = match wish.until {
        None | Some(Expiration::NotSpecified) => latest,
        Some(wished) => {
            let wished = end(wished, from);
            let too_late = match (wished, latest) {
                (_, None) => false,
                (None, Some(_)) => true,
                (Some(wished), Some(latest)) => wished > latest,
            };
            if too_late {
                return Err(invalid("schedule/expiration", "The end of the schedule is later than the policy allows."));
            }
            wished
        }
    };
    if until.is_some_and(|until| until <= from) {
        return Err(invalid("schedule/expiration", "The schedule ends before it begins."));
    }
    Ok(Window { from, until })
}

fn end(expiration: Expiration, from: Instant) -> Option<Instant> {
    match expiration {
        Expiration::NotSpecified | Expiration::Never => None,
        Expiration::At(at) => Some(at),
        Expiration::After(span) => Some(from.saturating_add(span)),
    }
}
