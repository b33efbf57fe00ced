//! Custom extensions, and the answers that requests wait for: from what a body says to the command.

use super::create::catalog_of;
use super::fields::{Prepared, prepare};
use super::target::id_of;
use super::{Ask, Lookup, Then, Write, method_fault};
use crate::error::Error;
use auth::policy::Verb;
use connect::callout::new_secret;
use domain::command::{Command, ExtensionCommand, ExtensionCreate, ExtensionOf, ExtensionReplace, On, Terms};
use domain::fields::{Fields, Value as Field};
use domain::lifecycle::RequestCommand;
use domain::lifecycle::command::{Resume, Verdict};
use domain::policy::{CalloutStage, DAY};
use model::def::Op;
use odata::body::{Body, Mode, Options, read_entity};
use odata::error::{Fault, FaultKind};
use odata::query::{Step, Target};
use odata::value::Value;
use serde_json::Value as Json;
use store::policy::span;
use uuid::Uuid;

const ENDPOINT: &str = "endpointConfiguration";
const STAGES: &str = "microsoft.graph.accessPackageCustomExtensionStage.";

/// `before` is the path to the catalog.
pub async fn create(ask: &Ask<'_>, before: &[Step], lookup: &impl Lookup) -> Result<Write, Error> {
    let target = &ask.intent.target;
    let catalog = catalog_of(ask, before)?.ok_or_else(|| method_fault(ask))?;
    let body = read_entity(&ask.surface.schema, target.ty, ask.body, Mode::Create, &Options::default())?;
    let (fields, terms) = said(ask, &body, lookup).await?;
    let id = ask.ids.id();
    let secret = new_secret().map_err(|fault| Error::Internal(fault.to_string()))?;
    let path = format!("/{}/{id}", odata::write::path(&ask.surface.schema, &target.steps));
    let create = ExtensionCreate { id, catalog, fields, terms, secret };
    let then = Then::Created { path, odata_type: None };
    Ok(write(ask, ExtensionCommand::Create(Box::new(create)), Verb::Create, then))
}

/// PUT: what isn't said is nothing.
pub async fn replace(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Write, Error> {
    let target = &ask.intent.target;
    let id = id_of(ask, &target.steps, target.ty, lookup).await?;
    let body = read_entity(&ask.surface.schema, target.ty, ask.body, Mode::Replace, &Options::default())?;
    if body.id.as_deref().is_some_and(|said| Uuid::try_parse(said).ok() != Some(id)) {
        return Err(fault("id", format!("'id' has to be '{id}', as in the path.")));
    }
    let (mut fields, terms) = said(ask, &body, lookup).await?;
    for core in ["authenticationConfiguration", "callbackConfiguration", "clientConfiguration", "description"] {
        fields.set_default(core, Field::Null);
    }
    let path = format!("/{}", odata::write::path(&ask.surface.schema, &target.steps));
    let replace = ExtensionReplace { id, fields, terms };
    Ok(write(ask, ExtensionCommand::Replace(Box::new(replace)), Verb::Update, Then::Shown { path }))
}

pub fn delete(on: On) -> Command {
    Command::Extension(ExtensionCommand::Delete(on))
}

fn write(ask: &Ask<'_>, command: ExtensionCommand, verb: Verb, then: Then) -> Write {
    Write { command: Command::Extension(command), verb, target: ask.intent.target.clone(), then }
}

async fn said(ask: &Ask<'_>, body: &Body, lookup: &impl Lookup) -> Result<(Fields, Terms), Error> {
    let Prepared { fields, .. } = prepare(ask, body, &[], lookup).await?;
    let of = match ask.surface.type_name(body.ty) {
        "accessPackageAssignmentWorkflowExtension" => ExtensionOf::Assignments,
        _ => ExtensionOf::Requests,
    };
    let (url, url_path) = endpoint(&document(&fields, ENDPOINT))?;
    let client = document(&fields, "clientConfiguration");
    let number = |name: &str| client.get(name).and_then(Json::as_i64);
    let terms = Terms {
        of,
        url,
        url_path,
        wait: wait(&document(&fields, "callbackConfiguration"))?,
        timeout: number("timeoutInMilliseconds"),
        retries: number("maximumRetries"),
    };
    Ok((fields, terms))
}

/// A complex property that the schema has checked.
fn document(fields: &Fields, core: &str) -> Json {
    match fields.get(core) {
        Some(Field::Json(text)) => serde_json::from_str(text).unwrap_or_default(),
        _ => Json::Null,
    }
}

/// Where the extension listens, and the setting that says so. Only this machine is spoken to in the clear.
fn endpoint(said: &Json) -> Result<(String, &'static str), Error> {
    let logic_app = said.get("@odata.type").and_then(Json::as_str).is_some_and(|ty| ty.contains("logicApp"));
    let (name, path) = match logic_app {
        true => ("url", "endpointConfiguration/url"),
        false => ("targetUrl", "endpointConfiguration/targetUrl"),
    };
    let Some(text) = said.get(name).and_then(Json::as_str).filter(|text| !text.trim().is_empty()) else {
        return Err(fault(path, format!("'{path}' has to say where the extension listens.")));
    };
    let wrong = |message: &str| Err(fault(path, format!("'{path}' {message}: '{text}'.")));
    let Ok(url) = reqwest::Url::parse(text) else { return wrong("is no URL") };
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return wrong("can't hold a user, a password or a fragment");
    }
    let here = url.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    });
    match url.scheme() {
        "https" => Ok((text.to_owned(), path)),
        "http" if here => Ok((text.to_owned(), path)),
        _ => wrong("has to begin with https://"),
    }
}

