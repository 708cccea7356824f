//! The metrics of `/metrics`, and whoever else is to get them.

use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_util::layers::FanoutBuilder;
use opentelemetry::metrics::Meter;
use rolecall_app::metering;

use super::instruments::Instruments;

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

/// The upper bounds of a histogram's buckets.
pub(super) fn buckets(name: &str) -> &'static [f64] {
    match name {
        metering::DURATION => &CALLS,
        metering::FUEL => &FUEL,
        _ => &REQUESTS,
    }
}

/// Takes metrics from here on; the handle renders them, and the meter gets the same.
pub(super) fn take(meter: Option<Meter>) -> anyhow::Result<PrometheusHandle> {
    let mut prometheus = PrometheusBuilder::new().set_buckets(buckets("any other"))?;
    for name in [metering::DURATION, metering::FUEL] {
        let named = Matcher::Full(name.to_owned());
        prometheus = prometheus.set_buckets_for_metric(named, buckets(name))?;
    }
    let prometheus = prometheus.build_recorder();
    let handle = prometheus.handle();
    let taken = match meter {
        None => ::metrics::set_global_recorder(prometheus).is_ok(),
        Some(meter) => {
            let both = FanoutBuilder::default()
                .add_recorder(prometheus)
                .add_recorder(Instruments::new(meter));
            ::metrics::set_global_recorder(both.build()).is_ok()
        }
    };
    if !taken {
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
