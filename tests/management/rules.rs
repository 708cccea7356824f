//! The stock `rules` plugin in the server: what most tenants use and nothing else.

use serde_json::{Value, json};

use crate::support::scim::person;
use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(
    groups_become_roles,
    groups_become_tenants,
    mistakes_have_a_path
);

/// One settings document for all three slots.
fn mapping(settings: &Value) -> Value {
    let slot = json!({"plugin": "rules", "settings": settings});
    json!({"attributes": slot, "tenants": slot, "roles": slot})
}

async fn groups_become_roles(db: Db) {
    let acme = Acme::start(db).await;
    let settings = json!({"roles": {
        "rules": [{"group": "Ops-Leads", "role": "admin"}],
        "default_role": "viewer",
    }});
    acme.operator
        .remap(&acme.connection, &mapping(&settings))
        .await;
    let user = acme.scim.user("ada@northwind.example").await;
    assert_eq!(acme.operator.grants(&user).await, ["northwind role viewer"]);

    let group = acme.scim.group("Ops-Leads", &[]).await;
    acme.scim.add_member(&group, &user).await;
    assert_eq!(acme.operator.grants(&user).await, ["northwind role admin"]);
    let access = acme.operator.user(&user).await;
    let reason = access["grants"][0]["reason"].as_str().expect("a reason");
    assert!(
        reason.contains("Ops-Leads") && reason.contains("admin"),
        "{reason}"
    );

    acme.scim.remove_member(&group, &user).await;
    assert_eq!(acme.operator.grants(&user).await, ["northwind role viewer"]);
}

/// Three groups, three tenants; leaving one leaves two.
async fn groups_become_tenants(db: Db) {
    let acme = Acme::start(db).await;
    let rule = |group: &str, tenant: &str| json!({"group": group, "tenant": tenant});
    let settings = json!({
        "tenants": {"rules": [
            rule("HQ", "northwind"),
            rule("EMEA", "northwind-emea"),
            rule("APAC", "northwind-apac"),
        ]},
        "roles": {"default_role": "viewer"},
    });
    acme.operator
        .remap(&acme.connection, &mapping(&settings))
        .await;
    let user = acme.scim.user("ada@northwind.example").await;
    let mut groups = Vec::new();
    for name in ["HQ", "EMEA", "APAC"] {
        groups.push(acme.scim.group(name, &[&user]).await);
    }
    let all = [
        "northwind role viewer",
        "northwind-apac role viewer",
        "northwind-emea role viewer",
    ];
    assert_eq!(acme.operator.grants(&user).await, all);

    acme.scim.remove_member(&groups[1], &user).await;
    assert_eq!(acme.operator.grants(&user).await, [all[0], all[1]]);
    acme.scim
        .create_user(&person("grace@northwind.example"))
        .await
        .expect(201);
}

async fn mistakes_have_a_path(db: Db) {
    let acme = Acme::start(db).await;
    let wrong: [(Value, &str); 4] = [
        (
            json!({"roles": {"rules": [{"group": "A", "role": "superuser"}]}}),
            "/roles/rules/0/role",
        ),
        (
            json!({"roles": {"rules": [
                {"group": "A", "role": "viewer"},
                {"when": "shoeSize eq", "role": "viewer"},
            ]}}),
            "/roles/rules/1/when",
        ),
        (
            json!({"tenants": {"rules": [{"group": "A", "tenant": "contoso"}]}}),
            "/tenants/rules/0/tenant",
        ),
        (
            json!({"roles": {"default_role": "superuser"}}),
            "/roles/default_role",
        ),
    ];
    for (settings, pointer) in wrong {
        let slot = if pointer.starts_with("/tenants") {
            "tenants"
        } else {
            "roles"
        };
        let mapping = json!({slot: {"plugin": "rules", "settings": settings}});
        let path = acme.connection.path("/mappings");
        let problem = acme
            .operator
            .post(&path, &mapping)
            .await
            .expect_problem(422);
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let wanted = format!("/{slot}/settings{pointer}");
        let found = errors.iter().find(|error| error["pointer"] == *wanted);
        let found = found.unwrap_or_else(|| panic!("{wanted}: {problem}"));
        assert!(
            found["detail"]
                .as_str()
                .is_some_and(|words| words.len() > 10),
            "{found}"
        );
    }
}
