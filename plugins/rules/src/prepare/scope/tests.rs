use crate::prepare::report::{Pointer, Report};
use crate::prepare::scope::{Known, distance};

fn detail(keys: &[&str], name: &str) -> Option<String> {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    let known = Known {
        what: "role",
        whence: "the catalogue",
        keys,
    };
    let mut report = Report::default();
    known.check(name, &Pointer::root().at("role"), &mut report);
    let problem = report.finish().err()?.remove(0);
    assert_eq!(
        (problem.code.as_str(), problem.path.as_deref()),
        ("unknown_role", Some("/role"))
    );
    Some(problem.detail)
}

#[test]
fn a_name_that_does_not_exist_comes_with_a_hint() {
    let keys = ["viewer", "analyst", "admin"];
    assert_eq!(detail(&keys, "admin"), None);
    let near = "the catalogue has no role \"Admins\"; did you mean \"admin\"?";
    assert_eq!(detail(&keys, "Admins").as_deref(), Some(near));
    let far = "the catalogue has no role \"owner\"; there are viewer, analyst, admin";
    assert_eq!(detail(&keys, "owner").as_deref(), Some(far));
    let none = "the catalogue has no role \"owner\"; it has no role at all; add one there first";
    assert_eq!(detail(&[], "owner").as_deref(), Some(none));
}

#[test]
fn the_distance_counts_slips() {
    for (one, other, slips) in [
        ("", "", 0),
        ("abc", "abc", 0),
        ("abc", "ab", 1),
        ("", "ab", 2),
        ("kitten", "sitting", 3),
    ] {
        assert_eq!(distance(one, other), slips, "{one} {other}");
        assert_eq!(distance(other, one), slips, "{other} {one}");
    }
}
