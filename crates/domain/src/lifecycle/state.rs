//! The words of the life of access: types of request, states of requests, assignments and stages,
//! with the numbers and strings that Graph gives them.

/// What a request asks for, numbered as Graph's `accessPackageRequestType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestType {
    UserAdd = 1,
    UserUpdate = 2,
    UserRemove = 3,
    AdminAdd = 4,
    AdminUpdate = 5,
    AdminRemove = 6,
    SystemAdd = 7,
    SystemUpdate = 8,
    SystemRemove = 9,
    OnBehalfAdd = 10,
    ApproverRemove = 12,
}

impl RequestType {
    pub const ALL: [RequestType; 11] = [
        RequestType::UserAdd,
        RequestType::UserUpdate,
        RequestType::UserRemove,
        RequestType::AdminAdd,
        RequestType::AdminUpdate,
        RequestType::AdminRemove,
        RequestType::SystemAdd,
        RequestType::SystemUpdate,
        RequestType::SystemRemove,
        RequestType::OnBehalfAdd,
        RequestType::ApproverRemove,
    ];

    pub fn number(self) -> i64 {
        self as i64
    }

    pub fn from_number(number: i64) -> Option<RequestType> {
        RequestType::ALL.into_iter().find(|each| each.number() == number)
    }

    pub fn adds(self) -> bool {
        matches!(self, RequestType::UserAdd | RequestType::AdminAdd | RequestType::SystemAdd | RequestType::OnBehalfAdd)
    }

    pub fn name(self) -> &'static str {
        match self {
            RequestType::UserAdd => "userAdd",
            RequestType::UserUpdate => "userUpdate",
            RequestType::UserRemove => "userRemove",
            RequestType::AdminAdd => "adminAdd",
            RequestType::AdminUpdate => "adminUpdate",
            RequestType::AdminRemove => "adminRemove",
            RequestType::SystemAdd => "systemAdd",
            RequestType::SystemUpdate => "systemUpdate",
            RequestType::SystemRemove => "systemRemove",
            RequestType::OnBehalfAdd => "onBehalfAdd",
            RequestType::ApproverRemove => "approverRemove",
        }
    }

    pub fn updates(self) -> bool {
        matches!(self, RequestType::UserUpdate | RequestType::AdminUpdate | RequestType::SystemUpdate)
    }

    pub fn removes(self) -> bool {
        !self.adds() && !self.updates()
    }

    /// Asked by a user who needs no office for it: for themselves, for somebody whom they answer for, or about
    /// what they have approved. The policy is obeyed.
    pub fn by_user(self) -> bool {
        matches!(
            self,
            RequestType::UserAdd
                | RequestType::UserUpdate
                | RequestType::UserRemove
                | RequestType::OnBehalfAdd
                | RequestType::ApproverRemove
        )
    }

    /// Made by Doorward itself, and by nobody else.
    pub fn by_system(self) -> bool {
        matches!(self, RequestType::SystemAdd | RequestType::SystemUpdate | RequestType::SystemRemove)
    }
}

/// Where a request stands, numbered as Graph's `accessPackageRequestState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestState {
    Submitted = 0,
    PendingApproval = 1,
    Delivering = 2,
    Delivered = 3,
    DeliveryFailed = 4,
    Denied = 5,
    Scheduled = 6,
    Canceled = 7,
    PartiallyDelivered = 8,
}

impl RequestState {
    pub const ALL: [RequestState; 9] = [
        RequestState::Submitted,
        RequestState::PendingApproval,
        RequestState::Delivering,
        RequestState::Delivered,
        RequestState::DeliveryFailed,
        RequestState::Denied,
        RequestState::Scheduled,
        RequestState::Canceled,
        RequestState::PartiallyDelivered,
    ];

    pub fn number(self) -> i64 {
        self as i64
    }

    pub fn from_number(number: i64) -> Option<RequestState> {
        RequestState::ALL.into_iter().find(|each| each.number() == number)
    }

    /// Not at its end yet: an open request for a package counts as holding it (semantics.md: "an
    /// assignment counts from the moment its request is accepted").
    pub fn is_open(self) -> bool {
        matches!(
            self,
            RequestState::Submitted
                | RequestState::PendingApproval
                | RequestState::Delivering
                | RequestState::Scheduled
        )
    }

    pub fn name(self) -> &'static str {
        match self {
            RequestState::Submitted => "submitted",
            RequestState::PendingApproval => "pendingApproval",
            RequestState::Delivering => "delivering",
            RequestState::Delivered => "delivered",
            RequestState::DeliveryFailed => "deliveryFailed",
            RequestState::Denied => "denied",
            RequestState::Scheduled => "scheduled",
            RequestState::Canceled => "canceled",
            RequestState::PartiallyDelivered => "partiallyDelivered",
        }
    }
}

