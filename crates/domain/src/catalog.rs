//! Catalogs and the access packages in them. Names that must be unique are the store's index to
//! watch, never a rule here.

use crate::Instant;
use crate::checks::{NAME_MAX, changeable, changeable_reference, fill, invalid, keep_text, require_text, reset_null};
use crate::command::{Create, Kind, On, PackageCreate, PackageMove, Update};
use crate::denial::Denial;
use crate::facts::{Dependents, Entity, Facts};
use crate::fields::{Fields, Value};
use crate::outcome::{Change, Operation, Outcome};
use crate::record::{ENTITLEMENT, audit, name};
use crate::{resource, role};

/// Members of `accessPackageCatalogType` and `accessPackageCatalogState`.
pub const USER_MANAGED: i64 = 1;
pub const SERVICE_DEFAULT: i64 = 2;
pub const UNPUBLISHED: i64 = 1;
pub const PUBLISHED: i64 = 2;

/// Makes a catalog: published unless the body says otherwise, and of the kind that users manage.
/// A user who makes one becomes its first owner, as Graph has it for catalog creators.
///
/// `isExternallyVisible` is false unless given: what lets strangers in must be said (our decision;
/// Entra's portal starts with yes).
///
/// # Errors
/// [`Denial::Invalid`] for a name that is missing, blank or too long, or a state that isn't one.
pub fn catalog_create(create: &Create, _facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let mut fields = create.fields.clone();
    require_text(&fields, Kind::Catalog, "displayName", NAME_MAX)?;
    fill(&mut fields, "description", "".into());
    fill(&mut fields, "state", Value::Int(PUBLISHED));
    fill(&mut fields, "isExternallyVisible", Value::Bool(false));
    known_state(&fields)?;
    fields.set("catalogType", Value::Int(USER_MANAGED));
    fields.set("createdDateTime", Value::Time(now));
    fields.set("modifiedDateTime", Value::Time(now));

    let audit = audit("Create access package catalog", ENTITLEMENT, Operation::Add)
        .on(Kind::Catalog, create.id, name(&fields))
        .after(&fields);
    let mut changes = vec![Change::Insert { kind: Kind::Catalog, id: create.id, fields }];
    if let (Some(creator), Some(assignment)) = (create.creator, create.owner_assignment) {
        changes.push(Change::Insert {
            kind: Kind::RoleAssignment,
            id: assignment,
            fields: role::entitlement_fields(creator, role::CATALOG_OWNER, Some(create.id)),
        });
    }
    Ok(Outcome::new(changes, audit).showing(Kind::Catalog, create.id))
}

/// Changes a catalog. The built-in one keeps its name; whether it is published and what it says of
/// itself is the tenant's to choose (our decision; nothing public says so).
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`], [`Denial::BuiltIn`] for a new name of the built-in
/// catalog, [`Denial::Invalid`] for a value that doesn't fit.
pub fn catalog_update(update: &Update, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let catalog = changeable(facts, Kind::Catalog, update.id)?;
    let mut fields = update.fields.clone();
    reset_null(&mut fields, "description", "".into());
    reset_null(&mut fields, "state", Value::Int(PUBLISHED));
    reset_null(&mut fields, "isExternallyVisible", Value::Bool(false));
    keep_text(&fields, Kind::Catalog, "displayName", NAME_MAX)?;
    known_state(&fields)?;
    if built_in(catalog) && differs(catalog, &fields, "displayName") {
        return Err(Denial::BuiltIn {
            kind: Kind::Catalog,
            id: catalog.id,
            message: "The 'displayName' of the built-in catalog can't be changed.",
        });
    }
    if differs(catalog, &fields, "catalogType") {
        return Err(invalid("catalogType", "The type of a catalog can't be changed."));
    }
    fields.set("modifiedDateTime", Value::Time(now));

    let audit = audit("Update access package catalog", ENTITLEMENT, Operation::Update)
        .on_entity(catalog)
        .changed(&catalog.fields, &fields);
    Ok(Outcome::new(vec![Change::Update { kind: Kind::Catalog, id: catalog.id, fields }], audit))
}

/// Deletes an empty catalog that isn't built in. Roles that are held in it go with it.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`], [`Denial::BuiltIn`], or [`Denial::InUse`] while it
/// has packages (the rule that a catalog with packages can't go).
pub fn catalog_delete(target: &On, facts: &Facts) -> Result<Outcome, Denial> {
    let catalog = changeable(facts, Kind::Catalog, target.id)?;
    let (kind, id) = (Kind::Catalog, catalog.id);
    if built_in(catalog) {
        return Err(Denial::BuiltIn { kind, id, message: "The built-in catalog can't be deleted." });
    }
    let count = facts.count(Dependents::PackagesOfCatalog, id);
    if count > 0 {
        return Err(Denial::InUse { kind, id, by: "accessPackages", count });
    }
    let audit = audit("Delete access package catalog", ENTITLEMENT, Operation::Delete)
        .on_entity(catalog)
        .before(&catalog.fields);
    Ok(Outcome::new(vec![Change::Delete { kind, id }], audit))
}

