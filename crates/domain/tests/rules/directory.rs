//! Users, applications, service principals; deleting, restoring; secrets.

use crate::support::*;
use domain::command::{Command, Create, Kind, On, Relation, Restore, Secret, SecretRemoval, Update};
use domain::denial::Denial;
use domain::directory::SECRETS_MAX;
use domain::facts::{Dependents, Entity, Facts};
use domain::fields::{Fields, Value};
use domain::outcome::{Change, Operation};

const ADA: u128 = 1;
const BOB: u128 = 2;
const APP: u128 = 3;

fn ada() -> Fields {
    fields([
        ("accountEnabled", Value::Bool(true)),
        ("displayName", text("Ada")),
        ("mailNickname", text("ada.lovelace")),
        ("userPrincipalName", text("ada@A.test")),
    ])
}

fn with(mut body: Fields, name: &'static str, value: Value) -> Fields {
    body.set(name, value);
    body
}

fn new_user(body: Fields) -> Create {
    Create { password_hash: Some("$argon2$secret".to_owned()), ..create(ADA, body) }
}

fn application(number: u128) -> Entity {
    let values = [
        ("displayName", text("Robot")),
        ("appId", Value::Guid(id(50))),
        ("identifierUris", json("[\"api://robot\"]")),
        ("appRoles", json("[{\"value\":\"Run\"}]")),
        ("passwordCredentials", json("[{\"hint\":\"abc\",\"keyId\":\"00000000-0000-0000-0000-000000000007\"}]")),
    ];
    entity(Kind::Application, number, fields(values))
}

#[test]
fn a_user_is_made_with_her_password_and_without_it_in_the_log() {
    let body = with(ada(), "passwordProfile", json("{\"password\":\"hunter2\"}"));
    let outcome = allowed(&Command::UserCreate(new_user(body)), &facts([]));
    let made = written(&outcome, Kind::User);
    assert_eq!(made.text("userType"), Some("Member"));
    assert_eq!(made.get("createdDateTime"), Some(&Value::Time(NOW)));
    assert_eq!(made.get("passwordProfile"), None);
    let hashes =
        |change: &&Change| matches!(change, Change::Credential { hash, key_id: None, .. } if hash.contains("secret"));
    assert_eq!(outcome.changes.iter().filter(hashes).count(), 1);
    let log = format!("{:?}", outcome.audit);
    assert!(!log.contains("secret") && !log.contains("hunter2"), "{log}");
    assert_eq!(activity(&outcome), "Add user");
}

#[test]
fn what_a_new_user_must_have() {
    for name in ["accountEnabled", "displayName", "mailNickname", "userPrincipalName"] {
        let mut without = ada();
        without.0.retain(|(field, _)| *field != name);
        for body in [without, with(ada(), name, Value::Null)] {
            let (target, message) = invalid(&Command::UserCreate(new_user(body)), &facts([]));
            assert_eq!(target, name);
            assert!(message.contains(name), "{message}");
        }
    }
    assert_eq!(invalid(&Command::UserCreate(create(ADA, ada())), &facts([])).0, "passwordProfile");
}

#[test]
fn what_a_user_may_be_called() {
    let long = |length| text(&"x".repeat(length));
    let principal = |local: String| text(&format!("{local}@a.test"));
    for (name, value, fits) in [
        ("displayName", long(256), true),
        ("displayName", long(257), false),
        ("mailNickname", long(64), true),
        ("mailNickname", long(65), false),
        ("mailNickname", text("ada lovelace"), false),
        ("mailNickname", text("ada@a"), false),
        ("mailNickname", text("a[b"), false),
        ("mailNickname", text("adä"), false),
        ("userPrincipalName", principal("x".repeat(64)), true),
        ("userPrincipalName", principal("x".repeat(65)), false),
        ("userPrincipalName", principal("bob_x.test#EXT#".to_owned()), true),
        ("userPrincipalName", principal("o'neil-_!^~".to_owned()), true),
        ("userPrincipalName", principal(".ada".to_owned()), false),
        ("userPrincipalName", principal("ada.".to_owned()), false),
        ("userPrincipalName", principal("a b".to_owned()), false),
        ("userPrincipalName", principal(String::new()), false),
        ("userPrincipalName", text("ada"), false),
        ("userPrincipalName", text("ada@elsewhere.test"), false),
        ("userPrincipalName", text("ada@b.test@a.test"), false),
        ("userType", text("Guest"), true),
        ("userType", text("Robot"), false),
    ] {
        let made = Command::UserCreate(new_user(with(ada(), name, value.clone())));
        let changed = Command::DirectoryUpdate(update(Kind::User, ADA, fields([(name, value.clone())])));
        for command in [made, changed] {
            let facts = if matches!(command, Command::UserCreate(_)) { facts([]) } else { facts([user(ADA)]) };
            if fits {
                allowed(&command, &facts);
            } else {
                assert_eq!(invalid(&command, &facts).0, name, "{value:?}");
            }
        }
    }
}

