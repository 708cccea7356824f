use super::*;

#[test]
fn counts_of_several_requests_add_up() {
    let mut first = Tolerances::default();
    assert!(first.is_empty());
    first.note(quirk::STRING_BOOLEAN);
    first.note(quirk::OP_CASE);
    let mut second = Tolerances::default();
    second.note(quirk::STRING_BOOLEAN);
    first.merge(&second);
    assert_eq!(first.iter().collect::<Vec<_>>(), [("N1", 1), ("N2", 2)]);
}
