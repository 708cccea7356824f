use super::{Transform, apply_all};

#[test]
fn each_transformation() {
    let cases = [
        ("lower", "ÖSTERREICH", "österreich"),
        ("upper", "emea", "EMEA"),
        ("trim", " a b ", "a b"),
        ("slug", "Customer A – R&D ", "customer-a-r-d"),
        ("slug", "Zu\u{308}rich", "zürich"),
        ("slug", "--", ""),
        ("local_part", "ann@x@acme.example", "ann@x"),
        ("local_part", "ann", "ann"),
        ("domain", "ann@x@acme.example", "acme.example"),
        ("domain", "ann", ""),
    ];
    for (name, from, to) in cases {
        assert_eq!(
            Transform::named(name).unwrap().apply(from),
            to,
            "{name} of {from:?}"
        );
    }
    assert_eq!(Transform::named("reverse"), None);
}

#[test]
fn several_apply_in_order() {
    let transforms = [Transform::Domain, Transform::Upper];
    assert_eq!(apply_all(&transforms, "ann@acme.example"), "ACME.EXAMPLE");
}
