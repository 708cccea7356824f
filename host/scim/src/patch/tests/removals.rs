//! `remove` with a value: it takes no more than the value names, or is refused.

use serde_json::{Value, json};

use super::{alice, alice_after};
use crate::schema::ENTERPRISE_USER;
use crate::testing::{
    ACME, Group, Strict, Tolerant, User, canonical, enterprise, patched, patching,
};
use crate::{Error, MemberChange, Object, ScimType, quirk};

/// Two addresses at work, one at home; a manager, tags, and an extension that nobody declared.
fn ada() -> Object {
    canonical(
        User,
        &json!({
            "userName": "ada", "title": "Boss", "name": {"givenName": "Ada", "familyName": "L", "formatted": "Ada L"},
            "emails": [
                {"value": "a@x", "type": "work"}, {"value": "b@x", "type": "work"}, {"value": "c@x", "type": "home"},
            ],
            (ENTERPRISE_USER): {"department": "D", "division": "N", "manager": {"value": "7", "$ref": "../Users/7"}},
            (ACME): {"tags": ["a", "b"], "badge": 7},
            "urn:x:y:1.0": {"k": "v", "o": {"p": 1, "q": 2}},
        }),
    )
}

fn remove(path: &str, value: &Value) -> Value {
    json!([{"op": "remove", "path": path, "value": value}])
}

fn removed(path: &str, value: &Value) -> Object {
    patched(User, &ada(), &remove(path, value))
}

#[track_caller]
fn refused(kind: crate::ResourceType, doc: &Object, operations: &Value) -> Error {
    let error = patching(kind, Tolerant, doc, operations)
        .map(|(doc, patched)| panic!("{operations} was taken: {doc:?} {patched:?}"))
        .unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidValue), "{error}");
    error
}

#[test]
fn a_strict_connection_refuses_a_value_wherever_the_path_leads() {
    for (path, value, hint) in [
        (ENTERPRISE_USER, json!({"department": "D"}), ":department"),
        ("name", json!({"givenName": "Ada"}), "name.givenName"),
        ("name", json!({}), "name"),
        ("name.givenName", json!("Ada"), "name.givenName"),
        ("title", json!("Boss"), "title"),
        ("title", json!(false), "title"),
        ("emails", json!([{"value": "a@x"}]), "emails[value eq"),
        (
            "emails[type eq \"work\"]",
            json!([{"value": "a@x"}]),
            "emails",
        ),
        ("emails[type eq \"work\"].value", json!("a@x"), "emails"),
        ("emails.value", json!("a@x"), "emails"),
    ] {
        let error = patching(User, Strict, &ada(), &remove(path, &value)).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax), "{error}");
        assert!(error.detail.contains(hint), "{error}");
    }
    let group = canonical(Group, &json!({"displayName": "Sales"}));
    for path in ["members", "members[value eq \"a\"]"] {
        let operations = remove(path, &json!([{"value": "a"}]));
        let error = patching(Group, Strict, &group, &operations).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax), "{path}");
    }
}

#[test]
fn a_value_that_says_nothing_is_no_value() {
    for value in [json!(null), json!(""), json!([])] {
        for strictness in [Strict, Tolerant] {
            for path in [
                "title",
                "name",
                "name.givenName",
                "emails[type eq \"work\"]",
                ENTERPRISE_USER,
            ] {
                let with = patching(User, strictness, &ada(), &remove(path, &value));
                let without = json!([{"op": "remove", "path": path}]);
                let without = patched(User, &ada(), &without);
                assert_eq!(with.unwrap().0, without, "{path} {value}");
            }
        }
    }
}

#[test]
fn an_object_names_parts_of_an_extension() {
    let mut expected = ada();
    expected[ENTERPRISE_USER]
        .as_object_mut()
        .unwrap()
        .shift_remove("department");
    let operations = remove(ENTERPRISE_USER, &json!({"department": "D"}));
    let (doc, patched) = patching(User, Tolerant, &ada(), &operations).unwrap();
    assert_eq!(doc, expected);
    let counted: Vec<_> = patched.tolerances.iter().collect();
    assert_eq!(counted, [(quirk::REMOVE_WITH_LIST, 1)]);
    // Named by its name alone, or beside what says nothing.
    for value in [
        json!({"department": null}),
        json!({"DEPARTMENT": ""}),
        json!({"schemas": [ENTERPRISE_USER], "department": "D", "costCenter": "none", "favourite": 1}),
    ] {
        assert_eq!(removed(ENTERPRISE_USER, &value), expected, "{value}");
    }
    // Another value is not what is there.
    for value in [
        json!({}),
        json!({"department": "Other"}),
        json!({"manager": {"value": "8"}}),
    ] {
        assert_eq!(removed(ENTERPRISE_USER, &value), ada(), "{value}");
    }
    let all = json!({"department": "D", "division": "N", "manager": {"value": "7"}});
    assert!(!removed(ENTERPRISE_USER, &all).contains_key(ENTERPRISE_USER));
    let tags = removed(ACME, &json!({"tags": ["a"], "badge": "7"}));
    assert_eq!(tags[ACME], json!({"tags": ["b"]}));
    let undeclared = removed("urn:x:y:1.0", &json!({"k": "v", "o": {"p": 1, "q": 3}}));
    assert_eq!(undeclared["urn:x:y:1.0"], json!({"o": {"q": 2}}));
    for value in [
        json!("D"),
        json!(["department"]),
        json!([{"department": "D"}]),
        json!(true),
    ] {
        refused(User, &ada(), &remove(ENTERPRISE_USER, &value));
    }
    refused(
        User,
        &ada(),
        &remove(ENTERPRISE_USER, &json!({"department": {"x": 1}})),
    );
}

