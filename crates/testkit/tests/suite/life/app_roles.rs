//! App roles that packages bring: seen at both ends, and told from those that a hand gave.

use super::kit::{ask, assign, assignments, direct, policy, remove, settled, until};
use crate::resources;
use crate::steps::{V1, catalog, package, query};
use serde_json::{Value, json};
use testkit::{Client, House, on_each_engine};

const ROLE: &str = "00000000-0000-4000-8000-000000000001";

/// A package that brings the one role of the application Ledger, for direct assignment.
struct Reading {
    ledger: String,
    package: String,
    policy: String,
}

async fn reading(app: &Client) -> Reading {
    let roles = json!([{
        "id": ROLE, "displayName": "read", "value": "read", "description": "May read.",
        "allowedMemberTypes": ["User", "Application"], "isEnabled": true,
    }]);
    let ledger = resources::service_principal(app, "Ledger", roles).await;
    let (package, policy) = bringing(app, &ledger).await;
    Reading { ledger, package, policy }
}

/// A package that brings the first role of an application, and its policy.
async fn bringing(app: &Client, application: &str) -> (String, String) {
    let catalog = catalog(app, "Books").await;
    let origin = json!({ "originId": application, "originSystem": "AadApplication" });
    resources::request(app, "adminAdd", &catalog, origin).await.expect(201);
    let brought = resources::resource(app, &catalog, application).await;
    let package = package(app, &catalog, "Reading").await;
    let body = json!({ "role": { "id": brought["roles"][0]["id"] }, "scope": { "id": brought["scopes"][0]["id"] } });
    app.post(&format!("{V1}/accessPackages/{package}/resourceRoleScopes"), body).await.expect(201);
    let policy = policy(app, &package, direct()).await;
    (package, policy)
}

/// The ids of what somebody holds.
async fn held(app: &Client, user: &str) -> Vec<String> {
    app.get(&format!("/v1.0/users/{user}/appRoleAssignments")).await.expect(200).ids()
}

async fn give(app: &Client, user: &str, ledger: &str) {
    let body = json!({ "principalId": user, "resourceId": ledger, "appRoleId": ROLE });
    app.post(&format!("/v1.0/users/{user}/appRoleAssignments"), body).await.expect(201);
}

async fn take(app: &Client, user: &str) {
    let [one] = &held(app, user).await[..] else { panic!("not one role") };
    app.delete(&format!("/v1.0/users/{user}/appRoleAssignments/{one}")).await.expect(204);
}

async fn reprocess(app: &Client, request: &Value) {
    let assignment = request["assignment"]["id"].as_str().unwrap();
    app.send("POST", &format!("{V1}/assignments/{assignment}/reprocess"), None).await.expect(202);
}

async fn setting(house: &House) -> (Client, Reading, String) {
    let app = house.app().await;
    let reading = reading(&app).await;
    let cho = house.user_id("cho").await;
    (app, reading, cho)
}

#[test]
fn app_roles_that_are_given_are_seen_at_both_ends() {
    on_each_engine(async |house| {
        let (app, Reading { ledger, package, policy }, cho) = setting(house).await;
        let request = assign(&app, &package, &policy, &cho).await;
        let of_cho = format!("/users/{cho}/appRoleAssignments");
        let of_ledger = format!("/servicePrincipals/{ledger}/appRoleAssignedTo");
        let reader = house.user("ben", &["Directory.Read.All"]).await;
        for version in ["/v1.0", "/beta"] {
            for path in [&of_cho, &of_ledger] {
                let given = reader.get(&format!("{version}{path}?$filter=resourceId eq {ledger}")).await.expect(200);
                let [one] = given.values() else { panic!("{path}: {}", given.text()) };
                for (name, value) in [
                    ("appRoleId", json!(ROLE)),
                    ("deletedDateTime", json!(null)),
                    ("principalDisplayName", json!("Cho Chanda")),
                    ("principalId", json!(cho)),
                    ("principalType", json!("User")),
                    ("resourceDisplayName", json!("Ledger")),
                    ("resourceId", json!(ledger)),
                ] {
                    assert_eq!(one[name], value, "{name} at {version}{path}");
                }
                let id = one["id"].as_str().unwrap();
                let same = reader.get(&format!("{version}{path}/{id}")).await.expect(200);
                assert_eq!(same.json["appRoleId"], ROLE);
                assert_eq!(reader.get(&format!("{version}{path}/$count")).await.expect(200).text(), "1");
            }
        }
        let expanded = reader.get(&format!("/v1.0/users/{cho}?$expand=appRoleAssignments")).await.expect(200);
        assert_eq!(expanded.json["appRoleAssignments"][0]["resourceId"], ledger.as_str());
        // What a client was given by the operator is seen in the same way; what somebody has done is no secret
        // for whoever reads the directory, and for nobody else.
        let clients = "/v1.0/servicePrincipals(appId='22222222-2222-4222-8222-222222222222')/appRoleAssignments";
        let granted = app.get(clients).await.expect(200);
        assert_eq!(granted.values()[0]["principalType"], "ServicePrincipal");
        house.app_with(&["User.Read.All"]).await.get(&format!("/v1.0{of_cho}")).await.expect(403);
        house.app_with(&["Application.Read.All"]).await.get(&format!("/v1.0{of_ledger}")).await.expect(200);

        remove(&app, &request).await;
        for path in [&of_cho, &of_ledger] {
            assert!(reader.get(&format!("/v1.0{path}")).await.expect(200).values().is_empty());
        }
    });
}

