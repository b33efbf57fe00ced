//! `doorward serve`: from settings to a running server, and back to a quiet machine.

use std::future::Future;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::TempDir;

use crate::ca::{self, Made};
use crate::listen::{self, Listeners};
use crate::settings::{Database, Issuer, Settings, Tls};
use crate::{banner, env_file, files, logs, out};

type Failure = Box<dyn std::error::Error>;

/// All that the server has to know, ready to use.
pub struct Ready {
    pub dev: bool,
    pub database: Database,
    pub issuers: Vec<Issuer>,
    pub mail: Option<server::MailSettings>,
    pub private_callouts: bool,
    pub hashing: server::Hashing,
    pub answers: server::AnswerLimits,
    pub listeners: Listeners,
    /// Certificate chain and key, PEM files; there even when no listener needs them.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

pub fn run(settings: Settings) -> Result<(), Failure> {
    logs::start(&settings.log, settings.log_format);
    let place = Place::new(&settings)?;
    let listeners = listen::open(&settings)?;
    let (certificate, key, ca) = certificates(&settings, &place.folder, now())?;
    let database = place.database(&settings);
    let env_file = place.folder.join("env.sh");

    let mut greeting = String::new();
    if settings.dev {
        if let Some(url) = listeners.url() {
            let ca = ca.clone().filter(|_| !listeners.https.is_empty());
            env_file::write(&env_file, &env_file::Facts { url, ca })?;
        }
        greeting = banner::text(&banner::Facts {
            listeners: &listeners,
            database: &database,
            ephemeral: settings.ephemeral,
            ca: ca.as_deref(),
            env_file: &env_file,
            program: &banner::program(&std::env::current_exe()?, std::env::var_os("PATH").as_deref()),
        });
    }

    let Settings { dev, issuers, mail, private_callouts, hashing, answers, .. } = settings;
    let ready = Ready { dev, database, issuers, mail, private_callouts, hashing, answers, listeners, certificate, key };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let stop = stop_signal()?;
        let urls = ready.listeners.urls();
        if !ready.dev {
            invite(&ready.database).await?;
        }
        let greet = move || match ready.dev {
            true => out::line(greeting),
            false => tracing::info!(urls, "ready"),
        };
        start(ready, greet, stop).await
    })
}

/// Says what to do with a database that nobody is in.
async fn invite(database: &Database) -> Result<(), Failure> {
    let opened = store::Store::open(&store(database.clone())).await;
    let opened = opened.map_err(|error| format!("can't open {database}: {error}"))?;
    if opened.tenant_list().await?.is_empty() {
        out::note(format!(
            "{database} has no tenant yet, so nobody can sign in. Make one, with the same --config, --data or --database:\n  \
             doorward tenant create NAME --domain DOMAIN --admin somebody@DOMAIN"
        ));
    }
    Ok(())
}

/// The one place that knows the server. `started` is called once it answers.
async fn start(ready: Ready, started: impl FnOnce(), stop: impl Future<Output = ()>) -> Result<(), Failure> {
    let listener = |tls| move |socket| server::Listener { socket, tls };
    let http = ready.listeners.http.into_iter().map(listener(false));
    let https = ready.listeners.https.into_iter().map(listener(true));
    let settings = server::Settings {
        database: store(ready.database),
        dev: ready.dev,
        listeners: http.chain(https).collect(),
        tls: Some(server::TlsFiles { certificate: ready.certificate, key: ready.key }),
        issuers: ready.issuers.into_iter().map(trusted).collect(),
        mail: ready.mail,
        private_callouts: ready.private_callouts,
        answers: ready.answers,
        patience: server::PATIENCE,
        hashing: ready.hashing,
    };
    Ok(server::serve(settings, started, stop).await?)
}

/// The database as the store knows it.
pub fn store(database: Database) -> store::Database {
    match database {
        Database::Sqlite(path) => store::Database::Sqlite(path),
        Database::Postgres(url) => store::Database::Postgres(url),
    }
}

fn trusted(issuer: Issuer) -> server::TrustedIssuer {
    server::TrustedIssuer {
        url: issuer.url,
        tenant: issuer.tenant,
        audiences: issuer.audiences,
        algorithms: issuer.algorithms,
        clock_skew_seconds: issuer.clock_skew_seconds,
        key_age_seconds: issuer.key_age_seconds,
    }
}

/// Where the data is, and whether it stays.
struct Place {
    /// Absolute, so that it can be pasted into another terminal.
    folder: PathBuf,
    /// Removed with everything in it when this is dropped.
    temporary: Option<TempDir>,
}

impl Place {
    fn new(settings: &Settings) -> Result<Place, Failure> {
        if settings.ephemeral {
            let temporary = tempfile::Builder::new().prefix("doorward-").tempdir()?;
            return Ok(Place { folder: temporary.path().canonicalize()?, temporary: Some(temporary) });
        }
        let folder = &settings.data;
        let made = files::folder(folder).and_then(|()| folder.canonicalize());
        let folder = made.map_err(|error| format!("can't use the data folder {}: {error}", folder.display()))?;
        Ok(Place { folder, temporary: None })
    }

    fn database(&self, settings: &Settings) -> Database {
        match &settings.database {
            Database::Sqlite(_) if self.temporary.is_some() => Database::Sqlite(self.folder.join("doorward.db")),
            other => other.clone(),
        }
    }
}

type Files = (PathBuf, PathBuf, Option<PathBuf>);

fn certificates(settings: &Settings, folder: &Path, now: Timestamp) -> Result<Files, Failure> {
    match &settings.tls {
        Tls::Files { certificate, key } => Ok((certificate.clone(), key.clone(), None)),
        Tls::Local { names } => {
            let made = ca::ensure(folder, names, now)?;
            if made.made == Made::AuthorityAndCertificate && !settings.ephemeral {
                tracing::info!(ca = %made.ca.display(), "made a local certificate authority; clients have to trust it");
            }
            Ok((made.certificate, made.key, Some(made.ca)))
        }
    }
}

/// Ends at the first Ctrl-C or SIGTERM. The handlers stand before the first request can come.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: no new requests, and the open ones may end");
    })
}

#[allow(clippy::disallowed_methods, reason = "the age of certificates is real, whatever time the tests have set")]
fn now() -> Timestamp {
    Timestamp::now()
}
