//! That nothing is lost between the two surfaces.

use super::*;
use crate::policy::shape::{self, Question, Review, Schedule, Set};
use crate::policy::{BETA, V1, settings as say, stored};
use domain::fields::Fields;
use proptest::prelude::*;
use uuid::Uuid;

const ID: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

/// What beta shows, as the body that says it.
fn shown_in_beta(settings: &Settings) -> Fields {
    Fields(documents(settings))
}

fn set() -> impl Strategy<Value = Set> {
    let description = prop::option::of("[a-z ]{0,8}");
    let named = (0..4, description).prop_map(|(kind, description)| match kind {
        0 => Set::User { description, user_id: ID.into() },
        1 => Set::Group { description, group_id: ID.into() },
        2 => Set::ConnectedOrganization { connected_organization_id: ID.into(), description },
        _ => Set::Rule { description, membership_rule: "user.department -eq \"x\"".into() },
    });
    let level = (1_i64..5).prop_map(|level| Set::RequestorManager { manager_level: Some(level) });
    prop_oneof![
        4 => named,
        1 => level,
        1 => Just(Set::InternalSponsors),
        1 => Just(Set::ExternalSponsors),
        1 => Just(Set::TargetSponsors),
    ]
}

fn sets() -> impl Strategy<Value = Vec<Set>> {
    prop::collection::vec(set(), 0..3)
}

prop_compose! {
    fn stages()(primary in sets(), fallback in sets(), escalation in sets(), late in sets(), days in 1_i64..15,
                minutes in prop::option::of(1_i64..20_000), justified: bool, escalates: bool) -> Stage {
        Stage {
            approver_information_visibility: Some("default".into()),
            duration_before_automatic_denial: Some(span::write(days * DAY)),
            duration_before_escalation: minutes.map(|minutes| span::write(minutes * MINUTE)),
            escalation_approvers: escalation,
            fallback_escalation_approvers: late,
            fallback_primary_approvers: fallback,
            is_approver_justification_required: justified,
            is_escalation_enabled: escalates,
            primary_approvers: primary,
        }
    }
}

fn expirations() -> impl Strategy<Value = Expiration> {
    let made = |kind: &str, duration: Option<String>, end: Option<&str>| Expiration {
        duration,
        end_date_time: end.map(str::to_owned),
        kind: Some(kind.to_owned()),
    };
    prop_oneof![
        Just(made("noExpiration", None, None)),
        Just(made("afterDateTime", None, Some("2030-01-01T00:00:00Z"))),
        (1_i64..3661).prop_map(move |days| made("afterDuration", Some(format!("P{days}D")), None)),
    ]
}

fn questions() -> impl Strategy<Value = Vec<Question>> {
    let question = ("[a-z]{1,6}", any::<bool>(), any::<bool>(), any::<bool>(), 0..4_i64).prop_map(
        |(text, required, choice, flag, sequence)| {
            let localization = shape::Localization { language_code: "de".into(), text: Some(text.clone()) };
            let choices = vec![shape::Choice {
                actual_value: Some("a".into()),
                localizations: vec![localization.clone()],
                text: Some(text.clone()),
            }];
            Question {
                ty: if choice { shape::CHOICE } else { shape::TEXT }.into(),
                id: Some(ID.into()),
                is_answer_editable: Some(true),
                is_required: required,
                localizations: vec![localization],
                sequence: Some(sequence),
                text: Some(text),
                choices: if choice { choices } else { vec![] },
                is_multiple_selection_allowed: choice.then_some(flag),
                is_single_line_question: (!choice).then_some(flag),
                regex_pattern: None,
            }
        },
    );
    prop::collection::vec(question, 0..2)
}

prop_compose! {
    fn reviews()(primary in sets(), fallback in sets(), kind in 0..3_usize, days in 1_i64..30, name in 0..5_usize,
                 flags: [bool; 3]) -> Review {
        let recurrence = ["weekly", "monthly", "quarterly", "halfyearly", "annual"][name];
        let said = review::Review {
            access_review_timeout_behavior: Some("keepAccess".into()),
            duration_in_days: Some(days),
            is_access_recommendation_enabled: flags[0],
            is_approval_justification_required: flags[1],
            is_enabled: flags[2],
            recurrence_type: Some(recurrence.into()),
            reviewers: sets::write(&primary, &fallback),
            reviewer_type: Some(["Self", "Reviewers", "Manager"][kind].into()),
            start_date_time: Some("2030-01-01T00:00:00Z".into()),
        };
        said.settings(None).unwrap()
    }
}

