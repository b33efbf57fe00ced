//! Members, owners, sponsors and managers, one at a time.

use crate::support::*;
use domain::command::{Command, Kind, Link, Relation, Update};
use domain::denial::Denial;
use domain::facts::{Entity, Facts};
use domain::fields::{Fields, Value};
use domain::outcome::Change;
use uuid::Uuid;

const FROM: u128 = 1;
const TO: u128 = 2;

fn of(relation: Relation, from_kind: Kind) -> Link {
    Link { relation, from_kind, from: id(FROM), to: id(TO), to_kind: None }
}

fn object(kind: Kind, number: u128) -> Entity {
    entity(kind, number, fields([("displayName", text("x"))]))
}

fn pair(from: Kind, to: Kind) -> Facts {
    facts([object(from, FROM), object(to, TO)])
}

#[test]
fn which_links_there_are_and_what_they_lead_to() {
    use Kind::{Application as App, Group, ServicePrincipal as Sp, User};
    for (relation, starts, ends) in [
        (Relation::Member, vec![Group], vec![User, Group, Sp]),
        (Relation::Owner, vec![Group, App, Sp], vec![User, Sp]),
        (Relation::Sponsor, vec![User], vec![User, Group]),
        (Relation::Manager, vec![User], vec![User]),
        (Relation::IncompatibleGroup, vec![], vec![]),
        (Relation::IncompatiblePackage, vec![], vec![]),
    ] {
        for from in Kind::DIRECTORY {
            for to in Kind::DIRECTORY {
                let command = Command::LinkAdd(of(relation, from));
                let facts = pair(from, to);
                if !starts.contains(&from) {
                    assert_eq!(invalid(&command, &facts).0, "@odata.id");
                } else if ends.contains(&to) {
                    assert_eq!(allowed(&command, &facts).changes, [link(relation, FROM, TO)]);
                } else {
                    assert!(matches!(denied(&command, &facts), Denial::ReferenceKind { found, .. } if found == to));
                }
            }
        }
    }
}

#[test]
fn a_reference_that_says_the_kind_must_say_the_right_one() {
    let member = |to_kind| Command::LinkAdd(Link { to_kind, ..of(Relation::Member, Kind::Group) });
    let facts = pair(Kind::Group, Kind::User);
    allowed(&member(Some(Kind::User)), &facts);
    allowed(&member(None), &facts);
    let missing = Denial::ReferenceNotFound { target: "@odata.id", kind: Kind::Group, id: id(TO) };
    assert_eq!(denied(&member(Some(Kind::Group)), &facts), missing);
}

#[test]
fn what_stands_against_a_link() {
    let add = Command::LinkAdd(of(Relation::Member, Kind::Group));
    let kind = Kind::Group;
    for (facts, expected) in [
        (facts([user(TO)]), Denial::NotFound { kind, id: id(FROM) }),
        (facts([fixed(group(FROM)), user(TO)]), Denial::MayNotChange { kind, id: id(FROM) }),
        (facts([group(FROM)]), Denial::ReferenceNotFound { target: "@odata.id", kind: Kind::User, id: id(TO) }),
        (
            linked(facts([group(FROM), user(TO)]), Relation::Member, FROM, TO),
            Denial::LinkExists { relation: Relation::Member, from: id(FROM), to: id(TO) },
        ),
    ] {
        assert_eq!(denied(&add, &facts), expected);
    }
}

#[test]
fn nothing_is_linked_with_itself() {
    for (relation, kind) in [(Relation::Member, Kind::Group), (Relation::Manager, Kind::User)] {
        let command = Command::LinkAdd(Link { to: id(FROM), ..of(relation, kind) });
        assert_eq!(invalid(&command, &facts([object(kind, FROM)])).0, "@odata.id");
    }
}

#[test]
fn members_of_a_dynamic_group_are_its_rules_business() {
    let mut dynamic = group(FROM);
    dynamic.fields.set("groupTypes", json("[\"DynamicMembership\"]"));
    let facts = linked(facts([dynamic, user(TO)]), Relation::Member, FROM, TO);
    let member = of(Relation::Member, Kind::Group);
    assert_eq!(invalid(&Command::LinkAdd(member), &facts).0, "@odata.id");
    assert_eq!(invalid(&Command::LinkRemove(member), &facts).0, "@odata.id");
    allowed(&Command::LinkAdd(of(Relation::Owner, Kind::Group)), &facts);
}

