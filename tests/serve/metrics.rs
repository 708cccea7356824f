//! What an operator sees of plugins in `/metrics`: calls, failures by kind, time, fuel and memory, per component and slot.

use crate::support::guest::Act;
use crate::support::http::Request;
use crate::support::scim::person;
use crate::support::{Acme, Db, Guest, on_both_databases};

on_both_databases!(
    plugins_are_told_apart,
    failures_are_told_by_kind,
    methods_that_somebody_makes_up_are_one,
);

async fn metrics(acme: &Acme) -> Vec<String> {
    let answer = Request::new("GET", "/metrics")
        .send(acme.server.origin())
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.text().lines().map(str::to_owned).collect()
}

/// The value of one line.
async fn value(acme: &Acme, name: &str, labels: &str) -> u64 {
    let lines = metrics(acme).await;
    let start = format!("{name}{{{labels}}} ");
    let found = lines.iter().find_map(|line| line.strip_prefix(&start));
    let found = found.unwrap_or_else(|| panic!("{start}: {lines:#?}"));
    let found: f64 = found.parse().expect("a number");
    found as u64
}

async fn plugins_are_told_apart(db: Db) {
    let acme = Acme::start(db).await;
    acme.scim.user("ada@northwind.example").await;
    let calls = "rolecall_plugin_calls_total";
    let stock = |slot| format!("plugin=\"rules\",slot=\"{slot}\"");
    for slot in ["attributes", "tenants", "roles"] {
        let labels = format!("{},outcome=\"answered\"", stock(slot));
        assert_eq!(value(&acme, calls, &labels).await, 1, "{slot}");
    }
    let guest = Guest::viewer().component();
    let digest = acme.operator.plugin(&guest).await;
    acme.run(&guest).await;
    acme.scim.user("bob@northwind.example").await;
    let roles = format!("plugin=\"{digest}\",slot=\"roles\"");
    let labels = format!("{roles},outcome=\"answered\"");
    // Ada was decided again, and Bob is new.
    assert_eq!(value(&acme, calls, &labels).await, 2);
    for (name, least) in [
        ("rolecall_plugin_call_duration_seconds_count", 2),
        ("rolecall_plugin_call_fuel_sum", 1),
        ("rolecall_plugin_peak_memory_bytes", 65_536),
    ] {
        assert!(value(&acme, name, &roles).await >= least, "{name}");
    }
    let told = metrics(&acme).await.join("\n");
    for user in ["ada", "bob", "northwind"] {
        assert!(!told.contains(user), "{user} is nobody's business: {told}");
    }
}

async fn failures_are_told_by_kind(db: Db) {
    let acme = Acme::start(db).await;
    for (act, outcome, status) in [
        (Act::Trap, "trap", 201),
        (Act::Spin, "fuel", 201),
        (Act::Refuse("not here"), "refused", 400),
    ] {
        let guest = Guest::viewer().tenants(act).component();
        let digest = acme.operator.plugin(&guest).await;
        acme.run(&guest).await;
        let user = person(&format!("{outcome}@northwind.example"));
        assert_eq!(acme.scim.create_user(&user).await.status, status);
        let labels = format!("plugin=\"{digest}\",slot=\"tenants\",outcome=\"{outcome}\"");
        assert!(value(&acme, "rolecall_plugin_calls_total", &labels).await >= 1);
        let labels = format!("plugin=\"{digest}\",slot=\"attributes\",outcome=\"answered\"");
        assert!(value(&acme, "rolecall_plugin_calls_total", &labels).await >= 1);
    }
}

async fn methods_that_somebody_makes_up_are_one(db: Db) {
    let acme = Acme::start(db).await;
    for number in 0..5 {
        let request = Request::new(&format!("FOO{number}"), "/livez");
        request.send(acme.server.origin()).await;
    }
    let told = metrics(&acme).await.join("\n");
    assert!(!told.contains("FOO"), "{told}");
    assert!(told.contains("method=\"other\""), "{told}");
}
