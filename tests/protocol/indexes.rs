//! What indexes find is what the filter says, no more and no less.

use serde_json::{Value, json};

use super::{column, users, walk};
use crate::support::scim::encode;
use crate::support::{Acme, Database, Db, Scim, on_both_databases};

on_both_databases!(display_names, changes_since, pages_of_changes,);

async fn found(scim: &Scim, filter: &str) -> Vec<String> {
    let query = format!("/Users?filter={}", encode(filter));
    column(&scim.get(&query).await.expect(200), "userName")
}

async fn change(scim: &Scim, user: &str, operation: &Value) {
    let path = format!("/Users/{user}");
    scim.patch(&path, &json!([operation])).await.expect(200);
}

async fn display_names(db: Db) {
    let acme = Acme::start(db).await;
    let scim = &acme.scim;
    let long = "Ä".repeat(3_000);
    let made = users(
        scim,
        &[
            json!({"userName": "a", "displayName": "Zoë Ada"}),
            json!({"userName": "b", "displayName": "zoË ada", "title": "Dr"}),
            json!({"userName": "c", "displayName": format!("{long}1")}),
            json!({"userName": "d", "displayName": format!("{long}2")}),
            json!({"userName": "e"}),
        ],
    )
    .await;
    let zoe = "displayName eq \"ZOË ADA\"";
    assert_eq!(found(scim, zoe).await, ["a", "b"]);
    assert_eq!(found(scim, &format!("{zoe} and title pr")).await, ["b"]);
    assert_eq!(
        found(scim, &format!("displayName eq \"{long}2\"")).await,
        ["d"]
    );
    assert_eq!(found(scim, "displayName eq \"nobody\"").await, [""; 0]);
    let query = format!("/Users?filter={}&", encode(zoe));
    assert_eq!(walk(scim, &query, 1).await, made[..2]);

    let rename = json!({"op": "replace", "path": "displayName", "value": "Eve"});
    change(scim, &made[0], &rename).await;
    let remove = json!({"op": "remove", "path": "displayName"});
    change(scim, &made[1], &remove).await;
    assert_eq!(found(scim, zoe).await, [""; 0]);
    assert_eq!(found(scim, "displayName eq \"eve\"").await, ["a"]);
}

/// Users of a database from before there was an index are in it when the server has started.
#[tokio::test]
async fn display_names_of_old() {
    let mut acme = Acme::start(Db::Postgres).await;
    let zoe = json!({"userName": "a", "displayName": "Zoë"});
    users(&acme.scim, &[zoe]).await;
    let Database::Postgres(cluster, name) = &acme.database else {
        panic!("a database of PostgreSQL")
    };
    cluster.sql(name, "UPDATE resources SET display_key = NULL");
    assert_eq!(found(&acme.scim, "displayName eq \"ZOË\"").await, [""; 0]);
    acme.server.restart().await;
    acme.reconnect();
    assert_eq!(found(&acme.scim, "displayName eq \"ZOË\"").await, ["a"]);
}

/// (lastModified, id, userName) of all users, in that order.
async fn changes(scim: &Scim) -> Vec<(String, String, String)> {
    let all = scim.get("/Users").await.expect(200);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let of = |user: &Value| {
        let time = &user["meta"]["lastModified"];
        (text(time), text(&user["id"]), text(&user["userName"]))
    };
    let users = all["Resources"].as_array().expect("Resources");
    let mut changes: Vec<_> = users.iter().map(of).collect();
    changes.sort();
    changes
}

