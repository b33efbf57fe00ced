//! Approvals: stage after stage, by those who may.

use super::kit::{Offer, advance, approved_by, ask, for_all, members, offer, policy, settled, user_add, with};
use crate::steps::{BETA, NOBODY, V1};
use serde_json::{Value, json};
use testkit::{Client, House, on_each_engine};

const EM: &str = "EntitlementManagement.ReadWrite.All";

fn approve() -> Value {
    json!({ "reviewResult": "Approve", "justification": "Needed for the audit." })
}

fn quoted(text: &str) -> Value {
    Value::String(format!("\"{text}\""))
}

/// The stages of a request's approval.
async fn stages(client: &Client, request: &str) -> Vec<Value> {
    let path = format!("{V1}/accessPackageAssignmentApprovals/{request}?$expand=stages");
    let mut stages = client.get(&path).await.expect(200).json["stages"].as_array().cloned().unwrap_or_default();
    stages.sort_by_key(|stage| stage["displayName"].as_str().map(str::to_owned));
    stages
}

fn path(request: &str, stage: &Value) -> String {
    let id = stage["id"].as_str().expect("a stage");
    format!("{V1}/accessPackageAssignmentApprovals/{request}/stages/{id}")
}

async fn pending(house: &House, package: &str) -> String {
    let eve = house.user("eve", &[EM]).await;
    let request = ask(&eve, user_add(package)).await.expect(201).id();
    let waiting = settled(&house.app().await, &request).await;
    assert_eq!(waiting["state"], "pendingApproval", "{waiting}");
    assert_eq!(waiting["status"], "PendingApproval");
    request
}

/// What Eve has asked for, and her request: Ada decides, and then Dan.
async fn pending_in_two_stages(house: &House, app: &Client) -> (Offer, String) {
    let offer = offer(app, "Ledger").await;
    let (ada, dan) = (house.user_id("ada").await, house.user_id("dan").await);
    policy(app, &offer.package, approved_by(&[&ada, &dan])).await;
    let request = pending(house, &offer.package).await;
    (offer, request)
}

#[test]
fn two_stages_are_decided_one_after_the_other() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (offer, request) = pending_in_two_stages(house, &app).await;
        let (ada, dan) = (house.user("ada", &[EM]).await, house.user("dan", &[EM]).await);

        let seen = stages(&ada, &request).await;
        assert_eq!(seen.len(), 2);
        assert_eq!((&seen[0]["status"], &seen[0]["reviewResult"]), (&json!("InProgress"), &json!("NotReviewed")));
        assert_eq!(seen[0]["assignedToMe"], true);
        assert_eq!((&seen[1]["status"], &seen[1]["assignedToMe"]), (&json!("Initializing"), &json!(false)));

        // Applications, bystanders and the requestor don't decide.
        app.patch(&path(&request, &seen[0]), approve()).await.expect(403);
        house.user("ben", &[EM]).await.patch(&path(&request, &seen[0]), approve()).await.expect(404);
        dan.patch(&path(&request, &seen[0]), approve()).await.expect(404);
        ada.patch(&path(&request, &seen[0]), json!({ "reviewResult": "Perhaps" }))
            .await
            .expect(400)
            .says("reviewResult");
        ada.patch(&format!("{V1}/accessPackageAssignmentApprovals/{request}/stages/{NOBODY}"), approve())
            .await
            .expect(404);

        ada.patch(&path(&request, &seen[0]), approve()).await.expect(204);
        ada.patch(&path(&request, &seen[0]), approve()).await.expect(409);
        assert!(members(&app, &offer.group).await.is_empty());
        let seen = stages(&dan, &request).await;
        assert_eq!(seen[0]["status"], "Completed");
        assert_eq!(seen[0]["reviewResult"], "Approve");
        let by = json!({ "id": house.user_id("ada").await, "displayName": "Ada Achterberg" });
        assert_eq!(seen[0]["reviewedBy"], by);
        assert_eq!(seen[0]["justification"], "Needed for the audit.");
        assert_eq!((&seen[1]["status"], &seen[1]["assignedToMe"]), (&json!("InProgress"), &json!(true)));
        // Who decided in the first sees the second, and does not decide in it.
        ada.patch(&path(&request, &seen[1]), approve()).await.expect(403);
        let step = seen[1]["id"].as_str().unwrap();
        let beta = format!("{BETA}/accessPackageAssignmentApprovals/{request}/steps/{step}");
        ada.patch(&beta, approve()).await.expect(403);
        dan.patch(&beta, approve()).await.expect(204);
        assert_eq!(settled(&app, &request).await["state"], "delivered");
        assert_eq!(members(&app, &offer.group).await, [house.user_id("eve").await]);
        // The log says what it was before.
        for (activity, property, old, new) in [
            ("Approve access package assignment request", "reviewResult", "NotReviewed", "Approve"),
            ("Fulfill access package assignment request", "state", "delivering", "delivered"),
        ] {
            let filter = format!("$filter=activityDisplayName eq '{activity}'").replace(' ', "%20");
            let rows = app.get(&format!("/v1.0/auditLogs/directoryAudits?{filter}")).await.expect(200);
            let properties = rows.values()[0]["targetResources"][0]["modifiedProperties"].as_array().unwrap().clone();
            let changed = properties.iter().find(|each| each["displayName"] == property).unwrap();
            assert_eq!((&changed["oldValue"], &changed["newValue"]), (&quoted(old), &quoted(new)));
        }
    });
}

