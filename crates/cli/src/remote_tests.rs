//! The conversation with whatever is met at the address; and for the commands' own tests, a server
//! that answers once.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread;

use super::*;

fn args(url: &str) -> ServerArgs {
    ServerArgs { url: url.to_owned(), ca: None }
}

async fn post(args: &ServerArgs) -> Result<String, RemoteError> {
    Remote::new(args)?.post("/dev/thing", &[]).await?.need("/thing", "thing")
}

pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Answers one request, and gives back its first line and its body.
pub fn server(answer: &'static str) -> (String, thread::JoinHandle<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let handle = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut first, mut length) = (String::new(), 0);
        reader.read_line(&mut first).unwrap();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
        (first.trim().to_owned(), String::from_utf8(body).unwrap())
    });
    (url, handle)
}

macro_rules! answer {
    ($status:literal, $body:literal) => {
        concat!("HTTP/1.1 ", $status, "\r\nconnection: close\r\n\r\n", $body)
    };
}
pub(crate) use answer;

#[test]
fn every_refusal_has_its_words() {
    for (answer, expected) in [
        (answer!("404 Not Found", ""), "doesn't run in development mode"),
        (answer!("405 Method Not Allowed", ""), "doesn't run in development mode"),
        (answer!("404 Not Found", r#"{"error":{"code":"X","message":"no such tenant"}}"#), "no such tenant"),
        (answer!("400 Bad Request", r#"{"error":"x","error_description":"no such user"}"#), "no such user"),
        (answer!("400 Bad Request", r#"{"error":{"code":"X","message":"no such role"}}"#), "no such role"),
        (answer!("500 Oh", "<html>"), "refused (500)"),
        (answer!("200 OK", "<html>"), "holds no thing; is it a Doorward?"),
    ] {
        let (url, server) = server(answer);
        let said = run(post(&args(&url))).unwrap_err().to_string();
        server.join().unwrap();
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn nobody_there_says_how_to_start_one() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let said = run(post(&args(&format!("http://{free}")))).unwrap_err().to_string();
    assert!(said.contains("no Doorward answers") && said.contains("doorward serve --dev"), "{said}");
}

#[test]
fn an_address_that_is_none_is_named() {
    for url in ["localhost:8080", "ftp://here", "http://", ""] {
        assert!(matches!(run(post(&args(url))), Err(RemoteError::Url(_))), "{url}");
    }
}

#[test]
fn an_authority_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut args = args("https://localhost:1");
    args.ca = Some(folder.path().join("ca.pem"));
    assert!(matches!(run(post(&args)), Err(RemoteError::Ca { .. })));
    fs::write(folder.path().join("ca.pem"), "nothing").unwrap();
    assert!(matches!(run(post(&args)), Err(RemoteError::Ca { .. })));
}
