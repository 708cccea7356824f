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

#[test]
fn what_was_not_used_for_longest_makes_room() {
    let shelf = Shelf::new(10);
    let [a, b, c] = ["a", "b", "c"].map(|name| Digest::of(name.as_bytes()));
    shelf.put_sized(a.clone(), 'a', 4);
    shelf.put_sized(b.clone(), 'b', 4);
    assert!(shelf.get(&a).is_ok());
    shelf.put_sized(c.clone(), 'c', 4);
    assert_eq!(shelf.get(&b), Err(NotLoaded(b)));
    assert!(shelf.get(&a).is_ok() && shelf.get(&c).is_ok());
}

#[test]
fn the_newest_stays_however_large_it_is() {
    let shelf = Shelf::new(10);
    let [small, large] = ["small", "large"].map(|name| Digest::of(name.as_bytes()));
    shelf.put_sized(small.clone(), 's', 4);
    shelf.put_sized(large.clone(), 'l', 40);
    assert!(shelf.get(&small).is_err() && shelf.get(&large).is_ok());
}

#[test]
fn what_is_there_is_not_replaced() {
    let shelf = Shelf::new(10);
    let digest = Digest::of(b"");
    shelf.put_sized(digest.clone(), 1, 1);
    let first = shelf.get(&digest).unwrap();
    shelf.put_sized(digest.clone(), 2, 1);
    assert!(Arc::ptr_eq(&first, &shelf.get(&digest).unwrap()));
}
