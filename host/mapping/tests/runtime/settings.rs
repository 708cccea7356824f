//! Settings on their way into a mapping.

use rolecall_mapping::{FaultKind, PrepareError, Setup, Slot};
use serde_json::json;

use crate::guest::{Guest, RUNTIME};

const SETUP: Setup<'_> = Setup {
    slot: Slot::Tenants,
    settings: r#"{"a":1}"#,
    catalogue: "{}",
    tenants: r#"["acme"]"#,
    home: "acme",
};

fn prepare(guest: &Guest) -> Result<Vec<u8>, PrepareError> {
    let digest = RUNTIME.check(&guest.build()).unwrap().digest;
    RUNTIME.prepare(&digest, &SETUP)
}

#[test]
fn prepared_bytes_are_the_guests() {
    // Hands back the settings it was given: parameters 2 and 3.
    let guest = Guest {
        prepare: "(i32.store (i32.const 1124) (local.get 2))
            (i32.store (i32.const 1128) (local.get 3))
            (i32.const 1120)",
        ..Guest::default()
    };
    assert_eq!(prepare(&guest).unwrap(), br#"{"a":1}"#);
}

#[test]
fn problems_carry_their_path() {
    let guest = Guest {
        besides: r#"(data (i32.const 700) "cwhy/a")
            (data (i32.const 800) "\bc\02\00\00\01\00\00\00\bd\02\00\00\03\00\00\00\01\00\00\00\c0\02\00\00\02\00\00\00")
            (data (i32.const 1120) "\01\00\00\00\20\03\00\00\01\00\00\00")"#,
        ..Guest::default()
    };
    let Err(PrepareError::Problems(problems)) = prepare(&guest) else {
        panic!()
    };
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].path.as_deref(), Some("/a"));
}

#[test]
fn problems_without_any_are_a_fault() {
    let besides = r#"(data (i32.const 1120) "\01")"#;
    match prepare(&Guest {
        besides,
        ..Guest::default()
    }) {
        Err(PrepareError::Fault(fault)) => assert_eq!(fault.kind, FaultKind::Malformed),
        other => panic!("{other:?}"),
    }
}

#[test]
fn settings_are_checked_against_their_schema() {
    let schema = json!({ "properties": { "a": { "type": "string" } } });
    assert!(
        RUNTIME
            .check_settings(&schema, &json!({ "a": "x" }))
            .is_ok()
    );
    match RUNTIME.check_settings(&schema, &json!({ "a": 1 })) {
        Err(PrepareError::Problems(problems)) => {
            assert_eq!(problems[0].path.as_deref(), Some("/a"));
        }
        other => panic!("{other:?}"),
    }
}
