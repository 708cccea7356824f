//! RFC 7644 §3.7.2: operations that refer to what others of the same request create.

use serde_json::{Value, json};

use crate::support::scim::{ENTERPRISE, person};
use crate::support::{Acme, Db, Scim, on_both_databases};

on_both_databases!(
    a_group_of_new_users,
    who_refers_ahead_waits,
    a_path_can_refer,
    a_circle_is_a_conflict,
    what_was_not_created_cant_be_referred_to,
);

async fn operations(scim: &Scim, operations: &Value) -> Vec<Value> {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
    let body = json!({"schemas": schemas, "Operations": operations});
    let answer = scim.post("/Bulk", &body).await.expect(200);
    answer["Operations"].as_array().expect("Operations").clone()
}

fn user(name: &str) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": name, "data": person(&format!("{name}@northwind.example"))})
}

fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<_> = members
        .iter()
        .map(|id| json!({"value": format!("bulkId:{id}")}))
        .collect();
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    json!({"method": "POST", "path": "/Groups", "bulkId": name,
        "data": {"schemas": schemas, "displayName": name, "members": members}})
}

fn statuses(operations: &[Value]) -> Vec<&str> {
    operations
        .iter()
        .filter_map(|operation| operation["status"].as_str())
        .collect()
}

/// The id of what an operation created.
fn created(operation: &Value) -> &str {
    let location = operation["location"].as_str().expect("a location");
    location.rsplit('/').next().expect("an id")
}

async fn members(scim: &Scim, group: &str) -> Vec<String> {
    let group = scim.get(&format!("/Groups/{group}")).await.expect(200);
    let members = group["members"].as_array().into_iter().flatten();
    let mut members: Vec<_> = members
        .filter_map(|member| member["value"].as_str().map(str::to_owned))
        .collect();
    members.sort();
    members
}

async fn a_group_of_new_users(db: Db) {
    let acme = Acme::start(db).await;
    let done = operations(
        &acme.scim,
        &json!([user("a"), user("b"), group("g", &["a", "b"])]),
    )
    .await;
    assert_eq!(statuses(&done), ["201"; 3]);
    let mut expected = [created(&done[0]), created(&done[1])];
    expected.sort_unstable();
    assert_eq!(members(&acme.scim, created(&done[2])).await, expected);
    let read = acme.scim.read_user(created(&done[0])).await;
    assert_eq!(read["groups"][0]["value"], created(&done[2]));
}

async fn who_refers_ahead_waits(db: Db) {
    let acme = Acme::start(db).await;
    let mut managed = user("managed");
    managed["data"][ENTERPRISE]["manager"] = json!({"value": "bulkId:boss"});
    let done = operations(
        &acme.scim,
        &json!([
            group("outer", &["inner", "boss"]),
            group("inner", &["managed"]),
            managed,
            user("boss"),
        ]),
    )
    .await;
    assert_eq!(statuses(&done), ["201"; 4]);
    let ids: Vec<&str> = done.iter().map(created).collect();
    assert_eq!(members(&acme.scim, ids[1]).await, [ids[2]]);
    let mut outer = [ids[1], ids[3]];
    outer.sort_unstable();
    assert_eq!(members(&acme.scim, ids[0]).await, outer);
    let managed = acme.scim.read_user(ids[2]).await;
    assert_eq!(managed[ENTERPRISE]["manager"]["value"], ids[3]);
}

async fn a_path_can_refer(db: Db) {
    let acme = Acme::start(db).await;
    let add = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "add", "path": "members", "value": [{"value": "bulkId:late"}]}],
    });
    let done = operations(
        &acme.scim,
        &json!([
            {"method": "PATCH", "path": "/Groups/bulkId:g", "data": add},
            group("g", &["early"]),
            user("early"),
            user("late"),
            {"method": "DELETE", "path": "/Users/bulkId:early"},
        ]),
    )
    .await;
    assert_eq!(statuses(&done), ["200", "201", "201", "201", "204"]);
    assert_eq!(done[0]["location"], done[1]["location"]);
    assert_eq!(
        members(&acme.scim, created(&done[1])).await,
        [created(&done[3])]
    );
}

async fn a_circle_is_a_conflict(db: Db) {
    let acme = Acme::start(db).await;
    let done = operations(
        &acme.scim,
        &json!([
            group("a", &["b"]),
            group("b", &["a"]),
            group("self", &["self"]),
            user("fine"),
        ]),
    )
    .await;
    assert_eq!(statuses(&done), ["409", "409", "409", "201"]);
    for operation in &done[..3] {
        let detail = operation["response"]["detail"].as_str().expect("a detail");
        assert!(detail.contains("circle"), "{detail}");
    }
    let groups = acme.scim.get("/Groups").await.expect(200);
    assert_eq!(groups["totalResults"], 0);
}

async fn what_was_not_created_cant_be_referred_to(db: Db) {
    let acme = Acme::start(db).await;
    acme.scim.user("taken@northwind.example").await;
    let mut again = user("again");
    again["bulkId"] = json!("fine");
    let done = operations(
        &acme.scim,
        &json!([
            user("taken"),
            group("of taken", &["taken"]),
            group("of nobody", &["nobody"]),
            user("fine"),
            again,
            group("of fine", &["fine"]),
            {"method": "DELETE", "path": "/Users/bulkId:nobody"},
        ]),
    )
    .await;
    assert_eq!(
        statuses(&done),
        ["409", "400", "400", "201", "400", "201", "400"]
    );
    for (index, reference) in [
        (1, "bulkId:taken"),
        (2, "bulkId:nobody"),
        (6, "bulkId:nobody"),
    ] {
        let detail = done[index]["response"]["detail"]
            .as_str()
            .expect("a detail");
        assert!(detail.contains(reference), "{detail}");
        assert_eq!(done[index]["response"]["scimType"], "invalidValue");
    }
    assert_eq!(
        members(&acme.scim, created(&done[5])).await,
        [created(&done[3])]
    );
}