#[test]
fn a_role_from_before_stays_when_the_assignment_ends() {
    on_each_engine(async |house| {
        let (app, Reading { ledger, package, policy }, cho) = setting(house).await;
        give(&app, &cho, &ledger).await;
        let before = held(&app, &cho).await;
        let request = assign(&app, &package, &policy, &cho).await;
        assert_eq!(held(&app, &cho).await, before);
        remove(&app, &request).await;
        assert_eq!(held(&app, &cho).await, before);
    });
}

#[test]
fn what_a_hand_took_and_gave_again_is_the_hands() {
    on_each_engine(async |house| {
        let (app, Reading { ledger, package, policy }, cho) = setting(house).await;
        let request = assign(&app, &package, &policy, &cho).await;
        // What an assignment brought is there, and nobody gives it twice.
        let body = json!({ "principalId": cho, "resourceId": ledger, "appRoleId": ROLE });
        let twice = app.post(&format!("/v1.0/users/{cho}/appRoleAssignments"), body).await;
        twice.expect(400).error("Request_BadRequest").says("already exists");
        take(&app, &cho).await;
        give(&app, &cho, &ledger).await;
        reprocess(&app, &request).await;
        remove(&app, &request).await;
        assert_eq!(held(&app, &cho).await.len(), 1);
    });
}

#[test]
fn what_a_hand_took_and_doorward_gave_back_is_doorwards() {
    on_each_engine(async |house| {
        let (app, Reading { package, policy, .. }, cho) = setting(house).await;
        let request = assign(&app, &package, &policy, &cho).await;
        take(&app, &cho).await;
        assert!(held(&app, &cho).await.is_empty());
        reprocess(&app, &request).await;
        until(async || held(&app, &cho).await.len() == 1).await;
        remove(&app, &request).await;
        assert!(held(&app, &cho).await.is_empty());
        // And what was taken by hand is not missed at the end.
        let request = assign(&app, &package, &policy, &cho).await;
        take(&app, &cho).await;
        remove(&app, &request).await;
    });
}

#[test]
fn who_is_deleted_and_comes_back_has_what_a_hand_gave() {
    on_each_engine(async |house| {
        let (app, Reading { ledger, package, policy }, cho) = setting(house).await;
        assign(&app, &package, &policy, &cho).await;
        let eve = house.user_id("eve").await;
        give(&app, &eve, &ledger).await;
        for (user, roles) in [(&cho, 0), (&eve, 1)] {
            app.delete(&format!("/v1.0/users/{user}")).await.expect(204);
            let list = format!("/v1.0/servicePrincipals/{ledger}/appRoleAssignedTo?$filter=principalId eq {user}");
            assert!(app.get(&query(&list)).await.expect(200).values().is_empty());
            until(async || assignments(&app, &package).await.iter().all(|each| each["state"] == "expired")).await;
            app.send("POST", &format!("/v1.0/directory/deletedItems/{user}/restore"), None).await.expect(200);
            assert_eq!(held(&app, user).await.len(), roles);
        }
    });
}

#[test]
fn an_application_that_is_gone_meanwhile_takes_nothing_back() {
    on_each_engine(async |house| {
        let (app, Reading { ledger, package, policy }, cho) = setting(house).await;
        let request = assign(&app, &package, &policy, &cho).await;
        app.delete(&format!("/v1.0/servicePrincipals/{ledger}")).await.expect(204);
        assert!(held(&app, &cho).await.is_empty());
        remove(&app, &request).await;
        app.send("POST", &format!("/v1.0/directory/deletedItems/{ledger}/restore"), None).await.expect(200);
        assert!(held(&app, &cho).await.is_empty());
    });
}

#[test]
fn packages_give_no_permissions_of_this_house() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let graph = "/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')";
        let graph = app.get(graph).await.expect(200).id();
        let (package, policy) = bringing(&app, &graph).await;
        let robot = resources::service_principal(&app, "Robot", json!([])).await;
        for target in [&robot, &house.user_id("cho").await] {
            let body = super::kit::admin_add(&package, &policy, target);
            let request = settled(&app, &ask(&app, body).await.expect(201).id()).await;
            assert_eq!(request["state"], "deliveryFailed", "{request}");
        }
        let given = format!("/v1.0/servicePrincipals/{robot}/appRoleAssignments");
        assert!(app.get(&given).await.expect(200).values().is_empty());
        // Nor are they others than they are called.
        for offer in ["appRoles", "oauth2PermissionScopes", "servicePrincipalNames"] {
            let path = format!("/v1.0/servicePrincipals/{graph}");
            app.patch(&path, json!({ offer: [] })).await.expect(400).says(offer);
            app.patch(&path, json!({ "notes": "seen" })).await.expect(204);
            app.delete(&path).await.expect(400).says("Microsoft Graph");
        }
    });
}

#[test]
fn a_given_role_that_no_assignment_brings_is_noticed() {
    on_each_engine(async |house| {
        let (app, Reading { ledger, package, policy }, cho) = setting(house).await;
        let eve = house.user_id("eve").await;
        assign(&app, &package, &policy, &cho).await;
        give(&app, &eve, &ledger).await;
        assert!(house.verify().await.is_empty());
        let by_hand = "created_at > (SELECT min(created_at) FROM app_role_assignment WHERE is_given)";
        house.plant(&format!("UPDATE app_role_assignment SET is_given = true WHERE {by_hand}")).await;
        let [broken] = &house.verify().await[..] else { panic!("not one") };
        assert_eq!(broken.promise, "an app role that Doorward gave goes with the last assignment that brings it");
        assert_eq!(broken.id.to_string(), eve);
        house.plant(&format!("UPDATE app_role_assignment SET is_given = false WHERE {by_hand}")).await;
    });
}
