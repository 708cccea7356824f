//! RFC 7644 §3.4.2.3: sorted by any attribute, the same on both databases, page by page.

use serde_json::{Value, json};

use super::{column, users, walk};
use crate::support::scim::{ENTERPRISE, encode};
use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(
    names_in_their_order,
    attributes_of_every_kind,
    sorted_pages_are_the_sorted_list,
    a_filter_and_an_order,
    what_cant_be_sorted_by_is_refused,
);

/// Names in the order of their folded characters, whatever a database's locale thinks of them.
const NAMES: [&str; 8] = [
    "+plus", "Anna B", "anna-a", "ANNAa", "b_b", "bb", "Éva", "Ωmega",
];

async fn names_in_their_order(db: Db) {
    let acme = Acme::start(db).await;
    let mut mixed = NAMES;
    mixed.rotate_left(3);
    mixed.swap(1, 6);
    let people: Vec<_> = mixed.iter().map(|it| json!({"userName": it})).collect();
    users(&acme.scim, &people).await;
    for name in mixed {
        acme.scim.group(name, &[]).await;
    }
    for (endpoint, by) in [
        ("Users", "userName"),
        ("Groups", "displayName"),
        ("Users", "UserName"),
    ] {
        let get = async |query: &str| {
            let path = format!("/{endpoint}?sortBy={by}{query}");
            let list = acme.scim.get(&path).await.expect(200);
            column(
                &list,
                if endpoint == "Users" {
                    "userName"
                } else {
                    "displayName"
                },
            )
        };
        assert_eq!(get("").await, NAMES);
        assert_eq!(get("&startIndex=3&count=2").await, NAMES[2..4]);
        let mut backwards = NAMES;
        backwards.reverse();
        assert_eq!(get("&sortOrder=descending").await, backwards);
        assert_eq!(
            get("&sortOrder=descending&startIndex=8").await,
            backwards[7..]
        );
    }
}

async fn attributes_of_every_kind(db: Db) {
    let acme = Acme::start(db).await;
    let people = [
        json!({"userName": "0", "externalId": "b", "title": "beta", "active": false,
            "emails": [{"value": "a@x", "type": "work"}, {"value": "z@x", "type": "home", "primary": true}],
            "name": {"familyName": "Young"}, ENTERPRISE: {"department": "Sales"}}),
        json!({"userName": "1", "externalId": "B", "title": "Alpha", "active": true,
            "emails": [{"value": "m@x"}, {"value": "b@x"}]}),
        json!({"userName": "2", "title": "alpha",
            "name": {"familyName": "adams"}, ENTERPRISE: {"department": "R&D"}}),
    ];
    users(&acme.scim, &people).await;
    let department = format!("{ENTERPRISE}:department");
    let cases: [(&str, [&str; 3]); 10] = [
        ("id", ["0", "1", "2"]),
        ("title", ["1", "2", "0"]),
        ("externalId", ["1", "0", "2"]),
        ("emails", ["1", "0", "2"]),
        ("emails.value", ["1", "0", "2"]),
        ("name.familyName", ["2", "0", "1"]),
        ("active", ["0", "1", "2"]),
        (&department, ["2", "0", "1"]),
        ("department", ["2", "0", "1"]),
        ("meta.created", ["0", "1", "2"]),
    ];
    for (by, expected) in cases {
        let path = format!("/Users?sortBy={}", encode(by));
        let ascending = acme.scim.get(&path).await.expect(200);
        assert_eq!(column(&ascending, "userName"), expected, "{by}");
        assert_eq!(ascending["totalResults"], 3);
        let descending = acme
            .scim
            .get(&format!("{path}&sortOrder=descending"))
            .await
            .expect(200);
        let mut mirror = expected;
        mirror.reverse();
        assert_eq!(column(&descending, "userName"), mirror, "{by}");
    }
}

