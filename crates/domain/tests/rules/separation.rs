//! Separation of duties: `incompatibleGroups` and `incompatibleAccessPackages`.

use crate::support::*;
use domain::command::{Command, IncompatibleGroupCreate, Kind, Link, NamedGroup, Relation};
use domain::denial::Denial;
use domain::fields::{Fields, Value};
use domain::outcome::Change;

const PACKAGE: u128 = 1;
const OTHER: u128 = 2;
const GROUP: u128 = 3;
const CATALOG: u128 = 9;

fn add(relation: Relation, to: u128, to_kind: Option<Kind>) -> Command {
    Command::IncompatibleAdd(far(relation, to, to_kind))
}

fn remove(relation: Relation, to: u128) -> Command {
    Command::IncompatibleRemove(far(relation, to, None))
}

fn far(relation: Relation, to: u128, to_kind: Option<Kind>) -> Link {
    Link { relation, from_kind: Kind::AccessPackage, from: id(PACKAGE), to: id(to), to_kind }
}

fn seed(group: u128, group_named: bool, fields: Fields) -> IncompatibleGroupCreate {
    let (catalog, package) = (Some(id(CATALOG)), id(PACKAGE));
    let named = if group_named { NamedGroup::Id } else { NamedGroup::No };
    IncompatibleGroupCreate { catalog, package, group: id(group), named, fields }
}

#[test]
fn a_group_is_linked_and_the_link_is_all_that_changes() {
    let facts = facts([package(PACKAGE, CATALOG), fixed(group(GROUP))]);
    for to_kind in [None, Some(Kind::Group)] {
        let outcome = allowed(&add(Relation::IncompatibleGroup, GROUP, to_kind), &facts);
        assert_eq!(outcome.changes, [link(Relation::IncompatibleGroup, PACKAGE, GROUP)]);
        assert_eq!(activity(&outcome), "Create incompatible group");
    }
}

#[test]
fn a_package_of_another_catalog_is_linked_one_way() {
    let facts = facts([package(PACKAGE, CATALOG), fixed(package(OTHER, 8))]);
    let outcome = allowed(&add(Relation::IncompatiblePackage, OTHER, Some(Kind::AccessPackage)), &facts);
    assert_eq!(outcome.changes, [link(Relation::IncompatiblePackage, PACKAGE, OTHER)]);
    assert_eq!(activity(&outcome), "Create incompatible access package");
}

#[test]
fn the_reverse_link_is_another_rule() {
    let facts = facts([package(PACKAGE, CATALOG), package(OTHER, CATALOG)]);
    let facts = linked(facts, Relation::IncompatiblePackage, OTHER, PACKAGE);
    allowed(&add(Relation::IncompatiblePackage, OTHER, None), &facts);
}

#[test]
fn who_may_not_change_the_package_learns_nothing_of_the_group() {
    let facts = facts([fixed(package(PACKAGE, CATALOG))]);
    let denial = denied(&add(Relation::IncompatibleGroup, GROUP, None), &facts);
    assert_eq!(denial, Denial::MayNotChange { kind: Kind::AccessPackage, id: id(PACKAGE) });
}

#[test]
fn what_is_not_there_is_told_apart() {
    let nothing = facts([]);
    for relation in [Relation::IncompatibleGroup, Relation::IncompatiblePackage] {
        let missing = Denial::NotFound { kind: Kind::AccessPackage, id: id(PACKAGE) };
        assert_eq!(denied(&add(relation, GROUP, None), &nothing), missing);
        assert_eq!(denied(&remove(relation, GROUP), &nothing), missing);
    }
    let alone = facts([package(PACKAGE, CATALOG)]);
    for (relation, kind) in
        [(Relation::IncompatibleGroup, Kind::Group), (Relation::IncompatiblePackage, Kind::AccessPackage)]
    {
        let missing = Denial::ReferenceNotFound { target: "@odata.id", kind, id: id(OTHER) };
        assert_eq!(denied(&add(relation, OTHER, None), &alone), missing);
    }
}

#[test]
fn a_user_is_not_a_group() {
    let facts = facts([package(PACKAGE, CATALOG), user(GROUP)]);
    let missing = Denial::ReferenceNotFound { target: "@odata.id", kind: Kind::Group, id: id(GROUP) };
    let wrong = Denial::ReferenceKind { target: "@odata.id", id: id(GROUP), found: Kind::User, wanted: "group" };
    for (to_kind, expected) in [(Some(Kind::Group), missing), (Some(Kind::User), wrong.clone()), (None, wrong)] {
        assert_eq!(denied(&add(Relation::IncompatibleGroup, GROUP, to_kind), &facts), expected);
    }
}

