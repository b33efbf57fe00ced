//! `/dev/mail`: the letters of the development tenant, as they were sent or would have been, the newest
//! first: a page for a person, JSON for a program. Development mode only.

use crate::app::App;
use crate::dev::{TENANT, refused};
use crate::error::Error;
use crate::http::Door;
use crate::login::{Call, around};
use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use connect::letter::{self, Written};
use domain::outcome::Topic;
use http::{HeaderMap, HeaderName, header};
use odata::error::{Fault, FaultKind};
use odata::write;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// The page needs nothing but its own style.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";

pub fn routes(door: &Door) -> Router<Door> {
    let router = Router::new().route("/dev/mail", get(show).fallback(neither));
    router.route_layer(from_fn_with_state(door.clone(), around))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Only letters to this address.
    to: Option<String>,
}

struct Shown {
    id: Uuid,
    sent: String,
    letter: Written,
}

#[derive(Template)]
#[template(path = "dev/inbox.html")]
struct Page<'a> {
    to: &'a str,
    letters: &'a [Shown],
}

async fn show(
    State(door): State<Door>,
    call: Call,
    headers: HeaderMap,
    which: Result<Query<Which>, QueryRejection>,
) -> Response {
    let wants_json = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let wants_json = wants_json.is_some_and(|media| media.to_ascii_lowercase().starts_with("application/json"));
    let shown = async {
        let Query(which) = which.map_err(|refused| Fault::new(FaultKind::Option, "url", refused.body_text()))?;
        let to = which.to.unwrap_or_default();
        let letters = letters(&door.app, &to).await?;
        if wants_json {
            let value: Vec<serde_json::Value> = letters.iter().map(in_json).collect();
            return Ok(Json(json!({ "value": value })).into_response());
        }
        let page = Page { to: &to, letters: &letters }.render();
        let page = page.map_err(|error| Error::Internal(error.to_string()))?;
        Ok(([(HeaderName::from_static("content-security-policy"), POLICY)], Html(page)).into_response())
    };
    shown.await.unwrap_or_else(|error: Error| refused(&door.app, &call, &error, "GET"))
}

async fn neither(State(door): State<Door>, call: Call, method: http::Method) -> Response {
    let fault = Fault::new(FaultKind::Method, method.as_str(), "The inbox is read by GET.");
    refused(&door.app, &call, &fault.into(), "GET")
}

async fn letters(app: &App, to: &str) -> Result<Vec<Shown>, Error> {
    let kept = app.store.outbox_kept(TENANT, Topic::Mail).await?;
    let letters = kept.into_iter().filter_map(|kept| {
        let letter = letter::write(&kept.payload).ok()?;
        Some(Shown { id: kept.id, sent: write::time(kept.sent_at), letter })
    });
    Ok(letters.filter(|shown| to.is_empty() || shown.letter.to.eq_ignore_ascii_case(to)).collect())
}

fn in_json(shown: &Shown) -> serde_json::Value {
    let letter = &shown.letter;
    json!({
        "id": shown.id, "event": letter.event, "to": letter.to, "toName": letter.to_name, "subject": letter.subject,
        "text": letter.text, "html": letter.html, "sentDateTime": shown.sent,
    })
}
