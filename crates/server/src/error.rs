//! THE ONE MAP from what can go wrong to what HTTP says. Exhaustive: a new variant anywhere doesn't
//! compile until it has its status, its code and its words here. What stands in `log` goes to the
//! log and nowhere else.

use crate::too_large;
use auth::authorize::Refusal;
use auth::policy::Resource;
use auth::verify::TokenFault;
use domain::command::{Kind, Relation};
use domain::denial::Denial;
use domain::separation::{self, Conflict};
use model::Version;
use odata::budget::Exceeded;
use odata::error::{Fault, FaultKind};
use odata::write;

/// Everything that can end a request early.
#[derive(Debug)]
pub enum Error {
    Fault(Fault),
    Token(TokenFault),
    Refused(Refusal),
    Store(store::Error),
    /// Hashing, signing, or a task that didn't end well.
    Internal(String),
}

/// Why a server didn't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("database: {0}")]
    Store(#[from] store::Error),
    #[error("{address}: {source}")]
    Listen { address: String, source: std::io::Error },
    #[error("TLS: {0}")]
    Tls(String),
    #[error("{0}")]
    Other(String),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        Error::Fault(fault)
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Error {
        Error::Store(error)
    }
}

impl From<Exceeded> for Error {
    fn from(exceeded: Exceeded) -> Error {
        Error::Store(store::Error::Exceeded(exceeded))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        Error::Refused(refusal)
    }
}

impl From<TokenFault> for Error {
    fn from(fault: TokenFault) -> Error {
        Error::Token(fault)
    }
}

/// Which part of Graph answers: the parts spell some codes differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    Directory,
    Entitlement,
}

/// What is said to the client, and what to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
    pub details: Vec<Detail>,
    /// For the log only.
    pub log: Option<String>,
}

/// One of the reasons, as data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    pub code: String,
    pub target: String,
    pub message: String,
}

impl Problem {
    /// Whether it is the content coding of the body that isn't supported.
    pub fn is_about_coding(&self) -> bool {
        self.status == 415 && self.details.iter().any(|detail| detail.target == crate::encoding::NAME)
    }

    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Problem {
        Problem { status, code, message: message.into(), details: Vec::new(), log: None }
    }

    fn about(mut self, code: impl Into<String>, target: impl Into<String>) -> Problem {
        let message = self.message.clone();
        self.details.push(Detail { code: code.into(), target: target.into(), message });
        self
    }

    fn internal(log: String) -> Problem {
        let mut problem = Problem::new(500, "InternalServerError", "The server could not answer; its log says why.");
        problem.log = Some(log);
        problem
    }

    /// The body of the answer.
    pub fn body(&self, date: i64, request_id: &str, client_request_id: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(320 + self.message.len());
        out.extend_from_slice(b"{\"error\":{\"code\":");
        write::string(&mut out, self.code);
        out.extend_from_slice(b",\"message\":");
        write::string(&mut out, &self.message);
        if !self.details.is_empty() {
            out.extend_from_slice(b",\"details\":[");
            for (at, detail) in self.details.iter().enumerate() {
                out.extend_from_slice(if at == 0 { b"{\"code\":" } else { b",{\"code\":" });
                write::string(&mut out, &detail.code);
                out.extend_from_slice(b",\"target\":");
                write::string(&mut out, &detail.target);
                out.extend_from_slice(b",\"message\":");
                write::string(&mut out, &detail.message);
                out.push(b'}');
            }
            out.push(b']');
        }
        out.extend_from_slice(b",\"innerError\":{\"date\":");
        // Graph gives whole seconds without a zone here.
        let date = write::time(date.div_euclid(1_000_000) * 1_000_000);
        write::string(&mut out, date.trim_end_matches('Z'));
        out.extend_from_slice(b",\"request-id\":");
        write::string(&mut out, request_id);
        out.extend_from_slice(b",\"client-request-id\":");
        write::string(&mut out, client_request_id);
        out.extend_from_slice(b"}}}");
        out
    }
}

