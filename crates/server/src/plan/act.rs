//! Bound actions.

use super::target::{entity_path, id_of, id_query, id_shape, kind_of};
use super::{Ask, Form, Groups, Lookup, Plan, Read, Then, Write, method_fault};
use crate::error::Error;
use auth::issuer::secret;
use auth::policy::Verb;
use domain::command::{Command, Kind, On, PackageMove, Restore, Secret, SecretRemoval};
use domain::lifecycle::RequestCommand;
use model::def::Op;
use model::query::{Query, Want};
use odata::body::read_arguments;
use odata::error::{Fault, FaultKind};
use odata::query::{Compare, End, Filter, Leaf, Operand, Path, Shape, Target};
use odata::value::Value;
use std::sync::Arc;
use uuid::Uuid;

/// `getByIds` takes this many ids, `checkMemberGroups` and its kin this many (operations.md).
const IDS: usize = 1000;
const CHECKED: usize = 20;
/// A secret lasts two years when the caller doesn't say (Graph: addPassword).
const SECRET_LIFE: i64 = 2 * 365 * 86_400 * 1_000_000;

pub async fn plan(ask: &Ask<'_>, operation: usize, lookup: &impl Lookup) -> Result<Plan, Error> {
    let op = ask.surface.op(operation);
    // Older pages of `cancel` send the request's own properties along.
    let body = if op == Op::Cancel { &[] } else { ask.body };
    let arguments = read_arguments(&ask.surface.schema, operation, body)?;
    let argument = |name: &str| arguments.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
    let mut target = ask.intent.target.clone();
    target.end = End::Operation { operation, arguments: arguments.clone(), count: false };
    match op {
        Op::CheckMemberGroups | Op::CheckMemberObjects => {
            let name = if op == Op::CheckMemberGroups { "groupIds" } else { "ids" };
            let ids = ids(argument(name), name, CHECKED)?;
            Ok(Plan::Groups(Groups { query: groups_query(ask, target), among: Some(ids), security_only: false }))
        }
        Op::GetMemberGroups | Op::GetMemberObjects => {
            let security_only = argument("securityEnabledOnly") == Some(&Value::Bool(true));
            Ok(Plan::Groups(Groups { query: groups_query(ask, target), among: None, security_only }))
        }
        Op::GetByIds => {
            let ids = ids(argument("ids"), "ids", IDS)?;
            by_ids(ask, target, ids, argument("types")).map(Plan::Read)
        }
        Op::MoveToCatalog => {
            let text = argument("catalogId").and_then(Value::as_text).unwrap_or_default();
            let catalog = Uuid::try_parse(text).map_err(|_| not_an_id("catalogId", text))?;
            let package = id_of(ask, &target.steps, target.ty, lookup).await?;
            let command = Command::PackageMove(PackageMove { package, catalog });
            Ok(Plan::Write(Write { command, verb: Verb::Act(op), target, then: Then::Done }))
        }
        Op::Cancel | Op::Reprocess => {
            let kind = kind_of(ask.surface, target.ty).ok_or_else(|| method_fault(ask))?;
            let on = On { kind, id: id_of(ask, &target.steps, target.ty, lookup).await? };
            let (command, then) = match (op, kind) {
                (Op::Cancel, _) => (RequestCommand::Cancel(on), Then::Nothing),
                (_, Kind::Assignment) => (RequestCommand::Enforce(on), Then::Accepted),
                _ => (RequestCommand::Reprocess(on), Then::Accepted),
            };
            Ok(Plan::Write(Write { command: Command::Request(command), verb: Verb::Act(op), target, then }))
        }
        Op::GetApplicablePolicyRequirements => Ok(Plan::Requirements(super::mine::requirements(ask, target))),
        // Functions, which are read.
        Op::AdditionalAccess | Op::FilterByCurrentUser | Op::My | Op::Search => Err(method_fault(ask)),
        Op::Resume => {
            let argument = |name: &str| argument(name).cloned();
            super::extension::resume(ask, target, argument, lookup).await.map(Plan::Write)
        }
        Op::Refresh => super::resources::refresh(ask, target, lookup).await.map(Plan::Write),
        Op::Restore => {
            // Who may bring it back depends on what it is, which the path doesn't say.
            let mut there = target.clone();
            there.end = End::Itself;
            let (id, ty) = lookup.find(id_query(ask.surface, there)).await?;
            let kind = kind_of(ask.surface, ty).ok_or_else(|| method_fault(ask))?;
            // Declared to give a directoryObject, and so it says which kind of one.
            let path = entity_path(ask.surface, target.ty, id);
            let name = argument("newUserPrincipalName").and_then(Value::as_text).map(str::to_owned);
            let restore = Restore { on: On { kind, id }, user_principal_name: name };
            let command = Command::DirectoryRestore(restore);
            Ok(Plan::Write(Write { command, verb: Verb::Act(op), target, then: Then::Shown { path } }))
        }
        Op::AddPassword => add_password(ask, target, argument("passwordCredential"), lookup).await,
        Op::RemovePassword => {
            let Some(key_id) = argument("keyId").and_then(Value::as_guid) else {
                return Err(not_an_id("keyId", ""));
            };
            let kind = kind_of(ask.surface, target.ty).ok_or_else(|| method_fault(ask))?;
            let id = id_of(ask, &target.steps, target.ty, lookup).await?;
            let command = Command::SecretRemove(SecretRemoval { kind, id, key_id });
            Ok(Plan::Write(Write { command, verb: Verb::Act(op), target, then: Then::Nothing }))
        }
    }
}

