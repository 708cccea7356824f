//! What is kept of a request: what it changed, what the client was told, and no secrets.

use serde_json::{Value, json};

use super::{found, read};
use crate::support::half_sent::half_sent;
use crate::support::scim::{encode, id, person};
use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(
    a_change_is_kept_with_what_it_changed,
    an_error_is_kept_with_what_the_client_was_told,
    a_bulk_request_tells_of_each_operation,
    secrets_are_not_kept,
    what_a_schema_never_returns_is_not_kept,
    a_record_is_bounded,
    a_large_body_is_cut,
    a_body_that_breaks_off_shows,
);

async fn a_change_is_kept_with_what_it_changed(db: Db) {
    let acme = Acme::start(db).await;
    let created = acme
        .scim
        .create_user(&person("ada@northwind.example"))
        .await;
    let correlation = created
        .header("x-request-id")
        .expect("a correlation id")
        .to_owned();
    let ada = id(&created.expect(201));
    let change = json!([
        {"op": "Replace", "path": "title", "value": "Director"},
        {"op": "replace", "path": "name.familyName", "value": "King"},
    ]);
    let patched = acme
        .scim
        .request("PATCH", &format!("/Users/{ada}"))
        .header("Content-Type", "application/scim+json")
        .header("User-Agent", "Okta SCIM Client 1.0.0")
        .body(json!({"Operations": change}).to_string());
    patched.send(acme.scim.origin()).await.expect(200);

    let [patch, create] = &*found(&acme, "", 2).await else {
        panic!("two requests")
    };
    assert_eq!(create["id"], correlation);
    assert_eq!(
        (&create["method"], &create["path"]),
        (&json!("POST"), &json!("/Users"))
    );
    assert_eq!(create["status"], 201);
    assert!(
        create["duration_ms"].as_f64().is_some_and(|ms| ms > 0.0),
        "{create}"
    );
    let resource = &create["resources"][0];
    assert_eq!(resource["operation"], "create");
    assert_eq!(
        (&resource["type"], &resource["id"]),
        (&json!("User"), &json!(ada))
    );
    assert_eq!(resource["user_name"], "ada@northwind.example");
    assert_eq!(resource["external_id"], "ext-ada");
    assert_eq!(create["events"]["user.created"], 1);

    assert_eq!(patch["status"], 200);
    assert_eq!(patch["user_agent"], "Okta SCIM Client 1.0.0");
    assert_eq!(
        patch["tolerances"],
        json!({"message_envelope": 1, "operation_case": 1})
    );
    assert_eq!(patch["resources"][0]["operation"], "update");
    assert_eq!(
        patch["resources"][0]["changes"],
        json!([
            {"path": "name.familyName", "from": "Example", "to": "King"},
            {"path": "title", "from": "Account Executive", "to": "Director"},
        ])
    );
    let whole = read(&acme, patch).await;
    let body: Value = serde_json::from_str(whole["body"].as_str().expect("a body")).expect("JSON");
    assert_eq!(body["Operations"], change);

    // The events name the request, and are sealed with it.
    let events = acme.operator.events_after(0).await;
    let event = |kind: &str| {
        events
            .iter()
            .find(|event| event["type"] == kind)
            .expect("an event")
    };
    assert_eq!(event("user.created")["data"]["request"], create["id"]);
    assert_eq!(event("user.updated")["data"]["request"], patch["id"]);
}

async fn an_error_is_kept_with_what_the_client_was_told(db: Db) {
    let acme = Acme::start(db).await;
    let user = person("ada@northwind.example");
    acme.scim.create_user(&user).await.expect_status(201);
    let refused = acme.scim.create_user(&user).await;
    let correlation = refused
        .header("x-request-id")
        .expect("a correlation id")
        .to_owned();
    let detail = refused.expect_scim_error(409, Some("uniqueness"));
    let [kept] = &*found(&acme, "status=409", 1).await else {
        panic!("one request")
    };
    assert_eq!(kept["id"], correlation);
    assert_eq!(
        (&kept["scim_type"], &kept["detail"]),
        (&json!("uniqueness"), &json!(detail))
    );
    assert_eq!(kept["resources"][0]["user_name"], "ada@northwind.example");
    assert_eq!(kept["resources"][0]["operation"], Value::Null);
    // Whatever is answered has an id: an endpoint that is none, a token that is none.
    let nowhere = acme.scim.get("/Nowhere").await;
    assert!(nowhere.header("x-request-id").is_some(), "{nowhere:?}");
    let stranger = acme
        .scim
        .with_token("a-token-of-nobody")
        .get("/Users")
        .await;
    assert!(stranger.header("x-request-id").is_some(), "{stranger:?}");
    found(&acme, "status=404", 1).await;
}

async fn a_bulk_request_tells_of_each_operation(db: Db) {
    let acme = Acme::start(db).await;
    let post = |name: &str| json!({"method": "POST", "path": "/Users", "bulkId": name, "data": person(name)});
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [post("ada"), post("bob"), {"method": "POST", "path": "/Users", "bulkId": "again", "data": person("ada")}],
    });
    acme.scim.post("/Bulk", &bulk).await.expect(200);
    let [kept] = &*found(&acme, "user=bob", 1).await else {
        panic!("one request")
    };
    assert_eq!(kept["path"], "/Bulk");
    let mut told: Vec<_> = kept["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .map(|it| {
            format!(
                "{} {} {}",
                it["user_name"],
                it["operation"],
                it["error"].is_string()
            )
        })
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "\"ada\" \"create\" false",
            "\"ada\" null true",
            "\"bob\" \"create\" false"
        ]
    );
}

