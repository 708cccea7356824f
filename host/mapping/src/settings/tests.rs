use serde_json::json;

use super::*;

#[test]
fn every_problem_has_its_place() {
    let schema = json!({
        "type": "object",
        "properties": { "rules": { "type": "array", "items": { "required": ["role"] } } },
        "additionalProperties": false,
    });
    assert_eq!(check(&schema, &json!({ "rules": [{ "role": "x" }] })), []);
    let problems = check(
        &schema,
        &json!({ "rules": [{ "role": "x" }, {}], "rulez": [] }),
    );
    let paths: Vec<_> = problems
        .iter()
        .filter_map(|problem| problem.path.as_deref())
        .collect();
    assert_eq!(paths.len(), 2, "{problems:?}");
    assert!(
        paths.contains(&"/rules/1") && paths.contains(&""),
        "{paths:?}"
    );
}

#[test]
fn problems_are_bounded() {
    let schema = json!({ "items": { "type": "string" } });
    assert_eq!(check(&schema, &json!(vec![1; 1_000])).len(), MOST);
}

#[test]
fn a_schema_that_is_none_is_reported() {
    assert!(validator(&json!({ "type": "strin" })).is_err());
    assert!(validator(&json!({ "$ref": "https://example.com/schema" })).is_err());
    assert!(validator(&json!({ "$ref": "file:///etc/hostname" })).is_err());
    assert!(validator(&json!({ "type": "string" })).is_ok());
    assert_eq!(
        check(&json!({ "type": 1 }), &json!({}))[0].code,
        "invalid_schema"
    );
}

#[test]
fn a_pattern_cannot_backtrack() {
    let schema = json!({ "pattern": "^(a+)+$" });
    assert_eq!(
        check(&schema, &json!(format!("{}!", "a".repeat(5_000)))).len(),
        1
    );
    assert!(
        validator(&json!({ "pattern": "(?=a)b" })).is_err(),
        "look-around needs backtracking"
    );
}

/// A few lines that mean any amount of work, and recursion that ends where the value does.
#[test]
fn a_schema_is_bounded_work() {
    let chain = |count: usize, times: usize| {
        let mut defs = serde_json::Map::new();
        for n in 0..count {
            let next = json!({ "$ref": format!("#/$defs/d{}", n + 1) });
            defs.insert(format!("d{n}"), json!({ "allOf": vec![next; times] }));
        }
        defs.insert(format!("d{count}"), json!({ "type": "object" }));
        json!({ "$ref": "#/$defs/d0", "$defs": defs })
    };
    for (schema, words) in [
        (chain(40, 2), "more than 100000 parts"),
        (chain(20_000, 1), "more than 256 deep"),
        (json!({ "$ref": "#" }), "means itself"),
        (
            json!({ "anyOf": [{ "not": { "$ref": "#" } }] }),
            "means itself",
        ),
        (
            json!({ "properties": { "a": { "$dynamicRef": "#a" } } }),
            "$dynamicRef",
        ),
        (json!({ "$ref": "#/$defs/none" }), "only its own parts"),
    ] {
        let error = validator(&schema).unwrap_err();
        assert!(error.contains(words), "{words}: {error}");
    }
    let tree = json!({
        "$ref": "#/$defs/node",
        "$defs": { "node": {
            "type": "object",
            "properties": { "all": { "items": { "$ref": "#/$defs/node" } }, "not": { "$ref": "#/$defs/node" } },
        } },
    });
    assert_eq!(check(&tree, &json!({ "all": [{ "not": {} }] })), []);
    assert_eq!(check(&tree, &json!({ "all": [{ "not": 1 }] })).len(), 1);
    assert!(validator(&chain(10, 2)).is_ok());
}
