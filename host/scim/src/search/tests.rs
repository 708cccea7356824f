use serde_json::json;

use super::*;
use crate::ScimType;
use crate::testing::{Strict, Tolerant};

fn search(strictness: Strictness, body: &Value) -> Result<ListRequest, Error> {
    ListRequest::from_search(strictness, body.to_string().as_bytes())
}

#[test]
fn rfc7644_3_4_3_a_search_is_the_query_with_the_same_parameters() {
    let body = json!({
        "schemas": [SEARCH_REQUEST],
        "attributes": ["displayName", "userName"],
        "filter": "displayName sw \"smith\"",
        "sortBy": "userName",
        "sortOrder": "descending",
        "startIndex": 3,
        "count": 10,
    });
    let query = ListRequest::from_query([
        ("attributes", "displayName,userName"),
        ("filter", "displayName sw \"smith\""),
        ("sortBy", "userName"),
        ("sortOrder", "descending"),
        ("startIndex", "3"),
        ("count", "10"),
    ]);
    assert_eq!(search(Strict, &body).unwrap(), query.unwrap());
    // URNs compare without case.
    let bare = json!({"schemas": [SEARCH_REQUEST.to_ascii_lowercase()]});
    assert_eq!(search(Strict, &bare).unwrap(), ListRequest::default());
}

#[test]
fn rfc9865_3_an_empty_cursor_is_the_first_page() {
    let body = json!({"schemas": [SEARCH_REQUEST], "cursor": "", "count": 10});
    let request = search(Strict, &body).unwrap();
    assert_eq!((request.cursor.as_deref(), request.count), (Some(""), 10));
    let none = json!({"schemas": [SEARCH_REQUEST], "cursor": 7});
    assert!(
        search(Tolerant, &none)
            .unwrap_err()
            .detail
            .contains("cursor")
    );
}

#[test]
fn other_shapes_are_forgiven_or_refused() {
    let loose = [
        json!({"count": 1}),
        json!({"schemas": [SEARCH_REQUEST], "attributes": "userName"}),
        json!({"schemas": [SEARCH_REQUEST], "startIndex": "2"}),
        json!({"schemas": [SEARCH_REQUEST], "page": 2}),
    ];
    for body in loose {
        let request = search(Tolerant, &body).unwrap();
        assert_eq!(
            request.tolerances.iter().map(|(_, n)| n).sum::<u32>(),
            1,
            "{body}"
        );
        assert!(search(Strict, &body).is_err(), "{body}");
    }
}

#[test]
fn wrong_members_are_named() {
    for (name, value) in [
        ("count", json!(1.5)),
        ("startIndex", json!(true)),
        ("filter", json!(["a"])),
        ("attributes", json!([1])),
        ("sortOrder", json!("sideways")),
    ] {
        let error = search(
            Tolerant,
            &json!({"schemas": [SEARCH_REQUEST], (name): value}),
        )
        .unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
        assert!(error.detail.contains(name), "{error}");
    }
    let twice = json!({"schemas": [SEARCH_REQUEST], "count": 1, "Count": 2});
    assert_eq!(
        search(Tolerant, &twice).unwrap_err().scim_type,
        Some(ScimType::InvalidSyntax)
    );
}
