//! What each origin gives: whether a group, an application or a site may be handed out, what it is
//! called, and which roles and scopes it has.

use super::derived;
use crate::checks::{NAME_MAX, given, invalid, within, words};
use crate::command::{Kind, Named, OriginSystem, ResourceAdd};
use crate::denial::Denial;
use crate::facts::{Entity, Facts};
use crate::fields::{Fields, Value};
use crate::record::name;
use uuid::Uuid;

/// The role that an application without roles has.
const DEFAULT_ACCESS: &str = "Default Access";
/// The longest address of a site.
const ADDRESS_MAX: usize = 2048;

/// A resource in the making.
pub(super) struct Origin {
    /// `displayName`, `description`, `originId`, `originSystem`, `resourceType`, `url`.
    pub fields: Fields,
    /// Roles: their id at the origin, their name, what is said of them.
    pub roles: Vec<(String, String, Option<String>)>,
    /// The root scope's address.
    pub url: Option<String>,
}

/// What may be handed out, and whether the caller may.
///
/// # Errors
/// [`Denial::ReferenceNotFound`] and [`Denial::ReferenceKind`] for what isn't there;
/// [`Denial::NotResourceOwner`]; [`Denial::Invalid`] for a group whose members nobody can add here.
pub(super) fn origin(add: &ResourceAdd, facts: &Facts) -> Result<Origin, Denial> {
    let paths = add.request.paths;
    match &add.request.resource {
        Named::Origin { system: Some(OriginSystem::Group), id } => group(object(add, id, Kind::Group, facts)?, add),
        Named::Origin { system: Some(OriginSystem::Application), id } => {
            Ok(application(object(add, id, Kind::ServicePrincipal, facts)?, facts))
        }
        Named::Origin { system: Some(OriginSystem::Site), id } => site(add, id),
        Named::Origin { system: None, .. } => Err(invalid(paths.origin_system, one_system(paths.origin_system))),
        Named::Both { .. } => {
            let path = paths.resource_id;
            Err(invalid(path, format!("'{path}' can't be set: the request creates the resource.")))
        }
        Named::Id(_) => {
            Err(invalid(paths.origin_id, format!("'{}' has to say what comes into the catalog.", paths.origin_id)))
        }
    }
}

fn one_system(path: &str) -> String {
    let names: Vec<&str> = OriginSystem::ALL.into_iter().map(OriginSystem::name).collect();
    format!("'{path}' can be one of: {}.", names.join(", "))
}

/// The directory object that the body names, which the caller may hand out.
fn object<'a>(add: &ResourceAdd, id: &str, wanted: Kind, facts: &'a Facts) -> Result<&'a Entity, Denial> {
    let target = add.request.paths.origin_id;
    let id = Uuid::try_parse(id).map_err(|_| invalid(target, format!("'{target}' has to be an id, not '{id}'.")))?;
    let found = facts.entities.iter().find(|entity| entity.id == id && Kind::DIRECTORY.contains(&entity.kind));
    match found {
        None => Err(Denial::ReferenceNotFound { target, kind: wanted, id }),
        Some(other) if other.kind != wanted => {
            Err(Denial::ReferenceKind { target, id, found: other.kind, wanted: wanted.name() })
        }
        Some(object) if !object.may_change => Err(Denial::NotResourceOwner { target, kind: wanted, id }),
        Some(object) => Ok(object),
    }
}

/// Members come by hand, and from here: no dynamic groups, none that another directory masters, and
/// none that only mail knows.
fn group(group: &Entity, add: &ResourceAdd) -> Result<Origin, Denial> {
    let target = add.request.paths.origin_id;
    let types = words(group.fields.get("groupTypes"));
    let refuse = |why: &str| Err(invalid(target, format!("The group '{}' in '{target}' {why}.", group.id)));
    if types.contains(&"DynamicMembership") {
        return refuse("is dynamic: its members come from its rule alone");
    }
    if group.fields.bool("onPremisesSyncEnabled") == Some(true) {
        return refuse("is synchronized from elsewhere, and its members are changed there");
    }
    let unified = types.contains(&"Unified");
    if group.fields.bool("securityEnabled") != Some(true) && !unified {
        return refuse("is neither security-enabled nor of the type Unified");
    }
    let kind = if unified { "O365 Group" } else { "Security Group" };
    let roles = ["Member", "Owner"].map(|role| (format!("{role}_{}", group.id), role.to_owned(), None));
    Ok(Origin { fields: described(group, OriginSystem::Group, kind), roles: roles.to_vec(), url: None })
}

fn application(application: &Entity, facts: &Facts) -> Origin {
    let fields = described(application, OriginSystem::Application, "Application");
    Origin { fields, roles: app_roles(facts), url: None }
}

/// What users can be given of an application.
pub(super) fn app_roles(facts: &Facts) -> Vec<(String, String, Option<String>)> {
    let for_users = facts.app_roles.iter().filter(|role| role.to_users && role.is_enabled);
    let mut roles: Vec<_> =
        for_users.map(|role| (role.id.to_string(), role.name.clone(), role.description.clone())).collect();
    if roles.is_empty() {
        roles.push((Uuid::nil().to_string(), DEFAULT_ACCESS.to_owned(), None));
    }
    roles
}

