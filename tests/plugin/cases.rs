//! Cases as files: run, compared, updated.

use serde_json::json;

use rolecall_plugin_bundle::RESELLER_MAPPING;

use crate::support::Desk;

fn examples(name: &str) -> String {
    format!("{}/../examples/{name}/cases", env!("CARGO_MANIFEST_DIR"))
}

#[tokio::test]
async fn the_examples_pass() {
    let desk = Desk::new();
    desk.write("reseller.wasm", RESELLER_MAPPING);
    let reseller = [
        "test",
        "reseller.wasm",
        "--json",
        "--cases",
        &examples("reseller-mapping"),
    ];
    let tested = desk.plugin(&reseller).await.expect(0).json();
    assert_eq!(tested["passed"], 5, "{tested}");
    let rules = [
        "test",
        "rules",
        "--json",
        "--cases",
        &examples("rule-table"),
    ];
    let tested = desk.plugin(&rules).await.expect(0).json();
    assert_eq!(tested["passed"], 2, "{tested}");
}

#[tokio::test]
async fn a_rule_table_needs_no_code() {
    let desk = Desk::new();
    desk.write("cases/defaults.json", json!({
        "home": "acme",
        "catalogue": {"roles": [{"key": "viewer"}, {"key": "admin"}]},
        "settings": {"roles": {"rules": [{"group": "Ops-Leads", "role": "admin"}], "default_role": "viewer"}},
    }).to_string());
    desk.write(
        "cases/lead.json",
        json!({
            "user": {"userName": "ada"}, "groups": ["Ops-Leads"],
            "expect": {"grants": [{"kind": "role", "name": "viewer"}]},
        })
        .to_string(),
    );
    let failed = desk.plugin(&["test", "rules"]).await.expect(1);
    let grants = failed.out.split("/grants").nth(1).unwrap_or_default();
    let (minus, plus) = (grants.find("- "), grants.find("+ "));
    assert!(
        minus.is_some() && minus < plus,
        "expected, then found:\n{}",
        failed.out
    );
    assert!(
        failed.out.contains("\"viewer\"") && failed.out.contains("\"admin\""),
        "{}",
        failed.out
    );
    let told = desk
        .plugin(&["test", "rules", "--json"])
        .await
        .expect(1)
        .json();
    let difference = &told["cases"][0]["differences"][0];
    assert_eq!(difference["path"], "/grants", "{told}");
    assert_eq!(difference["found"][0]["name"], "admin", "{told}");

    desk.plugin(&["test", "rules", "--update"]).await.expect(0);
    let updated = desk.json("cases/lead.json");
    assert_eq!(updated["expect"]["grants"][0]["name"], "admin", "{updated}");
    assert_eq!(updated["user"]["userName"], "ada", "the rest stays");
    assert!(
        updated["expect"].get("profile").is_none(),
        "only what it expected before"
    );
    desk.plugin(&["test", "rules"]).await.expect(0);

    // Settings that a server refuses are a failure, with the place.
    let wrong = json!({"roles": {"default_role": "emperor"}});
    let mut defaults = desk.json("cases/defaults.json");
    defaults["settings"] = wrong;
    desk.write("cases/defaults.json", defaults.to_string());
    let refused = desk.plugin(&["test", "rules"]).await.expect(1);
    assert_eq!(
        refused.out.matches("emperor").count(),
        1,
        "once for all slots:\n{}",
        refused.out
    );
    for words in [" /settings/roles/default_role", "emperor", "unknown_role"] {
        assert!(
            refused.out.contains(words),
            "{words} is not in:\n{}",
            refused.out
        );
    }
}

#[tokio::test]
async fn a_case_without_expectations_fails_until_it_has_some() {
    let desk = Desk::new();
    desk.write(
        "cases/ada.json",
        json!({"user": {"userName": "ada"}}).to_string(),
    );
    let silent = desk.plugin(&["test", "rules"]).await.expect(1);
    assert!(silent.out.contains("--update"), "{}", silent.out);
    let updated = desk.plugin(&["test", "rules", "--update"]).await.expect(0);
    assert!(updated.out.starts_with("new  ada"), "{}", updated.out);
    let expect = &desk.json("cases/ada.json")["expect"];
    assert_eq!(expect["state"], "active");
    assert_eq!(expect["profile"]["userName"], "ada");
    let text = desk.read("cases/ada.json");
    desk.plugin(&["test", "rules"]).await.expect(0);
    desk.plugin(&["test", "rules", "--update"]).await.expect(0);
    assert_eq!(
        desk.read("cases/ada.json"),
        text,
        "what holds is left as it is"
    );
}

#[tokio::test]
async fn what_is_no_case_is_named() {
    let desk = Desk::new();
    let absent = desk.plugin(&["test", "rules"]).await.expect(2);
    assert!(absent.err.contains("cases"), "{}", absent.err);
    desk.write("cases/defaults.json", "{}");
    let empty = desk.plugin(&["test", "rules"]).await.expect(2);
    assert!(empty.err.contains("there are no cases"), "{}", empty.err);
    desk.write(
        "cases/ada.json",
        json!({"user": {"userName": "ada"}, "expects": {}}).to_string(),
    );
    let misspelt = desk.plugin(&["test", "rules"]).await.expect(2);
    assert!(
        misspelt.err.contains("ada.json") && misspelt.err.contains("expects"),
        "{}",
        misspelt.err
    );
}
