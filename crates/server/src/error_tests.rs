//! The map of errors as a golden text: every kind of error in both parts of Graph, with its status,
//! its code and its words. A change of it is a change of the interface, and shows in the diff.

use super::*;
use auth::permission::Permission;
use auth::policy::Verb;
use odata::budget::{Over, Scope};
use std::fmt::Write;
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(0x1111_1111_1111_4111_8111_1111_1111_1111);
const OTHER: Uuid = Uuid::from_u128(0x2222_2222_2222_4222_8222_2222_2222_2222);
const BY: Uuid = Uuid::from_u128(0x3333_3333_3333_4333_8333_3333_3333_3333);

fn faults() -> Vec<(String, Error)> {
    [
        FaultKind::Url,
        FaultKind::Segment,
        FaultKind::Key,
        FaultKind::Option,
        FaultKind::OptionValue,
        FaultKind::Filter,
        FaultKind::NeedsConsistency,
        FaultKind::Json,
        FaultKind::AnswerTooLarge,
        FaultKind::TooLong,
        FaultKind::Slow,
        FaultKind::Broken,
        FaultKind::Condition,
        FaultKind::UnknownProperty,
        FaultKind::Value,
        FaultKind::Reference,
        FaultKind::TooLarge,
        FaultKind::Batch,
        FaultKind::Method,
        FaultKind::NotAcceptable,
        FaultKind::ContentType,
    ]
    .into_iter()
    .map(|kind| (format!("Fault {kind:?}"), Fault::new(kind, "target", "(as the protocol puts it)").into()))
    .chain([(
        "Fault NeedsConsistency of $count".to_owned(),
        Fault::new(FaultKind::NeedsConsistency, "$count", "(as the protocol puts it)").into(),
    )])
    .collect()
}

fn tokens() -> Vec<(String, Error)> {
    [
        TokenFault::Missing,
        TokenFault::Malformed { what: "it is too long" },
        TokenFault::UnknownIssuer,
        TokenFault::UnknownKey { issuer: "issuer".to_owned(), kid: "kid".to_owned() },
        TokenFault::BadSignature,
        TokenFault::Expired,
        TokenFault::NotYetValid,
        TokenFault::WrongAudience,
        TokenFault::WrongTenant,
        TokenFault::AlgorithmNotAllowed,
    ]
    .into_iter()
    .map(|fault| (format!("Token {}", name(&fault)), fault.into()))
    .collect()
}

fn refusals() -> Vec<(String, Error)> {
    let resource = Resource::Set("groups");
    let needed = Permission::find("Group.Read.All").into_iter().collect();
    [
        Refusal::NoPermission { resource, verb: Verb::Read, needed },
        Refusal::DelegatedOnly { resource },
        Refusal::DelegatedOnly { resource: Resource::Set("me") },
        Refusal::ApplicationOnly { resource },
        Refusal::NeedsRole { resource, verb: Verb::Create, roles: vec![domain::role::CATALOG_OWNER] },
        Refusal::FieldsNotAllowed { fields: vec!["displayName"] },
        Refusal::PropertyHidden { property: "displayName" },
        Refusal::PathNarrowed { resource },
        Refusal::NoRule,
    ]
    .into_iter()
    .map(|refusal| (format!("Refused {}", name(&refusal)), refusal.into()))
    .collect()
}

fn denials() -> Vec<(String, Error)> {
    let (from, to) = (ID, OTHER);
    let kinds =
        [Kind::User, Kind::Group, Kind::ServicePrincipal, Kind::Application, Kind::Catalog, Kind::AccessPackage];
    let relations = [
        Relation::Member,
        Relation::Owner,
        Relation::Sponsor,
        Relation::Manager,
        Relation::IncompatibleGroup,
        Relation::IncompatiblePackage,
        Relation::InternalSponsor,
        Relation::ExternalSponsor,
    ];
    let kind = Kind::AccessPackage;
    let mut all = vec![
        Denial::NotFound { kind, id: ID },
        Denial::ReferenceNotFound { target: "@odata.id", kind: Kind::Group, id: ID },
        Denial::ReferenceKind { target: "@odata.id", id: ID, found: Kind::User, wanted: "group" },
        Denial::MayNotChange { kind, id: ID },
        Denial::Invalid { target: "displayName", message: "Property 'displayName' can't be so.".to_owned() },
        Denial::Invalid { target: "displayName", message: "Words that don't name it.".to_owned() },
        Denial::IncompatibleWithItself { package: ID },
        Denial::InUse { kind: Kind::Catalog, id: ID, by: "accessPackages", count: 2 },
        Denial::BuiltIn { kind: Kind::Catalog, id: ID, message: "The built-in catalog can't be deleted." },
        Denial::Taken { kind: Kind::AccessPackage, target: "displayName" },
        Denial::Taken { kind: Kind::ServicePrincipal, target: "appId" },
        Denial::Taken { kind: Kind::Resource, target: "originId" },
        Denial::ResourceOnboarded { target: "resource/originId", catalog: ID, resource: OTHER },
        Denial::ResourceInUse { target: "resource", resource: ID, count: 2 },
        Denial::NotResourceOwner { target: "resource/originId", kind: Kind::Group, id: ID },
        Denial::PartMissing { target: "role", kind: Kind::ResourceRole, name: "Guest".to_owned() },
        Denial::PartMissing { target: "scope", kind: Kind::ResourceScope, name: "x".to_owned() },
        Denial::RoleScopeExists { package: ID, role_scope: "x_y".to_owned() },
    ];
    all.extend(settings());
    all.extend(requests());
    all.extend(kinds.map(|kind| Denial::Taken { kind, target: "id" }));
    all.extend(relations.map(|relation| Denial::LinkExists { relation, from, to }));
    all.extend(relations.map(|relation| Denial::LinkMissing { relation, from, to }));
    all.into_iter().map(|denial| (format!("Denied {denial:?}"), store::Error::from(denial).into())).collect()
}

