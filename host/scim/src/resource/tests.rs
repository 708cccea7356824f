mod dialects;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::schema::{ENTERPRISE_USER, USER};
use crate::testing::{ACME, Group, Strict, Tolerant, User, canonical, extended, object, reading};
use crate::{Object, ScimType, quirk};

const META: Meta<'_> = Meta {
    id: "2819c223",
    version: 3,
    created_ms: 1_305_261_754_000,
    modified_ms: 1_305_261_754_123,
    location: "https://x/Users/2819c223",
};

/// What a tolerant connection forgives in a user.
fn counted(body: &Value) -> Vec<(&'static str, u32)> {
    let read = reading(User, Tolerant, body).unwrap();
    read.tolerances.iter().collect()
}

#[test]
fn rfc7643_8_2_a_full_user_is_read_and_answered() {
    let body = json!({
        "schemas": [USER, ENTERPRISE_USER],
        "id": "theirs",
        "externalId": "701984",
        "userName": "bjensen@example.com",
        "name": {"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara"},
        "emails": [{"value": "bjensen@example.com", "type": "work", "primary": true}],
        "groups": [{"value": "e9e30dba", "display": "Tour Guides"}],
        "password": "t1meMa$heen",
        "active": true,
        (ENTERPRISE_USER): {"employeeNumber": "701984", "manager": {"value": "26118915", "$ref": "../Users/26118915"}},
        "meta": {"resourceType": "User", "location": "https://elsewhere"},
    });
    let read = reading(User, Strict, &body).unwrap();
    assert!(read.tolerances.is_empty());
    let answer = Value::Object(render(User, &read.resource, &META));
    assert_eq!(
        answer,
        json!({
            "schemas": [USER, ENTERPRISE_USER],
            "id": "2819c223",
            "externalId": "701984",
            "userName": "bjensen@example.com",
            "name": {"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara"},
            "active": true,
            "emails": [{"value": "bjensen@example.com", "type": "work", "primary": true}],
            (ENTERPRISE_USER): {"employeeNumber": "701984", "manager": {"value": "26118915", "$ref": "../Users/26118915"}},
            "meta": {
                "resourceType": "User",
                "created": "2011-05-13T04:42:34.000Z",
                "lastModified": "2011-05-13T04:42:34.123Z",
                "location": "https://x/Users/2819c223",
                "version": "W/\"3\"",
            },
        })
    );
    let names: Vec<&String> = answer.as_object().unwrap().keys().collect();
    assert_eq!(names[..3], ["schemas", "id", "externalId"]);
    assert_eq!(*names[names.len() - 1], "meta");
}

#[test]
fn n14_passwords_are_never_kept() {
    let stored = canonical(
        User,
        &json!({"userName": "a", "Password": "1mz050nq", "groups": []}),
    );
    assert!(!Value::Object(stored).to_string().contains("1mz050nq"));
}

#[test]
fn n12_unknown_schema_uris_are_dropped_or_refused() {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group",
                    "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "displayName": "Sales",
    });
    let read = reading(Group, Tolerant, &body).unwrap();
    assert_eq!(
        read.resource["schemas"],
        json!(["urn:ietf:params:scim:schemas:core:2.0:Group"])
    );
    assert_eq!(
        read.tolerances.iter().collect::<Vec<_>>(),
        [(quirk::SCHEMA_URI, 1)]
    );
    assert_eq!(
        reading(Group, Strict, &body).unwrap_err().scim_type,
        Some(ScimType::InvalidSyntax)
    );
    for schemas in [
        json!(null),
        json!([]),
        json!(["urn:ietf:params:scim:schemas:core:2.0:User"]),
    ] {
        let body = json!({"schemas": schemas, "displayName": "Sales"});
        assert!(reading(Group, Tolerant, &body).is_ok());
        assert!(reading(Group, Strict, &body).is_err(), "{body}");
    }
    assert!(
        reading(
            Group,
            Tolerant,
            &json!({"schemas": "x", "displayName": "Sales"})
        )
        .is_err()
    );
}

