//! `/dev/clock`: shows a tenant's time and moves it. Development mode only. Time runs on from where it
//! is put, and goes back only to real time: what has happened in a tenant's future stays as it is.
//! It must never touch tokens, secrets and certificates; they live in real time.

use crate::app::App;
use crate::dev::{TENANT, refused};
use crate::error::Error;
use crate::http::Door;
use crate::login::{Call, around};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, Query, Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Form, Json, Router};
use http::header;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use odata::error::{Fault, FaultKind};
use odata::{literal, write};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// How far ahead a clock may be: a hundred years, in microseconds.
const AHEAD: i64 = 36_525 * 86_400 * 1_000_000;
/// How long an answer waits for the tasks that the new time makes due.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it looks whether they are done.
const PAUSE: Duration = Duration::from_millis(10);

pub fn routes(door: &Door) -> Router<Door> {
    let router = Router::new().route("/dev/clock", get(show).post(change).fallback(neither));
    router.route_layer(from_fn_with_state(door.clone(), around))
}

/// Whose clock, and how it is to be moved.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// Id or domain; the development tenant when nothing is said.
    tenant: Option<String>,
    advance: Option<String>,
    set: Option<String>,
    reset: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    tenant: Option<String>,
}

#[derive(Debug, Clone)]
enum Move {
    Advance(Span),
    Set(i64),
    Reset,
}

async fn show(State(door): State<Door>, call: Call, which: Result<Query<Which>, QueryRejection>) -> Response {
    let shown = async {
        let Query(which) = which.map_err(|refused| Fault::new(FaultKind::Option, "url", refused.body_text()))?;
        let tenant = tenant(&door.app, which.tenant.as_deref()).await?;
        door.app.clocks.refresh(&door.app.store).await?;
        let due = due(&door.app, tenant).await?;
        Ok(told(&door.app, tenant, due))
    };
    answered(&door.app, &call, shown.await)
}

async fn change(State(door): State<Door>, call: Call, request: Request) -> Response {
    let changed = async {
        let wish = wish(request).await?;
        let to = wanted(&wish)?;
        let tenant = tenant(&door.app, wish.tenant.as_deref()).await?;
        // What is due already belongs to the time before the move.
        settle(&door.app, tenant).await?;
        let real = door.app.clock.now();
        door.app.store.clock_change(tenant, move |ahead| moved(real, ahead, &to)).await??;
        door.app.clocks.refresh(&door.app.store).await?;
        let due = settle(&door.app, tenant).await?;
        Ok(told(&door.app, tenant, due))
    };
    answered(&door.app, &call, changed.await)
}

async fn neither(State(door): State<Door>, call: Call, method: http::Method) -> Response {
    let fault = Fault::new(FaultKind::Method, method.as_str(), "The clock is read by GET and moved by POST.");
    answered(&door.app, &call, Err(fault.into()))
}

fn answered(app: &App, call: &Call, result: Result<serde_json::Value, Error>) -> Response {
    match result {
        Ok(body) => Json(body).into_response(),
        Err(error) => refused(app, call, &error, "GET, POST"),
    }
}

fn told(app: &App, tenant: Uuid, due: i64) -> serde_json::Value {
    let ahead = app.clocks.offset(tenant);
    let now = write::time(app.clock.now().saturating_add(ahead));
    json!({ "tenant": tenant, "now": now, "offsetSeconds": ahead.div_euclid(1_000_000), "tasksDue": due })
}

/// The body, a form or JSON, whose every field is known.
async fn wish(request: Request) -> Result<Wish, Fault> {
    let wrong = |why: String| Fault::new(FaultKind::Value, "body", why);
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if media.to_ascii_lowercase().starts_with("application/json") {
        return Json::from_request(request, &()).await.map(|Json(wish)| wish).map_err(|error| wrong(error.body_text()));
    }
    Form::from_request(request, &()).await.map(|Form(wish)| wish).map_err(|error| wrong(error.body_text()))
}

fn wanted(wish: &Wish) -> Result<Move, Fault> {
    match (&wish.advance, &wish.set, wish.reset.unwrap_or(false)) {
        (Some(text), None, false) => span(text).map(Move::Advance),
        (None, Some(text), false) => literal::time(text).map(Move::Set).ok_or_else(|| {
            let message = format!("'set' has to be an instant as 2027-01-31T09:00:00Z, not '{text}'.");
            Fault::new(FaultKind::Value, "set", message)
        }),
        (None, None, true) => Ok(Move::Reset),
        _ => Err(Fault::new(FaultKind::Value, "body", "Say one of 'advance', 'set' and 'reset'.")),
    }
}

/// A span in one of the ways that people write it: `14d`, `36h`, `1w 2d`, `P14D`, `PT5M`.
fn span(text: &str) -> Result<Span, Fault> {
    let wrong = |what: &str| Fault::new(FaultKind::Value, "advance", format!("'advance' {what}, not '{text}'."));
    let span: Span = text.trim().parse().map_err(|_| wrong("has to be a span as 14d, 36h, 90m, 1w or P14D"))?;
    if span.is_negative() {
        return Err(wrong("has to lead forward"));
    }
    Ok(span)
}

