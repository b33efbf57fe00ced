//! PEOPLE FROM OUTSIDE: they are invited by the first assignment that is made for them, and when the
//! last one ends, their sign-in is blocked and, after a while, their account deleted; so the tenant's
//! settings say. Only accounts that Doorward answers for ("governed") are touched, and only guests.

use super::case::{Case, Person};
use super::command::{RequestCreate, Work};
use super::state::RequestType;
use crate::Instant;
use crate::checks::invalid;
use crate::command::Kind;
use crate::denial::Denial;
use crate::directory::category;
use crate::facts::Facts;
use crate::fields::{Fields, Value};
use crate::fold::fold;
use crate::organization::domain_of;
use crate::outcome::{Audit, Change, Operation, Outcome, Task};
use crate::policy::{DAY, Span};
use crate::record::audit;
use uuid::Uuid;

/// Members of `accessPackageSubjectLifecycle`.
pub const NOT_DEFINED: i64 = 0;
pub const NOT_GOVERNED: i64 = 1;
pub const GOVERNED: i64 = 2;

const EMAIL: &str = "target/email";
/// The longest mail address, and the longest name before the `@` of a user principal name.
const EMAIL_MAX: usize = 254;
const LOCAL_MAX: usize = 64;
const MARK: &str = "#EXT#";

/// What becomes of somebody from outside who holds nothing any more, numbered as Graph's
/// `accessPackageExternalUserLifecycleAction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Afterwards {
    #[default]
    Nothing = 0,
    Block = 1,
    BlockAndDelete = 2,
}

impl Afterwards {
    pub const ALL: [Afterwards; 3] = [Afterwards::Nothing, Afterwards::Block, Afterwards::BlockAndDelete];

    pub fn number(self) -> i64 {
        self as i64
    }

    pub fn from_number(number: i64) -> Option<Afterwards> {
        Afterwards::ALL.into_iter().find(|each| each.number() == number)
    }
}

/// How it stands with somebody from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct External {
    pub governed: bool,
    /// When the sign-in was blocked, if it was blocked because of this.
    pub blocked_at: Option<Instant>,
    /// When the account is to be deleted.
    pub cleanup_at: Option<Instant>,
    pub afterwards: Afterwards,
    pub delete_after: Span,
    /// Current assignments other than the case's own.
    pub holds_more: bool,
    /// A request that may yet give something.
    pub awaits: bool,
}

/// Somebody who is invited by a request.
pub(super) struct Invited {
    pub person: Person,
    pub change: Change,
    pub audit: Audit,
}

/// Whoever is behind the address in a request, if nobody is there yet: a guest, who is made now.
///
/// # Errors
/// [`Denial::Invalid`] on `target/email` for anything but a direct assignment, an address that is none
/// or is of the tenant's own domains, and for a request that is only asked about.
pub(super) fn invite(create: &RequestCreate, facts: &Facts, now: Instant) -> Result<Option<Invited>, Denial> {
    let named = create.target.or(create.target_named);
    let named = named.or(create.assignment.filter(|_| !create.request_type.adds()));
    let Some(email) = create.email.as_deref().map(str::trim).filter(|_| named.is_none()) else {
        return Ok(None);
    };
    if create.request_type != RequestType::AdminAdd {
        return Err(invalid(EMAIL, "'target/email' goes with 'adminAdd' only."));
    }
    let domain = domain_of(email).filter(|_| email.len() <= EMAIL_MAX && !email.chars().any(blank));
    let domain = domain.ok_or_else(|| invalid(EMAIL, format!("'target/email' is no mail address: '{email}'.")))?;
    if facts.case.target.is_some() {
        return Ok(None);
    }
    let Some(own) = facts.domains.first().filter(|_| !facts.domains.iter().any(|own| fold(own) == domain)) else {
        let message = format!("'target/email' is in a domain of this tenant, and nobody has it: '{email}'.");
        return Err(invalid(EMAIL, message));
    };
    if create.validation_only {
        return Err(invalid(EMAIL, "'target/email' would have to be invited, which a mere question does not do."));
    }
    let person = Person {
        object: create.guest,
        name: email.to_owned(),
        is_user: true,
        is_enabled: true,
        organization: facts.case.home.map(|home| home.organization),
        of_configured: facts.case.home.is_some_and(|home| home.configured),
        ..Person::default()
    };
    let fields = guest(email, own, now);
    let audit = audit("Invite external user", category(Kind::User), Operation::Add)
        .on(Kind::User, create.guest, email)
        .after(&fields);
    let change = Change::Insert { kind: Kind::User, id: create.guest, fields };
    Ok(Some(Invited { person, change, audit }))
}

fn blank(each: char) -> bool {
    each.is_whitespace() || each.is_control()
}

/// A guest as Entra makes one: the address becomes a name in the tenant's own domain.
fn guest(email: &str, own: &str, now: Instant) -> Fields {
    let name = mangled(email);
    Fields(vec![
        ("accountEnabled", Value::Bool(true)),
        ("creationType", Value::from("Invitation")),
        ("createdDateTime", Value::Time(now)),
        ("displayName", Value::from(email)),
        ("externalUserState", Value::from("PendingAcceptance")),
        ("externalUserStateChangeDateTime", Value::Time(now)),
        ("mail", Value::from(email)),
        ("mailNickname", Value::Text(name.clone())),
        ("userPrincipalName", Value::Text(format!("{name}@{own}"))),
        ("userType", Value::from("Guest")),
    ])
}

