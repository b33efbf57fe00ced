//! Beta's way of saying what a policy sets. All that beta can say becomes [`Settings`]; what it can't
//! say stays as it was, and so does what is shown rounded (hours as days) and comes back unchanged.

mod questions;
mod review;
mod sets;

use super::shape::{Expiration, Question, Requestor, Settings, Stage, StageSetting, or_default, shape};
use super::span;
use super::words::BETA as WORDS;
use domain::denial::Denial;
use domain::fields::Value;
use domain::policy::check::wrong;
use domain::policy::{DAY, MINUTE, Span};
use model::tables::policies::SCOPES_BETA;
use serde::{Deserialize, Serialize};
use sets::UserSet;

shape!(Said {
    access_review_settings: Option<review::Review>,
    can_extend: bool,
    custom_extension_stage_settings: Vec<StageSetting>,
    duration_in_days: Option<i64>,
    expiration_date_time: Option<String>,
    questions: Vec<questions::BetaQuestion>,
    request_approval_settings: Approval,
    requestor_settings: Requestors,
});

shape!(Approval {
    approval_mode: Option<String>,
    approval_stages: Vec<BetaStage>,
    is_approval_required: bool,
    is_approval_required_for_extension: bool,
    is_requestor_justification_required: bool,
});

shape!(BetaStage {
    approval_stage_time_out_in_days: Option<i64>,
    escalation_approvers: Vec<UserSet>,
    escalation_time_in_minutes: Option<i64>,
    is_approver_justification_required: bool,
    is_escalation_enabled: bool,
    primary_approvers: Vec<UserSet>,
});

shape!(Requestors {
    accept_requests: bool,
    allowed_requestors: Vec<UserSet>,
    scope_type: Option<String>,
});

/// What beta says, beside what is there.
pub fn settings(said: &Said, before: Option<&Settings>) -> Result<Settings, Denial> {
    let approval = &said.request_approval_settings;
    mode_fits(approval)?;
    let old_stages = before.map(|old| old.request_approval_settings.stages.as_slice()).unwrap_or_default();
    let stages = approval.approval_stages.iter().enumerate();
    let mut settings = Settings {
        automatic_request_settings: before.and_then(|old| old.automatic_request_settings.clone()),
        custom_extension_stage_settings: said.custom_extension_stage_settings.clone(),
        expiration: expiration(said, before)?,
        notification_settings: before.map(|old| old.notification_settings.clone()).unwrap_or_default(),
        questions: questions::read(&said.questions, before.map(|old| old.questions.as_slice()).unwrap_or_default()),
        requestor_settings: requestors(said, before),
        review_settings: match &said.access_review_settings {
            Some(review) => Some(review.settings(before.and_then(|old| old.review_settings.as_ref()))?),
            None => None,
        },
        specific_allowed_targets: sets::read(&said.requestor_settings.allowed_requestors, false),
        allowed_target_scope: scope(said.requestor_settings.scope_type.as_deref())?,
        ..Settings::default()
    };
    let into = &mut settings.request_approval_settings;
    into.is_approval_required_for_add = approval.is_approval_required;
    into.is_approval_required_for_update = approval.is_approval_required_for_extension;
    into.is_requestor_justification_required = approval.is_requestor_justification_required;
    into.stages = stages.map(|(at, said)| stage(said, old_stages.get(at))).collect();
    Ok(settings)
}

/// The mode and the number of stages say the same.
fn mode_fits(approval: &Approval) -> Result<(), Denial> {
    let Some(mode) = &approval.approval_mode else { return Ok(()) };
    let path = "requestApprovalSettings/approvalMode";
    let stages = approval.approval_stages.len();
    let known = ["NoApproval", "SingleStage", "Serial"];
    match known.iter().position(|each| each.eq_ignore_ascii_case(mode)) {
        Some(0) if stages > 0 => Err(wrong(path, "NoApproval is without stages.")),
        // Without stages nobody is asked, whatever the mode: `isApprovalRequired` asks for stages.
        Some(1) if stages > 1 => Err(wrong(path, "SingleStage has one stage.")),
        Some(2) if stages == 1 => Err(wrong(path, "Serial has more than one stage.")),
        Some(_) => Ok(()),
        None => Err(wrong(path, format!("It has to be one of {}, not '{mode}'.", known.join(", ")))),
    }
}

fn scope(name: Option<&str>) -> Result<i64, Denial> {
    let Some(name) = name else { return Ok(0) };
    let known = SCOPES_BETA.iter().find(|(each, _)| each.eq_ignore_ascii_case(name));
    known.map(|(_, number)| *number).ok_or_else(|| wrong(WORDS.scope, format!("There is no scope '{name}'.")))
}

/// Beta has one word for asking and for giving back. Where it says again what it was shown, what v1.0 said
/// of giving back stays; where it says anything new, it says it of both.
fn requestors(said: &Said, before: Option<&Settings>) -> Requestor {
    let accepts = said.requestor_settings.accept_requests;
    let old = before.map(|old| old.requestor_settings.clone()).unwrap_or_default();
    let is_repeated = old.enable_targets_to_self_add_access == accepts;
    Requestor {
        enable_targets_to_self_add_access: accepts,
        enable_targets_to_self_remove_access: if is_repeated {
            old.enable_targets_to_self_remove_access
        } else {
            accepts
        },
        enable_targets_to_self_update_access: said.can_extend,
        ..old
    }
}

