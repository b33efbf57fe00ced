//! `doorward token`: asks a development server for a token and prints it, and nothing else, so that
//! `$(doorward token)` can stand in a command line.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::args::{TokenArgs, words};

const LOCAL_CA: &str = "./doorward-data/ca.pem";

#[derive(Debug, thiserror::Error)]
pub enum TokenError {
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
    #[error(
        "the server at {0} doesn't run in development mode, where alone a token can be had without a password.\n\
         Ask its token endpoint instead: POST {0}/<tenant>/oauth2/v2.0/token"
    )]
    NotDev(String),
    #[error("the server refused ({status}): {message}")]
    Refused { status: u16, message: String },
    #[error("{0} answered something that holds no token; is it a Doorward?")]
    NoToken(String),
}

pub async fn fetch(args: &TokenArgs) -> Result<String, TokenError> {
    let url = args.url.trim_end_matches('/').to_owned();
    let base = reqwest::Url::parse(&url).map_err(|_| TokenError::Url(url.clone()))?;
    if !["http", "https"].contains(&base.scheme()) || !base.has_host() {
        return Err(TokenError::Url(url));
    }
    let target = base.join("/dev/token").map_err(|_| TokenError::Url(url.clone()))?;
    let client = client(args, &target)?;
    let answer = client.post(target).form(&form(args)).send().await.map_err(|error| failure(&url, &error))?;
    let status = answer.status().as_u16();
    let body = answer.text().await.map_err(|error| failure(&url, &error))?;
    read(&url, status, &body)
}

fn form(args: &TokenArgs) -> Vec<(&'static str, String)> {
    let mut form = Vec::new();
    form.extend(args.user.clone().map(|user| ("user", user)));
    for (name, given) in [("scope", &args.scope), ("role", &args.role)] {
        let all = words(given);
        if !all.is_empty() {
            form.push((name, all.join(" ")));
        }
    }
    form
}

fn client(args: &TokenArgs, target: &reqwest::Url) -> Result<reqwest::Client, TokenError> {
    let mut builder = reqwest::Client::builder().timeout(Duration::from_secs(30));
    if matches!(target.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
        builder = builder.no_proxy(); // a proxy's own localhost is another machine
    }
    let local = Path::new(LOCAL_CA);
    let file = args.ca.as_deref().or_else(|| local.exists().then_some(local));
    if target.scheme() == "https"
        && let Some(file) = file
    {
        let wrong = |reason: String| TokenError::Ca { file: file.display().to_string(), reason };
        let pem = fs::read(file).map_err(|error| wrong(error.to_string()))?;
        let ca = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| wrong(error.to_string()))?;
        if ca.is_empty() {
            return Err(wrong("there is no certificate in it".to_owned()));
        }
        builder = builder.tls_certs_merge(ca);
    }
    builder.build().map_err(|error| failure(&args.url, &error))
}

fn failure(url: &str, error: &reqwest::Error) -> TokenError {
    let reason = innermost(error);
    if reason.contains("certificate") {
        return TokenError::Untrusted { url: url.to_owned(), reason };
    }
    TokenError::Unreachable { url: url.to_owned(), reason }
}

/// The last cause says what happened; those above it only that something did.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn read(url: &str, status: u16, body: &str) -> Result<String, TokenError> {
    let answer: Option<Value> = serde_json::from_str(body).ok();
    let text = |path: &str| answer.as_ref()?.pointer(path)?.as_str().map(str::to_owned);
    match status {
        200 => text("/access_token").ok_or_else(|| TokenError::NoToken(url.to_owned())),
        404 | 405 => match text("/error_description") {
            Some(message) => Err(TokenError::Refused { status, message }),
            None => Err(TokenError::NotDev(url.to_owned())),
        },
        _ => {
            let message = text("/error_description").or_else(|| text("/error/message"));
            Err(TokenError::Refused { status, message: message.unwrap_or_else(|| "it gave no reason".to_owned()) })
        }
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
