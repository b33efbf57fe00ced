//! Requests whose body names several related objects: one of them decides, and the others have to agree.

use super::kit::{
    SUBJECT, admin_add, ask, assign, assignments, direct, for_all, members, offer, offer_in, policy, remove, settled,
    with,
};
use crate::permissions_roles::{assign as assign_role, somebody};
use crate::steps::{BETA, NOBODY, V1};
use serde_json::{Value, json};
use testkit::{Answer, Client, on_each_engine};

/// The role that creates catalogs, and owns those that it creates.
const CATALOG_CREATOR: &str = "ba92d953-d8e0-4e39-a797-0cbedb0a89e8";
const MANAGER: &str = "e2182095-804a-4656-ae11-64734e9b7ae5";

async fn ask_on_beta(client: &Client, request_type: &str, assignment: Value) -> Answer {
    let body = json!({ "requestType": request_type, "accessPackageAssignment": assignment });
    client.post(&format!("{BETA}/accessPackageAssignmentRequests"), body).await
}

fn about(request_type: &str, assignment: Value) -> Value {
    json!({ "requestType": request_type, "assignment": assignment })
}

#[test]
fn admin_add_with_an_assignment_of_another_catalog_is_refused() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let theirs = policy(&app, &offer.package, direct()).await;
        let (creator, creator_id) = somebody(house, &app).await;
        assign_role(&app, &creator_id, CATALOG_CREATOR, None).await;
        let expired = assign(&app, &offer.package, &theirs, &creator_id).await;
        remove(&app, &expired).await;
        let expired = expired["assignment"]["id"].clone();

        // A package of one's own, where a right to assign comes with the catalog.
        let own = offer_own(&creator).await;
        let own_policy = policy(&creator, &own, direct()).await;
        for target in [json!(creator_id), Value::Null] {
            let body = json!({
                "id": expired, "accessPackageId": own, "assignmentPolicyId": own_policy, "targetId": target,
            });
            let refused = ask(&creator, about("adminAdd", body.clone())).await.expect(400);
            assert_eq!(refused.json["error"]["details"][0]["target"], "assignment/id", "{}", refused.text());
            ask(&creator, about("userAdd", body.clone())).await.expect(400).says("'assignment/id'");
            ask_on_beta(&creator, "AdminAdd", body).await.expect(400).says("'accessPackageAssignment/id'");
        }
        // Neither by a reference, nor with a right to the assignment.
        let body = with(
            admin_add(&own, &own_policy, &creator_id),
            json!({ "assignment@odata.bind": format!("{V1}/assignments/{}", expired.as_str().unwrap()) }),
        );
        ask(&creator, body).await.expect(400).says("'assignment/id'");
        let body = with(admin_add(&offer.package, &theirs, &creator_id), json!({}));
        let mut named = body.clone();
        named["assignment"]["id"] = expired;
        ask(&app, named).await.expect(400).says("'assignment/id'");
        assert!(members(&app, &offer.group).await.is_empty());
        ask(&app, body).await.expect(201);
    });
}

/// A package in a catalog that its caller creates, by whichever right.
async fn offer_own(creator: &Client) -> String {
    let catalog = creator.post(&format!("{V1}/catalogs"), json!({ "displayName": "Own" })).await.expect(201).id();
    let body = json!({ "displayName": "Own package", "catalog": { "id": catalog } });
    creator.post(&format!("{V1}/accessPackages"), body).await.expect(201).id()
}

