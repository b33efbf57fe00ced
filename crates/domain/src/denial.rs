//! Why a command is refused: the rule and the facts that stand against it, as data. Which HTTP
//! status that becomes is `server/error.rs`'s to say.

use crate::command::{Kind, Relation};
use crate::separation::Conflict;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// The thing that the path names isn't there, or the caller may not see it.
    #[error("{kind:?} {id} is not there")]
    NotFound { kind: Kind, id: Uuid },
    /// A reference in the body names something that isn't there.
    #[error("{target} refers to {id}, which is not there")]
    ReferenceNotFound { target: &'static str, kind: Kind, id: Uuid },
    /// A reference names an entity of a kind that doesn't fit.
    #[error("{target} refers to a {found:?}")]
    ReferenceKind { target: &'static str, id: Uuid, found: Kind, wanted: &'static str },
    /// The caller may see the entity and may not change it.
    #[error("no right to change {kind:?} {id}")]
    MayNotChange { kind: Kind, id: Uuid },
    /// The link exists already.
    #[error("{relation:?} link exists")]
    LinkExists { relation: Relation, from: Uuid, to: Uuid },
    /// There is no such link to remove.
    #[error("{relation:?} link is not there")]
    LinkMissing { relation: Relation, from: Uuid, to: Uuid },
    /// A value that its property can't take.
    #[error("{target}: {message}")]
    Invalid { target: &'static str, message: String },
    /// A setting that contradicts another, or a value that it can't take; named by its path.
    #[error("{path}: {message}")]
    Setting { path: String, message: String },
    /// A setting names something that isn't there.
    #[error("{path} refers to {id}, which is not there")]
    SettingNotFound { path: String, kind: Kind, id: Uuid },
    /// A value that must be unique is taken.
    #[error("{target} is taken")]
    Taken { kind: Kind, target: &'static str },
    /// The rule that an access package can't be incompatible with itself.
    #[error("an access package can't be incompatible with itself")]
    IncompatibleWithItself { package: Uuid },
    /// Something still depends on the entity.
    #[error("{kind:?} {id} is in use")]
    InUse { kind: Kind, id: Uuid, by: &'static str, count: u64 },
    /// The catalog has this resource already.
    #[error("{target} names a resource that the catalog {catalog} has already: {resource}")]
    ResourceOnboarded { target: &'static str, catalog: Uuid, resource: Uuid },
    /// Access packages bring roles of the resource.
    #[error("the resource {resource} is in use")]
    ResourceInUse { target: &'static str, resource: Uuid, count: u64 },
    /// The caller neither owns what is to be handed out nor may change it by office.
    #[error("{target} names a {kind:?} that the caller may not hand out: {id}")]
    NotResourceOwner { target: &'static str, kind: Kind, id: Uuid },
    /// A resource, a role or a scope that isn't there, by the name that it was given.
    #[error("{target} names a {kind:?} that is not there: {name}")]
    PartMissing { target: &'static str, kind: Kind, name: String },
    /// The package brings this role already.
    #[error("the package {package} brings {role_scope} already")]
    RoleScopeExists { package: Uuid, role_scope: String },
    /// Entities that the service owns can't be changed or deleted.
    #[error("{kind:?} {id} belongs to the service")]
    BuiltIn { kind: Kind, id: Uuid, message: &'static str },
    /// Separation of duties: what the target holds, or is, stands against the package.
    #[error(
        "the target holds what access package {package} is incompatible with: {}",
        crate::separation::told(conflicts)
    )]
    Incompatible { package: Uuid, conflicts: Vec<Conflict> },
    /// The target has a request for the package that isn't at its end yet.
    #[error("request {request} is open")]
    OpenRequest { request: Uuid },
    /// The target has the package already.
    #[error("assignment {assignment} stands")]
    Assigned { assignment: Uuid },
    /// No policy, or not the one that was named, is for the target.
    #[error("the target is in no scope of {package}")]
    OutOfScope { package: Uuid, policy: Option<Uuid> },
    /// The catalog isn't published, so nobody can ask for what is in it.
    #[error("catalog {catalog} is not published")]
    CatalogUnpublished { catalog: Uuid },
    /// What is asked for isn't possible in this state.
    #[error("{kind:?} {id} is {state}")]
    WrongState { kind: Kind, id: Uuid, state: String, wanted: &'static str },
    /// The caller is not an approver of the stage, or decides for themselves.
    #[error("the caller may not decide in stage {stage}")]
    NotApprover { stage: Uuid },
    /// The stage has been decided.
    #[error("stage {stage} is decided")]
    Decided { stage: Uuid },
}
