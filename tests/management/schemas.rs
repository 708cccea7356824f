//! Extension schemas declared by the operator: for all connections of the environment, or for one.

use serde_json::{Value, json};

use crate::support::{Acme, Db, eventually, on_both_databases};

on_both_databases!(
    a_schema_is_declared_changed_and_taken_back,
    an_entry_of_schemas_can_be_declared_again,
    mistakes_have_a_pointer,
    a_list_has_pages,
    every_change_is_in_the_log,
    they_are_those_of_their_connections,
    undeclared_extensions_are_kept_or_refused,
);

const URN: &str = "urn:example:params:scim:schemas:extension:acme:1.0:User";

fn schema(attributes: &Value) -> Value {
    json!({"resource_type": "User", "name": "Acme", "attributes": attributes})
}

async fn a_schema_is_declared_changed_and_taken_back(db: Db) {
    let acme = Acme::start(db).await;
    let path = format!("/v1/schemas/{URN}");
    acme.operator.get(&path).await.expect_problem(404);
    acme.operator.delete(&path).await.expect_problem(404);
    let first = schema(&json!([{"name": "badge"}]));
    let created = acme.operator.put(&path, &first).await.expect(201);
    assert_eq!(created["id"], URN);
    assert_eq!(
        created["attributes"][0],
        json!({"name": "badge", "type": "string", "multiValued": false, "description": "", "required": false,
            "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none"}),
        "the defaults of RFC 7643 §2.2"
    );
    let again = acme.operator.put(&path, &first).await.expect(200);
    assert_eq!(again, created, "the same again changes nothing");
    let upper = format!("/v1/schemas/{}", URN.to_uppercase().replace("URN:", "urn:"));
    assert_eq!(acme.operator.get(&upper).await.expect(200), created);

    let second = schema(&json!([{"name": "badge", "type": "integer"}]));
    let changed = acme.operator.put(&path, &second).await.expect(200);
    assert_eq!(changed["attributes"][0]["type"], "integer");
    assert_eq!(changed["created_at"], created["created_at"]);
    acme.operator.delete(&path).await.expect_status(204);
    acme.operator.get(&path).await.expect_problem(404);
    let list = acme.operator.get("/v1/schemas").await.expect(200);
    assert_eq!(list["data"], json!([]));
}

/// What `/Schemas` says of a schema is a declaration of it.
async fn an_entry_of_schemas_can_be_declared_again(db: Db) {
    let acme = Acme::start(db).await;
    let path = format!("/v1/schemas/{URN}");
    let attributes = json!([
        {"name": "tier", "canonicalValues": ["gold", "silver"], "returned": "request"},
        {"name": "site", "type": "complex", "multiValued": true,
            "subAttributes": [{"name": "value"}, {"name": "since", "type": "dateTime"}]},
        {"name": "boss", "type": "reference", "referenceTypes": ["User"]},
    ]);
    let declared = acme
        .operator
        .put(&path, &schema(&attributes))
        .await
        .expect(201);
    assert_eq!(declared["attributes"][2]["caseExact"], true);
    let mut entry = acme.scim.get(&format!("/Schemas/{URN}")).await.expect(200);
    assert_eq!(entry["attributes"], declared["attributes"]);
    entry["resource_type"] = "User".into();
    let other = acme.connection.path(&format!("/schemas/{URN}"));
    let again = acme.operator.put(&other, &entry).await.expect(201);
    assert_eq!(again["attributes"], declared["attributes"]);
}

