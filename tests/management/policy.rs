//! What a connection's IdP may do, and what becomes of users it deletes.

use serde_json::{Value, json};

use crate::support::http::Answer;
use crate::support::scim::{encode, id, person};
use crate::support::{Acme, Connection, Db, Guest, Scim, on_both_databases};

on_both_databases!(
    everything_is_allowed_by_default,
    each_operation_is_refused_by_itself,
    a_change_of_policy_takes_effect_and_is_logged,
    a_deleted_user_is_gone_for_scim_and_inactive_for_the_product,
    a_deleted_user_comes_back,
    a_deleted_user_makes_room,
    a_deleted_user_leaves_its_groups,
);

/// A connection with a policy.
async fn connect(acme: &Acme, policy: Value) -> (Connection, Scim) {
    let connection = acme.operator.connect("northwind", "custom", &policy).await;
    let scim = acme.server.scim(&connection);
    (connection, scim)
}

/// The refusal names the operation, the setting and the connection to change it on.
#[track_caller]
fn refused(answer: Answer, operation: &str, connection: &Connection) {
    let detail = answer.expect_scim_error(403, None);
    let path = format!("PATCH /v1/connections/{}", connection.id);
    for part in [format!("{operation:?}"), "\"operations\"".to_owned(), path] {
        assert!(detail.contains(&part), "no {part} in {detail}");
    }
}

async fn everything_is_allowed_by_default(db: Db) {
    let acme = Acme::start(db).await;
    let read = acme
        .operator
        .get(&acme.connection.path(""))
        .await
        .expect(200);
    assert_eq!(
        read["operations"],
        json!(["create", "update", "deactivate", "delete"])
    );
    assert_eq!(read["on_delete"], "purge");
    let policy = json!({"operations": ["delete", "create", "create"], "on_delete": "deactivate"});
    let (connection, _) = connect(&acme, policy).await;
    let read = acme.operator.get(&connection.path("")).await.expect(200);
    assert_eq!(read["operations"], json!(["create", "delete"]));
    assert_eq!(read["on_delete"], "deactivate");
    for (wrong, pointer) in [
        (
            json!({"operations": ["create", "destroy"]}),
            "/operations/1",
        ),
        (json!({"on_delete": "archive"}), "/on_delete"),
    ] {
        let patched = acme.operator.patch(&connection.path(""), &wrong).await;
        assert_eq!(patched.expect_problem(422)["errors"][0]["pointer"], pointer);
        let mut body = json!({"tenant": "northwind", "name": "E", "kind": "entra"});
        for (name, value) in wrong.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let created = acme.operator.post("/v1/connections", &body).await;
        assert_eq!(created.expect_problem(422)["errors"][0]["pointer"], pointer);
    }
}

async fn each_operation_is_refused_by_itself(db: Db) {
    let acme = Acme::start(db).await;
    let (connection, scim) = connect(&acme, json!({})).await;
    let ada = scim.user("ada@northwind.example").await;
    let group = scim.group("Analysts", &[&ada]).await;
    let (user_path, group_path) = (format!("/Users/{ada}"), format!("/Groups/{group}"));
    let allow = async |operations: Value| {
        let policy = json!({"operations": operations});
        acme.operator
            .patch(&connection.path(""), &policy)
            .await
            .expect(200);
    };
    let title = json!([{"op": "replace", "path": "title", "value": "Analyst"}]);
    let off = json!([{"op": "replace", "path": "active", "value": false}]);
    let on = json!([{"op": "replace", "path": "active", "value": true}]);
    let both = json!([off[0], title[0]]);
    let put = |active: bool| {
        let mut user = person("ada@northwind.example");
        user["active"] = active.into();
        user
    };

    allow(json!([])).await;
    let before = [
        scim.get(&user_path).await.expect(200),
        scim.get(&group_path).await.expect(200),
    ];
    refused(
        scim.create_user(&person("bob@northwind.example")).await,
        "create",
        &connection,
    );
    refused(
        scim.create_user(&person("ada@northwind.example")).await,
        "create",
        &connection,
    );
    let other = json!({"schemas": [], "displayName": "Other"});
    refused(scim.post("/Groups", &other).await, "create", &connection);
    refused(scim.patch(&user_path, &title).await, "update", &connection);
    refused(
        scim.patch(&user_path, &off).await,
        "deactivate",
        &connection,
    );
    refused(
        scim.put(&user_path, &put(false)).await,
        "deactivate",
        &connection,
    );
    refused(scim.delete(&user_path).await, "delete", &connection);
    refused(scim.put(&group_path, &other).await, "update", &connection);
    let leave = json!([{"op": "remove", "path": "members"}]);
    refused(scim.patch(&group_path, &leave).await, "update", &connection);
    refused(scim.delete(&group_path).await, "delete", &connection);
    // What changes nothing needs nothing.
    scim.put(&user_path, &put(true)).await.expect(200);
    scim.patch(&user_path, &on).await.expect(200);
    let after = [
        scim.get(&user_path).await.expect(200),
        scim.get(&group_path).await.expect(200),
    ];
    assert_eq!(after, before);

    allow(json!(["deactivate"])).await;
    refused(scim.patch(&user_path, &both).await, "update", &connection);
    scim.patch(&user_path, &off).await.expect(200);
    refused(scim.patch(&user_path, &on).await, "update", &connection);
    // The way back by POST is a creation.
    refused(
        scim.create_user(&person("ada@northwind.example")).await,
        "create",
        &connection,
    );
    allow(json!(["create"])).await;
    let returned = scim
        .create_user(&person("ada@northwind.example"))
        .await
        .expect(201);
    assert_eq!(id(&returned), ada);
    allow(json!(["update"])).await;
    scim.patch(&user_path, &title).await.expect(200);
    refused(
        scim.patch(&user_path, &both).await,
        "deactivate",
        &connection,
    );
    allow(json!(["delete"])).await;
    scim.delete(&user_path).await.expect_status(204);
    scim.delete(&group_path).await.expect_status(204);
}

