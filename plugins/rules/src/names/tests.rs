use proptest::prelude::*;

use super::{fold, fold_tidy, strip_folded, tidy};

#[test]
fn composed_and_decomposed_names_are_equal() {
    assert_eq!(fold("Qualit\u{e9}"), fold("Qualite\u{301}"));
    assert_eq!(fold("Ängström"), fold("A\u{308}ngstro\u{308}m"));
}

#[test]
fn compatibility_forms_are_equal() {
    assert_eq!(fold("ﬁnance"), fold("finance"));
    assert_eq!(fold("Ａｄｍｉｎｓ"), fold("Admins"));
}

#[test]
fn every_dash_is_a_hyphen() {
    for dash in [
        "-", "\u{2010}", "\u{2011}", "–", "—", "―", "\u{2212}", "－", "﹣",
    ] {
        assert_eq!(
            fold(&format!("Customer A {dash} Admins")),
            "customer a - admins",
            "{dash:?}"
        );
    }
}

#[test]
fn white_space_is_trimmed_and_collapsed() {
    assert_eq!(
        fold("  Customer\u{a0}A \t –  Admins \n"),
        "customer a - admins"
    );
    assert_eq!(tidy("Admins "), "Admins");
    assert_eq!(tidy(" "), "");
    assert_eq!(tidy(""), "");
}

#[test]
fn what_cannot_be_seen_does_not_count() {
    assert_eq!(fold("Ad\u{ad}mins\u{200b}"), "admins");
    assert_eq!(fold("\u{feff}Admins"), "admins");
}

#[test]
fn case_does_not_count_but_is_kept_for_display() {
    assert_eq!(fold("ΟΔΟΣ"), fold("οδος"));
    assert_eq!(fold("ÖSTERREICH"), fold("österreich"));
    assert_eq!(tidy("Customer A – Admins"), "Customer A - Admins");
}

#[test]
fn names_that_differ_stay_different() {
    assert_ne!(fold("Admins"), fold("Admin"));
    assert_ne!(fold("A-B"), fold("A - B"));
    assert_ne!(fold("e"), fold("é"));
}

#[test]
fn a_literal_is_stripped_whatever_its_case() {
    assert_eq!(strip_folded("LS:Member", "ls:"), Some("Member"));
    assert_eq!(strip_folded("Ölwerk - x", "ölwerk"), Some(" - x"));
    assert_eq!(strip_folded("LS", "ls:"), None);
    // One character that folds into two is matched whole or not at all.
    assert_eq!(strip_folded("İx", "i"), None);
    assert_eq!(strip_folded("İx", "i\u{307}"), Some("x"));
}

proptest! {
    #[test]
    fn tidying_and_folding_twice_changes_nothing(name in "\\PC{0,24}") {
        let tidied = tidy(&name);
        prop_assert_eq!(tidy(&tidied), tidied.as_ref());
        let folded = fold(&name);
        prop_assert_eq!(fold_tidy(&folded), folded.as_str());
    }

    #[test]
    fn a_name_begins_with_its_own_fold(name in "\\PC{0,24}") {
        let tidied = tidy(&name);
        prop_assert_eq!(strip_folded(&tidied, &fold(&name)), Some(""));
    }
}
