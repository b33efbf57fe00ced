//! ASSIGNMENT POLICIES as rules see them: who may ask for an access package, after whose approval,
//! and for how long. Both surfaces' shapes of a policy become this one; it must never know either.

pub mod answers;
pub mod change;
pub mod check;
pub mod words;

use crate::Instant;
use uuid::Uuid;

/// A span of time, in microseconds.
pub type Span = i64;

pub const SECOND: Span = 1_000_000;
pub const MINUTE: Span = 60 * SECOND;
pub const HOUR: Span = 60 * MINUTE;
pub const DAY: Span = 24 * HOUR;

/// The most stages that an approval has (semantics.md: "At most 3 stages").
pub const STAGES_MAX: usize = 3;
/// The longest that an assignment may last (semantics.md: "up to 3660 days").
pub const DURATION_MAX: Span = 3660 * DAY;

#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub id: Uuid,
    pub package: Uuid,
    pub name: String,
    pub scope: TargetScope,
    /// Those whom a scope of `Specific…` names.
    pub targets: Vec<SubjectSet>,
    pub requestor: RequestorSettings,
    pub approval: ApprovalSettings,
    pub expiration: Expiration,
    pub questions: Vec<Question>,
    /// Set on a policy that assigns by itself to whomever it fits.
    pub automatic: Option<Automatic>,
    /// Set where what it gave is to be reviewed.
    pub review: Option<Review>,
    /// Whether mail about its assignments is turned off.
    pub silent: bool,
    /// Extensions that are told of what happens.
    pub callouts: Vec<StageSetting>,
}

/// Whom a policy is for, in the order of Graph's `allowedTargetScope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TargetScope {
    /// Nobody asks; administrators assign directly.
    NotSpecified,
    SpecificUsers,
    SpecificConnectedOrganizations,
    SpecificServicePrincipals,
    AllMembers,
    AllUsers,
    AllServicePrincipals,
    AllConfiguredConnectedOrganizations,
    AllExternal,
    AllAgentIdentities,
}

impl TargetScope {
    pub const ALL: [TargetScope; 10] = [
        TargetScope::NotSpecified,
        TargetScope::SpecificUsers,
        TargetScope::SpecificConnectedOrganizations,
        TargetScope::SpecificServicePrincipals,
        TargetScope::AllMembers,
        TargetScope::AllUsers,
        TargetScope::AllServicePrincipals,
        TargetScope::AllConfiguredConnectedOrganizations,
        TargetScope::AllExternal,
        TargetScope::AllAgentIdentities,
    ];

    /// The number that Graph's enumeration gives it.
    pub fn number(self) -> i64 {
        TargetScope::ALL.iter().position(|each| *each == self).and_then(|at| i64::try_from(at).ok()).unwrap_or(0)
    }

    pub fn from_number(number: i64) -> Option<TargetScope> {
        usize::try_from(number).ok().and_then(|at| TargetScope::ALL.get(at)).copied()
    }
}

