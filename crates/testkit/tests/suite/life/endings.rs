//! What ends what: an open request never keeps access from being taken away, and what stands in the way
//! of a rule is looked at again when it is gone.

use super::automatic::{department, moves};
use super::kit::{
    SUBJECT, advance, approved_by, ask, assign, decide, direct, for_all, forbid, members, offer, offer_in, policy,
    remove, settled, stage, until, user_add, with,
};
use crate::steps::{V1, group};
use serde_json::{Value, json};
use testkit::{Client, House, on_each_engine};

/// A policy under which holders extend their access after somebody's approval, and ask for it freely.
fn extended_by(approver: &str) -> Value {
    let settings = json!({
        "expiration": { "type": "afterDuration", "duration": "P10D" },
        "requestApprovalSettings": {
            "isApprovalRequiredForAdd": false, "isApprovalRequiredForUpdate": true,
            "stages": [stage(json!({ "@odata.type": "#microsoft.graph.singleUser", "userId": approver }))],
        },
    });
    with(for_all(), settings)
}

fn about(request_type: &str, request: &Value) -> Value {
    json!({ "requestType": request_type, "assignment": { "id": request["assignment"]["id"] } })
}

async fn state(app: &Client, request: &str) -> String {
    let path = format!("{V1}/assignmentRequests/{request}");
    app.get(&path).await.expect(200).json["state"].as_str().unwrap_or_default().to_owned()
}

/// Asks to extend what `held` gave, and waits until somebody has to decide.
async fn extension(client: &Client, app: &Client, held: &Value) -> String {
    let update = ask(client, about("userUpdate", held)).await.expect(201).id();
    assert_eq!(settled(app, &update).await["state"], "pendingApproval");
    update
}

async fn holder(house: &House, app: &Client, package: &str, name: &str) -> (Client, Value) {
    let client = house.user(name, &[SUBJECT]).await;
    let request = ask(&client, user_add(package)).await.expect(201).id();
    let held = settled(app, &request).await;
    assert_eq!(held["state"], "delivered");
    (client, held)
}

#[test]
fn no_update_that_waits_keeps_access_from_being_taken_away() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        policy(&app, &offer.package, extended_by(&house.user_id("ada").await)).await;
        for by_holder in [false, true] {
            let (ben, held) = holder(house, &app, &offer.package, "ben").await;
            let update = extension(&ben, &app, &held).await;
            // A second one of one's own waits for the first.
            ask(&ben, about("userUpdate", &held)).await.expect(400).error("ExistingOpenRequest");
            let (who, kind) = if by_holder { (&ben, "userRemove") } else { (&app, "adminRemove") };
            let removal = ask(who, about(kind, &held)).await.expect(201).id();
            assert_eq!(settled(&app, &removal).await["state"], "delivered");
            assert_eq!(state(&app, &update).await, "canceled");
            assert!(members(&app, &offer.group).await.is_empty());
        }
        // What an administrator decides goes before what the holder asks for.
        let (ben, held) = holder(house, &app, &offer.package, "ben").await;
        let update = extension(&ben, &app, &held).await;
        let longer = with(
            about("adminUpdate", &held),
            json!({ "schedule": { "expiration": { "type": "afterDuration", "duration": "P5D" } } }),
        );
        // Somebody else's it is not.
        let mut other = longer.clone();
        other["assignment"]["targetId"] = json!(house.user_id("cho").await);
        ask(&app, other).await.expect(400).error("InvalidModel").says("targetId");
        // Nor is it looked for by its package.
        let ben_id = house.user_id("ben").await;
        let mut unnamed = longer.clone();
        unnamed["assignment"] = json!({ "targetId": ben_id, "accessPackageId": offer.package });
        ask(&app, unnamed).await.expect(400).error("InvalidModel").says("assignment/id");
        let longer = ask(&app, longer).await.expect(201).id();
        assert_eq!(settled(&app, &longer).await["state"], "delivered");
        assert_eq!(state(&app, &update).await, "canceled");
        assert_eq!(members(&app, &offer.group).await.len(), 1);
    });
}