#[test]
fn an_update_says_what_it_is() {
    let nothing = Fields::default;
    let enabled = |yes| fields([("accountEnabled", Value::Bool(yes))]);
    let manager = vec![(Relation::Manager, id(BOB))];
    let hash = Some("hash".to_owned());
    for (fields, links, password_hash, expected) in [
        (enabled(true), vec![], None, "Enable account"),
        (enabled(false), vec![], None, "Disable account"),
        (with(enabled(false), "jobTitle", text("x")), vec![], None, "Update user"),
        (nothing(), manager, None, "Set user manager"),
        (nothing(), vec![], hash.clone(), "Reset password"),
        (enabled(true), vec![], hash, "Update user"),
        (nothing(), vec![], None, "Update user"),
    ] {
        let body = Update { links, password_hash, ..update(Kind::User, ADA, fields) };
        let outcome = allowed(&Command::DirectoryUpdate(body), &facts([user(ADA), user(BOB)]));
        assert_eq!(activity(&outcome), expected);
    }
}

#[test]
fn a_new_password_changes_nothing_else() {
    let body = Update { password_hash: Some("hash".to_owned()), ..update(Kind::User, ADA, Fields::default()) };
    let outcome = allowed(&Command::DirectoryUpdate(body.clone()), &facts([user(ADA)]));
    assert_eq!(written(&outcome, Kind::User), fields([("lastPasswordChangeDateTime", Value::Time(NOW))]));
    assert_eq!(outcome.changes.len(), 2);
    let on_group = Command::DirectoryUpdate(Update { kind: Kind::Group, ..body });
    assert_eq!(invalid(&on_group, &facts([group(ADA)])).0, "passwordProfile");
}

#[test]
fn what_a_user_must_keep() {
    for name in ["accountEnabled", "displayName", "mailNickname", "userPrincipalName"] {
        let command = Command::DirectoryUpdate(update(Kind::User, ADA, fields([(name, Value::Null)])));
        assert_eq!(invalid(&command, &facts([user(ADA)])).0, name);
    }
    let cleared = Command::DirectoryUpdate(update(Kind::User, ADA, fields([("jobTitle", Value::Null)])));
    allowed(&cleared, &facts([user(ADA)]));
}

#[test]
fn an_application_has_an_app_id_and_its_creator_as_owner_once() {
    let body = || fields([("displayName", text("Robot")), ("appId", Value::Guid(id(50)))]);
    let links = vec![(Relation::Owner, id(ADA))];
    for (creator, links, owners) in [(None, vec![], 0), (Some(id(ADA)), vec![], 1), (Some(id(ADA)), links, 1)] {
        let command = Command::ApplicationCreate(Create { creator, links, ..create(APP, body()) });
        let outcome = allowed(&command, &facts([user(ADA)]));
        let made = written(&outcome, Kind::Application);
        assert_eq!(made.get("passwordCredentials"), Some(&json("[]")));
        assert_eq!(outcome.changes.iter().filter(|change| **change == link(Relation::Owner, APP, ADA)).count(), owners);
        assert_eq!(outcome.changes.len(), 1 + owners);
    }
    for name in ["displayName", "appId"] {
        let mut without = body();
        without.0.retain(|(field, _)| *field != name);
        assert_eq!(invalid(&Command::ApplicationCreate(create(APP, without)), &facts([])).0, name);
    }
}

#[test]
fn a_service_principal_is_called_after_its_application() {
    let mut facts = facts([]);
    let command = Command::ServicePrincipalCreate(create(4, fields([("appId", Value::Guid(id(50)))])));
    let (target, message) = invalid(&command, &facts);
    assert_eq!(target, "appId");
    assert!(message.contains("of the service principal does not reference a valid application object"), "{message}");
    facts.application = Some(application(APP));
    let made = written(&allowed(&command, &facts), Kind::ServicePrincipal);
    for (name, value) in [
        ("displayName", text("Robot")),
        ("appDisplayName", text("Robot")),
        ("servicePrincipalNames", json("[\"00000000-0000-0000-0000-000000000032\",\"api://robot\"]")),
        ("servicePrincipalType", text("Application")),
        ("accountEnabled", Value::Bool(true)),
        ("appRoleAssignmentRequired", Value::Bool(false)),
        ("appRoles", json("[{\"value\":\"Run\"}]")),
        ("passwordCredentials", json("[]")),
    ] {
        assert_eq!(made.get(name), Some(&value), "{name}");
    }
    let nameless = Command::ServicePrincipalCreate(create(4, Fields::default()));
    assert_eq!(invalid(&nameless, &facts).0, "appId");
}

#[test]
fn an_app_id_never_changes() {
    for (number, fits) in [(50, true), (51, false)] {
        let body = update(Kind::Application, APP, fields([("appId", Value::Guid(id(number)))]));
        let command = Command::DirectoryUpdate(body);
        if fits {
            allowed(&command, &facts([application(APP)]));
        } else {
            assert_eq!(invalid(&command, &facts([application(APP)])).0, "appId");
        }
    }
}

