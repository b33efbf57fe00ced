//! HTTP: from axum to the line and back, with the headers that every answer carries. It decides
//! nothing: what a path means and who may ask is further down the line.

use crate::app::App;
use crate::encoding::Coding;
use crate::error::{Area, Error, Problem};
use crate::line::{self, Ask, Headers};
use crate::{authenticate, batch, encoding, login, metrics, trace};
use auth::verify::bearer;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{BoxError, Router};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{HeaderValue as Value, Method, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use model::surface::Version;
use odata::accept::MetadataLevel;
use odata::budget::Budget;
use odata::error::{Fault, FaultKind};
use odata::limits;
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tower_service::Service;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
// Checked when this is compiled, and not for every answer.
const FOUR: HeaderValue = HeaderValue::from_static("4.0");
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const MINIMAL: HeaderValue = HeaderValue::from_static(MetadataLevel::Minimal.content_type());
/// Room for those of most answers.
const HEADERS: usize = 6;
/// What a client may send as its own id, and gets back.
const CLIENT_REQUEST_ID_BYTES: usize = 128;

/// How long, and how much of, a body that nobody reads is taken in all the same.
const LINGER: Duration = Duration::from_secs(2);
const DRAINED: usize = 4 * limits::BODY_BYTES;

/// What every handler gets: the server's state, and how the caller came in.
#[derive(Clone)]
pub struct Door {
    pub app: Arc<App>,
    pub tls: bool,
}

impl Door {
    /// `https://host:port`, as the caller named us: absolute URLs in answers are made from it.
    pub fn origin(&self, headers: &HeaderMap, uri: &http::Uri) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        let named = uri.authority().map(http::uri::Authority::as_str);
        let host = named.or_else(|| headers.get(header::HOST).and_then(|host| host.to_str().ok()));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']' | b'_');
        let host = host.filter(|host| !host.is_empty() && host.bytes().all(plain)).unwrap_or("localhost");
        [scheme, "://", host].concat()
    }
}

/// The way in: Graph's own paths lead straight to the line, and all others through the router.
#[derive(Clone)]
pub struct Entrance {
    door: Door,
    others: Router,
}

impl Entrance {
    pub fn new(app: Arc<App>, tls: bool) -> Entrance {
        let door = Door { app, tls };
        Entrance { others: router(door.clone()), door }
    }
}

impl<B> Service<http::Request<B>> for Entrance
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        // The router answers HEAD, as it does everywhere else.
        if version(request.uri().path()).is_some() && request.method() != Method::HEAD {
            let door = self.door.clone();
            return Box::pin(async move { Ok(graph(door, request).await) });
        }
        let (app, mut others) = (Arc::clone(&self.door.app), self.others.clone());
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match read_plain_body(&app, &mut parts.headers, body).await {
                Ok(body) => {
                    let _working = app.busy.begin();
                    others.call(Request::from_parts(parts, Body::from(body))).await
                }
                Err(error) => Ok(refusal(&error)),
            }
        })
    }
}

/// The body of a request to the router, whose handlers don't know of codings.
async fn read_plain_body<B>(app: &App, headers: &mut HeaderMap, body: B) -> Result<Bytes, Error>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    let body = read_body(app.patience, body).await?;
    if !encoding::is_coded(headers) {
        return Ok(body);
    }
    let plain = Box::pin(encoding::decoded(&app.coders, headers, body)).await?;
    headers.remove(header::CONTENT_ENCODING);
    headers.remove(header::CONTENT_LENGTH);
    Ok(plain)
}

/// An answer to a request that the router doesn't get.
fn refusal(error: &Error) -> Response {
    let problem = error.problem(Area::Directory, Version::V1);
    let coding = problem.is_about_coding();
    let status = StatusCode::from_u16(problem.status).unwrap_or_default();
    let mut response = (status, problem.message).into_response();
    if coding {
        response.headers_mut().insert(header::ACCEPT_ENCODING, encoding::GZIP);
    }
    response
}

/// Everything that answers.
fn router(door: Door) -> Router {
    let mut router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(prometheus))
        .merge(login::routes(&door));
    // Whoever asks for development's routes elsewhere learns that they aren't there, and not that
    // `dev` is no version of Graph.
    router = match door.app.dev {
        true => router.merge(crate::dev::routes(&door)),
        false => router.route("/dev/{*path}", any(|| async { StatusCode::NOT_FOUND })),
    };
    router.fallback(|State(door): State<Door>, request: Request| graph(door, request)).with_state(door)
}

async fn ready(State(door): State<Door>) -> (StatusCode, &'static str) {
    match door.app.store.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "the database doesn't answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database doesn't answer\n")
        }
    }
}

async fn prometheus(State(door): State<Door>, headers: HeaderMap) -> Response {
    metrics::answer_memory(door.app.memory.held());
    let mut body = door.app.metrics.render().into_bytes();
    let coding = encoding::negotiated(&door.app.coders, &headers, &mut body).await;
    let mut response = ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], body).into_response();
    coding.describe(response.headers_mut());
    response
}

