//! Assignment policies on v1.0: every setting there and back, questions with their ids, and PUT, which
//! replaces all of it.

use crate::steps::{BETA, NOBODY, V1, package, query, shown, some_package};
use serde_json::{Value, json};
use testkit::{Client, House, on_each_engine};

/// A body with every setting that v1.0 has.
pub async fn full(house: &House, package: &str) -> Value {
    let (clerks, releasers) = (house.group_id("Payment clerks").await, house.group_id("Payment releasers").await);
    let ada = house.user_id("ada").await;
    json!({
        "displayName": "Clerks ask",
        "description": "For those who enter payments",
        "allowedTargetScope": "specificDirectoryUsers",
        "specificAllowedTargets": [
            { "@odata.type": "#microsoft.graph.groupMembers", "groupId": clerks, "description": "Clerks" },
            { "@odata.type": "#microsoft.graph.attributeRuleMembers", "membershipRule": "user.department -eq \"Finance\"" },
        ],
        "expiration": { "type": "afterDuration", "duration": "P365D" },
        "requestorSettings": {
            "enableTargetsToSelfAddAccess": true,
            "enableTargetsToSelfUpdateAccess": true,
            "enableTargetsToSelfRemoveAccess": true,
            "allowCustomAssignmentSchedule": true,
            "enableOnBehalfRequestorsToAddAccess": true,
            "onBehalfRequestors": [{ "@odata.type": "#microsoft.graph.requestorManager" }],
        },
        "requestApprovalSettings": {
            "isApprovalRequiredForAdd": true,
            "isRequestorJustificationRequired": true,
            "stages": [
                {
                    "durationBeforeAutomaticDenial": "P7D",
                    "isApproverJustificationRequired": true,
                    "isEscalationEnabled": true,
                    "durationBeforeEscalation": "P2D",
                    "approverInformationVisibility": "notVisible",
                    "primaryApprovers": [{ "@odata.type": "#microsoft.graph.requestorManager", "managerLevel": 1 }],
                    "fallbackPrimaryApprovers": [{ "@odata.type": "#microsoft.graph.singleUser", "userId": ada }],
                    "escalationApprovers": [{ "@odata.type": "#microsoft.graph.groupMembers", "groupId": releasers }],
                },
                { "primaryApprovers": [{ "@odata.type": "#microsoft.graph.internalSponsors" }] },
            ],
        },
        "reviewSettings": {
            "isEnabled": true,
            "expirationBehavior": "keepAccess",
            "isRecommendationEnabled": true,
            "primaryReviewers": [{ "@odata.type": "#microsoft.graph.singleUser", "userId": ada }],
            "schedule": {
                "startDateTime": "2031-01-01T00:00:00Z",
                "expiration": { "type": "afterDuration", "duration": "P14D" },
                "recurrence": {
                    "pattern": { "type": "absoluteMonthly", "interval": 3, "month": 0, "dayOfMonth": 0, "daysOfWeek": [] },
                    "range": { "type": "noEnd", "numberOfOccurrences": 0 },
                },
            },
        },
        "notificationSettings": { "isAssignmentNotificationDisabled": true },
        "questions": [
            {
                "@odata.type": "#microsoft.graph.accessPackageMultipleChoiceQuestion",
                "text": "Which country?", "isRequired": true, "sequence": 1, "isMultipleSelectionAllowed": false,
                "localizations": [{ "languageCode": "de", "text": "Welches Land?" }],
                "choices": [
                    { "actualValue": "UK", "text": "The United Kingdom", "localizations": [] },
                    { "actualValue": "DE", "text": "Germany", "localizations": [{ "languageCode": "de", "text": "Deutschland" }] },
                ],
            },
            {
                "@odata.type": "#microsoft.graph.accessPackageTextInputQuestion",
                "text": "Cost center?", "sequence": 2, "isSingleLineQuestion": true, "regexPattern": "[0-9]{4}",
            },
        ],
        "accessPackage": { "id": package },
    })
}

/// A policy of defaults.
pub async fn policy(app: &Client, package: &str, name: &str) -> String {
    let body = json!({ "displayName": name, "accessPackage": { "id": package } });
    app.post(&format!("{V1}/assignmentPolicies"), body).await.expect(201).id()
}

