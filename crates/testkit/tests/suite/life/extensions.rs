//! Custom extensions: told of what happens, signed, again when they must be; and requests that wait for
//! their answer, for as long as they may. Where calls may go is tested in `connect`.

use super::kit::{
    advance, approved_by, ask, assign, direct, for_all, members, offer, offer_in, policy, remove, settled, until,
    user_add, with,
};
use super::receiver::Receiver;
use crate::steps::{BETA, V1, catalog};
use serde_json::{Value, json};
use testkit::{Client, on_each_engine};

const EM: &str = "EntitlementManagement.ReadWrite.All";
const OF_REQUESTS: &str = "#microsoft.graph.accessPackageAssignmentRequestWorkflowExtension";
const OF_ASSIGNMENTS: &str = "#microsoft.graph.accessPackageAssignmentWorkflowExtension";

fn extension(ty: &str, url: &str) -> Value {
    json!({
        "@odata.type": ty, "displayName": "Checks", "description": "Asks elsewhere",
        "endpointConfiguration": { "@odata.type": "#microsoft.graph.httpRequestEndpoint", "targetUrl": url },
        "authenticationConfiguration": {
            "@odata.type": "#microsoft.graph.azureAdTokenAuthentication", "resourceId": "api://checks",
        },
        "clientConfiguration": { "maximumRetries": 1, "timeoutInMilliseconds": 1000 },
    })
}

/// One that requests wait for.
fn awaited(url: &str, wait: &str) -> Value {
    with(extension(OF_REQUESTS, url), json!({ "callbackConfiguration": { "timeoutDuration": wait } }))
}

async fn make(app: &Client, catalog: &str, body: Value) -> String {
    app.post(&format!("{V1}/catalogs/{catalog}/customWorkflowExtensions"), body).await.expect(201).id()
}

/// Stage settings of a policy.
fn at(stages: &[(&str, &str)]) -> Value {
    let list: Vec<Value> =
        stages.iter().map(|(stage, id)| json!({ "stage": stage, "customExtension": { "id": id } })).collect();
    json!({ "customExtensionStageSettings": list })
}

async fn request(app: &Client, id: &str) -> Value {
    app.get(&format!("{V1}/assignmentRequests/{id}")).await.expect(200).json
}

async fn waits(app: &Client, id: &str) {
    until(async || request(app, id).await["status"] == "WaitingForCallback").await;
}

fn answer(stage: &str, instance: &str, more: Value) -> Value {
    json!({
        "source": "Contoso.Checks",
        "type": format!("microsoft.graph.accessPackageCustomExtensionStage.{stage}"),
        "data": with(
            json!({
                "@odata.type": "microsoft.graph.accessPackageAssignmentRequestCallbackData", "stage": stage,
                "customExtensionStageInstanceId": instance, "customExtensionStageInstanceDetail": "All is well",
            }),
            more,
        ),
    })
}

async fn resume(app: &Client, request: &str, body: Value) -> testkit::Answer {
    app.post(&format!("{V1}/assignmentRequests/{request}/resume"), body).await
}

/// How the request's callouts stand: each with its status.
fn statuses(request: &Value) -> Vec<&str> {
    let list = request["customExtensionCalloutInstances"].as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|each| each["status"].as_str()).collect()
}

#[test]
fn an_extension_is_made_read_replaced_and_deleted_on_both_surfaces() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Checked").await;
        let path = format!("{V1}/catalogs/{catalog}/customWorkflowExtensions");
        let made = app.post(&path, awaited("https://checks.example/one", "PT1H")).await.expect(201).json;
        let id = made["id"].as_str().unwrap();
        assert_eq!(made["@odata.type"], OF_REQUESTS);
        assert_eq!(made["callbackConfiguration"]["timeoutDuration"], "PT1H");
        assert!(made.get("secret").is_none() && !made.to_string().contains("whsec_"));
        let beta = format!("{BETA}/accessPackageCatalogs/{catalog}/accessPackageCustomWorkflowExtensions");
        let seen = app.get(&format!("{beta}/{id}")).await.expect(200).json;
        for name in ["displayName", "description", "endpointConfiguration", "authenticationConfiguration"] {
            assert_eq!(seen[name], made[name], "{name}");
        }
        let other = app.post(&beta, extension(OF_ASSIGNMENTS, "https://checks.example/two")).await.expect(201).json;
        assert_eq!(other["@odata.type"], OF_ASSIGNMENTS);
        assert_eq!(app.get(&path).await.expect(200).values().len(), 2);

        let body = with(extension(OF_REQUESTS, "https://checks.example/three"), json!({ "displayName": "Others" }));
        let changed = app.put(&format!("{path}/{id}"), body.clone()).await.expect(200).json;
        assert_eq!((&changed["displayName"], &changed["callbackConfiguration"]), (&json!("Others"), &Value::Null));
        let body = with(body, json!({ "@odata.type": OF_ASSIGNMENTS }));
        app.put(&format!("{path}/{id}"), body).await.expect(400).says("@odata.type");
        app.patch(&format!("{path}/{id}"), json!({ "displayName": "x" })).await.expect(405);
        app.delete(&format!("{beta}/{id}")).await.expect(204);
        app.get(&format!("{path}/{id}")).await.expect(404);
    });
}

