//! What holds of every command and all facts, however little they fit each other.

use crate::support::{NOW, only};
use domain::command::*;
use domain::decide;
use domain::facts::{Dependents, Entity, Facts, needs};
use domain::fields::{Fields, Value};
use domain::outcome::Change;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

const HASH: &str = "$argon2id$never-in-a-log";

const NAMES: &[&str] = &[
    "displayName",
    "description",
    "mailNickname",
    "mailEnabled",
    "securityEnabled",
    "groupTypes",
    "membershipRule",
    "isAssignableToRole",
    "userPrincipalName",
    "accountEnabled",
    "userType",
    "appId",
    "identifierUris",
    "passwordCredentials",
    "passwordProfile",
    "catalogId",
    "catalogType",
    "state",
    "isExternallyVisible",
    "roleDefinitionId",
    "visibility",
];

const TEXTS: &[&str] =
    &["", " ", "Ada", "ada@a.test", "ada", "é\u{0}\u{202e}", "[", "[]", "\"", "[\"Unified\"]", "Member", "@", "a@@b"];

/// Few ids, so that commands and facts meet.
fn id() -> impl Strategy<Value = Uuid> {
    (0u128..6).prop_map(Uuid::from_u128)
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-1i64..4).prop_map(Value::Int),
        select(TEXTS).prop_map(Value::from),
        vec(any::<char>(), 0..12).prop_map(|text| Value::Text(text.into_iter().collect())),
        id().prop_map(Value::Guid),
        any::<i64>().prop_map(Value::Time),
        select(TEXTS).prop_map(|text| Value::Json(text.to_owned())),
        Just(Value::Json("[\"DynamicMembership\"]".to_owned())),
    ]
}

/// Fields with which an entity of any kind is in order.
fn good() -> Fields {
    Fields(vec![
        ("displayName", "Payers".into()),
        ("mailEnabled", Value::Bool(false)),
        ("mailNickname", "payers".into()),
        ("securityEnabled", Value::Bool(true)),
        ("accountEnabled", Value::Bool(true)),
        ("userPrincipalName", "ada@a.test".into()),
        ("appId", Value::Guid(Uuid::from_u128(1))),
        ("catalogId", Value::Guid(Uuid::from_u128(1))),
    ])
}

/// Half of the time good ones, with some changed.
fn fields() -> impl Strategy<Value = Fields> {
    let pairs = vec((select(NAMES), value()), 0..6);
    (any::<bool>(), pairs).prop_map(|(start_good, pairs)| {
        let mut fields = if start_good { good() } else { Fields::default() };
        for (name, value) in pairs {
            fields.set(name, value);
        }
        fields
    })
}

fn kind() -> impl Strategy<Value = Kind> {
    use Kind::*;
    select(vec![User, Group, ServicePrincipal, Application, Catalog, AccessPackage, RoleAssignment, AppRoleAssignment])
}

fn relation() -> impl Strategy<Value = Relation> {
    use Relation::*;
    select(vec![Member, Owner, Sponsor, Manager, IncompatibleGroup, IncompatiblePackage])
}

fn links() -> impl Strategy<Value = Vec<(Relation, Uuid)>> {
    prop_oneof![3 => vec((relation(), id()), 0..3), 1 => vec((relation(), id()), 19..23)]
}

fn hash() -> impl Strategy<Value = Option<String>> {
    option::of(Just(HASH.to_owned()))
}

fn create() -> impl Strategy<Value = Create> {
    (id(), fields(), links(), hash(), option::of(id()), option::of(id())).prop_map(
        |(id, fields, links, password_hash, creator, owner_assignment)| Create {
            id,
            fields,
            links,
            password_hash,
            creator,
            owner_assignment,
        },
    )
}

fn update() -> impl Strategy<Value = Update> {
    (kind(), id(), fields(), links(), hash()).prop_map(|(kind, id, fields, links, password_hash)| Update {
        kind,
        id,
        fields,
        links,
        password_hash,
    })
}

fn on() -> impl Strategy<Value = On> {
    (kind(), id()).prop_map(|(kind, id)| On { kind, id })
}

/// Mostly links that there can be.
fn link() -> impl Strategy<Value = Link> {
    let sound = select(vec![
        (Relation::Member, Kind::Group),
        (Relation::Owner, Kind::Application),
        (Relation::Sponsor, Kind::User),
        (Relation::Manager, Kind::User),
        (Relation::IncompatibleGroup, Kind::AccessPackage),
        (Relation::IncompatiblePackage, Kind::AccessPackage),
    ]);
    let to_kind = prop_oneof![2 => Just(None), 1 => kind().prop_map(Some)];
    (prop_oneof![4 => sound, 1 => (relation(), kind())], id(), id(), to_kind)
        .prop_map(|((relation, from_kind), from, to, to_kind)| Link { relation, from_kind, from, to, to_kind })
}

