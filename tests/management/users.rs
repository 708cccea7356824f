//! Users as the product sees them: found by tenant, e-mail and connection, page by page.

use serde_json::{Value, json};

use crate::support::guest::{Act, Guest, placement};
use crate::support::scim::encode;
use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(found_by_what_products_know, page_by_page);

fn ids(page: &Value) -> Vec<String> {
    let users = page["data"].as_array().expect("a page");
    users
        .iter()
        .map(|user| user["id"].as_str().expect("an id").to_owned())
        .collect()
}

async fn found_by_what_products_know(db: Db) {
    let acme = Acme::start(db).await;
    let emea = vec![placement("northwind-emea", &[])];
    acme.run(&Guest::viewer().tenants(Act::Placements(emea)).component())
        .await;
    let ada = acme.scim.user("ada+1@northwind.example").await;
    let grace = acme.scim.user("grace@northwind.example").await;
    let other = acme.operator.connect("contoso", "okta", &json!({})).await;
    let eve = acme.server.scim(&other).user("eve@contoso.example").await;

    let find = async |query: String| {
        ids(&acme
            .operator
            .get(&format!("/v1/users?{query}"))
            .await
            .expect(200))
    };
    let mut both = vec![ada.clone(), grace];
    both.sort();
    let mut found = find("tenant=northwind-emea".to_owned()).await;
    found.sort();
    assert_eq!(found, both);
    assert_eq!(find(format!("connection={}", other.id)).await, [eve]);
    let email = encode("ADA+1@northwind.example");
    assert_eq!(
        find(format!("email={email}")).await,
        [ada],
        "as people compare addresses"
    );
    assert_eq!(
        find(format!("email={}", encode("ada@northwind.example"))).await,
        [""; 0]
    );
    assert_eq!(find("tenant=northwind-apac".to_owned()).await, [""; 0]);

    for typo in [
        "/v1/users?tenant=nothwind",
        "/v1/users?connection=nothwind",
        &format!("/v1/users/{}?tenant=nothwind", both[0]),
    ] {
        acme.operator.get(typo).await.expect_problem(404);
    }
    acme.operator
        .get("/v1/users/no-such-user")
        .await
        .expect_problem(404);
    acme.operator
        .get("/v1/users?limit=nonsense")
        .await
        .expect_problem(400);
}

async fn page_by_page(db: Db) {
    let acme = Acme::start(db).await;
    let mut written = Vec::new();
    for number in 0..7 {
        written.push(
            acme.scim
                .user(&format!("user{number}@northwind.example"))
                .await,
        );
    }
    let mut read = Vec::new();
    let mut query = "limit=3".to_owned();
    loop {
        let page = acme
            .operator
            .get(&format!("/v1/users?{query}"))
            .await
            .expect(200);
        assert!(ids(&page).len() <= 3, "{page}");
        read.extend(ids(&page));
        let Some(next) = page["page"]["next"].as_str() else {
            break;
        };
        query = format!("limit=3&after={}", encode(next));
    }
    written.sort();
    read.sort();
    assert_eq!(read, written);
}