#[test]
fn what_is_wrong_with_an_extension_is_named() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Checked").await;
        let path = format!("{V1}/catalogs/{catalog}/customWorkflowExtensions");
        let good = || awaited("https://checks.example/", "PT1H");
        for url in [
            "http://checks.example/",
            "https://ada:secret@checks.example/",
            "https://checks.example/#x",
            "checks",
            "",
            "ftp://checks.example/",
        ] {
            let body = extension(OF_REQUESTS, url);
            app.post(&path, body).await.expect(400).says("endpointConfiguration/targetUrl");
        }
        for (more, name) in [
            (json!({ "@odata.type": null }), "@odata.type"),
            (json!({ "displayName": "" }), "displayName"),
            (json!({ "endpointConfiguration": null }), "endpointConfiguration"),
            (
                json!({ "callbackConfiguration": { "timeoutDuration": "P15D" } }),
                "callbackConfiguration/timeoutDuration",
            ),
            (
                json!({ "callbackConfiguration": { "timeoutDuration": "PT4M" } }),
                "callbackConfiguration/timeoutDuration",
            ),
            (json!({ "callbackConfiguration": { "timeoutDuration": "P1M" } }), "callbackConfiguration/timeoutDuration"),
            (json!({ "clientConfiguration": { "maximumRetries": 11 } }), "clientConfiguration/maximumRetries"),
            (json!({ "clientConfiguration": { "timeoutInMilliseconds": 9 } }), "clientConfiguration/timeoutIn"),
            (json!({ "@odata.type": OF_ASSIGNMENTS }), "callbackConfiguration"),
        ] {
            app.post(&path, with(good(), more)).await.expect(400).says(name);
        }
        app.post(&format!("{V1}/catalogs/{}/customWorkflowExtensions", uuid::Uuid::new_v4()), good()).await.expect(404);
        let logic_app = json!({
            "endpointConfiguration": {
                "@odata.type": "#microsoft.graph.logicAppTriggerEndpointConfiguration", "subscriptionId": "s",
                "resourceGroupName": "g", "logicAppWorkflowName": "w",
            },
        });
        app.post(&path, with(good(), logic_app)).await.expect(400).says("endpointConfiguration/url");
        // Catalog owners, and nobody who only reads.
        let eve = house.user("eve", &[EM]).await;
        assert!(matches!(eve.post(&path, good()).await.status, 403 | 404));
    });
}

