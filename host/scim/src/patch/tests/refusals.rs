//! What is refused, and what counts as a change.

use serde_json::{Value, json};

use super::{alice, alice_after, refused};
use crate::schema::ENTERPRISE_USER;
use crate::testing::{ACME, Group, Strict, Tolerant, User, canonical, extended, patched, patching};
use crate::{PatchRequest, ScimType, quirk};

#[test]
fn nobody_is_activated_by_a_missing_value() {
    let inactive = alice_after(&json!([{"op": "replace", "path": "active", "value": false}]));
    for value in [json!(null), json!(""), json!([])] {
        for operation in [
            json!({"op": "replace", "path": "active", "value": value}),
            json!({"op": "add", "value": {"active": value}}),
        ] {
            let error = patching(User, Tolerant, &inactive, &json!([operation])).unwrap_err();
            assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
        }
    }
    let remove = json!([{"op": "remove", "path": "active"}]);
    let error = patching(User, Tolerant, &inactive, &remove).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::Mutability));
}

#[test]
fn what_is_not_understood_is_refused() {
    let wrong = [
        (
            json!([{"op": "replace", "path": "foo", "value": 1}]),
            ScimType::InvalidPath,
        ),
        (
            json!([{"op": "replace", "path": "emails[type eq]", "value": 1}]),
            ScimType::InvalidPath,
        ),
        (
            json!([{"op": "replace", "path": 7, "value": 1}]),
            ScimType::InvalidPath,
        ),
        (
            json!([{"op": "replace", "value": {"emails[type": 1}}]),
            ScimType::InvalidPath,
        ),
        (
            json!([{"op": "move", "path": "title"}]),
            ScimType::InvalidSyntax,
        ),
        (
            json!([{"path": "title", "value": "x"}]),
            ScimType::InvalidSyntax,
        ),
        (
            json!([{"op": "add", "OP": "remove", "path": "title", "value": "x"}]),
            ScimType::InvalidSyntax,
        ),
        (json!(["add"]), ScimType::InvalidSyntax),
        (json!([{"op": "remove"}]), ScimType::NoTarget),
        (
            json!([{"op": "remove", "value": {"title": "x"}}]),
            ScimType::NoTarget,
        ),
        (
            json!([{"op": "add", "path": "title"}]),
            ScimType::InvalidValue,
        ),
        (json!([{"op": "add", "value": "x"}]), ScimType::InvalidValue),
        (
            json!([{"op": "replace", "path": "name", "value": "x"}]),
            ScimType::InvalidValue,
        ),
        (
            json!([{"op": "replace", "path": "title", "value": {"x": 1}}]),
            ScimType::InvalidValue,
        ),
        (
            json!([{"op": "replace", "path": ENTERPRISE_USER, "value": "x"}]),
            ScimType::InvalidValue,
        ),
        (
            json!([{"op": "replace", "path": "userName", "value": ""}]),
            ScimType::InvalidValue,
        ),
        (
            json!([{"op": "remove", "path": "userName"}]),
            ScimType::Mutability,
        ),
    ];
    for (operations, scim_type) in wrong {
        assert_eq!(refused(&operations), Some(scim_type), "{operations}");
    }
}

#[test]
fn which_of_several_values_has_to_be_said() {
    let two = alice_after(&json!([{"op": "add", "path": "emails", "value": {"value": "b"}}]));
    let operations = json!([{"op": "replace", "path": "emails.value", "value": "x"}]);
    let error = patching(User, Tolerant, &two, &operations).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::NoTarget));
    assert_eq!(alice_after(&operations)["emails"][0]["value"], "x");
    assert_eq!(
        patched(
            User,
            &two,
            &json!([{"op": "remove", "path": "emails.type"}])
        )["emails"][0]
            .get("type"),
        None
    );
}

#[test]
fn only_the_result_is_validated_and_it_is() {
    let doc = alice_after(&json!([
        {"op": "add", "path": "title", "value": "x"},
        {"op": "remove", "path": "title"},
    ]));
    assert_eq!(doc, alice());
    let origin = json!([{"op": "add", "path": format!("{ACME}:origin"), "value": "hr"}]);
    let with_origin = alice_after(&origin);
    assert_eq!(patched(User, &with_origin, &origin), with_origin);
    for operation in [
        json!({"op": "replace", "path": format!("{ACME}:origin"), "value": "crm"}),
        json!({"op": "remove", "path": format!("{ACME}:origin")}),
    ] {
        let error = patching(User, Tolerant, &with_origin, &json!([operation])).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::Mutability));
    }
}

