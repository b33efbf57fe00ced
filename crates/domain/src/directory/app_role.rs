//! App roles of a service principal, and who holds them. Those of Microsoft Graph are the permissions of this
//! house; they are given like any other, and so by nobody whom the permission table doesn't let.

use super::category;
use crate::Instant;
use crate::checks::invalid;
use crate::command::{AppRoleAssign, AppRoleEnd, AppRoleSide, AppRoleUnassign, Kind};
use crate::denial::Denial;
use crate::facts::{Entity, Facts};
use crate::fields::{Fields, Value};
use crate::outcome::{Audit, Change, Operation, Outcome};
use crate::record::{audit, name};
use uuid::Uuid;

const ROLE: &str = "appRoleId";

/// Gives an app role. That nobody holds it twice is an index, not a rule.
///
/// # Errors
/// [`Denial::NotFound`] for the end that the path names; [`Denial::Invalid`] where the body names another
/// there, and on `appRoleId` for a role that the resource doesn't have, has disabled, or doesn't give to this
/// kind of principal; [`Denial::ReferenceNotFound`] and [`Denial::ReferenceKind`] for the other end.
pub fn assign(assign: &AppRoleAssign, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    there(&assign.end, facts)?;
    let named = match assign.end.side {
        AppRoleSide::Principal => assign.principal,
        AppRoleSide::Resource => assign.resource,
    };
    if named != assign.end.id {
        let property = assign.end.side.property();
        return Err(invalid(property, format!("'{property}' has to be '{}', as in the path.", assign.end.id)));
    }
    let holders = [Kind::User, Kind::Group, Kind::ServicePrincipal];
    let principal = end(facts, AppRoleSide::Principal, assign.principal, &holders, "user, group or servicePrincipal")?;
    let resource = end(facts, AppRoleSide::Resource, assign.resource, &[Kind::ServicePrincipal], "servicePrincipal")?;
    offered(assign.role, resource.id, principal.kind, facts)?;
    let (principal_name, resource_name) = (name(&principal.fields), name(&resource.fields));
    let row = row(
        Operation::Assign,
        assign.role,
        (resource.id, resource_name),
        (principal.kind, principal.id, principal_name),
    );
    let change = Change::AppRole {
        id: assign.id,
        principal: principal.id,
        resource: resource.id,
        role: assign.role,
        at: now,
        given: false,
    };
    Ok(Outcome::new(vec![change], row).showing(Kind::AppRoleAssignment, assign.id))
}

/// Takes an app role, whoever gave it.
///
/// # Errors
/// [`Denial::NotFound`], also for one that hangs on another end than the path's.
pub fn unassign(unassign: &AppRoleUnassign, facts: &Facts) -> Result<Outcome, Denial> {
    there(&unassign.end, facts)?;
    let missing = Denial::NotFound { kind: Kind::AppRoleAssignment, id: unassign.id };
    let held = facts.entity_of(Kind::AppRoleAssignment, unassign.id).ok_or(missing.clone())?;
    let fields = &held.fields;
    let ids = (fields.guid("principalId"), fields.guid("resourceId"), fields.guid(ROLE));
    let (Some(principal), Some(resource), Some(role)) = ids else { return Err(missing) };
    if fields.guid(unassign.end.side.property()) != Some(unassign.end.id) {
        return Err(missing);
    }
    let kind = match fields.text("principalType") {
        Some("User") => Kind::User,
        Some("Group") => Kind::Group,
        _ => Kind::ServicePrincipal,
    };
    let called = |property| fields.text(property).unwrap_or_default();
    let row = row(
        Operation::Unassign,
        role,
        (resource, called("resourceDisplayName")),
        (kind, principal, called("principalDisplayName")),
    );
    Ok(Outcome::new(vec![Change::AppRoleRemove { principal, resource, role }], row))
}

/// The row of the log: on whose role it is, with whoever holds it or did.
pub(crate) fn row(
    operation: Operation,
    role: Uuid,
    (resource, resource_name): (Uuid, &str),
    (kind, principal, principal_name): (Kind, Uuid, &str),
) -> Audit {
    let activity = match (operation, kind) {
        (Operation::Assign, Kind::User) => "Add app role assignment grant to user",
        (Operation::Assign, Kind::Group) => "Add app role assignment to group",
        (Operation::Assign, _) => "Add app role assignment to service principal",
        (_, Kind::User) => "Remove app role assignment from user",
        (_, Kind::Group) => "Remove app role assignment from group",
        (_, _) => "Remove app role assignment from service principal",
    };
    let row = audit(activity, category(kind), operation).on(Kind::ServicePrincipal, resource, resource_name);
    let row = row.with(kind, principal, principal_name);
    let fields = Fields(vec![(ROLE, Value::Guid(role))]);
    match operation {
        Operation::Assign => row.after(&fields),
        _ => row.before(&fields),
    }
}

/// What the path starts from. Whether the caller could change it otherwise says nothing: the role is neither its
/// name nor its member.
fn there(end: &AppRoleEnd, facts: &Facts) -> Result<(), Denial> {
    let found = facts.entity_of(end.kind, end.id).is_some();
    found.then_some(()).ok_or(Denial::NotFound { kind: end.kind, id: end.id })
}

fn end<'a>(
    facts: &'a Facts,
    side: AppRoleSide,
    id: Uuid,
    kinds: &[Kind],
    wanted: &'static str,
) -> Result<&'a Entity, Denial> {
    let target = side.property();
    let kind = kinds.first().copied().unwrap_or(Kind::ServicePrincipal);
    let found = facts.entity(id).ok_or(Denial::ReferenceNotFound { target, kind, id })?;
    match kinds.contains(&found.kind) {
        true => Ok(found),
        false => Err(Denial::ReferenceKind { target, id, found: found.kind, wanted }),
    }
}

/// Whether the resource gives this role to this kind of principal. Default access is no role, and anybody's.
fn offered(role: Uuid, resource: Uuid, principal: Kind, facts: &Facts) -> Result<(), Denial> {
    if role.is_nil() {
        return Ok(());
    }
    let known = facts.app_roles.iter().find(|offered| offered.of == resource && offered.id == role);
    let known = known.ok_or_else(|| invalid(ROLE, format!("'{ROLE}' names no role of the resource: '{role}'.")))?;
    if !known.is_enabled {
        return Err(invalid(ROLE, format!("'{ROLE}' names the role '{}', which is disabled.", known.name)));
    }
    let (fits, word) = match principal {
        Kind::ServicePrincipal => (known.to_applications, "Application"),
        _ => (known.to_users, "User"),
    };
    let refusal = || {
        let name = &known.name;
        invalid(ROLE, format!("'{ROLE}' names the role '{name}', whose allowedMemberTypes lack '{word}'."))
    };
    fits.then_some(()).ok_or_else(refusal)
}
