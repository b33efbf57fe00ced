//! `$batch`: up to twenty requests in one body.

use crate::directory::group;
use serde_json::{Value, json};
use testkit::{Answer, Client, on_each_engine};

const JSON: &str = "application/json";

fn get(id: impl Into<Value>, url: &str) -> Value {
    json!({ "id": id.into(), "method": "GET", "url": url })
}

async fn send(client: &Client, requests: Vec<Value>) -> Answer {
    client.post("/v1.0/$batch", json!({ "requests": requests })).await
}

fn response<'a>(answer: &'a Answer, id: &Value) -> &'a Value {
    let responses = answer.json["responses"].as_array().unwrap();
    responses.iter().find(|response| response["id"] == *id).unwrap_or_else(|| panic!("no {id} in {}", answer.text()))
}

fn status(answer: &Answer, id: &str) -> u64 {
    response(answer, &json!(id))["status"].as_u64().unwrap()
}

#[test]
fn a_batch_holds_one_to_twenty_requests() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let many = |count: usize| (0..count).map(|at| get(at.to_string(), "/users?$top=1")).collect::<Vec<_>>();
        let full = send(&app, many(20)).await.expect(200);
        assert!(full.json["responses"].as_array().unwrap().iter().all(|each| each["status"] == 200));
        send(&app, many(21)).await.expect(400).says("20");
        send(&app, vec![]).await.expect(400);
        for (requests, says) in [
            (vec![get("a", "/users"), get("A", "/users")], "twice"),
            (vec![get("1", "/users"), get(1, "/users")], "twice"),
            (vec![json!({ "method": "GET", "url": "/users" })], "'id'"),
            (vec![json!({ "id": "1", "url": "/users" })], "'method'"),
            (vec![json!({ "id": "1", "method": "GET" })], "'url'"),
            (vec![json!({ "id": "1", "method": "GET", "url": "/users", "dependsOn": ["2"] })], "'2'"),
            (vec![json!({ "id": "1", "method": "GET", "url": "/users", "dependsOn": ["1"] })], "circle"),
        ] {
            send(&app, requests).await.expect(400).says(says);
        }
        app.post("/v1.0/$batch", json!({})).await.expect(400).says("requests");
        app.send("POST", "/v1.0/$batch", Some("{".into())).await.expect(400);
        app.with("Content-Type", "text/plain")
            .post("/v1.0/$batch", json!({ "requests": [get(1, "/users")] }))
            .await
            .expect(415);
        app.get("/v1.0/$batch").await.expect(405);
        house.nobody().post("/v1.0/$batch", json!({ "requests": [get(1, "/users")] })).await.expect(401);
    });
}

