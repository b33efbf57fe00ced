//! What an assignment gives and takes: what was there before stays, what somebody else gives stays,
//! and a change of the package reaches all who hold it.

use super::kit::{
    admin_add, advance, ask, assign, assignments, bring, direct, members, offer, offer_in, onboard, policy, remove,
    settled, until, with,
};
use crate::steps::{V1, group, package};
use serde_json::json;
use testkit::on_each_engine;

#[test]
fn what_was_there_before_stays() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let (eve, ben) = (house.user_id("eve").await, house.user_id("ben").await);
        let link = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/users/{eve}") });
        app.post(&format!("/v1.0/groups/{}/members/$ref", offer.group), link).await.expect(204);
        let (of_eve, of_ben) =
            (assign(&app, &offer.package, &policy, &eve).await, assign(&app, &offer.package, &policy, &ben).await);
        assert_eq!(members(&app, &offer.group).await.len(), 2);
        remove(&app, &of_eve).await;
        remove(&app, &of_ben).await;
        assert_eq!(members(&app, &offer.group).await, [eve]);
    });
}

#[test]
fn what_another_assignment_gives_stays_until_that_one_ends() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let one = offer(&app, "Ledger").await;
        let other = package(&app, &one.catalog, "Other").await;
        bring(&app, &other, &one.resource, &format!("Member_{}", one.group), &one.group).await.expect(201);
        let (p1, p2) = (policy(&app, &one.package, direct()).await, policy(&app, &other, direct()).await);
        let eve = house.user_id("eve").await;
        let first = assign(&app, &one.package, &p1, &eve).await;
        let second = assign(&app, &other, &p2, &eve).await;
        remove(&app, &first).await;
        assert_eq!(members(&app, &one.group).await, [eve.as_str()]);
        remove(&app, &second).await;
        assert!(members(&app, &one.group).await.is_empty());
    });
}

#[test]
fn a_role_that_is_added_or_removed_reaches_all_who_hold_the_package() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let mut people = vec![house.user_id("ben").await, house.user_id("eve").await];
        people.sort();
        for person in &people {
            assign(&app, &offer.package, &policy, person).await;
        }
        let archive = group(&app, "Archive").await;
        let resource = onboard(&app, &offer.catalog, &archive).await;
        let added =
            bring(&app, &offer.package, &resource, &format!("Owner_{archive}"), &archive).await.expect(201).id();
        let owners = async || {
            let found = app.get(&format!("/v1.0/groups/{archive}/owners?$select=id")).await.expect(200);
            let mut owners: Vec<String> =
                found.values().iter().filter_map(|owner| owner["id"].as_str().map(str::to_owned)).collect();
            owners.sort();
            owners
        };
        until(async || owners().await == people).await;
        app.delete(&format!("{V1}/accessPackages/{}/resourceRoleScopes/{added}", offer.package)).await.expect(204);
        until(async || owners().await.is_empty()).await;
        assert_eq!(members(&app, &offer.group).await.len(), 2);
    });
}

#[test]
fn reprocess_gives_back_what_was_taken_by_hand() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let eve = house.user_id("eve").await;
        let request = assign(&app, &offer.package, &policy, &eve).await;
        app.delete(&format!("/v1.0/groups/{}/members/{eve}/$ref", offer.group)).await.expect(204);
        let assignment = request["assignment"]["id"].as_str().unwrap();
        let reprocess = format!("{V1}/assignments/{assignment}/reprocess");
        let answer = app.send("POST", &reprocess, None).await;
        assert_eq!((answer.status, answer.body.len()), (202, 0));
        until(async || members(&app, &offer.group).await == [eve.as_str()]).await;
        remove(&app, &request).await;
        assert!(members(&app, &offer.group).await.is_empty());
        app.send("POST", &reprocess, None).await.expect(400).says("expired");
    });
}

