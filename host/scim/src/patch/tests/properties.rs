//! Whatever the operations are: the result is a resource, and nothing goes that wasn't named.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::testing::{Strict, Tolerant, User, canonical, enterprise, extended, patching, reading};
use crate::{Object, validate};

fn user() -> Object {
    canonical(
        User,
        &json!({
            "userName": "a", "title": "T", "name": {"givenName": "G", "familyName": "F"},
            "emails": [{"value": "w", "type": "work", "primary": true}, {"value": "h", "type": "home"}],
            "roles": [{"value": "r1"}, {"value": "r2", "type": "x"}],
            "department": "D", "manager": "m", "tags": ["a", "b"], "urn:x:y:1.0": {"k": "v"},
        }),
    )
}

fn path() -> impl Strategy<Value = String> {
    let fixed = [
        "title",
        "nickName",
        "name",
        "name.givenName",
        "emails",
        "emails[type eq \"work\"]",
        "emails.value",
        "emails[type eq \"work\"].value",
        "emails[primary eq true].display",
        "roles[value eq \"r1\"]",
        "emails[type eq \"home\"].primary",
        "phoneNumbers[type eq \"fax\"].value",
        "roles",
        "tags",
        "tags[value eq \"a\"]",
        "department",
        "manager",
        "manager.value",
        "active",
        "urn:x:y:1.0:k",
        "urn:x:y:1.0",
    ];
    prop_oneof![
        proptest::sample::select(fixed.to_vec()).prop_map(str::to_owned),
        Just(enterprise("costCenter")),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    proptest::sample::select(vec![
        json!("x"),
        json!(""),
        json!(null),
        json!(true),
        json!("False"),
        json!([]),
        json!(["a", "z"]),
        json!({"value": "w", "type": "work"}),
        json!([{"value": "n", "primary": true}]),
        json!({"value": ""}),
        json!([{"value": "w", "type": "work", "primary": false}, {"value": "r1"}]),
        json!({"givenName": "N"}),
        json!({"k": 1}),
    ])
}

fn operation() -> impl Strategy<Value = Value> {
    let op = proptest::sample::select(vec!["add", "Replace", "remove"]);
    (op, path(), proptest::option::of(value()), any::<bool>()).prop_map(
        |(op, path, value, keyed)| match value {
            Some(value) if keyed && op != "remove" => json!({"op": op, "value": {(path): value}}),
            Some(value) => json!({"op": op, "path": path, "value": value}),
            None => json!({"op": op, "path": path}),
        },
    )
}

fn top(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_result_is_a_canonical_resource(operations in proptest::collection::vec(operation(), 1..5)) {
        for strictness in [Tolerant, Strict] {
            let Ok((doc, patched)) = patching(User, strictness, &user(), &json!(operations)) else { continue };
            prop_assert!(validate(&extended(), User, &doc).is_ok());
            prop_assert_eq!(patched.changed, doc != user());
            let again = reading(User, Tolerant, &Value::Object(doc.clone())).unwrap();
            prop_assert_eq!(Value::Object(again.resource).to_string(), Value::Object(doc).to_string());
        }
    }

    #[test]
    fn what_is_not_named_stays(operation in operation()) {
        let Ok((doc, _)) = patching(User, Tolerant, &user(), &json!([operation])) else { return Ok(()) };
        let text = operation.to_string();
        for (name, value) in user() {
            if name.starts_with("urn:") || name == "schemas" || text.contains(top(&name)) {
                continue;
            }
            prop_assert_eq!(doc.get(&name), Some(&value), "{}", name);
        }
    }

    #[test]
    fn add_twice_is_add_once(path in path(), value in value()) {
        // Where the operation changes what its filter asks for, the second one asks for something else.
        prop_assume!(!path.contains("[value eq"));
        let add = json!([{"op": "add", "path": path, "value": value}]);
        let Ok((once, _)) = patching(User, Tolerant, &user(), &add) else { return Ok(()) };
        let (twice, patched) = patching(User, Tolerant, &once, &add).unwrap();
        prop_assert_eq!(twice, once);
        prop_assert!(!patched.changed);
    }

    #[test]
    fn remove_twice_is_remove_once(path in path()) {
        let remove = json!([{"op": "remove", "path": path}]);
        let Ok((once, _)) = patching(User, Tolerant, &user(), &remove) else { return Ok(()) };
        prop_assert!(!patching(User, Tolerant, &once, &remove).unwrap().1.changed);
    }
}

/// Values of attributes that have nothing to do with each other, and that the user does not hold.
fn newcomers() -> impl Strategy<Value = Vec<(String, Value)>> {
    let all = vec![
        ("nickName".to_owned(), json!("n")),
        ("locale".to_owned(), json!("de")),
        (
            "phoneNumbers".to_owned(),
            json!([{"value": "1", "type": "work", "primary": true}]),
        ),
        ("addresses".to_owned(), json!([{"locality": "London"}])),
        (
            "emails".to_owned(),
            json!([{"value": "new", "type": "other"}]),
        ),
        ("name.middleName".to_owned(), json!("M")),
        (enterprise("costCenter"), json!("c")),
        ("urn:x:y:1.0:new".to_owned(), json!({"a": [1]})),
        ("urn:x:z:1.0:k".to_owned(), json!("v")),
    ];
    let count = all.len();
    proptest::sample::subsequence(all, 0..=count).prop_shuffle()
}

fn text(doc: &Object) -> String {
    Value::Object(doc.clone()).to_string()
}

proptest! {
    #[test]
    fn what_is_added_can_be_removed_again(newcomers in newcomers()) {
        let operation = |op: &str, (path, value): &(String, Value)| {
            match (op, path.as_str()) {
                // The user has others.
                ("remove", "emails") => json!({"op": op, "path": "emails[value eq \"new\"]"}),
                ("remove", path) => json!({"op": op, "path": path}),
                (_, path) => json!({"op": op, "path": path, "value": value}),
            }
        };
        let adds = newcomers.iter().map(|it| operation("add", it));
        let removals = newcomers.iter().map(|it| operation("remove", it));
        let operations: Vec<Value> = adds.chain(removals).collect();
        let (doc, patched) = patching(User, Tolerant, &user(), &json!(operations)).unwrap();
        prop_assert_eq!(text(&doc), text(&user()));
        prop_assert!(!patched.changed);
    }

    #[test]
    fn operations_on_different_attributes_commute(newcomers in newcomers(), seed in any::<u64>()) {
        let add = |(path, value): &(String, Value)| json!({"op": "add", "path": path, "value": value});
        let operations: Vec<Value> = newcomers.iter().map(add).collect();
        let mut others = operations.clone();
        others.rotate_left(seed as usize % operations.len().max(1));
        others.reverse();
        // Undeclared extensions stay in the order in which they came.
        let parts = |doc: Object| {
            let parts = doc.into_iter().filter(|(name, _)| name != "schemas");
            parts.collect::<std::collections::BTreeMap<_, _>>()
        };
        let (one, _) = patching(User, Tolerant, &user(), &json!(operations)).unwrap();
        let (other, _) = patching(User, Tolerant, &user(), &json!(others)).unwrap();
        prop_assert_eq!(parts(one), parts(other));
    }
}
