//! The event log, checked from outside: what the feed shows must form one unbroken chain.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Database, Operator, server};

/// Reads the whole feed, checks its order and its chain, and gives its events.
pub(crate) async fn checked_events(operator: &Operator) -> Vec<Value> {
    let events = operator.events_after(0).await;
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

/// Recomputes every hash with the server's own tool.
pub(crate) async fn verify(database: &Database) {
    let url = database.url();
    let output = server::run_rolecall(&["events", "verify", "--database", &url]).await;
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Whether an event speaks of a resource.
pub(crate) fn mentions(event: &Value, id: &str) -> bool {
    event.to_string().contains(id)
}
