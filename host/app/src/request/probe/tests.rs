use super::Probe;

#[test]
fn probes_are_told_from_every_day_requests() {
    const GUID: &str = "5f3c2f6e-7f0b-4c57-8f3a-0d2f6f1d9a11";
    for path in [
        format!("/Users?filter=userName+eq+%22{GUID}%22"),
        format!("/Users?filter=userName%20eq%20%22{GUID}%22"),
        format!("/Users?filter=emails[type%20eq%20%22work%22].value+eq+%22{GUID}%22"),
        format!("/Groups?excludedAttributes=members&filter=displayName+eq+%22{GUID}%22"),
    ] {
        assert_eq!(Probe::recognise(&path), Some(Probe::Entra), "{path}");
    }
    assert_eq!(
        Probe::recognise("/Users?startIndex=1&count=2"),
        Some(Probe::Okta)
    );
    for path in [
        "/Users".to_owned(),
        "/Users?startIndex=1&count=100".to_owned(),
        "/Users?startIndex=1&count=2&attributes=id".to_owned(),
        "/Groups?startIndex=1&count=2".to_owned(),
        "/Users?filter=userName+eq+%22ada%22".to_owned(),
        format!("/Users?filter=externalId+eq+%22{GUID}%22"),
        format!("/Groups?filter=id+eq+%22a%22+and+members+eq+%22{GUID}%22"),
        format!("/Users/{GUID}"),
    ] {
        assert_eq!(Probe::recognise(&path), None, "{path}");
    }
}
