//! Links between directory objects: members, owners, sponsors and managers; one at a time by
//! `$ref`, or up to twenty in a body.

use super::{category, group, object};
use crate::Instant;
use crate::checks::invalid;
use crate::command::{Kind, Link, Relation};
use crate::denial::Denial;
use crate::facts::{Entity, Facts};
use crate::fields::Value;
use crate::outcome::{Audit, Change, Operation, Outcome};
use crate::record::{audit, name};
use uuid::Uuid;

/// How many links a body may ask for (the directory's rule).
pub const LINKS_MAX: usize = 20;

const REFERENCE: &str = "@odata.id";

/// Adds a member, an owner or a sponsor; sets the manager in place of the one before.
///
/// Graph answers [`Denial::LinkExists`] here with 400 and `One or more added object references already
/// exist for the following modified properties: 'members'.`
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`], [`Denial::ReferenceNotFound`],
/// [`Denial::ReferenceKind`], [`Denial::Invalid`] for a link of an object with itself, of a kind that
/// has none, or a member of a dynamic group; [`Denial::LinkExists`].
pub fn link_add(link: &Link, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let near = object(facts, link.from_kind, link.from)?;
    let relation = link.relation;
    belongs(near.kind, relation, REFERENCE)?;
    other_than_itself(relation, link.from, link.to, REFERENCE)?;
    let far = target(facts, relation, link.to, link.to_kind, REFERENCE)?;
    if relation == Relation::Member {
        group::takes(&near.fields, Some(far.kind), REFERENCE)?;
    }
    let mut audit = audit(activity(near.kind, relation, true), category(near.kind), Operation::Assign)
        .on_entity(near)
        .with(far.kind, far.id, name(&far.fields));
    if relation == Relation::Manager {
        managed(&mut audit, facts.manager(near.id), Some(far.id));
    } else if facts.linked(relation, link.from, link.to) {
        return Err(Denial::LinkExists { relation, from: link.from, to: link.to });
    }
    Ok(Outcome::new(vec![Change::Link { relation, from: near.id, to: far.id, at: now }], audit))
}

/// Removes a link. The object at its far end needn't be there any more. The last owner may go too
/// (our decision: whoever administers groups can name another).
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`], [`Denial::LinkMissing`]; [`Denial::Invalid`] for a
/// kind that has no such link, or a member of a dynamic group.
pub fn link_remove(link: &Link, facts: &Facts) -> Result<Outcome, Denial> {
    let near = object(facts, link.from_kind, link.from)?;
    let relation = link.relation;
    belongs(near.kind, relation, REFERENCE)?;
    if relation == Relation::Member {
        group::assigned(&near.fields, REFERENCE)?;
    }
    let to = match relation {
        Relation::Manager => facts.manager(near.id).filter(|manager| link.to.is_nil() || *manager == link.to),
        _ => facts.linked(relation, link.from, link.to).then_some(link.to),
    };
    let to = to.ok_or(Denial::LinkMissing { relation, from: link.from, to: link.to })?;
    let far = facts.entity(to).filter(|far| Kind::DIRECTORY.contains(&far.kind));
    let mut audit =
        audit(activity(near.kind, relation, false), category(near.kind), Operation::Unassign).on_entity(near);
    audit.other = Some(far.map_or((Kind::User, to, String::new()), |far| (far.kind, to, name(&far.fields).to_owned())));
    if relation == Relation::Manager {
        managed(&mut audit, Some(to), None);
    }
    Ok(Outcome::new(vec![Change::Unlink { relation, from: near.id, to }], audit))
}

/// Checks the links that a body asks for, all or nothing.
///
/// # Errors
/// As [`link_add`], with the name of the binding as the target; [`Denial::Invalid`] for more than
/// [`LINKS_MAX`], or one that is asked for twice.
pub(super) fn bound(
    kind: Kind,
    id: Uuid,
    links: &[(Relation, Uuid)],
    facts: &Facts,
) -> Result<Vec<(Relation, Uuid)>, Denial> {
    let mut checked: Vec<(Relation, Uuid)> = Vec::new();
    for (relation, to) in links.iter().copied() {
        let named = bind(relation);
        if checked.len() == LINKS_MAX {
            return Err(invalid(named, format!("A request can bind at most {LINKS_MAX} references.")));
        }
        belongs(kind, relation, named)?;
        other_than_itself(relation, id, to, named)?;
        if checked.contains(&(relation, to)) {
            return Err(duplicate(relation));
        }
        if relation == Relation::Manager && checked.iter().any(|(other, _)| *other == relation) {
            return Err(invalid(named, "A user has one manager."));
        }
        target(facts, relation, to, None, named)?;
        checked.push((relation, to));
    }
    Ok(checked)
}