async fn mistakes_have_a_pointer(db: Db) {
    let acme = Acme::start(db).await;
    let of = |attribute: Value| schema(&json!([{"name": "fine"}, attribute]));
    let mistakes: [(&str, Value, &str); 22] = [
        ("acme", of(json!({"name": "a"})), "/id"),
        ("urn:acme", of(json!({"name": "a"})), "/id"),
        ("urn:acme:1.0:a%20b", of(json!({"name": "a"})), "/id"),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User",
            of(json!({"name": "a"})),
            "/id",
        ),
        (
            "urn:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:User",
            of(json!({"name": "a"})),
            "/id",
        ),
        (URN, schema(&json!([])), "/attributes"),
        (URN, of(json!({"name": "FINE"})), "/attributes/1/name"),
        (URN, of(json!({"name": "a b"})), "/attributes/1/name"),
        (URN, of(json!({"name": "Schemas"})), "/attributes/1/name"),
        (
            URN,
            of(json!({"name": "a", "type": "text"})),
            "/attributes/1/type",
        ),
        (
            URN,
            of(json!({"name": "a", "mutability": "sometimes"})),
            "/attributes/1/mutability",
        ),
        (
            URN,
            of(json!({"name": "a", "returned": "often"})),
            "/attributes/1/returned",
        ),
        (
            URN,
            of(json!({"name": "a", "uniqueness": "galaxy"})),
            "/attributes/1/uniqueness",
        ),
        (
            URN,
            of(json!({"name": "a", "uniqueness": "server"})),
            "/attributes/1/uniqueness",
        ),
        (
            URN,
            of(json!({"name": "a", "mutability": "writeOnly"})),
            "/attributes/1/returned",
        ),
        (
            URN,
            of(json!({"name": "a", "mutability": "readOnly", "required": true})),
            "/attributes/1/required",
        ),
        (
            URN,
            of(json!({"name": "a", "type": "reference"})),
            "/attributes/1/referenceTypes",
        ),
        (
            URN,
            of(json!({"name": "a", "type": "reference", "referenceTypes": ["uri", "Robot"]})),
            "/attributes/1/referenceTypes/1",
        ),
        (
            URN,
            of(json!({"name": "a", "type": "complex"})),
            "/attributes/1/subAttributes",
        ),
        (
            URN,
            of(
                json!({"name": "a", "type": "complex", "subAttributes": [{"name": "b"}, {"name": "B"}]}),
            ),
            "/attributes/1/subAttributes/1/name",
        ),
        (
            URN,
            of(json!({"name": "a", "type": "boolean", "canonicalValues": ["true"]})),
            "/attributes/1/canonicalValues",
        ),
        (
            URN,
            of(json!({"name": "a", "canonicalValues": ["x", "X"]})),
            "/attributes/1/canonicalValues/1",
        ),
    ];
    for (urn, body, pointer) in mistakes {
        let answer = acme
            .operator
            .put(&format!("/v1/schemas/{urn}"), &body)
            .await;
        let status = answer.status;
        assert!(matches!(status, 400 | 422), "{answer:?}");
        let problem = answer.expect_problem(status);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        let detail = problem["errors"][0]["detail"].as_str().unwrap_or_default();
        assert!(detail.len() > 10, "{problem}");
    }
    let many: Vec<Value> = (0..101)
        .map(|at| json!({"name": format!("a{at}")}))
        .collect();
    let path = format!("/v1/schemas/{URN}");
    let problem = acme.operator.put(&path, &schema(&json!(many))).await;
    let problem = problem.expect_problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/attributes");
    let mut other = schema(&json!([{"name": "a"}]));
    other["id"] = "urn:example:other".into();
    let problem = acme.operator.put(&path, &other).await.expect_problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/id");
    acme.operator
        .get("/v1/connections/none/schemas")
        .await
        .expect_problem(404);
    // One path can't have two meanings.
    let path = "/v1/schemas/urn:example:acme";
    acme.operator
        .put(path, &schema(&json!([{"name": "site"}])))
        .await
        .expect(201);
    let problem = acme
        .operator
        .put(&format!("{path}:site"), &schema(&json!([{"name": "a"}])))
        .await;
    assert_eq!(
        problem.expect_problem(422)["errors"][0]["code"],
        "ambiguous_urn"
    );
}

