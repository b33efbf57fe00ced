//! Policies that are refused: every refusal names the setting by its path, and whoever may not change
//! policies is told so.

use crate::policies::{full, policy};
use crate::steps::{BETA, NOBODY, V1, some_package};
use serde_json::{Value, json};
use testkit::on_each_engine;

/// `body` with this value at the path, which has `/` between and `[n]` for entries.
fn at(body: &Value, path: &str, value: Value) -> Value {
    let mut body = body.clone();
    let pointer = format!("/{}", path.replace('[', "/").replace(']', ""));
    match body.pointer_mut(&pointer) {
        Some(slot) => *slot = value,
        None => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            body.pointer_mut(parent).unwrap()[name] = value;
        }
    }
    body
}

#[test]
fn every_refusal_on_v1_names_its_setting() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let body = full(house, &package).await;
        let set = format!("{V1}/assignmentPolicies");
        let person = |id: &str| json!([{ "@odata.type": "#microsoft.graph.singleUser", "userId": id }]);
        let stage = "requestApprovalSettings/stages[0]";
        for (path, value, names) in [
            ("displayName", json!(null), "displayName"),
            ("displayName", json!(" "), "displayName"),
            ("accessPackage", json!(null), "accessPackage/id"),
            ("accessPackage", json!({ "id": "x" }), "accessPackage/id"),
            ("nonsense", json!(1), "nonsense"),
            ("allowedTargetScope", json!("everybody"), "allowedTargetScope"),
            ("allowedTargetScope", json!("unknownFutureValue"), "allowedTargetScope"),
            ("allowedTargetScope", json!("allMemberUsers"), "specificAllowedTargets"),
            ("specificAllowedTargets", json!([]), "specificAllowedTargets"),
            ("specificAllowedTargets", json!([{ "groupId": NOBODY }]), "specificAllowedTargets[0]/@odata.type"),
            (
                "specificAllowedTargets",
                json!([{ "@odata.type": "#microsoft.graph.groupMembers" }]),
                "specificAllowedTargets[0]/groupId",
            ),
            ("specificAllowedTargets", person("not-a-guid"), "specificAllowedTargets"),
            ("specificAllowedTargets[1]/membershipRule", json!("  "), "specificAllowedTargets[1]/membershipRule"),
            ("expiration/duration", json!(null), "expiration/duration"),
            ("expiration/duration", json!("P3661D"), "expiration/duration"),
            ("expiration/duration", json!("-P1D"), "expiration/duration"),
            ("expiration/duration", json!("P1Y"), "expiration/duration"),
            ("expiration", json!({ "type": "afterDateTime" }), "expiration/endDateTime"),
            ("expiration", json!({ "type": "noExpiration", "duration": "P10D" }), "expiration/duration"),
            ("expiration", json!({ "duration": "P10D" }), "expiration/duration"),
            (
                "expiration",
                json!({ "type": "afterDuration", "duration": "P10D", "endDateTime": "2090-01-01T00:00:00Z" }),
                "expiration/endDateTime",
            ),
            ("questions[0]/text", json!(" "), "questions[0]/text"),
            (
                "questions[0]/localizations",
                json!([{ "languageCode": "de", "text": "Warum?" }, { "languageCode": "DE", "text": "Wozu?" }]),
                "questions[0]/localizations[1]/languageCode",
            ),
            (
                "expiration",
                json!({ "type": "afterDateTime", "endDateTime": "2001-01-01T00:00:00Z" }),
                "expiration/endDateTime",
            ),
            ("requestorSettings/onBehalfRequestors[0]/managerLevel", json!(9), "onBehalfRequestors[0]/managerLevel"),
            ("requestApprovalSettings/stages", json!([]), "requestApprovalSettings/stages"),
            (&format!("{stage}/primaryApprovers"), json!([]), &format!("{stage}/primaryApprovers")),
            (
                &format!("{stage}/durationBeforeAutomaticDenial"),
                json!("P15D"),
                &format!("{stage}/durationBeforeAutomaticDenial"),
            ),
            (
                &format!("{stage}/durationBeforeAutomaticDenial"),
                json!("P3D"),
                &format!("{stage}/durationBeforeAutomaticDenial"),
            ),
            (&format!("{stage}/durationBeforeEscalation"), json!(null), &format!("{stage}/durationBeforeEscalation")),
            (&format!("{stage}/escalationApprovers"), json!([]), &format!("{stage}/escalationApprovers")),
            (&format!("{stage}/nonsense"), json!(1), &format!("{stage}/nonsense")),
            ("reviewSettings/primaryReviewers", person("x"), "reviewSettings/primaryReviewers"),
            ("reviewSettings/primaryReviewers", json!([]), "reviewSettings/primaryReviewers"),
            ("reviewSettings/isSelfReview", json!(true), "reviewSettings/primaryReviewers"),
            ("questions[0]/choices", json!([]), "questions[0]/choices"),
            ("questions[1]/sequence", json!(1), "questions[1]/sequence"),
            ("questions[1]/@odata.type", json!("#microsoft.graph.accessPackageQuestion"), "questions[1]/@odata.type"),
            ("questions", json!({}), "questions"),
            ("automaticRequestSettings", json!({ "requestAccessForAllowedTargets": true }), "specificAllowedTargets"),
        ] {
            let sent = at(&body, path, value);
            app.post(&set, sent).await.expect(400).error("InvalidModel").says(names);
        }
        // Whoever is named has to be there.
        for (path, value, names) in [
            ("accessPackage", json!({ "id": NOBODY }), "accessPackage/id"),
            ("specificAllowedTargets", person(NOBODY), "specificAllowedTargets"),
            (&format!("{stage}/primaryApprovers"), person(NOBODY), &format!("{stage}/primaryApprovers")),
            ("reviewSettings/primaryReviewers", person(NOBODY), "reviewSettings/primaryReviewers"),
        ] {
            app.post(&set, at(&body, path, value)).await.expect(404).error("ResourceNotFound").says(names);
        }
        let crowd = |count: usize| json!(vec![person(NOBODY)[0].clone(); count]);
        let path = "requestorSettings/onBehalfRequestors";
        app.post(&set, at(&body, path, crowd(201))).await.expect(400).says("requestorSettings/onBehalfRequestors");
        app.post(&set, at(&body, path, crowd(200))).await.expect(404).says("requestorSettings/onBehalfRequestors");
        app.post(&set, at(&body, "reviewSettings/fallbackReviewers", crowd(201)))
            .await
            .expect(400)
            .says("reviewSettings/fallbackReviewers");
        let four = vec![body["requestApprovalSettings"]["stages"][1].clone(); 4];
        let many = at(&body, "requestApprovalSettings/stages", json!(four));
        app.post(&set, many).await.expect(400).says("requestApprovalSettings/stages");
        assert_eq!(
            app.get(&format!("{V1}/accessPackages/{package}/assignmentPolicies")).await.expect(200).values().len(),
            0
        );
        // An automatic policy asks nobody.
        let rule = json!([body["specificAllowedTargets"][1]]);
        let mut automatic = at(&body, "specificAllowedTargets", rule);
        automatic["automaticRequestSettings"] = json!({ "requestAccessForAllowedTargets": true });
        app.post(&set, automatic.clone()).await.expect(400).says("requestApprovalSettings/isApprovalRequiredForAdd");
        automatic["requestApprovalSettings"] = json!(null);
        let made = app.post(&set, automatic).await.expect(201);
        assert_eq!(made.json["automaticRequestSettings"]["gracePeriodBeforeAccessRemoval"], "P7D");
    });
}

