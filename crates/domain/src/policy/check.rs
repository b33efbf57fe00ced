//! What a policy may not say, because it contradicts itself or nobody could act on it. Every refusal
//! names the setting. Whether those whom it names are there is asked in `change`.

use super::words::Words;
use super::{
    DAY, DURATION_MAX, Expiration, Policy, Question, QuestionKind, Review, STAGES_MAX, Span, Stage, SubjectSet,
    TargetScope,
};
use crate::Instant;
use crate::denial::Denial;
use crate::membership_rule;
use crate::pattern;

/// The longest that a stage may wait for a decision.
const TIMEOUT_MAX: Span = 14 * DAY;
/// With an escalation after a day or more, the shortest.
const TIMEOUT_ESCALATED: Span = 4 * DAY;
/// How many steps up a manager may be.
const LEVEL_MAX: u32 = 4;
/// The most entries of one list of people, and the most questions or choices.
pub const ENTRIES_MAX: usize = 200;

pub fn wrong(path: impl Into<String>, message: impl Into<String>) -> Denial {
    Denial::Setting { path: path.into(), message: message.into() }
}

/// Checks a policy as a whole. `ends_later` says that its end, if it has one, must be yet to come: so
/// when it is made, and when the end is changed.
///
/// # Errors
/// [`Denial::Setting`] for the first contradiction.
pub fn check(policy: &Policy, words: &Words, now: Instant, ends_later: bool) -> Result<(), Denial> {
    targets(policy, words)?;
    approval(policy, words)?;
    for (at, stage) in policy.approval.stages.iter().enumerate() {
        self::stage(stage, &words.stage(at), words)?;
    }
    sets(&policy.requestor.on_behalf, words.on_behalf, words)?;
    expiration(policy.expiration, words, now, ends_later)?;
    questions(&policy.questions, words)?;
    review(policy.review, words)?;
    automatic(policy, words)
}

/// What is wrong with a membership rule, if anything.
pub fn rule_fault(rule: &str) -> Option<String> {
    membership_rule::Rule::parse(rule).err().map(|error| error.to_string())
}

/// A scope of `specific…` has targets of its kind, and no other scope has any.
fn targets(policy: &Policy, words: &Words) -> Result<(), Denial> {
    use SubjectSet::{ConnectedOrganization, Group, Rule, ServicePrincipal, User};
    let fits: fn(&SubjectSet) -> bool = match policy.scope {
        TargetScope::SpecificUsers => |set| matches!(set, User(_) | Group(_) | Rule(_)),
        TargetScope::SpecificConnectedOrganizations => |set| matches!(set, ConnectedOrganization(_)),
        TargetScope::SpecificServicePrincipals => |set| matches!(set, ServicePrincipal(_) | Group(_) | Rule(_)),
        _ if policy.targets.is_empty() => return Ok(()),
        _ => {
            let message = format!("Nobody can be named where '{}' is not a specific one.", words.scope);
            return Err(wrong(words.targets, message));
        }
    };
    if policy.targets.is_empty() {
        return Err(wrong(words.targets, format!("'{}' asks for whom the policy is to be named.", words.scope)));
    }
    if !policy.targets.iter().all(fits) {
        return Err(wrong(words.targets, format!("'{}' doesn't take one of those named.", words.scope)));
    }
    sets(&policy.targets, words.targets, words)
}

fn approval(policy: &Policy, words: &Words) -> Result<(), Denial> {
    let approval = &policy.approval;
    if approval.stages.len() > STAGES_MAX {
        return Err(wrong(words.stages, format!("An approval has at most {STAGES_MAX} stages.")));
    }
    for (asked, name) in [(approval.for_add, words.approval_for_add), (approval.for_update, words.approval_for_update)]
    {
        if asked && approval.stages.is_empty() {
            return Err(wrong(words.stages, format!("'{name}' asks for at least one stage.")));
        }
    }
    Ok(())
}

fn stage(stage: &Stage, path: &str, words: &Words) -> Result<(), Denial> {
    let at = |name: &str| format!("{path}/{name}");
    let lists = [
        (&stage.primary, words.primary),
        (&stage.fallback_primary, words.fallback_primary),
        (&stage.escalation_approvers, words.escalation_approvers),
        (&stage.fallback_escalation, words.fallback_escalation),
    ];
    for (list, name) in lists {
        approvers(list, &at(name), words)?;
    }
    if stage.primary.is_empty() {
        return Err(wrong(at(words.primary), "A stage needs somebody who decides."));
    }
    if let Some(timeout) = stage.timeout {
        within(timeout, TIMEOUT_MAX, &at(words.timeout))?;
    }
    let Some(escalation) = stage.escalation else { return Ok(()) };
    if escalation <= 0 {
        return Err(wrong(at(words.escalation), "An escalation comes after some time."));
    }
    if stage.escalation_approvers.is_empty() {
        return Err(wrong(at(words.escalation_approvers), "An escalation needs somebody who decides then."));
    }
    let Some(timeout) = stage.timeout else { return Ok(()) };
    if escalation >= DAY && timeout < TIMEOUT_ESCALATED {
        let message = "With an escalation after a day or more, a stage waits for at least 4 days.";
        return Err(wrong(at(words.timeout), message));
    }
    if escalation >= timeout {
        let message = format!("The escalation would come after '{}' has passed.", words.timeout);
        return Err(wrong(at(words.escalation), message));
    }
    Ok(())
}