pub(super) fn changes(from: Uuid, links: &[(Relation, Uuid)], now: Instant) -> impl Iterator<Item = Change> {
    links.iter().map(move |(relation, to)| Change::Link { relation: *relation, from, to: *to, at: now })
}

/// The refusal that Terraform knows: it tries again without itself among the owners.
pub(super) fn duplicate(relation: Relation) -> Denial {
    invalid(bind(relation), "Request contains a property with duplicate values")
}

pub(super) fn bind(relation: Relation) -> &'static str {
    match relation {
        Relation::Member => "members@odata.bind",
        Relation::Owner => "owners@odata.bind",
        Relation::Sponsor => "sponsors@odata.bind",
        Relation::Manager => "manager@odata.bind",
        Relation::IncompatibleGroup => "incompatibleGroups@odata.bind",
        Relation::IncompatiblePackage => "incompatibleAccessPackages@odata.bind",
        Relation::InternalSponsor => "internalSponsors@odata.bind",
        Relation::ExternalSponsor => "externalSponsors@odata.bind",
    }
}

/// What the log calls adding or removing such a link.
pub(crate) fn activity(near: Kind, relation: Relation, add: bool) -> &'static str {
    match (relation, near, add) {
        (Relation::Manager, _, true) => "Set user manager",
        (Relation::Manager, _, false) => "Remove user manager",
        (Relation::Sponsor, _, true) => "Add sponsor to user",
        (Relation::Sponsor, _, false) => "Remove sponsor from user",
        (Relation::Owner, Kind::Application, true) => "Add owner to application",
        (Relation::Owner, Kind::Application, false) => "Remove owner from application",
        (Relation::Owner, Kind::ServicePrincipal, true) => "Add owner to service principal",
        (Relation::Owner, Kind::ServicePrincipal, false) => "Remove owner from service principal",
        (Relation::Owner, _, true) => "Add owner to group",
        (Relation::Owner, _, false) => "Remove owner from group",
        (_, _, true) => "Add member to group",
        (_, _, false) => "Remove member from group",
    }
}

fn managed(audit: &mut Audit, before: Option<Uuid>, after: Option<Uuid>) {
    audit.before.set("manager", before.map_or(Value::Null, Value::Guid));
    audit.after.set("manager", after.map_or(Value::Null, Value::Guid));
}

/// Which links start from which kind.
fn belongs(kind: Kind, relation: Relation, named: &'static str) -> Result<(), Denial> {
    let fits = match relation {
        Relation::Member => kind == Kind::Group,
        Relation::Owner => matches!(kind, Kind::Group | Kind::Application | Kind::ServicePrincipal),
        Relation::Sponsor | Relation::Manager => kind == Kind::User,
        Relation::IncompatibleGroup
        | Relation::IncompatiblePackage
        | Relation::InternalSponsor
        | Relation::ExternalSponsor => false,
    };
    if fits { Ok(()) } else { Err(invalid(named, format!("A {} has no {}.", kind.name(), relation.name()))) }
}

fn other_than_itself(relation: Relation, from: Uuid, to: Uuid, named: &'static str) -> Result<(), Denial> {
    match relation {
        Relation::Member if from == to => Err(invalid(named, "A group can't be a member of itself.")),
        Relation::Manager if from == to => Err(invalid(named, "A user can't be her own manager.")),
        _ => Ok(()),
    }
}

/// The object at the far end. `groups/{id}` of a user is a group that isn't there.
pub(crate) fn target<'a>(
    facts: &'a Facts,
    relation: Relation,
    to: Uuid,
    said: Option<Kind>,
    named: &'static str,
) -> Result<&'a Entity, Denial> {
    let (kinds, wanted): (&[Kind], &'static str) = match relation {
        Relation::Member => (&[Kind::User, Kind::Group, Kind::ServicePrincipal], "user, group or servicePrincipal"),
        Relation::Owner => (&[Kind::User, Kind::ServicePrincipal], "user or servicePrincipal"),
        Relation::Sponsor | Relation::InternalSponsor | Relation::ExternalSponsor => {
            (&[Kind::User, Kind::Group], "user or group")
        }
        Relation::Manager => (&[Kind::User], "user"),
        Relation::IncompatibleGroup | Relation::IncompatiblePackage => (&[], "nothing"),
    };
    let kind = said.or(kinds.first().copied()).unwrap_or(Kind::User);
    let missing = Denial::ReferenceNotFound { target: named, kind, id: to };
    let far = facts.entity(to).ok_or(missing.clone())?;
    if said.is_some_and(|kind| kind != far.kind) {
        return Err(missing);
    }
    if kinds.contains(&far.kind) {
        Ok(far)
    } else {
        Err(Denial::ReferenceKind { target: named, id: to, found: far.kind, wanted })
    }
}
