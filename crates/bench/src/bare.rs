//! The bare server: the same stack as Doorward's and the same bytes, and no work. What a request
//! costs here no server on this stack can save.

use crate::Failure;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;

/// Answers every request with the file's content.
pub fn serve(port: u16, body: &Path) -> Result<(), Failure> {
    let body = Bytes::from(std::fs::read(body)?);
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    listener.set_nonblocking(true)?;
    let router = Router::new().fallback(answer).with_state(body);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async { axum_server::from_tcp(listener)?.serve(router.into_make_service()).await })?;
    Ok(())
}

async fn answer(State(body): State<Bytes>, _: Request) -> Response {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("odata-version"), HeaderValue::from_static("4.0"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let media = "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8";
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    let id = HeaderValue::from_static("00000000-0000-7000-8000-000000000000");
    headers.insert(HeaderName::from_static("request-id"), id);
    response
}
