use rolecall_scim::{Filter, ResourceType, SchemaSet, Strictness};

use super::Person;
use crate::scenario::{ann, subject};

#[test]
fn a_filter_sees_only_the_groups_it_is_shown() {
    let subject = subject(&ann(), &["Ops", "R&D Admins"]);
    let person = Person::of(&subject).unwrap();
    let text = r#"department eq "R&D" and groups[display ew "Admins"]"#;
    let set = SchemaSet::standard();
    let filter = Filter::parse(set, ResourceType::User, Strictness::Tolerant, text).unwrap();
    assert!(person.satisfies(&filter, 0..2));
    assert!(person.satisfies(&filter, 1..2));
    assert!(!person.satisfies(&filter, 0..1));
    assert!(!person.satisfies(&filter, 0..0));
}

#[test]
fn groups_are_known_by_their_tidy_and_folded_names() {
    let subject = subject(&ann(), &["Customer A – Admins "]);
    let person = Person::of(&subject).unwrap();
    let member = &person.memberships()[0];
    assert_eq!(
        (
            member.id,
            member.display,
            member.tidied.as_ref(),
            member.folded.as_str()
        ),
        (
            "g1",
            "Customer A – Admins ",
            "Customer A - Admins",
            "customer a - admins"
        )
    );
}
