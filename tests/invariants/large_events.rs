//! Invariant 12, with events that are large: what is sealed or read at a time is bounded by bytes, and nothing is left out.

use serde_json::{Value, json};

use crate::support::chain::{checked_events, settled_events, verify};
use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(large_events_come_in_smaller_pages);

async fn large_events_come_in_smaller_pages(db: Db) {
    const USERS: usize = 8;
    let acme = Acme::start(db).await;
    // 3 MB, in strings as long as a string may be.
    let text = "x".repeat(60_000);
    let texts: Value = (0..50).map(|n| (format!("k{n}"), json!(text))).collect();
    for number in 0..USERS {
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": format!("u{number}"),
            "urn:example:large:1.0:User": texts,
        });
        acme.scim.create_user(&user).await.expect(201);
    }
    let events = settled_events(&acme.operator, 0).await;
    let first = events.iter().find(|it| it["type"] == "user.created");
    let first = first.expect("an event")["seq"].as_i64().expect("a number");
    let page = format!("/v1/events?after={}&limit=1000", first - 1);
    let page = acme.operator.get(&page).await.expect(200);
    let page = page["data"].as_array().expect("a page");
    let created = |events: &[Value]| {
        let created = events.iter().filter(|it| it["type"] == "user.created");
        created.count()
    };
    assert!((1..USERS).contains(&created(page)), "{}", created(page));
    assert_eq!(created(&checked_events(&acme.operator).await), USERS);
    verify(&acme.database).await;
}
