//! Any bytes as the body of an assignment policy, on either surface; and what is taken goes to the
//! other surface and back unchanged.
#![no_main]

use domain::fields::{Fields, Value as Field};
use domain::policy::check::check;
use domain::policy::words::Words;
use libfuzzer_sys::fuzz_target;
use model::surface::Version;
use odata::body::{Mode, Options, read_entity};
use odata::value::Value;
use store::policy::{BETA, Settings, V1, answers, fields, settings};
use uuid::Uuid;

fuzz_target!(|bytes: &[u8]| {
    for (version, words) in [(Version::V1, &V1), (Version::Beta, &BETA)] {
        if let Some(said) = said(version, bytes) {
            write(&said, words);
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = answers(text);
    }
});

/// The fields of a body, as the server makes them.
fn said(version: Version, bytes: &[u8]) -> Option<Fields> {
    let surface = model::surface(version);
    let ty = surface.schema.find("accessPackageAssignmentPolicy")?;
    let body = read_entity(&surface.schema, ty, bytes, Mode::Replace, &Options::default()).ok()?;
    let field = |value: &Value| match value {
        Value::Bool(yes) => Field::Bool(*yes),
        Value::Int(number) => Field::Int(*number),
        Value::Text(text) => Field::Text(text.clone()),
        Value::Time(at) => Field::Time(*at),
        Value::Json(text) => Field::Json(text.clone()),
        Value::Null | Value::Double(_) | Value::Guid(_) => Field::Null,
    };
    Some(Fields(body.values.iter().map(|(at, value)| (surface.prop(ty, *at).core, field(value))).collect()))
}

fn write(said: &Fields, words: &'static Words) {
    let ids = [Uuid::from_u128(1), Uuid::from_u128(2)];
    let Ok(made) = settings(said, words, &ids, None) else { return };
    let Ok(read) = made.read(Uuid::nil(), Uuid::nil(), "x", words) else { return };
    let _ = check(&read.policy, words, 0, true);
    let stored = fields(said, &made, words);
    for other in [&V1, &BETA] {
        let again = Fields(stored.0.iter().filter(|(core, _)| belongs(core, other)).cloned().collect());
        let again: Settings = settings(&again, other, &ids, Some(&made)).expect("what is shown can be said");
        assert_eq!(again, made);
    }
}

fn belongs(core: &str, words: &Words) -> bool {
    let beta = core.starts_with("beta.")
        || ["accessReviewSettings", "canExtend", "durationInDays", "expirationDateTime"].contains(&core);
    beta != words.whole
}
