use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::schema::ENTERPRISE_USER;
use crate::testing::{Strict, Tolerant, enterprise};
use crate::{ResourceType, ScimType, quirk};

fn read(strictness: Strictness, body: &Value) -> Result<BulkRequest, Error> {
    BulkRequest::read(strictness, body.to_string().as_bytes())
}

fn request(operations: &Value) -> BulkRequest {
    read(
        Strict,
        &json!({"schemas": [BULK_REQUEST], "Operations": operations}),
    )
    .unwrap()
}

fn user(bulk_id: &str, data: &Value) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data})
}

fn group(bulk_id: &str, members: &[&str]) -> Value {
    let members: Vec<_> = members
        .iter()
        .map(|id| json!({"value": format!("bulkId:{id}")}))
        .collect();
    json!({"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": {"displayName": bulk_id, "members": members}})
}

fn refused(request: &BulkRequest, index: usize) -> &Error {
    request.operations[index].verb.as_ref().unwrap_err()
}

#[test]
fn rfc7644_3_7_operations_are_read() {
    let request = request(&json!([
        user("qwerty", &json!({"userName": "Alice"})),
        {"method": "PUT", "path": "/Users/b7c14771", "version": "W/\"3\"", "data": {"userName": "Bob"}},
        {"method": "PATCH", "path": "/Groups/5d8d29d3", "data": {"Operations": []}},
        {"method": "DELETE", "path": "/Users/e9025315"},
    ]));
    let verbs: Vec<_> = request
        .operations
        .iter()
        .map(|operation| operation.verb.as_ref().unwrap())
        .map(|verb| (verb.method, verb.kind, verb.id.as_str()))
        .collect();
    assert_eq!(
        verbs,
        [
            (BulkMethod::Post, ResourceType::User, ""),
            (BulkMethod::Put, ResourceType::User, "b7c14771"),
            (BulkMethod::Patch, ResourceType::Group, "5d8d29d3"),
            (BulkMethod::Delete, ResourceType::User, "e9025315"),
        ]
    );
    let put = request.operations[1].verb.as_ref().unwrap();
    assert_eq!(put.version.as_deref(), Some("W/\"3\""));
    assert_eq!(request.operations[0].bulk_id.as_deref(), Some("qwerty"));
    assert_eq!(request.fail_on_errors, None);
    assert_eq!(request.order, [0, 1, 2, 3]);
}

#[test]
fn what_is_wrong_with_one_operation_is_its_own_failure() {
    let request = request(&json!([
        7,
        {"method": "GET", "path": "/Users/1"},
        {"method": "POST", "path": "/Users", "data": {}},
        {"method": "POST", "path": "/Users/1", "bulkId": "a", "data": {}},
        {"method": "PUT", "path": "/Users", "data": {}},
        {"method": "PUT", "path": "/Users/1"},
        {"method": "DELETE", "path": "Users/1"},
        {"method": "DELETE", "path": "/Devices/1"},
        {"method": "DELETE", "path": "/Users/1/name"},
        {"method": "DELETE", "path": "/Users/1", "version": 3},
        user("fine", &json!({"userName": "a"})),
    ]));
    for index in 0..10 {
        let error = refused(&request, index);
        assert!(matches!(error.status, 400 | 404), "{index}: {error}");
    }
    assert!(request.operations[10].verb.is_ok());
    assert_eq!(request.order.len(), 11);
}

#[test]
fn an_envelope_that_is_wrong_refuses_all() {
    for body in [
        json!({"Operations": []}),
        json!({"schemas": [BULK_REQUEST]}),
        json!({"schemas": [BULK_REQUEST], "Operations": {}}),
        json!({"schemas": [BULK_REQUEST], "Operations": [], "failOnErrors": 0}),
        json!({"schemas": [BULK_REQUEST], "Operations": [], "failOnErrors": "1"}),
    ] {
        assert!(read(Strict, &body).is_err(), "{body}");
    }
    let bare = read(Tolerant, &json!({"Operations": []})).unwrap();
    assert!(!bare.tolerances.is_empty());
}

