//! Habits of the years before the RFCs, and of Microsoft's validator; what a strict connection makes of them.

use serde_json::{Value, json};

use super::{alice, alice_after};
use crate::schema::{ENTERPRISE_USER, USER};
use crate::testing::{Group, Strict, Tolerant, User, canonical, enterprise, patched, patching};
use crate::{Object, ScimType, quirk};

fn counted(doc: &Object, operations: &Value) -> Vec<(&'static str, u32)> {
    let (_, patched) = patching(User, Tolerant, doc, operations).unwrap();
    patched.tolerances.iter().collect()
}

#[track_caller]
fn refused_when_strict(operations: &Value, expected: ScimType) {
    let error = patching(User, Strict, &alice(), operations).unwrap_err();
    assert_eq!(error.scim_type, Some(expected), "{operations}: {error}");
}

#[test]
fn n1_a_strict_connection_wants_operations_as_the_rfc_writes_them() {
    let operations = json!([{"op": "Replace", "path": "title", "value": "Boss"}]);
    assert_eq!(counted(&alice(), &operations), [(quirk::OPERATION_CASE, 1)]);
    refused_when_strict(&operations, ScimType::InvalidSyntax);
}

#[test]
fn n2_quoted_booleans_in_paths_are_counted_and_refused_when_strict() {
    let operations =
        json!([{"op": "replace", "path": "emails[primary eq \"True\"].value", "value": "a2@x"}]);
    assert_eq!(alice_after(&operations)["emails"][0]["value"], "a2@x");
    assert_eq!(counted(&alice(), &operations), [(quirk::STRING_BOOLEAN, 1)]);
    refused_when_strict(&operations, ScimType::InvalidPath);
}

#[test]
fn n8_a_strict_connection_wants_what_to_remove_in_the_path() {
    let operations = json!([{"op": "remove", "path": "emails", "value": [{"value": "a"}]}]);
    assert_eq!(
        counted(&alice(), &operations),
        [(quirk::REMOVE_WITH_LIST, 1)]
    );
    refused_when_strict(&operations, ScimType::InvalidSyntax);
    let members = json!([{"op": "remove", "path": "members", "value": [{"value": "a"}]}]);
    let group = canonical(Group, &json!({"displayName": "Sales"}));
    let error = patching(Group, Strict, &group, &members).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax));
    assert!(error.detail.contains("members[value eq"), "{error}");
}

#[test]
fn n12_legacy_uris_in_paths_mean_ours() {
    for urn in [
        "urn:scim:schemas:core:1.0",
        "urn:scim:schemas:core:2.0:User",
    ] {
        for operations in [
            json!([{"op": "replace", "path": format!("{urn}:title"), "value": "Boss"}]),
            json!([{"op": "replace", "value": {(format!("{urn}:title")): "Boss"}}]),
            json!([{"op": "replace", "value": {(urn): {"title": "Boss"}}}]),
        ] {
            let doc = alice_after(&operations);
            assert_eq!(doc["title"], "Boss", "{operations}");
            assert_eq!(doc["schemas"], json!([USER, ENTERPRISE_USER]));
            assert!(!counted(&alice(), &operations).is_empty());
            assert!(patching(User, Strict, &alice(), &operations).is_err());
        }
    }
    let path = "urn:scim:schemas:extension:enterprise:1.0:department";
    let operations = json!([{"op": "replace", "path": path, "value": "R&D"}]);
    assert_eq!(
        alice_after(&operations)[ENTERPRISE_USER]["department"],
        "R&D"
    );
    assert_eq!(counted(&alice(), &operations), [(quirk::SCHEMA_URI, 1)]);
    refused_when_strict(&operations, ScimType::InvalidPath);
}

#[test]
fn core_attributes_below_the_core_schema_are_core_attributes() {
    let operations = json!([{"op": "replace", "value": {(USER): {"title": "Boss", "name": {"givenName": "Al"}}}}]);
    let doc = alice_after(&operations);
    assert_eq!(doc["title"], "Boss");
    assert_eq!(doc["name"]["familyName"], "One");
    assert_eq!(counted(&alice(), &operations), [(quirk::KEY_IS_PATH, 1)]);
    refused_when_strict(&operations, ScimType::InvalidSyntax);
}

#[test]
fn n7_a_bare_manager_at_its_full_path() {
    let path = enterprise("manager");
    let managed = alice_after(&json!([{"op": "Add", "path": path, "value": "m1"}]));
    assert_eq!(managed[ENTERPRISE_USER]["manager"], json!({"value": "m1"}));
    let operations = json!([{"op": "Replace", "path": path, "value": ""}]);
    let without = patched(User, &managed, &operations);
    assert_eq!(without, alice());
    refused_when_strict(
        &json!([{"op": "add", "path": path, "value": "m1"}]),
        ScimType::InvalidValue,
    );
}

