//! How much an answer, a batch, and all answers together may hold: what passes at the limit, what is
//! refused beyond it, with which words, and that the memory is free again afterwards.

use crate::directory::{add_member, group, user};
use serde_json::{Value, json};
use server::{AnswerLimit, AnswerLimits};
use std::time::{Duration, Instant};
use testkit::{Answer, Client, House, on_each_engine};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const V1: &str = "/v1.0/identityGovernance/entitlementManagement";
const BETA: &str = "/beta/identityGovernance/entitlementManagement";
const PATIENCE: Duration = Duration::from_secs(30);

/// The usual limits, but so many rows in an answer.
fn rows(rows: u64) -> AnswerLimits {
    let usual = AnswerLimits::default();
    AnswerLimits { answer: AnswerLimit { rows, ..usual.answer }, ..usual }
}

/// The usual limits, but so many bytes in an answer.
fn bytes(bytes: u64) -> AnswerLimits {
    let usual = AnswerLimits::default();
    AnswerLimits { answer: AnswerLimit { bytes, ..usual.answer }, ..usual }
}

/// The development client, at a server on the same database with these limits.
async fn limited(house: &House, limits: AnswerLimits) -> Limited {
    let beside = house.beside_with_limits(limits).await;
    let app = beside.bearer(house.app().await.token());
    Limited { app, _beside: beside }
}

struct Limited {
    app: Client,
    _beside: testkit::Beside,
}

/// A catalog with so many packages, each with a description of so many characters.
async fn packages(app: &Client, count: usize, description: usize) -> String {
    let catalog = app.post(&format!("{V1}/catalogs"), json!({ "displayName": "Large" })).await.expect(201).id();
    for at in 0..count {
        let (name, description) = (format!("Package {at}"), "x".repeat(description));
        let body = json!({ "displayName": name, "description": description, "catalog": { "id": catalog } });
        app.post(&format!("{V1}/accessPackages"), body).await.expect(201);
    }
    catalog
}

/// A group with so many members.
async fn members(app: &Client, count: usize) -> String {
    let group = group(app, "Many").await;
    for at in 0..count {
        add_member(app, &group, &user(app, &format!("Member {at}")).await).await;
    }
    group
}

/// An answer that was refused for its size: the part of the request that is named, and the words.
#[track_caller]
fn refused(answer: Answer, target: &str, words: &str) {
    let answer = answer.expect(400).says(words);
    let detail = &answer.json["error"]["details"][0];
    assert_eq!((&detail["code"], &detail["target"]), (&json!("AnswerTooLarge"), &json!(target)), "{}", answer.text());
    assert!(answer.body.len() < 2000, "a refusal is short");
}

#[test]
fn expand_of_shared_entities_counts_every_row_that_is_written() {
    on_each_engine(async |house| {
        let catalog = packages(&house.app().await, 6, 10).await;
        let paths = [
            (
                format!("{V1}/catalogs/{catalog}/accessPackages?$expand=catalog($expand=accessPackages)"),
                "catalog/accessPackages",
            ),
            (
                format!(
                    "{BETA}/accessPackageCatalogs/{catalog}/accessPackages\
                     ?$expand=accessPackageCatalog($expand=accessPackages)"
                ),
                "accessPackageCatalog/accessPackages",
            ),
        ];
        // Six packages, each with the catalog and its six packages.
        let (at, beyond) = (limited(house, rows(48)).await, limited(house, rows(47)).await);
        for (path, navigation) in &paths {
            let page = at.app.get(path).await.expect(200);
            assert_eq!(page.values().len(), 6);
            let answer = beyond.app.get(path).await;
            assert_eq!(answer.code(), "BadRequest");
            refused(answer, "$expand", &format!("'{navigation}', the answer would hold more than 47 rows"));
            beyond.app.get(&format!("{path}&$top=5")).await.expect(200);
        }
    });
}

#[test]
fn expand_is_refused_while_its_rows_are_read() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let group = members(&app, 7).await;
        let (at, beyond) = (limited(house, rows(8)).await, limited(house, rows(7)).await);
        for version in ["/v1.0", "/beta"] {
            let path = format!("{version}/groups/{group}?$expand=members");
            let whole = at.app.get(&path).await.expect(200);
            assert_eq!(whole.json["members"].as_array().map(Vec::len), Some(7));
            let answer = beyond.app.get(&path).await;
            assert_eq!(answer.code(), "Directory_ResultSizeLimitExceeded");
            refused(
                answer,
                "$expand",
                "'members', the answer would hold more than 7 rows. Narrow the $expand with $top",
            );
            // One more than the page holds is read, to know whether there are more.
            beyond.app.get(&format!("{version}/groups/{group}?$expand=members($top=5)")).await.expect(200);
        }
    });
}

