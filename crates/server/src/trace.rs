//! One line in the log for a request, with its id; the detail of a failure stands only here. It must
//! never log a header, a body or a query.

use crate::error::Problem;
use std::time::Duration;
use uuid::Uuid;

/// Notes an answer.
pub fn answered(method: &http::Method, path: &str, status: u16, request_id: Uuid, took: Duration) {
    // Only called where somebody listens.
    let path = || path.split('?').next().unwrap_or_default();
    let microseconds = took.as_micros() as u64;
    if *method == http::Method::GET && status < 400 {
        tracing::debug!(target: "doorward::access", %method, path = path(), status, %request_id, microseconds, "answered");
    } else {
        tracing::info!(target: "doorward::access", %method, path = path(), status, %request_id, microseconds, "answered");
    }
}

/// Notes what a failure really was, once, here.
pub fn failed(problem: &Problem, request_id: Uuid) {
    if let Some(detail) = &problem.log {
        if problem.status >= 500 {
            tracing::error!(%request_id, status = problem.status, detail, "request failed");
        } else {
            tracing::info!(%request_id, status = problem.status, detail, "request refused");
        }
    }
}
