//! Asking for somebody else: managers, and whomever a policy names, as far as the policy lets them; and
//! what an update may say.

use super::kit::{SUBJECT, admin_add, ask, assign, direct, for_all, members, offer, policy, settled, user_add, with};
use crate::steps::{NOBODY, V1};
use serde_json::{Value, json};
use testkit::{Client, on_each_engine};

/// A policy under which the target's manager may add, update and remove, or not; targets themselves may
/// only add.
fn delegated(add: bool, update: bool, remove: bool) -> Value {
    let mut body = for_all();
    for (name, value) in [
        ("enableOnBehalfRequestorsToAddAccess", json!(add)),
        ("enableOnBehalfRequestorsToUpdateAccess", json!(update)),
        ("enableOnBehalfRequestorsToRemoveAccess", json!(remove)),
        ("enableTargetsToSelfUpdateAccess", json!(false)),
        ("enableTargetsToSelfRemoveAccess", json!(false)),
        ("onBehalfRequestors", json!([{ "@odata.type": "#microsoft.graph.targetManager", "managerLevel": 1 }])),
    ] {
        body["requestorSettings"][name] = value;
    }
    body
}

fn about(request_type: &str, assignment: &Value) -> Value {
    json!({ "requestType": request_type, "assignment": assignment })
}

fn month() -> Value {
    json!({ "schedule": { "expiration": { "type": "afterDuration", "duration": "P30D" } } })
}

/// Whose request it is.
async fn requestor(app: &Client, request: &str) -> Value {
    let path = format!("{V1}/assignmentRequests/{request}?$expand=requestor");
    app.get(&path).await.expect(200).json["requestor"]["objectId"].clone()
}

#[test]
fn a_manager_asks_extends_and_gives_back() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        policy(&app, &offer.package, delegated(true, true, true)).await;
        let (ada, ada_id, ben) =
            (house.user("ada", &[SUBJECT]).await, house.user_id("ada").await, house.user_id("ben").await);
        let of_ben = json!({ "accessPackageId": offer.package, "targetId": ben });
        let request = ask(&ada, about("onBehalfAdd", &of_ben)).await.expect(201).id();
        let held = settled(&app, &request).await["assignment"].clone();
        assert_eq!(
            (&held["state"], &held["schedule"]["expiration"]["type"]),
            (&json!("delivered"), &json!("noExpiration"))
        );

        let request = ask(&ada, with(about("userUpdate", &of_ben), month())).await.expect(201).id();
        let held = settled(&app, &request).await["assignment"].clone();
        assert_eq!(held["schedule"]["expiration"]["type"], "afterDateTime");
        assert_eq!(requestor(&app, &request).await, json!(ada_id));
        assert_eq!(members(&app, &offer.group).await, [ben.as_str()]);

        let request = ask(&ada, about("userRemove", &json!({ "id": held["id"] }))).await.expect(201).id();
        assert_eq!(settled(&app, &request).await["state"], "delivered");
        assert_eq!(requestor(&app, &request).await, json!(ada_id));
        assert!(members(&app, &offer.group).await.is_empty());
        // What has ended has nobody to be extended for.
        ask(&ada, about("userUpdate", &json!({ "id": held["id"] }))).await.expect(400).says("expired");
        ask(&ada, about("userUpdate", &of_ben)).await.expect(400).says("assignment/id");
    });
}

#[test]
fn each_right_is_its_own_and_for_those_who_are_named() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let id = policy(&app, &offer.package, delegated(true, false, false)).await;
        let (ada, ben, eve) = (
            house.user("ada", &[SUBJECT]).await,
            house.user("ben", &[SUBJECT]).await,
            house.user("eve", &[SUBJECT]).await,
        );
        let by_package = json!({ "accessPackageId": offer.package, "targetId": house.user_id("ben").await });
        let request = ask(&ben, user_add(&offer.package)).await.expect(201).id();
        let held = json!({ "id": settled(&app, &request).await["assignment"]["id"] });
        // Nor by asking for it: the answer is the same for whoever holds it and whoever doesn't.
        let of = |target: &str| json!({ "accessPackageId": offer.package, "targetId": target });
        let refused = async |target: &str| {
            let refused = ask(&eve, about("onBehalfAdd", &of(target))).await.expect(400).error("NotInPolicyScope");
            (refused.json["error"]["message"].clone(), refused.json["error"]["details"].clone())
        };
        assert_eq!(refused(&house.user_id("ben").await).await, refused(&house.user_id("cho").await).await);
        for kind in ["userUpdate", "userRemove"] {
            // Somebody else doesn't learn that it is there.
            ask(&eve, about(kind, &held)).await.expect(404);
            ask(&eve, about(kind, &by_package)).await.expect(400).says("assignment/id");
            ask(&ada, about(kind, &held)).await.expect(400).says("a holder's access");
            ask(&ben, about(kind, &held)).await.expect(400).says("The policy doesn't let holders");
        }
        let change = async |body: Value| {
            let body = with(body, json!({ "accessPackage": { "id": offer.package } }));
            app.put(&format!("{V1}/assignmentPolicies/{id}"), body).await.expect(200);
        };
        change(delegated(false, false, false)).await;
        ask(&ada, about("userRemove", &held)).await.expect(404);
        change(delegated(false, true, false)).await;
        ask(&ada, about("userRemove", &held)).await.expect(400).says("requestType");
        let request = ask(&ada, about("userUpdate", &held)).await.expect(201).id();
        assert_eq!(settled(&app, &request).await["state"], "delivered");
        change(delegated(false, false, true)).await;
        ask(&ada, about("userUpdate", &held)).await.expect(400).says("requestType");
        let request = ask(&ada, about("userRemove", &held)).await.expect(201).id();
        assert_eq!(settled(&app, &request).await["state"], "delivered");
    });
}

