use serde_json::{Value, json};

use super::*;
use crate::testing::{ACME, User, extended};

fn mistakes(urn: &str, attributes: &Value) -> Vec<(String, &'static str)> {
    let schema = json!({"id": urn, "name": "Test", "attributes": attributes});
    let schema: Schema = serde_json::from_value(schema).unwrap();
    let found = schema.mistakes(User, &extended()).into_iter();
    found.map(|it| (it.pointer, it.code)).collect()
}

#[test]
fn what_can_be_kept_to_has_no_mistakes() {
    let set = extended();
    for schema in set.extensions(User).skip(1) {
        assert_eq!(schema.mistakes(User, SchemaSet::standard()), []);
    }
    let parts = json!([{"name": "$ref", "type": "reference", "referenceTypes": ["Group"]}]);
    let attributes = json!([{"name": "a-b_2", "type": "complex", "subAttributes": parts}]);
    for urn in [
        "urn:example:acme",
        "URN:example:acme:1.0:User",
        "urn:ietf:params:scim:schemas:extension:acme:2.0:User",
    ] {
        assert_eq!(mistakes(urn, &attributes), []);
    }
}

#[test]
fn urns_of_others_are_taken() {
    let attributes = json!([{"name": "a"}]);
    for urn in [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:CORE:2.0:Device",
        "urn:ietf:params:scim:schemas:core",
        "urn:ietf:params:scim:api:messages:2.0:PatchOp",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:more",
        "urn:scim:schemas:core:1.0",
        "urn:scim:schemas:extension:enterprise:1.0",
    ] {
        let reserved = [("/id".to_owned(), "reserved_urn")];
        assert_eq!(mistakes(urn, &attributes), reserved, "{urn}");
    }
    for urn in [
        "",
        "urn",
        "urn:a",
        "urn:a:",
        "acme:a:b",
        "urn:a:b c",
        "urn:a:b\"",
        "urn:a:é",
    ] {
        let invalid = [("/id".to_owned(), "invalid_urn")];
        assert_eq!(mistakes(urn, &attributes), invalid, "{urn}");
    }
    let long = format!("urn:a:{}", "b".repeat(MAX_URN_LENGTH));
    assert_eq!(mistakes(&long, &attributes).len(), 1);
}

#[test]
fn a_path_has_one_meaning() {
    let ambiguous = [("/id".to_owned(), "ambiguous_urn")];
    let attributes = json!([{"name": "a"}, {"name": "User"}]);
    assert_eq!(mistakes(&format!("{ACME}:Badge"), &attributes), ambiguous);
    assert_eq!(mistakes(&format!("{ACME}:other"), &attributes), []);
    let outer = ACME.strip_suffix(":User").unwrap();
    assert_eq!(mistakes(outer, &attributes), ambiguous);
}

#[test]
fn every_mistake_is_found_at_once() {
    let attributes = json!([
        {"name": "9"},
        {"name": "a", "type": "complex", "subAttributes": [{"name": "b", "type": "complex"}]},
        {"name": "A", "referenceTypes": ["User"], "subAttributes": [{"name": "c"}]},
        {"name": "meta", "description": "x".repeat(MAX_DESCRIPTION_LENGTH + 1)},
        {"name": "v", "canonicalValues": ["", "x", "X"]},
        {"name": "w", "canonicalValues": ["x", "X"], "caseExact": true},
    ]);
    let found = mistakes("urn:a:b", &attributes);
    let found: Vec<_> = found
        .iter()
        .map(|(at, code)| (at.as_str(), *code))
        .collect();
    assert_eq!(
        found,
        [
            ("/attributes/3/name", "reserved_name"),
            ("/attributes/0/name", "invalid_name"),
            ("/attributes/1/subAttributes/0/type", "not_allowed"),
            ("/attributes/2/name", "duplicate_name"),
            ("/attributes/2/subAttributes", "not_allowed"),
            ("/attributes/2/referenceTypes", "not_allowed"),
            ("/attributes/3/description", "too_long"),
            ("/attributes/4/canonicalValues/0", "not_allowed"),
            ("/attributes/4/canonicalValues/2", "duplicate_value"),
        ]
    );
}