async fn changes_since(db: Db) {
    let acme = Acme::start(db).await;
    let scim = &acme.scim;
    let six = (0..6).map(|n| json!({"userName": format!("u{n}")}));
    let ids = users(scim, &six.collect::<Vec<_>>()).await;
    let touch = json!({"op": "replace", "path": "title", "value": "Dr"});
    change(scim, &ids[1], &touch).await;
    let changes = changes(scim).await;
    let times: Vec<&str> = changes.iter().map(|(time, ..)| time.as_str()).collect();
    for (operator, holds) in [
        ("gt", (|a, b| a > b) as fn(&str, &str) -> bool),
        ("ge", |a, b| a >= b),
        ("lt", |a, b| a < b),
        ("le", |a, b| a <= b),
        ("eq", |a, b| a == b),
    ] {
        for bound in [times[0], times[2], times[5]] {
            let filter = format!("meta.lastModified {operator} \"{bound}\"");
            let query = format!("/Users?filter={}", encode(&filter));
            let matches = changes.iter().filter(|(time, ..)| holds(time, bound));
            let by_time: Vec<String> = matches.map(|(_, id, _)| id.clone()).collect();
            let mut by_id = by_time.clone();
            by_id.sort();
            // Pages by index keep the order of ids; cursors follow the times.
            let list = scim.get(&query).await.expect(200);
            assert_eq!(column(&list, "id"), by_id, "{filter}");
            let mut pages = Vec::new();
            for start in (1..=by_id.len()).step_by(2) {
                let page = format!("{query}&startIndex={start}&count=2");
                let page = scim.get(&page).await.expect(200);
                assert_eq!(page["totalResults"], by_id.len());
                pages.extend(column(&page, "id"));
            }
            assert_eq!(pages, by_id, "{filter}");
            let mut last_first = by_time.clone();
            last_first.reverse();
            let descending = format!("{query}&sortBy=meta.lastModified&sortOrder=descending");
            for count in [1, 2, 6] {
                let walked = walk(scim, &format!("{query}&"), count).await;
                assert_eq!(walked, by_time, "{filter}");
                let walked = walk(scim, &format!("{descending}&"), count).await;
                assert_eq!(walked, last_first, "{filter}");
            }
        }
    }
    let (from, to) = (times[1], times[4]);
    let between = format!(
        "meta.lastModified ge \"{from}\" and meta.lastModified le \"{to}\" and userName ne \"u3\""
    );
    let is_between = |(time, _, name): &&(String, String, String)| {
        (from..=to).contains(&time.as_str()) && name != "u3"
    };
    let matches = changes.iter().filter(is_between);
    let mut expected: Vec<String> = matches.map(|(.., name)| name.clone()).collect();
    expected.sort();
    let mut names = found(scim, &between).await;
    names.sort();
    assert_eq!(names, expected);
}

/// Who changes while somebody reads what changed is read again, and hides nobody.
async fn pages_of_changes(db: Db) {
    let acme = Acme::start(db).await;
    let scim = &acme.scim;
    let five = (0..5).map(|n| json!({"userName": format!("u{n}")}));
    let ids = users(scim, &five.collect::<Vec<_>>()).await;
    let since = encode("meta.lastModified gt \"2020-01-01T00:00:00Z\"");
    let query = format!("/Users?filter={since}&count=2");
    let first = scim.get(&format!("{query}&cursor=")).await.expect(200);
    assert_eq!(column(&first, "id"), ids[..2]);
    let touch = json!({"op": "replace", "path": "title", "value": "Dr"});
    for id in [&ids[0], &ids[2]] {
        change(scim, id, &touch).await;
    }
    let mut rest = Vec::new();
    let mut cursor = first["nextCursor"].as_str().map(str::to_owned);
    while let Some(place) = cursor {
        let page = scim
            .get(&format!("{query}&cursor={place}"))
            .await
            .expect(200);
        rest.extend(column(&page, "id"));
        cursor = page["nextCursor"].as_str().map(str::to_owned);
    }
    rest[2..].sort();
    assert_eq!(rest, [&*ids[3], &*ids[4], &*ids[0], &*ids[2]]);

    // Without a filter, too, the times are an order of lists.
    for count in [2, 5] {
        let newest = "/Users?sortBy=meta.lastModified&sortOrder=descending&";
        let newest = walk(scim, newest, count).await;
        assert_eq!(newest[2..], [&*ids[4], &*ids[3], &*ids[1]]);
    }
    let second = "/Users?sortBy=meta.lastModified&startIndex=2&count=2";
    let second = scim.get(second).await.expect(200);
    assert_eq!(column(&second, "id"), ids[3..]);
    assert_eq!(second["totalResults"], 5);
}
