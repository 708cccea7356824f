//! Traces and metrics at an OpenTelemetry collector: what a request consists of, the numbers of `/metrics`, and nothing
//! that is somebody's business.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::collector::Span;
use crate::support::guest::Act;
use crate::support::http::{Answer, Request};
use crate::support::scim::{id, person};
use crate::support::{
    Acme, Collector, Database, Db, Guest, Launch, Server, eventually, on_both_databases,
};

on_both_databases!(
    a_write_is_one_trace,
    a_decision_in_the_background_is_a_trace_of_its_own,
    a_trace_that_the_caller_began_goes_on,
    a_collector_gets_the_numbers_of_the_metrics_page,
    nothing_that_is_somebodys_business_is_exported,
    a_collector_that_is_gone_costs_clients_nothing,
    what_is_left_is_sent_before_the_end,
    a_collector_that_never_answers_does_not_keep_the_server,
);

const PARENT: &str = "b7ad6b7169203331";

async fn watched(db: Db, collector: &Collector) -> Acme {
    let database = Database::create(db);
    let launch = collector.told_by(Launch::on(database.url()));
    Acme::launch(launch, database).await
}

fn request_of(answer: &Answer) -> String {
    let id = answer.header("x-request-id");
    id.expect("a correlation id").to_owned()
}

#[track_caller]
fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found = spans.iter().find(|span| span.name == name);
    found.unwrap_or_else(|| panic!("{name}: {spans:#?}"))
}

