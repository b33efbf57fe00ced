//! POST and PUT of assignment policies: what either surface's body says becomes settings, and these
//! become a command. The shapes themselves are `store::policy`'s to know.

use super::fields::{Prepared, inline, inline_id, names_only, prepare};
use super::naming::One;
use super::target::{entity_path, id_of};
use super::{Ask, Lookup, Then, Write, method_fault, modify};
use crate::error::Error;
use auth::policy::Verb;
use domain::command::{Command, Kind, PolicyCommand, PolicyCreate, PolicyReplace};
use domain::fields::{Fields, Value as Field};
use domain::policy::change::CALLOUTS;
use domain::policy::words::Words;
use model::Surface;
use model::surface::Version;
use odata::body::{Body, Mode, Options, read_entity};
use odata::error::{Fault, FaultKind};
use odata::value::Value;
use odata::write;
use serde_json::value::RawValue;
use store::policy;
use uuid::Uuid;

/// What a body says.
struct Said {
    fields: Fields,
    package: Option<Uuid>,
    /// New ids, one for each question.
    ids: Vec<Uuid>,
    words: &'static Words,
}

pub async fn create(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Write, Error> {
    let body = read_entity(&ask.surface.schema, ask.intent.target.ty, ask.body, Mode::Create, &Options::default())?;
    let said = said(ask, &body, lookup).await?;
    let Some(package) = said.package else {
        return Err(package_fault(said.words.package));
    };
    let id = ask.ids.id();
    let name = said.fields.text("displayName").unwrap_or_default();
    let settings = policy::settings(&said.fields, said.words, &said.ids, None).map_err(store::Error::Denied)?;
    let read = settings.read(id, package, name, said.words).map_err(store::Error::Denied)?;
    let create = PolicyCreate {
        id,
        package,
        policy: read.policy,
        fields: policy::fields(&said.fields, &settings, said.words),
        named: read.named,
        words: said.words,
    };
    let then = Then::Created { path: entity_path(ask.surface, ask.intent.target.ty, id), odata_type: None };
    Ok(write(ask, PolicyCommand::Create(Box::new(create)), Verb::Create, then))
}

/// PUT: nothing but a policy is replaced as a whole.
pub async fn replace(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Write, Error> {
    let target = &ask.intent.target;
    if modify::addressed(ask)? != Kind::Policy {
        return Err(method_fault(ask));
    }
    let id = id_of(ask, &target.steps, target.ty, lookup).await?;
    let body = read_entity(&ask.surface.schema, target.ty, ask.body, Mode::Replace, &Options::default())?;
    modify::repeats_id(&body, id)?;
    let Said { fields, package, ids, words } = said(ask, &body, lookup).await?;
    // What the body says must make sense by itself; whom it names is asked for in the transaction.
    let settings = policy::settings(&fields, words, &ids, None).map_err(store::Error::Denied)?;
    let named = settings.read(id, Uuid::nil(), "", words).map_err(store::Error::Denied)?.named;
    let replace = PolicyReplace { id, package, said: fields, ids, named, words };
    let then = Then::Shown { path: entity_path(ask.surface, target.ty, id) };
    Ok(write(ask, PolicyCommand::Replace(Box::new(replace)), Verb::Update, then))
}

fn write(ask: &Ask<'_>, command: PolicyCommand, verb: Verb, then: Then) -> Write {
    Write { command: Command::Policy(command), verb, target: ask.intent.target.clone(), then }
}

/// What a policy's body may have inline. Its catalog is its package's; a policy that was read with it is
/// put as it is.
const TAKES: &[&str] = &["accessPackage", "catalog", "questions", CALLOUTS];

async fn said(ask: &Ask<'_>, body: &Body, lookup: &impl Lookup) -> Result<Said, Error> {
    let words: &'static Words = match ask.surface.version {
        Version::V1 => &policy::V1,
        Version::Beta => &policy::BETA,
    };
    let Prepared { mut fields, .. } = prepare(ask, body, TAKES, lookup).await?;
    let package = package(ask, body, &fields, lookup).await?;
    fields.0.retain(|(core, _)| *core != "accessPackageId");
    let callouts = callouts(ask, body)?;
    fields.set(CALLOUTS, Field::Json(callouts));
    let asked = match words.whole {
        true => {
            let questions: Vec<String> =
                inline(ask.surface, body, "questions").iter().map(|each| question(ask.surface, each)).collect();
            fields.set("questions", Field::Json(format!("[{}]", questions.join(","))));
            questions.len()
        }
        false => match fields.get("beta.questions") {
            Some(Field::Json(text)) => serde_json::from_str::<Vec<&RawValue>>(text).map_or(0, |list| list.len()),
            _ => 0,
        },
    };
    let ids = (0..asked).map(|_| ask.ids.id()).collect();
    Ok(Said { fields, package, ids, words })
}

/// The one package that the body names, in whichever ways.
async fn package(ask: &Ask<'_>, body: &Body, fields: &Fields, lookup: &impl Lookup) -> Result<Option<Uuid>, Error> {
    let mut one = One::default();
    match fields.get("accessPackageId") {
        None | Some(Field::Null) => {}
        Some(Field::Guid(id)) => one.name("accessPackageId", *id)?,
        Some(_) => return Err(package_fault("accessPackageId")),
    }
    one.navigation(ask, body, ("accessPackage", "accessPackage", Kind::AccessPackage), false, lookup).await?;
    names_only(ask, body, "accessPackage", "accessPackage")?;
    Ok(one.id())
}

fn package_fault(target: &str) -> Error {
    Fault::new(FaultKind::Value, target, format!("'{target}' has to name one access package by its id.")).into()
}

/// The extensions that a body names, each with its stage, as they are stored.
fn callouts(ask: &Ask<'_>, body: &Body) -> Result<String, Error> {
    let mut list = Vec::new();
    for (at, setting) in inline(ask.surface, body, CALLOUTS).iter().enumerate() {
        let path = format!("{CALLOUTS}[{at}]/customExtension");
        let mut one = One::default();
        for said in inline(ask.surface, setting, "customExtension") {
            one.name(&format!("{path}/id"), inline_id(said, &path)?)?;
        }
        let references =
            setting.links.iter().filter(|(nav, _)| ask.surface.nav(setting.ty, *nav).core == "customExtension");
        for text in references.flat_map(|(_, references)| references) {
            let id = text.trim_end_matches([')', '\'']).rsplit(['/', '(', '\'']).next().unwrap_or_default();
            one.text(&path, id)?;
        }
        let Some(extension) = one.id() else {
            let message = format!("'{path}' has to name an extension by its id.");
            return Err(Fault::new(FaultKind::Value, path, message).into());
        };
        let stage = setting.values.iter().find_map(|(at, value)| match value {
            Value::Int(stage) if ask.surface.prop(setting.ty, *at).core == "stage" => Some(*stage),
            _ => None,
        });
        let id = ask.ids.id().to_string();
        list.push(serde_json::json!({ "id": id, "stage": stage, "customExtension": extension.to_string() }));
    }
    Ok(serde_json::Value::from(list).to_string())
}

/// A question as a document.
fn question(surface: &'static Surface, body: &Body) -> String {
    let schema = &surface.schema;
    let ty = schema.ty(body.ty);
    let mut out = b"{\"@odata.type\":".to_vec();
    write::string(&mut out, &format!("#{}.{}", schema.namespace, ty.name));
    if let Some(id) = &body.id {
        out.extend_from_slice(b",\"id\":");
        write::string(&mut out, id);
    }
    for (at, value) in body.values.iter().filter(|(_, value)| !matches!(value, Value::Null)) {
        if let Some(property) = ty.properties.get(*at) {
            out.push(b',');
            write::name(&mut out, property.name);
            write::value(&mut out, value, &property.ty, schema);
        }
    }
    out.push(b'}');
    String::from_utf8(out).unwrap_or_default()
}