#[test]
fn every_refusal_on_beta_names_its_setting() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let set = format!("{BETA}/accessPackageAssignmentPolicies");
        let stage = json!({
            "approvalStageTimeOutInDays": 14, "escalationTimeInMinutes": 2880, "isEscalationEnabled": false,
            "primaryApprovers": [{ "@odata.type": "#microsoft.graph.requestorManager" }], "escalationApprovers": [],
        });
        let body = json!({
            "accessPackageId": package, "displayName": "x", "durationInDays": 30,
            "requestApprovalSettings": { "isApprovalRequired": true, "approvalMode": "SingleStage", "approvalStages": [stage] },
            "requestorSettings": { "scopeType": "AllExistingDirectorySubjects", "acceptRequests": true, "allowedRequestors": [] },
            "accessReviewSettings": { "reviewerType": "Self", "recurrenceType": "monthly" },
        });
        app.post(&set, body.clone()).await.expect(201);
        let stage = "requestApprovalSettings/approvalStages[0]";
        for (path, value, names) in [
            ("accessPackageId", json!(null), "accessPackageId"),
            ("accessPackageId", json!("x"), "accessPackageId"),
            ("durationInDays", json!(3661), "durationInDays"),
            ("durationInDays", json!(-1), "durationInDays"),
            ("expirationDateTime", json!("2031-01-01T00:00:00Z"), "durationInDays"),
            ("requestorSettings/scopeType", json!("Everybody"), "requestorSettings/scopeType"),
            ("requestorSettings/scopeType", json!("SpecificDirectorySubjects"), "requestorSettings/allowedRequestors"),
            ("requestApprovalSettings/approvalMode", json!("NoApproval"), "requestApprovalSettings/approvalMode"),
            ("requestApprovalSettings/approvalMode", json!("Serial"), "requestApprovalSettings/approvalMode"),
            ("requestApprovalSettings/approvalMode", json!("x"), "requestApprovalSettings/approvalMode"),
            ("requestApprovalSettings/approvalStages", json!([]), "requestApprovalSettings/approvalStages"),
            (&format!("{stage}/approvalStageTimeOutInDays"), json!(15), &format!("{stage}/approvalStageTimeOutInDays")),
            (&format!("{stage}/isEscalationEnabled"), json!(true), &format!("{stage}/escalationApprovers")),
            (&format!("{stage}/primaryApprovers"), json!([]), &format!("{stage}/primaryApprovers")),
            ("accessReviewSettings/recurrenceType", json!("daily"), "accessReviewSettings/recurrenceType"),
            ("accessReviewSettings/reviewerType", json!("x"), "accessReviewSettings/reviewerType"),
            (
                "accessReviewSettings",
                json!({ "isEnabled": true, "reviewerType": "Reviewers" }),
                "accessReviewSettings/reviewers",
            ),
            ("allowedTargetScope", json!("allMemberUsers"), "allowedTargetScope"),
        ] {
            app.post(&set, at(&body, path, value)).await.expect(400).error("InvalidModel").says(names);
        }
    });
}

