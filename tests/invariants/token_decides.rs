//! Invariant 8: The token decides who is asking. A path or body may agree; it can't widen.

use serde_json::json;

use crate::support::http::{Answer, Request};
use crate::support::scim::{encode, id, person};
use crate::support::{Acme, Db, Guest, Scim, eventually, on_both_databases, random_hex};

on_both_databases!(
    no_token_or_a_wrong_one,
    token_of_another_connection,
    a_token_at_work_elsewhere,
    lists_of_another_connection,
    ids_of_another_connection,
    a_namesake_in_another_connection,
    a_member_from_another_connection,
    a_revoked_token,
    several_tokens_live_side_by_side,
    keys_and_tokens_do_not_mix,
    provisioning_switched_off,
);

/// One request for each thing that a connection can be asked.
async fn everything(scim: &Scim, user: &str) -> Vec<Answer> {
    let (user, patch) = (
        format!("/Users/{user}"),
        json!([{"op": "remove", "path": "title"}]),
    );
    vec![
        scim.get("/Users").await,
        scim.get("/Groups").await,
        scim.get("/Users?filter=userName%20eq%20%22ada%22").await,
        scim.get("/ServiceProviderConfig").await,
        scim.get(&user).await,
        scim.create_user(&person("eve@northwind.example")).await,
        scim.put(&user, &person("ada@northwind.example")).await,
        scim.patch(&user, &patch).await,
        scim.delete(&user).await,
        scim.get("/Users/no-such-user").await,
    ]
}

async fn no_token_or_a_wrong_one(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    for answer in everything(&acme.scim.with_token(&random_hex(32)), &user).await {
        answer.expect_scim_error(401, None);
    }

    let path = format!("{}/Users", acme.scim.base());
    for authorization in [
        None,
        Some("Basic YWRhOmFkYQ=="),
        Some("Bearer"),
        Some("Bearer  "),
    ] {
        let mut request = Request::new("GET", path.as_str());
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        let answer = request.send(acme.server.origin()).await;
        let challenge = answer
            .raw_header("www-authenticate")
            .unwrap_or_default()
            .to_owned();
        assert!(
            challenge.starts_with("Bearer"),
            "{authorization:?}: {challenge:?}"
        );
        answer.expect_scim_error(401, None);
    }
    acme.scim.read_user(&user).await;
}

async fn token_of_another_connection(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let other = acme.operator.connect("contoso", "okta", &json!({})).await;
    let foreign = everything(&acme.scim.with_token(&other.token), &user).await;

    let nowhere = Scim::new(acme.server.origin(), "no-such-connection", &other.token);
    let unknown = everything(&nowhere, &user).await;
    for (foreign, unknown) in foreign.into_iter().zip(unknown) {
        assert_eq!(
            foreign.body, unknown.body,
            "it reveals that the connection exists"
        );
        assert_eq!(
            foreign.raw_header("www-authenticate"),
            unknown.raw_header("www-authenticate")
        );
        foreign.expect_scim_error(401, None);
        unknown.expect_scim_error(401, None);
    }
}

async fn ids_of_another_connection(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let other = acme.operator.connect("northwind", "okta", &json!({})).await;
    let other = acme.server.scim(&other);
    let path = format!("/Users/{user}");
    let taken = json!([{"op": "replace", "path": "title", "value": "Taken"}]);

    other.get(&path).await.expect_scim_error(404, None);
    other
        .put(&path, &person("ada@northwind.example"))
        .await
        .expect_scim_error(404, None);
    other
        .patch(&path, &taken)
        .await
        .expect_scim_error(404, None);
    other.delete(&path).await.expect_scim_error(404, None);
    assert_eq!(other.count("userName pr").await, 0);

    // A body with an id of somebody else's makes a user of one's own.
    let mut copy = person("ada@northwind.example");
    copy["id"] = user.clone().into();
    let created = other.create_user(&copy).await.expect(201);
    assert_ne!(id(&created), user);
    assert_eq!(
        acme.scim.read_user(&user).await["title"],
        "Account Executive"
    );
}

/// Nobody gets hold of an account by its e-mail address: whoever is provisioned elsewhere is somebody else, under whatever
/// name. (Requirement S-28: no account is adopted.)
async fn a_namesake_in_another_connection(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let before = acme.scim.read_user(&user).await;
    acme.run(&Guest::viewer().component()).await;
    assert_eq!(acme.operator.grants(&user).await, ["northwind role viewer"]);

    let other = acme.operator.connect("contoso", "okta", &json!({})).await;
    let other = acme.server.scim(&other);
    let namesake = other.user("ada@northwind.example").await;
    assert_ne!(namesake, user);
    assert!(acme.operator.grants(&namesake).await.is_empty());
    let viewer = json!({"role": "viewer"});
    assert!(!acme.operator.allows(&namesake, "northwind", &viewer).await);

    other.set_active(&namesake, false).await;
    other
        .delete(&format!("/Users/{namesake}"))
        .await
        .expect(204);
    assert_eq!(acme.scim.read_user(&user).await, before);
    assert!(acme.operator.allows(&user, "northwind", &viewer).await);
}

