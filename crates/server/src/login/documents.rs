//! The documents that clients and token checkers read before and after a login. What stands in them
//! is decided in `auth::issuer::discovery`.

use super::web::{Call, Fault};
use super::who::{self, is_common};
use super::{keys, read};
use crate::http::Door;
use auth::issuer::keys::{jwks, jwks_of_all};
use auth::issuer::{discovery, form};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, StatusCode, header};
use serde::Serialize;

/// For an hour at the most: a new key is published that long before it signs.
const CACHE: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "public, max-age=3600")];

pub async fn openid(State(door): State<Door>, Path(segment): Path<String>, call: Call) -> Response {
    // The document of `common` names no tenant, so it is there even when several tenants are.
    let tenant = match is_common(&segment) {
        true => None,
        false => match who::tenant(&door.app, &segment, None).await {
            Ok(tenant) => Some(tenant.id),
            Err(fault) => return call.refusal(&call.told(fault)),
        },
    };
    kept(discovery::openid_configuration(&call.base, &segment, tenant))
}

pub async fn jwks_document(State(door): State<Door>, Path(segment): Path<String>, call: Call) -> Response {
    match published(&door, &segment).await {
        Ok(response) => response,
        Err(fault) => call.refusal(&call.told(fault)),
    }
}

async fn published(door: &Door, segment: &str) -> Result<Response, Fault> {
    let app = &door.app;
    match who::tenant(app, segment, None).await {
        Ok(tenant) => Ok(kept(jwks(&keys(app, tenant.id).await?, app.clock.seconds()))),
        // Several tenants under one name: whatever one of them signed may be asked about here.
        Err(Fault::Refused(_)) if is_common(segment) => {
            let stored = app.store.signing_keys_all().await?;
            let keys = stored.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            Ok(kept(jwks_of_all(&keys)))
        }
        Err(fault) => Err(fault),
    }
}

/// `/common/discovery/instance`: which tenant is asked about stands in the address that is sent along.
pub async fn instance(RawQuery(query): RawQuery, call: Call) -> Response {
    let form = form::Form::parse(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let asked = form.get("authorization_endpoint").ok().flatten().unwrap_or_default();
    let segment = asked.split_once("://").and_then(|(_, rest)| rest.split('/').nth(1)).unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let segment = if !segment.is_empty() && segment.bytes().all(plain) { segment } else { "common" };
    kept(discovery::instance_discovery(&call.base, segment))
}

/// `/common/userrealm/{upn}`: says of a domain that it is ours, and nothing of a user.
pub async fn user_realm(State(door): State<Door>, Path(upn): Path<String>, call: Call) -> Response {
    let domain = upn.rsplit_once('@').map_or("", |(_, domain)| domain);
    match who::tenant(&door.app, domain, None).await {
        Ok(_) if domain.contains('.') => kept(discovery::user_realm(&call.base, &upn)),
        Ok(_) | Err(Fault::Refused(_)) => StatusCode::NOT_FOUND.into_response(),
        Err(fault) => call.refusal(&call.told(fault)),
    }
}

/// `/metadata/endpoints`, for Terraform.
pub async fn metadata(call: Call) -> Response {
    kept(discovery::metadata_endpoints(&call.base))
}

fn kept(document: impl Serialize) -> Response {
    (CACHE, Json(document)).into_response()
}
