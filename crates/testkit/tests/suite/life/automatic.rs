//! What follows from membership rules: dynamic groups, and policies that assign by themselves.

use super::kit::{advance, assignments, direct, members, offer, offer_in, policy, until, with};
use crate::clock::clock;
use crate::steps::{V1, group_link, group_with, package_link};
use serde_json::{Value, json};
use testkit::{Client, House, on_each_engine};

/// A policy that gives its package to everybody in a department, and takes it from who leaves.
pub fn department(name: &str) -> Value {
    with(
        direct(),
        json!({
            "displayName": "By itself", "allowedTargetScope": "specificDirectoryUsers",
            "specificAllowedTargets": [{
                "@odata.type": "#microsoft.graph.attributeRuleMembers", "description": "By department",
                "membershipRule": format!("user.department -eq \"{name}\""),
            }],
            "automaticRequestSettings": {
                "requestAccessForAllowedTargets": true, "removeAccessWhenTargetLeavesAllowedTargets": true,
                "gracePeriodBeforeAccessRemoval": "PT0S",
            },
        }),
    )
}

pub async fn moves(app: &Client, user: &str, department: Value) {
    app.patch(&format!("/v1.0/users/{user}"), json!({ "department": department })).await.expect(204);
}

/// A group whose members follow from a rule.
async fn by_rule(app: &Client, name: &str, rule: &str) -> String {
    let more = json!({
        "groupTypes": ["DynamicMembership"], "membershipRule": rule, "membershipRuleProcessingState": "On",
    });
    group_with(app, name, more).await
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

#[test]
fn who_comes_into_scope_gets_it_and_who_leaves_loses_it() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        policy(&app, &offer.package, department("Finance")).await;
        let mut finance = Vec::new();
        for name in ["ada", "ben", "cho", "dan"] {
            finance.push(house.user_id(name).await);
        }
        let finance = sorted(finance);
        until(async || sorted(members(&app, &offer.group).await) == finance).await;
        let eve = house.user_id("eve").await;
        moves(&app, &eve, json!("Finance")).await;
        until(async || members(&app, &offer.group).await.contains(&eve)).await;
        moves(&app, &eve, json!("Audit")).await;
        until(async || !members(&app, &offer.group).await.contains(&eve)).await;
        let of_eve: Vec<Value> = assignments(&app, &offer.package)
            .await
            .into_iter()
            .filter(|held| held["target"]["objectId"] == json!(eve))
            .collect();
        assert_eq!(of_eve.len(), 1);
        assert_eq!(of_eve[0]["state"], "expired");
        let set = format!("{V1}/assignmentRequests?$filter=requestType%20eq%20'systemAdd'&$count=true");
        assert_eq!(app.get(&set).await.expect(200).json["@odata.count"], 5);
    });
}

#[test]
fn a_grace_is_kept_and_whoever_comes_back_in_time_keeps_it() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let mut body = department("Audit");
        body["automaticRequestSettings"]["gracePeriodBeforeAccessRemoval"] = json!("P3D");
        policy(&app, &offer.package, body).await;
        let eve = house.user_id("eve").await;
        until(async || members(&app, &offer.group).await == [eve.as_str()]).await;
        moves(&app, &eve, json!("Sales")).await;
        advance(house, "0d").await;
        assert_eq!(members(&app, &offer.group).await, [eve.as_str()]);
        moves(&app, &eve, json!("Audit")).await;
        advance(house, "4d").await;
        assert_eq!(members(&app, &offer.group).await, [eve.as_str()]);
        moves(&app, &eve, json!("Sales")).await;
        advance(house, "0d").await;
        assert_eq!(members(&app, &offer.group).await, [eve.as_str()]);
        advance(house, "4d").await;
        assert!(members(&app, &offer.group).await.is_empty());
    });
}

#[test]
fn separation_of_duties_binds_what_happens_by_itself() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let enter = offer(&app, "Enter").await;
        let release = offer_in(&app, &enter.catalog, "Release").await;
        let by_enter = policy(&app, &enter.package, direct()).await;
        let path = format!("{V1}/accessPackages/{}/incompatibleAccessPackages/$ref", release.package);
        app.post(&path, package_link(&enter.package)).await.expect(204);
        let clerks = house.group_id("Payment clerks").await;
        let path = format!("{V1}/accessPackages/{}/incompatibleGroups/$ref", release.package);
        app.post(&path, group_link(&clerks)).await.expect(204);
        let dan = house.user_id("dan").await;
        super::kit::assign(&app, &enter.package, &by_enter, &dan).await;
        policy(&app, &release.package, department("Finance")).await;
        // Ben and Cho are clerks, Dan enters payments; Ada alone may release them.
        let ada = house.user_id("ada").await;
        until(async || members(&app, &release.group).await == [ada.as_str()]).await;
        // Ben is a clerk no more.
        let ben = house.user_id("ben").await;
        app.delete(&format!("/v1.0/groups/{clerks}/members/{ben}/$ref")).await.expect(204);
        until(async || members(&app, &release.group).await.contains(&ben)).await;
        assert_eq!(members(&app, &release.group).await.len(), 2);
    });
}

