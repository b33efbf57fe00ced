//! What an application's body says inside its documents: addresses that people are sent back to, and whom
//! its roles are for. They are kept as they came, so what can't be is refused here, by its path.

use crate::error::Error;
use auth::issuer::request::redirect_possible;
use domain::directory::GRAPH_APP_ID;
use model::Surface;
use odata::body::Body;
use odata::error::{Fault, FaultKind};
use odata::value::Value;
use serde_json::Value as Json;
use std::collections::HashSet;

/// The properties that hold `redirectUris`.
const PLACES: [&str; 3] = ["web", "spa", "publicClient"];
/// The scopes that an application offers, in `api` of the application and by itself of its service principal.
const SCOPES: &str = "oauth2PermissionScopes";
/// Whom a role may be given to.
const MEMBERS: [&str; 2] = ["User", "Application"];

/// Looks at the documents of an application's body.
///
/// # Errors
/// A fault that names the first value that can't be.
pub fn check(surface: &'static Surface, body: &Body) -> Result<(), Error> {
    for (at, value) in &body.values {
        let Value::Json(text) = value else { continue };
        let core = surface.prop(body.ty, *at).core;
        let name = surface.schema.ty(body.ty).properties.get(*at).map_or(core, |property| property.name);
        if core == "api" {
            let document: Json = serde_json::from_str(text).unwrap_or_default();
            distinct_ids(&document[SCOPES], &format!("{name}/{SCOPES}"))?;
        } else if core == SCOPES || core == "appRoles" {
            distinct_ids(&serde_json::from_str(text).unwrap_or_default(), name)?;
        }
        if PLACES.contains(&core) {
            let document: Json = serde_json::from_str(text).unwrap_or_default();
            each(&document["redirectUris"], &format!("{core}/redirectUris"), redirect_possible, ADDRESS)?;
        } else if core == "identifierUris" {
            each(&serde_json::from_str(text).unwrap_or_default(), core, is_identifier, IDENTIFIER)?;
        } else if core == "servicePrincipalNames" {
            each(&serde_json::from_str(text).unwrap_or_default(), core, |name| !is_graphs(name), IDENTIFIER)?;
        } else if core == "appRoles" {
            let roles: Vec<Json> = serde_json::from_str(text).unwrap_or_default();
            for (number, role) in roles.iter().enumerate() {
                let path = format!("appRoles[{number}]/allowedMemberTypes");
                each(&role["allowedMemberTypes"], &path, |word| MEMBERS.contains(&word), "'User' or 'Application'")?;
            }
        }
    }
    Ok(())
}

/// Refuses two entries of a list with the same `id`: a token would not say which is meant.
fn distinct_ids(list: &Json, path: &str) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for (number, id) in list.as_array().into_iter().flatten().map(|entry| entry["id"].as_str()).enumerate() {
        if id.is_some_and(|id| !seen.insert(id)) {
            let path = format!("{path}[{number}]/id");
            let message = format!("'{path}' is the id of another entry, too.");
            return Err(Fault::new(FaultKind::Value, path, message).into());
        }
    }
    Ok(())
}

/// Refuses secrets in the body of something new: they are read-only, and whoever sends one would believe that
/// it is there.
///
/// # Errors
/// A fault about `passwordCredentials`.
pub fn without_secrets(body: &[u8]) -> Result<(), Error> {
    const NAME: &str = "passwordCredentials";
    let document: Json = serde_json::from_slice(body).unwrap_or_default();
    let mut members = document.as_object().into_iter().flatten();
    match members.any(|(name, list)| name.eq_ignore_ascii_case(NAME) && list.as_array().is_some_and(|l| !l.is_empty()))
    {
        false => Ok(()),
        true => {
            let message = format!("'{NAME}' can't be set here; a secret is made by the action addPassword.");
            Err(Fault::new(FaultKind::Value, NAME, message).into())
        }
    }
}

/// Whether an application may be known by this: a URI, and not one of Microsoft Graph, which is this house.
fn is_identifier(uri: &str) -> bool {
    let is_uri = uri.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
            && !rest.trim_matches('/').is_empty()
    });
    is_uri && !uri.contains(|letter: char| letter.is_whitespace() || letter.is_control()) && !is_graphs(uri)
}

fn is_graphs(name: &str) -> bool {
    let name = name.trim().trim_end_matches('/').to_ascii_lowercase();
    name == GRAPH_APP_ID.to_string() || name.trim_start_matches("https://") == "graph.microsoft.com"
}

const IDENTIFIER: &str = "a URI with its scheme, such as api://contoso, that isn't Microsoft Graph's";
const ADDRESS: &str =
    "an absolute address without fragment: https, http of this machine, or a scheme of a native program's own";

/// Every text of a list has to be good.
fn each(list: &Json, path: &str, is_good: impl Fn(&str) -> bool, wanted: &str) -> Result<(), Error> {
    let texts = list.as_array().into_iter().flatten().filter_map(Json::as_str);
    match texts.into_iter().find(|text| !is_good(text)) {
        None => Ok(()),
        Some(text) => {
            Err(Fault::new(FaultKind::Value, path, format!("'{path}' can't hold '{text}': it takes {wanted}.")).into())
        }
    }
}