#[test]
fn an_update_names_the_policy_of_the_assignment() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let own = policy(&app, &offer.package, for_all()).await;
        let other = policy(&app, &offer.package, for_all()).await;
        let by_hand = policy(&app, &offer.package, direct()).await;
        let ben = house.user("ben", &[SUBJECT]).await;
        let request = assign(&app, &offer.package, &own, &house.user_id("ben").await).await;
        let under = |policy: &str| json!({ "id": request["assignment"]["id"], "assignmentPolicyId": policy });
        for policy in [&other, &by_hand, NOBODY] {
            for (client, by) in [(&ben, "user"), (&app, "admin")] {
                for what in ["Update", "Remove"] {
                    let refused = ask(client, about(&format!("{by}{what}"), &under(policy))).await.expect(400);
                    refused.says("assignmentPolicyId");
                }
            }
        }
        // Named by its package, an assignment is under its policy all the same.
        let by_package = json!({ "accessPackageId": offer.package, "assignmentPolicyId": other });
        ask(&ben, about("userUpdate", &by_package)).await.expect(400).says("assignmentPolicyId");
        for client in [&ben, &app] {
            let kind = if std::ptr::eq(client, &app) { "adminUpdate" } else { "userUpdate" };
            let request = ask(client, about(kind, &under(&own))).await.expect(201).id();
            assert_eq!(settled(&app, &request).await["state"], "delivered");
        }
    });
}

#[test]
fn answers_are_edited_where_the_policy_lets_them() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let question = |sequence: i64, text: &str, editable: bool| {
            json!({
                "@odata.type": "#microsoft.graph.accessPackageTextInputQuestion", "isRequired": true,
                "sequence": sequence, "text": text, "isSingleLineQuestion": true, "localizations": [],
                "isAnswerEditable": editable,
            })
        };
        let asking = with(for_all(), json!({ "questions": [question(1, "Why?", false), question(2, "Where?", true)] }));
        let asking = policy(&app, &offer.package, asking).await;
        let path = format!("{V1}/assignmentPolicies/{asking}/questions?$orderby=sequence");
        let questions = app.get(&path).await.expect(200).ids();
        let answer = |at: usize, text: &str| {
            json!({
                "@odata.type": "#microsoft.graph.accessPackageAnswerString", "value": text,
                "answeredQuestion": {
                    "@odata.type": "#microsoft.graph.accessPackageTextInputQuestion", "id": questions[at],
                },
            })
        };
        let eve = house.user("eve", &[SUBJECT]).await;
        let first = json!({ "answers": [answer(0, "Audit"), answer(1, "Oslo")] });
        let request = ask(&eve, with(user_add(&offer.package), first)).await.expect(201).id();
        let held = json!({ "id": settled(&app, &request).await["assignment"]["id"] });
        let update = |kind: &str, answers: Value| with(about(kind, &held), json!({ "answers": answers }));
        let edited = update("userUpdate", json!([answer(1, "Bergen"), answer(0, "Fun")]));
        ask(&eve, edited).await.expect(400).says("answers[1]/answeredQuestion");
        let wrong = update("userUpdate", json!([answer(1, "two\nlines")]));
        ask(&eve, wrong).await.expect(400).says("answers[0]/value");
        // What was answered before holds; administrators edit all of it.
        for (client, kind, answers) in
            [(&eve, "userUpdate", json!([answer(1, "Bergen")])), (&app, "adminUpdate", json!([answer(0, "Review")]))]
        {
            let request = ask(client, update(kind, answers)).await.expect(201).id();
            assert_eq!(settled(&app, &request).await["state"], "delivered");
        }
    });
}

#[test]
fn the_assignment_under_its_other_name() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let by_hand = policy(&app, &offer.package, direct()).await;
        let mut body = admin_add(&offer.package, &by_hand, &house.user_id("eve").await);
        body["AccessPackageAssignment"] = body["assignment"].clone();
        ask(&app, body.clone()).await.expect(400).says("'assignment' twice");
        body.as_object_mut().unwrap().remove("assignment");
        let request = ask(&app, body).await.expect(201).id();
        let held = settled(&app, &request).await["assignment"].clone();
        assert_eq!(held["state"], "delivered");
        let wrong = json!({ "requestType": "adminRemove", "accessPackageAssignment": { "nonsense": 1 } });
        ask(&app, wrong).await.expect(400).says("accessPackageAssignment/nonsense");
        let removal = json!({ "requestType": "AdminRemove", "accessPackageAssignment": { "id": held["id"] } });
        let removal = ask(&app, removal).await.expect(201).id();
        assert_eq!(settled(&app, &removal).await["state"], "delivered");
    });
}
