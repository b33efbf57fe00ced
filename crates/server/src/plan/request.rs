//! Requests for access, and approvers' decisions: from what a body says to the command. v1.0 and beta
//! say the same in other words.

use super::fields::{fields, inline};
use super::target::{id_of, last_navigation};
use super::{Ask, Lookup, Then, Write, method_fault};
use crate::error::Error;
use auth::policy::Verb;
use domain::command::Command;
use domain::lifecycle::RequestCommand;
use domain::lifecycle::command::{Decide, RequestCreate, Wish};
use domain::lifecycle::state::RequestType;
use domain::policy::Expiration;
use model::surface::Version;
use odata::body::{Body, Mode, Options, read_entity};
use odata::error::{Fault, FaultKind};
use odata::value::Value;
use uuid::Uuid;

pub fn create(ask: &Ask<'_>) -> Result<Write, Error> {
    let target = &ask.intent.target;
    let options = Options { member_aliases: other_names(ask.surface.version), ..Options::default() };
    let body = read_entity(&ask.surface.schema, target.ty, ask.body, Mode::Create, &options)?;
    let said = fields(ask.surface, body.ty, &body.values);
    let request_type = said
        .int("requestType")
        .and_then(RequestType::from_number)
        .ok_or_else(|| fault("requestType", "'requestType' has to say what is asked for, as userAdd or adminAdd."))?;
    let about = About::of(ask, &body)?;
    let schedule = document(said.get("schedule"));
    let answers_document = document(said.get("answers"));
    let answers = match &answers_document {
        Some(document) => store::policy::answers(document).map_err(store::Error::from)?,
        None => Vec::new(),
    };
    let create = RequestCreate {
        id: ask.ids.id(),
        request_type,
        package: about.package,
        policy: about.policy,
        assignment: about.assignment,
        target: about.target,
        email: about.email,
        guest: ask.ids.id(),
        caller: ask.user,
        principal: ask.principal,
        wish: schedule.as_deref().map_or_else(|| Ok(Wish::default()), wish)?,
        schedule,
        justification: said.text("justification").map(str::to_owned),
        answers,
        answers_document,
        validation_only: said.bool("isValidationOnly") == Some(true),
        target_subject: ask.ids.id(),
        requestor_subject: ask.ids.id(),
    };
    let path = super::target::entity_path(ask.surface, target.ty, create.id);
    let verb = if request_type.by_user() { Verb::CreateOwn } else { Verb::Create };
    Ok(Write {
        command: Command::Request(RequestCommand::Create(Box::new(create))),
        verb,
        target: target.clone(),
        then: Then::Created { path, odata_type: None },
    })
}

/// Graph's own pages of v1.0 draw the assignment under beta's name, too.
fn other_names(version: Version) -> &'static [(&'static str, &'static str)] {
    match version {
        Version::V1 => &[("accessPackageAssignment", "assignment")],
        Version::Beta => &[],
    }
}

/// What a request is about: ids in the assignment that its body draws.
#[derive(Default)]
struct About {
    package: Option<Uuid>,
    policy: Option<Uuid>,
    assignment: Option<Uuid>,
    target: Option<Uuid>,
    email: Option<String>,
}

impl About {
    fn of(ask: &Ask<'_>, body: &Body) -> Result<About, Error> {
        let mut about = About::default();
        let Some(drawn) = inline(ask.surface, body, "assignment").first() else { return Ok(about) };
        about.assignment = drawn.id.as_deref().map(|text| id("assignment/id", text)).transpose()?;
        for (at, value) in &drawn.values {
            let property = ask.surface.prop(drawn.ty, *at);
            let (slot, name) = match property.core {
                "packageId" | "v1.accessPackageId" => (&mut about.package, "accessPackageId"),
                "policyId" | "v1.assignmentPolicyId" => (&mut about.policy, "assignmentPolicyId"),
                "targetId" | "v1.targetId" => (&mut about.target, "targetId"),
                _ => continue,
            };
            if let Value::Text(text) = value {
                *slot = Some(id(name, text)?);
            }
        }
        for (slot, navigation, name) in [
            (&mut about.package, "accessPackage", "accessPackageId"),
            (&mut about.policy, "assignmentPolicy", "assignmentPolicyId"),
        ] {
            if let Some(text) = inline(ask.surface, drawn, navigation).first().and_then(|body| body.id.as_deref()) {
                slot.get_or_insert(id(name, text)?);
            }
        }
        if let Some(person) = inline(ask.surface, drawn, "target").first() {
            for (at, value) in &person.values {
                match (ask.surface.prop(person.ty, *at).core, value) {
                    ("objectId", Value::Text(text)) => about.target = Some(id("target/objectId", text)?),
                    ("email", Value::Text(text)) => about.email = Some(text.clone()),
                    _ => {}
                }
            }
        }
        Ok(about)
    }
}