impl Error {
    /// The one map.
    pub fn problem(&self, area: Area, version: Version) -> Problem {
        match self {
            Error::Fault(fault) => self::fault(fault, area),
            Error::Token(fault) => Problem::new(401, "InvalidAuthenticationToken", fault.to_string()),
            Error::Refused(refusal) => refused(refusal, area),
            Error::Store(error) => stored(error, area, version),
            Error::Internal(log) => Problem::internal(log.clone()),
        }
    }
}

fn bad_request(area: Area) -> &'static str {
    match area {
        Area::Directory => "Request_BadRequest",
        Area::Entitlement => "InvalidModel",
    }
}

fn not_found_code(area: Area) -> &'static str {
    match area {
        Area::Directory => "Request_ResourceNotFound",
        Area::Entitlement => "ResourceNotFound",
    }
}

fn fault(fault: &Fault, area: Area) -> Problem {
    let (status, code) = match fault.kind {
        FaultKind::Url | FaultKind::Segment | FaultKind::Option | FaultKind::OptionValue => (400, "BadRequest"),
        FaultKind::Key => (400, "BadRequest"),
        FaultKind::Filter => (
            400,
            match area {
                Area::Directory => "Request_UnsupportedQuery",
                Area::Entitlement => "InvalidFilter",
            },
        ),
        FaultKind::NeedsConsistency if fault.target == "$count" => (400, "Request_BadRequest"),
        FaultKind::NeedsConsistency => (400, "Request_UnsupportedQuery"),
        FaultKind::Json => (400, "BadRequest"),
        FaultKind::UnknownProperty | FaultKind::Value | FaultKind::Reference => (400, bad_request(area)),
        FaultKind::TooLarge => (413, "RequestEntityTooLarge"),
        FaultKind::AnswerTooLarge => (
            400,
            match area {
                Area::Directory => "Directory_ResultSizeLimitExceeded",
                Area::Entitlement => "BadRequest",
            },
        ),
        FaultKind::TooLong => (414, "RequestUriTooLong"),
        FaultKind::Slow => (408, "RequestTimeout"),
        FaultKind::Condition => (412, "PreconditionFailed"),
        FaultKind::Broken => (400, "BadRequest"),
        FaultKind::Batch => (400, "BadRequest"),
        FaultKind::Method => (405, "MethodNotAllowed"),
        FaultKind::NotAcceptable => (406, "NotAcceptable"),
        FaultKind::ContentType | FaultKind::ContentCoding => (415, "UnsupportedMediaType"),
    };
    Problem::new(status, code, naming(&fault.target, &fault.message))
        .about(format!("{:?}", fault.kind), fault.target.clone())
}

/// Every refusal names the part that is meant, however the protocol or the rule put it.
fn naming(target: &str, message: &str) -> String {
    let whole = ["body", "url", "path"];
    match message.contains(target) || whole.contains(&target) {
        true => message.to_owned(),
        false => format!("{target}: {message}"),
    }
}

fn refused(refusal: &Refusal, area: Area) -> Problem {
    let forbidden = |message: String| {
        let code = match area {
            Area::Directory => "Authorization_RequestDenied",
            Area::Entitlement => "UnAuthorized",
        };
        Problem::new(403, code, message)
    };
    match refusal {
        Refusal::NoPermission { needed, .. } => {
            let names: Vec<&str> = needed.iter().map(|permission| permission.name()).collect();
            let list = names.join(", ");
            forbidden(format!("Insufficient privileges to complete the operation. The token needs one of: {list}."))
                .about("NoPermission", list)
        }
        Refusal::DelegatedOnly { resource } if *resource == Resource::Set("me") => {
            Problem::new(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
                .about("DelegatedOnly", "me")
        }
        Refusal::DelegatedOnly { resource } => {
            forbidden("Only a signed-in user may do this; the token is an application's.".to_owned())
                .about("DelegatedOnly", resource_name(*resource))
        }
        Refusal::ApplicationOnly { resource } => {
            forbidden("Only an application may do this; the token is a user's.".to_owned())
                .about("ApplicationOnly", resource_name(*resource))
        }
        Refusal::NeedsRole { roles, .. } => {
            let names: Vec<String> = roles.iter().map(|role| role_name(*role)).collect();
            let list = names.join(", ");
            forbidden(format!(
                "Insufficient privileges to complete the operation. The user needs one of these roles: {list}."
            ))
            .about("NeedsRole", list)
        }
        Refusal::FieldsNotAllowed { fields } => {
            let list = fields.join(", ");
            forbidden(format!("The permission doesn't let the caller set: {list}.")).about("FieldsNotAllowed", list)
        }
        Refusal::PropertyHidden { property } => {
            forbidden(format!("The permission doesn't show '{property}', so it can't be filtered or ordered by."))
                .about("PropertyHidden", *property)
        }
        Refusal::PathNarrowed { resource } => forbidden(format!(
            "The caller sees only a part of '{}', so it can't be filtered through.",
            resource_name(*resource)
        ))
        .about("PathNarrowed", resource_name(*resource)),
        Refusal::NoRule => forbidden("Nobody may do this.".to_owned()).about("NoRule", ""),
    }
}

/// A resource of the permission table, as a caller would name it.
fn resource_name(resource: Resource) -> &'static str {
    match resource {
        Resource::Set(name) | Resource::Edge(_, name) => name,
    }
}

