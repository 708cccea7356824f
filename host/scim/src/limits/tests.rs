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
