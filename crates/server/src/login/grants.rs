//! What stands behind codes and refresh tokens in the store, and how one becomes the other. A row's
//! id is the digest of what the client holds; nobody who reads the table can redeem anything.
//!
//! A login is one row, the session, which holds the digest of the one refresh token that is good now.
//! An older one, presented again, is taken for stolen and ends the session (RFC 9700, 4.14.2).

use super::web::Fault;
use crate::app::App;
use crate::error::Error;
use auth::issuer::oauth_error::OAuthError;
use auth::issuer::pkce::{Challenge, Method};
use auth::issuer::request::Hidden;
use auth::issuer::secret::{self, SecretFault};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::identity::{Grant, GrantKind};
use uuid::Uuid;

/// Seconds that a code may be redeemed.
const CODE: i64 = 10 * 60;
/// Seconds that a refresh token lives if it isn't used.
const SESSION: i64 = 90 * 24 * 60 * 60;
/// Seconds that a device's user has to sign in.
pub const DEVICE: i64 = 15 * 60;
/// Seconds that a row outlives its use, so that a late client hears what happened.
const LINGER: i64 = 24 * 60 * 60;
const MICROS: i64 = 1_000_000;

/// What every grant remembers of the login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The application id of the client that it is for.
    pub client: Uuid,
    /// The scope parameter of the first request.
    pub scope: String,
    /// Seconds.
    pub until: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Code {
    #[serde(flatten)]
    pub login: Login,
    pub redirect_uri: String,
    pub nonce: Option<String>,
    /// RFC 7636: the challenge, and whether it is S256.
    pub challenge: Option<(String, bool)>,
    /// The session that was made of it, once it is redeemed.
    pub session: Option<String>,
}

impl Code {
    pub fn challenge(&self) -> Option<Challenge> {
        let (value, s256) = self.challenge.clone()?;
        Some(Challenge { method: if s256 { Method::S256 } else { Method::Plain }, value })
    }
}

/// A challenge as a code keeps it.
pub fn kept(challenge: Challenge) -> (String, bool) {
    (challenge.value, challenge.method == Method::S256)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    #[serde(flatten)]
    pub login: Login,
    /// The digest of the half of the refresh token that changes.
    pub current: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    Pending,
    Approved,
    Declined,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Device {
    #[serde(flatten)]
    pub login: Login,
    pub decision: Decision,
}

/// The row behind the code that a user types in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Typed {
    pub device: String,
}

/// Where something that only its holder knows is found.
pub fn digest(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(secret::opaque_digest(secret))
}

/// Where a user's code is found: apart from device codes, which nobody types.
pub fn typed_id(user_code: &str) -> String {
    digest(&format!("user code {user_code}"))
}

fn opaque() -> Result<(Hidden, String), Error> {
    let internal = |fault: SecretFault| Error::Internal(fault.to_string());
    secret::opaque().map(|(token, digest)| (token, URL_SAFE_NO_PAD.encode(digest))).map_err(internal)
}

pub fn row(
    id: String,
    kind: GrantKind,
    subject: Option<Uuid>,
    data: &impl Serialize,
    until: i64,
) -> Result<Grant, Error> {
    let data = serde_json::to_string(data).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Grant { id, kind, subject, data, expires_at: until.saturating_add(LINGER).saturating_mul(MICROS) })
}

/// A row of one kind, and what it says.
pub async fn find<T: DeserializeOwned>(
    app: &App,
    tenant: Uuid,
    id: &str,
    kind: GrantKind,
) -> Result<Option<(Grant, T)>, Error> {
    let Some(grant) = app.store.grant_get(tenant, id, app.clock.now()).await? else { return Ok(None) };
    if grant.kind != kind {
        return Ok(None);
    }
    // Rows of one kind have different forms (a device's two); of another form is as not there.
    Ok(serde_json::from_str(&grant.data).ok().map(|data| (grant, data)))
}

/// Makes a code for a user who has signed in.
pub async fn code(app: &App, tenant: Uuid, user: Uuid, mut code: Code) -> Result<Hidden, Error> {
    let (token, id) = opaque()?;
    code.login.until = app.clock.seconds() + CODE;
    let grant = row(id, GrantKind::Code, Some(user), &code, code.login.until)?;
    app.store.grants_put(tenant, vec![grant], app.clock.now()).await?;
    Ok(token)
}

/// Makes the two rows of a device's login; gives the device code and the user's.
pub async fn device(app: &App, tenant: Uuid, client: Uuid, scope: String) -> Result<(Hidden, String), Error> {
    let (token, id) = opaque()?;
    let user_code = secret::user_code().map_err(|fault| Error::Internal(fault.to_string()))?;
    let until = app.clock.seconds() + DEVICE;
    let login = Login { client, scope, until };
    let device = Device { login, decision: Decision::Pending };
    let rows = vec![
        row(typed_id(&user_code), GrantKind::Device, None, &Typed { device: id.clone() }, until)?,
        row(id, GrantKind::Device, None, &device, until)?,
    ];
    app.store.grants_put(tenant, rows, app.clock.now()).await?;
    Ok((token, user_code))
}

/// A session that isn't stored yet: the refresh token that its client will hold, and its row.
pub struct NewSession {
    pub token: Hidden,
    pub row: Grant,
}

/// A new session for the user.
pub fn session(app: &App, user: Uuid, login: &Login) -> Result<NewSession, Error> {
    let (name, id) = opaque()?;
    next(app, user, login, name.expose(), id)
}

/// The session's next refresh token.
fn next(app: &App, user: Uuid, login: &Login, name: &str, id: String) -> Result<NewSession, Error> {
    let (half, current) = opaque()?;
    let until = app.clock.seconds() + SESSION;
    let session = Session { login: Login { until, ..login.clone() }, current };
    let row = row(id, GrantKind::Refresh, Some(user), &session, until)?;
    Ok(NewSession { token: Hidden::new(format!("{name}.{}", half.expose())), row })
}

/// A session by its refresh token, and what will follow it.
pub struct Found {
    pub row: Grant,
    pub session: Session,
    pub user: Uuid,
    pub next: NewSession,
}

/// Finds the session of a refresh token that is good now.
///
/// # Errors
/// [`OAuthError::GrantInvalid`] for one that isn't there, is another client's, or was replaced: that
/// one also ends the session. [`OAuthError::GrantExpired`].
pub async fn refresh(app: &App, tenant: Uuid, client: Uuid, token: &Hidden) -> Result<Found, Fault> {
    let (name, half) = token.expose().split_once('.').ok_or(OAuthError::GrantInvalid)?;
    let id = digest(name);
    let found = find::<Session>(app, tenant, &id, GrantKind::Refresh).await?;
    let (row, session) = found.filter(|(_, session)| session.login.client == client).ok_or(OAuthError::GrantInvalid)?;
    if digest(half) != session.current {
        app.store.grant_drop(tenant, &id).await?;
        return Err(OAuthError::GrantInvalid.into());
    }
    if session.login.until <= app.clock.seconds() {
        return Err(OAuthError::GrantExpired.into());
    }
    let user = row.subject.ok_or(OAuthError::GrantInvalid)?;
    let next = next(app, user, &session.login, name, id)?;
    Ok(Found { row, session, user, next })
}
