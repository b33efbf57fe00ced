//! People from outside: invited by their first assignment, let in by their organization, and gone after
//! their last.

use super::kit::{
    SUBJECT, admin_add, advance, ask, assign, direct, for_all, members, offer, policy, remove, settled, stage, until,
    user_add, with,
};
use crate::organizations::guest;
use crate::steps::{BETA, V1, link};
use serde_json::{Value, json};
use testkit::{Client, on_each_engine};

/// Gives somebody something, so that there is a subject of theirs.
pub async fn subject_of(app: &Client, user: &str) {
    let offer = offer(app, &format!("For {user}")).await;
    let policy = policy(app, &offer.package, direct()).await;
    assign(app, &offer.package, &policy, user).await;
}

async fn organization(app: &Client, state: &str) -> String {
    let body = json!({
        "displayName": "Partner", "state": state,
        "identitySources": [{
            "@odata.type": "#microsoft.graph.domainIdentitySource", "domainName": "partner.example",
        }],
    });
    app.post(&format!("{V1}/connectedOrganizations"), body).await.expect(201).id()
}

fn invite(package: &str, policy: &str, email: &str) -> Value {
    json!({
        "requestType": "adminAdd",
        "assignment": { "target": { "email": email }, "assignmentPolicyId": policy, "accessPackageId": package },
    })
}

async fn user(app: &Client, id: &str) -> Value {
    let select = "$select=id,displayName,mail,userPrincipalName,userType,accountEnabled,externalUserState";
    app.get(&format!("/v1.0/users/{id}?{select}")).await.expect(200).json
}

/// The object behind the target of a request.
async fn target_of(app: &Client, request: &str) -> String {
    let path = format!("{V1}/assignmentRequests/{request}?$expand=requestor");
    app.get(&path).await.expect(200).json["requestor"]["objectId"].as_str().unwrap().to_owned()
}

#[test]
fn an_address_nobody_has_is_invited() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let organization = organization(&app, "configured").await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let request = ask(&app, invite(&offer.package, &policy, "Ida@Partner.example")).await.expect(201).id();
        assert_eq!(settled(&app, &request).await["state"], "delivered");
        let ida = target_of(&app, &request).await;
        let made = user(&app, &ida).await;
        assert_eq!(made["mail"], "Ida@Partner.example");
        assert_eq!(made["userPrincipalName"], "Ida_Partner.example#EXT#@doorward.test");
        assert_eq!(made["userType"], "Guest");
        assert_eq!(made["externalUserState"], "PendingAcceptance");
        assert_eq!(made["accountEnabled"], true);
        assert_eq!(members(&app, &offer.group).await, std::slice::from_ref(&ida));
        let subject = app.get(&format!("{V1}/subjects(objectId='{ida}')?$expand=connectedOrganization")).await;
        let subject = subject.expect(200).json;
        assert_eq!(subject["subjectLifecycle"], "governed");
        assert_eq!(subject["connectedOrganization"]["id"], json!(organization));
        // Asked again, it is the same person, who has it already.
        let again = invite(&offer.package, &policy, "ida@partner.EXAMPLE");
        ask(&app, again).await.expect(400).error("ExistingAssignment");
        let log = "/v1.0/auditLogs/directoryAudits?$filter=activityDisplayName%20eq%20'Invite%20external%20user'";
        assert_eq!(app.get(log).await.expect(200).values().len(), 1);
    });
}

#[test]
fn beta_invites_too_and_who_is_here_is_found_by_any_address() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let body = json!({
            "requestType": "AdminAdd",
            "accessPackageAssignment": {
                "target": { "email": "ida@partner.example" }, "assignmentPolicyId": policy,
                "accessPackageId": offer.package,
            },
        });
        let request = app.post(&format!("{BETA}/accessPackageAssignmentRequests"), body).await.expect(201).id();
        settled(&app, &request).await;
        assert_eq!(user(&app, &target_of(&app, &request).await).await["userType"], "Guest");
        // Ben has a further address, and eve one alone.
        let ben = house.user_id("ben").await;
        let change = json!({ "otherMails": ["ben@home.example", "b@home.example"] });
        app.patch(&format!("/v1.0/users/{ben}"), change).await.expect(204);
        let request = ask(&app, invite(&offer.package, &policy, "B@home.example")).await.expect(201).id();
        settled(&app, &request).await;
        assert_eq!(target_of(&app, &request).await, ben);
        let request = ask(&app, invite(&offer.package, &policy, "eve@doorward.test")).await.expect(201).id();
        settled(&app, &request).await;
        assert_eq!(target_of(&app, &request).await, house.user_id("eve").await);
    });
}

