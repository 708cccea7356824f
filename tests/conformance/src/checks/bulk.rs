//! RFC 7644 §3.7: many operations in one request.

use serde_json::{Value, json};

use crate::answer::{Answer, equal, holds, id, text};
use crate::check::{Check, Checked, Need, Stop, ensure, fail, must};
use crate::session::{GROUP, Session, encode, group_path, user_path};

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// More operations than this aren't sent to see them refused.
const MANY: u64 = 10_000;

/// Larger bodies than this aren't sent to see them refused.
const LARGE: u64 = 8 << 20;

pub(super) fn checks() -> Vec<Check> {
    let mut checks = operations();
    checks.extend(references());
    checks.extend(limits());
    checks
        .into_iter()
        .map(|check| check.needs([Need::Bulk]))
        .collect()
}

async fn send(scim: &Session, operations: &Value) -> Checked<Answer> {
    scim.post(
        "/Bulk",
        &json!({"schemas": [REQUEST], "Operations": operations}),
    )
    .await
}

/// The results of operations, one for each, in a BulkResponse.
async fn bulk(scim: &Session, operations: &Value) -> Checked<Vec<Value>> {
    let body = send(scim, operations).await?.expect(200)?;
    equal("schemas", &body["schemas"], &json!([RESPONSE]))?;
    let Some(results) = body["Operations"].as_array() else {
        return fail("Operations is no array");
    };
    let asked = operations.as_array().map_or(0, Vec::len);
    ensure(results.len() == asked, || {
        format!("{} results of {asked}", results.len())
    })?;
    Ok(results.clone())
}

fn post(bulk_id: &str, path: &str, data: &Value) -> Value {
    json!({"method": "POST", "path": path, "bulkId": bulk_id, "data": data})
}

fn operations() -> Vec<Check> {
    vec![
        must(
            "rfc7644_3_7_results_stand_in_a_bulk_response",
            "A BulkResponse has a result for each operation, with the HTTP status as a string.",
            async |scim| {
                let results = bulk(
                    scim,
                    &json!([
                        post("one", "/Users", &scim.new_user(&json!({}))),
                        post("two", "/Users", &scim.new_user(&json!({}))),
                    ]),
                )
                .await?;
                for (result, name) in results.iter().zip(["one", "two"]) {
                    let expected = json!({"/method": "POST", "/status": "201", "/bulkId": name});
                    holds(result, &expected)?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_3_7_location_of_what_was_created",
            "location of a result is the resource's endpoint URL, REQUIRED but for a failed POST.",
            async |scim| {
                let user = scim.new_user(&json!({}));
                let results = bulk(scim, &json!([post("one", "/Users", &user)])).await?;
                let location = text(&results[0], "/location")?;
                let id = location.rsplit('/').next().unwrap_or_default();
                let read = scim.get(&format!("/Users/{id}")).await?.expect(200)?;
                equal("userName", &read["userName"], &user["userName"])
            },
        ),
        must(
            "rfc7644_3_7_put_is_an_operation",
            "method is POST, PUT, PATCH or DELETE; path is the resource's.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let path = user_path(&user)?;
                let new = scim.new_user(&json!({"displayName": "Bulky"}));
                let operations = json!([{"method": "PUT", "path": path, "data": new}]);
                let results = bulk(scim, &operations).await?;
                equal("status", &results[0]["status"], &"200".into())?;
                let read = scim.get(&path).await?.expect(200)?;
                equal("displayName", &read["displayName"], &"Bulky".into())
            },
        ),
        must(
            "rfc7644_3_7_patch_is_an_operation",
            "method is POST, PUT, PATCH or DELETE; data of a PATCH is its body.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let path = user_path(&user)?;
                let data = json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [{"op": "replace", "path": "displayName", "value": "Bulky"}],
                });
                let operations = json!([{"method": "PATCH", "path": path, "data": data}]);
                let results = bulk(scim, &operations).await?;
                let status = results[0]["status"].as_str();
                ensure(matches!(status, Some("200" | "204")), || {
                    format!("status is {status:?}")
                })?;
                let read = scim.get(&path).await?.expect(200)?;
                equal("displayName", &read["displayName"], &"Bulky".into())
            },
        )
        .needs([Need::Patch]),
        must(
            "rfc7644_3_7_delete_is_an_operation",
            "method is POST, PUT, PATCH or DELETE; a DELETE has no data.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let path = user_path(&user)?;
                let results = bulk(scim, &json!([{"method": "DELETE", "path": path}])).await?;
                equal("status", &results[0]["status"], &"204".into())?;
                scim.get(&path).await?.error(404).map(drop)
            },
        ),
        must(
            "rfc7644_3_7_failed_operation_has_an_error",
            "response of a failed operation is the error; the request itself is 200.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let again = scim.new_user(&json!({"userName": user["userName"]}));
                let results = bulk(scim, &json!([post("one", "/Users", &again)])).await?;
                let expected = json!({"/status": "409", "/response/status": "409"});
                holds(&results[0], &expected)?;
                equal(
                    "scimType",
                    &results[0]["response"]["scimType"],
                    &"uniqueness".into(),
                )
            },
        ),
        must(
            "rfc7644_3_7_failure_does_not_stop_the_others",
            "Without failOnErrors the server performs as many operations as it can.",
            async |scim| {
                let results = bulk(
                    scim,
                    &json!([
                        post("bad", "/Users", &scim.new_user(&json!({"userName": null}))),
                        post("good", "/Users", &scim.new_user(&json!({}))),
                    ]),
                )
                .await?;
                let status = |name: &str| {
                    let found = results.iter().find(|result| result["bulkId"] == name);
                    found
                        .map(|result| result["status"].clone())
                        .unwrap_or_default()
                };
                equal("status of bad", &status("bad"), &"400".into())?;
                equal("status of good", &status("good"), &"201".into())
            },
        ),
        must(
            "rfc7644_3_7_3_fail_on_errors_stops",
            "failOnErrors: after so many errors the server stops, and returns what it did.",
            async |scim| {
                let body = json!({
                    "schemas": [REQUEST],
                    "failOnErrors": 1,
                    "Operations": [
                        {"method": "DELETE", "path": "/Users/conformance-no-such-user"},
                        post("late", "/Users", &scim.new_user(&json!({}))),
                    ],
                });
                let answer = scim.post("/Bulk", &body).await?.expect(200)?;
                let results = answer["Operations"].as_array().cloned().unwrap_or_default();
                ensure(results.len() == 1, || {
                    format!("{} results of 1", results.len())
                })?;
                equal("status", &results[0]["status"], &"404".into())
            },
        ),
    ]
}