#[test]
fn every_setting_there_and_back() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let made = app.post(&format!("{V1}/assignmentPolicies"), full(house, &package).await).await.expect(201);
        insta::assert_snapshot!("policy_created_v1", shown(&made.json, house.host()));
        let path = format!("{V1}/assignmentPolicies/{}", made.id());
        assert_eq!(made.header("location"), format!("{}{path}", house.url()));
        let expand =
            "$expand=questions($orderby=sequence),accessPackage($select=displayName),catalog($select=displayName)";
        let read = app.get(&format!("{path}?{expand}")).await.expect(200);
        insta::assert_snapshot!("policy_expanded_v1", shown(&read.json, house.host()));
        let beta = app.get(&format!("{BETA}/accessPackageAssignmentPolicies/{}", made.id())).await.expect(200);
        insta::assert_snapshot!("policy_full_beta", shown(&beta.json, house.host()));

        assert_eq!(app.get(&format!("{path}/accessPackage")).await.expect(200).id(), package);
        let questions = app.get(&format!("{path}/questions")).await.expect(200);
        assert_eq!(questions.values().len(), 2);
        assert_eq!(questions.values()[0]["@odata.type"], "#microsoft.graph.accessPackageMultipleChoiceQuestion");
        let one = app.get(&format!("{path}/questions/{}", questions.ids()[1])).await.expect(200);
        assert_eq!(one.json["regexPattern"], "[0-9]{4}");
        assert_eq!(app.get(&format!("{path}/questions/$count")).await.expect(200).text(), "2");
        let cast = "microsoft.graph.accessPackageTextInputQuestion";
        assert_eq!(app.get(&format!("{path}/questions/{cast}")).await.expect(200).ids(), [questions.ids()[1].clone()]);
        app.get(&format!("{path}/questions/{NOBODY}")).await.expect(404);

        app.delete(&path).await.expect(204);
        for path in [path, format!("{BETA}/accessPackageAssignmentPolicies/{}", made.id())] {
            app.get(&path).await.expect(404).error("ResourceNotFound");
            app.delete(&path).await.expect(404).error("ResourceNotFound");
            let again = json!({ "displayName": "Gone" });
            app.put(&path, again).await.expect(404).error("ResourceNotFound");
        }
    });
}

#[test]
fn a_name_and_a_package_are_enough() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let id = policy(&app, &package, "Nobody asks").await;
        let read = app.get(&format!("{V1}/assignmentPolicies/{id}")).await.expect(200);
        insta::assert_snapshot!("policy_defaults_v1", shown(&read.json, house.host()));
        let read = app.get(&format!("{BETA}/accessPackageAssignmentPolicies/{id}")).await.expect(200);
        insta::assert_snapshot!("policy_defaults_beta", shown(&read.json, house.host()));
    });
}

#[test]
fn lists_filters_and_expansions() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let one = some_package(&app).await;
        let catalog = app.get(&format!("{V1}/accessPackages/{one}/catalog")).await.expect(200).id();
        let other = package(&app, &catalog, "Other package").await;
        let first = policy(&app, &one, "Alpha").await;
        let second = policy(&app, &one, "Beta").await;
        let third = policy(&app, &other, "Gamma").await;
        for (set, nav) in [
            (format!("{V1}/assignmentPolicies"), "assignmentPolicies"),
            (format!("{BETA}/accessPackageAssignmentPolicies"), "accessPackageAssignmentPolicies"),
        ] {
            let base = set.trim_end_matches(nav);
            let found = app.get(&query(&format!("{set}?$filter=displayName eq 'alpha'"))).await.expect(200);
            assert_eq!(found.ids(), [first.as_str()]);
            let found = app
                .get(&query(&format!(
                    "{set}?$filter=accessPackage/id eq '{one}'&$orderby=displayName desc&$count=true"
                )))
                .await
                .expect(200);
            assert_eq!(found.ids(), [second.clone(), first.clone()]);
            assert_eq!(found.json["@odata.count"], 2);
            let expanded = app
                .get(&query(&format!(
                    "{base}accessPackages/{one}?$expand={nav}($select=displayName;$orderby=displayName)"
                )))
                .await
                .expect(200);
            assert_eq!(expanded.json[nav].as_array().unwrap().len(), 2);
            assert_eq!(expanded.json[nav][0]["displayName"], "Alpha");
            let below = app.get(&format!("{base}accessPackages/{other}/{nav}")).await.expect(200);
            assert_eq!(below.ids(), [third.as_str()]);
            // A policy is read below its package, and changed in its own set.
            app.delete(&format!("{base}accessPackages/{other}/{nav}/{third}")).await.expect(405);
        }
        let scoped = app
            .get(&query(&format!("{V1}/assignmentPolicies?$filter=allowedTargetScope eq 'notSpecified'&$select=id")))
            .await
            .expect(200);
        assert_eq!(scoped.values().len(), 3);
        let found = app
            .get(&query(&format!("{BETA}/accessPackageAssignmentPolicies?$filter=accessPackageId eq '{other}'")))
            .await
            .expect(200);
        assert_eq!(found.ids(), [third]);
    });
}