#[test]
fn a_policy_names_extensions_of_its_own_catalog_one_at_each_stage() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let url = "https://checks.example/";
        let one = make(&app, &offer.catalog, extension(OF_REQUESTS, url)).await;
        let late = make(&app, &offer.catalog, extension(OF_ASSIGNMENTS, url)).await;
        let elsewhere = catalog(&app, "Elsewhere").await;
        let strange = make(&app, &elsewhere, extension(OF_REQUESTS, url)).await;
        let refused = async |settings: Value, name: &str, status: u16| {
            let body = with(with(direct(), settings), json!({ "accessPackage": { "id": offer.package } }));
            app.post(&format!("{V1}/assignmentPolicies"), body).await.expect(status).says(name);
        };
        let created = "assignmentRequestCreated";
        refused(at(&[(created, &strange)]), "customExtensionStageSettings[0]/customExtension", 400).await;
        refused(at(&[(created, &late)]), "customExtensionStageSettings[0]/customExtension", 400).await;
        refused(at(&[(created, &one), (created, &one)]), "customExtensionStageSettings[1]/stage", 400).await;
        let nobody = uuid::Uuid::new_v4().to_string();
        refused(at(&[(created, &nobody)]), "customExtensionStageSettings[0]/customExtension", 404).await;

        let stages = at(&[(created, &one), ("assignmentOneDayBeforeExpiration", &late)]);
        let policy = policy(&app, &offer.package, with(direct(), stages)).await;
        let path = format!("{V1}/assignmentPolicies/{policy}");
        let expand = "$expand=customExtensionStageSettings($expand=customExtension)";
        let seen = app.get(&format!("{path}?{expand}")).await.expect(200).json;
        assert_eq!(seen["customExtensionStageSettings"].as_array().unwrap().len(), 2);
        let beta = app.get(&format!("{BETA}/accessPackageAssignmentPolicies/{policy}?{expand}")).await.expect(200).json;
        let named = |policy: &Value| {
            let mut list = policy["customExtensionStageSettings"].as_array().unwrap().iter();
            list.any(|each| each["stage"] == created && each["customExtension"]["id"] == one.as_str())
        };
        assert!(named(&seen) && named(&beta));
        // What a policy names stays; once it names nothing any more, it can go.
        let extension = format!("{V1}/catalogs/{}/customWorkflowExtensions/{one}", offer.catalog);
        app.delete(&extension).await.expect(400);
        let move_to = format!("{V1}/accessPackages/{}/moveToCatalog", offer.package);
        app.post(&move_to, json!({ "catalogId": elsewhere })).await.expect(400);
        let body = with(direct(), json!({ "accessPackage": { "id": offer.package } }));
        app.put(&path, body).await.expect(200);
        app.delete(&extension).await.expect(204);
    });
}

#[test]
fn every_stage_is_told_signed_and_nothing_waits_for_it() {
    let receiver = Receiver::start();
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let path = format!("all-{}", offer.catalog);
        let one = make(&app, &offer.catalog, extension(OF_REQUESTS, &receiver.url(&path))).await;
        let late = make(&app, &offer.catalog, extension(OF_ASSIGNMENTS, &receiver.url(&path))).await;
        let stages = at(&[
            ("assignmentRequestCreated", &one),
            ("assignmentRequestApproved", &one),
            ("assignmentRequestGranted", &one),
            ("assignmentRequestRemoved", &one),
            ("assignmentFourteenDaysBeforeExpiration", &late),
            ("assignmentOneDayBeforeExpiration", &late),
        ]);
        let month = json!({ "expiration": { "type": "afterDuration", "duration": "P30D" } });
        policy(&app, &offer.package, with(with(for_all(), month), stages)).await;
        let eve = house.user("eve", &[EM]).await;
        let asked = ask(&eve, user_add(&offer.package)).await.expect(201).id();
        let held = settled(&app, &asked).await;
        assert_eq!(held["state"], "delivered");
        until(async || receiver.told(&path).len() == 3).await;
        let order: Vec<String> = receiver.told(&path).iter().map(|told| told.stage().to_owned()).collect();
        assert_eq!(order, ["assignmentRequestCreated", "assignmentRequestApproved", "assignmentRequestGranted"]);
        let secret = house.extension_secret(&one).await;
        for told in receiver.told(&path) {
            assert!(told.is_signed_with(&secret) && !told.is_signed_with("whsec_AAAA"));
            assert_eq!(told.header("webhook-id"), told.instance());
            assert_eq!(told.body["data"]["accessPackageAssignmentRequestId"], asked.as_str());
            assert_eq!(told.body["data"]["target"]["objectId"], json!(house.user_id("eve").await));
            assert_eq!(told.body["data"]["accessPackage"]["displayName"], "Ledger");
            assert_eq!(told.body["data"]["callbackUriPath"], Value::Null);
        }
        assert_eq!(statuses(&request(&app, &asked).await), ["calloutSent"; 3]);
        advance(house, "17d").await;
        advance(house, "12d 6h").await;
        advance(house, "1d").await;
        until(async || receiver.told(&path).len() == 6).await;
        let mut stages: Vec<String> = receiver.told(&path).iter().map(|told| told.stage().to_owned()).collect();
        stages.sort_unstable();
        assert_eq!(
            stages,
            [
                "assignmentFourteenDaysBeforeExpiration",
                "assignmentOneDayBeforeExpiration",
                "assignmentRequestApproved",
                "assignmentRequestCreated",
                "assignmentRequestGranted",
                "assignmentRequestRemoved",
            ]
        );
    });
}

