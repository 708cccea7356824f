use serde_json::{Value, json};

use crate::scenario::{problem, problems, setup};

/// Every kind of mistake: slot, settings, code, pointer.
fn mistakes() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let tenant = |rule: Value| json!({ "tenants": { "rules": [rule] } });
    let role = |rule: Value| json!({ "roles": { "rules": [rule] } });
    let field = |field: Value| json!({ "profile": { "fields": { "a/b": field } } });
    vec![
        (
            "attributes",
            field(json!("user name")),
            "invalid_path",
            "/profile/fields/a~1b",
        ),
        (
            "attributes",
            field(json!(["title", "name.x"])),
            "invalid_path",
            "/profile/fields/a~1b/1",
        ),
        (
            "attributes",
            field(json!("{title")),
            "invalid_template",
            "/profile/fields/a~1b",
        ),
        (
            "attributes",
            field(json!("{title|reverse}")),
            "invalid_template",
            "/profile/fields/a~1b",
        ),
        (
            "attributes",
            field(json!("{name}")),
            "invalid_path",
            "/profile/fields/a~1b",
        ),
        (
            "attributes",
            field(json!({ "from": "emails[x eq 1].value" })),
            "invalid_path",
            "/profile/fields/a~1b/from",
        ),
        (
            "attributes",
            field(json!({})),
            "no_source",
            "/profile/fields/a~1b",
        ),
        (
            "attributes",
            field(json!({ "from": "title", "constant": 1 })),
            "from_and_constant",
            "/profile/fields/a~1b",
        ),
        (
            "attributes",
            field(json!({ "constant": 1, "default": 2 })),
            "constant_and_more",
            "/profile/fields/a~1b",
        ),
        (
            "attributes",
            field(json!(null)),
            "nothing_to_remove",
            "/profile/fields/a~1b",
        ),
        (
            "attributes",
            field(json!(7)),
            "malformed_settings",
            "/profile/fields/a~1b",
        ),
        (
            "attributes",
            json!({ "profile": 1 }),
            "malformed_settings",
            "",
        ),
        (
            "tenants",
            tenant(json!({ "group": "X", "tenant": "nowhere" })),
            "unknown_tenant",
            "/tenants/rules/0/tenant",
        ),
        (
            "tenants",
            tenant(json!({ "group": "X", "tenant": ["research", "nowhere"] })),
            "unknown_tenant",
            "/tenants/rules/0/tenant/1",
        ),
        (
            "tenants",
            tenant(json!({ "attribute": "department", "values": { "a": "nowhere" } })),
            "unknown_tenant",
            "/tenants/rules/0/values/a",
        ),
        (
            "tenants",
            tenant(
                json!({ "attribute": "department", "values": { "a": ["research", "nowhere"] } }),
            ),
            "unknown_tenant",
            "/tenants/rules/0/values/a/1",
        ),
        (
            "tenants",
            tenant(
                json!({ "pattern": "{a} x", "parts": { "a": { "k": "nowhere" } }, "tenant": "{a}" }),
            ),
            "unknown_tenant",
            "/tenants/rules/0/parts/a/k",
        ),
        (
            "tenants",
            tenant(
                json!({ "attribute": "department", "values": { "A": "research", "a ": "research" } }),
            ),
            "same_value_twice",
            "/tenants/rules/0/values/a ",
        ),
        (
            "tenants",
            tenant(
                json!({ "attribute": "department", "values": { "a": "research" }, "tenant": "research" }),
            ),
            "values_and_tenant",
            "/tenants/rules/0/tenant",
        ),
        (
            "tenants",
            tenant(json!({ "attribute": "name" })),
            "invalid_path",
            "/tenants/rules/0/attribute",
        ),
        (
            "tenants",
            tenant(json!({ "group": "X" })),
            "gives_nothing",
            "/tenants/rules/0",
        ),
        (
            "tenants",
            tenant(json!({ "group": "X", "values": { "a": "research" }, "tenant": "research" })),
            "values_without_attribute",
            "/tenants/rules/0/values",
        ),
        (
            "tenants",
            tenant(json!({ "group": "X", "parts": { "a": { "k": "v" } }, "tenant": "research" })),
            "parts_without_pattern",
            "/tenants/rules/0/parts",
        ),
        (
            "tenants",
            tenant(json!({ "group": "X", "pattern": "{a} x", "tenant": "research" })),
            "several_matchers",
            "/tenants/rules/0",
        ),
        (
            "tenants",
            tenant(json!({ "group": ["X", " \u{200b}"], "tenant": "research" })),
            "empty_name",
            "/tenants/rules/0/group/1",
        ),
        (
            "tenants",
            tenant(json!({ "pattern": "{a}{b}", "tenant": "{a}" })),
            "invalid_pattern",
            "/tenants/rules/0/pattern",
        ),
        (
            "tenants",
            tenant(json!({ "pattern": "{a} x", "tenant": "{b}" })),
            "unknown_part",
            "/tenants/rules/0/tenant",
        ),
        (
            "tenants",
            tenant(json!({ "group": "X", "tenant": "{value}" })),
            "unknown_part",
            "/tenants/rules/0/tenant",
        ),
        (
            "tenants",
            tenant(
                json!({ "pattern": "{a} x", "parts": { "b": { "k": "research" } }, "tenant": "{a}" }),
            ),
            "unknown_part",
            "/tenants/rules/0/parts/b",
        ),
        (
            "tenants",
            tenant(json!({ "when": "department eq", "tenant": "research" })),
            "invalid_filter",
            "/tenants/rules/0/when",
        ),
        (
            "tenants",
            json!({ "tenants": { "default": ["nowhere"] } }),
            "unknown_tenant",
            "/tenants/default/0",
        ),
        (
            "tenants",
            json!({ "tenants": { "rules": [{ "tenant": "research" }], "default": "$home" } }),
            "unreachable_default",
            "/tenants/default",
        ),
        (
            "tenants",
            json!({ "tenants": { "rules": [{ "group": "X", "tenant": "research" }, { "group": "x ", "tenant": "research" }] } }),
            "duplicate_rule",
            "/tenants/rules/1",
        ),
        (
            "roles",
            role(json!({ "group": "X", "role": "owner" })),
            "unknown_role",
            "/roles/rules/0/role",
        ),
        (
            "roles",
            role(json!({ "group": "X", "feature": "import" })),
            "unknown_feature",
            "/roles/rules/0/feature",
        ),
        (
            "roles",
            role(json!({ "group": "X", "permission": ["billing.read", "x"] })),
            "unknown_permission",
            "/roles/rules/0/permission/1",
        ),
        (
            "roles",
            role(json!({ "attribute": "title", "values": { "a": "owner" } })),
            "unknown_role",
            "/roles/rules/0/values/a",
        ),
        (
            "roles",
            role(json!({ "pattern": "{a} x", "parts": { "a": { "k": "owner" } }, "role": "{a}" })),
            "unknown_role",
            "/roles/rules/0/parts/a/k",
        ),
        (
            "roles",
            role(json!({ "group": "X", "role": "admin", "tenant": "nowhere" })),
            "unknown_tenant",
            "/roles/rules/0/tenant",
        ),
        (
            "roles",
            role(json!({ "group": "X" })),
            "gives_nothing",
            "/roles/rules/0",
        ),
        (
            "roles",
            role(json!({ "group": "X", "role": "admin", "object": "project:1" })),
            "object_without_permission",
            "/roles/rules/0/object",
        ),
        (
            "roles",
            role(json!({ "group": "X", "permission": "billing.read", "object": "{a}" })),
            "unknown_part",
            "/roles/rules/0/object",
        ),
        (
            "roles",
            role(json!({ "group": "X", "when": "nosuch pr", "role": "admin" })),
            "invalid_filter",
            "/roles/rules/0/when",
        ),
        (
            "roles",
            json!({ "roles": { "default_role": "owner" } }),
            "unknown_role",
            "/roles/default_role",
        ),
        (
            "roles",
            json!({ "roles": { "rules": [{ "role": "viewer" }], "default_role": "admin" } }),
            "unreachable_default",
            "/roles/default_role",
        ),
        (
            "roles",
            json!({ "roles": { "rules": [{ "group": "X", "role": "admin" }, { "group": "x", "role": "admin" }] } }),
            "duplicate_rule",
            "/roles/rules/1",
        ),
        (
            "roles",
            json!({ "roles": { "conflict": "priority", "rules": [{ "role": "viewer" }, { "group": "X", "role": "admin" }] } }),
            "unreachable_rule",
            "/roles/rules/1",
        ),
        (
            "roles",
            json!({ "roles": { "conflict": "priority", "rules": [{ "group": "X", "role": "viewer" }, { "group": "X", "role": "admin" }] } }),
            "unreachable_rule",
            "/roles/rules/1",
        ),
        (
            "roles",
            json!({ "roles": { "conflict": "fail-closed", "rules": [{ "group": "X", "role": "admin" }, { "role": "viewer" }] } }),
            "contradiction",
            "/roles/rules/1",
        ),
    ]
}

