//! Clients that hang up at each await point of a request, and code that panics there: database work
//! ends whole or not at all, and no later request notices.

use crate::steps::{V1, catalog, group, package};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::Database;
use store::fault_injection::{Fault, Order, injector};
use testkit::{Client, House, on_each_engine, on_postgres};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than anything here takes on a busy machine.
const BOUND: Duration = Duration::from_secs(30);
/// Time for a server to notice that a client has hung up, where it may not be able to.
const NOTICED: Duration = Duration::from_millis(50);
/// More database operations than any of these requests needs.
const OPERATIONS: usize = 120;
/// Twice the connections of the pool: each is used again.
const BYSTANDERS: usize = 64;

/// What a batch is called among the requests.
const BATCH: &str = "writes in a batch";

/// A request as the bytes of a connection of its own.
struct RawRequest(String);

impl RawRequest {
    fn new(method: &str, path: &str, token: &str, body: &Value) -> RawRequest {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let authorization = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
        let length = body.len();
        RawRequest(format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}Content-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        ))
    }

    async fn send(&self, house: &House) -> TcpStream {
        let mut stream = TcpStream::connect(house.host()).await.unwrap();
        stream.write_all(self.0.as_bytes()).await.unwrap();
        stream
    }
}

/// Ends the client's side, and waits until the server has ended its own: then the request is dropped.
async fn hang_up(mut stream: TcpStream) {
    stream.shutdown().await.unwrap();
    timeout(BOUND, closed(&mut stream)).await.expect("the server closes the connection");
}

async fn closed(stream: &mut TcpStream) {
    // A connection that is reset is closed as well.
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

/// The status of an answer; none when the connection was closed without one.
async fn status(stream: &mut TcpStream) -> Option<u16> {
    let mut head = [0; 12];
    timeout(BOUND, stream.read_exact(&mut head)).await.expect("an answer").ok()?;
    std::str::from_utf8(&head[9..]).ok()?.parse().ok()
}

async fn reached(order: &Order<'_>) {
    while !order.is_reached() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Requests of others: as many as meet every connection of a pool, at once.
async fn bystanders_succeed(house: &House, app: &Client) {
    let mut requests = tokio::task::JoinSet::new();
    for number in 0..BYSTANDERS {
        let app = app.clone();
        let path = match number % 4 {
            0 => "/readyz".to_owned(),
            1 => format!("{V1}/catalogs?$expand=accessPackages&$top=2"),
            2 => format!("{V1}/accessPackages?$top=1"),
            _ => "/v1.0/groups?$top=1".to_owned(),
        };
        requests.spawn(async move { (app.get(&path).await, path) });
    }
    while let Some(answer) = requests.join_next().await {
        let (answer, path) = answer.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    assert_eq!(house.verify().await, []);
}

/// Requests of every kind of database work; each call makes bodies that nobody has sent before.
async fn requests(house: &House, app: &Client) -> Vec<(&'static str, Box<dyn Fn(usize) -> RawRequest>)> {
    let catalog = catalog(app, "Interrupted").await;
    let package = package(app, &catalog, "Interrupted").await;
    let token = Arc::<str>::from(app.token());
    let request = |method: &'static str, path: String, body: fn(usize, &str) -> Value| {
        let (token, catalog) = (Arc::clone(&token), catalog.clone());
        let raw = move |number: usize| {
            RawRequest::new(method, &path.replace("{number}", &number.to_string()), &token, &body(number, &catalog))
        };
        Box::new(raw) as Box<dyn Fn(usize) -> RawRequest>
    };
    let new_package = |number: usize, catalog: &str| json!({ "displayName": format!("Interrupted {number}"), "catalog": { "id": catalog } });
    let batch = |number: usize, catalog: &str| {
        let item = |id: usize| {
            json!({
                "id": id.to_string(), "method": "POST",
                "url": "/identityGovernance/entitlementManagement/accessPackages",
                "headers": { "Content-Type": "application/json" },
                "body": { "displayName": format!("Batch {number} {id}"), "catalog": { "id": catalog } },
            })
        };
        json!({ "requests": [item(1), item(2)] })
    };
    let none = |_: usize, _: &str| Value::Null;
    let secret = Box::new(|_: usize| {
        let form = "grant_type=client_credentials&client_id=22222222-2222-4222-8222-222222222222\
                    &client_secret=doorward-dev-secret&scope=https://graph.microsoft.com/.default";
        RawRequest(format!(
            "POST /11111111-1111-4111-8111-111111111111/oauth2/v2.0/token HTTP/1.1\r\nHost: localhost\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ))
    });
    let group = group(app, "Interrupted").await;
    assert_eq!(house.verify().await, []);
    vec![
        ("a write that is shown", request("POST", format!("{V1}/accessPackages"), new_package)),
        (
            "a change",
            request(
                "PATCH",
                format!("{V1}/accessPackages/{package}"),
                |number, _| json!({ "description": format!("Changed {number}") }),
            ),
        ),
        (BATCH, request("POST", "/v1.0/$batch".to_owned(), batch)),
        ("a list with an expansion", request("GET", format!("{V1}/catalogs?$expand=accessPackages&$top=2"), none)),
        ("one row", request("GET", format!("/v1.0/groups/{group}?$select=id,displayName"), none)),
        ("readiness", request("GET", "/readyz".to_owned(), none)),
        ("a token", secret),
    ]
}

#[test]
fn request_whose_client_hangs_up_at_any_database_operation_ends_whole_or_not_at_all() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let injector = injector(house.database());
        let is_embedded = matches!(house.database(), Database::Sqlite(_));
        for (what, request) in requests(house, &app).await {
            let mut hung_up = 0;
            for number in 0..OPERATIONS {
                let order = injector.order(Fault::Pause, number);
                let mut stream = request(number).send(house).await;
                let answered = tokio::select! {
                    () = reached(&order) => None,
                    status = status(&mut stream) => Some(status),
                };
                if answered.is_none() {
                    stream.shutdown().await.unwrap();
                    // The embedded engine reads a single row without awaiting; then the server can't notice.
                    let limit = if is_embedded { NOTICED } else { BOUND };
                    let noticed = timeout(limit, closed(&mut stream)).await;
                    assert!(is_embedded || noticed.is_ok(), "{what}, {number}: the server closes the connection");
                    hung_up += 1;
                }
                drop(order);
                if let Some(status) = answered {
                    assert!(matches!(status, Some(200 | 201 | 204)), "{what}, {number}: {status:?}");
                    break;
                }
            }
            assert!((1..OPERATIONS).contains(&hung_up), "{what}: hung up at {hung_up} operations");
            bystanders_succeed(house, &app).await;
        }
    });
}

#[test]
fn panic_at_any_database_operation_fails_that_request_alone() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let injector = injector(house.database());
        for (what, request) in requests(house, &app).await {
            let (mut failed, mut succeeded) = (0, 0);
            for number in 0..OPERATIONS {
                let order = injector.order(Fault::Panic, number);
                let mut stream = request(number + OPERATIONS).send(house).await;
                let status = status(&mut stream).await;
                let reached = order.is_reached();
                drop(order);
                // A batch answers 200 whatever its items say. The worker's own operations are counted, too:
                // when it is one of those that fails, the request succeeds.
                match status {
                    Some(200 | 201 | 204) if !reached => break,
                    Some(200 | 201 | 204) => succeeded += 1,
                    Some(500 | 503) if reached => failed += 1,
                    other => panic!("{what}, {number}: {other:?}"),
                }
            }
            assert!((1..OPERATIONS).contains(&(failed + succeeded)), "{what}: {failed} failed, {succeeded} didn't");
            assert!(failed > 0 || what == BATCH, "{what}: {succeeded} succeeded in spite of a panic");
            bystanders_succeed(house, &app).await;
        }
    });
}

