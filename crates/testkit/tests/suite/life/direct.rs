//! Direct assignment: an administrator gives and takes.

use super::kit::{admin_add, ask, assign, assignments, direct, members, offer, policy, settled, with};
use crate::steps::{BETA, NOBODY, V1};
use serde_json::json;
use testkit::on_each_engine;

#[test]
fn an_administrator_gives_and_takes() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let eve = house.user_id("eve").await;

        let taken = ask(&app, admin_add(&offer.package, &policy, &eve)).await.expect(201);
        assert_eq!(taken.json["state"], "submitted");
        assert_eq!(taken.json["status"], "Accepted");
        assert_eq!(taken.json["requestType"], "adminAdd");
        assert!(taken.header("location").ends_with(&taken.id()));
        let request = settled(&app, &taken.id()).await;
        assert_eq!(request["state"], "delivered");
        assert_eq!(request["status"], "Delivered");
        assert_eq!(request["assignment"]["state"], "delivered");
        assert_eq!(request["assignment"]["schedule"]["expiration"]["type"], "noExpiration");
        assert_eq!(members(&app, &offer.group).await, [eve.as_str()]);

        let held = assignments(&app, &offer.package).await;
        assert_eq!(held.len(), 1);
        assert_eq!(held[0]["target"]["objectId"], json!(eve));
        assert_eq!(held[0]["target"]["principalName"], "eve@doorward.test");
        let assignment = held[0]["id"].as_str().unwrap();

        // Twice is refused, and says by which assignment.
        let again = ask(&app, admin_add(&offer.package, &policy, &eve)).await.expect(400).error("ExistingAssignment");
        assert_eq!(again.json["error"]["details"][0]["target"], assignment);

        let remove = json!({ "requestType": "adminRemove", "assignment": { "id": assignment } });
        let removal = ask(&app, remove.clone()).await.expect(201).id();
        assert_eq!(settled(&app, &removal).await["state"], "delivered");
        assert!(members(&app, &offer.group).await.is_empty());
        let over = app.get(&format!("{V1}/assignments/{assignment}")).await.expect(200).json;
        assert_eq!(over["state"], "expired");
        assert!(over["expiredDateTime"].is_string());
        ask(&app, remove).await.expect(400).says("expired");
    });
}

#[test]
fn beta_says_the_same_in_its_own_words() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let eve = house.user_id("eve").await;
        let body = json!({
            "requestType": "AdminAdd",
            "accessPackageAssignment": {
                "targetId": eve, "assignmentPolicyId": policy, "accessPackageId": offer.package,
            },
        });
        let set = format!("{BETA}/accessPackageAssignmentRequests");
        let taken = app.post(&set, body).await.expect(201);
        assert_eq!(taken.json["requestState"], "Submitted");
        assert_eq!(taken.json["requestStatus"], "Accepted");
        assert_eq!(taken.json["isValidationOnly"], false);
        settled(&app, &taken.id()).await;
        let expand = "?$expand=accessPackageAssignment($expand=target)";
        let request = app.get(&format!("{set}/{}{expand}", taken.id())).await.expect(200).json;
        assert_eq!(request["requestState"], "Delivered");
        let assignment = &request["accessPackageAssignment"];
        assert_eq!(assignment["assignmentState"], "Delivered");
        assert_eq!(assignment["accessPackageId"], json!(offer.package));
        assert_eq!(assignment["targetId"], assignment["target"]["id"]);
        assert_eq!(assignment["target"]["objectId"], json!(eve));
        let filter = "?$filter=accessPackageSubject/objectId%20eq%20";
        let roles = format!("{BETA}/accessPackageAssignmentResourceRoles{filter}'{eve}'");
        let roles = app.get(&roles).await.expect(200);
        assert_eq!(roles.values().len(), 1);
        assert_eq!(roles.values()[0]["status"], "Fulfilled");
        assert_eq!(roles.values()[0]["originId"], json!(format!("Member_{}", offer.group)));
    });
}

