use super::*;
use crate::schema::ENTERPRISE_USER;

const BASE: &str = "https://scim.example/scim/v2/c1";

fn every(value: &Value, test: &mut dyn FnMut(&Value)) {
    test(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| every(item, test)),
        Value::Object(members) => members.values().for_each(|member| every(member, test)),
        _ => {}
    }
}

fn attribute<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    schema["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|attribute| attribute["name"] == name)
}

fn sub_names(attribute: &Value) -> Vec<&str> {
    let subs = attribute["subAttributes"].as_array().unwrap();
    subs.iter().filter_map(|sub| sub["name"].as_str()).collect()
}

#[test]
fn there_are_no_nulls_in_discovery() {
    let mut all = schemas(BASE, SchemaSet::standard());
    all.extend(resource_types(BASE, SchemaSet::standard()));
    all.push(service_provider_config(BASE));
    for entry in &all {
        every(entry, &mut |value| assert!(!value.is_null(), "{entry}"));
        assert!(
            entry["meta"]["location"]
                .as_str()
                .unwrap()
                .starts_with(BASE)
        );
        assert!(entry["schemas"].is_array());
    }
}

#[test]
fn what_is_never_returned_or_breaks_readers_is_not_advertised() {
    let schemas = schemas(BASE, SchemaSet::standard());
    let [user, group, enterprise] = schemas.as_slice() else {
        panic!("three schemas")
    };
    assert_eq!(attribute(user, "password"), None);
    assert_eq!(
        sub_names(attribute(user, "emails").unwrap()),
        ["value", "type", "primary"]
    );
    assert!(sub_names(attribute(user, "roles").unwrap()).contains(&"display"));
    assert_eq!(
        sub_names(attribute(group, "members").unwrap()),
        ["value", "$ref", "type"]
    );
    assert_eq!(enterprise["id"], ENTERPRISE_USER);
}

#[test]
fn rfc7643_7_every_characteristic_is_stated() {
    for schema in schemas(BASE, SchemaSet::standard()) {
        every(&schema["attributes"], &mut |value| {
            if value.get("type").is_none_or(|kind| !kind.is_string()) || value.get("name").is_none()
            {
                return;
            }
            for name in ["multiValued", "required", "caseExact"] {
                assert!(value[name].is_boolean(), "{value}");
            }
            for name in ["description", "mutability", "returned", "uniqueness"] {
                assert!(value[name].is_string(), "{value}");
            }
        });
    }
}

#[test]
fn rfc7643_6_resource_types_are_named_as_their_ids() {
    let types = resource_types(BASE, SchemaSet::standard());
    assert_eq!(types[0]["id"], "User");
    assert_eq!(types[0]["name"], "User");
    assert_eq!(types[0]["endpoint"], "/Users");
    assert_eq!(
        types[0]["schemaExtensions"],
        json!([{"schema": ENTERPRISE_USER, "required": false}])
    );
    assert_eq!(types[1].get("schemaExtensions"), None);
    assert_eq!(
        types[1]["meta"]["location"],
        format!("{BASE}/ResourceTypes/Group")
    );
}

#[test]
fn rfc7643_5_the_configuration_has_its_numbers() {
    let config = service_provider_config(BASE);
    assert_eq!(config["patch"]["supported"], true);
    assert_eq!(
        config["bulk"],
        json!({"supported": true, "maxOperations": 1000, "maxPayloadSize": 4_194_304})
    );
    assert_eq!(
        config["filter"],
        json!({"supported": true, "maxResults": 200})
    );
    assert_eq!(config["etag"]["supported"], true);
    assert_eq!(config["sort"]["supported"], true);
    assert_eq!(
        config["pagination"],
        json!({"cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": 100, "maxPageSize": 200})
    );
    assert_eq!(config["changePassword"]["supported"], false);
    assert_eq!(
        config["authenticationSchemes"][0]["type"],
        "oauthbearertoken"
    );
}
