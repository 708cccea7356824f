//! Components that die, or answer what they must not. Each costs its own decision and nothing else.

use rolecall_mapping::{FaultKind, Slot};

use crate::guest::{Guest, INPUT, RUNTIME, fault, mapping, slots};

#[test]
fn huge_answer() {
    // 32 MiB of zeros as the profile's text.
    let profile = "(drop (memory.grow (i32.const 600)))
        (i32.store (i32.const 1060) (i32.const 65536))
        (i32.store (i32.const 1064) (i32.const 33554432))
        (i32.const 1056)";
    let fault = Guest {
        profile,
        ..Guest::default()
    }
    .fault();
    assert_eq!(fault.kind, FaultKind::Output, "{fault}");
}

#[test]
fn huge_list() {
    // A hundred million placements, all the same few bytes.
    let placements = "(i32.store (i32.const 1124) (i32.const 2048))
        (i32.store (i32.const 1128) (i32.const 100000000))
        (i32.const 1120)";
    let fault = Guest {
        placements,
        ..Guest::default()
    }
    .fault();
    assert!(
        matches!(fault.kind, FaultKind::Output | FaultKind::Malformed),
        "{fault:?}"
    );
}

#[test]
fn more_placements_than_a_user_may_have() {
    let placements = "(drop (memory.grow (i32.const 1)))
        (i32.store (i32.const 1124) (i32.const 65536))
        (i32.store (i32.const 1128) (i32.const 1001))
        (i32.const 1120)";
    let fault = Guest {
        placements,
        ..Guest::default()
    }
    .fault();
    assert_eq!(fault.kind, FaultKind::Malformed);
    assert!(fault.detail.contains("1001 placements"), "{fault}");
}

#[test]
fn trap() {
    let outcome = Guest {
        grants: "unreachable",
        ..Guest::default()
    }
    .decide();
    assert_eq!(fault(&outcome).kind, FaultKind::Trap);
    assert_eq!(slots(&outcome), Slot::ALL);
    assert!(
        outcome.slots[1].output.is_some(),
        "earlier answers are kept for the record"
    );
    assert_eq!(
        Guest {
            describe: "unreachable",
            ..Guest::default()
        }
        .refusal()
        .code,
        "describe_failed"
    );
}

#[test]
fn last_words_become_the_detail_of_the_fault() {
    let guest = Guest {
        besides: r#"(data (i32.const 600) "panicpanicked at src/lib.rs:1:2: boom\1b[31m")"#,
        profile: "(call $log (i32.const 600) (i32.const 5) (i32.const 605) (i32.const 37)) unreachable",
        ..Guest::default()
    };
    let fault = guest.fault();
    assert_eq!(fault.kind, FaultKind::Trap);
    assert!(
        fault
            .detail
            .starts_with("panicked at src/lib.rs:1:2: boom\u{fffd}[31m"),
        "{fault}"
    );
}

#[test]
fn answers_outside_the_guests_memory_or_not_text() {
    for (what, profile) in [
        ("result area outside", "(i32.const 0x7ffffff0)"),
        ("result area unaligned", "(i32.const 1057)"),
        (
            "text outside",
            "(i32.store (i32.const 1060) (i32.const -8)) (i32.const 1056)",
        ),
        (
            "no such case",
            "(i32.store8 (i32.const 1056) (i32.const 7)) (i32.const 1056)",
        ),
        (
            "not UTF-8",
            "(i32.store16 (i32.const 520) (i32.const 0xffff)) (i32.const 1056)",
        ),
    ] {
        let fault = Guest {
            profile,
            ..Guest::default()
        }
        .fault();
        assert!(
            matches!(fault.kind, FaultKind::Malformed | FaultKind::Trap),
            "{what}: {fault:?}"
        );
    }
}

#[test]
fn profiles_that_are_no_json_objects() {
    for (what, besides, length) in [
        ("not JSON", r#"(data (i32.const 520) "{]")"#, 2),
        ("not an object", r#"(data (i32.const 520) "[]")"#, 2),
        (
            "a NUL in a text",
            r#"(data (i32.const 520) "{\"a\":\"\\u0000\"}")"#,
            14,
        ),
        (
            "a NUL in a name",
            r#"(data (i32.const 520) "{\"\\u0000\":1}")"#,
            12,
        ),
    ] {
        let profile = match length {
            2 => "(i32.const 1056)",
            12 => "(i32.store (i32.const 1064) (i32.const 12)) (i32.const 1056)",
            _ => "(i32.store (i32.const 1064) (i32.const 14)) (i32.const 1056)",
        };
        let fault = Guest {
            profile,
            besides,
            ..Guest::default()
        }
        .fault();
        assert_eq!(fault.kind, FaultKind::Malformed, "{what}: {fault}");
    }
}

#[test]
fn nesting_beyond_what_json_readers_take() {
    let profile = r"(memory.fill (i32.const 2048) (i32.const 91) (i32.const 10000))
        (i32.store (i32.const 1060) (i32.const 2048))
        (i32.store (i32.const 1064) (i32.const 10000))
        (i32.const 1056)";
    assert_eq!(
        Guest {
            profile,
            ..Guest::default()
        }
        .fault()
        .kind,
        FaultKind::Malformed
    );
}

#[test]
fn nothing_is_remembered_from_one_decision_to_the_next() {
    // Answers `{}` the first time it is called in its life and dies the second time; a byte in memory,
    // a global and a table element all remember.
    let guest = Guest {
        besides: "(global $called (mut i32) (i32.const 0))
            (table $table 1 funcref) (elem declare func $profile)",
        profile: "(if (i32.or
                (i32.or (global.get $called) (i32.load8_u (i32.const 40000)))
                (i32.eqz (ref.is_null (table.get $table (i32.const 0)))))
                (then unreachable))
            (global.set $called (i32.const 1))
            (i32.store8 (i32.const 40000) (i32.const 1))
            (table.set $table (i32.const 0) (ref.func $profile))
            (i32.const 1056)",
        ..Guest::default()
    };
    let digest = RUNTIME.check(&guest.build()).unwrap().digest;
    for _ in 0..100 {
        let outcome = RUNTIME.decide(&mapping(&digest), &INPUT).unwrap();
        assert!(outcome.result.is_ok(), "{outcome:?}");
    }
}
