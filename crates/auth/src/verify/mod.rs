//! Is this token good, and what does it say? Signature, times, audience, tenant; then an
//! [`Identity`]. No I/O: keys are handed in, and so is the time, which is real time (tokens don't
//! follow a tenant's clock). It must never log or return a token, or trust a claim before the
//! signature was found right.

mod cache;
mod claims;
mod issuers;
mod keys;

pub use cache::TokenCache;
pub use issuers::{ClaimNames, Issuer, IssuerName, Issuers, TenantRule};
pub use keys::{KeySet, KeySetFault};

use crate::caller::Identity;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claims::Claims;
use jsonwebtoken::Algorithm;
use std::sync::Arc;
use uuid::Uuid;

/// Bytes in an `Authorization` header. Entra's own tokens stay below 4 KiB.
pub const TOKEN_BYTES: usize = 16 * 1024;

/// What is wrong with a token. Each is a 401 `InvalidAuthenticationToken`; the texts are for clients.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    #[error("Access token is empty.")]
    Missing,
    #[error("Access token can't be read: {what}.")]
    Malformed { what: &'static str },
    #[error("Access token validation failure. Unknown issuer.")]
    UnknownIssuer,
    /// The caller may fetch the issuer's keys anew, once, and verify again.
    #[error("Access token validation failure. Unknown signing key.")]
    UnknownKey { issuer: String, kid: String },
    #[error("Access token validation failure. Invalid signature.")]
    BadSignature,
    #[error("Lifetime validation failed, the token is expired.")]
    Expired,
    #[error("Lifetime validation failed, the token is not valid yet.")]
    NotYetValid,
    #[error("Access token validation failure. Invalid audience.")]
    WrongAudience,
    #[error("Access token validation failure. Invalid tenant.")]
    WrongTenant,
    #[error("Access token validation failure. Signing algorithm not allowed.")]
    AlgorithmNotAllowed,
}

/// The token in an `Authorization` header.
///
/// # Errors
/// [`TokenFault::Missing`] without header or token, [`TokenFault::Malformed`] for another scheme or
/// one that is too long.
pub fn bearer(header: Option<&[u8]>) -> Result<&[u8], TokenFault> {
    let header = header.map(<[u8]>::trim_ascii).filter(|header| !header.is_empty()).ok_or(TokenFault::Missing)?;
    if header.len() > TOKEN_BYTES {
        return Err(TokenFault::Malformed { what: "it is too long" });
    }
    let end = header.iter().position(|byte| *byte == b' ').unwrap_or(header.len());
    let (scheme, token) = header.split_at(end);
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return Err(TokenFault::Malformed { what: "the scheme isn't Bearer" });
    }
    let token = token.trim_ascii();
    if token.is_empty() { Err(TokenFault::Missing) } else { Ok(token) }
}

/// Verifies a token and reads who it speaks for.
///
/// `keys` gives the keys of an issuer by its [`Issuer::id`]; `now` and `leeway` are seconds of real
/// time. Accepted are access tokens in the form of Entra's versions 1 and 2, signed with one of the
/// issuer's algorithms, which are never `none` or HMAC.
///
/// # Errors
/// The first [`TokenFault`] that is found. Claims are judged only after the signature.
pub fn verify(
    token: &str,
    issuers: &Issuers,
    keys: impl Fn(&str) -> Option<Arc<KeySet>>,
    now: i64,
    leeway: i64,
) -> Result<Identity, TokenFault> {
    if token.is_empty() {
        return Err(TokenFault::Missing);
    }
    if token.len() > TOKEN_BYTES {
        return Err(TokenFault::Malformed { what: "it is too long" });
    }
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(TokenFault::Malformed { what: "it isn't a JWT of three parts" });
    };
    let head: Header = decode(header, "the header isn't JSON")?;
    let algorithm = algorithm(&head.alg).ok_or(TokenFault::AlgorithmNotAllowed)?;
    if head.crit.is_some() {
        return Err(TokenFault::Malformed { what: "it has critical extensions" });
    }
    let claims = Claims(decode(payload, "the payload isn't a JSON object")?);

    // The issuer is only believed as far as to choose the key that will prove it.
    let name = claims.text("iss").ok_or(TokenFault::Malformed { what: "it has no issuer" })?;
    let (issuer, set) = find_issuer(issuers, &keys, name, head.kid.as_deref())?;
    if !issuer.algorithms.contains(&algorithm) {
        return Err(TokenFault::AlgorithmNotAllowed);
    }
    let key = set.find(head.kid.as_deref()).ok_or_else(|| unknown_key(issuer, head.kid.as_deref()))?;
    if !key.fits(algorithm) {
        return Err(TokenFault::AlgorithmNotAllowed);
    }
    let signed = token.get(..header.len() + 1 + payload.len()).unwrap_or_default();
    match jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key.key, algorithm) {
        Ok(true) => {}
        Ok(false) | Err(_) => return Err(TokenFault::BadSignature),
    }
    judge(&claims, issuer, name, now, leeway)
}

