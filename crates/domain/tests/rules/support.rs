//! What the tests are written with. No test here.

use domain::command::{Command, Create, Kind, Relation, Update};
use domain::denial::Denial;
use domain::facts::{Entity, Facts, Needs, needs};
use domain::fields::{Fields, Value};
use domain::outcome::{Change, Outcome};
use uuid::Uuid;

pub const NOW: i64 = 1_700_000_000_000_000;

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn fields<const N: usize>(pairs: [(&'static str, Value); N]) -> Fields {
    Fields(pairs.to_vec())
}

pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub fn json(text: &str) -> Value {
    Value::Json(text.to_owned())
}

pub fn entity(kind: Kind, number: u128, fields: Fields) -> Entity {
    Entity { kind, id: id(number), fields, may_change: true }
}

pub fn fixed(mut entity: Entity) -> Entity {
    entity.may_change = false;
    entity
}

pub fn user(number: u128) -> Entity {
    entity(Kind::User, number, fields([("displayName", text("Ada")), ("userPrincipalName", text("ada@a.test"))]))
}

pub fn group(number: u128) -> Entity {
    let values = [
        ("displayName", text("Payers")),
        ("mailEnabled", Value::Bool(false)),
        ("securityEnabled", Value::Bool(true)),
        ("groupTypes", json("[]")),
    ];
    entity(Kind::Group, number, fields(values))
}

pub fn package(number: u128, catalog: u128) -> Entity {
    let values = [("displayName", text("Payments")), ("catalogId", Value::Guid(id(catalog)))];
    entity(Kind::AccessPackage, number, fields(values))
}

pub fn catalog(number: u128) -> Entity {
    entity(Kind::Catalog, number, fields([("displayName", text("Finance")), ("catalogType", Value::Int(1))]))
}

pub fn facts<const N: usize>(entities: [Entity; N]) -> Facts {
    Facts { entities: entities.to_vec(), domains: vec!["a.test".to_owned(), "b.test".to_owned()], ..Facts::default() }
}

pub fn linked(mut facts: Facts, relation: Relation, from: u128, to: u128) -> Facts {
    facts.links.push((relation, id(from), id(to)));
    facts
}

pub fn create(number: u128, fields: Fields) -> Create {
    Create { id: id(number), fields, links: Vec::new(), password_hash: None, creator: None, owner_assignment: None }
}

pub fn update(kind: Kind, number: u128, fields: Fields) -> Update {
    Update { kind, id: id(number), fields, links: Vec::new(), password_hash: None }
}

/// Of `facts`, those that `needs` names.
pub fn only(facts: &Facts, needs: &Needs) -> Facts {
    const OF_RESOURCES: [Kind; 4] = [Kind::Environment, Kind::Resource, Kind::ResourceRole, Kind::ResourceScope];
    let wanted = |entity: &&Entity| {
        needs.entities.iter().any(|(kinds, id)| *id == entity.id && kinds.contains(&entity.kind))
            // The ways to a resource are the store's to walk.
            || (!needs.resources.is_empty() && OF_RESOURCES.contains(&entity.kind))
    };
    let link = |link: &&(Relation, Uuid, Uuid)| {
        needs.links.contains(link) || (link.0 == Relation::Manager && needs.managers.contains(&link.1))
    };
    Facts {
        entities: facts.entities.iter().filter(wanted).cloned().collect(),
        deleted: facts.deleted.iter().filter(|entity| needs.deleted.contains(&entity.id)).cloned().collect(),
        links: facts.links.iter().filter(link).copied().collect(),
        counts: facts.counts.iter().filter(|(what, of, _)| needs.counts.contains(&(*what, *of))).copied().collect(),
        application: facts.application.clone().filter(|_| needs.application.is_some()),
        domains: if needs.domains { facts.domains.clone() } else { Vec::new() },
        role_scopes: if needs.resources.is_empty() { Vec::new() } else { facts.role_scopes.clone() },
        subjects: facts.subjects.iter().filter(|(object, _)| needs.subjects.contains(object)).copied().collect(),
        app_roles: if needs.documents { facts.app_roles.clone() } else { Vec::new() },
        present: facts.present.iter().filter(|each| needs.present.contains(each)).copied().collect(),
        replaced: facts.replaced.clone().filter(|_| needs.replaced),
        ..Facts::default()
    }
}

pub fn decide(command: &Command, facts: &Facts) -> Result<Outcome, Denial> {
    domain::decide(command, &only(facts, &needs(command)), NOW)
}

/// The outcome of a command that must be allowed; the log knows of it.
pub fn allowed(command: &Command, facts: &Facts) -> Outcome {
    let outcome = decide(command, facts).unwrap_or_else(|denial| panic!("{command:?} was denied: {denial:?}"));
    assert!(outcome.audit.is_some(), "no audit row for {command:?}");
    outcome
}

pub fn denied(command: &Command, facts: &Facts) -> Denial {
    match decide(command, facts) {
        Err(denial) => denial,
        Ok(outcome) => panic!("{command:?} was allowed: {outcome:?}"),
    }
}

/// The target of a refusal for a wrong value.
pub fn invalid(command: &Command, facts: &Facts) -> (&'static str, String) {
    match denied(command, facts) {
        Denial::Invalid { target, message } => (target, message),
        other => panic!("{command:?} was denied otherwise: {other:?}"),
    }
}

pub fn activity(outcome: &Outcome) -> &'static str {
    outcome.audit.as_ref().map_or("", |audit| audit.activity)
}

/// The fields of the first entity of this kind that the outcome inserts or updates.
pub fn written(outcome: &Outcome, wanted: Kind) -> Fields {
    let found = outcome.changes.iter().find_map(|change| match change {
        Change::Insert { kind, fields, .. } | Change::Update { kind, fields, .. } if *kind == wanted => Some(fields),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("nothing written of {wanted:?} in {outcome:?}")).clone()
}

pub fn link(relation: Relation, from: u128, to: u128) -> Change {
    Change::Link { relation, from: id(from), to: id(to), at: NOW }
}
