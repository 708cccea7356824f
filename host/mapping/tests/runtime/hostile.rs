//! Components that try to take more than they may, Each costs its
//! own decision and nothing else.

use std::time::Duration;

use rolecall_mapping::{FaultKind, Limits, PrepareError, Setup, Slot};

use crate::guest::{Guest, RUNTIME, decide, fault, limits, mapping, runtime, slots};

const LOOP: &str = "(loop $again (br $again)) unreachable";

fn assert_host_is_well() {
    assert!(
        Guest::default().decide().result.is_ok(),
        "a polite guest still runs"
    );
}

#[test]
fn endless_loop_in_each_slot() {
    for (slot, guest) in [
        (
            Slot::Attributes,
            Guest {
                profile: LOOP,
                ..Guest::default()
            },
        ),
        (
            Slot::Tenants,
            Guest {
                placements: LOOP,
                ..Guest::default()
            },
        ),
        (
            Slot::Roles,
            Guest {
                grants: LOOP,
                ..Guest::default()
            },
        ),
    ] {
        let outcome = guest.decide();
        let fault = fault(&outcome);
        assert_eq!((fault.kind, fault.slot), (FaultKind::Fuel, Some(slot)));
        assert_eq!(slots(&outcome).last(), Some(&slot), "nothing runs after it");
        let run = outcome.slots.last().unwrap();
        assert!(run.fuel >= limits().fuel && run.output.is_none(), "{run:?}");
    }
    assert_host_is_well();
}

#[test]
fn endless_loop_in_prepare() {
    let guest = Guest {
        prepare: LOOP,
        ..Guest::default()
    };
    let digest = RUNTIME.check(&guest.build()).unwrap().digest;
    let setup = Setup {
        slot: Slot::Roles,
        settings: "{}",
        catalogue: "{}",
        tenants: "[]",
        home: "acme",
    };
    match RUNTIME.prepare(&digest, &setup) {
        Err(PrepareError::Fault(fault)) => assert_eq!(fault.kind, FaultKind::Fuel),
        other => panic!("{other:?}"),
    }
}

#[test]
fn endless_loop_in_describe_and_at_start() {
    let describe = Guest {
        describe: LOOP,
        ..Guest::default()
    }
    .refusal();
    assert_eq!(describe.code, "describe_failed");
    let besides = "(func $start (loop $again (br $again))) (start $start)";
    let start = Guest {
        besides,
        ..Guest::default()
    }
    .refusal();
    assert_eq!(start.code, "start_failed");
    assert!(start.detail.contains("fuel"), "{start}");
}

#[test]
fn filling_memory_costs_fuel_by_the_byte() {
    let profile = "(drop (memory.grow (i32.const 900)))
        (loop $again
            (memory.fill (i32.const 65536) (i32.const 1) (i32.const 3000000))
            (br $again))
        unreachable";
    let outcome = Guest {
        profile,
        ..Guest::default()
    }
    .decide();
    assert_eq!(fault(&outcome).kind, FaultKind::Fuel);
}

#[test]
fn a_guest_with_fuel_to_spare_ends_at_the_deadline() {
    let limits = Limits {
        fuel: u64::MAX,
        deadline: Duration::from_millis(20),
        concurrency: 2,
        ..Limits::default()
    };
    let component = Guest {
        profile: LOOP,
        ..Guest::default()
    }
    .build();
    let fault = fault(&decide(&runtime(limits), &component));
    assert_eq!(fault.kind, FaultKind::Deadline);
    assert!(fault.kind.is_transient());
}

#[test]
fn memory_bomb() {
    let profile = "(loop $again (drop (memory.grow (i32.const 16))) (br $again)) unreachable";
    let outcome = Guest {
        profile,
        ..Guest::default()
    }
    .decide();
    assert_eq!(fault(&outcome).kind, FaultKind::Memory);
    assert!(outcome.slots[0].memory_bytes <= limits().memory_bytes);
    assert_host_is_well();
}

#[test]
fn table_bomb() {
    let guest = Guest {
        besides: "(table $table 1 funcref)",
        profile: "(loop $again
            (drop (table.grow $table (ref.null func) (i32.const 1000)))
            (br $again))
            unreachable",
        ..Guest::default()
    };
    assert_eq!(guest.fault().kind, FaultKind::Table);
}

#[test]
fn endless_recursion() {
    let guest = Guest {
        besides: "(func $deeper (param i64) (result i64)
            (i64.add (call $deeper (i64.add (local.get 0) (i64.const 1))) (local.get 0)))",
        profile: "(drop (call $deeper (i64.const 0))) unreachable",
        ..Guest::default()
    };
    assert_eq!(guest.fault().kind, FaultKind::Stack);
    assert_host_is_well();
}

#[test]
fn log_flood() {
    // Lines of one byte until the fuel is gone.
    let profile = "(loop $again
            (call $log (i32.const 522) (i32.const 4) (i32.const 512) (i32.const 1))
            (br $again))
        unreachable";
    let outcome = Guest {
        profile,
        ..Guest::default()
    }
    .decide();
    assert_eq!(fault(&outcome).kind, FaultKind::Fuel);
    let run = &outcome.slots[0];
    assert_eq!(run.logs.len(), limits().log_lines);
    assert_eq!(
        (run.logs[0].level.as_ref(), run.logs[0].message.as_str()),
        ("warn", "g")
    );
    assert!(run.logs_dropped > 1_000 && run.logs_dropped < limits().fuel / 100);
}

#[test]
fn log_lines_as_large_as_they_may_be_cost_their_bytes() {
    let profile = "(drop (memory.grow (i32.const 20)))
        (loop $again
            (call $log (i32.const 522) (i32.const 4) (i32.const 65536) (i32.const 1000000))
            (br $again))
        unreachable";
    let outcome = Guest {
        profile,
        ..Guest::default()
    }
    .decide();
    assert_eq!(fault(&outcome).kind, FaultKind::Fuel);
    let run = &outcome.slots[0];
    assert_eq!(run.logs_dropped, 5, "five million bytes' worth of fuel");
    assert!(
        run.logs
            .iter()
            .map(|line| line.message.len())
            .sum::<usize>()
            <= limits().log_bytes
    );
}

#[test]
fn more_decisions_than_there_is_room_for() {
    let runtime = runtime(Limits {
        concurrency: 1,
        ..limits()
    });
    let one = runtime.check(&Guest::default().build()).unwrap().digest;
    let besides = "(global $other i32 (i32.const 0))";
    let other = runtime
        .check(
            &Guest {
                besides,
                ..Guest::default()
            }
            .build(),
        )
        .unwrap()
        .digest;
    let mut mapping = mapping(&one);
    mapping.roles = rolecall_mapping::Bound::new(other, "{}".into(), [].into());
    let outcome = runtime.decide(&mapping, &crate::guest::INPUT).unwrap();
    let fault = fault(&outcome);
    assert_eq!(
        (fault.kind, fault.slot),
        (FaultKind::Busy, Some(Slot::Roles))
    );
    assert!(fault.kind.is_transient());
}
