//! Connections and their tokens.

use serde_json::{Value, json};

use crate::support::{Acme, Connection, Db, on_both_databases};

on_both_databases!(
    what_it_is_made_of,
    tokens_are_shown_once,
    strict_and_tolerant
);

async fn what_it_is_made_of(db: Db) {
    let acme = Acme::start(db).await;
    let body =
        json!({"tenant": "northwind", "name": "Entra", "kind": "entra", "grantable": ["viewer"]});
    let created = acme
        .operator
        .post("/v1/connections", &body)
        .await
        .expect(201);
    assert_eq!(created["strictness"], "tolerant", "{created}");
    assert_eq!(created["grantable"], json!(["viewer"]), "{created}");
    let connection = Connection::from_created(&created);
    let url = created["scim_url"]
        .as_str()
        .expect("the base URL for the identity provider");
    assert_eq!(
        url,
        format!("{}/scim/v2/{}", acme.server.origin(), connection.id)
    );

    let read = acme.operator.get(&connection.path("")).await.expect(200);
    assert_eq!(read["scim_url"], url);
    assert!(read.get("token").is_none_or(Value::is_null), "{read}");

    let wrong = [
        json!({"tenant": "nobody", "name": "E", "kind": "entra"}),
        json!({"tenant": "northwind", "name": "E", "kind": "carrier-pigeon"}),
        json!({"tenant": "northwind", "name": "E", "kind": "entra", "strictness": "lax"}),
        json!({"tenant": "northwind", "name": "E", "kind": "entra", "grantable": ["superuser"]}),
    ];
    for body in wrong {
        acme.operator
            .post("/v1/connections", &body)
            .await
            .expect_problem(422);
    }
}

async fn tokens_are_shown_once(db: Db) {
    let acme = Acme::start(db).await;
    let path = acme.connection.path("/tokens");
    let made = acme.operator.post(&path, &json!({})).await.expect(201);
    let token = made["token"].as_str().expect("a token").to_owned();
    let listed = acme.operator.get(&path).await.expect(200);
    let tokens = listed["data"].as_array().expect("a page");

    assert_eq!(tokens.len(), 2, "{listed}");
    assert!(!listed.to_string().contains(&token), "{listed}");
    let last_four = &token[token.len() - 4..];
    assert!(
        tokens.iter().any(|token| token["last_four"] == last_four),
        "{listed}"
    );
    assert!(
        tokens.iter().all(|token| token["created_at"].is_string()),
        "{listed}"
    );
    acme.operator
        .delete(&format!("{path}/no-such-token"))
        .await
        .expect_problem(404);
}

/// The same body, forgiven by one connection and refused by the other.
async fn strict_and_tolerant(db: Db) {
    let acme = Acme::start(db).await;
    let strict = acme
        .operator
        .connect("northwind", "custom", &json!({"strictness": "strict"}))
        .await;
    let strict = acme.server.scim(&strict);
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@northwind.example",
        "active": "True",
    });
    let stored = acme.scim.create_user(&user).await.expect(201);
    assert_eq!(stored["active"], true);
    let detail = strict
        .create_user(&user)
        .await
        .expect_scim_error(400, Some("invalidValue"));
    assert!(detail.contains("active"), "{detail}");
}
