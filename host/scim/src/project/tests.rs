use serde_json::{Value, json};

use super::*;
use crate::schema::ENTERPRISE_USER;
use crate::testing::{ACME, Group, User, extended, object};

fn user() -> Object {
    object(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "1",
        "userName": "alice",
        "name": {"givenName": "Alice", "familyName": "A"},
        "emails": [{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "home"}],
        (ENTERPRISE_USER): {"department": "Sales", "manager": {"value": "7", "$ref": "x"}},
        (ACME): {"badge": 1, "secret": "s"},
        "meta": {"resourceType": "User", "version": "W/\"1\""},
    }))
}

fn projected(attributes: Option<&str>, excluded: Option<&str>) -> Value {
    let projection = Projection::parse(&extended(), User, attributes, excluded).unwrap();
    Value::Object(projection.apply(user()))
}

#[test]
fn rfc7644_3_9_attributes_override_the_default() {
    let answer = projected(Some("userName, name.givenName ,EMAILS.value"), None);
    assert_eq!(
        answer,
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": "1",
            "userName": "alice",
            "name": {"givenName": "Alice"},
            "emails": [{"value": "a@x"}, {"value": "b@x"}],
        })
    );
}

#[test]
fn rfc7644_3_9_excluded_attributes_are_left_out() {
    let answer = projected(None, Some("emails.type,name,meta.version"));
    assert_eq!(
        answer["emails"],
        json!([{"value": "a@x"}, {"value": "b@x"}])
    );
    assert_eq!(answer.get("name"), None);
    assert_eq!(answer["meta"], json!({"resourceType": "User"}));
    assert_eq!(answer["userName"], "alice");
}

#[test]
fn rfc7643_7_id_and_schemas_are_always_returned() {
    let answer = projected(None, Some("id,schemas,userName"));
    assert_eq!(answer["id"], "1");
    assert!(answer.get("schemas").is_some());
    assert_eq!(answer.get("userName"), None);
    assert_eq!(projected(Some("id"), None).as_object().unwrap().len(), 2);
}

#[test]
fn extensions_are_chosen_whole_or_in_part() {
    let whole = projected(Some(ENTERPRISE_USER), None);
    assert_eq!(whole[ENTERPRISE_USER]["manager"]["value"], "7");
    assert_eq!(whole.get("userName"), None);
    let part = projected(Some(&format!("{ENTERPRISE_USER}:manager.value")), None);
    assert_eq!(part[ENTERPRISE_USER], json!({"manager": {"value": "7"}}));
    let without = projected(None, Some(&format!("{ENTERPRISE_USER}:department")));
    assert_eq!(
        without[ENTERPRISE_USER],
        json!({"manager": {"value": "7", "$ref": "x"}})
    );
    assert_eq!(
        projected(None, Some(ENTERPRISE_USER)).get(ENTERPRISE_USER),
        None
    );
}

#[test]
fn rfc7643_7_returned_on_request_needs_a_request() {
    assert_eq!(projected(None, None)[ACME], json!({"badge": 1}));
    let asked = projected(Some(&format!("{ACME}:secret")), None);
    assert_eq!(asked[ACME], json!({"secret": "s"}));
}

#[test]
fn wants_tells_whether_members_have_to_be_loaded() {
    let wants = |attributes, excluded| {
        Projection::parse(&extended(), Group, attributes, excluded)
            .unwrap()
            .wants("members")
    };
    assert!(wants(None, None));
    assert!(!wants(None, Some("members")));
    assert!(wants(None, Some("members.display")));
    assert!(!wants(Some("displayName"), None));
    assert!(wants(Some("members.value"), None));
}

#[test]
fn names_nobody_has_are_ignored_but_both_lists_at_once_refused() {
    assert_eq!(
        projected(Some("nothing"), None).as_object().unwrap().len(),
        2
    );
    assert_eq!(projected(None, Some("nothing"))["userName"], "alice");
    assert!(Projection::parse(&extended(), User, Some("id"), Some("meta")).is_err());
}

#[test]
fn without_parameters_standard_resources_pass_untouched() {
    let projection = Projection::parse(SchemaSet::standard(), User, None, None).unwrap();
    assert!(projection.is_all());
    assert_eq!(projection.apply(user()), user());
}

#[test]
fn what_is_chosen_is_bounded_and_each_name_counts_once() {
    let parse = |text: &str| Projection::parse(&extended(), User, Some(text), None);
    let once = parse("emails.value").unwrap();
    assert_eq!(parse(&"EMAILS.value,".repeat(256)).unwrap(), once);
    let error = parse(&"emails.value,".repeat(257)).unwrap_err();
    assert!(error.detail.starts_with("attributes "), "{error}");
    let error = Projection::parse(&extended(), User, None, Some(&"a,".repeat(257))).unwrap_err();
    assert!(error.detail.starts_with("excludedAttributes "), "{error}");
}
