use super::{redacted_body, redacted_query, redacted_sentence};

fn body(text: &str) -> String {
    redacted_body(text.as_bytes(), 1_000).expect("it is JSON")
}

#[test]
fn a_body_without_secrets_stays_as_it_came() {
    let text = r#"{ "userName" : "ada" }"#;
    assert_eq!(body(text), text);
    assert_eq!(
        redacted_body(b"{not json", 1_000).as_deref(),
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
    assert_eq!(redacted_body(br#"{"password":"hunter2""#, 1_000), None);
}

#[test]
fn secrets_go_before_the_body_is_cut() {
    let long = format!(
        r#"{{"userName":"{}","password":"hunter2"}}"#,
        "é".repeat(2_000)
    );
    let kept = redacted_body(long.as_bytes(), 100).expect("it is JSON");
    assert!(kept.len() <= 103 && kept.ends_with('…'), "{kept}");
}

#[test]
fn queries_and_sentences_lose_what_they_say_of_secrets() {
    assert_eq!(
        redacted_query("filter=passw%6Frd%20eq%20%22x%22&count=2&access_token=abc&q=a%20b"),
        "filter=[redacted]&count=2&access_token=[redacted]&q=a%20b"
    );
    assert_eq!(
        redacted_query("startIndex=1&count=2"),
        "startIndex=1&count=2"
    );
    assert_eq!(
        redacted_sentence("password can't be \"hunter2\"."),
        "password can't be \"[redacted]\"."
    );
    assert_eq!(
        redacted_sentence("title can't be \"x\"."),
        "title can't be \"x\"."
    );
}