fn stage(said: &BetaStage, before: Option<&Stage>) -> Stage {
    let same = |old: &Option<String>, said: Option<i64>, unit: Span| shown(old, unit) == said;
    let kept = |old: Option<&Option<String>>, said: Option<i64>, unit: Span| match old {
        Some(old) if same(old, said, unit) => old.clone(),
        _ => said.map(|number| span::write(number.saturating_mul(unit))),
    };
    Stage {
        approver_information_visibility: before.and_then(|old| old.approver_information_visibility.clone()),
        duration_before_automatic_denial: kept(
            before.map(|old| &old.duration_before_automatic_denial),
            said.approval_stage_time_out_in_days,
            DAY,
        ),
        duration_before_escalation: kept(
            before.map(|old| &old.duration_before_escalation),
            said.escalation_time_in_minutes,
            MINUTE,
        ),
        escalation_approvers: sets::read(&said.escalation_approvers, false),
        fallback_escalation_approvers: sets::read(&said.escalation_approvers, true),
        fallback_primary_approvers: sets::read(&said.primary_approvers, true),
        is_approver_justification_required: said.is_approver_justification_required,
        is_escalation_enabled: said.is_escalation_enabled,
        primary_approvers: sets::read(&said.primary_approvers, false),
    }
}

/// A duration in whole units, begun ones counted.
fn shown(text: &Option<String>, unit: Span) -> Option<i64> {
    text.as_deref().and_then(span::read).map(|span| span::units(span, unit))
}

fn expiration(said: &Said, before: Option<&Settings>) -> Result<Expiration, Denial> {
    let days = said.duration_in_days.filter(|days| *days != 0);
    if days.is_some() && said.expiration_date_time.is_some() {
        return Err(wrong(WORDS.duration, format!("It can't be said together with '{}'.", WORDS.end)));
    }
    if let Some(old) = before.map(|old| &old.expiration)
        && ends(old) == (days.unwrap_or(0), said.expiration_date_time.clone())
    {
        return Ok(old.clone());
    }
    let kind = |name: &str| Some(name.to_owned());
    Ok(match (days, &said.expiration_date_time) {
        (Some(days), _) => Expiration {
            duration: Some(span::write(days.saturating_mul(DAY))),
            end_date_time: None,
            kind: kind("afterDuration"),
        },
        (None, Some(end)) => {
            Expiration { duration: None, end_date_time: Some(end.clone()), kind: kind("afterDateTime") }
        }
        (None, None) => Expiration { duration: None, end_date_time: None, kind: kind("noExpiration") },
    })
}

/// `durationInDays` and `expirationDateTime`.
fn ends(expiration: &Expiration) -> (i64, Option<String>) {
    match expiration.kind.as_deref() {
        Some("afterDuration") => (shown(&expiration.duration, DAY).unwrap_or(0), None),
        Some("afterDateTime") => (0, expiration.end_date_time.clone()),
        _ => (0, None),
    }
}

/// Beta's documents of settings, by core name.
pub fn documents(settings: &Settings) -> Vec<(&'static str, Value)> {
    let approval = &settings.request_approval_settings;
    let requestor = &settings.requestor_settings;
    let (days, end) = ends(&settings.expiration);
    let end = end.and_then(|end| odata::literal::time(&end));
    let mode = match approval.stages.len() {
        0 => "NoApproval",
        1 => "SingleStage",
        _ => "Serial",
    };
    let scope = SCOPES_BETA.iter().find(|(_, number)| *number == settings.allowed_target_scope);
    vec![
        ("accessReviewSettings", super::optional(settings.review_settings.as_ref().map(review::Review::of).as_ref())),
        ("canExtend", Value::Bool(requestor.enable_targets_to_self_update_access)),
        ("durationInDays", Value::Int(days)),
        ("expirationDateTime", end.map_or(Value::Null, Value::Time)),
        ("beta.questions", super::document(&questions::write(&settings.questions))),
        (
            "beta.requestApprovalSettings",
            super::document(&Approval {
                approval_mode: Some(mode.to_owned()),
                approval_stages: approval.stages.iter().map(beta_stage).collect(),
                is_approval_required: approval.is_approval_required_for_add,
                is_approval_required_for_extension: approval.is_approval_required_for_update,
                is_requestor_justification_required: approval.is_requestor_justification_required,
            }),
        ),
        (
            "beta.requestorSettings",
            super::document(&Requestors {
                accept_requests: requestor.enable_targets_to_self_add_access,
                allowed_requestors: sets::write(&settings.specific_allowed_targets, &[]),
                scope_type: scope.map(|(name, _)| (*name).to_owned()),
            }),
        ),
    ]
}

fn beta_stage(stage: &Stage) -> BetaStage {
    BetaStage {
        approval_stage_time_out_in_days: shown(&stage.duration_before_automatic_denial, DAY),
        escalation_approvers: sets::write(&stage.escalation_approvers, &stage.fallback_escalation_approvers),
        escalation_time_in_minutes: shown(&stage.duration_before_escalation, MINUTE),
        is_approver_justification_required: stage.is_approver_justification_required,
        is_escalation_enabled: stage.is_escalation_enabled,
        primary_approvers: sets::write(&stage.primary_approvers, &stage.fallback_primary_approvers),
    }
}

#[cfg(test)]
mod tests;