#[test]
fn n10_an_empty_string_below_a_value_path_clears_it() {
    let operations = json!([
        {"op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Oslo"},
        {"op": "Add", "path": "addresses[type eq \"work\"].country", "value": "NO"},
        {"op": "Replace", "path": "addresses[type eq \"work\"].locality", "value": ""},
    ]);
    assert_eq!(
        alice_after(&operations)["addresses"],
        json!([{"country": "NO", "type": "work"}])
    );
}

/// "Replace Attributes Verbose" of Microsoft's validator, on a user with nothing but a name.
#[test]
fn thirty_six_operations_on_a_bare_user() {
    let bare = canonical(User, &json!({"schemas": [USER], "userName": "bare"}));
    let mut paths: Vec<String> = [
        "displayName",
        "title",
        "preferredLanguage",
        "nickName",
        "profileUrl",
        "userType",
        "locale",
        "timezone",
        "externalId",
        "name.givenName",
        "name.familyName",
        "name.formatted",
        "name.middleName",
        "name.honorificPrefix",
        "name.honorificSuffix",
        "emails[type eq \"work\"].value",
        "phoneNumbers[type eq \"work\"].value",
        "phoneNumbers[type eq \"mobile\"].value",
        "phoneNumbers[type eq \"fax\"].value",
        "addresses[type eq \"work\"].formatted",
        "addresses[type eq \"work\"].streetAddress",
        "addresses[type eq \"work\"].locality",
        "addresses[type eq \"work\"].region",
        "addresses[type eq \"work\"].postalCode",
        "addresses[type eq \"work\"].country",
        "roles[primary eq \"True\"].display",
        "roles[primary eq \"True\"].value",
        "roles[primary eq \"True\"].type",
    ]
    .map(str::to_owned)
    .to_vec();
    for name in [
        "employeeNumber",
        "department",
        "costCenter",
        "organization",
        "division",
    ] {
        paths.push(enterprise(name));
    }
    let mut operations: Vec<Value> = paths
        .iter()
        .enumerate()
        .map(
            |(n, path)| json!({"op": "replace", "path": path, "value": format!("CHHKTXLGSCGH{n}")}),
        )
        .collect();
    operations.push(json!({"op": "replace", "path": "active", "value": "False"}));
    operations.push(
        json!({"op": "replace", "path": "emails[type eq \"work\"].primary", "value": "True"}),
    );
    operations.push(json!({"op": "add", "path": enterprise("manager"), "value": "m1"}));
    assert_eq!(operations.len(), 36);
    let doc = patched(User, &bare, &json!(operations));
    assert_eq!(doc["active"], false);
    assert_eq!(doc["emails"][0]["primary"], true);
    assert_eq!(doc["addresses"].as_array().map(Vec::len), Some(1));
    assert_eq!(doc["addresses"][0]["country"], "CHHKTXLGSCGH24");
    assert_eq!(doc["phoneNumbers"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        doc["roles"],
        json!([{"value": "CHHKTXLGSCGH26", "display": "CHHKTXLGSCGH25", "type": "CHHKTXLGSCGH27", "primary": true}])
    );
    assert_eq!(doc[ENTERPRISE_USER]["manager"], json!({"value": "m1"}));
    assert_eq!(doc[ENTERPRISE_USER].as_object().map(Object::len), Some(6));
}

#[test]
fn an_extension_may_name_itself() {
    for operation in [
        json!({"op": "add", "path": ENTERPRISE_USER, "value": {"schemas": [ENTERPRISE_USER], "division": "North"}}),
        json!({"op": "replace", "value": {(ENTERPRISE_USER): {"schemas": [ENTERPRISE_USER], "division": "North"}}}),
    ] {
        let (doc, patched) = patching(User, Strict, &alice(), &json!([operation])).unwrap();
        assert_eq!(doc[ENTERPRISE_USER]["division"], "North");
        assert_eq!(doc[ENTERPRISE_USER].get("schemas"), None);
        assert!(patched.tolerances.is_empty(), "{operation}");
    }
    refused_when_strict(
        &json!([{"op": "add", "path": ENTERPRISE_USER, "value": {"schemas": [USER]}}]),
        ScimType::InvalidSyntax,
    );
}

#[test]
fn the_patch_schema_is_known_in_any_letter_case() {
    let body = json!({
        "schemas": ["URN:IETF:params:scim:api:messages:2.0:patchop"],
        "Operations": [{"op": "replace", "path": "title", "value": "Boss"}],
    });
    let read = crate::PatchRequest::read(
        &crate::testing::extended(),
        User,
        Strict,
        body.to_string().as_bytes(),
    );
    assert!(read.is_ok(), "{read:?}");
}
