//! `kill -9` in the middle of work: what was acknowledged is there when the server comes back, and
//! the house is in order. The real binary, its own folder, no mercy.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "these are tests; helpers between them are not marked as such"
)]

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Database, Store};

const CATALOGS: &str = "/v1.0/identityGovernance/entitlementManagement/catalogs";
const WRITERS: usize = 16;
/// Acknowledged writes before the server is killed, in each of the rounds.
const WRITES: usize = 200;
const ROUNDS: usize = 3;

/// A server that is killed when it is dropped, so that no failed test leaves one behind.
struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // On Unix this is SIGKILL: nothing of the process runs any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn start(data: &Path, http: &reqwest::Client) -> Server {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let child = Command::new(env!("CARGO_BIN_EXE_doorward"))
        .args(["serve", "--dev", "--https", "off", "--http", &format!("127.0.0.1:{port}"), "--data"])
        .arg(data)
        .current_dir(data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut server = Server { child, url: format!("http://127.0.0.1:{port}") };
    for _ in 0..600 {
        if let Ok(answer) = http.get(format!("{}/readyz", server.url)).send().await
            && answer.status() == 200
        {
            return server;
        }
        assert!(server.child.try_wait().unwrap().is_none(), "the server ended by itself");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server doesn't get ready");
}

async fn token(http: &reqwest::Client, url: &str) -> String {
    let answer = http.post(format!("{url}/dev/token")).form(&[("role", "")]).send().await.unwrap();
    let body: Value = answer.json().await.unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}

/// Makes catalogs until the server is gone, and notes those that were acknowledged.
async fn write(http: reqwest::Client, url: String, token: String, name: String, done: Arc<Mutex<Vec<String>>>) {
    for number in 0.. {
        let body = json!({ "displayName": format!("{name} {number}") });
        let request = http.post(format!("{url}{CATALOGS}")).bearer_auth(&token).json(&body);
        let Ok(answer) = request.send().await else { return };
        let status = answer.status();
        // Once the status has come, the write is acknowledged, whatever becomes of the body.
        assert_eq!(status, 201);
        done.lock().unwrap().push(format!("{name} {number}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_kill_9() {
    let data = tempfile::TempDir::with_prefix("doorward-kill-").unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let done = Arc::new(Mutex::new(Vec::new()));
    for round in 1..=ROUNDS {
        let server = start(data.path(), &http).await;
        let token = token(&http, &server.url).await;
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let name = format!("{round} {writer}");
                tokio::spawn(write(http.clone(), server.url.clone(), token.clone(), name, Arc::clone(&done)))
            })
            .collect();
        while done.lock().unwrap().len() < round * WRITES {
            assert!(!writers.iter().any(tokio::task::JoinHandle::is_finished), "a writer gave up");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop(server);
        for writer in writers {
            writer.await.unwrap();
        }
    }
    let server = start(data.path(), &http).await;
    let token = token(&http, &server.url).await;
    let mut there = BTreeSet::new();
    let mut next = Some(format!("{}{CATALOGS}?$select=displayName&$top=999", server.url));
    while let Some(url) = next {
        let page: Value = http.get(url).bearer_auth(&token).send().await.unwrap().json().await.unwrap();
        let names =
            page["value"].as_array().unwrap().iter().map(|each| each["displayName"].as_str().unwrap().to_owned());
        there.extend(names);
        next = page["@odata.nextLink"].as_str().map(str::to_owned);
    }
    let acknowledged = done.lock().unwrap().clone();
    assert!(acknowledged.len() >= ROUNDS * WRITES);
    let lost: Vec<_> = acknowledged.iter().filter(|name| !there.contains(*name)).collect();
    assert!(lost.is_empty(), "{} of {} writes are lost: {lost:?}", lost.len(), acknowledged.len());
    drop(server);
    let store = Store::open(&Database::Sqlite(data.path().join("doorward.db"))).await.unwrap();
    assert_eq!(store.verify().await.unwrap(), []);
}
