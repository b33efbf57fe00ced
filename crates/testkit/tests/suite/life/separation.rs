//! SEPARATION OF DUTIES, enforced: whoever holds the one key doesn't get the other.

use super::kit::{
    admin_add, approved_by, ask, assign, assignments, direct, for_all, forbid, letter, members, offer, offer_in,
    policy, remove, settled, user_add, with,
};
use crate::steps::{V1, group, group_link};
use serde_json::{Value, json};
use testkit::{Client, on_each_engine};

const EM: &str = "EntitlementManagement.ReadWrite.All";

async fn forbid_group(app: &Client, package: &str, group: &str) {
    let path = format!("{V1}/accessPackages/{package}/incompatibleGroups/$ref");
    app.post(&path, group_link(group)).await.expect(204);
}

async fn add_member(app: &Client, group: &str, kind: &str, member: &str) {
    let link = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/{kind}/{member}") });
    app.post(&format!("/v1.0/groups/{group}/members/$ref"), link).await.expect(204);
}

#[test]
fn a_holder_of_the_one_does_not_get_the_other() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let enter = offer(&app, "Enter").await;
        let release = offer_in(&app, &enter.catalog, "Release").await;
        let by_enter = policy(&app, &enter.package, direct()).await;
        let by_release = policy(&app, &release.package, direct()).await;
        policy(&app, &release.package, for_all()).await;
        forbid(&app, &release.package, &enter.package).await;
        let eve_id = house.user_id("eve").await;
        let held = assign(&app, &enter.package, &by_enter, &eve_id).await;

        let refused = ask(&app, admin_add(&release.package, &by_release, &eve_id)).await.expect(400);
        let refused = refused.error("IncompatibleAssignmentExists");
        let detail = &refused.json["error"]["details"][0];
        assert_eq!(detail["code"], "IncompatibleAssignmentExists");
        assert_eq!(detail["target"], held["assignment"]["id"]);
        assert!(detail["message"].as_str().unwrap().contains(&enter.package), "{detail}");
        let eve = house.user("eve", &[EM]).await;
        ask(&eve, user_add(&release.package)).await.expect(400).error("IncompatibleAssignmentExists");
        assert!(members(&app, &release.group).await.is_empty());

        // The rule has a direction: whoever holds the other may get the one.
        let ben = house.user_id("ben").await;
        assert_eq!(assign(&app, &release.package, &by_release, &ben).await["state"], "delivered");
        assert_eq!(assign(&app, &enter.package, &by_enter, &ben).await["state"], "delivered");

        // Once the other has gone, it succeeds.
        remove(&app, &held).await;
        assert_eq!(assign(&app, &release.package, &by_release, &eve_id).await["state"], "delivered");
    });
}

#[test]
fn an_open_request_counts_and_schedules_that_do_not_meet_do_not() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let enter = offer(&app, "Enter").await;
        let release = offer_in(&app, &enter.catalog, "Release").await;
        let ada = house.user_id("ada").await;
        policy(&app, &enter.package, approved_by(&[&ada])).await;
        let by_release = policy(&app, &release.package, direct()).await;
        forbid(&app, &release.package, &enter.package).await;
        forbid(&app, &enter.package, &release.package).await;
        let eve = house.user("eve", &[EM]).await;
        let pending = ask(&eve, user_add(&enter.package)).await.expect(201).id();
        assert_eq!(settled(&app, &pending).await["state"], "pendingApproval");
        let eve_id = house.user_id("eve").await;
        let refused = ask(&app, admin_add(&release.package, &by_release, &eve_id)).await.expect(400);
        assert_eq!(refused.error("IncompatibleAssignmentExists").json["error"]["details"][0]["target"], json!(pending));

        // Ben enters in March and releases in May.
        let ben = house.user_id("ben").await;
        let by_enter = policy(&app, &enter.package, direct()).await;
        let month = |from: &str, until: &str| {
            json!({ "schedule": {
                "startDateTime": from, "expiration": { "type": "afterDateTime", "endDateTime": until },
            } })
        };
        let march = month("2099-03-01T00:00:00Z", "2099-04-01T00:00:00Z");
        let may = month("2099-05-01T00:00:00Z", "2099-06-01T00:00:00Z");
        let overlapping = month("2099-03-31T23:59:59Z", "2099-06-01T00:00:00Z");
        ask(&app, with(admin_add(&enter.package, &by_enter, &ben), march)).await.expect(201);
        ask(&app, with(admin_add(&release.package, &by_release, &ben), overlapping)).await.expect(400);
        ask(&app, with(admin_add(&release.package, &by_release, &ben), may)).await.expect(201);
    });
}