/// Some people: by name, by what they are to somebody, or by a rule.
#[derive(Debug, Clone, PartialEq)]
pub enum SubjectSet {
    User(Uuid),
    /// Direct and indirect members.
    Group(Uuid),
    ServicePrincipal(Uuid),
    ConnectedOrganization(Uuid),
    /// The requestor's manager, `level` steps up (1: the direct one).
    RequestorManager {
        level: u32,
    },
    /// The target's manager.
    TargetManager {
        level: u32,
    },
    /// Sponsors of the requestor's connected organization.
    InternalSponsors,
    ExternalSponsors,
    /// The sponsors of the target's own account.
    TargetSponsors,
    /// Owners of an application, or sponsors and owners of an agent.
    TargetOwners,
    /// Whomever a membership rule fits; kept as text here, checked when the policy was made.
    Rule(String),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestorSettings {
    pub self_add: bool,
    pub self_update: bool,
    pub self_remove: bool,
    pub on_behalf_add: bool,
    pub on_behalf_update: bool,
    pub on_behalf_remove: bool,
    pub on_behalf: Vec<SubjectSet>,
    /// Whether the requestor may say from when and until when.
    pub custom_schedule: bool,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct ApprovalSettings {
    pub for_add: bool,
    pub for_update: bool,
    pub requestor_justification: bool,
    pub stages: Vec<Stage>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Nobody having decided by then, the request is denied.
    pub timeout: Option<Span>,
    /// Nobody having decided by then, the escalation approvers may as well; `None` without escalation.
    pub escalation: Option<Span>,
    pub justification: bool,
    pub primary: Vec<SubjectSet>,
    /// Those who stand in when the primary approvers can't be found.
    pub fallback_primary: Vec<SubjectSet>,
    pub escalation_approvers: Vec<SubjectSet>,
    pub fallback_escalation: Vec<SubjectSet>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiration {
    NotSpecified,
    Never,
    At(Instant),
    After(Span),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub id: Uuid,
    /// Its place among the others.
    pub sequence: i64,
    pub required: bool,
    /// Whether the answer may be changed later.
    pub editable: bool,
    pub kind: QuestionKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum QuestionKind {
    Text { pattern: Option<String>, single_line: bool },
    Choice { values: Vec<String>, several: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Automatic {
    /// Assign to those who come into scope.
    pub add: bool,
    /// Take away from those who leave it,
    pub remove: bool,
    /// after this long.
    pub grace: Span,
}

/// Who is to say whether access is still needed. Reviews themselves are another service's to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Review {
    /// Each holder for themselves,
    pub by_self: bool,
    /// or somebody who is named.
    pub by_others: bool,
}

/// An extension that is told at a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageSetting {
    pub stage: CalloutStage,
    pub extension: Uuid,
}

/// When extensions are told, numbered as Graph's `accessPackageCustomExtensionStage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalloutStage {
    Created = 1,
    Approved = 2,
    Granted = 3,
    Removed = 4,
    FourteenDaysBefore = 5,
    OneDayBefore = 6,
}

impl CalloutStage {
    pub const ALL: [CalloutStage; 6] = [
        CalloutStage::Created,
        CalloutStage::Approved,
        CalloutStage::Granted,
        CalloutStage::Removed,
        CalloutStage::FourteenDaysBefore,
        CalloutStage::OneDayBefore,
    ];

    pub fn number(self) -> i64 {
        self as i64
    }

    pub fn from_number(number: i64) -> Option<CalloutStage> {
        CalloutStage::ALL.into_iter().find(|each| each.number() == number)
    }

    pub fn name(self) -> &'static str {
        match self {
            CalloutStage::Created => "assignmentRequestCreated",
            CalloutStage::Approved => "assignmentRequestApproved",
            CalloutStage::Granted => "assignmentRequestGranted",
            CalloutStage::Removed => "assignmentRequestRemoved",
            CalloutStage::FourteenDaysBefore => "assignmentFourteenDaysBeforeExpiration",
            CalloutStage::OneDayBefore => "assignmentOneDayBeforeExpiration",
        }
    }

    /// The stage of this name, in any letter case.
    pub fn from_name(name: &str) -> Option<CalloutStage> {
        CalloutStage::ALL.into_iter().find(|each| each.name().eq_ignore_ascii_case(name))
    }

    /// Whether a request can wait here: it is decided about, and nothing has been given yet.
    pub fn pauses(self) -> bool {
        matches!(self, CalloutStage::Created | CalloutStage::Approved)
    }

    /// What an extension must be for, to be told at this stage.
    pub fn of(self) -> crate::command::ExtensionOf {
        match self {
            CalloutStage::FourteenDaysBefore | CalloutStage::OneDayBefore => crate::command::ExtensionOf::Assignments,
            _ => crate::command::ExtensionOf::Requests,
        }
    }
}