#[test]
fn a_group_must_be_security_enabled() {
    for (value, fits) in [(Value::Bool(true), true), (Value::Bool(false), false), (Value::Null, false)] {
        let mut unified = group(GROUP);
        unified.fields.set("groupTypes", json("[\"Unified\"]"));
        unified.fields.set("mailEnabled", Value::Bool(true));
        unified.fields.set("securityEnabled", value);
        let facts = facts([package(PACKAGE, CATALOG), catalog(CATALOG), unified]);
        let by_reference = add(Relation::IncompatibleGroup, GROUP, None);
        let by_id = Command::IncompatibleGroupCreate(seed(GROUP, true, Fields::default()));
        if fits {
            allowed(&by_reference, &facts);
            allowed(&by_id, &facts);
        } else {
            let (target, message) = invalid(&by_reference, &facts);
            assert_eq!(target, "@odata.id");
            assert!(message.contains("isn't security-enabled"), "{message}");
            assert_eq!(invalid(&by_id, &facts).0, "id");
        }
    }
}

#[test]
fn a_package_is_never_incompatible_with_itself() {
    let facts = facts([package(PACKAGE, CATALOG)]);
    let denial = denied(&add(Relation::IncompatiblePackage, PACKAGE, None), &facts);
    assert_eq!(denial, Denial::IncompatibleWithItself { package: id(PACKAGE) });
}

#[test]
fn a_link_is_added_once_and_removed_once() {
    let before = facts([package(PACKAGE, CATALOG), package(OTHER, CATALOG), group(GROUP)]);
    for (relation, to) in [(Relation::IncompatibleGroup, GROUP), (Relation::IncompatiblePackage, OTHER)] {
        let after = linked(before.clone(), relation, PACKAGE, to);
        let (from, far) = (id(PACKAGE), id(to));
        assert_eq!(denied(&add(relation, to, None), &after), Denial::LinkExists { relation, from, to: far });
        let outcome = allowed(&remove(relation, to), &after);
        assert_eq!(outcome.changes, [Change::Unlink { relation, from, to: far }]);
        assert_eq!(denied(&remove(relation, to), &before), Denial::LinkMissing { relation, from, to: far });
    }
}

#[test]
fn a_link_to_what_has_gone_can_still_be_removed() {
    let facts = linked(facts([package(PACKAGE, CATALOG)]), Relation::IncompatibleGroup, PACKAGE, GROUP);
    assert_eq!(activity(&allowed(&remove(Relation::IncompatibleGroup, GROUP), &facts)), "Delete incompatible group");
}

#[test]
fn removing_needs_the_right_to_change_the_package() {
    let facts = linked(facts([fixed(package(PACKAGE, CATALOG))]), Relation::IncompatibleGroup, PACKAGE, GROUP);
    let denial = denied(&remove(Relation::IncompatibleGroup, GROUP), &facts);
    assert_eq!(denial, Denial::MayNotChange { kind: Kind::AccessPackage, id: id(PACKAGE) });
}

#[test]
fn other_relations_are_no_incompatibilities() {
    let facts = facts([package(PACKAGE, CATALOG), group(GROUP)]);
    for relation in [Relation::Member, Relation::Owner, Relation::Sponsor, Relation::Manager] {
        assert_eq!(invalid(&add(relation, GROUP, None), &facts).0, "@odata.id");
        assert_eq!(invalid(&remove(relation, GROUP), &facts).0, "@odata.id");
    }
}

#[test]
fn the_seed_body_makes_a_security_group_and_links_it() {
    let facts = facts([package(PACKAGE, CATALOG), catalog(CATALOG)]);
    for named in [false, true] {
        let outcome = allowed(&Command::IncompatibleGroupCreate(seed(GROUP, named, Fields::default())), &facts);
        let made = written(&outcome, Kind::Group);
        assert_eq!(made.text("displayName"), Some("Incompatible with Payments"));
        assert_eq!(made.text("mailNickname"), Some("00000000000000000000000000000003"));
        assert_eq!(made.bool("securityEnabled"), Some(true));
        assert_eq!(made.bool("mailEnabled"), Some(false));
        assert_eq!(made.get("groupTypes"), Some(&json("[]")));
        assert_eq!(made.get("createdDateTime"), Some(&Value::Time(NOW)));
        assert_eq!(outcome.changes.last(), Some(&link(Relation::IncompatibleGroup, PACKAGE, GROUP)));
        assert_eq!(outcome.changes.len(), 2);
        assert_eq!(outcome.shows, Some((Kind::Group, id(GROUP))));
    }
}