#[test]
fn a_link_is_removed_once_even_when_its_end_has_gone() {
    let remove = Command::LinkRemove(of(Relation::Owner, Kind::Group));
    let facts = linked(facts([group(FROM)]), Relation::Owner, FROM, TO);
    let outcome = allowed(&remove, &facts);
    assert_eq!(outcome.changes, [Change::Unlink { relation: Relation::Owner, from: id(FROM), to: id(TO) }]);
    assert_eq!(activity(&outcome), "Remove owner from group");
    let unlinked = Facts { links: vec![], ..facts };
    let missing = Denial::LinkMissing { relation: Relation::Owner, from: id(FROM), to: id(TO) };
    assert_eq!(denied(&remove, &unlinked), missing);
}

#[test]
fn a_manager_is_replaced_and_removed_whoever_it_is() {
    let set = of(Relation::Manager, Kind::User);
    let managed = linked(facts([user(FROM), user(TO)]), Relation::Manager, FROM, 7);
    let outcome = allowed(&Command::LinkAdd(set), &managed);
    assert_eq!(outcome.changes, [link(Relation::Manager, FROM, TO)]);
    let audit = outcome.audit.expect("audit");
    assert_eq!(audit.before.guid("manager"), Some(id(7)));
    assert_eq!(audit.after.guid("manager"), Some(id(TO)));

    let again = linked(facts([user(FROM), user(TO)]), Relation::Manager, FROM, TO);
    allowed(&Command::LinkAdd(set), &again);

    let unlink = [Change::Unlink { relation: Relation::Manager, from: id(FROM), to: id(7) }];
    for (to, found) in [(Uuid::nil(), true), (id(7), true), (id(TO), false)] {
        let remove = Command::LinkRemove(Link { to, ..set });
        if found {
            assert_eq!(allowed(&remove, &managed).changes, unlink);
        } else {
            assert!(matches!(denied(&remove, &managed), Denial::LinkMissing { .. }));
        }
        assert!(matches!(denied(&remove, &facts([user(FROM)])), Denial::LinkMissing { .. }));
    }
}

#[test]
fn a_manager_in_a_body_replaces_too() {
    let body = |links| Command::DirectoryUpdate(Update { links, ..update(Kind::User, FROM, Fields::default()) });
    let managed = linked(facts([user(FROM), user(TO), user(3)]), Relation::Manager, FROM, TO);
    let outcome = allowed(&body(vec![(Relation::Manager, id(3))]), &managed);
    assert_eq!(outcome.changes, [link(Relation::Manager, FROM, 3)]);
    assert_eq!(outcome.audit.map(|audit| audit.before), Some(fields([("manager", Value::Guid(id(TO)))])));
    allowed(&body(vec![(Relation::Manager, id(TO))]), &managed);
    for links in [vec![(Relation::Manager, id(TO)), (Relation::Manager, id(3))], vec![(Relation::Manager, id(FROM))]] {
        assert_eq!(invalid(&body(links), &managed).0, "manager@odata.bind");
    }
}

#[test]
fn the_log_names_what_was_linked() {
    for (relation, from, added, removed) in [
        (Relation::Member, Kind::Group, "Add member to group", "Remove member from group"),
        (Relation::Owner, Kind::Group, "Add owner to group", "Remove owner from group"),
        (Relation::Owner, Kind::Application, "Add owner to application", "Remove owner from application"),
        (
            Relation::Owner,
            Kind::ServicePrincipal,
            "Add owner to service principal",
            "Remove owner from service principal",
        ),
        (Relation::Sponsor, Kind::User, "Add sponsor to user", "Remove sponsor from user"),
        (Relation::Manager, Kind::User, "Set user manager", "Remove user manager"),
    ] {
        let apart = pair(from, Kind::User);
        let outcome = allowed(&Command::LinkAdd(of(relation, from)), &apart);
        assert_eq!(activity(&outcome), added);
        assert_eq!(outcome.audit.and_then(|audit| audit.other), Some((Kind::User, id(TO), "x".to_owned())));
        let together = linked(apart, relation, FROM, TO);
        assert_eq!(activity(&allowed(&Command::LinkRemove(of(relation, from)), &together)), removed);
    }
}
