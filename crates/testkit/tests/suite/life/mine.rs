//! What the signed-in user may ask for, has asked for, holds, and has to decide: the functions that
//! answer for whoever calls them.

use super::kit::{
    SUBJECT, admin_add, approved_by, ask, direct, for_all, offer, policy, remove, settled, user_add, with,
};
use crate::steps::{BETA, NOBODY, V1, catalog, package, query};
use auth::permission::ALL;
use serde_json::{Value, json};
use testkit::{Client, House, on_each_engine};

const READ: &str = "EntitlementManagement.Read.All";
const EM: &str = "EntitlementManagement.ReadWrite.All";

const MAY_ASK: &str = "accessPackages/filterByCurrentUser(on='allowedRequestor')";

async fn names(client: &Client, path: &str) -> Vec<String> {
    let mut names = client.get(path).await.expect(200).strings("displayName");
    names.sort();
    names
}

async fn package_with(app: &Client, catalog: &str, name: &str, body: Value) -> String {
    let id = package(app, catalog, name).await;
    policy(app, &id, body).await;
    id
}

/// A policy for those whom a set names.
fn only(set: Value) -> Value {
    with(for_all(), json!({ "allowedTargetScope": "specificDirectoryUsers", "specificAllowedTargets": [set] }))
}

/// Packages that differ in who may ask for them; gives their catalog.
async fn market(house: &House, app: &Client) -> String {
    let shop = catalog(app, "Shop").await;
    let ben = house.user_id("ben").await;
    let clerks = house.group_id("Payment clerks").await;
    package_with(app, &shop, "Everybody", for_all()).await;
    policy(app, &package_with(app, &shop, "Twice", for_all()).await, for_all()).await;
    package_with(app, &shop, "Nobody", direct()).await;
    let quiet = json!({ "requestorSettings": { "enableTargetsToSelfAddAccess": false } });
    package_with(app, &shop, "Quiet", with(for_all(), quiet)).await;
    package_with(app, &shop, "Ben's", only(json!({ "@odata.type": "#microsoft.graph.singleUser", "userId": ben })))
        .await;
    let group = json!({ "@odata.type": "#microsoft.graph.groupMembers", "groupId": clerks });
    package_with(app, &shop, "Clerks'", only(group)).await;
    let rule = json!({
        "@odata.type": "#microsoft.graph.attributeRuleMembers", "description": "Treasury",
        "membershipRule": "user.jobTitle -eq \"treasurer\"",
    });
    package_with(app, &shop, "Treasurers'", only(rule)).await;
    let hidden = package_with(app, &shop, "Hidden", for_all()).await;
    app.patch(&format!("{V1}/accessPackages/{hidden}"), json!({ "isHidden": true })).await.expect(204);
    let shut = catalog(app, "Shut").await;
    package_with(app, &shut, "Shut in", for_all()).await;
    app.patch(&format!("{V1}/catalogs/{shut}"), json!({ "state": "unpublished" })).await.expect(204);
    shop
}