#[test]
fn update_and_remove_with_another_package_policy_or_target_are_refused() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let other = offer_in(&app, &offer.catalog, "Journal").await;
        let asked = policy(&app, &offer.package, for_all()).await;
        let by_hand = policy(&app, &offer.package, direct()).await;
        let (ben, cho) = (house.user_id("ben").await, house.user_id("cho").await);
        let held = assign(&app, &offer.package, &asked, &ben).await["assignment"]["id"].clone();
        let path = format!("{V1}/assignments/{}?$expand=target", held.as_str().unwrap());
        let subject = app.get(&path).await.expect(200).json["target"]["id"].clone();
        let holder = house.user("ben", &[SUBJECT]).await;

        let wrong = [
            (json!({ "accessPackageId": other.package }), "accessPackageId"),
            (json!({ "accessPackage": { "id": other.package } }), "accessPackageId"),
            (json!({ "assignmentPolicyId": by_hand }), "assignmentPolicyId"),
            (json!({ "assignmentPolicyId": NOBODY }), "assignmentPolicyId"),
            (json!({ "assignmentPolicy": { "id": by_hand } }), "assignmentPolicyId"),
            (json!({ "targetId": cho }), "targetId"),
            (json!({ "target": { "objectId": cho } }), "targetId"),
            (json!({ "target": { "id": NOBODY } }), "target/id"),
            (json!({ "target": { "email": "cho@doorward.test" } }), "target/email"),
            (json!({ "target": { "connectedOrganization": { "id": NOBODY } } }), "target/connectedOrganization/id"),
        ];
        for (more, path) in &wrong {
            let named = with(json!({ "id": held }), more.clone());
            let path = format!("'assignment/{path}'");
            for (client, by) in [(&app, "admin"), (&holder, "user")] {
                for what in ["Update", "Remove"] {
                    let refused = ask(client, about(&format!("{by}{what}"), named.clone())).await.expect(400);
                    refused.error("InvalidModel").says(&path);
                }
            }
        }
        // On beta by its own names, some of which only beta has.
        let elsewhere = house.catalog_id("General").await;
        for (more, path) in [
            (json!({ "accessPackageId": other.package }), "accessPackageId"),
            (json!({ "assignmentPolicyId": by_hand }), "assignmentPolicyId"),
            (json!({ "accessPackageAssignmentPolicy": { "id": by_hand } }), "assignmentPolicyId"),
            (json!({ "targetId": cho }), "targetId"),
            (json!({ "catalogId": elsewhere }), "catalogId"),
        ] {
            for kind in ["AdminUpdate", "AdminRemove"] {
                let refused = ask_on_beta(&app, kind, with(json!({ "id": held }), more.clone())).await.expect(400);
                refused.error("InvalidModel").says(&format!("'accessPackageAssignment/{path}'"));
            }
        }
        // A body that contradicts itself names the second of two.
        let two = json!({ "id": held, "accessPackageId": offer.package, "accessPackage": { "id": other.package } });
        ask(&app, about("adminUpdate", two)).await.expect(400).says("accessPackage/id");

        // The assignment's own, by all their names, and by the names on beta.
        let whole = json!({
            "id": held, "accessPackageId": offer.package, "accessPackage": { "id": offer.package },
            "assignmentPolicyId": asked, "assignmentPolicy": { "id": asked }, "targetId": ben,
            "target": { "id": subject, "objectId": ben, "email": "ben@doorward.test" },
        });
        let update = ask(&holder, about("userUpdate", whole.clone())).await.expect(201).id();
        assert_eq!(settled(&app, &update).await["state"], "delivered");
        let update = ask(&app, about("adminUpdate", whole.clone())).await.expect(201).id();
        assert_eq!(settled(&app, &update).await["state"], "delivered");
        let read = format!("{BETA}/accessPackageAssignments/{}", held.as_str().unwrap());
        let mut read = app.get(&read).await.expect(200).json;
        read.as_object_mut().unwrap().retain(|name, _| !name.starts_with('@'));
        let taken = ask_on_beta(&app, "AdminRemove", read).await.expect(201).id();
        assert_eq!(settled(&app, &taken).await["state"], "delivered");
        assert!(members(&app, &offer.group).await.is_empty());
    });
}

#[test]
fn update_and_remove_of_an_unseen_assignment_are_not_found() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let theirs = offer(&app, "Ledger").await;
        let their_policy = policy(&app, &theirs.package, direct()).await;
        let mine = offer(&app, "Journal").await;
        let my_policy = policy(&app, &mine.package, direct()).await;
        let ben = house.user_id("ben").await;
        let held = assign(&app, &theirs.package, &their_policy, &ben).await["assignment"]["id"].clone();
        let (manager, id) = somebody(house, &app).await;
        assign_role(&app, &id, MANAGER, Some(&mine.catalog)).await;
        for more in [
            json!({}),
            json!({ "accessPackageId": mine.package }),
            json!({ "accessPackageId": mine.package, "assignmentPolicyId": my_policy, "targetId": ben }),
            json!({ "accessPackageId": theirs.package, "assignmentPolicyId": their_policy, "targetId": ben }),
        ] {
            for kind in ["adminUpdate", "adminRemove", "userUpdate", "userRemove"] {
                ask(&manager, about(kind, with(json!({ "id": held }), more.clone()))).await.expect(404);
            }
        }
        assert_eq!(assignments(&app, &theirs.package).await[0]["state"], "delivered");
        assert_eq!(members(&app, &theirs.group).await, [ben.as_str()]);
        // What they see, they manage, whatever of it they name.
        let held = assign(&app, &mine.package, &my_policy, &ben).await["assignment"]["id"].clone();
        let named = json!({ "id": held, "accessPackageId": mine.package, "targetId": ben });
        ask(&manager, about("adminUpdate", named.clone())).await.expect(201);
        app.post(&format!("{V1}/assignments/{}/reprocess", held.as_str().unwrap()), json!({})).await.expect(202);
        ask(&manager, about("adminRemove", named)).await.expect(201);
    });
}

