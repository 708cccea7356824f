//! Traces and metrics for an OpenTelemetry collector, as the standard's environment variables say.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::http::Uri;
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry::trace::TracerProvider;
use opentelemetry::{Key, KeyValue};
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{Instrument, SdkMeterProvider, Stream};
use opentelemetry_sdk::trace::SdkTracerProvider;
use rolecall_app::id;
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use super::collector::Collector;

const NAME: &str = "rolecall";
/// What a stop may wait for a collector.
const FLUSH: Duration = Duration::from_secs(5);
/// For an answer, where OTEL_EXPORTER_OTLP_TIMEOUT doesn't say.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Label sets of one metric: of the calls of plugins there may be this many (`metering::MOST`).
const SERIES: usize = 40_000;

/// What goes to a collector; by default nothing.
#[derive(Default)]
pub(super) struct Export {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

impl Export {
    /// A signal is exported where an endpoint is set for it, or for both. What can't be done as told is an error.
    pub(super) fn from_environment() -> anyhow::Result<Self> {
        if variable("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Ok(Self::default());
        }
        known("OTEL_TRACES_SAMPLER", &SAMPLERS)?;
        let resource = resource();
        let traces = |to| traces(to, resource.clone());
        let metrics = |to| metrics(to, resource.clone());
        Ok(Self {
            traces: collector("traces")?.map(traces).transpose()?,
            metrics: collector("metrics")?.map(metrics).transpose()?,
        })
    }

    pub(super) fn meter(&self) -> Option<Meter> {
        Some(self.metrics.as_ref()?.meter(NAME))
    }

    /// Our spans, whatever the log takes. No events: those are the log's.
    pub(super) fn layer<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let is_ours = |of: &Metadata<'_>| of.is_span() && of.target().starts_with(NAME);
        let layer = tracing_opentelemetry::layer()
            .with_tracer(self.traces.as_ref()?.tracer(NAME))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        Some(layer.with_filter(filter_fn(is_ours).with_max_level_hint(LevelFilter::DEBUG)))
    }

    /// Sends what is left, for a few seconds at most.
    pub(super) fn flush(self) {
        if self.traces.is_none() && self.metrics.is_none() {
            return;
        }
        let (done, is_done) = mpsc::channel::<()>();
        let flushing = thread::Builder::new()
            .name("telemetry-flush".to_owned())
            .spawn(move || {
                let Self { traces, metrics } = self;
                // What can't be sent has been said, or is lost with its collector.
                let _ = traces.map(|traces| traces.shutdown_with_timeout(FLUSH));
                let _ = metrics.map(|metrics| metrics.shutdown_with_timeout(FLUSH));
                drop(done);
            });
        if flushing.is_ok() {
            let _ = is_done.recv_timeout(FLUSH);
        }
    }
}

fn traces(collector: Collector, resource: Resource) -> anyhow::Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(collector)
        .build()?;
    Ok(SdkTracerProvider::builder()
        .with_resource(resource)
        .with_batch_exporter(exporter)
        .build())
}

fn metrics(collector: Collector, resource: Resource) -> anyhow::Result<SdkMeterProvider> {
    let exporter = MetricExporter::builder()
        .with_http()
        .with_http_client(collector)
        .build()?;
    let series = |_: &Instrument| {
        Stream::builder()
            .with_cardinality_limit(SERIES)
            .build()
            .ok()
    };
    Ok(SdkMeterProvider::builder()
        .with_resource(resource)
        .with_periodic_exporter(exporter)
        .with_view(series)
        .build())
}

/// OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, and what they leave open.
fn resource() -> Resource {
    let told = Resource::builder().build();
    let is_open = |key: &'static str| {
        let told = told.get_ref(&Key::new(key));
        told.is_none_or(|value| value.as_str().starts_with("unknown_service"))
    };
    let ours = [
        ("service.name", NAME.to_owned()),
        ("service.version", env!("CARGO_PKG_VERSION").to_owned()),
        // Several hosts on one database are one service.
        ("service.instance.id", id::new()),
    ];
    let ours = ours.into_iter().filter(|(key, _)| is_open(key));
    Resource::builder()
        .with_attributes(ours.map(|(key, value)| KeyValue::new(key, value)))
        .build()
}

/// What the SDK knows; it would take anything else for `parentbased_always_on` without a word.
const SAMPLERS: [&str; 6] = [
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
];

/// Where a signal is to go; nowhere without an endpoint.
fn collector(signal: &'static str) -> anyhow::Result<Option<Collector>> {
    let exporter = format!("OTEL_{}_EXPORTER", signal.to_uppercase());
    known(&exporter, &["otlp", "none"])?;
    let Some((name, endpoint)) = of_signal(signal, "ENDPOINT") else {
        return Ok(None);
    };
    if variable(&exporter).is_some_and(|exporter| exporter == "none") {
        return Ok(None);
    }
    // Not to be repeated: an address may hold a password.
    let uri = endpoint.parse::<Uri>().ok();
    let is_url = uri.is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    if !is_url {
        bail!("{name} is no URL with http or https, such as http://127.0.0.1:4318");
    }
    if let Some((name, protocol)) = of_signal(signal, "PROTOCOL")
        && protocol != "http/protobuf"
    {
        bail!("{name} is {protocol:?}; Rolecall speaks http/protobuf, mostly on port 4318");
    }
    if let Some((name, compression)) = of_signal(signal, "COMPRESSION")
        && compression != "none"
    {
        bail!("{name} is {compression:?}; Rolecall sends without compression");
    }
    let timeout = match of_signal(signal, "TIMEOUT") {
        None => TIMEOUT,
        Some((name, millis)) => {
            let millis = millis.parse().ok().filter(|millis| *millis > 0);
            Duration::from_millis(
                millis.with_context(|| format!("{name} is no number of milliseconds"))?,
            )
        }
    };
    Collector::new(signal, &endpoint, timeout).map(Some)
}

/// Name and value of OTEL_EXPORTER_OTLP_{signal}_{what}, or of the one for all signals.
fn of_signal(signal: &str, what: &str) -> Option<(String, String)> {
    let names = [
        format!("OTEL_EXPORTER_OTLP_{}_{what}", signal.to_uppercase()),
        format!("OTEL_EXPORTER_OTLP_{what}"),
    ];
    let told = |name: String| variable(&name).map(|value| (name, value));
    names.into_iter().find_map(told)
}

fn known(name: &str, values: &[&str]) -> anyhow::Result<()> {
    match variable(name) {
        Some(value) if !values.contains(&&*value) => {
            bail!("{name} is {value:?}; it may be {}", values.join(", "))
        }
        _ => Ok(()),
    }
}

/// Empty is as good as not set, says the standard.
#[expect(
    clippy::disallowed_methods,
    reason = "these are the standard's, and its SDK reads others of them itself"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
