//! The embedded issuer's endpoints: discovery, keys, tokens, sign-in. What they answer is decided in
//! `auth::issuer`; here it is read from forms and the store, and written as HTTP. It must never log
//! a secret, a password, a code or a token.

mod authorize;
mod dev;
mod device;
mod documents;
mod grants;
mod keys;
mod page;
mod seal;
mod throttle;
mod token;
mod web;
mod who;

pub use dev::routes as dev_routes;
pub use keys::{Rings, keys, read};
pub use web::{Call, around};
pub use who::Logins;

use crate::app::App;
use crate::error::Error;
use crate::http::Door;
use auth::issuer::keys as rules;
use auth::issuer::mint::{ACCESS_LIFETIME, AccessToken, IdToken, Subject, TokenUser, access_token, id_token};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use uuid::Uuid;

/// The resource that tokens are for.
const GRAPH: &str = "https://graph.microsoft.com";

/// The public endpoints of the issuer. `{tenant}` is a tenant's id or domain, `common` or `organizations`.
pub fn routes(door: &Door) -> Router<Door> {
    let form = || post(token::token).fallback(web::only_post);
    Router::new()
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(documents::openid))
        .route("/{tenant}/.well-known/openid-configuration", get(documents::openid))
        .route("/{tenant}/discovery/v2.0/keys", get(documents::jwks_document))
        .route("/{tenant}/discovery/keys", get(documents::jwks_document))
        .route("/common/discovery/instance", get(documents::instance))
        .route("/common/userrealm/{upn}", get(documents::user_realm))
        .route("/metadata/endpoints", get(documents::metadata))
        .route("/{tenant}/oauth2/v2.0/token", form())
        .route("/{tenant}/oauth2/token", form())
        .route("/{tenant}/oauth2/v2.0/authorize", get(authorize::show).post(authorize::submit))
        .route("/{tenant}/oauth2/v2.0/logout", get(authorize::logout))
        .route("/{tenant}/oauth2/v2.0/devicecode", post(device::codes).fallback(web::only_post))
        .route("/devicelogin", get(device::show).post(device::submit))
        .route("/{tenant}/devicelogin", get(device::show_of).post(device::submit_of))
        .route_layer(from_fn_with_state(door.clone(), web::around))
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

/// An id token for the client, signed with the tenant's key.
async fn mint_id(
    app: &App,
    base: &str,
    tenant: Uuid,
    client: Uuid,
    user: TokenUser,
    nonce: Option<String>,
) -> Result<String, Error> {
    let now = app.clock.seconds();
    let keys = keys(app, tenant).await?;
    let key = rules::signing(&keys, now).ok_or_else(|| Error::Internal("no key to sign with".to_owned()))?;
    let base = base.to_owned();
    let token = IdToken { base, tenant, app: client, user, issued_at: now, lifetime: ACCESS_LIFETIME, nonce };
    id_token(key, &token).map_err(|error| Error::Internal(error.to_string()))
}
