//! What is suggested to the signed-in user, and how much of other people it tells.

use super::kit::{
    SUBJECT, admin_add, approved_by, ask, assign, direct, for_all, forbid, offer_in, policy, remove, user_add,
};
use crate::steps::{BETA, NOBODY, V1, catalog, package, query};
use serde_json::{Value, json};
use testkit::{Client, House, on_each_engine};

const READ: &str = "EntitlementManagement.Read.All";
const EM: &str = "EntitlementManagement.ReadWrite.All";
const RELATED: &str = "#microsoft.graph.accessPackageSuggestionRelatedPeopleBased";
const HISTORY: &str = "#microsoft.graph.accessPackageSuggestionSelfAssignmentHistoryBased";

fn suggestions(on: &str) -> String {
    format!("{V1}/accessPackageSuggestions/filterByCurrentUser(on='{on}')")
}

fn both() -> String {
    query(&format!("{}?$expand=accessPackage", suggestions("relatedPeopleAssignments,assignmentHistory")))
}

/// A package that all members may ask for and that administrators give; and its policy for direct assignment.
async fn shelf(app: &Client, catalog: &str, name: &str) -> (String, String) {
    let id = package(app, catalog, name).await;
    policy(app, &id, for_all()).await;
    let direct = policy(app, &id, direct()).await;
    (id, direct)
}

async fn level(app: &Client, body: Value) {
    app.patch(&format!("{V1}/controlConfigurations/endUserSettings"), body).await.expect(204);
}

/// The names of the packages that are suggested.
async fn names(client: &Client, path: &str) -> Vec<String> {
    let answer = client.get(path).await.expect(200);
    let name = |each: &Value| each["accessPackage"]["displayName"].as_str().map(str::to_owned);
    let mut names: Vec<String> = answer.values().iter().filter_map(name).collect();
    names.sort();
    names
}

/// Why `package` is suggested.
async fn reasons(client: &Client, package: &str) -> Vec<Value> {
    let answer = client.get(&both()).await.expect(200);
    let found = answer.values().iter().find(|each| each["id"] == package);
    found.and_then(|each| each["reasons"].as_array().cloned()).unwrap_or_default()
}

/// Ada leads ben, cho and dan; eve has nothing to do with them.
struct Team {
    shop: String,
    ledger: (String, String),
    people: [String; 5],
}

async fn team(house: &House, app: &Client) -> Team {
    let shop = catalog(app, "Shop").await;
    let ledger = shelf(app, &shop, "Ledger").await;
    let mut people = [const { String::new() }; 5];
    for (slot, name) in people.iter_mut().zip(["ada", "ben", "cho", "dan", "eve"]) {
        *slot = house.user_id(name).await;
    }
    Team { shop, ledger, people }
}

#[test]
fn what_related_people_hold_is_suggested() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let Team { shop, ledger, people: [ada, ben, cho, _, eve] } = team(house, &app).await;
        let vault = shelf(&app, &shop, "Vault").await;
        let press = shelf(&app, &shop, "Press").await;
        for (package, person) in [(&ledger, &ada), (&ledger, &cho), (&ledger, &eve), (&vault, &ben), (&press, &eve)] {
            assign(&app, &package.0, &package.1, person).await;
        }
        let (ben, ada) = (house.user("ben", &[SUBJECT]).await, house.user("ada", &[SUBJECT]).await);
        // Of ben: the manager and those with the same one; of ada: the direct reports. Eve is nobody's.
        assert_eq!(names(&ben, &both()).await, ["Ledger"]);
        assert_eq!(names(&ada, &both()).await, ["Vault"]);
        assert!(names(&house.user("eve", &[SUBJECT]).await, &both()).await.is_empty());
        // A tenant begins with numbers.
        let count = json!([{ "@odata.type": RELATED, "relatedPeople": [], "relatedPeopleAssignmentCount": 2 }]);
        assert_eq!(json!(reasons(&ben, &ledger.0).await), count);

        level(&app, json!({ "relatedPeopleInsightLevel": "countAndNames" })).await;
        let told = reasons(&ben, &ledger.0).await;
        assert_eq!(told[0]["relatedPeopleAssignmentCount"], 2);
        let shown: Vec<_> = told[0]["relatedPeople"].as_array().into_iter().flatten().collect();
        assert_eq!(shown.len(), 2);
        assert_eq!(shown[0], &json!({ "displayName": "Ada Achterberg", "id": house.user_id("ada").await }));
        assert_eq!(shown[1], &json!({ "displayName": "Cho Chanda", "id": cho }));

        for off in [json!({ "relatedPeopleInsightLevel": "disabled" }), json!({ "isEnabled": false })] {
            level(&app, json!({ "isEnabled": true, "relatedPeopleInsightLevel": "countAndNames" })).await;
            assert_eq!(names(&ben, &both()).await, ["Ledger"]);
            level(&app, off).await;
            assert!(names(&ben, &both()).await.is_empty());
        }
    });
}

