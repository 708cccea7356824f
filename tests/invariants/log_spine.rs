//! Invariant 12: The log is the spine: append-only, ordered, hash-chained; every change is in it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::chain::{checked_events, expect_broken, mentions, settled_events, verify};
use crate::support::database::Falsified;
use crate::support::guest::Act;
use crate::support::{Acme, Db, Guest, eventually, on_both_databases};

on_both_databases!(
    every_change_is_in_it,
    each_change_by_its_name,
    endings_are_in_it,
    a_read_is_not,
    one_chain_under_concurrent_writes,
    it_is_read_page_by_page,
    a_reader_waits_for_the_next_event,
    it_outlives_a_restart,
    falsification_is_found,
);

/// What happened after an event, as far as it speaks of one resource: the types.
async fn told(acme: &Acme, after: i64, id: &str) -> Vec<String> {
    let events = settled_events(&acme.operator, after).await;
    events
        .iter()
        .filter(|event| mentions(event, id))
        .map(|event| event["type"].as_str().unwrap_or("?").to_owned())
        .collect()
}

async fn last_seq(acme: &Acme) -> i64 {
    let events = settled_events(&acme.operator, 0).await;
    events
        .last()
        .and_then(|event| event["seq"].as_i64())
        .unwrap_or(0)
}

async fn every_change_is_in_it(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let group = acme.scim.group("Readers", &[]).await;
    let title = json!([{"op": "replace", "path": "title", "value": "Changed"}]);

    let mut after = 0;
    let mut expect_news = async |what: &str, id: &str| {
        let news = told(&acme, after, id).await;
        assert!(!news.is_empty(), "{what} is not in the log");
        after = last_seq(&acme).await;
        news
    };
    expect_news("creating the user", &user).await;
    let answer = acme.scim.patch(&format!("/Users/{user}"), &title).await;
    assert!(matches!(answer.status, 200 | 204), "{answer:?}");
    expect_news("changing the user", &user).await;
    acme.scim.add_member(&group, &user).await;
    expect_news("joining a group", &group).await;
    acme.scim.set_active(&user, false).await;
    expect_news("deactivating the user", &user).await;
    acme.scim.set_active(&user, true).await;
    expect_news("reactivating the user", &user).await;
    acme.scim
        .delete(&format!("/Groups/{group}"))
        .await
        .expect(204);
    expect_news("deleting the group", &group).await;
    acme.scim
        .delete(&format!("/Users/{user}"))
        .await
        .expect(204);
    expect_news("deleting the user", &user).await;
    acme.operator
        .delete(&acme.connection.path(""))
        .await
        .expect(204);
    expect_news("deleting the connection", &acme.connection.id).await;
    checked_events(&acme.operator).await;
    verify(&acme.database).await;
}

/// Reads, refused writes and writes that change nothing leave no event of the resource.
async fn a_read_is_not(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let before = last_seq(&acme).await;

    acme.scim.read_user(&user).await;
    let same = json!([{"op": "replace", "path": "title", "value": "Account Executive"}]);
    let answer = acme.scim.patch(&format!("/Users/{user}"), &same).await;
    assert!(matches!(answer.status, 200 | 204), "{answer:?}");
    let wrong = json!([{"op": "replace", "path": "shoeSize", "value": 1}]);
    acme.scim
        .patch(&format!("/Users/{user}"), &wrong)
        .await
        .expect(400);

    assert_eq!(told(&acme, before, &user).await, [""; 0]);
}

async fn one_chain_under_concurrent_writes(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let mut writers = JoinSet::new();
    for number in 0..32 {
        let scim = acme.scim.clone();
        writers.spawn(async move {
            let user = scim.user(&format!("user{number}@northwind.example")).await;
            scim.set_active(&user, false).await;
            user
        });
    }
    let users = writers.join_all().await;

    let events = checked_events(&acme.operator).await;
    for user in users {
        let of_user = events.iter().filter(|event| mentions(event, &user)).count();
        assert!(of_user >= 2, "creation and deactivation of {user}");
    }
    verify(&acme.database).await;
}

async fn it_is_read_page_by_page(db: Db) {
    let acme = Acme::start(db).await;
    for number in 0..10 {
        acme.scim
            .user(&format!("user{number}@northwind.example"))
            .await;
    }
    let whole = checked_events(&acme.operator).await;
    let mut paged: Vec<Value> = Vec::new();
    while paged.len() < whole.len() {
        let after = paged
            .last()
            .map_or(0, |event| event["seq"].as_i64().expect("a seq"));
        let page = acme
            .operator
            .get(&format!("/v1/events?after={after}&limit=3"))
            .await
            .expect(200);
        let data = page["data"].as_array().expect("a page has data");
        assert!((1..=3).contains(&data.len()), "{page}");
        paged.extend(data.iter().cloned());
    }
    assert_eq!(paged, whole);
}