#[test]
fn an_error_names_its_operation() {
    let operations = json!([
        {"op": "add", "path": "title", "value": "x"},
        {"op": "add", "path": "active", "value": "maybe"},
    ]);
    let error = patching(User, Tolerant, &alice(), &operations).unwrap_err();
    assert_eq!(error.detail, "operation 2: active must be true or false");
}

#[test]
fn an_empty_patch_is_forgiven_or_refused() {
    let (doc, patched) = patching(User, Tolerant, &alice(), &json!([])).unwrap();
    assert_eq!((doc, patched.changed), (alice(), false));
    assert!(!patched.tolerances.is_empty());
    assert_eq!(
        patching(User, Strict, &alice(), &json!([]))
            .unwrap_err()
            .scim_type,
        Some(ScimType::InvalidSyntax)
    );
}

#[test]
fn the_envelope_is_checked() {
    let request = |strictness, body: Value| {
        PatchRequest::read(&extended(), User, strictness, body.to_string().as_bytes()).map(|_| ())
    };
    let operation = json!({"op": "add", "path": "title", "value": "x"});
    assert!(request(Tolerant, json!({"operations": [operation]})).is_ok());
    assert!(request(Strict, json!({"Operations": [operation]})).is_err());
    for body in [
        json!({}),
        json!({"Operations": {}}),
        json!({"Operations": operation}),
        json!({"title": "x"}),
    ] {
        assert_eq!(
            request(Tolerant, body).unwrap_err().scim_type,
            Some(ScimType::InvalidSyntax)
        );
    }
    let many = vec![operation; crate::limits::MAX_OPERATIONS + 1];
    assert_eq!(
        request(Tolerant, json!({"Operations": many}))
            .unwrap_err()
            .scim_type,
        Some(ScimType::TooMany)
    );
}

#[test]
fn members_that_nobody_knows_are_counted_or_refused() {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
    let operation = json!({"op": "add", "path": "title", "value": "x"});
    let mut named = operation.clone();
    named["name"] = json!("addTitle");
    for (body, name) in [
        (
            json!({"schemas": schemas, "Operations": [operation], "title": "y"}),
            "title",
        ),
        (json!({"schemas": schemas, "Operations": [named]}), "name"),
    ] {
        let read = |strictness| {
            PatchRequest::read(&extended(), User, strictness, body.to_string().as_bytes())
        };
        let forgiven = read(Tolerant).unwrap().tolerances;
        let counted: Vec<_> = forgiven.iter().collect();
        assert_eq!(counted, [(quirk::UNKNOWN_ATTRIBUTE, 1)], "{body}");
        let error = read(Strict).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax));
        assert!(error.detail.contains(name), "{error}");
    }
}

#[test]
fn many_operations_on_many_values_are_bounded() {
    let roles: Vec<Value> = (0..1000).map(|n| json!({"value": n.to_string()})).collect();
    let user = canonical(User, &json!({"userName": "a", "roles": roles}));
    let operation = json!({"op": "remove", "path": "roles[value eq \"none\"]"});
    let error = patching(User, Tolerant, &user, &json!(vec![operation; 6000])).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::TooMany));
}

#[test]
fn what_operations_compare_with_each_other_is_bounded() {
    let emails: Vec<Value> = (0..900).map(|n| json!({"value": n.to_string()})).collect();
    let add = json!({"op": "add", "path": "emails", "value": emails});
    let remove = json!({"op": "remove", "path": "emails"});
    let twenty: Vec<Value> = [add, remove].into_iter().cycle().take(40).collect();
    assert_eq!(refused(&json!(twenty)), Some(ScimType::TooMany));
    assert!(patching(User, Tolerant, &alice(), &json!(twenty[..2])).is_ok());
}

