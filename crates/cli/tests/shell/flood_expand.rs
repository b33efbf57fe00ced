//! Floods of `$expand`: a short request whose answer would be huge must not take the server's memory,
//! neither alone, nor beside others, nor twenty times in a batch. It must never ask for more at once
//! than a machine with a few gigabytes can stand, should the limits be gone.

#![expect(clippy::print_stdout, reason = "the figures are the point of a flood")]

use crate::keys::{EM, caller, catalog, made};
use crate::running::{Caller, Server};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const MIB: u64 = 1 << 20;
/// Characters in the description of each package.
const DESCRIPTION: usize = 9000;
/// Requests under way at once.
const PARALLEL: usize = 8;
/// Memory that may be resident at any time, above that of the idle server: the budget of all answers
/// (`limits.answer_memory`) is 512 MiB, and the allocator needs some room beside it.
const MOST: u64 = 640 * MIB;
/// What may remain resident, above that of the idle server, once the flood is over: the caches of the
/// database's connections. Without the limits most of the flood remains.
const REMAINS: u64 = 96 * MIB;
/// How long the memory may take to come back.
const PATIENCE: Duration = Duration::from_secs(30);

/// Five levels: every package of a catalog, under its catalog, under every package of the catalog. A hundred
/// packages make a million rows, and 200 MB of text without their descriptions.
fn five_levels() -> String {
    format!(
        "{EM}/accessPackages?$top=100&$expand=catalog($expand=accessPackages($expand=catalog($expand=accessPackages)))"
    )
}

/// So many packages under the catalog of each package, with their descriptions: an answer of
/// megabytes that is within its limits.
fn large(packages: usize, below: usize) -> String {
    format!("{EM}/accessPackages?$top={packages}&$select=id&$expand=catalog($expand=accessPackages($top={below}))")
}

/// One catalog with so many packages, beside those of the sample organization.
async fn packages(app: &Caller, count: usize) {
    let catalog = catalog(app).await;
    let description = "x".repeat(DESCRIPTION);
    for at in 0..count {
        let name = format!("Package {at}");
        let body = json!({ "displayName": name, "description": description, "catalog": { "id": catalog } });
        made(app, &format!("{EM}/accessPackages"), body).await;
    }
}

/// Reads large answers, so many at once; their statuses, and the length of the longest.
async fn read(app: &Caller, times: usize, url: &str) -> (Vec<u16>, usize) {
    let mut sent = JoinSet::new();
    for _ in 0..times {
        let (app, url) = (app.clone(), url.to_owned());
        sent.spawn(async move { app.length(&url).await });
    }
    let (statuses, lengths): (Vec<_>, Vec<_>) = sent.join_all().await.into_iter().unzip();
    (statuses, lengths.into_iter().max().unwrap_or_default())
}

/// Statuses of an answer: its own, and those of the items if it answers a batch.
fn statuses((status, body): &(u16, Value)) -> Vec<u64> {
    let items = body["responses"].as_array().into_iter().flatten();
    std::iter::once(u64::from(*status)).chain(items.filter_map(|item| item["status"].as_u64())).collect()
}

/// Sends the same request so many times at once; every status that came back.
async fn send(app: &Caller, times: usize, batch: bool) -> Vec<u64> {
    let mut sent = JoinSet::new();
    for _ in 0..times {
        let app = app.clone();
        sent.spawn(async move {
            let url = five_levels();
            if !batch {
                return app.get(&url).await;
            }
            let item = |id: usize| json!({ "id": id, "method": "GET", "url": url });
            app.post("/v1.0/$batch", json!({ "requests": (0..20).map(item).collect::<Vec<_>>() })).await
        });
    }
    sent.join_all().await.iter().flat_map(statuses).collect()
}

#[track_caller]
fn holds_at_most(server: &Server, idle: u64, what: &str) {
    let (now, peak) = (server.memory(), server.peak_memory());
    println!("flood: {what}: {} MiB now, {} MiB at most ({} MiB when idle)", now / MIB, peak / MIB, idle / MIB);
    assert!(peak < idle + MOST, "{what}: {} MiB", peak / MIB);
}

/// Waits until the memory is back, near where it was.
#[track_caller]
fn comes_back(server: &Server, idle: u64) {
    let began = Instant::now();
    while server.memory() > idle + REMAINS {
        assert!(
            began.elapsed() < PATIENCE,
            "{} MiB remain of {} MiB",
            server.memory() / MIB,
            server.peak_memory() / MIB
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    println!("flood: {} MiB remain", server.memory() / MIB);
}

async fn flood(count: usize, parallel: usize, batches: usize) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let app = caller(&server, None).await;
    packages(&app, count).await;
    let idle = server.memory();

    let once = send(&app, 1, false).await;
    holds_at_most(&server, idle, "one GET");
    assert_eq!(once, [400]);

    let many = send(&app, parallel, false).await;
    holds_at_most(&server, idle, "GETs in parallel");
    assert!(many.iter().all(|status| matches!(status, 400 | 503)), "{many:?}");

    let batched = send(&app, batches, true).await;
    holds_at_most(&server, idle, "batches of 20 in parallel");
    assert!(batched.iter().all(|status| matches!(status, 200 | 400 | 503)), "{batched:?}");

    // About 20 MB each.
    let (statuses, longest) = read(&app, 4 * parallel, &large(count, 20 * 110 / count)).await;
    holds_at_most(&server, idle, &format!("{} answers of {} MB", statuses.len(), longest / 1_000_000));
    assert!(statuses.contains(&200) && longest > 10_000_000, "{statuses:?} {longest}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 503)), "{statuses:?}");

    comes_back(&server, idle);
    assert_eq!(app.get(&format!("{EM}/accessPackages?$top=1")).await.0, 200);
    server.stop();
}

/// Fewer packages, and one batch: enough to pass every limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expand_flood_short_form_stays_within_memory() {
    flood(60, 2, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: run by ./x test --long"]
async fn expand_flood_stays_within_memory() {
    flood(100, PARALLEL, 4).await;
}