#[test]
fn what_one_held_is_suggested() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let Team { ledger, people: [_, ben, ..], .. } = team(house, &app).await;
        let first = assign(&app, &ledger.0, &ledger.1, &ben).await;
        let client = house.user("ben", &[SUBJECT]).await;
        // What is held isn't suggested.
        assert!(names(&client, &both()).await.is_empty());
        remove(&app, &first).await;
        assert_eq!(names(&client, &both()).await, ["Ledger"]);
        let again = assign(&app, &ledger.0, &ledger.1, &ben).await;
        assert!(names(&client, &both()).await.is_empty());
        remove(&app, &again).await;
        let told = reasons(&client, &ledger.0).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["@odata.type"], HISTORY);
        assert_eq!(told[0]["pastAssignmentCount"], 2);
        let assignment = again["assignment"]["id"].as_str().expect("an assignment");
        let held = app.get(&format!("{BETA}/accessPackageAssignments/{assignment}")).await.expect(200);
        let began = held.json["schedule"]["startDateTime"].as_str().expect("a start");
        assert!(told[0]["lastAssignmentDateTime"].as_str().is_some_and(|last| last >= began), "{told:?} {began}");
        // One's own past has nothing to do with what is told of others.
        level(&app, json!({ "relatedPeopleInsightLevel": "disabled" })).await;
        assert_eq!(names(&client, &both()).await, ["Ledger"]);
    });
}

#[test]
fn each_reason_can_be_asked_for_by_itself() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let Team { shop, ledger, people: [ada, ben, ..] } = team(house, &app).await;
        let vault = shelf(&app, &shop, "Vault").await;
        assign(&app, &ledger.0, &ledger.1, &ada).await;
        for (id, direct) in [&ledger, &vault] {
            let held = assign(&app, id, direct, &ben).await;
            remove(&app, &held).await;
        }
        let ben = house.user("ben", &[SUBJECT]).await;
        let on = |on: &str| query(&format!("{}?$expand=accessPackage", suggestions(on)));
        assert_eq!(names(&ben, &on("relatedPeopleAssignments")).await, ["Ledger"]);
        assert_eq!(names(&ben, &on("assignmentHistory")).await, ["Ledger", "Vault"]);
        assert_eq!(names(&ben, &on("AssignmentHistory, relatedPeopleAssignments")).await, ["Ledger", "Vault"]);
        assert!(names(&ben, &on("none")).await.is_empty());
        assert_eq!(reasons(&ben, &ledger.0).await.len(), 2);
        for wrong in ["'nobody'", "'assignmentHistory,nobody'", "'unknownFutureValue'", "null", "3"] {
            let path = format!("{V1}/accessPackageSuggestions/filterByCurrentUser(on={wrong})");
            ben.get(&query(&path)).await.expect(400).says("'on'");
        }

        // A list like any other, and each by its id.
        let page = query(&format!("{}?$top=1&$count=true&$select=id", suggestions("assignmentHistory")));
        let first = ben.get(&page).await.expect(200);
        assert_eq!((first.json["@odata.count"].as_u64(), first.values().len()), (Some(2), 1));
        assert!(first.values()[0].get("reasons").is_none());
        let next = ben.get(first.json["@odata.nextLink"].as_str().expect("a second page")).await.expect(200);
        assert_eq!(next.values().len(), 1);
        let list = ben.get(&format!("{V1}/accessPackageSuggestions")).await.expect(200);
        assert_eq!(list.values().len(), 2);
        let one = ben.get(&format!("{V1}/accessPackageSuggestions/{}", vault.0)).await.expect(200);
        assert_eq!(one.json["reasons"][0]["@odata.type"], HISTORY);
        let about = ben.get(&format!("{V1}/accessPackageSuggestions/{}/accessPackage", vault.0)).await.expect(200);
        assert_eq!(about.json["displayName"], "Vault");
        ben.post(&format!("{V1}/accessPackageSuggestions"), json!({})).await.expect(405);
        ben.get(&format!("{BETA}/accessPackageSuggestions")).await.expect(400).says("accessPackageSuggestions");
    });
}

