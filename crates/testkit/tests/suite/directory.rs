//! What the tests of the directory share: things that are made, and references to them.

use serde_json::{Value, json};
use testkit::{Answer, Client};
use uuid::Uuid;

pub const EVENTUAL: (&str, &str) = ("ConsistencyLevel", "eventual");

/// A caller who asks for advanced queries.
pub fn eventual(client: &Client) -> Client {
    client.with(EVENTUAL.0, EVENTUAL.1)
}

/// Makes a user of this name and with these properties; gives the answer.
pub async fn make_user(app: &Client, name: &str, more: Value) -> Answer {
    let unique = Uuid::new_v4().simple();
    let mut body = json!({
        "accountEnabled": true,
        "displayName": name,
        "mailNickname": format!("m{unique}"),
        "userPrincipalName": format!("u{unique}@doorward.test"),
        "passwordProfile": { "password": "Correct-horse-1" },
    });
    merge(&mut body, more);
    app.post("/v1.0/users", body).await
}

pub async fn user(app: &Client, name: &str) -> String {
    make_user(app, name, json!({})).await.expect(201).id()
}

/// Makes a security group, unless the properties say otherwise.
pub async fn make_group(app: &Client, name: &str, more: Value) -> Answer {
    let mut body =
        json!({ "displayName": name, "mailEnabled": false, "mailNickname": "group", "securityEnabled": true });
    merge(&mut body, more);
    app.post("/v1.0/groups", body).await
}

pub async fn group(app: &Client, name: &str) -> String {
    make_group(app, name, json!({})).await.expect(201).id()
}

pub async fn add_member(app: &Client, group: &str, member: &str) {
    app.post(&format!("/v1.0/groups/{group}/members/$ref"), reference(member)).await.expect(204);
}

pub fn url(id: &str) -> String {
    format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}")
}

pub fn reference(id: &str) -> Value {
    json!({ "@odata.id": url(id) })
}

pub fn urls(ids: &[String]) -> Vec<String> {
    ids.iter().map(|id| url(id)).collect()
}

pub fn merge(body: &mut Value, more: Value) {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
}

/// The texts, sorted.
pub fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}
