//! The world outside: by which row each of its commands must have come, and where the entity that it is
//! about is read.

use super::write::Expected;
use crate::policy::{Resource, Verb};
use domain::command::{Kind, Link, OrganizationCommand};
use uuid::Uuid;

const ORGANIZATIONS: Resource = Resource::Edge("entitlementManagement", "connectedOrganizations");
const SETTINGS: Resource = Resource::Edge("entitlementManagement", "settings");
const CONTROLS: Resource = Resource::Edge("entitlementManagement", "controlConfigurations");
const SUBJECTS: Resource = Resource::Edge("entitlementManagement", "subjects");

pub(super) fn expected(command: &OrganizationCommand) -> Expected {
    let plain = |kind, verbs| Expected { verbs, kind, link: None };
    let link =
        |to: &Link, verbs| Expected { verbs, kind: Kind::User, link: Some((Kind::Organization, to.relation.name())) };
    match command {
        OrganizationCommand::Create(_) => plain(Kind::Organization, &[Verb::Create]),
        OrganizationCommand::Update(_) => plain(Kind::Organization, &[Verb::Update]),
        OrganizationCommand::Delete(_) => plain(Kind::Organization, &[Verb::Delete]),
        OrganizationCommand::SponsorAdd(to) => link(to, &[Verb::LinkAdd]),
        OrganizationCommand::SponsorRemove(to) => link(to, &[Verb::LinkRemove]),
        OrganizationCommand::Settings(_) => plain(Kind::Settings, &[Verb::Update]),
        OrganizationCommand::EndUserSettings(_) => plain(Kind::EndUserSettings, &[Verb::Update]),
        OrganizationCommand::Subject(_) => plain(Kind::Subject, &[Verb::Update]),
    }
}

pub(super) fn primary(command: &OrganizationCommand) -> Option<Resource> {
    match command {
        OrganizationCommand::Create(_) => None,
        OrganizationCommand::Update(_)
        | OrganizationCommand::Delete(_)
        | OrganizationCommand::SponsorAdd(_)
        | OrganizationCommand::SponsorRemove(_) => Some(ORGANIZATIONS),
        OrganizationCommand::Settings(_) => Some(SETTINGS),
        OrganizationCommand::EndUserSettings(_) => Some(CONTROLS),
        OrganizationCommand::Subject(_) => Some(SUBJECTS),
    }
}

/// The entities that the answer may show.
pub(super) fn shown(command: &OrganizationCommand) -> Vec<Uuid> {
    match command {
        OrganizationCommand::Create(create) => vec![create.id],
        OrganizationCommand::Update(update)
        | OrganizationCommand::EndUserSettings(update)
        | OrganizationCommand::Subject(update) => vec![update.id],
        OrganizationCommand::Delete(_)
        | OrganizationCommand::SponsorAdd(_)
        | OrganizationCommand::SponsorRemove(_)
        | OrganizationCommand::Settings(_) => vec![],
    }
}