#[test]
fn every_kind_of_mistake_is_told_with_its_place() {
    for (slot, settings, code, path) in mistakes() {
        let expected = (code.to_owned(), path.to_owned());
        assert_eq!(problems(slot, &settings), [expected], "{settings}");
    }
}

#[test]
fn details_say_how_to_put_it_right() {
    let settings = json!({ "roles": { "rules": [{ "pattern": "{a} – {b}", "role": "{c}" }] } });
    assert_eq!(
        problem("roles", &settings).detail,
        "nothing fills {c}: the rule has {a}, {b}"
    );
    let settings = json!({ "tenants": { "default": "northwind-quarantin" } });
    let expected = "the connection's subtree has no tenant \"northwind-quarantin\"; did you mean \
                    \"northwind-quarantine\"?";
    assert_eq!(problem("tenants", &settings).detail, expected);
}

#[test]
fn all_mistakes_are_told_at_once() {
    let settings = json!({
        "refuse": [{ "when": "x", "message": "m" }],
        "roles": { "default_role": "a", "rules": [
            { "group": "X", "role": "b" },
            { "when": "y", "role": "c", "tenant": "d" }
        ] }
    });
    let paths: Vec<_> = problems("roles", &settings)
        .into_iter()
        .map(|(_, path)| path)
        .collect();
    let expected = [
        "/refuse/0/when",
        "/roles/rules/0/role",
        "/roles/rules/1/when",
        "/roles/rules/1/role",
        "/roles/rules/1/tenant",
        "/roles/default_role",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn a_slot_reads_its_own_part_only() {
    let settings = json!({ "roles": { "default_role": "owner" } });
    assert_eq!(problems("attributes", &settings), []);
    assert_eq!(problems("tenants", &settings), []);
    assert_eq!(problems("roles", &settings).len(), 1);
}

#[test]
fn an_unknown_slot_is_told() {
    assert_eq!(problem("billing", &json!({})).code, "unknown_slot");
}

#[test]
fn a_tenant_that_is_not_home_may_be_all_there_is() {
    let mut setup = setup("tenants", &json!({ "tenants": { "default": "northwind" } }));
    setup.tenants = "[]".to_owned();
    assert!(super::prepare(&setup).is_ok());
}
