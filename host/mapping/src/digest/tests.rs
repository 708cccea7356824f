use super::*;

#[test]
fn names_bytes_as_sha256sum_does() {
    let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(Digest::of(b"").as_str(), empty);
    assert_eq!(Digest::parse(empty), Some(Digest::of(b"")));
}

#[test]
fn takes_nothing_else_for_a_digest() {
    let good = Digest::of(b"").to_string();
    for bad in [
        "",
        "sha256:",
        &good[..70],
        &good.to_uppercase(),
        &good.replace("sha256", "md5"),
    ] {
        assert_eq!(Digest::parse(bad), None, "{bad}");
    }
    assert!(serde_json::from_str::<Digest>("\"sha256:00\"").is_err());
}

#[test]
fn frames_keep_values_apart() {
    let framed = |values: &[&str]| {
        let mut framed = Framed::default();
        for value in values {
            framed.add(value.as_bytes());
        }
        framed.so_far()
    };
    assert_ne!(framed(&["ab", "c"]), framed(&["a", "bc"]));
    assert_ne!(framed(&["a", ""]), framed(&["a"]));
    assert_eq!(framed(&["a", "b"]), framed(&["a", "b"]));
}
