//! Users: what a new one needs, and what any of them may be called.

use super::{category, link, mail, shown};
use crate::Instant;
use crate::checks::{NAME_MAX, fill, keep_bool, keep_text, one_of, require_bool, require_text, required, reset_null};
use crate::command::{Create, Kind};
use crate::denial::Denial;
use crate::facts::Facts;
use crate::fields::{Fields, Value};
use crate::outcome::{Change, Operation, Outcome};
use crate::record::{audit, name};
use uuid::Uuid;

const PRINCIPAL_MAX: usize = 113;

/// Makes a user. All five of account state, display name, nickname, principal name and password are
/// required (the directory's rule for `POST /users`).
///
/// # Errors
/// [`Denial::Invalid`] on the property that is missing or wrong; [`Denial::ReferenceNotFound`] and
/// [`Denial::ReferenceKind`] for a manager or sponsor.
pub fn user_create(create: &Create, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let mut fields = without_password(&create.fields);
    require_bool(&fields, Kind::User, "accountEnabled")?;
    require_text(&fields, Kind::User, "displayName", NAME_MAX)?;
    require_text(&fields, Kind::User, "mailNickname", NAME_MAX)?;
    require_text(&fields, Kind::User, "userPrincipalName", PRINCIPAL_MAX)?;
    let hash = create.password_hash.as_ref().ok_or_else(|| required(Kind::User, "passwordProfile"))?;
    fill(&mut fields, "userType", "Member".into());
    check(&fields, facts)?;
    let links = link::bound(Kind::User, create.id, &create.links, facts)?;
    fields.set("createdDateTime", Value::Time(now));
    fields.set("lastPasswordChangeDateTime", Value::Time(now));

    let mut audit =
        audit("Add user", category(Kind::User), Operation::Add).on(Kind::User, create.id, name(&fields)).after(&fields);
    shown(&links, &mut audit.after);
    let mut changes = vec![Change::Insert { kind: Kind::User, id: create.id, fields }];
    changes.push(password(create.id, hash, now));
    changes.extend(link::changes(create.id, &links, now));
    Ok(Outcome::new(changes, audit).showing(Kind::User, create.id))
}

/// What an update of a user may set.
///
/// # Errors
/// [`Denial::Invalid`] on the property.
pub(super) fn change(fields: &mut Fields, facts: &Facts) -> Result<(), Denial> {
    reset_null(fields, "userType", "Member".into());
    keep_bool(fields, Kind::User, "accountEnabled")?;
    keep_text(fields, Kind::User, "displayName", NAME_MAX)?;
    keep_text(fields, Kind::User, "mailNickname", NAME_MAX)?;
    keep_text(fields, Kind::User, "userPrincipalName", PRINCIPAL_MAX)?;
    check(fields, facts)
}

fn check(fields: &Fields, facts: &Facts) -> Result<(), Denial> {
    if let Some(text) = fields.text("mailNickname") {
        mail::nickname(text, true)?;
    }
    if let Some(text) = fields.text("userPrincipalName") {
        mail::principal_name(text, &facts.domains)?;
    }
    one_of(fields, "userType", &["Member", "Guest"])
}

/// The fields that may be stored: a password is kept elsewhere.
pub(super) fn without_password(fields: &Fields) -> Fields {
    Fields(fields.0.iter().filter(|(name, _)| *name != "passwordProfile").cloned().collect())
}

pub(super) fn password(user: Uuid, hash: &str, now: Instant) -> Change {
    Change::Credential {
        owner: user,
        key_id: None,
        hash: hash.to_owned(),
        hint: None,
        selector: None,
        display_name: None,
        starts_at: now,
        ends_at: None,
    }
}
