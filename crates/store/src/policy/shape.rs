//! The settings of a policy as they are stored: v1.0's documents, which can say everything that beta's
//! can. Absent and null are the same, and are filled with what they stand for.

use serde::{Deserialize, Deserializer, Serialize};

pub(super) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

macro_rules! shape {
    ($(#[$meta:meta])* $name:ident { $($(#[$attr:meta])* $field:ident: $ty:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $($(#[$attr])* #[serde(default, deserialize_with = "or_default")] pub $field: $ty,)*
        }
    };
}
pub(super) use shape;

shape!(Settings {
    automatic_request_settings: Option<Automatic>,
    custom_extension_stage_settings: Vec<StageSetting>,
    expiration: Expiration,
    notification_settings: Notification,
    questions: Vec<Question>,
    request_approval_settings: Approval,
    requestor_settings: Requestor,
    review_settings: Option<Review>,
    specific_allowed_targets: Vec<Set>,
    /// A number: stored in a column of its own.
    allowed_target_scope: i64,
});

shape!(Automatic {
    grace_period_before_access_removal: Option<String>,
    remove_access_when_target_leaves_allowed_targets: bool,
    request_access_for_allowed_targets: bool,
});

shape!(Expiration {
    duration: Option<String>,
    end_date_time: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
});

// An extension that is called at a stage, by the number of the stage.
shape!(StageSetting { id: String, stage: i64, custom_extension: String });

shape!(Notification { is_assignment_notification_disabled: bool });

shape!(Approval {
    is_approval_required_for_add: bool,
    is_approval_required_for_update: bool,
    is_requestor_justification_required: bool,
    stages: Vec<Stage>,
});

shape!(Stage {
    approver_information_visibility: Option<String>,
    duration_before_automatic_denial: Option<String>,
    duration_before_escalation: Option<String>,
    escalation_approvers: Vec<Set>,
    fallback_escalation_approvers: Vec<Set>,
    fallback_primary_approvers: Vec<Set>,
    is_approver_justification_required: bool,
    is_escalation_enabled: bool,
    primary_approvers: Vec<Set>,
});

shape!(Requestor {
    allow_custom_assignment_schedule: bool,
    enable_on_behalf_requestors_to_add_access: bool,
    enable_on_behalf_requestors_to_remove_access: bool,
    enable_on_behalf_requestors_to_update_access: bool,
    enable_targets_to_self_add_access: bool,
    enable_targets_to_self_remove_access: bool,
    enable_targets_to_self_update_access: bool,
    on_behalf_requestors: Vec<Set>,
});

shape!(Review {
    expiration_behavior: Option<String>,
    fallback_reviewers: Vec<Set>,
    is_enabled: bool,
    is_recommendation_enabled: bool,
    is_reviewer_justification_required: bool,
    is_self_review: bool,
    primary_reviewers: Vec<Set>,
    schedule: Option<Schedule>,
});

shape!(Schedule {
    expiration: Option<Expiration>,
    recurrence: Option<Recurrence>,
    start_date_time: Option<String>,
});

shape!(Recurrence {
    pattern: Option<Pattern>,
    range: Option<Range>,
});

shape!(Pattern {
    day_of_month: i64,
    days_of_week: Vec<String>,
    first_day_of_week: Option<String>,
    index: Option<String>,
    interval: i64,
    month: i64,
    #[serde(rename = "type")]
    kind: Option<String>,
});

shape!(Range {
    end_date: Option<String>,
    number_of_occurrences: i64,
    recurrence_time_zone: Option<String>,
    start_date: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
});

shape!(Question {
    #[serde(rename = "@odata.type")]
    ty: String,
    id: Option<String>,
    is_answer_editable: Option<bool>,
    is_required: bool,
    localizations: Vec<Localization>,
    sequence: Option<i64>,
    text: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_multiple_selection_allowed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_single_line_question: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regex_pattern: Option<String>,
});

shape!(Localization {
    language_code: String,
    text: Option<String>,
});