#[test]
fn an_approver_takes_back_what_they_have_approved_and_nothing_else() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let asked = approved_by(&[&house.user_id("ada").await]);
        policy(&app, &offer.package, asked).await;
        let write = &["EntitlementManagement.ReadWrite.All"];
        let (ada, dan) = (house.user("ada", write).await, house.user("dan", write).await);
        let ben = house.user("ben", &[SUBJECT]).await;
        let id = ask(&ben, user_add(&offer.package)).await.expect(201).id();
        assert_eq!(settled(&app, &id).await["state"], "pendingApproval");
        // Nothing has been approved yet.
        let (package, target) = (&offer.package, house.user_id("ben").await);
        let named = json!({ "accessPackageId": package, "targetId": target });
        let named = json!({ "requestType": "approverRemove", "assignment": named });
        ask(&ada, named.clone()).await.expect(400);
        decide(&ada, &id, json!({ "reviewResult": "Approve" })).await;
        let held = settled(&app, &id).await;
        assert_eq!(held["state"], "delivered");
        // Who approved it sees what came of it; who did not finds nothing, the holder included.
        let one = format!("{V1}/assignments/{}", held["assignment"]["id"].as_str().unwrap());
        ada.get(&one).await.expect(200);
        dan.get(&one).await.expect(404);
        for other in [&dan, &ben] {
            ask(other, about("approverRemove", &held)).await.expect(404);
            ask(other, named.clone()).await.expect(400);
        }
        ask(&app, about("approverRemove", &held)).await.expect(403);
        let removal = ask(&ada, named).await.expect(201).id();
        let ada = ada.with("prefer", "include-unknown-enum-members");
        let removal = settled(&ada, &removal).await;
        assert_eq!((&removal["state"], &removal["requestType"]), (&json!("delivered"), &json!("approverRemove")));
        assert!(members(&app, &offer.group).await.is_empty());
        // It is over.
        ask(&ada, about("approverRemove", &held)).await.expect(400).says("expired");
        // What was given without a question isn't an approver's to take.
        let open = offer_in(&app, &offer.catalog, "Journal").await;
        policy(&app, &open.package, for_all()).await;
        let (_, free) = holder(house, &app, &open.package, "cho").await;
        ask(&ada, about("approverRemove", &free)).await.expect(404);
    });
}

#[test]
fn an_update_ends_with_what_it_would_prolong() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        policy(&app, &offer.package, extended_by(&house.user_id("ada").await)).await;
        let (ben, held) = holder(house, &app, &offer.package, "ben").await;
        let update = extension(&ben, &app, &held).await;
        advance(house, "11d").await;
        assert_eq!(state(&app, &update).await, "canceled");
        assert!(members(&app, &offer.group).await.is_empty());
        holder(house, &app, &offer.package, "ben").await;
    });
}

#[test]
fn who_leaves_a_rule_loses_what_it_gave_whatever_they_have_asked_for() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let ada = house.user_id("ada").await;
        let extended = extended_by(&ada);
        let mut body = department("Audit");
        body["requestApprovalSettings"] = extended["requestApprovalSettings"].clone();
        body["requestorSettings"] = extended["requestorSettings"].clone();
        let id = policy(&app, &offer.package, body.clone()).await;
        let (eve, eve_id) = (house.user("eve", &[SUBJECT]).await, house.user_id("eve").await);
        for grace in ["PT0S", "P1D"] {
            body["automaticRequestSettings"]["gracePeriodBeforeAccessRemoval"] = json!(grace);
            app.put(&format!("{V1}/assignmentPolicies/{id}"), body.clone()).await.expect(200);
            moves(&app, &eve_id, json!("Audit")).await;
            until(async || members(&app, &offer.group).await == [eve_id.as_str()]).await;
            let own = format!("{V1}/assignments/filterByCurrentUser(on='target')?$filter=state%20eq%20'Delivered'");
            let held = json!({ "assignment": { "id": eve.get(&own).await.expect(200).values()[0]["id"] } });
            let update = extension(&eve, &app, &held).await;
            moves(&app, &eve_id, json!("Sales")).await;
            advance(house, "2d").await;
            assert_eq!(state(&app, &update).await, "canceled", "{grace}");
            assert!(members(&app, &offer.group).await.is_empty(), "{grace}");
        }
        // While the grace runs the policy ceases to assign by itself: nobody's access lasts by that.
        moves(&app, &eve_id, json!("Audit")).await;
        until(async || members(&app, &offer.group).await == [eve_id.as_str()]).await;
        moves(&app, &eve_id, json!("Sales")).await;
        advance(house, "0d").await;
        body.as_object_mut().unwrap().remove("automaticRequestSettings");
        app.put(&format!("{V1}/assignmentPolicies/{id}"), body).await.expect(200);
        advance(house, "2d").await;
        assert!(members(&app, &offer.group).await.is_empty());
    });
}

