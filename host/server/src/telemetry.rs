//! The log on standard error, and the metrics of `/metrics`.

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
