//! Who is at the door: the tenant that a path names, the client that a form names, the user whose
//! password it holds. Each answers with the same words for "there is none" and "that is wrong" where
//! the difference would tell who exists.

use super::throttle::{Key, Throttle};
use super::web::Fault;
use crate::app::App;
use crate::hashing::Lane;
use auth::issuer::hasher::{Hasher, PASSWORD_BYTES};
use auth::issuer::oauth_error::OAuthError;
use auth::issuer::request::Hidden;
use auth::issuer::secret;
use std::sync::Arc;
use store::identity::{Account, Client, Secret};
use store::tenant::Tenant;
use uuid::Uuid;

/// What the process remembers of logins.
#[derive(Default)]
pub struct Logins {
    throttle: Arc<Throttle>,
}

/// What came of a password.
enum Attempt {
    Right,
    Wrong,
    Locked,
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
    if sent.expose().len() > PASSWORD_BYTES {
        return Err(OAuthError::SecretWrong.into());
    }
    let now = app.clock.now();
    let in_time = |ends_at: Option<i64>| ends_at.is_none_or(|end| now < end);
    let valid = || client.secrets.iter().filter(|secret| in_time(secret.ends_at));
    if valid().any(|secret| app.secrets.remembers(secret.key_id, sent.expose(), &secret.hash)) {
        return Ok(());
    }
    for secret in candidates(&client.secrets, sent) {
        let (state, sent) = (Arc::clone(app), sent.clone());
        let (key_id, hash) = (secret.key_id, secret.hash.clone());
        let verify = move |hasher: &mut Hasher| state.secrets.verify(hasher, key_id, sent.expose(), &hash);
        if app.hashing.run(Lane::ClientSecret, Some(client.app_id), verify).await? {
            return if in_time(secret.ends_at) { Ok(()) } else { Err(OAuthError::SecretExpired.into()) };
        }
    }
    Err(OAuthError::SecretWrong.into())
}

/// Those of a client's secrets that `sent` may be, found without hashing: the one with its selector;
/// else, among those without a selector, the ones with its first characters. So a wrong secret costs
/// no hash as a rule.
fn candidates<'a>(secrets: &'a [Secret], sent: &Hidden) -> Vec<&'a Secret> {
    let sent = sent.expose();
    let selected = |secret: &&Secret| {
        let selector = secret.selector.as_deref();
        selector.is_some_and(|selector| secret::selector(secret.key_id, sent).as_deref() == Some(selector))
    };
    let selected: Vec<&Secret> = secrets.iter().filter(selected).collect();
    if !selected.is_empty() {
        return selected;
    }
    let hint = secret::hint(sent);
    let hinted = |secret: &&Secret| secret.selector.is_none() && secret.hint.as_ref().is_none_or(|own| *own == hint);
    secrets.iter().filter(hinted).collect()
}

/// Checks a user's password. Whether the account is disabled hears only who knows it.
///
/// # Errors
/// [`OAuthError::PasswordWrong`], also for users that don't exist; [`OAuthError::UserLocked`] after
/// many of those; [`OAuthError::UserDisabled`].
pub async fn prove_user(app: &App, tenant: Uuid, username: &str, password: &Hidden) -> Result<Account, Fault> {
    let username = username.trim();
    let by_id = Uuid::try_parse(username).is_ok();
    let account = if by_id { None } else { app.store.account_find(tenant, username).await? };
    // Counted by the account, for one account may be written in several ways.
    let name = account.as_ref().map_or_else(|| username.to_lowercase(), |account| account.id.to_string());
    let key = Key::new(tenant, &name);
    if app.logins.throttle.locked(&key, app.clock.seconds()) {
        return Err(OAuthError::UserLocked.into());
    }
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let (throttle, clock, password) = (Arc::clone(&app.logins.throttle), app.clock, password.clone());
    // Looked at again and counted where the hash is computed: of many attempts at a time, only those that
    // are being hashed aren't counted yet, and one whose client hangs up is counted all the same.
    let attempt = move |hasher: &mut Hasher| {
        if throttle.locked(&key, clock.seconds()) {
            return Attempt::Locked;
        }
        let right = match hash {
            Some(hash) => hasher.verify(password.expose(), &hash),
            None => hasher.verify_nothing(password.expose()),
        };
        if right {
            throttle.succeeded(&key);
            Attempt::Right
        } else {
            throttle.failed(key, clock.seconds());
            Attempt::Wrong
        }
    };
    let account = match (app.hashing.run(Lane::Password, None, attempt).await?, account) {
        (Attempt::Right, Some(account)) => account,
        (Attempt::Locked, _) => return Err(OAuthError::UserLocked.into()),
        (Attempt::Wrong | Attempt::Right, _) => return Err(OAuthError::PasswordWrong.into()),
    };
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
