//! ON WHOSE BEHALF: who may act for somebody else under a policy, and what a policy lets people do for
//! themselves or for others (Graph: accessPackageAssignmentRequestorSettings). Whether what they then ask
//! for is accepted is said in `request`.

use super::case::{Case, Person};
use super::scope::contains;
use super::state::RequestType;
use crate::Instant;
use crate::checks::invalid;
use crate::denial::Denial;
use crate::policy::{Policy, SubjectSet};

/// Whether the policy names the requestor among those who may act for this target.
pub(super) fn acts_for(policy: &Policy, case: &Case, target: &Person, now: Instant) -> bool {
    let Some(requestor) = &case.requestor else { return false };
    policy.requestor.on_behalf.iter().any(|set| match set {
        SubjectSet::TargetManager { level } | SubjectSet::RequestorManager { level } => {
            let reach = usize::try_from((*level).max(1)).unwrap_or(1);
            target.managers.iter().take(reach).any(|manager| *manager == requestor.object)
        }
        SubjectSet::TargetSponsors => target.sponsors.contains(&requestor.object),
        other => contains(other, requestor, now),
    })
}

/// Whether the policy lets the requestor ask for this target.
pub(super) fn may_add_for(policy: &Policy, case: &Case, target: &Person, now: Instant) -> bool {
    policy.requestor.on_behalf_add && acts_for(policy, case, target, now)
}

/// Whether the policy lets the requestor do anything at all for this target.
pub(super) fn may_act_for(policy: &Policy, case: &Case, target: &Person, now: Instant) -> bool {
    let rights = &policy.requestor;
    (rights.on_behalf_add || rights.on_behalf_update || rights.on_behalf_remove) && acts_for(policy, case, target, now)
}

/// Whether the policy lets people do this, for themselves or for somebody else. A policy that is gone keeps
/// nobody from giving back what they have, and none keeps its approvers from thinking again.
pub(super) fn allowed(request_type: RequestType, policy: Option<&Policy>, own: bool) -> Result<(), Denial> {
    let bound = request_type.by_user() && request_type != RequestType::ApproverRemove;
    let Some(rights) = policy.map(|policy| &policy.requestor).filter(|_| bound) else { return Ok(()) };
    let (may, why) = match (request_type.updates(), own) {
        (true, true) => (rights.self_update, "The policy doesn't let holders extend their access."),
        (true, false) => (rights.on_behalf_update, "The policy doesn't let others extend a holder's access."),
        (false, true) => (rights.self_remove, "The policy doesn't let holders give their access back by themselves."),
        (false, false) => (rights.on_behalf_remove, "The policy doesn't let others give a holder's access back."),
    };
    if may { Ok(()) } else { Err(invalid("requestType", why)) }
}
