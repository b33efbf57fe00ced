//! Which facts a command about resources must be decided on.

use crate::command::{Kind, Named, OriginSystem, ResourceCommand, ResourceRequest};
use crate::facts::Needs;
use uuid::Uuid;

/// Resources that are wanted, with their roles and scopes.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    pub by: By,
    /// How many access packages use them.
    pub uses: bool,
    /// What their origin says: the group or the service principal.
    pub origin: bool,
}

/// The way to a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum By {
    Id(Uuid),
    /// The one of this origin in a catalog.
    InCatalog {
        catalog: Uuid,
        system: Option<OriginSystem>,
        id: String,
    },
    /// The one of this origin in the catalog of a package.
    InPackage {
        package: Uuid,
        system: Option<OriginSystem>,
        id: String,
    },
    /// The one that a role belongs to.
    Role(Uuid),
    /// The one that a scope belongs to.
    Scope(Uuid),
    /// Those of which a package brings roles; the role scopes come along.
    Brought {
        package: Uuid,
    },
    /// Those in a catalog that have the same origin as one of which the package brings roles.
    Counterparts {
        package: Uuid,
        catalog: Uuid,
    },
}

/// A role in a scope, as an access package brings it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleScope {
    pub catalog: Uuid,
    pub resource: Uuid,
    pub role: Uuid,
    pub scope: Uuid,
}

impl RoleScope {
    /// Its id: the role's and the scope's.
    pub fn id(&self) -> String {
        format!("{}_{}", self.role, self.scope)
    }
}

/// A role that an application offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppRole {
    /// Whose role it is.
    pub of: Uuid,
    pub id: Uuid,
    pub name: String,
    pub description: Option<String>,
    /// Whether users and groups can be given it.
    pub to_users: bool,
    /// Whether service principals can be given it.
    pub to_applications: bool,
    pub is_enabled: bool,
}

pub fn needs(command: &ResourceCommand, needs: &mut Needs) {
    match command {
        ResourceCommand::Add(add) => {
            request(&add.request, false, needs);
            if let Named::Origin { system: Some(OriginSystem::Group | OriginSystem::Application), id } =
                &add.request.resource
                && let Ok(id) = Uuid::try_parse(id)
            {
                needs.documents = true;
                needs.entity(&Kind::DIRECTORY, id);
            }
            if let Some(id) = add.environment.as_ref().and_then(Named::id) {
                needs.entity(&[Kind::Environment], id);
            }
            if let Named::Origin { system: Some(OriginSystem::Site), id } = &add.request.resource
                && let Some(host) = super::origin::host(id)
            {
                needs.environments.push(host);
            }
        }
        ResourceCommand::Remove(remove) => request(remove, true, needs),
        ResourceCommand::Update(update) => request(&update.request, false, needs),
        ResourceCommand::Refresh(refresh) => {
            needs.documents = true;
            needs.resources.push(Wanted { by: By::Id(refresh.resource), uses: false, origin: true });
        }
        ResourceCommand::RoleScopeAdd(add) => {
            needs.entity(&[Kind::AccessPackage], add.package);
            let package = add.package;
            let by = match (&add.resource, &add.role, &add.scope) {
                (Some(Named::Id(id) | Named::Both { id, .. }), _, _) => Some(By::Id(*id)),
                (Some(Named::Origin { system, id }), _, _) => {
                    Some(By::InPackage { package, system: *system, id: id.clone() })
                }
                (None, Named::Id(role) | Named::Both { id: role, .. }, _) => Some(By::Role(*role)),
                (None, _, Some(Named::Id(scope) | Named::Both { id: scope, .. })) => Some(By::Scope(*scope)),
                // The root scope is named as its resource is.
                (None, _, Some(Named::Origin { system, id })) => {
                    Some(By::InPackage { package, system: *system, id: id.clone() })
                }
                (None, _, None) => None,
            };
            needs.resources.extend(by.map(|by| Wanted { by, uses: false, origin: false }));
            needs.resources.push(Wanted { by: By::Brought { package }, uses: false, origin: false });
        }
        ResourceCommand::RoleScopeRemove(remove) => {
            needs.entity(&[Kind::AccessPackage], remove.package);
            let by = By::Brought { package: remove.package };
            needs.resources.push(Wanted { by, uses: false, origin: false });
        }
    }
}

fn request(request: &ResourceRequest, uses: bool, needs: &mut Needs) {
    needs.entity(&[Kind::Catalog], request.catalog);
    needs.subjects.push(request.requestor);
    let by = match &request.resource {
        Named::Id(id) | Named::Both { id, .. } => By::Id(*id),
        Named::Origin { system, id } => By::InCatalog { catalog: request.catalog, system: *system, id: id.clone() },
    };
    needs.resources.push(Wanted { by, uses, origin: false });
}
