//! `scim-sanity` (PyPI): strict mode on a strict connection, compat mode on a tolerant one. It passes but for findings that
//! contradict the RFCs or an identity provider; they are listed here, so that any change is noticed.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio::process::Command;

use super::others::program;
use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(strict, compat);

/// It adds the id `fake-member-id` to a group. A member's value is the id of a SCIM resource (RFC 7643 §4.2), and
/// what names none is refused: a 2xx would promise a membership that never comes.
const UNKNOWN_MEMBER: &str = "PATCH /Groups/{id} add member";

/// Groups answer a PATCH with 204 on tolerant connections, which RFC 7644 §3.5.2 allows and Entra's documentation asks
/// for: the body would repeat every member.
const NO_CONTENT: [&str; 2] = ["PATCH /Groups/{id}", "PATCH /Groups/{id} remove members"];

/// Drafts that nobody implements; there are no such resource types here.
const DRAFTS: usize = 3;

async fn strict(db: Db) {
    finds(db, "strict", &[UNKNOWN_MEMBER]).await;
}

async fn compat(db: Db) {
    let [patch, remove] = NO_CONTENT;
    finds(db, "compat", &[patch, UNKNOWN_MEMBER, remove]).await;
}

async fn finds(db: Db, mode: &str, findings: &[&str]) {
    let acme = Acme::start(db).await;
    let strictness = if mode == "strict" {
        "strict"
    } else {
        "tolerant"
    };
    let options = json!({"strictness": strictness});
    let connection = acme.operator.connect("northwind", "custom", &options).await;
    let scim = acme.server.scim(&connection);
    let output = Command::new(program("scim-sanity"))
        .arg("probe")
        .arg(format!("{}{}", scim.origin(), scim.base()))
        .args(["--token", scim.token()])
        .args([
            &format!("--{mode}"),
            "--json-output",
            "--i-accept-side-effects",
        ])
        .output()
        .await
        .expect("scim-sanity starts");
    let complaint = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {complaint}"));
    let results = report["results"].as_array().expect("results");
    let with = |status: &str| {
        let found = results.iter().filter(|result| result["status"] == status);
        found
            .filter_map(|result| result["name"].as_str())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        with("fail"),
        findings.iter().copied().collect(),
        "{report:#}"
    );
    assert_eq!(with("skip").len(), DRAFTS, "{report:#}");
    let passed = results
        .iter()
        .filter(|result| result["status"] == "pass")
        .count();
    assert_eq!(
        passed + findings.len() + DRAFTS,
        results.len(),
        "{report:#}"
    );
    assert_eq!(results.len(), 31, "{report:#}");
}