/// How long a request waits; not at all without a `callbackConfiguration`.
fn wait(said: &Json) -> Result<Option<i64>, Error> {
    const PATH: &str = "callbackConfiguration/timeoutDuration";
    match (said, said.get("timeoutDuration").and_then(Json::as_str)) {
        (Json::Null, _) => Ok(None),
        (_, None) => Ok(Some(14 * DAY)),
        (_, Some(text)) => match span::read(text) {
            Some(span) => Ok(Some(span)),
            None => Err(fault(PATH, format!("'{PATH}' has to be a duration of a fixed length, such as P1D."))),
        },
    }
}

/// `resume`: the answer of an extension.
pub async fn resume(
    ask: &Ask<'_>,
    target: Target,
    argument: impl Fn(&str) -> Option<Value>,
    lookup: &impl Lookup,
) -> Result<Write, Error> {
    let text = |name: &str| argument(name).and_then(|value| value.as_text().map(str::to_owned)).unwrap_or_default();
    let data: Json = match argument("data") {
        Some(Value::Json(text)) => serde_json::from_str(&text).unwrap_or_default(),
        _ => Json::Null,
    };
    let said = |name: &str| data.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
    let ty = text("type");
    let named = ty.trim_start_matches('#').strip_prefix(STAGES).and_then(CalloutStage::from_name);
    let stage = named.ok_or_else(|| fault("type", format!("'type' has to be '{STAGES}' and a stage, not '{ty}'.")))?;
    if said("stage").and_then(CalloutStage::from_name).is_some_and(|other| other != stage) {
        return Err(fault("data/stage", "'data/stage' and 'type' have to name the same stage."));
    }
    let path = "data/customExtensionStageInstanceId";
    let callout = said("customExtensionStageInstanceId").unwrap_or_default();
    let callout = Uuid::try_parse(callout)
        .map_err(|_| fault(path, format!("'{path}' has to be the id that the callout brought, not '{callout}'.")))?;
    let verdict = match said("state").map(str::to_ascii_lowercase).as_deref() {
        None => None,
        Some("denied") => Some(Verdict::Deny),
        Some("canceled") => Some(Verdict::Cancel),
        Some(_) => return Err(fault("data/state", "'data/state' can be: denied, canceled.")),
    };
    let request = id_of(ask, &target.steps, target.ty, lookup).await?;
    let detail = said("customExtensionStageInstanceDetail").map(str::to_owned);
    let resume = Resume { request, callout, stage, source: text("source"), detail, verdict };
    let command = Command::Request(RequestCommand::Resume(Box::new(resume)));
    Ok(Write { command, verb: Verb::Act(Op::Resume), target, then: Then::Nothing })
}

fn fault(target: &str, message: impl Into<String>) -> Error {
    Fault::new(FaultKind::Value, target, message).into()
}