#[test]
fn what_one_may_ask_for() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let shop = market(house, &app).await;
        let list = format!("{V1}/{MAY_ASK}");
        let (eve, ben, dan) =
            (house.user("eve", &[SUBJECT]).await, house.user("ben", &[READ]).await, house.user("dan", &[EM]).await);
        assert_eq!(names(&eve, &list).await, ["Everybody", "Twice"]);
        assert_eq!(names(&ben, &list).await, ["Ben's", "Clerks'", "Everybody", "Twice"]);
        assert_eq!(names(&dan, &list).await, ["Everybody", "Treasurers'", "Twice"]);
        assert_eq!(names(&dan, &format!("{BETA}/{MAY_ASK}")).await, ["Everybody", "Treasurers'", "Twice"]);
        // It is about the caller, whatever else the caller may see.
        let admin = house.user("admin", &[EM]).await;
        assert_eq!(names(&admin, &list).await, ["Everybody", "Twice"]);
        let inside = format!("{V1}/catalogs/{shop}/{MAY_ASK}");
        assert_eq!(names(&admin, &inside).await, ["Everybody", "Twice"]);
        let general = house.catalog_id("General").await;
        assert!(names(&admin, &format!("{V1}/catalogs/{general}/{MAY_ASK}")).await.is_empty());

        // A list like any other.
        let shown = ben
            .get(&query(&format!(
                "{list}?$filter=startswith(displayName,'e') or displayName eq 'twice' or displayName eq 'nobody'\
                 &$orderby=displayName desc&$top=1&$count=true&$select=displayName&$expand=catalog($select=displayName)"
            )))
            .await
            .expect(200);
        assert_eq!(shown.json["@odata.count"], 2);
        assert_eq!(shown.values().len(), 1);
        assert_eq!(shown.values()[0]["displayName"], "Twice");
        assert_eq!(shown.values()[0]["catalog"]["displayName"], "Shop");
        assert!(shown.values()[0].get("description").is_none());
        let next = shown.json["@odata.nextLink"].as_str().expect("a second page");
        let last = ben.get(next).await.expect(200);
        assert_eq!(last.strings("displayName"), ["Everybody"]);
        assert!(last.json.get("@odata.nextLink").is_none());
        // Another catalog of hers she still doesn't see, nor all packages of this one.
        let of_catalog = query(&format!("{list}?$filter=catalog/id eq '{shop}'&$expand=catalog"));
        assert_eq!(names(&eve, &of_catalog).await, ["Everybody", "Twice"]);
        assert!(ben.get(&format!("{V1}/catalogs")).await.expect(200).values().is_empty());
        assert!(ben.get(&format!("{V1}/accessPackages")).await.expect(200).values().is_empty());
    });
}

#[test]
fn a_change_of_the_policy_changes_who_may_ask() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let shop = catalog(&app, "Shop").await;
        let id = package(&app, &shop, "Ledger").await;
        let first = policy(&app, &id, direct()).await;
        let eve = house.user("eve", &[SUBJECT]).await;
        let list = format!("{V1}/{MAY_ASK}");
        assert!(names(&eve, &list).await.is_empty());
        let named = json!({ "accessPackage": { "id": id } });
        app.put(&format!("{V1}/assignmentPolicies/{first}"), with(for_all(), named.clone())).await.expect(200);
        assert_eq!(names(&eve, &list).await, ["Ledger"]);
        app.put(&format!("{V1}/assignmentPolicies/{first}"), with(direct(), named)).await.expect(200);
        assert!(names(&eve, &list).await.is_empty());
        let body = json!({
            "accessPackageId": id, "displayName": "B", "description": "d", "durationInDays": 30,
            "requestorSettings": { "acceptRequests": true, "scopeType": "AllExistingDirectorySubjects" },
        });
        app.post(&format!("{BETA}/accessPackageAssignmentPolicies"), body).await.expect(201);
        assert_eq!(names(&eve, &list).await, ["Ledger"]);
    });
}

#[test]
fn what_is_asked_has_to_be_one_of_the_words() {
    on_each_engine(async |house| {
        let eve = house.user("eve", &[EM]).await;
        for set in ["accessPackages", "assignmentRequests", "assignments", "accessPackageAssignmentApprovals"] {
            for on in ["'nobody'", "'unknownFutureValue'", "null", "7"] {
                let path = format!("{V1}/{set}/filterByCurrentUser(on={on})");
                eve.get(&path).await.expect(400).says("'on'");
            }
            eve.get(&format!("{V1}/{set}/filterByCurrentUser()")).await.expect(400).says("filterByCurrentUser");
        }
        for (set, on) in [
            ("accessPackages", "target"),
            ("assignments", "approver"),
            ("assignmentRequests", "allowedRequestor"),
            ("accessPackageAssignmentApprovals", "target"),
        ] {
            eve.get(&format!("{V1}/{set}/filterByCurrentUser(on='{on}')")).await.expect(400).says("'on'");
        }
        eve.post(&format!("{V1}/{MAY_ASK}"), json!({})).await.expect(405);
        eve.get(&format!("{V1}/accessPackages/{NOBODY}/getApplicablePolicyRequirements")).await.expect(405);
        eve.get(&format!("{V1}/assignments/My()")).await.expect(400);
        eve.get(&query(&format!("{V1}/{MAY_ASK}?$filter=nonsense eq 1"))).await.expect(400).says("nonsense");
    });
}