#[test]
fn beta_tells_what_is_decided_from_what_waits() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (_, request) = pending_in_two_stages(house, &app).await;
        let (ada, dan) = (house.user("ada", &[EM]).await, house.user("dan", &[EM]).await);
        let approval = format!("{BETA}/accessPackageAssignmentApprovals/{request}");
        let all = format!("{approval}?$expand=steps,completedSteps,pendingSteps");
        let count = |seen: &Value, name: &str| seen[name].as_array().map(Vec::len);
        let seen = ada.get(&all).await.expect(200).json;
        assert_eq!((count(&seen, "completedSteps"), count(&seen, "pendingSteps")), (Some(0), Some(2)));
        let first = stages(&ada, &request).await.swap_remove(0);
        // They are ways to look; the decision is made in the step itself.
        let id = first["id"].as_str().unwrap();
        ada.patch(&format!("{approval}/pendingSteps/{id}"), approve()).await.expect(405);
        ada.patch(&format!("{approval}/steps/{id}"), approve()).await.expect(204);

        let seen = dan.get(&all).await.expect(200).json;
        assert_eq!(count(&seen, "steps"), Some(2));
        assert_eq!((count(&seen, "completedSteps"), count(&seen, "pendingSteps")), (Some(1), Some(1)));
        assert_eq!(
            (&seen["completedSteps"][0]["id"], &seen["completedSteps"][0]["status"]),
            (&first["id"], &json!("Completed"))
        );
        assert_eq!(
            (&seen["pendingSteps"][0]["status"], &seen["pendingSteps"][0]["assignedToMe"]),
            (&json!("InProgress"), &json!(true))
        );
        assert_eq!(dan.get(&format!("{approval}/pendingSteps/$count")).await.expect(200).text(), "1");
        dan.get(&format!("{approval}/completedSteps/{id}")).await.expect(200);
        dan.get(&format!("{approval}/pendingSteps/{id}")).await.expect(404);
        house.user("ben", &[EM]).await.get(&format!("{approval}/pendingSteps")).await.expect(404);
        app.get(&format!("{approval}/pendingSteps")).await.expect(403);
        // v1.0 knows no such lists, and the request goes by the approval's own id.
        let v1 = format!("{V1}/accessPackageAssignmentApprovals/{request}");
        dan.get(&format!("{v1}/pendingSteps")).await.expect(400).says("pendingSteps");
        dan.get(&format!("{approval}/request")).await.expect(400).says("request");
    });
}

