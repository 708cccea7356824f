use super::*;

/// Failures (`x`) and answers (`.`), a second apart, each of another input.
fn after(tries: &str) -> Tries {
    let mut noted = Tries::default();
    for (number, what) in tries.chars().enumerate() {
        noted.note(number as u64, what == 'x', number as i64 * 1_000);
    }
    noted
}

#[test]
fn five_in_a_row_are_enough() {
    assert_eq!(after("....xxxx").verdict(), Verdict::Fine);
    assert_eq!(after("xxxx.xxxx").verdict(), Verdict::Fine);
    assert_eq!(after("....xxxxx").verdict(), Verdict::Broken);
}

#[test]
fn half_of_the_last_twenty_are_enough() {
    assert_eq!(after(&".x".repeat(9)).verdict(), Verdict::Fine);
    assert_eq!(after(&".x".repeat(10)).verdict(), Verdict::Broken);
    assert_eq!(after(&"..x".repeat(100)).verdict(), Verdict::Fine);
}

#[test]
fn one_input_is_no_proof_that_others_fail() {
    let mut tries = Tries::default();
    for second in 0..100 {
        assert_ne!(tries.verdict(), Verdict::Broken);
        tries.note(7, true, second * 1_000);
    }
    assert_eq!(tries.verdict(), Verdict::Suspect);
    assert_eq!(tries.failures(), 20);
    assert_eq!(tries.failures_with(7), 20);
}

#[test]
fn few_inputs_must_fail_for_a_while() {
    let mut tries = Tries::default();
    for second in 0..10 {
        tries.note(second % 2, true, second as i64 * 1_000);
        assert_eq!(tries.verdict(), Verdict::Fine);
    }
    tries.note(0, true, 10_000);
    assert_eq!(tries.verdict(), Verdict::Suspect);
}

#[test]
fn a_request_that_starts_over_is_one_try() {
    let mut tries = Tries::default();
    for attempt in 0..100 {
        tries.note(7, true, attempt);
    }
    assert_eq!(tries.failures(), 1);
    assert_eq!(tries.verdict(), Verdict::Fine);
}

#[test]
fn what_is_long_ago_is_forgotten() {
    assert!(!after(&format!("x{}", ".".repeat(19))).all_went_well());
    assert!(after(&format!("x{}", ".".repeat(20))).all_went_well());
}
