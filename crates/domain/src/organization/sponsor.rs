//! Sponsors: users and groups who may decide about an organization's people. Whether one is called
//! internal or external is the caller's to say (our decision: both may be members or guests).

use crate::Instant;
use crate::checks::changeable;
use crate::command::{Kind, Link, Relation};
use crate::denial::Denial;
use crate::directory::link::target;
use crate::facts::Facts;
use crate::outcome::{Change, Operation, Outcome};
use crate::record::{ENTITLEMENT, audit, name};

const REFERENCE: &str = "@odata.id";

/// Names a sponsor.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`], [`Denial::ReferenceNotFound`],
/// [`Denial::ReferenceKind`] for what is neither user nor group, [`Denial::LinkExists`].
pub fn add(link: &Link, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let organization = changeable(facts, Kind::Organization, link.from)?;
    let (relation, from, to) = (link.relation, link.from, link.to);
    let far = target(facts, relation, to, link.to_kind, REFERENCE)?;
    if facts.linked(relation, from, to) {
        return Err(Denial::LinkExists { relation, from, to });
    }
    let audit = audit(activity(relation, true), ENTITLEMENT, Operation::Assign).on_entity(organization).with(
        far.kind,
        to,
        name(&far.fields),
    );
    Ok(Outcome::new(vec![Change::Link { relation, from, to, at: now }], audit))
}

/// Takes a sponsor's name off. Who it was needn't be there any more.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`], [`Denial::LinkMissing`].
pub fn remove(link: &Link, facts: &Facts) -> Result<Outcome, Denial> {
    let organization = changeable(facts, Kind::Organization, link.from)?;
    let (relation, from, to) = (link.relation, link.from, link.to);
    if !facts.linked(relation, from, to) {
        return Err(Denial::LinkMissing { relation, from, to });
    }
    let (kind, name) = facts.entity(to).map_or((Kind::User, ""), |far| (far.kind, name(&far.fields)));
    let audit =
        audit(activity(relation, false), ENTITLEMENT, Operation::Unassign).on_entity(organization).with(kind, to, name);
    Ok(Outcome::new(vec![Change::Unlink { relation, from, to }], audit))
}

fn activity(relation: Relation, add: bool) -> &'static str {
    match (relation, add) {
        (Relation::InternalSponsor, true) => "Add internal sponsor to connected organization",
        (Relation::InternalSponsor, false) => "Remove internal sponsor from connected organization",
        (_, true) => "Add external sponsor to connected organization",
        (_, false) => "Remove external sponsor from connected organization",
    }
}
