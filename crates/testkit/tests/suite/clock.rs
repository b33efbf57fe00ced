//! Tenants' time: moved by `/dev/clock`, seen by requests and by the work that waits; and what stays in
//! real time, tokens above all.

use crate::login::support::{APP, TENANT, claims, post, store};
use crate::steps::V1;
use domain::outcome::{Lane, Task};
use serde_json::{Value, json};
use server::Clock;
use store::work::Clocks;
use testkit::{Answer, Client, House, on_each_engine, on_sqlite, until};

const DAY: i64 = 86_400;
const OTHER: &str = "other.test";

/// Microseconds of a time in an answer.
fn micros(value: &Value) -> i64 {
    odata_time(value.as_str().unwrap_or_default()).unwrap_or_else(|| panic!("{value} is no time"))
}

fn odata_time(text: &str) -> Option<i64> {
    Some(text.parse::<jiff::Timestamp>().ok()?.as_microsecond())
}

/// How many days ahead of real time a time is, to a minute.
#[track_caller]
fn assert_ahead(value: &Value, days: i64) {
    let off = micros(value) - Clock.now() - days * DAY * 1_000_000;
    assert!(off.abs() < 60_000_000, "{value} isn't {days} days ahead");
}

/// Moves the clock, and waits until what that makes due is done.
pub async fn clock(house: &House, wish: Value) -> Answer {
    house.nobody().post("/dev/clock", wish).await.expect(200)
}

async fn created(client: &Client, name: &str) -> Value {
    let made = client.post(&format!("{V1}/catalogs"), json!({ "displayName": name })).await.expect(201);
    made.json["createdDateTime"].clone()
}

#[test]
fn a_moved_clock_shows_in_what_is_made_and_tokens_stay_in_real_time() {
    on_each_engine(async |house| {
        let before = house.app().await;
        let answer = clock(house, json!({ "advance": "14d" })).await;
        assert_eq!(answer.json["tenant"], TENANT.to_string());
        assert_eq!(answer.json["offsetSeconds"], 14 * DAY);
        assert_eq!(answer.json["tasksDue"], 0);
        assert_ahead(&answer.json["now"], 14);
        // The token from before is good, and knows nothing of it; nor does one from after.
        assert_ahead(&created(&before, "later").await, 14);
        let after = house.app().await;
        for token in [&before, &after] {
            let claims = claims(token.token());
            let left = claims["exp"].as_i64().unwrap() - Clock.seconds();
            assert!((1..=2 * 3600).contains(&left), "{claims}");
        }
        assert_ahead(&created(&after, "later too").await, 14);
        // A change counts from there as well.
        let id = house.catalog_id("later").await;
        after.patch(&format!("{V1}/catalogs/{id}"), json!({ "description": "changed" })).await.expect(204);
        let changed = after.get(&format!("{V1}/catalogs/{id}")).await.expect(200);
        assert_ahead(&changed.json["modifiedDateTime"], 14);
        // In whole days from where it was, and back to real time.
        assert_eq!(clock(house, json!({ "advance": "P7D" })).await.json["offsetSeconds"], 21 * DAY);
        clock(house, json!({ "reset": true })).await;
        assert_ahead(&created(&after, "now").await, 0);
    });
}

#[test]
fn each_tenant_has_a_clock_of_its_own() {
    on_each_engine(async |house| {
        let (app, other) = (house.app().await, house.other_tenant().await);
        clock(house, json!({ "tenant": OTHER, "advance": "1w" })).await;
        assert_ahead(&created(&other, "later").await, 7);
        assert_ahead(&created(&app, "now").await, 0);
        let shown = house.nobody().get(&format!("/dev/clock?tenant={OTHER}")).await.expect(200);
        assert_eq!((&shown.json["offsetSeconds"], &shown.json["tasksDue"]), (&json!(7 * DAY), &json!(0)));
        assert_eq!(house.nobody().get("/dev/clock").await.expect(200).json["offsetSeconds"], 0);
    });
}

#[test]
fn what_the_new_time_makes_due_is_done_before_the_answer() {
    on_each_engine(async |house| {
        let (store, now) = (store(house).await, Clock.now());
        let uuid = |number: i64| match house.on_sqlite() {
            true => format!("x'{number:032x}'"),
            false => format!("'00000000-0000-0000-0000-{number:012x}'"),
        };
        let tenant = match house.on_sqlite() {
            true => format!("x'{}'", TENANT.simple()),
            false => format!("'{TENANT}'"),
        };
        // Every kind of task (`Task::ALL`), about things that are gone: nothing is left to be done.
        for kind in 1..=10 {
            let due = now + kind * DAY * 1_000_000;
            house.plant(&format!("INSERT INTO task VALUES ({tenant}, {kind}, {}, {due}, 0)", uuid(kind))).await;
        }
        let waiting = async || store.tasks_due_of(TENANT, now + 30 * DAY * 1_000_000).await.unwrap().0;
        assert_eq!(waiting().await, 10);
        // Each is in its lane.
        let later = now + 30 * DAY * 1_000_000;
        for lane in [Lane::Prompt, Lane::Broad] {
            let mut found = store.tasks_due(lane, later, Clocks::Real, 100).await.unwrap();
            found.sort_by_key(|due| due.task);
            let tasks: Vec<Task> = found.iter().map(|due| due.task).collect();
            let expected: Vec<Task> = Task::ALL.into_iter().filter(|task| task.lane() == lane).collect();
            assert_eq!(tasks, expected);
        }
        assert_eq!(clock(house, json!({ "advance": "60h" })).await.json["tasksDue"], 0);
        assert_eq!(waiting().await, 8);
        assert_eq!(clock(house, json!({ "advance": "2w" })).await.json["tasksDue"], 0);
        assert_eq!(waiting().await, 0);
    });
}

