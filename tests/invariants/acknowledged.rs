//! Invariant 6: Nothing acknowledged is lost: resource, decision and events commit together, durable before
//! the response.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tokio::sync::Notify;

use crate::support::chain::{checked_events, mentions, verify};
use crate::support::scim::{id, person};
use crate::support::{Acme, Db, Guest, Scim, on_both_databases};

on_both_databases!(a_crash_under_load);

/// Identity providers that write at the same time.
const WRITERS: usize = 16;
/// How many acknowledgements the crash waits for.
const BEFORE_THE_CRASH: usize = 200;
/// What each writer writes if no crash comes.
const AT_MOST_EACH: usize = 2_000;

async fn a_crash_under_load(db: Db) {
    let mut acme = Acme::behind_a_proxy(db).await;
    acme.run(&Guest::viewer().component()).await;

    let acknowledged = crash_midway(&mut acme).await;
    acme.server.restart().await;
    acme.reconnect();

    let events = checked_events(&acme.operator).await;
    for user in &acknowledged {
        let id = id(user);
        assert_eq!(
            &acme.scim.read_user(&id).await,
            user,
            "as it was acknowledged"
        );
        assert_whole(&acme, &events, &id).await;
    }

    // What was never acknowledged is there wholly or not at all.
    for user in everybody(&acme.scim).await {
        assert_whole(&acme, &events, &id(&user)).await;
    }
    verify(&acme.database).await;

    acme.scim.user("after@northwind.example").await;
    let later = checked_events(&acme.operator).await;
    assert!(
        later.len() > events.len(),
        "the chain goes on after the crash"
    );
}

/// Writes until enough is acknowledged, kills the server, and gives what it had acknowledged.
async fn crash_midway(acme: &mut Acme) -> Vec<Value> {
    let count = Arc::new(AtomicUsize::new(0));
    let enough = Arc::new(Notify::new());
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (scim, count, enough) =
                (acme.scim.clone(), Arc::clone(&count), Arc::clone(&enough));
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                for number in 0..AT_MOST_EACH {
                    let user = person(&format!("user{writer}-{number}@northwind.example"));
                    let Ok(answer) = scim.try_create_user(&user).await else {
                        break;
                    };
                    acknowledged.push(answer.expect(201));
                    if count.fetch_add(1, Ordering::Relaxed) + 1 == BEFORE_THE_CRASH {
                        enough.notify_one();
                    }
                }
                acknowledged
            })
        })
        .collect();

    enough.notified().await;
    acme.server.kill_9().await;
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.expect("a writer ends"));
    }
    assert!(acknowledged.len() >= BEFORE_THE_CRASH);
    assert!(
        acknowledged.len() < WRITERS * AT_MOST_EACH,
        "the crash came in the middle"
    );
    acknowledged
}

/// A user, its decision and its events: all there.
async fn assert_whole(acme: &Acme, events: &[Value], user: &str) {
    assert_eq!(
        acme.operator.grants(user).await,
        ["northwind role viewer"],
        "{user}"
    );
    assert_eq!(
        acme.operator.decision(user).await["state"],
        "active",
        "{user}"
    );
    assert!(
        events.iter().any(|event| mentions(event, user)),
        "no event speaks of {user}"
    );
}

/// All users of a connection, page by page.
async fn everybody(scim: &Scim) -> Vec<Value> {
    let mut users = Vec::new();
    loop {
        let path = format!("/Users?startIndex={}&count=100", users.len() + 1);
        let page = scim.get(&path).await.expect(200);
        let resources = page["Resources"].as_array().expect("a list has Resources");
        if resources.is_empty() {
            return users;
        }
        users.extend(resources.iter().cloned());
    }
}