fn role_name(id: uuid::Uuid) -> String {
    domain::role::built_in(id).map_or_else(|| id.to_string(), |role| role.name.to_owned())
}

fn stored(error: &store::Error, area: Area, version: Version) -> Problem {
    match error {
        store::Error::Denied(denial) => denied(denial, area, version),
        store::Error::NotFound { kind, key } => missing(area, kind, key),
        store::Error::Null { navigation } => match area {
            Area::Directory => missing(area, navigation, navigation),
            Area::Entitlement => {
                Problem::new(404, not_found_code(area), format!("There is nothing at '{navigation}': it is null."))
                    .about("NotFound", *navigation)
            }
        },
        store::Error::Unsupported { target } => {
            let code = match area {
                Area::Directory => "Request_UnsupportedQuery",
                Area::Entitlement => "InvalidFilter",
            };
            Problem::new(400, code, format!("'{target}' can't be used so in a query.")).about("Unsupported", *target)
        }
        store::Error::Busy(why) => busy(why),
        store::Error::Exceeded(exceeded) => match too_large::fault(exceeded) {
            Some(fault) => self::fault(&fault, area),
            None => busy("all answers together hold as much memory as limits.answer_memory allows"),
        },
        store::Error::Taken { index } => {
            let mut problem = Problem::new(409, "Conflict", "A value that must be unique is taken.");
            problem.log = Some(index.clone());
            problem
        }
        store::Error::Reference => Problem::new(409, "Conflict", "Something that the request refers to has just gone."),
        store::Error::Database(log) => Problem::internal(log.clone()),
        store::Error::TooNew { found, known } => {
            Problem::internal(format!("the database is of version {found}, this program knows {known}"))
        }
    }
}

fn busy(why: &str) -> Problem {
    let mut problem = Problem::new(503, "ServiceUnavailable", "Too much at once; the same request may succeed later.");
    problem.log = Some(why.to_owned());
    problem
}

fn missing(area: Area, kind: &str, key: &str) -> Problem {
    let message = match (area, key.is_empty()) {
        (_, true) => format!("There is no such {kind}."),
        // The words that clients of the directory look for.
        (Area::Directory, false) => {
            format!("Resource '{key}' does not exist or one of its queried reference-property objects are not present.")
        }
        (Area::Entitlement, false) => format!("There is no {kind} with the id '{key}'."),
    };
    Problem::new(404, not_found_code(area), message).about("NotFound", kind)
}

/// What this surface calls the type of a kind.
fn word(kind: Kind, version: Version) -> &'static str {
    let own = model::tables::entities().find(|entity| entity.name == kind.name());
    own.and_then(|entity| entity.v1_name).filter(|_| version == Version::V1).unwrap_or(kind.name())
}

