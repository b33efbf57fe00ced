//! Requests that don't come in whole: too slow, broken off, announced as too long, or begun before the end
//! of the server.

use serde_json::Value;
use std::time::Duration;
use testkit::on_sqlite;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than any answer here takes, and shorter than what the server would wait otherwise.
const AT_LAST: Duration = Duration::from_secs(25);

/// Sends the beginning of a request.
async fn begin(url: &str, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// All that comes until the server closes the connection.
async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    let read = tokio::time::timeout(AT_LAST, stream.read_to_string(&mut text)).await;
    // A connection that is closed while something unread waits in it may look broken.
    let _ = read.expect("the server closes the connection");
    text
}

#[track_caller]
fn is_error(answer: &str, status: u16, code: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    let body: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["error"]["code"], code, "{answer}");
    assert!(body["error"]["innerError"]["request-id"].is_string(), "{answer}");
}

fn post(path: &str, token: &str, length: u64) -> String {
    let token = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\n{token}Content-Type: application/json\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{{\""
    )
}

#[test]
fn what_is_half_sent_is_not_waited_for_long() {
    on_sqlite(async |house| {
        let beside = house.beside_with_patience(Duration::from_millis(300)).await;
        let app = house.app().await;
        assert_eq!(rest(begin(beside.url(), "").await).await, "");
        assert_eq!(rest(begin(beside.url(), "GET /hea").await).await, "");
        let body = rest(begin(beside.url(), &post("/v1.0/groups", app.token(), 50)).await).await;
        is_error(&body, 408, "RequestTimeout");
        let form = rest(begin(beside.url(), &post("/common/oauth2/v2.0/token", "", 50)).await).await;
        assert!(form.starts_with("HTTP/1.1 408 "), "{form}");
    });
}

#[test]
fn a_body_is_not_waited_for_where_it_changes_nothing() {
    on_sqlite(async |house| {
        let app = house.app().await;
        let body = rest(begin(house.url(), &post("/v1.0/groups", "", 50)).await).await;
        is_error(&body, 401, "InvalidAuthenticationToken");
        let body = rest(begin(house.url(), &post("/v1.0/groups", app.token(), 99_999_999_999)).await).await;
        is_error(&body, 413, "RequestEntityTooLarge");
    });
}

#[test]
fn a_body_that_breaks_off_is_not_too_large() {
    on_sqlite(async |house| {
        let app = house.app().await;
        let mut stream = begin(house.url(), &post("/v1.0/groups", app.token(), 50)).await;
        stream.shutdown().await.unwrap();
        is_error(&rest(stream).await, 400, "BadRequest");
    });
}

#[test]
fn the_end_does_not_wait_for_what_is_half_sent() {
    on_sqlite(async |house| {
        let beside = house.beside(true, Vec::new()).await;
        let app = house.app().await;
        let head = begin(beside.url(), "GET /hea").await;
        let body = begin(beside.url(), &post("/v1.0/groups", app.token(), 50)).await;
        beside.nobody().raw("GET", "/v1.0/$metadata").await.expect(200);
        drop(beside);
        rest(head).await;
        rest(body).await;
    });
}
