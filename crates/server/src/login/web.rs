//! What every login endpoint shares: how the caller named us, forms in, refusals out, and the headers
//! and counts of each answer. It must never log a form or a query.

use crate::error::{Area, Error};
use crate::http::Door;
use crate::{metrics, trace};
use auth::issuer::form::FORM_BYTES;
use auth::issuer::oauth_error::OAuthError;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use std::convert::Infallible;
use std::time::Instant;
use uuid::Uuid;

const FORM_TYPE: &str = "application/x-www-form-urlencoded";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");

/// Why a login request got nothing.
#[derive(Debug)]
pub enum Fault {
    /// To be told to the client.
    Refused(OAuthError),
    /// Ours; the client hears that it failed, the log hears why.
    Failed(Error),
}

impl From<OAuthError> for Fault {
    fn from(error: OAuthError) -> Fault {
        Fault::Refused(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Failed(error)
    }
}

impl From<store::Error> for Fault {
    fn from(error: store::Error) -> Fault {
        Fault::Failed(error.into())
    }
}

/// How a request came in.
#[derive(Debug, Clone)]
pub struct Call {
    /// Scheme, host and port as the caller named us.
    pub base: String,
    pub request_id: Uuid,
    correlation_id: Uuid,
    /// The `Authorization` header, which may hold the client's secret.
    basic: Option<auth::issuer::request::Hidden>,
    now: i64,
}

impl Call {
    /// Host and port as the caller named us.
    pub fn host(&self) -> &str {
        self.base.split_once("://").map_or(self.base.as_str(), |(_, host)| host)
    }

    pub fn basic(&self) -> Option<&str> {
        self.basic.as_ref().map(auth::issuer::request::Hidden::expose)
    }

    /// What the client may hear of a fault. The rest goes to the log here, once.
    pub fn told(&self, fault: Fault) -> OAuthError {
        match fault {
            Fault::Refused(error) => error,
            Fault::Failed(error) => {
                let problem = error.problem(Area::Directory, model::Version::V1);
                trace::failed(&problem, self.request_id);
                if problem.status == 503 { OAuthError::Busy } else { OAuthError::Failed }
            }
        }
    }

    /// A refusal as JSON, as the token endpoint gives it.
    pub fn refusal(&self, error: &OAuthError) -> Response {
        let status = StatusCode::from_u16(error.parts().status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (status, Json(error.body(self.now, self.request_id, self.correlation_id))).into_response();
        let headers = response.headers_mut();
        match error.parts().status {
            // Who came with this scheme is answered with it (RFC 6749, 5.2).
            401 if self.basic.is_some() => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"doorward\""));
            }
            405 => {
                headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
            }
            503 => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}

impl FromRequestParts<Door> for Call {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Call, Infallible> {
        let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let request_id = parts.extensions.get::<RequestId>().map_or_else(|| door.app.clock.id(), |id| id.0);
        let sent = text(HeaderName::from_static("client-request-id"));
        Ok(Call {
            base: door.origin(&parts.headers, &parts.uri),
            request_id,
            correlation_id: sent.and_then(|id| Uuid::try_parse(id).ok()).unwrap_or(request_id),
            basic: text(header::AUTHORIZATION).map(auth::issuer::request::Hidden::new),
            now: door.app.clock.seconds(),
        })
    }
}

/// A body that must be a form.
///
/// # Errors
/// [`OAuthError::Malformed`] for another content type, a body that is too long or isn't UTF-8.
pub async fn form(headers: &HeaderMap, body: Body) -> Result<String, OAuthError> {
    let bytes = to_bytes(body, FORM_BYTES).await.map_err(|_| OAuthError::Malformed { what: "the body is too long" })?;
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    // An empty body is an empty form, whatever it is called.
    if !media.eq_ignore_ascii_case(FORM_TYPE) && !bytes.is_empty() {
        return Err(OAuthError::Malformed { what: "the Content-Type must be application/x-www-form-urlencoded" });
    }
    String::from_utf8(bytes.into()).map_err(|_| OAuthError::Malformed { what: "the body isn't UTF-8" })
}

/// For everything but POST at an endpoint that takes forms.
pub async fn only_post(call: Call) -> Response {
    call.refusal(&OAuthError::OnlyPost)
}

#[derive(Debug, Clone, Copy)]
struct RequestId(Uuid);

/// Around every login endpoint: an id, the log line, the count, and headers that no answer may lack.
pub async fn around(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = door.app.clock.id();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    request.extensions_mut().insert(RequestId(request_id));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // Tokens and pages with forms must be kept by nobody; documents say otherwise themselves.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::try_from(request_id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    let (status, took) = (response.status().as_u16(), started.elapsed());
    metrics::answered(&method, status, took);
    trace::answered(&method, &path, status, request_id, took);
    response
}
