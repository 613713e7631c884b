//! Seeing what it does: logs without personal data, metrics, health.

use crate::bank::Bank;
use crate::config::Log;
use crate::trouble::Trouble;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};
use tracing_subscriber::EnvFilter;

/// Starts logging to standard error.
pub(crate) fn log(log: &Log) -> Result<(), Trouble> {
    let filter = EnvFilter::try_new(&log.level)
        .map_err(|error| Trouble::new(format!("The log level {:?} is not right: {error}.", log.level)))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match log.format.as_str() {
        "json" => builder.json().flatten_event(true).init(),
        "text" => builder.init(),
        other => {
            return Err(Trouble::new(format!("The log format {other:?} is not known."))
                .remedy("[log] format takes json or text."));
        }
    }
    Ok(())
}

/// Only warnings, for commands that a person reads.
pub(crate) fn log_quietly() {
    let filter = EnvFilter::try_from_env("TONGBAO_LOG__LEVEL").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

/// Starts collecting metrics.
pub(crate) fn metrics() -> Result<PrometheusHandle, Trouble> {
    let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
    let name = Matcher::Full("http_request_seconds".to_owned());
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(name, &seconds)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| Trouble::new(format!("Metrics cannot be collected: {error}.")))?;
    metrics::describe_counter!("http_requests_total", "Requests answered, by method, route and status");
    metrics::describe_histogram!("http_request_seconds", metrics::Unit::Seconds, "Time to answer, by method and route");
    metrics::describe_gauge!("ledger_journal_records", "Durable records of the journal");
    metrics::describe_gauge!("ledger_commands", "Commands decided and durable");
    metrics::describe_gauge!("ledger_queue_length", "Commands waiting to be decided");
    metrics::describe_gauge!(
        "ledger_trades_stuck",
        "Payments between partitions that the last sweep could not carry to their end; their money is held, the log says why"
    );
    metrics::describe_gauge!("projection_lag_records", "Journal records that SQL has not seen yet");
    metrics::describe_gauge!(
        "projection_lag_seconds",
        metrics::Unit::Seconds,
        "For how long at most the oldest record that SQL has not seen has been durable"
    );
    metrics::describe_counter!("cache_lookups_total", "Look-ups of a shelf of the cache, by where the value was found");
    metrics::describe_counter!("cache_forgotten_total", "Values of a shelf that were forgotten because they changed");
    metrics::describe_gauge!("cache_shared_up", "1 while the shared cache is reached, 0 while it is away");
    metrics::describe_counter!("sql_statements_total", "Statements sent to the SQL database");
    let upkeep = handle.clone();
    kit::spawn("metrics-upkeep", async move {
        let mut every = tokio::time::interval(Duration::from_secs(5));
        loop {
            every.tick().await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}

/// Counts and times each request by its route, never by its path: a path may hold an id.
pub(crate) async fn measure(request: Request, next: Next) -> Response {
    let method = request.method().to_string();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let began = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::histogram!("http_request_seconds", "method" => method.clone(), "route" => route.clone())
        .record(began.elapsed().as_secs_f64());
    metrics::counter!("http_requests_total", "method" => method, "route" => route, "status" => status).increment(1);
    response
}

#[derive(Clone)]
struct Watched {
    bank: Bank,
    metrics: Option<PrometheusHandle>,
}

/// `/healthz`, `/readyz` and, with a handle, `/metrics`.
pub(crate) fn routes(bank: &Bank, metrics: Option<PrometheusHandle>) -> Router {
    let mut router = Router::new().route("/healthz", get(|| async { "alive\n" })).route("/readyz", get(ready));
    if metrics.is_some() {
        router = router.route("/metrics", get(render));
    }
    router.with_state(Watched { bank: bank.clone(), metrics })
}

/// Ready when the ledger answers, the database answers, and the projections move.
async fn ready(State(watched): State<Watched>) -> Response {
    let bank = &watched.bank;
    let patience = Duration::from_secs(2);
    let ledger = tokio::time::timeout(patience, bank.ledger.account(bank.own.cash.id)).await;
    let database = tokio::time::timeout(patience, bank.db.ping()).await;
    let mut problems = Vec::new();
    if !matches!(ledger, Ok(Ok(Some(_)))) {
        problems.push("the ledger does not answer");
    }
    if !matches!(database, Ok(Ok(()))) {
        problems.push("the database does not answer");
    }
    if !bank.projections.healthy() {
        problems.push("the projections have stopped");
    }
    if problems.is_empty() {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", problems.join("\n"))).into_response()
    }
}

async fn render(State(watched): State<Watched>) -> Response {
    let Some(handle) = watched.metrics else { return StatusCode::NOT_FOUND.into_response() };
    for ledger in watched.bank.ledger.partitions() {
        let (head, partition) = (ledger.head(), ledger.partition().to_string());
        metrics::gauge!("ledger_journal_records", "partition" => partition.clone()).set(head.position as f64);
        metrics::gauge!("ledger_commands", "partition" => partition.clone()).set(head.sequence as f64);
        metrics::gauge!("ledger_queue_length", "partition" => partition).set(ledger.queued() as f64);
    }
    metrics::gauge!("ledger_trades_stuck").set(watched.bank.ledger.stuck() as f64);
    metrics::gauge!("projection_lag_records").set(watched.bank.projections.lag() as f64);
    metrics::gauge!("projection_lag_seconds").set(watched.bank.projections.lag_time().as_secs_f64());
    metrics::counter!("sql_statements_total").absolute(watched.bank.db.statements_run());
    for (shelf, counts) in watched.bank.cache.counts() {
        for (found, count) in [("here", counts.here), ("shared", counts.shared), ("sql", counts.loaded)] {
            metrics::counter!("cache_lookups_total", "shelf" => shelf, "found" => found).absolute(count);
        }
        metrics::counter!("cache_forgotten_total", "shelf" => shelf).absolute(counts.forgotten);
    }
    if let Some(is_up) = watched.bank.cache.is_shared() {
        metrics::gauge!("cache_shared_up").set(f64::from(u8::from(is_up)));
    }
    ([("content-type", "text/plain; version=0.0.4")], handle.render()).into_response()
}