#[test]
fn pages_links_properties_and_functions_have_the_same_limit() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let group = members(&app, 3).await;
        let member =
            app.get(&format!("/v1.0/groups/{group}/members?$top=1&$select=id")).await.expect(200).ids().remove(0);
        for name in ["Second", "Third"] {
            add_member(&app, &self::group(&app, name).await, &member).await;
        }
        let (at, beyond) = (limited(house, rows(3)).await, limited(house, rows(2)).await);
        let none = limited(house, rows(0)).await;
        let only = json!({ "securityEnabledOnly": false });
        for version in ["/v1.0", "/beta"] {
            for path in [format!("{version}/groups/{group}/members"), format!("{version}/groups/{group}/members/$ref")]
            {
                assert_eq!(at.app.get(&path).await.expect(200).values().len(), 3, "{path}");
                refused(beyond.app.get(&path).await, "$top", "more than 2 rows. Ask for fewer rows with $top");
                assert_eq!(beyond.app.get(&format!("{path}?$top=1")).await.expect(200).values().len(), 1);
            }
            for action in ["getMemberGroups", "getMemberObjects"] {
                let path = format!("{version}/users/{member}/{action}");
                let all = at.app.post(&path, only.clone()).await.expect(200);
                assert_eq!(all.values().len(), 3, "{path}");
                refused(beyond.app.post(&path, only.clone()).await, "url", "more than 2 rows");
            }
            for path in [
                format!("{version}/groups/{group}/displayName"),
                format!("{version}/groups/{group}/displayName/$value"),
            ] {
                at.app.get(&path).await.expect(200);
                refused(none.app.get(&path).await, "$top", "more than 0 rows");
            }
            none.app.with("ConsistencyLevel", "eventual").get(&format!("{version}/groups/$count")).await.expect(200);
            none.app.get(&format!("{version}/$metadata")).await.expect(200);
        }
    });
}

#[test]
fn documents_are_counted_by_their_bytes() {
    on_each_engine(async |house| {
        let catalog = packages(&house.app().await, 12, 9000).await;
        // Rows and their text, twelve times 9,000 characters each.
        let (enough, less) = (limited(house, bytes(240_000)).await, limited(house, bytes(200_000)).await);
        let rows_alone = limited(house, bytes(100_000)).await;
        for (base, set) in [(V1, "catalogs"), (BETA, "accessPackageCatalogs")] {
            let path = format!("{base}/{set}/{catalog}/accessPackages");
            assert_eq!(enough.app.get(&path).await.expect(200).values().len(), 12);
            refused(less.app.get(&path).await, "$top", "more than 200000 bytes. Ask for fewer rows with $top");
            refused(rows_alone.app.get(&path).await, "$top", "more than 100000 bytes");
            less.app.get(&format!("{path}?$top=10")).await.expect(200);
            less.app.get(&format!("{path}?$select=id,displayName")).await.expect(200);
            let below = format!("{base}/{set}/{catalog}?$expand=accessPackages");
            enough.app.get(&below).await.expect(200);
            refused(
                less.app.get(&below).await,
                "$expand",
                "'accessPackages', the answer would hold more than 200000 bytes",
            );
        }
    });
}

fn get(id: &str, url: &str) -> Value {
    json!({ "id": id, "method": "GET", "url": url })
}

/// Statuses of a batch of these URLs, in their order, and all that was said.
async fn batch(app: &Client, version: &str, urls: &[&str]) -> (Vec<u64>, String) {
    let requests: Vec<Value> = urls.iter().enumerate().map(|(at, url)| get(&at.to_string(), url)).collect();
    let answer = app.post(&format!("{version}/$batch"), json!({ "requests": requests })).await.expect(200);
    let responses = answer.json["responses"].as_array().unwrap();
    (responses.iter().map(|each| each["status"].as_u64().unwrap()).collect(), answer.text())
}

#[test]
fn batch_is_limited_as_a_whole_and_in_each_answer() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let group = members(&app, 5).await;
        let usual = AnswerLimits::default();
        let of = |rows, all| AnswerLimits {
            answer: AnswerLimit { rows, ..usual.answer },
            batch: AnswerLimit { rows: all, ..usual.batch },
            ..usual
        };
        let url = format!("/groups/{group}?$expand=members");
        let both = [url.as_str(), url.as_str()];
        let (at, beyond) = (limited(house, of(6, 12)).await, limited(house, of(6, 11)).await);
        let each = limited(house, of(5, 12)).await;
        for version in ["/v1.0", "/beta"] {
            assert_eq!(batch(&at.app, version, &both).await.0, [200, 200]);
            let (mut statuses, said) = batch(&beyond.app, version, &both).await;
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 400]);
            assert!(
                said.contains("'members', the answers of the batch together would hold more than 11 rows"),
                "{said}"
            );
            let (statuses, said) = batch(&each.app, version, &[url.as_str(), "/groups?$top=1&$select=id"]).await;
            assert_eq!(statuses, [400, 200]);
            assert!(said.contains("'members', the answer would hold more than 5 rows"), "{said}");
        }
    });
}

