//! From stored settings to the policy that rules know: durations and ids become what they are, and
//! what can't be one of those is refused by its name.

use super::shape::{Question as Stored, Set, Settings, Stage as StoredStage};
use super::span;
use domain::command::Kind;
use domain::denial::Denial;
use domain::policy::change::{CALLOUTS, Named, named};
use domain::policy::check::{ENTRIES_MAX, wrong};
use domain::policy::words::Words;
use domain::policy::{
    ApprovalSettings, Automatic, CalloutStage, Expiration, Policy, Question, QuestionKind, RequestorSettings, Review,
    STAGES_MAX, Span, Stage, StageSetting, SubjectSet, TargetScope,
};
use odata::literal::time;
use uuid::Uuid;

/// How settings read, for the rules: the policy, and those whom it names.
pub struct Read {
    pub policy: Policy,
    pub named: Vec<Named>,
}

struct Reader<'a> {
    words: &'a Words,
    named: Vec<Named>,
}

/// Reads `settings` as the policy `id` of `package`.
///
/// # Errors
/// [`Denial::Setting`] for what is no id, no duration, or missing where another setting asks for it.
pub fn policy(settings: &Settings, id: Uuid, package: Uuid, name: &str, words: &Words) -> Result<Read, Denial> {
    let mut reader = Reader { words, named: Vec::new() };
    let requestor = &settings.requestor_settings;
    let approval = &settings.request_approval_settings;
    let scope = TargetScope::from_number(settings.allowed_target_scope)
        .ok_or_else(|| wrong(words.scope, "It has to be one of the known scopes."))?;
    let policy = Policy {
        id,
        package,
        name: name.to_owned(),
        scope,
        targets: reader.sets(&settings.specific_allowed_targets, words.targets)?,
        requestor: RequestorSettings {
            self_add: requestor.enable_targets_to_self_add_access,
            self_update: requestor.enable_targets_to_self_update_access,
            self_remove: requestor.enable_targets_to_self_remove_access,
            on_behalf_add: requestor.enable_on_behalf_requestors_to_add_access,
            on_behalf_update: requestor.enable_on_behalf_requestors_to_update_access,
            on_behalf_remove: requestor.enable_on_behalf_requestors_to_remove_access,
            on_behalf: reader.sets(&requestor.on_behalf_requestors, words.on_behalf)?,
            custom_schedule: requestor.allow_custom_assignment_schedule,
        },
        approval: ApprovalSettings {
            for_add: approval.is_approval_required_for_add,
            for_update: approval.is_approval_required_for_update,
            requestor_justification: approval.is_requestor_justification_required,
            stages: reader.stages(&approval.stages)?,
        },
        expiration: expiration(settings, words)?,
        questions: questions(&settings.questions, words)?,
        automatic: automatic(settings, words)?,
        review: settings
            .review_settings
            .as_ref()
            .filter(|review| review.is_enabled)
            .map(|review| Review { by_self: review.is_self_review, by_others: !review.primary_reviewers.is_empty() }),
        silent: settings.notification_settings.is_assignment_notification_disabled,
        callouts: reader.callouts(settings)?,
    };
    if let Some(review) = &settings.review_settings {
        reader.sets(&review.primary_reviewers, words.reviewers)?;
        reader.sets(&review.fallback_reviewers, words.fallback_reviewers)?;
    }
    Ok(Read { policy, named: reader.named })
}

/// The sets that a list means; `path` is what the list is called.
///
/// # Errors
/// [`Denial::Setting`] for what is no id.
pub fn sets(list: &[Set], path: &str) -> Result<Vec<SubjectSet>, Denial> {
    list.iter().map(|set| subject_set(set, path)).collect()
}

impl Reader<'_> {
    fn sets(&mut self, list: &[Set], path: &str) -> Result<Vec<SubjectSet>, Denial> {
        // Before anybody is looked for: the rules' own limits come only after that.
        if list.len() > ENTRIES_MAX {
            return Err(wrong(path, format!("A list can't have more than {ENTRIES_MAX} entries.")));
        }
        let mut sets = Vec::with_capacity(list.len());
        for each in list {
            let set = subject_set(each, path)?;
            if let Some((kind, id)) = named(&set) {
                self.named.push(Named { path: path.to_owned(), kind, id });
            }
            sets.push(set);
        }
        Ok(sets)
    }

    fn callouts(&mut self, settings: &Settings) -> Result<Vec<StageSetting>, Denial> {
        let list = settings.custom_extension_stage_settings.iter().enumerate();
        list.map(|(at, said)| {
            let path = |below: &str| format!("{CALLOUTS}[{at}]/{below}");
            let stage = CalloutStage::from_number(said.stage);
            let stage = stage.ok_or_else(|| wrong(path("stage"), "It has to be one of the known stages."))?;
            let extension = Uuid::try_parse(&said.custom_extension).ok();
            let extension =
                extension.ok_or_else(|| wrong(path("customExtension"), "It has to name an extension by its id."))?;
            self.named.push(Named { path: path("customExtension"), kind: Kind::Extension, id: extension });
            Ok(StageSetting { stage, extension })
        })
        .collect()
    }

    fn stages(&mut self, stages: &[StoredStage]) -> Result<Vec<Stage>, Denial> {
        if stages.len() > STAGES_MAX {
            return Err(wrong(self.words.stages, format!("An approval has at most {STAGES_MAX} stages.")));
        }
        stages.iter().enumerate().map(|(at, stage)| self.stage(stage, &self.words.stage(at))).collect()
    }

    fn stage(&mut self, stage: &StoredStage, path: &str) -> Result<Stage, Denial> {
        let words = self.words;
        let at = |name: &str| format!("{path}/{name}");
        let escalation = match (stage.is_escalation_enabled, &stage.duration_before_escalation) {
            (false, _) => None,
            (true, None) => return Err(wrong(at(words.escalation), "An escalation comes after some time.")),
            (true, Some(text)) => Some(duration(text, &at(words.escalation))?),
        };
        let timeout = stage.duration_before_automatic_denial.as_deref();
        Ok(Stage {
            timeout: timeout.map(|text| duration(text, &at(words.timeout))).transpose()?,
            escalation,
            justification: stage.is_approver_justification_required,
            primary: self.sets(&stage.primary_approvers, &at(words.primary))?,
            fallback_primary: self.sets(&stage.fallback_primary_approvers, &at(words.fallback_primary))?,
            escalation_approvers: self.sets(&stage.escalation_approvers, &at(words.escalation_approvers))?,
            fallback_escalation: self.sets(&stage.fallback_escalation_approvers, &at(words.fallback_escalation))?,
        })
    }
}