/// Those who decide are people: nobody can ask a service principal, or all of an organization.
fn approvers(list: &[SubjectSet], path: &str, words: &Words) -> Result<(), Denial> {
    use SubjectSet::{ConnectedOrganization, Rule, ServicePrincipal};
    if list.iter().any(|set| matches!(set, ServicePrincipal(_) | ConnectedOrganization(_) | Rule(_))) {
        return Err(wrong(path, "Only users, groups, managers, sponsors and owners can decide."));
    }
    sets(list, path, words)
}

fn sets(list: &[SubjectSet], path: &str, words: &Words) -> Result<(), Denial> {
    if list.len() > ENTRIES_MAX {
        return Err(wrong(path, format!("A list can't have more than {ENTRIES_MAX} entries.")));
    }
    for (at, set) in list.iter().enumerate() {
        match set {
            SubjectSet::RequestorManager { level } | SubjectSet::TargetManager { level }
                if !(1..=LEVEL_MAX).contains(level) =>
            {
                let message = format!("A manager is 1 to {LEVEL_MAX} levels up.");
                return Err(wrong(format!("{path}[{at}]/{}", words.level), message));
            }
            SubjectSet::Rule(rule) => {
                if let Some(fault) = rule_fault(rule) {
                    return Err(wrong(format!("{path}[{at}]/{}", words.rule), fault));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// More than nothing and no more than `max`, which is whole days.
fn within(span: Span, max: Span, path: &str) -> Result<(), Denial> {
    if span > 0 && span <= max {
        return Ok(());
    }
    Err(wrong(path, format!("It has to be more than nothing, and at most {} days.", max / DAY)))
}

fn expiration(expiration: Expiration, words: &Words, now: Instant, ends_later: bool) -> Result<(), Denial> {
    match expiration {
        Expiration::NotSpecified | Expiration::Never => Ok(()),
        Expiration::After(span) => within(span, DURATION_MAX, words.duration),
        Expiration::At(end) if ends_later && end <= now => Err(wrong(words.end, "It has to be in the future.")),
        Expiration::At(_) => Ok(()),
    }
}

fn questions(questions: &[Question], words: &Words) -> Result<(), Denial> {
    if questions.len() > ENTRIES_MAX {
        return Err(wrong(words.questions, format!("A policy can't ask more than {ENTRIES_MAX} questions.")));
    }
    for (at, question) in questions.iter().enumerate() {
        let path = words.question(at);
        let before = questions.get(..at).unwrap_or_default();
        if before.iter().any(|other| other.sequence == question.sequence) {
            let message = format!("Another question has the place {} already.", question.sequence);
            return Err(wrong(format!("{path}/{}", words.sequence), message));
        }
        if let QuestionKind::Text { pattern: Some(pattern), .. } = &question.kind {
            pattern::compile(pattern).map_err(|message| wrong(format!("{path}/regexPattern"), message))?;
        }
        let QuestionKind::Choice { values, .. } = &question.kind else { continue };
        let path = format!("{path}/{}", words.choices);
        if values.is_empty() || values.len() > ENTRIES_MAX {
            return Err(wrong(path, format!("A question of choices has 1 to {ENTRIES_MAX} of them.")));
        }
        for (at, value) in values.iter().enumerate() {
            if value.trim().is_empty() {
                return Err(wrong(format!("{path}[{at}]"), "A choice has to have a value."));
            }
            if values.get(..at).unwrap_or_default().contains(value) {
                return Err(wrong(format!("{path}[{at}]"), format!("The choice '{value}' is there twice.")));
            }
        }
    }
    Ok(())
}

/// Either the holders review, or somebody else.
fn review(review: Option<Review>, words: &Words) -> Result<(), Denial> {
    match review {
        Some(Review { by_self: true, by_others: true }) => {
            Err(wrong(words.reviewers, "Nobody else can be named where holders review for themselves."))
        }
        Some(Review { by_self: false, by_others: false }) => {
            Err(wrong(words.reviewers, "A review needs somebody who reviews."))
        }
        _ => Ok(()),
    }
}

/// A policy that assigns by itself asks nobody, and says by one rule whom it fits.
fn automatic(policy: &Policy, words: &Words) -> Result<(), Denial> {
    let Some(automatic) = policy.automatic else { return Ok(()) };
    if !(automatic.add || automatic.remove) {
        return Ok(());
    }
    let by_rule = matches!(policy.targets.as_slice(), [SubjectSet::Rule(_)]);
    if policy.scope != TargetScope::SpecificUsers || !by_rule {
        let message = format!("'{}' asks for one membership rule that says whom the policy fits.", words.automatic);
        return Err(wrong(words.targets, message));
    }
    if policy.approval.for_add {
        let message = "A policy that assigns by itself can't ask for approval.";
        return Err(wrong(words.approval_for_add, message));
    }
    if automatic.grace < 0 || automatic.grace > DURATION_MAX {
        let message = format!("It can't be less than nothing, and at most {} days.", DURATION_MAX / DAY);
        return Err(wrong(words.grace, message));
    }
    Ok(())
}