#[test]
fn one_denial_ends_the_request() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let ada_id = house.user_id("ada").await;
        policy(&app, &offer.package, approved_by(&[&ada_id, &ada_id])).await;
        let request = pending(house, &offer.package).await;
        let ada = house.user("ada", &[EM]).await;
        let seen = stages(&ada, &request).await;
        ada.patch(&path(&request, &seen[0]), json!({ "reviewResult": "Deny" })).await.expect(204);
        let done = settled(&app, &request).await;
        assert_eq!((&done["state"], &done["status"]), (&json!("denied"), &json!("Denied")));
        assert!(members(&app, &offer.group).await.is_empty());
        ada.patch(&path(&request, &seen[1]), approve()).await.expect(409);
        // The way is free for another try.
        pending(house, &offer.package).await;
    });
}

#[test]
fn nobody_decides_for_themselves() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        // Members of a group decide, and the requestor is one of them.
        let clerks = house.group_id("Payment clerks").await;
        let mut body = approved_by(&["x"]);
        body["requestApprovalSettings"]["stages"][0]["primaryApprovers"] =
            json!([{ "@odata.type": "#microsoft.graph.groupMembers", "groupId": clerks }]);
        policy(&app, &offer.package, body).await;
        let (ben, cho) = (house.user("ben", &[EM]).await, house.user("cho", &[EM]).await);
        let request = ask(&ben, user_add(&offer.package)).await.expect(201).id();
        settled(&app, &request).await;
        let seen = stages(&ben, &request).await;
        assert_eq!((&seen[0]["status"], &seen[0]["assignedToMe"]), (&json!("InProgress"), &json!(false)));
        assert_eq!(stages(&cho, &request).await[0]["assignedToMe"], true);
        ben.patch(&path(&request, &seen[0]), approve()).await.expect(403);
        cho.patch(&path(&request, &seen[0]), approve()).await.expect(204);
        assert_eq!(settled(&app, &request).await["state"], "delivered");
    });
}

#[test]
fn managers_are_found_and_fallbacks_stand_in() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let dan_id = house.user_id("dan").await;
        let mut body = approved_by(&["x"]);
        body["requestApprovalSettings"]["stages"][0]["primaryApprovers"] =
            json!([{ "@odata.type": "#microsoft.graph.requestorManager", "managerLevel": 1 }]);
        body["requestApprovalSettings"]["stages"][0]["fallbackPrimaryApprovers"] =
            json!([{ "@odata.type": "#microsoft.graph.singleUser", "userId": dan_id }]);
        policy(&app, &offer.package, body).await;
        // Ben has a manager, Ada; Eve has none.
        let ben = house.user("ben", &[EM]).await;
        let request = ask(&ben, user_add(&offer.package)).await.expect(201).id();
        settled(&app, &request).await;
        let ada = house.user("ada", &[EM]).await;
        let seen = stages(&ada, &request).await;
        ada.patch(&path(&request, &seen[0]), approve()).await.expect(204);
        assert_eq!(settled(&app, &request).await["state"], "delivered");
        let request = pending(house, &offer.package).await;
        let dan = house.user("dan", &[EM]).await;
        let seen = stages(&dan, &request).await;
        assert_eq!(seen[0]["assignedToMe"], true);
        dan.patch(&path(&request, &seen[0]), approve()).await.expect(204);
        assert_eq!(settled(&app, &request).await["state"], "delivered");
        // Cho's manager is asked, and is deleted before she answers.
        let cho = house.user("cho", &[EM]).await;
        let request = ask(&cho, user_add(&offer.package)).await.expect(201).id();
        settled(&app, &request).await;
        dan.get(&format!("{V1}/accessPackageAssignmentApprovals/{request}/stages")).await.expect(404);
        app.delete(&format!("/v1.0/users/{}", house.user_id("ada").await)).await.expect(204);
        advance(house, "0d").await;
        let seen = stages(&dan, &request).await;
        assert_eq!(seen[0]["assignedToMe"], true);
        dan.patch(&path(&request, &seen[0]), approve()).await.expect(204);
        assert_eq!(settled(&app, &request).await["state"], "delivered");
    });
}