#[test]
fn members_that_nobody_knows_are_counted_or_refused() {
    let post = json!({"method": "POST", "path": "/Users", "bulkId": "a", "data": {}});
    let with = |name: &str, value: Value| {
        let mut operation = post.clone();
        operation[name] = value;
        json!({"schemas": [BULK_REQUEST], "Operations": [operation]})
    };
    for (body, name) in [
        (with("status", json!("201")), "status"),
        (with("version", json!("W/\"1\"")), "version"),
    ] {
        let forgiven = read(Tolerant, &body).unwrap();
        let verb = forgiven.operations[0].verb.as_ref().unwrap();
        assert_eq!(verb.version, None);
        let counted: Vec<_> = forgiven.tolerances.iter().collect();
        assert_eq!(counted, [(quirk::UNKNOWN_ATTRIBUTE, 1)], "{body}");
        let strict = read(Strict, &body).unwrap();
        let error = refused(&strict, 0);
        assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax));
        assert!(error.detail.contains(name), "{error}");
    }
    let envelope = json!({"schemas": [BULK_REQUEST], "Operations": [], "failOnError": 1});
    let counted = read(Tolerant, &envelope).unwrap().tolerances;
    assert_eq!(
        counted.iter().collect::<Vec<_>>(),
        [(quirk::UNKNOWN_ATTRIBUTE, 1)]
    );
    let error = read(Strict, &envelope).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax));
    assert!(error.detail.contains("failOnError"), "{error}");
    // Nulls say nothing.
    let body = json!({"schemas": [BULK_REQUEST], "Operations": [
        {"METHOD": "DELETE", "path": "/Users/1", "BulkID": "x", "version": null, "data": null, "status": null},
    ]});
    assert!(read(Strict, &body).unwrap().operations[0].verb.is_ok());
}

#[test]
fn rfc7644_3_7_4_more_operations_than_advertised_are_too_large() {
    let operations = vec![json!({"method": "DELETE", "path": "/Users/1"}); MAX_BULK_OPERATIONS + 1];
    let error = read(
        Strict,
        &json!({"schemas": [BULK_REQUEST], "Operations": operations}),
    )
    .unwrap_err();
    assert_eq!(error.status, 413);
    assert!(error.detail.contains("1000"), "{error}");
}

#[test]
fn rfc7644_3_7_2_who_refers_to_a_later_operation_waits_for_it() {
    let request = request(&json!([
        group("g", &["b", "a"]),
        user("a", &json!({"userName": "a", "manager": {"value": "bulkId:b"}})),
        user("b", &json!({"userName": "b"})),
        {"method": "PATCH", "path": "/Groups/bulkId:g", "data": {"Operations": []}},
    ]));
    assert_eq!(request.order, [2, 1, 0, 3]);
}

#[test]
fn operations_on_one_resource_keep_their_order() {
    let request = request(&json!([
        {"method": "PATCH", "path": "/Groups/1", "data": {"members": {"value": "bulkId:a"}}},
        {"method": "DELETE", "path": "/Groups/1"},
        {"method": "DELETE", "path": "/Groups/2"},
        user("a", &json!({"userName": "a"})),
    ]));
    assert_eq!(request.order, [2, 3, 0, 1]);
}

#[test]
fn rfc7644_3_7_1_a_circle_is_a_conflict_and_the_others_go_on() {
    let request = request(&json!([
        group("a", &["b"]),
        group("b", &["a"]),
        group("self", &["self"]),
        group("waits", &["a"]),
        group("fine", &[]),
    ]));
    for index in 0..4 {
        assert_eq!(refused(&request, index).status, 409, "{index}");
    }
    assert!(request.operations[4].verb.is_ok());
    assert_eq!(request.order, [4, 0, 1, 2, 3]);
}

#[test]
fn a_bulk_id_is_given_once() {
    let request = request(&json!([
        user("a", &json!({"userName": "a"})),
        user("a", &json!({"userName": "b"})),
        group("g", &["a"]),
    ]));
    let error = refused(&request, 1);
    assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
    assert!(error.detail.contains("bulkId a"), "{error}");
    assert!(request.operations[0].verb.is_ok() && request.operations[2].verb.is_ok());
}

#[test]
fn references_become_ids_wherever_they_stand() {
    let mut verb = BulkVerb {
        method: BulkMethod::Patch,
        kind: ResourceType::Group,
        id: "bulkId:g".to_owned(),
        version: None,
        data: json!({"Operations": [{"op": "add", "path": "members", "value": [{"value": "bulkId:a"}, {"value": "b"}]}]}),
    };
    assert_eq!(verb.references(), ["a", "g"]);
    let some = HashMap::from([("a".to_owned(), "1".to_owned())]);
    let error = verb.clone().resolve(&some).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
    assert!(error.detail.contains("bulkId:g"), "{error}");
    let all = HashMap::from([
        ("a".to_owned(), "1".to_owned()),
        ("g".to_owned(), "2".to_owned()),
    ]);
    verb.resolve(&all).unwrap();
    assert_eq!(verb.id, "2");
    assert_eq!(
        verb.data["Operations"][0]["value"],
        json!([{"value": "1"}, {"value": "b"}])
    );
    assert!(verb.references().is_empty());
}

