//! Where a request may say from when and until when: beside its assignment, in it, and on beta by the end alone.

use super::kit::{Offer, SUBJECT, direct, for_all, offer, offer_in, policy, settled, with};
use crate::steps::{BETA, V1};
use serde_json::{Value, json};
use testkit::{Answer, Client, on_each_engine};

/// An end that the test's own clock doesn't reach.
const END: &str = "2098-03-01T00:00:00Z";
const OTHER_END: &str = "2098-07-01T00:00:00Z";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Surface {
    V1,
    Beta,
}

const SURFACES: [Surface; 2] = [Surface::V1, Surface::Beta];

impl Surface {
    fn assignment(self) -> &'static str {
        match self {
            Surface::V1 => "assignment",
            Surface::Beta => "accessPackageAssignment",
        }
    }

    async fn ask(self, client: &Client, request_type: &str, assignment: Value, beside: Value) -> Answer {
        let set = match self {
            Surface::V1 => format!("{V1}/assignmentRequests"),
            Surface::Beta => format!("{BETA}/accessPackageAssignmentRequests"),
        };
        let body = with(json!({ "requestType": request_type }), beside);
        client.post(&set, with(body, json!({ self.assignment(): assignment }))).await
    }
}

fn until(end: &str) -> Value {
    json!({ "schedule": { "expiration": { "type": "afterDateTime", "endDateTime": end } } })
}

/// The end of what a request has led to, once it has settled: null where there is none.
async fn end(app: &Client, answer: Answer) -> Value {
    let request = settled(app, &answer.expect(201).id()).await;
    assert_eq!(request["state"], "delivered", "{request}");
    request["assignment"]["schedule"]["expiration"]["endDateTime"].clone()
}

fn same_time(one: &Value, other: &str) -> bool {
    one.as_str().is_some_and(|text| text.trim_end_matches('Z').starts_with(other.trim_end_matches('Z')))
}

#[track_caller]
fn ends(found: &Value, wanted: &str) {
    assert!(same_time(found, wanted), "the assignment ends {found}, not {wanted}");
}

/// A package whose target asks for themselves, and their manager for them, with a schedule of their choice.
async fn freely(app: &Client, offer: &Offer) -> String {
    let mut body = for_all();
    body["requestorSettings"]["enableOnBehalfRequestorsToAddAccess"] = json!(true);
    body["requestorSettings"]["onBehalfRequestors"] =
        json!([{ "@odata.type": "#microsoft.graph.targetManager", "managerLevel": 1 }]);
    policy(app, &offer.package, body).await
}

#[test]
fn a_schedule_inside_the_assignment_is_honoured_for_every_request_type() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let first = offer(&app, "Ledger 0").await;
        let (ada, ben) = (house.user("ada", &[SUBJECT]).await, house.user("ben", &[SUBJECT]).await);
        let ben_id = house.user_id("ben").await;
        for (number, surface) in SURFACES.into_iter().enumerate() {
            for (at, (client, kind, update_by, update)) in [
                (&app, "adminAdd", &app, "adminUpdate"),
                (&ben, "userAdd", &ben, "userUpdate"),
                (&ada, "onBehalfAdd", &app, "adminUpdate"),
            ]
            .into_iter()
            .enumerate()
            {
                let offer = offer_in(&app, &first.catalog, &format!("Ledger {number} {at}")).await;
                let asked = freely(&app, &offer).await;
                let named = json!({
                    "accessPackageId": offer.package, "assignmentPolicyId": asked, "targetId": ben_id,
                });
                let answer = surface.ask(client, kind, with(named, until(END)), json!({})).await;
                let request = answer.json["id"].as_str().unwrap_or_default().to_owned();
                ends(&end(&app, answer).await, END);
                // The request shows what it asked for.
                let shown = app.get(&format!("{V1}/assignmentRequests/{request}?$expand=assignment")).await.expect(200);
                ends(&shown.json["schedule"]["expiration"]["endDateTime"], END);
                let held = json!({ "id": shown.json["assignment"]["id"] });
                let answer = surface.ask(update_by, update, with(held, until(OTHER_END)), json!({})).await;
                ends(&end(&app, answer).await, OTHER_END);
            }
        }
    });
}

#[test]
fn a_schedule_beside_the_assignment_wins_over_one_inside() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let first = offer(&app, "Ledger").await;
        let ben = house.user_id("ben").await;
        for (number, surface) in SURFACES.into_iter().enumerate() {
            let offer = offer_in(&app, &first.catalog, &format!("Ledger {number}")).await;
            let asked = policy(&app, &offer.package, direct()).await;
            let named = json!({ "accessPackageId": offer.package, "assignmentPolicyId": asked, "targetId": ben });
            let answer = surface.ask(&app, "adminAdd", with(named, until(END)), until(OTHER_END)).await;
            ends(&end(&app, answer).await, OTHER_END);
        }
    });
}