fn described(object: &Entity, system: OriginSystem, kind: &str) -> Fields {
    Fields(vec![
        ("displayName", Value::Text(name(&object.fields).to_owned())),
        ("description", Value::Text(object.fields.text("description").unwrap_or_default().to_owned())),
        ("originId", Value::Text(object.id.to_string())),
        ("originSystem", system.name().into()),
        ("resourceType", kind.into()),
    ])
}

/// A site is its address. Nobody here can look into it, so the roles that every site begins with
/// stand for it until others are named.
fn site(add: &ResourceAdd, address: &str) -> Result<Origin, Denial> {
    let target = add.request.paths.origin_id;
    if host(address).is_none() {
        return Err(invalid(target, format!("'{target}' has to be the address of a site: https://host/path.")));
    }
    within(target, address, ADDRESS_MAX)?;
    let said = add.fields.text("displayName").filter(|name| !name.trim().is_empty());
    if let Some(name) = said {
        within(add.request.paths.display_name, name, NAME_MAX)?;
    }
    let called = said.map_or_else(|| last_part(address), str::to_owned);
    let described = match add.fields.text("description") {
        Some(text) if given(&add.fields, "description") => text.to_owned(),
        _ => address.to_owned(),
    };
    let fields = Fields(vec![
        ("displayName", Value::Text(called.clone())),
        ("description", Value::Text(described)),
        ("originId", address.into()),
        ("originSystem", OriginSystem::Site.name().into()),
        ("resourceType", "SharePoint Online Site".into()),
        ("url", address.into()),
    ]);
    let roles = [("3", "Owners"), ("4", "Visitors"), ("5", "Members")];
    let roles = roles.map(|(id, role)| (id.to_owned(), format!("{called} {role}"), None));
    Ok(Origin { fields, roles: roles.to_vec(), url: Some(address.to_owned()) })
}

fn last_part(address: &str) -> String {
    let part = address.trim_end_matches('/').rsplit('/').next().unwrap_or(address);
    part.chars().take(NAME_MAX).collect()
}

/// `https://host/` of an address, or none if it isn't one.
pub(super) fn host(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())?;
    let plain = |character: char| character.is_ascii_alphanumeric() || ['.', '-', ':'].contains(&character);
    let known = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    (known && host.chars().all(plain) && !address.contains(char::is_whitespace))
        .then(|| format!("{}://{}/", scheme.to_lowercase(), host.to_lowercase()))
}

/// The row of a role or the root scope of `resource`.
pub(super) fn part(
    catalog: Uuid,
    resource: Uuid,
    system: &str,
    (origin, name, description): &(String, String, Option<String>),
) -> Fields {
    Fields(vec![
        ("catalogId", Value::Guid(catalog)),
        ("resourceId", Value::Guid(resource)),
        ("originId", Value::Text(origin.clone())),
        ("originSystem", system.into()),
        ("displayName", Value::Text(name.clone())),
        ("description", description.clone().map_or(Value::Null, Value::Text)),
    ])
}

/// The environment that a site lives in: the one that is named, the one of its host, or a new one.
pub(super) enum Environment {
    There(Uuid),
    New(Uuid, Fields),
}

/// # Errors
/// [`Denial::ReferenceNotFound`] and [`Denial::Invalid`] for one that isn't there or isn't the site's.
pub(super) fn environment(add: &ResourceAdd, facts: &Facts) -> Result<Option<Environment>, Denial> {
    let target = add.request.paths.environment;
    let Named::Origin { system: Some(OriginSystem::Site), id } = &add.request.resource else {
        return match add.environment {
            Some(_) => Err(invalid(target, format!("'{target}' is for sites only."))),
            None => Ok(None),
        };
    };
    let host = host(id).unwrap_or_default();
    let same = |entity: &&Entity| entity.kind == Kind::Environment && super::same(super::origin_id(entity), &host);
    let elsewhere = || invalid(target, format!("'{target}' is not where the site lives, which is '{host}'."));
    match &add.environment {
        Some(named @ (Named::Id(id) | Named::Both { id, .. })) => {
            let there = facts.entity_of(Kind::Environment, *id);
            let there = there.ok_or(Denial::ReferenceNotFound { target, kind: Kind::Environment, id: *id })?;
            if !same(&there) || !super::fits(named, there) {
                return Err(elsewhere());
            }
            return Ok(Some(Environment::There(*id)));
        }
        Some(Named::Origin { id, .. }) if self::host(id).as_deref() != Some(&host) => return Err(elsewhere()),
        Some(Named::Origin { .. }) | None => {}
    }
    if let Some(there) = facts.entities.iter().find(same) {
        return Ok(Some(Environment::There(there.id)));
    }
    let called = host.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let fields = Fields(vec![
        ("displayName", called.into()),
        ("description", host.as_str().into()),
        ("originId", host.as_str().into()),
        ("originSystem", OriginSystem::Site.name().into()),
        ("isDefaultEnvironment", Value::Bool(false)),
        ("connectionInfo", Value::Json(format!("{{\"url\":\"{host}\"}}"))),
    ]);
    // Beyond the numbers of roles and scopes.
    Ok(Some(Environment::New(derived(add.new, super::PARTS_MAX), fields)))
}