fn seed() -> impl Strategy<Value = IncompatibleGroupCreate> {
    let named =
        prop_oneof![Just(NamedGroup::No), Just(NamedGroup::Id), option::of(kind()).prop_map(NamedGroup::Reference),];
    (option::of(id()), id(), id(), named, fields()).prop_map(|(catalog, package, group, named, fields)| {
        IncompatibleGroupCreate { catalog, package, group, named, fields }
    })
}

fn role() -> impl Strategy<Value = RoleAssign> {
    let area = select(vec![RoleArea::Directory, RoleArea::Entitlement]);
    let role = prop_oneof![select(domain::role::BUILT_IN).prop_map(|role| role.id), id()];
    (id(), area, id(), role, option::of(id())).prop_map(|(id, area, principal, role, catalog)| RoleAssign {
        id,
        area,
        principal,
        role,
        catalog,
    })
}

fn app_role_end() -> impl Strategy<Value = AppRoleEnd> {
    (kind(), id(), select(&AppRoleSide::ALL[..])).prop_map(|(kind, id, side)| AppRoleEnd { kind, id, side })
}

fn app_role() -> impl Strategy<Value = AppRoleAssign> {
    let role = prop_oneof![Just(Uuid::nil()), id()];
    (id(), app_role_end(), id(), id(), role).prop_map(|(id, end, principal, resource, role)| AppRoleAssign {
        id,
        end,
        principal,
        resource,
        role,
    })
}

fn secret() -> impl Strategy<Value = Secret> {
    (kind(), id(), id(), any::<i64>(), any::<i64>()).prop_map(|(kind, id, key_id, starts_at, ends_at)| Secret {
        kind,
        id,
        key_id,
        hash: HASH.to_owned(),
        hint: "hnt".to_owned(),
        selector: Some("slctr".to_owned()),
        display_name: None,
        starts_at,
        ends_at,
    })
}

fn command() -> impl Strategy<Value = Command> {
    let directory = prop_oneof![
        create().prop_map(Command::UserCreate),
        create().prop_map(Command::GroupCreate),
        create().prop_map(Command::ApplicationCreate),
        create().prop_map(Command::ServicePrincipalCreate),
        update().prop_map(Command::DirectoryUpdate),
        on().prop_map(Command::DirectoryDelete),
        on().prop_map(|on| Command::DirectoryRestore(Restore { on, user_principal_name: None })),
        link().prop_map(Command::LinkAdd),
        link().prop_map(Command::LinkRemove),
        secret().prop_map(Command::SecretAdd),
        app_role().prop_map(Command::AppRoleAssign),
        (app_role_end(), id()).prop_map(|(end, id)| Command::AppRoleUnassign(AppRoleUnassign { end, id })),
        (kind(), id(), id()).prop_map(|(kind, id, key_id)| Command::SecretRemove(SecretRemoval { kind, id, key_id })),
    ];
    let entitlement = prop_oneof![
        create().prop_map(Command::CatalogCreate),
        update().prop_map(Command::CatalogUpdate),
        on().prop_map(Command::CatalogDelete),
        (create(), id()).prop_map(|(create, catalog)| Command::PackageCreate(PackageCreate { create, catalog })),
        update().prop_map(Command::PackageUpdate),
        on().prop_map(Command::PackageDelete),
        (id(), id()).prop_map(|(package, catalog)| Command::PackageMove(PackageMove { package, catalog })),
        link().prop_map(Command::IncompatibleAdd),
        link().prop_map(Command::IncompatibleRemove),
        seed().prop_map(Command::IncompatibleGroupCreate),
        role().prop_map(Command::RoleAssign),
        on().prop_map(Command::RoleUnassign),
    ];
    prop_oneof![directory, entitlement]
}

