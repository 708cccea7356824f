//! Recorded conversations of identity providers, each replayed on a fresh connection of a fresh
//! server. They are data: `idp/*.json`, written from public documents, captures and issues, with
//! the source on each step.
//!
//! An optional step is one that a server may fail. Ours must not: it counts like any other.

use serde_json::{Value, json};

use crate::support::{Acme, Db, on_both_databases};
use replay::Replay;

mod expect;
mod replay;

on_both_databases!(
    entra_group_lifecycle,
    entra_user_lifecycle,
    okta_group_push,
    okta_user_lifecycle,
);

async fn entra_group_lifecycle(db: Db) {
    replay(db, "entra", include_str!("idp/entra-group-lifecycle.json")).await;
}

async fn entra_user_lifecycle(db: Db) {
    replay(db, "entra", include_str!("idp/entra-user-lifecycle.json")).await;
}

async fn okta_group_push(db: Db) {
    replay(db, "okta", include_str!("idp/okta-group-push.json")).await;
}

async fn okta_user_lifecycle(db: Db) {
    replay(db, "okta", include_str!("idp/okta-user-lifecycle.json")).await;
}

/// Plays a conversation to its end, then fails with everything that did not hold.
async fn replay(db: Db, kind: &str, conversation: &str) {
    let acme = Acme::start(db).await;
    let connection = acme.operator.connect("northwind", kind, &json!({})).await;
    let steps: Vec<Value> = serde_json::from_str(conversation).expect("a conversation is JSON");
    let mut replay = Replay::new(acme.server.scim(&connection));
    for step in &steps {
        replay.step(step).await;
    }
    let problems = replay.finish();
    assert!(
        problems.is_empty(),
        "{} of {} steps did not hold:\n{}",
        problems.len(),
        steps.len(),
        problems.join("\n")
    );
}