#[test]
fn what_is_slow_to_fold_weighs_more() {
    let folding = |text: &str| {
        let value = text.repeat(8_000 / text.len());
        let role = |n| json!({"value": format!("{n} {value}")});
        let roles: Vec<Value> = (0..100).map(role).collect();
        let user = canonical(User, &json!({"userName": "a", "roles": roles}));
        let operation = json!({"op": "remove", "path": "roles[display co \"x\"]"});
        patching(User, Tolerant, &user, &json!(vec![operation; 100]))
    };
    assert!(folding("ab").is_ok());
    assert_eq!(folding("é").unwrap_err().scim_type, Some(ScimType::TooMany));
}

#[test]
fn what_one_operation_writes_into_many_values_is_bounded() {
    let roles: Vec<Value> = (0..1000).map(|n| json!({"value": n.to_string()})).collect();
    let user = canonical(User, &json!({"userName": "a", "roles": roles}));
    let write = |length: usize, times: usize| {
        let operations: Vec<Value> = (0..times)
            .map(|n| if n % 2 == 0 { "x" } else { "y" }.repeat(length))
            .map(|text| json!({"op": "replace", "path": "roles[value pr].display", "value": text}))
            .collect();
        patching(User, Tolerant, &user, &json!(operations))
    };
    assert!(write(1000, 1).is_ok());
    let larger = write(6_000, 1).unwrap_err();
    assert_eq!(larger.scim_type, Some(ScimType::TooMany));
    assert!(larger.detail.contains("larger"), "{larger}");
    assert_eq!(
        write(60_000, 20).unwrap_err().scim_type,
        Some(ScimType::TooMany)
    );
}

#[test]
fn what_was_too_large_before_can_shrink() {
    let mut user = alice();
    user.insert(
        "title".to_owned(),
        "x".repeat(crate::limits::MAX_BODY).into(),
    );
    let smaller = json!([{"op": "replace", "path": "active", "value": false}, {"op": "remove", "path": "nickName"},
        {"op": "remove", "path": "displayName"}]);
    assert!(patching(User, Tolerant, &user, &smaller).is_ok());
}

#[test]
fn objects_that_operations_make_are_bounded() {
    for path in ["urn:x:y:1.0:a", "urn:x:y:1.0:a.b", "urn:x:y{}:1.0:a"] {
        let add = |n: usize| {
            let path = if path.contains("{}") {
                path.replace("{}", &n.to_string())
            } else {
                format!("{path}{n}")
            };
            json!({"op": "add", "path": path, "value": "x"})
        };
        let some: Vec<Value> = (0..200).map(add).collect();
        assert!(patching(User, Tolerant, &alice(), &json!(some)).is_ok());
        let many: Vec<Value> = (0..300).map(add).collect();
        assert_eq!(refused(&json!(many)), Some(ScimType::TooMany), "{path}");
    }
}

#[test]
fn comparisons_with_all_members_are_bounded() {
    let group = canonical(Group, &json!({"displayName": "Sales"}));
    let remove = |path: &str, times: usize| {
        let operation = json!({"op": "remove", "path": path});
        patching(Group, Tolerant, &group, &json!(vec![operation; times]))
    };
    assert!(remove("members[value eq \"a\"]", 1000).is_ok());
    assert!(remove("members[display eq \"a\" or type eq \"b\"]", 32).is_ok());
    let error = remove("members[display eq \"a\" or type eq \"b\"]", 33).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::TooMany));
}

#[test]
fn changed_is_about_the_document() {
    let changed = |operations: Value| {
        patching(User, Tolerant, &alice(), &operations)
            .unwrap()
            .1
            .changed
    };
    assert!(!changed(
        json!([{"op": "replace", "value": {"displayName": "Alice", "active": "True"}}])
    ));
    assert!(!changed(
        json!([{"op": "add", "path": "emails", "value": alice()["emails"]}])
    ));
    assert!(!changed(json!([{"op": "remove", "path": "title"}])));
    assert!(changed(
        json!([{"op": "replace", "path": "displayName", "value": "Alice B"}])
    ));
    let group = canonical(Group, &json!({"displayName": "Sales"}));
    let add = json!([{"op": "add", "path": "members", "value": [{"value": "u1"}]}]);
    assert!(!patching(Group, Tolerant, &group, &add).unwrap().1.changed);
}
