//! Where things are at home: the set in which each kind of entity is found by its id, and how a path
//! is turned into the id at its end.

use super::{Ask, Lookup};
use crate::error::Error;
use domain::command::Kind;
use model::Surface;
use model::def::Join;
use model::query::{Query, Want};
use model::surface::Version;
use odata::error::{Fault, FaultKind};
use odata::query::{End, Key, Shape, Step, Target};
use odata::schema::TypeId;
use odata::value::Value;
use std::sync::Arc;
use uuid::Uuid;

/// The path of the set in which entities of this type are found by their id, with a slash in front;
/// nothing for what lives inside another entity.
pub fn home(surface: &'static Surface, ty: TypeId) -> &'static str {
    match (surface.type_name(ty), surface.version) {
        ("user", _) => "/users",
        ("group", _) => "/groups",
        ("servicePrincipal", _) => "/servicePrincipals",
        ("application", _) => "/applications",
        ("organization", _) => "/organization",
        ("domain", _) => "/domains",
        ("accessPackage", _) => "/identityGovernance/entitlementManagement/accessPackages",
        ("accessPackageCatalog", Version::V1) => "/identityGovernance/entitlementManagement/catalogs",
        ("accessPackageCatalog", Version::Beta) => "/identityGovernance/entitlementManagement/accessPackageCatalogs",
        ("accessPackageAssignmentRequest", Version::V1) => {
            "/identityGovernance/entitlementManagement/assignmentRequests"
        }
        ("accessPackageAssignmentRequest", Version::Beta) => {
            "/identityGovernance/entitlementManagement/accessPackageAssignmentRequests"
        }
        ("accessPackageAssignment", Version::V1) => "/identityGovernance/entitlementManagement/assignments",
        ("accessPackageAssignment", Version::Beta) => {
            "/identityGovernance/entitlementManagement/accessPackageAssignments"
        }
        ("accessPackageAssignmentResourceRole", _) => {
            "/identityGovernance/entitlementManagement/accessPackageAssignmentResourceRoles"
        }
        ("accessPackageSubject", _) => "/identityGovernance/entitlementManagement/subjects",
        ("approval", _) => "/identityGovernance/entitlementManagement/accessPackageAssignmentApprovals",
        ("accessPackageAssignmentPolicy", Version::V1) => {
            "/identityGovernance/entitlementManagement/assignmentPolicies"
        }
        ("accessPackageAssignmentPolicy", Version::Beta) => {
            "/identityGovernance/entitlementManagement/accessPackageAssignmentPolicies"
        }
        ("accessPackageResource", Version::V1) => "/identityGovernance/entitlementManagement/resources",
        ("accessPackageResource", Version::Beta) => "/identityGovernance/entitlementManagement/accessPackageResources",
        ("accessPackageResourceEnvironment", Version::V1) => {
            "/identityGovernance/entitlementManagement/resourceEnvironments"
        }
        ("accessPackageResourceEnvironment", Version::Beta) => {
            "/identityGovernance/entitlementManagement/accessPackageResourceEnvironments"
        }
        ("accessPackageResourceRequest", Version::V1) => "/identityGovernance/entitlementManagement/resourceRequests",
        ("accessPackageResourceRequest", Version::Beta) => {
            "/identityGovernance/entitlementManagement/accessPackageResourceRequests"
        }
        ("accessPackageResourceRoleScope", Version::V1) => {
            "/identityGovernance/entitlementManagement/resourceRoleScopes"
        }
        ("accessPackageResourceRoleScope", Version::Beta) => {
            "/identityGovernance/entitlementManagement/accessPackageResourceRoleScopes"
        }
        ("connectedOrganization", _) => "/identityGovernance/entitlementManagement/connectedOrganizations",
        ("entitlementManagementSettings", _) => "/identityGovernance/entitlementManagement/settings",
        ("controlConfiguration" | "endUserSettings", _) => {
            "/identityGovernance/entitlementManagement/controlConfigurations"
        }
        ("availableAccessPackage", _) => "/identityGovernance/entitlementManagement/availableAccessPackages",
        ("accessPackageSuggestion", _) => "/identityGovernance/entitlementManagement/accessPackageSuggestions",
        ("directoryAudit", _) => "/auditLogs/directoryAudits",
        ("unifiedRoleAssignment", _) => "/roleManagement/entitlementManagement/roleAssignments",
        ("unifiedRoleDefinition", _) => "/roleManagement/entitlementManagement/roleDefinitions",
        (
            "accessPackageMultipleChoiceQuestion"
            | "customCalloutExtension"
            | "accessPackageAssignmentRequestWorkflowExtension"
            | "accessPackageAssignmentWorkflowExtension"
            | "customExtensionStageSetting"
            | "accessPackageTextInputQuestion"
            | "accessPackageResourceRole"
            | "accessPackageResourceScope"
            | "approvalStep"
            | "appRoleAssignment",
            _,
        ) => "",
        _ => "/directoryObjects",
    }
}

/// Whether there is such a set. Parts of a resource are found by what they belong to.
pub fn has_home(surface: &'static Surface, ty: TypeId) -> bool {
    !home(surface, ty).is_empty()
}

/// The kind that the rules know a type by.
pub fn kind_of(surface: &'static Surface, ty: TypeId) -> Option<Kind> {
    let name = match surface.type_name(ty) {
        // There is one kind of control.
        "controlConfiguration" => Kind::EndUserSettings.name(),
        // Of either type.
        "accessPackageAssignmentRequestWorkflowExtension" | "accessPackageAssignmentWorkflowExtension" => {
            Kind::Extension.name()
        }
        name => name,
    };
    Kind::ALL.into_iter().find(|kind| kind.name() == name)
}

/// The last navigation of a path: where it stands among the steps, its owner and its index.
pub fn last_navigation(target: &Target) -> Option<(usize, TypeId, usize)> {
    target.steps.iter().enumerate().rev().find_map(|(at, step)| match step {
        Step::Navigate { owner, nav } => Some((at, *owner, *nav)),
        Step::Key(_) | Step::Cast(_) => None,
    })
}

/// The id of the entity that `steps` lead to. A set and a GUID say it themselves; whatever else is
/// looked up, and so has to be seen by the caller.
pub async fn id_of(ask: &Ask<'_>, steps: &[Step], ty: TypeId, lookup: &impl Lookup) -> Result<Uuid, Error> {
    if let [before @ .., Step::Navigate { owner, nav }] = steps
        && ask.surface.nav(*owner, *nav).join == Join::Me
        && before.is_empty()
        && let Some(user) = ask.user
    {
        return Ok(user);
    }
    if let [before @ .., Step::Navigate { owner, nav }, Step::Key(Key::Id(id))] = steps
        && matches!(ask.surface.nav(*owner, *nav).join, Join::Set | Join::Deleted | Join::Area { .. })
        && before.iter().all(|step| is_through(ask.surface, step))
        && let Ok(id) = Uuid::try_parse(id)
    {
        return Ok(id);
    }
    let target = Target { steps: steps.to_vec(), ty, many: false, end: End::Itself };
    Ok(lookup.find(id_query(ask.surface, target)).await?.0)
}

fn is_through(surface: &'static Surface, step: &Step) -> bool {
    match step {
        Step::Navigate { owner, nav } => surface.nav(*owner, *nav).join == Join::Through,
        Step::Key(_) | Step::Cast(_) => false,
    }
}

/// A query for an entity's id and nothing else.
pub fn id_query(surface: &'static Surface, target: Target) -> Query {
    let shape = Arc::new(id_shape(surface, target.ty));
    Query { surface, target, shape, want: Want::Entity, limit: 1, narrow: None }
}

/// A shape that writes the id and nothing else.
pub fn id_shape(surface: &'static Surface, ty: TypeId) -> Shape {
    let outputs = surface
        .schema
        .ty(ty)
        .concrete
        .iter()
        .map(|concrete| {
            (*concrete, surface.schema.ty(*concrete).property("id").map(|(at, _)| at).into_iter().collect())
        })
        .collect();
    Shape {
        number: 0,
        ty,
        outputs,
        select: None,
        expand: Vec::new(),
        filter: None,
        search: None,
        order: Vec::new(),
        top: None,
        skip: 0,
        count: false,
        after: None,
        list: None,
    }
}

/// The id behind an `@odata.id` or an `@odata.bind`, and the kind that it names, if it names one.
pub async fn reference(
    ask: &Ask<'_>,
    text: &str,
    name: &str,
    lookup: &impl Lookup,
) -> Result<(Uuid, Option<Kind>), Error> {
    let named = |mut fault: Fault| {
        fault.target = name.to_owned();
        fault.message = fault.message.replace("'@odata.id'", &format!("'{name}'"));
        Error::Fault(fault)
    };
    // A reference may name the other surface's set; sets differ, ids don't.
    let surface = match odata::reference::version_of(text, ask.hosts) {
        Some("v1.0") => model::surface(Version::V1),
        Some("beta") => model::surface(Version::Beta),
        _ => ask.surface,
    };
    let raw = odata::reference::parse_reference(text, ask.hosts).map_err(named)?;
    let (ty, key) = odata::reference::bind_reference(&surface.schema, &raw).map_err(named)?;
    let kind = kind_of(surface, ty);
    let unfit = || {
        let message = format!("'{name}' has to name a directory object or an access package.");
        Error::Fault(Fault::new(FaultKind::Reference, name, message))
    };
    if kind.is_none() && surface.schema.ty(ty).name != "directoryObject" {
        return Err(unfit());
    }
    let target = odata::path::bind_path(&surface.schema, &raw.segments).map_err(named)?;
    // What a path says besides has to be so: this package in this catalog.
    let sets = target.steps.iter().filter(|step| matches!(step, Step::Navigate { .. }) && !is_through(surface, step));
    match key {
        Key::Id(id) if sets.count() < 2 => {
            let id = Uuid::try_parse(&id).map_err(|_| {
                let message = format!("'{name}' ends in '{id}', which is not an id.");
                Error::Fault(Fault::new(FaultKind::Reference, name, message))
            })?;
            Ok((id, kind))
        }
        // Names of users have an '@', those of other kinds are ids.
        Key::Alternate { value: Value::Text(said), .. } if !said.contains('@') && Uuid::try_parse(&said).is_err() => {
            let message = format!("'{name}' ends in '{said}', which is neither an id nor a user's name.");
            Err(Fault::new(FaultKind::Reference, name, message).into())
        }
        Key::Id(_) | Key::Alternate { .. } => {
            let (id, ty) = lookup.find(id_query(surface, target)).await?;
            Ok((id, kind_of(surface, ty).or(kind)))
        }
    }
}

/// A path to the entity of this type and id.
pub fn entity_path(surface: &'static Surface, ty: TypeId, id: Uuid) -> String {
    format!("{}/{id}", home(surface, ty))
}