#[test]
fn n12_an_outdated_enterprise_extension_becomes_ours() {
    let stored = canonical(
        User,
        &json!({
            "schemas": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"],
            "userName": "a",
            "urn:scim:schemas:extension:enterprise:2.0": {"department": "Sales", "manager": {"managerId": "7"}},
        }),
    );
    assert_eq!(
        stored[ENTERPRISE_USER],
        json!({"department": "Sales", "manager": {"value": "7"}})
    );
    assert_eq!(stored["schemas"], json!([USER, ENTERPRISE_USER]));
}

#[test]
fn n13_extension_attributes_at_the_top_move_into_the_extension() {
    let stored = canonical(
        User,
        &json!({
            "userName": "a", "department": "Top", "manager": "7", (ENTERPRISE_USER): {"division": "Right"},
        }),
    );
    assert_eq!(
        stored[ENTERPRISE_USER],
        json!({"department": "Top", "division": "Right", "manager": {"value": "7"}})
    );
    assert!(!stored.contains_key("department"));
    let strict = json!({"schemas": [USER], "userName": "a", "department": "Top"});
    assert_eq!(
        reading(User, Strict, &strict).unwrap_err().scim_type,
        Some(ScimType::InvalidSyntax)
    );
}

#[test]
fn unknown_attributes_are_dropped_and_counted_or_refused() {
    let body = json!({"schemas": [USER], "userName": "a", "foo": 1, "name": {"bar": 2}});
    let read = reading(User, Tolerant, &body).unwrap();
    assert_eq!(
        read.tolerances.iter().collect::<Vec<_>>(),
        [(quirk::UNKNOWN_ATTRIBUTE, 2)]
    );
    assert_eq!(
        read.resource.keys().collect::<Vec<_>>(),
        ["schemas", "userName", "active"]
    );
    let error = reading(User, Strict, &body).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax));
    assert!(error.detail.contains("foo"), "{error}");
}

#[test]
fn undeclared_extensions_are_kept_verbatim() {
    let urn = "urn:ietf:params:scim:schemas:extension:other:2.0:User";
    let extension = json!({"externalTenantId": "t-1", "Nested": {"a": [1, {"b": null}]}});
    let stored = canonical(User, &json!({"userName": "a", (urn): extension}));
    assert_eq!(stored[urn], extension);
    assert_eq!(stored["schemas"], json!([USER, urn]));
}

#[test]
fn what_is_missing_is_named() {
    for (kind, name) in [(User, "userName"), (Group, "displayName")] {
        for body in [json!({}), json!({(name): ""}), json!({(name): null})] {
            let error = reading(kind, Tolerant, &body).unwrap_err();
            assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
            assert!(error.detail.contains(name), "{error}");
        }
    }
}

#[test]
fn a_name_given_twice_is_a_contradiction() {
    for body in [
        json!({"userName": "a", "username": "b"}),
        json!({"userName": "a", "name": {"givenName": "a", "GIVENNAME": "b"}}),
    ] {
        assert_eq!(
            reading(User, Tolerant, &body).unwrap_err().scim_type,
            Some(ScimType::InvalidSyntax)
        );
    }
}

#[test]
fn u0000_is_refused_everywhere() {
    for body in [
        json!({"userName": "a\0"}),
        json!({"userName": "a", "urn:x:y:z": {"a": ["\0"]}}),
    ] {
        assert_eq!(
            reading(User, Tolerant, &body).unwrap_err().scim_type,
            Some(ScimType::InvalidValue)
        );
    }
}

#[test]
fn active_is_on_every_user_and_no_group() {
    assert_eq!(canonical(User, &json!({"userName": "a"}))["active"], true);
    assert!(!canonical(Group, &json!({"displayName": "a"})).contains_key("active"));
    let bare = object(json!({"userName": "a"}));
    assert_eq!(render(User, &bare, &META)["active"], true);
}

