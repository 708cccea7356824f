use super::*;

fn about_groups(text: &str) -> Filter {
    Filter::parse(&extended(), Group, Tolerant, text).unwrap()
}

#[test]
fn members_that_a_filter_names_are_all_it_looks_at() {
    for (text, ids) in [
        ("displayName eq \"a\"", &[][..]),
        ("members eq \"b\" or members.value eq \"a\"", &["a", "b"]),
        ("displayName eq \"x\" and members[value eq \"a\"]", &["a"]),
        ("not (members[value eq \"a\" and display sw \"B\"])", &["a"]),
        (
            "members[(value eq \"b\" or value eq \"a\") and type eq \"User\"]",
            &["a", "b"],
        ),
        ("members eq \"a\" and members.value eq \"a\"", &["a"]),
    ] {
        assert_eq!(about_groups(text).members_named().unwrap(), ids, "{text}");
    }
    for text in [
        "members pr",
        "members.value ne \"a\"",
        "members.value sw \"a\"",
        "members.display eq \"a\"",
        "members[type eq \"User\"]",
        "members[not (value eq \"a\")]",
        "members[value eq \"a\" or type eq \"User\"]",
        "members eq \"a\" or members pr",
    ] {
        assert_eq!(about_groups(text).members_named(), None, "{text}");
    }
}

#[test]
fn times_of_change_are_bounded_by_what_every_match_satisfies() {
    let within = |text: &str| filter(text).unwrap().modified_within();
    let (one, two) = (1_764_000_000_000, 1_764_000_060_000);
    let at_one = "meta.lastModified ge \"2025-11-24T16:00:00Z\"";
    let at_two = "meta.lastModified lt \"2025-11-24T17:01:00+01:00\"";
    assert_eq!(within(at_one), Some(one - 1..=i64::MAX));
    assert_eq!(within(at_two), Some(i64::MIN..=two + 1));
    let both = format!("title pr and {at_two} and ({at_one} and active eq true)");
    assert_eq!(within(&both), Some(one - 1..=two + 1));
    let exactly = "META.LASTMODIFIED eq \"2025-11-24T16:00:00.000Z\"";
    assert_eq!(within(exactly), Some(one - 1..=one + 1));
    for text in [
        &format!("{at_one} or title pr"),
        &format!("not ({at_one})"),
        "meta.lastModified ne \"2025-11-24T16:00:00Z\"",
        "meta.lastModified pr",
        "meta.created gt \"2025-11-24T16:00:00Z\"",
    ] {
        assert_eq!(within(text), None, "{text}");
    }
}
