//! What happens to every directory object alike: it is changed, deleted, and brought back.

use super::{application, category, group, link, merged, object, shown, user};
use crate::Instant;
use crate::checks::invalid;
use crate::command::{Kind, On, Relation, Restore, Update};
use crate::denial::Denial;
use crate::facts::Facts;
use crate::fields::{Fields, Value};
use crate::outcome::{Change, Operation, Outcome};
use crate::record::audit;
use uuid::Uuid;

/// Changes a directory object: the fields that are set, the links that are added (a manager is
/// replaced), and a user's password.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`], [`Denial::Invalid`] on the property that doesn't
/// fit, and for links as adding one by one: [`Denial::ReferenceNotFound`], [`Denial::ReferenceKind`],
/// [`Denial::LinkExists`].
pub fn update(update: &Update, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let entity = object(facts, update.kind, update.id)?;
    let mut fields = user::without_password(&update.fields);
    match entity.kind {
        Kind::User => user::change(&mut fields, facts)?,
        Kind::Group => group::change(entity, &mut fields)?,
        _ => application::change(entity, &mut fields)?,
    }
    let links = link::bound(entity.kind, entity.id, &update.links, facts)?;
    for (relation, to) in links.iter().copied() {
        if relation == Relation::Member {
            let member = facts.entity(to).map(|member| member.kind);
            group::takes(&merged(&entity.fields, &fields), member, link::bind(relation))?;
        }
        if relation != Relation::Manager && facts.linked(relation, entity.id, to) {
            return Err(Denial::LinkExists { relation, from: entity.id, to });
        }
    }
    let activity = activity(entity.kind, &fields, &links, update.password_hash.is_some());
    let mut changes = Vec::new();
    if let Some(hash) = &update.password_hash {
        if entity.kind != Kind::User {
            return Err(invalid("passwordProfile", "Only users have passwords."));
        }
        fields.set("lastPasswordChangeDateTime", Value::Time(now));
        changes.push(user::password(entity.id, hash, now));
    }
    let mut audit =
        audit(activity, category(entity.kind), Operation::Update).on_entity(entity).changed(&entity.fields, &fields);
    if links.iter().any(|(relation, _)| *relation == Relation::Manager) {
        audit.before.set("manager", facts.manager(entity.id).map_or(Value::Null, Value::Guid));
    }
    shown(&links, &mut audit.after);
    let presence = application::follow(entity, &fields, facts);
    if !fields.0.is_empty() {
        changes.insert(0, Change::Update { kind: entity.kind, id: entity.id, fields });
    }
    changes.extend(link::changes(entity.id, &links, now));
    let mut outcome = Outcome::new(changes, audit);
    outcome.extend(presence);
    Ok(outcome)
}

/// Deletes a directory object softly: its memberships end, and it can be restored. Service principals
/// too, as Entra does.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`]; [`Denial::BuiltIn`] for Microsoft Graph.
pub fn delete(target: &On, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let entity = object(facts, target.kind, target.id)?;
    if application::is_graph(entity) {
        let message = "The service principal of Microsoft Graph can't be deleted.";
        return Err(Denial::BuiltIn { kind: entity.kind, id: entity.id, message });
    }
    let activity = match entity.kind {
        Kind::User => "Delete user",
        Kind::Group => "Delete group",
        Kind::Application => "Delete application",
        _ => "Remove service principal",
    };
    let audit = audit(activity, category(entity.kind), Operation::Delete).on_entity(entity).before(&entity.fields);
    Ok(Outcome::new(vec![Change::SoftDelete { kind: entity.kind, id: entity.id, at: now }], audit))
}

/// Brings a deleted directory object back, without the memberships that ended. A group whose members
/// follow from a rule asks it about everybody again.
///
/// # Errors
/// [`Denial::NotFound`] where it isn't among the deleted ones, [`Denial::MayNotChange`].
/// [`Denial::Invalid`] for a new name that none can be.
pub fn restore(restore: &Restore, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let target = &restore.on;
    let missing = Denial::NotFound { kind: target.kind, id: target.id };
    let entity = facts.deleted.iter().find(|entity| entity.id == target.id && entity.kind == target.kind);
    let entity = entity.ok_or(missing.clone())?;
    let (kind, id) = (entity.kind, entity.id);
    let activity = match kind {
        Kind::User => "Restore user",
        Kind::Group => "Restore group",
        Kind::Application => "Restore application",
        Kind::ServicePrincipal => "Restore service principal",
        _ => return Err(missing),
    };
    if !entity.may_change {
        return Err(Denial::MayNotChange { kind, id });
    }
    let mut after = entity.fields.clone();
    let mut changes = Vec::new();
    if let Some(name) = &restore.user_principal_name {
        let fields = renamed(kind, name, facts)?;
        after = merged(&after, &fields);
        // The new name first: the old one may be somebody else's.
        changes.push(Change::Update { kind, id, fields });
    }
    changes.push(Change::Undelete { kind, id });
    let audit = audit(activity, category(kind), Operation::Update).on_entity(entity).after(&after);
    if kind == Kind::Group && group::is_dynamic(&entity.fields) {
        changes.push(Change::EvaluateAll { due: now });
    }
    Ok(Outcome::new(changes, audit).showing(kind, id))
}

/// The name that a restored user is to have.
fn renamed(kind: Kind, name: &str, facts: &Facts) -> Result<Fields, Denial> {
    const SAID: &str = "newUserPrincipalName";
    if kind != Kind::User {
        return Err(invalid(SAID, "Only users have one."));
    }
    let mut fields = Fields::default();
    fields.set("userPrincipalName", Value::Text(name.to_owned()));
    user::change(&mut fields, facts).map_err(|denial| match denial {
        Denial::Invalid { message, .. } => Denial::Invalid { target: SAID, message },
        other => other,
    })?;
    Ok(fields)
}

/// What the log calls an update: by its name of its own where it does one thing only.
fn activity(kind: Kind, fields: &Fields, links: &[(Relation, Uuid)], password: bool) -> &'static str {
    let one_field = (fields.0.len() == 1 && links.is_empty() && !password).then(|| fields.bool("accountEnabled"));
    match (kind, one_field.flatten(), links) {
        (Kind::User, Some(true), _) => "Enable account",
        (Kind::User, Some(false), _) => "Disable account",
        (_, _, [(relation, _)]) if fields.0.is_empty() && !password => link::activity(kind, *relation, true),
        (Kind::User, _, []) if fields.0.is_empty() && password => "Reset password",
        (Kind::User, ..) => "Update user",
        (Kind::Group, ..) => "Update group",
        (Kind::Application, ..) => "Update application",
        _ => "Update service principal",
    }
}
