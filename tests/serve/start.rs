//! Starting: the ready line, the first operator key, migrations, logs, health.

use serde_json::{Value, json};

use crate::support::http::Request;
use crate::support::server::run_rolecall;
use crate::support::{Database, Db, Launch, Operator, Server, on_both_databases};

on_both_databases!(one_ready_line, first_operator_key, migrate_first, health);

async fn one_ready_line(db: Db) {
    let (mut server, _database) = Server::start(db).await;
    assert!(
        server.origin().starts_with("http://127.0.0.1:"),
        "{}",
        server.origin()
    );
    assert!(!server.origin().ends_with(":0"), "{}", server.origin());
    server.operator().get("/v1/catalog").await.expect(200);

    server.terminate();
    assert_eq!(
        server.next_line().await,
        None,
        "standard output has but the ready line"
    );
}

/// Without `ROLECALL_OPERATOR_KEY` the first start makes a key and prints it once.
async fn first_operator_key(db: Db) {
    let database = Database::create(db);
    let mut server = Launch::on(database.url())
        .without_operator_key()
        .start()
        .await;
    let mut found = Vec::new();
    for word in words(&server.log()) {
        let operator = Operator::new(server.origin(), &word);
        if operator.get("/v1/catalog").await.status == 200 {
            found.push(operator);
        }
    }
    let [first] = found.as_slice() else {
        panic!(
            "{} operator keys in the log:\n{}",
            found.len(),
            server.log()
        );
    };
    let key = first.key().to_owned();

    server.terminate();
    server.exit().await;
    server.restart().await;
    Operator::new(server.origin(), &key)
        .get("/v1/catalog")
        .await
        .expect(200);
    assert!(!server.log().contains(&key), "printed a second time");
    for word in words(&server.log()) {
        let answer = Operator::new(server.origin(), &word)
            .get("/v1/catalog")
            .await;
        assert_eq!(answer.status, 401, "a second key was made");
    }
}

/// The words of a log that are long enough to be a secret.
fn words(log: &str) -> Vec<String> {
    let of_a_key = |letter: char| letter.is_ascii_alphanumeric() || "-_.~+/=".contains(letter);
    log.split(|letter| !of_a_key(letter))
        .filter(|word| word.len() >= 20)
        .map(str::to_owned)
        .collect()
}

async fn migrate_first(db: Db) {
    let database = Database::create(db);
    for _ in 0..2 {
        let output = run_rolecall(&["migrate", "--database", &database.url()]).await;
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let server = Launch::on(database.url()).start().await;
    server.operator().get("/v1/catalog").await.expect(200);
}

async fn health(db: Db) {
    let (server, _database) = Server::start(db).await;
    for path in ["/livez", "/readyz"] {
        Request::new("GET", path)
            .send(server.origin())
            .await
            .expect_status(200);
    }
    let metrics = Request::new("GET", "/metrics").send(server.origin()).await;
    assert_eq!(metrics.status, 200, "{metrics:?}");
    assert!(
        metrics
            .text()
            .lines()
            .any(|line| line.starts_with("# TYPE ")),
        "{metrics:?}"
    );
}

#[tokio::test]
async fn in_memory() {
    let server = Launch::on("sqlite::memory:").start().await;
    server
        .operator()
        .post("/v1/tenants", &json!({"key": "a", "name": "A"}))
        .await
        .expect(201);
}

#[tokio::test]
async fn log_as_json() {
    let database = Database::create(Db::Sqlite);
    let launch = Launch::on(database.url()).with(&["--log-format", "json"]);
    let mut server = launch.start().await;
    server.terminate();
    server.exit().await;
    let log = server.log();
    assert!(!log.is_empty(), "an end is logged");
    for line in log.lines() {
        let line: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(
            line["timestamp"].is_string() && line["level"].is_string(),
            "{line}"
        );
    }
}
