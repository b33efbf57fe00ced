//! `kill -9` in the middle of the life of access, fifty times: keys are given, taken, asked for, approved
//! and ended by the clock, and at the end every acknowledged request has come to its end, once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use store::{Database, Store};
use testkit::{Engine, Own};
use tokio::task::JoinSet;

use crate::command::run;
use crate::keys::{EM, Key, all, caller, catalog, days_pass, forbid_each_other, in_order, key, person, settled};
use crate::running::{Caller, Server};

/// On each engine.
const KILLS: usize = 25;
const WRITERS: usize = 6;
const PEOPLE: usize = 24;
/// After how many answers a server is killed, at most. Answers and not time, so that a slow machine proves
/// as much as a fast one.
const ANSWERS: usize = 48;
/// How long it lives on after the last of them, at most: in milliseconds.
const LINGERS: usize = 400;
/// A server that doesn't answer is not waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(30);
/// Who approves.
const APPROVER: &str = "ada@doorward.test";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_survive_kill_9_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Sqlite(folder.path().join("doorward-data").join("doorward.db"));
    killed_again_and_again(&folder, &[], &database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_survive_kill_9_on_postgresql() {
    let Some(server) = std::env::var(testkit::POSTGRES).ok().filter(|url| !url.is_empty()) else { return };
    let own = Own::empty(&Engine::Postgres(server)).await;
    let Database::Postgres(url) = own.database.clone() else { panic!("{:?}", own.database) };
    let folder = tempfile::tempdir().unwrap();
    killed_again_and_again(&folder, &["--database", &url], &own.database).await;
    own.remove().await;
}

/// Numbers that look like chance, and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

/// Two keys that exclude each other, and a third that people ask for.
struct Site {
    keys: Vec<Key>,
    people: Vec<String>,
    names: Vec<String>,
    /// Ids of requests that were acknowledged.
    acknowledged: Mutex<Vec<String>>,
    decisions: AtomicUsize,
    answers: AtomicUsize,
}

async fn killed_again_and_again(folder: &tempfile::TempDir, database: &[&str], place: &Database) {
    let start = || Server::start(folder.path(), &[&["--dev"], database].concat());
    let server = start();
    let site = Arc::new(site(&caller(&server, None).await).await);
    drop(server);
    let mut chance = Chance(0x5eed);
    for round in 0..KILLS {
        let server = start();
        let (app, approver) = (caller(&server, None).await, caller(&server, Some(APPROVER)).await);
        let asker = chance.below(PEOPLE);
        let asker = (asker, caller(&server, Some(&format!("{}@doorward.test", site.names[asker]))).await);
        let over = Arc::new(AtomicBool::new(false));
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let work = Writer {
                site: Arc::clone(&site),
                app: app.clone(),
                approver: approver.clone(),
                asker: asker.clone(),
                chance: Chance((round * WRITERS + writer) as u64 * 7919 + 1),
            };
            writers.spawn(work.until(Arc::clone(&over)));
        }
        let enough = site.answers.load(Ordering::Relaxed) + 1 + chance.below(ANSWERS);
        let since = Instant::now();
        while site.answers.load(Ordering::Relaxed) < enough && since.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(chance.below(LINGERS) as u64)).await;
        server.kill();
        over.store(true, Ordering::Relaxed);
        while let Some(ended) = writers.join_next().await {
            ended.unwrap();
        }
    }
    let server = start();
    at_the_end(&site, &caller(&server, None).await, &caller(&server, Some(APPROVER)).await).await;
    server.stop();
    run(folder.path(), &[&["check"], database].concat()).ok();
    assert_eq!(Store::open(place).await.unwrap().verify().await.unwrap(), []);
}

async fn site(app: &Caller) -> Site {
    let catalog = catalog(app).await;
    let (status, ada) = app.get(&format!("/v1.0/users/{APPROVER}?$select=id")).await;
    assert_eq!(status, 200, "{ada}");
    let stage = json!({
        "durationBeforeAutomaticDenial": "P14D", "isApproverJustificationRequired": false, "isEscalationEnabled": false,
        "fallbackPrimaryApprovers": [], "escalationApprovers": [], "fallbackEscalationApprovers": [],
        "primaryApprovers": [{ "@odata.type": "#microsoft.graph.singleUser", "userId": ada["id"] }],
    });
    let asked_for = json!({
        "allowedTargetScope": "allMemberUsers",
        "requestorSettings": { "enableTargetsToSelfAddAccess": true, "enableTargetsToSelfRemoveAccess": true },
        "requestApprovalSettings": { "isApprovalRequiredForAdd": true, "stages": [stage] },
    });
    let keys = vec![
        key(app, &catalog, "enter", 2, json!({})).await,
        key(app, &catalog, "release", 5, json!({})).await,
        key(app, &catalog, "audit", 3, asked_for).await,
    ];
    forbid_each_other(app, &keys[0], &keys[1]).await;
    let names: Vec<String> = (0..PEOPLE).map(|at| format!("holder{at}")).collect();
    let mut people = Vec::new();
    for name in &names {
        people.push(person(app, name).await);
    }
    Site {
        keys,
        people,
        names,
        acknowledged: Mutex::default(),
        decisions: AtomicUsize::new(0),
        answers: AtomicUsize::new(0),
    }
}

