//! Invariant 1: What the identity provider writes is what it reads back. A plugin never alters a resource; it
//! produces a decision beside it.

use serde_json::{Value, json};

use crate::support::guest::{Act, placement};
use crate::support::scim::{id, person};
use crate::support::{Acme, Db, Guest, on_both_databases};

on_both_databases!(reads_back_what_was_written, deciding_again_leaves_no_trace);

/// A plugin that claims to be somebody else in every attribute it can.
fn liar() -> Vec<u8> {
    let profile = json!({"userName": "mallory@evil.example", "displayName": "Mallory", "id": "1"});
    Guest::viewer()
        .attributes(Act::Profile(profile.to_string()))
        .component()
}

async fn reads_back_what_was_written(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&liar()).await;

    let written = person("ada@northwind.example");
    let created = acme.scim.create_user(&written).await.expect(201);
    let read = acme.scim.read_user(&id(&created)).await;

    assert_eq!(created, read, "the answer to POST is what GET shows");
    for (name, value) in written.as_object().expect("a user is an object") {
        assert_eq!(&read[name], value, "{name}");
    }
    let own: Vec<_> = read
        .as_object()
        .expect("a resource is an object")
        .keys()
        .filter(|name| written.get(name.as_str()).is_none())
        .collect();
    assert_eq!(own, ["id", "meta"], "the server adds nothing but these");

    let access = acme.operator.user(&id(&created)).await;
    assert_eq!(
        access["profile"]["displayName"], "Mallory",
        "the decision stands beside it"
    );
    assert_eq!(access["user_name"], "ada@northwind.example", "{access}");
}

async fn deciding_again_leaves_no_trace(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let before = acme.scim.get(&format!("/Users/{user}")).await;

    acme.run(&liar()).await;
    acme.run(
        &Guest::viewer()
            .tenants(Act::Placements(vec![placement("northwind-emea", &[])]))
            .component(),
    )
    .await;

    let after = acme.scim.get(&format!("/Users/{user}")).await;
    assert_eq!(
        before.raw_header("etag"),
        after.raw_header("etag"),
        "the version is the resource's"
    );
    let (before, after): (Value, Value) = (before.expect(200), after.expect(200));
    assert_eq!(before, after);
}
