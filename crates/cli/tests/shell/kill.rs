//! `kill -9` in the middle of work, again and again: what was acknowledged is there when the server
//! comes back, and the house is in order.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use store::Database;
use testkit::{Engine, Own};
use tokio::task::JoinSet;

use crate::command::run;
use crate::running::{Caller, Server};

const CATALOGS: &str = "/v1.0/identityGovernance/entitlementManagement/catalogs";
const WRITERS: usize = 16;
/// Acknowledged writes before the server is killed, in each of the rounds.
const WRITES: usize = 200;
const ROUNDS: usize = 3;

type Acknowledged = Arc<Mutex<Vec<String>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_kill_9_on_sqlite() {
    killed_again_and_again("").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_kill_9_on_postgresql() {
    // Who runs tests without PostgreSQL is told so by the kit's own suite.
    let Some(server) = std::env::var(testkit::POSTGRES).ok().filter(|url| !url.is_empty()) else { return };
    let own = Own::empty(&Engine::Postgres(server)).await;
    let Database::Postgres(url) = own.database.clone() else { panic!("{:?}", own.database) };
    killed_again_and_again(&url).await;
    own.remove().await;
}

/// On this database; on the folder's own when it is empty.
async fn killed_again_and_again(database: &str) {
    let folder = tempfile::tempdir().unwrap();
    let database = if database.is_empty() { Vec::new() } else { vec!["--database", database] };
    let start = || Server::start(folder.path(), &[&["--dev"], database.as_slice()].concat());
    let acknowledged = Acknowledged::default();
    for round in 1..=ROUNDS {
        let server = start();
        write(&server, folder.path(), round, &acknowledged).await;
    }
    let server = start();
    let there = names(&Caller::new(&server, server.token(folder.path()))).await;
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() >= ROUNDS * WRITES);
    let lost: Vec<_> = acknowledged.iter().filter(|name| !there.contains(*name)).collect();
    assert!(lost.is_empty(), "{} of {} writes are lost: {lost:?}", lost.len(), acknowledged.len());
    server.stop();
    run(folder.path(), &[&["check"], database.as_slice()].concat()).ok();
}

/// Makes catalogs with many hands, kills the server in the middle of it, and notes what it had acknowledged.
async fn write(server: &Server, folder: &Path, round: usize, acknowledged: &Acknowledged) {
    let caller = Caller::new(server, server.token(folder));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (caller, acknowledged) = (caller.clone(), Arc::clone(acknowledged));
        writers.spawn(async move {
            for number in 0.. {
                let name = format!("{round} {writer} {number}");
                let status = caller.status(CATALOGS, json!({ "displayName": name })).await;
                // Once the status has come, the write is acknowledged, whatever becomes of the body.
                match status {
                    Some(201) => acknowledged.lock().unwrap().push(name),
                    Some(other) => panic!("{name}: {other}"),
                    // The server is gone.
                    None => return,
                }
            }
        });
    }
    while acknowledged.lock().unwrap().len() < round * WRITES {
        assert!(writers.try_join_next().is_none(), "a writer gave up");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    server.kill();
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
}

/// What all catalogs are called, page by page.
async fn names(caller: &Caller) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut next = Some(format!("{CATALOGS}?$select=displayName&$top=999"));
    while let Some(path) = next {
        let (status, page) = caller.get(&path).await;
        assert_eq!(status, 200, "{path}: {page}");
        let of_page = page["value"].as_array().unwrap().iter().map(|row| row["displayName"].as_str().unwrap());
        names.extend(of_page.map(str::to_owned));
        next = page["@odata.nextLink"].as_str().map(|link| caller.path(link));
    }
    names
}
