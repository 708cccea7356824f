//! Tenants form a tree; what hangs on one is not cut off by accident.

use serde_json::json;

use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(
    a_tree,
    changes_are_merged,
    deleted_when_nothing_hangs_on_it,
    the_catalogue_is_one_document
);

async fn a_tree(db: Db) {
    let acme = Acme::start(db).await;
    let child = acme
        .operator
        .get("/v1/tenants/northwind-emea")
        .await
        .expect(200);
    assert_eq!(child["parent"], "northwind", "{child}");
    assert_eq!(child["provisioning"], true, "{child}");
    let quiet = json!({"key": "quiet", "name": "Quiet"});
    let quiet = acme.operator.post("/v1/tenants", &quiet).await.expect(201);
    assert_eq!(quiet["provisioning"], false, "off unless set: {quiet}");

    let orphan = json!({"key": "orphan", "name": "O", "parent": "nobody"});
    let problem = acme.operator.post("/v1/tenants", &orphan).await;
    assert!(matches!(problem.status, 404 | 422), "{problem:?}");
    let twice = json!({"key": "northwind", "name": "N"});
    acme.operator
        .post("/v1/tenants", &twice)
        .await
        .expect_problem(409);
    let cycle = json!({"parent": "northwind-emea"});
    let cycle = acme.operator.patch("/v1/tenants/northwind", &cycle).await;
    assert!(matches!(cycle.status, 400 | 409 | 422), "{cycle:?}");
}

async fn changes_are_merged(db: Db) {
    let acme = Acme::start(db).await;
    let renamed = json!({"name": "Northwind Traders"});
    let tenant = acme
        .operator
        .patch("/v1/tenants/northwind", &renamed)
        .await
        .expect(200);
    assert_eq!(tenant["name"], "Northwind Traders");
    assert_eq!(tenant["plan"], "team", "what is not named stays: {tenant}");
    assert_eq!(
        acme.operator.get("/v1/tenants/northwind").await.expect(200),
        tenant
    );
    acme.operator
        .get("/v1/tenants/nobody")
        .await
        .expect_problem(404);
}

async fn deleted_when_nothing_hangs_on_it(db: Db) {
    let acme = Acme::start(db).await;
    acme.operator
        .delete("/v1/tenants/northwind")
        .await
        .expect_problem(409);
    acme.operator
        .delete("/v1/tenants/contoso")
        .await
        .expect(204);
    acme.operator
        .get("/v1/tenants/contoso")
        .await
        .expect_problem(404);
}

async fn the_catalogue_is_one_document(db: Db) {
    let acme = Acme::start(db).await;
    let catalog = acme.operator.get("/v1/catalog").await.expect(200);
    let keys = |list: &str| -> Vec<_> {
        let list = catalog[list].as_array().into_iter().flatten();
        list.map(|entry| entry["key"].as_str().unwrap_or("?").to_owned())
            .collect()
    };
    assert_eq!(keys("roles"), ["viewer", "analyst", "admin"]);
    assert_eq!(keys("features"), ["exports", "sso_audit"]);
    assert_eq!(keys("plans"), ["team"]);
    assert_eq!(keys("object_types"), ["dashboard"]);

    let dangling = json!({"roles": [{"key": "a", "permissions": ["no.such"]}], "permissions": []});
    let problem = acme
        .operator
        .put("/v1/catalog", &dangling)
        .await
        .expect_problem(422);
    let pointer = problem["errors"][0]["pointer"].as_str().unwrap_or_default();
    assert!(pointer.starts_with("/roles/0/permissions"), "{problem}");
    let twice = json!({"roles": [{"key": "a"}, {"key": "a"}]});
    acme.operator
        .put("/v1/catalog", &twice)
        .await
        .expect_problem(422);
    assert_eq!(
        acme.operator.get("/v1/catalog").await.expect(200),
        catalog,
        "unchanged"
    );
}