#[test]
fn who_may_keep_policies() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let id = policy(&app, &package, "One").await;
        let set = format!("{V1}/assignmentPolicies");
        let path = format!("{set}/{id}");
        let body = json!({ "displayName": "Two", "accessPackage": { "id": package } });

        let other = house.other_tenant().await;
        other.get(&path).await.expect(404);
        other.put(&path, body.clone()).await.expect(404);
        other.delete(&path).await.expect(404);
        other.post(&set, body.clone()).await.expect(404).says("accessPackage/id");
        assert_eq!(other.get(&set).await.expect(200).values().len(), 0);

        let reader = house.app_with(&["EntitlementManagement.Read.All"]).await;
        reader.get(&path).await.expect(200);
        reader.post(&set, body.clone()).await.expect(403);
        reader.put(&path, body.clone()).await.expect(403);
        reader.delete(&path).await.expect(403);
        house.app_with(&["User.Read.All"]).await.get(&path).await.expect(403);
        house.nobody().get(&path).await.expect(401);

        // A member of the tenant without a role sees none, and changes none.
        let member = house.user("ada", &["EntitlementManagement.ReadWrite.All"]).await;
        assert_eq!(member.get(&set).await.expect(200).values().len(), 0);
        member.post(&set, body).await.expect(403);
    });
}

#[test]
fn what_somebody_holds_stays() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let id = policy(&app, &package, "One").await;
        let catalog = app.get(&format!("{V1}/accessPackages/{package}/catalog")).await.expect(200).id();
        let tenant = "SELECT tenant FROM assignment_policy";
        let hex = |id: &str| id.replace('-', "");
        let key = |id: &str| match house.on_sqlite() {
            true => format!("x'{}'", hex(id)),
            false => format!("'{id}'::uuid"),
        };
        let (yes, no, now) = match house.on_sqlite() {
            true => ("1", "0", "0"),
            false => ("true", "false", "now()"),
        };
        // Assignments are made by requests; here one is put where they would be.
        let (package_key, policy, subject) = (key(&package), key(&id), key(NOBODY));
        house
            .plant(&format!(
                "INSERT INTO subject (tenant, id, object_id, subject_type, lifecycle, doc) \
                 SELECT a.tenant, {subject}, {subject}, 1, 1, '{{}}' FROM ({tenant}) AS a LIMIT 1; \
                 INSERT INTO assignment (tenant, id, catalog_id, package_id, policy_id, target_id, state, status, is_current, \
                 is_extended, accepted_at, checked_at, created_at, doc) \
                 SELECT a.tenant, {subject}, {catalog}, {package_key}, {policy}, {subject}, 2, 'Delivered', {yes}, {no}, \
                 {now}, {now}, {now}, '{{}}' FROM ({tenant}) AS a LIMIT 1;",
                catalog = key(&catalog),
            ))
            .await;
        app.delete(&format!("{V1}/assignmentPolicies/{id}")).await.expect(400).says("assignments");
        app.delete(&format!("{V1}/accessPackages/{package}")).await.expect(400).says("assignments");
        house.plant(&format!("DELETE FROM assignment; DELETE FROM subject WHERE id = {subject};")).await;
        app.delete(&format!("{V1}/accessPackages/{package}")).await.expect(204);
        app.get(&format!("{V1}/assignmentPolicies/{id}")).await.expect(404);
    });
}
