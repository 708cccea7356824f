//! RFC 7644 §3.5.2.3: replace.

use serde_json::json;

use super::Case;
use crate::answer::equal;
use crate::check::{Check, ensure, must};
use crate::session::user_path;

const NO_PATH: &str = "Without path the value is a set of attributes to replace; others stay.";
const SINGLE: &str = "If the target is a single-valued attribute, its value is replaced.";
const MULTI: &str =
    "If the target is a multi-valued attribute without a filter, all values are replaced.";
const COMPLEX: &str =
    "If the target is complex, the sub-attributes in the value are replaced; others stay.";
const SELECTED: &str = "With a filter the values that match it SHALL be replaced.";
const BELOW: &str =
    "With a filter and a sub-attribute, that of each value that matches is replaced.";
const ABSENT: &str = "If the target does not exist, the operation SHALL be treated as an add.";

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case {
        name: "rfc7644_3_5_2_3_replace_without_path", says: NO_PATH,
        user: r#"{"title": "Clerk", "nickName": "Kept"}"#,
        operations: r#"[{"op": "replace", "value": {"title": "Boss", "displayName": "New"}}]"#,
        then: r#"{"/title": "Boss", "/displayName": "New", "/nickName": "Kept"}"#,
    },
    Case {
        name: "rfc7644_3_5_2_3_replace_without_path_of_many_values", says: MULTI,
        user: r#"{"emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com", "type": "home"}]}"#,
        operations: r#"[{"op": "replace", "value": {"emails": [{"value": "c@example.com", "type": "work"}]}}]"#,
        then: r#"{"/emails": [{"value": "c@example.com", "type": "work"}]}"#,
    },
    Case {
        name: "rfc7644_3_5_2_3_replace_of_a_single_value", says: SINGLE,
        user: r#"{"title": "Clerk"}"#,
        operations: r#"[{"op": "replace", "path": "title", "value": "Boss"}]"#,
        then: r#"{"/title": "Boss"}"#,
    },
    Case {
        name: "rfc7644_3_5_2_3_replace_of_a_boolean", says: SINGLE,
        user: r#"{"active": false}"#,
        operations: r#"[{"op": "replace", "path": "active", "value": true}]"#,
        then: r#"{"/active": true}"#,
    },
    Case {
        name: "rfc7644_3_5_2_3_replace_of_an_absent_attribute", says: ABSENT,
        user: "{}",
        operations: r#"[{"op": "replace", "path": "title", "value": "Boss"}]"#,
        then: r#"{"/title": "Boss"}"#,
    },
    Case {
        name: "rfc7644_3_5_2_3_replace_of_a_sub_attribute", says: SINGLE,
        user: r#"{"name": {"givenName": "Old", "familyName": "Kept"}}"#,
        operations: r#"[{"op": "replace", "path": "name.givenName", "value": "New"}]"#,
        then: r#"{"/name": {"givenName": "New", "familyName": "Kept"}}"#,
    },
    Case {
        name: "rfc7644_3_5_2_3_replace_of_a_complex_attribute", says: COMPLEX,
        user: r#"{"name": {"givenName": "Old", "familyName": "Kept"}}"#,
        operations: r#"[{"op": "replace", "path": "name", "value": {"givenName": "New"}}]"#,
        then: r#"{"/name": {"givenName": "New", "familyName": "Kept"}}"#,
    },
    Case {
        name: "rfc7644_3_5_2_3_replace_of_many_values", says: MULTI,
        user: r#"{"emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com", "type": "home"}]}"#,
        operations: r#"[{"op": "replace", "path": "emails", "value": [{"value": "c@example.com", "type": "home"}]}]"#,
        then: r#"{"/emails": [{"value": "c@example.com", "type": "home"}]}"#,
    },
    Case {
        name: "rfc7644_3_5_2_3_replace_by_filter", says: SELECTED,
        user: r#"{"emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com", "type": "home"}]}"#,
        operations: r#"[{"op": "replace", "path": "emails[type eq \"work\"]", "value": {"value": "c@example.com", "type": "work"}}]"#,
        then: r#"{"/emails": [{"value": "c@example.com", "type": "work"}, {"value": "b@example.com", "type": "home"}]}"#,
    },
    Case {
        name: "rfc7644_3_5_2_3_replace_below_a_value_path", says: BELOW,
        user: r#"{"emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com", "type": "home"}]}"#,
        operations: r#"[{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "c@example.com"}]"#,
        then: r#"{"/emails": [{"value": "c@example.com", "type": "work"}, {"value": "b@example.com", "type": "home"}]}"#,
    },
    Case {
        name: "rfc7644_3_5_2_3_replace_below_a_value_path_of_several", says: BELOW,
        user: r#"{"emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com", "type": "work"}]}"#,
        operations: r#"[{"op": "replace", "path": "emails[value ew \"@example.com\"].type", "value": "home"}]"#,
        then: r#"{"/emails": [{"value": "a@example.com", "type": "home"}, {"value": "b@example.com", "type": "home"}]}"#,
    },
    Case {
        name: "rfc7644_3_5_2_3_replace_of_an_extension_attribute", says: SINGLE,
        user: r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "{ENT}"], "{ENT}": {"department": "Old", "division": "Kept"}}"#,
        operations: r#"[{"op": "replace", "path": "{ENT}:department", "value": "New"}]"#,
        then: r#"{"/{ENT}": {"department": "New", "division": "Kept"}}"#,
    },
];

pub(super) fn checks() -> Vec<Check> {
    vec![must(
        "rfc7644_3_5_2_3_deactivation_is_a_replace",
        "active is a readWrite attribute like others.",
        async |scim| {
            let user = scim.user(&json!({})).await?;
            let change = json!([{"op": "replace", "path": "active", "value": false}]);
            let after = scim.patched(&user_path(&user)?, &change).await?;
            equal("id", &after["id"], &user["id"])?;
            ensure(after["active"] == false, || {
                format!("active is {}", after["active"])
            })
        },
    )]
}
