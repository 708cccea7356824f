//! Invariant 9: What is not understood is refused with a 4xx and a `scimType` (RFC 7644 section 3.12). Never a
//! 2xx that did something else.

use serde_json::{Value, json};

use crate::support::http::Answer;
use crate::support::scim::person;
use crate::support::{Acme, Db, Scim, on_both_databases, random_hex};

on_both_databases!(
    bodies,
    bodies_to_a_strict_connection,
    nul,
    other_encodings,
    arrays_for_objects,
    removing_a_value,
    long_keys,
    patches,
    patches_of_what_is_read_only,
    patches_of_groups,
    filters,
    preconditions,
    unknown_endpoints,
    oversize_body,
    deep_body,
    refused_means_unchanged,
);

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

async fn send(scim: &Scim, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Answer {
    let request = scim
        .request(method, path)
        .header("Content-Type", "application/scim+json");
    request.body(body).send(scim.origin()).await
}

/// The detail names what is wrong.
#[track_caller]
fn expect_named(answer: Answer, scim_type: &str, name: &str) {
    let shown = format!("{answer:?}");
    let detail = answer.expect_scim_error(400, Some(scim_type));
    assert!(detail.contains(name), "does not name {name}: {shown}");
}

async fn bodies(db: Db) {
    let acme = Acme::start(db).await;
    for broken in [
        "",
        "{",
        "{\"userName\":}",
        "not json",
        "[]",
        "\"text\"",
        "\u{feff}\u{0}",
    ] {
        let answer = send(&acme.scim, "POST", "/Users", broken).await;
        answer.expect_scim_error(400, Some("invalidSyntax"));
    }
    let not_utf8 = b"{\"schemas\":[],\"userName\":\"\xff\"}".to_vec();
    let answer = send(&acme.scim, "POST", "/Users", not_utf8).await;
    answer.expect_scim_error(400, Some("invalidSyntax"));

    let wrong: [(Value, &str); 6] = [
        (json!({"schemas": [CORE]}), "userName"),
        (json!({"schemas": [CORE], "userName": ""}), "userName"),
        (
            json!({"schemas": [CORE], "userName": {"given": "ada"}}),
            "userName",
        ),
        (
            json!({"schemas": [CORE], "userName": "ada", "active": "perhaps"}),
            "active",
        ),
        (
            json!({"schemas": [CORE], "userName": "ada", "name": "Ada"}),
            "name",
        ),
        (json!({"schemas": [CORE], "userName": "a\u{0}da"}), "U+0000"),
    ];
    for (user, name) in wrong {
        expect_named(acme.scim.create_user(&user).await, "invalidValue", name);
    }
    let nameless = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"]});
    expect_named(
        acme.scim.post("/Groups", &nameless).await,
        "invalidValue",
        "displayName",
    );
    assert_eq!(
        acme.scim.count("userName pr").await,
        0,
        "nothing was stored"
    );
}

/// A text that no database stores finds nothing, wherever it stands.
async fn nul(db: Db) {
    let acme = Acme::start(db).await;
    for path in ["/Users/%00", "/Users/a%00b", "/Groups/%00"] {
        acme.scim.get(path).await.expect_scim_error(404, None);
    }
    let answer = acme.scim.get("/Users?filter=userName%20eq%20%00").await;
    answer.expect_scim_error(400, Some("invalidFilter"));
    for path in ["/v1/tenants/%00", "/v1/connections/%00", "/v1/users/%00"] {
        acme.operator.get(path).await.expect_problem(404);
    }
}

/// Bodies are JSON in UTF-8, as they are.
async fn other_encodings(db: Db) {
    let acme = Acme::start(db).await;
    let user = person("ada@northwind.example").to_string();
    for (name, value) in [
        ("Content-Type", "application/scim+json; charset=utf-16"),
        ("Content-Type", "text/plain"),
        ("Content-Encoding", "gzip"),
    ] {
        let request = acme.scim.request("POST", "/Users").header(name, value);
        let answer = request.body(user.clone()).send(acme.scim.origin()).await;
        answer.expect_scim_error(415, None);
    }
}

/// A management body is an object: an array would be taken for one, member by member.
async fn arrays_for_objects(db: Db) {
    let acme = Acme::start(db).await;
    let before = acme.operator.get("/v1/catalog").await.expect(200);
    acme.operator
        .put("/v1/catalog", &json!([]))
        .await
        .expect_problem(400);
    assert_eq!(acme.operator.get("/v1/catalog").await.expect(200), before);
}

/// `remove` takes no value (RFC 7644 §3.5.2.2): taken literally it would remove more than it names.
async fn removing_a_value(db: Db) {
    let acme = Acme::start(db).await;
    let strict = json!({"strictness": "strict"});
    let strict = acme.operator.connect("northwind", "custom", &strict).await;
    let strict = acme.server.scim(&strict);
    let path = format!("/Users/{}", strict.user("ada@northwind.example").await);
    let before = strict.get(&path).await.expect(200);
    let remove = json!([{"op": "remove", "path": "name", "value": {"givenName": "Ada"}}]);
    let answer = strict.patch(&path, &remove).await;
    answer.expect_scim_error(400, Some("invalidSyntax"));
    assert_eq!(strict.get(&path).await.expect(200), before);
}

/// What resources are found by must fit an index: PostgreSQL's rows have some 2,700 bytes there.
async fn long_keys(db: Db) {
    let acme = Acme::start(db).await;
    // Random, so that no compression makes it short again.
    let long = random_hex(4_000);
    for (user, name) in [
        (json!({"schemas": [CORE], "userName": long}), "userName"),
        (
            json!({"schemas": [CORE], "userName": "ada", "externalId": long}),
            "externalId",
        ),
        (
            json!({"schemas": [CORE], "userName": "ada", "emails": [{"value": long}]}),
            "emails",
        ),
    ] {
        expect_named(acme.scim.create_user(&user).await, "invalidValue", name);
    }
    let group =
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": long});
    let answer = acme.scim.post("/Groups", &group).await;
    expect_named(answer, "invalidValue", "displayName");
    let user = acme.scim.user("grace@northwind.example").await;
    let rename = json!([{"op": "replace", "path": "userName", "value": long}]);
    let answer = acme.scim.patch(&format!("/Users/{user}"), &rename).await;
    expect_named(answer, "invalidValue", "userName");
    // What is only stored may be as long as any text.
    let title = json!([{"op": "replace", "path": "title", "value": long}]);
    let answer = acme.scim.patch(&format!("/Users/{user}"), &title).await;
    answer.expect(200);
}

/// What a tolerant connection reads as it was meant, a strict one refuses.
async fn bodies_to_a_strict_connection(db: Db) {
    let acme = Acme::start(db).await;
    let strict = json!({"strictness": "strict"});
    let strict = acme.operator.connect("northwind", "custom", &strict).await;
    let strict = acme.server.scim(&strict);
    let wrong: [(Value, &str, &str); 6] = [
        (
            json!({"schemas": [CORE], "userName": 7}),
            "invalidValue",
            "userName",
        ),
        (
            json!({"schemas": [CORE], "userName": "ada", "active": "True"}),
            "invalidValue",
            "active",
        ),
        (
            json!({"schemas": [CORE], "userName": "ada", "emails": "a@x.example"}),
            "invalidValue",
            "emails",
        ),
        (
            json!({"schemas": [CORE], "userName": "ada", "title": ["a"]}),
            "invalidValue",
            "title",
        ),
        (
            json!({"schemas": [CORE], "userName": "ada", "shoeSize": 42}),
            "invalidSyntax",
            "shoeSize",
        ),
        (
            json!({"schemas": [CORE, "urn:x"], "userName": "ada"}),
            "invalidSyntax",
            "urn:x",
        ),
    ];
    for (user, scim_type, name) in wrong {
        expect_named(strict.create_user(&user).await, scim_type, name);
    }
    assert_eq!(strict.count("userName pr").await, 0, "nothing was stored");
}

async fn patches(db: Db) {
    let acme = Acme::start(db).await;
    let path = format!("/Users/{}", acme.scim.user("ada@northwind.example").await);
    let wrong = [
        (
            json!([{"op": "replace", "path": "shoeSize", "value": 42}]),
            "invalidPath",
            "shoeSize",
        ),
        (
            json!([{"op": "replace", "path": "name.nick", "value": "A"}]),
            "invalidPath",
            "nick",
        ),
        (
            json!([{"op": "replace", "path": "emails[type eq", "value": "x"}]),
            "invalidPath",
            "",
        ),
        (
            json!([{"op": "multiply", "path": "title", "value": "x"}]),
            "invalidSyntax",
            "multiply",
        ),
        (json!([{"op": "remove"}]), "noTarget", ""),
        (
            json!([{"op": "replace", "path": "active", "value": "perhaps"}]),
            "invalidValue",
            "active",
        ),
        (
            json!([{"op": "remove", "path": "userName"}]),
            "mutability",
            "userName",
        ),
        (json!({"op": "replace"}), "invalidSyntax", ""),
    ];
    let before = acme
        .scim
        .read_user(path.trim_start_matches("/Users/"))
        .await;
    for (operations, scim_type, name) in wrong {
        expect_named(acme.scim.patch(&path, &operations).await, scim_type, name);
    }
    assert_eq!(acme.scim.get(&path).await.expect(200), before);
}

async fn filters(db: Db) {
    let acme = Acme::start(db).await;
    let wrong = [
        ("userName%20eq", ""),
        ("userName%20like%20%22a%22", "userName"),
        ("shoeSize%20eq%2042", "shoeSize"),
        ("(userName%20pr", ""),
        ("userName%20eq%20%22a%22%20and", ""),
        ("userName%20eq%20%22a", ""),
    ];
    for (filter, name) in wrong {
        let answer = acme.scim.get(&format!("/Users?filter={filter}")).await;
        expect_named(answer, "invalidFilter", name);
    }
    let endless = "(".repeat(2_000);
    let answer = acme.scim.get(&format!("/Users?filter={endless}")).await;
    answer.expect_scim_error(400, Some("invalidFilter"));
    let answer = acme.scim.get("/Users?startIndex=first").await;
    answer.expect_scim_error(400, Some("invalidValue"));
}

async fn preconditions(db: Db) {
    let acme = Acme::start(db).await;
    let path = format!("/Users/{}", acme.scim.user("ada@northwind.example").await);
    let etag = acme
        .scim
        .get(&path)
        .await
        .raw_header("etag")
        .expect("an ETag")
        .to_owned();

    let stale = acme
        .scim
        .request("PUT", &path)
        .header("If-Match", "W/\"999\"");
    let stale = stale.header("Content-Type", "application/scim+json");
    let stale = stale.body(person("ada@northwind.example").to_string());
    stale
        .send(acme.scim.origin())
        .await
        .expect_scim_error(412, None);
    let stale = acme
        .scim
        .request("DELETE", &path)
        .header("If-Match", "W/\"999\"");
    stale
        .send(acme.scim.origin())
        .await
        .expect_scim_error(412, None);

    let known = acme
        .scim
        .request("GET", &path)
        .header("If-None-Match", etag.as_str());
    assert_eq!(known.send(acme.scim.origin()).await.status, 304);
    let current = acme
        .scim
        .request("DELETE", &path)
        .header("If-Match", etag.as_str());
    current.send(acme.scim.origin()).await.expect(204);
}

async fn unknown_endpoints(db: Db) {
    let acme = Acme::start(db).await;
    acme.scim.get("/Devices").await.expect_scim_error(404, None);
    acme.scim
        .get("/Users/no-such-user")
        .await
        .expect_scim_error(404, None);
    acme.scim
        .get("/Users/a/b")
        .await
        .expect_scim_error(404, None);
    let answer = send(&acme.scim, "PATCH", "/Users", "{}").await;
    answer.expect_scim_error(405, None);
    let form = acme.scim.request("POST", "/Users");
    let form = form.header("Content-Type", "application/x-www-form-urlencoded");
    form.body("userName=ada")
        .send(acme.scim.origin())
        .await
        .expect_scim_error(415, None);
}

async fn oversize_body(db: Db) {
    let acme = Acme::start(db).await;
    let mut user = person("ada@northwind.example");
    user["title"] = "x".repeat(16 << 20).into();
    acme.scim
        .create_user(&user)
        .await
        .expect_scim_error(413, None);
    acme.scim.user("grace@northwind.example").await;
}

async fn deep_body(db: Db) {
    let acme = Acme::start(db).await;
    let deep = format!(
        "{{\"userName\":\"a\",\"name\":{}1{}}}",
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    let answer = send(&acme.scim, "POST", "/Users", deep).await;
    answer.expect_scim_error(400, Some("invalidSyntax"));
}

/// A PATCH is all or nothing (RFC 7644 section 3.5.2).
async fn refused_means_unchanged(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let before = acme.scim.read_user(&user).await;
    let half = json!([
        {"op": "replace", "path": "title", "value": "Changed"},
        {"op": "replace", "path": "shoeSize", "value": 42},
    ]);
    expect_named(
        acme.scim.patch(&format!("/Users/{user}"), &half).await,
        "invalidPath",
        "shoeSize",
    );
    assert_eq!(acme.scim.read_user(&user).await, before);
}

async fn patches_of_what_is_read_only(db: Db) {
    let acme = Acme::start(db).await;
    let path = format!("/Users/{}", acme.scim.user("ada@northwind.example").await);
    let before = acme.scim.get(&path).await.expect(200);
    let wrong = [
        (json!({"op": "replace", "path": "id", "value": "1"}), "id"),
        (json!({"op": "remove", "path": "id"}), "id"),
        (
            json!({"op": "replace", "path": "meta.version", "value": "1"}),
            "meta",
        ),
        (
            json!({"op": "add", "path": "groups", "value": [{"value": "1"}]}),
            "groups",
        ),
    ];
    for (operation, name) in wrong {
        let answer = acme.scim.patch(&path, &json!([operation])).await;
        expect_named(answer, "mutability", name);
    }
    let no_value = json!([{"op": "replace", "path": "title"}]);
    expect_named(
        acme.scim.patch(&path, &no_value).await,
        "invalidValue",
        "value",
    );
    assert_eq!(acme.scim.get(&path).await.expect(200), before);
}

async fn patches_of_groups(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let path = format!("/Groups/{}", acme.scim.group("Admins", &[&user]).await);
    let before = acme.scim.get(&path).await.expect(200);
    let member = format!("members[value eq \"{user}\"]");
    let wrong = [
        (
            json!({"op": "replace", "path": member, "value": {"value": "1"}}),
            "mutability",
        ),
        (
            json!({"op": "replace", "path": format!("{member}.display"), "value": "Ada"}),
            "mutability",
        ),
        (
            json!({"op": "add", "path": "members", "value": [{"value": "no-such-user"}]}),
            "invalidValue",
        ),
    ];
    for (operation, scim_type) in wrong {
        let answer = acme.scim.patch(&path, &json!([operation])).await;
        expect_named(answer, scim_type, "member");
    }
    assert_eq!(acme.scim.get(&path).await.expect(200), before);
}
