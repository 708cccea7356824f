use serde_json::{Value, json};

use crate::scenario::{Decision, ann, decided};

fn given(roles: &Value, groups: &[&str]) -> Decision {
    decided(&json!({ "roles": roles }), &ann(), groups)
}

#[test]
fn without_groups_there_is_the_default_role_only() {
    let roles =
        json!({ "rules": [{ "group": "Admins", "role": "admin" }], "default_role": "viewer" });
    let decision = given(&roles, &[]);
    assert_eq!(decision.given(), [("northwind", "viewer", vec![])]);
    let expected = "no rule gives a role in \"northwind\" → role \"viewer\" by default";
    assert_eq!(decision.grants[0].reason, expected);
    assert_eq!(
        given(&roles, &["Admins"]).given(),
        [("northwind", "admin", vec!["g1"])]
    );
    assert!(given(&json!({}), &["Admins"]).grants.is_empty());
}

#[test]
fn a_reason_names_the_group_and_the_rule() {
    let roles = json!({ "rules": [
        { "group": "A", "role": "viewer" },
        { "group": "B", "role": "viewer" },
        { "group": "C", "role": "viewer" },
        { "group": "ops-leads", "role": "admin" }
    ] });
    let decision = given(&roles, &["Ops-Leads"]);
    assert_eq!(
        decision.grants[0].reason,
        "group \"Ops-Leads\" → role \"admin\" by rule 4"
    );
    assert_eq!(decision.grants[0].groups, ["g1"]);
}

#[test]
fn each_group_gives_its_own_grant() {
    let roles = json!({ "rules": [{ "group": ["Leads", "Ops"], "role": "admin" }] });
    let decision = given(&roles, &["Ops", "Leads", "Staff"]);
    let expected = [
        ("northwind", "admin", vec!["g1"]),
        ("northwind", "admin", vec!["g2"]),
    ];
    assert_eq!(decision.given(), expected);
}

#[test]
fn the_same_from_the_same_group_is_given_once() {
    let roles = json!({ "rules": [
        { "group": "Ops", "role": "admin", "feature": "exports" },
        { "pattern": "O{rest}", "role": "admin", "feature": "exports" }
    ] });
    let decision = given(&roles, &["Ops"]);
    let expected = [
        ("northwind", "admin", vec!["g1"]),
        ("northwind", "exports", vec!["g1"]),
    ];
    assert_eq!(decision.given(), expected);
}

fn three_conflicting_groups(conflict: &str) -> Decision {
    let roles = json!({ "conflict": conflict, "default_role": "viewer", "rules": [
        { "group": "Analysts", "role": "analyst" },
        { "group": "Admins", "role": "admin" },
        { "group": "Viewers", "role": "viewer", "feature": "exports" }
    ] });
    given(&roles, &["Viewers", "Admins", "Analysts"])
}

#[test]
fn union_gives_all_roles() {
    let decision = three_conflicting_groups("union");
    let expected = [
        ("northwind", "analyst", vec!["g3"]),
        ("northwind", "admin", vec!["g2"]),
        ("northwind", "viewer", vec!["g1"]),
        ("northwind", "exports", vec!["g1"]),
    ];
    assert_eq!(decision.given(), expected);
}

#[test]
fn priority_gives_the_roles_of_the_first_rule() {
    let decision = three_conflicting_groups("priority");
    let expected = [
        ("northwind", "analyst", vec!["g3"]),
        ("northwind", "exports", vec!["g1"]),
    ];
    assert_eq!(decision.given(), expected);
}

#[test]
fn fail_closed_gives_no_role_not_even_the_default() {
    let decision = three_conflicting_groups("fail-closed");
    assert_eq!(decision.given(), [("northwind", "exports", vec!["g1"])]);
}

#[test]
fn fail_closed_has_nothing_against_rules_that_agree() {
    let roles = json!({ "conflict": "fail-closed", "rules": [
        { "group": "Leads", "role": "admin" },
        { "group": "Admins", "role": "admin" }
    ] });
    let decision = given(&roles, &["Admins", "Leads"]);
    let expected = [
        ("northwind", "admin", vec!["g2"]),
        ("northwind", "admin", vec!["g1"]),
    ];
    assert_eq!(decision.given(), expected);
}

