//! Decisions by guests that answer.

use std::sync::Arc;

use rolecall_mapping::{Bound, Failure, FaultKind, Input, Mapping, NotLoaded, Runtime, Slot};

use crate::guest::{Guest, INPUT, RUNTIME, mapping};

/// The answer at 1056 becomes a failure of the given case, with code "c" and detail "why".
const FAIL: &str = r#"
    (data (i32.const 700) "cwhy/a")
    (data (i32.const 1056) "\01\00\00\00\00\00\00\00\bc\02\00\00\01\00\00\00\bd\02\00\00\03\00\00\00\01\00\00\00\c0\02\00\00\02\00\00\00")"#;

#[test]
fn a_refusal_carries_the_plugins_words() {
    let outcome = Guest {
        besides: FAIL,
        ..Guest::default()
    }
    .decide();
    let Err(Failure::Refused { slot, problem }) = outcome.result else {
        panic!("{outcome:?}")
    };
    assert_eq!(slot, Slot::Attributes);
    assert_eq!((&*problem.code, &*problem.detail), ("c", "why"));
    assert_eq!(problem.path.as_deref(), Some("/a"));
    assert_eq!(outcome.slots.len(), 1);
}

#[test]
fn an_internal_failure_is_a_fault() {
    let profile = "(i32.store8 (i32.const 1060) (i32.const 1)) (i32.const 1056)";
    let fault = Guest {
        besides: FAIL,
        profile,
        ..Guest::default()
    }
    .fault();
    assert_eq!(
        (fault.kind, fault.slot),
        (FaultKind::Internal, Some(Slot::Attributes))
    );
    assert!(fault.detail.contains("why"), "{fault}");
    assert!(!fault.kind.is_transient());
}

#[test]
fn the_record_names_what_went_in_and_out() {
    let bytes = Guest::default().build();
    let digest = RUNTIME.check(&bytes).unwrap().digest;
    let decide = |input: &Input<'_>, settings: &str| {
        let bound = Bound::new(digest.clone(), settings.into(), Arc::default());
        let mapping = Mapping {
            attributes: bound.clone(),
            tenants: bound.clone(),
            roles: bound,
        };
        RUNTIME.decide(&mapping, input).unwrap()
    };
    let known = decide(&INPUT, "{}");
    assert_eq!(known.slots.len(), 3);
    for run in &known.slots {
        assert_eq!(run.digest, digest);
        assert_eq!(run.memory_bytes, 65_536);
        assert!(run.fuel > 0);
    }
    assert_eq!(known.slots[0].output.as_ref().unwrap().get(), "{}");
    assert_eq!(known.slots[0].output_digest(), Some(Runtime::digest(b"{}")));
    assert_eq!(known.slots[2].output_digest(), Some(Runtime::digest(b"[]")));
    let inputs: Vec<_> = known.slots.iter().map(|run| &run.input_digest).collect();
    assert!(
        inputs[0] != inputs[1] && inputs[1] != inputs[2],
        "each slot is given more"
    );

    for other in [
        Input {
            user: "{ }",
            ..INPUT
        },
        Input {
            groups: "[ ]",
            ..INPUT
        },
        Input {
            home: "acme2",
            ..INPUT
        },
    ] {
        let other = decide(&other, "{}");
        assert_ne!(other.slots[0].input_digest, known.slots[0].input_digest);
        assert_eq!(
            other.slots[0].settings_digest,
            known.slots[0].settings_digest
        );
    }
    let other = decide(&INPUT, "{ }");
    assert_eq!(other.slots[0].input_digest, known.slots[0].input_digest);
    assert_ne!(
        other.slots[0].settings_digest,
        known.slots[0].settings_digest
    );
}

#[test]
fn the_slots_of_one_component_share_an_instance_and_others_do_not() {
    // `placements` dies unless `profile` ran in the same instance.
    let guest = Guest {
        besides: "(global $called (mut i32) (i32.const 0))",
        profile: "(global.set $called (i32.const 1)) (i32.const 1056)",
        placements: "(if (i32.eqz (global.get $called)) (then unreachable)) (i32.const 1120)",
        ..Guest::default()
    };
    assert!(guest.decide().result.is_ok());
    let polite = RUNTIME.check(&Guest::default().build()).unwrap().digest;
    let fussy = RUNTIME.check(&guest.build()).unwrap().digest;
    let mut mixed = mapping(&fussy);
    mixed.attributes = Bound::new(polite, "{}".into(), Arc::default());
    let outcome = RUNTIME.decide(&mixed, &INPUT).unwrap();
    assert!(matches!(outcome.result, Err(Failure::Fault(fault)) if fault.kind == FaultKind::Trap));
}

#[test]
fn a_slot_the_component_does_not_fill_is_a_fault() {
    let text = Guest::default().text().replace("tenants@1.0.0#", "unused-");
    let text = text.replace("roles@1.0.0#", "unused-");
    let contract = crate::guest::contract();
    let component = crate::guest::component(&text, &contract, "attributes-plugin");
    let outcome = crate::guest::decide(&RUNTIME, &component);
    let fault = crate::guest::fault(&outcome);
    assert_eq!(
        (fault.kind, fault.slot),
        (FaultKind::Malformed, Some(Slot::Tenants))
    );
}

#[test]
fn a_component_that_is_not_loaded_is_named() {
    let digest = Runtime::digest(b"never seen");
    let error = RUNTIME.decide(&mapping(&digest), &INPUT).unwrap_err();
    assert_eq!(error, NotLoaded(digest.clone()));
    assert!(!RUNTIME.is_slow(&digest));
}

#[test]
fn decisions_run_beside_each_other() {
    let digest = RUNTIME.check(&Guest::default().build()).unwrap().digest;
    let mapping = mapping(&digest);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..200 {
                    assert!(RUNTIME.decide(&mapping, &INPUT).unwrap().result.is_ok());
                }
            });
        }
    });
}
