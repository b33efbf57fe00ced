//! Assignment policies on beta: the bodies that Terraform sends, and what v1.0 makes of them.

use crate::policies::full;
use crate::steps::{BETA, V1, shown, some_package};
use serde_json::{Value, json};
use testkit::{House, on_each_engine};

pub async fn terraform(house: &House, package: &str) -> Value {
    let clerks = house.group_id("Payment clerks").await;
    let ada = house.user_id("ada").await;
    json!({
        "accessPackageId": package,
        "accessReviewSettings": {
            "accessReviewTimeoutBehavior": "keepAccess",
            "durationInDays": 14,
            "isAccessRecommendationEnabled": true,
            "isApprovalJustificationRequired": false,
            "isEnabled": true,
            "recurrenceType": "annual",
            "reviewerType": "Self",
            "reviewers": [],
            "startDateTime": "2031-01-01T00:00:00Z",
        },
        "canExtend": true,
        "description": "By Terraform",
        "displayName": "Terraform",
        "durationInDays": 90,
        "questions": [
            {
                "@odata.type": "#microsoft.graph.accessPackageMultipleChoiceQuestion",
                "allowsMultipleSelection": false,
                "choices": [{
                    "actualValue": "UK",
                    "displayValue": { "defaultText": "The UK", "localizedTexts": [{ "languageCode": "de", "text": "UK" }] },
                }],
                "isRequired": true,
                "sequence": 1,
                "text": { "defaultText": "Which country?", "localizedTexts": [] },
            },
            {
                "@odata.type": "#microsoft.graph.accessPackageTextInputQuestion",
                "isSingleLineQuestion": true,
                "isRequired": false,
                "sequence": 2,
                "text": { "defaultText": "Cost center?" },
            },
        ],
        "requestApprovalSettings": {
            "approvalMode": "SingleStage",
            "approvalStages": [{
                "approvalStageTimeOutInDays": 14,
                "escalationApprovers": [],
                "escalationTimeInMinutes": 0,
                "isApproverJustificationRequired": true,
                "isEscalationEnabled": false,
                "primaryApprovers": [
                    { "@odata.type": "#microsoft.graph.requestorManager", "isBackup": false },
                    { "@odata.type": "#microsoft.graph.singleUser", "id": ada, "isBackup": true, "description": "Ada" },
                ],
            }],
            "isApprovalRequired": true,
            "isApprovalRequiredForExtension": false,
            "isRequestorJustificationRequired": true,
        },
        "requestorSettings": {
            "acceptRequests": true,
            "allowedRequestors": [{ "@odata.type": "#microsoft.graph.groupMembers", "id": clerks, "isBackup": false }],
            "scopeType": "SpecificDirectorySubjects",
        },
    })
}

#[test]
fn the_bodies_of_terraform() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let set = format!("{BETA}/accessPackageAssignmentPolicies");
        let body = terraform(house, &package).await;
        let made = app.post(&set, body.clone()).await.expect(201);
        insta::assert_snapshot!("policy_terraform_beta", shown(&made.json, house.host()));
        let path = format!("{set}/{}", made.id());
        let v1 = app.get(&format!("{V1}/assignmentPolicies/{}?$expand=questions", made.id())).await.expect(200);
        insta::assert_snapshot!("policy_terraform_v1", shown(&v1.json, house.host()));

        // What was read can be put back as it is, and nothing changes but the time.
        let put = app.put(&path, made.json.clone()).await.expect(200);
        let without = |mut body: Value| {
            body["modifiedDateTime"] = Value::Null;
            body
        };
        assert_eq!(without(put.json), without(made.json.clone()));

        // The fewest settings; approval settings that say nothing; none at all.
        for (approval, requestors) in [
            (json!(null), json!(null)),
            (
                json!({ "isApprovalRequired": false, "isApprovalRequiredForExtension": false, "approvalMode": "NoApproval", "approvalStages": [] }),
                json!({ "scopeType": "AllExistingDirectoryMemberUsers", "acceptRequests": true, "allowedRequestors": [] }),
            ),
            (json!({}), json!({ "scopeType": "NoSubjects" })),
        ] {
            let body = json!({
                "accessPackageId": package, "displayName": "Few", "description": "Few", "canExtend": false,
                "durationInDays": 0, "expirationDateTime": null, "questions": null, "accessReviewSettings": null,
                "requestApprovalSettings": approval, "requestorSettings": requestors,
            });
            let made = app.post(&set, body).await.expect(201);
            assert_eq!(made.json["requestApprovalSettings"]["approvalStages"], json!([]));
            assert_eq!(made.json["requestorSettings"]["allowedRequestors"], json!([]));
            assert_eq!(made.json["questions"], json!([]));
            let path = format!("{V1}/assignmentPolicies/{}", made.id());
            assert_eq!(app.get(&path).await.expect(200).json["expiration"]["type"], "noExpiration");
        }
        let mut ends = body;
        ends["durationInDays"] = Value::Null;
        ends["expirationDateTime"] = json!("2031-06-01T00:00:00Z");
        let put = app.put(&path, ends).await.expect(200);
        assert_eq!(put.json["expirationDateTime"], "2031-06-01T00:00:00Z");
        assert_eq!(put.json["durationInDays"], 0);
    });
}

