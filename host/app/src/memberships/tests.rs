use super::*;

/// Memberships written as `member group` pairs.
fn memberships(pairs: &[&str]) -> Memberships {
    let mut memberships = Memberships::default();
    for pair in pairs {
        let (member, group) = pair.split_once(' ').unwrap();
        memberships.join(member, group);
        let display = group.to_uppercase();
        let name = Name {
            display,
            external_id: None,
        };
        memberships.name(group, name);
    }
    memberships
}

fn groups(memberships: &Memberships, member: &str) -> Vec<String> {
    let text = |group: GroupRef| {
        let indirect = group.kind.as_deref().unwrap_or("direct");
        format!("{} {indirect}", group.value)
    };
    memberships.groups(member).into_iter().map(text).collect()
}

#[test]
fn a_group_counts_once_and_as_direct_if_it_is() {
    let diamond = memberships(&["u b", "u d", "b a", "b c", "a d", "c d", "d e"]);
    assert_eq!(
        groups(&diamond, "u"),
        [
            "a indirect",
            "b direct",
            "c indirect",
            "d direct",
            "e indirect"
        ]
    );
    assert_eq!(groups(&diamond, "e"), [""; 0]);
}

#[test]
fn circles_that_are_there_end() {
    let circle = memberships(&["u a", "a b", "b c", "c a"]);
    assert_eq!(
        groups(&circle, "u"),
        ["a direct", "b indirect", "c indirect"]
    );
    assert_eq!(circle.height("a", 8), 8);
    assert_eq!(circle.way("a", "x"), None);
}

#[test]
fn direct_groups_keep_the_bytes_they_had() {
    let text = |groups: &[GroupRef]| serde_json::to_string(groups).unwrap();
    let nested = memberships(&["u a", "a b"]).groups("u");
    assert_eq!(text(&nested[..1]), r#"[{"value":"a","display":"A"}]"#);
    assert_eq!(
        text(&nested[1..]),
        r#"[{"value":"b","display":"B","type":"indirect"}]"#
    );
}

#[test]
fn the_shortest_way_up_names_both_ends() {
    let ladder = memberships(&["a b", "b c", "c d", "a d"]);
    assert_eq!(ladder.way("a", "d").unwrap(), ["a", "d"]);
    assert_eq!(ladder.way("a", "c").unwrap(), ["a", "b", "c"]);
    assert_eq!(ladder.way("a", "a").unwrap(), ["a"]);
    assert_eq!(ladder.way("d", "a"), None);
}

#[test]
fn the_longest_way_up_counts() {
    let ladder = memberships(&["a b", "b c", "c d", "a d"]);
    assert_eq!(ladder.height("a", 8), 3);
    assert_eq!(ladder.height("a", 2), 2);
    assert_eq!(ladder.height("d", 8), 0);
}
