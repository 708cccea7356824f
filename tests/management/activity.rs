//! What an IdP does is counted per connection: tests of the connection, operations used, requests refused.

use serde_json::{Value, json};

use crate::support::scim::{encode, person};
use crate::support::{Acme, Db, eventually, on_both_databases};

on_both_databases!(
    who_has_heard_nothing_says_what_to_do,
    probes_are_recognised,
    operations_are_counted,
    refused_requests_have_a_reason,
    strangers_fill_no_table,
);

/// The activity, once it says what is wanted.
async fn activity(acme: &Acme, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let path = acme.connection.path("/activity");
    eventually(what, async || {
        let activity = acme.operator.get(&path).await.expect(200);
        wanted(&activity).then_some(activity)
    })
    .await
}

async fn who_has_heard_nothing_says_what_to_do(db: Db) {
    let acme = Acme::start(db).await;
    let activity = acme
        .operator
        .get(&acme.connection.path("/activity"))
        .await
        .expect(200);
    let summary = activity["summary"].as_str().expect("a summary");
    assert!(
        summary.contains("No request has arrived") && summary.contains(acme.scim.base()),
        "{summary}"
    );
    assert_eq!(activity["last_request"], Value::Null);
    assert_eq!(
        (&activity["probes"], &activity["refused"]),
        (&json!([]), &json!([]))
    );
    let operations = activity["operations"].as_array().expect("operations");
    assert!(
        operations
            .iter()
            .all(|it| it["count"] == 0 && it["last"].is_null()),
        "{operations:?}"
    );
    acme.operator
        .get("/v1/connections/none/activity")
        .await
        .expect_problem(404);
}

async fn probes_are_recognised(db: Db) {
    let acme = Acme::start(db).await;
    let filter = encode("userName eq \"5f3c2f6e-7f0b-4c57-8f3a-0d2f6f1d9a11\"").replace("%20", "+");
    let entra = format!("/Users?filter={filter}");
    let okta = "/Users?startIndex=1&count=2";
    let passed = |it: &Value, idp: &str| {
        let mut probes = it["probes"].as_array().into_iter().flatten();
        probes
            .find(|probe| probe["idp"] == idp)
            .map(|probe| probe["passed"] == true)
    };
    acme.scim.get(&entra).await.expect(200);
    acme.scim.get(okta).await.expect(200);
    let seen = activity(&acme, "the probes to be noted", |it| {
        passed(it, "entra") == Some(true) && passed(it, "okta") == Some(true)
    })
    .await;
    assert_eq!(seen["probes"][1]["last"]["path"], okta);
    // With a wrong token the cause has a name.
    acme.scim
        .with_token("mistyped")
        .get(&entra)
        .await
        .expect_status(401);
    let seen = activity(&acme, "the failed probe to be noted", |it| {
        passed(it, "entra") == Some(false)
    })
    .await;
    assert_eq!(seen["refused"][0]["reason"], "unknown_token");
    let summary = seen["summary"].as_str().expect("a summary");
    assert!(
        summary.contains("refused") && summary.contains("mistyped, or revoked"),
        "{summary}"
    );
}

async fn operations_are_counted(db: Db) {
    let acme = Acme::start(db).await;
    let only = json!({"operations": ["create", "update", "deactivate"]});
    acme.operator
        .patch(&acme.connection.path(""), &only)
        .await
        .expect(200);
    let ada = acme.scim.user("ada@northwind.example").await;
    acme.scim
        .create_user(&person("ada@northwind.example"))
        .await
        .expect_status(409);
    let path = format!("/Users/{ada}");
    let same = json!([{"op": "replace", "path": "title", "value": "Account Executive"}]);
    acme.scim.patch(&path, &same).await.expect(200);
    acme.scim.set_active(&ada, false).await;
    acme.scim.delete(&path).await.expect_status(403);
    acme.scim.get("/Schemas").await.expect(200);
    let seen = activity(&acme, "the operations to be counted", |it| {
        it["last_request"]["path"] == "/Schemas"
    })
    .await;
    let count = |resource: Value, operation: &str| {
        let mut all = seen["operations"].as_array().expect("operations").iter();
        let found = all.find(|it| it["resource"] == resource && it["operation"] == operation);
        let found = found.unwrap_or_else(|| panic!("{resource} {operation}"));
        (
            found["count"].as_i64().unwrap_or(-1),
            found["failed"].as_i64().unwrap_or(-1),
        )
    };
    assert_eq!(count(json!("User"), "create"), (1, 1));
    assert_eq!(count(json!("User"), "update"), (1, 0));
    assert_eq!(count(json!("User"), "deactivate"), (1, 0));
    assert_eq!(count(json!("User"), "delete"), (0, 1));
    assert_eq!(count(json!("Group"), "create"), (0, 0));
    assert_eq!(count(Value::Null, "discovery"), (1, 0));
    let summary = seen["summary"].as_str().expect("a summary");
    assert!(
        summary.contains("Requests arrive") && summary.contains("200"),
        "{summary}"
    );
}

async fn refused_requests_have_a_reason(db: Db) {
    let acme = Acme::start(db).await;
    let other = acme.operator.connect("contoso", "okta", &json!({})).await;
    acme.scim
        .with_token(&other.token)
        .get("/Users")
        .await
        .expect_status(401);
    acme.scim
        .with_token("a-token-of-nobody")
        .get("/Users")
        .await
        .expect_status(401);
    acme.scim
        .with_token("a-token-of-nobody")
        .get("/Users")
        .await
        .expect_status(401);
    acme.scim
        .with_token("")
        .get("/Users")
        .await
        .expect_status(401);
    let seen = activity(&acme, "the refusals to be noted", |it| {
        it["refused"].as_array().map(Vec::len) == Some(3)
    })
    .await;
    let told: Vec<_> = seen["refused"]
        .as_array()
        .expect("refusals")
        .iter()
        .map(|it| {
            (
                it["reason"].as_str().unwrap_or_default(),
                it["count"].as_i64().unwrap_or(0),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("no_token", 1),
            ("unknown_token", 2),
            ("other_connection", 1)
        ]
    );
    assert!(!seen.to_string().contains("a-token-of-nobody"), "{seen}");
    // Nobody was let in, so there is no request to read.
    let page = acme
        .operator
        .get(&acme.connection.path("/requests"))
        .await
        .expect(200);
    assert_eq!(page["data"], json!([]));
}

async fn strangers_fill_no_table(db: Db) {
    let mut acme = Acme::start(db).await;
    let nowhere = acme.scim.with_token("a-token-of-nobody");
    for _ in 0..100 {
        nowhere.get("/Users").await.expect_status(401);
    }
    let invented = crate::support::Scim::new(acme.server.origin(), "invented-connection", "x");
    invented.get("/Users").await.expect_status(401);
    acme.server.terminate();
    assert!(acme.server.exit().await.success());
    let contents = acme.database.contents();
    let has = |text: &str| {
        contents
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(
        !has("invented-connection"),
        "an invented connection is in the database"
    );
    acme.server.restart().await;
    acme.reconnect();
    let seen = acme
        .operator
        .get(&acme.connection.path("/activity"))
        .await
        .expect(200);
    assert_eq!(seen["refused"][0]["count"], 100, "{seen}");
    assert_eq!(seen["refused"].as_array().map(Vec::len), Some(1));
}
