//! The log on standard error, and the metrics of `/metrics`.

use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use rolecall_app::metering;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::LogFormat;

/// Directives that don't parse fall back to `info`, and the log says so.
pub(crate) fn start(format: LogFormat, directives: &str) {
    let (filter, wrong) = match EnvFilter::try_new(directives) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new("info"), Some(error)),
    };
    let builder = fmt().with_writer(std::io::stderr).with_env_filter(filter);
    match format {
        LogFormat::Text => builder.with_ansi(false).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    if let Some(error) = wrong {
        tracing::warn!(%error, "--log does not parse; logging at info");
    }
}

/// Samples wait in memory until they are folded into their histograms.
const FOLD: Duration = Duration::from_secs(5);

/// Of requests, in seconds.
const REQUESTS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
];
/// Of calls of plugins, in seconds and in fuel.
const CALLS: [f64; 12] = [
    0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.1,
    1.0,
];
const FUEL: [f64; 8] = [1e4, 3e4, 1e5, 3e5, 1e6, 1e7, 1e8, 1e9];

/// Takes metrics from here on; the handle renders them.
pub(crate) fn metrics() -> anyhow::Result<PrometheusHandle> {
    let full = |name: &str| Matcher::Full(name.to_owned());
    let recorder = PrometheusBuilder::new()
        .set_buckets(&REQUESTS)?
        .set_buckets_for_metric(full(metering::DURATION), &CALLS)?
        .set_buckets_for_metric(full(metering::FUEL), &FUEL)?
        .build_recorder();
    let handle = recorder.handle();
    if ::metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("metrics go to the recorder that was there before");
    }
    metering::describe();
    let folding = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(FOLD).await;
            folding.run_upkeep();
        }
    });
    Ok(handle)
}