#[test]
fn every_directory_object_is_deleted_softly_and_comes_back() {
    for (kind, gone, back) in [
        (Kind::User, "Delete user", "Restore user"),
        (Kind::Group, "Delete group", "Restore group"),
        (Kind::Application, "Delete application", "Restore application"),
        (Kind::ServicePrincipal, "Remove service principal", "Restore service principal"),
    ] {
        let object = entity(kind, ADA, fields([("displayName", text("Ada"))]));
        let on = On { kind, id: id(ADA) };
        let delete = Command::DirectoryDelete(on);
        let outcome = allowed(&delete, &facts([object.clone()]));
        assert_eq!(outcome.changes, [Change::SoftDelete { kind, id: id(ADA), at: NOW }]);
        assert_eq!(activity(&outcome), gone);
        assert_eq!(denied(&delete, &facts([])), Denial::NotFound { kind, id: id(ADA) });
        assert_eq!(denied(&delete, &facts([fixed(object.clone())])), Denial::MayNotChange { kind, id: id(ADA) });

        let restore = Command::DirectoryRestore(Restore { on, user_principal_name: None });
        assert_eq!(denied(&restore, &facts([object.clone()])), Denial::NotFound { kind, id: id(ADA) });
        let deleted = |object| Facts { deleted: vec![object], ..Facts::default() };
        assert_eq!(denied(&restore, &deleted(fixed(object.clone()))), Denial::MayNotChange { kind, id: id(ADA) });
        let outcome = allowed(&restore, &deleted(object));
        assert_eq!(outcome.changes, [Change::Undelete { kind, id: id(ADA) }]);
        assert_eq!(outcome.shows, Some((kind, id(ADA))));
        assert_eq!(activity(&outcome), back);
    }
}

#[test]
fn what_is_no_directory_object_is_not_deleted_here() {
    let on = On { kind: Kind::Catalog, id: id(ADA) };
    let missing = Denial::NotFound { kind: Kind::Catalog, id: id(ADA) };
    assert_eq!(denied(&Command::DirectoryDelete(on), &facts([catalog(ADA)])), missing);
    let body = update(Kind::Catalog, ADA, Fields::default());
    assert_eq!(denied(&Command::DirectoryUpdate(body), &facts([catalog(ADA)])), missing);
    let deleted = Facts { deleted: vec![catalog(ADA)], ..Facts::default() };
    assert_eq!(denied(&Command::DirectoryRestore(Restore { on, user_principal_name: None }), &deleted), missing);
}

#[test]
fn secrets_come_and_go_and_stay_out_of_the_log() {
    let secret = Secret {
        kind: Kind::Application,
        id: id(APP),
        key_id: id(7),
        hash: "hash-of-it".to_owned(),
        hint: "h1n".to_owned(),
        selector: Some("s3l".to_owned()),
        display_name: Some("ci".to_owned()),
        starts_at: NOW,
        ends_at: NOW + 1,
    };
    let facts = facts([application(APP)]);
    let outcome = allowed(&Command::SecretAdd(secret.clone()), &facts);
    assert!(matches!(outcome.changes.as_slice(), [Change::Credential { key_id: Some(_), ends_at: Some(_), .. }]));
    let log = format!("{:?}", outcome.audit);
    assert!(["hash-of-it", "h1n", "s3l"].iter().all(|hidden| !log.contains(hidden)), "{log}");
    assert_eq!(outcome.audit.map(|audit| audit.operation), Some(Operation::Update));
    let ended = Secret { ends_at: NOW, ..secret.clone() };
    assert_eq!(invalid(&Command::SecretAdd(ended), &facts).0, "endDateTime");
    let of_user = Secret { kind: Kind::User, ..secret.clone() };
    assert!(matches!(denied(&Command::SecretAdd(of_user), &facts), Denial::NotFound { .. }));

    let counted = |count| Facts { counts: vec![(Dependents::SecretsOfOwner, id(APP), count)], ..facts.clone() };
    allowed(&Command::SecretAdd(secret.clone()), &counted(SECRETS_MAX - 1));
    assert_eq!(invalid(&Command::SecretAdd(secret), &counted(SECRETS_MAX)).0, "passwordCredentials");

    let remove = |key| Command::SecretRemove(SecretRemoval { kind: Kind::Application, id: id(APP), key_id: id(key) });
    assert_eq!(allowed(&remove(7), &facts).changes, [Change::CredentialRemove { owner: id(APP), key_id: id(7) }]);
    assert_eq!(invalid(&remove(8), &facts).0, "keyId");
    assert!(matches!(denied(&remove(7), &Facts::default()), Denial::NotFound { .. }));
}

#[test]
fn a_deleted_application_leaves_no_hint_in_the_log() {
    let outcome =
        allowed(&Command::DirectoryDelete(On { kind: Kind::Application, id: id(APP) }), &facts([application(APP)]));
    assert!(!format!("{:?}", outcome.audit).contains("abc"));
}
