use serde_json::json;

use super::*;

fn check(schema: &Value, settings: &Value) -> Vec<Problem> {
    problems(schema, Some(settings)).unwrap()
}

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
    let refused = check_schema(None, &json!({ "type": 1 })).unwrap_err();
    assert_eq!(refused.code, "invalid_schema");
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
