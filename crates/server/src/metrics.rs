//! Numbers for Prometheus. Labels are few and known beforehand: never an id, a path or a name.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::LazyLock;
use std::time::Duration;

const SECONDS: &[f64] = &[0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];
const BATCHES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// The process's recorder; made once, however many servers a test starts.
pub fn recorder() -> PrometheusHandle {
    static HANDLE: LazyLock<PrometheusHandle> = LazyLock::new(|| {
        let builder = PrometheusBuilder::new();
        let builder = builder
            .set_buckets_for_metric(Matcher::Full("doorward_request_seconds".to_owned()), SECONDS)
            .and_then(|builder| {
                builder.set_buckets_for_metric(Matcher::Full("doorward_commit_batch".to_owned()), BATCHES)
            })
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder of metrics is there already");
        }
        metrics::describe_counter!("doorward_requests_total", "Requests answered, by method and class of status.");
        metrics::describe_histogram!("doorward_request_seconds", "Seconds from a request to its answer.");
        metrics::describe_histogram!("doorward_commit_batch", "Transactions that one commit carried.");
        metrics::describe_counter!("doorward_transaction_retries", "Transactions run again after a lost race.");
        metrics::describe_counter!("doorward_logins_total", "Logins, by grant and what came of them.");
        handle
    });
    HANDLE.clone()
}

/// Counts an answer.
pub fn answered(method: &http::Method, status: u16, took: Duration) {
    let class = match status / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    let method = match *method {
        http::Method::GET => "GET",
        http::Method::POST => "POST",
        http::Method::PATCH => "PATCH",
        http::Method::PUT => "PUT",
        http::Method::DELETE => "DELETE",
        _ => "other",
    };
    metrics::counter!("doorward_requests_total", "method" => method, "status" => class).increment(1);
    metrics::histogram!("doorward_request_seconds").record(took.as_secs_f64());
}

/// Counts a login. `outcome` is `ok` or OAuth's word for the refusal.
pub fn login(grant: &'static str, outcome: &'static str) {
    metrics::counter!("doorward_logins_total", "grant" => grant, "outcome" => outcome).increment(1);
}
