//! Attacks by settings schemas, and by settings: both come from strangers.

use serde_json::{Value, json};

use super::wat::each;
use super::{Attack, withstand};
use crate::support::{Db, Guest};

/// What is no schema at all.
#[tokio::test]
async fn settings_schemas() {
    let deep = format!("{}{}", r#"{"not":"#.repeat(50_000), "}".repeat(50_000));
    let deep_enough = format!("{}{{}}{}", r#"{"not":"#.repeat(100), "}".repeat(100));
    let mut attacks = Vec::new();
    for (name, schema, words) in [
        ("is not JSON", "{", "settings schema that is none"),
        (
            "is no schema",
            r#"{"type": "sandwich"}"#,
            "settings schema that is none",
        ),
        ("is deep", &deep, "settings schema that is none"),
        (
            "is fetched from elsewhere",
            r#"{"$ref": "http://127.0.0.1:9/secrets"}"#,
            "settings schema that is none",
        ),
        (
            "is a file of the host",
            r#"{"$ref": "file:///etc/passwd"}"#,
            "settings schema that is none",
        ),
        (
            "has a pattern that looks back",
            r#"{"patternProperties": {"^(a)\\1$": {}}}"#,
            "settings schema that is none",
        ),
        (
            "has a pattern by the power of ten",
            r#"{"pattern": "((((a{100}){100}){100}){100}){100}"}"#,
            "settings schema that is none",
        ),
    ] {
        let component = Guest::viewer().with_schema(schema).component();
        attacks.push(Attack::refused(
            format!("a schema that {name}"),
            component,
            "invalid_schema",
            words,
        ));
    }
    let unknown = Guest::viewer().with_schema(r##"{"$dynamicRef": "#a"}"##);
    attacks.push(Attack::anything(
        "a schema of a name that nothing has",
        unknown.component(),
    ));
    attacks.push(Attack::decides(
        "a schema that is nearly too deep",
        &Guest::viewer().with_schema(&deep_enough),
        "{}",
    ));
    withstand(Db::Sqlite, attacks).await;
}

/// What means itself may be taken, as long as judging by it comes to an end.
#[tokio::test]
async fn schemas_that_are_endless() {
    let mut attacks = Vec::new();
    for (name, schema) in [
        ("itself", r##"{"$ref": "#"}"##),
        (
            "all of itself",
            r##"{"allOf": [{"$ref": "#"}, {"$ref": "#"}]}"##,
        ),
        (
            "the opposite of itself",
            r##"{"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]},
                "b": {"not": {"$ref": "#/$defs/a"}}}}"##,
        ),
        (
            "itself in other letters",
            r##"{"$ref": "#/$defs/%61", "$defs": {"a": {"$ref": "#/$defs/%61"}}}"##,
        ),
        (
            "itself by a name",
            r##"{"$ref": "#/$defs/inner/$defs/a", "$defs": {"inner": {"$id": "urn:inner",
                "$defs": {"a": {"allOf": [{"$ref": "urn:inner#/$defs/a"}]}}}}}"##,
        ),
        (
            "itself by a dynamic name",
            r##"{"$dynamicAnchor": "a", "$dynamicRef": "#a"}"##,
        ),
    ] {
        let component = Guest::viewer().with_schema(schema).component();
        let name = format!("a schema that means {name}");
        attacks.push(Attack::anything(name, component));
    }
    attacks.push(Attack::refused(
        "a schema that means any amount of work",
        Guest::viewer().with_schema(&doubling(40)).component(),
        "too_complex",
        "even the settings {} against the plugin's schema takes more than 2 s of CPU time",
    ));
    withstand(Db::Sqlite, attacks).await;
}

/// Schemas that are harmless until the right settings come.
#[tokio::test]
async fn settings_and_schemas() {
    let too_complex = |name: &str, schema: &str, settings: Value, words: &'static str| {
        let guest = Guest::viewer().with_schema(schema);
        Attack::unprepared(name, &guest, "too_complex", words).set(settings)
    };
    let anything = |name: &str, schema: &str, settings: Value| {
        let component = Guest::viewer().with_schema(schema).component();
        Attack::anything(name, component).set(settings)
    };
    let twice = |reference: &str| {
        format!(
            r#"{{"$ref": "{reference}", "$defs": {{"a": {{"type": "object", "properties": {{"a": {{
                "allOf": [{{"$ref": "{reference}"}}, {{"$ref": "{reference}"}}]}}}}}}}}}}"#
        )
    };
    let never = format!(
        r#"{{"items": {{"allOf": [{}]}}}}"#,
        vec!["false"; 90_000].join(",")
    );
    withstand(
        Db::Sqlite,
        vec![
            too_complex(
                "twice as much at every level",
                &twice("#/$defs/a"),
                nested_in(json!(1), 40),
                "2 s of CPU time|256 MiB of memory",
            ),
            too_complex(
                "the same in other letters",
                &twice("#/$defs/%61"),
                nested_in(json!(1), 40),
                "2 s of CPU time|256 MiB of memory",
            ),
            too_complex(
                "too many problems",
                &never,
                json!(vec![1; 100_000]),
                "2 s of CPU time|256 MiB of memory",
            ),
            anything("a chain of 1,001", &chain(1_000), nested(115)),
            anything("a chain of 249", &chain(248), nested(115)),
            anything("a chain of 20,000", &chain(20_000), nested(1)),
            anything(
                "dependencies on itself",
                r##"{"dependencies": {"a": {"$ref": "#"}}, "additionalItems": {"$ref": "#"}}"##,
                json!({"a": [1, 2]}),
            ),
            anything(
                "an older draft inside",
                r##"{"properties": {"a": {"$schema": "https://json-schema.org/draft/2019-09/schema",
                    "$id": "urn:older", "$recursiveAnchor": true, "anyOf": [{"$recursiveRef": "#"}]}}}"##,
                json!({"a": 1}),
            ),
            Attack::decides(
                "a schema that is recursive",
                &Guest::viewer().with_schema(
                    r##"{"properties": {"a": {"$ref": "#/$defs/node"}}, "$defs": {"node":
                        {"type": "object", "properties": {"a": {"$ref": "#/$defs/node"}}}}}"##,
                ),
                "{}",
            )
            .set(nested(100)),
        ],
    )
    .await;
}

/// `{"a": {"a": …}}`
fn nested(depth: usize) -> Value {
    nested_in(json!({}), depth)
}

fn nested_in(innermost: Value, depth: usize) -> Value {
    (0..depth).fold(innermost, |inner, _| json!({ "a": inner }))
}

/// Each definition refers to the next, the last judges the value within by the first.
fn chain(length: usize) -> String {
    let defs = each(0..length, |n| {
        format!(r##""d{n}": {{"$ref": "#/$defs/d{}"}}, "##, n + 1)
    });
    format!(
        r##"{{"$ref": "#/$defs/d0", "$defs": {{{defs} "d{length}": {{"properties": {{"a": {{"$ref": "#/$defs/d0"}}}}}}}}}}"##
    )
}

/// Each definition refers to the next twice.
fn doubling(times: usize) -> String {
    let defs = each(0..times, |n| {
        let next = n + 1;
        format!(
            r##""d{n}": {{"allOf": [{{"$ref": "#/$defs/d{next}"}}, {{"$ref": "#/$defs/d{next}"}}]}}, "##
        )
    });
    format!(r##"{{"$ref": "#/$defs/d0", "$defs": {{{defs} "d{times}": {{"type": "object"}}}}}}"##)
}
