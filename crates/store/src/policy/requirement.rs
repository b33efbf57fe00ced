//! What a policy asks of somebody who asks for access, as each surface shows it. It copies what the
//! policy's document has; it must never decide who may ask.

use super::rules;
use super::shape::{Approval, Requestor, Set, or_default, shape};
use super::words::V1;
use crate::error::Error;
use domain::policy::SubjectSet;
use model::surface::Version;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

shape!(Targets { specific_allowed_targets: Vec<Set> });

/// Those whom a stored policy of `package` names.
///
/// # Errors
/// [`Error::Database`] for a document that this program can't have written.
pub fn targets(package: Uuid, doc: &str) -> Result<Vec<SubjectSet>, Error> {
    let broken = |what: String| Error::Database(format!("a policy of {package}: {what}"));
    let stored: Targets = serde_json::from_str(doc).map_err(|error| broken(error.to_string()))?;
    rules::sets(&stored.specific_allowed_targets, V1.targets).map_err(|denial| broken(denial.to_string()))
}

/// What of a policy's document is shown.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'d> {
    #[serde(borrow)]
    expiration: Option<&'d RawValue>,
    #[serde(borrow)]
    questions: Option<&'d RawValue>,
    #[serde(borrow, rename = "beta.questions")]
    beta_questions: Option<&'d RawValue>,
    #[serde(default, deserialize_with = "or_default")]
    request_approval_settings: Approval,
    #[serde(default, deserialize_with = "or_default")]
    requestor_settings: Requestor,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Schedule<'d> {
    expiration: Option<&'d RawValue>,
    recurrence: (),
    start_date_time: (),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OnV1<'d> {
    allow_custom_assignment_schedule: bool,
    is_approval_required_for_add: bool,
    is_approval_required_for_update: bool,
    is_requestor_justification_required: bool,
    policy_description: Option<&'d str>,
    policy_display_name: &'d str,
    policy_id: Uuid,
    questions: &'d RawValue,
    schedule: Schedule<'d>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OnBeta<'d> {
    existing_answers: &'d RawValue,
    is_approval_required: bool,
    is_approval_required_for_extension: bool,
    is_custom_assignment_schedule_allowed: bool,
    is_requestor_justification_required: bool,
    policy_description: Option<&'d str>,
    policy_display_name: &'d str,
    policy_id: Uuid,
    questions: &'d RawValue,
    schedule: Schedule<'d>,
    /// Nobody is asked for one here.
    verifiable_credential_requirement_status: (),
}

/// The requirements of the policy `id` as `version` shows them; `answers` are those given before.
///
/// # Errors
/// [`Error::Database`] for a document that this program can't have written.
pub fn requirement(
    version: Version,
    id: Uuid,
    name: &str,
    description: Option<&str>,
    doc: &str,
    answers: Option<&str>,
) -> Result<String, Error> {
    let broken = |error: serde_json::Error| Error::Database(format!("policy {id}: {error}"));
    let nothing: &RawValue = serde_json::from_str("[]").map_err(broken)?;
    let stored: Stored<'_> = serde_json::from_str(doc).map_err(broken)?;
    let approval = &stored.request_approval_settings;
    let custom = stored.requestor_settings.allow_custom_assignment_schedule;
    let schedule = Schedule { expiration: stored.expiration, recurrence: (), start_date_time: () };
    let text = match version {
        Version::V1 => serde_json::to_string(&OnV1 {
            allow_custom_assignment_schedule: custom,
            is_approval_required_for_add: approval.is_approval_required_for_add,
            is_approval_required_for_update: approval.is_approval_required_for_update,
            is_requestor_justification_required: approval.is_requestor_justification_required,
            policy_description: description,
            policy_display_name: name,
            policy_id: id,
            questions: stored.questions.unwrap_or(nothing),
            schedule,
        }),
        Version::Beta => serde_json::to_string(&OnBeta {
            existing_answers: answers.map(serde_json::from_str).transpose().map_err(broken)?.unwrap_or(nothing),
            is_approval_required: approval.is_approval_required_for_add,
            is_approval_required_for_extension: approval.is_approval_required_for_update,
            is_custom_assignment_schedule_allowed: custom,
            is_requestor_justification_required: approval.is_requestor_justification_required,
            policy_description: description,
            policy_display_name: name,
            policy_id: id,
            questions: stored.beta_questions.unwrap_or(nothing),
            schedule,
            verifiable_credential_requirement_status: (),
        }),
    };
    text.map_err(broken)
}

/// The answers that a request's document holds, if it holds any.
pub fn answers(doc: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Answered<'d> {
        #[serde(borrow)]
        answers: Option<&'d RawValue>,
    }
    let answered: Answered<'_> = serde_json::from_str(doc).ok()?;
    answered.answers.map(|answers| answers.get().to_owned()).filter(|answers| answers != "[]")
}