/// Makes an access package in a catalog that the caller may change.
///
/// # Errors
/// [`Denial::ReferenceNotFound`] on `catalog/id`, [`Denial::MayNotChange`] of the catalog,
/// [`Denial::Invalid`] for the name.
pub fn package_create(package: &PackageCreate, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let catalog = changeable_reference(facts, "catalog/id", Kind::Catalog, package.catalog)?;
    let id = package.create.id;
    let mut fields = package.create.fields.clone();
    require_text(&fields, Kind::AccessPackage, "displayName", NAME_MAX)?;
    fill(&mut fields, "description", "".into());
    fill(&mut fields, "isHidden", Value::Bool(false));
    fill(&mut fields, "isRoleScopesVisible", Value::Bool(false));
    fields.set("catalogId", Value::Guid(catalog.id));
    fields.set("createdDateTime", Value::Time(now));
    fields.set("modifiedDateTime", Value::Time(now));

    let audit = audit("Create access package", ENTITLEMENT, Operation::Add)
        .on(Kind::AccessPackage, id, name(&fields))
        .with(Kind::Catalog, catalog.id, name(&catalog.fields))
        .after(&fields);
    let insert = Change::Insert { kind: Kind::AccessPackage, id, fields };
    Ok(Outcome::new(vec![insert], audit).showing(Kind::AccessPackage, id))
}

/// Changes an access package. The catalog that it is in may be said again (Terraform does), and
/// changes only by a move.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`], [`Denial::Invalid`] for a value that doesn't fit or
/// another catalog.
pub fn package_update(update: &Update, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let package = changeable(facts, Kind::AccessPackage, update.id)?;
    let mut fields = update.fields.clone();
    reset_null(&mut fields, "description", "".into());
    reset_null(&mut fields, "isHidden", Value::Bool(false));
    reset_null(&mut fields, "isRoleScopesVisible", Value::Bool(false));
    keep_text(&fields, Kind::AccessPackage, "displayName", NAME_MAX)?;
    if differs(package, &fields, "catalogId") {
        return Err(invalid("catalogId", "The catalog of an access package is changed by moveToCatalog."));
    }
    fields.set("modifiedDateTime", Value::Time(now));

    let audit = audit("Update access package", ENTITLEMENT, Operation::Update)
        .on_entity(package)
        .changed(&package.fields, &fields);
    Ok(Outcome::new(vec![Change::Update { kind: Kind::AccessPackage, id: package.id, fields }], audit))
}

/// Deletes an access package; its incompatibilities, in both directions, go with it.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`], [`Denial::InUse`] while somebody holds it or
/// has asked for it: their request would be gone without a word.
pub fn package_delete(target: &On, facts: &Facts) -> Result<Outcome, Denial> {
    let package = changeable(facts, Kind::AccessPackage, target.id)?;
    let count = facts.count(Dependents::AssignmentsOfPackage, package.id);
    if count > 0 {
        return Err(Denial::InUse { kind: Kind::AccessPackage, id: package.id, by: "assignments", count });
    }
    let count = facts.count(Dependents::RequestsOfPackage, package.id);
    if count > 0 {
        return Err(Denial::InUse { kind: Kind::AccessPackage, id: package.id, by: "assignmentRequests", count });
    }
    let audit =
        audit("Delete access package", ENTITLEMENT, Operation::Delete).on_entity(package).before(&package.fields);
    let catalog = package.fields.guid("catalogId").unwrap_or_default();
    let delete = Change::Delete { kind: Kind::AccessPackage, id: package.id };
    Ok(Outcome::new(vec![delete, Change::RoleScopesTidy { catalog }], audit))
}

/// Moves an access package into another catalog; the caller may change both. A move to where it is
/// already changes nothing but the time of change. The roles that it brings become those of the same
/// resources in the other catalog.
///
/// # Errors
/// [`Denial::NotFound`] of the package, [`Denial::ReferenceNotFound`] on `catalogId`,
/// [`Denial::MayNotChange`] of either; [`Denial::Invalid`] on `catalogId` where a resource is missing
/// of which the package brings a role.
pub fn package_move(to: &PackageMove, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let package = changeable(facts, Kind::AccessPackage, to.package)?;
    let catalog = changeable_reference(facts, "catalogId", Kind::Catalog, to.catalog)?;
    let fields = Fields(vec![("catalogId", Value::Guid(catalog.id)), ("modifiedDateTime", Value::Time(now))]);
    let audit = audit("Update access package", ENTITLEMENT, Operation::Update)
        .on_entity(package)
        .with(Kind::Catalog, catalog.id, name(&catalog.fields))
        .changed(&package.fields, &fields);
    let mut changes = vec![Change::Update { kind: Kind::AccessPackage, id: package.id, fields }];
    if let Some(from) = package.fields.guid("catalogId").filter(|from| *from != catalog.id) {
        let count = facts.count(Dependents::CalloutsOfPackage, package.id);
        if count > 0 {
            let (kind, id) = (Kind::AccessPackage, package.id);
            return Err(Denial::InUse { kind, id, by: "customExtensionStageSettings", count });
        }
        changes.extend(resource::repointed(package.id, catalog.id, facts, now)?);
        changes.push(Change::RoleScopesTidy { catalog: from });
        changes.push(Change::PackageFollow { package: package.id, catalog: catalog.id });
    }
    Ok(Outcome::new(changes, audit))
}

fn built_in(catalog: &Entity) -> bool {
    catalog.fields.int("catalogType") == Some(SERVICE_DEFAULT)
}

/// Whether an update sets the field to something else than it is.
fn differs(entity: &Entity, fields: &Fields, name: &str) -> bool {
    fields.get(name).is_some_and(|value| entity.fields.get(name) != Some(value))
}

fn known_state(fields: &Fields) -> Result<(), Denial> {
    match fields.int("state") {
        None | Some(UNPUBLISHED | PUBLISHED) => Ok(()),
        Some(_) => Err(invalid("state", "Property 'state' can be one of: unpublished, published.")),
    }
}
