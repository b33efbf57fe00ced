//! What a tenant sets for people from outside, and what people see of each other. Both are there from
//! the tenant's first moment.

use crate::Instant;
use crate::checks::{changeable, invalid, reset_null};
use crate::command::{DeleteAfter, Kind, SettingsUpdate, Update};
use crate::denial::Denial;
use crate::facts::Facts;
use crate::fields::{Fields, Value};
use crate::lifecycle::external::Afterwards;
use crate::outcome::{Change, Operation, Outcome};
use crate::policy::{DAY, DURATION_MAX};
use crate::record::{ENTITLEMENT, audit};
use uuid::Uuid;

/// The id of every tenant's settings.
pub const SETTINGS: Uuid = Uuid::from_u128(0x00000000_0000_4000_8000_000000000001);
/// The id of every tenant's settings of what people see.
pub const END_USER_SETTINGS: Uuid = Uuid::from_u128(0x00000000_0000_4000_8000_000000000002);

/// Sets what becomes of people from outside once they hold nothing any more.
///
/// # Errors
/// [`Denial::MayNotChange`], [`Denial::Invalid`] for an action that isn't one or a time that is
/// negative or too long.
pub fn update(update: &SettingsUpdate, facts: &Facts) -> Result<Outcome, Denial> {
    let settings = changeable(facts, Kind::Settings, SETTINGS)?;
    let mut fields = update.fields.clone();
    reset_null(&mut fields, "externalUserLifecycleAction", Value::Int(Afterwards::BlockAndDelete.number()));
    if let Some(action) = fields.int("externalUserLifecycleAction")
        && Afterwards::from_number(action).is_none()
    {
        let words = "none, blockSignIn, blockSignInAndDelete";
        return Err(invalid(
            "externalUserLifecycleAction",
            format!("Property 'externalUserLifecycleAction' can be one of: {words}."),
        ));
    }
    if let Some(DeleteAfter { span, text, path }) = &update.delete_after {
        if !(0..=DURATION_MAX).contains(span) {
            let most = DURATION_MAX / DAY;
            return Err(invalid(path, format!("Property '{path}' can be 0 to {most} days.")));
        }
        // Kept as each surface shows it; begun days count as whole.
        let days = span.div_euclid(DAY) + i64::from(span.rem_euclid(DAY) > 0);
        fields.set("durationUntilExternalUserDeletedAfterBlocked", Value::Text(text.clone()));
        fields.set("daysUntilExternalUserDeletedAfterBlocked", Value::Int(days));
    }
    let audit = audit("Update entitlement management settings", ENTITLEMENT, Operation::Update)
        .on(Kind::Settings, SETTINGS, "")
        .changed(&settings.fields, &fields);
    Ok(Outcome::new(vec![Change::Update { kind: Kind::Settings, id: SETTINGS, fields }], audit))
}

/// Sets what people see of each other.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`].
pub fn end_user(update: &Update, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let settings = changeable(facts, Kind::EndUserSettings, update.id)?;
    let mut fields: Fields = update.fields.clone();
    reset_null(&mut fields, "relatedPeopleInsightLevel", Value::Int(1));
    if fields.int("relatedPeopleInsightLevel").is_some_and(|level| !(0..=2).contains(&level)) {
        let words = "disabled, count, countAndNames";
        return Err(invalid(
            "relatedPeopleInsightLevel",
            format!("Property 'relatedPeopleInsightLevel' can be one of: {words}."),
        ));
    }
    fields.set("modifiedDateTime", Value::Time(now));
    let audit = audit("Update entitlement management settings", ENTITLEMENT, Operation::Update)
        .on(Kind::EndUserSettings, settings.id, "")
        .changed(&settings.fields, &fields);
    Ok(Outcome::new(vec![Change::Update { kind: Kind::EndUserSettings, id: settings.id, fields }], audit))
}
