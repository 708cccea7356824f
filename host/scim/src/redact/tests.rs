use serde_json::json;

use super::Secrets;
use crate::{ResourceType, SchemaSet};

fn body(text: &str) -> String {
    Secrets::default()
        .out_of_body(text.as_bytes(), 1_000)
        .expect("it is JSON")
}

#[test]
fn a_body_without_secrets_stays_as_it_came() {
    let text = r#"{ "userName" : "ada" }"#;
    assert_eq!(body(text), text);
    assert_eq!(
        Secrets::default()
            .out_of_body(b"{not json", 1_000)
            .as_deref(),
        Some("{not json")
    );
}

#[test]
fn secrets_are_found_wherever_they_stand() {
    for text in [
        r#"{"password":"hunter2"}"#,
        r#"{"PassWord":{"deep":["hunter2"]}}"#,
        r#"{"p\u0061ssword":"hunter2"}"#,
        r#"{"Operations":[{"op":"replace","path":"password","value":"hunter2"}]}"#,
        r#"{"Operations":[{"op":"replace","Path":"urn:x:User:password","Value":["hunter2"]}]}"#,
        r#"{"Operations":[{"op":"add","value":{"urn:x:User:clientSecret":"hunter2"}}]}"#,
        r#"{"Operations":[{"data":{"password":"hunter2"}}]}"#,
        r#"{"filter":"password eq \"hunter2\""}"#,
        r#"{"Filter":"password eq hunter2"}"#,
        r#"{"value":"{\"api_token\":\"hunter2\"}"}"#,
    ] {
        let kept = body(text);
        assert!(
            !kept.contains("hunter2") && kept.contains("[redacted]"),
            "{kept}"
        );
    }
}

#[test]
fn what_may_hold_secrets_and_is_no_json_is_not_kept() {
    assert_eq!(
        Secrets::default().out_of_body(br#"{"password":"hunter2""#, 1_000),
        None
    );
}

#[test]
fn secrets_go_before_the_body_is_cut() {
    let long = format!(
        r#"{{"userName":"{}","password":"hunter2"}}"#,
        "é".repeat(2_000)
    );
    let kept = Secrets::default()
        .out_of_body(long.as_bytes(), 100)
        .expect("it is JSON");
    assert!(kept.len() <= 103 && kept.ends_with('…'), "{kept}");
}

#[test]
fn queries_and_sentences_lose_what_they_say_of_secrets() {
    assert_eq!(
        Secrets::default()
            .out_of_query("filter=passw%6Frd%20eq%20%22x%22&count=2&access_token=abc&q=a%20b"),
        "filter=[redacted]&count=2&access_token=[redacted]&q=a%20b"
    );
    assert_eq!(
        Secrets::default().out_of_query("startIndex=1&count=2"),
        "startIndex=1&count=2"
    );
    assert_eq!(
        Secrets::default().out_of_sentence("password can't be \"hunter2\"."),
        "password can't be \"[redacted]\"."
    );
    assert_eq!(
        Secrets::default().out_of_sentence("title can't be \"x\"."),
        "title can't be \"x\"."
    );
}

#[test]
fn what_schemas_never_return_is_secret() {
    let schema = json!({
        "id": "urn:x:acme", "name": "Acme", "attributes": [
            {"name": "pin", "type": "string", "returned": "never"},
            {"name": "badge", "type": "complex", "subAttributes": [
                {"name": "number", "type": "string"},
                {"name": "code", "type": "string", "mutability": "writeOnly", "returned": "never"},
            ]},
        ],
    });
    let schema = serde_json::from_value(schema).expect("a schema");
    let set = SchemaSet::standard().with_extension(ResourceType::User, schema);
    let secrets = Secrets::of(&set.expect("a set"));
    for text in [
        r#"{"urn:x:acme":{"PIN":"hunter2"}}"#,
        r#"{"urn:x:acme":{"badge":{"code":"hunter2"}}}"#,
        r#"{"Operations":[{"op":"add","path":"urn:x:acme:pin","value":"hunter2"}]}"#,
        r#"{"Operations":[{"op":"add","path":"urn:x:acme:badge.code","value":"hunter2"}]}"#,
        r#"{"Operations":[{"op":"add","value":{"urn:x:acme:pin":"hunter2"}}]}"#,
        r#"{"filter":"urn:x:acme:pin eq \"hunter2\""}"#,
        r#"{"filter":"urn:x:acme:pin eq hunter2"}"#,
        r#"{"Operations":[{"op":"add","path":"urn:x:acme:badge[code eq hunter2].number","value":"7"}]}"#,
        r#"{"Operations":[{"op":"add","value":{"urn:x:acme:badge[code eq hunter2].number":"7"}}]}"#,
    ] {
        let kept = secrets.out_of_body(text.as_bytes(), 1_000);
        let kept = kept.expect("it is JSON");
        assert!(
            !kept.contains("hunter2") && kept.contains("[redacted]"),
            "{kept}"
        );
    }
    let query = "filter=urn:x:acme:pin%20eq%20%22hunter2%22";
    assert_eq!(secrets.out_of_query(query), "filter=[redacted]");
    let plain = r#"{"topping":"shopping","badge":{"number":"7"},"zip-code":"8"}"#;
    let kept = secrets.out_of_body(plain.as_bytes(), 1_000);
    assert_eq!(kept.as_deref(), Some(plain));
}

#[test]
fn words_lose_the_values_that_nobody_may_see() {
    let resource = json!({
        "userName": "ada",
        "clientSecret": {"parts": ["hunter2", "hunter2-too", 12345, "abc"]},
        "apiToken": "with \"quotes\"",
    });
    let hidden = Secrets::default().hidden_in(&resource);
    let said = |words: &str| hidden.out_of_words(words);
    assert_eq!(
        said("ada has hunter2-too, hunter2"),
        "ada has [redacted], [redacted]"
    );
    assert_eq!(said("12345 or 123456"), "[redacted] or [redacted]6");
    assert_eq!(said("with \"quotes\""), "[redacted]");
    assert_eq!(said(&resource["apiToken"].to_string()), "\"[redacted]\"");
    assert_eq!(said("abc"), "abc", "too short to be looked for");
}

#[test]
fn of_a_resource_with_too_many_hidden_values_nothing_is_told() {
    let said = |count: usize| {
        let tokens: Vec<_> = (0..count).map(|n| format!("token-{n}")).collect();
        let hidden = Secrets::default().hidden_in(&json!({ "tokens": tokens }));
        hidden.out_of_words("ada")
    };
    assert_eq!(said(256), "ada");
    assert_eq!(said(257), "[redacted]");
    assert_eq!(said(100_000), "[redacted]");
}
