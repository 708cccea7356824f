use std::cell::Cell;

use super::*;
use attributes::exports::rolecall::plugin::attributes::Guest as _;
use lifecycle::exports::rolecall::plugin::lifecycle::Guest as _;
use tenants::exports::rolecall::plugin::tenants::Guest as _;

/// Remembers the subject and the profile it was given last, by address.
struct Watcher;

thread_local! {
    static SEEN: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

impl Plugin for Watcher {
    const NAME: &str = "watcher";
    const VERSION: &str = "1";
}

impl Attributes for Watcher {
    fn profile(_: &Call, subject: &Subject) -> Result<Profile, Failure> {
        SEEN.set((&raw const *subject as usize, 0));
        Ok(Profile::from_iter([(
            "name".to_owned(),
            subject.user.user_name().into(),
        )]))
    }
}

impl Tenants for Watcher {
    fn placements(
        _: &Call,
        subject: &Subject,
        profile: &Profile,
    ) -> Result<Vec<Placement>, Failure> {
        SEEN.set((&raw const *subject as usize, &raw const *profile as usize));
        let names = (subject.user.user_name(), profile["name"].as_str().unwrap());
        Ok(vec![Placement::new(names.0, names.1)])
    }
}

type Exports = Exported<Watcher>;

fn ada() -> types::Subject {
    types::Subject {
        user: r#"{"userName":"ada"}"#.to_owned(),
        groups: "[]".to_owned(),
        extras: Vec::new(),
    }
}

#[test]
fn the_slots_of_a_decision_share_what_was_parsed() {
    let profile = Exports::profile(Call::new("acme"), ada()).unwrap();
    let (subject, _) = SEEN.get();
    let places = Exports::placements(Call::new("acme"), ada(), profile.clone()).unwrap();
    let (again, first_profile) = SEEN.get();
    assert_eq!((&*places[0].tenant, &*places[0].reason), ("ada", "ada"));
    assert_eq!(subject, again, "parsed once");
    Exports::placements(Call::new("acme"), ada(), profile).unwrap();
    assert_eq!(SEEN.get(), (subject, first_profile), "parsed once");
}

#[test]
fn another_subject_or_profile_is_never_mistaken_for_the_last() {
    Exports::profile(Call::new("acme"), ada()).unwrap();
    let bob = types::Subject {
        user: r#"{"userName":"bob"}"#.to_owned(),
        ..ada()
    };
    let profile = r#"{"name":"carol"}"#.to_owned();
    let places = Exports::placements(Call::new("acme"), bob, profile).unwrap();
    assert_eq!((&*places[0].tenant, &*places[0].reason), ("bob", "carol"));
    let grouped = types::Subject {
        groups: r#"[{"value":"g","display":"G"}]"#.to_owned(),
        ..ada()
    };
    assert_eq!(parsed_subject(grouped).unwrap().groups.len(), 1);
    assert_eq!(parsed_subject(ada()).unwrap().groups.len(), 0);
}

#[test]
fn input_that_is_no_json_is_an_internal_failure() {
    let broken = types::Subject {
        user: "{".to_owned(),
        ..ada()
    };
    let failed = Exports::profile(Call::new("acme"), broken);
    assert!(matches!(failed, Err(Failure::Internal(_))), "{failed:?}");
    let failed = Exports::placements(Call::new("acme"), ada(), "[]".to_owned());
    assert!(matches!(failed, Err(Failure::Internal(_))), "{failed:?}");
}

#[test]
fn a_plugin_without_settings_describes_itself_and_takes_any() {
    let info = Exports::describe();
    assert_eq!((&*info.name, &*info.version), ("watcher", "1"));
    assert_eq!(info.settings_schema, None);
}

#[test]
fn same_compares_every_byte() {
    let text = "0123456789abcdefghij";
    assert!(same(text, text) && same("", ""));
    for at in 0..text.len() {
        let mut other = text.to_owned();
        other.replace_range(at..=at, "~");
        assert!(!same(text, &other), "byte {at}");
    }
    assert!(!same(text, &text[1..]));
}
