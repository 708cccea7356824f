//! Plugins that have to be brought into memory: who needs one waits for a while, and nobody else does.

use serde_json::json;

use super::compiling::{compiler, is_there, relaunch, started};
use crate::support::server::{run_rolecall, signal_to};
use crate::support::{Acme, Db, Guest, eventually, on_both_databases};

on_both_databases!(
    nobody_waits_for_long,
    the_log_says_once_what_is_pending,
    what_cannot_be_run_is_no_broken_receipt,
);

/// Invariants 4 and 5, while a plugin is being loaded.
async fn nobody_waits_for_long(db: Db) {
    let mut acme = started(db, &[]).await;
    let functions = "(func (result i32) (i32.const 1))".repeat(20_000);
    acme.run(&Guest::viewer().with_fields(&functions).component())
        .await;
    let ada = acme.scim.user("ada@northwind.example").await;
    assert_eq!(acme.operator.user(&ada).await["state"], "active");

    relaunch(&mut acme, &["--load-wait", "0.5"]).await;
    let scim = acme.scim.clone();
    let joining = tokio::spawn(async move { scim.user("bob@northwind.example").await });
    let compiler = compiler(&acme.server).await;
    // It can't come to an end now, and does not before it has waited for minutes.
    signal_to("-STOP", compiler);
    let bob = joining.await.expect("a user");
    let decision = acme.operator.decision(&bob).await;
    assert_eq!(decision["problem"]["code"], "not_loaded", "{decision}");
    let detail = decision["problem"]["detail"].to_string();
    assert!(detail.contains("still being loaded"), "{decision}");
    let title = json!([{"op": "replace", "path": "title", "value": "CEO"}]);
    let patched = acme.scim.patch(&format!("/Users/{ada}"), &title).await;
    patched.expect_status(200);
    acme.scim.set_active(&ada, false).await;
    assert_eq!(acme.operator.user(&ada).await["state"], "inactive");
    assert!(is_there(compiler), "nobody waited for it");

    signal_to("-CONT", compiler);
    decided(&acme, &bob).await;
}

/// What can't be loaded is tried again for as long as somebody needs it.
async fn the_log_says_once_what_is_pending(db: Db) {
    let mut acme = started(db, &[]).await;
    relaunch(&mut acme, &["--compile-memory", "32"]).await;
    let ada = acme.scim.user("ada@northwind.example").await;
    eventually("another two attempts", async || {
        let log = acme.server.log();
        let attempts = log.matches("a plugin that is in use can't be loaded");
        (attempts.count() >= 3).then_some(())
    })
    .await;
    let events = acme.operator.events_after(0).await;
    let pending = events
        .iter()
        .filter(|event| event["type"] == "decision.pending" && event["subject"] == *ada);
    assert_eq!(pending.count(), 1, "{events:?}");

    relaunch(&mut acme, &[]).await;
    decided(&acme, &ada).await;
}

async fn what_cannot_be_run_is_no_broken_receipt(db: Db) {
    let acme = started(db, &[]).await;
    acme.scim.user("ada@northwind.example").await;
    let url = acme.database.url();
    let verify = async |more: &[&str]| {
        let ran = run_rolecall(&[&["receipts", "verify", "--database", &url], more].concat()).await;
        let words = [ran.stdout, ran.stderr].concat();
        let words = String::from_utf8_lossy(&words).into_owned();
        (ran.status.code(), words)
    };
    let (code, words) = verify(&["--compile-memory", "32"]).await;
    assert_eq!(code, Some(2), "{words}");
    for told in [
        "0 decisions made again",
        "1 not made again",
        "64 MiB of memory",
    ] {
        assert!(words.contains(told), "{told}: {words}");
    }
    let (code, words) = verify(&["--compile-memory", "1024"]).await;
    assert_eq!(code, Some(0), "{words}");
}

async fn decided(acme: &Acme, user: &str) {
    eventually("the decision to be made", async || {
        let user = acme.operator.user(user).await;
        (user["state"] == "active").then_some(())
    })
    .await;
}
