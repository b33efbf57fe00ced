//! Mail: who is told what, when, and where it is seen; and that a letter that can't be sent is tried
//! again and keeps none from going.

use super::kit::{
    advance, approved_by, ask, assign, assignments, decide, direct, for_all, letter, letters, members, offer, policy,
    remove, settled, until, user_add, with,
};
use super::smtp::Smtp;
use crate::steps::V1;
use serde_json::json;
use testkit::{House, on_each_engine, on_each_engine_with_mail, on_sqlite};

const EM: &str = "EntitlementManagement.ReadWrite.All";

async fn events(house: &House, to: &str) -> Vec<String> {
    let letters = letters(house, to).await;
    letters.iter().map(|letter| letter["event"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn approvers_hear_of_a_request_and_the_requestor_of_its_end() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger & <Co>").await;
        policy(&app, &offer.package, approved_by(&[&house.user_id("ada").await])).await;
        let eve = house.user("eve", &[EM]).await;
        let body = with(user_add(&offer.package), json!({ "justification": "For <b>May</b>" }));
        let request = ask(&eve, body).await.expect(201).id();
        let wanted = letter(house, "ada", "approvalWanted").await;
        assert_eq!(wanted["subject"], "Approval wanted: Eve Evers asks for Ledger & <Co>");
        assert!(wanted["text"].as_str().unwrap().contains("For <b>May</b>"));
        assert!(wanted["html"].as_str().unwrap().contains("For &#60;b&#62;May"));
        assert!(letters(house, "eve").await.is_empty());

        decide(&house.user("ada", &[EM]).await, &request, json!({ "reviewResult": "Approve" })).await;
        letter(house, "eve", "accessDelivered").await;
        letter(house, "eve", "requestApproved").await;
        assert_eq!(letters(house, "eve").await.len(), 2);
        assert_eq!(letters(house, "ada").await.len(), 1);

        // The page says the same to a person, as text.
        let page = house.nobody().get("/dev/mail").await.expect(200);
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.text().contains("Ledger &#38; &#60;Co&#62;") && !page.text().contains("<b>May"));
    });
}

#[test]
fn a_denial_is_told_with_its_reason_and_so_is_silence() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        policy(&app, &offer.package, approved_by(&[&house.user_id("ada").await])).await;
        let eve = house.user("eve", &[EM]).await;
        let request = ask(&eve, user_add(&offer.package)).await.expect(201).id();
        settled(&app, &request).await;
        let verdict = json!({ "reviewResult": "Deny", "justification": "Not in May" });
        decide(&house.user("ada", &[EM]).await, &request, verdict).await;
        let denied = letter(house, "eve", "requestDenied").await;
        assert!(denied["text"].as_str().unwrap().contains("Reason: Not in May"), "{denied}");

        let ben = house.user("ben", &[EM]).await;
        let request = ask(&ben, user_add(&offer.package)).await.expect(201).id();
        settled(&app, &request).await;
        advance(house, "15d").await;
        let denied = letter(house, "ben", "requestDenied").await;
        assert!(denied["text"].as_str().unwrap().contains("Nobody decided"), "{denied}");
    });
}

#[test]
fn members_of_a_group_are_written_to_and_so_are_those_to_whom_it_escalates() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let mut body = approved_by(&["x"]);
        let stage = &mut body["requestApprovalSettings"]["stages"][0];
        stage["primaryApprovers"] = json!([{ "@odata.type": "#microsoft.graph.groupMembers", "groupId": house.group_id("Payment clerks").await }]);
        stage["isEscalationEnabled"] = json!(true);
        stage["durationBeforeEscalation"] = json!("P2D");
        stage["escalationApprovers"] =
            json!([{ "@odata.type": "#microsoft.graph.singleUser", "userId": house.user_id("dan").await }]);
        policy(&app, &offer.package, body).await;
        // Ben is a clerk himself: Cho alone is asked.
        let ben = house.user("ben", &[EM]).await;
        ask(&ben, user_add(&offer.package)).await.expect(201);
        letter(house, "cho", "approvalWanted").await;
        advance(house, "3d").await;
        letter(house, "dan", "approvalEscalated").await;
        assert!(letters(house, "ben").await.is_empty());
        assert_eq!(events(house, "cho").await, ["approvalWanted"]);
    });
}

#[test]
fn the_end_is_told_two_weeks_and_a_day_before_and_when_it_comes() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let month = json!({ "expiration": { "type": "afterDuration", "duration": "P30D" } });
        let policy = policy(&app, &offer.package, with(direct(), month)).await;
        assign(&app, &offer.package, &policy, &house.user_id("eve").await).await;
        letter(house, "eve", "accessDelivered").await;
        advance(house, "15d").await;
        assert_eq!(assignments(&app, &offer.package).await[0]["status"], "Delivered");
        advance(house, "2d").await;
        letter(house, "eve", "accessEndsInTwoWeeks").await;
        advance(house, "12d 6h").await;
        letter(house, "eve", "accessEndsTomorrow").await;
        assert_eq!(assignments(&app, &offer.package).await[0]["status"], "NearExpiry1DayNotificationTriggered");
        advance(house, "1d").await;
        letter(house, "eve", "accessEnded").await;
        assert!(members(&app, &offer.group).await.is_empty());
        let expected = ["accessEnded", "accessEndsTomorrow", "accessEndsInTwoWeeks", "accessDelivered"];
        assert_eq!(events(house, "eve").await, expected);
    });
}

