//! The directory: users, groups, applications, service principals, and the links between them.
//! One file for each thing that has rules of its own.

pub(crate) mod app_role;
mod application;
mod group;
mod lifecycle;
pub(crate) mod link;
mod mail;
mod secret;
mod user;

pub use application::{GRAPH_APP_ID, application_create, service_principal_create};
pub use group::group_create;
pub use lifecycle::{delete, restore, update};
pub use link::{LINKS_MAX, link_add, link_remove};
pub use secret::{SECRETS_MAX, secret_add, secret_remove, secrets_left};
pub use user::user_create;

pub(crate) use group::{complete as group_complete, is_dynamic};

use crate::checks::changeable;
use crate::command::{Kind, Relation};
use crate::denial::Denial;
use crate::facts::{Entity, Facts};
use crate::fields::{Fields, Value};
use uuid::Uuid;

/// A directory object that a path names, open to the caller's changes.
fn object(facts: &Facts, kind: Kind, id: Uuid) -> Result<&Entity, Denial> {
    if Kind::DIRECTORY.contains(&kind) { changeable(facts, kind, id) } else { Err(Denial::NotFound { kind, id }) }
}

/// The log's category of activities on this kind.
pub(crate) fn category(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "UserManagement",
        Kind::Group => "GroupManagement",
        Kind::Application | Kind::ServicePrincipal => "ApplicationManagement",
        Kind::RoleAssignment => crate::record::ROLES,
        _ => crate::record::ENTITLEMENT,
    }
}

/// An object's fields with those of an update in place.
fn merged(old: &Fields, new: &Fields) -> Fields {
    let mut all = old.clone();
    for (name, value) in &new.0 {
        all.set(name, value.clone());
    }
    all
}

/// The links of a body as the log shows them: ids under the name of the navigation.
fn shown(links: &[(Relation, Uuid)], into: &mut Fields) {
    for relation in [Relation::Member, Relation::Owner, Relation::Sponsor, Relation::Manager] {
        let ids: Vec<String> =
            links.iter().filter(|(of, _)| *of == relation).map(|(_, id)| format!("\"{id}\"")).collect();
        if !ids.is_empty() {
            into.set(relation.name(), Value::Json(format!("[{}]", ids.join(","))));
        }
    }
}
