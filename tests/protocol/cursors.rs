//! RFC 9865: pages by cursor, which are one list whatever happens between them.

use serde_json::json;

use super::{column, walk};
use crate::support::scim::encode;
use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(
    a_walk_is_the_whole_list,
    what_happens_between_pages_moves_nobody,
    a_cursor_belongs_to_its_query,
    counts_and_totals,
);

async fn a_walk_is_the_whole_list(db: Db) {
    let acme = Acme::start(db).await;
    let mut members = Vec::new();
    for number in 0..9 {
        members.push(
            acme.scim
                .user(&format!("user{number}@northwind.example"))
                .await,
        );
    }
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let group = acme.scim.group("All", &members[1..]).await;
    for (endpoint, filter) in [
        ("Users", String::new()),
        ("Users", "userName sw \"user\"".to_owned()),
        (
            "Users",
            "userName eq \"user3@northwind.example\"".to_owned(),
        ),
        ("Users", format!("groups.value eq \"{group}\"")),
        ("Users", "title eq \"nobody\"".to_owned()),
        ("Groups", String::new()),
        ("Groups", format!("members.value eq \"{}\"", members[4])),
    ] {
        let query = format!("/{endpoint}?filter={}", encode(&filter));
        let whole = acme.scim.get(&query).await.expect(200);
        for count in [1, 2, 8, 9, 200] {
            let walked = walk(&acme.scim, &format!("{query}&"), count).await;
            assert_eq!(walked, column(&whole, "id"), "{endpoint} {filter} {count}");
        }
    }
}

async fn what_happens_between_pages_moves_nobody(db: Db) {
    let acme = Acme::start(db).await;
    for number in 0..6 {
        acme.scim
            .user(&format!("user{number}@northwind.example"))
            .await;
    }
    for order in ["id", "userName", "title"] {
        let query = format!("/Users?sortBy={order}&count=2");
        let whole = column(
            &acme
                .scim
                .get(&format!("/Users?sortBy={order}"))
                .await
                .expect(200),
            "id",
        );
        let first = acme.scim.get(&format!("{query}&cursor=")).await.expect(200);
        assert_eq!(column(&first, "id"), whole[..2], "{order}");
        // The last of the page goes, and another comes in before it, where the order has a before.
        acme.scim
            .delete(&format!("/Users/{}", whole[1]))
            .await
            .expect(204);
        acme.scim
            .user(&format!("another-{order}@northwind.example"))
            .await;
        let cursor = first["nextCursor"].as_str().expect("a next page");
        let second = acme
            .scim
            .get(&format!("{query}&cursor={cursor}"))
            .await
            .expect(200);
        assert_eq!(column(&second, "id"), whole[2..4], "{order}");
        // A cursor is a place: it can be asked again.
        let again = acme
            .scim
            .get(&format!("{query}&cursor={cursor}"))
            .await
            .expect(200);
        assert_eq!(again, second);
    }
}

async fn a_cursor_belongs_to_its_query(db: Db) {
    let acme = Acme::start(db).await;
    for number in 0..3 {
        acme.scim
            .user(&format!("user{number}@northwind.example"))
            .await;
        acme.scim.group(&format!("Group {number}"), &[]).await;
    }
    let first = acme.scim.get("/Users?cursor&count=1").await.expect(200);
    let cursor = first["nextCursor"]
        .as_str()
        .expect("a next page")
        .to_owned();
    let other = acme.operator.connect("northwind", "okta", &json!({})).await;
    let other = acme.server.scim(&other);
    other.user("user0@northwind.example").await;

    let refuse = async |scim: &crate::support::Scim, path: String, scim_type: &str| {
        let answer = scim.get(&path).await;
        let detail = answer.expect_scim_error(400, Some(scim_type));
        assert!(detail.contains("cursor"), "{detail}");
    };
    for query in [
        format!("/Groups?cursor={cursor}"),
        format!("/Users?cursor={cursor}&filter=title%20pr"),
        format!("/Users?cursor={cursor}&sortBy=userName"),
        format!("/Users?cursor={cursor}&sortBy=id&sortOrder=descending"),
        "/Users?cursor=nonsense".to_owned(),
        format!("/Users?cursor={}", &cursor[..cursor.len() - 2]),
    ] {
        refuse(&acme.scim, query, "invalidCursor").await;
    }
    refuse(&other, format!("/Users?cursor={cursor}"), "invalidCursor").await;
    // The third of its bytes is the version of what wrote it.
    let older = format!("/Users?cursor=cmMB{}", &cursor[4..]);
    refuse(&acme.scim, older, "expiredCursor").await;
    let both = format!("/Users?cursor={cursor}&startIndex=2");
    refuse(&acme.scim, both, "invalidValue").await;

    // What is answered of the resources, and how many at once, may change.
    let next = format!("/Users?cursor={cursor}&count=5&attributes=id");
    let next = acme.scim.get(&next).await.expect(200);
    assert_eq!(next["itemsPerPage"], 2);
}

async fn counts_and_totals(db: Db) {
    let acme = Acme::start(db).await;
    let none = acme.scim.get("/Users?cursor=").await.expect(200);
    assert_eq!(
        (none["totalResults"].as_i64(), none["itemsPerPage"].as_i64()),
        (Some(0), Some(0))
    );
    for number in 0..3 {
        acme.scim
            .user(&format!("user{number}@northwind.example"))
            .await;
    }
    for count in ["0", "-1", "two"] {
        let answer = acme
            .scim
            .get(&format!("/Users?cursor=&count={count}"))
            .await;
        answer.expect_scim_error(400, Some("invalidCount"));
    }
    // A total is said where nothing has to be counted for it.
    let only = acme.scim.get("/Users?cursor=&count=1000").await.expect(200);
    assert_eq!(only["totalResults"], 3);
    assert!(only.get("nextCursor").is_none());
    let first = acme.scim.get("/Users?cursor=&count=2").await.expect(200);
    assert!(first.get("totalResults").is_none(), "{first}");
    let found = acme
        .scim
        .get("/Users?cursor=&count=2&filter=userName%20eq%20%22user1%40northwind.example%22");
    assert_eq!(found.await.expect(200)["totalResults"], 1);
    // Without either parameter it is by index, as it always was.
    let plain = acme.scim.get("/Users?count=2").await.expect(200);
    assert_eq!(
        (plain["totalResults"].as_i64(), plain["startIndex"].as_i64()),
        (Some(3), Some(1))
    );
    assert!(plain.get("nextCursor").is_none());
}
