//! RFC 7644 §3.7: many operations in one request, each as if it had come alone.

use serde_json::{Value, json};

use super::strict;
use crate::support::chain::{checked_events, verify};
use crate::support::guest::Act;
use crate::support::http::Answer;
use crate::support::scim::{id, person};
use crate::support::{Acme, Db, Guest, Scim, on_both_databases};

on_both_databases!(
    every_method,
    one_failure_is_nobody_elses,
    fail_on_errors_leaves_the_rest_undone,
    versions_hold,
    one_name_goes_to_the_first,
    the_same_rules_as_single_requests,
    an_import_is_complete,
    what_is_no_bulk_request_is_refused,
    limits,
);

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// A bulk request with these operations.
async fn send(scim: &Scim, operations: &Value) -> Answer {
    scim.post(
        "/Bulk",
        &json!({"schemas": [BULK], "Operations": operations}),
    )
    .await
}

async fn operations(scim: &Scim, operations: &Value) -> Vec<Value> {
    let answer = send(scim, operations).await.expect(200);
    assert_eq!(
        answer["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"])
    );
    answer["Operations"].as_array().expect("Operations").clone()
}

fn create(name: &str) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": name, "data": person(&format!("{name}@northwind.example"))})
}

fn statuses(operations: &[Value]) -> Vec<&str> {
    let statuses = operations
        .iter()
        .map(|operation| operation["status"].as_str());
    statuses
        .map(|status| status.expect("a status is a string"))
        .collect()
}

async fn every_method(db: Db) {
    let acme = Acme::start(db).await;
    let mut ids = Vec::new();
    for name in ["put", "patch", "delete"] {
        ids.push(acme.scim.user(&format!("{name}@northwind.example")).await);
    }
    let mut replaced = person("put@northwind.example");
    replaced["title"] = json!("Replaced");
    let patch = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "title", "value": "Patched"}],
    });
    let done = operations(&acme.scim, &json!([
        create("post"),
        {"method": "PUT", "path": format!("/Users/{}", ids[0]), "data": replaced},
        {"method": "PATCH", "path": format!("/Users/{}", ids[1]), "bulkId": "mine", "data": patch},
        {"method": "DELETE", "path": format!("/Users/{}", ids[2])},
    ]))
    .await;

    assert_eq!(statuses(&done), ["201", "200", "200", "204"]);
    let methods: Vec<_> = done
        .iter()
        .filter_map(|operation| operation["method"].as_str())
        .collect();
    assert_eq!(methods, ["POST", "PUT", "PATCH", "DELETE"]);
    assert_eq!(
        (&done[0]["bulkId"], &done[2]["bulkId"]),
        (&json!("post"), &json!("mine"))
    );
    let base = acme.server.origin().to_owned() + acme.scim.base();
    for (index, id) in ids.iter().enumerate() {
        assert_eq!(done[index + 1]["location"], format!("{base}/Users/{id}"));
        assert!(done[index + 1].get("response").is_none());
    }
    let location = done[0]["location"].as_str().expect("a location");
    let below = location.strip_prefix(&base).expect("below the base URL");
    let created = acme.scim.get(below).await;
    assert_eq!(created.raw_header("etag"), done[0]["version"].as_str());
    assert_eq!(created.json()["userName"], "post@northwind.example");
    assert_eq!(done[1]["version"], "W/\"2\"");
    assert_eq!(acme.scim.read_user(&ids[0]).await["title"], "Replaced");
    assert_eq!(acme.scim.read_user(&ids[1]).await["title"], "Patched");
    acme.scim
        .get(&format!("/Users/{}", ids[2]))
        .await
        .expect_scim_error(404, None);
}