/// Where an assignment stands, numbered as Graph's `accessPackageAssignmentState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssignmentState {
    Delivering = 0,
    PartiallyDelivered = 1,
    Delivered = 2,
    Expired = 3,
    DeliveryFailed = 4,
}

impl AssignmentState {
    pub const ALL: [AssignmentState; 5] = [
        AssignmentState::Delivering,
        AssignmentState::PartiallyDelivered,
        AssignmentState::Delivered,
        AssignmentState::Expired,
        AssignmentState::DeliveryFailed,
    ];

    pub fn number(self) -> i64 {
        self as i64
    }

    pub fn from_number(number: i64) -> Option<AssignmentState> {
        AssignmentState::ALL.into_iter().find(|each| each.number() == number)
    }

    /// Whether its holder has, or is about to have, the access.
    pub fn is_current(self) -> bool {
        matches!(self, AssignmentState::Delivering | AssignmentState::PartiallyDelivered | AssignmentState::Delivered)
    }

    pub fn name(self) -> &'static str {
        match self {
            AssignmentState::Delivering => "delivering",
            AssignmentState::PartiallyDelivered => "partiallyDelivered",
            AssignmentState::Delivered => "delivered",
            AssignmentState::Expired => "expired",
            AssignmentState::DeliveryFailed => "deliveryFailed",
        }
    }
}

/// Where a stage of an approval stands, in Graph's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StageStatus {
    Initializing,
    InProgress,
    Completed,
    Expired,
}

impl StageStatus {
    pub const ALL: [StageStatus; 4] =
        [StageStatus::Initializing, StageStatus::InProgress, StageStatus::Completed, StageStatus::Expired];

    pub fn name(self) -> &'static str {
        match self {
            StageStatus::Initializing => "Initializing",
            StageStatus::InProgress => "InProgress",
            StageStatus::Completed => "Completed",
            StageStatus::Expired => "Expired",
        }
    }

    pub fn from_name(name: &str) -> Option<StageStatus> {
        StageStatus::ALL.into_iter().find(|each| each.name() == name)
    }
}

/// How it stands with a callout, numbered as Graph's `customExtensionCalloutInstanceStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalloutStatus {
    Sent = 1,
    CallbackReceived = 2,
    Failed = 3,
    TimedOut = 4,
    Waiting = 5,
}

impl CalloutStatus {
    pub const ALL: [CalloutStatus; 5] = [
        CalloutStatus::Sent,
        CalloutStatus::CallbackReceived,
        CalloutStatus::Failed,
        CalloutStatus::TimedOut,
        CalloutStatus::Waiting,
    ];

    pub fn number(self) -> i64 {
        self as i64
    }

    pub fn from_number(number: i64) -> Option<CalloutStatus> {
        CalloutStatus::ALL.into_iter().find(|each| each.number() == number)
    }

    pub fn name(self) -> &'static str {
        match self {
            CalloutStatus::Sent => "calloutSent",
            CalloutStatus::CallbackReceived => "callbackReceived",
            CalloutStatus::Failed => "calloutFailed",
            CalloutStatus::TimedOut => "callbackTimedOut",
            CalloutStatus::Waiting => "waitingForCallback",
        }
    }
}

/// The finer words that stand beside a state.
pub mod status {
    pub const ACCEPTED: &str = "Accepted";
    pub const PENDING_APPROVAL: &str = "PendingApproval";
    pub const ESCALATED: &str = "PendingApprovalEscalated";
    pub const NOT_BEFORE: &str = "PendingNotBefore";
    pub const DELIVERING: &str = "Delivering";
    pub const DELIVERED: &str = "Delivered";
    pub const PARTIALLY_DELIVERED: &str = "PartiallyDelivered";
    pub const DELIVERY_FAILED: &str = "DeliveryFailed";
    pub const DENIED: &str = "Denied";
    pub const CANCELED: &str = "Canceled";
    /// An extension has been told, and must answer first.
    pub const WAITING_FOR_CALLBACK: &str = "WaitingForCallback";
    /// It has not answered in time.
    pub const CALLBACK_TIMED_OUT: &str = "CallbackTimedOut";
    /// It could not be told.
    pub const CALLOUT_FAILED: &str = "CalloutFailed";
    /// Nobody decided in time.
    pub const EXPIRED: &str = "Expired";
    /// An assignment that ends within a day.
    pub const NEAR_EXPIRY: &str = "NearExpiry1DayNotificationTriggered";
    /// An assignment that has ended.
    pub const EXPIRED_NOTIFIED: &str = "ExpiredNotificationTriggered";
}
