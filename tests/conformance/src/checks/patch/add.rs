//! RFC 7644 §3.5.2.1: add.

use serde_json::json;

use super::Case;
use crate::answer::equal;
use crate::check::{Check, Need, ensure, must};
use crate::session::user_path;

const NO_PATH: &str = "Without path the value is a set of attributes to add to the resource.";
const SINGLE: &str = "If the target is a single-valued attribute, the value is replaced.";
const ABSENT: &str = "If the target does not exist, the attribute and value are added.";
const MULTI: &str = "If the target is a multi-valued attribute, a new value is added.";
const COMPLEX: &str =
    "If the target is a complex attribute, a set of sub-attributes SHALL be specified.";
const SELECTED: &str = "valuePath selects the values that the operation is about.";
const EXTENSION: &str = "Attributes of an extension are named by its URI and a colon.";

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case {
        name: "rfc7644_3_5_2_1_add_without_path", says: NO_PATH,
        user: "{}",
        operations: r#"[{"op": "add", "value": {"title": "Boss", "nickName": "B"}}]"#,
        then: r#"{"/title": "Boss", "/nickName": "B"}"#,
    },
    Case {
        name: "rfc7644_3_5_2_1_add_without_path_merges_complex_attributes", says: COMPLEX,
        user: r#"{"name": {"givenName": "Old", "familyName": "Kept"}}"#,
        operations: r#"[{"op": "add", "value": {"name": {"givenName": "New"}}}]"#,
        then: r#"{"/name": {"givenName": "New", "familyName": "Kept"}}"#,
    },
    Case {
        name: "rfc7644_3_5_2_1_add_without_path_appends_to_many_values", says: MULTI,
        user: r#"{"emails": [{"value": "a@example.com", "type": "work"}]}"#,
        operations: r#"[{"op": "add", "value": {"emails": [{"value": "b@example.com", "type": "home"}]}}]"#,
        then: r#"{"/emails": [{"value": "a@example.com"}, {"value": "b@example.com", "type": "home"}]}"#,
    },
    Case {
        name: "rfc7644_3_5_2_1_add_of_an_absent_attribute", says: ABSENT,
        user: "{}",
        operations: r#"[{"op": "add", "path": "title", "value": "Boss"}]"#,
        then: r#"{"/title": "Boss"}"#,
    },
    Case {
        name: "rfc7644_3_5_2_1_add_replaces_a_single_value", says: SINGLE,
        user: r#"{"title": "Clerk"}"#,
        operations: r#"[{"op": "add", "path": "title", "value": "Boss"}]"#,
        then: r#"{"/title": "Boss"}"#,
    },
    Case {
        name: "rfc7644_3_5_2_1_add_of_a_sub_attribute", says: ABSENT,
        user: r#"{"name": {"familyName": "Kept"}}"#,
        operations: r#"[{"op": "add", "path": "name.givenName", "value": "New"}]"#,
        then: r#"{"/name": {"givenName": "New", "familyName": "Kept"}}"#,
    },
    Case {
        name: "rfc7644_3_5_2_1_add_of_a_complex_attribute", says: COMPLEX,
        user: r#"{"name": {"givenName": "Old", "familyName": "Kept"}}"#,
        operations: r#"[{"op": "add", "path": "name", "value": {"givenName": "New"}}]"#,
        then: r#"{"/name": {"givenName": "New", "familyName": "Kept"}}"#,
    },
    Case {
        name: "rfc7644_3_5_2_1_add_appends_to_many_values", says: MULTI,
        user: r#"{"emails": [{"value": "a@example.com", "type": "work"}]}"#,
        operations: r#"[{"op": "add", "path": "emails", "value": [{"value": "b@example.com", "type": "home"}]}]"#,
        then: r#"{"/emails": [{"value": "a@example.com"}, {"value": "b@example.com", "type": "home"}]}"#,
    },
    Case {
        name: "rfc7644_3_5_2_1_add_to_an_absent_list", says: ABSENT,
        user: "{}",
        operations: r#"[{"op": "add", "path": "phoneNumbers", "value": [{"value": "+1 201 555 0123", "type": "work"}]}]"#,
        then: r#"{"/phoneNumbers": [{"value": "+1 201 555 0123", "type": "work"}]}"#,
    },
    Case {
        name: "rfc7644_3_5_2_1_add_below_a_value_path", says: SELECTED,
        user: r#"{"emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com", "type": "home"}]}"#,
        operations: r#"[{"op": "add", "path": "emails[type eq \"home\"].value", "value": "c@example.com"}]"#,
        then: r#"{"/emails": [{"value": "a@example.com", "type": "work"}, {"value": "c@example.com", "type": "home"}]}"#,
    },
    Case {
        name: "rfc7644_3_5_2_1_add_of_an_extension_attribute", says: EXTENSION,
        user: "{}",
        operations: r#"[{"op": "add", "path": "{ENT}:department", "value": "Research"}]"#,
        then: r#"{"/{ENT}": {"department": "Research"}}"#,
    },
    Case {
        name: "rfc7644_3_5_2_1_add_of_an_extension_without_path", says: NO_PATH,
        user: "{}",
        operations: r#"[{"op": "add", "value": {"{ENT}": {"department": "Research", "division": "North"}}}]"#,
        then: r#"{"/{ENT}": {"department": "Research", "division": "North"}}"#,
    },
    Case {
        name: "rfc7644_3_5_2_1_add_below_a_complex_extension_attribute", says: EXTENSION,
        user: "{}",
        operations: r#"[{"op": "add", "path": "{ENT}:manager.value", "value": "26118915-6090-4610-87e4-49d8ca9f808d"}]"#,
        then: r#"{"/{ENT}": {"manager": {"value": "26118915-6090-4610-87e4-49d8ca9f808d"}}}"#,
    },
    Case {
        name: "rfc7644_3_10_urn_qualifies_the_path_of_an_operation", says: EXTENSION,
        user: "{}",
        operations: r#"[{"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName", "value": "New"}]"#,
        then: r#"{"/name/givenName": "New"}"#,
    },
];

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "rfc7644_3_5_2_1_add_of_what_is_there_changes_nothing",
            "If the value exists already, no change SHOULD be made to the resource or lastModified.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let emails = &user["emails"];
                let change = json!([{"op": "add", "path": "emails", "value": emails}]);
                let after = scim.patched(&user_path(&user)?, &change).await?;
                equal("emails", &after["emails"], emails)?;
                let modified = |user: &serde_json::Value| user["meta"]["lastModified"].clone();
                ensure(modified(&after) == modified(&user), || "lastModified changed".to_owned())
            },
        )
        .needs([Need::User("emails")]),
    ]
}
