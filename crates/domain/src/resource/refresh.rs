//! Reading again what a resource's origin says of it.

use super::origin::{app_roles, part};
use super::{derived, origin_id, parts, same, system};
use crate::Instant;
use crate::checks::changeable;
use crate::command::{Kind, OriginSystem, ResourceRefresh};
use crate::denial::Denial;
use crate::facts::{Entity, Facts};
use crate::fields::{Fields, Value};
use crate::outcome::{Change, Operation, Outcome};
use crate::record::{ENTITLEMENT, audit, name};
use uuid::Uuid;

/// Takes over the name and the description of the group or the application, and an application's new
/// roles. A role that is gone there stays: packages may bring it. Of a site nothing can be read.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`]; [`Denial::PartMissing`] for an origin that is gone.
pub(super) fn refresh(refresh: &ResourceRefresh, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let resource = changeable(facts, Kind::Resource, refresh.resource)?;
    let mut fields = Fields::default();
    let mut changes = Vec::new();
    let origin = match system(resource) {
        Some(OriginSystem::Group) => Some(origin(resource, Kind::Group, facts)?),
        Some(OriginSystem::Application) => {
            changes = new_roles(refresh.seed, resource, facts);
            Some(origin(resource, Kind::ServicePrincipal, facts)?)
        }
        Some(OriginSystem::Site) | None => None,
    };
    if let Some(origin) = origin {
        fields.set("displayName", Value::Text(name(&origin.fields).to_owned()));
        let described = origin.fields.text("description").unwrap_or_default();
        fields.set("description", Value::Text(described.to_owned()));
    }
    fields.set("modifiedDateTime", Value::Time(now));
    let audit = audit("Update access package catalog resource", ENTITLEMENT, Operation::Update)
        .on_entity(resource)
        .changed(&resource.fields, &fields);
    changes.push(Change::Update { kind: Kind::Resource, id: resource.id, fields });
    Ok(Outcome::new(changes, audit))
}

fn origin<'a>(resource: &Entity, kind: Kind, facts: &'a Facts) -> Result<&'a Entity, Denial> {
    let id = origin_id(resource);
    let found = Uuid::try_parse(id).ok().and_then(|id| facts.entity_of(kind, id));
    found.ok_or_else(|| Denial::PartMissing { target: "originId", kind, name: id.to_owned() })
}

/// Roles that the application didn't have when it came, or that are called otherwise now.
fn new_roles(seed: Uuid, resource: &Entity, facts: &Facts) -> Vec<Change> {
    let catalog = resource.fields.guid("catalogId").unwrap_or_default();
    let mut changes = Vec::new();
    for (at, role) in app_roles(facts).iter().enumerate() {
        let (id, called, described) = role;
        match parts(facts, Kind::ResourceRole, resource.id).find(|known| same(origin_id(known), id)) {
            None => changes.push(Change::Insert {
                kind: Kind::ResourceRole,
                id: derived(seed, at),
                fields: part(catalog, resource.id, OriginSystem::Application.name(), role),
            }),
            Some(known) if name(&known.fields) != called => changes.push(Change::Update {
                kind: Kind::ResourceRole,
                id: known.id,
                fields: Fields(vec![
                    ("displayName", Value::Text(called.clone())),
                    ("description", described.clone().map_or(Value::Null, Value::Text)),
                ]),
            }),
            Some(_) => {}
        }
    }
    changes
}
