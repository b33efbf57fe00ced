//! POLICIES as they are written and stored. A body of either surface becomes [`Settings`], and these
//! become both surfaces' documents, so that reading a policy later is copying bytes. It must never
//! decide whether a policy makes sense: `domain::policy` does.

mod answers;
mod beta;
mod requirement;
mod rows;
mod rules;
mod shape;
pub mod span;
mod words;

pub use answers::answers;
pub use rules::Read;
pub use shape::Settings;
pub use words::{BETA, V1};

pub(crate) use requirement::{answers as answers_given, requirement, targets};
pub(crate) use rows::{naming, replaced, write_parts};

use crate::error::Error;
use domain::denial::Denial;
use domain::fields::{Fields, Value};
use domain::policy::Policy;
use domain::policy::check::wrong;
use domain::policy::words::Words;
use uuid::Uuid;

/// Reads a stored policy: the number of its scope and its document, which has v1.0's documents by name.
///
/// # Errors
/// [`Error::Database`] for a document that this program can't have written.
pub fn read(id: Uuid, package: Uuid, name: &str, scope: i64, doc: &str) -> Result<Policy, Error> {
    let broken = |what: String| Error::Database(format!("policy {id}: {what}"));
    let settings = stored(scope, doc).map_err(|error| broken(error.to_string()))?;
    let read = settings.read(id, package, name, &V1);
    read.map(|read| read.policy).map_err(|denial| broken(denial.to_string()))
}

fn stored(scope: i64, doc: &str) -> Result<Settings, serde_json::Error> {
    let mut settings: Settings = serde_json::from_str(doc)?;
    settings.allowed_target_scope = scope;
    Ok(settings)
}

/// What a body says, in `words`. `ids` are for questions that have none yet; `before` is what is there,
/// from which comes what these words can't say, and the ids of questions.
///
/// # Errors
/// [`Denial::Setting`] for values that don't fit together.
pub fn settings(
    said: &Fields,
    words: &'static Words,
    ids: &[Uuid],
    before: Option<&Settings>,
) -> Result<Settings, Denial> {
    let text = object(said);
    let unreadable = |error: serde_json::Error| wrong("body", format!("The body can't be read: {error}."));
    let mut settings = match words.whole {
        true => serde_json::from_str(&text).map_err(unreadable)?,
        false => beta::settings(&serde_json::from_str(&text).map_err(unreadable)?, before)?,
    };
    plain(&settings, words)?;
    number_questions(&mut settings, ids, before);
    settings.fill();
    Ok(settings)
}

/// What a body may not leave open to be understood in two ways. What is kept already is read as ever.
fn plain(settings: &Settings, words: &Words) -> Result<(), Denial> {
    let end = &settings.expiration;
    for (value, kind, path) in
        [(&end.duration, "afterDuration", words.duration), (&end.end_date_time, "afterDateTime", words.end)]
    {
        if value.is_some() && end.kind.as_deref() != Some(kind) {
            return Err(wrong(path, format!("'{}' would have to be '{kind}' for it.", words.expiration)));
        }
    }
    for (at, question) in settings.questions.iter().enumerate() {
        let path = words.question(at);
        if question.text.as_deref().is_some_and(|text| text.trim().is_empty()) {
            return Err(wrong(format!("{path}/text"), "A question has to say something."));
        }
        for (at, localization) in question.localizations.iter().enumerate() {
            let before = question.localizations.get(..at).unwrap_or_default();
            if before.iter().any(|other| other.language_code.eq_ignore_ascii_case(&localization.language_code)) {
                let message = format!("The language '{}' is there twice.", localization.language_code);
                return Err(wrong(format!("{path}/localizations[{at}]/languageCode"), message));
            }
        }
    }
    Ok(())
}

/// The said fields as one document, by the name behind `beta.`.
fn object(said: &Fields) -> String {
    let mut members = Vec::with_capacity(said.0.len());
    for (core, value) in &said.0 {
        let name = core.rsplit('.').next().unwrap_or(core);
        let value = match value {
            Value::Json(text) => text.clone(),
            Value::Bool(yes) => yes.to_string(),
            Value::Int(number) => number.to_string(),
            Value::Time(at) => format!("\"{}\"", odata::write::time(*at)),
            Value::Null | Value::Text(_) | Value::Guid(_) => continue,
        };
        members.push(format!("\"{name}\":{value}"));
    }
    format!("{{{}}}", members.join(","))
}

/// Questions that are there keep their ids where the body repeats them; all others get new ones.
fn number_questions(settings: &mut Settings, ids: &[Uuid], before: Option<&Settings>) {
    let mut known: Vec<&str> =
        before.into_iter().flat_map(|old| &old.questions).filter_map(|q| q.id.as_deref()).collect();
    let mut fresh = ids.iter();
    for question in &mut settings.questions {
        let kept = question.id.as_deref().and_then(|id| known.iter().position(|each| each.eq_ignore_ascii_case(id)));
        question.id = match kept {
            Some(at) => Some(known.swap_remove(at).to_owned()),
            None => fresh.next().map(Uuid::to_string),
        };
    }
}

/// The fields of a policy that `settings` and the rest of a body make.
pub fn fields(said: &Fields, settings: &Settings, words: &Words) -> Fields {
    let mut fields = Fields::default();
    let copy = |name: &str| said.get(name).cloned().unwrap_or(Value::Null);
    fields.set("displayName", copy("displayName"));
    fields.set("description", copy("description"));
    if !words.whole {
        fields.set("verifiableCredentialSettings", copy("verifiableCredentialSettings"));
    }
    for (core, value) in settings.documents() {
        fields.set(core, value);
    }
    for (core, value) in beta::documents(settings) {
        fields.set(core, value);
    }
    fields
}

impl Settings {
    /// The policy as rules see it.
    ///
    /// # Errors
    /// [`Denial::Setting`] for what is no id, no duration, or missing where another setting asks for it.
    pub fn read(&self, id: Uuid, package: Uuid, name: &str, words: &Words) -> Result<Read, Denial> {
        rules::policy(self, id, package, name, words)
    }

    /// v1.0's documents, and what stands in columns.
    fn documents(&self) -> Vec<(&'static str, Value)> {
        let automatic = self.automatic_request_settings.as_ref().is_some_and(|automatic| {
            automatic.request_access_for_allowed_targets || automatic.remove_access_when_target_leaves_allowed_targets
        });
        vec![
            ("allowedTargetScope", Value::Int(self.allowed_target_scope)),
            ("isAutomatic", Value::Bool(automatic)),
            ("isSelfService", Value::Bool(self.requestor_settings.enable_targets_to_self_add_access)),
            ("automaticRequestSettings", optional(self.automatic_request_settings.as_ref())),
            ("expiration", document(&self.expiration)),
            ("notificationSettings", document(&self.notification_settings)),
            ("customExtensionStageSettings", document(&self.custom_extension_stage_settings)),
            ("questions", document(&self.questions)),
            ("requestApprovalSettings", document(&self.request_approval_settings)),
            ("requestorSettings", document(&self.requestor_settings)),
            ("reviewSettings", optional(self.review_settings.as_ref())),
            ("specificAllowedTargets", document(&self.specific_allowed_targets)),
        ]
    }
}

/// What a shape is as text. Shapes have text for names and no value that JSON lacks.
fn document(shape: &impl serde::Serialize) -> Value {
    serde_json::to_string(shape).map_or(Value::Null, Value::Json)
}

fn optional(shape: Option<&impl serde::Serialize>) -> Value {
    shape.map_or(Value::Null, document)
}
