//! Invariant 3: Plugins propose, the host disposes: what lies outside the connection's subtree, outside the
//! catalogue or above the connection's ceiling never takes effect, and is recorded.

use serde_json::{Value, json};

use crate::support::acme::{catalog, every_slot};
use crate::support::guest::{Act, grant, placement};
use crate::support::{Acme, Connection, Db, Guest, eventually, on_both_databases};

on_both_databases!(
    placements_outside_the_subtree,
    grants_outside_the_catalogue,
    grants_above_the_ceiling,
    permissions_above_the_ceiling,
    features_outside_the_plan,
    placements_in_a_disabled_tenant,
    grants_without_a_placement,
    groups_the_user_is_not_in,
    lowering_the_ceiling_ends_what_is_above,
);

/// Proposals of one decision: what came into force and what was refused.
struct Outcome {
    placements: Vec<String>,
    grants: Vec<String>,
    refused: Vec<Value>,
    user: String,
}

impl Outcome {
    /// Fails unless exactly this many items were refused, each with a code and words.
    #[track_caller]
    fn expect_refused(&self, count: usize) {
        assert_eq!(self.refused.len(), count, "{:?}", self.refused);
        for item in &self.refused {
            assert!(
                item["item"].is_object() || item["item"].is_string(),
                "{item}"
            );
            assert!(
                item["code"].as_str().is_some_and(|code| !code.is_empty()),
                "{item}"
            );
            assert!(
                item["detail"]
                    .as_str()
                    .is_some_and(|detail| !detail.is_empty()),
                "{item}"
            );
        }
    }
}

/// What becomes of a new user at a connection that runs this guest.
async fn decide(acme: &Acme, connection: &Connection, guest: &Guest) -> Outcome {
    let digest = acme.operator.plugin(&guest.component()).await;
    acme.operator.remap(connection, &every_slot(&digest)).await;
    let user = acme
        .server
        .scim(connection)
        .user("ada@northwind.example")
        .await;
    let access = acme.operator.user(&user).await;
    let decision = acme.operator.decision(&user).await;
    let tenant = |placement: &Value| placement["tenant"].as_str().unwrap_or("?").to_owned();
    Outcome {
        placements: access["placements"]
            .as_array()
            .into_iter()
            .flatten()
            .map(tenant)
            .collect(),
        grants: acme.operator.grants(&user).await,
        refused: decision["refused"].as_array().cloned().unwrap_or_default(),
        user,
    }
}

async fn placements_outside_the_subtree(db: Db) {
    let acme = Acme::start(db).await;
    let guest = Guest::viewer()
        .tenants(Act::Placements(vec![
            placement("northwind-emea", &[]),
            placement("contoso", &[]),
            placement("no-such-tenant", &[]),
        ]))
        .roles(Act::Grants(vec![
            grant("northwind-emea", "role", "viewer", &[]),
            grant("contoso", "role", "admin", &[]),
        ]));
    let outcome = decide(&acme, &acme.connection, &guest).await;

    assert_eq!(outcome.placements, ["northwind-emea"]);
    assert_eq!(outcome.grants, ["northwind-emea role viewer"]);
    outcome.expect_refused(3);
    assert!(
        !acme
            .operator
            .allows(&outcome.user, "contoso", &json!({"role": "admin"}))
            .await
    );
    let contoso = acme
        .operator
        .get("/v1/users?tenant=contoso")
        .await
        .expect(200);
    assert_eq!(
        contoso["data"],
        json!([]),
        "nobody of Northwind is seen at Contoso"
    );
}

async fn grants_outside_the_catalogue(db: Db) {
    let acme = Acme::start(db).await;
    let guest = Guest::viewer().roles(Act::Grants(vec![
        grant("northwind", "role", "viewer", &[]),
        grant("northwind", "role", "superuser", &[]),
        grant("northwind", "feature", "teleport", &[]),
        grant("northwind", "permission", "world.rule", &[]),
        grant("northwind", "kingdom", "viewer", &[]),
    ]));
    let outcome = decide(&acme, &acme.connection, &guest).await;

    assert_eq!(outcome.grants, ["northwind role viewer"]);
    outcome.expect_refused(4);
    assert!(
        !acme
            .operator
            .allows(&outcome.user, "northwind", &json!({"role": "superuser"}))
            .await
    );
    assert!(
        acme.operator
            .allows(
                &outcome.user,
                "northwind",
                &json!({"permission": "reports.read"})
            )
            .await
    );
}

async fn grants_above_the_ceiling(db: Db) {
    let acme = Acme::start(db).await;
    let ceiling = json!({"grantable": ["viewer", "analyst"]});
    let connection = acme.operator.connect("northwind", "okta", &ceiling).await;
    let guest = Guest::viewer().roles(Act::Grants(vec![
        grant("northwind", "role", "viewer", &[]),
        grant("northwind", "role", "admin", &[]),
    ]));
    let outcome = decide(&acme, &connection, &guest).await;

    assert_eq!(outcome.grants, ["northwind role viewer"]);
    outcome.expect_refused(1);
    assert!(
        !acme
            .operator
            .allows(&outcome.user, "northwind", &json!({"role": "admin"}))
            .await
    );
    assert!(
        !acme
            .operator
            .allows(
                &outcome.user,
                "northwind",
                &json!({"permission": "users.manage"})
            )
            .await
    );
}