#[test]
fn a_justification_is_asked_for_where_the_policy_wants_one() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let ada_id = house.user_id("ada").await;
        let mut body = approved_by(&[&ada_id]);
        body["requestApprovalSettings"]["isRequestorJustificationRequired"] = json!(true);
        body["requestApprovalSettings"]["stages"][0]["isApproverJustificationRequired"] = json!(true);
        policy(&app, &offer.package, body).await;
        let eve = house.user("eve", &[EM]).await;
        ask(&eve, user_add(&offer.package)).await.expect(400).says("justification");
        let why = with(user_add(&offer.package), json!({ "justification": "Year-end audit" }));
        let request = ask(&eve, why).await.expect(201).id();
        settled(&app, &request).await;
        let ada = house.user("ada", &[EM]).await;
        let seen = stages(&ada, &request).await;
        ada.patch(&path(&request, &seen[0]), json!({ "reviewResult": "Approve" }))
            .await
            .expect(400)
            .says("justification");
        ada.patch(&path(&request, &seen[0]), approve()).await.expect(204);
        assert_eq!(settled(&app, &request).await["state"], "delivered");
    });
}

#[test]
fn a_change_of_the_policy_does_not_move_what_is_pending() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let (ada_id, dan_id) = (house.user_id("ada").await, house.user_id("dan").await);
        let id = policy(&app, &offer.package, approved_by(&[&ada_id, &dan_id])).await;
        let request = pending(house, &offer.package).await;
        let package = json!({ "accessPackage": { "id": offer.package } });
        app.put(&format!("{V1}/assignmentPolicies/{id}"), with(for_all(), package)).await.expect(200);
        let (ada, dan) = (house.user("ada", &[EM]).await, house.user("dan", &[EM]).await);
        let seen = stages(&ada, &request).await;
        ada.patch(&path(&request, &seen[0]), approve()).await.expect(204);
        assert_eq!(settled(&app, &request).await["state"], "pendingApproval");
        dan.patch(&path(&request, &seen[1]), approve()).await.expect(204);
        assert_eq!(settled(&app, &request).await["state"], "delivered");
    });
}

#[test]
fn whose_it_is_not_finds_no_approval_and_its_own_word_is_said() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (_, request) = pending_in_two_stages(house, &app).await;
        let stage = stages(&house.user("ada", &[EM]).await, &request).await[0].clone();
        let id = stage["id"].as_str().unwrap();
        // Eve asked for it, and Ben has no part in it.
        for name in ["eve", "ben"] {
            let client = house.user(name, &[EM]).await;
            for (version, parts, word) in [(V1, "stages", "approvalStage"), (BETA, "steps", "approvalStep")] {
                let approval = format!("{version}/accessPackageAssignmentApprovals/{request}");
                client.get(&approval).await.expect(404).error("ResourceNotFound");
                client.get(&format!("{approval}/{parts}")).await.expect(404).error("ResourceNotFound");
                client.get(&format!("{approval}/{parts}/{id}")).await.expect(404);
                client.patch(&format!("{approval}/{parts}/{id}"), approve()).await.expect(404).says(word);
            }
        }
        // Who sees it, and doesn't decide, is told so.
        let admin = house.user("admin", &[EM]).await;
        admin.patch(&path(&request, &stage), approve()).await.expect(403).says("approvalStage");
        let step = format!("{BETA}/accessPackageAssignmentApprovals/{request}/steps/{id}");
        admin.patch(&step, approve()).await.expect(403).says("approvalStep");
    });
}

#[test]
fn who_has_no_part_in_a_request_cancels_nothing_and_who_manages_it_may() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (_, request) = pending_in_two_stages(house, &app).await;
        let cancel = format!("{V1}/assignmentRequests/{request}/cancel");
        let ben = house.user("ben", &[EM]).await;
        ben.send("POST", &cancel, None).await.expect(404).error("ResourceNotFound");
        house.user("ada", &[EM]).await.send("POST", &cancel, None).await.expect(403);
        house.user("admin", &[EM]).await.send("POST", &cancel, None).await.expect(204);
        assert_eq!(settled(&app, &request).await["state"], "canceled");
    });
}
