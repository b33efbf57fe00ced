//! Numbers for Prometheus. Labels are few and known beforehand: never an id, a path or a name.

use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::LazyLock;
use std::time::Duration;

const SECONDS: &[f64] = &[0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];
/// Between two upkeeps.
const UPKEEP: Duration = Duration::from_secs(5);
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
        metrics::describe_counter!(
            "doorward_connections_closed_unfinished_total",
            "PostgreSQL connections closed because a statement or transaction on them had not ended."
        );
        metrics::describe_counter!("doorward_tasks_total", "Tasks of the worker, by what came of them.");
        metrics::describe_counter!("doorward_posts_total", "What went out of the outbox, by what came of it.");
        metrics::describe_counter!("doorward_logins_total", "Logins, by grant and what came of them.");
        metrics::describe_counter!(
            "doorward_hashing_jobs_total",
            "Passwords and secrets that were to be hashed, by what for and what came of them."
        );
        metrics::describe_gauge!("doorward_answer_memory_bytes", "Memory that answers hold which are made or sent.");
        handle
    });
    HANDLE.clone()
}

/// Sums up what was measured, again and again: until then each request keeps a few bytes, whether
/// anybody ever asks for the numbers or not.
pub async fn upkeep(handle: &PrometheusHandle) {
    loop {
        tokio::time::sleep(UPKEEP).await;
        handle.run_upkeep();
    }
}

const METHODS: [&str; 6] = ["GET", "POST", "PATCH", "PUT", "DELETE", "other"];
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// The numbers that every request moves, looked up once: a look-up costs as much as a small read.
struct Requests {
    /// By method, then by class of status.
    total: Vec<Counter>,
    seconds: Histogram,
}

/// Counts an answer.
pub fn answered(method: &http::Method, status: u16, took: Duration) {
    static REQUESTS: LazyLock<Requests> = LazyLock::new(|| Requests {
        total: METHODS
            .iter()
            .flat_map(|method| CLASSES.iter().map(move |class| (*method, *class)))
            .map(|(method, class)| metrics::counter!("doorward_requests_total", "method" => method, "status" => class))
            .collect(),
        seconds: metrics::histogram!("doorward_request_seconds"),
    });
    let class = match status / 100 {
        2 => 0,
        3 => 1,
        4 => 2,
        _ => 3,
    };
    let method = METHODS.iter().position(|name| *name == method.as_str()).unwrap_or(METHODS.len() - 1);
    if let Some(counter) = REQUESTS.total.get(method * CLASSES.len() + class) {
        counter.increment(1);
    }
    REQUESTS.seconds.record(took.as_secs_f64());
}

/// Counts a job of password hashing. `outcome` is `done`, `refused`, `abandoned` or `failed`.
pub fn hashing(lane: &'static str, outcome: &'static str) {
    metrics::counter!("doorward_hashing_jobs_total", "lane" => lane, "outcome" => outcome).increment(1);
}

/// Notes the memory that answers hold at the moment.
pub fn answer_memory(bytes: u64) {
    metrics::gauge!("doorward_answer_memory_bytes").set(bytes as f64);
}

/// Counts a login. `outcome` is `ok` or OAuth's word for the refusal.
pub fn login(grant: &'static str, outcome: &'static str) {
    metrics::counter!("doorward_logins_total", "grant" => grant, "outcome" => outcome).increment(1);
}