fn attributes(span: &Span) -> BTreeMap<&str, &str> {
    let all = span.attributes.iter();
    all.map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

async fn a_write_is_one_trace(db: Db) {
    let collector = Collector::start().await;
    let acme = watched(db, &collector).await;
    let guest = Guest::viewer().roles(Act::Trap).component();
    let digest = acme.operator.plugin(&guest).await;
    acme.run(&guest).await;
    let answer = acme.scim.create_user(&person("ada@acme.example")).await;
    let request = request_of(&answer);
    let user = id(&answer.expect(201));
    let spans = collector.trace_of(&request).await;

    let root = named(&spans, "POST /scim/v2/{connection}/{endpoint}");
    assert_eq!(root.parent, "");
    let told = attributes(root);
    assert_eq!(told["http.request.method"], "POST");
    assert_eq!(told["http.route"], "/scim/v2/{connection}/{endpoint}");
    assert_eq!(told["http.response.status_code"], "201");
    assert_eq!(told["connection"], acme.connection.id);

    let decision = named(&spans, "decision");
    assert_eq!(decision.parent, root.id);
    let told = attributes(decision);
    assert_eq!(told["user"], user);
    assert_eq!(told["state"], "pending");

    for (slot, outcome) in [
        ("attributes", "answered"),
        ("tenants", "answered"),
        ("roles", "trap"),
    ] {
        let span = named(&spans, &format!("slot {slot}"));
        assert_eq!(span.parent, decision.id, "{slot}");
        let told = attributes(span);
        assert_eq!(told["plugin"], digest);
        assert_eq!(told["slot"], slot);
        assert_eq!(told["outcome"], outcome);
        assert!(told["fuel"].parse::<u64>().is_ok_and(|fuel| fuel > 0));
        assert!(told["memory_bytes"].parse::<u64>().is_ok_and(|it| it > 0));
    }

    let commit = named(&spans, "commit");
    assert_eq!(commit.parent, root.id);
    let transaction = named(&spans, "transaction");
    assert_eq!(transaction.parent, commit.id);
    assert_eq!(attributes(transaction)["changes"], "1");
    for span in &spans {
        let (start, end) = span.nanos;
        assert!(root.nanos.0 <= start && start <= end && end <= root.nanos.1);
    }
    assert!(
        decision.nanos.1 <= commit.nanos.0,
        "decided, then committed"
    );
    assert_eq!(spans.len(), 7, "{spans:#?}");
    let resource = collector.resource();
    assert_eq!(resource["service.name"], "rolecall");
    assert!(resource.contains_key("service.instance.id"));
}

async fn a_decision_in_the_background_is_a_trace_of_its_own(db: Db) {
    let collector = Collector::start().await;
    let acme = watched(db, &collector).await;
    let user = acme.scim.user("ada@acme.example").await;
    acme.run(&Guest::viewer().component()).await;
    let spans = eventually("a decision in the background", async || {
        let spans = collector.spans();
        let root = spans.iter().find(|span| span.name == "redecide")?;
        let trace = root.trace.clone();
        let trace: Vec<Span> = spans.into_iter().filter(|it| it.trace == trace).collect();
        Some(trace)
    })
    .await;
    let root = named(&spans, "redecide");
    assert_eq!(root.parent, "");
    let decision = named(&spans, "decision");
    assert_eq!(decision.parent, root.id);
    assert_eq!(attributes(decision)["user"], user);
    assert_eq!(named(&spans, "commit").parent, root.id);
}

async fn a_trace_that_the_caller_began_goes_on(db: Db) {
    let collector = Collector::start().await;
    let acme = watched(db, &collector).await;
    let ask = async |parents: &[&str]| {
        let mut request = acme.scim.request("GET", "/Users");
        for parent in parents {
            request = request.header("traceparent", *parent);
        }
        // As long as a header may be; spans don't carry it.
        request = request.header("tracestate", format!("vendor={}", "x".repeat(200)));
        let answer = request.send(acme.scim.origin()).await;
        answer.expect_status(200);
        let spans = collector.trace_of(&request_of(&answer)).await;
        named(&spans, "GET /scim/v2/{connection}/{endpoint}").clone()
    };
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let good = format!("00-{trace}-{PARENT}-01");
    let span = ask(&[&good]).await;
    assert_eq!((&*span.trace, &*span.parent), (trace, PARENT));
    let long = format!("00-{trace}-{PARENT}-01-{}", "f".repeat(4_000));
    for hostile in [
        &["00-00000000000000000000000000000000-b7ad6b7169203331-01"][..],
        &["00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"],
        &["ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        &["00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"],
        &["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"],
        &["'; drop table users; --"],
        &[""],
        &["----"],
        &[&long],
        &[&good, &good],
    ] {
        let span = ask(hostile).await;
        assert_eq!(span.parent, "", "{hostile:?}");
        assert_ne!(span.trace, trace, "{hostile:?}");
    }
    assert!(!collector.was_told("vendor"));
}

async fn a_collector_gets_the_numbers_of_the_metrics_page(db: Db) {
    let collector = Collector::start().await;
    let acme = watched(db, &collector).await;
    acme.run(&Guest::viewer().component()).await;
    acme.scim.user("ada@acme.example").await;
    let guest = Guest::viewer().tenants(Act::Refuse("not here"));
    acme.run(&guest.component()).await;
    let refused = acme.scim.create_user(&person("bob@acme.example")).await;
    assert_eq!(refused.status, 400);
    let told = collector.metrics_from_now().await;
    let page = page(&acme).await;
    for (key, value) in &page {
        // What was never counted is not told.
        let told = told.get(key).copied().unwrap_or_default();
        // Sums of fractions depend on the order.
        let is_same = (told - value).abs() <= value.abs() * 1e-9;
        assert!(is_same, "{key}: {told}, not {value}");
    }
    for name in [
        "rolecall_plugin_calls_total",
        "rolecall_plugin_call_duration_seconds_bucket",
        "rolecall_plugin_call_fuel_bucket",
        "rolecall_plugin_peak_memory_bytes",
        "rolecall_decisions_total",
        "rolecall_http_requests_total",
        "rolecall_http_request_duration_seconds_sum",
    ] {
        assert!(page.keys().any(|key| key.starts_with(name)), "{name}");
    }
    let more: Vec<_> = told.keys().filter(|key| !page.contains_key(*key)).collect();
    assert!(more.iter().all(|key| key.contains("/metrics")), "{more:?}");
}

/// The lines of `/metrics`, their labels in order, without what asking for it counts.
async fn page(acme: &Acme) -> BTreeMap<String, f64> {
    let request = Request::new("GET", "/metrics");
    let answer = request.send(acme.server.origin()).await.text();
    let lines = answer.lines().filter(|line| !line.starts_with('#'));
    let lines = lines.filter_map(|line| {
        let (key, value) = line.rsplit_once(' ')?;
        let value = value.parse().expect("a number");
        let Some((name, labels)) = key.trim_end_matches('}').split_once('{') else {
            return Some((format!("{key}{{}}"), value));
        };
        let (labels, le) = match labels.split_once(",le=") {
            Some((labels, le)) => (labels, format!(",le={le}")),
            None => (labels, String::new()),
        };
        let mut labels: Vec<&str> = labels.split("\",").collect();
        let last = labels.len() - 1;
        labels[last] = labels[last].trim_end_matches('"');
        labels.sort_unstable();
        let key = format!("{name}{{{}\"{le}}}", labels.join("\","));
        Some((key, value))
    });
    lines.filter(|(key, _)| !key.contains("/metrics")).collect()
}

async fn nothing_that_is_somebodys_business_is_exported(db: Db) {
    let collector = Collector::start().await;
    let database = Database::create(db);
    let secret = "Bearer%20collector-secret-4711";
    let launch = collector
        .told_by(Launch::on(database.url()).with(&["--log", "trace"]))
        .variable("OTEL_EXPORTER_OTLP_HEADERS", format!("x-api-key={secret}"))
        .variable("OTEL_SERVICE_NAME", "acme-scim")
        .variable("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test");
    let acme = Acme::launch(launch, database).await;
    let guest = Guest::viewer().roles(Act::Refuse("words-of-the-plugin"));
    acme.run(&guest.component()).await;
    let mut user = person("ada.lovelace@acme.example");
    user["displayName"] = json!("Ada Countess");
    acme.scim.create_user(&user).await.expect_status(400);
    acme.run(&Guest::viewer().component()).await;
    acme.scim.create_user(&user).await.expect_status(201);
    let path = "/Users?filter=userName%20eq%20%22ada.lovelace@acme.example%22";
    acme.scim.get(path).await.expect_status(200);
    let last = acme.scim.get("/Users/ada.lovelace@acme.example").await;
    last.expect_status(404);
    let stranger = acme.scim.with_token("a-token-that-is-none");
    let wrong = stranger.get("/Users").await;
    wrong.expect_status(401);
    collector.trace_of(&request_of(&wrong)).await;
    eventually("metrics", async || {
        (!collector.metrics().is_empty()).then_some(())
    })
    .await;
    for private in [
        "lovelace",
        "Countess",
        "words-of-the-plugin",
        "a-token-that-is-none",
        "collector-secret",
        acme.scim.token(),
        acme.operator.key(),
    ] {
        assert!(!collector.was_told(private), "{private} was exported");
    }
    let log = acme.server.log();
    assert!(!log.contains("collector-secret"), "{log}");
    let header = collector.header("x-api-key");
    assert_eq!(header.as_deref(), Some("Bearer collector-secret-4711"));
    let resource = collector.resource();
    assert_eq!(resource["service.name"], "acme-scim");
    assert_eq!(resource["deployment.environment"], "test");
}

async fn a_collector_that_is_gone_costs_clients_nothing(db: Db) {
    let collector = Collector::start().await;
    collector.answer(503);
    let acme = watched(db, &collector).await;
    for number in 0..20 {
        let user = person(&format!("user{number}@acme.example"));
        acme.scim.create_user(&user).await.expect_status(201);
    }
    eventually("some attempts", async || {
        (collector.requests() > 6).then_some(())
    })
    .await;
    let log = acme.server.log();
    let warnings = log.lines().filter(|line| line.contains("collector"));
    assert_eq!(warnings.count(), 2, "one of each signal: {log}");
    // The numbers are all there when it comes back.
    collector.answer(200);
    eventually("the numbers", async || {
        let all = page(&acme).await;
        let told = collector.metrics();
        let key = all.keys().find(|key| key.contains("plugin_calls_total"))?;
        (told.get(key) == all.get(key)).then_some(())
    })
    .await;
}

async fn what_is_left_is_sent_before_the_end(db: Db) {
    let collector = Collector::start().await;
    let database = Database::create(db);
    // Not by time.
    let launch = Launch::on(database.url())
        .variable("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
        .variable("OTEL_BSP_SCHEDULE_DELAY", "3600000")
        .variable("OTEL_METRIC_EXPORT_INTERVAL", "3600000");
    let mut acme = Acme::launch(launch, database).await;
    let user = person("ada@acme.example");
    let request = request_of(&acme.scim.create_user(&user).await);
    assert_eq!(collector.requests(), 0);
    acme.server.terminate();
    assert!(acme.server.exit().await.success());
    let trace = collector.trace_of(&request).await;
    assert_eq!(named(&trace, "transaction").name, "transaction");
    let metrics = collector.metrics();
    assert!(
        metrics.keys().any(|key| key.contains("plugin_calls_total")),
        "{metrics:?}"
    );
}

async fn a_collector_that_never_answers_does_not_keep_the_server(db: Db) {
    // Connections are taken by the system, and nobody reads from them.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = silent.local_addr().expect("an address");
    let database = Database::create(db);
    let launch = Launch::on(database.url())
        .variable("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"))
        .variable("OTEL_BSP_SCHEDULE_DELAY", "50");
    let mut acme = Acme::launch(launch, database).await;
    acme.scim.user("ada@acme.example").await;
    acme.server.terminate();
    let asked = Instant::now();
    assert!(acme.server.exit().await.success());
    assert!(asked.elapsed() < Duration::from_secs(9), "{asked:?}");
}

#[tokio::test]
async fn lines_of_the_log_name_their_trace() {
    let collector = Collector::start().await;
    let database = Database::create(Db::Sqlite);
    for (format, shown) in [("json", "\"trace_id\":\""), ("text", " trace_id=")] {
        let arguments = [
            "--log",
            "rolecall=info,tower_http=debug",
            "--log-format",
            format,
        ];
        let launch = Launch::on(database.url()).with(&arguments);
        let server = collector.told_by(launch).start().await;
        let trace = format!("{:032x}", format.len());
        let request = Request::new("GET", "/livez");
        let request = request.header("traceparent", format!("00-{trace}-{PARENT}-01"));
        request.send(server.origin()).await.expect_status(200);
        let name = format!("{shown}{trace}");
        let line = eventually("a line with the trace", async || {
            let log = server.log();
            let line = log.lines().find(|line| line.contains(&name))?;
            Some(line.to_owned())
        })
        .await;
        if format == "json" {
            let line: Value = serde_json::from_str(&line).expect("a line is JSON");
            assert_eq!(line["trace_id"], trace);
        }
        let first = server.log().lines().next().expect("a line").to_owned();
        assert!(!first.contains("trace_id"), "there is no trace: {first}");
    }
}

#[tokio::test]
async fn signals_are_switched_on_one_by_one() {
    let collector = Collector::start().await;
    let database = Database::create(Db::Sqlite);
    let start = async |name: &str, value: &str| {
        let launch = collector.told_by(Launch::on(database.url()));
        let server = launch.variable(name, value).start().await;
        Request::new("GET", "/livez").send(server.origin()).await;
        server
    };
    let mut disabled = start("OTEL_SDK_DISABLED", "true").await;
    disabled.terminate();
    disabled.exit().await;
    assert_eq!(collector.requests(), 0);
    let mut without = start("OTEL_TRACES_EXPORTER", "none").await;
    without.terminate();
    without.exit().await;
    assert!(collector.spans().is_empty());
    assert!(!collector.metrics().is_empty());
    let mut unsampled = start("OTEL_TRACES_SAMPLER", "always_off").await;
    unsampled.terminate();
    unsampled.exit().await;
    assert!(collector.spans().is_empty());
}

#[tokio::test]
async fn what_cannot_be_done_as_told_ends_the_start_with_its_name() {
    let secret = "http:/user:collector-password@nowhere";
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", secret),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "soon"),
        ("OTEL_METRICS_EXPORTER", "prometheus"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
    ] {
        let launch = Launch::on("sqlite::memory:")
            .variable("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
            .variable(name, value);
        let mut server = Server::run(launch);
        let status = server.exit().await;
        let words = server.log();
        assert_eq!(status.code(), Some(1), "{name}: {words}");
        assert!(words.contains(name), "{name}: {words}");
        assert!(!words.contains("password"), "{words}");
    }
}
