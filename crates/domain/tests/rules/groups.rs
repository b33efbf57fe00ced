//! Groups: what a new one needs and what fits together.

use crate::support::*;
use domain::command::{Command, Create, Kind, Relation, Update};
use domain::denial::Denial;
use domain::fields::{Fields, Value};
use domain::lifecycle::automatic::follow;
use domain::outcome::Change;

const GROUP: u128 = 1;
const ADA: u128 = 2;
const BOB: u128 = 3;
const DUPLICATES: &str = "Request contains a property with duplicate values";

fn body() -> Fields {
    fields([
        ("displayName", text("Payers")),
        ("mailEnabled", Value::Bool(false)),
        ("mailNickname", text("payers")),
        ("securityEnabled", Value::Bool(true)),
    ])
}

fn with<const N: usize>(pairs: [(&'static str, Value); N]) -> Fields {
    let mut all = body();
    for (name, value) in pairs {
        all.set(name, value);
    }
    all
}

fn bound(links: &[(Relation, u128)]) -> Create {
    let links = links.iter().map(|(relation, to)| (*relation, id(*to))).collect();
    Create { links, ..create(GROUP, body()) }
}

/// Everybody is a great many people: only a rule is worth asking all of them.
#[test]
fn only_a_group_with_a_rule_makes_everybody_be_asked() {
    let asks = |fields: Fields| {
        let outcome = allowed(&Command::GroupCreate(create(GROUP, fields)), &facts([]));
        follow(&outcome.changes, NOW)
    };
    assert_eq!(asks(body()), []);
    assert_eq!(asks(with([("groupTypes", json("[\"Unified\"]")), ("mailEnabled", Value::Bool(true))])), []);
    let rule = text("user.department -eq \"Audit\"");
    let dynamic = with([("groupTypes", json("[\"DynamicMembership\"]")), ("membershipRule", rule.clone())]);
    assert_eq!(asks(dynamic), [Change::EvaluateAll { due: NOW }]);
    for (name, value) in [
        ("membershipRule", rule),
        ("membershipRuleProcessingState", text("On")),
        ("groupTypes", json("[\"DynamicMembership\"]")),
    ] {
        let update = Change::Update { kind: Kind::Group, id: id(GROUP), fields: fields([(name, value)]) };
        assert_eq!(follow(&[update], NOW), [Change::EvaluateAll { due: NOW }], "{name}");
    }
    let plain = Change::Update { kind: Kind::Group, id: id(GROUP), fields: fields([("groupTypes", json("[]"))]) };
    assert_eq!(follow(&[plain], NOW), []);
}

#[test]
fn a_security_group_has_its_defaults() {
    let outcome = allowed(&Command::GroupCreate(create(GROUP, body())), &facts([]));
    let made = written(&outcome, Kind::Group);
    assert_eq!(made.get("groupTypes"), Some(&json("[]")));
    assert_eq!(made.get("visibility"), None);
    assert_eq!(made.get("mail"), None);
    assert_eq!(made.get("createdDateTime"), Some(&Value::Time(NOW)));
    assert_eq!(outcome.shows, Some((Kind::Group, id(GROUP))));
    assert_eq!(activity(&outcome), "Add group");
}

#[test]
fn a_unified_group_has_mail_in_the_default_domain() {
    let unified = with([("groupTypes", json("[\"Unified\"]")), ("mailEnabled", Value::Bool(true))]);
    let made = written(&allowed(&Command::GroupCreate(create(GROUP, unified)), &facts([])), Kind::Group);
    assert_eq!(made.text("mail"), Some("payers@a.test"));
    assert_eq!(made.text("visibility"), Some("Public"));
}

#[test]
fn what_a_new_group_must_have() {
    for name in ["displayName", "mailEnabled", "mailNickname", "securityEnabled"] {
        let mut without = body();
        without.0.retain(|(field, _)| *field != name);
        assert_eq!(invalid(&Command::GroupCreate(create(GROUP, without)), &facts([])).0, name);
    }
}

#[test]
fn what_fits_together() {
    let (yes, no) = (Value::Bool(true), Value::Bool(false));
    let (unified, dynamic) = (json("[\"Unified\"]"), json("[\"DynamicMembership\"]"));
    let rule = text("user.department -eq \"Sales\"");
    for (body, refused) in [
        (with([("groupTypes", unified.clone())]), Some("mailEnabled")),
        (with([("mailEnabled", yes.clone())]), Some("mailEnabled")),
        (with([("groupTypes", json("[\"Secret\"]"))]), Some("groupTypes")),
        (with([("groupTypes", dynamic.clone())]), Some("membershipRule")),
        (with([("groupTypes", dynamic.clone()), ("membershipRule", text(""))]), Some("membershipRule")),
        (with([("groupTypes", dynamic.clone()), ("membershipRule", text("user.shoe -eq 1"))]), Some("membershipRule")),
        (with([("groupTypes", dynamic.clone()), ("membershipRule", rule.clone())]), None),
        (with([("membershipRule", rule.clone())]), None),
        (with([("visibility", text("Private"))]), None),
        (with([("visibility", text("Secret"))]), Some("visibility")),
        (with([("membershipRuleProcessingState", text("Off"))]), Some("membershipRuleProcessingState")),
        (with([("isAssignableToRole", yes.clone())]), None),
        (with([("isAssignableToRole", yes.clone()), ("securityEnabled", no)]), Some("isAssignableToRole")),
        (
            with([("isAssignableToRole", yes.clone()), ("groupTypes", dynamic), ("membershipRule", rule)]),
            Some("isAssignableToRole"),
        ),
        (with([("mailNickname", text("a.b"))]), Some("mailNickname")),
        (with([("mailNickname", text(&"x".repeat(65)))]), Some("mailNickname")),
        (with([("displayName", text(&"x".repeat(257)))]), Some("displayName")),
    ] {
        let command = Command::GroupCreate(create(GROUP, body));
        match refused {
            None => drop(allowed(&command, &facts([]))),
            Some(target) => assert_eq!(invalid(&command, &facts([])).0, target, "{command:?}"),
        }
    }
}

#[test]
fn the_creator_owns_the_group_and_names_herself_only_once() {
    let facts = facts([user(ADA), user(BOB)]);
    let owners = bound(&[(Relation::Owner, ADA)]);
    allowed(&Command::GroupCreate(owners.clone()), &facts);
    let outcome = allowed(&Command::GroupCreate(Create { creator: Some(id(BOB)), ..owners.clone() }), &facts);
    for owner in [ADA, BOB] {
        assert!(outcome.changes.contains(&link(Relation::Owner, GROUP, owner)));
    }
    let twice = Command::GroupCreate(Create { creator: Some(id(ADA)), ..owners });
    assert_eq!(invalid(&twice, &facts), ("owners@odata.bind", DUPLICATES.to_owned()));
}

#[test]
fn the_links_of_a_body() {
    let mut crowd = facts([user(ADA), user(BOB), group(4)]);
    crowd.entities.extend((100..130).map(user));
    let members = |count: u128| (100..100 + count).map(|number| (Relation::Member, number)).collect::<Vec<_>>();
    allowed(&Command::GroupCreate(bound(&members(20))), &crowd);
    allowed(&Command::GroupCreate(bound(&[(Relation::Owner, ADA), (Relation::Member, ADA)])), &crowd);
    for (links, target) in [
        (members(21), "members@odata.bind"),
        (vec![(Relation::Member, ADA), (Relation::Member, ADA)], "members@odata.bind"),
        (vec![(Relation::Manager, ADA)], "manager@odata.bind"),
        (vec![(Relation::Sponsor, ADA)], "sponsors@odata.bind"),
    ] {
        assert_eq!(invalid(&Command::GroupCreate(bound(&links)), &crowd).0, target);
    }
    let target = "owners@odata.bind";
    assert_eq!(
        denied(&Command::GroupCreate(bound(&[(Relation::Owner, 99)])), &crowd),
        Denial::ReferenceNotFound { target, kind: Kind::User, id: id(99) }
    );
    assert_eq!(
        denied(&Command::GroupCreate(bound(&[(Relation::Owner, 4)])), &crowd),
        Denial::ReferenceKind { target, id: id(4), found: Kind::Group, wanted: "user or servicePrincipal" }
    );
}

#[test]
fn a_dynamic_group_has_no_members_by_hand() {
    let rule = with([("groupTypes", json("[\"DynamicMembership\"]")), ("membershipRule", text("user.city -eq null"))]);
    let command = |links| Command::GroupCreate(Create { links, ..create(GROUP, rule.clone()) });
    let facts = facts([user(ADA)]);
    assert_eq!(invalid(&command(vec![(Relation::Member, id(ADA))]), &facts).0, "members@odata.bind");
    allowed(&command(vec![(Relation::Owner, id(ADA))]), &facts);
}

#[test]
fn the_rule_of_a_dynamic_group_is_one() {
    let dynamic = |rule| with([("groupTypes", json("[\"DynamicMembership\"]")), ("membershipRule", text(rule))]);
    let made = |rule| Command::GroupCreate(create(GROUP, dynamic(rule)));
    allowed(&made("user.city -eq \"Delft\""), &facts([]));
    let message = "The membershipRule can't be used. At character 15: expected a value: a text in quotes, true, false, \
                   null, or a list in brackets, found 'Delft'.";
    assert_eq!(invalid(&made("user.city -eq Delft"), &facts([])), ("membershipRule", message.to_owned()));
    assert_eq!(invalid(&made("device.isRooted -eq true"), &facts([])).0, "membershipRule");

    let mut group = group(GROUP);
    dynamic("user.city -eq \"Delft\"").0.into_iter().for_each(|(name, value)| group.fields.set(name, value));
    let facts = facts([group]);
    let changed = |rule| Command::DirectoryUpdate(update(Kind::Group, GROUP, fields([("membershipRule", text(rule))])));
    allowed(&changed("user.city -eq \"Gent\""), &facts);
    assert_eq!(invalid(&changed("user.city is \"Gent\""), &facts).0, "membershipRule");
    assert_eq!(invalid(&changed(""), &facts).0, "membershipRule");
}

#[test]
fn an_update_keeps_what_fits_together() {
    let yes = Value::Bool(true);
    for (fields, refused) in [
        (fields([("displayName", text("New"))]), None),
        (fields([("displayName", Value::Null)]), Some("displayName")),
        (fields([("groupTypes", json("[\"Unified\"]"))]), Some("mailEnabled")),
        (fields([("mailEnabled", yes.clone())]), Some("mailEnabled")),
        (fields([("groupTypes", json("[\"DynamicMembership\"]"))]), Some("membershipRule")),
        (fields([("isAssignableToRole", yes)]), Some("isAssignableToRole")),
        (fields([("isAssignableToRole", Value::Bool(false))]), None),
        (fields([("isAssignableToRole", Value::Null)]), None),
        (fields([("groupTypes", Value::Null)]), None),
    ] {
        let command = Command::DirectoryUpdate(update(Kind::Group, GROUP, fields));
        match refused {
            None => assert_eq!(activity(&allowed(&command, &facts([group(GROUP)]))), "Update group"),
            Some(target) => assert_eq!(invalid(&command, &facts([group(GROUP)])).0, target),
        }
    }
}

#[test]
fn a_group_of_a_kind_that_we_do_not_make_can_be_renamed() {
    let mut list = group(GROUP);
    list.fields.set("mailEnabled", Value::Bool(true));
    let command = Command::DirectoryUpdate(update(Kind::Group, GROUP, fields([("displayName", text("New"))])));
    allowed(&command, &facts([list]));
}

#[test]
fn members_that_an_update_adds() {
    let command = Command::DirectoryUpdate(Update {
        links: vec![(Relation::Member, id(ADA)), (Relation::Member, id(BOB))],
        ..update(Kind::Group, GROUP, Fields::default())
    });
    let before = facts([group(GROUP), user(ADA), user(BOB)]);
    let outcome = allowed(&command, &before);
    assert_eq!(outcome.changes, [link(Relation::Member, GROUP, ADA), link(Relation::Member, GROUP, BOB)]);
    let after = linked(before, Relation::Member, GROUP, BOB);
    let exists = Denial::LinkExists { relation: Relation::Member, from: id(GROUP), to: id(BOB) };
    assert_eq!(denied(&command, &after), exists);
}