/// A request to Graph: anything that nobody else answers.
async fn graph<B>(door: Door, request: http::Request<B>) -> Response
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let request_id = door.app.clock.id();
    let client_request_id = client_request_id(&parts.headers);
    // An error says the request's own id in its place when there is none.
    let echoed = client_request_id.as_deref().unwrap_or_default();
    let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let mut ask = Ask {
        version: Version::V1,
        method: parts.method.clone(),
        target: String::new(),
        headers: Headers::of(&parts.headers),
        body: Bytes::new(),
        origin: door.origin(&parts.headers, &parts.uri),
        request_id,
        budget: door.app.answer_budget(),
    };
    let mut rendered = match version(path) {
        None => Rendered::error(&door.app, &ask, echoed, &unknown_path(path)),
        Some((version, target)) => {
            ask.version = version;
            ask.target = target.to_owned();
            if is_batch(target) {
                ask.budget = door.app.batch_budget();
            }
            match take_in(&door.app, &parts.method, &parts.headers, body).await {
                Ok(body) => {
                    let _working = door.app.busy.begin();
                    ask.body = body;
                    run(&door.app, &ask, echoed).await
                }
                Err(error) => Rendered::error(&door.app, &ask, echoed, &error),
            }
        }
    };
    let coding = rendered.encode(&door.app, &ask, &parts.headers).await;
    let took = started.elapsed();
    metrics::answered(&parts.method, rendered.status, took);
    trace::answered(&parts.method, path, rendered.status, request_id, took);
    let mut response = rendered.into_response(request_id, client_request_id, ask.budget);
    coding.describe(response.headers_mut());
    response
}

/// The request body. It is read only if there is a token, and decompressed only if the token is valid.
async fn take_in<B>(app: &App, method: &Method, headers: &HeaderMap, body: B) -> Result<Bytes, Error>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    if *method == Method::GET {
        return Ok(Bytes::new());
    }
    let authorization = headers.get(header::AUTHORIZATION);
    if let Err(fault) = bearer(authorization.map(HeaderValue::as_bytes)) {
        drain(body);
        return Err(fault.into());
    }
    let body = read_body(app.patience, body).await?;
    if body.is_empty() || !encoding::is_coded(headers) {
        return Ok(body);
    }
    // Boxed, as only few requests need the space.
    Box::pin(async {
        authenticate::authenticate(app, authorization).await?;
        encoding::decoded(&app.coders, headers, body).await
    })
    .await
}

/// Takes in what is being sent although nobody reads it, for a while: many clients look at the answer only
/// when they have sent all, and find a closed connection else.
fn drain<B>(mut body: B)
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
{
    if body.is_end_stream() {
        return;
    }
    tokio::spawn(timeout(LINGER, async move {
        let mut left = DRAINED;
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                break;
            }
        }
    }));
}

/// Reads a body, within limits of size and time.
async fn read_body<B>(patience: Duration, body: B) -> Result<Bytes, Fault>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    let fault = |kind, message: &str| Fault::new(kind, "body", message);
    let too_large = || {
        let message = format!("A body may hold {} bytes at the most.", limits::BODY_BYTES);
        fault(FaultKind::TooLarge, &message)
    };
    if body.size_hint().lower() > limits::BODY_BYTES as u64 {
        drain(body);
        return Err(too_large());
    }
    match timeout(patience, Limited::new(body, limits::BODY_BYTES).collect()).await {
        Err(_) => Err(fault(FaultKind::Slow, "The body didn't come in time.")),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(fault(FaultKind::Broken, "The body broke off before its end.")),
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
    }
}

/// The version at the start of a path, and what comes after it. Doubled slashes count once.
fn version(path: &str) -> Option<(Version, &str)> {
    let path = path.trim_start_matches('/');
    Version::ALL.into_iter().find_map(|version| {
        let (head, rest) = path.split_at_checked(version.name().len())?;
        let whole = rest.is_empty() || rest.starts_with(['/', '?']);
        (whole && head.eq_ignore_ascii_case(version.name())).then_some((version, rest))
    })
}

fn unknown_path(path: &str) -> Error {
    let segment = path.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default();
    let message = format!("Resource not found for the segment '{segment}'. Graph is served under /v1.0 and /beta.");
    Fault::new(FaultKind::Segment, "path", message).into()
}

fn client_request_id(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CLIENT_REQUEST_ID)?.to_str().ok()?;
    (!value.is_empty() && value.len() <= CLIENT_REQUEST_ID_BYTES).then(|| value.to_owned())
}

/// Walks the line and renders what comes of it.
pub async fn run(app: &App, ask: &Ask, client_request_id: &str) -> Rendered {
    let result = match is_batch(&ask.target) {
        true => Box::pin(batch_reply(app, ask)).await,
        false => line::answer(app, ask).await,
    };
    match result {
        Ok(reply) => Rendered {
            status: reply.status,
            content_type: reply.content_type,
            headers: reply.headers,
            body: reply.body,
        },
        Err(error) => Rendered::error(app, ask, client_request_id, &error),
    }
}

