//! What time does: schedules begin, assignments end, approvals escalate and time out.

use super::kit::{
    admin_add, advance, approved_by, ask, assign, direct, for_all, members, offer, policy, settled, user_add, with,
};
use crate::steps::V1;
use serde_json::{Value, json};
use testkit::{Client, House, on_each_engine};

const EM: &str = "EntitlementManagement.ReadWrite.All";

/// The tenant's time, as a new thing shows it.
async fn now(app: &Client) -> jiff::Timestamp {
    let body = json!({ "displayName": "What time is it" });
    let made = app.post(&format!("{V1}/catalogs"), body).await.expect(201);
    made.json["createdDateTime"].as_str().expect("a time").parse().expect("a time")
}

async fn state(house: &House, request: &str) -> Value {
    let path = format!("{V1}/assignmentRequests/{request}");
    house.app().await.get(&path).await.expect(200).json["state"].clone()
}

#[test]
fn an_assignment_ends_with_its_schedule() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let month = json!({ "expiration": { "type": "afterDuration", "duration": "P30D" } });
        let policy = policy(&app, &offer.package, with(direct(), month)).await;
        let eve = house.user_id("eve").await;
        let done = assign(&app, &offer.package, &policy, &eve).await;
        assert_eq!(done["assignment"]["schedule"]["expiration"]["type"], "afterDateTime");
        advance(house, "29d").await;
        assert_eq!(members(&app, &offer.group).await, [eve.as_str()]);
        // Extended in time, it lasts.
        let extend = json!({ "requestType": "adminUpdate", "assignment": { "id": done["assignment"]["id"] } });
        let extended = ask(&app, extend).await.expect(201).id();
        assert_eq!(settled(&app, &extended).await["state"], "delivered");
        advance(house, "2d").await;
        assert_eq!(members(&app, &offer.group).await, [eve.as_str()]);
        advance(house, "29d").await;
        assert!(members(&app, &offer.group).await.is_empty());
        let id = done["assignment"]["id"].as_str().unwrap();
        let over = app.get(&format!("{V1}/assignments/{id}")).await.expect(200).json;
        assert_eq!(over["state"], "expired");
        let filter = "requestType%20eq%20'systemRemove'";
        let trace = app.get(&format!("{V1}/assignmentRequests?$filter={filter}")).await.expect(200);
        assert_eq!(trace.values().len(), 1);
        assert_eq!(trace.values()[0]["state"], "delivered");
    });
}

#[test]
fn a_request_for_later_is_delivered_when_its_time_has_come() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        policy(&app, &offer.package, for_all()).await;
        let eve = house.user("eve", &[EM]).await;
        let begins = (now(&app).await + jiff::SignedDuration::from_hours(72)).to_string();
        let later = with(user_add(&offer.package), json!({ "schedule": { "startDateTime": begins } }));
        let request = ask(&eve, later).await.expect(201).id();
        assert_eq!(settled(&app, &request).await["state"], "scheduled");
        advance(house, "4d").await;
        assert_eq!(state(house, &request).await, "delivered");
        assert_eq!(members(&app, &offer.group).await.len(), 1);
    });
}

#[test]
fn an_approval_escalates_and_then_times_out() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let (ada, dan) = (house.user_id("ada").await, house.user_id("dan").await);
        let mut body = approved_by(&[&ada]);
        let stage = &mut body["requestApprovalSettings"]["stages"][0];
        stage["isEscalationEnabled"] = json!(true);
        stage["durationBeforeEscalation"] = json!("P2D");
        stage["durationBeforeAutomaticDenial"] = json!("P7D");
        stage["escalationApprovers"] = json!([{ "@odata.type": "#microsoft.graph.singleUser", "userId": dan }]);
        policy(&app, &offer.package, body).await;
        let (eve, ben) = (house.user("eve", &[EM]).await, house.user("ben", &[EM]).await);
        let first = ask(&eve, user_add(&offer.package)).await.expect(201).id();
        let second = ask(&ben, user_add(&offer.package)).await.expect(201).id();
        settled(&app, &first).await;
        settled(&app, &second).await;
        let dan = house.user("dan", &[EM]).await;
        let stages = |request: &str| format!("{V1}/accessPackageAssignmentApprovals/{request}/stages");
        dan.get(&stages(&first)).await.expect(404);
        advance(house, "2d 1m").await;
        let status = async |request: &str| {
            app.get(&format!("{V1}/assignmentRequests/{request}")).await.expect(200).json["status"].clone()
        };
        assert_eq!(status(&first).await, "PendingApprovalEscalated");
        assert_eq!(status(&second).await, "PendingApprovalEscalated");
        let stage = dan.get(&stages(&first)).await.expect(200).values()[0]["id"].as_str().unwrap().to_owned();
        let approve = json!({ "reviewResult": "Approve" });
        dan.patch(&format!("{}/{stage}", stages(&first)), approve.clone()).await.expect(204);
        assert_eq!(settled(&app, &first).await["state"], "delivered");
        advance(house, "5d").await;
        assert_eq!(state(house, &second).await, "denied");
        assert_eq!(status(&second).await, "Expired");
        let stage = dan.get(&stages(&second)).await.expect(200).values()[0].clone();
        assert_eq!(stage["status"], "Expired");
        let late = format!("{}/{}", stages(&second), stage["id"].as_str().unwrap());
        dan.patch(&late, approve).await.expect(409);
    });
}

#[test]
fn an_escalation_that_is_turned_off_is_kept_and_never_comes() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let dan = house.user_id("dan").await;
        let named = json!([{ "@odata.type": "#microsoft.graph.singleUser", "userId": dan }]);
        let mut body = approved_by(&[&house.user_id("ada").await]);
        let stage = &mut body["requestApprovalSettings"]["stages"][0];
        stage["isEscalationEnabled"] = json!(false);
        stage["durationBeforeEscalation"] = json!("P2D");
        stage["escalationApprovers"] = named.clone();
        let id = policy(&app, &offer.package, body).await;
        let kept = app.get(&format!("{V1}/assignmentPolicies/{id}")).await.expect(200).json;
        let kept = &kept["requestApprovalSettings"]["stages"][0];
        assert_eq!(kept["durationBeforeEscalation"], "P2D");
        assert_eq!(kept["escalationApprovers"][0]["userId"], named[0]["userId"]);
        let request = ask(&house.user("eve", &[EM]).await, user_add(&offer.package)).await.expect(201).id();
        settled(&app, &request).await;
        advance(house, "3d").await;
        let seen = app.get(&format!("{V1}/assignmentRequests/{request}")).await.expect(200).json;
        assert_eq!((&seen["state"], &seen["status"]), (&json!("pendingApproval"), &json!("PendingApproval")));
        let approval = format!("{V1}/accessPackageAssignmentApprovals/{request}");
        house.user("dan", &[EM]).await.get(&approval).await.expect(404);
    });
}

#[test]
fn requests_show_the_tenants_time() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let before = now(&app).await;
        advance(house, "400d").await;
        let eve = house.user_id("eve").await;
        let taken = ask(&app, admin_add(&offer.package, &policy, &eve)).await.expect(201);
        let created: jiff::Timestamp = taken.json["createdDateTime"].as_str().unwrap().parse().unwrap();
        assert_eq!((created.as_second() - before.as_second()) / 86_400, 400);
        settled(&app, &taken.id()).await;
    });
}