async fn a_change_of_policy_takes_effect_and_is_logged(db: Db) {
    let acme = Acme::start(db).await;
    let ada = acme.scim.user("ada@northwind.example").await;
    let policy = json!({"operations": ["create", "update"], "on_delete": "deactivate"});
    let changed = acme
        .operator
        .patch(&acme.connection.path(""), &policy)
        .await
        .expect(200);
    assert_eq!(
        (&changed["operations"], &changed["on_delete"]),
        (&policy["operations"], &policy["on_delete"])
    );
    refused(
        acme.scim.delete(&format!("/Users/{ada}")).await,
        "delete",
        &acme.connection,
    );
    let name = acme
        .operator
        .patch(&acme.connection.path(""), &json!({"name": "Entra"}))
        .await;
    assert_eq!(
        name.expect(200)["operations"],
        policy["operations"],
        "what is absent stays"
    );
    let events = crate::support::eventually("the change in the log", async || {
        let events = acme.operator.events_after(0).await;
        let of_policy = |event: &&Value| event["type"] == "connection.updated";
        let found: Vec<Value> = events.iter().filter(of_policy).cloned().collect();
        (found.len() == 2).then_some(found)
    })
    .await;
    assert_eq!(events[0]["data"]["operations"], policy["operations"]);
    assert_eq!(events[0]["data"]["on_delete"], "deactivate");
    assert_eq!(events[0]["subject"], acme.connection.id.as_str());
}

/// A connection that keeps who is deleted, a mapping in force, and Ada.
async fn keeping(db: Db) -> (Acme, String) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let policy = json!({"on_delete": "deactivate"});
    acme.operator
        .patch(&acme.connection.path(""), &policy)
        .await
        .expect(200);
    let ada = acme.scim.user("ada@northwind.example").await;
    assert!(!acme.operator.grants(&ada).await.is_empty());
    (acme, ada)
}

async fn a_deleted_user_is_gone_for_scim_and_inactive_for_the_product(db: Db) {
    let (acme, ada) = keeping(db).await;
    let path = format!("/Users/{ada}");
    acme.scim.delete(&path).await.expect_status(204);

    acme.scim.get(&path).await.expect_scim_error(404, None);
    acme.scim.delete(&path).await.expect_scim_error(404, None);
    let on = json!([{"op": "replace", "path": "active", "value": true}]);
    acme.scim
        .patch(&path, &on)
        .await
        .expect_scim_error(404, None);
    acme.scim
        .put(&path, &person("ada@northwind.example"))
        .await
        .expect_scim_error(404, None);
    assert_eq!(acme.scim.get("/Users").await.expect(200)["totalResults"], 0);
    for filter in [
        "userName eq \"ada@northwind.example\"",
        "externalId eq \"ext-ada\"",
        "emails.value eq \"ada@northwind.example\"",
        "active eq false",
        &format!("id eq \"{ada}\""),
    ] {
        assert_eq!(acme.scim.count(filter).await, 0, "{filter}");
    }
    let group = json!({"schemas": [], "displayName": "Ghosts", "members": [{"value": ada}]});
    acme.scim
        .post("/Groups", &group)
        .await
        .expect_scim_error(400, Some("invalidValue"));

    let user = acme.operator.user(&ada).await;
    assert_eq!(
        (&user["state"], &user["deleted"]),
        (&json!("inactive"), &json!(true)),
        "{user}"
    );
    assert_eq!(user["user_name"], "ada@northwind.example");
    assert_eq!(acme.operator.grants(&ada).await, [""; 0]);
    assert!(
        !acme
            .operator
            .allows(&ada, "northwind", &json!({"role": "viewer"}))
            .await
    );
    let events = crate::support::eventually("the deletion in the log", async || {
        let mut events = acme.operator.events_after(0).await;
        events.retain(|event| event["subject"] == ada.as_str());
        let deactivated = events
            .iter()
            .position(|event| event["type"] == "user.deactivated")?;
        Some(events.split_off(deactivated))
    })
    .await;
    assert_eq!(events[0]["data"]["deleted"], true);
    assert_eq!(events[1]["type"], "access.changed");
}