fn groups_query(ask: &Ask<'_>, target: Target) -> Query {
    let shape = Arc::new(id_shape(ask.surface, target.ty));
    Query { surface: ask.surface, target, shape, want: Want::Entity, limit: 1, narrow: None }
}

fn by_ids(ask: &Ask<'_>, target: Target, ids: Vec<Uuid>, types: Option<&Value>) -> Result<Read, Error> {
    let surface = ask.surface;
    let mut shape = match &ask.intent.shape {
        Some(shape) => shape.clone(),
        None => id_shape(surface, target.ty),
    };
    if let Some(types) = types {
        let names = strings(types, "types")?;
        let wanted: Vec<String> =
            names.iter().map(|name| name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase()).collect();
        shape.outputs.retain(|(ty, _)| wanted.contains(&surface.schema.ty(*ty).name.to_ascii_lowercase()));
    }
    shape.filter = Some(match shape.outputs.is_empty() {
        true => Filter::Always(false),
        false => only(surface, &shape, &ids)?,
    });
    let query = Query { surface, target, shape: Arc::new(shape), want: Want::Page, limit: IDS as u32, narrow: None };
    Ok(Read { query, form: Form::Collection })
}

fn only(surface: &'static model::Surface, shape: &Shape, ids: &[Uuid]) -> Result<Filter, Error> {
    let Some((property, _)) = surface.schema.ty(shape.ty).property("id") else {
        return Err(Error::Internal("a directory object has no id".to_owned()));
    };
    let path = Path {
        base: 0,
        navigations: Vec::new(),
        leaf: Leaf::Property { owner: shape.ty, property, below: Vec::new() },
    };
    let left = Operand { path, case: None, count: false };
    Ok(match ids {
        [id] => Filter::Compare { left, op: Compare::Eq, right: Value::Guid(*id) },
        _ => Filter::In { left, values: ids.iter().copied().map(Value::Guid).collect() },
    })
}

fn ids(argument: Option<&Value>, name: &'static str, most: usize) -> Result<Vec<Uuid>, Error> {
    let texts = argument.map(|value| strings(value, name)).transpose()?.unwrap_or_default();
    if texts.len() > most {
        let message = format!("'{name}' may hold {most} ids at the most, not {}.", texts.len());
        return Err(Fault::new(FaultKind::Value, name, message).into());
    }
    texts.iter().map(|text| Uuid::try_parse(text).map_err(|_| not_an_id(name, text))).collect()
}

fn strings(value: &Value, name: &str) -> Result<Vec<String>, Error> {
    match value {
        Value::Json(text) => serde_json::from_str(text)
            .map_err(|_| Fault::new(FaultKind::Value, name, format!("'{name}' has to be a list of strings.")).into()),
        _ => Ok(Vec::new()),
    }
}

fn not_an_id(name: &'static str, text: &str) -> Error {
    Fault::new(FaultKind::Value, name, format!("'{name}' has to be an id, not '{text}'.")).into()
}

async fn add_password(
    ask: &Ask<'_>,
    target: Target,
    argument: Option<&Value>,
    lookup: &impl Lookup,
) -> Result<Plan, Error> {
    let said: serde_json::Value = match argument {
        Some(Value::Json(text)) => serde_json::from_str(text).unwrap_or_default(),
        _ => serde_json::Value::Null,
    };
    // The service makes these values; accepting them would let a client believe that they count.
    for name in ["customKeyIdentifier", "hint", "keyId", "secretText"] {
        if said.get(name).is_some_and(|value| !value.is_null()) {
            let path = format!("passwordCredential/{name}");
            let message = format!("'{path}' can't be set: the service makes the secret.");
            return Err(Fault::new(FaultKind::Value, path, message).into());
        }
    }
    let instant = |name: &'static str| match said.get(name).and_then(serde_json::Value::as_str) {
        Some(text) => odata::literal::time(text).map(Some).ok_or_else(|| {
            Error::from(Fault::new(FaultKind::Value, name, format!("'{name}' has to be a date and time.")))
        }),
        None => Ok(None),
    };
    // In real time, as the login will judge it.
    let starts_at = instant("startDateTime")?.unwrap_or(ask.ids.now());
    let ends_at = instant("endDateTime")?.unwrap_or(starts_at + SECRET_LIFE);
    let display_name = said.get("displayName").and_then(serde_json::Value::as_str).map(str::to_owned);
    let kind = kind_of(ask.surface, target.ty).ok_or_else(|| method_fault(ask))?;
    let id = id_of(ask, &target.steps, target.ty, lookup).await?;
    let text = secret::client_secret().map_err(|error| Error::Internal(error.to_string()))?;
    let key_id = Uuid::new_v4();
    let (hint, selector) = (secret::hint(text.expose()), secret::selector(key_id, text.expose()));
    let body = serde_json::json!({
        "customKeyIdentifier": null, "displayName": display_name, "endDateTime": odata::write::time(ends_at),
        "hint": hint, "keyId": key_id.to_string(), "secretText": text.expose(),
        "startDateTime": odata::write::time(starts_at),
    });
    let hash = String::new();
    let secret = Secret { kind, id, key_id, hash, hint, selector, display_name, starts_at, ends_at };
    let write = Write {
        command: Command::SecretAdd(secret),
        verb: Verb::Act(Op::AddPassword),
        target,
        then: Then::Secret { body: body.to_string() },
    };
    Ok(Plan::WriteHashed(write, text))
}