#[test]
fn batch_is_limited_by_the_bytes_of_all_its_answers() {
    on_each_engine(async |house| {
        let catalog = packages(&house.app().await, 10, 9000).await;
        let usual = AnswerLimits::default();
        let of = |all| AnswerLimits { batch: AnswerLimit { bytes: all, ..usual.batch }, ..usual };
        // Each answer has 90,000 bytes, and as much again while it is made.
        let url = format!("/identityGovernance/entitlementManagement/catalogs/{catalog}/accessPackages");
        let chained = |count: usize| {
            let item = |at: usize| match at {
                0 => get("0", &url),
                _ => json!({ "id": at.to_string(), "method": "GET", "url": url, "dependsOn": [(at - 1).to_string()] }),
            };
            json!({ "requests": (0..count).map(item).collect::<Vec<_>>() })
        };
        let limited = limited(house, of(400_000)).await;
        let statuses = |answer: Answer| -> Vec<u64> {
            let responses = answer.json["responses"].as_array().unwrap();
            responses.iter().map(|each| each["status"].as_u64().unwrap()).collect()
        };
        assert_eq!(statuses(limited.app.post("/v1.0/$batch", chained(3)).await.expect(200)), [200, 200, 200]);
        let four = limited.app.post("/v1.0/$batch", chained(4)).await.expect(200);
        assert!(four.text().contains("the answers of the batch together would hold more than 400000 bytes"));
        assert_eq!(statuses(four), [200, 200, 200, 400]);
    });
}

#[test]
fn writes_are_answered_whatever_their_answers_hold() {
    on_each_engine(async |house| {
        let none = limited(house, rows(0)).await;
        let body =
            json!({ "displayName": "Written", "mailEnabled": false, "mailNickname": "w", "securityEnabled": true });
        none.app.get("/v1.0/groups?$top=1").await.expect(400);
        let made = none.app.post("/v1.0/groups", body.clone()).await.expect(201).id();
        let item = json!({
            "id": "1", "method": "POST", "url": "/groups", "headers": { "Content-Type": "application/json" }, "body": body,
        });
        let answer = none.app.post("/beta/$batch", json!({ "requests": [item] })).await.expect(200);
        assert_eq!(answer.json["responses"][0]["status"], 201, "{}", answer.text());
        let shown = none.app.with("Prefer", "return=representation");
        shown.patch(&format!("/v1.0/groups/{made}"), json!({ "description": "x" })).await.expect(200);
    });
}

/// Asks for an answer, and reads no more than its beginning.
async fn begin(url: &str, path: &str, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0_u8; 15];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    stream
}

/// Asks until the answer is there.
async fn at_last(app: &Client, path: &str) -> Answer {
    let began = Instant::now();
    loop {
        let answer = app.get(path).await;
        if answer.status == 200 || began.elapsed() > PATIENCE {
            return answer.expect(200);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn answers_that_are_not_taken_in_hold_memory_until_the_client_goes() {
    on_each_engine(async |house| {
        let catalog = packages(&house.app().await, 45, 9000).await;
        let limits = AnswerLimits { server: 32 << 20, ..AnswerLimits::default() };
        let beside = house.beside_with_limits(limits).await;
        let app = beside.bearer(house.app().await.token());
        // 18 MB: more than the kernel takes in of a connection that nobody reads.
        let path = format!("{V1}/catalogs/{catalog}/accessPackages?$select=id&$expand=catalog($expand=accessPackages)");
        for _ in 0..4 {
            let answer = app.get(&path).await.expect(200);
            assert!(answer.body.len() > 16 << 20, "{}", answer.body.len());
        }

        let slow = begin(beside.url(), &path, app.token()).await;
        let busy = app.get(&path).await.expect(503).error("ServiceUnavailable");
        assert_eq!(busy.header("retry-after"), "1");
        assert!(!busy.text().contains("answer_memory"), "{}", busy.text());
        let url = path.trim_start_matches("/v1.0");
        let (statuses, said) = batch(&app, "/v1.0", &[url, "/groups?$top=1"]).await;
        assert_eq!(statuses, [503, 200]);
        assert!(said.contains("Retry-After"), "{said}");
        // Small answers have room left for them, and writes are answered.
        app.get(&format!("{V1}/accessPackages?$select=id")).await.expect(200);
        group(&app, "Written meanwhile").await;

        drop(slow);
        at_last(&app, &path).await;
        // Clients that hang up at once leave nothing behind either.
        for _ in 0..3 {
            drop(begin(beside.url(), &path, app.token()).await);
            at_last(&app, &path).await;
        }
    });
}