async fn tenant(app: &App, name: Option<&str>) -> Result<Uuid, Error> {
    let name = match name.map(str::trim) {
        None | Some("") => return Ok(TENANT),
        Some(name) => name,
    };
    match app.store.tenant_find(name).await? {
        Some(tenant) => Ok(tenant.id),
        None => {
            let message = format!("'tenant' is '{name}', and no tenant has that id or domain.");
            Err(Fault::new(FaultKind::Value, "tenant", message).into())
        }
    }
}

/// How far ahead the clock is afterwards.
fn moved(real: i64, ahead: i64, to: &Move) -> Result<i64, Fault> {
    let present = real.saturating_add(ahead);
    let (field, target) = match to {
        Move::Reset => return Ok(0),
        Move::Set(at) if *at < present => {
            let message = format!(
                "'set' is before the tenant's present time, {}. Only 'reset' leads back, to real time.",
                write::time(present)
            );
            return Err(Fault::new(FaultKind::Value, "set", message));
        }
        Move::Set(at) => ("set", Some(*at)),
        Move::Advance(span) => ("advance", later(present, *span)),
    };
    let ahead = target.and_then(|target| target.checked_sub(real)).filter(|ahead| *ahead <= AHEAD);
    ahead.ok_or_else(|| {
        let message = format!("'{field}' leads too far: a clock may be a hundred years ahead of real time.");
        Fault::new(FaultKind::Value, field, message)
    })
}

/// Months and years are as long as they are from there.
fn later(present: i64, span: Span) -> Option<i64> {
    let present = Timestamp::from_microsecond(present).ok()?.to_zoned(TimeZone::UTC);
    Some(present.checked_add(span).ok()?.timestamp().as_microsecond())
}

/// How many tasks are due by the tenant's time. One that another has left behind while they were counted
/// is later than the time that was asked for, and due all the same.
async fn due(app: &App, tenant: Uuid) -> Result<i64, store::Error> {
    let (due, next) = app.store.tasks_due_of(tenant, app.now(tenant)).await?;
    Ok(due.max(i64::from(next.is_some_and(|at| at <= app.now(tenant)))))
}

/// Waits until what the tenant's time makes due is done, and says how much of it is not.
async fn settle(app: &App, tenant: Uuid) -> Result<i64, store::Error> {
    let end = Instant::now() + PATIENCE;
    loop {
        app.bell.ring();
        let due = due(app, tenant).await?;
        if due == 0 || Instant::now() >= end {
            return Ok(due);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400 * 1_000_000;
    /// 2027-01-31T00:00:00Z
    const REAL: i64 = 1_801_353_600_000_000;

    fn advanced(text: &str, ahead: i64) -> Result<i64, Fault> {
        moved(REAL, ahead, &Move::Advance(span(text)?))
    }

    #[test]
    fn spans_as_people_write_them() {
        for (text, minutes) in [
            ("14d", 14 * 1440),
            ("36h", 36 * 60),
            ("90m", 90),
            ("1w", 7 * 1440),
            (" 1w 2d ", 9 * 1440),
            ("P14D", 14 * 1440),
            ("PT5M", 5),
            ("P1M", 28 * 1440),
            ("0d", 0),
        ] {
            assert_eq!(advanced(text, 0), Ok(minutes * 60_000_000), "{text}");
        }
        for text in ["", "14", "d", "-14d", "14d ago", "-P1D", "next week", "14 d d"] {
            let fault = span(text).unwrap_err();
            assert_eq!(fault.target, "advance");
            assert!(fault.message.contains(&format!("'{text}'")), "{}", fault.message);
        }
    }

    #[test]
    fn time_goes_forward_from_the_tenants_present_and_back_to_real_time() {
        assert_eq!(advanced("2d", 3 * DAY), Ok(5 * DAY));
        assert_eq!(moved(REAL, 3 * DAY, &Move::Set(REAL + 3 * DAY)), Ok(3 * DAY));
        let fault = moved(REAL, 3 * DAY, &Move::Set(REAL + 3 * DAY - 1)).unwrap_err();
        assert!(fault.target == "set" && fault.message.contains("2027-02-03T00:00:00Z"), "{fault}");
        assert_eq!(moved(REAL, 3 * DAY, &Move::Reset), Ok(0));
    }

    #[test]
    fn a_century_ahead_is_the_limit() {
        assert_eq!(moved(REAL, 0, &Move::Set(REAL + AHEAD)), Ok(AHEAD));
        assert_eq!(moved(REAL, 0, &Move::Set(REAL + AHEAD + 1)).unwrap_err().target, "set");
        assert_eq!(advanced("1d", AHEAD - DAY), Ok(AHEAD));
        assert_eq!(advanced("1d", AHEAD - DAY + 1).unwrap_err().target, "advance");
        for text in ["P9999Y", "9223372036s", "P19998Y"] {
            assert_eq!(advanced(text, 0).unwrap_err().target, "advance", "{text}");
        }
    }
}
