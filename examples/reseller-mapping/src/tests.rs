use rolecall_plugin_sdk::serde_json::{Value, json};

use super::*;

const HOME: &str = "northwind";

/// Someone with an enterprise extension and groups of these names, whose ids are `g0`, `g1`, …
fn subject(enterprise: &Value, groups: &[&str]) -> Subject {
    let user = json!({
        "userName": "ada@northwind.example",
        "displayName": "Ada Byron",
        "title": "Account Manager",
        "emails": [{ "value": "ada@northwind.example", "type": "work" }],
        (rolecall_plugin_sdk::ENTERPRISE): enterprise,
    });
    let groups: Vec<_> = (0..)
        .zip(groups)
        .map(|(n, name)| json!({ "value": format!("g{n}"), "display": name }))
        .collect();
    Subject::parse(&user.to_string(), &json!(groups).to_string()).unwrap()
}

fn tenants(subject: &Subject) -> Vec<(String, Vec<String>)> {
    let placements = Northwind::placements(&Call::new(HOME), subject, &Profile::new()).unwrap();
    placements
        .into_iter()
        .map(|placement| (placement.tenant, placement.groups))
        .collect()
}

fn given(subject: &Subject) -> Vec<String> {
    let placements = [Placement::new("northwind-emea", "")];
    let grants = Northwind::grants(&Call::new(HOME), subject, &Profile::new(), &placements);
    let line = |g: Grant| format!("{} {} through {}", g.kind, g.name, g.groups.join(","));
    grants.unwrap().into_iter().map(line).collect()
}

#[test]
fn the_cost_center_says_who_bills() {
    let billed = |cost_center: &str| tenants(&subject(&json!({ "costCenter": cost_center }), &[]));
    assert_eq!(billed("EU-4130"), [("northwind-emea".to_owned(), vec![])]);
    assert_eq!(billed("AP-1"), [("northwind-apac".to_owned(), vec![])]);
}

#[test]
fn emea_sales_is_a_tenant_of_its_own() {
    let sales = subject(
        &json!({ "costCenter": "EU-1", "department": "EMEA Sales" }),
        &[],
    );
    let keys: Vec<_> = tenants(&sales)
        .into_iter()
        .map(|(tenant, _)| tenant)
        .collect();
    assert_eq!(keys, ["northwind-emea", "northwind-emea-sales"]);
}

#[test]
fn headquarters_are_at_home_for_as_long_as_they_are_in_the_group() {
    let boss = subject(&json!({}), &["Everyone", "Northwind HQ"]);
    assert_eq!(
        tenants(&boss),
        [("northwind".to_owned(), vec!["g1".to_owned()])]
    );
}

#[test]
fn whom_nobody_bills_is_refused() {
    for enterprise in [json!({}), json!({ "costCenter": "US-1" })] {
        let subject = subject(&enterprise, &["Northwind Admins"]);
        let refused = Northwind::placements(&Call::new(HOME), &subject, &Profile::new());
        let Err(Failure::Refuse(problem)) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(problem.code, "no_region");
    }
}

#[test]
fn groups_give_roles_and_features_by_how_their_names_end() {
    let groups = [
        "Northwind Analysts",
        "Book Club",
        "Northwind Admins",
        "EMEA Viewers",
    ];
    let given = given(&subject(&json!({}), &groups));
    let expected = [
        "role analyst through g0",
        "feature exports through g0",
        "role admin through g2",
        "feature sso_audit through g2",
        "role viewer through g3",
    ];
    assert_eq!(given, expected);
}

#[test]
fn the_profile_is_what_the_product_shows() {
    let subject = subject(&json!({}), &[]);
    let profile = Northwind::profile(&Call::new(HOME), &subject).unwrap();
    let expected = json!({
        "name": "Ada Byron",
        "email": "ada@northwind.example",
        "title": "Account Manager",
    });
    assert_eq!(Value::from(profile), expected);
}