#[test]
fn a_text_is_a_reference_only_where_one_can_be() {
    let references = |data: Value| {
        let request = request(&json!([
            user("a", &json!({"userName": "a"})),
            {"method": "PATCH", "path": "/Groups/1", "data": data},
        ]));
        let verb = request.operations[1].verb.clone().unwrap();
        let found = verb.references().len();
        let created = HashMap::from([("a".to_owned(), "7".to_owned())]);
        let mut resolved = verb.clone();
        resolved.resolve(&created).unwrap();
        assert_eq!(resolved == verb, found == 0, "{verb:?}");
        found
    };
    let manager = enterprise("manager");
    for data in [
        json!({"members": [{"value": "bulkId:a"}]}),
        json!({"MEMBERS": [{"VALUE": "bulkId:a"}]}),
        json!({"members": [{"$ref": "bulkId:a"}]}),
        json!({"manager": "bulkId:a"}),
        json!({(ENTERPRISE_USER): {"manager": {"value": "bulkId:a"}}}),
        json!({"manager": {"managerId": "bulkId:a"}}),
        json!({(manager.as_str()): "bulkId:a"}),
        json!({"Operations": [{"op": "add", "path": "manager.value", "value": "bulkId:a"}]}),
        json!({"Operations": [{"op": "add", "path": manager, "value": "bulkId:a"}]}),
        json!({"Operations": [{"op": "add", "Path": "members", "value": [{"value": "bulkId:a"}]}]}),
        json!({"Operations": [{"op": "add", "value": {"members": [{"value": "bulkId:a"}]}}]}),
    ] {
        assert_eq!(references(data.clone()), 1, "{data}");
    }
    for data in [
        json!({"displayName": "bulkId:a", "title": "bulkId:nobody"}),
        json!({"members": [{"value": "1", "display": "bulkId:a"}]}),
        json!({"emails": [{"value": "bulkId:a"}]}),
        json!({"Operations": [{"op": "add", "path": "title", "value": "bulkId:a"}]}),
        json!({"Operations": [{"op": "add", "path": "emails[type eq \"manager:manager\"].value", "value": "bulkId:a"}]}),
    ] {
        assert_eq!(references(data.clone()), 0, "{data}");
    }
}

#[test]
fn a_failure_knows_its_resource() {
    let request = request(&json!([
        {"method": "PUT", "path": "/Users/1", "data": 7},
        {"method": "PUT", "path": "/Users/bulkId:a", "data": []},
        {"method": "POST", "path": "/Users", "bulkId": "b"},
        {"method": "PATCH", "path": "/Things/1"},
    ]));
    let created = HashMap::from([("a".to_owned(), "7".to_owned())]);
    let resources = |created| {
        let operations = request.operations.iter();
        operations
            .map(|it| it.resource(created))
            .collect::<Vec<_>>()
    };
    let is = |id: &str| Some((ResourceType::User, id.to_owned()));
    assert!(request.operations.iter().all(|it| it.verb.is_err()));
    assert_eq!(resources(&created), [is("1"), is("7"), None, None]);
    assert_eq!(resources(&HashMap::new()), [is("1"), None, None, None]);
}

#[test]
fn who_claims_the_same_name_is_known_in_any_letter_case() {
    let claims = |data: Value| {
        let request = request(&json!([user("a", &data)]));
        request.operations[0].verb.as_ref().unwrap().claims()
    };
    let mut ada = claims(json!({"userName": "Ada", "externalId": "7", "title": "x"}));
    ada.sort();
    assert_eq!(ada, ["externalid 7", "username ada"]);
    assert_eq!(claims(json!({"USERNAME": "ADA"})), ["username ada"]);
}

proptest! {
    /// Every operation comes once, and after those it refers to, unless it is refused.
    #[test]
    fn the_order_serves_every_reference(edges in proptest::collection::vec((0_usize..8, 0_usize..8), 0..12)) {
        let name = |number: usize| format!("n{number}");
        let operations: Vec<Value> = (0..8)
            .map(|from| {
                let to: Vec<String> = edges.iter().filter(|(a, _)| *a == from).map(|(_, b)| name(*b)).collect();
                let to: Vec<&str> = to.iter().map(String::as_str).collect();
                group(&name(from), &to)
            })
            .collect();
        let request = request(&json!(operations));
        let mut all = request.order.clone();
        all.sort_unstable();
        prop_assert_eq!(all, (0..8).collect::<Vec<_>>());
        let mut created = HashMap::new();
        let mut circular = false;
        for &index in &request.order {
            match &request.operations[index].verb {
                Ok(verb) => {
                    prop_assert!(verb.clone().resolve(&created).is_ok());
                    created.insert(name(index), index.to_string());
                }
                Err(error) => {
                    prop_assert_eq!(error.status, 409);
                    circular = true;
                }
            }
        }
        if edges.iter().all(|(from, to)| from > to) {
            prop_assert!(!circular);
        }
    }
}