struct Writer {
    site: Arc<Site>,
    app: Caller,
    approver: Caller,
    asker: (usize, Caller),
    chance: Chance,
}

impl Writer {
    async fn until(mut self, over: Arc<AtomicBool>) {
        while !over.load(Ordering::Relaxed) {
            if self.one().await.is_none() {
                return;
            }
            self.site.answers.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Does something; nothing once the server is gone.
    async fn one(&mut self) -> Option<()> {
        let site = Arc::clone(&self.site);
        let person = self.chance.below(PEOPLE);
        let what = self.chance.below(24);
        let set = format!("{EM}/assignmentRequests");
        match what {
            0..14 => {
                let body = site.keys[what % 2].give(&site.people[person]);
                self.ask(&self.app, &set, body).await
            }
            14..18 => {
                let about = json!({ "targetId": site.people[person], "accessPackageId": site.keys[what % 3].package });
                self.ask(&self.app, &set, json!({ "requestType": "adminRemove", "assignment": about })).await
            }
            18..20 => {
                let about = json!({ "accessPackageId": site.keys[2].package });
                let kind = if what == 18 { "userAdd" } else { "userRemove" };
                self.ask(&self.asker.1, &set, json!({ "requestType": kind, "assignment": about })).await
            }
            20..23 => decide(&self.app, &self.approver, &site.decisions).await,
            _ => {
                let path = "/dev/clock";
                self.app.send(reqwest::Method::POST, path, Some(json!({ "advance": "6h" }))).await.ok()?;
                Some(())
            }
        }
    }

    async fn ask(&self, caller: &Caller, set: &str, body: Value) -> Option<()> {
        let what = body.to_string();
        let (status, answer) = caller.send(reqwest::Method::POST, set, Some(body)).await.ok()?;
        match (status, answer["id"].as_str()) {
            (201, Some(id)) => self.site.acknowledged.lock().unwrap().push(id.to_owned()),
            // A rule, or a race that was lost; the rest is nobody's to cause.
            (400 | 404 | 503, _) => {}
            _ => panic!("{what}: {status} {answer}"),
        }
        Some(())
    }
}

/// Approves whatever waits, the first of it first.
async fn decide(app: &Caller, approver: &Caller, decisions: &AtomicUsize) -> Option<()> {
    let waiting = format!("{EM}/assignmentRequests?$filter=state%20eq%20'pendingApproval'&$select=id&$top=1");
    let (_, page) = app.send(reqwest::Method::GET, &waiting, None).await.ok()?;
    let Some(request) = page["value"][0]["id"].as_str() else { return Some(()) };
    let stages = format!("{EM}/accessPackageAssignmentApprovals/{request}/stages");
    let (_, page) = approver.send(reqwest::Method::GET, &stages, None).await.ok()?;
    let Some(stage) = page["value"][0]["id"].as_str() else { return Some(()) };
    let verdict = json!({ "reviewResult": "Approve" });
    let path = format!("{stages}/{stage}");
    let (status, answer) = approver.send(reqwest::Method::PATCH, &path, Some(verdict)).await.ok()?;
    // Somebody else has decided it, or it is over.
    assert!(matches!(status, 204 | 400 | 404 | 409 | 503), "{status} {answer}");
    decisions.fetch_add(usize::from(status == 204), Ordering::Relaxed);
    Some(())
}

async fn at_the_end(site: &Site, app: &Caller, approver: &Caller) {
    settled(app).await;
    let waiting = format!("{EM}/assignmentRequests?$filter=state%20eq%20'pendingApproval'&$select=id");
    while !all(app, &waiting).await.is_empty() {
        decide(app, approver, &site.decisions).await.unwrap();
    }
    settled(app).await;
    let states = in_order(app, &site.keys).await;
    let acknowledged = site.acknowledged.lock().unwrap().clone();
    let is_final = |state: &String| matches!(state.as_str(), "delivered" | "denied" | "deliveryFailed" | "canceled");
    for id in &acknowledged {
        let state = states.get(id).unwrap_or_else(|| panic!("{id} was acknowledged, and is lost"));
        assert!(is_final(state), "{id} is {state}");
    }
    assert!(states.values().all(is_final), "{states:?}");
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    acknowledged.iter().for_each(|id| *ends.entry(&states[id]).or_default() += 1);
    let delivered = ends.get("delivered").copied().unwrap_or_default();
    assert!(delivered > KILLS, "of {} that were acknowledged, {ends:?}: that proves little", acknowledged.len());
    // Time ends the rest, and leaves nothing behind.
    days_pass(app, 30).await;
    settled(app).await;
    in_order(app, &site.keys).await;
    assert!(crate::keys::holders(app).await.is_empty());
}