#[test]
fn validate_looks_at_required_attributes_and_types() {
    let set = extended();
    let check = |doc: Value| validate(&set, User, &object(doc));
    let fine =
        json!({"userName": "a", "active": true, "emails": [{"value": "x"}], (ACME): {"badge": 1}});
    assert!(check(fine).is_ok());
    let wrong = [
        json!({"active": true}),
        json!({"userName": 1, "active": true}),
        json!({"userName": "a", "active": "true"}),
        json!({"userName": "a", "active": true, "emails": {"value": "x"}}),
        json!({"userName": "a", "active": true, "name": {"foo": "x"}}),
        json!({"userName": "a", "active": true, "foo": "x"}),
        json!({"userName": "a", "active": true, (ACME): {"badge": "1"}}),
        json!({"userName": "a", "active": true, (ACME): 1}),
    ];
    for doc in wrong {
        assert!(check(doc.clone()).is_err(), "{doc}");
    }
}

#[test]
fn rfc7644_3_14_etags_compare_weakly() {
    assert_eq!(etag(3), "W/\"3\"");
    for header in [
        "W/\"3\"",
        "\"3\"",
        "*",
        "W/\"1\", W/\"3\"",
        " \"2\" ,\"3\" ",
    ] {
        assert!(matches_etag(header, 3), "{header}");
    }
    for header in ["", "W/\"33\"", "3", "W/3", "\"\"", "W/\"1\", \"2\""] {
        assert!(!matches_etag(header, 3), "{header}");
    }
}

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[a-zA-Z0-9 .@é]{0,6}".prop_map(Value::from),
        Just(Value::Null)
    ]
}

fn flag() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        Just(json!("True")),
        Just(json!("false")),
        Just(Value::Null)
    ]
}

fn element() -> impl Strategy<Value = Value> {
    (text(), text(), flag()).prop_map(
        |(value, kind, primary)| json!({"value": value, "type": kind, "primary": primary}),
    )
}

/// Bodies as a tolerant connection may get them.
fn body() -> impl Strategy<Value = Value> {
    let elements = || proptest::collection::vec(element(), 0..4);
    (
        (text(), text(), flag(), text()),
        elements(),
        elements(),
        (text(), text(), text()),
    )
        .prop_map(
            |(
                (external_id, title, active, given_name),
                emails,
                roles,
                (department, manager, other),
            )| {
                json!({
                    "userName": "user", "externalId": external_id, "TITLE": title, "active": active,
                    "name": {"givenName": given_name}, "emails": emails, "roles": roles,
                    "department": department, "manager": manager, "urn:x:y:z": {"a": other},
                })
            },
        )
}

proptest! {
    #[test]
    fn rfc7644_3_5_1_putting_back_what_was_got_changes_nothing(body in body()) {
        let stored = canonical(User, &body);
        let answer = Value::Object(render(User, &stored, &META));
        let again = reading(User, Tolerant, &answer).unwrap();
        prop_assert_eq!(Value::Object(again.resource).to_string(), Value::Object(stored).to_string());
    }

    #[test]
    fn what_is_read_is_valid_and_without_emptiness(body in body()) {
        fn full(value: &Value) -> bool {
            match value {
                Value::Null => false,
                Value::String(text) => !text.is_empty(),
                Value::Array(items) => !items.is_empty() && items.iter().all(full),
                Value::Object(members) => !members.is_empty() && members.values().all(full),
                _ => true,
            }
        }
        let stored: Object = canonical(User, &body);
        prop_assert!(validate(&extended(), User, &stored).is_ok());
        prop_assert!(stored.values().all(full), "{:?}", stored);
    }

    #[test]
    fn no_body_panics(body in "\\PC{0,64}", kind in prop_oneof![Just(User), Just(Group)]) {
        let _ = read(&extended(), kind, Tolerant, body.as_bytes());
    }
}
