//! What indexes find is what the filter says, no more and no less.

use serde_json::{Value, json};

use super::{column, users, walk};
use crate::support::crowd::nth;
use crate::support::scim::encode;
use crate::support::{Acme, Db, Scim, on_both_databases};

on_both_databases!(
    display_names,
    display_names_of_old,
    display_names_beside_an_old_host,
    changes_since,
    changes_of_all_types,
    pages_of_changes,
    who_changes_is_counted_once,
    a_group_does_not_grow_younger,
);

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

/// Users of a database from before there was an index are found, and are in it when the server has started.
async fn display_names_of_old(db: Db) {
    let mut acme = Acme::start(db).await;
    let zoe = json!({"userName": "a", "displayName": "Zoë"});
    let ids = users(&acme.scim, &[zoe]).await;
    acme.database
        .run("UPDATE resources SET display_key = NULL")
        .await;
    let by_name = "displayName eq \"ZOË\"";
    assert_eq!(found(&acme.scim, by_name).await, ["a"]);
    acme.server.restart().await;
    acme.reconnect();
    let louder = json!({"op": "replace", "path": "displayName", "value": "ZOë"});
    change(&acme.scim, &ids[0], &louder).await;
    acme.database
        .run("DELETE FROM resources WHERE display_key IS NULL")
        .await;
    assert_eq!(found(&acme.scim, by_name).await, ["a"]);
}

/// A host of a version from before there was an index changes names, and knows nothing of keys.
async fn display_names_beside_an_old_host(db: Db) {
    let mut acme = Acme::start(db).await;
    let named = |user: &str, name: &str| json!({"userName": user, "displayName": name});
    users(&acme.scim, &[named("a", "Zoë"), named("b", "Eve")]).await;
    acme.database
        .run(
            "UPDATE resources SET display = 'Ada', doc = replace(doc, 'Zoë', 'Ada'), version = 2 WHERE name_key = 'a'",
        )
        .await;
    for restarted in [false, true] {
        if restarted {
            acme.server.restart().await;
            acme.reconnect();
        }
        for (name, users) in [("ADA", &["a"][..]), ("ZOË", &[]), ("EVE", &["b"])] {
            let by_name = format!("displayName eq \"{name}\"");
            assert_eq!(found(&acme.scim, &by_name).await, users, "{restarted}");
        }
    }
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
                // A sortOrder says nothing without sortBy.
                for order in ["", "sortOrder=descending&"] {
                    let walked = walk(scim, &format!("{query}&{order}"), count).await;
                    assert_eq!(walked, by_time, "{filter} {order}");
                }
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

/// At the root, too, what changed since is found by its time: by index in the order of ids, by cursor in that of changes.
async fn changes_of_all_types(db: Db) {
    let mut acme = Acme::start(db).await;
    acme.crowd(1..=20_000).await;
    let group = acme.scim.group("Group", &[]).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let rename = json!([{"op": "replace", "path": "displayName", "value": "Team"}]);
    acme.scim.patch(&format!("/Groups/{group}"), &rename).await;
    let mut by_id = [group.clone(), user.clone()];
    by_id.sort();
    let since = json!({"filter": "meta.lastModified gt \"2020-01-01T00:00:00Z\""});
    let found = at_root(&acme.scim, &since, &json!({})).await;
    assert_eq!(column(&found, "id"), by_id);
    for (order, expected) in [
        (json!({}), [&*user, &*group]),
        (json!({"sortOrder": "descending"}), [&*user, &*group]),
        (
            json!({"sortBy": "meta.lastModified", "sortOrder": "descending"}),
            [&*group, &*user],
        ),
    ] {
        let mut order = order;
        order["count"] = json!(1);
        order["cursor"] = json!("");
        let first = at_root(&acme.scim, &since, &order).await;
        order["cursor"] = first["nextCursor"].clone();
        let last = at_root(&acme.scim, &since, &order).await;
        let walked = [column(&first, "id"), column(&last, "id")].concat();
        assert_eq!(walked, expected, "{order}");
        assert!(last.get("nextCursor").is_none(), "{last}");
    }
    let mut costs = Vec::new();
    for query in [
        json!({"filter": "title co \"nobody\""}),
        since.clone(),
        json!({"filter": since["filter"], "cursor": ""}),
    ] {
        let ask = async |scim: &Scim| {
            at_root(scim, &query, &json!({})).await;
        };
        costs.push(acme.cost(ask).await);
    }
    assert!(costs[1] * 20 < costs[0], "{costs:?}");
    assert!(costs[2] * 20 < costs[0], "{costs:?}");
}

/// A query over all resource types (RFC 7644 §3.4.2.1).
async fn at_root(scim: &Scim, query: &Value, page: &Value) -> Value {
    let mut body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]});
    for members in [query, page] {
        for (name, value) in members.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
    }
    scim.post("/.search", &body).await.expect(200)
}

/// In the order of changes everybody moves who changes; a page by index counts each once all the same.
async fn who_changes_is_counted_once(db: Db) {
    const USERS: usize = 10_000;
    let acme = Acme::start(db).await;
    acme.crowd(1..=USERS).await;
    let query = format!("/Users?filter={}&count=1", encode("active eq true"));
    let lists = async {
        for _ in 0..5 {
            let list = format!("{query}&sortBy=meta.lastModified");
            let list = acme.scim.get(&list).await.expect(200);
            assert_eq!(list["totalResults"], USERS);
        }
    };
    // The first of the order, one after the other.
    let changes = async |those: usize| {
        for number in (1..=USERS / 4).map(|it| it * 4 - those) {
            let nick = json!({"op": "replace", "path": "nickName", "value": "N"});
            change(&acme.scim, &nth(number), &nick).await;
        }
    };
    let changes = async { tokio::join!(changes(0), changes(1), changes(2), changes(3)) };
    tokio::select! {
        () = lists => {}
        _ = changes => panic!("the lists take longer than all changes"),
    }
}

/// A group changes with a member that is deleted, after the times at which it has changed before.
async fn a_group_does_not_grow_younger(db: Db) {
    let acme = Acme::start(db).await;
    let ada = acme.scim.user("ada@northwind.example").await;
    let group = acme.scim.group("Crew", &[&ada]).await;
    acme.database
        .run("UPDATE resources SET modified_at = 4102444800000 WHERE kind = 'Group'")
        .await;
    let deleted = acme.scim.delete(&format!("/Users/{ada}")).await;
    deleted.expect_status(204);
    let group = acme.scim.get(&format!("/Groups/{group}")).await.expect(200);
    assert_eq!(group["meta"]["version"], "W/\"2\"");
    assert_eq!(group["meta"]["lastModified"], "2100-01-01T00:00:00.000Z");
}