#[test]
fn an_extension_moves_the_notices_and_a_short_access_has_only_the_last() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let week = json!({ "expiration": { "type": "afterDuration", "duration": "P7D" } });
        policy(&app, &offer.package, with(for_all(), week)).await;
        let eve = house.user("eve", &[EM]).await;
        let request = ask(&eve, user_add(&offer.package)).await.expect(201).id();
        let assignment = settled(&app, &request).await["assignment"]["id"].clone();
        advance(house, "6d 6h").await;
        letter(house, "eve", "accessEndsTomorrow").await;
        let extension = json!({ "requestType": "userUpdate", "assignment": { "id": assignment } });
        let extension = ask(&eve, extension).await.expect(201).id();
        assert_eq!(settled(&app, &extension).await["state"], "delivered");
        assert_eq!(assignments(&app, &offer.package).await[0]["status"], "Delivered");
        advance(house, "5d").await;
        assert_eq!(assignments(&app, &offer.package).await[0]["status"], "Delivered");
        advance(house, "1d 6h").await;
        until(async || letters(house, "eve").await.len() == 3).await;
        assert_eq!(events(house, "eve").await, ["accessEndsTomorrow", "accessEndsTomorrow", "accessDelivered"]);
    });
}

#[test]
fn a_policy_may_want_silence() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (quiet, loud) = (offer(&app, "Quiet").await, offer(&app, "Loud").await);
        let silence = json!({ "notificationSettings": { "isAssignmentNotificationDisabled": true } });
        let silent = policy(&app, &quiet.package, with(direct(), silence)).await;
        let noisy = policy(&app, &loud.package, direct()).await;
        let eve = house.user_id("eve").await;
        assign(&app, &quiet.package, &silent, &eve).await;
        assign(&app, &loud.package, &noisy, &eve).await;
        letter(house, "eve", "accessDelivered").await;
        assert_eq!(letters(house, "eve").await.len(), 1);
    });
}

#[test]
fn without_a_mail_server_nothing_is_written_outside_of_development() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        policy(&app, &offer.package, approved_by(&[&house.user_id("ada").await])).await;
        let request = ask(&house.user("eve", &[EM]).await, user_add(&offer.package)).await.expect(201).id();
        letter(house, "ada", "approvalWanted").await;
        let beside = house.beside(false, Vec::new()).await;
        assert_eq!(beside.nobody().send("GET", "/dev/mail", None).await.status, 404);
        // That process decides, and has nobody to write letters for.
        let ada = beside.bearer(house.user("ada", &[EM]).await.token());
        decide(&ada, &request, json!({ "reviewResult": "Deny" })).await;
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        assert!(letters(house, "eve").await.is_empty());
    });
}

#[test]
fn letters_go_by_smtp_again_when_they_must_and_one_bad_one_holds_up_none() {
    let smtp = Smtp::start();
    on_each_engine_with_mail(&smtp.settings(), async |house| {
        let before = smtp.letters().len();
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let (ben, eve) = (house.user_id("ben").await, house.user_id("eve").await);
        app.patch(&format!("/v1.0/users/{ben}"), json!({ "mail": "ben@refused.test" })).await.expect(204);
        assign(&app, &offer.package, &policy, &ben).await;
        // The server knows nobody of that name: the letter is given up, and the operator sees it.
        until(async || house.verify().await.iter().any(|found| found.promise.contains("outbox"))).await;
        smtp.be_busy(1);
        assign(&app, &offer.package, &policy, &eve).await;
        until(async || house.verify().await.len() == 2).await;
        assert_eq!(smtp.letters().len(), before);
        // The waits are in the tenant's time.
        advance(house, "1m").await;
        until(async || smtp.letters().len() == before + 1).await;
        let letter = smtp.to("eve@doorward.test").pop().unwrap();
        for header in [
            "From: Doorward <door@doorward.test>",
            "Subject: You have access to Ledger",
            "Auto-Submitted: auto-generated",
            "Message-ID: <",
            "text/plain",
            "text/html",
        ] {
            assert!(letter.contains(header), "no '{header}' in {letter}");
        }
        // In development it is shown as well.
        super::kit::letter(house, "eve", "accessDelivered").await;
        house.plant("DELETE FROM outbox WHERE state = 2").await;
    });
}

#[test]
fn the_inbox_names_what_it_does_not_know() {
    on_sqlite(async |house| {
        let answer = house.nobody().get("/dev/mail?form=eve").await;
        assert!(answer.status == 400 && answer.message().contains("form"), "{}", answer.text());
        let answer = house.nobody().send("DELETE", "/dev/mail", None).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET"));
    });
}

#[test]
fn a_guest_hears_at_the_address_that_was_invited() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let settings = json!({
            "externalUserLifecycleAction": "blockSignInAndDelete",
            "durationUntilExternalUserDeletedAfterBlocked": "P30D",
        });
        app.patch(&format!("{V1}/settings"), settings).await.expect(204);
        let offer = offer(&app, "Ledger").await;
        let policy = policy(&app, &offer.package, direct()).await;
        let invite = json!({
            "requestType": "adminAdd",
            "assignment": {
                "target": { "email": "ida@partner.example" }, "assignmentPolicyId": policy,
                "accessPackageId": offer.package,
            },
        });
        let inbox = house.nobody().with("accept", "application/json");
        let heard = async |times: usize| {
            let letters = inbox.get("/dev/mail?to=ida@partner.example").await.expect(200);
            letters.values().iter().filter(|letter| letter["event"] == "accessDelivered").count() == times
        };
        let request = ask(&app, invite.clone()).await.expect(201).id();
        let held = settled(&app, &request).await;
        until(async || heard(1).await).await;
        // The sign-in is blocked after the only assignment, and open again with the next.
        remove(&app, &held).await;
        let request = ask(&app, invite).await.expect(201).id();
        assert_eq!(settled(&app, &request).await["state"], "delivered");
        until(async || heard(2).await).await;
        assert_eq!(inbox.get("/dev/mail").await.expect(200).values().len(), 2);
    });
}