async fn a_list_has_pages(db: Db) {
    let acme = Acme::start(db).await;
    let own = acme.connection.path("/schemas");
    for name in ["c", "a", "b"] {
        let path = format!("{own}/urn:example:{name}:1.0");
        let body = schema(&json!([{"name": "badge"}]));
        acme.operator.put(&path, &body).await.expect(201);
    }
    let ids = |page: &Value| -> Vec<String> {
        let data = page["data"].as_array().cloned().unwrap_or_default();
        let ids = data.iter().map(|it| it["id"].as_str().map(str::to_owned));
        ids.map(Option::unwrap_or_default).collect()
    };
    let first = acme
        .operator
        .get(&format!("{own}?limit=2"))
        .await
        .expect(200);
    assert_eq!(ids(&first), ["urn:example:a:1.0", "urn:example:b:1.0"]);
    let next = first["page"]["next"].as_str().expect("another page");
    let second = acme.operator.get(&format!("{own}?after={next}")).await;
    let second = second.expect(200);
    assert_eq!(ids(&second), ["urn:example:c:1.0"]);
    assert_eq!(second["page"]["next"], Value::Null);
    let everywhere = acme.operator.get("/v1/schemas").await.expect(200);
    assert_eq!(everywhere["data"], json!([]), "a connection's are its own");
}

async fn every_change_is_in_the_log(db: Db) {
    let acme = Acme::start(db).await;
    let path = acme.connection.path(&format!("/schemas/{URN}"));
    let body = schema(&json!([{"name": "badge"}]));
    acme.operator.put(&path, &body).await.expect(201);
    acme.operator.put(&path, &body).await.expect(200);
    let wider = schema(&json!([{"name": "badge"}, {"name": "site"}]));
    acme.operator.put(&path, &wider).await.expect(200);
    acme.operator.delete(&path).await.expect_status(204);
    let events = eventually("the changes in the log", async || {
        let mut events = acme.operator.events_after(0).await;
        events.retain(|event| event["subject"] == URN);
        (events.len() == 3).then_some(events)
    })
    .await;
    let kinds: Vec<&Value> = events.iter().map(|event| &event["type"]).collect();
    assert_eq!(
        kinds,
        ["schema.created", "schema.updated", "schema.deleted"]
    );
    assert_eq!(events[1]["data"]["schema"]["attributes"][1]["name"], "site");
    assert_eq!(events[0]["connection"], acme.connection.id.as_str());
}

/// URNs that a connection's discovery has beside the standard ones, with the names of their attributes.
async fn discovered(acme: &Acme, connection: &crate::support::Connection) -> Vec<(String, String)> {
    let scim = acme.server.scim(connection);
    let schemas = scim.get("/Schemas").await.expect(200);
    let schemas = schemas["Resources"].as_array().expect("a list");
    let types = scim.get("/ResourceTypes").await.expect(200);
    let mut found = Vec::new();
    for schema in &schemas[3..] {
        let urn = schema["id"].as_str().expect("a URN");
        let single = scim.get(&format!("/Schemas/{urn}")).await.expect(200);
        assert_eq!(&single, schema);
        for kind in types["Resources"].as_array().expect("a list") {
            let entry = json!({"schema": urn, "required": false});
            let extensions = kind["schemaExtensions"].as_array();
            let has = extensions.is_some_and(|all| all.contains(&entry));
            assert_eq!(has, kind["id"] == "User", "{kind}");
        }
        let name = schema["attributes"][0]["name"].as_str().unwrap_or("?");
        found.push((urn.to_owned(), name.to_owned()));
    }
    found
}

