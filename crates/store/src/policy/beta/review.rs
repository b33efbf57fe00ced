//! Reviews of access in beta: how often, by whom, for how many days; v1.0 has a schedule for that.

use super::super::shape::{Expiration, Pattern, Range, Recurrence, Review as Stored, Schedule, Set};
use super::super::span;
use super::sets::{self, UserSet};
use super::{or_default, shape, shown};
use domain::denial::Denial;
use domain::policy::DAY;
use domain::policy::check::wrong;
use serde::{Deserialize, Serialize};

shape!(Review {
    access_review_timeout_behavior: Option<String>,
    duration_in_days: Option<i64>,
    is_access_recommendation_enabled: bool,
    is_approval_justification_required: bool,
    is_enabled: bool,
    recurrence_type: Option<String>,
    reviewers: Vec<UserSet>,
    reviewer_type: Option<String>,
    start_date_time: Option<String>,
});

/// What beta calls a recurrence; v1.0's type of it, and every how many of these.
const RECURRENCES: &[(&str, &str, i64)] = &[
    ("weekly", "weekly", 1),
    ("monthly", "absoluteMonthly", 1),
    ("quarterly", "absoluteMonthly", 3),
    ("halfyearly", "absoluteMonthly", 6),
    ("annual", "absoluteYearly", 1),
    ("annual", "absoluteMonthly", 12),
];
const REVIEWER_TYPES: &[&str] = &["Self", "Reviewers", "Manager"];

impl Review {
    /// What is said here, as it is stored; the schedule stays where it comes back as it was shown.
    pub fn settings(&self, before: Option<&Stored>) -> Result<Stored, Denial> {
        let kind = self.reviewer_type.as_deref().unwrap_or("Reviewers");
        let kind = REVIEWER_TYPES.iter().find(|known| known.eq_ignore_ascii_case(kind)).ok_or_else(|| {
            let known = REVIEWER_TYPES.join(", ");
            wrong("accessReviewSettings/reviewerType", format!("It has to be one of {known}, not '{kind}'."))
        })?;
        let mut primary = sets::read(&self.reviewers, false);
        if *kind == "Manager" {
            primary.insert(0, Set::RequestorManager { manager_level: Some(1) });
        }
        let same = |old: &&Stored| {
            let old = Review::of(old);
            (&old.start_date_time, old.duration_in_days, &old.recurrence_type)
                == (&self.start_date_time, self.duration_in_days, &self.recurrence_type)
        };
        Ok(Stored {
            expiration_behavior: self.access_review_timeout_behavior.clone(),
            fallback_reviewers: sets::read(&self.reviewers, true),
            is_enabled: self.is_enabled,
            is_recommendation_enabled: self.is_access_recommendation_enabled,
            is_reviewer_justification_required: self.is_approval_justification_required,
            is_self_review: *kind == "Self",
            primary_reviewers: primary,
            schedule: match before.filter(same) {
                Some(old) => old.schedule.clone(),
                None => self.schedule()?,
            },
        })
    }

    fn schedule(&self) -> Result<Option<Schedule>, Denial> {
        if self.start_date_time.is_none() && self.duration_in_days.is_none() && self.recurrence_type.is_none() {
            return Ok(None);
        }
        Ok(Some(Schedule {
            expiration: self.duration_in_days.map(|days| Expiration {
                duration: Some(span::write(days.saturating_mul(DAY))),
                end_date_time: None,
                kind: Some("afterDuration".to_owned()),
            }),
            recurrence: self.recurrence_type.as_deref().map(recurrence).transpose()?,
            start_date_time: self.start_date_time.clone(),
        }))
    }

    pub fn of(stored: &Stored) -> Review {
        let schedule = stored.schedule.as_ref();
        let pattern = schedule.and_then(|schedule| schedule.recurrence.as_ref()?.pattern.as_ref());
        let called = |pattern: &Pattern| {
            let same = |(_, kind, interval): &&(&str, &str, i64)| {
                pattern.kind.as_deref() == Some(kind) && pattern.interval == *interval
            };
            RECURRENCES.iter().find(same).map(|(name, ..)| (*name).to_owned())
        };
        let by_manager = !stored.is_self_review && by_manager(stored);
        let primary: Vec<Set> = match by_manager {
            true => stored.primary_reviewers.iter().skip(1).cloned().collect(),
            false => stored.primary_reviewers.clone(),
        };
        let kind = match (stored.is_self_review, by_manager) {
            (true, _) => "Self",
            (false, true) => "Manager",
            (false, false) => "Reviewers",
        };
        let days = schedule.and_then(|schedule| schedule.expiration.as_ref());
        Review {
            access_review_timeout_behavior: stored.expiration_behavior.clone(),
            duration_in_days: days.and_then(|expiration| shown(&expiration.duration, DAY)),
            is_access_recommendation_enabled: stored.is_recommendation_enabled,
            is_approval_justification_required: stored.is_reviewer_justification_required,
            is_enabled: stored.is_enabled,
            recurrence_type: pattern.and_then(called),
            reviewers: sets::write(&primary, &stored.fallback_reviewers),
            reviewer_type: Some(kind.to_owned()),
            start_date_time: schedule.and_then(|schedule| schedule.start_date_time.clone()),
        }
    }
}

/// Whether the direct manager reviews first of all; a higher one is a reviewer like others.
fn by_manager(stored: &Stored) -> bool {
    matches!(stored.primary_reviewers.first(), Some(Set::RequestorManager { manager_level: None | Some(1) }))
}

fn recurrence(name: &str) -> Result<Recurrence, Denial> {
    let known = RECURRENCES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
    let Some((_, kind, interval)) = known else {
        let path = "accessReviewSettings/recurrenceType";
        let message = "It has to be one of weekly, monthly, quarterly, halfyearly, annual";
        return Err(wrong(path, format!("{message}, not '{name}'.")));
    };
    Ok(Recurrence {
        pattern: Some(Pattern {
            first_day_of_week: Some("sunday".to_owned()),
            index: Some("first".to_owned()),
            interval: *interval,
            kind: Some((*kind).to_owned()),
            ..Pattern::default()
        }),
        range: Some(Range { kind: Some("noEnd".to_owned()), ..Range::default() }),
    })
}