#[test]
fn what_is_wrong_with_an_address_is_named_and_nobody_is_made() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy_id = policy(&app, &offer.package, direct()).await;
        policy(&app, &offer.package, for_all()).await;
        for email in ["ida", "@partner.example", "ida@partner", "i da@partner.example", "nobody@doorward.test"] {
            ask(&app, invite(&offer.package, &policy_id, email)).await.expect(400).says("target/email");
        }
        let mut own = invite(&offer.package, &policy_id, "ida@partner.example");
        own["requestType"] = json!("userAdd");
        let eve = house.user("eve", &[SUBJECT]).await;
        ask(&eve, own).await.expect(400).says("target/email");
        // A request that is refused leaves nobody behind.
        let other = super::kit::offer(&app, "Other").await;
        ask(&app, invite(&other.package, &policy_id, "ida@partner.example")).await.expect(400);
        let found = app.get("/v1.0/users?$filter=mail%20eq%20'ida@partner.example'").await.expect(200);
        assert!(found.values().is_empty());
    });
}

#[test]
fn people_of_an_organization_ask_where_it_is_let_in() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let organization = organization(&app, "proposed").await;
        let offer = offer(&app, "Ledger").await;
        let ida = guest(&app, "ida", "ida@partner.example").await;
        guest(&app, "lou", "lou@elsewhere.example").await;
        let (ida_asks, lou) = (house.user("ida", &[SUBJECT]).await, house.user("lou", &[SUBJECT]).await);
        let scope = |scope: &str, targets: Value| {
            with(for_all(), json!({ "allowedTargetScope": scope, "specificAllowedTargets": targets }))
        };
        let unknown = json!([{
            "@odata.type": "#microsoft.graph.connectedOrganizationMembers",
            "connectedOrganizationId": crate::steps::NOBODY,
        }]);
        let unknown = with(
            scope("specificConnectedOrganizationUsers", unknown),
            json!({ "accessPackage": { "id": offer.package } }),
        );
        app.post(&format!("{V1}/assignmentPolicies"), unknown).await.expect(404).says("specificAllowedTargets");
        let configured =
            policy(&app, &offer.package, scope("allConfiguredConnectedOrganizationUsers", json!([]))).await;
        // The catalog keeps to itself, and the organization is only proposed.
        ask(&ida_asks, user_add(&offer.package)).await.expect(400).error("NotInPolicyScope");
        let open = json!({ "isExternallyVisible": true });
        app.patch(&format!("{V1}/catalogs/{}", offer.catalog), open).await.expect(204);
        ask(&ida_asks, user_add(&offer.package)).await.expect(400).error("NotInPolicyScope");
        let mine = format!("{V1}/accessPackages/filterByCurrentUser(on='allowedRequestor')");
        assert!(ida_asks.get(&mine).await.expect(200).values().is_empty());
        let state = json!({ "state": "configured" });
        app.patch(&format!("{V1}/connectedOrganizations/{organization}"), state).await.expect(204);
        assert_eq!(ida_asks.get(&mine).await.expect(200).ids(), [offer.package.as_str()]);
        let shut = json!({ "isExternallyVisible": false });
        app.patch(&format!("{V1}/catalogs/{}", offer.catalog), shut).await.expect(204);
        assert!(ida_asks.get(&mine).await.expect(200).values().is_empty());
        ask(&ida_asks, user_add(&offer.package)).await.expect(400).error("NotInPolicyScope");
        app.patch(&format!("{V1}/catalogs/{}", offer.catalog), json!({ "isExternallyVisible": true }))
            .await
            .expect(204);
        let request = ask(&ida_asks, user_add(&offer.package)).await.expect(201).id();
        let done = settled(&app, &request).await;
        assert_eq!(done["state"], "delivered", "{done}");
        ask(&lou, user_add(&offer.package)).await.expect(400).error("NotInPolicyScope");
        let back = json!({ "requestType": "userRemove", "assignment": { "id": done["assignment"]["id"] } });
        settled(&app, &ask(&ida_asks, back).await.expect(201).id()).await;
        app.delete(&format!("{V1}/assignmentPolicies/{configured}")).await.expect(204);

        let named = json!([{
            "@odata.type": "#microsoft.graph.connectedOrganizationMembers", "connectedOrganizationId": organization,
        }]);
        policy(&app, &offer.package, scope("specificConnectedOrganizationUsers", named)).await;
        ask(&lou, user_add(&offer.package)).await.expect(400).error("NotInPolicyScope");
        let request = ask(&ida_asks, user_add(&offer.package)).await.expect(201).id();
        assert_eq!(settled(&app, &request).await["state"], "delivered");
        assert_eq!(members(&app, &offer.group).await, [ida]);
        let removed = app.delete(&format!("{V1}/connectedOrganizations/{organization}")).await;
        removed.expect(400).says("subjects");
        policy(&app, &offer.package, scope("allExternalUsers", json!([]))).await;
        let request = ask(&lou, user_add(&offer.package)).await.expect(201).id();
        assert_eq!(settled(&app, &request).await["state"], "delivered");
        // The tenant's own people are not from outside.
        let eve = house.user("eve", &[SUBJECT]).await;
        ask(&eve, user_add(&offer.package)).await.expect(400).error("NotInPolicyScope");
    });
}