fn denied(denial: &Denial, area: Area, version: Version) -> Problem {
    let word = |kind: &Kind| word(*kind, version);
    match denial {
        Denial::NotFound { kind, id } => missing(area, word(kind), &id.to_string()),
        Denial::ReferenceNotFound { target, kind, id } => {
            let message = format!("'{target}' refers to {} '{id}', which does not exist.", word(kind));
            Problem::new(404, not_found_code(area), message).about("ReferenceNotFound", *target)
        }
        Denial::ReferenceKind { target, id, found, wanted } => {
            let message = format!("'{target}' refers to a {}, '{id}'; it has to be {wanted}.", word(found));
            Problem::new(400, bad_request(area), message).about("ReferenceKind", *target)
        }
        Denial::MayNotChange { kind, id } => {
            let code = match area {
                Area::Directory => "Authorization_RequestDenied",
                Area::Entitlement => "UnAuthorized",
            };
            let message = format!("The caller may see {} '{id}', and may not change it.", word(kind));
            Problem::new(403, code, message).about("MayNotChange", id.to_string())
        }
        Denial::LinkExists { relation, from, to } => link_exists(*relation, from, to),
        Denial::LinkMissing { relation, from, to } => {
            let message = match to.is_nil() {
                true => format!("'{from}' has no {}.", relation.name()),
                false => format!("'{to}' is not among the {} of '{from}'.", relation.name()),
            };
            Problem::new(404, not_found_code(area), message).about("LinkMissing", relation.name())
        }
        Denial::Invalid { target, message } => {
            Problem::new(400, bad_request(area), naming(target, message)).about("Invalid", *target)
        }
        Denial::Setting { path, message } => {
            Problem::new(400, bad_request(area), naming(path, message)).about("Invalid", path.clone())
        }
        Denial::SettingNotFound { path, kind, id } => {
            let message = format!("'{path}' refers to {} '{id}', which does not exist.", word(kind));
            Problem::new(404, not_found_code(area), message).about("ReferenceNotFound", path.clone())
        }
        Denial::Taken { kind: Kind::AccessPackage, target: target @ "displayName" } => {
            let message = "The catalog already has an access package with this displayName.";
            Problem::new(409, "DuplicateAccessPackage", message).about("Taken", *target)
        }
        Denial::Taken { kind: Kind::ServicePrincipal, target: target @ "appId" } => {
            let message = "The service principal cannot be created: the name of its application is already in use.";
            Problem::new(409, "Request_MultipleObjectsWithSameKeyValue", message).about("Taken", *target)
        }
        Denial::Taken { kind: Kind::Resource, target } => {
            let message = format!("The catalog has the resource in '{target}' already.");
            Problem::new(400, "ResourceAlreadyOnboarded", message).about("Taken", *target)
        }
        Denial::Taken { kind: Kind::User | Kind::Group | Kind::Application | Kind::ServicePrincipal, target } => {
            let message = format!("Another object with the same value for property {target} already exists.");
            Problem::new(400, "Request_BadRequest", message).about("ObjectConflict", *target)
        }
        Denial::Taken { kind: Kind::AppRoleAssignment, target } => {
            let message = format!("The principal has the role in '{target}': such an assignment already exists.");
            Problem::new(400, "Request_BadRequest", message).about("ObjectConflict", *target)
        }
        Denial::Taken { kind, target } => {
            let message = format!("There is already a {} with this {target}.", word(kind));
            Problem::new(409, "DuplicateKey", message).about("Taken", *target)
        }
        Denial::IncompatibleWithItself { package } => {
            let message = "'@odata.id' names the access package itself, which can't be incompatible with itself.";
            Problem::new(400, "InvalidModel", message).about("IncompatibleWithItself", package.to_string())
        }
        Denial::InUse { kind, id, by, count } => {
            let message = format!("{} '{id}' can't be deleted: {count} of its {by} are still there.", word(kind));
            Problem::new(400, bad_request(area), message).about("InUse", *by)
        }
        Denial::Incompatible { package, conflicts } => incompatible(*package, conflicts),
        Denial::OpenRequest { request } => {
            let message = "The target has an open request for the access package already.";
            Problem::new(400, "ExistingOpenRequest", message).about("OpenRequest", request.to_string())
        }
        Denial::Assigned { assignment } => {
            let message = "The target has the access package already.";
            Problem::new(400, "ExistingAssignment", message).about("Assigned", assignment.to_string())
        }
        Denial::OutOfScope { package, policy } => {
            let (message, target) = match policy {
                Some(policy) => {
                    (format!("The target is not in the scope of 'assignmentPolicyId' '{policy}'."), policy.to_string())
                }
                None => (
                    format!("No policy of 'accessPackageId' '{package}' lets the target ask for it."),
                    package.to_string(),
                ),
            };
            Problem::new(400, "NotInPolicyScope", message).about("OutOfScope", target)
        }
        Denial::CatalogUnpublished { catalog } => {
            let message = "The catalog of the access package is not published, so nobody can ask for it.";
            Problem::new(400, "CatalogNotPublished", message).about("CatalogUnpublished", catalog.to_string())
        }
        Denial::WrongState { kind, id, state, wanted } => {
            let message = format!("{} '{id}' is '{state}'; this is possible only when it is: {wanted}.", word(kind));
            Problem::new(400, bad_request(area), message).about("WrongState", "state")
        }
        Denial::NotApprover { stage } => {
            let message = "Nobody decides on a request of their own.";
            Problem::new(403, "UnAuthorized", message).about("NotApprover", stage.to_string())
        }
        Denial::Decided { stage } => {
            Problem::new(409, "Conflict", "The stage has been decided already.").about("Decided", stage.to_string())
        }
        Denial::ResourceOnboarded { target, catalog, resource } => {
            let message =
                format!("'{target}' names what catalog '{catalog}' has already: its resource is '{resource}'.");
            Problem::new(400, "ResourceAlreadyOnboarded", message).about("ResourceOnboarded", *target)
        }
        Denial::ResourceInUse { target, resource, count } => {
            let message = format!(
                "'{target}' names the resource '{resource}', which can't leave its catalog: access packages bring {count} \
                 of its roles."
            );
            Problem::new(400, "InvalidDeleteResourceHasEntitlements", message).about("ResourceInUse", *target)
        }
        Denial::NotResourceOwner { target, kind, id } => {
            let message = format!(
                "'{target}' names the {} '{id}', which the caller neither owns nor may change by a role or a permission.",
                word(kind)
            );
            Problem::new(400, "CallerNotResourceOwner", message).about("NotResourceOwner", *target)
        }
        Denial::PartMissing { target, kind, name } => {
            let code = if *kind == Kind::ResourceRole { "RoleNotFound" } else { not_found_code(area) };
            let message = format!("'{target}' refers to {} '{name}', which does not exist.", word(kind));
            Problem::new(404, code, message).about("PartMissing", *target)
        }
        Denial::RoleScopeExists { package, role_scope } => {
            let message = format!("Access package '{package}' brings '{role_scope}' already.");
            Problem::new(409, "DuplicateKey", message).about("RoleScopeExists", role_scope.clone())
        }
        Denial::BuiltIn { kind, id, message } => {
            Problem::new(400, bad_request(area), *message).about("BuiltIn", format!("{} {id}", word(kind)))
        }
    }
}

