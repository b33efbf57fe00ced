//! What a rule must know, and which of it a command needs. The store reads exactly what [`needs`]
//! says, inside the transaction that applies the outcome; a rule must never see anything else.

use crate::command::{Command, ExtensionOf, Kind, Link, NamedGroup, Relation};
use crate::extension;
use crate::fields::Fields;
use crate::lifecycle::case::{Case, CaseNeed, Rules};
use crate::lifecycle::state::RequestType;
use crate::lifecycle::{RequestCommand, Work};
use crate::organization;
use crate::outcome::Task;
use crate::policy::change::{Named, Replaced};
use crate::resource::{self, AppRole, By, RoleScope, Wanted};
use uuid::Uuid;

/// The facts that one command needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Needs {
    /// Entities by id: any kind that is listed.
    pub entities: Vec<(Vec<Kind>, Uuid)>,
    /// Directory objects to be looked for among the deleted ones.
    pub deleted: Vec<Uuid>,
    /// Which of these links exist.
    pub links: Vec<(Relation, Uuid, Uuid)>,
    /// Users whose manager is wanted: a link of [`Relation::Manager`] for each who has one.
    pub managers: Vec<Uuid>,
    /// How many entities depend on another.
    pub counts: Vec<(Dependents, Uuid)>,
    /// An application by its `appId`.
    pub application: Option<Uuid>,
    /// The service principal of this application.
    pub presence: Option<Uuid>,
    /// The tenant's verified domains.
    pub domains: bool,
    /// A case of a request or an assignment.
    pub case: Option<CaseNeed>,
    /// Which of these entities are there, whoever may see them.
    pub present: Vec<(Kind, Uuid)>,
    /// The policy as the command leaves it.
    pub replaced: bool,
    /// Resources with their roles and scopes.
    pub resources: Vec<Wanted>,
    /// The environments of these addresses.
    pub environments: Vec<String>,
    /// The subjects of these directory objects.
    pub subjects: Vec<Uuid>,
    /// Properties of directory objects that are kept in documents too.
    pub documents: bool,
    /// What an update replaces, wherever it is kept: the log tells the values, and a part of a complex
    /// property is put into the rest of it.
    pub replaced_values: bool,
}

/// What is counted of an entity: what keeps it from being deleted or moved, and what it may have so many of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dependents {
    PackagesOfCatalog,
    /// Those that are in force, or will be.
    AssignmentsOfPackage,
    AssignmentsOfPolicy,
    /// Those that aren't at their end.
    RequestsOfPackage,
    RequestsOfPolicy,
    PackagesOfResource,
    /// Those of users who are there.
    SubjectsOfOrganization,
    PoliciesOfOrganization,
    PoliciesOfExtension,
    /// Settings of its policies that name extensions.
    CalloutsOfPackage,
    /// Secrets of an application or a service principal.
    SecretsOfOwner,
}

/// An entity as it stands at this moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    pub kind: Kind,
    pub id: Uuid,
    pub fields: Fields,
    /// Whether the permit lets the caller change it; one that the caller can't even see isn't here.
    pub may_change: bool,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    pub entities: Vec<Entity>,
    pub deleted: Vec<Entity>,
    pub links: Vec<(Relation, Uuid, Uuid)>,
    pub counts: Vec<(Dependents, Uuid, u64)>,
    pub application: Option<Entity>,
    pub presence: Option<Entity>,
    pub domains: Vec<String>,
    pub case: Case,
    /// For a person whom membership rules ask about: what each may give them.
    pub rules: Rules,
    pub present: Vec<(Kind, Uuid)>,
    /// Extensions among them: the catalog of each, and what it is told of.
    pub extensions: Vec<(Uuid, Uuid, ExtensionOf)>,
    pub replaced: Option<Replaced>,
    /// What the package brings.
    pub role_scopes: Vec<RoleScope>,
    /// Directory objects and their subjects.
    pub subjects: Vec<(Uuid, Uuid)>,
    /// Roles that the applications among the entities offer.
    pub app_roles: Vec<AppRole>,
}

impl Facts {
    /// The subject of a directory object.
    pub fn subject(&self, object: Uuid) -> Option<Uuid> {
        self.subjects.iter().find(|(known, _)| *known == object).map(|(_, subject)| *subject)
    }

