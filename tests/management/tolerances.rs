//! What an IdP was forgiven is counted per connection, and readable.

use serde_json::{Value, json};

use crate::support::scim::encode;
use crate::support::{Acme, Db, eventually, on_both_databases};

on_both_databases!(
    what_is_forgiven_is_counted,
    counts_survive_a_restart,
    counts_belong_to_their_connection,
);

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// Name → count, once they are written.
async fn counted(acme: &Acme, path: &str, wanted: &Value) -> Value {
    let wanted = wanted.as_object().expect("an object");
    eventually("the counts to be written", async || {
        let page = acme.operator.get(path).await.expect(200);
        let data = page["data"].as_array().cloned().unwrap_or_default();
        let counts = data.iter().map(|row| {
            let name = row["name"].as_str().unwrap_or_default().to_owned();
            (name, row["count"].clone())
        });
        let counts: serde_json::Map<_, _> = counts.collect();
        (counts == *wanted).then_some(page)
    })
    .await
}

async fn what_is_forgiven_is_counted(db: Db) {
    let acme = Acme::start(db).await;
    let path = acme.connection.path("/tolerances");
    assert_eq!(
        acme.operator.get(&path).await.expect(200)["data"],
        json!([])
    );
    let user = json!({"schemas": [CORE], "userName": "ada", "active": "True", "favouriteColour": "violet"});
    let ada = acme.scim.create_user(&user).await.expect(201);
    let ada = format!("/Users/{}", ada["id"].as_str().expect("an id"));
    let off = json!([{"op": "Replace", "path": "active", "value": "False"}]);
    acme.scim.patch(&ada, &off).await.expect(200);
    acme.scim.patch(&ada, &off).await.expect(200);
    acme.scim.create_user(&user).await.expect(201);
    acme.scim.count("userName eq ada").await;
    let group = json!({"displayName": "Analysts"});
    let group = acme.scim.post("/Groups", &group).await.expect(201);
    let group = format!("/Groups/{}", group["id"].as_str().expect("an id"));
    let list = json!([{"op": "remove", "path": "members", "value": [{"value": "nobody"}]}]);
    acme.scim.patch(&group, &list).await.expect_status(204);
    acme.scim
        .put(&group, &json!({"displayName": "Crew"}))
        .await
        .expect(200);
    // What is refused was not forgiven.
    acme.scim
        .create_user(&json!({"schemas": [CORE], "active": "True"}))
        .await
        .expect_status(400);
    acme.scim
        .get(&format!("/Users?filter={}", encode("userName eq ada eq")))
        .await
        .expect_status(400);

    let wanted = json!({
        "bare_filter_value": 1, "missing_schema": 2, "operation_case": 2, "remove_with_list": 1,
        "return_by_creation": 1, "string_boolean": 4,
        "unknown_attribute": 2,
    });
    let page = counted(&acme, &path, &wanted).await;
    for row in page["data"].as_array().expect("a page") {
        let sentence = row["forgiven"].as_str().unwrap_or_default();
        assert!(sentence.ends_with('.') && sentence.contains(' '), "{row}");
        let seen = ["first_seen_at", "last_seen_at"].map(|name| row[name].as_str());
        assert!(seen[0].is_some() && seen[0] <= seen[1], "{row}");
    }
}

/// What was counted is written when the server stops, and counted on after.
async fn counts_survive_a_restart(db: Db) {
    let mut acme = Acme::start(db).await;
    let path = acme.connection.path("/tolerances");
    acme.scim.count("userName eq ada").await;
    acme.server.terminate();
    assert!(acme.server.exit().await.success());
    acme.server.restart().await;
    acme.reconnect();
    counted(&acme, &path, &json!({"bare_filter_value": 1})).await;
    acme.scim.count("userName eq ada").await;
    let page = counted(&acme, &path, &json!({"bare_filter_value": 2})).await;
    let row = &page["data"][0];
    assert_ne!(row["first_seen_at"], row["last_seen_at"], "{row}");
}

async fn counts_belong_to_their_connection(db: Db) {
    let acme = Acme::start(db).await;
    let other = acme.operator.connect("contoso", "okta", &json!({})).await;
    acme.server.scim(&other).count("userName eq ada").await;
    counted(
        &acme,
        &other.path("/tolerances"),
        &json!({"bare_filter_value": 1}),
    )
    .await;
    let ours = acme
        .operator
        .get(&acme.connection.path("/tolerances"))
        .await;
    assert_eq!(ours.expect(200)["data"], json!([]));
    acme.operator
        .delete(&other.path(""))
        .await
        .expect_status(204);
    acme.operator
        .get(&other.path("/tolerances"))
        .await
        .expect_problem(404);
}