#[test]
fn they_are_for_users_with_the_permission() {
    on_each_engine(async |house| {
        let others: Vec<&str> = ALL
            .iter()
            .filter(|def| def.scope.is_some())
            .map(|def| def.name)
            .filter(|name| ![SUBJECT, READ, EM].contains(name))
            .collect();
        let (app, eve) = (house.app().await, house.user("eve", &others).await);
        let (reader, asker) = (house.user("eve", &[READ]).await, house.user("eve", &[SUBJECT]).await);
        let id = house.package_id("Enter payments").await;
        let release = house.package_id("Release payments").await;
        for path in [
            format!("{V1}/{MAY_ASK}"),
            format!("{V1}/assignmentRequests/filterByCurrentUser(on='target')"),
            format!("{V1}/assignmentRequests/filterByCurrentUser(on='createdBy')"),
            format!("{V1}/assignmentRequests/filterByCurrentUser(on='approver')"),
            format!("{V1}/assignments/filterByCurrentUser(on='target')"),
            format!("{V1}/assignments/filterByCurrentUser(on='createdBy')"),
            format!("{BETA}/accessPackageAssignments/My()"),
            format!("{BETA}/accessPackageAssignmentRequests/My()"),
            format!("{BETA}/accessPackageAssignmentResourceRoles/My()"),
        ] {
            app.get(&path).await.expect(403).says("signed-in user");
            eve.get(&path).await.expect(403).says(SUBJECT);
            assert!(reader.get(&path).await.expect(200).values().is_empty(), "{path}");
            assert!(asker.get(&path).await.expect(200).values().is_empty(), "{path}");
        }
        for surface in [V1, BETA] {
            let approvals = format!("{surface}/accessPackageAssignmentApprovals/filterByCurrentUser(on='approver')");
            app.get(&approvals).await.expect(403).says("signed-in user");
            reader.get(&approvals).await.expect(403).says(EM);
            asker.get(&approvals).await.expect(403);
            let needs = format!("{surface}/accessPackages/{id}/getApplicablePolicyRequirements");
            app.send("POST", &needs, None).await.expect(403).says("signed-in user");
            eve.send("POST", &needs, None).await.expect(403).says(SUBJECT);
            assert!(asker.send("POST", &needs, None).await.expect(200).values().is_empty());
        }
        let more = format!(
            "{V1}/assignments/additionalAccess(accessPackageId='{id}',incompatibleAccessPackageId='{release}')"
        );
        app.get(&more).await.expect(403).says("signed-in user");
        asker.get(&more).await.expect(403).says(READ);
        // The permission alone shows nothing of this: not even that the packages are there.
        reader.get(&more).await.expect(404);
    });
}