/// The claims of a token whose signature is right.
fn judge(claims: &Claims, issuer: &Issuer, name: &str, now: i64, leeway: i64) -> Result<Identity, TokenFault> {
    let expires_at = claims.number("exp").ok_or(TokenFault::Malformed { what: "it never expires" })?;
    if now >= expires_at.saturating_add(leeway) {
        return Err(TokenFault::Expired);
    }
    if claims.number("nbf").is_some_and(|from| now.saturating_add(leeway) < from) {
        return Err(TokenFault::NotYetValid);
    }
    if !claims.texts("aud").any(|audience| issuer.accepts(audience)) {
        return Err(TokenFault::WrongAudience);
    }
    let tenant = tenant(claims, issuer, name)?;
    claims.identity(issuer, tenant, expires_at)
}

fn tenant(claims: &Claims, issuer: &Issuer, name: &str) -> Result<Uuid, TokenFault> {
    let claimed = claims.text(&issuer.claims.tenant);
    let as_id = |text: Option<&str>| text.and_then(|text| Uuid::parse_str(text).ok()).ok_or(TokenFault::WrongTenant);
    let tenant = match &issuer.tenant {
        TenantRule::Fixed(tenant) => *tenant,
        TenantRule::Claim => as_id(claimed)?,
        TenantRule::OneOf(tenants) => {
            let tenant = as_id(claimed)?;
            if !tenants.contains(&tenant) {
                return Err(TokenFault::WrongTenant);
            }
            tenant
        }
        TenantRule::Map(map) => {
            let claimed = claimed.ok_or(TokenFault::WrongTenant)?;
            map.iter().find(|(value, _)| value == claimed).map(|(_, tenant)| *tenant).ok_or(TokenFault::WrongTenant)?
        }
    };
    // An issuer that names its tenant may speak for that tenant only.
    match issuer.name.tenant_in(name) {
        Some(named) if as_id(claimed).ok() != Some(named) => Err(TokenFault::WrongTenant),
        _ => Ok(tenant),
    }
}

/// Of the issuers that the name fits, the one that has the key; several may fit where one server
/// stands in for another's public names.
fn find_issuer<'a>(
    issuers: &'a Issuers,
    keys: &impl Fn(&str) -> Option<Arc<KeySet>>,
    name: &str,
    kid: Option<&str>,
) -> Result<(&'a Issuer, Arc<KeySet>), TokenFault> {
    let mut first = None;
    for issuer in issuers.0.iter().filter(|issuer| issuer.name.fits(name)) {
        if let Some(set) = keys(&issuer.id)
            && set.find(kid).is_some()
        {
            return Ok((issuer, set));
        }
        first = first.or(Some(issuer));
    }
    Err(first.map_or(TokenFault::UnknownIssuer, |issuer| unknown_key(issuer, kid)))
}

fn unknown_key(issuer: &Issuer, kid: Option<&str>) -> TokenFault {
    TokenFault::UnknownKey { issuer: issuer.id.clone(), kid: kid.unwrap_or_default().to_owned() }
}

#[derive(serde::Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

/// Only algorithms with a public key: with HMAC, whoever can verify can forge.
fn algorithm(name: &str) -> Option<Algorithm> {
    match name {
        "RS256" => Some(Algorithm::RS256),
        "RS384" => Some(Algorithm::RS384),
        "RS512" => Some(Algorithm::RS512),
        "PS256" => Some(Algorithm::PS256),
        "PS384" => Some(Algorithm::PS384),
        "PS512" => Some(Algorithm::PS512),
        "ES256" => Some(Algorithm::ES256),
        "ES384" => Some(Algorithm::ES384),
        _ => None,
    }
}

fn decode<T: serde::de::DeserializeOwned>(part: &str, what: &'static str) -> Result<T, TokenFault> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Malformed { what })?;
    serde_json::from_slice(&bytes).map_err(|_| TokenFault::Malformed { what })
}
