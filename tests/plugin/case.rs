//! A decision taken home comes out the same there, fuel included.

use rolecall_plugin_bundle::RESELLER_MAPPING;
use serde_json::{Value, json};

use crate::support::database::Falsified;
use crate::support::guest::{Act, Guest};
use crate::support::scim::{ENTERPRISE, id, person};
use crate::support::{Acme, Db, Desk, on_both_databases};

on_both_databases!(
    the_same_result_and_fuel,
    a_fault_is_the_same_fault,
    a_change_since_is_told,
    on_the_catalogue_of_that_day,
    absent_decisions,
);

fn desk(acme: &Acme) -> Desk {
    let mut desk = Desk::new();
    desk.set("ROLECALL_URL", acme.operator.origin());
    desk.set("ROLECALL_OPERATOR_KEY", acme.operator.key());
    desk
}

async fn the_same_result_and_fuel(db: Db) {
    let acme = Acme::start(db).await;
    let desk = desk(&acme);
    desk.write("reseller.wasm", RESELLER_MAPPING);
    // Two components in one mapping, settings for one of them, and a ceiling that refuses something.
    let digest = acme.operator.plugin(RESELLER_MAPPING).await;
    let ours = json!({"plugin": digest});
    let fields = json!({"profile": {"fields": {"name": "{name.familyName|upper}"}}});
    let attributes = json!({"plugin": "rules", "settings": fields});
    let slots = json!({"attributes": attributes, "tenants": ours, "roles": ours});
    acme.operator.remap(&acme.connection, &slots).await;
    let ceiling = json!({"grantable": ["viewer", "analyst"]});
    acme.operator
        .patch(&acme.connection.path(""), &ceiling)
        .await
        .expect(200);
    let mut user = person("ada@northwind.example");
    user[ENTERPRISE]["costCenter"] = "EU-4130".into();
    user["password"] = "correct-horse-battery-staple-72".into();
    let user = id(&acme.scim.create_user(&user).await.expect(201));
    for name in ["Northwind Analysts", "Northwind Admins"] {
        let group = acme.scim.group(name, &[]).await;
        acme.scim.add_member(&group, &user).await;
    }

    let saved = desk
        .plugin(&["case", &user, "--out", "cases/../ada.json"])
        .await;
    assert_eq!(saved.code, Some(2), "there is no folder cases");
    desk.write("cases/defaults.json", "{}");
    desk.plugin(&["case", &user, "--out", "cases/ada.json"])
        .await
        .expect(0);
    let text = desk.read("cases/ada.json");
    for secret in [acme.operator.key(), acme.scim.token(), "battery-staple"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let case = desk.json("cases/ada.json");
    assert_eq!(case["recorded"]["changed_since"], false, "{case}");
    let refused = case["expect"]["refused"].as_array().map(Vec::len);
    assert!(refused > Some(0), "the ceiling is part of it: {case}");

    let run = ["run", "reseller.wasm", "--case", "cases/ada.json", "--json"];
    let report = desk.plugin(&run).await.expect(0).json();
    assert_eq!(
        report["replay"],
        json!({"unlike": [], "differences": []}),
        "{report}"
    );
    let decision = acme.operator.decision(&user).await;
    assert_eq!(report["receipt"]["digest"], decision["receipt"]["digest"]);
    assert_eq!(report["receipt"]["slots"], decision["receipt"]["slots"]);
    assert_eq!(report["refused"], decision["refused"]);
    let access = acme.operator.user(&user).await;
    assert_eq!(sorted(&report["grants"]), sorted(&access["grants"]));
    assert_eq!(report["profile"], access["profile"]);
    desk.plugin(&["test", "reseller.wasm"]).await.expect(0);

    // Another fuel than the recorded one does not pass.
    let mut forged = case.clone();
    forged["recorded"]["receipt"]["slots"][1]["fuel"] = 1.into();
    desk.write("cases/ada.json", forged.to_string());
    let differs = desk.plugin(&["test", "reseller.wasm"]).await.expect(1);
    assert!(differs.out.contains("/receipt/slots"), "{}", differs.out);
    desk.plugin(&run).await.expect(1);
    // An edited case says so, and is judged by what it expects alone.
    let mut edited = case.clone();
    edited["user"]["title"] = "Emperor".into();
    desk.write("cases/ada.json", edited.to_string());
    let report = desk.plugin(&run).await.expect(0).json();
    assert!(
        report["replay"]["unlike"].to_string().contains("edited"),
        "{report}"
    );
    // So does the next version of the plugin.
    desk.write("cases/ada.json", case.to_string());
    desk.write("next.wasm", Guest::viewer().component());
    let next = ["run", "next.wasm", "--case", "cases/ada.json", "--json"];
    let report = desk.plugin(&next).await.expect(0).json();
    assert!(
        report["replay"]["unlike"]
            .to_string()
            .contains("another plugin"),
        "{report}"
    );
}

fn sorted(grants: &Value) -> Vec<String> {
    let grants = grants.as_array().expect("grants").iter();
    let mut grants: Vec<_> = grants.map(Value::to_string).collect();
    grants.sort();
    grants
}

async fn a_fault_is_the_same_fault(db: Db) {
    let acme = Acme::start(db).await;
    let desk = desk(&acme);
    let guest = Guest::viewer().roles(Act::Trap).component();
    desk.write("plugin.wasm", &guest);
    acme.run(&guest).await;
    let user = acme.scim.user("ada@northwind.example").await;
    desk.plugin(&["case", &user, "--out", "ada.json"])
        .await
        .expect(0);
    let run = ["run", "plugin.wasm", "--case", "ada.json", "--json"];
    let report = desk.plugin(&run).await.expect(1).json();
    assert_eq!(report["state"], "pending");
    assert_eq!(
        report["replay"],
        json!({"unlike": [], "differences": []}),
        "{report}"
    );
    assert_eq!(
        report["problem"],
        acme.operator.decision(&user).await["problem"]
    );
}

/// What `prepare` made of the settings is part of the case: the present catalogue would not admit them.
async fn on_the_catalogue_of_that_day(db: Db) {
    let acme = Acme::start(db).await;
    let desk = desk(&acme);
    let settings = json!({"roles": {"rules": [{"group": "Ops-Leads", "role": "admin"}], "default_role": "viewer"}});
    let slot = json!({"plugin": "rules", "settings": settings});
    let slots = json!({"attributes": slot, "tenants": slot, "roles": slot});
    acme.operator.remap(&acme.connection, &slots).await;
    let smaller = json!({"roles": [{"key": "viewer"}]});
    acme.operator.put("/v1/catalog", &smaller).await.expect(200);
    let user = acme.scim.user("ada@northwind.example").await;
    desk.plugin(&["case", &user, "--out", "ada.json"])
        .await
        .expect(0);
    let run = ["run", "rules", "--case", "ada.json", "--json"];
    let report = desk.plugin(&run).await.expect(0).json();
    assert_eq!(
        report["replay"],
        json!({"unlike": [], "differences": []}),
        "{report}"
    );
    assert_eq!(report["grants"][0]["name"], "viewer");

    // With settings of one's own it is another decision, and a server would not make that mapping any more.
    desk.write("settings.json", settings.to_string());
    let settings = [&run[..], &["--settings", "settings.json"]].concat();
    let refused = desk.plugin(&settings).await.expect(1).out;
    assert!(refused.contains("unknown_role"), "{refused}");
    desk.write("settings.json", "{}");
    let report = desk.plugin(&settings).await.expect(0).json();
    assert!(
        report["replay"]["unlike"]
            .to_string()
            .contains("other settings"),
        "{report}"
    );
}

async fn a_change_since_is_told(db: Db) {
    let mut acme = Acme::start(db).await;
    let guest = Guest::viewer().component();
    acme.run(&guest).await;
    let user = id(&acme
        .scim
        .create_user(&person("ada@northwind.example"))
        .await
        .expect(201));
    acme.server.terminate();
    acme.server.exit().await;
    acme.database.falsify(
        Falsified::Documents,
        "Account Executive",
        "Account Executor!",
    );
    acme.server.restart().await;
    acme.reconnect();

    let desk = desk(&acme);
    desk.write("plugin.wasm", &guest);
    let taken = desk
        .plugin(&["case", &user, "--out", "ada.json"])
        .await
        .expect(0);
    assert!(taken.err.contains("has changed since"), "{}", taken.err);
    let case = desk.json("ada.json");
    assert_eq!(case["recorded"]["changed_since"], true, "{case}");
    assert_eq!(case["user"]["title"], "Account Executor!", "what it is now");
    let run = ["run", "plugin.wasm", "--case", "ada.json", "--json"];
    let report = desk.plugin(&run).await.expect(0).json();
    assert!(
        report["replay"]["unlike"]
            .to_string()
            .contains("changed since"),
        "{report}"
    );
}

async fn absent_decisions(db: Db) {
    let acme = Acme::start(db).await;
    let desk = desk(&acme);
    acme.run(&Guest::viewer().component()).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let absent = desk.plugin(&["case", "no-such-user"]).await.expect(1);
    assert!(absent.out.contains("no such user"), "{}", absent.out);
    acme.scim.set_active(&user, false).await;
    let inactive = desk.plugin(&["case", &user]).await.expect(1);
    assert!(inactive.out.contains("inactive"), "{}", inactive.out);
}
