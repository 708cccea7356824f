//! Members of groups become changes, in order, and never touch the document.

use serde_json::{Value, json};

use crate::testing::{Group, ID, Tolerant, canonical, patching};
use crate::{Error, Member, MemberChange, Object, ScimType};

fn group() -> Object {
    canonical(Group, &json!({"displayName": "Sales"}))
}

fn changes(operations: &Value) -> Result<Vec<MemberChange>, Error> {
    let (doc, patched) = patching(Group, Tolerant, &group(), operations)?;
    assert!(!doc.contains_key("members"));
    Ok(patched.members)
}

fn member(value: &str) -> Member {
    Member {
        value: value.to_owned(),
        kind: None,
        display: None,
    }
}

fn ids(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

#[test]
fn several_operations_keep_their_order() {
    let found = changes(&json!([
        {"op": "Add", "path": "members", "value": [{"$ref": null, "value": "a"}, {"value": "a"}]},
        {"op": "Add", "path": "members", "value": {"value": "b"}},
        {"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "a"}]},
        {"op": "remove", "path": "members[value eq \"b\"]"},
        {"op": "replace", "path": "members", "value": []},
        {"op": "remove", "path": "members"},
    ]));
    let expected = [
        MemberChange::Add(vec![member("a")]),
        MemberChange::Add(vec![member("b")]),
        MemberChange::Remove(ids(&["a"])),
        MemberChange::Remove(ids(&["b"])),
        MemberChange::Replace(Vec::new()),
        MemberChange::RemoveAll,
    ];
    assert_eq!(found.unwrap(), expected);
}

#[test]
fn n8_a_list_of_nobody_removes_nobody() {
    for value in [
        json!([]),
        json!([{"value": "a"}]),
        json!({"value": "a"}),
        json!(["a"]),
    ] {
        let found = changes(&json!([{"op": "Remove", "path": "members", "value": value}])).unwrap();
        assert!(
            matches!(&found[..], [MemberChange::Remove(ids)] if ids.len() < 2),
            "{value}"
        );
    }
    for value in [
        json!([{}]),
        json!([null]),
        json!([{"value": ""}]),
        json!([{"value": null}]),
        json!([{"display": "A"}]),
    ] {
        let operations = json!([{"op": "Remove", "path": "members", "value": value}]);
        assert_eq!(
            changes(&operations).unwrap_err().scim_type,
            Some(ScimType::InvalidValue),
            "{value}"
        );
    }
}

#[test]
fn a_member_that_names_nobody_is_refused_everywhere() {
    for op in ["add", "replace"] {
        for value in [
            json!([{"display": "A"}]),
            json!([{"value": ""}]),
            json!([{}]),
            json!([[]]),
        ] {
            let operations = json!([{"op": op, "path": "members", "value": value}]);
            let error = changes(&operations).expect_err(&operations.to_string());
            assert_eq!(error.status, 400);
        }
    }
}

#[test]
fn n21_n22_okta_renames_and_replaces_in_one_value() {
    let operations = json!([
        {"op": "replace", "value": {"id": ID, "displayName": "Renamed", "members": [{"value": "a", "display": "A"}]}},
    ]);
    let (doc, patched) = patching(Group, Tolerant, &group(), &operations).unwrap();
    assert_eq!(doc["displayName"], "Renamed");
    let named = Member {
        display: Some("A".to_owned()),
        ..member("a")
    };
    assert_eq!(patched.members, [MemberChange::Replace(vec![named])]);
    assert!(patched.changed);
}

#[test]
fn named_members_are_removed_without_looking_at_all() {
    let found =
        changes(&json!([{"op": "remove", "path": "members[value eq \"a\" or value eq \"b\"]"}]));
    assert_eq!(found.unwrap(), [MemberChange::Remove(ids(&["a", "b"]))]);
    let found =
        changes(&json!([{"op": "remove", "path": "members[type eq \"User\" and value eq \"a\"]"}]))
            .unwrap();
    let [MemberChange::RemoveWhere(filter)] = &found[..] else {
        panic!("{found:?}")
    };
    let matches =
        |kind: &str| filter.matches(json!({"value": "a", "type": kind}).as_object().unwrap());
    assert!(matches("user") && !matches("Group"));
}

#[test]
fn members_are_added_and_removed_but_not_changed() {
    for operation in [
        json!({"op": "replace", "path": "members[value eq \"a\"].display", "value": "x"}),
        json!({"op": "replace", "path": "members[value eq \"a\"]", "value": {"value": "b"}}),
        json!({"op": "replace", "path": "members.value", "value": "b"}),
        json!({"op": "remove", "path": "members.display"}),
    ] {
        let error = changes(&json!([operation])).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::Mutability), "{operation}");
    }
}

#[test]
fn an_addition_of_nobody_is_nothing() {
    for value in [json!([]), json!(null)] {
        assert_eq!(
            changes(&json!([{"op": "add", "path": "members", "value": value}])).unwrap(),
            []
        );
    }
}

#[test]
fn a_group_keeps_its_name() {
    for operation in [
        json!({"op": "remove", "path": "displayName"}),
        json!({"op": "replace", "path": "displayName", "value": ""}),
        json!({"op": "replace", "value": {"displayName": null}}),
    ] {
        assert!(changes(&json!([operation])).is_err(), "{operation}");
    }
}
