//! `$batch`: up to twenty requests, each walking the line by itself; those that nothing holds back
//! walk at the same time.

use crate::app::App;
use crate::error::Error;
use crate::http::{Rendered, run};
use crate::line::{self, Ask, Headers, host};
use bytes::Bytes;
use futures_util::future::join_all;
use model::surface::Version;
use odata::batch::{Item, Response, ResponseBody, parse, write_response};
use odata::budget::Budget;

/// Runs a batch and writes its answer; says, too, whether that holds a secret.
///
/// # Errors
/// A fault when the batch as a whole can't be taken; what goes wrong with an item is its own answer.
pub async fn run_batch(app: &App, ask: &Ask) -> Result<(Vec<u8>, bool), Error> {
    let items = parse(&ask.body, &[host(&ask.origin)])?;
    let mut done: Vec<Option<Response>> = items.iter().map(|_| None).collect();
    loop {
        let ready: Vec<usize> = (0..items.len())
            .filter(|at| matches!(done.get(*at), Some(None)))
            .filter(|at| {
                items
                    .get(*at)
                    .is_some_and(|item| item.depends_on.iter().all(|on| matches!(done.get(*on), Some(Some(_)))))
            })
            .collect();
        if ready.is_empty() {
            break;
        }
        let answers =
            join_all(ready.iter().filter_map(|at| items.get(*at)).map(|item| one(app, ask, item, &done))).await;
        for (at, answer) in ready.into_iter().zip(answers) {
            if let Some(place) = done.get_mut(at) {
                *place = Some(answer);
            }
        }
    }
    let responses: Vec<Response> = done.into_iter().flatten().collect();
    let has_secret = responses.iter().any(|response| line::has_secret(&response.headers));
    Ok((write_response(responses), has_secret))
}

async fn one(app: &App, ask: &Ask, item: &Item, done: &[Option<Response>]) -> Response {
    let failed = item.depends_on.iter().filter_map(|on| done.get(*on)?.as_ref()).any(|response| response.status >= 400);
    let request = Ask {
        version: match item.version {
            Some("beta") => Version::Beta,
            Some(_) => Version::V1,
            None => ask.version,
        },
        method: http::Method::from_bytes(item.method.as_bytes()).unwrap_or(http::Method::OPTIONS),
        target: item.url.clone(),
        headers: Headers {
            authorization: ask.headers.authorization.clone(),
            accept: item.header("accept").map(str::to_owned),
            content_type: item.header("content-type").map(str::to_owned),
            prefer: item.header("prefer").map(str::to_owned),
            consistency_level: item.header("consistencylevel").map(str::to_owned),
            if_match: item.header("if-match").map(str::to_owned),
            if_none_match: item.header("if-none-match").map(str::to_owned),
        },
        body: item.body.clone().map(Bytes::from).unwrap_or_default(),
        origin: ask.origin.clone(),
        request_id: app.clock.id(),
        budget: Budget::item(&app.answers, &ask.budget),
    };
    let rendered = match (&item.fault, failed) {
        (_, true) => Rendered::failed_dependency(app, &request),
        (Some(fault), false) => Rendered::error(app, &request, "", &Error::Fault(fault.clone())),
        (None, false) if request.target.trim_start_matches('/').eq_ignore_ascii_case("$batch") => {
            let fault = odata::error::Fault::new(odata::error::FaultKind::Batch, "url", "A batch can't hold a batch.");
            Rendered::error(app, &request, "", &Error::Fault(fault))
        }
        (None, false) => Box::pin(run(app, &request, "")).await,
    };
    let json = rendered.content_type.is_some_and(|media| media.starts_with("application/json"));
    let mut headers: Vec<(String, String)> =
        rendered.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    if let Some(media) = rendered.content_type {
        headers.push(("Content-Type".to_owned(), media.to_owned()));
    }
    if rendered.status >= 400 {
        request.budget.return_rows();
    }
    // The text is kept until the whole batch is sent.
    request.budget.leave_to_batch();
    let text = String::from_utf8(rendered.body).unwrap_or_default();
    let body = match (text.is_empty(), json) {
        (true, _) => ResponseBody::None,
        (false, true) => ResponseBody::Json(text.into_bytes()),
        (false, false) => ResponseBody::Text(text),
    };
    Response { id: item.id.clone(), status: rendered.status, headers, body }
}