fn id(name: &'static str, text: &str) -> Result<Uuid, Error> {
    Uuid::try_parse(text).map_err(|_| fault(name, format!("'{name}' has to be an id, not '{text}'.")))
}

fn fault(target: &str, message: impl Into<String>) -> Error {
    Fault::new(FaultKind::Value, target, message).into()
}

fn document(field: Option<&domain::fields::Value>) -> Option<String> {
    match field {
        Some(domain::fields::Value::Json(text)) => Some(text.clone()),
        _ => None,
    }
}

/// From when and until when, in a schedule that the schema has checked.
fn wish(schedule: &str) -> Result<Wish, Error> {
    let said: serde_json::Value = serde_json::from_str(schedule).unwrap_or_default();
    if said.get("recurrence").is_some_and(|recurrence| !recurrence.is_null()) {
        return Err(fault(
            "schedule/recurrence",
            "'schedule/recurrence' has to be null: access has one beginning and one end.",
        ));
    }
    let instant = |text: Option<&serde_json::Value>| text.and_then(|text| odata::literal::time(text.as_str()?));
    let expiration = said.get("expiration").filter(|expiration| !expiration.is_null());
    let text = |name: &str| expiration.and_then(|expiration| expiration.get(name)).and_then(serde_json::Value::as_str);
    let until = match text("type").map(str::to_ascii_lowercase).as_deref() {
        Some("noexpiration") => Some(Expiration::Never),
        Some("afterdatetime") => {
            let end = instant(expiration.and_then(|expiration| expiration.get("endDateTime")));
            Some(Expiration::At(end.ok_or_else(|| {
                fault("schedule/expiration/endDateTime", "'schedule/expiration/endDateTime' has to say when it ends.")
            })?))
        }
        Some("afterduration") => {
            let span = text("duration").and_then(store::policy::span::read);
            Some(Expiration::After(span.filter(|span| *span > 0).ok_or_else(|| {
                fault("schedule/expiration/duration", "'schedule/expiration/duration' has to say how long, as P30D.")
            })?))
        }
        _ => None,
    };
    Ok(Wish { from: instant(said.get("startDateTime")), until })
}

/// PATCH of a stage: `{"reviewResult": "Approve", "justification": "…"}`.
pub async fn decide(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Write, Error> {
    let target = &ask.intent.target;
    let (at, owner, _) = last_navigation(target).ok_or_else(|| method_fault(ask))?;
    let approval = id_of(ask, target.steps.get(..at).unwrap_or_default(), owner, lookup).await?;
    let stage = id_of_stage(ask).ok_or_else(|| {
        Error::from(store::Error::NotFound { kind: ask.surface.schema.ty(target.ty).name, key: String::new() })
    })?;
    let body = read_entity(&ask.surface.schema, target.ty, ask.body, Mode::Update, &Options::default())?;
    let said = fields(ask.surface, body.ty, &body.values);
    let approve = match said.text("reviewResult") {
        Some(result) if result.eq_ignore_ascii_case("approve") => true,
        Some(result) if result.eq_ignore_ascii_case("deny") => false,
        _ => return Err(fault("reviewResult", "'reviewResult' has to be 'Approve' or 'Deny'.")),
    };
    let decide = Decide {
        approval,
        stage,
        caller: ask.principal,
        approve,
        justification: said.text("justification").map(str::to_owned),
    };
    Ok(Write {
        command: Command::Request(RequestCommand::Decide(decide)),
        verb: Verb::Update,
        target: target.clone(),
        then: Then::Nothing,
    })
}

fn id_of_stage(ask: &Ask<'_>) -> Option<Uuid> {
    match ask.intent.target.steps.last() {
        Some(odata::query::Step::Key(odata::query::Key::Id(id))) => Uuid::try_parse(id).ok(),
        _ => None,
    }
}
