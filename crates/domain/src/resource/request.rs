//! The requests by which resources come into a catalog, change there, and leave it.

use super::origin::{Environment, Origin, environment, origin, part};
use super::{derived, in_catalog, words};
use crate::Instant;
use crate::checks::{NAME_MAX, changeable_reference, invalid, within};
use crate::command::{Kind, Named, ResourceAdd, ResourceRequest, ResourceUpdate};
use crate::denial::Denial;
use crate::facts::{Dependents, Entity, Facts};
use crate::fields::{Fields, Value};
use crate::lifecycle::state::{RequestState, RequestType};
use crate::outcome::{Audit, Change, Operation, Outcome};
use crate::record::{ENTITLEMENT, audit, name};
use uuid::Uuid;

/// Brings a group, an application or a site into a catalog, with its roles and its root scope.
///
/// # Errors
/// In this order: [`Denial::ReferenceNotFound`] and [`Denial::MayNotChange`] of the catalog; what
/// [`origin`] refuses; [`Denial::ResourceOnboarded`] for what is in the catalog already.
pub(super) fn add(add: &ResourceAdd, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let request = &add.request;
    let catalog = changeable_reference(facts, request.paths.catalog, Kind::Catalog, request.catalog)?;
    let made = origin(add, facts)?;
    let environment = environment(add, facts)?;
    if let Some(there) = in_catalog(facts, catalog.id, &request.resource) {
        let target = request.paths.origin_id;
        return Err(Denial::ResourceOnboarded { target, catalog: catalog.id, resource: there.id });
    }
    let audit = audit("Create resource request", ENTITLEMENT, Operation::Add)
        .with(Kind::Catalog, catalog.id, name(&catalog.fields))
        .after(&made.fields);
    let called = name(&made.fields).to_owned();
    if request.validation_only {
        return Ok(validated(request, RequestType::AdminAdd, &called, audit, facts, now));
    }
    let audit = audit.on(Kind::Resource, add.new, &called);
    let mut changes = resource(add, catalog.id, made, environment, now);
    changes.extend(kept(request, RequestType::AdminAdd, Some(add.new), facts, now));
    Ok(Outcome::new(changes, audit).showing(Kind::ResourceRequest, request.id))
}

/// The rows of a new resource.
fn resource(
    add: &ResourceAdd,
    catalog: Uuid,
    made: Origin,
    environment: Option<Environment>,
    now: Instant,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let Origin { mut fields, roles, url } = made;
    let text = |name: &str| fields.text(name).unwrap_or_default().to_owned();
    let (system, origin) = (text("originSystem"), text("originId"));
    let stamp = |fields: &mut Fields| {
        fields.set("createdDateTime", Value::Time(now));
        fields.set("modifiedDateTime", Value::Time(now));
    };
    match environment {
        Some(Environment::New(id, mut row)) => {
            stamp(&mut row);
            changes.push(Change::Insert { kind: Kind::Environment, id, fields: row });
            fields.set("environmentId", Value::Guid(id));
        }
        Some(Environment::There(id)) => fields.set("environmentId", Value::Guid(id)),
        None => {}
    }
    fields.set("catalogId", Value::Guid(catalog));
    fields.set("isPendingOnboarding", Value::Bool(false));
    stamp(&mut fields);
    changes.push(Change::Insert { kind: Kind::Resource, id: add.new, fields });
    for (at, role) in roles.iter().enumerate() {
        let fields = part(catalog, add.new, &system, role);
        changes.push(Change::Insert { kind: Kind::ResourceRole, id: derived(add.new, at + 1), fields });
    }
    let root = (origin, "Root".to_owned(), Some("Root Scope".to_owned()));
    let mut scope = part(catalog, add.new, &system, &root);
    scope.set("isRootScope", Value::Bool(true));
    scope.set("url", url.map_or(Value::Null, Value::Text));
    changes.push(Change::Insert { kind: Kind::ResourceScope, id: derived(add.new, 0), fields: scope });
    changes
}

/// Takes a resource out of its catalog, with its roles and scopes.
///
/// # Errors
/// As [`add`] of the catalog; what [`there`] refuses; [`Denial::ResourceInUse`] while an access package
/// brings a role of it.
pub(super) fn remove(request: &ResourceRequest, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let catalog = changeable_reference(facts, request.paths.catalog, Kind::Catalog, request.catalog)?;
    let resource = there(request, catalog, facts)?;
    let count = facts.count(Dependents::PackagesOfResource, resource.id);
    if count > 0 {
        return Err(Denial::ResourceInUse { target: request.paths.resource, resource: resource.id, count });
    }
    let audit = audit("Create resource remove request", ENTITLEMENT, Operation::Delete)
        .with(Kind::Catalog, catalog.id, name(&catalog.fields))
        .before(&resource.fields);
    let called = name(&resource.fields);
    if request.validation_only {
        return Ok(validated(request, RequestType::AdminRemove, called, audit, facts, now));
    }
    let mut changes = vec![Change::Delete { kind: Kind::Resource, id: resource.id }];
    changes.extend(kept(request, RequestType::AdminRemove, Some(resource.id), facts, now));
    Ok(Outcome::new(changes, audit.on_entity(resource)).showing(Kind::ResourceRequest, request.id))
}

