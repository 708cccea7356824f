//! The trace that a caller has begun.

use axum::http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";

/// Makes a request's span part of the trace that the caller names (W3C Trace Context). A name that is none begins a new one.
pub(crate) fn join(span: &tracing::Span, headers: &HeaderMap) {
    if span.is_disabled() || !headers.contains_key(TRACEPARENT) {
        return;
    }
    let parent = TraceContextPropagator::new().extract(&Named(headers));
    if parent.span().span_context().is_valid() {
        // Without an exporter there is nothing to join.
        let _ = span.set_parent(parent);
    }
}

/// `tracestate` stays where it is: it is the caller's text, and every span would carry it.
struct Named<'a>(&'a HeaderMap);

impl Extractor for Named<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let mut named = self.0.get_all(TRACEPARENT).iter();
        let first = named.next().filter(|_| key == TRACEPARENT)?;
        first.to_str().ok().filter(|_| named.next().is_none())
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}
