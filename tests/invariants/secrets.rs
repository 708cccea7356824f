//! Invariant 11: Secrets are shown once, stored hashed, never logged.

use serde_json::json;

use crate::support::scim::{id, person};
use crate::support::{Acme, Database, Db, Guest, Launch, on_both_databases};

/// Everything, but for the compiler of components, which says too much and knows no secrets.
const LOG: &str = "trace,cranelift_codegen=info,regalloc2=info,wasmtime=info";

on_both_databases!(shown_once_stored_hashed_never_logged);

async fn shown_once_stored_hashed_never_logged(db: Db) {
    let database = Database::create(db);
    let launch = Launch::on(database.url()).with(&["--log", LOG]);
    let acme = Acme::launch(launch, database).await;
    acme.run(&Guest::viewer().component()).await;

    let password = "correct-horse-battery-staple-71";
    let mut user = person("ada@northwind.example");
    user["password"] = password.into();
    let created = acme.scim.create_user(&user).await.expect(201);
    assert!(!created.to_string().contains(password), "{created}");
    let path = format!("/Users/{}", id(&created));
    let change = json!([{"op": "replace", "path": "password", "value": password}]);
    let changed = acme.scim.patch(&path, &change).await;
    assert!(matches!(changed.status, 200 | 204), "{changed:?}");
    let wrong_token = acme.scim.with_token("a-token-with-a-typing-mistake");
    wrong_token.get("/Users").await.expect_scim_error(401, None);
    let tokens = acme.connection.path("/tokens");
    let second = acme.operator.post(&tokens, &json!({})).await.expect(201);
    let second = second["token"]
        .as_str()
        .expect("a new token is shown")
        .to_owned();
    acme.scim
        .with_token(&second)
        .get("/Users")
        .await
        .expect(200);

    let secrets = [
        ("the operator key", acme.operator.key()),
        ("the first token", acme.scim.token()),
        ("the second token", &second),
        ("a user's password", password),
        ("a wrong token", wrong_token.token()),
    ];
    let mut places = vec![
        ("the database".to_owned(), acme.database.contents()),
        ("the log".to_owned(), acme.server.log().into_bytes()),
    ];
    let connection = acme.connection.path("");
    let user = format!("/v1/users/{}", id(&created));
    let decision = format!("{user}/decision");
    let case = format!("{decision}/case");
    for path in [
        &connection,
        &tokens,
        &user,
        &decision,
        &case,
        "/v1/connections",
        &acme.connection.path("/requests"),
        &acme.connection.path("/activity"),
        "/v1/events?limit=200",
        "/metrics",
    ] {
        places.push((path.to_owned(), acme.operator.get(path).await.body));
    }
    places.push((path.clone(), acme.scim.get(&path).await.body));

    assert!(
        !acme.server.log().is_empty(),
        "at this level there is a log"
    );
    for (place, content) in &places {
        for (name, secret) in &secrets {
            let found = content
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "{name} is in {place}");
        }
    }
}