async fn sorted_pages_are_the_sorted_list(db: Db) {
    let acme = Acme::start(db).await;
    let people: Vec<Value> = (0..11)
        .map(|number| {
            let title = ["", "b", "a"][number % 3];
            json!({"userName": format!("user{}", (number * 7) % 11), "title": title})
        })
        .collect();
    users(&acme.scim, &people).await;
    for order in [
        "id",
        "userName",
        "title",
        "title&sortOrder=descending",
        "userName&sortOrder=descending",
    ] {
        let whole = acme
            .scim
            .get(&format!("/Users?sortBy={order}"))
            .await
            .expect(200);
        let whole = column(&whole, "id");
        let mut pages = Vec::new();
        while pages.len() < whole.len() {
            let path = format!(
                "/Users?sortBy={order}&count=3&startIndex={}",
                pages.len() + 1
            );
            let page = acme.scim.get(&path).await.expect(200);
            assert_eq!(page["totalResults"], 11);
            pages.extend(column(&page, "id"));
        }
        assert_eq!(pages, whole, "{order}");
        for count in [1, 4, 11] {
            let walked = walk(&acme.scim, &format!("/Users?sortBy={order}&"), count).await;
            assert_eq!(walked, whole, "{order}, {count}");
        }
    }
}

/// With and without an index for either.
async fn a_filter_and_an_order(db: Db) {
    let acme = Acme::start(db).await;
    let people: Vec<Value> = ["d", "b", "c", "a"]
        .iter()
        .map(|name| {
            let emails = json!([{"value": "shared@x"}, {"value": format!("{name}@x")}]);
            let title = if *name == "c" { "Other" } else { "Same" };
            json!({"userName": name, "title": title, "emails": emails})
        })
        .collect();
    users(&acme.scim, &people).await;
    for (filter, by, expected) in [
        ("title eq \"same\"", "userName", "a b d"),
        ("title eq \"same\"", "emails.value", "d b a"),
        ("title pr", "title", "c d b a"),
        ("emails.value eq \"SHARED@x\"", "userName", "a b c d"),
        (
            "emails.value eq \"shared@x\" and title eq \"same\"",
            "userName",
            "a b d",
        ),
        ("emails.value eq \"b@x\"", "title", "b"),
    ] {
        let query = format!("/Users?filter={}&sortBy={by}", encode(filter));
        let whole = acme.scim.get(&query).await.expect(200);
        assert_eq!(
            column(&whole, "userName").join(" "),
            expected,
            "{filter} by {by}"
        );
        let small = acme
            .scim
            .get(&format!("{query}&count=1&startIndex=2"))
            .await
            .expect(200);
        let second = expected.split(' ').nth(1).map(str::to_owned);
        assert_eq!(
            column(&small, "userName").first().cloned(),
            second,
            "{filter} by {by}"
        );
        assert_eq!(small["totalResults"], whole["totalResults"]);
        let walked = walk(&acme.scim, &format!("{query}&"), 2).await;
        assert_eq!(walked, column(&whole, "id"), "{filter} by {by}");
    }
}

async fn what_cant_be_sorted_by_is_refused(db: Db) {
    let acme = Acme::start(db).await;
    for by in ["shoeSize", "name", "password"] {
        let answer = acme.scim.get(&format!("/Users?sortBy={by}")).await;
        let detail = answer.expect_scim_error(400, Some("invalidValue"));
        assert!(detail.contains("sortBy"), "{detail}");
    }
    let answer = acme
        .scim
        .get("/Users?sortBy=userName&sortOrder=sideways")
        .await;
    answer.expect_scim_error(400, Some("invalidValue"));
    let answer = acme.scim.get("/Groups?sortBy=userName").await;
    answer.expect_scim_error(400, Some("invalidValue"));
    let answer = acme.scim.get("/Groups?sortBy=members").await;
    let detail = answer.expect_scim_error(400, Some("invalidValue"));
    assert!(detail.contains("members"), "{detail}");
}
