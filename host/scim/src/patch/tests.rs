mod members;
mod properties;
mod rfc;

use serde_json::{Value, json};

use super::*;
use crate::schema::{ENTERPRISE_USER, USER};
use crate::testing::{
    ACME, Group, ID, Strict, Tolerant, User, canonical, enterprise, extended, patched, patching,
};
use crate::{PatchRequest, ScimType, quirk};

/// Alice as Entra creates her.
fn alice() -> Object {
    canonical(
        User,
        &json!({
            "userName": "alice@contoso.example",
            "active": true,
            "displayName": "Alice",
            "name": {"formatted": "Alice One", "familyName": "One", "givenName": "Alice"},
            "emails": [{"primary": true, "type": "work", "value": "alice@contoso.example"}],
            (ENTERPRISE_USER): {"employeeNumber": "701984", "department": "Sales"},
        }),
    )
}

fn alice_after(operations: &Value) -> Object {
    patched(User, &alice(), operations)
}

fn refused(operations: &Value) -> Option<ScimType> {
    let error = patching(User, Tolerant, &alice(), operations)
        .map(|(doc, _)| panic!("{operations} was taken: {doc:?}"))
        .unwrap_err();
    assert_eq!(error.status, 400);
    error.scim_type
}

#[test]
fn n1_operations_are_case_insensitive() {
    for op in ["replace", "Replace", "REPLACE"] {
        let doc = alice_after(&json!([{"OP": op, "Path": "TITLE", "Value": "Boss"}]));
        assert_eq!(doc["title"], "Boss");
    }
}

#[test]
fn n2_false_as_a_string_deactivates() {
    for value in [json!("False"), json!("false"), json!(false)] {
        let with_path = json!([{"op": "Replace", "path": "active", "value": value}]);
        assert_eq!(alice_after(&with_path)["active"], false);
        let without = json!([{"op": "Replace", "value": {"active": value}}]);
        assert_eq!(alice_after(&without)["active"], false);
    }
    let strict = json!([{"op": "replace", "path": "active", "value": "False"}]);
    assert!(patching(User, Strict, &alice(), &strict).is_err());
}

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
fn n3_keys_are_paths() {
    let doc = alice_after(&json!([{"op": "replace", "value": {
        "displayName": "Alice Two",
        "name.givenName": "Alicia",
        "name.familyName": "Two",
        (enterprise("employeeNumber")): "Aklq",
        "emails[type eq \"work\"].value": "alice2@contoso.example",
        "urn:ietf:params:scim:schemas:core:2.0:User:nickName": "Al",
    }}]));
    assert_eq!(doc["displayName"], "Alice Two");
    assert_eq!(doc["nickName"], "Al");
    let name = json!({"formatted": "Alice One", "familyName": "Two", "givenName": "Alicia"});
    assert_eq!(doc["name"], name);
    assert_eq!(
        doc[ENTERPRISE_USER],
        json!({"employeeNumber": "Aklq", "department": "Sales"})
    );
    assert_eq!(
        doc["emails"],
        json!([{"value": "alice2@contoso.example", "type": "work", "primary": true}])
    );
    assert!(
        doc.keys()
            .all(|key| !key.contains('.') || key == ENTERPRISE_USER)
    );
}

#[test]
fn n4_nested_objects_merge() {
    let doc = alice_after(&json!([{"op": "replace", "value": {
        "name": {"givenName": "Alicia"},
        (ENTERPRISE_USER): {"department": "R&D"},
    }}]));
    assert_eq!(doc["name"]["familyName"], "One");
    assert_eq!(
        doc[ENTERPRISE_USER],
        json!({"employeeNumber": "701984", "department": "R&D"})
    );
}

