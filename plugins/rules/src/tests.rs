use rolecall_plugin_sdk::{Attributes, Call, Failure, Plugin};
use serde_json::{Value, json};

use crate::Rules;
use crate::scenario::{HOME, ann, call, decided, setup, subject};

const SLOTS: [&str; 3] = ["attributes", "tenants", "roles"];

fn schema() -> jsonschema::Validator {
    let schema = Rules::settings_schema().unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// The settings in the manual: its fenced blocks of JSON.
fn examples() -> Vec<Value> {
    let manual = include_str!("../README.md");
    let blocks = manual
        .split("```json\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    blocks
        .map(|block| serde_json::from_str(block).unwrap_or_else(|e| panic!("{e}: {block}")))
        .collect()
}

#[test]
fn the_settings_in_the_manual_work() {
    let schema = schema();
    assert!(examples().len() >= 5);
    for settings in examples() {
        let errors: Vec<_> = schema
            .iter_errors(&settings)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}: {settings}");
        for slot in SLOTS {
            let prepared = Rules::prepare(&setup(slot, &settings));
            assert!(prepared.is_ok(), "{slot}: {:#?}", prepared.err());
        }
    }
}

#[test]
fn a_typing_mistake_is_refused_by_the_schema() {
    let schema = schema();
    let mistakes = [
        json!({ "role": {} }),
        json!({ "roles": { "defaultRole": "viewer" } }),
        json!({ "roles": { "conflict": "first" } }),
        json!({ "roles": { "rules": [{ "groups": "X", "role": "admin" }] } }),
        json!({ "tenants": { "rules": [{ "group": "X", "tenants": "x" }] } }),
        json!({ "tenants": { "rules": [{ "group": "X", "role": "admin" }] } }),
        json!({ "tenants": { "rules": [{ "group": [], "tenant": "x" }] } }),
        json!({ "profile": { "email": "emails" } }),
        json!({ "profile": { "fields": { "email": { "from": "emails", "transform": ["reverse"] } } } }),
        json!({ "refuse": [{ "when": "userName pr" }] }),
        json!([]),
    ];
    for settings in mistakes {
        assert!(!schema.is_valid(&settings), "{settings}");
    }
    assert!(schema.is_valid(&json!({})));
}

#[test]
fn what_prepare_made_is_the_same_every_time() {
    for settings in examples() {
        for slot in SLOTS {
            let once = Rules::prepare(&setup(slot, &settings)).unwrap();
            assert_eq!(once, Rules::prepare(&setup(slot, &settings)).unwrap());
        }
    }
}

#[test]
fn a_decision_is_the_same_every_time() {
    for settings in examples() {
        let decide = || {
            format!(
                "{:?}",
                decided(&settings, &ann(), &["Customer A – Admins", "Ops"])
            )
        };
        assert_eq!(decide(), decide());
    }
}

#[test]
fn bytes_that_prepare_did_not_make_are_a_fault_of_the_plugin() {
    let subject = subject(&ann(), &[]);
    let good = call("attributes", &json!({})).prepared;
    for prepared in [Vec::new(), good[..good.len() / 2].to_vec()] {
        let call = Call {
            prepared,
            ..Call::new(HOME)
        };
        let result = <Rules as Attributes>::profile(&call, &subject);
        assert!(matches!(result, Err(Failure::Internal(_))), "{result:?}");
    }
}