async fn one_failure_is_nobody_elses(db: Db) {
    let acme = Acme::start(db).await;
    acme.scim.user("taken@northwind.example").await;
    let strange = "no-such-user";
    let done = operations(&acme.scim, &json!([
        create("a"),
        create("taken"),
        {"method": "POST", "path": "/Users", "bulkId": "nameless", "data": {"title": "x"}},
        {"method": "GET", "path": "/Users"},
        {"method": "PATCH", "path": format!("/Users/{strange}"), "data": {"Operations": [{"op": "remove", "path": "title"}]}},
        {"method": "DELETE", "path": "/Devices/1"},
        "nonsense",
        {"method": "PUT", "path": format!("/Users/{strange}"), "data": []},
        create("b"),
    ]))
    .await;
    assert_eq!(
        statuses(&done),
        [
            "201", "409", "400", "400", "404", "404", "400", "400", "201"
        ]
    );
    for operation in &done[1..8] {
        let response = &operation["response"];
        assert_eq!(
            response["schemas"],
            json!(["urn:ietf:params:scim:api:messages:2.0:Error"])
        );
        assert_eq!(response["status"], operation["status"]);
        assert!(response["detail"].is_string(), "{operation}");
    }
    assert_eq!(done[1]["response"]["scimType"], "uniqueness");
    assert!(done[1].get("location").is_none());
    assert!(
        done[2]["response"]["detail"]
            .as_str()
            .is_some_and(|it| it.contains("userName"))
    );
    // RFC 7644 §3.7.3: a failure names its resource, whatever else is wrong.
    for failed in [&done[4], &done[7]] {
        let location = failed["location"].as_str();
        assert!(location.is_some_and(|it| it.ends_with(strange)), "{failed}");
    }
    assert_eq!(acme.scim.count("userName pr").await, 3);
}

async fn fail_on_errors_leaves_the_rest_undone(db: Db) {
    let acme = Acme::start(db).await;
    acme.scim.user("taken@northwind.example").await;
    for (limit, answered) in [(1, 3), (2, 6), (3, 9), (9, 9)] {
        let name = |number: usize| match number % 3 {
            2 => "taken".to_owned(),
            _ => format!("user{limit}-{number}"),
        };
        let operations: Vec<Value> = (0..9).map(|number| create(&name(number))).collect();
        // bulkIds are unique; who is taken is so by name alone.
        let operations: Vec<Value> = operations
            .into_iter()
            .enumerate()
            .map(|(number, mut operation)| {
                operation["bulkId"] = json!(number.to_string());
                operation
            })
            .collect();
        let body = json!({"schemas": [BULK], "failOnErrors": limit, "Operations": operations});
        let done = acme.scim.post("/Bulk", &body).await.expect(200);
        let done = done["Operations"].as_array().expect("Operations").clone();
        assert_eq!(done.len(), answered, "{limit}");
        assert_eq!(done[2]["status"], "409");
        let created = acme
            .scim
            .count(&format!("userName sw \"user{limit}-\""))
            .await;
        assert_eq!(created as usize, answered - answered / 3, "{limit}");
    }
}

async fn versions_hold(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let path = format!("/Users/{user}");
    let title = |version: &str, title: &str| {
        json!({"method": "PATCH", "path": path, "version": version, "data": {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "title", "value": title}],
        }})
    };
    // In the client's order, since they are about one resource.
    let done = operations(
        &acme.scim,
        &json!([
            title("W/\"1\"", "First"),
            title("W/\"1\"", "Never"),
            title("W/\"2\"", "Second"),
            {"method": "DELETE", "path": path, "version": "W/\"9\""},
        ]),
    )
    .await;
    assert_eq!(statuses(&done), ["200", "412", "200", "412"]);
    assert_eq!(done[2]["version"], "W/\"3\"");
    assert_eq!(acme.scim.read_user(&user).await["title"], "Second");
}

/// New users run side by side, but not those who claim the same name.
async fn one_name_goes_to_the_first(db: Db) {
    let acme = Acme::start(db).await;
    let names: Vec<Value> = (0..40)
        .map(|number| {
            let mut operation = create(&format!("user{}", number / 2));
            operation["bulkId"] = json!(number.to_string());
            operation["data"]["externalId"] = json!(number.to_string());
            if number % 2 == 1 {
                operation["data"]["userName"] =
                    json!(format!("USER{}@northwind.example", number / 2));
            }
            operation
        })
        .collect();
    let done = operations(&acme.scim, &json!(names)).await;
    for pair in done.chunks(2) {
        assert_eq!(statuses(pair), ["201", "409"]);
    }
    for (number, operation) in done.iter().enumerate() {
        assert_eq!(
            operation["bulkId"],
            number.to_string(),
            "in the client's order"
        );
    }
}

