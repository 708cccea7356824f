//! What an operator sees of a server: the log on standard error, the metrics of `/metrics`, and both traces and metrics at
//! an OpenTelemetry collector.

mod collector;
mod export;
mod instruments;
mod log;
mod metrics;
mod parent;

use metrics_exporter_prometheus::PrometheusHandle;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::config::LogFormat;
use export::Export;

pub(crate) use parent::join;

/// What is told elsewhere, until it is flushed.
pub(crate) struct Telemetry {
    export: Export,
}

/// Directives that don't parse fall back to `info`, and the log says so.
///
/// Within a runtime, which carries what is exported.
pub(crate) fn start(
    format: LogFormat,
    directives: &str,
    is_server: bool,
) -> anyhow::Result<Telemetry> {
    let export = if is_server {
        Export::from_environment()?
    } else {
        Export::default()
    };
    let (filter, wrong) = match EnvFilter::try_new(directives) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new("info"), Some(error)),
    };
    let log = fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let log = match format {
        LogFormat::Text => log.event_format(log::Traced::text()).boxed(),
        LogFormat::Json => log
            .fmt_fields(fmt::format::JsonFields::new())
            .event_format(log::Traced::json())
            .boxed(),
    };
    tracing_subscriber::registry()
        .with(export.layer())
        .with(log.with_filter(filter))
        .init();
    if let Some(error) = wrong {
        tracing::warn!(%error, "--log does not parse; logging at info");
    }
    Ok(Telemetry { export })
}

impl Telemetry {
    /// Takes metrics from here on; the handle renders them.
    pub(crate) fn metrics(&self) -> anyhow::Result<PrometheusHandle> {
        metrics::take(self.export.meter())
    }

    /// Sends what is left, for a few seconds at most. Blocks; the runtime must still be there.
    pub(crate) fn flush(self) {
        self.export.flush();
    }
}