#[test]
fn what_a_request_lacks_is_named() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let eve = house.user_id("eve").await;
        let whole = admin_add(&offer.package, &policy, &eve);
        for (name, value, status, says) in [
            ("targetId", json!(NOBODY), 404, "targetId"),
            ("targetId", json!("x"), 400, "targetId"),
            ("targetId", json!(null), 400, "targetId"),
            ("assignmentPolicyId", json!(NOBODY), 400, "assignmentPolicyId"),
            ("assignmentPolicyId", json!(null), 400, "assignmentPolicyId"),
            ("accessPackageId", json!(NOBODY), 404, NOBODY),
            ("accessPackageId", json!(null), 400, "accessPackageId"),
        ] {
            let mut body = whole.clone();
            body["assignment"][name] = value;
            ask(&app, body).await.expect(status).says(says);
        }
        for (body, says) in [
            (with(whole.clone(), json!({ "requestType": "systemAdd" })), "requestType"),
            (with(whole.clone(), json!({ "requestType": "maybe" })), "requestType"),
            (with(whole.clone(), json!({ "colour": "red" })), "colour"),
            (json!({ "assignment": whole["assignment"] }), "requestType"),
            (json!({ "requestType": "adminRemove" }), "assignment/id"),
        ] {
            ask(&app, body).await.expect(400).says(says);
        }
        let unknown = json!({ "requestType": "adminRemove", "assignment": { "id": NOBODY } });
        ask(&app, unknown).await.expect(404);
        assert!(assignments(&app, &offer.package).await.is_empty());
    });
}

#[test]
fn only_whoever_manages_assignments_assigns() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let eve = house.user_id("eve").await;
        let body = admin_add(&offer.package, &policy, &eve);
        let reader = house.app_with(&["EntitlementManagement.Read.All"]).await;
        ask(&reader, body.clone()).await.expect(403);
        let scopes = ["EntitlementManagement.ReadWrite.All"];
        let ben = house.user("ben", &scopes).await;
        ask(&ben, body.clone()).await.expect(403);
        // An assignment manager of the catalog may, and of another catalog may not.
        let role = |catalog: &str, who: &str| {
            json!({
                "principalId": who, "appScopeId": format!("/AccessPackageCatalog/{catalog}"),
                "roleDefinitionId": "e2182095-804a-4656-ae11-64734e9b7ae5",
            })
        };
        let roles = "/v1.0/roleManagement/entitlementManagement/roleAssignments";
        let general = house.catalog_id("General").await;
        app.post(roles, role(&general, &house.user_id("ben").await)).await.expect(201);
        ask(&ben, body.clone()).await.expect(404);
        app.post(roles, role(&offer.catalog, &house.user_id("ben").await)).await.expect(201);
        let request = ask(&ben, body).await.expect(201).id();
        assert_eq!(settled(&ben, &request).await["state"], "delivered");
        let other = house.other_tenant().await;
        other.get(&format!("{V1}/assignmentRequests/{request}")).await.expect(404);
        assert!(other.get(&format!("{V1}/assignments")).await.expect(200).values().is_empty());
    });
}

#[test]
fn a_package_and_a_policy_stay_while_somebody_holds_them() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let request = assign(&app, &offer.package, &policy, &house.user_id("eve").await).await;
        app.delete(&format!("{V1}/accessPackages/{}", offer.package)).await.expect(400).says("assignments");
        app.delete(&format!("{V1}/assignmentPolicies/{policy}")).await.expect(400).says("assignments");
        let request_id = request["id"].as_str().unwrap();
        app.delete(&format!("{V1}/assignmentRequests/{request_id}")).await.expect(400);
        let assignment = request["assignment"]["id"].as_str().unwrap();
        let remove = json!({ "requestType": "adminRemove", "assignment": { "id": assignment } });
        let removal = ask(&app, remove).await.expect(201).id();
        settled(&app, &removal).await;
        app.delete(&format!("{V1}/assignmentRequests/{request_id}")).await.expect(204);
        app.get(&format!("{V1}/assignmentRequests/{request_id}")).await.expect(404);
        app.delete(&format!("{V1}/assignmentPolicies/{policy}")).await.expect(204);
        app.delete(&format!("{V1}/accessPackages/{}", offer.package)).await.expect(204);
    });
}
