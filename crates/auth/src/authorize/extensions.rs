//! Custom extensions: by which row each of their commands must have come, and where the entity that it is
//! about is read.

use super::CATALOGS;
use super::write::Expected;
use crate::policy::{Resource, Verb};
use domain::command::{ExtensionCommand, Kind};
use uuid::Uuid;

const EXTENSIONS: Resource = Resource::Edge("accessPackageCatalog", "customWorkflowExtensions");

pub(super) fn expected(command: &ExtensionCommand) -> Expected {
    let verbs: &[Verb] = match command {
        ExtensionCommand::Create(_) => &[Verb::Create],
        ExtensionCommand::Replace(_) => &[Verb::Update],
        ExtensionCommand::Delete(_) => &[Verb::Delete],
    };
    Expected { verbs, kind: Kind::Extension, link: None }
}

pub(super) fn primary(command: &ExtensionCommand) -> Resource {
    match command {
        ExtensionCommand::Create(_) => CATALOGS,
        ExtensionCommand::Replace(_) | ExtensionCommand::Delete(_) => EXTENSIONS,
    }
}

/// The entities that the answer may show.
pub(super) fn shown(command: &ExtensionCommand) -> Vec<Uuid> {
    match command {
        ExtensionCommand::Create(create) => vec![create.id],
        ExtensionCommand::Replace(replace) => vec![replace.id],
        ExtensionCommand::Delete(_) => vec![],
    }
}
