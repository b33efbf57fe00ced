//! Floods: many expensive requests at once must not take the server's memory. The long ones print
//! the highest resident memory; `./x test --long` runs them.

#![expect(clippy::print_stdout, reason = "a flood prints what it measured")]

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::keys::caller;
use crate::running::{Caller, Server};

const TENANT: &str = "11111111-1111-4111-8111-111111111111";
const APP: &str = "22222222-2222-4222-8222-222222222222";
const SECRET: &str = "doorward-dev-secret";
const GRAPH: &str = "https://graph.microsoft.com/.default";
const MIB: u64 = 1 << 20;
/// Two threads that hash have 19 MiB each; the rest is the server with some hundred connections, and
/// the room that a build without optimization takes.
const PEAK: u64 = 256 * MIB;
/// Above what it was before the flood: less than what two threads hold while they hash, so that they must
/// have given it back.
const REMAINDER: u64 = 32 * MIB;
/// How long anything may take here.
const PATIENCE: Duration = Duration::from_secs(120);
const AT_ONCE: usize = 64;

/// A server with two threads that hash, whatever the machine has.
fn server(folder: &Path, queue: usize) -> Server {
    std::fs::write(folder.join("doorward.toml"), format!("[hashing]\nworkers = 2\nqueue = {queue}\n")).unwrap();
    Server::dev(folder)
}

/// The resident memory when the server has nothing to do: threads that hash give theirs back after a
/// while, so it is the lowest of several seconds.
fn idle_memory(server: &Server) -> u64 {
    let look = |_| {
        std::thread::sleep(Duration::from_millis(500));
        server.memory()
    };
    (0..14).map(look).min().unwrap()
}

/// Prints the figures and holds the server to them.
fn assert_memory(server: &Server, what: &str, idle: u64) {
    let peak = server.peak_memory();
    let began = Instant::now();
    let mut after = server.memory();
    while after > idle + REMAINDER && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(100));
        after = server.memory();
    }
    println!("flood: {what}: idle {} MiB, at most {} MiB, afterwards {} MiB", idle / MIB, peak / MIB, after / MIB);
    assert!(peak < PEAK, "{what}: {} MiB at most", peak / MIB);
    assert!(after <= idle + REMAINDER, "{what}: {} MiB stay, {} MiB before", after / MIB, idle / MIB);
}

/// Sends a wrong secret and hangs up before there can be an answer.
fn send_wrong_secret_and_hang_up(address: &str, number: usize) {
    // The first characters are those of the right one: else nothing would be hashed at all.
    let secret = format!("doorward-wrong-secret-{number}");
    let scope = "https%3A%2F%2Fgraph.microsoft.com%2F.default";
    let form = format!("grant_type=client_credentials&client_id={APP}&client_secret={secret}&scope={scope}");
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /{TENANT}/oauth2/v2.0/token HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n",
        form.len()
    );
    stream.write_all(format!("{head}{form}").as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(5));
    let _ = stream.shutdown(Shutdown::Both);
}

/// Asks again while the answer is 503, as clients do.
async fn form_retried(nobody: &Caller, fields: &[(&str, &str)]) -> (u16, Value) {
    let began = Instant::now();
    loop {
        let (status, body) = nobody.form(&format!("/{TENANT}/oauth2/v2.0/token"), fields).await;
        if status != 503 || began.elapsed() > PATIENCE {
            return (status, body);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Wrong secrets from nobody in particular, while others go about their business.
async fn wrong_secrets(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path(), 256);
    let app = caller(&server, None).await;
    let nobody = Caller::new(&server, String::new());
    let idle = idle_memory(&server);
    let address: Arc<str> = server.url.trim_start_matches("http://").into();
    let flood: Vec<_> = (0..AT_ONCE)
        .map(|thread| {
            let address = Arc::clone(&address);
            let numbers = (thread..count).step_by(AT_ONCE);
            std::thread::spawn(move || numbers.for_each(|number| send_wrong_secret_and_hang_up(&address, number)))
        })
        .collect();

    // A token that is there, a secret that was never sent before, and a password.
    let credentials =
        [("grant_type", "client_credentials"), ("client_id", APP), ("client_secret", SECRET), ("scope", GRAPH)];
    let password = [
        ("grant_type", "password"),
        ("client_id", APP),
        ("username", "ada@doorward.test"),
        ("password", "doorward-dev"),
        ("scope", "User.Read"),
    ];
    let mut rounds = 0;
    while rounds == 0 || flood.iter().any(|thread| !thread.is_finished()) {
        let (status, body) = app.get("/v1.0/users?$top=1&$select=id").await;
        assert_eq!(status, 200, "{body}");
        for fields in [&credentials[..], &password[..]] {
            let (status, body) = form_retried(&nobody, fields).await;
            assert_eq!(status, 200, "{body}");
        }
        rounds += 1;
    }
    for thread in flood {
        thread.join().unwrap();
    }
    println!("flood: {count} wrong secrets: others were answered {rounds} times meanwhile");
    assert_memory(&server, &format!("{count} wrong secrets, hung up"), idle);
    server.stop();
}

/// New users with passwords, all at once, from somebody who may.
async fn new_users(count: usize, queue: usize) {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path(), queue);
    let app = caller(&server, None).await;
    let idle = idle_memory(&server);
    let mut requests = JoinSet::new();
    for number in 0..count {
        let app = app.clone();
        requests.spawn(async move {
            let name = format!("flood{number}");
            let body = json!({
                "accountEnabled": true, "displayName": name, "mailNickname": name,
                "userPrincipalName": format!("{name}@doorward.test"),
                "passwordProfile": { "password": "correct horse battery staple" },
            });
            app.status("/v1.0/users", body).await
        });
    }
    let statuses = requests.join_all().await;
    let many = |status| statuses.iter().filter(|each| **each == Some(status)).count();
    let (made, refused) = (many(201), many(503));
    println!("flood: {count} users: {made} made, {refused} refused for now");
    assert_eq!(made + refused, count, "{statuses:?}");
    assert!(made >= queue.min(count), "as many as may wait are served: {made}");
    let (status, page) = app.get("/v1.0/users?$top=999&$select=userPrincipalName").await;
    assert_eq!(status, 200, "{page}");
    let users = page["value"].as_array().unwrap();
    let named = |user: &&Value| user["userPrincipalName"].as_str().unwrap().starts_with("flood");
    assert_eq!(users.iter().filter(named).count(), made, "who was refused isn't there");
    assert_memory(&server, &format!("{count} users with passwords at once"), idle);
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_secrets_with_hang_up_take_no_memory() {
    wrong_secrets(96).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_users_at_once_take_no_memory() {
    new_users(48, 32).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: run by ./x test --long"]
async fn many_wrong_secrets_with_hang_up_take_no_memory() {
    wrong_secrets(600).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: run by ./x test --long"]
async fn many_new_users_at_once_take_no_memory() {
    new_users(512, 256).await;
}