async fn a_reader_waits_for_the_next_event(db: Db) {
    let acme = Acme::start(db).await;
    let last = last_seq(&acme).await;
    let waiting = {
        let (operator, path) = (
            acme.operator.clone(),
            format!("/v1/events?after={last}&wait=30"),
        );
        tokio::spawn(async move { (operator.get(&path).await.expect(200), Instant::now()) })
    };
    tokio::task::yield_now().await;
    acme.scim.user("ada@northwind.example").await;
    let written = Instant::now();
    let (page, answered) = waiting.await.expect("the reader is answered");

    assert!(
        page["data"].as_array().is_some_and(|data| !data.is_empty()),
        "{page}"
    );
    assert!(
        answered.duration_since(written) < Duration::from_secs(10),
        "long before its time"
    );
}

async fn it_outlives_a_restart(db: Db) {
    let mut acme = Acme::start(db).await;
    acme.scim.user("ada@northwind.example").await;
    let before = checked_events(&acme.operator).await;
    acme.server.terminate();
    assert!(acme.server.exit().await.success());
    acme.server.restart().await;
    acme.reconnect();

    acme.scim.user("grace@northwind.example").await;
    let after = checked_events(&acme.operator).await;
    assert_eq!(after[..before.len()], before);
    verify(&acme.database).await;
}

async fn falsification_is_found(db: Db) {
    let mut acme = Acme::start(db).await;
    acme.scim.user("ada@northwind.example").await;
    checked_events(&acme.operator).await;
    acme.server.terminate();
    acme.server.exit().await;
    verify(&acme.database).await;

    acme.database
        .falsify(Falsified::Events, "user.created", "user.deleted");
    expect_broken(&acme.database).await;
}

/// Each change is told by its name, and before what followed from it.
async fn each_change_by_its_name(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let mut after = last_seq(&acme).await;
    let mut expect = async |id: &str, types: &[&str]| {
        assert_eq!(told(&acme, after, id).await, types);
        after = last_seq(&acme).await;
    };
    let user = acme.scim.user("ada@northwind.example").await;
    let path = format!("/Users/{user}");
    expect(&user, &["user.created", "access.changed"]).await;
    let title = json!([{"op": "replace", "path": "title", "value": "Changed"}]);
    acme.scim.patch(&path, &title).await;
    expect(&user, &["user.updated"]).await;
    acme.scim.set_active(&user, false).await;
    expect(&user, &["user.deactivated", "access.changed"]).await;
    acme.scim.set_active(&user, true).await;
    expect(&user, &["user.reactivated", "access.changed"]).await;
    let group = acme.scim.group("Readers", &[]).await;
    expect(&group, &["group.created"]).await;
    acme.scim.add_member(&group, &user).await;
    expect(&group, &["group.updated"]).await;
    acme.scim
        .delete(&format!("/Groups/{group}"))
        .await
        .expect(204);
    expect(&group, &["group.deleted"]).await;
    acme.run(&Guest::viewer().roles(Act::Trap).component())
        .await;
    expect(&user, &["decision.pending"]).await;
    acme.scim.delete(&path).await.expect(204);
    expect(&user, &["user.deleted", "access.changed"]).await;
}

/// Access that ends with something else ends in the log, too.
async fn endings_are_in_it(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let mut after = last_seq(&acme).await;
    for (disabled, gained, lost) in [(true, 0, 2), (false, 2, 0)] {
        acme.operator
            .patch("/v1/tenants/northwind", &json!({"disabled": disabled}))
            .await
            .expect(200);
        eventually("the access to change", async || {
            let grants = acme.operator.grants(&user).await;
            (grants.is_empty() == disabled).then_some(())
        })
        .await;
        let events = settled_events(&acme.operator, after).await;
        let changed: Vec<_> = events
            .iter()
            .filter(|event| event["type"] == "access.changed" && mentions(event, &user))
            .collect();
        assert_eq!(changed.len(), 1, "{events:?}");
        let count = |list: &str| changed[0]["data"][list].as_array().map_or(0, Vec::len);
        assert_eq!(
            (count("gained"), count("lost")),
            (gained, lost),
            "{changed:?}"
        );
        after = last_seq(&acme).await;
    }
    acme.operator
        .delete(&acme.connection.path(""))
        .await
        .expect(204);
    let types = told(&acme, after, &user).await;
    assert_eq!(types, ["access.changed"]);
}
