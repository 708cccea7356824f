//! Uploads that are refused, and the words they are refused with.

use rolecall_mapping::{Limits, Refusal, Runtime, Slot};

use crate::guest::{Guest, RUNTIME, limits, runtime};

pub(crate) fn refused(bytes: &[u8]) -> Refusal {
    RUNTIME.check(bytes).unwrap_err()
}

pub(crate) fn assert_says(refusal: &Refusal, code: &str, words: &[&str]) {
    assert_eq!(refusal.code, code, "{refusal}");
    for word in words {
        assert!(
            refusal.detail.contains(word),
            "{word:?} is not in {:?}",
            refusal.detail
        );
    }
}

#[test]
fn a_polite_component_is_taken() {
    let bytes = Guest::default().build();
    let checked = RUNTIME.check(&bytes).unwrap();
    assert_eq!((&*checked.name, &*checked.version), ("guest", "1.0"));
    assert_eq!(checked.slots, Slot::ALL);
    assert_eq!(checked.bytes, bytes.len());
    assert_eq!(checked.digest, Runtime::digest(&bytes));
    assert_eq!(checked.settings_schema, None);
    assert!(
        checked
            .imports
            .iter()
            .any(|name| name == "rolecall:plugin/log@1.0.0")
    );
    assert_eq!(checked.warnings, [] as [String; 0]);
    assert!(RUNTIME.is_loaded(&checked.digest));
}

#[test]
fn what_is_no_component() {
    assert_says(&refused(b""), "empty", &["Nothing was sent"]);
    assert_says(
        &refused(b"#!/bin/sh\n"),
        "not_a_component",
        &["not WebAssembly"],
    );
    let module = wat::parse_str("(module)").unwrap();
    assert_says(
        &refused(&module),
        "core_module",
        &["wasm-tools component new"],
    );
}

#[test]
fn what_is_native_code() {
    let engine = wasmtime::Engine::default();
    let native = engine
        .precompile_component(&Guest::default().build())
        .unwrap();
    assert_says(&refused(&native), "precompiled", &["native code"]);
}

#[test]
fn what_is_too_large() {
    let mut bytes = Guest::default().build();
    bytes.resize(limits().component_bytes + 1, 0);
    assert_says(
        &refused(&bytes),
        "too_large",
        &["25165825 bytes", "at most 25165824"],
    );
}

#[test]
fn what_was_cut_short() {
    let bytes = Guest::default().build();
    for length in (8..bytes.len()).step_by(97) {
        let refusal = refused(&bytes[..length]);
        assert!(
            matches!(refusal.code, "invalid" | "missing_export"),
            "{length}: {refusal}"
        );
    }
}

#[test]
fn flipped_bits_never_get_past_the_checks_and_back_unharmed() {
    let bytes = Guest::default().build();
    for at in (0..bytes.len()).step_by(53) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x10;
        // Either outcome is right; the host must survive it.
        if let Ok(checked) = RUNTIME.check(&bytes) {
            let mapping = crate::guest::mapping(&checked.digest);
            RUNTIME.decide(&mapping, &crate::guest::INPUT).unwrap();
        }
    }
}

#[test]
fn what_would_take_long_to_compile() {
    let functions = "(func (nop))".repeat(40_001);
    let bytes = wat::parse_str(format!("(component (core module {functions}))")).unwrap();
    assert_says(&refused(&bytes), "too_complex", &["40001 functions"]);
    // Each small enough, and all of them together within the size of a component.
    let functions = format!("(func {})", "(drop (i32.const 1))".repeat(1_000)).repeat(3_000);
    let bytes = wat::parse_str(format!("(component (core module {functions}))")).unwrap();
    assert!(bytes.len() < limits().component_bytes);
    assert_says(&refused(&bytes), "too_complex", &["bytes of code"]);
    let body = "(drop (i32.const 1234567))".repeat(100_000);
    let bytes = wat::parse_str(format!("(component (core module (func {body})))")).unwrap();
    assert_says(&refused(&bytes), "too_complex", &["bytes in one function"]);
    let locals = "i64 ".repeat(5_001);
    let bytes =
        wat::parse_str(format!("(component (core module (func (local {locals}))))")).unwrap();
    assert_says(&refused(&bytes), "too_complex", &["5001 local variables"]);
    let modules = "(core module)".repeat(161);
    let bytes = wat::parse_str(format!("(component {modules})")).unwrap();
    assert_says(&refused(&bytes), "too_complex", &["161 core modules"]);
}

#[test]
fn what_starts_with_more_than_it_may_have() {
    let bytes = wat::parse_str("(component (core module (memory 1025)))").unwrap();
    assert_says(
        &refused(&bytes),
        "too_hungry",
        &["67174400 bytes of memory"],
    );
    let bytes = wat::parse_str("(component (core module (table 20001 funcref)))").unwrap();
    assert_says(&refused(&bytes), "too_hungry", &["20001 elements"]);
}

#[test]
fn what_uses_features_that_are_switched_off() {
    for module in [
        "(memory i64 1)",
        "(memory 1 1 shared)",
        "(memory 1) (memory 1)",
        "(func (drop (v128.const i64x2 0 0)))",
        "(func $f (return_call $f))",
        "(tag)",
        "(type (struct))",
    ] {
        // What it exports is looked at before it is validated.
        let component = format!(
            r#"(component (core module {module}) (instance $nothing)
                (export "rolecall:plugin/lifecycle@1.0.0" (instance $nothing))
                (export "rolecall:plugin/roles@1.0.0" (instance $nothing)))"#
        );
        let bytes = wat::parse_str(component).unwrap();
        assert_says(&refused(&bytes), "invalid", &["not a valid component"]);
    }
}

#[test]
fn a_component_that_grows_its_memory_is_warned_about() {
    let describe = "(drop (memory.grow (i32.const 1))) (i32.const 1024)";
    let checked = RUNTIME
        .check(
            &Guest {
                describe,
                ..Guest::default()
            }
            .build(),
        )
        .unwrap();
    assert!(
        checked.warnings[0].contains("--initial-memory"),
        "{:?}",
        checked.warnings
    );
}

#[test]
fn loading_takes_only_the_bytes_the_digest_names() {
    let runtime = runtime(Limits {
        concurrency: 2,
        ..limits()
    });
    let bytes = Guest::default().build();
    let digest = Runtime::digest(&bytes);
    assert!(!runtime.is_loaded(&digest));
    let other = Guest {
        besides: "(func)",
        ..Guest::default()
    }
    .build();
    assert_eq!(
        runtime.load(&digest, &other).unwrap_err().code,
        "digest_mismatch"
    );
    assert!(!runtime.is_loaded(&digest));
    runtime.load(&digest, &bytes).unwrap();
    assert!(runtime.is_loaded(&digest));
    runtime.load(&digest, &bytes).unwrap();
}
