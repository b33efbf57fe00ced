//! Tokens whose application, or whose whole tenant, has gone since: they are no tokens any more, at once.

use super::support::*;
use serde_json::json;
use server::Clock;
use store::tenant::NewTenant;
use testkit::{Client, House, Wish, on_each_engine};
use uuid::Uuid;

/// The token of a client of its own, on its own behalf; and the ids of its service principal and application.
async fn robot(house: &House) -> (Client, String, String) {
    clients(house).await;
    let token = text(&granted(token(house, &application(WEB, WEB_SECRET, GRAPH)).await), "access_token");
    let robot = house.bearer(&token);
    robot.get("/v1.0/users").await.expect(200);
    let app = house.app().await;
    let id = async |set: &str| app.get(&format!("/v1.0/{set}(appId='{WEB}')")).await.expect(200).id();
    (robot, id("servicePrincipals").await, id("applications").await)
}

async fn is_out(robot: &Client) {
    for _ in 0..2 {
        let refused = robot.get("/v1.0/users").await.expect(401).error("InvalidAuthenticationToken");
        assert!(refused.message().contains("its application is not there or is disabled"), "{}", refused.message());
    }
    robot.post("/v1.0/groups", json!({ "displayName": "x" })).await.expect(401);
}

#[test]
fn an_application_that_is_disabled_or_deleted_is_out_at_once() {
    on_each_engine(async |house| {
        let (robot, principal, application) = robot(house).await;
        let app = house.app().await;
        let principal = format!("/v1.0/servicePrincipals/{principal}");
        app.patch(&principal, json!({ "accountEnabled": false })).await.expect(204);
        is_out(&robot).await;
        app.patch(&principal, json!({ "accountEnabled": true })).await.expect(204);
        robot.get("/v1.0/users").await.expect(200);
        app.delete(&format!("/v1.0/applications/{application}")).await.expect(204);
        is_out(&robot).await;
        app.post(&format!("/v1.0/directory/deletedItems/{application}/restore"), json!({})).await.expect(200);
        robot.get("/v1.0/users").await.expect(200);
        app.delete(&principal).await.expect(204);
        is_out(&robot).await;
    });
}

#[test]
fn a_user_needs_an_application_that_may() {
    on_each_engine(async |house| {
        let ada = login(house, "ada@doorward.test", "User.Read").await;
        let ada = house.bearer(&text(&ada, "access_token"));
        ada.get("/v1.0/me").await.expect(200);
        let app = house.app().await;
        let path = format!("/v1.0/servicePrincipals(appId='{APP}')");
        app.patch(&path, json!({ "accountEnabled": false })).await.expect(204);
        for client in [&ada, &app] {
            client.get("/v1.0/me").await.expect(401).says("its application");
        }
    });
}

#[test]
fn a_tenant_that_is_gone_takes_its_tokens_along() {
    on_each_engine(async |house| {
        let wish = Wish::other_tenant(house.url());
        let theirs = house.mint(&wish).await;
        theirs.get("/v1.0/groups").await.expect(200);
        // Past the server, as the command line does it.
        let store = store(house).await;
        let tenant = wish.token.tenant;
        store.tenant_delete(tenant).await.unwrap();
        let paths = ["/v1.0/groups", "/v1.0/organization", "/v1.0/identityGovernance/entitlementManagement/catalogs"];
        let are_refused = async || {
            for path in paths {
                theirs.get(path).await.expect(401).says("its application");
                theirs.post(path, json!({ "displayName": "x" })).await.expect(401);
            }
        };
        are_refused().await;
        // Another of the same id never had that client.
        let again = NewTenant {
            id: tenant,
            name: "Again".to_owned(),
            domain: "again.test".to_owned(),
            catalog_id: Uuid::new_v4(),
            graph_id: Uuid::new_v4(),
            app_roles: "[]".to_owned(),
            scopes: "[]".to_owned(),
            audit_id: Uuid::new_v4(),
            now: Clock.now(),
        };
        assert!(store.tenant_create(again).await.unwrap());
        are_refused().await;
    });
}
