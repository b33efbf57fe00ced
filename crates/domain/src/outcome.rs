//! What a decided command changes: complete, in order, and ready to be applied. Names are core
//! property names; where they are stored is the model's and the store's business.

use crate::command::{Kind, Relation};
use crate::fields::Fields;
use crate::lifecycle::state::CalloutStatus;
use crate::policy::CalloutStage;
use crate::resource::RoleScope;
use uuid::Uuid;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    pub changes: Vec<Change>,
    /// One row for the log, written in the same transaction.
    pub audit: Option<Audit>,
    /// Further rows, where one decision did several things that the log knows by name.
    pub more: Vec<Audit>,
    /// The entity that the answer shows.
    pub shows: Option<(Kind, Uuid)>,
    /// The key of what was made, where that is no id: a role scope's.
    pub key: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Insert {
        kind: Kind,
        id: Uuid,
        fields: Fields,
    },
    /// Sets the fields that are named and no others.
    Update {
        kind: Kind,
        id: Uuid,
        fields: Fields,
    },
    Delete {
        kind: Kind,
        id: Uuid,
    },
    /// Moves a directory object to the deleted ones; its memberships end.
    SoftDelete {
        kind: Kind,
        id: Uuid,
        at: i64,
    },
    Undelete {
        kind: Kind,
        id: Uuid,
    },
    Link {
        relation: Relation,
        from: Uuid,
        to: Uuid,
        at: i64,
    },
    /// The same, by Doorward on behalf of an assignment: the link remembers whose it is.
    Give {
        relation: Relation,
        from: Uuid,
        to: Uuid,
        at: i64,
    },
    Unlink {
        relation: Relation,
        from: Uuid,
        to: Uuid,
    },
    /// Replaces a user's password or adds an application's secret.
    Credential {
        owner: Uuid,
        key_id: Option<Uuid>,
        hash: String,
        hint: Option<String>,
        selector: Option<String>,
        display_name: Option<String>,
        starts_at: i64,
        ends_at: Option<i64>,
    },
    CredentialRemove {
        owner: Uuid,
        key_id: Uuid,
    },
    /// A subject for a directory object, unless it has one.
    Subject {
        id: Uuid,
        object: Uuid,
        /// Whether Doorward answers for the account.
        governed: bool,
    },
    /// An organization's people are known by this from now on; guests with an address in the domain
    /// who belong to no organization yet come to it.
    OrganizationSource {
        organization: Uuid,
        source: String,
        domain: Option<String>,
    },
    /// Somebody may decide in a stage of an approval: a user or a group.
    Approver {
        stage: Uuid,
        object: Uuid,
    },
    /// An app role.
    AppRole {
        id: Uuid,
        principal: Uuid,
        resource: Uuid,
        role: Uuid,
        at: i64,
        /// By Doorward on behalf of an assignment: it remembers whose it is.
        given: bool,
    },
    AppRoleRemove {
        principal: Uuid,
        resource: Uuid,
        role: Uuid,
    },
    /// Something is to be done later, or at once, by the worker; in place of the same task of before.
    Task {
        task: Task,
        subject: Uuid,
        due: i64,
    },
    /// As `Task`, unless the task is there already.
    TaskOnce {
        task: Task,
        subject: Uuid,
        due: i64,
    },
    /// A person gets [`Task::Evaluate`], if there is a rule to ask.
    EvaluateOne {
        person: Uuid,
        due: i64,
    },
    /// Everybody is to be asked about, by [`Task::Survey`]: a membership rule has come or changed.
    EvaluateAll {
        due: i64,
    },
    /// As `EvaluateAll`, where a policy of this package assigns by itself.
    EvaluateAllFor {
        package: Uuid,
        due: i64,
    },
    /// Somebody whose assignment has ended, or whose request came to nothing, gets [`Task::Evaluate`] where
    /// that stood in the way of a policy that assigns by itself.
    EvaluateFreed {
        kind: Kind,
        id: Uuid,
        due: i64,
    },
    /// The next people after this id get [`Task::Evaluate`], and a [`Task::Survey`] goes on after them.
    EvaluateNext {
        after: Uuid,
        due: i64,
    },
    /// A task is done, or no longer needed.
    TaskDone {
        task: Task,
        subject: Uuid,
    },
    /// Something is told to the outside once this has happened: complete in itself, so that whoever
    /// sends it needs nothing else.
    Outbox {
        topic: Topic,
        /// Its id, where something else is known by it.
        id: Option<Uuid>,
        payload: Fields,
        due: i64,
    },
    /// An extension is told of something.
    Callout {
        id: Uuid,
        extension: Uuid,
        stage: CalloutStage,
        request: Option<Uuid>,
        assignment: Option<Uuid>,
        status: CalloutStatus,
        expires_at: Option<i64>,
        at: i64,
    },
    CalloutStatus {
        id: Uuid,
        status: CalloutStatus,
        detail: Option<String>,
    },
    /// By which an extension knows that it is us who call.
    ExtensionSecret {
        id: Uuid,
        secret: String,
    },
    /// A package brings a role.
    RoleScopeAdd {
        package: Uuid,
        role_scope: RoleScope,
        at: i64,
    },
    RoleScopeRemove {
        package: Uuid,
        role_scope: String,
    },
    /// A package brings the same role of another catalog's resource; those who have it keep it.
    RoleScopeMove {
        package: Uuid,
        from: String,
        to: RoleScope,
        at: i64,
    },
    /// Role scopes of the catalog that no package brings any more are forgotten.
    RoleScopesTidy {
        catalog: Uuid,
    },
    /// Whatever hangs on a package follows it into another catalog.
    PackageFollow {
        package: Uuid,
        catalog: Uuid,
    },
    /// Everybody who holds the package gets [`Task::Enforce`].
    EnforceHolders {
        package: Uuid,
        due: i64,
    },
}

