use super::Person;
use crate::scenario::{ann, subject};

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
