//! Invariant 2: A decision is a pure function of resource, group memberships, mapping and catalogue: a fresh
//! instance every time, nothing linked but `log`; same input, same bytes, same fuel.

use serde_json::Value;

use crate::support::acme::every_slot;
use crate::support::guest::Act;
use crate::support::{Acme, Db, Guest, on_both_databases};

on_both_databases!(
    no_memory_of_earlier_calls,
    same_input_same_bytes_same_fuel,
    nothing_but_log
);

async fn no_memory_of_earlier_calls(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().attributes(Act::CountCalls).component())
        .await;
    for name in ["ada", "grace", "edsger"] {
        let user = acme.scim.user(&format!("{name}@northwind.example")).await;
        let access = acme.operator.user(&user).await;
        assert_eq!(
            access["profile"]["calls"], 1,
            "{name} met a used instance: {access}"
        );
    }
}

async fn same_input_same_bytes_same_fuel(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let digest = acme.operator.plugin(&Guest::viewer().component()).await;

    acme.operator
        .remap(&acme.connection, &every_slot(&digest))
        .await;
    let first = acme.operator.decision(&user).await;
    acme.operator
        .remap(&acme.connection, &every_slot(&digest))
        .await;
    let second = acme.operator.decision(&user).await;

    assert!(
        first["revision"].as_i64() < second["revision"].as_i64(),
        "{first} {second}"
    );
    assert_eq!(first["receipt"]["digest"], second["receipt"]["digest"]);
    assert_eq!(first["receipt"]["slots"], second["receipt"]["slots"]);
    let repeatable = |decision: &Value| -> Vec<Value> {
        let slots = decision["slots"].as_array().expect("a decision has slots");
        slots
            .iter()
            .flat_map(|slot| {
                ["slot", "digest", "input_digest", "output", "fuel"].map(|name| slot[name].clone())
            })
            .collect()
    };
    assert_eq!(repeatable(&first), repeatable(&second));
    assert!(
        repeatable(&first).iter().all(|value| !value.is_null()),
        "{first}"
    );
}

async fn nothing_but_log(db: Db) {
    let acme = Acme::start(db).await;
    let refused = acme
        .operator
        .upload(&Guest::viewer().with_clock().component())
        .await;
    let problem = refused.expect_problem(422);
    assert_eq!(problem["code"], "forbidden_import", "{problem}");
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(
        detail.contains("wasi:clocks/monotonic-clock"),
        "names the import: {detail}"
    );
}