impl Change {
    /// Whether tasks may come of it, for which the worker is woken.
    pub fn makes_work(&self) -> bool {
        match self {
            // What somebody who is deleted holds ends.
            Change::SoftDelete { .. }
            | Change::Task { .. }
            | Change::TaskOnce { .. }
            | Change::EvaluateOne { .. }
            | Change::EvaluateAll { .. }
            | Change::EvaluateAllFor { .. }
            | Change::EvaluateFreed { .. }
            | Change::EvaluateNext { .. }
            | Change::EnforceHolders { .. } => true,
            Change::Insert { .. }
            | Change::Update { .. }
            | Change::Delete { .. }
            | Change::Undelete { .. }
            | Change::Link { .. }
            | Change::Give { .. }
            | Change::Unlink { .. }
            | Change::Credential { .. }
            | Change::CredentialRemove { .. }
            | Change::Subject { .. }
            | Change::OrganizationSource { .. }
            | Change::Approver { .. }
            | Change::AppRole { .. }
            | Change::AppRoleRemove { .. }
            | Change::TaskDone { .. }
            | Change::Outbox { .. }
            | Change::Callout { .. }
            | Change::CalloutStatus { .. }
            | Change::ExtensionSecret { .. }
            | Change::RoleScopeAdd { .. }
            | Change::RoleScopeRemove { .. }
            | Change::RoleScopeMove { .. }
            | Change::RoleScopesTidy { .. }
            | Change::PackageFollow { .. } => false,
        }
    }
}

/// What kind of thing goes out, and so who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// A letter to one person: [`crate::lifecycle::mail`].
    Mail,
    /// An extension is told of something: [`crate::lifecycle::callout`].
    Callout,
}

impl Topic {
    pub const ALL: [Topic; 2] = [Topic::Mail, Topic::Callout];

    pub fn number(self) -> i64 {
        match self {
            Topic::Mail => 1,
            Topic::Callout => 2,
        }
    }

    pub fn from_number(number: i64) -> Option<Topic> {
        Topic::ALL.into_iter().find(|topic| topic.number() == number)
    }
}

/// What the worker does, and the kind of thing that the task is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Task {
    /// A request goes on.
    Advance,
    /// A request's approval escalates or times out.
    Stage,
    /// What an assignment's holder has of its roles is brought in line.
    Enforce,
    /// An assignment ends.
    Expire,
    /// A person is asked about by every membership rule: of dynamic groups and of policies that assign
    /// by themselves.
    Evaluate,
    /// An assignment is taken from somebody who has left its policy's scope, unless they are back.
    Leave,
    /// An account from outside is deleted, whose holder holds nothing any more.
    SubjectCleanup,
    /// An assignment's end is near: two weeks, or a day.
    Notice,
    /// A callout was sent, or can't be; or its answer is overdue.
    Callout,
    /// The next of all people, by id after the one it is about, get their [`Task::Evaluate`].
    Survey,
}

/// Work that goes on side by side, so that none waits behind what may be a million tasks of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Somebody waits for it, or time has come for one thing.
    Prompt,
    /// It asks about everybody.
    Broad,
}

impl Task {
    pub const ALL: [Task; 10] = [
        Task::Advance,
        Task::Stage,
        Task::Enforce,
        Task::Expire,
        Task::Evaluate,
        Task::Leave,
        Task::SubjectCleanup,
        Task::Notice,
        Task::Callout,
        Task::Survey,
    ];

    pub fn number(self) -> i64 {
        match self {
            Task::Advance => 1,
            Task::Stage => 2,
            Task::Enforce => 3,
            Task::Expire => 4,
            Task::Evaluate => 5,
            Task::Leave => 6,
            Task::SubjectCleanup => 7,
            Task::Notice => 8,
            Task::Callout => 9,
            Task::Survey => 10,
        }
    }

    pub fn lane(self) -> Lane {
        match self {
            Task::Evaluate | Task::Survey => Lane::Broad,
            Task::Advance
            | Task::Stage
            | Task::Enforce
            | Task::Expire
            | Task::Leave
            | Task::SubjectCleanup
            | Task::Notice
            | Task::Callout => Lane::Prompt,
        }
    }

    pub fn from_number(number: i64) -> Option<Task> {
        Task::ALL.into_iter().find(|task| task.number() == number)
    }
}

/// A row of the audit log: what was done to what, with the fields before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Audit {
    /// Entra's name of the activity, as `Add group`.
    pub activity: &'static str,
    pub category: &'static str,
    pub operation: Operation,
    pub target_kind: Kind,
    pub target: Uuid,
    pub target_name: String,
    /// The second entity, for links.
    pub other: Option<(Kind, Uuid, String)>,
    pub before: Fields,
    pub after: Fields,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Add,
    Update,
    Delete,
    Assign,
    Unassign,
}
