//! What identity providers send, one normalisation after the other.

use serde_json::{Value, json};

use super::{alice, alice_after, refused};
use crate::schema::{ENTERPRISE_USER, USER};
use crate::testing::{ID, Strict, Tolerant, User, canonical, enterprise, patched, patching};
use crate::{ScimType, quirk};

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
    assert_eq!(
        patched.tolerances.iter().next(),
        Some((quirk::OPERATION_CASE, 1))
    );
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
        assert_eq!(removed, alice(), "RFC 7643 §2.1: in any letter case");
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
fn letter_case_makes_no_second_attribute_where_nobody_declared_one() {
    let user = canonical(
        User,
        &json!({"userName": "a", "urn:x:y:1.0": {"key": "v", "list": [{"value": "x", "a": 1}]}}),
    );
    let after = patched(
        User,
        &user,
        &json!([
            {"op": "replace", "path": "urn:x:y:1.0:KEY", "value": "w"},
            {"op": "replace", "path": "urn:x:y:1.0:List[value eq \"x\"].A", "value": 2},
            {"op": "add", "path": "urn:x:y:1.0:LIST", "value": [{"value": "x", "A": 3}]},
        ]),
    );
    let expected = json!({"key": "w", "list": [{"value": "x", "a": 3}]});
    assert_eq!(after["urn:x:y:1.0"], expected);
}
