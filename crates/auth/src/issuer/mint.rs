//! The tokens' contents. Access tokens carry the claims of Entra's version 2 and, for readers that
//! look for those, `appid`, `upn` and the like of version 1 (clients.md, section 3).

use super::keys::{KeyFault, SigningKey};
use crate::permission::Permissions;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// Seconds that an access token lives, unless said otherwise.
pub const ACCESS_LIFETIME: i64 = 60 * 60;

/// A user, as tokens show one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenUser {
    pub id: Uuid,
    pub user_principal_name: String,
    pub display_name: String,
}

/// Whom an access token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The object id of the application's service principal; its app roles.
    Application { service_principal: Uuid, roles: Permissions },
    /// A user, and the scopes that the application may use in their name.
    User { user: TokenUser, scopes: Permissions },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Scheme and host as the client called us, without a slash at the end: part of the issuer.
    pub base: String,
    pub tenant: Uuid,
    /// `https://graph.microsoft.com`, or what the client named (see `scope.rs`).
    pub audience: String,
    /// The application's `appId`.
    pub app: Uuid,
    pub app_name: String,
    pub subject: Subject,
    pub issued_at: i64,
    pub lifetime: i64,
    /// Unique for each token.
    pub uti: Uuid,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdToken {
    pub base: String,
    pub tenant: Uuid,
    /// The application's `appId`: id tokens are for the client itself.
    pub app: Uuid,
    pub user: TokenUser,
    pub issued_at: i64,
    pub lifetime: i64,
    pub nonce: Option<String>,
}

/// What `iss` says.
pub fn issuer(base: &str, tenant: &str) -> String {
    format!("{base}/{tenant}/v2.0")
}

/// Signs an access token.
///
/// # Errors
/// [`KeyFault::Sign`].
pub fn access_token(key: &SigningKey, token: &AccessToken) -> Result<String, KeyFault> {
    #[derive(Serialize)]
    struct Claims<'a> {
        aud: &'a str,
        iss: String,
        iat: i64,
        nbf: i64,
        exp: i64,
        app_displayname: &'a str,
        appid: Uuid,
        azp: Uuid,
        idtyp: &'static str,
        oid: Uuid,
        #[serde(skip_serializing_if = "Option::is_none")]
        roles: Option<Vec<&'static str>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        scp: Option<String>,
        sub: String,
        tid: Uuid,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        upn: Option<&'a str>,
        uti: String,
        ver: &'static str,
    }
    let mut claims = Claims {
        aud: &token.audience,
        iss: issuer(&token.base, &token.tenant.to_string()),
        iat: token.issued_at,
        // Clocks of other machines may be behind ours; Entra does the same.
        nbf: token.issued_at.saturating_sub(300),
        exp: token.issued_at.saturating_add(token.lifetime),
        app_displayname: &token.app_name,
        appid: token.app,
        azp: token.app,
        idtyp: "app",
        oid: Uuid::nil(),
        roles: None,
        scp: None,
        sub: String::new(),
        tid: token.tenant,
        name: None,
        upn: None,
        uti: URL_SAFE_NO_PAD.encode(token.uti.as_bytes()),
        ver: "2.0",
    };
    match &token.subject {
        Subject::Application { service_principal, roles } => {
            claims.oid = *service_principal;
            claims.sub = service_principal.to_string();
            claims.roles = Some(roles.names());
        }
        Subject::User { user, scopes } => {
            claims.idtyp = "user";
            claims.oid = user.id;
            claims.sub = subject(user.id, token.app);
            claims.scp = Some(scopes.to_scopes());
            claims.name = Some(&user.display_name);
            claims.upn = Some(&user.user_principal_name);
        }
    }
    key.sign(&claims)
}

/// Signs an id token.
///
/// # Errors
/// [`KeyFault::Sign`].
pub fn id_token(key: &SigningKey, token: &IdToken) -> Result<String, KeyFault> {
    let mut claims = json!({
        "aud": token.app,
        "iss": issuer(&token.base, &token.tenant.to_string()),
        "iat": token.issued_at,
        "nbf": token.issued_at.saturating_sub(300),
        "exp": token.issued_at.saturating_add(token.lifetime),
        "name": token.user.display_name,
        "oid": token.user.id,
        "preferred_username": token.user.user_principal_name,
        "sub": subject(token.user.id, token.app),
        "tid": token.tenant,
        "ver": "2.0",
    });
    if let (Some(nonce), Some(claims)) = (&token.nonce, claims.as_object_mut()) {
        claims.insert("nonce".into(), json!(nonce));
    }
    key.sign(&claims)
}

/// `client_info`, from which MSAL makes its account id.
pub fn client_info(user: Uuid, tenant: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(json!({ "uid": user, "utid": tenant }).to_string())
}

/// `sub` is another one for each application, so that two of them can't tell that they share a user
/// (OpenID Connect, pairwise identifiers); nor is it the object id, which would mean an application.
fn subject(user: Uuid, app: Uuid) -> String {
    let both: Vec<u8> = user.as_bytes().iter().chain(app.as_bytes()).copied().collect();
    URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &both))
}
