//! Documents that Graph shows of what rules keep in columns: written with the columns, so that a read
//! copies them as they are. It must never hold what can't be made again from the fields beside it.

use domain::command::Kind;
use domain::fields::{Fields, Value};
use odata::write;

/// The documents that follow from `fields`, by core name.
pub fn documents(kind: Kind, fields: &Fields) -> Vec<(&'static str, String)> {
    match kind {
        Kind::Assignment if fields.get("startsAt").is_some() => vec![("schedule", schedule(fields))],
        Kind::Request if fields.get("startsAt").is_some() && fields.get("schedule").is_none() => {
            vec![("schedule", schedule(fields))]
        }
        Kind::ApprovalStage => match (fields.guid("reviewedById"), fields.text("reviewedByName")) {
            (Some(id), name) => {
                let by = serde_json::json!({ "displayName": name, "id": id.to_string() });
                vec![("reviewedBy", by.to_string())]
            }
            (None, _) => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// A schedule as Graph writes it: nothing is left out, what isn't said is null.
fn schedule(fields: &Fields) -> String {
    let time = |name: &str| match fields.get(name) {
        Some(Value::Time(at)) => serde_json::Value::from(write::time(*at)),
        _ => serde_json::Value::Null,
    };
    let until = time("endsAt");
    let kind = if until.is_null() { "noExpiration" } else { "afterDateTime" };
    serde_json::json!({
        "startDateTime": time("startsAt"),
        "expiration": { "duration": null, "endDateTime": until, "type": kind },
        "recurrence": null,
    })
    .to_string()
}
