//! `rolecall conformance` against Rolecall: every check applies and passes, and nothing stays behind.

use serde_json::{Value, json};

use super::client::{Run, conformance};
use crate::support::scim::id;
use crate::support::{Acme, Db, Scim, on_both_databases};

on_both_databases!(tolerant, strict, what_is_there_stays_as_it_is, exit_codes);

/// How many checks there are, at least.
const CHECKS: usize = 300;

async fn tolerant(db: Db) {
    passes(db, "tolerant").await;
}

async fn strict(db: Db) {
    passes(db, "strict").await;
}

async fn passes(db: Db, strictness: &str) {
    let acme = Acme::start(db).await;
    let scim = connected(&acme, strictness).await;
    let run = conformance(&scim, &["--json"]).await;
    let report = run.report();
    assert_eq!(names(&report, "failed"), [""; 0], "{report:#}");
    assert_eq!(names(&report, "not applicable"), [""; 0]);
    assert!(names(&report, "passed").len() >= CHECKS);
    assert_eq!(report["left_behind"], json!([]));
    assert_eq!(run.code, 0);
    assert_eq!(
        (total(&scim, "/Users").await, total(&scim, "/Groups").await),
        (0, 0)
    );
}

async fn what_is_there_stays_as_it_is(db: Db) {
    let acme = Acme::start(db).await;
    let scim = connected(&acme, "strict").await;
    let user = scim.user("ada@northwind.example").await;
    let group = scim.group("Sales", &[&user]).await;
    let paths = [format!("/Users/{user}"), format!("/Groups/{group}")];
    let mut before = Vec::new();
    for path in &paths {
        before.push(scim.get(path).await.expect(200));
    }
    let run = conformance(&scim, &[]).await;
    assert_eq!(run.code, 0, "{}", run.stdout);
    for (path, before) in paths.iter().zip(before) {
        assert_eq!(scim.get(path).await.expect(200), before);
    }
    assert_eq!(
        (total(&scim, "/Users").await, total(&scim, "/Groups").await),
        (1, 1)
    );
}

async fn exit_codes(db: Db) {
    let acme = Acme::start(db).await;
    let scim = connected(&acme, "strict").await;
    let run = conformance(&scim, &["--only", "rfc7644_3_6"]).await;
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(
        run.stdout.contains("RFC 7644 §3.6\n  ok    delete is 204"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("§3.7"), "{}", run.stdout);

    let token = scim.with_token("conformance-wrong");
    let run = conformance(&token, &[]).await;
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("refuses the token"), "{}", run.stderr);

    let run = conformance(&scim, &["--only", "no-such-check"]).await;
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.stderr.contains("no check's name contains"),
        "{}",
        run.stderr
    );
    let unknown = conformance(&scim, &["--frobnicate"]).await;
    assert_eq!(unknown.code, 2, "{}", unknown.stderr);
    assert!(
        [&run, &unknown]
            .iter()
            .all(|run| !run.stderr.contains(scim.token()))
    );
}

async fn connected(acme: &Acme, strictness: &str) -> Scim {
    let options = json!({"strictness": strictness});
    let connection = acme.operator.connect("northwind", "custom", &options).await;
    acme.server.scim(&connection)
}

async fn total(scim: &Scim, endpoint: &str) -> i64 {
    let list = scim.get(endpoint).await.expect(200);
    for resource in list["Resources"].as_array().into_iter().flatten() {
        assert!(!id(resource).is_empty());
    }
    list["totalResults"].as_i64().expect("an integer")
}

/// The checks with a verdict.
pub(super) fn names(report: &Value, verdict: &str) -> Vec<String> {
    let checks = report["checks"].as_array().expect("a report has checks");
    let with = checks.iter().filter(|check| check["verdict"] == verdict);
    with.map(|check| {
        check["name"]
            .as_str()
            .expect("a check has a name")
            .to_owned()
    })
    .collect()
}

impl Run {
    /// The JSON report.
    pub(super) fn report(&self) -> Value {
        let report = serde_json::from_str(&self.stdout);
        report.unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr))
    }
}
