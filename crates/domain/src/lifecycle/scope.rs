//! Who is in a policy's scope, and which of several policies a request falls under.

use super::case::Person;
use crate::Instant;
use crate::membership_rule::Rule;
use crate::policy::{Policy, SubjectSet, TargetScope};

/// Whether `person` is among those that the policy is for.
pub fn covers(policy: &Policy, person: &Person, now: Instant) -> bool {
    takes_in(policy.scope, &policy.targets, person, now)
}

/// Whether a policy of this scope, that names these, is for `person`.
pub fn takes_in(scope: TargetScope, targets: &[SubjectSet], person: &Person, now: Instant) -> bool {
    suits(scope, person) && (!is_by_name(scope) || targets.iter().any(|set| contains(set, person, now)))
}

/// Whether the scope takes in only those whom the policy names.
pub fn is_by_name(scope: TargetScope) -> bool {
    matches!(
        scope,
        TargetScope::SpecificUsers
            | TargetScope::SpecificServicePrincipals
            | TargetScope::SpecificConnectedOrganizations
    )
}

/// Whether a policy of this scope can be for somebody like `person` at all, whomever it names.
pub fn suits(scope: TargetScope, person: &Person) -> bool {
    match scope {
        TargetScope::NotSpecified | TargetScope::AllAgentIdentities => false,
        TargetScope::SpecificUsers | TargetScope::AllUsers => person.is_user,
        TargetScope::SpecificServicePrincipals | TargetScope::AllServicePrincipals => !person.is_user,
        TargetScope::SpecificConnectedOrganizations => person.organization.is_some(),
        TargetScope::AllConfiguredConnectedOrganizations => person.organization.is_some() && person.of_configured,
        TargetScope::AllMembers => person.is_user && person.is_member,
        TargetScope::AllExternal => person.is_user && !person.is_member,
    }
}

/// Whether `person` is in the set. What a set says of somebody else's manager or sponsor isn't about
/// this person, and is resolved where it is used.
pub fn contains(set: &SubjectSet, person: &Person, now: Instant) -> bool {
    match set {
        SubjectSet::User(id) | SubjectSet::ServicePrincipal(id) => *id == person.object,
        SubjectSet::Group(id) => person.is_in(*id),
        SubjectSet::ConnectedOrganization(id) => person.organization == Some(*id),
        SubjectSet::Rule(rule) => fits(rule, person, now),
        SubjectSet::RequestorManager { .. }
        | SubjectSet::TargetManager { .. }
        | SubjectSet::InternalSponsors
        | SubjectSet::ExternalSponsors
        | SubjectSet::TargetSponsors
        | SubjectSet::TargetOwners => false,
    }
}

/// The more people a scope takes in, the later it is asked (semantics.md: "specific users or groups
/// or organizations first, then all members, then all users, then external").
fn rank(scope: TargetScope) -> u8 {
    match scope {
        TargetScope::SpecificUsers
        | TargetScope::SpecificServicePrincipals
        | TargetScope::SpecificConnectedOrganizations => 0,
        TargetScope::AllMembers | TargetScope::AllServicePrincipals | TargetScope::AllAgentIdentities => 1,
        TargetScope::AllUsers => 2,
        TargetScope::AllConfiguredConnectedOrganizations => 3,
        TargetScope::AllExternal => 4,
        TargetScope::NotSpecified => 5,
    }
}

/// The policies under which `person` may ask for the package themselves, the one that counts first;
/// of two of a kind the older one. `external` says whether the catalog is open to people from outside.
pub fn requestable<'a>(policies: &'a [Policy], external: bool, person: &Person, now: Instant) -> Vec<&'a Policy> {
    let mut policies: Vec<&Policy> =
        policies.iter().filter(|policy| askable(policy, external) && covers(policy, person, now)).collect();
    policies.sort_by_key(|policy| (rank(policy.scope), policy.id));
    policies
}

/// Whether a policy lets people ask for themselves. One for people from outside does where the catalog
/// is open to them (Graph: accessPackageCatalog.isExternallyVisible).
pub fn askable(policy: &Policy, external: bool) -> bool {
    policy.requestor.self_add && (external || !is_from_outside(policy.scope))
}

/// Whether the scope is for people from outside.
pub fn is_from_outside(scope: TargetScope) -> bool {
    matches!(
        scope,
        TargetScope::SpecificConnectedOrganizations
            | TargetScope::AllConfiguredConnectedOrganizations
            | TargetScope::AllExternal
    )
}

/// When the passing of time alone may next change whether the policy is for `person`, by the rules that
/// it names; none if it never does.
pub fn changes_after(policy: &Policy, person: &Person, now: Instant) -> Option<Instant> {
    let next = |set: &SubjectSet| match set {
        SubjectSet::Rule(rule) => Rule::parse(rule).ok()?.changes_after(person, now),
        _ => None,
    };
    policy.targets.iter().filter_map(next).min()
}

/// Whether a membership rule takes the person in. A rule was read when its policy was made; one that
/// can't be read any more takes in nobody.
fn fits(rule: &str, person: &Person, now: Instant) -> bool {
    person.is_user && Rule::parse(rule).is_ok_and(|rule| rule.matches(person, now))
}
