//! The event log, checked from outside: what the feed shows must form one unbroken chain.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Database, Operator, eventually, random_hex, server};

/// Reads the whole feed, checks its order and its chain, and gives its events.
pub(crate) async fn checked_events(operator: &Operator) -> Vec<Value> {
    let events = settled_events(operator, 0).await;
    let text = |event: &Value, member: &str| {
        event[member]
            .as_str()
            .unwrap_or_else(|| panic!("no {member}: {event}"))
            .to_owned()
    };
    let mut ids = BTreeSet::new();
    for pair in events.windows(2) {
        let seq = |event: &Value| event["seq"].as_i64().expect("an event has a seq");
        assert_eq!(
            seq(&pair[0]) + 1,
            seq(&pair[1]),
            "no gap: {} {}",
            pair[0],
            pair[1]
        );
        assert_eq!(
            text(&pair[0], "hash"),
            text(&pair[1], "prev"),
            "{} {}",
            pair[0],
            pair[1]
        );
    }
    for event in &events {
        for member in ["type", "at"] {
            assert!(!text(event, member).is_empty(), "{event}");
        }
        assert!(ids.insert(text(event, "id")), "an id twice: {event}");
    }
    events
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