#[test]
fn admin_add_names_its_target_once_and_an_organization_that_is_theirs() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let by_hand = policy(&app, &offer.package, direct()).await;
        let (ben, cho) = (house.user_id("ben").await, house.user_id("cho").await);
        let organization = |name: &str, domain: &str| {
            let source = json!({
                "@odata.type": "#microsoft.graph.domainIdentitySource", "displayName": name, "domainName": domain,
            });
            json!({ "displayName": name, "identitySources": [source], "state": "configured" })
        };
        let set = format!("{V1}/connectedOrganizations");
        let home = app.post(&set, organization("Partner", "partner.example")).await.expect(201).id();
        let away = app.post(&set, organization("Other", "other.example")).await.expect(201).id();
        let base = json!({ "accessPackageId": offer.package, "assignmentPolicyId": by_hand });
        let invited = |organization: &str| json!({ "target": { "email": "ida@partner.example", "connectedOrganization": { "id": organization } } });
        for (more, says) in [
            (json!({}), "targetId"),
            (json!({ "targetId": ben, "target": { "objectId": cho } }), "target/objectId"),
            (json!({ "targetId": ben, "target": { "email": "cho@doorward.test" } }), "target/email"),
            (
                json!({ "targetId": ben, "target": { "connectedOrganization": { "id": home } } }),
                "connectedOrganization",
            ),
            (invited(&away), "connectedOrganization/id"),
        ] {
            let named = with(base.clone(), more);
            ask(&app, about("adminAdd", named.clone())).await.expect(400).says(says);
            ask_on_beta(&app, "AdminAdd", named).await.expect(400).says(says);
        }
        assert!(assignments(&app, &offer.package).await.is_empty());
        // An administrator who names nobody doesn't mean themselves.
        let (admin, admin_id) = somebody(house, &app).await;
        assign_role(&app, &admin_id, MANAGER, Some(&offer.catalog)).await;
        ask(&admin, about("adminAdd", base.clone())).await.expect(400).says("targetId");

        let named = with(base.clone(), json!({ "targetId": ben, "target": { "email": "ben@doorward.test" } }));
        let request = ask(&app, about("adminAdd", named)).await.expect(201).id();
        settled(&app, &request).await;
        ask_on_beta(&app, "AdminAdd", with(base.clone(), invited(&home))).await.expect(201);
        // By the subject alone.
        let path = format!("{V1}/assignments?$expand=target&$filter=target/objectId%20eq%20'{ben}'");
        let subject = app.get(&path).await.expect(200).values()[0]["target"]["id"].clone();
        let journal = offer_in(&app, &offer.catalog, "Journal").await;
        let their_policy = policy(&app, &journal.package, direct()).await;
        let base = json!({ "accessPackageId": journal.package, "assignmentPolicyId": their_policy });
        let named = with(base.clone(), json!({ "target": { "id": subject } }));
        let request = ask(&app, about("adminAdd", named)).await.expect(201).id();
        settled(&app, &request).await;
        assert_eq!(members(&app, &journal.group).await, [ben.as_str()]);
        ask(&app, about("adminAdd", with(base, json!({ "target": { "id": NOBODY } })))).await.expect(404);
    });
}

#[test]
fn a_request_that_names_its_requestor_is_refused() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let by_hand = policy(&app, &offer.package, direct()).await;
        let ben = house.user_id("ben").await;
        let body = admin_add(&offer.package, &by_hand, &ben);
        let requestor = json!({ "requestor": { "objectId": ben } });
        ask(&app, with(body.clone(), requestor)).await.expect(400).says("'requestor'");
        // What names one thing says nothing of another.
        let mut nested = body.clone();
        nested["assignment"]["accessPackage"] = json!({ "id": offer.package, "catalog": { "id": NOBODY } });
        ask(&app, nested).await.expect(400).says("assignment/accessPackage/catalog");
        // A package beside the assignment is the assignment's, or the only one that is named.
        let mut beside = with(body.clone(), json!({ "accessPackage": { "id": NOBODY } }));
        ask(&app, beside.clone()).await.expect(400).says("accessPackage/id");
        beside["assignment"].as_object_mut().unwrap().remove("accessPackageId");
        ask(&app, beside.clone()).await.expect(404);
        beside["accessPackage"]["id"] = json!(offer.package);
        ask(&app, beside).await.expect(201);
    });
}
