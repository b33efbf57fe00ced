//! What a caller may ask the house to do, one variant for each thing that has rules of its own.
//! A command is complete: ids that it makes are in it already, so deciding it twice gives the same.

mod app_role;
mod extension;
mod organization;
mod resource;

pub use app_role::*;
pub use extension::*;
pub use organization::*;
pub use resource::*;

use crate::fields::Fields;
use crate::lifecycle::{RequestCommand, Work};
pub use crate::policy::change::{PolicyCommand, PolicyCreate, PolicyReplace};
use uuid::Uuid;

/// The kinds of entity that rules speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    User,
    Group,
    ServicePrincipal,
    Application,
    Catalog,
    AccessPackage,
    RoleAssignment,
    Subject,
    Environment,
    Resource,
    ResourceRole,
    ResourceScope,
    RoleScope,
    ResourceRequest,
    Policy,
    Request,
    Assignment,
    /// What an assignment gave its holder.
    AssignmentRole,
    Approval,
    ApprovalStage,
    Organization,
    /// The tenant's settings of entitlement management.
    Settings,
    /// What people see of each other.
    EndUserSettings,
    /// Whom policies may call.
    Extension,
    /// An app role that somebody holds.
    AppRoleAssignment,
}

impl Kind {
    pub const ALL: [Kind; 25] = [
        Kind::User,
        Kind::Group,
        Kind::ServicePrincipal,
        Kind::Application,
        Kind::Catalog,
        Kind::AccessPackage,
        Kind::RoleAssignment,
        Kind::Subject,
        Kind::Environment,
        Kind::Resource,
        Kind::ResourceRole,
        Kind::ResourceScope,
        Kind::RoleScope,
        Kind::ResourceRequest,
        Kind::Policy,
        Kind::Request,
        Kind::Assignment,
        Kind::AssignmentRole,
        Kind::Approval,
        Kind::ApprovalStage,
        Kind::Organization,
        Kind::Settings,
        Kind::EndUserSettings,
        Kind::Extension,
        Kind::AppRoleAssignment,
    ];
    pub const DIRECTORY: [Kind; 4] = [Kind::User, Kind::Group, Kind::ServicePrincipal, Kind::Application];

    /// The type's name in Graph.
    pub fn name(self) -> &'static str {
        match self {
            Kind::User => "user",
            Kind::Group => "group",
            Kind::ServicePrincipal => "servicePrincipal",
            Kind::Application => "application",
            Kind::Catalog => "accessPackageCatalog",
            Kind::AccessPackage => "accessPackage",
            Kind::RoleAssignment => "unifiedRoleAssignment",
            Kind::Subject => "accessPackageSubject",
            Kind::Environment => "accessPackageResourceEnvironment",
            Kind::Resource => "accessPackageResource",
            Kind::ResourceRole => "accessPackageResourceRole",
            Kind::ResourceScope => "accessPackageResourceScope",
            Kind::RoleScope => "accessPackageResourceRoleScope",
            Kind::ResourceRequest => "accessPackageResourceRequest",
            Kind::Policy => "accessPackageAssignmentPolicy",
            Kind::Request => "accessPackageAssignmentRequest",
            Kind::Assignment => "accessPackageAssignment",
            Kind::AssignmentRole => "accessPackageAssignmentResourceRole",
            Kind::Approval => "approval",
            Kind::ApprovalStage => "approvalStep",
            Kind::Organization => "connectedOrganization",
            Kind::Settings => "entitlementManagementSettings",
            Kind::EndUserSettings => "endUserSettings",
            Kind::Extension => "customCalloutExtension",
            Kind::AppRoleAssignment => "appRoleAssignment",
        }
    }
}

/// Links between entities that carry no data of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// group -> member
    Member,
    /// group, application or service principal -> owner
    Owner,
    /// user -> sponsor
    Sponsor,
    /// user -> manager; at most one
    Manager,
    /// access package -> group whose members may not have it
    IncompatibleGroup,
    /// access package -> access package whose holders may not have it
    IncompatiblePackage,
    /// connected organization -> user or group of this tenant who answers for its people
    InternalSponsor,
    /// connected organization -> one of its own people who does
    ExternalSponsor,
}

impl Relation {
    pub const ALL: [Relation; 8] = [
        Relation::Member,
        Relation::Owner,
        Relation::Sponsor,
        Relation::Manager,
        Relation::IncompatibleGroup,
        Relation::IncompatiblePackage,
        Relation::InternalSponsor,
        Relation::ExternalSponsor,
    ];

    /// The navigation property that holds such links.
    pub fn name(self) -> &'static str {
        match self {
            Relation::Member => "members",
            Relation::Owner => "owners",
            Relation::Sponsor => "sponsors",
            Relation::Manager => "manager",
            Relation::IncompatibleGroup => "incompatibleGroups",
            Relation::IncompatiblePackage => "incompatibleAccessPackages",
            Relation::InternalSponsor => "internalSponsors",
            Relation::ExternalSponsor => "externalSponsors",
        }
    }
}