#[test]
fn dynamic_groups_follow_their_rule() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let dynamic = by_rule(&app, "All of finance", "user.department -eq \"Finance\"").await;
        until(async || members(&app, &dynamic).await.len() == 4).await;
        let eve = house.user_id("eve").await;
        moves(&app, &eve, json!("finance")).await;
        until(async || members(&app, &dynamic).await.len() == 5).await;
        moves(&app, &eve, json!(null)).await;
        until(async || members(&app, &dynamic).await.len() == 4).await;
        let rule = json!({ "membershipRule": "user.jobTitle -contains \"clerk\"" });
        app.patch(&format!("/v1.0/groups/{dynamic}"), rule).await.expect(204);
        until(async || members(&app, &dynamic).await.len() == 2).await;
        let paused = json!({ "membershipRuleProcessingState": "Paused" });
        app.patch(&format!("/v1.0/groups/{dynamic}"), paused).await.expect(204);
        // Whoever reports to Ada: her manager decides nothing here, the rule does.
        let ada = house.user_id("ada").await;
        let rule = json!({
            "membershipRule": format!("Direct Reports for \"{ada}\""), "membershipRuleProcessingState": "On",
        });
        app.patch(&format!("/v1.0/groups/{dynamic}"), rule).await.expect(204);
        until(async || members(&app, &dynamic).await.len() == 3).await;
        let dan = house.user_id("dan").await;
        app.delete(&format!("/v1.0/users/{dan}/manager/$ref")).await.expect(204);
        until(async || members(&app, &dynamic).await.len() == 2).await;
    });
}

#[test]
fn a_dynamic_group_that_comes_back_follows_its_rule() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let dynamic = by_rule(&app, "All of finance", "user.department -eq \"Finance\"").await;
        until(async || members(&app, &dynamic).await.len() == 4).await;
        app.delete(&format!("/v1.0/groups/{dynamic}")).await.expect(204);
        let eve = house.user_id("eve").await;
        moves(&app, &eve, json!("Finance")).await;
        app.post(&format!("/v1.0/directory/deletedItems/{dynamic}/restore"), json!({})).await.expect(200);
        until(async || members(&app, &dynamic).await.len() == 5).await;
    });
}

#[test]
fn everybody_is_asked_however_many_they_are() {
    on_each_engine(async |house| {
        let app = house.app().await;
        // More than one task of asking everybody sees to; each password of theirs would take its time.
        let id = if house.on_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
        let clerks = format!(
            "INSERT INTO directory_object (tenant, id, kind, created_at, display_name, display_name_fold, \
             user_principal_name, user_principal_name_fold, doc) \
             WITH RECURSIVE n (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < 230) \
             SELECT o.tenant, {id}, 1, o.created_at, 'Clerk', 'clerk', 'clerk' || n.k || '@doorward.test', \
             'clerk' || n.k || '@doorward.test', o.doc FROM n CROSS JOIN directory_object AS o \
             WHERE o.user_principal_name_fold = 'ben@doorward.test'"
        );
        house.plant(&clerks).await;
        let dynamic = by_rule(&app, "All clerks", "user.displayName -eq \"Clerk\"").await;
        let counted = format!("/v1.0/groups/{dynamic}/members/$count");
        let eventual = app.with("ConsistencyLevel", "eventual");
        until(async || eventual.get(&counted).await.expect(200).text() == "230").await;
    });
}

/// When it is in the house so many days on.
async fn in_days(house: &House, days: i64) -> Value {
    let now = clock(house, json!({ "advance": "0d" })).await.json["now"].clone();
    let now: jiff::Timestamp = now.as_str().unwrap().parse().unwrap();
    json!((now + jiff::SignedDuration::from_hours(24 * days)).to_string())
}

#[test]
fn time_alone_moves_who_belongs() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        // From two days before the first day at work, and for the time before that.
        let starts = "user.employeeHireDate -le system.now -plus p2d";
        let dynamic = by_rule(&app, "Who works here", starts).await;
        let mut newcomers = department("nobody");
        newcomers["specificAllowedTargets"][0]["membershipRule"] =
            json!("user.employeeHireDate -ge system.now -and user.department -eq \"Audit\"");
        policy(&app, &offer.package, newcomers).await;
        let eve = house.user_id("eve").await;
        let hired = json!({ "employeeHireDate": in_days(house, 10).await });
        app.patch(&format!("/v1.0/users/{eve}"), hired).await.expect(204);
        advance(house, "0d").await;
        assert!(members(&app, &dynamic).await.is_empty());
        assert_eq!(members(&app, &offer.group).await, [eve.as_str()]);
        advance(house, "7d").await;
        assert!(members(&app, &dynamic).await.is_empty());
        // Nobody says anything about her; only the days pass.
        advance(house, "1d 1h").await;
        assert_eq!(members(&app, &dynamic).await, [eve.as_str()]);
        assert_eq!(members(&app, &offer.group).await, [eve.as_str()]);
        advance(house, "2d").await;
        assert_eq!(members(&app, &dynamic).await, [eve.as_str()]);
        assert!(members(&app, &offer.group).await.is_empty());
        // She starts later than was thought.
        let hired = json!({ "employeeHireDate": in_days(house, 5).await });
        app.patch(&format!("/v1.0/users/{eve}"), hired).await.expect(204);
        advance(house, "0d").await;
        assert!(members(&app, &dynamic).await.is_empty());
        advance(house, "4d").await;
        assert_eq!(members(&app, &dynamic).await, [eve.as_str()]);
    });
}
