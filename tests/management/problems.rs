//! Errors of the management API: problem+json (RFC 9457) with a code and the pointer to the wrong
//! field.

use serde_json::{Value, json};

use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(
    they_point_to_the_field,
    they_say_what_is_not_there,
    the_description_is_served
);

async fn they_point_to_the_field(db: Db) {
    let acme = Acme::start(db).await;
    let wrong: [(&str, Value, &str); 5] = [
        ("/v1/tenants", json!({"name": "No key"}), "/key"),
        ("/v1/tenants", json!({"key": 7, "name": "N"}), "/key"),
        (
            "/v1/tenants",
            json!({"key": "Not A Key!", "name": "N"}),
            "/key",
        ),
        (
            "/v1/connections",
            json!({"tenant": "northwind", "name": "N", "kind": "fax"}),
            "/kind",
        ),
        (
            "/v1/connections",
            json!({"tenant": "nobody", "name": "N", "kind": "okta"}),
            "/tenant",
        ),
    ];
    for (path, body, pointer) in wrong {
        let answer = acme.operator.post(path, &body).await;
        let status = answer.status;
        assert!(matches!(status, 400 | 422), "{answer:?}");
        let problem = answer.expect_problem(status);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert!(problem["errors"][0]["detail"].is_string(), "{problem}");
    }
    let misspelt = json!({"key": "x", "name": "X", "provisionning": true});
    let answer = acme.operator.post("/v1/tenants", &misspelt).await;
    let shown = format!("{answer:?}");
    assert!(
        matches!(answer.status, 400 | 422),
        "what is not understood is refused: {shown}"
    );
    assert!(answer.text().contains("provisionning"), "{shown}");
}

async fn they_say_what_is_not_there(db: Db) {
    let acme = Acme::start(db).await;
    acme.operator.get("/v1/nothing").await.expect_problem(404);
    acme.operator
        .get("/v1/connections/none")
        .await
        .expect_problem(404);
    acme.operator
        .delete("/v1/catalog")
        .await
        .expect_problem(405);
    let request = acme.operator.request("POST", "/v1/tenants");
    let broken = request
        .header("Content-Type", "application/json")
        .body("{\"key\":");
    broken
        .send(acme.operator.origin())
        .await
        .expect_problem(400);
}

async fn the_description_is_served(db: Db) {
    let acme = Acme::start(db).await;
    let description = acme.operator.get("/openapi.json").await.expect(200);
    assert!(
        description["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
    for path in [
        "/v1/tenants",
        "/v1/catalog",
        "/v1/connections",
        "/v1/schemas",
        "/v1/schemas/{urn}",
        "/v1/connections/{id}/schemas/{urn}",
        "/v1/plugins",
        "/v1/users",
        "/v1/check",
        "/v1/events",
    ] {
        assert!(
            description["paths"][path].is_object(),
            "{path} is not described"
        );
    }
}
