//! Talking to a running development server: the address, the trust in its certificate, and words for
//! what can go wrong on the way. What is asked and what the answer means is the commands' business.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::args::ServerArgs;

const LOCAL_CA: &str = "./doorward-data/ca.pem";
/// A moved clock may keep the server busy for ten seconds.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    #[error("'{0}' is no address of a server; write one as http://localhost:8080")]
    Url(String),
    #[error("can't use the certificate authority in {file}: {reason}")]
    Ca { file: String, reason: String },
    #[error("no Doorward answers at {url}: {reason}\nStart one with: doorward serve --dev")]
    Unreachable { url: String, reason: String },
    #[error(
        "{url} has no certificate that this machine trusts: {reason}\nName its authority with --ca FILE; \
         Doorward keeps its own as ca.pem in the data folder"
    )]
    Untrusted { url: String, reason: String },
    /// Development's routes aren't there. What to do instead, the command says.
    #[error("the server at {0} doesn't run in development mode")]
    NotDev(String),
    #[error("the server refused ({status}): {message}")]
    Refused { status: u16, message: String },
    #[error("{url} answered something that holds no {what}; is it a Doorward?")]
    Missing { url: String, what: &'static str },
}

/// A server that may be asked.
pub struct Remote {
    /// As it was given, without a slash at the end.
    url: String,
    base: reqwest::Url,
    client: reqwest::Client,
}

/// What a server gave.
pub struct Given {
    url: String,
    body: Option<Value>,
}

impl Remote {
    pub fn new(args: &ServerArgs) -> Result<Remote, RemoteError> {
        let url = args.url.trim_end_matches('/').to_owned();
        let base = reqwest::Url::parse(&url).map_err(|_| RemoteError::Url(url.clone()))?;
        if !["http", "https"].contains(&base.scheme()) || !base.has_host() {
            return Err(RemoteError::Url(url));
        }
        let client = client(args, &base)?;
        Ok(Remote { url, base, client })
    }

    /// Reads a document of the server.
    pub async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Given, RemoteError> {
        self.send(self.client.get(self.target(path)?).query(query)).await
    }

    /// Sends a form to the server.
    pub async fn post(&self, path: &str, form: &[(&str, String)]) -> Result<Given, RemoteError> {
        self.send(self.client.post(self.target(path)?).form(form)).await
    }

    fn target(&self, path: &str) -> Result<reqwest::Url, RemoteError> {
        self.base.join(path).map_err(|_| RemoteError::Url(self.url.clone()))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Given, RemoteError> {
        let answer = request.send().await.map_err(|error| failure(&self.url, &error))?;
        let status = answer.status().as_u16();
        let body = answer.text().await.map_err(|error| failure(&self.url, &error))?;
        let given = Given { url: self.url.clone(), body: serde_json::from_str(&body).ok() };
        let message = given.text("/error_description").or_else(|| given.text("/error/message"));
        match (status, message) {
            (200, _) => Ok(given),
            // Of development's routes only those that aren't there say nothing.
            (404 | 405, None) => Err(RemoteError::NotDev(given.url)),
            (_, message) => {
                let message = message.unwrap_or_else(|| "it gave no reason".to_owned());
                Err(RemoteError::Refused { status, message })
            }
        }
    }
}

impl Given {
    fn text(&self, path: &str) -> Option<String> {
        self.body.as_ref()?.pointer(path)?.as_str().map(str::to_owned)
    }

    /// A text that has to be there; `what` names it.
    pub fn need(&self, path: &str, what: &'static str) -> Result<String, RemoteError> {
        self.text(path).ok_or_else(|| RemoteError::Missing { url: self.url.clone(), what })
    }

    /// A number that has to be there.
    pub fn need_number(&self, path: &str, what: &'static str) -> Result<i64, RemoteError> {
        let number = self.body.as_ref().and_then(|body| body.pointer(path)?.as_i64());
        number.ok_or_else(|| RemoteError::Missing { url: self.url.clone(), what })
    }
}

fn client(args: &ServerArgs, base: &reqwest::Url) -> Result<reqwest::Client, RemoteError> {
    let mut builder = reqwest::Client::builder().timeout(PATIENCE);
    if matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
        builder = builder.no_proxy(); // a proxy's own localhost is another machine
    }
    let local = Path::new(LOCAL_CA);
    let file = args.ca.as_deref().or_else(|| local.exists().then_some(local));
    if base.scheme() == "https"
        && let Some(file) = file
    {
        let wrong = |reason: String| RemoteError::Ca { file: file.display().to_string(), reason };
        let pem = fs::read(file).map_err(|error| wrong(error.to_string()))?;
        let ca = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| wrong(error.to_string()))?;
        if ca.is_empty() {
            return Err(wrong("there is no certificate in it".to_owned()));
        }
        builder = builder.tls_certs_merge(ca);
    }
    builder.build().map_err(|error| failure(&args.url, &error))
}

fn failure(url: &str, error: &reqwest::Error) -> RemoteError {
    let reason = innermost(error);
    if reason.contains("certificate") {
        return RemoteError::Untrusted { url: url.to_owned(), reason };
    }
    RemoteError::Unreachable { url: url.to_owned(), reason }
}

/// The last cause says what happened; those above it only that something did.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
#[path = "remote_tests.rs"]
pub mod tests;
