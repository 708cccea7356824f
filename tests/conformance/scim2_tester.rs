//! `scim2-tester` (PyPI): discovery, every verb, and PATCH of every attribute that the schemas declare. A
//! connection passes whole, whether it is strict or forgives.

use serde_json::json;
use tokio::process::Command;

use super::others::program;
use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(tolerant, strict);

/// What it checks of a server with our schemas, at least.
const CHECKS: usize = 130;

async fn tolerant(db: Db) {
    passes(db, "tolerant").await;
}

async fn strict(db: Db) {
    passes(db, "strict").await;
}

async fn passes(db: Db, strictness: &str) {
    let acme = Acme::start(db).await;
    let options = json!({"strictness": strictness});
    let connection = acme.operator.connect("northwind", "custom", &options).await;
    let scim = acme.server.scim(&connection);
    let output = Command::new(program("scim2"))
        .arg("--url")
        .arg(format!("{}{}", scim.origin(), scim.base()))
        .arg("test")
        .env(
            "SCIM_CLI_HEADERS",
            format!("Authorization: Bearer {}", scim.token()),
        )
        .output()
        .await
        .expect("scim2 starts");
    let report = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}\n{complaint}");
    let with = |verdict: &str| report.lines().filter(|it| it.starts_with(verdict)).count();
    assert!(with("SUCCESS") >= CHECKS, "{report}");
    assert_eq!(with("ERROR") + with("SKIPPED"), 0, "{report}");
}
