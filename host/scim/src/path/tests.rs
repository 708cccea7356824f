use super::*;
use crate::ScimType;
use crate::canonical::Reader;
use crate::schema::ENTERPRISE_USER;
use crate::testing::{Strict, Tolerant, User, extended};

fn parsed(text: &str) -> Result<Path, Error> {
    Path::parse(&extended(), User, &mut Reader::new(Tolerant), text)
}

fn target(text: &str) -> AttributeTarget {
    match parsed(text).unwrap() {
        Path::Attribute(target) => target,
        Path::Extension(urn) => panic!("{urn} is an extension"),
    }
}

#[test]
fn rfc7644_3_5_2_examples_are_paths() {
    assert_eq!(target("name.familyName").sub.unwrap().name, "familyName");
    let work = target("addresses[type eq \"work\"]");
    assert_eq!(work.attribute.name, "addresses");
    assert_eq!(work.filter.unwrap().to_string(), "type eq \"work\"");
    assert_eq!(work.sub, None);
    let value = target("emails[type eq \"work\" and value ew \"example.com\"].value");
    assert_eq!(value.sub.unwrap().name, "value");
}

#[test]
fn rfc7644_3_5_2_schema_uris_are_prefixes() {
    let manager = target(&format!("{ENTERPRISE_USER}:manager"));
    assert_eq!(manager.urn.as_deref(), Some(ENTERPRISE_USER));
    assert_eq!(manager.attribute.name, "manager");
    assert_eq!(
        parsed(ENTERPRISE_USER).unwrap(),
        Path::Extension(ENTERPRISE_USER.to_owned())
    );
}

#[test]
fn n2_entras_quoted_booleans_are_booleans() {
    let primary = target("roles[primary eq \"True\"].display");
    assert_eq!(primary.filter.unwrap().to_string(), "primary eq true");
    assert!(
        Path::parse(
            &extended(),
            User,
            &mut Reader::new(Strict),
            "roles[primary eq \"True\"].display"
        )
        .is_err()
    );
}

#[test]
fn what_is_no_path_is_invalid() {
    let wrong = [
        "",
        "[",
        "foo",
        "emails[",
        "emails[]",
        "emails[type]",
        "emails[type eq \"work\"",
        "emails]",
        "emails[type eq \"work\"]value",
        "emails[type eq \"work\"].foo",
        "emails.type[type eq \"x\"]",
        "emails[type eq \"work\"].value.x",
        "emails[type eq \"work\"].value x",
        "userName eq \"x\"",
        "name.givenName.x",
        "emails[addresses[type eq \"x\"]]",
        "\"userName\"",
        "(userName)",
    ];
    for text in wrong {
        let error = parsed(text).unwrap_err();
        assert_eq!(
            error.scim_type,
            Some(ScimType::InvalidPath),
            "{text}: {error}"
        );
    }
}