#[test]
fn a_failed_delivery_says_so_and_can_be_tried_again() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let eve = house.user_id("eve").await;
        app.delete(&format!("/v1.0/groups/{}", offer.group)).await.expect(204);
        let failed = assign(&app, &offer.package, &policy, &eve).await;
        assert_eq!((&failed["state"], &failed["status"]), (&json!("deliveryFailed"), &json!("DeliveryFailed")));
        assert_eq!(failed["assignment"]["state"], "deliveryFailed");
        let id = failed["id"].as_str().unwrap();
        // It counts for nothing: nobody holds the package by it.
        assert_eq!(assignments(&app, &offer.package).await.len(), 1);
        app.send("POST", &format!("/v1.0/directory/deletedItems/{}/restore", offer.group), None).await.expect(200);
        let reprocess = format!("{V1}/assignmentRequests/{id}/reprocess");
        let answer = app.send("POST", &reprocess, None).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        let done = settled(&app, id).await;
        assert_eq!(done["state"], "delivered", "{done}");
        assert_eq!(done["assignment"]["id"], failed["assignment"]["id"]);
        assert_eq!(members(&app, &offer.group).await, [eve]);
        app.send("POST", &reprocess, None).await.expect(400).says("delivered");
    });
}

#[test]
fn a_part_that_fails_leaves_the_rest_delivered() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let one = offer(&app, "Ledger").await;
        let gone = offer_in(&app, &one.catalog, "Gone").await;
        bring(&app, &one.package, &gone.resource, &format!("Member_{}", gone.group), &gone.group).await.expect(201);
        let policy = policy(&app, &one.package, direct()).await;
        app.delete(&format!("/v1.0/groups/{}", gone.group)).await.expect(204);
        let request = assign(&app, &one.package, &policy, &house.user_id("eve").await).await;
        assert_eq!(request["state"], "partiallyDelivered");
        assert_eq!(request["assignment"]["state"], "partiallyDelivered");
        assert_eq!(members(&app, &one.group).await.len(), 1);
        remove(&app, &request).await;
        assert!(members(&app, &one.group).await.is_empty());
    });
}

#[test]
fn who_is_deleted_holds_nothing_any_more() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let eve = house.user_id("eve").await;
        assign(&app, &offer.package, &policy, &eve).await;
        let later = offer_in(&app, &offer.catalog, "Later").await;
        let by_later = self::policy(&app, &later.package, direct()).await;
        let begins = json!({ "schedule": { "startDateTime": "2999-01-01T00:00:00Z" } });
        let begins = ask(&app, with(admin_add(&later.package, &by_later, &eve), begins)).await.expect(201).id();
        assert_eq!(settled(&app, &begins).await["state"], "scheduled");
        app.delete(&format!("/v1.0/users/{eve}")).await.expect(204);
        until(async || assignments(&app, &offer.package).await[0]["state"] == "expired").await;
        // What was to begin is denied, not a delivery that one could try again.
        until(async || settled(&app, &begins).await["state"] == "denied").await;
    });
}

#[test]
fn what_is_held_moves_with_its_package() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let eve = house.user_id("eve").await;
        let request = assign(&app, &offer.package, &policy, &eve).await;
        let other = crate::steps::catalog(&app, "Other catalog").await;
        onboard(&app, &other, &offer.group).await;
        let to = json!({ "catalogId": other });
        let path = format!("{}/accessPackages/{}/moveToCatalog", crate::steps::BETA, offer.package);
        app.post(&path, to).await.expect(200);
        let id = request["assignment"]["id"].as_str().unwrap();
        let held = app.get(&format!("{}/accessPackageAssignments/{id}", crate::steps::BETA)).await.expect(200);
        assert_eq!(held.json["catalogId"], json!(other));
        app.send("POST", &format!("{V1}/assignments/{id}/reprocess"), None).await.expect(202);
        advance(house, "0d").await;
        assert_eq!(members(&app, &offer.group).await, [eve]);
        remove(&app, &request).await;
        assert!(members(&app, &offer.group).await.is_empty());
    });
}