/// `ida@partner.example` becomes `ida_partner.example#EXT#`.
fn mangled(email: &str) -> String {
    let plain = |each: char| if each.is_ascii_alphanumeric() || "'.-_!^~".contains(each) { each } else { '_' };
    let name: String = email.chars().map(plain).take(LOCAL_MAX - MARK.len()).collect();
    format!("{}{MARK}", name.trim_matches('.'))
}

/// The target of a case, where it is somebody from outside who is there.
fn outsider(case: &Case) -> Option<(&Person, Uuid, External)> {
    let person = case.target.as_ref().filter(|person| person.is_user && !person.is_member && !person.is_deleted)?;
    Some((person, person.subject?, case.external?))
}

/// What follows when an assignment has ended: nothing while the target holds something else.
pub(super) fn let_go(case: &Case, now: Instant) -> Outcome {
    let mut outcome = Outcome::default();
    let Some((person, subject, external)) = outsider(case) else { return outcome };
    if !external.governed || external.holds_more || external.afterwards == Afterwards::Nothing {
        return outcome;
    }
    let mut fields = Fields::default();
    if person.is_enabled {
        fields.set("blockedAt", Value::Time(now));
        outcome.extend(sign_in(person, false));
    }
    if external.afterwards == Afterwards::BlockAndDelete {
        let due = now.saturating_add(external.delete_after);
        fields.set("cleanupScheduledDateTime", Value::Time(due));
        outcome.changes.push(Change::Task { task: Task::SubjectCleanup, subject, due });
    }
    outcome.changes.push(Change::Update { kind: Kind::Subject, id: subject, fields });
    outcome
}

/// What follows when somebody is given something: what was to come after the last time is off.
pub(super) fn take_back(case: &Case) -> Outcome {
    let mut outcome = Outcome::default();
    let Some((person, subject, external)) = outsider(case) else { return outcome };
    if external.blocked_at.is_none() && external.cleanup_at.is_none() {
        return outcome;
    }
    if external.blocked_at.is_some() && !person.is_enabled {
        outcome.extend(sign_in(person, true));
    }
    let fields = Fields(vec![("blockedAt", Value::Null), ("cleanupScheduledDateTime", Value::Null)]);
    outcome.changes.push(Change::Update { kind: Kind::Subject, id: subject, fields });
    outcome.changes.push(Change::TaskDone { task: Task::SubjectCleanup, subject });
    outcome
}

/// Deletes an account whose time is over, unless its holder has been given something meanwhile, or
/// the settings have changed. Whoever may yet be given something is waited for.
pub fn cleanup(work: &Work, case: &Case, now: Instant) -> Outcome {
    let done = Change::TaskDone { task: Task::SubjectCleanup, subject: work.subject };
    let Some((person, subject, external)) = outsider(case) else { return Outcome::silent(vec![done]) };
    let again = |due: Instant| {
        let fields = Fields(vec![("cleanupScheduledDateTime", Value::Time(due))]);
        Outcome::silent(vec![
            Change::Update { kind: Kind::Subject, id: subject, fields },
            Change::Task { task: Task::SubjectCleanup, subject, due },
        ])
    };
    let off = Fields(vec![("cleanupScheduledDateTime", Value::Null)]);
    let mut changes = vec![done, Change::Update { kind: Kind::Subject, id: subject, fields: off }];
    let over = external.governed && !external.holds_more && external.afterwards == Afterwards::BlockAndDelete;
    let Some(due) = external.cleanup_at.filter(|_| over) else { return Outcome::silent(changes) };
    if due > now {
        return again(due);
    }
    if external.awaits {
        return again(now.saturating_add(DAY));
    }
    changes.push(Change::SoftDelete { kind: Kind::User, id: person.object, at: now });
    let row = audit("Delete user", category(Kind::User), Operation::Delete).on(Kind::User, person.object, &person.name);
    Outcome::new(changes, row)
}

fn sign_in(person: &Person, enabled: bool) -> Outcome {
    let activity = if enabled { "Enable account" } else { "Disable account" };
    let fields = Fields(vec![("accountEnabled", Value::Bool(enabled))]);
    let before = Fields(vec![("accountEnabled", Value::Bool(person.is_enabled))]);
    let row = audit(activity, category(Kind::User), Operation::Update)
        .on(Kind::User, person.object, &person.name)
        .changed(&before, &fields);
    Outcome::new(vec![Change::Update { kind: Kind::User, id: person.object, fields }], row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_a_name() {
        assert_eq!(mangled("ida@partner.example"), "ida_partner.example#EXT#");
        assert_eq!(mangled("i+d a@partner.example"), "i_d_a_partner.example#EXT#");
        assert!(mangled(&format!("{}@partner.example", "i".repeat(200))).len() <= LOCAL_MAX);
    }
}