fn subject_set(set: &Set, path: &str) -> Result<SubjectSet, Denial> {
    let id = |text: &str| {
        let parsed = if text.len() == 36 { Uuid::try_parse(text).ok() } else { None };
        parsed.ok_or_else(|| wrong(path, format!("'{text}' is no id: it has to be a GUID.")))
    };
    let level = |level: &Option<i64>| u32::try_from(level.unwrap_or(1)).unwrap_or(0);
    Ok(match set {
        Set::User { user_id, .. } => SubjectSet::User(id(user_id)?),
        Set::Group { group_id, .. } => SubjectSet::Group(id(group_id)?),
        Set::ServicePrincipal { service_principal_id, .. } => SubjectSet::ServicePrincipal(id(service_principal_id)?),
        Set::ConnectedOrganization { connected_organization_id, .. } => {
            SubjectSet::ConnectedOrganization(id(connected_organization_id)?)
        }
        Set::RequestorManager { manager_level } => SubjectSet::RequestorManager { level: level(manager_level) },
        Set::TargetManager { manager_level } => SubjectSet::TargetManager { level: level(manager_level) },
        Set::InternalSponsors => SubjectSet::InternalSponsors,
        Set::ExternalSponsors => SubjectSet::ExternalSponsors,
        Set::TargetSponsors => SubjectSet::TargetSponsors,
        Set::AgentSponsorsOrOwners | Set::ApplicationOwners => SubjectSet::TargetOwners,
        Set::Rule { membership_rule, .. } => SubjectSet::Rule(membership_rule.clone()),
    })
}

fn duration(text: &str, path: &str) -> Result<Span, Denial> {
    span::read(text).ok_or_else(|| wrong(path, format!("'{text}' is no duration of a fixed length, such as P14D.")))
}

fn expiration(settings: &Settings, words: &Words) -> Result<Expiration, Denial> {
    let stored = &settings.expiration;
    match (stored.kind.as_deref(), &stored.duration, &stored.end_date_time) {
        (Some("afterDateTime"), _, Some(end)) => {
            let end = time(end).ok_or_else(|| wrong(words.end, "It has to be a date and time."))?;
            Ok(Expiration::At(end))
        }
        (Some("afterDateTime"), _, None) => Err(wrong(words.end, format!("'{}' asks for it.", words.expiration))),
        (Some("afterDuration"), Some(text), _) => Ok(Expiration::After(duration(text, words.duration)?)),
        (Some("afterDuration"), None, _) => Err(wrong(words.duration, format!("'{}' asks for it.", words.expiration))),
        (Some("notSpecified"), ..) => Ok(Expiration::NotSpecified),
        (Some("noExpiration") | None, ..) => Ok(Expiration::Never),
        (Some(_), ..) => Err(wrong(words.expiration, "It has to be one of the known types.")),
    }
}

fn automatic(settings: &Settings, words: &Words) -> Result<Option<Automatic>, Denial> {
    let Some(stored) = &settings.automatic_request_settings else { return Ok(None) };
    let grace = stored.grace_period_before_access_removal.as_deref();
    Ok(Some(Automatic {
        add: stored.request_access_for_allowed_targets,
        remove: stored.remove_access_when_target_leaves_allowed_targets,
        grace: grace.map_or(Ok(0), |text| duration(text, words.grace))?,
    }))
}

fn questions(stored: &[Stored], words: &Words) -> Result<Vec<Question>, Denial> {
    let read = |(at, question): (usize, &Stored)| {
        let path = words.question(at);
        let id = question.id.as_deref().and_then(|id| Uuid::try_parse(id).ok());
        let id = id.ok_or_else(|| wrong(format!("{path}/id"), "A question's id is a GUID."))?;
        let kind = match question.is_choice() {
            true => QuestionKind::Choice {
                values: question.choices.iter().map(|choice| choice.value().to_owned()).collect(),
                several: question.is_multiple_selection_allowed.unwrap_or(false),
            },
            false => QuestionKind::Text {
                pattern: question.regex_pattern.clone(),
                single_line: question.is_single_line_question.unwrap_or(false),
            },
        };
        Ok(Question {
            id,
            sequence: question.sequence.unwrap_or(0),
            required: question.is_required,
            editable: question.is_answer_editable.unwrap_or(true),
            kind,
        })
    };
    stored.iter().enumerate().map(read).collect()
}

impl super::shape::Choice {
    /// What is answered when this is chosen: its value, or the text where it has none.
    pub fn value(&self) -> &str {
        self.actual_value.as_deref().or(self.text.as_deref()).unwrap_or_default()
    }
}
