use proptest::prelude::*;
use rolecall_scim::{Filter, ResourceType, SchemaSet, Strictness};

use super::{Condition, Support, Trial};
use crate::person::Person;
use crate::scenario::{ann, subject};

fn condition(text: &str) -> Condition {
    let set = SchemaSet::standard();
    let filter = Filter::parse(set, ResourceType::User, Strictness::Tolerant, text).unwrap();
    Condition::new(filter, text)
}

fn supports(text: &str, groups: &[&str]) -> Vec<Support> {
    let subject = subject(&ann(), groups);
    let person = Person::of(&subject).unwrap();
    condition(text).supports(&person)
}

#[test]
fn the_user_alone_needs_no_group() {
    assert_eq!(supports("title eq \"Engineer\"", &["A"]), [Support::new()]);
    assert_eq!(supports("title eq \"Chef\"", &["A"]), Vec::<Support>::new());
}

#[test]
fn each_group_that_suffices_is_a_support_of_its_own() {
    let text = r#"department eq "R&D" and groups[display sw "Admins"]"#;
    assert_eq!(
        supports(text, &["Admins EU", "Users", "Admins US"]),
        [vec![0], vec![2]]
    );
    assert_eq!(supports(text, &["Users"]), Vec::<Support>::new());
}

#[test]
fn groups_that_suffice_only_together_are_one_support() {
    let text = r#"groups.display eq "A" and groups.display eq "B""#;
    assert_eq!(supports(text, &["X", "B", "Y", "A", "Z"]), [vec![1, 3]]);
    let three = r#"groups.display eq "A" and groups.display eq "B" and groups.display eq "C""#;
    assert_eq!(supports(three, &["C", "B", "A"]), [vec![0, 1, 2]]);
}

#[test]
fn a_group_that_is_only_an_alternative_is_no_support() {
    let text = r#"title eq "Engineer" or groups.display eq "A""#;
    assert_eq!(supports(text, &["A"]), [Support::new()]);
    let text = r#"title eq "Chef" or groups.display eq "A""#;
    assert_eq!(supports(text, &["A"]), [vec![0]]);
}

#[test]
fn the_absence_of_a_group_is_no_support() {
    let text = r#"not (groups[display eq "Contractors"])"#;
    assert_eq!(supports(text, &["A"]), [Support::new()]);
    assert_eq!(supports(text, &["Contractors"]), Vec::<Support>::new());
    let text = r#"groups.display eq "A" and not (groups[display eq "Contractors"])"#;
    assert_eq!(supports(text, &["B", "A"]), [vec![1]]);
}

#[test]
fn together_with_a_given_group_it_is_one_support() {
    let subject = subject(&ann(), &["A", "B", "C"]);
    let person = Person::of(&subject).unwrap();
    let with = |text, base| condition(text).support_with(&person, base);
    assert_eq!(with("title eq \"Engineer\"", 2), Some(vec![2]));
    assert_eq!(with("groups.display eq \"A\"", 0), Some(vec![0]));
    assert_eq!(with("groups.display eq \"A\"", 2), Some(vec![0, 2]));
    assert_eq!(with("groups.display eq \"X\"", 2), None);
}

#[test]
fn a_long_filter_is_quoted_in_part() {
    let text = format!("title eq \"{}\"", "é".repeat(200));
    assert_eq!(condition(&text).text().chars().count(), 121);
    assert_eq!(condition("title pr").text(), "title pr");
}

fn filters() -> impl Strategy<Value = String> {
    let leaf = "[A-D]".prop_map(|name| format!("groups.display eq \"{name}\""));
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) or ({b})")),
            inner.prop_map(|a| format!("not ({a})")),
        ]
    })
}

proptest! {
    /// Invariant 4 rests on it: what is said to carry the answer does carry it.
    #[test]
    fn a_support_makes_the_condition_true_by_itself(
        text in filters(),
        groups in proptest::sample::subsequence(vec!["A", "B", "C", "D", "E"], 0..=5),
    ) {
        let subject = subject(&ann(), &groups);
        let person = Person::of(&subject).unwrap();
        let condition = condition(&text);
        let supports = condition.supports(&person);
        prop_assert_eq!(!supports.is_empty(), condition.holds(&person));
        let mut trial = Trial::new(&condition.filter, &person);
        for support in supports {
            prop_assert!(trial.holds(support.iter().copied()), "{:?}", support);
        }
    }
}