#[test]
fn a_very_long_package_name_still_makes_a_group() {
    let mut long = package(PACKAGE, CATALOG);
    long.fields.set("displayName", Value::Text("é".repeat(256)));
    let outcome = allowed(
        &Command::IncompatibleGroupCreate(seed(GROUP, false, Fields::default())),
        &facts([long, catalog(CATALOG)]),
    );
    assert_eq!(written(&outcome, Kind::Group).text("displayName").map(|name| name.chars().count()), Some(256));
}

#[test]
fn the_seed_body_may_describe_the_group() {
    let facts = facts([package(PACKAGE, CATALOG), catalog(CATALOG)]);
    let named = fields([("displayName", text("Approvers")), ("mailNickname", text("approvers"))]);
    let outcome = allowed(&Command::IncompatibleGroupCreate(seed(GROUP, false, named)), &facts);
    assert_eq!(written(&outcome, Kind::Group).text("displayName"), Some("Approvers"));
    for (wrong, target) in [
        (fields([("securityEnabled", Value::Bool(false))]), "securityEnabled"),
        (fields([("mailNickname", text("a b"))]), "mailNickname"),
        (fields([("groupTypes", json("[\"Other\"]"))]), "groupTypes"),
    ] {
        assert_eq!(invalid(&Command::IncompatibleGroupCreate(seed(GROUP, false, wrong)), &facts).0, target);
    }
}

#[test]
fn the_seed_links_a_group_that_is_there() {
    let before = facts([package(PACKAGE, CATALOG), catalog(CATALOG), group(GROUP)]);
    let command = Command::IncompatibleGroupCreate(seed(GROUP, true, Fields::default()));
    let outcome = allowed(&command, &before);
    assert_eq!(outcome.changes, [link(Relation::IncompatibleGroup, PACKAGE, GROUP)]);
    assert_eq!(outcome.shows, Some((Kind::Group, id(GROUP))));
    let after = linked(before, Relation::IncompatibleGroup, PACKAGE, GROUP);
    assert!(matches!(denied(&command, &after), Denial::LinkExists { .. }));
}

#[test]
fn the_seed_refuses_an_id_that_means_something_else() {
    let command = Command::IncompatibleGroupCreate(seed(GROUP, true, Fields::default()));
    let mut deleted = facts([package(PACKAGE, CATALOG), catalog(CATALOG)]);
    deleted.deleted.push(group(GROUP));
    assert_eq!(denied(&command, &deleted), Denial::Taken { kind: Kind::Group, target: "id" });
    let (target, message) = invalid(&command, &facts([package(PACKAGE, CATALOG), catalog(CATALOG), user(GROUP)]));
    assert_eq!(target, "id");
    assert!(message.contains("is a user, not a group"), "{message}");
}

#[test]
fn the_seed_path_must_be_true() {
    let command = Command::IncompatibleGroupCreate(seed(GROUP, false, Fields::default()));
    let no_catalog = facts([package(PACKAGE, CATALOG)]);
    let no_package = facts([catalog(CATALOG)]);
    let elsewhere = facts([package(PACKAGE, 8), catalog(CATALOG)]);
    let not_mine = facts([fixed(package(PACKAGE, CATALOG)), catalog(CATALOG)]);
    let package_missing = Denial::NotFound { kind: Kind::AccessPackage, id: id(PACKAGE) };
    for (facts, expected) in [
        (no_catalog, Denial::NotFound { kind: Kind::Catalog, id: id(CATALOG) }),
        (no_package, package_missing.clone()),
        (elsewhere.clone(), package_missing),
        (not_mine, Denial::MayNotChange { kind: Kind::AccessPackage, id: id(PACKAGE) }),
    ] {
        assert_eq!(denied(&command, &facts), expected);
    }
    let pathless = IncompatibleGroupCreate { catalog: None, ..seed(GROUP, false, Fields::default()) };
    allowed(&Command::IncompatibleGroupCreate(pathless), &elsewhere);
}