#[test]
fn another_server_on_the_same_database_follows() {
    on_each_engine(async |house| {
        let beside = house.beside(true, Vec::new()).await;
        clock(house, json!({ "advance": "2d" })).await;
        let app = beside.bearer(house.app().await.token());
        let mut attempt = 0;
        until(async || {
            attempt += 1;
            micros(&created(&app, &format!("attempt {attempt}")).await) - Clock.now() > DAY * 1_000_000
        })
        .await;
    });
}

#[test]
fn secrets_are_in_real_time() {
    on_sqlite(async |house| {
        clock(house, json!({ "advance": "P10Y" })).await;
        let app = house.app().await;
        let found = app.get(&format!("/v1.0/applications?$select=id&$filter=appId%20eq%20'{APP}'")).await.expect(200);
        let path = format!("/v1.0/applications/{}/addPassword", found.ids()[0]);
        let made = app.post(&path, json!({ "passwordCredential": { "displayName": "x" } })).await.expect(200);
        assert_ahead(&made.json["startDateTime"], 0);
        let secret = made.json["secretText"].as_str().unwrap();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", APP),
            ("client_secret", secret),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let answer = post(&house.nobody(), &format!("/{TENANT}/oauth2/v2.0/token"), &form).await;
        assert!(answer.json["access_token"].is_string(), "{}", answer.text());
    });
}

#[test]
fn forms_and_json_say_the_same() {
    on_sqlite(async |house| {
        let nobody = house.nobody();
        let answer = post(&nobody, "/dev/clock", &[("tenant", &TENANT.to_string()), ("advance", "1w 1d")]).await;
        assert_eq!(answer.expect(200).json["offsetSeconds"], 8 * DAY);
        let at = "2101-01-31T09:00:00Z";
        let answer = post(&nobody, "/dev/clock", &[("set", at)]).await.expect(200);
        let after = micros(&answer.json["now"]) - odata_time(at).unwrap();
        assert!((0..60_000_000).contains(&after), "{}", answer.text());
        assert_eq!(post(&nobody, "/dev/clock", &[("reset", "true")]).await.expect(200).json["offsetSeconds"], 0);
    });
}

#[test]
fn what_it_says_no_to() {
    on_sqlite(async |house| {
        clock(house, json!({ "advance": "1d" })).await;
        for (wish, field, words) in [
            (json!({ "advance": "soon" }), "advance", "not 'soon'"),
            (json!({ "advance": "-1d" }), "advance", "forward"),
            (json!({ "advance": "P101Y" }), "advance", "a hundred years"),
            (json!({ "set": "soon" }), "set", "not 'soon'"),
            (json!({ "set": "2020-01-01T00:00:00Z" }), "set", "only 'reset'"),
            (json!({ "set": "9999-01-01T00:00:00Z" }), "set", "a hundred years"),
            (json!({ "tenant": "nowhere.test", "reset": true }), "tenant", "'nowhere.test'"),
            (json!({}), "body", "'advance', 'set' and 'reset'"),
            (json!({ "reset": false }), "body", "'advance', 'set' and 'reset'"),
            (json!({ "reset": true, "advance": "1d" }), "body", "'advance', 'set' and 'reset'"),
            (json!({ "reset": "maybe" }), "body", "reset"),
            (json!({ "forward": "1d" }), "body", "`forward`"),
            (json!([]), "body", ""),
        ] {
            let answer = house.nobody().post("/dev/clock", wish).await;
            assert_eq!((answer.status, &answer.json["error"]["details"][0]["target"]), (400, &json!(field)));
            assert!(answer.message().to_lowercase().contains(words), "{}", answer.text());
        }
        let answer = house.nobody().get("/dev/clock?tennant=other.test").await;
        assert!(answer.status == 400 && answer.message().contains("tennant"), "{}", answer.text());
        let answer = house.nobody().delete("/dev/clock").await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, POST"));
        // And none of that has moved it.
        assert_eq!(house.nobody().get("/dev/clock").await.expect(200).json["offsetSeconds"], DAY);
    });
}

#[test]
fn without_dev_there_is_no_clock_to_move_and_a_moved_one_counts_for_nothing() {
    on_each_engine(async |house| {
        clock(house, json!({ "advance": "14d" })).await;
        let beside = house.beside(false, Vec::new()).await;
        for method in ["GET", "POST"] {
            assert_eq!(beside.nobody().send(method, "/dev/clock", None).await.status, 404);
        }
        let app = beside.bearer(house.app().await.token());
        assert_ahead(&created(&app, "now").await, 0);
    });
}
