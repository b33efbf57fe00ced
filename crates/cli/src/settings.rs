//! The settings once they are checked: nothing here is wrong, half given, or still a text that has
//! to be understood.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use uuid::Uuid;

use crate::args::LogFormat;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub dev: bool,
    pub data: PathBuf,
    pub ephemeral: bool,
    pub database: Database,
    pub http: Vec<SocketAddr>,
    pub https: Vec<SocketAddr>,
    pub tls: Tls,
    pub log: String,
    pub log_format: LogFormat,
    pub issuers: Vec<Issuer>,
    /// Its password isn't shown, not even by `{:?}`.
    pub mail: Option<server::MailSettings>,
    pub private_callouts: bool,
    pub hashing: server::Hashing,
    pub answers: server::AnswerLimits,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    Sqlite(PathBuf),
    /// The whole URL, password included.
    Postgres(String),
}

/// Where the certificate of `--https` comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Made here and signed by the local authority, with these names beside the usual ones.
    Local {
        names: Vec<String>,
    },
    Files {
        certificate: PathBuf,
        key: PathBuf,
    },
}

/// Somebody else whose tokens are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    pub url: String,
    /// The tenant its tokens speak for.
    pub tenant: Uuid,
    pub audiences: Vec<String>,
    pub algorithms: Vec<String>,
    pub clock_skew_seconds: u32,
    pub key_age_seconds: u32,
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::Sqlite(path) => write!(f, "{}", path.display()),
            Database::Postgres(url) => f.write_str(&masked(url)),
        }
    }
}

/// So that a password does not reach a log by way of `{:?}`.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A database URL that may be shown: `***` for the password, wherever it stands. In doubt, too much
/// is hidden: a password may hold any sign, also one that should have been encoded.
pub fn masked(url: &str) -> String {
    let mut shown = url.to_owned();
    if let Some((scheme, rest)) = url.split_once("://")
        && let Some((user, place)) = rest.rsplit_once('@')
        && let Some((name, _)) = user.split_once(':')
    {
        shown = format!("{scheme}://{name}:***@{place}");
    }
    let Some((before, query)) = shown.split_once('?') else { return shown };
    let pairs: Vec<String> = query.split('&').map(masked_pair).collect();
    format!("{before}?{}", pairs.join("&"))
}

fn masked_pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) if name.to_ascii_lowercase().contains("password") => format!("{name}=***"),
        _ => pair.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://ada:secret@db:5432/door", "postgres://ada:***@db:5432/door"),
            ("postgres://ada:secret@with/odd?signs@db/door", "postgres://ada:***@db/door"),
            (
                "postgres://ada@db/door?sslmode=require&password=secret",
                "postgres://ada@db/door?sslmode=require&password=***",
            ),
            ("postgres://db/door", "postgres://db/door"),
        ] {
            assert_eq!(masked(url), shown);
        }
        let database = Database::Postgres("postgres://ada:secret@db/door".to_owned());
        assert!(!format!("{database} {database:?}").contains("secret"));
    }
}