#[test]
fn only_who_could_ask_for_it_extends_it() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let askers = group(&app, "Who may ask").await;
        let ben_id = house.user_id("ben").await;
        let link = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/users/{ben_id}") });
        app.post(&format!("/v1.0/groups/{askers}/members/$ref"), link.clone()).await.expect(204);
        let body = json!({
            "allowedTargetScope": "specificDirectoryUsers", "expiration": { "type": "afterDuration", "duration": "P10D" },
            "specificAllowedTargets": [{ "@odata.type": "#microsoft.graph.groupMembers", "groupId": askers }],
        });
        policy(&app, &offer.package, with(for_all(), body)).await;
        let (ben, held) = holder(house, &app, &offer.package, "ben").await;
        let catalog = format!("{V1}/catalogs/{}", offer.catalog);
        app.patch(&catalog, json!({ "state": "unpublished" })).await.expect(204);
        ask(&ben, about("userUpdate", &held)).await.expect(400).error("CatalogNotPublished");
        app.patch(&catalog, json!({ "state": "published" })).await.expect(204);
        app.delete(&format!("/v1.0/groups/{askers}/members/{ben_id}/$ref")).await.expect(204);
        ask(&ben, about("userUpdate", &held)).await.expect(400).error("NotInPolicyScope");
        app.post(&format!("/v1.0/groups/{askers}/members/$ref"), link).await.expect(204);
        let update = ask(&ben, about("userUpdate", &held)).await.expect(201).id();
        assert_eq!(settled(&app, &update).await["state"], "delivered");
    });
}

#[test]
fn a_rule_is_asked_again_when_what_stood_in_its_way_is_gone() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let enter = offer(&app, "Enter").await;
        let release = offer_in(&app, &enter.catalog, "Release").await;
        let by_hand = policy(&app, &enter.package, direct()).await;
        forbid(&app, &release.package, &enter.package).await;
        let (dan, eve) = (house.user_id("dan").await, house.user_id("eve").await);
        let of_dan = assign(&app, &enter.package, &by_hand, &dan).await;
        assign(&app, &enter.package, &by_hand, &eve).await;
        policy(&app, &release.package, department("Audit")).await;
        moves(&app, &dan, json!("Audit")).await;
        advance(house, "0d").await;
        assert!(members(&app, &release.group).await.is_empty());
        remove(&app, &of_dan).await;
        until(async || members(&app, &release.group).await == [dan.as_str()]).await;
        let link = format!("incompatibleAccessPackages/{}/$ref", enter.package);
        app.delete(&format!("{V1}/accessPackages/{}/{link}", release.package)).await.expect(204);
        until(async || members(&app, &release.group).await.contains(&eve)).await;
    });
}

#[test]
fn what_somebody_has_asked_for_is_not_deleted_under_them() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let by_ada = policy(&app, &offer.package, approved_by(&[&house.user_id("ada").await])).await;
        let ben = house.user("ben", &[SUBJECT]).await;
        let request = ask(&ben, user_add(&offer.package)).await.expect(201).id();
        assert_eq!(settled(&app, &request).await["state"], "pendingApproval");
        let (package, policy) =
            (format!("{V1}/accessPackages/{}", offer.package), format!("{V1}/assignmentPolicies/{by_ada}"));
        for path in [&package, &policy] {
            app.delete(path).await.expect(400).says("assignmentRequests");
        }
        ben.post(&format!("{V1}/assignmentRequests/{request}/cancel"), json!({})).await.expect(204);
        for path in [&policy, &package] {
            app.delete(path).await.expect(204);
        }
    });
}
