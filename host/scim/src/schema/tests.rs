use super::*;
use crate::ScimType;
use crate::testing::{ACME, extended};

fn all(schema: &Schema) -> Vec<&Attribute> {
    let top = schema.attributes.iter().map(|attribute| &**attribute);
    top.flat_map(|attribute| {
        std::iter::once(attribute).chain(attribute.sub_attributes.iter().map(|sub| &**sub))
    })
    .collect()
}

#[test]
fn standard_schemas_are_those_of_rfc7643_4_and_8_7() {
    let ids: Vec<&str> = SchemaSet::standard()
        .schemas()
        .map(|schema| &*schema.id)
        .collect();
    assert_eq!(ids, [USER, GROUP, ENTERPRISE_USER]);
    let names = |schema: &Schema| {
        schema
            .attributes
            .iter()
            .map(|a| a.name.clone())
            .collect::<Vec<_>>()
    };
    let user = names(SchemaSet::standard().core(ResourceType::User));
    assert_eq!(user.len(), 21);
    assert_eq!(
        names(SchemaSet::standard().core(ResourceType::Group)),
        ["displayName", "members"]
    );
}

#[test]
fn complex_attributes_have_parts_and_only_they() {
    for schema in SchemaSet::standard().schemas() {
        for attribute in all(schema) {
            let complex = attribute.kind == Type::Complex;
            assert_eq!(
                complex,
                !attribute.sub_attributes.is_empty(),
                "{}",
                attribute.name
            );
            assert!(!attribute.description.is_empty(), "{}", attribute.name);
        }
    }
}

#[test]
fn rfc7643_2_3_7_references_and_binaries_are_case_exact() {
    for attribute in SchemaSet::standard().schemas().flat_map(all) {
        if matches!(attribute.kind, Type::Reference | Type::Binary) {
            assert!(attribute.case_exact, "{}", attribute.name);
        }
        assert_eq!(
            attribute.kind == Type::Reference,
            !attribute.reference_types.is_empty()
        );
    }
}

#[test]
fn names_are_unique_in_any_letter_case() {
    for schema in extended().schemas() {
        let mut names: Vec<String> = schema
            .attributes
            .iter()
            .map(|a| a.name.to_ascii_lowercase())
            .collect();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{}", schema.id);
    }
}

#[test]
fn a_set_takes_an_extension_once() {
    let set = extended();
    let schema = set.extension(ResourceType::User, ACME).unwrap().clone();
    assert_eq!(set.extension(ResourceType::Group, ACME), None);
    let error = set.with_extension(ResourceType::User, schema).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::Uniqueness));
    let no_urn = Schema {
        id: "acme".into(),
        name: String::new(),
        description: String::new(),
        attributes: vec![],
    };
    assert!(set.with_extension(ResourceType::User, no_urn).is_err());
}

#[test]
fn rfc7643_7_a_schema_is_read_with_its_defaults() {
    let schema: Schema =
        serde_json::from_str(r#"{"id":"urn:a:b","name":"x","attributes":[{"name":"y"}]}"#).unwrap();
    let attribute = &schema.attributes[0];
    assert_eq!(attribute.kind, Type::String);
    assert_eq!(attribute.mutability, Mutability::ReadWrite);
    assert!(!attribute.case_exact && !attribute.required && !attribute.multi_valued);
    let any = r#"{"id":"urn:a:b","name":"x","attributes":[{"name":"y","type":"any"}]}"#;
    assert!(serde_json::from_str::<Schema>(any).is_err());
}

#[test]
fn endpoints_lead_to_resource_types() {
    for kind in ResourceType::ALL {
        assert_eq!(ResourceType::at(kind.endpoint()), Some(kind));
        assert_eq!(ResourceType::at(&kind.endpoint()[1..]), Some(kind));
    }
    assert_eq!(ResourceType::at("users"), None);
}

#[test]
fn a_set_knows_what_a_resource_type_can_have() {
    let set = extended();
    for path in ["userName", "name.givenName", "meta.version"] {
        assert!(set.knows(ResourceType::User, path), "{path}");
    }
    assert!(!set.knows(ResourceType::Group, "userName"));
    assert!(set.knows(ResourceType::User, &format!("{ACME}:badge")));
}