#[test]
fn an_organization_stays_while_a_policy_names_it() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let organization = organization(&app, "configured").await;
        let offer = offer(&app, "Ledger").await;
        let named = json!([{
            "@odata.type": "#microsoft.graph.connectedOrganizationMembers",
            "connectedOrganizationId": organization.to_uppercase(),
        }]);
        let body = with(
            for_all(),
            json!({ "allowedTargetScope": "specificConnectedOrganizationUsers", "specificAllowedTargets": named }),
        );
        let policy = policy(&app, &offer.package, body).await;
        let path = format!("{V1}/connectedOrganizations/{organization}");
        app.delete(&path).await.expect(400).says("assignmentPolicies");
        app.delete(&format!("{V1}/assignmentPolicies/{policy}")).await.expect(204);
        app.delete(&path).await.expect(204);
    });
}

#[test]
fn sponsors_decide_about_their_organizations_people() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let organization = organization(&app, "configured").await;
        let offer = offer(&app, "Ledger").await;
        let open = json!({ "isExternallyVisible": true });
        app.patch(&format!("{V1}/catalogs/{}", offer.catalog), open).await.expect(204);
        guest(&app, "ida", "ida@partner.example").await;
        let boss = guest(&app, "boss", "boss@partner.example").await;
        for (sponsors, id) in [("internalSponsors", house.user_id("ada").await), ("externalSponsors", boss)] {
            let path = format!("{V1}/connectedOrganizations/{organization}/{sponsors}/$ref");
            app.post(&path, link(format!("https://graph.microsoft.com/v1.0/users/{id}"))).await.expect(204);
        }
        let stage = |kind: &str| stage(json!({ "@odata.type": format!("#microsoft.graph.{kind}") }));
        let body = with(
            for_all(),
            json!({
                "allowedTargetScope": "allConfiguredConnectedOrganizationUsers",
                "requestApprovalSettings": {
                    "isApprovalRequiredForAdd": true, "isApprovalRequiredForUpdate": false,
                    "stages": [stage("internalSponsors"), stage("externalSponsors")],
                },
            }),
        );
        policy(&app, &offer.package, body).await;
        let ida = house.user("ida", &[SUBJECT]).await;
        let request = ask(&ida, user_add(&offer.package)).await.expect(201).id();
        assert_eq!(settled(&app, &request).await["state"], "pendingApproval");
        for (name, other, refusal) in [("ada", "boss", 404), ("boss", "ada", 403)] {
            let stages = format!("{V1}/accessPackageAssignmentApprovals/{request}/stages");
            let approver = house.user(name, &[]).await;
            let seen = approver.get(&stages).await.expect(200);
            let open = seen.values().iter().find(|stage| stage["status"] == "InProgress").unwrap();
            assert_eq!(open["assignedToMe"], true, "{name}");
            let path = format!("{stages}/{}", open["id"].as_str().unwrap());
            let approve = json!({ "reviewResult": "Approve" });
            // The other one has no say in this stage, whether theirs is over or yet to come.
            house.user(other, &[]).await.patch(&path, approve.clone()).await.expect(refusal);
            approver.patch(&path, approve).await.expect(204);
        }
        assert_eq!(settled(&app, &request).await["state"], "delivered");
    });
}