#[test]
fn conflicts_are_settled_in_each_tenant_by_itself() {
    let settings = json!({
        "tenants": { "rules": [{ "attribute": "regions", "tenant": "northwind-{value}" }] },
        "roles": { "conflict": "fail-closed", "rules": [
            { "group": "Staff", "role": "viewer" },
            { "group": "EMEA Admins", "role": "admin", "tenant": "northwind-emea" }
        ] }
    });
    let decision = decided(&settings, &ann(), &["Staff", "EMEA Admins"]);
    assert_eq!(decision.given(), [("northwind-apac", "viewer", vec!["g1"])]);
}

#[test]
fn a_pattern_gives_a_role_in_the_tenant_it_names() {
    let settings = json!({
        "tenants": { "rules": [{ "pattern": "{customer} – {role}", "tenant": "{customer|slug}" }] },
        "roles": { "rules": [{
            "pattern": "{customer} – {role}",
            "parts": { "role": { "Admins": "admin", "Users": "viewer" } },
            "role": "{role}",
            "tenant": "{customer|slug}"
        }] }
    });
    let decision = decided(
        &settings,
        &ann(),
        &["Customer A – Admins", "Customer B – users"],
    );
    let expected = [
        ("customer-a", "admin", vec!["g1"]),
        ("customer-b", "viewer", vec!["g2"]),
    ];
    assert_eq!(decision.given(), expected);
    let decision = decided(&settings, &ann(), &["Customer A – Auditors"]);
    assert_eq!(decision.places(), [("customer-a", vec!["g1"])]);
    assert!(decision.grants.is_empty());
}

#[test]
fn a_role_in_a_tenant_where_nobody_placed_the_user_is_not_given() {
    let roles = json!({ "rules": [{ "group": "Ops", "role": "admin", "tenant": "customer-a" }] });
    assert!(given(&roles, &["Ops"]).grants.is_empty());
    let roles = json!({ "rules": [{ "group": "Ops", "role": "admin", "tenant": "$home" }] });
    assert_eq!(
        given(&roles, &["Ops"]).given(),
        [("northwind", "admin", vec!["g1"])]
    );
}

#[test]
fn a_default_role_ends_with_the_placement_it_comes_with() {
    let settings = json!({
        "tenants": { "rules": [{ "group": ["EMEA", "Europe"], "tenant": "northwind-emea" }] },
        "roles": { "default_role": "viewer" }
    });
    let decision = decided(&settings, &ann(), &["EMEA", "Europe"]);
    let expected = [
        ("northwind-emea", "viewer", vec!["g1"]),
        ("northwind-emea", "viewer", vec!["g2"]),
    ];
    assert_eq!(decision.given(), expected);
}

#[test]
fn attributes_give_roles_too() {
    let roles = json!({ "rules": [
        { "attribute": "title", "values": { "engineer": ["analyst", "viewer"] } },
        { "attribute": "department", "feature": "exports" }
    ] });
    let decision = given(&roles, &[]);
    let expected = [
        ("northwind", "analyst", vec![]),
        ("northwind", "viewer", vec![]),
        ("northwind", "exports", vec![]),
    ];
    assert_eq!(decision.given(), expected);
    assert_eq!(
        decision.grants[0].reason,
        "title \"Engineer\" → role \"analyst\" by rule 1"
    );
}

#[test]
fn permissions_on_one_object() {
    let roles = json!({ "rules": [{
        "pattern": "Project {project} Editors",
        "permission": "reports.write",
        "object": "project:{project|slug}"
    }] });
    let decision = given(&roles, &["Project Blue Sky Editors"]);
    assert_eq!(decision.grants[0].kind, "permission");
    assert_eq!(
        decision.grants[0].object.as_deref(),
        Some("project:blue-sky")
    );
}

#[test]
fn a_permission_whose_object_has_no_name_is_not_given_on_everything() {
    let roles = json!({ "rules": [{
        "pattern": "Project {project} Editors", "permission": "reports.write", "object": "{project|slug}"
    }] });
    assert!(given(&roles, &["Project *** Editors"]).grants.is_empty());
}

#[test]
fn a_condition_on_groups_says_which_it_came_from() {
    let when = "department eq \"R&D\" and groups[display sw \"Admins\"]";
    let roles = json!({ "rules": [{ "when": when, "role": "admin" }] });
    let decision = given(&roles, &["Admins EU", "Users", "Admins US"]);
    let expected = [
        ("northwind", "admin", vec!["g1"]),
        ("northwind", "admin", vec!["g3"]),
    ];
    assert_eq!(decision.given(), expected);
    assert_eq!(
        decision.grants[0].reason,
        format!("{when} → role \"admin\" by rule 1")
    );
}