/// Separation of duties says no, with everything that stands against it (semantics.md).
fn incompatible(package: uuid::Uuid, conflicts: &[Conflict]) -> Problem {
    let message = format!("The target holds what access package '{package}' is incompatible with.");
    let mut problem = Problem::new(400, separation::code(conflicts), message);
    problem.details = conflicts.iter().map(conflict).collect();
    problem
}

fn conflict(conflict: &Conflict) -> Detail {
    let target = match conflict {
        Conflict::Package { by, .. } => by,
        Conflict::Group { group, .. } => group,
    };
    Detail { code: conflict.code().to_owned(), target: target.to_string(), message: conflict.to_string() }
}

fn link_exists(relation: Relation, from: &uuid::Uuid, to: &uuid::Uuid) -> Problem {
    let name = relation.name();
    match relation {
        Relation::IncompatibleGroup
        | Relation::IncompatiblePackage
        | Relation::InternalSponsor
        | Relation::ExternalSponsor => {
            let message = format!("'{to}' is already among the {name} of '{from}'.");
            Problem::new(409, "DuplicateKey", message).about("LinkExists", "@odata.id")
        }
        Relation::Member | Relation::Owner | Relation::Sponsor | Relation::Manager => {
            let message = format!(
                "One or more added object references already exist for the following modified properties: '{name}'."
            );
            Problem::new(400, "Request_BadRequest", message).about("LinkExists", "@odata.id")
        }
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
