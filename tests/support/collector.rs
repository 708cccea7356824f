//! An OpenTelemetry collector, as far as a server sees one: it takes OTLP over HTTP and keeps it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use tokio::net::TcpListener;

use super::{Launch, eventually, hex};

type Attributes = BTreeMap<String, String>;

/// It ends with the test.
pub(crate) struct Collector {
    endpoint: String,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    status: StatusCode,
    spans: Vec<Span>,
    /// As they were last told, by the names and labels of `/metrics`.
    metrics: BTreeMap<String, f64>,
    resource: Attributes,
    requests: Vec<(HeaderMap, Bytes)>,
}

/// One span as it was exported.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) trace: String,
    pub(crate) id: String,
    /// Empty without one.
    pub(crate) parent: String,
    pub(crate) name: String,
    pub(crate) attributes: Attributes,
    pub(crate) nanos: (u64, u64),
}

impl Collector {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let taken = Arc::<Mutex<Taken>>::default();
        let router = Router::new().fallback(take).with_state(taken.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            endpoint: format!("http://{address}"),
            taken,
        }
    }

    /// The server sends it everything, at once.
    pub(crate) fn told_by(&self, launch: Launch) -> Launch {
        launch
            .variable("OTEL_EXPORTER_OTLP_ENDPOINT", &self.endpoint)
            .variable("OTEL_BSP_SCHEDULE_DELAY", "50")
            .variable("OTEL_METRIC_EXPORT_INTERVAL", "50")
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What it answers from now on.
    pub(crate) fn answer(&self, status: u16) {
        let status = StatusCode::from_u16(status).expect("a status");
        self.with(|taken| taken.status = status);
    }

    /// All spans so far.
    pub(crate) fn spans(&self) -> Vec<Span> {
        self.with(|taken| taken.spans.clone())
    }

    /// The spans of the trace with this request, once they are all there.
    pub(crate) async fn trace_of(&self, request: &str) -> Vec<Span> {
        eventually("the trace of a request", async || {
            let spans = self.spans();
            let is_root = |span: &&Span| {
                span.attributes
                    .get("request")
                    .is_some_and(|it| it == request)
            };
            // It ends last, and goes out in order.
            let root = spans.iter().find(is_root)?;
            let trace = root.trace.clone();
            Some(spans.into_iter().filter(|it| it.trace == trace).collect())
        })
        .await
    }

    pub(crate) fn metrics(&self) -> BTreeMap<String, f64> {
        self.with(|taken| taken.metrics.clone())
    }

    /// Those that were counted after this was asked.
    pub(crate) async fn metrics_from_now(&self) -> BTreeMap<String, f64> {
        // What is on its way now may be older.
        for _ in 0..2 {
            self.with(|taken| taken.metrics.clear());
            let told = async || (!self.metrics().is_empty()).then_some(());
            eventually("metrics", told).await;
        }
        self.metrics()
    }

    /// Attributes of who tells all this.
    pub(crate) fn resource(&self) -> Attributes {
        self.with(|taken| taken.resource.clone())
    }

    /// How many requests came.
    pub(crate) fn requests(&self) -> usize {
        self.with(|taken| taken.requests.len())
    }

    /// A header that each request so far has.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.with(|taken| {
            let mut values = taken.requests.iter().map(|(headers, _)| headers.get(name));
            let first = values.next()??.to_str().ok()?.to_owned();
            values
                .all(|value| value.is_some_and(|value| value == &first))
                .then_some(first)
        })
    }

    /// Whether a text is somewhere in what came.
    pub(crate) fn was_told(&self, text: &str) -> bool {
        let is_in = |bytes: &Bytes| {
            let mut windows = bytes.windows(text.len());
            windows.any(|window| window == text.as_bytes())
        };
        self.with(|taken| taken.requests.iter().any(|(_, body)| is_in(body)))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Taken) -> T) -> T {
        look(&mut self.taken.lock().expect("nobody panicked"))
    }
}

async fn take(
    State(taken): State<Arc<Mutex<Taken>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let mut taken = taken.lock().expect("nobody panicked");
    assert_eq!(headers["content-type"], "application/x-protobuf");
    taken.requests.push((headers, body.clone()));
    if !taken.status.is_success() {
        return taken.status;
    }
    match uri.path() {
        "/v1/traces" => taken.add_spans(ExportTraceServiceRequest::decode(body).expect("spans")),
        "/v1/metrics" => {
            taken.add_metrics(ExportMetricsServiceRequest::decode(body).expect("metrics"));
        }
        other => panic!("{other} is no path of OTLP"),
    }
    taken.status
}

impl Taken {
    fn add_spans(&mut self, request: ExportTraceServiceRequest) {
        for told in request.resource_spans {
            self.resource = of_resource(told.resource);
            for span in told.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                self.spans.push(Span {
                    trace: hex(&span.trace_id),
                    id: hex(&span.span_id),
                    parent: hex(&span.parent_span_id),
                    name: span.name,
                    attributes: attributes(&span.attributes),
                    nanos: (span.start_time_unix_nano, span.end_time_unix_nano),
                });
            }
        }
    }

    fn add_metrics(&mut self, request: ExportMetricsServiceRequest) {
        for told in request.resource_metrics {
            self.resource = of_resource(told.resource);
            let metrics = told.scope_metrics.into_iter().flat_map(|it| it.metrics);
            for metric in metrics {
                let (name, data) = (metric.name, metric.data.expect("numbers"));
                let points = match data {
                    Data::Sum(sum) => sum.data_points,
                    Data::Gauge(gauge) => gauge.data_points,
                    Data::Histogram(histogram) => {
                        for point in histogram.data_points {
                            let labels = labels(&attributes(&point.attributes));
                            let sum = point.sum.expect("a sum");
                            self.metrics.insert(format!("{name}_sum{{{labels}}}"), sum);
                            let mut count = 0;
                            let bounds = point.explicit_bounds.iter().map(f64::to_string);
                            let bounds = bounds.chain(["+Inf".to_owned()]);
                            for (bound, more) in bounds.zip(point.bucket_counts) {
                                count += more;
                                let bucket = format!("{name}_bucket{{{labels},le=\"{bound}\"}}");
                                self.metrics.insert(bucket, count as f64);
                            }
                            let key = format!("{name}_count{{{labels}}}");
                            self.metrics.insert(key, point.count as f64);
                        }
                        continue;
                    }
                    other => panic!("{other:?}"),
                };
                for point in points {
                    let labels = labels(&attributes(&point.attributes));
                    let value = match point.value.expect("a number") {
                        Number::AsDouble(value) => value,
                        Number::AsInt(value) => value as f64,
                    };
                    self.metrics.insert(format!("{name}{{{labels}}}"), value);
                }
            }
        }
    }
}

fn of_resource(resource: Option<Resource>) -> Attributes {
    attributes(&resource.expect("a resource").attributes)
}

/// As a Prometheus line has them.
fn labels(attributes: &Attributes) -> String {
    let labels = attributes.iter();
    let labels = labels.map(|(name, value)| format!("{name}=\"{value}\""));
    labels.collect::<Vec<_>>().join(",")
}

fn attributes(told: &[KeyValue]) -> Attributes {
    let text = |value: Value| match value {
        Value::StringValue(text) => text,
        Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let told = told.iter().map(|it| {
        let value = it.value.clone().and_then(|value| value.value);
        (it.key.clone(), value.map(text).unwrap_or_default())
    });
    told.collect()
}
