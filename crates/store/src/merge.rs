//! Updates of complex properties: what the body doesn't name is taken over from what is there, in the
//! transaction that has read it, so that rules, the log and the row see the whole value. It must never
//! decide whether the result may be.

use crate::error::Error;
use crate::mapping;
use domain::command::{Command, Kind, OrganizationCommand, Update};
use domain::facts::Facts;
use domain::fields::{Fields, Value as Field};
use domain::organization::SETTINGS;
use model::Version;
use model::def::{ComplexDef, PropertyDef, Ty};
use model::tables;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;
use uuid::Uuid;

const TYPE: &str = "@odata.type";

/// The entity that an update changes, and what it sets.
pub fn target(command: &Command) -> Option<(Kind, Uuid, &Fields)> {
    match command {
        Command::DirectoryUpdate(update) | Command::CatalogUpdate(update) | Command::PackageUpdate(update) => {
            Some(of(update))
        }
        Command::Organization(command) => match command {
            OrganizationCommand::Update(update)
            | OrganizationCommand::EndUserSettings(update)
            | OrganizationCommand::Subject(update) => Some(of(update)),
            OrganizationCommand::Settings(update) => Some((Kind::Settings, SETTINGS, &update.fields)),
            OrganizationCommand::Create(_)
            | OrganizationCommand::Delete(_)
            | OrganizationCommand::SponsorAdd(_)
            | OrganizationCommand::SponsorRemove(_) => None,
        },
        _ => None,
    }
}

fn of(update: &Update) -> (Kind, Uuid, &Fields) {
    (update.kind, update.id, &update.fields)
}

fn target_mut(command: &mut Command) -> Option<&mut Fields> {
    match command {
        Command::DirectoryUpdate(update) | Command::CatalogUpdate(update) | Command::PackageUpdate(update) => {
            Some(&mut update.fields)
        }
        Command::Organization(
            OrganizationCommand::Update(update)
            | OrganizationCommand::EndUserSettings(update)
            | OrganizationCommand::Subject(update),
        ) => Some(&mut update.fields),
        Command::Organization(OrganizationCommand::Settings(update)) => Some(&mut update.fields),
        _ => None,
    }
}

/// The command with whole values in place of parts of complex properties.
///
/// # Errors
/// [`Error::Database`] for a stored value that is no JSON object.
pub fn completed<'c>(command: &'c Command, facts: &Facts) -> Result<Cow<'c, Command>, Error> {
    let Some((kind, id, fields)) = target(command) else {
        return Ok(Cow::Borrowed(command));
    };
    let Some(entity) = facts.entity_of(kind, id) else {
        return Ok(Cow::Borrowed(command));
    };
    let mut merged = Vec::new();
    for (core, value) in &fields.0 {
        let (Field::Json(said), Some(Field::Json(stored))) = (value, entity.fields.get(core)) else { continue };
        if let Some(of) = mapping::property(kind, core).and_then(complex) {
            merged.push((*core, merge(of, stored, said)?));
        }
    }
    if merged.is_empty() {
        return Ok(Cow::Borrowed(command));
    }
    let mut whole = command.clone();
    if let Some(fields) = target_mut(&mut whole) {
        for (core, value) in merged {
            fields.set(core, Field::Json(value));
        }
    }
    Ok(Cow::Owned(whole))
}

/// The type of a property that holds one complex value.
fn complex(property: &PropertyDef) -> Option<&'static str> {
    match property.ty {
        Ty::Complex(of) if !property.many => Some(of),
        _ => None,
    }
}

/// Complex types by name. Both surfaces write the members of one type alike.
static COMPLEXES: LazyLock<HashMap<&'static str, &'static ComplexDef>> =
    LazyLock::new(|| Version::ALL.into_iter().flat_map(tables::complexes).map(|each| (each.name, each)).collect());

/// A member of a complex type, on whichever surface.
fn member_name(member: &PropertyDef) -> &'static str {
    member.names.v1.or(member.names.beta).unwrap_or(member.core)
}

/// The members of a complex type, inherited ones first, as the schema orders them.
fn members(of: &str) -> Vec<&'static PropertyDef> {
    let Some(complex) = COMPLEXES.get(of) else {
        return Vec::new();
    };
    let mut all = complex.base.map(members).unwrap_or_default();
    all.extend(complex.properties);
    all
}

type Object<'t> = BTreeMap<String, &'t RawValue>;

fn object(text: &str) -> Result<Object<'_>, Error> {
    serde_json::from_str(text).map_err(|error| Error::Database(format!("complex value: {error}")))
}

