use serde_json::json;

use super::*;
use crate::ScimType;
use crate::testing::{ACME, Strict, Tolerant, User, canonical as resource, extended, reading};

fn acme(value: &Value) -> Result<Value, Error> {
    let body = json!({"userName": "a", (ACME): value});
    Ok(reading(User, Tolerant, &body)?
        .resource
        .get(ACME)
        .cloned()
        .unwrap_or_default())
}

#[test]
fn n2_booleans_as_strings() {
    for (text, value) in [
        ("True", true),
        ("False", false),
        ("true", true),
        ("FALSE", false),
    ] {
        assert_eq!(
            resource(User, &json!({"userName": "a", "active": text}))["active"],
            value
        );
        let strict = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a", "active": text});
        assert_eq!(
            reading(User, Strict, &strict).unwrap_err().scim_type,
            Some(ScimType::InvalidValue)
        );
    }
    for wrong in [json!("yes"), json!(1), json!({}), json!([true, false])] {
        let error =
            reading(User, Tolerant, &json!({"userName": "a", "active": wrong})).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
        assert!(error.detail.contains("active"), "{error}");
    }
}

#[test]
fn rfc7643_2_3_types_are_kept_or_coerced() {
    let stored =
        acme(&json!({"badge": "7", "quota": "1.5", "vip": "True", "tags": "one"})).unwrap();
    assert_eq!(
        stored,
        json!({"badge": 7, "quota": 1.5, "tags": ["one"], "vip": true})
    );
    assert_eq!(acme(&json!({"badge": 3.0})).unwrap(), json!({"badge": 3}));
    for wrong in [
        json!({"badge": 1.5}),
        json!({"badge": "x"}),
        json!({"quota": true}),
        json!({"badge": u64::MAX}),
    ] {
        assert!(acme(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn rfc7643_2_3_5_dates_have_a_time() {
    for right in [
        "2011-05-13T04:42:34Z",
        "2011-05-13T04:42:34.123+02:00",
        "2011-05-13T04:42:34",
    ] {
        assert_eq!(
            acme(&json!({"hiredAt": right})).unwrap(),
            json!({"hiredAt": right})
        );
    }
    for wrong in ["2011-05-13", "yesterday", "2011-13-13T04:42:34Z"] {
        assert!(acme(&json!({"hiredAt": wrong})).is_err(), "{wrong}");
    }
}

#[test]
fn n10_n11_empty_means_unassigned() {
    let body = json!({
        "id": null, "userName": "a", "title": "", "nickName": null, "emails": [], "roles": null,
        "name": {"middleName": "", "givenName": null},
        "phoneNumbers": [{"type": "work", "value": ""}],
    });
    let stored = resource(User, &body);
    assert_eq!(
        stored.keys().collect::<Vec<_>>(),
        ["schemas", "userName", "active"]
    );
}

#[test]
fn numbers_for_strings_are_their_text() {
    let stored = resource(User, &json!({"userName": 42, "department": 7}));
    assert_eq!(stored["userName"], "42");
    assert_eq!(
        stored["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["department"],
        "7"
    );
}

#[test]
fn n7_every_shape_of_a_manager_is_one() {
    let manager = |value: Value| {
        let stored = resource(User, &json!({"userName": "a", "manager": value}));
        stored
            .get("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")
            .map_or(Value::Null, |extension| extension["manager"].clone())
    };
    let shapes = [
        json!({"value": "7"}),
        json!("7"),
        json!([{"$ref": null, "value": "7"}]),
        json!({"managerId": "7"}),
        json!({"value": "7", "displayName": "read-only"}),
    ];
    for shape in shapes {
        assert_eq!(manager(shape.clone()), json!({"value": "7"}), "{shape}");
    }
    for empty in [
        json!({"value": ""}),
        json!(""),
        json!(null),
        json!([]),
        json!({"$ref": "x", "value": null}),
    ] {
        assert_eq!(manager(empty.clone()), Value::Null, "{empty}");
    }
}

#[test]
fn n20_roles_are_kept_as_sent() {
    let role = json!({"primary": "True", "type": "WindowsAzureActiveDirectoryRole", "value": "{\"id\":\"18d14569\"}"});
    let stored = resource(User, &json!({"userName": "a", "roles": [role]}));
    let expected = json!([{"value": "{\"id\":\"18d14569\"}", "type": "WindowsAzureActiveDirectoryRole", "primary": true}]);
    assert_eq!(stored["roles"], expected);
}

#[test]
fn rfc7643_2_4_only_one_value_is_primary() {
    let emails =
        json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}, {"value": "c"}]);
    let stored = resource(User, &json!({"userName": "a", "emails": emails}));
    assert_eq!(stored["emails"][0]["primary"], true);
    assert_eq!(stored["emails"][1]["primary"], false);
    let strict = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a", "emails": emails});
    assert!(reading(User, Strict, &strict).is_err());
}

#[test]
fn rfc7643_2_4_a_value_said_twice_is_one() {
    let emails =
        json!([{"value": "a", "type": "work"}, {"value": "b"}, {"TYPE": "work", "value": "a"}]);
    let stored = resource(User, &json!({"userName": "a", "emails": emails}));
    let expected = json!([{"value": "a", "type": "work"}, {"value": "b"}]);
    assert_eq!(stored["emails"], expected);
    let group = json!({"displayName": "a", "members": [{"value": "1"}, {"value": "1"}]});
    let stored = resource(ResourceType::Group, &group);
    assert_eq!(
        stored["members"], group["members"],
        "members are rows; the store sees to them"
    );
}

#[test]
fn an_attribute_has_a_bounded_number_of_values() {
    let roles: Vec<Value> = (0..=MAX_VALUES)
        .map(|n| json!({"value": n.to_string()}))
        .collect();
    let error = reading(User, Tolerant, &json!({"userName": "a", "roles": roles})).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::TooMany));
}

#[test]
fn one_order_whoever_sent_it() {
    let one = json!({"emails": [{"type": "work", "value": "a"}], "userName": "a", "externalId": "1", "title": "T"});
    let other = json!({"title": "T", "externalId": "1", "USERNAME": "a", "emails": [{"VALUE": "a", "type": "work"}]});
    let text = |body: &Value| Value::Object(resource(User, body)).to_string();
    assert_eq!(text(&one), text(&other));
    let urn = crate::schema::ENTERPRISE_USER;
    let manager_last =
        json!({"userName": "a", (urn): {"employeeNumber": "1", "department": "D", "manager": "7"}});
    for shuffled in [
        json!({"userName": "a", (urn): {"manager": "7", "department": "D", "employeeNumber": "1"}}),
        json!({"userName": "a", "employeeNumber": "1", (urn): {"manager": "7", "department": "D"}}),
    ] {
        assert_eq!(text(&shuffled), text(&manager_last));
    }
    assert!(conforms(
        extended().attribute(User, "emails").unwrap(),
        &resource(User, &one)["emails"]
    ));
}
