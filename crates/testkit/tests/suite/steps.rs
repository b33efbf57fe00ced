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
