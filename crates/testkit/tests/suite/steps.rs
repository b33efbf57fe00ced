//! What many tests do first: groups, catalogs and access packages, made by HTTP as anybody makes them.

use serde_json::{Value, json};
use testkit::Client;

pub const V1: &str = "/v1.0/identityGovernance/entitlementManagement";
pub const BETA: &str = "/beta/identityGovernance/entitlementManagement";
/// An id that nobody has.
pub const NOBODY: &str = "99999999-9999-4999-8999-999999999999";
/// The type in the published body of the beta seed operation.
pub const SEED_TYPE: &str = "#Microsoft.IGAELM.PDS.FrontEnd.ExternalModel.group";

pub async fn group(app: &Client, name: &str) -> String {
    group_with(app, name, json!({})).await
}

/// A security group, and what else is said of it.
pub async fn group_with(app: &Client, name: &str, more: Value) -> String {
    let nickname: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut body =
        json!({ "displayName": name, "mailEnabled": false, "mailNickname": nickname, "securityEnabled": true });
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    app.post("/v1.0/groups", body).await.expect(201).id()
}

pub async fn catalog(app: &Client, name: &str) -> String {
    app.post(&format!("{V1}/catalogs"), json!({ "displayName": name })).await.expect(201).id()
}

pub async fn package(app: &Client, catalog: &str, name: &str) -> String {
    let body = json!({ "displayName": name, "catalog": { "id": catalog } });
    app.post(&format!("{V1}/accessPackages"), body).await.expect(201).id()
}

/// A package of its own in a catalog of its own.
pub async fn some_package(app: &Client) -> String {
    let catalog = catalog(app, "Some catalog").await;
    package(app, &catalog, "Some package").await
}

pub fn link(url: impl AsRef<str>) -> Value {
    json!({ "@odata.id": url.as_ref() })
}

pub fn group_link(id: &str) -> Value {
    link(format!("https://graph.microsoft.com/v1.0/groups/{id}"))
}

pub fn package_link(id: &str) -> Value {
    link(format!("https://graph.microsoft.com/v1.0/identityGovernance/entitlementManagement/accessPackages/{id}"))
}

/// A blank in a query.
pub fn query(text: &str) -> String {
    text.replace(' ', "%20")
}

/// A body for a snapshot: ids numbered as they come, times and the host taken out.
pub fn shown(body: &Value, host: &str) -> String {
    let text = serde_json::to_string_pretty(body).unwrap().replace(host, "[host]");
    let (mut out, mut ids, mut rest) = (String::new(), Vec::new(), text.as_str());
    while let Some(character) = rest.chars().next() {
        let id = rest.get(..36).filter(|id| id.as_bytes()[8] == b'-' && uuid::Uuid::try_parse(id).is_ok());
        if let Some(id) = id {
            let known = ids.iter().position(|known| *known == id).unwrap_or_else(|| {
                ids.push(id);
                ids.len() - 1
            });
            out.push_str(&format!("[id {}]", known + 1));
            rest = &rest[36..];
        } else if let Some(end) = time(rest) {
            out.push_str("[time]");
            rest = &rest[end..];
        } else {
            out.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    out
}

/// The length of the time that the text begins with: `2026-11-22T06:50:34.403679Z`.
fn time(text: &str) -> Option<usize> {
    let head = text.get(..19)?;
    let digits = head.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    });
    let end = text.find('Z').filter(|end| *end < 30)?;
    digits.then_some(end + 1)
}