/// `stored` with the members of `said` in place of its own; complex members likewise. Another type than the
/// stored one has nothing in common with it. Members come in the schema's order.
fn merge(of: &str, stored: &str, said: &str) -> Result<String, Error> {
    let (old, new) = (object(stored)?, object(said)?);
    let ty = |value: &Object<'_>| value.get(TYPE).map(|name| name.get().to_owned());
    let of = match (ty(&old), ty(&new)) {
        (old, Some(new)) if old.as_deref() != Some(new.as_str()) => return Ok(said.to_owned()),
        (Some(name), _) => name.trim_matches('"').rsplit('.').next().unwrap_or(of).to_owned(),
        (None, _) => of.to_owned(),
    };
    let known = members(&of);
    let names = known.iter().map(|member| member_name(member));
    let names: Vec<&str> = [TYPE].into_iter().chain(names).collect();
    // What an earlier schema knew stays, behind the rest.
    let others = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))).map(String::as_str);
    let others: Vec<&str> = others.filter(|name| !names.contains(name)).collect();
    let mut whole = String::with_capacity(stored.len() + said.len());
    for name in names.into_iter().chain(others) {
        let inner = known.iter().find(|member| member_name(member) == name).and_then(|member| complex(member));
        let value = match (old.get(name), new.get(name), inner) {
            (Some(old), Some(new), Some(inner)) if is_object(old) && is_object(new) => {
                Cow::Owned(merge(inner, old.get(), new.get())?)
            }
            (_, Some(new), _) => Cow::Borrowed(new.get()),
            (Some(old), None, _) => Cow::Borrowed(old.get()),
            (None, None, _) => continue,
        };
        whole.push(if whole.is_empty() { '{' } else { ',' });
        whole.push_str(&serde_json::Value::from(name).to_string());
        whole.push(':');
        whole.push_str(&value);
    }
    if whole.is_empty() {
        whole.push('{');
    }
    whole.push('}');
    Ok(whole)
}

fn is_object(value: &RawValue) -> bool {
    value.get().starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::def::Names;

    #[test]
    fn merge_keeps_replaces_and_clears() {
        for (of, stored, said, expected) in [
            ("employeeOrgData", r#"{"division":"a"}"#, r#"{"costCenter":"b"}"#, r#"{"costCenter":"b","division":"a"}"#),
            ("employeeOrgData", r#"{"division":"a"}"#, r#"{"division":null}"#, r#"{"division":null}"#),
            ("employeeOrgData", r#"{"old \"one\"":1}"#, r#"{"division":"a"}"#, r#"{"division":"a","old \"one\"":1}"#),
            ("employeeOrgData", "{}", "{}", "{}"),
            (
                "webApplication",
                r#"{"implicitGrantSettings":{"enableIdTokenIssuance":true},"redirectUris":["x"]}"#,
                r#"{"implicitGrantSettings":{"enableAccessTokenIssuance":true},"redirectUris":["y"]}"#,
                r#"{"implicitGrantSettings":{"enableAccessTokenIssuance":true,"enableIdTokenIssuance":true},"redirectUris":["y"]}"#,
            ),
            (
                "webApplication",
                r#"{"implicitGrantSettings":null}"#,
                r#"{"implicitGrantSettings":{"enableIdTokenIssuance":true}}"#,
                r#"{"implicitGrantSettings":{"enableIdTokenIssuance":true}}"#,
            ),
        ] {
            assert_eq!(merge(of, stored, said).unwrap(), expected);
        }
    }

    #[test]
    fn merge_replaces_a_value_of_another_type() {
        let url = r##"{"@odata.type":"#microsoft.graph.httpRequestEndpoint","targetUrl":"https://a.test/"}"##;
        let app = |members: &str| {
            format!(r##"{{"@odata.type":"#microsoft.graph.logicAppTriggerEndpointConfiguration",{members}}}"##)
        };
        let of = "customExtensionEndpointConfiguration";
        let said = app(r#""url":"https://b.test/""#);
        assert_eq!(merge(of, url, &said).unwrap(), said);
        let said = app(r#""subscriptionId":"s""#);
        let expected = app(r#""subscriptionId":"s","url":"https://b.test/""#);
        assert_eq!(merge(of, &app(r#""url":"https://b.test/""#), &said).unwrap(), expected);
    }

    #[test]
    fn members_have_one_name_on_both_surfaces() {
        for complex in Version::ALL.into_iter().flat_map(tables::complexes) {
            for member in complex.properties {
                let is_one = matches!(member.names, Names { v1: Some(v1), beta: Some(beta) } if v1 == beta)
                    || member.names.v1.is_none()
                    || member.names.beta.is_none();
                assert!(is_one, "{} of {}: a stored value would have both names", member.core, complex.name);
            }
        }
    }

    /// A value that has a column of its own is written with its property, and an update would leave it behind.
    #[test]
    fn properties_with_filterable_paths_are_read_only() {
        for property in tables::entities().flat_map(|entity| entity.properties) {
            let is_fixed = property.access == odata::schema::Access::ReadOnly;
            assert!(property.paths.is_empty() || is_fixed, "{}: its paths must follow an update", property.core);
        }
    }
}
