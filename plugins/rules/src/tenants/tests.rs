use serde_json::{Value, json};

use crate::scenario::{Decision, ann, decided};

fn placed(rules: &Value, groups: &[&str]) -> Decision {
    decided(&json!({ "tenants": { "rules": rules } }), &ann(), groups)
}

#[test]
fn without_settings_everybody_is_at_home() {
    let decision = decided(&json!({}), &ann(), &["Anything"]);
    assert_eq!(decision.places(), [("northwind", vec![])]);
}

#[test]
fn a_custom_attribute_is_the_key() {
    let decision = placed(&json!([{ "attribute": "externalTenantId" }]), &[]);
    assert_eq!(decision.places(), [("customer-a", vec![])]);
    let reason = &decision.placements[0].reason;
    assert_eq!(
        reason,
        "externalTenantId \"customer-a\" → tenant \"customer-a\" by rule 1"
    );
}

#[test]
fn every_value_of_an_attribute_is_a_membership() {
    let rules = json!([{ "attribute": "regions", "tenant": "northwind-{value}" }]);
    let decision = placed(&rules, &[]);
    assert_eq!(
        decision.places(),
        [("northwind-emea", vec![]), ("northwind-apac", vec![])]
    );
}

#[test]
fn a_table_of_values() {
    let rules = |table: Value| json!([{ "attribute": "department", "values": table }]);
    let decision = placed(
        &rules(json!({ " r&d ": "research", "Sales": "customer-b" })),
        &[],
    );
    assert_eq!(decision.places(), [("research", vec![])]);
    let decision = placed(&rules(json!({ "R&D": ["research", "$home"] })), &[]);
    assert_eq!(
        decision.places(),
        [("research", vec![]), ("northwind", vec![])]
    );
    let decision = placed(&rules(json!({ "Sales": "customer-b" })), &[]);
    assert_eq!(
        decision.placements[0].reason,
        "no rule applies → tenant \"northwind\" by default"
    );
}

#[test]
fn three_groups_are_three_memberships_and_one_less_is_two() {
    let rules = json!([
        { "group": "EMEA", "tenant": "northwind-emea" },
        { "group": "APAC", "tenant": "northwind-apac" },
        { "group": "Labs", "tenant": "research" }
    ]);
    let decision = placed(&rules, &["APAC", "EMEA", "Labs"]);
    let (emea, apac) = (
        ("northwind-emea", vec!["g2"]),
        ("northwind-apac", vec!["g1"]),
    );
    assert_eq!(decision.places(), [emea, apac, ("research", vec!["g3"])]);
    let decision = placed(&rules, &["APAC", "EMEA"]);
    assert_eq!(
        decision.places(),
        [
            ("northwind-emea", vec!["g2"]),
            ("northwind-apac", vec!["g1"])
        ]
    );
}

#[test]
fn a_tenant_through_two_groups_ends_with_the_last_of_them() {
    let rules = json!([{ "group": ["EMEA", "Europe"], "tenant": "northwind-emea" }]);
    let decision = placed(&rules, &["Europe", "EMEA"]);
    assert_eq!(
        decision.places(),
        [
            ("northwind-emea", vec!["g1"]),
            ("northwind-emea", vec!["g2"])
        ]
    );
}

#[test]
fn group_names_are_compared_as_people_read_them() {
    let rules = json!([{ "group": "Qualit\u{e9} – Équipe", "tenant": "research" }]);
    for name in [
        "Qualite\u{301} - e\u{301}quipe",
        "QUALITÉ — ÉQUIPE ",
        "Qualité\u{a0}–  Équipe",
    ] {
        assert_eq!(
            placed(&rules, &[name]).places(),
            [("research", vec!["g1"])],
            "{name:?}"
        );
    }
    assert_eq!(
        placed(&rules, &["Qualité-Équipe"]).places(),
        [("northwind", vec![])]
    );
}

#[test]
fn a_pattern_names_the_tenant() {
    let rules = json!([{ "pattern": "{customer} – {role}", "tenant": "{customer|slug}" }]);
    let groups = ["Customer A – Admins", "Customer B - Users", "Engineering"];
    let decision = placed(&rules, &groups);
    assert_eq!(
        decision.places(),
        [("customer-a", vec!["g1"]), ("customer-b", vec!["g2"])]
    );
    let reason = &decision.placements[0].reason;
    assert_eq!(
        reason,
        "group \"Customer A – Admins\" → tenant \"customer-a\" by rule 1"
    );
}

#[test]
fn a_part_may_stand_for_something_else() {
    let rules = json!([{
        "pattern": "LS:{org_role}:{workspace}:{workspace_role}",
        "parts": { "workspace": { "R&D Lab": "research" } },
        "tenant": "{workspace}"
    }]);
    let decision = placed(&rules, &["LS:Member:r&d lab:Editor"]);
    assert_eq!(decision.places(), [("research", vec!["g1"])]);
    let decision = placed(&rules, &["LS:Member:Sales:Editor"]);
    assert_eq!(decision.places(), [("northwind", vec![])]);
}

#[test]
fn a_condition_restricts_a_rule() {
    let rules = |when: &str| json!([{ "group": "EMEA", "when": when, "tenant": "northwind-emea" }]);
    let decision = placed(&rules("title eq \"Engineer\""), &["EMEA"]);
    assert_eq!(decision.places(), [("northwind-emea", vec!["g1"])]);
    let reason = &decision.placements[0].reason;
    let expected = "group \"EMEA\" and title eq \"Engineer\" → tenant \"northwind-emea\" by rule 1";
    assert_eq!(reason, expected);
    let decision = placed(&rules("title eq \"Chef\""), &["EMEA"]);
    assert_eq!(decision.places(), [("northwind", vec![])]);
}

#[test]
fn a_condition_alone_says_through_which_group() {
    let when = "department eq \"R&D\" and groups[display sw \"Admins\"]";
    let rules = json!([{ "name": "lab", "when": when, "tenant": "research" }]);
    let decision = placed(&rules, &["Users", "Admins EU"]);
    assert_eq!(decision.places(), [("research", vec!["g2"])]);
    let reason = &decision.placements[0].reason;
    assert_eq!(
        *reason,
        format!("{when} → tenant \"research\" by rule 1 (lab)")
    );
}

#[test]
fn users_whom_no_rule_places_go_to_the_default() {
    let settings = |default: Value| json!({ "tenants": { "rules": [{ "group": "X", "tenant": "research" }], "default": default } });
    let places = |default: Value, groups: &[&str]| {
        let decision = decided(&settings(default), &ann(), groups);
        decision
            .placements
            .into_iter()
            .map(|place| place.tenant)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        places(json!("northwind-quarantine"), &[]),
        ["northwind-quarantine"]
    );
    assert_eq!(places(json!("northwind-quarantine"), &["X"]), ["research"]);
    assert_eq!(
        places(json!(["$home", "customer-a"]), &[]),
        ["northwind", "customer-a"]
    );
    assert_eq!(places(json!([]), &[]), Vec::<String>::new());
}

#[test]
fn a_move_between_departments_moves_the_membership() {
    let rules = json!([{ "attribute": "department", "values": { "R&D": "research", "Sales": "customer-b" } }]);
    let settings = json!({ "tenants": { "rules": rules } });
    let mut user = ann();
    user["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["department"] =
        "Sales".into();
    assert_eq!(
        decided(&settings, &user, &[]).places(),
        [("customer-b", vec![])]
    );
}
