//! The embedded issuer's endpoints: discovery, keys, tokens, sign-in. What they answer is decided in
//! `auth::issuer`; here it is read from forms and the store, and written as HTTP. It must never log
//! a secret, a password, a code or a token.

mod dev;
mod keys;

pub use dev::routes as dev_routes;
pub use keys::{Rings, keys, read};

use crate::app::App;
use crate::error::Error;
use crate::http::Door;
use auth::issuer::keys as rules;
use auth::issuer::mint::{ACCESS_LIFETIME, AccessToken, Subject, access_token};
use auth::issuer::secret;
use axum::Router;
use uuid::Uuid;

/// The resource that tokens are for.
const GRAPH: &str = "https://graph.microsoft.com";

/// The public endpoints of the issuer.
pub fn routes() -> Router<Door> {
    Router::new()
}

/// Hashes a password off the line: it takes tens of milliseconds.
pub async fn hash(password: String) -> Result<String, Error> {
    tokio::task::spawn_blocking(move || secret::hash(&password))
        .await
        .map_err(|error| Error::Internal(error.to_string()))?
        .map_err(|error| Error::Internal(error.to_string()))
}

/// An access token for Graph, signed with the tenant's key.
pub async fn mint(
    app: &App,
    base: &str,
    tenant: Uuid,
    client: Uuid,
    client_name: &str,
    subject: Subject,
) -> Result<String, Error> {
    let now = app.clock.seconds();
    let keys = keys(app, tenant).await?;
    let key = rules::signing(&keys, now).ok_or_else(|| Error::Internal("no key to sign with".to_owned()))?;
    let token = AccessToken {
        base: base.to_owned(),
        tenant,
        audience: GRAPH.to_owned(),
        app: client,
        app_name: client_name.to_owned(),
        subject,
        issued_at: now,
        lifetime: ACCESS_LIFETIME,
        uti: Uuid::new_v4(),
    };
    access_token(key, &token).map_err(|error| Error::Internal(error.to_string()))
}
