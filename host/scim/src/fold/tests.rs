use proptest::prelude::*;

use super::*;

#[test]
fn letter_case_does_not_matter() {
    assert_eq!(fold("ALICE@Contoso.Example"), "alice@contoso.example");
    assert_eq!(fold("ÉLODIE"), fold("élodie"));
    assert_eq!(fold("ΟΔΟΣ"), fold("οδος"));
}

#[test]
fn composed_and_decomposed_names_are_equal() {
    assert_eq!(fold("Zo\u{eb}"), fold("ZOE\u{308}"));
    assert_ne!(fold("Zoe"), fold("Zo\u{eb}"));
}

#[test]
fn plus_addresses_stay_two_users() {
    assert_ne!(
        fold("scim.user+1@example.com"),
        fold("scim.user+2@example.com")
    );
}

proptest! {
    #[test]
    fn folding_twice_is_folding_once(text in "\\PC{0,24}") {
        prop_assert_eq!(fold(&fold(&text)), fold(&text));
    }
}