#[test]
fn a_schedule_inside_the_assignment_is_checked_as_one_beside_it() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let month = json!({ "expiration": { "type": "afterDuration", "duration": "P30D" } });
        let asked = policy(&app, &offer.package, with(direct(), month)).await;
        let ben = house.user_id("ben").await;
        let named = json!({ "accessPackageId": offer.package, "assignmentPolicyId": asked, "targetId": ben });
        for surface in SURFACES {
            for (expiration, says) in [
                (json!({ "type": "afterDuration", "duration": "P31D" }), "schedule/expiration"),
                (json!({ "type": "afterDuration" }), "schedule/expiration/duration"),
                (json!({ "type": "afterDateTime" }), "schedule/expiration/endDateTime"),
                // An end or a duration that its type has no use for.
                (json!({ "type": "noExpiration", "endDateTime": END }), "schedule/expiration/endDateTime"),
                (json!({ "duration": "P1D" }), "schedule/expiration/duration"),
                (json!({ "type": "notSpecified", "duration": "P1D" }), "schedule/expiration/duration"),
            ] {
                let inside = with(named.clone(), json!({ "schedule": { "expiration": expiration } }));
                surface.ask(&app, "adminAdd", inside, json!({})).await.expect(400).says(says);
                let beside = json!({ "schedule": { "expiration": expiration } });
                surface.ask(&app, "adminAdd", named.clone(), beside).await.expect(400).says(says);
            }
        }
        // A user chooses a time only where the policy lets them.
        let mut fixed = for_all();
        fixed["requestorSettings"]["allowCustomAssignmentSchedule"] = json!(false);
        policy(&app, &offer.package, fixed).await;
        let ben = house.user("ben", &[SUBJECT]).await;
        let named = json!({ "accessPackageId": offer.package });
        for surface in SURFACES {
            let inside = with(named.clone(), until(END));
            surface.ask(&ben, "userAdd", inside, json!({})).await.expect(400).says("schedule");
        }
    });
}

#[test]
fn beta_says_the_end_alone() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let asked = policy(&app, &offer.package, direct()).await;
        let ben = house.user_id("ben").await;
        let named = json!({ "accessPackageId": offer.package, "assignmentPolicyId": asked, "targetId": ben });
        let end_alone = |end: &str| json!({ "expirationDateTime": end });
        let surface = Surface::Beta;
        // In the assignment there is no such property; and two ends are one too many.
        let inside = with(named.clone(), end_alone(END));
        surface.ask(&app, "adminAdd", inside, json!({})).await.expect(400).says("expirationDateTime");
        let two = with(until(OTHER_END), end_alone(END));
        surface.ask(&app, "adminAdd", named.clone(), two).await.expect(400).says("expirationDateTime");
        let two = with(named.clone(), until(OTHER_END));
        surface.ask(&app, "adminAdd", two, end_alone(END)).await.expect(400).says("expirationDateTime");
        Surface::V1.ask(&app, "adminAdd", named.clone(), end_alone(END)).await.expect(400).says("expirationDateTime");

        let answer = surface.ask(&app, "adminAdd", named, end_alone(END)).await.expect(201);
        ends(&answer.json["expirationDateTime"], END);
        let request = settled(&app, &answer.id()).await;
        ends(&request["assignment"]["schedule"]["expiration"]["endDateTime"], END);
        let held = json!({ "id": request["assignment"]["id"] });
        let both = with(until(OTHER_END), end_alone(OTHER_END));
        let answer = surface.ask(&app, "adminUpdate", held, both).await;
        ends(&end(&app, answer).await, OTHER_END);
    });
}

#[test]
fn a_removal_takes_no_schedule_but_the_assignments_own() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let offer = offer(&app, "Ledger").await;
        let asked = freely(&app, &offer).await;
        let (ben, ben_id) = (house.user("ben", &[SUBJECT]).await, house.user_id("ben").await);
        for surface in SURFACES {
            let named = json!({ "accessPackageId": offer.package, "assignmentPolicyId": asked, "targetId": ben_id });
            let answer = surface.ask(&app, "adminAdd", named, until(END)).await.expect(201);
            let held = json!({ "id": settled(&app, &answer.id()).await["assignment"]["id"] });
            for (client, kind) in [(&app, "adminRemove"), (&ben, "userRemove")] {
                surface.ask(client, kind, held.clone(), until(END)).await.expect(400).says("'schedule'");
            }
            if surface == Surface::Beta {
                let later = json!({ "expirationDateTime": END });
                surface.ask(&app, "adminRemove", held.clone(), later).await.expect(400).says("expirationDateTime");
            }
            // Drawn in the assignment it is what the assignment has.
            let answer = surface.ask(&app, "adminRemove", with(held, until(END)), json!({})).await.expect(201);
            assert_eq!(settled(&app, &answer.id()).await["state"], "delivered");
        }
    });
}
