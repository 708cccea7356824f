use std::collections::HashSet;

#[test]
fn names_are_unique_and_led_by_a_section() {
    let all = super::all();
    let names: HashSet<_> = all.iter().map(|check| check.name).collect();
    assert_eq!(names.len(), all.len());
    for check in all {
        let mut parts = check.name.split('_');
        let rfc = parts.next().and_then(|part| part.strip_prefix("rfc"));
        assert!(
            matches!(rfc, Some("7643" | "7644" | "9865")),
            "{}",
            check.name
        );
        let section = parts.next().unwrap_or_default();
        assert!(section.parse::<u8>().is_ok(), "{}", check.name);
        assert!(!check.says.is_empty(), "{}", check.name);
    }
}
