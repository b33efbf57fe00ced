//! `$ref`: links that are added, set and removed.

use super::fields::relation;
use super::target::{id_of, kind_of, last_navigation, reference};
use super::{Ask, Lookup, Then, Write, method_fault};
use crate::error::Error;
use auth::policy::Verb;
use domain::command::{Command, Kind, Link, OrganizationCommand, Relation};
use odata::body::read_link;
use odata::query::{Key, Step};
use uuid::Uuid;

/// POST to `…/$ref` of a collection, or PUT to that of a single link.
pub async fn add(ask: &Ask<'_>, verb: Verb, lookup: &impl Lookup) -> Result<Write, Error> {
    let (relation, from_kind, before, owner) = link(ask)?;
    let text = read_link(ask.body)?;
    let (to, to_kind) = reference(ask, &text, "@odata.id", lookup).await?;
    let from = id_of(ask, before, owner, lookup).await?;
    let link = Link { relation, from_kind, from, to, to_kind };
    Ok(write(ask, verb, add_command(link)))
}

/// DELETE of `…/{id}/$ref`, of `…/$ref?@id=…`, or of the `$ref` of a single link.
pub async fn remove(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Write, Error> {
    let (relation, from_kind, before, owner) = link(ask)?;
    let target = &ask.intent.target;
    let to = match (target.steps.last(), ask.reference) {
        (Some(Step::Key(Key::Id(id))), _) => Uuid::try_parse(id)
            .map_err(|_| Error::from(store::Error::NotFound { kind: "directoryObject", key: id.clone() }))?,
        (Some(Step::Key(Key::Alternate { .. })), _) => id_of(ask, &target.steps, target.ty, lookup).await?,
        (_, Some(text)) => reference(ask, text, "@id", lookup).await?.0,
        // There is one manager at most: nobody needs to say who.
        (_, None) if !target.many => Uuid::nil(),
        (_, None) => return Err(method_fault(ask)),
    };
    let from = id_of(ask, before, owner, lookup).await?;
    let link = Link { relation, from_kind, from, to, to_kind: None };
    Ok(write(ask, Verb::LinkRemove, remove_command(link)))
}

/// The link that the path ends in: which, from what kind, the path to that, and its type.
fn link<'a>(ask: &'a Ask<'_>) -> Result<(Relation, Kind, &'a [Step], odata::schema::TypeId), Error> {
    let target = &ask.intent.target;
    let (at, owner, nav) = last_navigation(target).ok_or_else(|| method_fault(ask))?;
    let relation = relation(ask.surface, owner, nav).ok_or_else(|| method_fault(ask))?;
    let kind = kind_of(ask.surface, owner).ok_or_else(|| method_fault(ask))?;
    Ok((relation, kind, target.steps.get(..at).unwrap_or_default(), owner))
}

fn add_command(link: Link) -> Command {
    match link.relation {
        Relation::IncompatibleGroup | Relation::IncompatiblePackage => Command::IncompatibleAdd(link),
        Relation::Member | Relation::Owner | Relation::Sponsor | Relation::Manager => Command::LinkAdd(link),
        Relation::InternalSponsor | Relation::ExternalSponsor => {
            Command::Organization(OrganizationCommand::SponsorAdd(link))
        }
    }
}

fn remove_command(link: Link) -> Command {
    match link.relation {
        Relation::IncompatibleGroup | Relation::IncompatiblePackage => Command::IncompatibleRemove(link),
        Relation::Member | Relation::Owner | Relation::Sponsor | Relation::Manager => Command::LinkRemove(link),
        Relation::InternalSponsor | Relation::ExternalSponsor => {
            Command::Organization(OrganizationCommand::SponsorRemove(link))
        }
    }
}

fn write(ask: &Ask<'_>, verb: Verb, command: Command) -> Write {
    Write { command, verb, target: ask.intent.target.clone(), then: Then::Nothing }
}
