//! Catalogs and access packages.

use crate::support::*;
use domain::command::{Command, Create, Kind, On, PackageCreate, PackageMove};
use domain::denial::Denial;
use domain::facts::{Dependents, Facts};
use domain::fields::{Fields, Value};
use domain::outcome::Change;

const CATALOG: u128 = 1;
const PACKAGE: u128 = 2;
const ADA: u128 = 3;

fn named(name: &str) -> Fields {
    fields([("displayName", text(name))])
}

fn on(kind: Kind, number: u128) -> On {
    On { kind, id: id(number) }
}

fn general(number: u128) -> domain::facts::Entity {
    let mut general = catalog(number);
    general.fields.set("catalogType", Value::Int(2));
    general.fields.set("displayName", text("General"));
    general
}

#[test]
fn a_catalog_has_its_defaults() {
    let outcome = allowed(&Command::CatalogCreate(create(CATALOG, named("Finance"))), &Facts::default());
    let made = written(&outcome, Kind::Catalog);
    for (name, value) in [
        ("description", text("")),
        ("catalogType", Value::Int(1)),
        ("state", Value::Int(2)),
        ("isExternallyVisible", Value::Bool(false)),
        ("createdDateTime", Value::Time(NOW)),
        ("modifiedDateTime", Value::Time(NOW)),
    ] {
        assert_eq!(made.get(name), Some(&value), "{name}");
    }
    assert_eq!(outcome.changes.len(), 1);
    assert_eq!(outcome.shows, Some((Kind::Catalog, id(CATALOG))));
}

#[test]
fn explicit_values_and_nulls_of_a_new_catalog() {
    let mut body = named("Finance");
    body.set("state", Value::Int(1));
    body.set("isExternallyVisible", Value::Null);
    body.set("description", Value::Null);
    let made = written(&allowed(&Command::CatalogCreate(create(CATALOG, body)), &Facts::default()), Kind::Catalog);
    assert_eq!(made.int("state"), Some(1));
    assert_eq!(made.bool("isExternallyVisible"), Some(false));
    assert_eq!(made.text("description"), Some(""));
}

#[test]
fn the_creator_owns_the_catalog() {
    let body = Create { creator: Some(id(ADA)), owner_assignment: Some(id(7)), ..create(CATALOG, named("Finance")) };
    let outcome = allowed(&Command::CatalogCreate(body), &Facts::default());
    let owner = written(&outcome, Kind::RoleAssignment);
    assert_eq!(owner.guid("principalId"), Some(id(ADA)));
    assert_eq!(owner.guid("roleDefinitionId"), Some(domain::role::CATALOG_OWNER));
    assert_eq!(owner.text("appScopeId"), Some("/AccessPackageCatalog/00000000-0000-0000-0000-000000000001"));
}

#[test]
fn names_of_catalogs_and_packages() {
    let long = "x".repeat(257);
    let facts = facts([catalog(CATALOG), package(PACKAGE, CATALOG)]);
    for body in [Fields::default(), named(""), named("  "), named(&long), fields([("displayName", Value::Null)])] {
        let package = PackageCreate { create: create(PACKAGE, body.clone()), catalog: id(CATALOG) };
        assert_eq!(invalid(&Command::CatalogCreate(create(CATALOG, body.clone())), &facts).0, "displayName");
        assert_eq!(invalid(&Command::PackageCreate(package), &facts).0, "displayName");
        if !body.0.is_empty() {
            assert_eq!(
                invalid(&Command::CatalogUpdate(update(Kind::Catalog, CATALOG, body.clone())), &facts).0,
                "displayName"
            );
            assert_eq!(
                invalid(&Command::PackageUpdate(update(Kind::AccessPackage, PACKAGE, body)), &facts).0,
                "displayName"
            );
        }
    }
    allowed(&Command::CatalogCreate(create(CATALOG, named(&"é".repeat(256)))), &facts);
}

#[test]
fn a_state_is_one_of_two() {
    let mut body = named("Finance");
    body.set("state", Value::Int(3));
    assert_eq!(invalid(&Command::CatalogCreate(create(CATALOG, body)), &Facts::default()).0, "state");
}

#[test]
fn what_changes_is_what_the_log_shows() {
    let body = fields([("displayName", text("Finance")), ("description", text("Money"))]);
    let outcome = allowed(&Command::CatalogUpdate(update(Kind::Catalog, CATALOG, body)), &facts([catalog(CATALOG)]));
    let audit = outcome.audit.expect("audit");
    assert_eq!(audit.before.get("description"), Some(&Value::Null));
    assert_eq!(audit.after.text("description"), Some("Money"));
    assert_eq!(audit.after.get("displayName"), None);
    assert_eq!(audit.target_name, "Finance");
}

