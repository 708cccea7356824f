//! RFC 7644 §3.14, RFC 9110 §13: requests for a resource in a certain version, or in none.

use serde_json::{Value, json};

use crate::support::http::Answer;
use crate::support::scim::person;
use crate::support::{Acme, Db, Scim, on_both_databases};

on_both_databases!(
    reads,
    groups_change_without_a_version,
    writes,
    groups_too,
    what_is_to_be_created_has_no_version
);

/// A request with preconditions, each header as often as it is given.
async fn send(
    scim: &Scim,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Answer {
    let mut request = scim.request(method, path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    if let Some(body) = body {
        request = request
            .header("Content-Type", "application/scim+json")
            .body(body.to_string());
    }
    request.send(scim.origin()).await
}

const OTHERS: &str = "\"9\", W/\"8\"";

/// A user joins a group: the user's version stays, what is read does not.
async fn groups_change_without_a_version(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    acme.scim.group("Admins", &[&user]).await;
    let path = format!("/Users/{user}");
    let known = [("If-None-Match", "W/\"1\"")];
    let answer = send(&acme.scim, "GET", &path, &known, None).await;
    assert_eq!(answer.expect(200)["groups"][0]["display"], "Admins");
    let path = format!("{path}?excludedAttributes=groups");
    let answer = send(&acme.scim, "GET", &path, &known, None).await;
    assert_eq!(answer.status, 304);
}

async fn reads(db: Db) {
    let acme = Acme::start(db).await;
    let path = format!("/Users/{}", acme.scim.user("ada@northwind.example").await);
    let get = async |headers: &[(&str, &str)]| send(&acme.scim, "GET", &path, headers, None).await;
    let cases: [(&[(&str, &str)], u16); 12] = [
        (&[("If-None-Match", "W/\"1\"")], 304),
        (&[("If-None-Match", "\"1\"")], 304),
        (&[("If-None-Match", "*")], 304),
        (&[("If-None-Match", "\"9\", W/\"1\"")], 304),
        (
            &[("If-None-Match", "\"9\""), ("If-None-Match", "\"1\"")],
            304,
        ),
        (&[("If-None-Match", OTHERS)], 200),
        (&[("If-None-Match", "1")], 200),
        (&[("If-Match", "*")], 200),
        (&[("If-Match", "W/\"1\"")], 200),
        (&[("If-Match", OTHERS)], 412),
        (&[("If-Match", OTHERS), ("If-None-Match", "*")], 412),
        (&[("If-Match", "\"1\""), ("If-None-Match", "\"1\"")], 304),
    ];
    for (headers, status) in cases {
        let answer = get(headers).await;
        assert_eq!(answer.status, status, "{headers:?}");
        match status {
            304 => {
                assert_eq!(answer.raw_header("etag"), Some("W/\"1\""));
                assert!(answer.body.is_empty());
            }
            412 => {
                answer.expect_scim_error(412, None);
            }
            _ => assert_eq!(answer.json()["meta"]["version"], "W/\"1\""),
        }
    }
}

async fn writes(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let path = format!("/Users/{user}");
    let change = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "title", "value": "Changed"}]});
    let put = person("ada@northwind.example");
    let before = acme.scim.read_user(&user).await;
    for headers in [
        [("If-Match", OTHERS)],
        [("If-Match", "nonsense")],
        [("If-Match", "\u{e9}")],
        // Only if there is none yet: there is.
        [("If-None-Match", "*")],
        [("If-None-Match", "W/\"1\"")],
    ] {
        for (method, body) in [
            ("PATCH", Some(&change)),
            ("PUT", Some(&put)),
            ("DELETE", None),
        ] {
            let answer = send(&acme.scim, method, &path, &headers, body).await;
            let detail = answer.expect_scim_error(412, None);
            assert!(detail.contains(headers[0].0), "{detail}");
        }
    }
    assert_eq!(acme.scim.read_user(&user).await, before);

    let changed = send(
        &acme.scim,
        "PATCH",
        &path,
        &[("If-Match", "\"9\", \"1\"")],
        Some(&change),
    )
    .await;
    assert_eq!(changed.raw_header("etag"), Some("W/\"2\""));
    let changed = send(
        &acme.scim,
        "PUT",
        &path,
        &[("If-None-Match", "W/\"1\"")],
        Some(&put),
    )
    .await;
    assert_eq!(changed.raw_header("etag"), Some("W/\"3\""));
    send(&acme.scim, "DELETE", &path, &[("If-Match", "*")], None)
        .await
        .expect(204);
    let gone = send(&acme.scim, "DELETE", &path, &[("If-Match", "*")], None).await;
    gone.expect_scim_error(404, None);
}

async fn groups_too(db: Db) {
    let acme = Acme::start(db).await;
    let path = format!("/Groups/{}", acme.scim.group("Admins", &[]).await);
    let change = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "externalId", "value": "7"}]});
    let refused = send(
        &acme.scim,
        "PATCH",
        &path,
        &[("If-None-Match", "*")],
        Some(&change),
    )
    .await;
    refused.expect_scim_error(412, None);
    let known = send(&acme.scim, "GET", &path, &[("If-None-Match", "*")], None).await;
    known.expect_status(304);
    let changed = send(
        &acme.scim,
        "PATCH",
        &path,
        &[("If-Match", "*")],
        Some(&change),
    )
    .await;
    assert_eq!(changed.raw_header("etag"), Some("W/\"2\""));
    let stale = send(&acme.scim, "DELETE", &path, &[("If-Match", "\"1\"")], None).await;
    stale.expect_scim_error(412, None);
}

async fn what_is_to_be_created_has_no_version(db: Db) {
    let acme = Acme::start(db).await;
    let user = person("ada@northwind.example");
    let post = async |headers: &[(&str, &str)]| {
        send(&acme.scim, "POST", "/Users", headers, Some(&user)).await
    };
    let refused = post(&[("If-Match", "W/\"1\"")]).await;
    let detail = refused.expect_scim_error(412, None);
    assert!(detail.contains("If-Match"), "{detail}");
    post(&[("If-Match", "*")]).await.expect(201);
}