async fn the_same_rules_as_single_requests(db: Db) {
    let acme = Acme::start(db).await;
    // What a tolerant connection takes, and a strict one refuses.
    let loose = json!([
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "loose", "active": "True"}},
    ]);
    let done = operations(&acme.scim, &loose).await;
    assert_eq!(statuses(&done), ["201"]);
    let strict = strict(&acme).await;
    let done = operations(&strict, &loose).await;
    assert_eq!(statuses(&done), ["400"]);
    let nameless =
        json!([{"method": "POST", "path": "/Users", "data": person("x@northwind.example")}]);
    let done = operations(&strict, &nameless).await;
    assert!(
        done[0]["response"]["detail"]
            .as_str()
            .is_some_and(|it| it.contains("bulkId"))
    );

    // The tenant's own rules.
    let refusing = Guest::viewer().attributes(Act::Refuse("Not in this tenant."));
    acme.run(&refusing.component()).await;
    let done = operations(&acme.scim, &json!([create("refused")])).await;
    assert_eq!(statuses(&done), ["400"]);
    assert_eq!(done[0]["response"]["detail"], "Not in this tenant.");
    assert_eq!(
        acme.scim
            .count("userName eq \"refused@northwind.example\"")
            .await,
        0
    );
}

async fn an_import_is_complete(db: Db) {
    const USERS: usize = 300;
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let all: Vec<Value> = (0..USERS)
        .map(|number| create(&format!("user{number}")))
        .collect();
    let done = operations(&acme.scim, &json!(all)).await;
    assert_eq!(done.len(), USERS);
    for (number, operation) in done.iter().enumerate() {
        assert_eq!(operation["status"], "201", "{operation}");
        let user = operation["location"]
            .as_str()
            .and_then(|it| it.rsplit('/').next())
            .expect("an id");
        if number % 50 == 0 {
            let read = acme.scim.read_user(user).await;
            assert_eq!(read["userName"], format!("user{number}@northwind.example"));
            assert_eq!(acme.operator.grants(user).await, ["northwind role viewer"]);
        }
    }
    assert_eq!(acme.scim.count("userName sw \"user\"").await, USERS as i64);
    let events = checked_events(&acme.operator).await;
    let created = events
        .iter()
        .filter(|event| event["type"] == "user.created")
        .count();
    assert_eq!(created, USERS);
    verify(&acme.database).await;
}

async fn what_is_no_bulk_request_is_refused(db: Db) {
    let acme = Acme::start(db).await;
    let wrong = [
        (json!([]), "invalidSyntax"),
        (json!({"schemas": [BULK]}), "invalidSyntax"),
        (json!({"schemas": [BULK], "Operations": 7}), "invalidSyntax"),
        (
            json!({"schemas": [BULK], "Operations": [], "failOnErrors": -1}),
            "invalidValue",
        ),
    ];
    for (body, scim_type) in wrong {
        acme.scim
            .post("/Bulk", &body)
            .await
            .expect_scim_error(400, Some(scim_type));
    }
    let strict = strict(&acme).await;
    let bare = strict.post("/Bulk", &json!({"Operations": []})).await;
    assert!(
        bare.expect_scim_error(400, Some("invalidSyntax"))
            .contains(BULK)
    );
    assert_eq!(operations(&strict, &json!([])).await, [] as [Value; 0]);
    acme.scim.get("/Bulk").await.expect_scim_error(405, None);
    let stranger = acme.scim.with_token("rc_scim_wrong");
    send(&stranger, &json!([create("a")]))
        .await
        .expect_scim_error(401, None);

    // Ids of another connection are nobody's here.
    let theirs = id(&strict
        .create_user(&person("ada@northwind.example"))
        .await
        .expect(201));
    let done = operations(
        &acme.scim,
        &json!([{"method": "DELETE", "path": format!("/Users/{theirs}")}]),
    )
    .await;
    assert_eq!(statuses(&done), ["404"]);
    strict.read_user(&theirs).await;
}

async fn limits(db: Db) {
    let acme = Acme::start(db).await;
    let config = acme.scim.get("/ServiceProviderConfig").await.expect(200);
    let limit = |name: &str| config["bulk"][name].as_u64().expect("a number") as usize;
    let most = limit("maxOperations");
    let absent = json!({"method": "DELETE", "path": "/Users/absent"});
    let answer = send(&acme.scim, &json!(vec![absent.clone(); most])).await;
    assert_eq!(
        answer.expect(200)["Operations"].as_array().map(Vec::len),
        Some(most)
    );
    let answer = send(&acme.scim, &json!(vec![absent; most + 1])).await;
    assert!(
        answer
            .expect_scim_error(413, None)
            .contains(&most.to_string())
    );

    let mut large = create("large");
    large["data"]["title"] = json!("x".repeat(limit("maxPayloadSize")));
    send(&acme.scim, &json!([large]))
        .await
        .expect_scim_error(413, None);
}