#[test]
fn what_one_cannot_have_is_not_suggested() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let Team { shop, ledger, people: [ada, ben, ..] } = team(house, &app).await;
        assign(&app, &ledger.0, &ledger.1, &ada).await;
        let client = house.user("ben", &[SUBJECT]).await;
        assert_eq!(names(&client, &both()).await, ["Ledger"]);

        // Something that is held stands against it,
        let vault = shelf(&app, &shop, "Vault").await;
        forbid(&app, &ledger.0, &vault.0).await;
        let held = assign(&app, &vault.0, &vault.1, &ben).await;
        assert!(names(&client, &both()).await.is_empty());
        remove(&app, &held).await;
        assert_eq!(names(&client, &both()).await, ["Ledger", "Vault"]);
        // or a group,
        let clerks = house.group_id("Payment clerks").await;
        let path = format!("{V1}/accessPackages/{}/incompatibleGroups", ledger.0);
        let link = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/groups/{clerks}") });
        app.post(&format!("{path}/$ref"), link).await.expect(204);
        assert_eq!(names(&client, &both()).await, ["Vault"]);
        app.delete(&format!("{path}/{clerks}/$ref")).await.expect(204);
        assert_eq!(names(&client, &both()).await, ["Ledger", "Vault"]);
        // it is hidden,
        let package = format!("{V1}/accessPackages/{}", ledger.0);
        app.patch(&package, json!({ "isHidden": true })).await.expect(204);
        assert_eq!(names(&client, &both()).await, ["Vault"]);
        app.patch(&package, json!({ "isHidden": false })).await.expect(204);
        // or it is asked for already.
        let gate = package_approved(&app, &shop, &ada).await;
        assign(&app, &gate.0, &gate.1, &ada).await;
        assert_eq!(names(&client, &both()).await, ["Gate", "Ledger", "Vault"]);
        ask(&client, user_add(&gate.0)).await.expect(201);
        assert_eq!(names(&client, &both()).await, ["Ledger", "Vault"]);
        // Nobody asks for what only administrators give.
        let safe = crate::steps::package(&app, &shop, "Safe").await;
        let only = policy(&app, &safe, direct()).await;
        let request = ask(&app, admin_add(&safe, &only, &ada)).await.expect(201).id();
        super::kit::settled(&app, &request).await;
        assert_eq!(names(&client, &both()).await, ["Ledger", "Vault"]);
    });
}

async fn package_approved(app: &Client, catalog: &str, approver: &str) -> (String, String) {
    let id = package(app, catalog, "Gate").await;
    policy(app, &id, approved_by(&[approver])).await;
    let direct = policy(app, &id, direct()).await;
    (id, direct)
}

