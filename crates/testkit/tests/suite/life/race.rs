//! Crossing requests race: whatever comes first, nobody ends up with both keys.

use super::kit::{admin_add, ask, direct, forbid, members, offer, offer_in, policy, settled};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::HashSet;
use testkit::{Answer, Client, on_each_engine};

/// People, each of whom is given both keys at once, from several sides.
const PEOPLE: usize = 60;
/// How often each of the two is asked for.
const TIMES: usize = 4;
/// How often a request is made again that lost too many races.
const TRIES: usize = 20;

#[test]
fn crossing_requests_never_both_win() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let enter = offer(&app, "Enter").await;
        let release = offer_in(&app, &enter.catalog, "Release").await;
        let by_enter = policy(&app, &enter.package, direct()).await;
        let by_release = policy(&app, &release.package, direct()).await;
        for (one, other) in [(&enter.package, &release.package), (&release.package, &enter.package)] {
            forbid(&app, one, other).await;
        }
        let person = async |at: usize| {
            let body = json!({
                "accountEnabled": true, "displayName": format!("Racer {at}"), "mailNickname": format!("racer{at}"),
                "userPrincipalName": format!("racer{at}@doorward.test"),
                "passwordProfile": { "password": "correct horse battery staple" },
            });
            app.post("/v1.0/users", body).await.expect(201).id()
        };
        let mut people = Vec::new();
        for at in 0..PEOPLE {
            people.push(person(at).await);
        }
        // Two servers on one database; on the embedded engine, one with many hands.
        let beside = if house.on_sqlite() { None } else { Some(house.beside(true, Vec::new()).await) };
        let second = beside.as_ref().map(|beside| beside.bearer(app.token()));
        let sides = [&app, second.as_ref().unwrap_or(&app)];
        let mut asked = Vec::new();
        for (at, person) in people.iter().enumerate() {
            for time in 0..TIMES {
                let first = (at + time) % 2;
                for (key, side) in [(first, 0), (1 - first, 1)] {
                    let (package, policy) =
                        if key == 0 { (&enter.package, &by_enter) } else { (&release.package, &by_release) };
                    asked.push(insist(sides[side], admin_add(package, policy, person)));
                }
            }
        }
        let answers = join_all(asked).await;
        let mut accepted = Vec::new();
        for answer in answers {
            match answer.status {
                201 => accepted.push(answer.id()),
                // Refusals name their rule.
                _ => {
                    let answer = answer.expect(400);
                    let known = ["IncompatibleAssignmentExists", "ExistingOpenRequest", "ExistingAssignment"];
                    assert!(known.contains(&answer.code()), "{}", answer.text());
                }
            }
        }
        for request in &accepted {
            settled(&app, request).await;
        }
        let one: HashSet<String> = members(&app, &enter.group).await.into_iter().collect();
        let other: HashSet<String> = members(&app, &release.group).await.into_iter().collect();
        assert!(one.is_disjoint(&other), "{} people hold both keys", one.intersection(&other).count());
        assert_eq!(one.len() + other.len(), PEOPLE, "everybody has one of the two");
    });
}

/// Asks again while it is said that too much happens at once, as a client does.
async fn insist(client: &Client, body: Value) -> Answer {
    let mut answer = ask(client, body.clone()).await;
    for _ in 0..TRIES {
        if answer.status != 503 {
            break;
        }
        answer = ask(client, body.clone()).await;
    }
    answer
}