#[test]
fn what_one_asked_for_and_what_one_holds() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        policy(&app, &offer.package, for_all()).await;
        let by_hand = policy(&app, &offer.package, direct()).await;
        let eve_id = house.user_id("eve").await;
        let (eve, ben, admin) = (
            house.user("eve", &[SUBJECT]).await,
            house.user("ben", &[SUBJECT]).await,
            house.user("admin", &[EM]).await,
        );
        let own = ask(&ben, user_add(&offer.package)).await.expect(201).id();
        settled(&app, &own).await;
        let given = ask(&admin, admin_add(&offer.package, &by_hand, &eve_id)).await.expect(201).id();
        let delivered = settled(&app, &given).await;
        let held = delivered["assignment"]["id"].as_str().expect("an assignment");

        let requests = |on: &str| format!("{V1}/assignmentRequests/filterByCurrentUser(on='{on}')");
        let assignments = |on: &str| format!("{V1}/assignments/filterByCurrentUser(on='{on}')");
        assert_eq!(eve.get(&requests("target")).await.expect(200).ids(), [given.as_str()]);
        assert!(eve.get(&requests("createdBy")).await.expect(200).values().is_empty());
        assert_eq!(ben.get(&requests("target")).await.expect(200).ids(), [own.as_str()]);
        assert_eq!(ben.get(&requests("createdBy")).await.expect(200).ids(), [own.as_str()]);
        assert!(admin.get(&requests("target")).await.expect(200).values().is_empty());
        assert_eq!(admin.get(&requests("createdBy")).await.expect(200).ids(), [given.as_str()]);
        assert_eq!(eve.get(&assignments("target")).await.expect(200).ids(), [held]);
        assert!(eve.get(&assignments("createdBy")).await.expect(200).values().is_empty());
        assert_eq!(admin.get(&assignments("createdBy")).await.expect(200).ids(), [held]);

        // What it is about comes along, and nothing further.
        let path = query(&format!(
            "{}?$expand=accessPackage,assignment($expand=target),requestor&$filter=accessPackage/id eq '{}'",
            requests("target"),
            offer.package
        ));
        let found = eve.get(&path).await.expect(200);
        assert_eq!(found.values()[0]["accessPackage"]["displayName"], "Ledger");
        assert_eq!(found.values()[0]["assignment"]["target"]["objectId"], json!(eve_id));
        assert_eq!(found.values()[0]["requestor"]["objectId"], json!(eve_id));
        eve.get(&format!("{}?$expand=assignmentPolicy", assignments("target"))).await.expect(403);
        let none = query(&format!("{}?$filter=state eq 'expired'&$count=true", assignments("target")));
        assert_eq!(eve.get(&none).await.expect(200).json["@odata.count"], 0);

        // How many there are, by each way of asking for a number.
        let number = async |client: &Client, path: &str| {
            let counted = client.get(&query(path)).await.expect(200);
            assert!(counted.header("content-type").starts_with("text/plain"), "{path}");
            counted.text()
        };
        assert_eq!(number(&eve, &format!("{}/$count", assignments("target"))).await, "1");
        assert_eq!(number(&eve, &format!("{}/$count?$filter=state eq 'expired'", assignments("target"))).await, "0");
        assert_eq!(number(&admin, &format!("{}/$count", requests("createdBy"))).await, "1");
        assert_eq!(number(&ben, &format!("{V1}/{MAY_ASK}/$count")).await, "1");
        assert_eq!(number(&admin, &format!("{V1}/assignments/additionalAccess()/$count")).await, "0");
        assert_eq!(number(&eve, &format!("{BETA}/accessPackageAssignments/My()/$count")).await, "1");
        let both = format!("{}?$count=true&$top=1", requests("target"));
        assert_eq!(eve.get(&both).await.expect(200).json["@odata.count"], 1);
        eve.get(&format!("{}/$count/$count", requests("target"))).await.expect(400);
        let suggested = format!("{V1}/accessPackageSuggestions/filterByCurrentUser(on='assignmentHistory')/$count");
        assert_eq!(number(&eve, &suggested).await, "0");

        // Whoever holds it already is still one of those who may ask; the request will say what is in the way.
        assert_eq!(names(&ben, &format!("{V1}/{MAY_ASK}")).await, ["Ledger"]);

        // An assignment that has ended stays in the list.
        remove(&admin, &delivered).await;
        assert_eq!(eve.get(&assignments("target")).await.expect(200).strings("state"), ["expired"]);

        // Beta's way of saying it.
        let beta = |set: &str| format!("{BETA}/{set}/My()");
        assert_eq!(eve.get(&beta("accessPackageAssignments")).await.expect(200).ids(), [held]);
        let mine = eve.get(&beta("accessPackageAssignmentRequests")).await.expect(200);
        assert_eq!(mine.values().len(), 2);
        assert_eq!(admin.get(&beta("accessPackageAssignmentRequests")).await.expect(200).values().len(), 2);
        assert!(admin.get(&beta("accessPackageAssignments")).await.expect(200).values().is_empty());
        let path = format!("{}?$expand=accessPackageSubject", beta("accessPackageAssignmentResourceRoles"));
        let roles = ben.get(&path).await.expect(200);
        assert_eq!(roles.strings("originSystem"), ["AadGroup"]);
        assert_eq!(roles.values()[0]["accessPackageSubject"]["objectId"], json!(house.user_id("ben").await));
        assert!(admin.get(&path).await.expect(200).values().is_empty());
        let target = format!("{BETA}/accessPackageAssignments/filterByCurrentUser(on='target')");
        assert_eq!(ben.get(&target).await.expect(200).strings("assignmentState"), ["Delivered"]);
    });
}

