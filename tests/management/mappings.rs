//! Mappings: immutable revisions, checked when they are made, activated in the background, and left
//! again by going back to an earlier one.

use serde_json::{Value, json};

use crate::support::acme::every_slot;
use crate::support::guest::{Act, Guest, grant};
use crate::support::scim::person;
use crate::support::{Acme, Db, eventually, on_both_databases};

on_both_databases!(
    without_a_mapping_the_stock_plugin_decides,
    a_draft_changes_nothing,
    back_to_an_earlier_revision,
    everybody_is_decided_again,
    the_latest_activation_wins,
    a_preview_is_not_stored,
    a_decision_is_explained,
    what_cannot_work_is_refused,
);

fn granting(role: &str) -> Vec<u8> {
    let grants = vec![grant("northwind", "role", role, &[])];
    Guest::viewer().roles(Act::Grants(grants)).component()
}

async fn without_a_mapping_the_stock_plugin_decides(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let access = acme.operator.user(&user).await;
    assert_eq!(access["state"], "active", "{access}");
    assert_eq!(
        access["profile"]["userName"], "ada@northwind.example",
        "{access}"
    );
    assert_eq!(access["placements"][0]["tenant"], "northwind", "{access}");
    assert_eq!(
        access["grants"],
        json!([]),
        "nothing is granted that nobody asked for: {access}"
    );
}

async fn a_draft_changes_nothing(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&granting("viewer")).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let digest = acme.operator.plugin(&granting("admin")).await;
    let path = acme.connection.path("/mappings");
    let draft = acme
        .operator
        .post(&path, &every_slot(&digest))
        .await
        .expect(201);

    assert_eq!(draft["state"], "draft", "{draft}");
    acme.scim.set_active(&user, false).await;
    acme.scim.set_active(&user, true).await;
    assert_eq!(acme.operator.grants(&user).await, ["northwind role viewer"]);
}

async fn back_to_an_earlier_revision(db: Db) {
    let acme = Acme::start(db).await;
    let first = acme.run(&granting("viewer")).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let second = acme.run(&granting("admin")).await;
    assert_eq!(acme.operator.grants(&user).await, ["northwind role admin"]);
    assert!(second > first, "revisions are numbered upwards");

    acme.operator.activate(&acme.connection, first).await;
    assert_eq!(acme.operator.grants(&user).await, ["northwind role viewer"]);
    let path = acme.connection.path("/mappings");
    let listed = acme.operator.get(&path).await.expect(200);
    let active: Vec<_> = listed["data"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|mapping| mapping["state"] == "active")
        .map(|mapping| mapping["revision"].as_i64())
        .collect();
    assert_eq!(active, [Some(first)], "{listed}");
}

async fn everybody_is_decided_again(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&granting("viewer")).await;
    let mut users = Vec::new();
    for number in 0..50 {
        users.push(
            acme.scim
                .user(&format!("user{number}@northwind.example"))
                .await,
        );
    }
    let gone = users.pop().expect("a user");
    acme.scim.set_active(&gone, false).await;

    let revision = acme.run(&granting("analyst")).await;
    let path = acme.connection.path(&format!("/mappings/{revision}"));
    let progress = acme.operator.get(&path).await.expect(200)["progress"].clone();
    assert_eq!(progress["done"], progress["total"], "{progress}");
    for user in &users {
        assert_eq!(acme.operator.grants(user).await, ["northwind role analyst"]);
    }
    assert_eq!(
        acme.operator.grants(&gone).await,
        [""; 0],
        "an activation revives nobody"
    );
}

/// Activation of another revision while one is running supersedes it.
async fn the_latest_activation_wins(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&granting("viewer")).await;
    let mut users = Vec::new();
    for number in 0..50 {
        users.push(
            acme.scim
                .user(&format!("user{number}@northwind.example"))
                .await,
        );
    }
    let mut revisions = Vec::new();
    for role in ["admin", "analyst"] {
        let digest = acme.operator.plugin(&granting(role)).await;
        revisions.push(
            acme.operator
                .map(&acme.connection, &every_slot(&digest))
                .await,
        );
    }
    for revision in &revisions {
        let path = acme
            .connection
            .path(&format!("/mappings/{revision}/activate"));
        acme.operator.post(&path, &json!({})).await.expect(202);
    }
    let path = acme.connection.path(&format!("/mappings/{}", revisions[1]));
    eventually("the second activation to end", async || {
        let mapping = acme.operator.get(&path).await.expect(200);
        (mapping["progress"]["remaining"] == 0).then_some(())
    })
    .await;
    for user in &users {
        assert_eq!(acme.operator.grants(user).await, ["northwind role analyst"]);
    }
}