#[test]
fn put_replaces_all_of_it_and_questions_keep_their_ids() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let body = full(house, &package).await;
        let id = app.post(&format!("{V1}/assignmentPolicies"), body).await.expect(201).id();
        let path = format!("{V1}/assignmentPolicies/{id}");
        let before = app.get(&format!("{path}?$expand=questions")).await.expect(200);
        let kept = before.json["questions"][1].clone();

        let mut body = before.json.clone();
        body["displayName"] = json!("Clerks still ask");
        body["questions"] = json!([kept, {
            "@odata.type": "#microsoft.graph.accessPackageTextInputQuestion", "text": "Why?", "sequence": 3, "id": NOBODY,
        }]);
        body["accessPackage"] = json!({ "id": package });
        let put = app.put(&path, body).await.expect(200);
        assert_eq!(put.json["displayName"], "Clerks still ask");
        assert_eq!(put.json["requestApprovalSettings"], before.json["requestApprovalSettings"]);
        assert_eq!(put.json["createdDateTime"], before.json["createdDateTime"]);
        let questions = app.get(&format!("{path}/questions?$orderby=sequence")).await.expect(200);
        assert_eq!(questions.ids()[0], kept["id"].as_str().unwrap());
        // An id that no question of this policy has is not taken over.
        assert_ne!(questions.ids()[1], NOBODY);
        assert_eq!(questions.values().len(), 2);

        app.put(&path, json!({ "displayName": "Bare" })).await.expect(200);
        let bare = app.get(&format!("{path}?$expand=questions,accessPackage($select=id)")).await.expect(200);
        assert_eq!(bare.json["accessPackage"]["id"], json!(package));
        assert_eq!((&bare.json["description"], &bare.json["questions"]), (&Value::Null, &json!([])));
        assert_eq!(bare.json["allowedTargetScope"], "notSpecified");
        assert_eq!(bare.json["requestApprovalSettings"]["stages"], json!([]));
        assert_eq!(bare.json["reviewSettings"], Value::Null);

        let other = app.get(&format!("{V1}/accessPackages?$top=1")).await.expect(200).ids()[0].clone();
        let elsewhere = json!({ "displayName": "Bare", "accessPackage": { "id": other } });
        app.put(&path, elsewhere).await.expect(400).error("InvalidModel").says("accessPackage/id");
        let renamed = json!({ "displayName": "Bare", "id": NOBODY });
        app.put(&path, renamed).await.expect(400).error("InvalidModel").says("'id'");
        app.patch(&path, json!({ "displayName": "x" })).await.expect(405).error("MethodNotAllowed");
        app.put(&format!("{V1}/accessPackages/{package}"), json!({ "displayName": "x" })).await.expect(405);
    });
}

#[test]
fn a_policy_follows_its_package_to_another_catalog() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let id = app.post(&format!("{V1}/assignmentPolicies"), full(house, &package).await).await.expect(201).id();
        let payments = house.catalog_id("Payments").await;
        let to = json!({ "catalogId": payments });
        app.post(&format!("{BETA}/accessPackages/{package}/moveToCatalog"), to).await.expect(200);
        assert_eq!(app.get(&format!("{V1}/assignmentPolicies/{id}/catalog")).await.expect(200).id(), payments);
    });
}