fn is_batch(target: &str) -> bool {
    let target = target.trim_start_matches('/');
    target.starts_with('$')
        && target.split('?').next().is_some_and(|path| path.trim_end_matches('/').eq_ignore_ascii_case("$batch"))
}

async fn batch_reply(app: &App, ask: &Ask) -> Result<line::Reply, Error> {
    crate::authenticate::authenticate(app, ask.headers.authorization.as_ref()).await?;
    if line::method(ask)? != crate::plan::Method::Post {
        let message = "A batch is sent by POST.";
        return Err(Fault::new(FaultKind::Method, ask.method.as_str(), message).into());
    }
    let (body, has_secret) = batch::run_batch(app, ask).await?;
    let level = MetadataLevel::Minimal;
    let headers = if has_secret { vec![line::no_store()] } else { Vec::new() };
    Ok(line::Reply { status: 200, content_type: Some(level.content_type()), headers, body })
}

/// The bytes of an answer, and what they count for. HTTP keeps them until the client has taken them in or has
/// gone; both go at once then.
struct Held {
    body: Vec<u8>,
    _budget: Arc<Budget>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

/// An answer whose every byte is known.
#[derive(Debug)]
pub struct Rendered {
    pub status: u16,
    pub content_type: Option<&'static str>,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Rendered {
    pub fn error(app: &App, ask: &Ask, client_request_id: &str, error: &Error) -> Rendered {
        let area = if ask.target.is_empty() { Area::Directory } else { line::area(&ask.target) };
        let problem = error.problem(area, ask.version);
        trace::failed(&problem, ask.request_id);
        Rendered::problem(app, ask, client_request_id, &problem)
    }

    /// An item of a batch whose forerunner failed.
    pub fn failed_dependency(app: &App, ask: &Ask) -> Rendered {
        let problem = Problem {
            status: 424,
            code: "FailedDependency",
            message: "A request that this one depends on has failed.".to_owned(),
            details: Vec::new(),
            log: None,
        };
        Rendered::problem(app, ask, "", &problem)
    }

    fn problem(app: &App, ask: &Ask, client_request_id: &str, problem: &Problem) -> Rendered {
        let request_id = ask.request_id.to_string();
        let client = if client_request_id.is_empty() { &request_id } else { client_request_id };
        let mut headers = Vec::new();
        if problem.status == 401 {
            let value = format!("Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\"", ask.origin);
            headers.push(("WWW-Authenticate", value));
        }
        if problem.status == 405 {
            let allowed = if is_batch(&ask.target) { "POST".to_owned() } else { line::allowed(ask) };
            headers.push(("Allow", allowed));
        }
        if problem.is_about_coding() {
            headers.push(("Accept-Encoding", "gzip".to_owned()));
        }
        if problem.status == 503 {
            headers.push(("Retry-After", "1".to_owned()));
        }
        Rendered {
            status: problem.status,
            content_type: Some("application/json"),
            headers,
            body: problem.body(app.clock.now(), &request_id, client),
        }
    }

    /// Compresses the body of a success, if the client takes that and the body is no secret: what a secret is
    /// compressed with may tell of it by the length.
    async fn encode(&mut self, app: &App, ask: &Ask, headers: &HeaderMap) -> Coding {
        let is_success = (200..300).contains(&self.status);
        if !is_success || self.body.len() < encoding::ANSWER_BYTES || line::has_secret(&self.headers) {
            return Coding::Fixed;
        }
        if self.content_type == Some("application/xml")
            && encoding::accepts_gzip(headers)
            && let Some(known) = Box::pin(encoding::metadata(ask.version)).await
        {
            self.body = known.to_vec();
            return Coding::Gzip;
        }
        encoding::negotiated(&app.coders, headers, &mut self.body).await
    }

    /// The answer as it is sent; `budget` stands for its memory as long as a part of it is there.
    fn into_response(self, request_id: Uuid, client_request_id: Option<String>, budget: Arc<Budget>) -> Response {
        let mut response = Response::new(Body::from(Bytes::from_owner(Held { body: self.body, _budget: budget })));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.reserve(HEADERS);
        headers.insert(ODATA_VERSION, FOUR);
        headers.insert(header::CACHE_CONTROL, NO_CACHE);
        if let Some(media) = self.content_type {
            let value =
                if media == MetadataLevel::Minimal.content_type() { MINIMAL } else { Value::from_static(media) };
            headers.insert(header::CONTENT_TYPE, value);
        }
        let mut digits = Uuid::encode_buffer();
        if let Ok(value) = Value::from_str(request_id.hyphenated().encode_lower(&mut digits)) {
            headers.insert(REQUEST_ID, value);
        }
        if let Some(Ok(value)) = client_request_id.map(Value::try_from) {
            headers.insert(CLIENT_REQUEST_ID, value);
        }
        for (name, value) in self.headers {
            match (HeaderName::try_from(name), Value::try_from(value)) {
                (Ok(name), Ok(value)) if name == header::CACHE_CONTROL => {
                    headers.insert(name, value);
                }
                (Ok(name), Ok(value)) => {
                    headers.append(name, value);
                }
                _ => {}
            }
        }
        response
    }
}
