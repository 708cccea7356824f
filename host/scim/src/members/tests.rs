use serde_json::json;

use super::*;
use crate::ScimType;
use crate::testing::{Group, Tolerant, canonical, reading};

fn values(members: &[Member]) -> Vec<&str> {
    members.iter().map(|member| member.value.as_str()).collect()
}

#[test]
fn n19_value_is_all_that_is_needed() {
    let mut group = canonical(
        Group,
        &json!({"displayName": "Sales", "members": [
            {"value": "a"},
            {"value": "b", "type": "User", "display": "B", "$ref": null},
        ]}),
    );
    let members = take_members(&mut group).unwrap();
    assert_eq!(
        members[0],
        Member {
            value: "a".into(),
            kind: None,
            display: None
        }
    );
    assert_eq!(members[1].kind.as_deref(), Some("User"));
    assert_eq!(members[1].display.as_deref(), Some("B"));
    assert!(!group.contains_key("members"));
}

#[test]
fn n18_members_are_a_set_in_the_clients_order() {
    let mut group = canonical(
        Group,
        &json!({"displayName": "Sales", "members": [{"value": "b"}, {"value": "a"}, {"value": "b"}]}),
    );
    assert_eq!(values(&take_members(&mut group).unwrap()), ["b", "a"]);
}

#[test]
fn a_group_without_members_has_none() {
    for body in [
        json!({"displayName": "x"}),
        json!({"displayName": "x", "members": []}),
    ] {
        assert_eq!(take_members(&mut canonical(Group, &body)).unwrap(), []);
    }
}

#[test]
fn a_member_that_names_nobody_is_refused() {
    for member in [
        json!({"display": "A"}),
        json!({"value": ""}),
        json!({}),
        json!(null),
        json!(""),
    ] {
        let body = json!({"displayName": "x", "members": [{"value": "a"}, member]});
        let error = reading(Group, Tolerant, &body).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue), "{body}");
        assert!(error.detail.contains("members.value"), "{error}");
    }
    let mut group = Object::from_iter([("members".to_owned(), json!([{"display": "A"}]))]);
    assert!(take_members(&mut group).is_err());
}

#[test]
fn a_hundred_thousand_members_are_read() {
    let members: Vec<Value> = (0..100_000)
        .map(|n| json!({"value": n.to_string()}))
        .collect();
    let body = json!({"displayName": "All", "members": members});
    let mut group = reading(Group, Tolerant, &body).unwrap().resource;
    assert_eq!(take_members(&mut group).unwrap().len(), 100_000);
}