#[test]
fn n5_n6_value_paths_that_match_nothing_create() {
    let doc = alice_after(&json!([
        {"op": "add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+1 555 0100"},
        {"op": "Replace", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1 555 0101"},
        {"op": "add", "path": "addresses[type eq \"work\"].country", "value": "US"},
        {"op": "add", "path": "addresses[type eq \"work\"].streetAddress", "value": "1 Main St"},
        {"op": "add", "path": "addresses[type eq \"other\"].formatted", "value": "18/2111"},
        {"op": "Add", "path": "roles[primary eq \"True\"].display", "value": "User"},
        {"op": "Add", "path": "roles[primary eq \"true\"].value", "value": "u"},
    ]));
    assert_eq!(
        doc["phoneNumbers"],
        json!([{"value": "+1 555 0100", "type": "work"}, {"value": "+1 555 0101", "type": "mobile"}])
    );
    assert_eq!(
        doc["addresses"],
        json!([{"streetAddress": "1 Main St", "country": "US", "type": "work"},
               {"formatted": "18/2111", "type": "other"}])
    );
    assert_eq!(
        doc["roles"],
        json!([{"value": "u", "display": "User", "primary": true}])
    );
}

#[test]
fn n5_only_equalities_describe_what_to_create() {
    for filter in [
        "type eq \"a\" or type eq \"b\"",
        "type sw \"w\"",
        "not (type eq \"work\")",
        "type pr",
    ] {
        let path = format!("phoneNumbers[{filter}].value");
        let operations = json!([{"op": "add", "path": path, "value": "1"}]);
        assert_eq!(refused(&operations), Some(ScimType::NoTarget), "{filter}");
    }
    let strict =
        json!([{"op": "replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "1"}]);
    let error = patching(User, Strict, &alice(), &strict).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::NoTarget));
}

#[test]
fn n7_every_shape_of_a_manager_at_every_path() {
    let shapes = [
        json!({"value": "m1"}),
        json!("m1"),
        json!([{"$ref": null, "value": "m1"}]),
        json!({"managerId": "m1"}),
    ];
    for shape in &shapes {
        for path in [enterprise("manager"), "manager".to_owned()] {
            for op in ["add", "Replace"] {
                let doc = alice_after(&json!([{"op": op, "path": path, "value": shape}]));
                assert_eq!(
                    doc[ENTERPRISE_USER]["manager"],
                    json!({"value": "m1"}),
                    "{shape}"
                );
            }
        }
    }
    let managed = alice_after(
        &json!([{"op": "add", "value": {"manager": {"value": "m1", "$ref": "../Users/m1"}}}]),
    );
    for empty in [json!({"value": ""}), json!(""), json!(null), json!([])] {
        let operations = json!([{"op": "Replace", "path": enterprise("manager"), "value": empty}]);
        let doc = patched(User, &managed, &operations);
        assert_eq!(doc[ENTERPRISE_USER].get("manager"), None, "{empty}");
    }
}

#[test]
fn the_address_of_the_old_manager_does_not_stay_with_the_new_one() {
    let managed = alice_after(
        &json!([{"op": "add", "value": {"manager": {"value": "m1", "$ref": "../Users/m1"}}}]),
    );
    let same = patched(
        User,
        &managed,
        &json!([{"op": "replace", "path": "manager", "value": "m1"}]),
    );
    assert_eq!(same, managed);
    let other = patched(
        User,
        &managed,
        &json!([{"op": "replace", "path": "manager.value", "value": "m2"}]),
    );
    assert_eq!(other[ENTERPRISE_USER]["manager"], json!({"value": "m2"}));
}

#[test]
fn n7_entra_wraps_strings_too() {
    let doc = alice_after(&json!([
        {"op": "Replace", "path": "displayName", "value": [{"$ref": null, "value": "Alice Three"}]}
    ]));
    assert_eq!(doc["displayName"], "Alice Three");
}

#[test]
fn n8_values_are_removed_by_a_list() {
    let two = alice_after(
        &json!([{"op": "add", "path": "emails", "value": [{"value": "b", "type": "home"}]}]),
    );
    let doc = patched(
        User,
        &two,
        &json!([{"op": "Remove", "path": "emails", "value": [{"value": "b"}]}]),
    );
    assert_eq!(doc, alice());
    let nobody = patched(
        User,
        &two,
        &json!([{"op": "Remove", "path": "emails", "value": []}]),
    );
    assert_eq!(nobody, two);
}

#[test]
fn n9_the_value_of_a_scalar_removal_says_nothing() {
    let (doc, patched) = patching(
        User,
        Tolerant,
        &alice(),
        &json!([{"op": "Remove", "path": "displayName", "value": "x"}]),
    )
    .unwrap();
    assert!(!doc.contains_key("displayName"));
    assert_eq!(patched.tolerances.iter().next(), Some((quirk::OP_CASE, 1)));
}

#[test]
fn n10_empty_strings_and_nulls_clear() {
    for empty in [json!(""), json!(null)] {
        let doc = alice_after(&json!([
            {"op": "replace", "path": "displayName", "value": empty},
            {"op": "add", "path": "name.familyName", "value": empty},
            {"op": "replace", "path": "emails[type eq \"work\"].value", "value": empty},
            {"op": "replace", "path": "phoneNumbers[type eq \"work\"].value", "value": empty},
            {"op": "replace", "value": {(ENTERPRISE_USER): {"department": empty}, "employeeNumber": empty}},
        ]));
        assert_eq!(
            Value::Object(doc),
            json!({
                "schemas": [USER], "userName": "alice@contoso.example",
                "name": {"formatted": "Alice One", "givenName": "Alice"}, "active": true,
            })
        );
    }
}

#[test]
fn n14_what_clients_repeat_is_ignored_beside_what_they_change() {
    let (doc, patched) = patching(User, Tolerant, &alice(), &json!([{"op": "replace", "value": {
        "id": ID, "meta": {"version": "x"}, "groups": [], "password": "s3cret", "schemas": [USER], "title": "T",
    }}]))
    .unwrap();
    assert_eq!(doc["title"], "T");
    assert!(!format!("{doc:?}").contains("s3cret") && !doc.contains_key("groups"));
    assert_eq!(
        patched.tolerances.iter().collect::<Vec<_>>(),
        [(quirk::READ_ONLY_IN_VALUE, 2)]
    );
}

#[test]
fn n21_the_id_can_not_become_another() {
    let (doc, patched) = patching(
        User,
        Strict,
        &alice(),
        &json!([{"op": "replace", "value": {"id": ID}}]),
    )
    .unwrap();
    assert_eq!((doc, patched.changed), (alice(), false));
    for operation in [
        json!({"op": "replace", "value": {"id": "other"}}),
        json!({"op": "replace", "path": "id", "value": "other"}),
        json!({"op": "remove", "path": "id"}),
        json!({"op": "replace", "path": "meta.version", "value": "W/\"9\""}),
        json!({"op": "add", "path": "groups", "value": [{"value": "g"}]}),
        json!({"op": "replace", "path": enterprise("manager.displayName"), "value": "x"}),
        json!({"op": "remove", "path": "schemas"}),
    ] {
        assert_eq!(
            refused(&json!([operation])),
            Some(ScimType::Mutability),
            "{operation}"
        );
    }
}

#[test]
fn attributes_of_undeclared_extensions_are_written() {
    let urn = "urn:ietf:params:scim:schemas:extension:other:2.0:User";
    let path = format!("{urn}:externalTenantId");
    for operations in [
        json!([{"op": "Add", "path": path, "value": "t-1"}]),
        json!([{"op": "replace", "value": {(path.as_str()): "t-1"}}]),
        json!([{"op": "replace", "value": {(urn): {"externalTenantId": "t-1"}}}]),
        json!([{"op": "add", "path": urn, "value": {"externalTenantId": "t-1"}}]),
    ] {
        let doc = alice_after(&operations);
        assert_eq!(doc[urn], json!({"externalTenantId": "t-1"}), "{operations}");
        assert_eq!(doc["schemas"], json!([USER, ENTERPRISE_USER, urn]));
        assert!(patching(User, Strict, &alice(), &operations).is_err());
        let removed = patched(
            User,
            &doc,
            &json!([{"op": "remove", "path": path.to_uppercase()}]),
        );
        assert!(
            removed.contains_key(urn),
            "names of attributes nobody declared are exact"
        );
        assert_eq!(
            patched(User, &doc, &json!([{"op": "remove", "path": path}])),
            alice()
        );
        assert_eq!(
            patched(User, &doc, &json!([{"op": "remove", "path": urn}])),
            alice()
        );
    }
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
fn many_operations_on_many_values_are_bounded() {
    let roles: Vec<Value> = (0..1000).map(|n| json!({"value": n.to_string()})).collect();
    let user = canonical(User, &json!({"userName": "a", "roles": roles}));
    let operation = json!({"op": "remove", "path": "roles[value eq \"none\"]"});
    let error = patching(User, Tolerant, &user, &json!(vec![operation; 6000])).unwrap_err();
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