/// Bringing a deleted directory object back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restore {
    pub on: On,
    /// What a user is to be called from now on: the name may have been taken meanwhile.
    pub user_principal_name: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    UserCreate(Create),
    GroupCreate(Create),
    ApplicationCreate(Create),
    ServicePrincipalCreate(Create),
    DirectoryUpdate(Update),
    DirectoryDelete(On),
    DirectoryRestore(Restore),
    /// Member, owner, sponsor, manager.
    LinkAdd(Link),
    LinkRemove(Link),
    /// A secret of an application or a service principal. Only its hash gets this far.
    SecretAdd(Secret),
    SecretRemove(SecretRemoval),
    CatalogCreate(Create),
    CatalogUpdate(Update),
    CatalogDelete(On),
    PackageCreate(PackageCreate),
    PackageUpdate(Update),
    PackageDelete(On),
    PackageMove(PackageMove),
    IncompatibleAdd(Link),
    IncompatibleRemove(Link),
    IncompatibleGroupCreate(IncompatibleGroupCreate),
    RoleAssign(RoleAssign),
    RoleUnassign(On),
    AppRoleAssign(AppRoleAssign),
    AppRoleUnassign(AppRoleUnassign),
    /// Requests, approvals and assignments.
    Request(RequestCommand),
    /// A task that is due; the worker's alone.
    Work(Work),
    Policy(PolicyCommand),
    /// What catalogs hand out.
    Resource(ResourceCommand),
    /// Organizations that people come from, and what is set for these people.
    Organization(OrganizationCommand),
    /// Whom a catalog's policies may call.
    Extension(ExtensionCommand),
}

impl Command {
    /// Puts in the hash of the password or secret that the command is about. Hashing is expensive, so
    /// whether the caller may is asked first, of the command without it.
    pub fn set_hash(&mut self, hash: String) {
        match self {
            Command::UserCreate(Create { password_hash: slot @ Some(_), .. })
            | Command::DirectoryUpdate(Update { password_hash: slot @ Some(_), .. }) => *slot = Some(hash),
            Command::SecretAdd(secret) => secret.hash = hash,
            _ => {}
        }
    }
}

/// Makes an entity. `id` is new, or the caller's choice where the caller may choose.
#[derive(Debug, Clone, PartialEq)]
pub struct Create {
    pub id: Uuid,
    pub fields: Fields,
    /// Links that the body asked for: `members@odata.bind`, `owners@odata.bind`, `manager@odata.bind`.
    pub links: Vec<(Relation, Uuid)>,
    /// The hash of a password (users), never the password. Empty until the caller is known to have the
    /// right: see [`Command::set_hash`].
    pub password_hash: Option<String>,
    /// Who asks, when that is a user: becomes the first owner of a catalog, a group, an application or
    /// a service principal. An application that may only change what it owns is named here too.
    pub creator: Option<Uuid>,
    /// The id of the role assignment that makes `creator` the owner of a new catalog.
    pub owner_assignment: Option<Uuid>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    pub kind: Kind,
    pub id: Uuid,
    pub fields: Fields,
    pub links: Vec<(Relation, Uuid)>,
    pub password_hash: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct On {
    pub kind: Kind,
    pub id: Uuid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub relation: Relation,
    /// The kind of the entity that the link starts from, as its path said.
    pub from_kind: Kind,
    pub from: Uuid,
    /// Nil where the path names no far end: `DELETE /users/{id}/manager/$ref` removes whoever it is.
    pub to: Uuid,
    /// The kind that the reference named (`groups/{id}`), or none for `directoryObjects/{id}`.
    pub to_kind: Option<Kind>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PackageCreate {
    pub create: Create,
    pub catalog: Uuid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackageMove {
    pub package: Uuid,
    pub catalog: Uuid,
}

/// The beta seed operation: links a group to a package, and makes the group where it isn't there.
#[derive(Debug, Clone, PartialEq)]
pub struct IncompatibleGroupCreate {
    /// The catalog that the path named, if it named one; the package must be in it.
    pub catalog: Option<Uuid>,
    pub package: Uuid,
    /// The id in the body, or a new one.
    pub group: Uuid,
    pub named: NamedGroup,
    pub fields: Fields,
}

/// How the body of the beta seed operation names its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedGroup {
    /// Not at all: a new group is made.
    No,
    /// By `id`: that group, or a new one with this id.
    Id,
    /// By `@odata.id`, with the kind that the reference names: that group, and never a new one.
    Reference(Option<Kind>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct RoleAssign {
    pub id: Uuid,
    pub area: RoleArea,
    pub principal: Uuid,
    pub role: Uuid,
    /// The catalog in `appScopeId`, or none for the whole tenant.
    pub catalog: Option<Uuid>,
}

/// Which of the two role systems an assignment belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RoleArea {
    Directory,
    Entitlement,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Secret {
    pub kind: Kind,
    pub id: Uuid,
    pub key_id: Uuid,
    /// Empty until the caller is known to have the right: see [`Command::set_hash`].
    pub hash: String,
    /// The first three characters, as Graph shows them.
    pub hint: String,
    /// By which it is found among the others of its application, for a secret of random bytes.
    pub selector: Option<String>,
    pub display_name: Option<String>,
    pub starts_at: i64,
    pub ends_at: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretRemoval {
    pub kind: Kind,
    pub id: Uuid,
    pub key_id: Uuid,
}