async fn a_member_from_another_connection(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let other = acme.operator.connect("northwind", "okta", &json!({})).await;
    let other = acme.server.scim(&other);
    let group = other.group("Admins", &[]).await;

    let change = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
    let answer = other.patch(&format!("/Groups/{group}"), &change).await;
    assert!(answer.status < 500, "{answer:?}");
    let read = acme.scim.read_user(&user).await;
    assert!(
        read.get("groups").is_none_or(|groups| groups == &json!([])),
        "{read}"
    );
}

async fn a_revoked_token(db: Db) {
    let acme = Acme::start(db).await;
    let tokens = acme.connection.path("/tokens");
    let listed = acme.operator.get(&tokens).await.expect(200);
    let first = listed["data"][0]["id"]
        .as_str()
        .expect("a token has an id")
        .to_owned();
    acme.scim.get("/Users").await.expect(200);

    acme.operator
        .delete(&format!("{tokens}/{first}"))
        .await
        .expect(204);
    acme.scim.get("/Users").await.expect_scim_error(401, None);
}

async fn several_tokens_live_side_by_side(db: Db) {
    let acme = Acme::start(db).await;
    let tokens = acme.connection.path("/tokens");
    let second = acme.operator.post(&tokens, &json!({})).await.expect(201);
    let second = acme
        .scim
        .with_token(second["token"].as_str().expect("a new token is shown"));

    acme.scim.get("/Users").await.expect(200);
    second.get("/Users").await.expect(200);
    eventually("the use of both to be noted", async || {
        let listed = acme.operator.get(&tokens).await.expect(200);
        let used = listed["data"].as_array().into_iter().flatten();
        let used = used
            .filter(|token| token["last_used_at"].is_string())
            .count();
        (used == 2).then_some(())
    })
    .await;
}

async fn keys_and_tokens_do_not_mix(db: Db) {
    let acme = Acme::start(db).await;
    acme.scim
        .with_token(acme.operator.key())
        .get("/Users")
        .await
        .expect_scim_error(401, None);
    let paths = [
        "/v1/tenants/northwind",
        "/v1/users",
        "/v1/events",
        "/v1/catalog",
        "/v1/plugins",
    ];
    for path in paths {
        let answer = Request::new("GET", path)
            .bearer(acme.scim.token())
            .send(acme.server.origin());
        let problem = answer.await.expect_problem(401);
        assert!(!problem.to_string().contains("northwind"), "{problem}");
        Request::new("GET", path)
            .send(acme.server.origin())
            .await
            .expect_problem(401);
    }
}

/// A tenant's SCIM switch is off unless set.
async fn provisioning_switched_off(db: Db) {
    let acme = Acme::start(db).await;
    let quiet = json!({"key": "quiet", "name": "Quiet"});
    acme.operator.post("/v1/tenants", &quiet).await.expect(201);
    let connection = acme.operator.connect("quiet", "okta", &json!({})).await;
    let scim = acme.server.scim(&connection);
    let answer = scim.create_user(&person("ada@quiet.example")).await;
    assert_eq!(answer.status, 403, "{answer:?}");

    acme.operator
        .patch("/v1/tenants/quiet", &json!({"provisioning": true}))
        .await
        .expect(200);
    scim.create_user(&person("ada@quiet.example"))
        .await
        .expect(201);
}

/// What the server remembers of a token that it has seen holds for that token's connection only.
async fn a_token_at_work_elsewhere(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let other = acme.operator.connect("contoso", "okta", &json!({})).await;
    let own = acme.server.scim(&other);
    own.get("/Users").await.expect(200);
    acme.scim.get("/Users").await.expect(200);

    for answer in everything(&acme.scim.with_token(&other.token), &user).await {
        answer.expect_scim_error(401, None);
    }
    acme.scim.read_user(&user).await;
    own.get("/Users").await.expect(200);
}

/// Neither a page nor a filter shows what another connection provisioned.
async fn lists_of_another_connection(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let group = acme.scim.group("Admins", &[&user]).await;
    let other = acme.operator.connect("northwind", "okta", &json!({})).await;
    let other = acme.server.scim(&other);
    let own = other.user("grace@northwind.example").await;

    let filters = [
        format!("id eq \"{user}\""),
        "userName eq \"ada@northwind.example\"".to_owned(),
        "externalId eq \"ext-ada\"".to_owned(),
        "emails.value eq \"ada@northwind.example\"".to_owned(),
        "title co \"Account\" and userName sw \"ada\"".to_owned(),
        format!("groups.value eq \"{group}\""),
    ];
    for filter in filters {
        assert_eq!(other.count(&filter).await, 0, "{filter}");
    }
    let groups = format!("members.value eq \"{user}\"");
    for path in [
        "/Groups".to_owned(),
        format!("/Groups?filter={}", encode(&groups)),
    ] {
        let list = other.get(&path).await.expect(200);
        assert_eq!(list["totalResults"], 0, "{path}: {list}");
    }
    let all = other.get("/Users").await.expect(200);
    assert_eq!(all["totalResults"], 1, "{all}");
    assert_eq!(all["Resources"][0]["id"], own, "{all}");
    assert_eq!(other.count("userName pr").await, 1);
}
