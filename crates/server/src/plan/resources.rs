//! What catalogs hand out: requests about resources, the roles that packages bring, and `refresh`.
//! Both surfaces' bodies become the same commands; a refusal names the part as the body calls it.

use super::fields::{bound, fields, inline, names_only, takes_only, takes_only_at};
use super::target::{entity_path, id_of};
use super::{Ask, Lookup, Then, Write, method_fault};
use crate::error::Error;
use auth::policy::Verb;
use domain::command::{
    Command, Kind, Named, OriginSystem, Paths, ResourceAdd, ResourceCommand, ResourceRefresh, ResourceRequest,
    ResourceUpdate, RoleScopeAdd, RoleScopeRemove,
};
use domain::fields::Fields;
use domain::lifecycle::state::RequestType;
use model::def::Op;
use model::surface::Version;
use odata::body::{Body, Mode, Options, read_entity};
use odata::error::{Fault, FaultKind};
use odata::query::{Key, Step, Target};
use odata::schema::TypeId;
use uuid::Uuid;

static V1: Paths = Paths {
    catalog: "catalog/id",
    resource: "resource",
    resource_id: "resource/id",
    origin_id: "resource/originId",
    origin_system: "resource/originSystem",
    display_name: "resource/displayName",
    environment: "resource/environment",
    role: "role",
    role_resource: "role/resource",
    scope: "scope",
    scope_resource: "scope/resource",
};
static BETA: Paths = Paths {
    catalog: "catalogId",
    resource: "accessPackageResource",
    resource_id: "accessPackageResource/id",
    origin_id: "accessPackageResource/originId",
    origin_system: "accessPackageResource/originSystem",
    display_name: "accessPackageResource/displayName",
    environment: "accessPackageResource/accessPackageResourceEnvironment",
    role: "accessPackageResourceRole",
    role_resource: "accessPackageResourceRole/accessPackageResource",
    scope: "accessPackageResourceScope",
    scope_resource: "accessPackageResourceScope/accessPackageResource",
};