#[test]
fn a_request_waits_for_its_answers_before_and_after_the_approval() {
    let receiver = Receiver::start();
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let path = format!("wait-{}", offer.catalog);
        let one = make(&app, &offer.catalog, awaited(&receiver.url(&path), "P1D")).await;
        let stages = at(&[("assignmentRequestCreated", &one), ("assignmentRequestApproved", &one)]);
        policy(&app, &offer.package, with(approved_by(&[&house.user_id("ada").await]), stages)).await;
        let eve = house.user("eve", &[EM]).await;
        let asked = ask(&eve, user_add(&offer.package)).await.expect(201).id();
        waits(&app, &asked).await;
        until(async || receiver.told(&path).len() == 1).await;
        let told = receiver.told(&path).pop().unwrap();
        let seen = request(&app, &asked).await;
        assert_eq!((&seen["state"], statuses(&seen)), (&json!("submitted"), vec!["waitingForCallback"]));
        assert_eq!(seen["customExtensionCalloutInstances"][0]["id"], told.instance());
        assert_eq!(seen["customExtensionCalloutInstances"][0]["externalCorrelationId"], Value::Null);
        assert_eq!(told.body["data"]["callbackConfiguration"]["timeoutDuration"], "PT86400S");
        let back = told.body["data"]["callbackUriPath"].as_str().unwrap();
        assert_eq!(back, format!("{V1}/assignmentRequests/{asked}/resume"));
        // What doesn't fit is named, and changes nothing.
        let created = "assignmentRequestCreated";
        let nobody = uuid::Uuid::new_v4().to_string();
        for (body, name) in [
            (answer(created, &nobody, json!({})), "data/customExtensionStageInstanceId"),
            (answer(created, "x", json!({})), "data/customExtensionStageInstanceId"),
            (answer("assignmentRequestApproved", told.instance(), json!({})), "data/stage"),
            (answer(created, told.instance(), json!({ "state": "Approved" })), "data/state"),
            (answer(created, told.instance(), json!({ "stage": "assignmentRequestGranted" })), "data/stage"),
        ] {
            resume(&app, &asked, body).await.expect(400).says(name);
        }
        assert!(matches!(resume(&eve, &asked, answer(created, told.instance(), json!({}))).await.status, 403 | 404));
        app.post(back, answer(created, told.instance(), json!({}))).await.expect(204);
        until(async || request(&app, &asked).await["status"] == "PendingApproval").await;
        resume(&app, &asked, answer(created, told.instance(), json!({}))).await.expect(400).says("WaitingForCallback");

        // The second one, after the approval, on beta.
        let ada = house.user("ada", &[EM]).await;
        let stages = format!("{V1}/accessPackageAssignmentApprovals/{asked}/stages");
        let stage = ada.get(&stages).await.expect(200).values()[0]["id"].as_str().unwrap().to_owned();
        ada.patch(&format!("{stages}/{stage}"), json!({ "reviewResult": "Approve" })).await.expect(204);
        waits(&app, &asked).await;
        until(async || receiver.told(&path).len() == 2).await;
        assert!(members(&app, &offer.group).await.is_empty());
        let told = receiver.told(&path).pop().unwrap();
        let approved = "assignmentRequestApproved";
        assert_eq!(told.stage(), approved);
        let no = answer(approved, told.instance(), json!({ "state": "Denied" }));
        resume(&app, &asked, no).await.expect(400).says("data/state");
        let beta = format!("{BETA}/accessPackageAssignmentRequests/{asked}/resume");
        app.post(&beta, answer(approved, told.instance(), json!({}))).await.expect(204);
        until(async || request(&app, &asked).await["state"] == "delivered").await;
        assert_eq!(statuses(&request(&app, &asked).await), ["callbackReceived"; 2]);
        assert_eq!(members(&app, &offer.group).await, [house.user_id("eve").await]);
    });
}

