//! Handing out roles and taking them away.

use crate::support::*;
use domain::command::{Command, Kind, On, RoleArea, RoleAssign};
use domain::denial::Denial;
use domain::fields::Value;
use domain::outcome::Change;
use domain::role::{BUILT_IN, CATALOG_OWNER};
use uuid::Uuid;

const CATALOG: u128 = 1;
const PRINCIPAL: u128 = 2;
const CATALOG_CREATOR: Uuid = Uuid::from_u128(0xba92d953_d8e0_4e39_a797_0cbedb0a89e8);
const USER_ADMINISTRATOR: Uuid = Uuid::from_u128(0xfe930be7_5e62_47db_91af_98c3a49a38b1);

fn assign(area: RoleArea, role: Uuid, catalog: Option<u128>) -> Command {
    Command::RoleAssign(RoleAssign { id: id(5), area, principal: id(PRINCIPAL), role, catalog: catalog.map(id) })
}

#[test]
fn every_built_in_role_fits_one_scope_in_one_area() {
    let facts = facts([catalog(CATALOG), user(PRINCIPAL)]);
    for role in BUILT_IN {
        for area in [RoleArea::Directory, RoleArea::Entitlement] {
            for scope in [None, Some(CATALOG)] {
                let command = assign(area, role.id, scope);
                if area != role.area {
                    assert_eq!(invalid(&command, &facts).0, "roleDefinitionId");
                } else if scope.is_some() != role.in_catalog {
                    assert_eq!(invalid(&command, &facts).0, "appScopeId");
                } else {
                    assert_eq!(allowed(&command, &facts).shows, Some((Kind::RoleAssignment, id(5))));
                }
            }
        }
    }
}

#[test]
fn built_in_roles_have_ids_and_names_of_their_own() {
    for (number, role) in BUILT_IN.iter().enumerate() {
        assert!(BUILT_IN.iter().skip(number + 1).all(|other| other.id != role.id && other.name != role.name));
    }
}

#[test]
fn the_scope_is_written_as_graph_writes_it() {
    let facts = facts([catalog(CATALOG), user(PRINCIPAL)]);
    let in_catalog = assign(RoleArea::Entitlement, CATALOG_OWNER, Some(CATALOG));
    let tenant_wide = assign(RoleArea::Entitlement, CATALOG_CREATOR, None);
    let in_directory = assign(RoleArea::Directory, USER_ADMINISTRATOR, None);
    for (command, app, directory, activity_name) in [
        (
            in_catalog,
            text("/AccessPackageCatalog/00000000-0000-0000-0000-000000000001"),
            Value::Null,
            "Add Entitlement Management role assignment",
        ),
        (tenant_wide, text("/"), Value::Null, "Add Entitlement Management role assignment"),
        (in_directory, Value::Null, text("/"), "Add member to role"),
    ] {
        let outcome = allowed(&command, &facts);
        let made = written(&outcome, Kind::RoleAssignment);
        assert_eq!(made.get("appScopeId"), Some(&app));
        assert_eq!(made.get("directoryScopeId"), Some(&directory));
        assert_eq!(made.guid("principalId"), Some(id(PRINCIPAL)));
        assert_eq!(activity(&outcome), activity_name);
    }
}

#[test]
fn what_stands_against_a_role() {
    let owner = || assign(RoleArea::Entitlement, CATALOG_OWNER, Some(CATALOG));
    let unknown = assign(RoleArea::Entitlement, id(77), None);
    assert_eq!(invalid(&unknown, &facts([user(PRINCIPAL)])).0, "roleDefinitionId");
    for (facts, expected) in [
        (
            facts([user(PRINCIPAL)]),
            Denial::ReferenceNotFound { target: "appScopeId", kind: Kind::Catalog, id: id(CATALOG) },
        ),
        (
            facts([user(PRINCIPAL), fixed(catalog(CATALOG))]),
            Denial::MayNotChange { kind: Kind::Catalog, id: id(CATALOG) },
        ),
        (
            facts([catalog(CATALOG)]),
            Denial::ReferenceNotFound { target: "principalId", kind: Kind::User, id: id(PRINCIPAL) },
        ),
    ] {
        assert_eq!(denied(&owner(), &facts), expected);
    }
}

#[test]
fn a_group_holds_directory_roles_only_when_made_for_it() {
    let mut assignable = group(PRINCIPAL);
    assignable.fields.set("isAssignableToRole", Value::Bool(true));
    let command = assign(RoleArea::Directory, USER_ADMINISTRATOR, None);
    allowed(&command, &facts([assignable]));
    assert_eq!(invalid(&command, &facts([group(PRINCIPAL)])).0, "principalId");
    let owner = assign(RoleArea::Entitlement, CATALOG_OWNER, Some(CATALOG));
    allowed(&owner, &facts([catalog(CATALOG), group(PRINCIPAL)]));
}

#[test]
fn a_role_is_taken_away() {
    let held = entity(Kind::RoleAssignment, 5, fields([("roleDefinitionId", Value::Guid(USER_ADMINISTRATOR))]));
    let command = Command::RoleUnassign(On { kind: Kind::RoleAssignment, id: id(5) });
    let outcome = allowed(&command, &facts([held.clone()]));
    assert_eq!(outcome.changes, [Change::Delete { kind: Kind::RoleAssignment, id: id(5) }]);
    assert_eq!(activity(&outcome), "Remove member from role");
    let kind = Kind::RoleAssignment;
    assert_eq!(denied(&command, &facts([])), Denial::NotFound { kind, id: id(5) });
    assert_eq!(denied(&command, &facts([fixed(held)])), Denial::MayNotChange { kind, id: id(5) });
}
