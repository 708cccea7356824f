use rolecall_plugin_sdk::Failure;
use serde_json::json;

use crate::scenario::{ann, decide, problems};

#[test]
fn a_refused_user_fails_with_the_message() {
    let settings = json!({
        "refuse": [
            { "when": "not (emails pr)", "message": "Users need an e-mail address." },
            { "when": "title eq \"Engineer\"", "message": "Engineers have another account." },
            { "when": "userName pr", "message": "Nobody." }
        ]
    });
    let Err(Failure::Refuse(problem)) = decide(&settings, &ann(), &[]) else {
        panic!("not refused");
    };
    assert_eq!(problem.detail, "Engineers have another account.");
    assert_eq!(problem.code, "refused_by_rule");
}

#[test]
fn every_slot_refuses_since_any_may_be_the_only_one() {
    let settings =
        json!({ "refuse": [{ "when": "groups.display eq \"Leavers\"", "message": "No." }] });
    assert!(decide(&settings, &ann(), &["Leavers"]).is_err());
    assert!(decide(&settings, &ann(), &["Joiners"]).is_ok());
    let wrong = json!({ "refuse": [{ "when": "nosuch eq 1", "message": "No." }] });
    for slot in ["attributes", "tenants", "roles"] {
        let expected = ("invalid_filter".to_owned(), "/refuse/0/when".to_owned());
        assert_eq!(problems(slot, &wrong), [expected], "{slot}");
    }
}
