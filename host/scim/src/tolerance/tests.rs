use super::*;

#[test]
fn counts_of_several_requests_add_up() {
    let mut first = Tolerances::default();
    assert!(first.is_empty());
    first.note(quirk::STRING_BOOLEAN);
    first.note(quirk::OPERATION_CASE);
    let mut second = Tolerances::default();
    second.note(quirk::STRING_BOOLEAN);
    first.merge(&second);
    assert_eq!(
        first.iter().collect::<Vec<_>>(),
        [("operation_case", 1), ("string_boolean", 2)]
    );
}

#[test]
fn a_count_has_a_sentence() {
    let sentence = quirk::sentence(quirk::STRING_BOOLEAN);
    assert_eq!(sentence, Some("A boolean came as a string (\"True\")."));
    assert_eq!(quirk::sentence("nothing of ours"), None);
}
