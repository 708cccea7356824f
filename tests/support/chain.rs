//! The event log, checked from outside: what the feed shows must form one unbroken chain.

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Database, Operator, eventually, hex, random_hex, server};

/// Reads the whole feed, checks its order, recomputes its chain, and gives its events.
pub(crate) async fn checked_events(operator: &Operator) -> Vec<Value> {
    let events = settled_events(operator, 0).await;
    let mut seq = 0;
    let mut hash = String::new();
    for event in &events {
        seq += 1;
        assert_eq!(event["seq"], seq, "no gap, no event twice: {event}");
        assert_eq!(event["prev"], *hash, "{event}");
        hash = link(&hash, event);
        assert_eq!(event["hash"], *hash, "{event}");
    }
    events
}

/// The hash of an event, from what the feed shows of it and the hash of the event before.
fn link(previous: &str, event: &Value) -> String {
    let text = |member: &str| event[member].as_str().unwrap_or_default().to_owned();
    let at: Timestamp = text("at").parse().expect("a time as RFC 3339 has it");
    let linked = [
        previous.to_owned(),
        event["seq"].to_string(),
        at.as_millisecond().to_string(),
        text("type"),
        text("connection"),
        text("tenant"),
        text("subject"),
        event["data"].to_string(),
    ];
    hex(&Sha256::digest(linked.join("\n")))
}

/// Everything that was committed before the call and comes after an event.
///
/// Events get their place in the log after the commit, in order: once a marker has got its own,
/// nothing older is missing.
pub(crate) async fn settled_events(operator: &Operator, after: i64) -> Vec<Value> {
    let marker = format!("marker-{}", random_hex(8));
    operator
        .post("/v1/tenants", &json!({"key": marker, "name": marker}))
        .await
        .expect(201);
    eventually("the marker in the log", async || {
        let events = operator.events_after(after).await;
        events
            .iter()
            .any(|event| mentions(event, &marker))
            .then_some(events)
    })
    .await
}

/// Recomputes every hash with the server's own tool.
pub(crate) async fn verify(database: &Database) {
    let output = run_verify(database).await;
    assert!(output.status.success(), "{output:?}");
}

/// The server's own tool must find that something is wrong, and say where.
pub(crate) async fn expect_broken(database: &Database) {
    let output = run_verify(database).await;
    assert!(!output.status.success(), "{output:?}");
    let words = [output.stdout, output.stderr].concat();
    let words = String::from_utf8_lossy(&words);
    assert!(words.contains("altered"), "{words}");
}

async fn run_verify(database: &Database) -> std::process::Output {
    server::run_rolecall(&["events", "verify", "--database", &database.url()]).await
}

/// Whether an event speaks of a resource.
pub(crate) fn mentions(event: &Value, id: &str) -> bool {
    event.to_string().contains(id)
}
