use super::*;

#[test]
fn a_nul_is_told_from_the_letters_of_its_escape() {
    for (text, is_storable) in [
        ("", true),
        ("u0000", true),
        ("\0", false),
        ("a\0b", false),
        (r"\u0000", true),
        (r"\\u0000", true),
        ("\\\0", false),
        ("\\u0000\0", false),
    ] {
        let json = serde_json::to_string(text).unwrap();
        assert_eq!(storable(&json), is_storable, "{json}");
    }
}
