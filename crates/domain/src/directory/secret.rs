//! Secrets of applications and service principals. Only hashes get this far, and neither they nor
//! the hints go to the log.

use super::{category, object};
use crate::checks::invalid;
use crate::command::{Kind, Secret, SecretRemoval};
use crate::denial::Denial;
use crate::facts::{Dependents, Entity, Facts};
use crate::fields::{Fields, Value};
use crate::outcome::{Audit, Change, Operation, Outcome};
use crate::record::audit;
use uuid::Uuid;

/// Secrets that an application or a service principal may have at a time. Expired ones count: they
/// are there until somebody removes them.
pub const SECRETS_MAX: u64 = 100;

/// Adds a secret.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`], [`Denial::Invalid`] on `endDateTime` for a secret
/// that ends before it begins, and on `passwordCredentials` where there are [`SECRETS_MAX`] already.
pub fn secret_add(secret: &Secret, facts: &Facts) -> Result<Outcome, Denial> {
    let owner = holder(facts, secret.kind, secret.id)?;
    if secret.ends_at <= secret.starts_at {
        return Err(invalid("endDateTime", "A secret ends after it begins."));
    }
    secrets_left(facts.count(Dependents::SecretsOfOwner, owner.id))?;
    let after = Fields(vec![
        ("keyId", Value::Guid(secret.key_id)),
        ("displayName", secret.display_name.clone().map_or(Value::Null, Value::Text)),
        ("startDateTime", Value::Time(secret.starts_at)),
        ("endDateTime", Value::Time(secret.ends_at)),
    ]);
    let credential = Change::Credential {
        owner: owner.id,
        key_id: Some(secret.key_id),
        hash: secret.hash.clone(),
        hint: Some(secret.hint.clone()),
        selector: secret.selector.clone(),
        display_name: secret.display_name.clone(),
        starts_at: secret.starts_at,
        ends_at: Some(secret.ends_at),
    };
    Ok(Outcome::new(vec![credential], log(owner, "Add service principal credentials").after(&after)))
}

/// Whether something with `count` secrets may have another.
///
/// # Errors
/// [`Denial::Invalid`] on `passwordCredentials`.
pub fn secrets_left(count: u64) -> Result<(), Denial> {
    if count < SECRETS_MAX {
        return Ok(());
    }
    let message = format!("There are {count} secrets, and {SECRETS_MAX} are possible: remove one first.");
    Err(invalid("passwordCredentials", message))
}

/// Takes a secret away.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`], [`Denial::Invalid`] on `keyId` for a secret that the
/// object doesn't list.
pub fn secret_remove(secret: &SecretRemoval, facts: &Facts) -> Result<Outcome, Denial> {
    let owner = holder(facts, secret.kind, secret.id)?;
    if !listed(owner, secret.key_id) {
        return Err(invalid("keyId", format!("No password credential found with keyId '{}'.", secret.key_id)));
    }
    let before = Fields(vec![("keyId", Value::Guid(secret.key_id))]);
    let removal = Change::CredentialRemove { owner: owner.id, key_id: secret.key_id };
    Ok(Outcome::new(vec![removal], log(owner, "Remove service principal credentials").before(&before)))
}

fn holder(facts: &Facts, kind: Kind, id: Uuid) -> Result<&Entity, Denial> {
    match kind {
        Kind::Application | Kind::ServicePrincipal => object(facts, kind, id),
        _ => Err(Denial::NotFound { kind, id }),
    }
}

/// Whether `passwordCredentials` lists the key; a fact that doesn't show the list can't deny it.
fn listed(owner: &Entity, key_id: Uuid) -> bool {
    match owner.fields.get("passwordCredentials") {
        Some(Value::Json(list) | Value::Text(list)) => list.to_ascii_lowercase().contains(&key_id.to_string()),
        _ => true,
    }
}

/// Entra's log has one name for whatever happens to the secrets of an application.
fn log(owner: &Entity, of_service_principal: &'static str) -> Audit {
    let activity = match owner.kind {
        Kind::Application => "Update application - Certificates and secrets management",
        _ => of_service_principal,
    };
    audit(activity, category(owner.kind), Operation::Update).on_entity(owner)
}