#[test]
fn the_built_in_catalog_keeps_its_name_and_stays() {
    let facts = facts([general(CATALOG)]);
    let rename = Command::CatalogUpdate(update(Kind::Catalog, CATALOG, named("Special")));
    assert!(matches!(denied(&rename, &facts), Denial::BuiltIn { kind: Kind::Catalog, .. }));
    assert!(matches!(denied(&Command::CatalogDelete(on(Kind::Catalog, CATALOG)), &facts), Denial::BuiltIn { .. }));
    for body in [named("General"), fields([("description", text("x"))]), fields([("state", Value::Int(1))])] {
        allowed(&Command::CatalogUpdate(update(Kind::Catalog, CATALOG, body)), &facts);
    }
}

#[test]
fn a_catalog_with_packages_stays() {
    let mut full = facts([catalog(CATALOG)]);
    full.counts.push((Dependents::PackagesOfCatalog, id(CATALOG), 2));
    let command = Command::CatalogDelete(on(Kind::Catalog, CATALOG));
    let expected = Denial::InUse { kind: Kind::Catalog, id: id(CATALOG), by: "accessPackages", count: 2 };
    assert_eq!(denied(&command, &full), expected);
    let outcome = allowed(&command, &facts([catalog(CATALOG)]));
    assert_eq!(outcome.changes, [Change::Delete { kind: Kind::Catalog, id: id(CATALOG) }]);
}

#[test]
fn a_package_has_its_defaults_and_its_catalog() {
    let command = PackageCreate { create: create(PACKAGE, named("Payments")), catalog: id(CATALOG) };
    let outcome = allowed(&Command::PackageCreate(command), &facts([catalog(CATALOG)]));
    let made = written(&outcome, Kind::AccessPackage);
    assert_eq!(made.guid("catalogId"), Some(id(CATALOG)));
    assert_eq!(made.bool("isHidden"), Some(false));
    assert_eq!(made.bool("isRoleScopesVisible"), Some(false));
    assert_eq!(made.text("description"), Some(""));
    assert_eq!(outcome.shows, Some((Kind::AccessPackage, id(PACKAGE))));
}

#[test]
fn the_catalog_of_a_new_package() {
    let command =
        Command::PackageCreate(PackageCreate { create: create(PACKAGE, named("Payments")), catalog: id(CATALOG) });
    let missing = Denial::ReferenceNotFound { target: "catalog/id", kind: Kind::Catalog, id: id(CATALOG) };
    assert_eq!(denied(&command, &facts([])), missing);
    let forbidden = Denial::MayNotChange { kind: Kind::Catalog, id: id(CATALOG) };
    assert_eq!(denied(&command, &facts([fixed(catalog(CATALOG))])), forbidden);
}

#[test]
fn an_update_may_repeat_the_catalog_and_not_change_it() {
    let facts = facts([package(PACKAGE, CATALOG)]);
    for (number, fits) in [(CATALOG, true), (8, false)] {
        let body = fields([("catalogId", Value::Guid(id(number)))]);
        let command = Command::PackageUpdate(update(Kind::AccessPackage, PACKAGE, body));
        if fits {
            allowed(&command, &facts);
        } else {
            assert_eq!(invalid(&command, &facts).0, "catalogId");
        }
    }
}

#[test]
fn a_package_moves_between_catalogs_that_one_may_change() {
    let command = Command::PackageMove(PackageMove { package: id(PACKAGE), catalog: id(8) });
    let outcome = allowed(&command, &facts([package(PACKAGE, CATALOG), catalog(8)]));
    assert_eq!(written(&outcome, Kind::AccessPackage).guid("catalogId"), Some(id(8)));
    for (facts, expected) in [
        (facts([catalog(8)]), Denial::NotFound { kind: Kind::AccessPackage, id: id(PACKAGE) }),
        (
            facts([package(PACKAGE, CATALOG)]),
            Denial::ReferenceNotFound { target: "catalogId", kind: Kind::Catalog, id: id(8) },
        ),
        (
            facts([package(PACKAGE, CATALOG), fixed(catalog(8))]),
            Denial::MayNotChange { kind: Kind::Catalog, id: id(8) },
        ),
        (
            facts([fixed(package(PACKAGE, CATALOG)), catalog(8)]),
            Denial::MayNotChange { kind: Kind::AccessPackage, id: id(PACKAGE) },
        ),
    ] {
        assert_eq!(denied(&command, &facts), expected);
    }
}

#[test]
fn what_is_not_there_or_not_mine() {
    let commands = [
        (Command::CatalogUpdate(update(Kind::Catalog, CATALOG, Fields::default())), Kind::Catalog, CATALOG),
        (Command::CatalogDelete(on(Kind::Catalog, CATALOG)), Kind::Catalog, CATALOG),
        (Command::PackageUpdate(update(Kind::AccessPackage, PACKAGE, Fields::default())), Kind::AccessPackage, PACKAGE),
        (Command::PackageDelete(on(Kind::AccessPackage, PACKAGE)), Kind::AccessPackage, PACKAGE),
    ];
    let foreign = facts([fixed(catalog(CATALOG)), fixed(package(PACKAGE, CATALOG))]);
    for (command, kind, number) in commands {
        assert_eq!(denied(&command, &facts([])), Denial::NotFound { kind, id: id(number) });
        assert_eq!(denied(&command, &foreign), Denial::MayNotChange { kind, id: id(number) });
    }
}
