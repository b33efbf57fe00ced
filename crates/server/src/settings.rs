//! What a server is told at its start. Checked by whoever makes it (the command line); a server
//! takes it as it is.

pub use connect::mail::{MailSettings, MailTls};
use odata::budget::AnswerLimits;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;
use store::Database;
use uuid::Uuid;

pub struct Settings {
    pub database: Database,
    /// The sample organization, tokens without passwords, and everything else under `/dev`.
    pub dev: bool,
    pub listeners: Vec<Listener>,
    /// The certificate for the listeners that want one.
    pub tls: Option<TlsFiles>,
    /// Other issuers whose tokens are believed.
    pub issuers: Vec<TrustedIssuer>,
    /// Where letters are handed in; without it none are written, except to be shown in development.
    pub mail: Option<MailSettings>,
    /// Whether extensions on this machine and in its network are called; in development they are.
    pub private_callouts: bool,
    /// What an answer, a batch, and all answers together may hold.
    pub answers: AnswerLimits,
    /// How long the head of a request, and then its body, may take to come in.
    pub patience: Duration,
    pub hashing: Hashing,
}

/// How much password hashing goes on at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashing {
    /// Threads, each with 19 MiB while it has work.
    pub workers: usize,
    /// Hashes that may wait of each sort: of clients' secrets, of users' passwords, of new ones. With
    /// none, whatever has to be hashed is refused.
    pub queue: usize,
}

impl Default for Hashing {
    fn default() -> Hashing {
        const MOST: usize = 4;
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Hashing { workers: processors.min(MOST), queue: 256 }
    }
}

/// What people's lines may need: a body may hold some megabytes.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A socket that is bound already, so that a taken port is known before anything else happens.
pub struct Listener {
    pub socket: TcpListener,
    pub tls: bool,
}

/// PEM files: the chain, leaf first, and the key.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// An OIDC issuer whose tokens speak for one tenant.
#[derive(Debug, Clone)]
pub struct TrustedIssuer {
    pub url: String,
    pub tenant: Uuid,
    pub audiences: Vec<String>,
    /// JWS names, as `RS256`.
    pub algorithms: Vec<String>,
    pub clock_skew_seconds: u32,
    /// How long its keys are believed before they are fetched again.
    pub key_age_seconds: u32,
}