shape!(Choice {
    actual_value: Option<String>,
    localizations: Vec<Localization>,
    text: Option<String>,
});

/// Some people, and what the set is called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@odata.type", rename_all_fields = "camelCase")]
pub enum Set {
    #[serde(rename = "#microsoft.graph.attributeRuleMembers")]
    Rule { description: Option<String>, membership_rule: String },
    #[serde(rename = "#microsoft.graph.connectedOrganizationMembers")]
    ConnectedOrganization { connected_organization_id: String, description: Option<String> },
    #[serde(rename = "#microsoft.graph.externalSponsors")]
    ExternalSponsors,
    #[serde(rename = "#microsoft.graph.groupMembers")]
    Group { description: Option<String>, group_id: String },
    #[serde(rename = "#microsoft.graph.internalSponsors")]
    InternalSponsors,
    #[serde(rename = "#microsoft.graph.requestorManager")]
    RequestorManager { manager_level: Option<i64> },
    #[serde(rename = "#microsoft.graph.singleServicePrincipal")]
    ServicePrincipal { description: Option<String>, service_principal_id: String },
    #[serde(rename = "#microsoft.graph.singleUser")]
    User { description: Option<String>, user_id: String },
    #[serde(rename = "#microsoft.graph.targetAgentIdentitySponsorsOrOwners")]
    AgentSponsorsOrOwners,
    #[serde(rename = "#microsoft.graph.targetApplicationOwners")]
    ApplicationOwners,
    #[serde(rename = "#microsoft.graph.targetManager")]
    TargetManager { manager_level: Option<i64> },
    #[serde(rename = "#microsoft.graph.targetUserSponsors")]
    TargetSponsors,
}

pub const CHOICE: &str = "#microsoft.graph.accessPackageMultipleChoiceQuestion";
pub const TEXT: &str = "#microsoft.graph.accessPackageTextInputQuestion";

impl Settings {
    /// Fills what was left out with what that stands for.
    pub fn fill(&mut self) {
        let default = |slot: &mut Option<String>, text: &str| {
            slot.get_or_insert_with(|| text.to_owned());
        };
        default(&mut self.expiration.kind, "noExpiration");
        for stage in &mut self.request_approval_settings.stages {
            default(&mut stage.approver_information_visibility, "default");
            default(&mut stage.duration_before_automatic_denial, "P14D");
        }
        if let Some(automatic) = &mut self.automatic_request_settings {
            default(&mut automatic.grace_period_before_access_removal, "P7D");
        }
        for (at, question) in self.questions.iter_mut().enumerate() {
            question.sequence.get_or_insert(i64::try_from(at).unwrap_or(0));
            question.is_answer_editable.get_or_insert(true);
            match question.is_choice() {
                true => question.is_multiple_selection_allowed.get_or_insert(false),
                false => question.is_single_line_question.get_or_insert(false),
            };
        }
        for set in self.sets_mut() {
            if let Set::RequestorManager { manager_level } | Set::TargetManager { manager_level } = set {
                manager_level.get_or_insert(1);
            }
        }
    }

    fn sets_mut(&mut self) -> impl Iterator<Item = &mut Set> {
        let stages = self.request_approval_settings.stages.iter_mut().flat_map(|stage| {
            stage
                .primary_approvers
                .iter_mut()
                .chain(&mut stage.fallback_primary_approvers)
                .chain(&mut stage.escalation_approvers)
                .chain(&mut stage.fallback_escalation_approvers)
        });
        let reviews = self
            .review_settings
            .iter_mut()
            .flat_map(|review| review.primary_reviewers.iter_mut().chain(&mut review.fallback_reviewers));
        let requestors = self.requestor_settings.on_behalf_requestors.iter_mut();
        self.specific_allowed_targets.iter_mut().chain(requestors).chain(stages).chain(reviews)
    }
}

impl Question {
    pub fn is_choice(&self) -> bool {
        self.ty == CHOICE
    }
}
