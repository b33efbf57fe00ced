//! What a policy asks of those who ask: `getApplicablePolicyRequirements`, in each surface's words.

use super::kit::{SUBJECT, ask, direct, for_all, offer, policy, settled, user_add, with};
use crate::steps::{BETA, NOBODY, V1, catalog, package};
use serde_json::{Value, json};
use testkit::on_each_engine;

/// The policy with everything that a requestor is told.
fn asking() -> Value {
    with(
        for_all(),
        json!({
            "displayName": "Asking", "description": "Asks", "expiration": { "type": "afterDuration", "duration": "P30D" },
            "questions": [
                {
                    "@odata.type": "#microsoft.graph.accessPackageTextInputQuestion", "isRequired": true, "sequence": 1,
                    "text": "Why?", "isSingleLineQuestion": true, "localizations": [{ "languageCode": "nl", "text": "Waarom?" }],
                },
                {
                    "@odata.type": "#microsoft.graph.accessPackageMultipleChoiceQuestion", "isRequired": false,
                    "sequence": 2, "text": "Where?", "isMultipleSelectionAllowed": false,
                    "choices": [{ "actualValue": "here", "text": "Here", "localizations": [] }],
                },
            ],
            "requestApprovalSettings": { "isRequestorJustificationRequired": true },
        }),
    )
}

#[test]
fn what_a_policy_asks_for() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let shop = catalog(&app, "Shop").await;
        let id = package(&app, &shop, "Ledger").await;
        policy(&app, &id, direct()).await;
        let eve = house.user("eve", &[SUBJECT]).await;
        let v1 = format!("{V1}/accessPackages/{id}/getApplicablePolicyRequirements");
        let beta = format!("{BETA}/accessPackages/{id}/getApplicablePolicyRequirements");
        assert!(eve.send("POST", &v1, None).await.expect(200).values().is_empty());
        let plain = policy(&app, &id, for_all()).await;
        let asks = policy(&app, &id, asking()).await;
        // Hidden packages can be asked for all the same.
        app.patch(&format!("{V1}/accessPackages/{id}"), json!({ "isHidden": true })).await.expect(204);

        let found = eve.post(&v1, json!({})).await.expect(200);
        assert!(
            found.json["@odata.context"]
                .as_str()
                .unwrap()
                .ends_with("/v1.0/$metadata#Collection(microsoft.graph.accessPackageAssignmentRequestRequirements)")
        );
        assert_eq!(found.strings("policyId"), [plain.clone(), asks.clone()]);
        let questions =
            app.get(&format!("{V1}/assignmentPolicies/{asks}/questions?$orderby=sequence")).await.expect(200);
        let none = json!({ "recurrence": null, "startDateTime": null, "expiration": { "type": "noExpiration", "duration": null, "endDateTime": null } });
        assert_eq!(
            found.values()[0],
            json!({
                "policyId": plain, "policyDisplayName": "Everybody", "policyDescription": "All members may ask",
                "allowCustomAssignmentSchedule": true, "isApprovalRequiredForAdd": false,
                "isApprovalRequiredForUpdate": false, "isRequestorJustificationRequired": false, "questions": [],
                "schedule": none,
            })
        );
        let full = &found.values()[1];
        assert_eq!(full["isRequestorJustificationRequired"], true);
        assert_eq!(full["schedule"]["expiration"]["duration"], "P30D");
        assert_eq!(full["questions"][0]["id"], questions.values()[0]["id"]);
        assert_eq!(full["questions"][0]["text"], "Why?");
        assert_eq!(full["questions"][1]["choices"][0]["actualValue"], "here");

        let found = eve.send("POST", &beta, None).await.expect(200);
        let full = &found.values()[1];
        assert_eq!(full["policyId"], json!(asks));
        assert_eq!(
            (&full["isApprovalRequired"], &full["isCustomAssignmentScheduleAllowed"]),
            (&json!(false), &json!(true))
        );
        assert_eq!(full["questions"][0]["text"]["defaultText"], "Why?");
        assert_eq!(full["questions"][1]["choices"][0]["displayValue"]["defaultText"], "Here");
        assert_eq!(
            (&full["existingAnswers"], &full["verifiableCredentialRequirementStatus"]),
            (&json!([]), &Value::Null)
        );

        // Only those under which this user may ask.
        let stranger = json!([{ "@odata.type": "#microsoft.graph.singleUser", "userId": house.user_id("ben").await }]);
        let stranger = with(
            for_all(),
            json!({ "allowedTargetScope": "specificDirectoryUsers", "specificAllowedTargets": stranger }),
        );
        policy(&app, &id, stranger).await;
        assert_eq!(eve.send("POST", &v1, None).await.expect(200).values().len(), 2);
        assert_eq!(house.user("ben", &[SUBJECT]).await.send("POST", &v1, None).await.expect(200).values().len(), 3);
        eve.send("POST", &format!("{V1}/accessPackages/{NOBODY}/getApplicablePolicyRequirements"), None)
            .await
            .expect(404);
        eve.post(&v1, json!({ "subject": { "objectId": NOBODY } })).await.expect(400).says("subject");
        app.patch(&format!("{V1}/catalogs/{shop}"), json!({ "state": "unpublished" })).await.expect(204);
        assert!(eve.send("POST", &v1, None).await.expect(200).values().is_empty());
    });
}

#[test]
fn beta_repeats_what_was_answered_before() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        policy(&app, &offer.package, asking()).await;
        let eve = house.user("eve", &[SUBJECT]).await;
        let needs = format!("{BETA}/accessPackages/{}/getApplicablePolicyRequirements", offer.package);
        let question = eve.send("POST", &needs, None).await.expect(200).values()[0]["questions"][0]["id"].clone();
        let body = json!({
            "justification": "Year-end audit",
            "answers": [{
                "@odata.type": "#microsoft.graph.accessPackageAnswerString", "value": "Because",
                "answeredQuestion": { "@odata.type": "#microsoft.graph.accessPackageTextInputQuestion", "id": question },
            }],
        });
        let request = ask(&eve, with(user_add(&offer.package), body)).await.expect(201).id();
        settled(&app, &request).await;
        let found = eve.send("POST", &needs, None).await.expect(200);
        assert_eq!(found.values()[0]["existingAnswers"][0]["value"], "Because");
        let ben = house.user("ben", &[SUBJECT]).await;
        assert_eq!(ben.send("POST", &needs, None).await.expect(200).values()[0]["existingAnswers"], json!([]));
    });
}
