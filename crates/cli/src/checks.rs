//! From settings as given to settings that hold: every value is understood here, or named as wrong.

mod answers;
mod hashing;
mod mail;

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use figment::value::{Dict, Value};
use uuid::Uuid;

use crate::args::{LogFormat, ServeArgs};
use crate::config::{Config, Problem};
use crate::settings::{Database, Issuer, Settings, Tls};

/// Signatures that may be believed. No `none`, and no HMAC: whoever can check those can forge them.
const ALGORITHMS: [&str; 8] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"];
const MOST_CLOCK_SKEW: i128 = 300;
/// Seconds: less would hammer the issuer, more would believe a stolen key for too long.
const KEY_AGE: RangeInclusive<i128> = 60..=86_400;

/// The settings that hold, or everything that is wrong.
pub fn load(
    flags: &ServeArgs,
    env: impl IntoIterator<Item = (String, String)>,
) -> Result<(Settings, Config), Vec<Problem>> {
    let (config, problems) = Config::read(flags, env);
    let mut checks = Checks { config: &config, problems };
    let settings = checks.settings();
    if checks.problems.is_empty() { Ok((settings, config)) } else { Err(checks.problems) }
}

struct Checks<'a> {
    config: &'a Config,
    problems: Vec<Problem>,
}

impl Checks<'_> {
    /// What comes back is only worth something when no problem was found.
    fn settings(&mut self) -> Settings {
        let data = PathBuf::from(self.text("data").unwrap_or_default());
        let settings = Settings {
            dev: self.flag("dev"),
            ephemeral: self.config.ephemeral,
            database: self.database(&data),
            http: self.addresses("http"),
            https: self.addresses("https"),
            tls: self.tls(),
            log: self.log(),
            log_format: self.log_format(),
            issuers: self.issuers(),
            mail: self.mail(),
            private_callouts: self.flag("callouts.allow_private"),
            hashing: self.hashing(),
            answers: self.answers(),
            data,
        };
        self.listens_somewhere(&settings);
        settings
    }

    fn wrong(&mut self, name: &str, message: impl Into<String>) {
        let place = self.config.place(name);
        // A file holds many settings, so there the name belongs to the message.
        let message = message.into();
        let message = if place.contains(name) || place.starts_with("DOORWARD_") || place.starts_with("--") {
            message
        } else {
            format!("'{name}' {message}")
        };
        self.problems.push(Problem { place, message });
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.config.value(name)? {
            Value::String(_, text) if text.trim().is_empty() => {
                self.wrong(name, "is empty");
                None
            }
            Value::String(_, text) => Some(text),
            other => {
                self.wrong(name, format!("must be a text, not {}", other.to_actual()));
                None
            }
        }
    }

    fn flag(&mut self, name: &str) -> bool {
        match self.config.value(name) {
            None => false,
            Some(Value::Bool(_, on)) => on,
            Some(Value::String(_, text)) if ["true", "1"].contains(&text.as_str()) => true,
            Some(Value::String(_, text)) if ["false", "0", ""].contains(&text.as_str()) => false,
            Some(other) => {
                self.wrong(name, format!("must be true or false, not {}", other.to_actual()));
                false
            }
        }
    }

    /// A list, or one text with commas, as environment variables have it.
    fn list(&mut self, name: &str) -> Vec<String> {
        match self.config.value(name) {
            None => Vec::new(),
            Some(Value::String(_, text)) => {
                text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
            }
            Some(value) => strings(&value).unwrap_or_else(|| {
                self.wrong(name, "must be a text or a list of texts");
                Vec::new()
            }),
        }
    }

    fn addresses(&mut self, name: &str) -> Vec<SocketAddr> {
        let given = self.list(name);
        if given == ["off"] {
            return Vec::new();
        }
        let mut addresses = Vec::new();
        for text in given {
            match address(&text) {
                Some(address) => addresses.push(address),
                None if text == "off" => self.wrong(name, "says 'off' beside an address"),
                None => self.wrong(name, format!("can't use '{text}': write an address as 127.0.0.1:8080, or off")),
            }
        }
        addresses
    }

    fn database(&mut self, data: &Path) -> Database {
        let embedded = Database::Sqlite(data.join("doorward.db"));
        let Some(given) = self.config.value("database").and_then(|_| self.text("database")) else { return embedded };
        let database = match given.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Database::Postgres(given),
            Some(("sqlite", path)) => Database::Sqlite(PathBuf::from(path)),
            Some((scheme, _)) => {
                self.wrong("database", format!("begins with {scheme}://; postgres:// or the path of a file, please"));
                return embedded;
            }
            None => Database::Sqlite(PathBuf::from(given)),
        };
        if self.config.ephemeral && matches!(database, Database::Sqlite(_)) {
            self.wrong("database", "names a file, which would outlive --ephemeral; leave out one of the two");
        }
        database
    }

    fn tls(&mut self) -> Tls {
        let names = self.list("tls.names");
        let certificate = self.file("tls.certificate");
        let key = self.file("tls.key");
        let given = |name: &str| self.config.value(name).is_some();
        match (given("tls.certificate"), given("tls.key")) {
            (true, false) => self.wrong("tls.certificate", "needs tls.key beside it"),
            (false, true) => self.wrong("tls.key", "needs tls.certificate beside it"),
            (true, true) if !names.is_empty() => {
                self.wrong("tls.names", "is for the local certificate, and tls.certificate brings its own");
            }
            _ => {}
        }
        match (certificate, key) {
            (Some(certificate), Some(key)) => Tls::Files { certificate, key },
            _ => Tls::Local { names },
        }
    }

    fn file(&mut self, name: &str) -> Option<PathBuf> {
        self.config.value(name)?;
        let path = PathBuf::from(self.text(name)?);
        if let Err(error) = std::fs::File::open(&path) {
            self.wrong(name, format!("can't open {}: {error}", path.display()));
        }
        Some(path)
    }

    fn log(&mut self) -> String {
        let filter = self.text("log").unwrap_or_default();
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&filter) {
            self.wrong("log", format!("can't use '{filter}': {error}"));
        }
        filter
    }

    fn log_format(&mut self) -> LogFormat {
        match self.text("log_format").as_deref() {
            Some("json") => LogFormat::Json,
            Some("text") | None => LogFormat::Text,
            Some(other) => {
                self.wrong("log_format", format!("must be text or json, not '{other}'"));
                LogFormat::Text
            }
        }
    }

    fn listens_somewhere(&mut self, settings: &Settings) {
        if settings.http.is_empty() && settings.https.is_empty() && self.problems.is_empty() {
            self.wrong("http", "is off and so is https: nobody could reach the server");
        }
        for address in settings.http.iter().filter(|address| address.port() != 0) {
            if settings.https.contains(address) {
                self.wrong("https", format!("is to listen on {address}, where http listens"));
            }
        }
    }

    fn issuers(&mut self) -> Vec<Issuer> {
        let Some(value) = self.config.value("issuers") else { return Vec::new() };
        let Some(entries) = value.as_array() else {
            self.wrong("issuers", "must be a list of tables: write [[issuers]]");
            return Vec::new();
        };
        entries.iter().enumerate().filter_map(|(index, entry)| self.issuer(index, entry)).collect()
    }

    fn issuer(&mut self, index: usize, entry: &Value) -> Option<Issuer> {
        let empty = Dict::new();
        let entry = entry.as_dict().unwrap_or(&empty);
        let mut wrong = |name: &str, message: String| self.wrong("issuers", format!("[{index}].{name} {message}"));
        let url = entry.get("url").and_then(Value::as_str).filter(|url| url.starts_with("https://"));
        if url.is_none() {
            wrong("url", "must be the https:// address of an OpenID Connect issuer".to_owned());
        }
        let tenant = entry.get("tenant").and_then(Value::as_str).and_then(|text| Uuid::parse_str(text).ok());
        if tenant.is_none() {
            wrong("tenant", "must be the id of the tenant that its tokens speak for".to_owned());
        }
        let audiences = entry.get("audiences").and_then(strings).unwrap_or_default();
        if audiences.is_empty() {
            wrong("audiences", "must list at least one audience".to_owned());
        }
        let algorithms = match entry.get("algorithms") {
            None => vec!["RS256".to_owned()],
            Some(value) => strings(value).unwrap_or_default(),
        };
        if algorithms.is_empty() || algorithms.iter().any(|one| !ALGORITHMS.contains(&one.as_str())) {
            wrong("algorithms", format!("must be a list of some of {}", ALGORITHMS.join(", ")));
        }
        let skew = entry.get("clock_skew").map_or(Some(60), Value::to_i128);
        let skew = skew.filter(|seconds| (0..=MOST_CLOCK_SKEW).contains(seconds));
        if skew.is_none() {
            wrong("clock_skew", format!("must be a number of seconds, at most {MOST_CLOCK_SKEW}"));
        }
        let age = entry.get("key_age").map_or(Some(3600), Value::to_i128);
        let age = age.filter(|seconds| KEY_AGE.contains(seconds));
        if age.is_none() {
            wrong("key_age", format!("must be a number of seconds, {} to {}", KEY_AGE.start(), KEY_AGE.end()));
        }
        Some(Issuer {
            url: url?.trim_end_matches('/').to_owned(),
            tenant: tenant?,
            audiences,
            algorithms,
            clock_skew_seconds: u32::try_from(skew?).ok()?,
            key_age_seconds: u32::try_from(age?).ok()?,
        })
    }
}

/// How the setting is written.
pub fn mail_tls(tls: server::MailTls) -> &'static str {
    match tls {
        server::MailTls::StartTls => "starttls",
        server::MailTls::Implicit => "implicit",
        server::MailTls::None => "none",
    }
}

fn strings(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|one| one.as_str().map(str::to_owned)).collect()
}

/// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, or `:8080` for every interface.
fn address(text: &str) -> Option<SocketAddr> {
    let port = |text: &str| text.parse::<u16>().ok();
    if let Some(rest) = text.strip_prefix("localhost:") {
        return Some((Ipv4Addr::LOCALHOST, port(rest)?).into());
    }
    if let Some(rest) = text.strip_prefix(':') {
        return Some((Ipv4Addr::UNSPECIFIED, port(rest)?).into());
    }
    text.parse().ok()
}

#[cfg(test)]
#[path = "checks_tests.rs"]
mod tests;
