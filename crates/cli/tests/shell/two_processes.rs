//! Two processes on one PostgreSQL: thousands of crossing requests race through both, one of the two is
//! killed in the middle, and whatever was to be done is done once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use store::{Database, Store};
use testkit::{Engine, Own};
use tokio::task::JoinSet;

use crate::command::run;
use crate::keys::{EM, Key, all, caller, catalog, days_pass, forbid_each_other, in_order, key, person, settled};
use crate::running::{Caller, Server};

const PEOPLE: usize = 160;
/// How often each of the two keys is asked for, for each person, half of it by each process.
const TIMES: usize = 8;
/// Requests under way at once, to each process.
const HANDS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_do_everything_once() {
    let Some(server) = std::env::var(testkit::POSTGRES).ok().filter(|url| !url.is_empty()) else { return };
    let own = Own::empty(&Engine::Postgres(server)).await;
    let Database::Postgres(url) = own.database.clone() else { panic!("{:?}", own.database) };
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let flags = ["--dev", "--database", &url];
    let servers = [Server::start(folders[0].path(), &flags), Server::start(folders[1].path(), &flags)];
    let app = caller(&servers[0], None).await;
    let (keys, people) = site(&app).await;

    let asked = Arc::new(AtomicUsize::new(0));
    let mut hands = JoinSet::new();
    for (at, server) in servers.iter().enumerate() {
        let app = caller(server, None).await;
        for hand in 0..HANDS {
            let work = (app.clone(), keys.clone(), people.clone(), Arc::clone(&asked));
            hands.spawn(ask(work, at, hand));
        }
    }
    // The second process goes in the middle of it, and whatever it was about to do is done by the first.
    while asked.load(Ordering::Relaxed) < PEOPLE * TIMES {
        assert!(hands.try_join_next().is_none_or(|ended| ended.is_ok()), "a hand gave up");
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    servers[1].kill();
    let mut acknowledged = Vec::new();
    while let Some(ended) = hands.join_next().await {
        acknowledged.extend(ended.unwrap());
    }
    settled(&app).await;

    let states = in_order(&app, &keys[..2]).await;
    for id in &acknowledged {
        let state = states.get(id).unwrap_or_else(|| panic!("{id} was acknowledged, and is lost"));
        assert!(matches!(state.as_str(), "delivered" | "deliveryFailed"), "{id} is {state}");
    }
    let holders = crate::keys::holders(&app).await;
    let held: usize = holders.values().map(BTreeSet::len).sum();
    assert_eq!(held, PEOPLE, "everybody has one of the two");
    // One row for each role that was given.
    let beta = "/beta/identityGovernance/entitlementManagement/accessPackageAssignmentResourceRoles?$top=200";
    assert_eq!(all(&app, beta).await.len(), held);

    // Time ends all of it while both are there again; each ending is done once.
    let second = Server::start(folders[1].path(), &flags);
    days_pass(&app, 2).await;
    settled(&app).await;
    in_order(&app, &keys[..2]).await;
    assert!(crate::keys::holders(&app).await.is_empty());
    let removals = format!("{EM}/assignmentRequests?$filter=requestType%20eq%20'systemRemove'&$select=id&$top=200");
    assert_eq!(all(&app, &removals).await.len(), held);
    assert_eq!(all(&app, beta).await.len(), 0);

    second.stop();
    let [first, _] = servers;
    first.stop();
    run(folders[0].path(), &["check", "--database", &url]).ok();
    assert_eq!(Store::open(&own.database).await.unwrap().verify().await.unwrap(), []);
    own.remove().await;
}

async fn site(app: &Caller) -> (Vec<Key>, Vec<String>) {
    let catalog = catalog(app).await;
    let keys = vec![
        key(app, &catalog, "enter", 1, serde_json::json!({})).await,
        key(app, &catalog, "release", 1, serde_json::json!({})).await,
    ];
    forbid_each_other(app, &keys[0], &keys[1]).await;
    let mut people = Vec::new();
    for at in 0..PEOPLE {
        people.push(person(app, &format!("racer{at}")).await);
    }
    (keys, people)
}

type Work = (Caller, Vec<Key>, Vec<String>, Arc<AtomicUsize>);

/// Asks for the one key and the other for a share of the people, beginning with another one in each
/// process; gives the ids that were acknowledged.
async fn ask((app, keys, people, asked): Work, side: usize, hand: usize) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for time in 0..TIMES {
        for person in people.iter().skip(hand).step_by(HANDS) {
            let body = keys[(time + side) % 2].give(person);
            let sent = app.send(reqwest::Method::POST, &format!("{EM}/assignmentRequests"), Some(body)).await;
            asked.fetch_add(1, Ordering::Relaxed);
            // The second process is gone, and nobody asks it any more.
            let Ok((status, answer)) = sent else { return acknowledged };
            match (status, answer["id"].as_str(), answer["error"]["code"].as_str()) {
                (201, Some(id), _) => acknowledged.push(id.to_owned()),
                (400, _, Some("IncompatibleAssignmentExists" | "ExistingOpenRequest" | "ExistingAssignment")) => {}
                (503, ..) => {}
                _ => panic!("{status} {answer}"),
            }
        }
    }
    acknowledged
}
