//! Who is at the door: the tenant that a path names, the client that a form names, the user whose
//! password it holds. Each answers with the same words for "there is none" and "that is wrong" where
//! the difference would tell who exists.

use super::throttle::Throttle;
use super::web::Fault;
use crate::app::App;
use crate::error::Error;
use auth::issuer::oauth_error::OAuthError;
use auth::issuer::request::Hidden;
use auth::issuer::secret;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use store::identity::{Account, Client};
use store::tenant::Tenant;
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

/// How long a login waits for its turn to be hashed.
const TURN: Duration = Duration::from_secs(10);

/// What the process remembers of logins.
pub struct Logins {
    /// Each hash takes a processor and 19 MiB: no more at a time than there are processors.
    hashing: Semaphore,
    throttle: Throttle,
}

impl Default for Logins {
    fn default() -> Logins {
        static PROCESSORS: LazyLock<usize> =
            LazyLock::new(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
        Logins { hashing: Semaphore::new(*PROCESSORS), throttle: Throttle::default() }
    }
}

impl Logins {
    async fn turn(&self) -> Result<SemaphorePermit<'_>, Fault> {
        match tokio::time::timeout(TURN, self.hashing.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(store::Error::Busy("too many logins at a time").into()),
        }
    }
}

/// Whether a segment stands for any tenant.
pub fn is_common(segment: &str) -> bool {
    segment.eq_ignore_ascii_case("common") || segment.eq_ignore_ascii_case("organizations")
}

/// The tenant that a path names by id or domain. `common` is the only one there is; of several, the one
/// of the user's domain, and in development mode else the fixed one.
///
/// # Errors
/// [`OAuthError::UnknownTenant`].
pub async fn tenant(app: &App, segment: &str, user: Option<&str>) -> Result<Tenant, Fault> {
    if let Some(tenant) = app.store.tenant_find(segment).await? {
        return Ok(tenant);
    }
    if is_common(segment)
        && let Some((_, domain)) = user.and_then(|user| user.trim().rsplit_once('@'))
        && let Some(tenant) = app.store.tenant_find(domain).await?
    {
        return Ok(tenant);
    }
    if app.dev
        && is_common(segment)
        && let Some(tenant) = app.store.tenant_find(&crate::dev::TENANT.to_string()).await?
    {
        return Ok(tenant);
    }
    Err(OAuthError::UnknownTenant { tenant: segment.to_owned() }.into())
}

/// The client of that id.
///
/// # Errors
/// [`OAuthError::UnknownClient`], [`OAuthError::ClientDisabled`].
pub async fn client(app: &App, tenant: Uuid, id: &str) -> Result<Client, Fault> {
    let unknown = || OAuthError::UnknownClient { client: id.to_owned() };
    let app_id = Uuid::try_parse(id).map_err(|_| unknown())?;
    let client = app.store.client_find(tenant, app_id).await?.ok_or_else(unknown)?;
    if client.enabled { Ok(client) } else { Err(OAuthError::ClientDisabled.into()) }
}

/// Checks a client's secret. Without one, a client gets through that may sign users in without
/// (`public`), and only where a user answers for it. A secret that is sent must be right, always.
///
/// # Errors
/// [`OAuthError::SecretMissing`], [`OAuthError::SecretWrong`], [`OAuthError::SecretExpired`].
pub async fn prove_client(app: &Arc<App>, client: &Client, sent: Option<&Hidden>, for_user: bool) -> Result<(), Fault> {
    let Some(sent) = sent else {
        return if client.public && for_user { Ok(()) } else { Err(OAuthError::SecretMissing.into()) };
    };
    let now = app.clock.now();
    let in_time = |ends_at: Option<i64>| ends_at.is_none_or(|end| now < end);
    let valid = || client.secrets.iter().filter(|secret| in_time(secret.ends_at));
    if valid().any(|secret| app.secrets.remembers(secret.key_id, sent.expose(), &secret.hash)) {
        return Ok(());
    }
    let _turn = app.logins.turn().await?;
    let (secrets, sent, state) = (client.secrets.clone(), sent.clone(), Arc::clone(app));
    let fits = blocking(move || {
        secrets.into_iter().find(|secret| state.secrets.verify(secret.key_id, sent.expose(), &secret.hash))
    });
    match fits.await? {
        Some(secret) if in_time(secret.ends_at) => Ok(()),
        Some(_) => Err(OAuthError::SecretExpired.into()),
        None => Err(OAuthError::SecretWrong.into()),
    }
}

/// Checks a user's password. Whether the account is disabled hears only who knows it.
///
/// # Errors
/// [`OAuthError::PasswordWrong`], also for users that don't exist; [`OAuthError::UserLocked`] after
/// many of those; [`OAuthError::UserDisabled`].
pub async fn prove_user(app: &App, tenant: Uuid, username: &str, password: &Hidden) -> Result<Account, Fault> {
    let username = username.trim();
    let by_id = Uuid::try_parse(username).is_ok();
    // The turn comes first: of many attempts at a time, only those being hashed are not yet counted.
    let _turn = app.logins.turn().await?;
    let account = if by_id { None } else { app.store.account_find(tenant, username).await? };
    // Counted by the account, for one account may be written in several ways.
    let key = (tenant, account.as_ref().map_or_else(|| username.to_lowercase(), |account| account.id.to_string()));
    if app.logins.throttle.locked(&key, app.clock.seconds()) {
        return Err(OAuthError::UserLocked.into());
    }
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let password = password.clone();
    let right = blocking(move || match hash {
        Some(hash) => secret::verify(password.expose(), &hash),
        None => secret::verify_nothing(password.expose()),
    })
    .await?;
    let Some(account) = account.filter(|_| right) else {
        app.logins.throttle.failed(key, app.clock.seconds());
        return Err(OAuthError::PasswordWrong.into());
    };
    app.logins.throttle.succeeded(&key);
    if account.enabled { Ok(account) } else { Err(OAuthError::UserDisabled.into()) }
}

/// The user of a code or a refresh token, as they are now. Grants of who is deleted or got another
/// password aren't there any more; that is the store's doing.
///
/// # Errors
/// [`OAuthError::GrantInvalid`] when the user is gone, [`OAuthError::UserDisabled`].
pub async fn user(app: &App, tenant: Uuid, id: Uuid) -> Result<Account, Fault> {
    let account = app.store.account_find(tenant, &id.to_string()).await?.ok_or(OAuthError::GrantInvalid)?;
    if account.enabled { Ok(account) } else { Err(OAuthError::UserDisabled.into()) }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))
}
