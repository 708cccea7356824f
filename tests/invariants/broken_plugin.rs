//! Invariant 5: A broken plugin never fails a SCIM write: the resource is stored, the last good decision stays
//! in force, the decision is pending and visible, and it is retried when the mapping changes. Only
//! an explicit refusal by the tenant's own rules reaches the identity provider.

use serde_json::json;

use crate::support::guest::Act;
use crate::support::scim::{id, person};
use crate::support::{Acme, Db, Guest, on_both_databases};

on_both_databases!(
    writes_succeed_whatever_the_plugin_does,
    last_good_stays_in_force,
    last_good_profile_stays,
    retried_when_the_mapping_changes,
    refusal_reaches_the_identity_provider,
    refusal_of_an_update_changes_nothing,
    refusal_that_nobody_asked_for_is_kept,
);

/// Every way to fail that is not a refusal, with a name for messages.
fn faults() -> Vec<(&'static str, Guest)> {
    let viewer = Guest::viewer;
    vec![
        ("trap in attributes", viewer().attributes(Act::Trap)),
        ("trap in tenants", viewer().tenants(Act::Trap)),
        ("trap in roles", viewer().roles(Act::Trap)),
        ("endless loop", viewer().attributes(Act::Spin)),
        ("endless recursion", viewer().tenants(Act::Recurse)),
        ("endless memory", viewer().roles(Act::Grow)),
        (
            "answer out of bounds",
            viewer().attributes(Act::OutOfBounds),
        ),
        (
            "a profile that is not JSON",
            viewer().attributes(Act::Profile("{".to_owned())),
        ),
        (
            "a profile that is no object",
            viewer().attributes(Act::Profile("[1]".to_owned())),
        ),
        (
            "an internal error",
            viewer().roles(Act::Internal("settings make no sense")),
        ),
    ]
}

async fn writes_succeed_whatever_the_plugin_does(db: Db) {
    let acme = Acme::start(db).await;
    for (index, (fault, guest)) in faults().into_iter().enumerate() {
        acme.run(&guest.component()).await;
        let name = format!("user{index}@northwind.example");
        let created = acme.scim.create_user(&person(&name)).await;
        assert_eq!(created.status, 201, "{fault}: {created:?}");
        let user = id(&created.json());

        let title = json!([{"op": "replace", "path": "title", "value": "Changed"}]);
        let changed = acme.scim.patch(&format!("/Users/{user}"), &title).await;
        assert!(matches!(changed.status, 200 | 204), "{fault}: {changed:?}");
        assert_eq!(
            acme.scim.read_user(&user).await["title"],
            "Changed",
            "{fault}"
        );

        let access = acme.operator.user(&user).await;
        assert_eq!(access["state"], "pending", "{fault}: {access}");
        assert_eq!(access["grants"], json!([]), "{fault}: {access}");
        let decision = acme.operator.decision(&user).await;
        assert_eq!(decision["state"], "pending", "{fault}: {decision}");
        let problem = decision["problem"]["detail"].as_str().unwrap_or_default();
        assert!(!problem.is_empty(), "{fault} is explained: {decision}");
    }
}

async fn last_good_stays_in_force(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let user = acme.scim.user("ada@northwind.example").await;
    acme.run(&Guest::viewer().roles(Act::Trap).component())
        .await;

    let title = json!([{"op": "replace", "path": "title", "value": "Changed"}]);
    let changed = acme.scim.patch(&format!("/Users/{user}"), &title).await;
    assert!(matches!(changed.status, 200 | 204), "{changed:?}");

    assert_eq!(acme.operator.user(&user).await["state"], "pending");
    assert_eq!(acme.operator.grants(&user).await, ["northwind role viewer"]);
    assert!(
        acme.operator
            .allows(&user, "northwind", &json!({"role": "viewer"}))
            .await
    );
}

async fn retried_when_the_mapping_changes(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().roles(Act::Trap).component())
        .await;
    let user = acme.scim.user("ada@northwind.example").await;
    assert_eq!(acme.operator.user(&user).await["state"], "pending");

    acme.run(&Guest::viewer().component()).await;
    assert_eq!(acme.operator.user(&user).await["state"], "active");
    assert_eq!(acme.operator.grants(&user).await, ["northwind role viewer"]);
}

const WORDS: &str = "Contractors are provisioned by hand; ask the service desk.";

async fn refusal_reaches_the_identity_provider(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().tenants(Act::Refuse(WORDS)).component())
        .await;
    let refused = acme
        .scim
        .create_user(&person("ada@northwind.example"))
        .await;
    let detail = refused.expect_scim_error(400, Some("invalidValue"));
    assert!(detail.contains(WORDS), "{detail}");
    assert_eq!(
        acme.scim
            .count("userName eq \"ada@northwind.example\"")
            .await,
        0,
        "nothing stored"
    );
}

async fn refusal_of_an_update_changes_nothing(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let user = acme.scim.user("ada@northwind.example").await;
    acme.run(&Guest::viewer().attributes(Act::Refuse(WORDS)).component())
        .await;
    let before = acme.scim.read_user(&user).await;

    let title = json!([{"op": "replace", "path": "title", "value": "Changed"}]);
    let refused = acme.scim.patch(&format!("/Users/{user}"), &title).await;
    let detail = refused.expect_scim_error(400, Some("invalidValue"));
    assert!(detail.contains(WORDS), "{detail}");
    assert_eq!(acme.scim.read_user(&user).await, before);
    assert_eq!(acme.operator.grants(&user).await, ["northwind role viewer"]);
}

/// After an activation or a group change there is nobody to answer: the refusal is kept and shown.
async fn refusal_that_nobody_asked_for_is_kept(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let user = acme.scim.user("ada@northwind.example").await;
    acme.run(&Guest::viewer().roles(Act::Refuse(WORDS)).component())
        .await;

    let decision = acme.operator.decision(&user).await;
    assert_eq!(decision["state"], "refused", "{decision}");
    let detail = decision["problem"]["detail"].as_str().unwrap_or_default();
    assert!(detail.contains(WORDS), "{decision}");
    assert_eq!(
        acme.operator.grants(&user).await,
        ["northwind role viewer"],
        "last good in force"
    );

    let group = acme.scim.group("Readers", &[]).await;
    acme.scim.add_member(&group, &user).await;
    assert_eq!(acme.operator.user(&user).await["state"], "refused");
    assert_eq!(acme.operator.grants(&user).await, ["northwind role viewer"]);
}

async fn last_good_profile_stays(db: Db) {
    let acme = Acme::start(db).await;
    let profile = json!({"department": "Sales"});
    let good = Guest::viewer().attributes(Act::Profile(profile.to_string()));
    acme.run(&good.component()).await;
    let user = acme.scim.user("ada@northwind.example").await;
    acme.run(&Guest::viewer().attributes(Act::Trap).component())
        .await;

    let access = acme.operator.user(&user).await;
    assert_eq!(access["state"], "pending", "{access}");
    assert_eq!(access["profile"], profile, "{access}");
}