#[test]
fn what_beta_cannot_say_stays() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let mut body = full(house, &package).await;
        body["expiration"]["duration"] = json!("PT36H");
        let id = app.post(&format!("{V1}/assignmentPolicies"), body).await.expect(201).id();
        let v1 = format!("{V1}/assignmentPolicies/{id}?$expand=questions");
        let beta = format!("{BETA}/accessPackageAssignmentPolicies/{id}");
        let before = app.get(&v1).await.expect(200).json;
        let mut shown = app.get(&beta).await.expect(200).json;
        assert_eq!(shown["durationInDays"], 2);
        shown["displayName"] = json!("Renamed on beta");
        shown["verifiableCredentialSettings"] =
            json!({ "credentialTypes": [{ "credentialType": "Employee", "issuers": [] }] });
        app.put(&beta, shown).await.expect(200);
        let after = app.get(&v1).await.expect(200).json;
        for setting in [
            "allowedTargetScope",
            "expiration",
            "notificationSettings",
            "questions",
            "requestApprovalSettings",
            "requestorSettings",
            "reviewSettings",
            "specificAllowedTargets",
        ] {
            assert_eq!(after[setting], before[setting], "{setting}");
        }
        // And the other way round.
        let mut body = after;
        body["displayName"] = json!("Renamed on v1.0");
        app.put(&format!("{V1}/assignmentPolicies/{id}"), body).await.expect(200);
        let after = app.get(&beta).await.expect(200).json;
        assert_eq!(after["verifiableCredentialSettings"]["credentialTypes"][0]["credentialType"], "Employee");
    });
}

#[test]
fn scopes_by_each_of_their_names() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        for (said, shown, v1) in [
            ("NoSubjects", "NoSubjects", "notSpecified"),
            ("AllExistingDirectorySubjects", "AllExistingDirectorySubjects", "allDirectoryUsers"),
            ("allExternalSubjects", "AllExternalSubjects", "allExternalUsers"),
            (
                "AllExistingConnectedOrganizationSubjects",
                "AllConfiguredConnectedOrganizationSubjects",
                "allConfiguredConnectedOrganizationUsers",
            ),
            ("AllDirectoryServicePrincipals", "AllDirectoryServicePrincipals", "allDirectoryServicePrincipals"),
        ] {
            let body =
                json!({ "accessPackageId": package, "displayName": "x", "requestorSettings": { "scopeType": said } });
            let made = app.post(&format!("{BETA}/accessPackageAssignmentPolicies"), body).await.expect(201);
            assert_eq!(made.json["requestorSettings"]["scopeType"], shown);
            let path = format!("{V1}/assignmentPolicies/{}", made.id());
            assert_eq!(app.get(&path).await.expect(200).json["allowedTargetScope"], v1);
        }
    });
}
