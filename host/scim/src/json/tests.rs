use super::*;
use crate::ScimType;

#[test]
fn nesting_beyond_the_limit_is_refused() {
    let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(parse(nested(MAX_JSON_DEPTH - 1).as_bytes()).is_ok());
    let error = parse(nested(MAX_JSON_DEPTH).as_bytes()).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax));
    assert!(parse(nested(500_000).as_bytes()).is_err());
}

#[test]
fn u0000_is_refused_in_values_and_names() {
    for body in [
        r#"{"a":"x\u0000"}"#,
        r#"{"a\u0000":1}"#,
        r#"{"a":[{"b":"\u0000"}]}"#,
    ] {
        assert_eq!(
            parse(body.as_bytes()).unwrap_err().scim_type,
            Some(ScimType::InvalidValue)
        );
    }
}

#[test]
fn long_strings_and_wide_objects_are_refused() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_STRING_LENGTH + 1));
    assert!(parse(long.as_bytes()).is_err());
    let wide: Vec<String> = (0..=MAX_ATTRIBUTES)
        .map(|n| format!("\"a{n}\":1"))
        .collect();
    assert!(parse(format!("{{{}}}", wide.join(",")).as_bytes()).is_err());
}

#[test]
fn only_objects_are_bodies() {
    for body in ["", "[]", "\"x\"", "null", "{"] {
        assert_eq!(
            parse(body.as_bytes()).unwrap_err().scim_type,
            Some(ScimType::InvalidSyntax)
        );
    }
}

#[test]
fn a_name_is_given_once() {
    for body in [
        r#"{"userName":"a","userName":"a"}"#,
        r#"{"userName":"a","username":null}"#,
        r#"{"a":[{"userName":1,"b":2,"USERNAME":1}]}"#,
        r#"{"user\u004eame":"a","userName":"b"}"#,
    ] {
        let error = parse(body.as_bytes()).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax), "{body}");
        let detail = error.detail.to_ascii_lowercase();
        assert_eq!(detail, "username is given more than once", "{body}");
    }
    let many: Vec<String> = (0..100).map(|n| format!("\"a{n}\":1")).collect();
    let twice = format!("{{{},\"A7\":1}}", many.join(","));
    assert!(parse(format!("{{{}}}", many.join(",")).as_bytes()).is_ok());
    assert!(parse(twice.as_bytes()).unwrap_err().detail.contains("A7"));
    assert!(
        parse(r#"{"ä":1,"Ä":2}"#.as_bytes()).is_ok(),
        "no attribute names"
    );
}

#[test]
fn letter_case_counts_in_plain_json() {
    assert!(parse_plain(br#"{"a":1,"A":[2,"\u0000"]}"#).is_ok());
    assert!(parse_plain(br#"[{"a":1,"a":1}]"#).is_err());
    assert!(parse_plain(b"{} {}").is_err());
}

#[test]
fn values_are_what_serde_json_reads() {
    let body =
        r#"{"a":[1,-1,18446744073709551615,0.1,1e300,true,null,"\ud83d\ude00"],"b":{"c":{}}}"#;
    let plain: Value = serde_json::from_str(body).unwrap();
    assert_eq!(parse_plain(body.as_bytes()).unwrap(), plain);
    assert_eq!(Value::Object(parse(body.as_bytes()).unwrap()), plain);
    for wrong in [
        r#"{"a":1e999}"#,
        r#"{"a":"\ud83d"}"#,
        "{\"a\":\"\u{1}\"}",
        r#"{"a":NaN}"#,
    ] {
        let error = parse(wrong.as_bytes()).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax), "{wrong}");
    }
}

#[test]
fn a_body_holds_a_bounded_number_of_values() {
    let many = |count: usize| format!("{{\"a\":[{}]}}", vec!["{}"; count].join(","));
    assert!(parse(many(MAX_JSON_VALUES - 2).as_bytes()).is_ok());
    let error = parse(many(MAX_JSON_VALUES - 1).as_bytes()).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::TooMany));
}
