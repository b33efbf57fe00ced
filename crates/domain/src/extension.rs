//! CUSTOM EXTENSIONS: whom a catalog's policies may call, and where it listens. What is then told, and
//! when a request waits for an answer, is the life of access: `lifecycle::callout`.

use crate::Instant;
use crate::checks::{NAME_MAX, changeable, require_text, within};
use crate::command::{ExtensionCommand, ExtensionCreate, ExtensionOf, ExtensionReplace, Kind, On, Terms};
use crate::denial::Denial;
use crate::facts::{Dependents, Facts, Needs};
use crate::fields::{Fields, Value};
use crate::outcome::{Change, Operation, Outcome};
use crate::policy::check::wrong;
use crate::policy::{DAY, MINUTE};
use crate::record::{ENTITLEMENT, audit, name};

const DESCRIPTION_MAX: usize = 1500;
const URL_MAX: usize = 2048;
/// How long a request may wait (Entra's guide: "5 minutes to 14 days").
const WAIT: std::ops::RangeInclusive<i64> = 5 * MINUTE..=14 * DAY;
/// How long the far end may take to take a call, in milliseconds, and how often it is tried again.
const TIMEOUT: std::ops::RangeInclusive<i64> = 200..=30_000;
const RETRIES: std::ops::RangeInclusive<i64> = 0..=10;
/// Where nothing is said.
pub const TIMEOUT_DEFAULT: i64 = 10_000;
pub const RETRIES_DEFAULT: i64 = 10;

pub(crate) fn needs(command: &ExtensionCommand, needs: &mut Needs) {
    match command {
        ExtensionCommand::Create(create) => needs.entity(&[Kind::Catalog], create.catalog),
        ExtensionCommand::Replace(replace) => needs.entity(&[Kind::Extension], replace.id),
        ExtensionCommand::Delete(on) => {
            needs.entity(&[Kind::Extension], on.id);
            needs.counts.push((Dependents::PoliciesOfExtension, on.id));
        }
    }
}

/// Decides a command about custom extensions.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`]; [`Denial::Invalid`] for a name that is missing or too
/// long; [`Denial::Setting`] for a URL or a time that can't be; [`Denial::InUse`] for one that is to be
/// deleted while a policy names it.
pub fn decide(command: &ExtensionCommand, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    match command {
        ExtensionCommand::Create(create) => self::create(create, facts, now),
        ExtensionCommand::Replace(replace) => self::replace(replace, facts, now),
        ExtensionCommand::Delete(on) => delete(*on, facts),
    }
}

fn create(create: &ExtensionCreate, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let catalog = changeable(facts, Kind::Catalog, create.catalog)?;
    let (kind, id) = (Kind::Extension, create.id);
    let mut fields = create.fields.clone();
    check(&fields, &create.terms)?;
    fields.set("extensionKind", Value::Int(create.terms.of.number()));
    fields.set("catalogId", Value::Guid(create.catalog));
    fields.set("createdDateTime", Value::Time(now));
    fields.set("lastModifiedDateTime", Value::Time(now));
    let audit = audit("Create custom extension", ENTITLEMENT, Operation::Add)
        .on(kind, id, name(&fields))
        .with(catalog.kind, catalog.id, name(&catalog.fields))
        .after(&shown(&fields));
    let secret = create.secret.clone();
    let changes = vec![Change::Insert { kind, id, fields }, Change::ExtensionSecret { id, secret }];
    Ok(Outcome::new(changes, audit).showing(kind, id))
}

fn replace(replace: &ExtensionReplace, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let (kind, id) = (Kind::Extension, replace.id);
    let extension = changeable(facts, kind, id)?;
    if extension.fields.int("extensionKind") != Some(replace.terms.of.number()) {
        return Err(wrong("@odata.type", "The type of an extension can't be changed."));
    }
    let mut fields = replace.fields.clone();
    check(&fields, &replace.terms)?;
    fields.set("lastModifiedDateTime", Value::Time(now));
    let audit = audit("Update custom extension", ENTITLEMENT, Operation::Update)
        .on_entity(extension)
        .changed(&shown(&extension.fields), &shown(&fields));
    Ok(Outcome::new(vec![Change::Update { kind, id, fields }], audit).showing(kind, id))
}

fn delete(on: On, facts: &Facts) -> Result<Outcome, Denial> {
    let (kind, id) = (Kind::Extension, on.id);
    let extension = changeable(facts, kind, id)?;
    let count = facts.count(Dependents::PoliciesOfExtension, id);
    if count > 0 {
        return Err(Denial::InUse { kind, id, by: "assignmentPolicies", count });
    }
    let audit = audit("Delete custom extension", ENTITLEMENT, Operation::Delete)
        .on_entity(extension)
        .before(&shown(&extension.fields));
    Ok(Outcome::new(vec![Change::Delete { kind, id }], audit))
}

fn check(fields: &Fields, terms: &Terms) -> Result<(), Denial> {
    require_text(fields, Kind::Extension, "displayName", NAME_MAX)?;
    within("description", fields.text("description").unwrap_or_default(), DESCRIPTION_MAX)?;
    if terms.url.len() > URL_MAX {
        return Err(wrong(terms.url_path, format!("It can't be longer than {URL_MAX} characters.")));
    }
    if let Some(wait) = terms.wait {
        let path = "callbackConfiguration/timeoutDuration";
        if terms.of == ExtensionOf::Assignments {
            return Err(wrong("callbackConfiguration", "Only a request can wait; an assignment goes its way."));
        }
        if !WAIT.contains(&wait) {
            return Err(wrong(path, "A request can wait for 5 minutes to 14 days."));
        }
    }
    for (value, range, path) in [
        (terms.timeout, TIMEOUT, "clientConfiguration/timeoutInMilliseconds"),
        (terms.retries, RETRIES, "clientConfiguration/maximumRetries"),
    ] {
        if value.is_some_and(|value| !range.contains(&value)) {
            return Err(wrong(path, format!("It has to be {} to {}.", range.start(), range.end())));
        }
    }
    Ok(())
}

/// For the log: not the URL, which may hold a key of the far end.
fn shown(fields: &Fields) -> Fields {
    const KEPT: &[&str] = &["displayName", "description", "callbackConfiguration", "clientConfiguration"];
    Fields(fields.0.iter().filter(|(name, _)| KEPT.contains(name)).cloned().collect())
}
