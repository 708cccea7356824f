//! Invariant 7: No guest code inside a transaction: read, decide, write with a version check, retry on
//! conflict. So no update is lost, no name is taken twice, and a slow plugin holds nobody up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::acme::every_slot;
use crate::support::chain::{checked_events, verify};
use crate::support::guest::Act;
use crate::support::scim::person;
use crate::support::{Acme, Database, Db, Guest, Launch, eventually, on_both_databases};

on_both_databases!(
    no_update_is_lost,
    a_name_is_taken_once,
    members_added_at_once_all_stay,
    membership_and_user_change_together,
    a_slow_plugin_holds_no_transaction,
    nothing_commits_on_old_ground,
);

/// Requests that meet each other.
const AT_ONCE: usize = 32;

async fn no_update_is_lost(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let user = acme.scim.user("ada@northwind.example").await;

    let mut changes = JoinSet::new();
    for number in 0..AT_ONCE {
        let (scim, user) = (acme.scim.clone(), user.clone());
        changes.spawn(async move {
            let phone = json!({"type": "other", "value": format!("+1 555 {number:04}")});
            let change = json!([{"op": "add", "path": "phoneNumbers", "value": [phone]}]);
            scim.patch(&format!("/Users/{user}"), &change).await
        });
    }
    for answer in changes.join_all().await {
        assert!(matches!(answer.status, 200 | 204), "{answer:?}");
    }

    let read = acme.scim.read_user(&user).await;
    let numbers: Vec<_> = read["phoneNumbers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|phone| phone["value"].as_str())
        .filter(|number| number.starts_with("+1 555"))
        .collect();
    assert_eq!(numbers.len(), AT_ONCE, "{numbers:?}");
    assert_eq!(
        read["meta"]["version"],
        format!("W/\"{}\"", AT_ONCE + 1),
        "a version each"
    );
    checked_events(&acme.operator).await;
    verify(&acme.database).await;
}

async fn a_name_is_taken_once(db: Db) {
    let acme = Acme::start(db).await;
    let mut attempts = JoinSet::new();
    for number in 0..AT_ONCE {
        let scim = acme.scim.clone();
        // One name to whoever compares names, in two spellings.
        let name = if number % 2 == 0 {
            "Ada@northwind.example"
        } else {
            "ada@NORTHWIND.example"
        };
        attempts.spawn(async move { scim.create_user(&person(name)).await });
    }
    let answers = attempts.join_all().await;

    assert_eq!(
        answers.iter().filter(|answer| answer.status == 201).count(),
        1
    );
    for answer in answers.into_iter().filter(|answer| answer.status != 201) {
        answer.expect_scim_error(409, Some("uniqueness"));
    }
    assert_eq!(
        acme.scim
            .count("userName eq \"ada@northwind.example\"")
            .await,
        1
    );
}

async fn members_added_at_once_all_stay(db: Db) {
    let acme = Acme::start(db).await;
    let group = acme.scim.group("Analysts", &[]).await;
    let mut users = Vec::new();
    for number in 0..AT_ONCE {
        users.push(
            acme.scim
                .user(&format!("user{number}@northwind.example"))
                .await,
        );
    }

    let mut additions = JoinSet::new();
    for user in users.clone() {
        let (scim, group) = (acme.scim.clone(), group.clone());
        additions.spawn(async move { scim.add_member(&group, &user).await });
    }
    additions.join_all().await;

    let read = acme.scim.get(&format!("/Groups/{group}")).await.expect(200);
    let mut members: Vec<_> = read["members"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|member| member["value"].as_str().map(str::to_owned))
        .collect();
    members.sort();
    users.sort();
    assert_eq!(members, users);
}

/// A user and its membership change at the same moment: whichever comes second decides on both.
async fn membership_and_user_change_together(db: Db) {
    let acme = Acme::start(db).await;
    let group = acme.scim.group("Admins", &[]).await;
    let rule = json!({"roles": {"plugin": "rules", "settings": {
        "roles": {"rules": [{
            "when": "title eq \"Lead\" and groups[display eq \"Admins\"]",
            "role": "admin",
        }]},
    }}});
    acme.operator.remap(&acme.connection, &rule).await;

    for round in 0..8 {
        let user = acme
            .scim
            .user(&format!("user{round}@northwind.example"))
            .await;
        let title = json!([{"op": "replace", "path": "title", "value": "Lead"}]);
        let path = format!("/Users/{user}");
        let ((), changed) = tokio::join!(
            acme.scim.add_member(&group, &user),
            acme.scim.patch(&path, &title),
        );
        assert!(matches!(changed.status, 200 | 204), "{changed:?}");
        assert_eq!(
            acme.operator.grants(&user).await,
            ["northwind role admin"],
            "round {round}"
        );
    }
}

/// While a plugin works as long as it is allowed to, others write: it would take the database's one
/// writer, or a row that all need, if it ran inside the transaction.
async fn a_slow_plugin_holds_no_transaction(db: Db) {
    let acme = Acme::start(db).await;
    let digest = acme
        .operator
        .plugin(&Guest::viewer().attributes(Act::Spin).component())
        .await;
    acme.operator
        .remap(&acme.connection, &every_slot(&digest))
        .await;
    let quick = acme.operator.connect("northwind", "okta", &json!({})).await;
    let quick = acme.server.scim(&quick);
    // The stock plugin is compiled when it is first needed.
    quick.user("first@northwind.example").await;

    let slow_left = Arc::new(AtomicUsize::new(SLOW));
    let slow = {
        let (scim, left) = (acme.scim.clone(), Arc::clone(&slow_left));
        tokio::spawn(async move {
            for number in 0..SLOW {
                scim.user(&format!("slow{number}@northwind.example")).await;
                left.fetch_sub(1, Ordering::Relaxed);
            }
        })
    };
    let mut quick_done: Vec<Value> = Vec::new();
    while slow_left.load(Ordering::Relaxed) > 0 {
        let user = person(&format!("quick{}@northwind.example", quick_done.len()));
        quick_done.push(quick.create_user(&user).await.expect(201));
    }
    slow.await.expect("slow writes succeed");

    // In turn with the slow ones there would be one for each.
    assert!(
        quick_done.len() >= 2 * SLOW,
        "{} of {SLOW}",
        quick_done.len()
    );
}

/// How many users the slow plugin gets.
const SLOW: usize = 8;

/// The configuration changes while users are decided: what was decided before it does not commit after it.
async fn nothing_commits_on_old_ground(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    for round in 0..4 {
        let mut arrivals = JoinSet::new();
        for writer in 0..AT_ONCE {
            let scim = acme.scim.clone();
            arrivals.spawn(async move {
                // Until the door is closed.
                for number in 0.. {
                    let name = format!("user{round}-{writer}-{number}@northwind.example");
                    let answer = scim.create_user(&person(&name)).await;
                    if answer.status != 201 {
                        return answer.status;
                    }
                }
                unreachable!("the tenant is disabled soon")
            });
        }
        let tenant = "/v1/tenants/northwind";
        eventually("the first to arrive", async || {
            let placed = acme.operator.get("/v1/users?tenant=northwind").await;
            placed.expect(200)["data"][0].is_object().then_some(())
        })
        .await;
        acme.operator
            .patch(tenant, &json!({"disabled": true}))
            .await
            .expect(200);
        for status in arrivals.join_all().await {
            assert_eq!(status, 403);
        }
        let placed = acme.operator.get("/v1/users?tenant=northwind").await;
        assert_eq!(placed.expect(200)["data"], json!([]), "round {round}");
        acme.operator
            .patch(tenant, &json!({"disabled": false}))
            .await
            .expect(200);
    }
}

/// Two hosts on one database: each knows only its own requests, the commit knows both.
#[tokio::test]
async fn no_update_is_lost_between_hosts() {
    let database = Database::create(Db::Postgres);
    let launch = Launch::on(database.url());
    let acme = Acme::launch(launch.clone(), database).await;
    let beside = launch.start().await;
    let hosts = [acme.scim.clone(), beside.scim(&acme.connection)];
    let user = acme.scim.user("ada@northwind.example").await;

    let mut changes = JoinSet::new();
    for number in 0..AT_ONCE {
        let (scim, user) = (hosts[number % 2].clone(), user.clone());
        changes.spawn(async move {
            let phone = json!({"type": "other", "value": format!("+1 555 {number:04}")});
            let change = json!([{"op": "add", "path": "phoneNumbers", "value": [phone]}]);
            scim.patch(&format!("/Users/{user}"), &change).await
        });
    }
    for answer in changes.join_all().await {
        assert!(matches!(answer.status, 200 | 204), "{answer:?}");
    }
    let read = acme.scim.read_user(&user).await;
    let numbers = read["phoneNumbers"].to_string().matches("+1 555").count();
    assert_eq!(numbers, AT_ONCE, "{read}");
}