#[test]
fn client_that_hangs_up_while_a_table_is_locked_leaves_no_open_transaction() {
    on_postgres(async |house| {
        let Database::Postgres(url) = house.database() else { panic!("{:?}", house.database()) };
        let app = house.app().await;
        let catalog = catalog(&app, "Locked").await;
        let (locker, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        for round in 0..4 {
            locker.batch_execute("BEGIN; LOCK TABLE access_package IN EXCLUSIVE MODE").await.unwrap();
            let mut waiting = Vec::new();
            for number in 0..4 {
                let body = json!({ "displayName": format!("Locked {round} {number}"), "catalog": { "id": catalog } });
                let request = RawRequest::new("POST", &format!("{V1}/accessPackages"), app.token(), &body);
                waiting.push(request.send(house).await);
            }
            let blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'access_package'::regclass";
            let all_wait = async {
                while locker.query_one(blocked, &[]).await.unwrap().get::<_, i64>(0) < 4 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            timeout(BOUND, all_wait).await.expect("four statements wait for the lock");
            for stream in waiting {
                hang_up(stream).await;
            }
            for _ in 0..8 {
                hang_up(RawRequest::new("GET", "/readyz", "", &Value::Null).send(house).await).await;
            }
            locker.batch_execute("ROLLBACK").await.unwrap();
            bystanders_succeed(house, &app).await;
        }
        let open = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' \
                    AND datname = current_database() AND pid <> pg_backend_pid()";
        let none_open = async {
            while locker.query_one(open, &[]).await.unwrap().get::<_, i64>(0) > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(BOUND, none_open).await.expect("no transaction stays open");
    });
}