#[test]
fn what_is_available_is_what_one_may_ask_for() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let shop = catalog(&app, "Shop").await;
        let open = offer_in(&app, &shop, "Open").await;
        policy(&app, &open.package, for_all()).await;
        let shut = offer_in(&app, &shop, "Shut").await;
        policy(&app, &shut.package, direct()).await;
        let set = format!("{V1}/availableAccessPackages");
        for permission in [SUBJECT, READ, EM] {
            let ben = house.user("ben", &[permission]).await;
            let list = ben.get(&query(&format!("{set}?$filter=startswith(displayName,'o')&$count=true"))).await;
            assert_eq!(list.expect(200).strings("displayName"), ["Open"]);
            assert_eq!(ben.get(&set).await.expect(200).strings("displayName"), ["Open"]);
            assert_eq!(ben.get(&format!("{set}/$count")).await.expect(200).text(), "1");
            // What it brings, and no more of it than that.
            let brings = format!("{set}/{}/resourceRoleScopes?$expand=role,scope", open.package);
            let brings = ben.get(&brings).await.expect(200);
            assert_eq!(brings.values().len(), 1);
            assert_eq!(brings.values()[0]["role"]["displayName"], "Member");
            ben.get(&format!("{set}/{}", shut.package)).await.expect(404);
            ben.get(&format!("{set}/{}/resourceRoleScopes", shut.package)).await.expect(404);
            ben.get(&format!("{set}/{NOBODY}")).await.expect(404);
            ben.post(&set, json!({ "displayName": "x" })).await.expect(405);
            ben.delete(&format!("{set}/{}", open.package)).await.expect(405);
        }
        let ben = house.user("ben", &[SUBJECT]).await;
        let nested = "resourceRoleScopes($expand=role)";
        let nested = ben.get(&format!("{set}?$expand={nested}")).await.expect(200);
        assert_eq!(nested.values()[0]["resourceRoleScopes"][0]["role"]["displayName"], "Member");
        house.user("ben", &["User.Read"]).await.get(&set).await.expect(403);
        // An application goes by its permission; nothing is suggested to it unless it holds something itself.
        assert_eq!(
            house.app_with(&[READ]).await.get(&format!("{set}/{}", shut.package)).await.expect(200).id(),
            shut.package
        );
        assert!(app.get(&both()).await.expect(200).values().is_empty());
    });
}

/// The server may keep what a path means, and this one means something else for everybody.
#[test]
fn what_is_available_is_worked_out_for_each_who_asks() {
    on_each_engine(async |house| {
        let app = house.app_with(&[EM]).await;
        let admin = house.app().await;
        let shop = catalog(&admin, "Shop").await;
        let open = offer_in(&admin, &shop, "Open").await;
        policy(&admin, &open.package, for_all()).await;
        let shut = offer_in(&admin, &shop, "Shut").await;
        policy(&admin, &shut.package, direct()).await;
        let hers = house.user("ben", &[SUBJECT]).await;
        let set = format!("{V1}/availableAccessPackages");
        for _ in 0..2 {
            let all = app.get(&set).await.expect(200).strings("displayName");
            assert!(all.contains(&"Open".to_owned()) && all.contains(&"Shut".to_owned()), "{all:?}");
            for package in [&open.package, &shut.package] {
                app.get(&format!("{set}/{package}")).await.expect(200);
                app.get(&format!("{set}/{package}/resourceRoleScopes")).await.expect(200);
            }
            assert_eq!(hers.get(&set).await.expect(200).strings("displayName"), ["Open"]);
            hers.get(&format!("{set}/{}", open.package)).await.expect(200);
            hers.get(&format!("{set}/{}", shut.package)).await.expect(404);
            hers.get(&format!("{set}/{}/resourceRoleScopes", shut.package)).await.expect(404);
            house.other_tenant().await.get(&format!("{set}/{}", open.package)).await.expect(404);
        }
        // What one may ask for counts at once.
        policy(&admin, &shut.package, for_all()).await;
        hers.get(&format!("{set}/{}", shut.package)).await.expect(200);
    });
}