    pub fn entity(&self, id: Uuid) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.id == id)
    }

    /// The entity with this id, if it is of this kind.
    pub fn entity_of(&self, kind: Kind, id: Uuid) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.kind == kind && entity.id == id)
    }

    /// The user's manager.
    pub fn manager(&self, user: Uuid) -> Option<Uuid> {
        self.links
            .iter()
            .find(|(relation, from, _)| *relation == Relation::Manager && *from == user)
            .map(|(_, _, manager)| *manager)
    }

    pub fn linked(&self, relation: Relation, from: Uuid, to: Uuid) -> bool {
        self.links.contains(&(relation, from, to))
    }

    pub fn count(&self, what: Dependents, of: Uuid) -> u64 {
        self.counts.iter().find(|(kind, id, _)| *kind == what && *id == of).map_or(0, |(_, _, count)| *count)
    }
}

/// The facts that `command` must be decided on.
pub fn needs(command: &Command) -> Needs {
    let mut needs = Needs::default();
    match command {
        Command::UserCreate(create) => {
            needs.domains = true;
            needs.targets(&create.links);
        }
        Command::GroupCreate(create) => {
            needs.domains = true;
            needs.targets(&create.links);
        }
        Command::ApplicationCreate(create) => needs.targets(&create.links),
        Command::ServicePrincipalCreate(create) => {
            needs.application = create.fields.guid("appId");
            needs.documents = true;
            needs.targets(&create.links);
        }
        Command::DirectoryUpdate(update) => {
            needs.entity(&[update.kind], update.id);
            needs.targets(&update.links);
            for (relation, to) in &update.links {
                match relation {
                    Relation::Manager => needs.managers.push(update.id),
                    relation => needs.links.push((*relation, update.id, *to)),
                }
            }
            needs.replaced_values = true;
            needs.domains = update.fields.get("userPrincipalName").is_some();
            // What is fixed is compared with what is there.
            needs.documents = update.kind == Kind::Group && update.fields.get("resourceBehaviorOptions").is_some();
            if update.kind == Kind::Application {
                needs.presence = Some(update.id);
            }
        }
        Command::DirectoryDelete(on) => needs.entity(&[on.kind], on.id),
        Command::DirectoryRestore(restore) => {
            needs.deleted.push(restore.on.id);
            needs.domains = restore.user_principal_name.is_some();
        }
        Command::LinkAdd(link) | Command::LinkRemove(link) => {
            needs.link(link, &[link.from_kind], &Kind::DIRECTORY);
        }
        Command::SecretAdd(secret) => {
            needs.entity(&[secret.kind], secret.id);
            needs.counts.push((Dependents::SecretsOfOwner, secret.id));
        }
        Command::SecretRemove(secret) => needs.entity(&[secret.kind], secret.id),
        Command::CatalogCreate(_) => {}
        Command::CatalogUpdate(update) => {
            needs.entity(&[Kind::Catalog], update.id);
            needs.replaced_values = true;
        }
        Command::CatalogDelete(on) => {
            needs.entity(&[Kind::Catalog], on.id);
            needs.counts.push((Dependents::PackagesOfCatalog, on.id));
        }
        Command::PackageCreate(create) => needs.entity(&[Kind::Catalog], create.catalog),
        Command::PackageUpdate(update) => {
            needs.entity(&[Kind::AccessPackage], update.id);
            needs.replaced_values = true;
        }
        Command::PackageDelete(on) => {
            needs.entity(&[Kind::AccessPackage], on.id);
            needs.counts.push((Dependents::AssignmentsOfPackage, on.id));
            needs.counts.push((Dependents::RequestsOfPackage, on.id));
        }
        Command::PackageMove(to) => {
            needs.entity(&[Kind::AccessPackage], to.package);
            needs.entity(&[Kind::Catalog], to.catalog);
            needs.counts.push((Dependents::CalloutsOfPackage, to.package));
            let (package, catalog) = (to.package, to.catalog);
            for by in [By::Brought { package }, By::Counterparts { package, catalog }] {
                needs.resources.push(Wanted { by, uses: false, origin: false });
            }
        }
        Command::IncompatibleAdd(link) | Command::IncompatibleRemove(link) => {
            // A reference to another directory object is told from one to nothing.
            let far: &[Kind] = match link.relation {
                Relation::IncompatibleGroup => &Kind::DIRECTORY,
                _ => &[Kind::AccessPackage],
            };
            needs.link(link, &[Kind::AccessPackage], far);
        }
        Command::IncompatibleGroupCreate(create) => {
            needs.domains = true;
            needs.entity(&[Kind::AccessPackage], create.package);
            if let Some(catalog) = create.catalog {
                needs.entity(&[Kind::Catalog], catalog);
            }
            if create.named != NamedGroup::No {
                needs.entity(&Kind::DIRECTORY, create.group);
                needs.deleted.push(create.group);
                needs.links.push((Relation::IncompatibleGroup, create.package, create.group));
            }
        }
        Command::RoleAssign(assign) => {
            needs.entity(&[Kind::User, Kind::Group, Kind::ServicePrincipal], assign.principal);
            if let Some(catalog) = assign.catalog {
                needs.entity(&[Kind::Catalog], catalog);
            }
        }
        Command::RoleUnassign(on) => needs.entity(&[Kind::RoleAssignment], on.id),
        Command::AppRoleAssign(assign) => {
            needs.entity(&Kind::DIRECTORY, assign.end.id);
            needs.entity(&Kind::DIRECTORY, assign.principal);
            needs.entity(&Kind::DIRECTORY, assign.resource);
            needs.documents = true;
        }
        Command::AppRoleUnassign(unassign) => {
            needs.entity(&[unassign.end.kind], unassign.end.id);
            needs.entity(&[Kind::AppRoleAssignment], unassign.id);
        }
        Command::Request(command) => needs.request(command),
        Command::Work(Work { task, subject, .. }) => {
            needs.case = match task {
                Task::Advance | Task::Stage => Some(CaseNeed::Request(*subject)),
                Task::Enforce | Task::Expire | Task::Leave | Task::Notice => Some(CaseNeed::Assignment(*subject)),
                Task::Evaluate => Some(CaseNeed::Person(*subject)),
                Task::SubjectCleanup => Some(CaseNeed::Subject(*subject)),
                Task::Callout => Some(CaseNeed::Callout(*subject)),
                Task::Survey => None,
            };
        }
        Command::Policy(command) => command.needs(&mut needs),
        Command::Resource(command) => resource::needs(command, &mut needs),
        Command::Organization(command) => organization::needs(command, &mut needs),
        Command::Extension(command) => extension::needs(command, &mut needs),
    }
    needs
}

