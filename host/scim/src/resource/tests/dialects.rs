//! Bodies that say the same in other words.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{counted, reading};
use crate::ScimType;
use crate::quirk;
use crate::schema::{ENTERPRISE_USER, USER};
use crate::testing::{Strict, Tolerant, User, canonical, enterprise};

fn refused_when_strict(body: &Value) {
    let error = reading(User, Strict, body).unwrap_err();
    assert_eq!(
        error.scim_type,
        Some(ScimType::InvalidSyntax),
        "{body}: {error}"
    );
}

#[test]
fn n3_keys_are_paths_in_whole_bodies_too() {
    let said_plainly = json!({
        "schemas": [USER], "userName": "a", "name": {"givenName": "Ada", "familyName": "L"},
        (ENTERPRISE_USER): {"department": "R&D", "manager": {"value": "7"}},
    });
    let said_in_paths = json!({
        "schemas": [USER], "userName": "a", "name.givenName": "Ada", "name": {"familyName": "L"},
        (enterprise("department")): "R&D", (enterprise("manager.value")): "7",
    });
    let text = |body| Value::Object(canonical(User, body)).to_string();
    assert_eq!(text(&said_in_paths), text(&said_plainly));
    assert_eq!(counted(&said_in_paths), [(quirk::KEY_IS_PATH, 3)]);
    refused_when_strict(&said_in_paths);
}

#[test]
fn n3_how_a_key_deviates_is_counted() {
    let full = format!("{USER}:title");
    for (key, name) in [
        (full.as_str(), quirk::KEY_IS_PATH),
        (USER, quirk::KEY_IS_PATH),
        (&enterprise("department"), quirk::KEY_IS_PATH),
        ("name.givenName", quirk::KEY_IS_PATH),
        ("department", quirk::BARE_EXTENSION_ATTRIBUTE),
        ("manager.value", quirk::BARE_EXTENSION_ATTRIBUTE),
        ("urn:scim:schemas:core:1.0:title", quirk::SCHEMA_URI),
        ("urn:scim:schemas:core:1.0", quirk::SCHEMA_URI),
        (
            "urn:scim:schemas:extension:enterprise:1.0:department",
            quirk::SCHEMA_URI,
        ),
    ] {
        let value = if key.ends_with(":User") || key.ends_with("core:1.0") {
            json!({"title": "x"})
        } else {
            json!("x")
        };
        let body = json!({"schemas": [USER], "userName": "a", (key): value});
        assert_eq!(counted(&body), [(name, 1)], "{key}");
        refused_when_strict(&body);
    }
}

#[test]
fn n3_what_is_said_twice_is_said_once_or_a_contradiction() {
    let title = format!("{USER}:title");
    let department = enterprise("department");
    let twice = |one: &str, other: &str| {
        [
            json!({"userName": "a", "name.givenName": one, "name": {"givenName": other}}),
            json!({"userName": "a", "title": one, (title.as_str()): other}),
            json!({"userName": "a", (USER): {"name.givenName": one}, "name.givenName": other}),
            json!({"userName": "a", "department": one, (ENTERPRISE_USER): {"department": other}}),
            json!({"userName": "a", "department": one, (department.as_str()): other}),
        ]
    };
    for body in twice("Ada", "Ada") {
        let text = Value::Object(canonical(User, &body)).to_string();
        assert_eq!(text.matches("Ada").count(), 1, "{text}");
    }
    for body in twice("Ada", "Eve") {
        let error = reading(User, Tolerant, &body).expect_err(&body.to_string());
        assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax), "{body}");
        assert!(error.detail.contains("more than once"), "{error}");
    }
}

#[test]
fn core_attributes_below_the_core_schema_are_core_attributes() {
    for urn in [
        USER,
        "urn:scim:schemas:core:1.0",
        "urn:scim:schemas:core:2.0:User",
    ] {
        let body = json!({"schemas": [USER], "userName": "a", (urn): {"title": "Boss"}});
        let stored = canonical(User, &body);
        assert_eq!(stored["title"], "Boss");
        assert_eq!(stored["schemas"], json!([USER]), "{urn}");
        assert!(!stored.contains_key(urn));
        refused_when_strict(&body);
    }
}

#[test]
fn n12_legacy_core_uris_name_core_attributes() {
    for urn in [
        "urn:scim:schemas:core:1.0",
        "urn:SCIM:schemas:core:2.0:user",
    ] {
        let body =
            json!({"schemas": [USER, urn], "userName": "a", (format!("{urn}:title")): "Boss"});
        let stored = canonical(User, &body);
        assert_eq!(stored["title"], "Boss", "{urn}");
        assert_eq!(stored["schemas"], json!([USER]));
        refused_when_strict(&body);
    }
}

/// As scim2-models writes extensions.
#[test]
fn an_extension_may_name_itself() {
    let body = |urn: &str| json!({"schemas": [USER], "userName": "a", (ENTERPRISE_USER): {"schemas": [urn], "department": "D"}});
    let read = reading(User, Strict, &body(ENTERPRISE_USER)).unwrap();
    assert_eq!(read.resource[ENTERPRISE_USER], json!({"department": "D"}));
    assert!(read.tolerances.is_empty());
    refused_when_strict(&body(USER));
}

#[test]
fn a_body_without_its_schema_is_counted() {
    for body in [
        json!({"userName": "a"}),
        json!({"schemas": [], "userName": "a"}),
        json!({"schemas": [ENTERPRISE_USER], "userName": "a"}),
    ] {
        assert_eq!(counted(&body), [(quirk::MISSING_SCHEMA, 1)], "{body}");
        refused_when_strict(&body);
    }
    let whole = json!({"schemas": [USER], "userName": "a"});
    assert!(
        reading(User, Tolerant, &whole)
            .unwrap()
            .tolerances
            .is_empty()
    );
}

proptest! {
    #[test]
    fn n3_a_path_says_what_its_place_says(
        given in "[a-zA-Z]{0,6}", family in "[a-zA-Z]{0,6}", title in "[a-zA-Z]{0,6}", department in "[a-zA-Z]{0,6}",
        manager in "[a-z0-9]{0,6}",
    ) {
        let in_place = json!({
            "userName": "a", "title": title, "name": {"givenName": given, "familyName": family},
            (ENTERPRISE_USER): {"department": department, "manager": {"value": manager}},
        });
        let in_paths = json!({
            (enterprise("manager.value")): manager, "name.familyName": family, (enterprise("department")): department,
            "name.givenName": given, (format!("{USER}:title")): title, "userName": "a",
        });
        let below_the_schema = json!({
            (ENTERPRISE_USER): {"manager": manager, "department": department},
            (USER): {"name.familyName": family, "title": title, "userName": "a", "name": {"givenName": given}},
        });
        let text = |body: &Value| Value::Object(canonical(User, body)).to_string();
        prop_assert_eq!(text(&in_paths), text(&in_place));
        prop_assert_eq!(text(&below_the_schema), text(&in_place));
    }
}