#[test]
fn an_answer_may_deny_or_cancel_before_the_approval() {
    let receiver = Receiver::start();
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let path = format!("deny-{}", offer.catalog);
        let one = make(&app, &offer.catalog, awaited(&receiver.url(&path), "P1D")).await;
        let policy = policy(&app, &offer.package, with(for_all(), at(&[("assignmentRequestCreated", &one)]))).await;
        let users = ["eve", "ben"];
        for (number, (user, (said, state))) in
            users.iter().zip([("Denied", "denied"), ("canceled", "canceled")]).enumerate()
        {
            let client = house.user(user, &[EM]).await;
            let asked = ask(&client, user_add(&offer.package)).await.expect(201).id();
            waits(&app, &asked).await;
            until(async || receiver.told(&path).len() == number + 1).await;
            let told = receiver.told(&path).pop().unwrap();
            let verdict = answer("assignmentRequestCreated", told.instance(), json!({ "state": said }));
            resume(&app, &asked, verdict).await.expect(204);
            assert_eq!(request(&app, &asked).await["state"], state);
        }
        assert!(members(&app, &offer.group).await.is_empty());
        // Nobody needs to wait for what was taken back.
        let dan = house.user("dan", &[EM]).await;
        let asked = ask(&dan, user_add(&offer.package)).await.expect(201).id();
        waits(&app, &asked).await;
        dan.post(&format!("{V1}/assignmentRequests/{asked}/cancel"), json!({})).await.expect(204);
        advance(house, "2d").await;
        let seen = request(&app, &asked).await;
        assert_eq!((&seen["state"], statuses(&seen)), (&json!("canceled"), vec!["calloutFailed"]));
        // Nor at the second place where one waits, though nobody has to decide any more there.
        let late = offer_in(&app, &offer.catalog, "Late").await;
        super::kit::policy(&app, &late.package, with(for_all(), at(&[("assignmentRequestApproved", &one)]))).await;
        let asked = ask(&dan, user_add(&late.package)).await.expect(201).id();
        waits(&app, &asked).await;
        dan.post(&format!("{V1}/assignmentRequests/{asked}/cancel"), json!({})).await.expect(204);
        assert_eq!(request(&app, &asked).await["state"], "canceled");
        assert!(members(&app, &late.group).await.is_empty());
        // An administrator's assignment waits as well.
        let cho = house.user_id("cho").await;
        let asked = ask(&app, super::kit::admin_add(&offer.package, &policy, &cho)).await.expect(201).id();
        waits(&app, &asked).await;
        app.delete(&format!("/v1.0/users/{cho}")).await.expect(204);
        until(async || request(&app, &asked).await["state"] == "denied").await;
        assert_eq!(statuses(&request(&app, &asked).await), ["calloutFailed"]);
        // Whoever still waits in the end is no broken promise.
        let asked = ask(&dan, user_add(&offer.package)).await.expect(201).id();
        waits(&app, &asked).await;
    });
}

#[test]
fn nobody_waits_for_an_answer_about_an_update_that_gave_way() {
    let receiver = Receiver::start();
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let path = format!("way-{}", offer.catalog);
        let one = make(&app, &offer.catalog, awaited(&receiver.url(&path), "P14D")).await;
        let created = "assignmentRequestCreated";
        let short = json!({ "expiration": { "type": "afterDuration", "duration": "P10D" } });
        policy(&app, &offer.package, with(with(for_all(), at(&[(created, &one)])), short)).await;
        let eve = house.user("eve", &[EM]).await;
        let mut calls = 0;
        for is_removed in [true, false] {
            let asked = ask(&eve, user_add(&offer.package)).await.expect(201).id();
            calls += 1;
            until(async || receiver.told(&path).len() == calls).await;
            let told = receiver.told(&path).pop().unwrap();
            resume(&app, &asked, answer(created, told.instance(), json!({}))).await.expect(204);
            let held = settled(&app, &asked).await;
            let about = |kind: &str| json!({ "requestType": kind, "assignment": { "id": held["assignment"]["id"] } });
            let update = ask(&eve, about("userUpdate")).await.expect(201).id();
            waits(&app, &update).await;
            calls += 1;
            match is_removed {
                true => _ = ask(&app, about("adminRemove")).await.expect(201),
                false => advance(house, "11d").await,
            }
            let seen = request(&app, &update).await;
            assert_eq!((&seen["state"], statuses(&seen)), (&json!("canceled"), vec!["calloutFailed"]));
            until(async || members(&app, &offer.group).await.is_empty()).await;
        }
    });
}