impl Needs {
    fn request(&mut self, command: &RequestCommand) {
        match command {
            RequestCommand::Create(create) => {
                if let Some((kind, id)) = create.about() {
                    self.entity(&[kind], id);
                }
                self.case = Some(CaseNeed::New {
                    package: create.package,
                    assignment: create.assignment.filter(|_| !create.request_type.adds()),
                    target: create.target,
                    subject: create.target_named,
                    requestor: create.caller,
                    approver: create.request_type == RequestType::ApproverRemove,
                    email: create.email.clone(),
                });
                self.domains |= create.email.is_some();
            }
            RequestCommand::Cancel(on) | RequestCommand::Reprocess(on) | RequestCommand::Delete(on) => {
                self.entity(&[Kind::Request], on.id);
                self.case = Some(CaseNeed::Request(on.id));
            }
            RequestCommand::Decide(decision) => {
                self.entity(&[Kind::ApprovalStage], decision.stage);
                self.case = Some(CaseNeed::Decision { request: decision.approval, by: decision.caller });
            }
            RequestCommand::Resume(resume) => {
                self.entity(&[Kind::Request], resume.request);
                self.case = Some(CaseNeed::Request(resume.request));
            }
            RequestCommand::Enforce(on) => {
                self.entity(&[Kind::Assignment], on.id);
                self.case = Some(CaseNeed::Assignment(on.id));
            }
        }
    }

    /// The entity `id`, of one of these kinds.
    pub(crate) fn entity(&mut self, kinds: &[Kind], id: Uuid) {
        self.entities.push((kinds.to_vec(), id));
    }

    pub(crate) fn present(&mut self, named: &[Named]) {
        self.present.extend(named.iter().map(|each| (each.kind, each.id)));
    }

    fn targets(&mut self, links: &[(Relation, Uuid)]) {
        self.entities.extend(links.iter().map(|(_, id)| (Kind::DIRECTORY.to_vec(), *id)));
    }

    fn link(&mut self, link: &Link, from: &[Kind], to: &[Kind]) {
        self.entity(from, link.from);
        if !link.to.is_nil() {
            self.entity(to, link.to);
        }
        match link.relation {
            Relation::Manager => self.managers.push(link.from),
            relation => self.links.push((relation, link.from, link.to)),
        }
    }
}