async fn grants_without_a_placement(db: Db) {
    let acme = Acme::start(db).await;
    let guest = Guest::viewer().roles(Act::Grants(vec![
        grant("northwind", "role", "viewer", &[]),
        grant("northwind-apac", "role", "admin", &[]),
    ]));
    let outcome = decide(&acme, &acme.connection, &guest).await;

    assert_eq!(outcome.grants, ["northwind role viewer"]);
    outcome.expect_refused(1);
}

/// A grant ends when the user leaves the group it came from. A plugin that names a group which the
/// user was never in would make a grant that can't end that way.
async fn groups_the_user_is_not_in(db: Db) {
    let acme = Acme::start(db).await;
    let other = acme.scim.group("Others", &[]).await;
    let guest = Guest::viewer().roles(Act::Grants(vec![
        grant("northwind", "role", "viewer", &[]),
        grant("northwind", "role", "admin", &[&other]),
        grant("northwind", "role", "analyst", &["no-such-group"]),
    ]));
    let outcome = decide(&acme, &acme.connection, &guest).await;

    assert_eq!(outcome.grants, ["northwind role viewer"]);
    outcome.expect_refused(2);
}

async fn lowering_the_ceiling_ends_what_is_above(db: Db) {
    let acme = Acme::start(db).await;
    let guest = Guest::viewer().roles(Act::Grants(vec![
        grant("northwind", "role", "viewer", &[]),
        grant("northwind", "role", "admin", &[]),
    ]));
    let outcome = decide(&acme, &acme.connection, &guest).await;
    assert_eq!(
        outcome.grants,
        ["northwind role admin", "northwind role viewer"]
    );

    let lower = json!({"grantable": ["viewer"]});
    acme.operator
        .patch(&acme.connection.path(""), &lower)
        .await
        .expect(200);
    eventually("the role above the ceiling to end", async || {
        (acme.operator.grants(&outcome.user).await == ["northwind role viewer"]).then_some(())
    })
    .await;
}

/// Under a ceiling of roles, a permission needs a grantable role that carries it, and no role carries
/// permissions on single objects.
async fn permissions_above_the_ceiling(db: Db) {
    let acme = Acme::start(db).await;
    let guest = Guest::viewer().roles(Act::Grants(vec![
        grant("northwind", "permission", "reports.read", &[]),
        grant("northwind", "permission", "users.manage", &[]),
        grant("northwind", "permission", "edit", &[]).on("dashboard:7"),
        grant("northwind", "permission", "edit", &[]).on("spaceship:7"),
    ]));
    let ceiling = json!({"grantable": ["viewer"]});
    let connection = acme.operator.connect("northwind", "okta", &ceiling).await;
    let outcome = decide(&acme, &connection, &guest).await;
    assert_eq!(outcome.grants, ["northwind permission reports.read"]);
    outcome.expect_refused(3);

    let free = acme.operator.connect("northwind", "okta", &json!({})).await;
    let outcome = decide(&acme, &free, &guest).await;
    assert_eq!(
        outcome.grants,
        [
            "northwind permission edit",
            "northwind permission reports.read",
            "northwind permission users.manage"
        ]
    );
    outcome.expect_refused(1);
}

/// A tenant gets no feature that its plan does not include.
async fn features_outside_the_plan(db: Db) {
    let acme = Acme::start(db).await;
    let mut catalog = catalog();
    catalog["plans"][0]["features"] = json!(["exports"]);
    acme.operator.put("/v1/catalog", &catalog).await.expect(200);
    let guest = Guest::viewer().roles(Act::Grants(vec![
        grant("northwind", "feature", "exports", &[]),
        grant("northwind", "feature", "sso_audit", &[]),
    ]));
    let outcome = decide(&acme, &acme.connection, &guest).await;

    assert_eq!(outcome.grants, ["northwind feature exports"]);
    outcome.expect_refused(1);
}

async fn placements_in_a_disabled_tenant(db: Db) {
    let acme = Acme::start(db).await;
    acme.operator
        .patch("/v1/tenants/northwind-emea", &json!({"disabled": true}))
        .await
        .expect(200);
    let guest = Guest::viewer()
        .tenants(Act::Placements(vec![
            placement("northwind", &[]),
            placement("northwind-emea", &[]),
        ]))
        .roles(Act::Grants(vec![
            grant("northwind", "role", "viewer", &[]),
            grant("northwind-emea", "role", "viewer", &[]),
        ]));
    let outcome = decide(&acme, &acme.connection, &guest).await;

    assert_eq!(outcome.placements, ["northwind"]);
    assert_eq!(outcome.grants, ["northwind role viewer"]);
    outcome.expect_refused(2);
}