prop_compose! {
    /// What both surfaces can say.
    fn common()(stages in prop::collection::vec(stages(), 0..4), targets in sets(), expiration in expirations(),
                questions in questions(), review in prop::option::of(reviews()), scope in 0..10_i64,
                flags: [bool; 5]) -> Settings {
        Settings {
            expiration,
            questions,
            request_approval_settings: shape::Approval {
                is_approval_required_for_add: flags[0],
                is_approval_required_for_update: flags[1],
                is_requestor_justification_required: flags[2],
                stages,
            },
            requestor_settings: Requestor {
                enable_targets_to_self_add_access: flags[3],
                enable_targets_to_self_remove_access: flags[3],
                enable_targets_to_self_update_access: flags[4],
                ..Requestor::default()
            },
            review_settings: review,
            specific_allowed_targets: targets,
            allowed_target_scope: scope,
            ..Settings::default()
        }
    }
}

proptest! {
    /// What both can say goes there and comes back.
    #[test]
    fn a_round_trip_by_beta_loses_nothing(settings in common()) {
        let id = [Uuid::try_parse(ID).unwrap()];
        let back = say(&shown_in_beta(&settings), &BETA, &id, None).unwrap();
        prop_assert_eq!(&back, &settings);
        let back = say(&Fields(settings.documents()), &V1, &id, None).unwrap();
        prop_assert_eq!(&back, &settings);
    }

    /// What beta can't say stays, and what it shows rounded too, when what it shows is sent back.
    #[test]
    fn what_beta_cannot_say_stays(settings in common(), hours in 1_i64..300, flags: [bool; 3]) {
        let mut full = settings;
        full.fill();
        full.expiration = Expiration {
            duration: Some(span::write(hours * domain::policy::HOUR)),
            end_date_time: None,
            kind: Some("afterDuration".into()),
        };
        full.notification_settings.is_assignment_notification_disabled = flags[0];
        full.requestor_settings.allow_custom_assignment_schedule = flags[1];
        full.requestor_settings.enable_targets_to_self_remove_access = flags[2];
        full.requestor_settings.on_behalf_requestors = vec![Set::RequestorManager { manager_level: Some(1) }];
        full.automatic_request_settings = Some(shape::Automatic {
            grace_period_before_access_removal: Some("P7D".into()),
            request_access_for_allowed_targets: flags[2],
            ..shape::Automatic::default()
        });
        for question in &mut full.questions {
            question.is_answer_editable = Some(false);
            question.regex_pattern = (!question.is_choice()).then(|| "[a-z]+".to_owned());
        }
        for stage in &mut full.request_approval_settings.stages {
            stage.approver_information_visibility = Some("notVisible".into());
            stage.duration_before_automatic_denial = Some(span::write(hours * domain::policy::HOUR));
        }
        if let Some(review) = &mut full.review_settings {
            review.schedule = Some(Schedule::default());
        }
        let back = say(&shown_in_beta(&full), &BETA, &[], Some(&full)).unwrap();
        prop_assert_eq!(back, full);
    }
}

#[test]
fn the_stored_document_is_what_is_read() {
    let text = r##"{"expiration":{"type":"afterDuration","duration":"P1D","endDateTime":null},"beta.questions":[],
        "specificAllowedTargets":[{"@odata.type":"#microsoft.graph.singleUser","userId":"3f2504e0-4f89-41d3-9a0c-0305e82c3301"}]}"##;
    let settings = stored(1, text).unwrap();
    let read = settings.read(Uuid::nil(), Uuid::nil(), "x", &V1).unwrap();
    assert_eq!(read.policy.expiration, domain::policy::Expiration::After(DAY));
    assert_eq!(read.named[0].path, "specificAllowedTargets");
    assert_eq!(crate::policy::read(Uuid::nil(), Uuid::nil(), "x", 1, text).unwrap(), read.policy);
}

#[test]
fn modes_fit_the_number_of_stages() {
    let stage = r#"{"primaryApprovers":[]}"#;
    for (mode, stages, fits) in [
        ("NoApproval", 0, true),
        ("noapproval", 1, false),
        ("SingleStage", 1, true),
        ("SingleStage", 2, false),
        ("Serial", 2, true),
        ("Serial", 3, true),
        ("Serial", 1, false),
        ("Parallel", 2, false),
    ] {
        let stages = vec![stage; stages].join(",");
        let text = format!(r#"{{"requestApprovalSettings":{{"approvalMode":"{mode}","approvalStages":[{stages}]}}}}"#);
        let said: Said = serde_json::from_str(&text).unwrap();
        let result = settings(&said, None);
        assert_eq!(result.is_ok(), fits, "{text}");
        if let Err(Denial::Setting { path, .. }) = result {
            assert_eq!(path, "requestApprovalSettings/approvalMode");
        }
    }
}
