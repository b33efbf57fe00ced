//! What callers ask of requests, approvals and assignments, and what the worker does about tasks.

use super::state::RequestType;
use crate::Instant;
use crate::command::{Kind, On};
use crate::outcome::Task;
use crate::policy::CalloutStage;
use crate::policy::answers::Answer;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq)]
pub enum RequestCommand {
    Create(Box<RequestCreate>),
    Cancel(On),
    /// Delivers again what could not be delivered.
    Reprocess(On),
    Delete(On),
    /// An approver's decision.
    Decide(Decide),
    /// The answer of an extension that the request waits for.
    Resume(Box<Resume>),
    /// Brings what an assignment's holder has in line with what the package brings.
    Enforce(On),
}

/// A new request.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestCreate {
    pub id: Uuid,
    pub request_type: RequestType,
    /// Named in the body; a removal or an update names the assignment instead.
    pub package: Option<Uuid>,
    pub policy: Option<Uuid>,
    /// Never named by a request that adds: see [`RequestCreate::about`].
    pub assignment: Option<Uuid>,
    /// The directory object that the access is for; the caller where a user names nobody.
    pub target: Option<Uuid>,
    /// Their subject.
    pub target_named: Option<Uuid>,
    /// Their address, and the id of the guest that is made if nobody is named otherwise and nobody has it.
    pub email: Option<String>,
    pub guest: Uuid,
    /// The catalog of the package, and the organization of the target, where the body names them too.
    pub catalog: Option<Uuid>,
    pub organization: Option<Uuid>,
    pub paths: &'static RequestPaths,
    /// The signed-in user, if it is one.
    pub caller: Option<Uuid>,
    /// The signed-in user or the client.
    pub principal: Uuid,
    pub wish: Wish,
    /// The schedule as it was said, for the answer.
    pub schedule: Option<String>,
    pub justification: Option<String>,
    /// What was answered to the policy's questions; and as it was said, for whoever decides.
    pub answers: Vec<Answer>,
    pub answers_document: Option<String>,
    /// Only ask whether it would be accepted.
    pub validation_only: bool,
    /// New ids, where there is no subject yet.
    pub target_subject: Uuid,
    pub requestor_subject: Uuid,
}

impl RequestCreate {
    /// The one entity that the request is about: whose rights are checked, and which it acts on. A request
    /// that adds is about a package; any other is about the assignment that it names, or about whatever its
    /// target holds of the package.
    pub fn about(&self) -> Option<(Kind, Uuid)> {
        let package = self.package.map(|id| (Kind::AccessPackage, id));
        let assignment = self.assignment.map(|id| (Kind::Assignment, id));
        if self.request_type.adds() { package } else { assignment.or(package) }
    }
}

/// How a surface names the parts of a request's body, for refusals.
#[derive(Debug, PartialEq, Eq)]
pub struct RequestPaths {
    pub assignment_id: &'static str,
    pub package: &'static str,
    pub policy: &'static str,
    pub target: &'static str,
    pub subject: &'static str,
    pub email: &'static str,
    pub catalog: &'static str,
    pub organization: &'static str,
}

/// From when and until when, as the requestor would like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wish {
    pub from: Option<Instant>,
    pub until: Option<crate::policy::Expiration>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Decide {
    pub approval: Uuid,
    pub stage: Uuid,
    /// The signed-in user.
    pub caller: Uuid,
    pub approve: bool,
    pub justification: Option<String>,
}

/// What an extension answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    pub request: Uuid,
    pub callout: Uuid,
    pub stage: CalloutStage,
    /// Who says so.
    pub source: String,
    pub detail: Option<String>,
    /// The end of the request, in place of its going on.
    pub verdict: Option<Verdict>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Deny,
    Cancel,
}

/// A task that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    pub task: Task,
    pub subject: Uuid,
    /// New ids are counted up from here, so that deciding twice makes the same ones.
    pub seed: Uuid,
}

impl Work {
    /// The `number`th new id.
    pub fn id(&self, number: u128) -> Uuid {
        Uuid::from_u128(self.seed.as_u128().wrapping_add(number))
    }
}
