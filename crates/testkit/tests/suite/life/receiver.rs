//! An extension for tests: it listens, keeps what it is told, and answers as it is told to.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One post that it was sent.
#[derive(Debug, Clone)]
pub struct Told {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub text: String,
    pub body: Value,
}

impl Told {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or_else(|| panic!("no {name} in {:?}", self.headers), |(_, value)| value)
    }

    pub fn stage(&self) -> &str {
        self.body["data"]["stage"].as_str().expect("a stage")
    }

    pub fn instance(&self) -> &str {
        self.body["data"]["customExtensionStageInstanceId"].as_str().expect("an instance")
    }

    /// What the receiver of the documentation does: HMAC-SHA256 of id, time and body.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
        let signed = format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.text);
        let tag =
            aws_lc_rs::hmac::sign(&aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &key), signed.as_bytes());
        self.header("webhook-signature") == format!("v1,{}", STANDARD.encode(tag))
    }
}

/// It ends with the test's process.
#[derive(Clone)]
pub struct Receiver {
    port: u16,
    told: Arc<Mutex<Vec<Told>>>,
    /// The next answers; after them it takes everything.
    answers: Arc<Mutex<VecDeque<String>>>,
}

impl Receiver {
    pub fn start() -> Receiver {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let receiver = Receiver { port, told: Arc::default(), answers: Arc::default() };
        let server = receiver.clone();
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || server.take(stream));
            }
        });
        receiver
    }

    /// An address of it; each test has a path of its own.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    pub fn answer(&self, answers: &[&str]) {
        self.answers.lock().unwrap().extend(answers.iter().map(|answer| (*answer).to_owned()));
    }

    /// What it was told at this path, in order.
    pub fn told(&self, path: &str) -> Vec<Told> {
        let path = format!("/{path}");
        self.told.lock().unwrap().iter().filter(|told| told.path == path).cloned().collect()
    }

    fn take(&self, stream: TcpStream) {
        let mut out = stream.try_clone().unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            let mut headers = Vec::new();
            loop {
                line.clear();
                if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
                    break;
                }
                if let Some((name, value)) = line.trim_end().split_once(": ") {
                    headers.push((name.to_ascii_lowercase(), value.to_owned()));
                }
            }
            line.clear();
            let length = headers.iter().find(|(name, _)| name == "content-length");
            let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            if reader.read_exact(&mut body).is_err() {
                return;
            }
            let text = String::from_utf8(body).unwrap();
            let body = serde_json::from_str(&text).unwrap_or_default();
            self.told.lock().unwrap().push(Told { path, headers, text, body });
            let answer = self.answers.lock().unwrap().pop_front().unwrap_or_else(|| "202 Accepted".to_owned());
            if answer == "silence" {
                std::thread::sleep(Duration::from_secs(2));
                return;
            }
            let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
            if out.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}