#[test]
fn an_answer_that_does_not_come_ends_the_request_with_a_reason() {
    let receiver = Receiver::start();
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let path = format!("late-{}", offer.catalog);
        let one = make(&app, &offer.catalog, awaited(&receiver.url(&path), "P14D")).await;
        policy(&app, &offer.package, with(for_all(), at(&[("assignmentRequestApproved", &one)]))).await;
        let eve = house.user("eve", &[EM]).await;
        let asked = ask(&eve, user_add(&offer.package)).await.expect(201).id();
        waits(&app, &asked).await;
        advance(house, "13d").await;
        assert_eq!(request(&app, &asked).await["status"], "WaitingForCallback");
        advance(house, "2d").await;
        let seen = request(&app, &asked).await;
        assert_eq!((&seen["state"], &seen["status"]), (&json!("denied"), &json!("CallbackTimedOut")));
        assert_eq!(statuses(&seen), ["callbackTimedOut"]);
        assert!(members(&app, &offer.group).await.is_empty());
        until(async || receiver.told(&path).len() == 1).await;
        let told = receiver.told(&path).pop().unwrap();
        resume(&app, &asked, answer("assignmentRequestApproved", told.instance(), json!({}))).await.expect(400);
    });
}

#[test]
fn what_fails_is_sent_again_and_then_given_up() {
    let receiver = Receiver::start();
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let path = format!("fail-{}", offer.catalog);
        let told_only = make(&app, &offer.catalog, extension(OF_REQUESTS, &receiver.url(&path))).await;
        let granted = with(direct(), at(&[("assignmentRequestGranted", &told_only)]));
        let first = policy(&app, &offer.package, granted).await;
        // It works the second time, with the same id, and a new signature.
        receiver.answer(&["503 Service Unavailable"]);
        let held = assign(&app, &offer.package, &first, &house.user_id("eve").await).await;
        assert_eq!(held["state"], "delivered");
        until(async || receiver.told(&path).len() == 1).await;
        until(async || !house.verify().await.is_empty()).await;
        advance(house, "1m").await;
        until(async || receiver.told(&path).len() == 2).await;
        let told = receiver.told(&path);
        assert_eq!(told[0].header("webhook-id"), told[1].header("webhook-id"));
        until(async || house.verify().await.is_empty()).await;
        remove(&app, &held).await;
        // Refused and redirected it is given up, and the assignment stands all the same.
        for (number, answer) in ["400 Bad Request", "307 Temporary Redirect"].into_iter().enumerate() {
            receiver.answer(&[answer]);
            let user = house.user_id(["ben", "dan"][number]).await;
            let held = assign(&app, &offer.package, &first, &user).await;
            let id = held["id"].as_str().unwrap().to_owned();
            until(async || statuses(&request(&app, &id).await) == ["calloutFailed"]).await;
            let seen = request(&app, &id).await;
            let detail = seen["customExtensionCalloutInstances"][0]["detail"].as_str().unwrap();
            assert!(detail.contains(answer.split(' ').next().unwrap()), "{detail}");
            assert_eq!(seen["state"], "delivered");
            assert_eq!(receiver.told(&path).len(), number + 3);
        }
        // A request that waits for it can't go on: with one retry it is tried twice.
        let awaited = make(&app, &offer.catalog, awaited(&receiver.url(&path), "P1D")).await;
        policy(&app, &offer.package, with(for_all(), at(&[("assignmentRequestCreated", &awaited)]))).await;
        receiver.answer(&["silence", "500 Internal Server Error"]);
        let ada = house.user("ada", &[EM]).await;
        let asked = ask(&ada, user_add(&offer.package)).await.expect(201).id();
        waits(&app, &asked).await;
        until(async || receiver.told(&path).len() == 5).await;
        until(async || {
            house.verify().await.iter().any(|found| found.id.to_string() == receiver.told(&path)[4].instance())
        })
        .await;
        advance(house, "1m").await;
        until(async || request(&app, &asked).await["state"] == "denied").await;
        let seen = request(&app, &asked).await;
        assert_eq!((&seen["status"], statuses(&seen)), (&json!("CalloutFailed"), vec!["calloutFailed"]));
        assert_eq!(receiver.told(&path).len(), 6);
        house.plant("DELETE FROM outbox WHERE state = 2").await;
    });
}

#[test]
fn what_is_older_than_stage_settings_is_not_there() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let older = format!("{BETA}/accessPackageCatalogs/{}/customAccessPackageWorkflowExtensions", offer.catalog);
        app.get(&older).await.expect(400);
        let body = json!({
            "accessPackageId": offer.package, "displayName": "Older", "customExtensionHandlers": [],
        });
        let answer = app.post(&format!("{BETA}/accessPackageAssignmentPolicies"), body).await;
        answer.expect(400).says("customExtensionHandlers");
    });
}
