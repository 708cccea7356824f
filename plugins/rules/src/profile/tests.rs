use serde_json::{Value, json};

use crate::scenario::{ann, decided};

fn profile(settings: &Value, user: &Value) -> Value {
    Value::Object(decided(&json!({ "profile": settings }), user, &[]).profile)
}

/// The fields of settings and nothing else.
fn fields(fields: &Value, user: &Value) -> Value {
    profile(&json!({ "standard": false, "fields": fields }), user)
}

#[test]
fn the_core_attributes_without_any_settings() {
    let expected = json!({
        "userName": "ann@northwind.example",
        "displayName": "Ann Lee",
        "givenName": "Ann",
        "familyName": "Lee",
        "email": "Ann.Lee@Northwind.example",
        "active": true
    });
    for settings in [json!({}), json!(null), json!({ "profile": {} })] {
        assert_eq!(
            Value::Object(decided(&settings, &ann(), &[]).profile),
            expected,
            "{settings}"
        );
    }
}

#[test]
fn a_user_with_nothing_but_a_name() {
    let expected = json!({ "userName": "bob", "displayName": "bob", "active": true });
    assert_eq!(profile(&json!({}), &json!({ "userName": "bob" })), expected);
}

#[test]
fn the_standard_email_is_work_then_primary_then_first() {
    let email = |emails: Value| profile(&json!({}), &json!({ "emails": emails }))["email"].clone();
    let (home, other) = (
        json!({ "value": "h", "type": "home" }),
        json!({ "value": "o" }),
    );
    let primary = json!({ "value": "p", "type": "home", "primary": true });
    let work = json!({ "value": "w", "type": "work" });
    assert_eq!(email(json!([home, primary, work])), "w");
    assert_eq!(email(json!([home, primary])), "p");
    assert_eq!(email(json!([other, home])), "o");
    assert_eq!(email(json!([])), Value::Null);
}

#[test]
fn an_own_field_joins_or_replaces_the_standard_ones() {
    let settings = json!({ "fields": {
        "email": { "from": "emails[type eq \"work\"].value", "transform": ["lower"] },
        "costCenter": "costCenter",
        "familyName": null
    } });
    let expected = json!({
        "userName": "ann@northwind.example",
        "displayName": "Ann Lee",
        "givenName": "Ann",
        "email": "ann.lee@northwind.example",
        "active": true,
        "costCenter": "4711"
    });
    assert_eq!(profile(&settings, &ann()), expected);
}

#[test]
fn templates_constants_lists_and_defaults() {
    let settings = json!({
        "name": "{name.familyName|upper}, {name.givenName}",
        "mailDomain": { "from": "userName", "transform": ["domain", "upper"] },
        "emails": { "from": "emails", "all": true, "transform": ["lower"] },
        "regions": { "from": "regions", "all": true },
        "source": { "constant": { "kind": "scim" } },
        "locale": { "from": "locale", "default": "en" },
        "nothing": { "constant": null },
        "title": ["nickName", "title"],
        "nickName": "nickName"
    });
    let expected = json!({
        "name": "LEE, Ann",
        "mailDomain": "NORTHWIND.EXAMPLE",
        "emails": ["ann@home.example", "ann.lee@northwind.example"],
        "regions": ["emea", "apac"],
        "source": { "kind": "scim" },
        "locale": "en",
        "nothing": null,
        "title": "Engineer"
    });
    assert_eq!(fields(&settings, &ann()), expected);
}

#[test]
fn a_slot_that_stays_empty_leaves_no_gap() {
    let user = json!({ "name": { "givenName": "Ann", "familyName": "Lee" } });
    let settings = json!({ "name": "{name.givenName} {name.middleName} {name.familyName}" });
    assert_eq!(fields(&settings, &user), json!({ "name": "Ann Lee" }));
    let settings = json!({ "name": "{name.middleName}" });
    assert_eq!(fields(&settings, &user), json!({}));
}