async fn a_deleted_user_comes_back(db: Db) {
    let (acme, ada) = keeping(db).await;
    let path = format!("/Users/{ada}");
    let before = acme.scim.get(&path).await.expect(200);
    acme.scim.delete(&path).await.expect_status(204);
    let returned = acme
        .scim
        .create_user(&person("ada@northwind.example"))
        .await
        .expect(201);
    assert_eq!(id(&returned), ada);
    assert_eq!(returned["active"], true);
    assert_eq!(returned["meta"]["created"], before["meta"]["created"]);
    assert_ne!(returned["meta"]["version"], before["meta"]["version"]);
    assert_eq!(
        acme.scim
            .count("emails.value eq \"ada@northwind.example\"")
            .await,
        1
    );
    let user = acme.operator.user(&ada).await;
    assert_eq!(
        (&user["state"], &user["deleted"]),
        (&json!("active"), &json!(false)),
        "{user}"
    );
    assert_eq!(acme.operator.grants(&ada).await, ["northwind role viewer"]);

    // Under another name, but with the provider's own identifier; and on a strict connection as well.
    acme.scim.delete(&path).await.expect_status(204);
    let strict = json!({"strictness": "strict"});
    acme.operator
        .patch(&acme.connection.path(""), &strict)
        .await
        .expect(200);
    let mut renamed = person("lovelace@northwind.example");
    renamed["externalId"] = "ext-ada".into();
    assert_eq!(id(&acme.scim.create_user(&renamed).await.expect(201)), ada);

    // Purged, nobody comes back.
    let purge = json!({"on_delete": "purge"});
    acme.operator
        .patch(&acme.connection.path(""), &purge)
        .await
        .expect(200);
    acme.scim.delete(&path).await.expect_status(204);
    acme.operator
        .get(&format!("/v1/users/{ada}"))
        .await
        .expect_problem(404);
    assert_ne!(id(&acme.scim.create_user(&renamed).await.expect(201)), ada);
}

/// The userName is free for somebody else; who it was before stays who they are.
async fn a_deleted_user_makes_room(db: Db) {
    let (acme, ada) = keeping(db).await;
    acme.scim
        .delete(&format!("/Users/{ada}"))
        .await
        .expect_status(204);
    let mut namesake = person("ada@northwind.example");
    namesake["externalId"] = "ext-another-ada".into();
    let namesake = acme.scim.create_user(&namesake).await.expect(201);
    assert_ne!(id(&namesake), ada, "another person");
    let first = acme
        .scim
        .create_user(&person("ada@northwind.example"))
        .await;
    first.expect_scim_error(409, Some("uniqueness"));
    acme.scim
        .delete(&format!("/Users/{}", id(&namesake)))
        .await
        .expect_status(204);
    let first = acme
        .scim
        .create_user(&person("ada@northwind.example"))
        .await
        .expect(201);
    assert_eq!(id(&first), ada);
    // Without an externalId only the name can tell, of the one deleted last.
    acme.scim
        .delete(&format!("/Users/{ada}"))
        .await
        .expect_status(204);
    let mut nameless = person("ada@northwind.example");
    nameless["externalId"] = Value::Null;
    assert_eq!(id(&acme.scim.create_user(&nameless).await.expect(201)), ada);
}

async fn a_deleted_user_leaves_its_groups(db: Db) {
    let (acme, ada) = keeping(db).await;
    let group = acme.scim.group("Analysts", &[&ada]).await;
    let path = format!("/Groups/{group}");
    let before = acme.scim.get(&path).await.expect(200);
    acme.scim
        .delete(&format!("/Users/{ada}"))
        .await
        .expect_status(204);
    let after = acme.scim.get(&path).await.expect(200);
    assert_eq!(after["members"], json!([]), "{after}");
    assert_ne!(after["meta"]["version"], before["meta"]["version"]);
    acme.scim
        .create_user(&person("ada@northwind.example"))
        .await
        .expect(201);
    let groups = acme.scim.read_user(&ada).await;
    assert_eq!(groups.get("groups"), None, "back without them");
    let filter = encode(&format!("members.value eq \"{ada}\""));
    let found = acme.scim.get(&format!("/Groups?filter={filter}")).await;
    assert_eq!(found.expect(200)["totalResults"], 0);
}
