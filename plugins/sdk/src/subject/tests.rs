use super::*;

fn user(json: &str) -> User {
    Subject::parse(json, "[]").unwrap().user
}

#[test]
fn groups_keep_their_order_and_ids() {
    let groups = r#"[{"value":"2","display":"B","externalId":"x"},{"value":"1","display":"A"}]"#;
    let subject = Subject::parse("{}", groups).unwrap();
    assert_eq!(subject.groups[0].external_id.as_deref(), Some("x"));
    assert_eq!(subject.groups[1].id, "1");
    assert_eq!(subject.groups[1].external_id, None);
    assert_eq!(subject.group("A").map(|group| &*group.id), Some("1"));
    assert_eq!(subject.group("a"), None);
}

#[test]
fn text_that_is_no_json_is_the_hosts_fault_not_the_tenants() {
    let failure = Subject::parse("{", "[]").unwrap_err();
    let Failure::Internal(problem) = failure else {
        panic!("{failure:?}")
    };
    assert_eq!(problem.code, "malformed_input");
    assert!(problem.detail.starts_with("user:"), "{}", problem.detail);
}

#[test]
fn work_email_prefers_work_then_primary_then_first() {
    let home = r#"{"value":"h@x","type":"home"}"#;
    let primary = r#"{"value":"p@x","primary":true}"#;
    let work = r#"{"value":"w@x","type":"work"}"#;
    let of = |emails: &[&str]| {
        let user = user(&format!(r#"{{"emails":[{}]}}"#, emails.join(",")));
        user.work_email().map(str::to_owned)
    };
    assert_eq!(of(&[home, primary, work]).as_deref(), Some("w@x"));
    assert_eq!(of(&[home, primary]).as_deref(), Some("p@x"));
    assert_eq!(of(&[home]).as_deref(), Some("h@x"));
    assert_eq!(of(&[]), None);
}

#[test]
fn display_name_falls_back_to_the_parts_of_the_name() {
    let full = r#"{"userName":"u","name":{"givenName":"Ada","familyName":"Byron"}}"#;
    assert_eq!(user(full).display_name(), "Ada Byron");
    assert_eq!(
        user(r#"{"userName":"u","name":{"familyName":"Byron"}}"#).display_name(),
        "Byron"
    );
    assert_eq!(user(r#"{"userName":"u"}"#).display_name(), "u");
    assert_eq!(
        user(r#"{"userName":"u","displayName":"D"}"#).display_name(),
        "D"
    );
}

#[test]
fn enterprise_attributes_lie_under_their_urn() {
    let user = user(&format!(r#"{{"{ENTERPRISE}":{{"department":"R&D"}}}}"#));
    assert_eq!(user.enterprise("department"), Some("R&D"));
    assert_eq!(user.enterprise("costCenter"), None);
}
