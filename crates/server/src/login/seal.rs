//! What a page carries from its first request to its answer, sealed by the tenant's signing key.

use super::keys;
use crate::app::App;
use crate::error::Error;
use auth::issuer::keys::{KeyFault, SigningKey, signing};
use auth::issuer::request::AuthorizeRequest;
use auth::issuer::seal::Sealer;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Seconds that a page may stand open.
const OPEN: i64 = 30 * 60;

/// What the page is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Page {
    /// The authorization request.
    SignIn {
        client_id: Uuid,
        redirect_uri: String,
        scope: String,
        state: Option<String>,
        nonce: Option<String>,
        challenge: Option<(String, bool)>,
        form_post: bool,
    },
    /// The code that the user typed in.
    Device { user_code: String },
}

impl Page {
    pub fn sign_in(client_id: Uuid, request: AuthorizeRequest) -> Page {
        Page::SignIn {
            client_id,
            redirect_uri: request.redirect_uri,
            scope: request.scope,
            state: request.state,
            nonce: request.nonce,
            challenge: request.challenge.map(super::grants::kept),
            form_post: request.form_post,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    tenant: Uuid,
    until: i64,
    page: Page,
}

/// Seals it, for a form of this tenant.
pub async fn seal(app: &App, tenant: Uuid, page: Page) -> Result<String, Error> {
    let now = app.clock.seconds();
    let ring = keys(app, tenant).await?;
    let key = signing(&ring, now).ok_or_else(|| Error::Internal("no key to seal with".to_owned()))?;
    let sealed = Sealed { tenant, until: now + OPEN, page };
    let text = serde_json::to_string(&sealed).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(sealer(key)?.seal(&text))
}

/// What stands in a form that came back, if we made it for this tenant and not too long ago.
pub async fn open(app: &App, tenant: Uuid, sealed: &str) -> Result<Option<Page>, Error> {
    for key in keys(app, tenant).await? {
        if let Some(text) = sealer(&key)?.open(sealed) {
            let sealed: Option<Sealed> = serde_json::from_str(&text).ok();
            let valid = |sealed: &Sealed| sealed.tenant == tenant && app.clock.seconds() < sealed.until;
            return Ok(sealed.filter(valid).map(|sealed| sealed.page));
        }
    }
    Ok(None)
}

fn sealer(key: &SigningKey) -> Result<Sealer, Error> {
    let private_key = key.pkcs8().map_err(|fault: KeyFault| Error::Internal(fault.to_string()))?;
    Ok(Sealer::of(&private_key))
}