/// Changes what a resource is called, and what is said of it.
///
/// # Errors
/// As [`add`] of the catalog; what [`there`] refuses; [`Denial::Invalid`] for a name that can't be.
pub(super) fn update(update: &ResourceUpdate, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let request = &update.request;
    let catalog = changeable_reference(facts, request.paths.catalog, Kind::Catalog, request.catalog)?;
    let resource = there(request, catalog, facts)?;
    let mut fields = Fields::default();
    if let Some(Value::Text(called)) = update.fields.get("displayName") {
        let target = request.paths.display_name;
        if called.trim().is_empty() {
            return Err(invalid(target, format!("'{target}' can't be empty.")));
        }
        within(target, called, NAME_MAX)?;
        fields.set("displayName", Value::Text(called.clone()));
    }
    if let Some(text @ (Value::Text(_) | Value::Null)) = update.fields.get("description") {
        fields.set("description", text.clone());
    }
    fields.set("modifiedDateTime", Value::Time(now));
    let audit = audit("Update access package catalog resource", ENTITLEMENT, Operation::Update)
        .with(Kind::Catalog, catalog.id, name(&catalog.fields))
        .changed(&resource.fields, &fields);
    if request.validation_only {
        return Ok(validated(request, RequestType::AdminUpdate, name(&resource.fields), audit, facts, now));
    }
    let mut changes = vec![Change::Update { kind: Kind::Resource, id: resource.id, fields }];
    changes.extend(kept(request, RequestType::AdminUpdate, Some(resource.id), facts, now));
    Ok(Outcome::new(changes, audit.on_entity(resource)).showing(Kind::ResourceRequest, request.id))
}

/// The resource that the request names, in the catalog that it names.
///
/// # Errors
/// [`Denial::ReferenceNotFound`] for an id, [`Denial::PartMissing`] for an origin.
fn there<'a>(request: &ResourceRequest, catalog: &Entity, facts: &'a Facts) -> Result<&'a Entity, Denial> {
    in_catalog(facts, catalog.id, &request.resource).ok_or_else(|| match &request.resource {
        Named::Id(id) => Denial::ReferenceNotFound { target: request.paths.resource_id, kind: Kind::Resource, id: *id },
        Named::Both { id, .. } if facts.entity_of(Kind::Resource, *id).is_none() => {
            Denial::ReferenceNotFound { target: request.paths.resource_id, kind: Kind::Resource, id: *id }
        }
        named @ Named::Both { .. } => {
            let path = request.paths.origin_id;
            invalid(path, format!("'{path}' and the id name two resources, or none of the catalog: {}.", words(named)))
        }
        named @ Named::Origin { .. } => {
            Denial::PartMissing { target: request.paths.origin_id, kind: Kind::Resource, name: words(named) }
        }
    })
}

/// The outcome of a request that only asks whether it could be done.
fn validated(
    request: &ResourceRequest,
    request_type: RequestType,
    called: &str,
    audit: Audit,
    facts: &Facts,
    now: Instant,
) -> Outcome {
    let resource = request.resource.id();
    let audit = audit.on(Kind::ResourceRequest, request.id, called);
    Outcome::new(kept(request, request_type, resource, facts, now), audit).showing(Kind::ResourceRequest, request.id)
}

/// The request's own row, and a subject for who made it.
fn kept(
    request: &ResourceRequest,
    request_type: RequestType,
    resource: Option<Uuid>,
    facts: &Facts,
    now: Instant,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let subject = facts.subject(request.requestor).unwrap_or_else(|| {
        changes.push(Change::Subject { id: request.subject, object: request.requestor, governed: false });
        request.subject
    });
    let mut fields = request.fields.clone();
    for (name, value) in [
        ("catalogId", Value::Guid(request.catalog)),
        ("resourceId", resource.map_or(Value::Null, Value::Guid)),
        ("requestorId", Value::Guid(subject)),
        ("requestType", Value::Int(request_type.number())),
        ("state", Value::Int(RequestState::Delivered.number())),
        ("requestStatus", "Fulfilled".into()),
        ("isValidationOnly", Value::Bool(request.validation_only)),
        ("createdDateTime", Value::Time(now)),
    ] {
        fields.set(name, value);
    }
    changes.push(Change::Insert { kind: Kind::ResourceRequest, id: request.id, fields });
    changes
}
