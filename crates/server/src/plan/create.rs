//! POST to a collection: a new entity, or in beta a group that an access package is incompatible with.

use super::application::without_secrets;
use super::fields::{DIRECTORY_LINKS, Prepared, bound, fields, inline, inline_id, names_only, prepare, takes_only};
use super::target::{entity_path, id_of, last_navigation};
use super::{Ask, Lookup, Plan, Then, Write, method_fault};
use crate::error::Error;
use auth::policy::Verb;
use domain::command::{
    Command, Create, IncompatibleGroupCreate, Kind, NamedGroup, PackageCreate, RoleArea, RoleAssign,
};
use domain::fields::{Fields, Value as Field};
use model::def::Join;
use odata::body::{Body, Mode, Options, read_entity};
use odata::error::{Fault, FaultKind};
use odata::query::{Key, Step};
use uuid::Uuid;

/// The type name that the published example of the beta seed operation sends (semantics.md, "Seed
/// operation on beta"): an internal name of the real service for a group.
const SEED_TYPE: (&str, &str) = ("#Microsoft.IGAELM.PDS.FrontEnd.ExternalModel.group", "group");

pub async fn plan(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Plan, Error> {
    let target = &ask.intent.target;
    let Some((at, owner, nav)) = last_navigation(target) else {
        return Err(method_fault(ask));
    };
    let navigation = ask.surface.nav(owner, nav);
    let before = target.steps.get(..at).unwrap_or_default();
    let write = match (navigation.core, navigation.join) {
        ("users", _) => return directory(ask, lookup, Command::UserCreate).await,
        ("groups", _) => return directory(ask, lookup, Command::GroupCreate).await,
        ("applications", _) => return directory(ask, lookup, Command::ApplicationCreate).await,
        ("servicePrincipals", _) => return directory(ask, lookup, Command::ServicePrincipalCreate).await,
        ("catalogs", _) => catalog_create(ask, lookup).await,
        ("accessPackages", Join::Set) => package(ask, None, lookup).await,
        ("accessPackages", Join::Back { .. })
            if ask.surface.schema.ty(owner).navigations.get(nav).is_some_and(|n| n.contained) =>
        {
            let catalog = id_of(ask, before, owner, lookup).await?;
            package(ask, Some(catalog), lookup).await
        }
        ("incompatibleGroups", _) if ask.surface.schema.ty(owner).navigations.get(nav).is_some_and(|n| n.contained) => {
            incompatible_group(ask, before, owner, lookup).await
        }
        ("assignmentRequests", Join::Set) => super::request::create(ask, lookup).await,
        ("appRoleAssignments" | "appRoleAssignedTo", _) => {
            super::app_role::assign(ask, before, (owner, nav), lookup).await
        }
        ("roleAssignments", Join::Area { area }) => role(ask, area),
        ("assignmentPolicies", Join::Set) => super::policy::create(ask, lookup).await,
        ("customWorkflowExtensions", _) => super::extension::create(ask, before, lookup).await,
        ("connectedOrganizations", Join::Set) => super::organization::create(ask, lookup).await,
        ("resourceRequests", _) => super::resources::request(ask, lookup).await,
        ("resourceRoleScopes", Join::Link { .. }) => super::resources::role_scope(ask, before, owner, lookup).await,
        _ => Err(method_fault(ask)),
    };
    write.map(Plan::Write)
}

fn body(ask: &Ask<'_>) -> Result<Body, Error> {
    Ok(read_entity(&ask.surface.schema, ask.intent.target.ty, ask.body, Mode::Create, &Options::default())?)
}

fn write(ask: &Ask<'_>, command: Command, id: Uuid) -> Write {
    Write {
        command,
        verb: Verb::Create,
        target: ask.intent.target.clone(),
        then: Then::Created { path: entity_path(ask.surface, ask.intent.target.ty, id), odata_type: None },
    }
}

fn create(ask: &Ask<'_>, prepared: Prepared) -> Create {
    Create {
        id: ask.ids.id(),
        password_hash: prepared.password_hash(),
        fields: prepared.fields,
        links: prepared.links,
        creator: ask.user,
        owner_assignment: Some(ask.ids.id()),
    }
}

async fn directory(ask: &Ask<'_>, lookup: &impl Lookup, command: fn(Create) -> Command) -> Result<Plan, Error> {
    let body = body(ask)?;
    let prepared = prepare(ask, &body, DIRECTORY_LINKS, lookup).await?;
    let password = prepared.password.clone();
    let mut create = create(ask, prepared);
    match command(create.clone()) {
        // An application brings its id for clients along.
        Command::ApplicationCreate(_) => {
            without_secrets(ask.body)?;
            create.fields.set("appId", Field::Guid(Uuid::new_v4()));
            create.creator = Some(ask.principal);
        }
        Command::ServicePrincipalCreate(_) => {
            without_secrets(ask.body)?;
            create.creator = Some(ask.principal);
        }
        _ => {}
    }
    let id = create.id;
    Ok(Plan::write(write(ask, command(create), id), password))
}

async fn catalog_create(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Write, Error> {
    let create = create(ask, prepare(ask, &body(ask)?, &[], lookup).await?);
    let id = create.id;
    Ok(write(ask, Command::CatalogCreate(create), id))
}

/// `catalog` is the one that the path named; else the body has to.
async fn package(ask: &Ask<'_>, catalog: Option<Uuid>, lookup: &impl Lookup) -> Result<Write, Error> {
    let body = body(ask)?;
    let mut prepared = prepare(ask, &body, &["catalog"], lookup).await?;
    let catalog = self::catalog(ask, &body, &prepared.fields, catalog, lookup).await?;
    prepared.fields.0.retain(|(core, _)| *core != "catalogId");
    let create = create(ask, prepared);
    let id = create.id;
    Ok(write(ask, Command::PackageCreate(PackageCreate { create, catalog }), id))
}

/// The one catalog that path, property and navigation name, if any of them does.
///
/// # Errors
/// A fault about what is no catalog, or where they name two.
pub(super) async fn named_catalog(
    ask: &Ask<'_>,
    body: &Body,
    fields: &Fields,
    catalog: Option<Uuid>,
    lookup: &impl Lookup,
) -> Result<Option<Uuid>, Error> {
    let named = match fields.get("catalogId") {
        Some(Field::Guid(id)) => Some(*id),
        Some(Field::Text(_)) => return Err(catalog_fault("catalogId")),
        _ => None,
    };
    let name = catalog_navigation(ask, body).unwrap_or("catalog");
    let inline = inline(ask.surface, body, "catalog").first().map(|body| inline_id(body, name)).transpose()?;
    names_only(ask, body, "catalog", name)?;
    let bound = match bound(ask.surface, body, "catalog") {
        Some(text) => match super::target::reference(ask, text, name, lookup).await? {
            (id, Some(Kind::Catalog)) => Some(id),
            _ => return Err(catalog_fault(name)),
        },
        None => None,
    };
    let mut said = [catalog, named, inline, bound].into_iter().flatten();
    let first = said.next();
    if said.any(|other| Some(other) != first) {
        return Err(catalog_fault("catalogId"));
    }
    Ok(first)
}

/// What the surface calls the way from a package to its catalog.
fn catalog_navigation(ask: &Ask<'_>, body: &Body) -> Option<&'static str> {
    let schema = ask.surface.schema.ty(body.ty);
    schema.navigations.iter().find(|each| ask.surface.navigation(each).core == "catalog").map(|each| each.name)
}

/// As [`named_catalog`], where one has to be named.
pub(super) async fn catalog(
    ask: &Ask<'_>,
    body: &Body,
    fields: &Fields,
    catalog: Option<Uuid>,
    lookup: &impl Lookup,
) -> Result<Uuid, Error> {
    let named = named_catalog(ask, body, fields, catalog, lookup).await?;
    let has_property = ask.surface.schema.ty(body.ty).property("catalogId").is_some();
    named.ok_or_else(|| match catalog_navigation(ask, body).filter(|_| !has_property) {
        Some(name) => catalog_fault(&format!("{name}/id")),
        None => catalog_fault("catalogId"),
    })
}

fn catalog_fault(target: &str) -> Error {
    Fault::new(FaultKind::Value, target, format!("'{target}' has to name one catalog by its id.")).into()
}

/// The beta seed operation. `before` is the path to the access package.
async fn incompatible_group(
    ask: &Ask<'_>,
    before: &[Step],
    owner: odata::schema::TypeId,
    lookup: &impl Lookup,
) -> Result<Write, Error> {
    // What is required of a new group is not: the published body holds nothing but the type.
    let options = Options { type_aliases: &[SEED_TYPE], nothing_required: true, reference: true, ..Options::default() };
    let body = read_entity(&ask.surface.schema, ask.intent.target.ty, ask.body, Mode::Create, &options)?;
    takes_only(ask, &body, &[])?;
    let (group, named) = named_group(ask, &body, lookup).await?;
    let catalog = catalog_of(ask, before)?;
    let package = match before.last() {
        Some(Step::Key(Key::Id(id))) if Uuid::try_parse(id).is_ok() => Uuid::try_parse(id).unwrap_or_default(),
        _ => id_of(ask, before, owner, lookup).await?,
    };
    let odata_type = body.odata_type.clone().unwrap_or_else(|| "#microsoft.graph.group".to_owned());
    let values = fields(ask.surface, body.ty, &body.values);
    let path = write_path(ask, before, group);
    let command =
        Command::IncompatibleGroupCreate(IncompatibleGroupCreate { catalog, package, group, named, fields: values });
    Ok(Write {
        command,
        verb: Verb::Create,
        target: ask.intent.target.clone(),
        then: Then::Created { path, odata_type: Some(odata_type) },
    })
}

/// The group that the body means, and how it names it.
///
/// # Errors
/// A fault about an `id` that is none, a reference that names nothing we could mean, and whatever
/// stands beside a reference: only the link is made, so it would be dropped.
async fn named_group(ask: &Ask<'_>, body: &Body, lookup: &impl Lookup) -> Result<(Uuid, NamedGroup), Error> {
    const REFERENCE: &str = "@odata.id";
    let fault = |target: &str, message: String| Error::from(Fault::new(FaultKind::Value, target, message));
    match (body.reference.as_deref(), body.id.as_deref()) {
        (None, None) => Ok((ask.ids.id(), NamedGroup::No)),
        (None, Some(text)) => {
            let id = Uuid::try_parse(text).ok().filter(|id| !id.is_nil());
            let id = id.ok_or_else(|| fault("id", format!("'id' has to be a GUID, not '{text}'.")))?;
            Ok((id, NamedGroup::Id))
        }
        (Some(_), Some(_)) => {
            let message = format!("'{REFERENCE}' and 'id' both name the group; only one of them can.");
            Err(fault(REFERENCE, message))
        }
        (Some(reference), None) => {
            let properties = &ask.surface.schema.ty(body.ty).properties;
            if let Some(property) = body.values.first().and_then(|(at, _)| properties.get(*at)) {
                let message = format!("'{}' can't be set on a group that '{REFERENCE}' links.", property.name);
                return Err(fault(property.name, message));
            }
            let (id, kind) = super::target::reference(ask, reference, REFERENCE, lookup).await?;
            Ok((id, NamedGroup::Reference(kind)))
        }
    }
}

/// The catalog that the path named, if it named one.
pub(super) fn catalog_of(ask: &Ask<'_>, before: &[Step]) -> Result<Option<Uuid>, Error> {
    let mut steps = before.iter();
    while let Some(step) = steps.next() {
        if let Step::Navigate { owner, nav } = step
            && ask.surface.nav(*owner, *nav).core == "catalogs"
        {
            return match steps.next() {
                Some(Step::Key(Key::Id(id))) => match Uuid::try_parse(id) {
                    Ok(id) => Ok(Some(id)),
                    Err(_) => Err(store::Error::NotFound { kind: "accessPackageCatalog", key: id.clone() }.into()),
                },
                _ => Ok(None),
            };
        }
    }
    Ok(None)
}

/// Where the group stands within the collection that was posted to.
fn write_path(ask: &Ask<'_>, before: &[Step], group: Uuid) -> String {
    let path = odata::write::path(&ask.surface.schema, before);
    format!("/{path}/incompatibleGroups/{group}")
}

fn role(ask: &Ask<'_>, area: i64) -> Result<Write, Error> {
    let body = body(ask)?;
    let values = fields(ask.surface, body.ty, &body.values);
    if values.text("condition").is_some_and(|condition| !condition.is_empty()) {
        let message = "'condition' can't be set: a role applies to all of its scope.";
        return Err(Fault::new(FaultKind::Value, "condition", message).into());
    }
    let id = |name: &'static str| {
        values
            .guid(name)
            .ok_or_else(|| Error::from(Fault::new(FaultKind::Value, name, format!("'{name}' has to be an id."))))
    };
    let scope = match area {
        0 => values.text("directoryScopeId"),
        _ => values.text("appScopeId").or_else(|| values.text("directoryScopeId")),
    };
    let (beside, beside_name) = match area {
        0 => (values.text("appScopeId"), "appScopeId"),
        _ => (values.text("directoryScopeId"), "directoryScopeId"),
    };
    // Beside a catalog, clients say that the directory's scope is the whole tenant.
    if beside.is_some_and(|beside| beside != "/" && scope != Some(beside)) {
        let message = format!("'{beside_name}' has to be null or '/' here, or the same as the other scope.");
        return Err(Fault::new(FaultKind::Value, beside_name, message).into());
    }
    let scope_name = if area == 0 { "directoryScopeId" } else { "appScopeId" };
    let catalog = match scope {
        None | Some("/") => None,
        Some(scope) => {
            let id = scope.strip_prefix("/AccessPackageCatalog/").and_then(|id| Uuid::try_parse(id).ok());
            Some(id.filter(|_| area != 0).ok_or_else(|| {
                let message = format!("'{scope_name}' has to be '/' or '/AccessPackageCatalog/{{id}}', not '{scope}'.");
                Error::from(Fault::new(FaultKind::Value, scope_name, message))
            })?)
        }
    };
    if scope.is_none() {
        let message = format!("'{scope_name}' is required.");
        return Err(Fault::new(FaultKind::Value, scope_name, message).into());
    }
    let assign = RoleAssign {
        id: ask.ids.id(),
        area: if area == 0 { RoleArea::Directory } else { RoleArea::Entitlement },
        principal: id("principalId")?,
        role: id("roleDefinitionId")?,
        catalog,
    };
    let made = assign.id;
    let mut write = write(ask, Command::RoleAssign(assign), made);
    if area == 0 {
        let path = format!("/roleManagement/directory/roleAssignments/{made}");
        write.then = Then::Created { path, odata_type: None };
    }
    Ok(write)
}