#[test]
fn each_request_has_its_own_url_headers_body_and_answer() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let new = |name: &str| json!({ "displayName": name, "mailEnabled": false, "mailNickname": "b", "securityEnabled": true });
        let answer = send(
            &app,
            vec![
                get("relative", "users?$select=id&$top=1"),
                get(7, "/beta/users?$select=id&$top=1"),
                get("absolute", &format!("{}/v1.0/users?$select=id&$top=1", house.url())),
                json!({ "id": "counted", "method": "get", "url": "/users/$count", "headers": { "ConsistencyLevel": "eventual" } }),
                get("uncounted", "/users/$count"),
                get("searched", "/users?$filter=displayName eq 'Ada Achterberg'&$select=displayName"),
                json!({ "id": "made", "method": "POST", "url": "/groups", "headers": { "content-type": JSON }, "body": new("Batched") }),
                json!({ "id": "quiet", "method": "POST", "url": "/groups", "headers": { "Content-Type": JSON, "Prefer": "return=minimal" }, "body": new("Quiet") }),
                json!({ "id": "untyped", "method": "POST", "url": "/groups", "body": new("Untyped") }),
                json!({ "id": "wrong", "method": "POST", "url": "/groups", "headers": { "Content-Type": JSON }, "body": {} }),
                get("missing", "/users/nobody"),
                get("public", "https://graph.microsoft.com/v1.0/users?$top=1"),
                get("foreign", "https://evil.test/v1.0/users?$top=1"),
                json!({ "id": "nested", "method": "POST", "url": "/$batch", "headers": { "Content-Type": JSON }, "body": { "requests": [] } }),
                get("me", "/me"),
                json!({ "id": "odd", "method": "FOO", "url": "/users" }),
            ],
        )
        .await
        .expect(200);
        for (id, expected) in [
            ("relative", 200),
            ("absolute", 200),
            ("counted", 200),
            ("uncounted", 400),
            ("searched", 200),
            ("made", 201),
            ("quiet", 204),
            ("untyped", 415),
            ("wrong", 400),
            ("missing", 404),
            ("public", 200),
            ("foreign", 400),
            ("nested", 400),
            ("me", 400),
            ("odd", 405),
        ] {
            assert_eq!(status(&answer, id), expected, "{id}: {}", response(&answer, &json!(id)));
        }
        let beta = response(&answer, &json!(7));
        assert!(beta["body"]["@odata.context"].as_str().unwrap().contains("/beta/"));
        assert!(
            response(&answer, &json!("counted"))["body"].as_str().is_some_and(|count| count.parse::<u32>().is_ok())
        );
        assert_eq!(response(&answer, &json!("searched"))["body"]["value"][0]["displayName"], "Ada Achterberg");
        let made = response(&answer, &json!("made"));
        assert!(made["headers"]["Location"].as_str().unwrap().ends_with(made["body"]["id"].as_str().unwrap()));
        assert!(response(&answer, &json!("quiet")).get("body").is_none());
        let error = &response(&answer, &json!("wrong"))["body"]["error"];
        assert!(error["message"].as_str().unwrap().contains("'displayName'"));
        assert!(error["innerError"]["request-id"].is_string());
        let left = app.get("/v1.0/groups?$filter=displayName in ('Batched','Quiet','Untyped')").await.expect(200);
        assert_eq!(left.values().len(), 2);
    });
}

#[test]
fn what_depends_on_a_failure_is_not_run() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let made = group(&app, "Chain").await;
        let on = |id: &str, method: &str, url: &str, before: &[&str]| json!({ "id": id, "method": method, "url": url, "dependsOn": before });
        let path = format!("/groups/{made}");
        let answer = send(
            &app,
            vec![
                on("5", "GET", "/organization", &["4"]),
                on("4", "DELETE", &path, &["2"]),
                on("2", "GET", "/users/nobody", &["1"]),
                on("1", "GET", "/users", &[]),
                json!({ "id": "3", "method": "GET", "url": path, "depends_on": ["1"] }),
            ],
        )
        .await
        .expect(200);
        let statuses: Vec<u64> = ["1", "2", "3", "4", "5"].map(|id| status(&answer, id)).to_vec();
        assert_eq!(statuses, [200, 404, 200, 424, 424]);
        app.get(&format!("/v1.0{path}")).await.expect(200);
        // In a chain that holds, each sees what came before.
        let chain = send(
            &app,
            vec![
                on("gone", "GET", &path, &["delete"]),
                on("delete", "DELETE", &path, &["there"]),
                on("there", "GET", &path, &[]),
            ],
        )
        .await
        .expect(200);
        assert_eq!(["there", "delete", "gone"].map(|id| status(&chain, id)), [200, 204, 404]);
    });
}

#[test]
fn each_request_is_permitted_by_itself() {
    on_each_engine(async |house| {
        let app = house.app_with(&["User.Read.All"]).await;
        let answer = send(
            &app,
            vec![
                get("users", "/users"),
                get("groups", "/groups"),
                get("em", "/identityGovernance/entitlementManagement/catalogs"),
            ],
        )
        .await
        .expect(200);
        assert_eq!(["users", "groups", "em"].map(|id| status(&answer, id)), [200, 403, 403]);
    });
}
