//! What catalogs hand out: rules that need no database to be seen.

use crate::support::*;
use domain::command::{
    Command, Kind, Named, OriginSystem, Paths, ResourceAdd, ResourceCommand, ResourceRefresh, ResourceRequest,
    RoleScopeAdd, RoleScopeRemove,
};
use domain::denial::Denial;
use domain::facts::{Dependents, Entity, Facts, needs};
use domain::fields::{Fields, Value};
use domain::outcome::Change;
use domain::resource::{AppRole, By, RoleScope};

static PATHS: Paths = Paths {
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

fn origin(system: OriginSystem, id: impl Into<String>) -> Named {
    Named::Origin { system: Some(system), id: id.into() }
}

fn asked(resource: Named) -> ResourceRequest {
    ResourceRequest {
        id: id(90),
        catalog: id(1),
        resource,
        requestor: id(91),
        subject: id(92),
        fields: Fields::default(),
        validation_only: false,
        paths: &PATHS,
    }
}

fn add(resource: Named) -> ResourceAdd {
    ResourceAdd { request: asked(resource), new: id(0x5000_0000), environment: None, fields: Fields::default() }
}

fn adds(add: ResourceAdd) -> Command {
    Command::Resource(ResourceCommand::Add(add))
}

/// A resource of a catalog, which stands for a group.
fn resource(number: u128, catalog: u128, group: u128) -> Entity {
    let values = [
        ("displayName", text("Payers")),
        ("catalogId", Value::Guid(id(catalog))),
        ("originSystem", text("AadGroup")),
        ("originId", Value::Text(id(group).to_string())),
    ];
    entity(Kind::Resource, number, fields(values))
}

/// A role or the root scope of a resource.
fn part(kind: Kind, number: u128, resource: u128, origin: &str) -> Entity {
    let values = [
        ("displayName", text(origin)),
        ("resourceId", Value::Guid(id(resource))),
        ("originSystem", text("AadGroup")),
        ("originId", text(origin)),
        ("isRootScope", Value::Bool(kind == Kind::ResourceScope)),
    ];
    entity(kind, number, fields(values))
}

/// Catalog 1 with package 2 and resource 3, whose role is 4 and whose scope is 5.
fn house() -> Facts {
    facts([
        catalog(1),
        package(2, 1),
        resource(3, 1, 10),
        part(Kind::ResourceRole, 4, 3, "Member"),
        part(Kind::ResourceScope, 5, 3, "root"),
    ])
}

fn inserted(changes: &[Change], wanted: Kind) -> Vec<&Fields> {
    let fields = |change| match change {
        &Change::Insert { kind, ref fields, .. } if kind == wanted => Some(fields),
        _ => None,
    };
    changes.iter().filter_map(fields).collect()
}

#[test]
fn a_group_comes_in_with_its_roles_and_who_asked() {
    let command = adds(add(origin(OriginSystem::Group, id(10).to_string())));
    let outcome = allowed(&command, &facts([catalog(1), group(10)]));
    assert_eq!(activity(&outcome), "Create resource request");
    let roles = inserted(&outcome.changes, Kind::ResourceRole);
    let origins: Vec<_> = roles.iter().filter_map(|role| role.text("originId")).collect();
    assert_eq!(origins, [format!("Member_{}", id(10)), format!("Owner_{}", id(10))]);
    assert_eq!(inserted(&outcome.changes, Kind::ResourceScope).len(), 1);
    assert_eq!(written(&outcome, Kind::Resource).text("displayName"), Some("Payers"));
    assert!(outcome.changes.contains(&Change::Subject { id: id(92), object: id(91), governed: false }));
    // A subject that is there is used.
    let mut known = facts([catalog(1), group(10)]);
    known.subjects.push((id(91), id(93)));
    let outcome = allowed(&command, &known);
    assert_eq!(written(&outcome, Kind::ResourceRequest).guid("requestorId"), Some(id(93)));
    assert!(!outcome.changes.iter().any(|change| matches!(change, Change::Subject { .. })));
    // Deciding again gives the same.
    assert_eq!(outcome, allowed(&command, &known));
}

#[test]
fn only_what_the_caller_may_change_is_handed_out() {
    let command = adds(add(origin(OriginSystem::Group, id(10).to_string())));
    let denial = denied(&command, &facts([catalog(1), fixed(group(10))]));
    assert_eq!(denial, Denial::NotResourceOwner { target: "resource/originId", kind: Kind::Group, id: id(10) });
    let denial = denied(&command, &facts([fixed(catalog(1)), group(10)]));
    assert_eq!(denial, Denial::MayNotChange { kind: Kind::Catalog, id: id(1) });
    let denial = denied(&command, &facts([catalog(1), user(10)]));
    assert!(matches!(denial, Denial::ReferenceKind { target: "resource/originId", found: Kind::User, .. }));
}

#[test]
fn what_is_in_the_catalog_does_not_come_again() {
    let command = adds(add(origin(OriginSystem::Group, id(10).to_string().to_uppercase())));
    let denial = denied(&command, &facts([catalog(1), group(10), resource(3, 1, 10)]));
    assert_eq!(denial, Denial::ResourceOnboarded { target: "resource/originId", catalog: id(1), resource: id(3) });
    allowed(&command, &facts([catalog(1), group(10), resource(3, 7, 10)]));
}

#[test]
fn an_application_has_the_roles_that_users_can_have() {
    let command = adds(add(origin(OriginSystem::Application, id(11).to_string())));
    let ledger = entity(Kind::ServicePrincipal, 11, fields([("displayName", text("Ledger"))]));
    let mut facts = facts([catalog(1), ledger]);
    let roles = |facts: &Facts| {
        let outcome = allowed(&command, facts);
        let roles = inserted(&outcome.changes, Kind::ResourceRole);
        roles.iter().filter_map(|role| role.text("displayName").map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(roles(&facts), ["Default Access"]);
    facts.app_roles.push(AppRole {
        of: id(11),
        id: id(12),
        name: "Reader".to_owned(),
        description: None,
        to_users: true,
        to_applications: false,
        is_enabled: true,
    });
    assert_eq!(roles(&facts), ["Reader"]);
}

#[test]
fn a_question_keeps_the_request_and_nothing_else() {
    let mut question = add(origin(OriginSystem::Group, id(10).to_string()));
    question.request.validation_only = true;
    let outcome = allowed(&adds(question), &facts([catalog(1), group(10)]));
    assert!(inserted(&outcome.changes, Kind::Resource).is_empty());
    assert_eq!(written(&outcome, Kind::ResourceRequest).bool("isValidationOnly"), Some(true));
    let mut facts = house();
    let mut remove = asked(Named::Id(id(3)));
    remove.validation_only = true;
    let outcome = allowed(&Command::Resource(ResourceCommand::Remove(remove.clone())), &facts);
    assert!(!outcome.changes.iter().any(|change| matches!(change, Change::Delete { .. })));
    // What stands against it is said all the same.
    facts.counts.push((Dependents::PackagesOfResource, id(3), 2));
    let command = Command::Resource(ResourceCommand::Remove(remove));
    let denial = domain::decide(&command, &facts, NOW);
    assert_eq!(denial, Err(Denial::ResourceInUse { target: "resource", resource: id(3), count: 2 }));
}

#[test]
fn a_role_reaches_and_leaves_the_holders() {
    let command = Command::Resource(ResourceCommand::RoleScopeAdd(Box::new(RoleScopeAdd {
        package: id(2),
        resource: Some(Named::Id(id(3))),
        role: origin(OriginSystem::Group, "member"),
        role_name: None,
        scope: None,
        scope_resource: None,
        new: id(94),
        paths: &PATHS,
    })));
    let outcome = allowed(&command, &house());
    let role_scope = RoleScope { catalog: id(1), resource: id(3), role: id(4), scope: id(5) };
    let enforce = Change::EnforceHolders { package: id(2), due: NOW };
    let expected = [Change::RoleScopeAdd { package: id(2), role_scope: role_scope.clone(), at: NOW }, enforce.clone()];
    assert_eq!(outcome.changes, expected);
    assert_eq!(outcome.key, Some(format!("{}_{}", id(4), id(5))));
    let mut facts = house();
    facts.role_scopes.push(role_scope.clone());
    let exists = Denial::RoleScopeExists { package: id(2), role_scope: role_scope.id() };
    assert_eq!(denied(&command, &facts), exists);
    let remove = |role_scope| RoleScopeRemove { package: id(2), role_scope };
    let command = Command::Resource(ResourceCommand::RoleScopeRemove(remove(role_scope.id())));
    assert!(allowed(&command, &facts).changes.contains(&enforce));
    assert!(matches!(denied(&command, &house()), Denial::PartMissing { kind: Kind::RoleScope, .. }));
}

#[test]
fn a_refresh_needs_its_origin() {
    let command = Command::Resource(ResourceCommand::Refresh(ResourceRefresh { resource: id(3), seed: id(95) }));
    let missing = denied(&command, &house());
    assert!(matches!(missing, Denial::PartMissing { target: "originId", kind: Kind::Group, .. }));
    assert!(needs(&command).resources.iter().any(|wanted| wanted.by == By::Id(id(3)) && wanted.origin));
}
