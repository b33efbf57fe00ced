//! App roles that are given and taken by hand, from either end: POST and DELETE below `appRoleAssignments` and
//! `appRoleAssignedTo`.

use super::fields::fields;
use super::target::{home, id_of, kind_of};
use super::{Ask, Lookup, Then, Write, method_fault};
use crate::error::Error;
use auth::policy::Verb;
use domain::command::{AppRoleAssign, AppRoleEnd, AppRoleSide, AppRoleUnassign, Command, Kind};
use odata::body::{Mode, Options, read_entity};
use odata::error::{Fault, FaultKind};
use odata::query::{Key, Step};
use odata::schema::TypeId;
use uuid::Uuid;

/// `before` is the path to the end that the assignment is to hang on.
pub async fn assign(
    ask: &Ask<'_>,
    before: &[Step],
    (owner, nav): (TypeId, usize),
    lookup: &impl Lookup,
) -> Result<Write, Error> {
    let body = read_entity(&ask.surface.schema, ask.intent.target.ty, ask.body, Mode::Create, &Options::default())?;
    let values = fields(ask.surface, body.ty, &body.values);
    let id = |name: &'static str| {
        let missing = || Fault::new(FaultKind::Value, name, format!("'{name}' has to be an id."));
        values.guid(name).ok_or_else(|| Error::from(missing()))
    };
    let (principal, resource, role) = (id("principalId")?, id("resourceId")?, id("appRoleId")?);
    let end = end(ask, before, (owner, nav), lookup).await?;
    let assign = AppRoleAssign { id: ask.ids.id(), end, principal, resource, role };
    let path = format!("{}/{}/{}/{}", home(ask.surface, owner), end.id, end.side.navigation(), assign.id);
    let then = Then::Created { path, odata_type: None };
    Ok(write(ask, Command::AppRoleAssign(assign), Verb::Create, then))
}

/// `before` is the path to the end that the assignment hangs on.
pub async fn unassign(
    ask: &Ask<'_>,
    before: &[Step],
    (owner, nav): (TypeId, usize),
    key: &Key,
    lookup: &impl Lookup,
) -> Result<Write, Error> {
    let Key::Id(key) = key else { return Err(method_fault(ask)) };
    let missing = || store::Error::NotFound { kind: Kind::AppRoleAssignment.name(), key: key.clone() };
    let id = Uuid::try_parse(key).map_err(|_| Error::from(missing()))?;
    let end = end(ask, before, (owner, nav), lookup).await?;
    let unassign = AppRoleUnassign { end, id };
    Ok(write(ask, Command::AppRoleUnassign(unassign), Verb::Delete, Then::Nothing))
}

async fn end(
    ask: &Ask<'_>,
    before: &[Step],
    (owner, nav): (TypeId, usize),
    lookup: &impl Lookup,
) -> Result<AppRoleEnd, Error> {
    let core = ask.surface.nav(owner, nav).core;
    let side = AppRoleSide::ALL.into_iter().find(|side| side.navigation() == core);
    let (Some(kind), Some(side)) = (kind_of(ask.surface, owner), side) else { return Err(method_fault(ask)) };
    Ok(AppRoleEnd { kind, id: id_of(ask, before, owner, lookup).await?, side })
}

fn write(ask: &Ask<'_>, command: Command, verb: Verb, then: Then) -> Write {
    Write { command, verb, target: ask.intent.target.clone(), then }
}
