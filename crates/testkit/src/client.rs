//! A caller, and the answers it gets. Every answer is looked at for what all of them must have: ids,
//! the protocol's version, and Graph's shape when it is an error.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Somebody with a token, or without.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
    headers: HeaderMap,
}

impl Client {
    pub(crate) fn new(http: reqwest::Client, url: &str, token: Option<String>) -> Client {
        Client { http, url: url.to_owned(), token, headers: HeaderMap::new() }
    }

    /// The same caller, who also sends this header.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Client {
        let mut client = self.clone();
        let name = HeaderName::try_from(name).expect("a header's name");
        client.headers.insert(name, HeaderValue::from_str(value).expect("a header's value"));
        client
    }

    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body.to_string())).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, Some(body.to_string())).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, Some(body.to_string())).await
    }

    /// Sends a body as it is; `Content-Type` is JSON unless [`Client::with`] says otherwise, where an
    /// empty value leaves it out. `path` begins with `/`, or is a whole URL such as a next link.
    pub async fn send(&self, method: &str, path: &str, body: Option<String>) -> Answer {
        let what = format!("{method} {path} {}", body.as_deref().unwrap_or_default());
        self.exchange(what, method, path, body.map(String::into_bytes)).await
    }

    /// The same with a body that needn't be text.
    pub async fn send_bytes(&self, method: &str, path: &str, body: Vec<u8>) -> Answer {
        self.exchange(format!("{method} {path} ({} bytes)", body.len()), method, path, Some(body)).await
    }

    async fn exchange(&self, what: String, method: &str, path: &str, body: Option<Vec<u8>>) -> Answer {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.url) };
        let mut request = self.http.request(Method::from_bytes(method.as_bytes()).expect("a method"), url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            if !self.headers.contains_key("content-type") {
                request = request.header("content-type", "application/json");
            }
            request = request.body(body);
        }
        for (name, value) in self.headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(name, value);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.unwrap_or_else(|error| panic!("{what}: {error:?}")).to_vec();
        Answer::new(what, status, headers, body)
    }

    /// Sends a request target exactly as it is written: no library tidies it up on the way.
    pub async fn raw(&self, method: &str, target: &str) -> Answer {
        let host = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).await.expect("the server listens");
        let token = self.token.as_ref().map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let request = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n{token}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("the request is sent");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.expect("the answer is read");
        let at = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("the end of the headers");
        let head = String::from_utf8_lossy(&bytes[..at]).into_owned();
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
        let mut headers = HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            headers.append(
                HeaderName::try_from(name).expect("a header's name"),
                HeaderValue::from_str(value).expect("a header's value"),
            );
        }
        let status = StatusCode::from_bytes(status.as_bytes()).expect("a status");
        Answer::new(format!("{method} {target}"), status, headers, bytes[at + 4..].to_vec())
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The request, for messages.
    what: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// The body, if it is JSON; else null.
    pub json: Value,
}

impl Answer {
    fn new(what: String, status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> Answer {
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { what, status: status.as_u16(), headers, body, json }
    }

    /// The answer, which has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert!(self.status == status, "{}: {} instead of {status}: {}", self.what, self.status, self.text());
        if self.status >= 400 {
            self.graph_error();
        } else if self.status == 204 {
            assert!(self.body.is_empty(), "{}: 204 with a body", self.what);
            assert!(self.header("content-type").is_empty(), "{}: 204 with a content type", self.what);
        }
        self
    }

    /// The answer, which is an error with this code.
    #[track_caller]
    pub fn error(self, code: &str) -> Answer {
        assert!(self.code() == code, "{}: '{}' instead of '{code}': {}", self.what, self.code(), self.text());
        self
    }

    /// The answer, whose message has these words.
    #[track_caller]
    pub fn says(self, words: &str) -> Answer {
        assert!(self.message().contains(words), "{}: '{}' doesn't say '{words}'", self.what, self.message());
        self
    }

    /// Graph's shape: code and message, and ids that the headers have too.
    #[track_caller]
    fn graph_error(&self) {
        let error = &self.json["error"];
        assert!(error.is_object(), "{}: {} without Graph's error body: {}", self.what, self.status, self.text());
        assert!(!self.code().is_empty(), "{}: an error without a code: {}", self.what, self.text());
        assert!(!self.message().is_empty(), "{}: an error without a message: {}", self.what, self.text());
        let inner = &error["innerError"];
        assert_eq!(inner["request-id"], self.header("request-id"), "{}", self.what);
        let sent = self.header("client-request-id");
        let echoed = if sent.is_empty() { self.header("request-id") } else { sent };
        assert_eq!(inner["client-request-id"], echoed, "{}", self.what);
        let date = inner["date"].as_str().unwrap_or_default();
        assert!(date.len() == 19 && date.as_bytes()[10] == b'T', "{}: '{date}' is no date", self.what);
    }

    pub fn code(&self) -> &str {
        self.json["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn message(&self) -> &str {
        self.json["error"]["message"].as_str().unwrap_or_default()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The `id` of the entity.
    #[track_caller]
    pub fn id(&self) -> String {
        self.json["id"].as_str().unwrap_or_else(|| panic!("{}: no id in {}", self.what, self.text())).to_owned()
    }

    /// The entities of a collection.
    #[track_caller]
    pub fn values(&self) -> &[Value] {
        let values = self.json["value"].as_array();
        values.unwrap_or_else(|| panic!("{}: no value in {}", self.what, self.text()))
    }

    /// The ids of a collection, in its order.
    #[track_caller]
    pub fn ids(&self) -> Vec<String> {
        self.strings("id")
    }

    /// A text of every entity of a collection.
    #[track_caller]
    pub fn strings(&self, property: &str) -> Vec<String> {
        self.values().iter().map(|value| value[property].as_str().unwrap_or_default().to_owned()).collect()
    }
}
