//! RFC 7644 §3.4.3: a query in a body means what it means in a URL; at the root it is about all resource types.

use serde_json::{Value, json};

use super::{column, strict, users};
use crate::support::scim::encode;
use crate::support::{Acme, Db, Scim, on_both_databases};

on_both_databases!(
    a_search_is_the_query,
    the_root_has_all_resource_types,
    the_root_pages_over_all_types,
    what_is_no_search_is_refused,
);

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

async fn search(scim: &Scim, endpoint: &str, mut body: Value) -> Value {
    body["schemas"] = json!([SEARCH]);
    let path = format!("{endpoint}/.search");
    scim.post(&path, &body).await.expect(200)
}

async fn a_search_is_the_query(db: Db) {
    let acme = Acme::start(db).await;
    let mut ids = Vec::new();
    for name in ["ada", "grace", "barbara"] {
        ids.push(acme.scim.user(&format!("{name}@northwind.example")).await);
    }
    acme.scim.group("Admins", &[&ids[0]]).await;
    let queries = [
        json!({}),
        json!({"filter": "userName eq \"ada@northwind.example\""}),
        json!({"filter": "title pr", "startIndex": 2, "count": 1}),
        json!({"sortBy": "userName", "sortOrder": "descending", "count": 2}),
        json!({"attributes": ["userName", "name.givenName"]}),
        json!({"excludedAttributes": ["emails"], "count": 0}),
        json!({"cursor": "", "count": 2}),
    ];
    for query in queries {
        let parameters: Vec<String> = query
            .as_object()
            .expect("an object")
            .iter()
            .map(|(name, value)| {
                let text = match value {
                    Value::String(text) => text.clone(),
                    Value::Array(names) => {
                        let names: Vec<_> = names.iter().filter_map(Value::as_str).collect();
                        names.join(",")
                    }
                    other => other.to_string(),
                };
                format!("{name}={}", encode(&text))
            })
            .collect();
        let by_get = acme
            .scim
            .get(&format!("/Users?{}", parameters.join("&")))
            .await
            .expect(200);
        assert_eq!(
            search(&acme.scim, "/Users", query.clone()).await,
            by_get,
            "{query}"
        );
    }
    let groups = search(&acme.scim, "/Groups", json!({"filter": "members pr"})).await;
    assert_eq!(column(&groups, "displayName"), ["Admins"]);
    let next = search(&acme.scim, "/Users", json!({"cursor": "", "count": 2})).await;
    let rest = json!({"cursor": next["nextCursor"], "count": 2});
    assert_eq!(
        column(&search(&acme.scim, "/Users", rest).await, "id"),
        ids[2..]
    );
}

async fn the_root_has_all_resource_types(db: Db) {
    let acme = Acme::start(db).await;
    let people = users(
        &acme.scim,
        &[
            json!({"userName": "zoe", "displayName": "Beta"}),
            json!({"userName": "ada"}),
        ],
    )
    .await;
    let alpha = acme.scim.group("Alpha", &[&people[0]]).await;
    let gamma = acme.scim.group("Gamma", &[]).await;
    let at_root = async |body: Value| search(&acme.scim, "", body).await;

    let all = at_root(json!({})).await;
    assert_eq!(all["totalResults"], 4);
    let by_age = [&people[0], &people[1], &alpha, &gamma];
    assert_eq!(column(&all, "id").iter().collect::<Vec<_>>(), by_age);
    assert_eq!(all["Resources"][2]["meta"]["resourceType"], "Group");
    assert_eq!(
        all["Resources"][2]["members"][0]["value"],
        people[0].as_str()
    );

    // What a resource type does not have is absent there, not wrong.
    let user = at_root(json!({"filter": "userName eq \"ADA\""})).await;
    assert_eq!(column(&user, "id"), [people[1].clone()]);
    let either = json!({"filter": "userName eq \"ada\" or displayName eq \"alpha\""});
    assert_eq!(
        column(&at_root(either).await, "id"),
        [people[1].clone(), alpha.clone()]
    );
    let kind = json!({"filter": "meta.resourceType eq \"Group\""});
    assert_eq!(at_root(kind).await["totalResults"], 2);

    let sorted = json!({"sortBy": "displayName", "attributes": ["displayName"]});
    assert_eq!(
        column(&at_root(sorted).await, "displayName"),
        ["Alpha", "Beta", "Gamma", "-"]
    );
    let backwards = json!({"sortBy": "userName", "sortOrder": "descending"});
    assert_eq!(
        column(&at_root(backwards).await, "userName"),
        ["-", "-", "zoe", "ada"]
    );
}

async fn the_root_pages_over_all_types(db: Db) {
    let acme = Acme::start(db).await;
    let mut all = Vec::new();
    for number in 0..4 {
        all.push(
            acme.scim
                .user(&format!("user{number}@northwind.example"))
                .await,
        );
        all.push(acme.scim.group(&format!("Group {number}"), &[]).await);
    }
    let newest: Vec<String> = all.iter().rev().cloned().collect();
    for (order, expected) in [("ascending", &all), ("descending", &newest)] {
        let (mut by_index, mut by_cursor, mut cursor) = (Vec::new(), Vec::new(), json!(""));
        while !cursor.is_null() {
            let base = json!({"sortBy": "id", "sortOrder": order, "count": 3});
            let mut indexed = base.clone();
            indexed["startIndex"] = json!(by_index.len() + 1);
            let page = search(&acme.scim, "", indexed).await;
            assert_eq!(page["totalResults"], 8);
            by_index.extend(column(&page, "id"));
            let mut next = base;
            next["cursor"] = cursor;
            let page = search(&acme.scim, "", next).await;
            by_cursor.extend(column(&page, "id"));
            cursor = page["nextCursor"].clone();
        }
        assert_eq!(&by_index, expected, "{order}");
        assert_eq!(&by_cursor, expected, "{order}");
    }
}

async fn what_is_no_search_is_refused(db: Db) {
    let acme = Acme::start(db).await;
    let wrong = [
        (json!([]), "invalidSyntax"),
        (
            json!({"schemas": [SEARCH], "filter": "shoeSize pr"}),
            "invalidFilter",
        ),
        (json!({"schemas": [SEARCH], "filter": 7}), "invalidValue"),
        (
            json!({"schemas": [SEARCH], "count": "many"}),
            "invalidValue",
        ),
        (
            json!({"schemas": [SEARCH], "sortBy": "shoeSize"}),
            "invalidValue",
        ),
    ];
    for (body, scim_type) in wrong {
        for path in ["/Users/.search", "/Groups/.search", "/.search"] {
            let answer = acme.scim.post(path, &body).await;
            answer.expect_scim_error(400, Some(scim_type));
        }
    }
    acme.scim
        .post("/Devices/.search", &json!({}))
        .await
        .expect_scim_error(404, None);
    for path in ["/Users/.search", "/.search"] {
        acme.scim.get(path).await.expect_scim_error(405, None);
        let stranger = acme.scim.with_token("rc_scim_wrong");
        stranger
            .post(path, &json!({"schemas": [SEARCH]}))
            .await
            .expect_scim_error(401, None);
    }

    acme.scim
        .post("/Users/.search", &json!({"count": 1}))
        .await
        .expect(200);
    let strict = strict(&acme).await;
    let bare = strict.post("/Users/.search", &json!({"count": 1})).await;
    assert!(
        bare.expect_scim_error(400, Some("invalidSyntax"))
            .contains(SEARCH)
    );
}
