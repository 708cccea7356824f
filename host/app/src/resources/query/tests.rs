use rolecall_scim::{SchemaSet, Strictness};

use super::*;

fn found(kind: ResourceType, text: &str) -> Source {
    let schemas = SchemaSet::standard();
    Source::of(
        schemas,
        kind,
        &Filter::read_at_root(schemas, kind, Strictness::Tolerant, text)
            .unwrap()
            .0,
    )
}

#[test]
fn an_equality_of_every_match_is_looked_up() {
    let name = |key: &str| Source::Equality(Equality::Name(key.to_owned()));
    assert_eq!(
        found(ResourceType::User, "userName eq \"Ada\""),
        name("ada")
    );
    assert_eq!(
        found(
            ResourceType::Group,
            "members pr and displayName eq \"Admins\""
        ),
        name("admins")
    );
    let namesakes = "displayName eq \"Ada\" and userName eq \"Ada\"";
    assert_eq!(found(ResourceType::User, namesakes), name("ada"));
    let work = Source::Equality(Equality::Lookup {
        attribute: "emails.value".to_owned(),
        value: "a@x".to_owned(),
    });
    let by_mail = "emails[type eq \"work\" and value eq \"A@x\"]";
    assert_eq!(found(ResourceType::User, by_mail), work);
    for open in [
        "userName ne \"ada\"",
        "userName eq \"a\" or title pr",
        "not (userName eq \"a\")",
        "schemas[value eq \"urn:x\"]",
        "title eq \"a\"",
    ] {
        assert_eq!(found(ResourceType::User, open), Source::All, "{open}");
    }
}

#[test]
fn a_display_name_is_looked_up_as_far_as_an_index_takes_it() {
    let long = format!("displayName eq \"{}\"", "Ä".repeat(300));
    let key = Source::Equality(Equality::Display("ä".repeat(200)));
    assert_eq!(found(ResourceType::User, &long), key);
}

#[test]
fn times_of_change_are_walked_unless_an_equality_finds_fewer() {
    let text = "meta.lastModified ge \"1970-01-01T00:00:01Z\"";
    let span = Source::Modified(999..=i64::MAX);
    assert_eq!(found(ResourceType::Group, text), span);
    let one = format!("{text} and id eq \"a\"");
    let by_id = Source::Equality(Equality::Id("a".to_owned()));
    assert_eq!(found(ResourceType::Group, &one), by_id);
}

#[test]
fn what_only_another_type_has_is_found_nowhere() {
    let text = "userName eq \"ada\"";
    assert_eq!(found(ResourceType::Group, text), Source::Nothing);
    let either = "userName eq \"ada\" or displayName eq \"Ada\"";
    assert_eq!(found(ResourceType::Group, either), Source::All);
}
