//! Whether Doorward answers for somebody's account: only of people it answers for is the sign-in
//! blocked, and the account deleted, when they hold nothing any more.

use crate::checks::{changeable, invalid, reset_null};
use crate::command::{Kind, Update};
use crate::denial::Denial;
use crate::facts::Facts;
use crate::fields::Value;
use crate::lifecycle::external::{GOVERNED, NOT_DEFINED, NOT_GOVERNED};
use crate::outcome::{Change, Operation, Outcome, Task};
use crate::record::{ENTITLEMENT, audit};

/// Sets it. Who is not governed any more is not deleted any more either; a sign-in that is blocked
/// stays so until somebody unblocks it, or the person is given something.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`], [`Denial::Invalid`].
pub fn update(update: &Update, facts: &Facts) -> Result<Outcome, Denial> {
    let subject = changeable(facts, Kind::Subject, update.id)?;
    let mut fields = update.fields.clone();
    reset_null(&mut fields, "subjectLifecycle", Value::Int(NOT_DEFINED));
    let mut changes = Vec::new();
    match fields.int("subjectLifecycle") {
        Some(GOVERNED) | None => {}
        Some(NOT_DEFINED | NOT_GOVERNED) => {
            fields.set("cleanupScheduledDateTime", Value::Null);
            changes.push(Change::TaskDone { task: Task::SubjectCleanup, subject: subject.id });
        }
        Some(_) => {
            let words = "notDefined, notGoverned, governed";
            return Err(invalid("subjectLifecycle", format!("Property 'subjectLifecycle' can be one of: {words}.")));
        }
    }
    let audit = audit("Update access package subject", ENTITLEMENT, Operation::Update)
        .on_entity(subject)
        .changed(&subject.fields, &fields);
    changes.push(Change::Update { kind: Kind::Subject, id: subject.id, fields });
    Ok(Outcome::new(changes, audit))
}
