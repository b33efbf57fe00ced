//! Requests, approvals and assignments: by which way each of their commands must have come, and where
//! the entity that it is about is read.

use super::write::Expected;
use super::{Level, PACKAGES};
use crate::caller::{Identity, IdentityKind};
use crate::permission::Permissions;
use crate::permit::{Permit, WritePermit};
use crate::policy::{Resource, Verb};
use crate::rule::WriteRules;
use domain::command::{Command, Kind};
use domain::lifecycle::{RequestCommand, Work};
use model::def::Op;
use std::sync::Arc;
use uuid::Uuid;

const REQUESTS: Resource = Resource::Edge("entitlementManagement", "assignmentRequests");
const ASSIGNMENTS: Resource = Resource::Edge("entitlementManagement", "assignments");
const STAGES: Resource = Resource::Edge("approval", "stages");

pub(super) fn expected(command: &RequestCommand) -> Expected {
    let plain = |kind, verbs| Expected { verbs, kind, link: None };
    match command {
        RequestCommand::Create(create) if create.request_type.by_user() => plain(Kind::Request, &[Verb::CreateOwn]),
        RequestCommand::Create(_) => plain(Kind::Request, &[Verb::Create]),
        RequestCommand::Cancel(_) => plain(Kind::Request, &[Verb::Act(Op::Cancel)]),
        RequestCommand::Reprocess(_) => plain(Kind::Request, &[Verb::Act(Op::Reprocess)]),
        RequestCommand::Delete(_) => plain(Kind::Request, &[Verb::Delete]),
        RequestCommand::Decide(_) => plain(Kind::ApprovalStage, &[Verb::Update]),
        RequestCommand::Resume(_) => plain(Kind::Request, &[Verb::Act(Op::Resume)]),
        RequestCommand::Enforce(_) => plain(Kind::Assignment, &[Verb::Act(Op::Reprocess)]),
    }
}

pub(super) fn primary(command: &RequestCommand) -> Option<Resource> {
    match command {
        // Hidden packages can be asked for all the same: the rule says who may.
        RequestCommand::Create(create) if create.request_type.by_user() => None,
        RequestCommand::Create(create) => match create.about() {
            Some((Kind::AccessPackage, _)) => Some(PACKAGES),
            _ => Some(ASSIGNMENTS),
        },
        RequestCommand::Cancel(_)
        | RequestCommand::Reprocess(_)
        | RequestCommand::Resume(_)
        | RequestCommand::Delete(_) => Some(REQUESTS),
        RequestCommand::Decide(_) => Some(STAGES),
        RequestCommand::Enforce(_) => Some(ASSIGNMENTS),
    }
}

pub(super) fn shown(command: &RequestCommand) -> Vec<Uuid> {
    match command {
        RequestCommand::Create(create) => vec![create.id],
        _ => Vec::new(),
    }
}

/// The permit for a task of the worker, which acts for Doorward itself and asks nobody. Only work can
/// be permitted so: whatever a caller may ask for goes by the table.
pub fn authorize_work(tenant: Uuid, work: Work) -> WritePermit {
    let open = Level::OPEN.rule.rows;
    let rules = WriteRules {
        see: open.clone(),
        change: open.clone(),
        see_other: open.clone(),
        change_other: open,
        area: None,
        privileged: true,
    };
    let identity = Identity {
        tenant,
        principal: Uuid::nil(),
        app: Uuid::nil(),
        kind: IdentityKind::Application,
        is_ours: true,
        permissions: Permissions::of(&[]),
        name: "Doorward".to_owned(),
        expires_at: i64::MAX,
    };
    Permit::new(Command::Work(work), rules, Arc::new(identity))
}
