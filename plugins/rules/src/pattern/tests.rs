use proptest::prelude::*;

use super::{Pattern, PatternError, Segment};
use crate::names::{strip_folded, tidy};

fn taken(pattern: &str, name: &str) -> Option<Vec<(String, String)>> {
    let pattern = Pattern::parse(pattern).unwrap();
    let tidied = tidy(name);
    let parts = pattern.matches(&tidied)?;
    Some(
        parts
            .into_iter()
            .map(|(part, value)| (part.to_owned(), value.to_owned()))
            .collect(),
    )
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "compared with what `taken` returns"
)]
fn pairs(pairs: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
    Some(
        pairs
            .iter()
            .map(|(part, value)| ((*part).to_owned(), (*value).to_owned()))
            .collect(),
    )
}

#[test]
fn a_name_is_taken_apart_keeping_its_case() {
    let expected = pairs(&[("customer", "Customer A"), ("role", "Admins")]);
    assert_eq!(
        taken("{customer} – {role}", "Customer A – Admins"),
        expected
    );
}

#[test]
fn dashes_white_space_and_case_of_literals_do_not_count() {
    let expected = pairs(&[("customer", "Customer A"), ("role", "Admins")]);
    for name in [
        "Customer A - Admins",
        "Customer A — Admins ",
        " Customer  A\u{a0}– Admins",
    ] {
        assert_eq!(taken("{customer} – {role}", name), expected, "{name:?}");
    }
    assert_eq!(
        taken("Team {team}", "TEAM Blue"),
        pairs(&[("team", "Blue")])
    );
}

#[test]
fn decomposed_names_fit_composed_patterns() {
    let expected = pairs(&[("stadt", "Z\u{fc}rich")]);
    assert_eq!(taken("Büro {stadt}", "Bu\u{308}ro Zu\u{308}rich"), expected);
}

#[test]
fn four_parts_with_colons() {
    let pattern = "LS:{org_role}:{workspace}:{workspace_role}";
    let expected = pairs(&[
        ("org_role", "Member"),
        ("workspace", "Research"),
        ("workspace_role", "Editor"),
    ]);
    assert_eq!(taken(pattern, "LS:Member:Research:Editor"), expected);
    assert_eq!(taken(pattern, "LS:Member:Research"), None);
    assert_eq!(taken(pattern, "LS:Member::Editor"), None);
}

#[test]
fn the_last_part_takes_the_rest() {
    let expected = pairs(&[("a", "one"), ("b", "two - three")]);
    assert_eq!(taken("{a} - {b}", "one - two - three"), expected);
}

#[test]
fn a_literal_at_the_end_is_the_last_one() {
    assert_eq!(
        taken("{team}-admins", "x-admins-admins"),
        pairs(&[("team", "x-admins")])
    );
    assert_eq!(taken("{team}-admins", "x-admins-users"), None);
    assert_eq!(taken("{team}-admins", "-admins"), None);
}

#[test]
fn a_part_needs_something_visible() {
    assert_eq!(
        taken("{a}-{b}-{c}", "x- -y-z"),
        pairs(&[("a", "x"), ("b", "-y"), ("c", "z")])
    );
    assert_eq!(taken("{a} - {b}", "one - "), None);
    assert_eq!(taken("{a}", ""), None);
}

#[test]
fn doubled_braces_are_braces() {
    assert_eq!(taken("{{{team}}}", "{Blue}"), pairs(&[("team", "Blue")]));
}

#[test]
fn mistakes_are_named() {
    let cases = [
        ("Admins", PatternError::NoPart),
        (
            "{customer - {role}",
            PatternError::PartName("customer - {role".to_owned()),
        ),
        ("{customer", PatternError::Brace(1)),
        ("customer} x {role}", PatternError::Brace(9)),
        ("{Customer}", PatternError::PartName("Customer".to_owned())),
        ("{} x", PatternError::PartName(String::new())),
        ("{a} - {a}", PatternError::Twice("a".to_owned())),
        (
            "{a}{b}",
            PatternError::Adjacent("a".to_owned(), "b".to_owned()),
        ),
        (
            "{a}\u{200b}{b}",
            PatternError::Adjacent("a".to_owned(), "b".to_owned()),
        ),
    ];
    for (text, error) in cases {
        assert_eq!(Pattern::parse(text), Err(error), "{text:?}");
    }
}

/// All ways to take a name apart, tried one by one, shortest part first.
fn by_trial<'t>(segments: &[Segment], rest: &'t str) -> Option<Vec<&'t str>> {
    match segments.split_first() {
        None => rest.is_empty().then(Vec::new),
        Some((Segment::Literal(literal), after)) => by_trial(after, strip_folded(rest, literal)?),
        Some((Segment::Part(_), after)) => {
            let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
            ends.filter(|end| !rest[..*end].trim().is_empty())
                .find_map(|end| {
                    let mut parts = by_trial(after, &rest[end..])?;
                    parts.insert(0, rest[..end].trim());
                    Some(parts)
                })
        }
    }
}

proptest! {
    #[test]
    fn the_matcher_agrees_with_trying_every_split(
        literals in proptest::collection::vec("[ab:\\- İß]{1,3}", 0..4),
        name in "[abAB:\\- İß]{0,14}",
    ) {
        let mut text = "{p0}".to_owned();
        for (at, literal) in literals.iter().enumerate() {
            text.push_str(literal);
            if at + 1 < literals.len() || literal.len() % 2 == 0 {
                text = format!("{text}{{p{}}}", at + 1);
            }
        }
        let pattern = Pattern::parse(&text).unwrap();
        let tidied = tidy(&name);
        let parts = pattern.matches(&tidied);
        let values = parts.map(|parts| parts.into_iter().map(|(_, value)| value).collect::<Vec<_>>());
        prop_assert_eq!(values, by_trial(&pattern.0, &tidied), "{} on {:?}", text, name);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,24}") {
        let _ = Pattern::parse(&text);
    }
}
