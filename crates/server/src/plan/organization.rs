//! Connected organizations, what is set for people from outside, and whether Doorward answers for an
//! account: from what a body says to the command.

use super::fields::{Prepared, prepare};
use super::modify::repeats_id;
use super::target::{entity_path, id_of};
use super::{Ask, Lookup, Then, Write, method_fault};
use crate::error::Error;
use auth::policy::Verb;
use domain::command::{
    Command, DeleteAfter, Kind, OrganizationCommand, OrganizationCreate, SettingsUpdate, Source, Update,
};
use domain::fields::{Fields, Value as Field};
use domain::policy::DAY;
use odata::body::{Body, Mode, Options, read_entity};
use odata::error::{Fault, FaultKind};
use odata::value::Value;
use serde_json::Value as Json;
use store::policy::span;

const SOURCES: &str = "identitySources";
const DOMAIN: &str = "domainName";
const DURATION: &str = "durationUntilExternalUserDeletedAfterBlocked";
const DAYS: &str = "daysUntilExternalUserDeletedAfterBlocked";

pub async fn create(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Write, Error> {
    let ty = ask.intent.target.ty;
    let body = read_entity(&ask.surface.schema, ty, ask.body, Mode::Create, &Options::default())?;
    let Prepared { mut fields, .. } = prepare(ask, &body, &[], lookup).await?;
    let path = match (domain_name(ask, &body), fields.get(SOURCES)) {
        (Some(_), Some(Field::Json(_))) => {
            let message = format!("'{DOMAIN}' stands in place of '{SOURCES}', and both are said.");
            return Err(Fault::new(FaultKind::Value, DOMAIN, message).into());
        }
        (Some(domain), _) => {
            let source = serde_json::json!([{
                "@odata.type": "#microsoft.graph.domainIdentitySource", "displayName": domain, "domainName": domain,
            }]);
            fields.set(SOURCES, Field::Json(source.to_string()));
            DOMAIN
        }
        (None, _) => SOURCES,
    };
    let sources = match fields.get(SOURCES) {
        Some(Field::Json(text)) => sources(text)?,
        _ => Vec::new(),
    };
    let id = ask.ids.id();
    let command = OrganizationCommand::Create(OrganizationCreate { id, fields, sources, path });
    let then = Then::Created { path: entity_path(ask.surface, ty, id), odata_type: None };
    Ok(write(ask, command, Verb::Create, then))
}

/// Beta's `domainName`, which is kept as a source.
fn domain_name(ask: &Ask<'_>, body: &Body) -> Option<String> {
    body.values.iter().find_map(|(at, value)| match value {
        Value::Text(text) if ask.surface.prop(body.ty, *at).core == DOMAIN => Some(text.clone()),
        _ => None,
    })
}

/// The sources in a list that the schema has checked.
fn sources(text: &str) -> Result<Vec<Source>, Error> {
    let list: Vec<Json> = serde_json::from_str(text).unwrap_or_default();
    list.iter().enumerate().map(|(at, each)| source(at, each)).collect()
}

fn source(at: usize, said: &Json) -> Result<Source, Error> {
    let text = |name: &str| {
        let found = said.get(name).and_then(Json::as_str).map(str::trim).filter(|text| !text.is_empty());
        found.map(str::to_owned).ok_or_else(|| {
            let target = format!("{SOURCES}[{at}]/{name}");
            Error::from(Fault::new(FaultKind::Value, target.clone(), format!("'{target}' has to be said.")))
        })
    };
    let kind = said.get("@odata.type").and_then(Json::as_str).unwrap_or_default();
    Ok(match kind.rsplit('.').next().unwrap_or_default() {
        "domainIdentitySource" => Source::Domain(text(DOMAIN)?),
        "externalDomainFederation" => Source::Federation(text(DOMAIN)?),
        "azureActiveDirectoryTenant" => Source::Tenant(text("tenantId")?),
        "crossCloudAzureActiveDirectoryTenant" => {
            Source::CrossCloud { cloud: text("cloudInstance")?, tenant: text("tenantId")? }
        }
        _ => Source::Social(text("socialIdentitySourceType")?),
    })
}

/// PATCH of any of them.
pub async fn update(ask: &Ask<'_>, kind: Kind, lookup: &impl Lookup) -> Result<Write, Error> {
    let target = &ask.intent.target;
    // There is one kind of control: nobody has to say which.
    let ty = match kind {
        Kind::EndUserSettings => ask.surface.schema.find(kind.name()).unwrap_or(target.ty),
        _ => target.ty,
    };
    let body = read_entity(&ask.surface.schema, ty, ask.body, Mode::Update, &Options::default())?;
    if domain_name(ask, &body).is_some() {
        let message = format!("'{DOMAIN}' is set when an organization is created, and can't be changed.");
        return Err(Fault::new(FaultKind::Value, DOMAIN, message).into());
    }
    let Prepared { mut fields, .. } = prepare(ask, &body, &[], lookup).await?;
    if kind == Kind::Settings {
        let delete_after = delete_after(&mut fields)?;
        let command = OrganizationCommand::Settings(SettingsUpdate { fields, delete_after });
        return Ok(write(ask, command, Verb::Update, Then::Nothing));
    }
    let command = match kind {
        Kind::Organization => OrganizationCommand::Update,
        Kind::EndUserSettings => OrganizationCommand::EndUserSettings,
        Kind::Subject => OrganizationCommand::Subject,
        _ => return Err(method_fault(ask)),
    };
    // What is fixed may be repeated as it is; the rules compare it with what is there.
    for (core, value) in super::fields::fields(ask.surface, body.ty, &body.fixed).0 {
        fields.set(core, value);
    }
    let id = id_of(ask, &target.steps, target.ty, lookup).await?;
    repeats_id(&body, id)?;
    let update = Update { kind, id, fields, links: Vec::new(), password_hash: None };
    let then = Then::Changed { path: entity_path(ask.surface, target.ty, id) };
    Ok(write(ask, command(update), Verb::Update, then))
}

/// PUT of what people see of each other: what the body doesn't say stays, and the whole is answered.
pub async fn replace(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Write, Error> {
    let mut write = update(ask, Kind::EndUserSettings, lookup).await?;
    if let Then::Changed { path } = write.then {
        write.then = Then::Shown { path };
    }
    Ok(write)
}

/// How long an account is kept, in the words of either surface.
fn delete_after(fields: &mut Fields) -> Result<Option<DeleteAfter>, Error> {
    let fault = |path: &'static str, message: String| Error::from(Fault::new(FaultKind::Value, path, message));
    let (span, path) = match (fields.get(DURATION), fields.get(DAYS)) {
        (Some(Field::Text(text)), _) => {
            let span = span::read(text).ok_or_else(|| {
                fault(DURATION, format!("'{DURATION}' has to be a duration of a fixed length, such as P30D."))
            })?;
            (span, DURATION)
        }
        (_, Some(Field::Int(days))) => (days.saturating_mul(DAY), DAYS),
        (Some(_), _) => return Err(fault(DURATION, format!("'{DURATION}' can't be null."))),
        (_, Some(_)) => return Err(fault(DAYS, format!("'{DAYS}' can't be null."))),
        (None, None) => return Ok(None),
    };
    fields.0.retain(|(core, _)| *core != DURATION && *core != DAYS);
    Ok(Some(DeleteAfter { span, text: span::write(span), path }))
}

fn write(ask: &Ask<'_>, command: OrganizationCommand, verb: Verb, then: Then) -> Write {
    Write { command: Command::Organization(command), verb, target: ask.intent.target.clone(), then }
}
