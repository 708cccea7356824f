use super::*;

#[test]
fn pace_follows_the_lasting_change_and_not_the_outlier() {
    let pace = Pace::default();
    assert!(!pace.is_slow());
    (0..50).for_each(|_| pace.add(Duration::from_micros(20)));
    pace.add(Duration::from_millis(5));
    assert!(!pace.is_slow());
    (0..50).for_each(|_| pace.add(Duration::from_millis(5)));
    assert!(pace.is_slow());
    (0..50).for_each(|_| pace.add(Duration::from_micros(20)));
    assert!(!pace.is_slow());
}