async fn secrets_are_not_kept(db: Db) {
    let acme = Acme::start(db).await;
    let secret = "correct-horse-battery-staple-71";
    let mut user = person("ada@northwind.example");
    user["password"] = secret.into();
    let ada = id(&acme.scim.create_user(&user).await.expect(201));
    let path = format!("/Users/{ada}");
    let change = json!([{"op": "replace", "path": "password", "value": secret}]);
    acme.scim.patch(&path, &change).await.expect_status(200);
    acme.scim
        .get(&format!(
            "/Users?filter={}",
            encode(&format!("password eq \"{secret}\""))
        ))
        .await;
    acme.scim
        .get(&format!("/Users?access_token={secret}"))
        .await;
    let broken = acme
        .scim
        .request("POST", "/Users")
        .header("Content-Type", "application/json");
    let broken = broken.body(format!("{{\"password\":\"{secret}\""));
    broken.send(acme.scim.origin()).await.expect_status(400);
    for kept in found(&acme, "", 5).await {
        let whole = read(&acme, &kept).await;
        assert!(!whole.to_string().contains(secret), "{whole}");
    }
    let [create, ..] = &*found(&acme, "status=201", 1).await else {
        panic!("one request")
    };
    let body = read(&acme, create).await;
    let body = body["body"].as_str().expect("a body");
    assert!(
        body.contains("[redacted]") && body.contains("ada@northwind.example"),
        "{body}"
    );
    let contents = acme.database.contents();
    let found = contents
        .windows(secret.len())
        .any(|part| part == secret.as_bytes());
    assert!(!found, "the secret is in the database");
}

async fn what_a_schema_never_returns_is_not_kept(db: Db) {
    const URN: &str = "urn:example:params:scim:schemas:extension:acme:1.0:User";
    let acme = Acme::start(db).await;
    let attributes = json!([{"name": "pin", "returned": "never"}, {"name": "desk"}]);
    let schema = json!({"resource_type": "User", "name": "Acme", "attributes": attributes});
    let path = format!("/v1/schemas/{URN}");
    acme.operator.put(&path, &schema).await.expect_status(201);
    let mut user = person("ada@northwind.example");
    user[URN] = json!({"pin": "first-hunter2", "desk": "window"});
    let ada = id(&acme.scim.create_user(&user).await.expect(201));
    let change =
        json!([{"op": "replace", "path": format!("{URN}:pin"), "value": "second-hunter2"}]);
    let path = format!("/Users/{ada}");
    acme.scim.patch(&path, &change).await.expect_status(200);
    let filter = encode(&format!("{URN}:pin eq \"third-hunter2\""));
    let asked = acme.scim.get(&format!("/Users?filter={filter}")).await;
    asked.expect_status(400);
    for kept in found(&acme, "", 3).await {
        let whole = read(&acme, &kept).await.to_string();
        assert!(!whole.contains("hunter2"), "{whole}");
        assert!(whole.contains("[redacted]"), "{whole}");
    }
}

async fn a_large_body_is_cut(db: Db) {
    let acme = Acme::start(db).await;
    let mut user = person("ada@northwind.example");
    user["title"] = "é\u{0}".repeat(20_000).into();
    let created = acme.scim.create_user(&user).await;
    let [kept] = &*found(&acme, "", 1).await else {
        panic!("one request")
    };
    assert_eq!(kept["status"], created.status);
    let whole = read(&acme, kept).await;
    let body = whole["body"].as_str().expect("a body");
    assert!(body.len() < 9_000 && body.ends_with('…'), "{}", body.len());
    assert_eq!(whole["body_bytes"], user.to_string().len());
}

async fn a_body_that_breaks_off_shows(db: Db) {
    let acme = Acme::start(db).await;
    drop(half_sent(&acme, 100).await);
    let [kept] = &*found(&acme, "", 1).await else {
        panic!("one request")
    };
    assert_eq!(kept["method"], "POST");
    assert_eq!(kept["status"], 400, "{kept}");
    let detail = kept["detail"].as_str().expect("a detail");
    assert!(detail.contains("before its announced end"), "{detail}");
}

/// A page of records is no larger for what clients put into them.
async fn a_record_is_bounded(db: Db) {
    let acme = Acme::start(db).await;
    let group = |number: usize| {
        let name = format!("{number:04}{}", "é".repeat(1_000));
        let data = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name});
        json!({"method": "POST", "path": "/Groups", "bulkId": number.to_string(), "data": data})
    };
    let operations: Vec<_> = (0..120).map(group).collect();
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations,
    });
    acme.scim.post("/Bulk", &bulk).await.expect_status(200);
    let [kept] = &*found(&acme, "", 1).await else {
        panic!("one request")
    };
    assert!(
        kept.to_string().len() < 70_000,
        "{}",
        kept.to_string().len()
    );
    let shown = kept["resources"].as_array().expect("resources");
    assert!(shown.len() > 50, "{}", shown.len());
    assert_eq!(
        shown.len() as u64 + kept["resources_more"].as_u64().expect("a number"),
        120
    );
    let name = shown[0]["display_name"].as_str().expect("a name");
    assert!(name.len() < 1_010 && name.ends_with('…'), "{name}");
}