#[test]
fn what_waits_for_ones_decision() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let clerks = house.group_id("Payment clerks").await;
        let mut body = approved_by(&["x", &house.user_id("ada").await]);
        body["requestApprovalSettings"]["stages"][0]["primaryApprovers"] =
            json!([{ "@odata.type": "#microsoft.graph.groupMembers", "groupId": clerks }]);
        policy(&app, &offer.package, body).await;
        let (ada, ben, cho, eve) = (
            house.user("ada", &[EM]).await,
            house.user("ben", &[EM]).await,
            house.user("cho", &[EM]).await,
            house.user("eve", &[EM]).await,
        );
        let of_eve = ask(&eve, user_add(&offer.package)).await.expect(201).id();
        let of_ben = ask(&ben, user_add(&offer.package)).await.expect(201).id();
        settled(&app, &of_eve).await;
        settled(&app, &of_ben).await;

        let requests = format!("{V1}/assignmentRequests/filterByCurrentUser(on='approver')");
        let approvals = format!("{V1}/accessPackageAssignmentApprovals/filterByCurrentUser(on='approver')");
        let waiting = async |client: &Client| {
            let mut requests = client.get(&requests).await.expect(200).ids();
            let mut approvals = client.get(&approvals).await.expect(200).ids();
            requests.sort();
            approvals.sort();
            assert_eq!(requests, approvals);
            requests
        };
        let mut both = vec![of_eve.clone(), of_ben.clone()];
        both.sort();
        assert_eq!(waiting(&cho).await, both);
        // Not her own, and not before the stage is open.
        assert_eq!(waiting(&ben).await, [of_eve.as_str()]);
        assert!(waiting(&eve).await.is_empty());
        assert!(waiting(&ada).await.is_empty());
        let beta = format!("{BETA}/accessPackageAssignmentApprovals/filterByCurrentUser(on='approver')?$expand=steps");
        let found = ben.get(&beta).await.expect(200);
        assert_eq!((found.values().len(), &found.values()[0]["id"]), (1, &json!(of_eve)));
        let stages = format!("{approvals}?$expand=stages&$top=1");
        let page = cho.get(&stages).await.expect(200);
        assert_eq!(page.values().len(), 1);
        assert_eq!(page.values()[0]["stages"].as_array().map(Vec::len), Some(2));
        assert!(page.json["@odata.nextLink"].is_string());
        // Through the list one sees who asks for what, without an office.
        let reader = house.user("cho", &[SUBJECT]).await;
        let seen = reader.get(&format!("{requests}?$expand=requestor,accessPackage")).await.expect(200);
        assert_eq!(seen.values().len(), 2);
        assert!(seen.values().iter().all(|each| each["accessPackage"]["displayName"] == "Ledger"));

        // A decision moves the request on to the next who may decide.
        let stages = cho.get(&format!("{V1}/accessPackageAssignmentApprovals/{of_eve}/stages")).await.expect(200);
        let first = stages.values().iter().find(|stage| stage["status"] == "InProgress").expect("an open stage");
        let stage = first["id"].as_str().unwrap_or_default();
        let path = format!("{V1}/accessPackageAssignmentApprovals/{of_eve}/stages/{stage}");
        cho.patch(&path, json!({ "reviewResult": "Approve" })).await.expect(204);
        assert_eq!(waiting(&cho).await, [of_ben.as_str()]);
        assert!(waiting(&ben).await.is_empty());
        assert_eq!(waiting(&ada).await, [of_eve.as_str()]);
        // What is taken back waits for nobody.
        ben.send("POST", &format!("{V1}/assignmentRequests/{of_ben}/cancel"), None).await.expect(204);
        assert!(waiting(&cho).await.is_empty());
    });
}
