//! RFC 7644 §3.5.2.2: remove.

use super::Case;

const SINGLE: &str = "A single-valued attribute is removed: it is unassigned afterwards.";
const ALL: &str = "Without a filter all values of a multi-valued attribute are removed.";
const SELECTED: &str = "With a filter the values that match it are removed.";
const EMPTY: &str = "If no other values remain, the attribute is unassigned.";
const BELOW: &str = "A sub-attribute of the values that match is removed.";

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case {
        name: "rfc7644_3_5_2_2_remove_of_a_single_value", says: SINGLE,
        user: r#"{"title": "Boss"}"#,
        operations: r#"[{"op": "remove", "path": "title"}]"#,
        then: r#"{"/title": null}"#,
    },
    Case {
        name: "rfc7644_3_5_2_2_remove_of_a_sub_attribute", says: SINGLE,
        user: r#"{"name": {"givenName": "Gone", "familyName": "Kept"}}"#,
        operations: r#"[{"op": "remove", "path": "name.givenName"}]"#,
        then: r#"{"/name": {"familyName": "Kept", "givenName": null}}"#,
    },
    Case {
        name: "rfc7644_3_5_2_2_remove_of_a_complex_attribute", says: SINGLE,
        user: r#"{"name": {"givenName": "Gone", "familyName": "Gone"}}"#,
        operations: r#"[{"op": "remove", "path": "name"}]"#,
        then: r#"{"/name": null}"#,
    },
    Case {
        name: "rfc7644_3_5_2_2_remove_of_many_values", says: ALL,
        user: r#"{"emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com", "type": "home"}]}"#,
        operations: r#"[{"op": "remove", "path": "emails"}]"#,
        then: r#"{"/emails": null}"#,
    },
    Case {
        name: "rfc7644_3_5_2_2_remove_by_filter", says: SELECTED,
        user: r#"{"emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com", "type": "home"}]}"#,
        operations: r#"[{"op": "remove", "path": "emails[type eq \"work\"]"}]"#,
        then: r#"{"/emails": [{"value": "b@example.com", "type": "home"}]}"#,
    },
    Case {
        name: "rfc7644_3_5_2_2_remove_by_a_filter_with_and", says: SELECTED,
        user: r#"{"emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com", "type": "work"}]}"#,
        operations: r#"[{"op": "remove", "path": "emails[type eq \"work\" and value sw \"b@\"]"}]"#,
        then: r#"{"/emails": [{"value": "a@example.com", "type": "work"}]}"#,
    },
    Case {
        name: "rfc7644_3_5_2_2_remove_of_the_last_value_unassigns", says: EMPTY,
        user: r#"{"emails": [{"value": "a@example.com", "type": "work"}]}"#,
        operations: r#"[{"op": "remove", "path": "emails[type eq \"work\"]"}]"#,
        then: r#"{"/emails": null}"#,
    },
    Case {
        name: "rfc7644_3_5_2_2_remove_below_a_value_path", says: BELOW,
        user: r#"{"emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com", "type": "home"}]}"#,
        operations: r#"[{"op": "remove", "path": "emails[value eq \"a@example.com\"].type"}]"#,
        then: r#"{"/emails": [{"value": "a@example.com", "type": null}, {"value": "b@example.com", "type": "home"}]}"#,
    },
    Case {
        name: "rfc7644_3_5_2_2_remove_of_an_extension_attribute", says: SINGLE,
        user: r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "{ENT}"], "{ENT}": {"department": "Gone", "division": "Kept"}}"#,
        operations: r#"[{"op": "remove", "path": "{ENT}:department"}]"#,
        then: r#"{"/{ENT}": {"division": "Kept", "department": null}}"#,
    },
];
