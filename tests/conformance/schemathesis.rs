//! `schemathesis` (PyPI) over the description of the management API: nothing that it makes up is answered with a 5xx, or
//! with a status, media type or body that `/openapi.json` does not declare.

use std::io::Write as _;

use serde_json::{Map, Value, json};
use tempfile::{NamedTempFile, tempdir};
use tokio::process::Command;

use super::others::program;
use crate::support::acme::every_slot;
use crate::support::{Acme, Db, Guest, on_both_databases};

on_both_databases!(answers_are_as_described);

/// Requests per operation that are made up at random (from the description, and the same in every run), beside the
/// cases that follow from it.
const EXAMPLES: &str = "5";

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

async fn answers_are_as_described(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let spare = acme.operator.connect("northwind", "okta", &json!({})).await;
    let digest = acme.operator.plugin(&Guest::viewer().component()).await;
    acme.operator.map(&spare, &every_slot(&digest)).await;

    let mut configuration = NamedTempFile::new().expect("a temporary file");
    let text = configured(&spare.id, &user, &digest);
    configuration
        .write_all(text.as_bytes())
        .expect("a writable file");
    // It leaves files where it runs.
    let directory = tempdir().expect("a temporary directory");
    let output = Command::new(program("schemathesis"))
        .current_dir(directory.path())
        .arg("--config-file")
        .arg(configuration.path())
        .arg("run")
        .arg(format!("{}/openapi.json", acme.operator.origin()))
        .args(["--phases", "coverage,fuzzing", "--checks", CHECKS])
        .args(["--max-examples", EXAMPLES, "--generation-deterministic"])
        .args(["--continue-on-failure", "--no-color"])
        .env("OPERATOR_KEY", acme.operator.key())
        .output()
        .await
        .expect("schemathesis starts");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}");
    // All that are described, but for the upload.
    let all = operations(&acme.operator.get("/openapi.json").await.expect(200));
    let most = all - 1;
    assert!(
        report.contains(&format!("Selected: {most}/{all}"))
            && report.contains(&format!("Tested: {most}")),
        "{report}"
    );
}

fn operations(description: &Value) -> usize {
    let paths = description["paths"].as_object().expect("paths");
    let operations = paths
        .values()
        .map(|path| path.as_object().map_or(0, Map::len));
    operations.sum()
}

/// Names of things that exist, so that requests get past 404. What deletes gets made-up names only.
fn configured(connection: &str, user: &str, plugin: &str) -> String {
    format!(
        r#"
headers = {{ Authorization = "Bearer ${{OPERATOR_KEY}}" }}

# Its body is a component, which is not made up from a schema; `management::plugins` uploads good and bad ones.
[[operations]]
include-name = "POST /v1/plugins"
enabled = false

# A long poll takes its time.
[[operations]]
include-name = "GET /v1/events"
parameters = {{ "query.wait" = 0 }}

[[operations]]
include-path-regex = "^/v1/connections/[{{]id[}}]"
include-method = ["GET", "POST", "PATCH"]
parameters = {{ "path.id" = "{connection}", "path.revision" = 1 }}

[[operations]]
include-path-regex = "^/v1/users/"
parameters = {{ "path.id" = "{user}" }}

[[operations]]
include-path-regex = "^/v1/plugins/"
parameters = {{ "path.digest" = "{plugin}" }}

[[operations]]
include-path-regex = "^/v1/tenants/"
include-method = ["GET", "PATCH"]
parameters = {{ "path.key" = "northwind-apac" }}
"#
    )
}
