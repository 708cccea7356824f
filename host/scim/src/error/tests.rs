use serde_json::json;

use super::*;

#[test]
fn rfc7644_3_12_body_has_status_as_a_string() {
    let body = Error::uniqueness("userName is taken").body();
    assert_eq!(
        body,
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": "409",
            "scimType": "uniqueness",
            "detail": "userName is taken",
        })
    );
}

#[test]
fn rfc7644_3_12_body_without_keyword_has_no_scim_type() {
    let body = Error::not_found("no such user").body();
    assert!(body.get("scimType").is_none());
    assert_eq!(body["status"], "404");
}

#[test]
fn errors_print_as_one_line() {
    let error = Error::invalid_value("userName is required").within("operation 2");
    assert_eq!(
        error.to_string(),
        "400 invalidValue: operation 2: userName is required"
    );
}