async fn cleanup_at(app: &Client, object: &str) -> Value {
    let path = format!("{BETA}/subjects(objectId='{object}')");
    app.get(&path).await.expect(200).json["cleanupScheduledDateTime"].clone()
}

#[test]
fn after_the_last_assignment_a_guest_is_blocked_and_then_deleted() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (one, two) = (offer(&app, "One").await, offer(&app, "Two").await);
        let first = policy(&app, &one.package, direct()).await;
        let second = policy(&app, &two.package, direct()).await;
        let invited = ask(&app, invite(&one.package, &first, "ida@partner.example")).await.expect(201).id();
        let invited = settled(&app, &invited).await;
        let ida = target_of(&app, invited["id"].as_str().unwrap()).await;
        let more = assign(&app, &two.package, &second, &ida).await;
        remove(&app, &invited).await;
        assert_eq!(user(&app, &ida).await["accountEnabled"], true, "she holds the other one");
        remove(&app, &more).await;
        assert_eq!(user(&app, &ida).await["accountEnabled"], false);
        assert!(cleanup_at(&app, &ida).await.is_string());
        // A new assignment takes it all back.
        let again = assign(&app, &two.package, &second, &ida).await;
        assert_eq!(user(&app, &ida).await["accountEnabled"], true);
        assert!(cleanup_at(&app, &ida).await.is_null());
        advance(house, "31d").await;
        remove(&app, &again).await;
        assert_eq!(user(&app, &ida).await["accountEnabled"], false);
        advance(house, "29d").await;
        assert_eq!(user(&app, &ida).await["accountEnabled"], false, "she is there still");
        advance(house, "2d").await;
        app.get(&format!("/v1.0/users/{ida}")).await.expect(404);
        app.get(&format!("/v1.0/directory/deletedItems/{ida}")).await.expect(200);
    });
}

#[test]
fn only_those_whom_doorward_answers_for_are_touched_and_as_the_settings_say() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let ida = guest(&app, "ida", "ida@partner.example").await;
        let eve = house.user_id("eve").await;
        for user_id in [&ida, &eve] {
            let held = assign(&app, &offer.package, &policy, user_id).await;
            remove(&app, &held).await;
            assert_eq!(user(&app, user_id).await["accountEnabled"], true);
        }
        let path = |id: &str| format!("{V1}/subjects(objectId='{id}')");
        for id in [&ida, &eve] {
            app.patch(&path(id), json!({ "subjectLifecycle": "governed" })).await.expect(204);
        }
        let held = assign(&app, &offer.package, &policy, &eve).await;
        remove(&app, &held).await;
        assert_eq!(user(&app, &eve).await["accountEnabled"], true, "she is no guest");
        for (action, enabled, deleted) in
            [("none", true, false), ("blockSignIn", false, false), ("blockSignInAndDelete", false, true)]
        {
            app.patch(&format!("{V1}/settings"), json!({ "externalUserLifecycleAction": action })).await.expect(204);
            let held = assign(&app, &offer.package, &policy, &ida).await;
            assert_eq!(user(&app, &ida).await["accountEnabled"], true, "before {action}");
            remove(&app, &held).await;
            assert_eq!(user(&app, &ida).await["accountEnabled"], enabled, "{action}");
            assert_eq!(cleanup_at(&app, &ida).await.is_string(), deleted, "{action}");
        }
        // Who is not governed any more is not deleted any more.
        app.patch(&path(&ida), json!({ "subjectLifecycle": "notGoverned" })).await.expect(204);
        assert!(cleanup_at(&app, &ida).await.is_null());
        // What an administrator blocked, no assignment unblocks.
        app.patch(&format!("/v1.0/users/{ida}"), json!({ "accountEnabled": true })).await.expect(204);
        app.patch(&path(&ida), json!({ "subjectLifecycle": "governed" })).await.expect(204);
        let held = assign(&app, &offer.package, &policy, &ida).await;
        app.patch(&format!("/v1.0/users/{ida}"), json!({ "accountEnabled": false })).await.expect(204);
        remove(&app, &held).await;
        ask(&app, admin_add(&offer.package, &policy, &ida)).await.expect(201);
        until(async || cleanup_at(&app, &ida).await.is_null()).await;
        assert_eq!(user(&app, &ida).await["accountEnabled"], false);
    });
}