fn paths(ask: &Ask<'_>) -> &'static Paths {
    match ask.surface.version {
        Version::V1 => &V1,
        Version::Beta => &BETA,
    }
}

fn fault(target: impl Into<String>, message: impl Into<String>) -> Error {
    Fault::new(FaultKind::Value, target, message).into()
}

fn write(ask: &Ask<'_>, command: ResourceCommand, verb: Verb, then: Then) -> Write {
    Write { command: Command::Resource(command), verb, target: ask.intent.target.clone(), then }
}

/// POST to the requests.
pub async fn request(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Write, Error> {
    let target = &ask.intent.target;
    let body = read_entity(&ask.surface.schema, target.ty, ask.body, Mode::Create, &Options::default())?;
    takes_only(ask, &body, &["catalog", "resource"])?;
    names_only(ask, &body, "catalog", "catalog")?;
    let mut said = fields(ask.surface, body.ty, &body.values);
    let catalog = super::create::catalog(ask, &body, &said, None, lookup).await?;
    let paths = paths(ask);
    let missing = || fault(paths.resource, format!("'{}' has to name the resource.", paths.resource));
    let (resource, about) = named(ask, &body, "resource", paths.resource, lookup).await?.ok_or_else(missing)?;
    let asked = said.int("requestType").unwrap_or_default();
    if let Some(about) = about {
        let adds = RequestType::from_number(asked) == Some(RequestType::AdminAdd);
        takes_only_at(ask, about, if adds { &["environment"] } else { &[] }, paths.resource)?;
        names_only(ask, about, "environment", paths.environment)?;
    }
    let validation_only = said.bool("isValidationOnly") == Some(true);
    said.0.retain(|(core, _)| ["justification", "executeImmediately"].contains(core));
    let request = ResourceRequest {
        id: ask.ids.id(),
        catalog,
        resource,
        requestor: ask.principal,
        subject: ask.ids.id(),
        fields: said,
        validation_only,
        paths,
    };
    let id = request.id;
    let fields = about.as_ref().map(|body| fields(ask.surface, body.ty, &body.values)).unwrap_or_default();
    let command = match RequestType::from_number(asked) {
        Some(RequestType::AdminAdd) => {
            let environment = match &about {
                Some(body) => environment(ask, body, paths, lookup).await?,
                None => None,
            };
            ResourceCommand::Add(ResourceAdd { request, new: ask.ids.id(), environment, fields })
        }
        Some(RequestType::AdminRemove) => ResourceCommand::Remove(request),
        Some(RequestType::AdminUpdate) => ResourceCommand::Update(ResourceUpdate { request, fields }),
        _ => {
            let message = "'requestType' can be one of: adminAdd, adminUpdate, adminRemove.";
            return Err(fault("requestType", message));
        }
    };
    let path = entity_path(ask.surface, target.ty, id);
    Ok(write(ask, command, Verb::Create, Then::Created { path, odata_type: None }))
}

/// What a navigation in a body names, by id, by origin or by reference, and the body in it.
async fn named<'b>(
    ask: &Ask<'_>,
    body: &'b Body,
    core: &str,
    path: &'static str,
    lookup: &impl Lookup,
) -> Result<Option<(Named, Option<&'b Body>)>, Error> {
    let inner = inline(ask.surface, body, core).first();
    if let Some(text) = bound(ask.surface, body, core) {
        if inner.is_some() {
            return Err(fault(path, format!("'{path}' is named twice: by a reference and as an object.")));
        }
        return Ok(Some((reference(ask, text, path, lookup).await?, None)));
    }
    let Some(inner) = inner else { return Ok(None) };
    let target = format!("{path}/id");
    let wrong = |_| fault(target.clone(), format!("'{target}' has to be an id."));
    let id = inner.id.as_deref().map(|id| Uuid::try_parse(id).map_err(wrong)).transpose()?;
    let said = fields(ask.surface, inner.ty, &inner.values);
    let origin = said.text("originId").filter(|id| !id.trim().is_empty()).map(str::to_owned);
    let named = match (id, origin) {
        (Some(id), None) => Named::Id(id),
        (Some(id), Some(origin)) => Named::Both { id, system: origin_system(&said, path)?, origin },
        (None, Some(id)) => Named::Origin { system: origin_system(&said, path)?, id },
        (None, None) => {
            let target = format!("{path}/originId");
            return Err(fault(target.clone(), format!("'{path}' needs an 'id' or '{target}'.")));
        }
    };
    Ok(Some((named, Some(inner))))
}

fn origin_system(said: &Fields, path: &str) -> Result<Option<OriginSystem>, Error> {
    let Some(name) = said.text("originSystem") else { return Ok(None) };
    let target = format!("{path}/originSystem");
    let names: Vec<&str> = OriginSystem::ALL.into_iter().map(OriginSystem::name).collect();
    let unknown = || fault(target.clone(), format!("'{target}' can be one of: {}.", names.join(", ")));
    OriginSystem::from_name(name).map(Some).ok_or_else(unknown)
}

/// The id at the end of a reference, which may begin at the set itself: `resourceEnvironments/{id}`.
async fn reference(ask: &Ask<'_>, text: &str, path: &'static str, lookup: &impl Lookup) -> Result<Named, Error> {
    if let Some((set, id)) = text.trim_start_matches('/').split_once('/')
        && ["resourceEnvironments", "accessPackageResourceEnvironments"].iter().any(|n| n.eq_ignore_ascii_case(set))
        && let Ok(id) = Uuid::try_parse(id)
    {
        return Ok(Named::Id(id));
    }
    match super::target::reference(ask, text, path, lookup).await? {
        (id, Some(Kind::Resource | Kind::Environment)) => Ok(Named::Id(id)),
        _ => Err(fault(path, format!("'{path}' refers to something else."))),
    }
}

async fn environment(
    ask: &Ask<'_>,
    body: &Body,
    paths: &'static Paths,
    lookup: &impl Lookup,
) -> Result<Option<Named>, Error> {
    Ok(named(ask, body, "environment", paths.environment, lookup).await?.map(|(named, _)| named))
}

/// POST to the role scopes of an access package. `before` is the path to the package.
pub async fn role_scope(ask: &Ask<'_>, before: &[Step], owner: TypeId, lookup: &impl Lookup) -> Result<Write, Error> {
    let package = id_of(ask, before, owner, lookup).await?;
    let options = Options { nothing_required: true, ..Options::default() };
    let body = read_entity(&ask.surface.schema, ask.intent.target.ty, ask.body, Mode::Create, &options)?;
    let paths = paths(ask);
    for (core, path, resource) in
        [("role", paths.role, paths.role_resource), ("scope", paths.scope, paths.scope_resource)]
    {
        for part in inline(ask.surface, &body, core) {
            takes_only_at(ask, part, &["resource"], path)?;
            names_only(ask, part, "resource", resource)?;
        }
    }
    let missing = || fault(paths.role, format!("'{}' has to name a role.", paths.role));
    let (role, about) = named(ask, &body, "role", paths.role, lookup).await?.ok_or_else(missing)?;
    let resource = match about {
        Some(inner) => named(ask, inner, "resource", paths.role_resource, lookup).await?,
        None => None,
    };
    let role_name = about.and_then(|inner| {
        let said = fields(ask.surface, inner.ty, &inner.values);
        said.text("displayName").filter(|name| !name.trim().is_empty()).map(str::to_owned)
    });
    // With the resource, a role's origin says which one is meant; an id beside it may be of another catalog.
    let role = match role {
        Named::Both { system, origin, .. } if resource.is_some() => Named::Origin { system, id: origin },
        role => role,
    };
    let scope = scope(ask, &body, paths, lookup).await?;
    let scope_resource = match inline(ask.surface, &body, "scope").first() {
        Some(inner) => named(ask, inner, "resource", paths.scope_resource, lookup).await?,
        None => None,
    };
    let command = ResourceCommand::RoleScopeAdd(Box::new(RoleScopeAdd {
        package,
        resource: resource.map(|(named, _)| named),
        role,
        role_name,
        scope,
        scope_resource: scope_resource.map(|(named, _)| named),
        new: ask.ids.id(),
        paths,
    }));
    let set = odata::write::path(&ask.surface.schema, before);
    let name = match ask.surface.version {
        Version::V1 => "resourceRoleScopes",
        Version::Beta => "accessPackageResourceRoleScopes",
    };
    Ok(write(ask, command, Verb::Create, Then::Keyed { set: format!("/{set}/{name}") }))
}

/// The scope that the body names; none for the root, which can also be named by saying so.
async fn scope(
    ask: &Ask<'_>,
    body: &Body,
    paths: &'static Paths,
    lookup: &impl Lookup,
) -> Result<Option<Named>, Error> {
    if let Some(inner) = inline(ask.surface, body, "scope").first().filter(|inner| inner.id.is_none()) {
        let said = fields(ask.surface, inner.ty, &inner.values);
        if said.text("originId").is_none() && said.bool("isRootScope") == Some(true) {
            return Ok(None);
        }
    }
    Ok(named(ask, body, "scope", paths.scope, lookup).await?.map(|(named, _)| named))
}

/// DELETE of a role scope of an access package. `before` is the path to the package.
pub async fn role_scope_remove(
    ask: &Ask<'_>,
    before: &[Step],
    owner: TypeId,
    key: &Key,
    lookup: &impl Lookup,
) -> Result<Write, Error> {
    let Key::Id(key) = key else { return Err(method_fault(ask)) };
    let package = id_of(ask, before, owner, lookup).await?;
    let remove = RoleScopeRemove { package, role_scope: key.to_lowercase() };
    Ok(write(ask, ResourceCommand::RoleScopeRemove(remove), Verb::Delete, Then::Nothing))
}

pub async fn refresh(ask: &Ask<'_>, target: Target, lookup: &impl Lookup) -> Result<Write, Error> {
    let resource = id_of(ask, &target.steps, target.ty, lookup).await?;
    let command = ResourceCommand::Refresh(ResourceRefresh { resource, seed: ask.ids.id() });
    let verb = Verb::Act(Op::Refresh);
    Ok(Write { command: Command::Resource(command), verb, target, then: Then::Done })
}