/// What is wrong within a policy, by its path.
fn settings() -> Vec<Denial> {
    let path = "requestApprovalSettings/stages/0/primaryApprovers/1".to_owned();
    vec![
        Denial::Setting { path: path.clone(), message: format!("'{path}' can't be so.") },
        Denial::Setting { path: path.clone(), message: "Words that don't name it.".to_owned() },
        Denial::SettingNotFound { path, kind: Kind::User, id: ID },
    ]
}

/// What stands against a request, or against a decision about one.
fn requests() -> Vec<Denial> {
    let held = |is_assignment| Conflict::Package { package: OTHER, name: "Pay".to_owned(), by: BY, is_assignment };
    let member = || Conflict::Group { group: OTHER, name: "Clerks".to_owned(), chain: vec![BY, OTHER] };
    let conflicts = [vec![held(true)], vec![held(false)], vec![member()], vec![held(true), member()]];
    let mut all: Vec<Denial> =
        conflicts.into_iter().map(|conflicts| Denial::Incompatible { package: ID, conflicts }).collect();
    all.extend([
        Denial::OpenRequest { request: ID },
        Denial::Assigned { assignment: ID },
        Denial::OutOfScope { package: ID, policy: None },
        Denial::OutOfScope { package: ID, policy: Some(OTHER) },
        Denial::CatalogUnpublished { catalog: ID },
        Denial::WrongState {
            kind: Kind::Request,
            id: ID,
            state: "delivered".to_owned(),
            wanted: "submitted, pendingApproval, scheduled",
        },
        Denial::NotApprover { stage: ID },
        Denial::Decided { stage: ID },
    ]);
    all
}

fn stores() -> Vec<(String, Error)> {
    [
        store::Error::NotFound { kind: "group", key: "x".to_owned() },
        store::Error::NotFound { kind: "manager", key: String::new() },
        store::Error::Null { navigation: "environment" },
        store::Error::Unsupported { target: "displayName" },
        store::Error::Busy("why"),
        store::Error::Exceeded(Over::Rows(Scope::Answer, 7).into()),
        store::Error::Exceeded(Exceeded::from(Over::Bytes(Scope::Batch, 9)).below("members")),
        store::Error::Exceeded(Over::Server.into()),
        store::Error::Taken { index: "index".to_owned() },
        store::Error::Reference,
        store::Error::Database("secret words of the database".to_owned()),
        store::Error::TooNew { found: 2, known: 1 },
    ]
    .into_iter()
    .map(|error| (format!("Store {}", name(&error)), error.into()))
    .chain([("Internal".to_owned(), Error::Internal("secret words of the server".to_owned()))])
    .collect()
}

/// The variant, without what it holds.
fn name(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.split([' ', '(']).next().unwrap_or_default().to_owned()
}

#[test]
fn golden() {
    let mut text = String::new();
    for (what, error) in [faults(), tokens(), refusals(), denials(), stores()].into_iter().flatten() {
        let (directory, entitlement) =
            (error.problem(Area::Directory, Version::V1), error.problem(Area::Entitlement, Version::V1));
        let _ = writeln!(text, "{what}");
        for (area, problem) in [("directory", &directory), ("entitlement", &entitlement)] {
            if area == "entitlement" && *problem == directory {
                continue;
            }
            let area = if directory == entitlement { "both" } else { area };
            let _ = writeln!(text, "  {area}: {} {}: {}", problem.status, problem.code, problem.message);
            for detail in &problem.details {
                let _ = writeln!(text, "    {} {}", detail.code, detail.target);
                if detail.message != problem.message {
                    let _ = writeln!(text, "      {}", detail.message);
                }
            }
        }
    }
    insta::assert_snapshot!("error_codes", text);
}

#[test]
fn what_is_for_the_log_stays_there() {
    for (what, error) in stores() {
        for area in [Area::Directory, Area::Entitlement] {
            let problem = error.problem(area, Version::V1);
            let body = String::from_utf8(problem.body(0, "id", "id")).expect("UTF-8");
            assert!(!body.contains("secret words"), "{what}: {body}");
        }
    }
}