#[test]
fn an_object_names_parts_of_a_complex_value() {
    let rest = json!({"familyName": "L", "formatted": "Ada L"});
    for value in [
        json!({"givenName": "Ada"}),
        json!([{"GIVENNAME": "Ada"}]),
        json!({"givenName": null}),
        json!({"givenName": "Ada", "familyName": "M"}),
    ] {
        let doc = removed("name", &value);
        assert_eq!(sorted(&doc["name"]), sorted(&rest), "{value}");
    }
    for value in [json!({}), json!({"givenName": "Eve"})] {
        assert_eq!(removed("name", &value), ada(), "{value}");
    }
    let whole = ada()["name"].clone();
    assert!(!removed("name", &whole).contains_key("name"));
    for value in [json!("Ada"), json!(["a", "b"]), json!(7)] {
        refused(User, &ada(), &remove("name", &value));
    }
    // What stands for a manager goes with it (N7).
    for value in [
        json!("7"),
        json!({"value": "7"}),
        json!([{"$ref": null, "value": "7"}]),
    ] {
        let doc = removed("manager", &value);
        assert_eq!(doc[ENTERPRISE_USER].get("manager"), None, "{value}");
    }
    assert_eq!(removed(&enterprise("manager"), &json!("8")), ada());
}

fn sorted(value: &Value) -> Vec<(&String, &Value)> {
    let mut parts: Vec<_> = value.as_object().unwrap().iter().collect();
    parts.sort_by_key(|(name, _)| *name);
    parts
}

#[test]
fn a_list_below_a_value_path_names_some_of_what_matches() {
    let left = |path: &str, value: &Value| -> Vec<String> {
        let doc = removed(path, value);
        let emails = doc["emails"].as_array().unwrap().iter();
        emails
            .map(|email| email["value"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let work = "emails[type eq \"work\"]";
    for value in [
        json!([{"value": "a@x"}]),
        json!({"value": "a@x"}),
        json!("a@x"),
    ] {
        assert_eq!(left(work, &value), ["b@x", "c@x"], "{value}");
    }
    let other = json!([{"value": "a@x"}, {"value": "c@x"}]);
    assert_eq!(left(work, &other), ["b@x", "c@x"]);
    for value in [
        json!([{}]),
        json!([{"value": "c@x"}]),
        json!([{"value": "a@x", "type": "home"}]),
    ] {
        assert_eq!(left(work, &value), ["a@x", "b@x", "c@x"], "{value}");
    }
    refused(User, &ada(), &remove(work, &json!([["a@x"]])));
    let tags = format!("{ACME}:tags[value sw \"\"]");
    assert_eq!(removed(&tags, &json!(["b"]))[ACME]["tags"], json!(["a"]));
}

#[test]
fn a_part_of_many_values_goes_where_it_is_the_one_named() {
    for path in ["emails[type eq \"work\"].value", "emails.value"] {
        let doc = removed(path, &json!("a@x"));
        let expected = json!([{"value": "b@x", "type": "work"}, {"value": "c@x", "type": "home"}]);
        assert_eq!(doc["emails"], expected, "{path}");
        refused(User, &ada(), &remove(path, &json!(["a@x", "b@x"])));
    }
    // Of one value there is nothing to choose: the value says nothing (N9).
    let home = removed("emails[type eq \"home\"].value", &json!("other"));
    assert_eq!(home["emails"].as_array().unwrap().len(), 2);
}

#[test]
fn n9_a_value_says_nothing_for_a_scalar_but_an_object_does() {
    for (path, value) in [
        ("title", json!("Other")),
        ("name.givenName", json!("Other")),
    ] {
        let (doc, patched) = patching(User, Tolerant, &ada(), &remove(path, &value)).unwrap();
        let bare = json!([{"op": "remove", "path": path}]);
        assert_eq!(doc, super::patched(User, &ada(), &bare));
        let counted: Vec<_> = patched.tolerances.iter().collect();
        assert_eq!(counted, [(quirk::REMOVE_WITH_VALUE, 1)], "{path}");
    }
    assert!(
        !alice_after(&remove(
            "displayName",
            &json!([{"$ref": null, "value": "Alice"}])
        ))
        .contains_key("displayName")
    );
    for path in ["title", "name.givenName", "urn:x:y:1.0:k"] {
        for value in [json!({"x": 1}), json!(["a", "b"])] {
            refused(User, &ada(), &remove(path, &value));
        }
    }
    refused(
        User,
        &alice(),
        &remove("displayName", &json!({"givenName": "Alice"})),
    );
}

#[test]
fn members_go_that_the_path_and_the_value_name() {
    let group = canonical(Group, &json!({"displayName": "Sales"}));
    let either = "members[value eq \"a\" or value eq \"b\"]";
    for (value, ids) in [
        (json!([{"value": "b"}, {"value": "c"}]), vec!["b"]),
        (json!("a"), vec!["a"]),
        (json!([{"value": "c"}]), vec![]),
        (json!([]), vec!["a", "b"]),
        (json!(null), vec!["a", "b"]),
    ] {
        let (_, patched) = patching(Group, Tolerant, &group, &remove(either, &value)).unwrap();
        let ids = ids.into_iter().map(str::to_owned).collect();
        assert_eq!(patched.members, [MemberChange::Remove(ids)], "{value}");
    }
    let by_type = remove("members[type eq \"User\"]", &json!([{"value": "a"}]));
    refused(Group, &group, &by_type);
}