async fn a_preview_is_not_stored(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&granting("viewer")).await;
    let digest = acme.operator.plugin(&granting("admin")).await;
    let draft = acme
        .operator
        .map(&acme.connection, &every_slot(&digest))
        .await;
    let path = acme.connection.path(&format!("/mappings/{draft}/preview"));
    let body = json!({"user": person("ada@northwind.example"), "groups": ["Ops-Leads"]});
    let preview = acme.operator.post(&path, &body).await.expect(200);

    assert_eq!(preview["grants"][0]["name"], "admin", "{preview}");
    assert_eq!(acme.scim.count("userName pr").await, 0);
    let users = acme.operator.get("/v1/users").await.expect(200);
    assert_eq!(users["data"], json!([]));
}

async fn a_decision_is_explained(db: Db) {
    let acme = Acme::start(db).await;
    let guest = Guest::viewer().attributes(Act::Chatter);
    let revision = acme.run(&guest.component()).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let decision = acme.operator.decision(&user).await;

    assert_eq!(decision["revision"], revision, "{decision}");
    let slots = decision["slots"].as_array().expect("slots");
    let names: Vec<_> = slots
        .iter()
        .map(|slot| slot["slot"].as_str().unwrap_or("?"))
        .collect();
    assert_eq!(names, ["attributes", "tenants", "roles"]);
    for slot in slots {
        for member in ["digest", "input_digest"] {
            assert!(
                slot[member]
                    .as_str()
                    .is_some_and(|digest| digest.starts_with("sha256:")),
                "{slot}"
            );
        }
        assert!(slot["fuel"].as_u64().is_some_and(|fuel| fuel > 0), "{slot}");
        assert!(slot["micros"].is_u64(), "{slot}");
        assert!(!slot["output"].is_null(), "{slot}");
    }
    let receipt = &decision["receipt"];
    assert_eq!(
        receipt["slots"].as_array().map(Vec::len),
        Some(3),
        "{receipt}"
    );
    for slot in receipt["slots"].as_array().into_iter().flatten() {
        for member in ["input", "plugin", "settings", "output"] {
            assert!(!slot[member].is_null(), "{receipt}");
        }
    }

    // A plugin that never stops talking is cut short.
    let lines = slots[0]["logs"].as_array().expect("logs");
    assert!((1..=64).contains(&lines.len()), "{} lines", lines.len());
    let bytes: usize = lines
        .iter()
        .map(|line| line["message"].as_str().map_or(0, str::len))
        .sum();
    assert!(bytes <= 16 << 10, "{bytes} bytes");
}

async fn what_cannot_work_is_refused(db: Db) {
    let acme = Acme::start(db).await;
    let path = acme.connection.path("/mappings");
    let roles_only = Guest::new().roles(Act::Grants(Vec::new())).component();
    let roles_only = acme.operator.plugin(&roles_only).await;
    let unknown = format!("sha256:{}", "0".repeat(64));
    let mappings: [(Value, &str); 4] = [
        (
            json!({"roles": {"plugin": unknown, "settings": {}}}),
            "/roles/plugin",
        ),
        (
            json!({"tenants": {"plugin": roles_only, "settings": {}}}),
            "/tenants/plugin",
        ),
        (
            json!({"roles": {"plugin": "rules", "settings": {"rolls": {}}}}),
            "/roles/settings",
        ),
        (
            json!({"roles": {"plugin": "rules", "settings": [1]}}),
            "/roles/settings",
        ),
    ];
    for (mapping, pointer) in mappings {
        let problem = acme
            .operator
            .post(&path, &mapping)
            .await
            .expect_problem(422);
        let pointers: Vec<_> = problem["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|error| error["pointer"].as_str())
            .collect();
        assert!(
            pointers.iter().any(|found| found.starts_with(pointer)),
            "{pointer}: {problem}"
        );
    }
    let missing = acme.connection.path("/mappings/999/activate");
    acme.operator
        .post(&missing, &json!({}))
        .await
        .expect_problem(404);
}