fn references() -> Vec<Check> {
    vec![
        must(
            "rfc7644_3_7_2_bulk_id_refers_to_what_is_created",
            "bulkId:NAME stands for the id of the resource that the operation NAME creates.",
            async |scim| {
                let name = scim.name();
                let group = json!({
                    "schemas": [GROUP], "displayName": name, "members": [{"value": "bulkId:user"}],
                });
                let results = bulk(
                    scim,
                    &json!([
                        post("user", "/Users", &scim.new_user(&json!({}))),
                        post("group", "/Groups", &group),
                    ]),
                )
                .await?;
                related(scim, &results).await
            },
        )
        .needs([Need::Group]),
        must(
            "rfc7644_3_7_2_bulk_id_may_be_used_before_it_is_made",
            "The server resolves references, whichever of the operations comes first.",
            async |scim| {
                let name = scim.name();
                let group = json!({
                    "schemas": [GROUP], "displayName": name, "members": [{"value": "bulkId:user"}],
                });
                let results = bulk(
                    scim,
                    &json!([
                        post("group", "/Groups", &group),
                        post("user", "/Users", &scim.new_user(&json!({}))),
                    ]),
                )
                .await?;
                related(scim, &results).await
            },
        )
        .needs([Need::Group]),
        must(
            "rfc7644_3_7_2_reference_to_nothing_fails",
            "A bulkId that no operation creates can't be resolved: the operation fails.",
            async |scim| {
                let group = json!({
                    "schemas": [GROUP],
                    "displayName": scim.name(),
                    "members": [{"value": "bulkId:nobody"}],
                });
                let results = bulk(scim, &json!([post("group", "/Groups", &group)])).await?;
                let status = text(&results[0], "/status")?;
                ensure(status.starts_with('4'), || format!("status is {status}"))
            },
        )
        .needs([Need::Group]),
    ]
}

/// The group that was created has the user that was created as its only member.
async fn related(scim: &Session, results: &[Value]) -> Checked {
    let created = |name: &'static str| {
        let result = results.iter().find(|result| result["bulkId"] == name);
        let location = result.and_then(|result| result["location"].as_str());
        let id = location.and_then(|location| location.rsplit('/').next());
        id.ok_or_else(|| Stop::Failed(format!("no {name} was created")))
    };
    let path = format!("/Groups/{}", encode(created("group")?));
    let group = scim.get(&path).await?.expect(200)?;
    equal(
        "members",
        &group["members"],
        &json!([{"value": created("user")?}]),
    )?;
    let read = scim.get(&group_path(&group)?).await?.expect(200)?;
    ensure(id(&read)? == id(&group)?, || {
        "another Group was read".to_owned()
    })
}

fn limits() -> Vec<Check> {
    vec![
        must(
            "rfc7644_3_7_4_too_many_operations_are_413",
            "More than maxOperations operations: 413.",
            async |scim| {
                let limit = &scim.features().config["bulk"]["maxOperations"];
                let Some(limit) = limit.as_u64().filter(|limit| *limit < MANY) else {
                    let reason = format!("maxOperations is {limit}: too many to try");
                    return Err(Stop::NotApplicable(reason));
                };
                let one = json!({"method": "DELETE", "path": "/Users/conformance-no-such-user"});
                let many = vec![one; limit as usize + 1];
                send(scim, &many.into()).await?.error(413).map(drop)
            },
        ),
        must(
            "rfc7644_3_7_4_too_large_a_request_is_413",
            "A request larger than maxPayloadSize: 413.",
            async |scim| {
                let limit = &scim.features().config["bulk"]["maxPayloadSize"];
                let Some(limit) = limit.as_u64().filter(|limit| *limit < LARGE) else {
                    let reason = format!("maxPayloadSize is {limit}: too large to try");
                    return Err(Stop::NotApplicable(reason));
                };
                let user = scim.new_user(&json!({"displayName": "x".repeat(limit as usize)}));
                send(scim, &json!([post("one", "/Users", &user)]))
                    .await?
                    .error(413)
                    .map(drop)
            },
        ),
    ]
}