fn entity() -> impl Strategy<Value = Entity> {
    (kind(), id(), fields(), proptest::bool::weighted(0.8)).prop_map(|(kind, id, fields, may_change)| Entity {
        kind,
        id,
        fields,
        may_change,
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    let entities = vec(entity(), 0..10);
    let links = vec((relation(), id(), id()), 0..8);
    let counts = vec((Just(Dependents::PackagesOfCatalog), id(), 0u64..2), 0..3);
    let domains = vec(select(vec!["a.test".to_owned(), "b.test".to_owned(), String::new()]), 0..2);
    (entities, vec(entity(), 0..3), links, counts, option::of(entity()), domains).prop_map(
        |(entities, deleted, links, counts, application, domains)| {
            // One id is one directory object, one catalog, and so on; a user has one manager.
            let mut facts = Facts { deleted, counts, application, domains, ..Facts::default() };
            for entity in entities {
                let table = |kind| if Kind::DIRECTORY.contains(&kind) { Kind::User } else { kind };
                let same = |other: &Entity| other.id == entity.id && table(other.kind) == table(entity.kind);
                if !facts.entities.iter().any(same) {
                    facts.entities.push(entity);
                }
            }
            for link in links {
                if link.0 != Relation::Manager || facts.manager(link.1).is_none() {
                    facts.links.push(link);
                }
            }
            facts
        },
    )
}

/// A command, and facts that half of the time hold good entities where it looks for them.
fn case() -> impl Strategy<Value = (Command, Facts)> {
    (command(), facts(), any::<bool>(), 0usize..4).prop_map(|(command, mut facts, suits, pick)| {
        for (kinds, id) in needs(&command).entities.iter().filter(|_| suits) {
            let kind = kinds[pick % kinds.len()];
            facts.entities.retain(|entity| entity.id != *id || !kinds.contains(&entity.kind));
            facts.entities.push(Entity { kind, id: *id, fields: good(), may_change: true });
        }
        (command, facts)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_decision_is_the_same_when_it_is_asked_again((command, facts) in case(), now in any::<i64>()) {
        prop_assert_eq!(decide(&command, &facts, now), decide(&command, &facts, now));
    }

    #[test]
    fn what_is_allowed_is_logged_without_secrets((command, facts) in case()) {
        let Ok(outcome) = decide(&command, &only(&facts, &needs(&command)), NOW) else { return Ok(()) };
        let audit = outcome.audit;
        prop_assert!(audit.is_some());
        let log = format!("{audit:?}");
        for secret in [HASH, "passwordProfile", "passwordCredentials"] {
            prop_assert!(!log.contains(secret), "{log}");
        }
    }

    #[test]
    fn nothing_is_incompatible_with_itself_or_with_what_is_no_security_group((command, facts) in case()) {
        // What a command doesn't ask for it can't know: the id of a new group is linked to nothing.
        let facts = only(&facts, &needs(&command));
        let Ok(outcome) = decide(&command, &facts, NOW) else { return Ok(()) };
        for change in &outcome.changes {
            match change {
                Change::Link { relation: Relation::IncompatiblePackage, from, to, .. } => prop_assert_ne!(from, to),
                Change::Link { relation: Relation::IncompatibleGroup, from, to, .. } => {
                    let secure = |fields: &Fields| fields.bool("securityEnabled") == Some(true);
                    let there = facts.entity_of(Kind::Group, *to).is_some_and(|group| secure(&group.fields));
                    let made = outcome.changes.iter().any(|change| matches!(
                        change, Change::Insert { kind: Kind::Group, id, fields } if id == to && secure(fields)
                    ));
                    prop_assert!(there || made);
                    prop_assert!(facts.entity_of(Kind::AccessPackage, *from).is_some_and(|package| package.may_change));
                    prop_assert!(!facts.linked(Relation::IncompatibleGroup, *from, *to));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn only_what_may_be_changed_is_changed((command, facts) in case()) {
        let Ok(outcome) = decide(&command, &only(&facts, &needs(&command)), NOW) else { return Ok(()) };
        for change in &outcome.changes {
            let (kind, id, among) = match change {
                Change::Update { kind, id, .. } | Change::Delete { kind, id } | Change::SoftDelete { kind, id, .. } => {
                    (*kind, *id, &facts.entities)
                }
                Change::Undelete { kind, id } => (*kind, *id, &facts.deleted),
                _ => continue,
            };
            let may = |entity: &Entity| entity.kind == kind && entity.id == id && entity.may_change;
            prop_assert!(among.iter().any(may), "{change:?}");
        }
    }

    #[test]
    fn new_objects_have_the_ids_of_the_command((command, facts) in case()) {
        let Ok(outcome) = decide(&command, &only(&facts, &needs(&command)), NOW) else { return Ok(()) };
        let known = format!("{command:?}");
        for change in &outcome.changes {
            if let Change::Insert { id, .. } = change {
                prop_assert!(known.contains(&id.to_string()));
            }
        }
    }
}