async fn they_are_those_of_their_connections(db: Db) {
    let acme = Acme::start(db).await;
    let other = acme.operator.connect("contoso", "okta", &json!({})).await;
    assert_eq!(discovered(&acme, &acme.connection).await, []);
    let body = |name: &str| schema(&json!([{"name": name}]));
    let everywhere = format!("/v1/schemas/{URN}");
    acme.operator
        .put(&everywhere, &body("badge"))
        .await
        .expect(201);
    let own = "urn:example:own:1.0".to_owned();
    let path = acme.connection.path(&format!("/schemas/{own}"));
    acme.operator.put(&path, &body("site")).await.expect(201);
    let wide = |name: &str| (URN.to_owned(), name.to_owned());
    let narrow = (own.clone(), "site".to_owned());
    assert_eq!(
        discovered(&acme, &acme.connection).await,
        [narrow.clone(), wide("badge")]
    );
    assert_eq!(discovered(&acme, &other).await, [wide("badge")]);

    // A connection's own declaration takes the place of the environment's.
    let path = other.path(&format!("/schemas/{URN}"));
    acme.operator.put(&path, &body("number")).await.expect(201);
    assert_eq!(discovered(&acme, &other).await, [wide("number")]);
    assert_eq!(
        discovered(&acme, &acme.connection).await,
        [narrow.clone(), wide("badge")]
    );
    acme.operator.delete(&everywhere).await.expect_status(204);
    assert_eq!(discovered(&acme, &acme.connection).await, [narrow]);
    assert_eq!(discovered(&acme, &other).await, [wide("number")]);
    // They go with their connection.
    acme.operator
        .delete(&other.path(""))
        .await
        .expect_status(204);
    acme.operator.get(&path).await.expect_problem(404);
}

async fn undeclared_extensions_are_kept_or_refused(db: Db) {
    let acme = Acme::start(db).await;
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", URN],
        "userName": "ada", URN: {"badge": 7, "Odd Name": {"a": [1, "b"]}},
    });
    let cases = [
        (json!({}), "keep"),
        (json!({"strictness": "strict"}), "refuse"),
        (json!({"undeclared_extensions": "refuse"}), "refuse"),
        (
            json!({"strictness": "strict", "undeclared_extensions": "keep"}),
            "keep",
        ),
    ];
    for (settings, wanted) in cases {
        let connection = acme
            .operator
            .connect("northwind", "custom", &settings)
            .await;
        let scim = acme.server.scim(&connection);
        let read = acme.operator.get(&connection.path("")).await.expect(200);
        assert_eq!(read["undeclared_extensions"], wanted, "{settings}");
        let answer = scim.create_user(&user).await;
        if wanted == "keep" {
            let created = answer.expect(201);
            assert_eq!(created[URN], user[URN], "verbatim");
            assert_eq!(created["schemas"], user["schemas"]);
            assert_eq!(scim.count(&format!("{URN}:badge eq 7")).await, 1);
            continue;
        }
        let detail = answer.expect_scim_error(400, Some("invalidSyntax"));
        assert!(detail.contains(URN), "{detail}");
        let mut plain = user.clone();
        plain.as_object_mut().expect("an object").remove(URN);
        plain["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User"]);
        let ada = scim.create_user(&plain).await.expect(201);
        let path = format!("/Users/{}", ada["id"].as_str().expect("an id"));
        for operation in [
            json!({"op": "add", "value": {URN: {"badge": 7}}}),
            json!({"op": "add", "value": {format!("{URN}:badge"): 7}}),
        ] {
            let answer = scim.patch(&path, &json!([operation])).await;
            let detail = answer.expect_scim_error(400, Some("invalidSyntax"));
            assert!(detail.contains(URN), "{detail}");
        }
        let operation = json!([{"op": "add", "path": format!("{URN}:badge"), "value": 7}]);
        let answer = scim.patch(&path, &operation).await;
        answer.expect_scim_error(400, Some("invalidPath"));
        // Once it is declared it is as good as any.
        let declared = connection.path(&format!("/schemas/{URN}"));
        let body = schema(&json!([{"name": "badge", "type": "integer"}]));
        acme.operator.put(&declared, &body).await.expect(201);
        scim.patch(&path, &operation).await.expect(200);
        assert_eq!(
            scim.read_user(ada["id"].as_str().expect("an id")).await[URN]["badge"],
            7
        );
    }
    let path = acme.connection.path("");
    let wrong = json!({"undeclared_extensions": "drop"});
    let problem = acme.operator.patch(&path, &wrong).await.expect_problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/undeclared_extensions");
    for (setting, wanted) in [("refuse".into(), "refuse"), (Value::Null, "keep")] {
        let edit = json!({"undeclared_extensions": setting});
        let read = acme.operator.patch(&path, &edit).await.expect(200);
        assert_eq!(read["undeclared_extensions"], wanted);
    }
}