#[test]
fn members_of_a_forbidden_group_are_refused_with_the_way_that_leads_there() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let release = offer(&app, "Release").await;
        let by_release = policy(&app, &release.package, direct()).await;
        let (outer, middle, inner) =
            (group(&app, "Outer").await, group(&app, "Middle").await, group(&app, "Inner").await);
        let eve = house.user_id("eve").await;
        add_member(&app, &outer, "groups", &middle).await;
        add_member(&app, &middle, "groups", &inner).await;
        // A circle ends.
        add_member(&app, &inner, "groups", &outer).await;
        add_member(&app, &inner, "users", &eve).await;
        forbid_group(&app, &release.package, &outer).await;
        let refused = ask(&app, admin_add(&release.package, &by_release, &eve)).await.expect(400);
        let refused = refused.error("IncompatibleGroupMembership");
        let message = refused.json["error"]["details"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(&format!("{eve} > {inner} > {middle} > {outer}")), "{message}");
        app.delete(&format!("/v1.0/groups/{inner}/members/{eve}/$ref")).await.expect(204);
        assert_eq!(assign(&app, &release.package, &by_release, &eve).await["state"], "delivered");
    });
}

#[test]
fn the_last_approval_is_refused_when_a_conflict_has_come_meanwhile() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let release = offer(&app, "Release").await;
        let ada_id = house.user_id("ada").await;
        policy(&app, &release.package, approved_by(&[&ada_id])).await;
        let clerks = group(&app, "Clerks").await;
        forbid_group(&app, &release.package, &clerks).await;
        let eve = house.user("eve", &[EM]).await;
        let request = ask(&eve, user_add(&release.package)).await.expect(201).id();
        assert_eq!(settled(&app, &request).await["state"], "pendingApproval");
        add_member(&app, &clerks, "users", &house.user_id("eve").await).await;
        let ada = house.user("ada", &[EM]).await;
        let path = format!("{V1}/accessPackageAssignmentApprovals/{request}/stages");
        let stage = ada.get(&path).await.expect(200).values()[0]["id"].as_str().unwrap().to_owned();
        ada.patch(&format!("{path}/{stage}"), json!({ "reviewResult": "Approve" })).await.expect(204);
        let done = settled(&app, &request).await;
        assert_eq!(done["state"], "denied", "{done}");
        // The reason is on the request, and with the way that leads there in the log and in the letter.
        assert_eq!(done["status"], "IncompatibleGroupMembership");
        let eve_id = house.user_id("eve").await;
        let way = format!("the target is in it by way of {eve_id} > {clerks}.");
        let rows = "/v1.0/auditLogs/directoryAudits?$filter=activityDisplayName%20eq%20'Access%20package%20assignment%20request%20denied'";
        let rows = app.get(rows).await.expect(200).text();
        assert!(rows.contains(&way), "{rows}");
        let letter = letter(house, "eve", "requestDenied").await.to_string();
        assert!(letter.contains(&way), "{letter}");
        assert!(members(&app, &release.group).await.is_empty());
    });
}

#[test]
fn a_rule_that_is_added_takes_nothing_and_stops_renewal() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let enter = offer(&app, "Enter").await;
        let release = offer_in(&app, &enter.catalog, "Release").await;
        let (p1, p2) = (policy(&app, &enter.package, direct()).await, policy(&app, &release.package, direct()).await);
        let eve = house.user_id("eve").await;
        assign(&app, &enter.package, &p1, &eve).await;
        let held = assign(&app, &release.package, &p2, &eve).await;
        forbid(&app, &release.package, &enter.package).await;
        assert_eq!(assignments(&app, &release.package).await[0]["state"], "delivered");
        assert_eq!(members(&app, &release.group).await.len(), 1);
        let renew: Value = json!({ "requestType": "adminUpdate", "assignment": { "id": held["assignment"]["id"] } });
        ask(&app, renew).await.expect(400).error("IncompatibleAssignmentExists");
    });
}

#[test]
fn only_asking_leaves_no_trace_of_an_assignment() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let enter = offer(&app, "Enter").await;
        let by_enter = policy(&app, &enter.package, direct()).await;
        let eve = house.user_id("eve").await;
        let body = json!({
            "requestType": "AdminAdd", "isValidationOnly": true,
            "accessPackageAssignment": {
                "targetId": eve, "assignmentPolicyId": by_enter, "accessPackageId": enter.package,
            },
        });
        let set = "/beta/identityGovernance/entitlementManagement/accessPackageAssignmentRequests";
        let asked = app.post(set, body.clone()).await.expect(201);
        assert_eq!(asked.json["isValidationOnly"], true);
        assert_eq!(assign(&app, &enter.package, &by_enter, &eve).await["state"], "delivered");
        app.post(set, body).await.expect(400).error("ExistingAssignment");
        app.delete(&format!("{set}/{}", asked.id())).await.expect(204);
    });
}
