//! What time does: schedules begin, assignments end, approvals escalate and time out.

use super::kit::{
    admin_add, approved_by, ask, direct, for_all, members, offer, policy, settled, until, user_add, with,
};
use crate::steps::V1;
use serde_json::{Value, json};
use testkit::{Client, House, on_each_engine};

const EM: &str = "EntitlementManagement.ReadWrite.All";
pub const DAY: i64 = 86_400_000_000;

/// Puts every tenant's clock this far ahead of the real one.
pub async fn ahead(house: &House, micros: i64) {
    house.plant(&format!("UPDATE tenant SET clock_offset = {micros}")).await;
}

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
        let done = super::kit::assign(&app, &offer.package, &policy, &eve).await;
        assert_eq!(done["assignment"]["schedule"]["expiration"]["type"], "afterDateTime");
        ahead(house, 29 * DAY).await;
        tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
        assert_eq!(members(&app, &offer.group).await, [eve.as_str()]);
        // Extended in time, it lasts.
        let extend = json!({ "requestType": "adminUpdate", "assignment": { "id": done["assignment"]["id"] } });
        let extended = ask(&app, extend).await.expect(201).id();
        assert_eq!(settled(&app, &extended).await["state"], "delivered");
        ahead(house, 31 * DAY).await;
        tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
        assert_eq!(members(&app, &offer.group).await, [eve.as_str()]);
        ahead(house, 60 * DAY).await;
        until(async || members(&app, &offer.group).await.is_empty()).await;
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
        ahead(house, 4 * DAY).await;
        until(async || state(house, &request).await == "delivered").await;
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
        ahead(house, 2 * DAY + 60_000_000).await;
        let status = async |request: &str| {
            app.get(&format!("{V1}/assignmentRequests/{request}")).await.expect(200).json["status"].clone()
        };
        until(async || status(&first).await == "PendingApprovalEscalated").await;
        until(async || status(&second).await == "PendingApprovalEscalated").await;
        let stage = dan.get(&stages(&first)).await.expect(200).values()[0]["id"].as_str().unwrap().to_owned();
        let approve = json!({ "reviewResult": "Approve" });
        dan.patch(&format!("{}/{stage}", stages(&first)), approve.clone()).await.expect(204);
        assert_eq!(settled(&app, &first).await["state"], "delivered");
        ahead(house, 7 * DAY + 60_000_000).await;
        until(async || state(house, &second).await == "denied").await;
        assert_eq!(status(&second).await, "Expired");
        let stage = dan.get(&stages(&second)).await.expect(200).values()[0].clone();
        assert_eq!(stage["status"], "Expired");
        let late = format!("{}/{}", stages(&second), stage["id"].as_str().unwrap());
        dan.patch(&late, approve).await.expect(409);
    });
}

#[test]
fn requests_show_the_tenants_time() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let before = now(&app).await;
        ahead(house, 400 * DAY).await;
        tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
        let eve = house.user_id("eve").await;
        let taken = ask(&app, admin_add(&offer.package, &policy, &eve)).await.expect(201);
        let created: jiff::Timestamp = taken.json["createdDateTime"].as_str().unwrap().parse().unwrap();
        assert_eq!((created.as_second() - before.as_second()) / 86_400, 400);
        settled(&app, &taken.id()).await;
    });
}
