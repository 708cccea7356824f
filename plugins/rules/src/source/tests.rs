use serde_json::{Value, json};

use super::{Source, SourceError};
use crate::scenario::ann;

fn values(path: &str) -> Vec<Value> {
    let user = ann();
    let source = Source::parse(path).unwrap();
    source.values(user.as_object().unwrap()).cloned().collect()
}

#[test]
fn core_attributes() {
    assert_eq!(values("userName"), [json!("ann@northwind.example")]);
    assert_eq!(values("USERNAME"), [json!("ann@northwind.example")]);
    assert_eq!(values("name.givenName"), [json!("Ann")]);
    assert_eq!(
        values("name"),
        [json!({ "givenName": "Ann", "familyName": "Lee" })]
    );
    assert_eq!(values("externalId"), [json!("00u1")]);
    assert_eq!(values("active"), [json!(true)]);
    assert_eq!(values("nickName"), Vec::<Value>::new());
    assert_eq!(
        values("urn:ietf:params:scim:schemas:core:2.0:User:title"),
        [json!("Engineer")]
    );
}

#[test]
fn values_of_multi_valued_attributes() {
    let both = [
        json!("ann@home.example"),
        json!("Ann.Lee@Northwind.example"),
    ];
    assert_eq!(values("emails.value"), both);
    assert_eq!(values("emails"), both);
    assert_eq!(values("emails.type"), [json!("home"), json!("work")]);
    assert_eq!(values(r#"emails[type eq "work"].value"#), both[1..]);
    assert_eq!(values(r#"emails[type eq "work"]"#), both[1..]);
    assert_eq!(
        values(r#"emails[type eq "other"].value"#),
        Vec::<Value>::new()
    );
}

#[test]
fn extensions_by_urn_and_by_bare_name() {
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    assert_eq!(values(&format!("{urn}:department")), [json!("R&D")]);
    assert_eq!(values(&format!("{urn}:manager.value")), [json!("u9")]);
    assert_eq!(values("department"), [json!("R&D")]);
    assert_eq!(values("manager"), [json!("u9")]);
}

#[test]
fn attributes_that_no_schema_declares() {
    let urn = "urn:example:params:scim:schemas:extension:acme:1.0:User";
    assert_eq!(
        values(&format!("{urn}:externalTenantId")),
        [json!("customer-a")]
    );
    assert_eq!(values("externalTenantId"), [json!("customer-a")]);
    assert_eq!(values("externaltenantid"), [json!("customer-a")]);
    assert_eq!(values("regions"), [json!("emea"), json!("apac")]);
    assert_eq!(
        values("urn:example:other:User:externalTenantId"),
        Vec::<Value>::new()
    );
}

#[test]
fn mistakes_are_named() {
    for text in [
        "",
        "user name",
        "emails[type eq \"work\"",
        "emails]",
        "emails[x]y",
        "a.b.c",
        "1a",
    ] {
        assert!(
            matches!(Source::parse(text), Err(SourceError::Syntax(_))),
            "{text:?}"
        );
    }
    let error = Source::parse("name.given").unwrap_err();
    assert!(error.to_string().contains("givenName"), "{error}");
    assert_eq!(
        Source::parse("externalTenantId[type eq \"x\"]"),
        Err(SourceError::Undeclared("externalTenantId".to_owned()))
    );
    assert!(matches!(
        Source::parse("emails[nosuch eq 1]"),
        Err(SourceError::Filter(_))
    ));
    assert_eq!(
        Source::text("name"),
        Err(SourceError::Complex("name".to_owned()))
    );
    assert!(Source::text("emails").is_ok());
}
