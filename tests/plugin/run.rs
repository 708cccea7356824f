//! One decision on the desk: what becomes of somebody, what it took, and what a server would not let pass.

use serde_json::{Value, json};

use crate::support::Desk;
use crate::support::guest::{Act, Guest, grant, placement};

/// A desk with a plugin, a user, and the defaults of its cases.
fn desk(guest: &Guest, defaults: &Value) -> Desk {
    let desk = Desk::new();
    desk.write("plugin.wasm", guest.component());
    desk.write(
        "ada.json",
        json!({"userName": "ada@northwind.example"}).to_string(),
    );
    desk.write("cases/defaults.json", defaults.to_string());
    desk
}

const RUN: [&str; 4] = ["run", "plugin.wasm", "--user", "ada.json"];

async fn run(desk: &Desk, code: i32) -> (Value, String) {
    let shown = desk.plugin(&RUN).await.expect(code).out;
    let json = desk
        .plugin(&[&RUN[..], &["--json"]].concat())
        .await
        .expect(code)
        .json();
    (json, shown)
}

fn used<'a>(report: &'a Value, slot: &str, limit: &str) -> &'a Value {
    let limits = report["limits"].as_array().expect("limits");
    let found = limits
        .iter()
        .find(|used| used["slot"] == slot && used["limit"] == limit);
    found.unwrap_or_else(|| panic!("no {limit} of {slot}: {report}"))
}

#[tokio::test]
async fn the_decision_and_what_it_took() {
    let desk = desk(&Guest::viewer(), &json!({"home": "northwind"}));
    let (report, shown) = run(&desk, 0).await;
    assert_eq!(report["state"], "active");
    assert_eq!(report["placements"][0]["tenant"], "northwind");
    assert_eq!(report["grants"][0]["name"], "viewer");
    assert_eq!(
        report["unchecked"],
        json!(["tenants", "catalogue"]),
        "nothing was said of them"
    );
    for limit in ["fuel", "time", "memory", "output", "log_lines", "log_bytes"] {
        let used = used(&report, "roles", limit);
        assert!(used["used"].as_u64() <= used["most"].as_u64(), "{used}");
    }
    assert!(used(&report, "roles", "fuel")["used"].as_u64() > Some(0));
    assert_eq!(used(&report, "roles", "grants")["used"], 1);
    for words in ["northwind  role viewer", "fuel", "50,000,000", "placements"] {
        assert!(shown.contains(words), "{words} is not in:\n{shown}");
    }
}

#[tokio::test]
async fn the_host_refuses_what_a_server_refuses() {
    let guest = Guest::viewer()
        .tenants(Act::Placements(vec![
            placement("northwind", &[]),
            placement("contoso", &[]),
        ]))
        .roles(Act::Grants(vec![
            grant("northwind", "role", "viewer", &[]),
            grant("northwind", "role", "emperor", &[]),
            grant("northwind", "role", "admin", &[]),
            grant("northwind", "feature", "exports", &["g7"]),
            grant("northwind", "role", "\u{1b}[2J", &[]),
        ]));
    let defaults = json!({
        "home": "northwind",
        "tenants": [{"key": "northwind", "plan": "team"}],
        "catalogue": {
            "roles": [{"key": "viewer"}, {"key": "admin"}],
            "features": [{"key": "exports"}],
            "plans": [{"key": "team"}],
        },
        "grantable": ["viewer"],
    });
    let desk = desk(&guest, &defaults);
    let (report, shown) = run(&desk, 0).await;
    let refused = report["refused"].as_array().expect("refused items");
    let codes: Vec<_> = refused
        .iter()
        .map(|item| item["code"].as_str().expect("a code"))
        .collect();
    assert_eq!(
        codes,
        [
            "tenant_out_of_scope",
            "unknown_role",
            "above_ceiling",
            "not_a_member",
            "invalid_text"
        ]
    );
    assert_eq!(report["grants"].as_array().map(Vec::len), Some(1));
    assert_eq!(report["unchecked"], json!([]));
    assert!(shown.contains("the host refuses this"), "{shown}");
    assert!(
        !shown.contains('\u{1b}'),
        "a plugin's text does not command the terminal"
    );
}

#[tokio::test]
async fn a_limit_says_by_how_much_it_is_missed() {
    let desk = desk(&Guest::viewer().roles(Act::Spin), &json!({}));
    let (report, shown) = run(&desk, 1).await;
    assert_eq!(report["state"], "pending");
    assert_eq!(report["problem"]["code"], "fuel");
    let fuel = used(&report, "roles", "fuel");
    assert!(fuel["used"].as_u64() > fuel["most"].as_u64(), "{fuel}");
    assert!(
        shown.contains("in production the decision fails"),
        "{shown}"
    );

    desk.write("plugin.wasm", Guest::viewer().roles(Act::Grow).component());
    let (report, _) = run(&desk, 1).await;
    assert_eq!(report["problem"]["code"], "memory");
}

#[tokio::test]
async fn every_log_line_is_shown_also_those_that_a_server_drops() {
    let desk = desk(&Guest::viewer().attributes(Act::Chatter), &json!({}));
    let (report, shown) = run(&desk, 0).await;
    let lines = used(&report, "attributes", "log_lines");
    assert!(lines["used"].as_u64() > lines["most"].as_u64(), "{lines}");
    assert_eq!(
        report["logs"].as_array().map(Vec::len),
        lines["used"].as_u64().map(|n| n as usize)
    );
    assert!(shown.contains("lines are dropped"), "{shown}");
}

#[tokio::test]
async fn refusals_faults_and_inactive_users() {
    let home = json!({"home": "northwind"});
    let refuses = desk(
        &Guest::viewer().tenants(Act::Refuse("Nobody bills this user.")),
        &home,
    );
    let (report, shown) = run(&refuses, 0).await;
    assert_eq!(
        report["state"], "refused",
        "the tenant's own rule is an answer"
    );
    assert!(shown.contains("Nobody bills this user."), "{shown}");

    let dies = desk(&Guest::viewer().tenants(Act::Trap), &home);
    let (report, shown) = run(&dies, 1).await;
    assert_eq!(report["problem"]["code"], "trap");
    assert!(shown.contains("pending"), "{shown}");

    dies.write(
        "ada.json",
        json!({"userName": "ada", "active": false}).to_string(),
    );
    let (report, _) = run(&dies, 0).await;
    assert_eq!(report["state"], "inactive", "no plugin is asked");
    for user in [
        json!({"userName": "ada", "active": "False"}),
        json!({"userName": "ada", "Active": false}),
    ] {
        dies.write("ada.json", user.to_string());
        let (report, _) = run(&dies, 0).await;
        assert_eq!(report["state"], "inactive", "as a server reads {user}");
    }
}

#[tokio::test]
async fn mistakes_are_named() {
    let desk = desk(&Guest::viewer(), &json!({}));
    let missing = desk.plugin(&["run", "plugin.wasm"]).await.expect(2);
    assert!(missing.err.contains("--case"), "{}", missing.err);
    desk.write("ada.json", "{\"userName\": ");
    let broken = desk.plugin(&RUN).await.expect(2);
    assert!(
        broken.err.contains("ada.json is not JSON"),
        "{}",
        broken.err
    );
    desk.write("ada.json", json!({"displayName": "Ada"}).to_string());
    let nameless = desk.plugin(&RUN).await.expect(1);
    assert!(nameless.out.contains("userName"), "{}", nameless.out);
    desk.write("text.wasm", "hello");
    let text = desk
        .plugin(&["run", "text.wasm", "--user", "ada.json"])
        .await
        .expect(1);
    assert!(text.out.contains("not WebAssembly"), "{}", text.out);
}

#[tokio::test]
async fn bench_measures_and_stops() {
    let desk = desk(&Guest::viewer(), &json!({}));
    desk.write(
        "cases/ada.json",
        json!({"user": {"userName": "ada"}}).to_string(),
    );
    let bench = [
        "bench",
        "plugin.wasm",
        "--case",
        "cases/ada.json",
        "--seconds",
    ];
    let measured = desk
        .plugin(&[&bench[..], &["1", "--json"]].concat())
        .await
        .expect(0)
        .json();
    for figure in [
        "decisions",
        "per_second",
        "p50_micros",
        "p99_micros",
        "fuel",
        "memory_bytes",
    ] {
        assert!(
            measured[figure].as_f64() > Some(0.0),
            "{figure}: {measured}"
        );
    }
    assert!(measured["p50_micros"].as_f64() <= measured["p99_micros"].as_f64());
    let fuel = run_fuel(&desk).await;
    assert_eq!(
        measured["fuel"].as_u64(),
        Some(fuel),
        "the same as of one decision"
    );
    desk.plugin(&[&bench[..], &["3600"]].concat())
        .await
        .expect(2);
}

#[tokio::test]
async fn bench_of_a_failure_is_no_measurement() {
    let desk = desk(&Guest::viewer().tenants(Act::Trap), &json!({}));
    desk.write(
        "cases/ada.json",
        json!({"user": {"userName": "ada"}}).to_string(),
    );
    let bench = [
        "bench",
        "plugin.wasm",
        "--case",
        "cases/ada.json",
        "--seconds",
        "1",
    ];
    let said = desk.plugin(&bench).await.expect(1).out;
    assert!(said.starts_with("the plugin fails: "), "{said}");
}

async fn run_fuel(desk: &Desk) -> u64 {
    let report = desk
        .plugin(&["run", "plugin.wasm", "--case", "cases/ada.json", "--json"])
        .await;
    let report = report.expect(0).json();
    let slots = report["slots"].as_array().expect("slots");
    slots
        .iter()
        .map(|slot| slot["fuel"].as_u64().expect("fuel"))
        .sum()
}
