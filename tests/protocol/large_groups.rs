//! Groups whose members nobody wants to read whole: filters by one member, changes of many.

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::column;
use crate::support::crowd::nth;
use crate::support::scim::{encode, id};
use crate::support::{Acme, Db, Scim, eventually, on_both_databases};

on_both_databases!(
    filters_by_members,
    members_go_as_the_operations_say,
    ten_thousand_members_in_one_request,
);

async fn people(scim: &Scim, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        let user = json!({"schemas": [], "userName": format!("user-{number}")});
        ids.push(id(&scim.create_user(&user).await.expect(201)));
    }
    ids
}

/// The ids of a group's members, sorted.
async fn members(scim: &Scim, group: &str) -> Vec<String> {
    let group = scim.get(&format!("/Groups/{group}")).await.expect(200);
    values(&group)
}

fn values(group: &Value) -> Vec<String> {
    let members = group["members"].as_array().map_or(&[][..], Vec::as_slice);
    let text = |member: &Value| member["value"].as_str().expect("a value").to_owned();
    let mut ids: Vec<String> = members.iter().map(text).collect();
    ids.sort();
    ids
}

async fn filters_by_members(db: Db) {
    let acme = Acme::start(db).await;
    let scim = &acme.scim;
    let ids = people(scim, 3).await;
    let [a, b, c] = [&*ids[0], &*ids[1], &*ids[2]];
    let inner = scim.group("Inner", &[c]).await;
    scim.group("One", &[a, b]).await;
    scim.group("Two", &[b, &inner]).await;
    scim.group("Empty", &[]).await;
    let named = |name: &str, rest: &str| format!("displayName eq \"{name}\" and {rest}");
    for (filter, found) in [
        (format!("members[value eq \"{a}\"]"), &["One"][..]),
        (format!("members eq \"{b}\""), &["One", "Two"]),
        (
            named("two", &format!("members[value eq \"{b}\"]")),
            &["Two"],
        ),
        (named("two", &format!("members[value eq \"{a}\"]")), &[]),
        (
            named("two", &format!("not (members.value eq \"{a}\")")),
            &["Two"],
        ),
        (
            format!("displayName sw \"t\" or members eq \"{c}\""),
            &["Inner", "Two"],
        ),
        (
            format!("members eq \"{a}\" and members eq \"{b}\""),
            &["One"],
        ),
        (
            format!("members[value eq \"{inner}\" and type eq \"Group\"]"),
            &["Two"],
        ),
        (
            format!("members[value eq \"{inner}\" and type eq \"User\"]"),
            &[],
        ),
        (
            format!("not (members[value eq \"{b}\" or value eq \"{c}\"])"),
            &["Empty"],
        ),
        ("members[type eq \"Group\"]".to_owned(), &["Two"]),
        ("not (members pr)".to_owned(), &["Empty"]),
    ] {
        for projection in [
            "",
            "&cursor=",
            "&excludedAttributes=members",
            "&attributes=displayName",
        ] {
            let query = format!("/Groups?filter={}{projection}", encode(&filter));
            let list = scim.get(&query).await.expect(200);
            let mut groups = column(&list, "displayName");
            groups.sort();
            assert_eq!(groups, found, "{query}");
            // Judging by one member is no reason to answer with no other, or with that one.
            let all = !projection.contains("ttributes");
            for group in list["Resources"].as_array().expect("Resources") {
                let whole = members(scim, &id(group)).await;
                let expected = if all { whole } else { vec![] };
                assert_eq!(values(group), expected, "{query}");
            }
        }
    }
}

async fn members_go_as_the_operations_say(db: Db) {
    let acme = Acme::start(db).await;
    let scim = &acme.scim;
    let mut ids = people(scim, 6).await;
    let inner = scim.group("Inner", &[]).await;
    let group = scim.group("Team", &[]).await;
    let path = format!("/Groups/{group}");
    ids.push(inner);
    let named = |these: &[usize]| -> Value {
        let member = |n: &usize| json!({"value": ids[*n], "display": format!("P{n}")});
        these.iter().map(member).collect()
    };
    let only = |n: usize, rest: &str| format!("members[value eq \"{}\" and {rest}]", ids[n]);
    let user = "type eq \"User\"";
    for (operations, left) in [
        (json!([{"op": "remove", "path": "members"}]), &[][..]),
        (
            json!([{"op": "replace", "path": "members", "value": named(&[4, 1])}]),
            &[1, 4],
        ),
        (
            json!([
                {"op": "remove", "path": "members"},
                {"op": "add", "path": "members", "value": named(&[5, 0])},
                {"op": "remove", "path": only(5, "display eq \"p5\"")},
            ]),
            &[0],
        ),
        (
            json!([
                {"op": "add", "path": "members", "value": named(&[5])},
                {"op": "replace", "path": "members", "value": named(&[1, 2])},
                {"op": "add", "path": "members", "value": named(&[3])},
                {"op": "remove", "path": "members[display eq \"p2\"]"},
            ]),
            &[1, 3],
        ),
        (
            json!([{"op": "remove", "path": only(2, user)}]),
            &[0, 1, 3, 6],
        ),
        (
            json!([{"op": "remove", "path": only(6, user)}]),
            &[0, 1, 2, 3, 6],
        ),
        (
            json!([{"op": "remove", "path": format!("members[{user}]")}]),
            &[6],
        ),
        (
            json!([
                {"op": "remove", "path": "members[not (value eq \"nobody\")]"},
                {"op": "add", "path": "members", "value": named(&[2, 4])},
            ]),
            &[2, 4],
        ),
        (
            json!([
                {"op": "add", "path": "members", "value": named(&[4])},
                {"op": "remove", "path": "members[display sw \"P\" and value ne \"x\"]"},
            ]),
            &[6],
        ),
    ] {
        // Before each: users 0 to 3 as the IdP named them, and a group that it did not name.
        let mut before = named(&[0, 1, 2, 3]);
        let nameless = json!({"value": ids[6]});
        before.as_array_mut().expect("a list").push(nameless);
        let whole = json!({"displayName": "Team", "members": before});
        scim.put(&path, &whole).await.expect(200);
        scim.patch(&path, &operations).await.expect_status(204);
        let mut expected: Vec<String> = left.iter().map(|n| ids[*n].clone()).collect();
        expected.sort();
        assert_eq!(members(scim, &group).await, expected, "{operations}");
    }
}

/// What the log has of the requests, once it has so many.
async fn logged(acme: &Acme, log: &str, count: usize) -> Vec<Value> {
    eventually("the last PATCH of the group", async || {
        let page = acme.operator.get(log).await.expect(200);
        let requests = page["data"].as_array().expect("a page").clone();
        (requests.len() >= count).then_some(requests)
    })
    .await
}

async fn ten_thousand_members_in_one_request(db: Db) {
    const THOUSAND: usize = 1_000;
    let mut acme = Acme::start(db).await;
    acme.crowd(1..=11 * THOUSAND).await;
    // Nobody is decided again meanwhile: that would count, too.
    acme.database.run("UPDATE resources SET active = 0").await;
    let group = acme.scim.group("Everybody", &[]).await;
    let path = format!("/Groups/{group}");
    let numbered = |numbers: RangeInclusive<usize>| -> Value {
        let members = numbers.map(|number| json!({"value": nth(number)}));
        members.collect()
    };
    let mut work = Vec::new();
    for numbers in [1..=THOUSAND, THOUSAND + 1..=11 * THOUSAND] {
        let add = json!([{"op": "add", "path": "members", "value": numbered(numbers)}]);
        let before = acme.server.worked();
        acme.scim.patch(&path, &add).await.expect_status(204);
        work.push(acme.server.worked() - before);
    }
    // Ten times as many; if each were compared with each, a hundred times.
    assert!(work[1] < work[0].max(1) * 30, "{work:?}");
    // What is queued for the request log does not survive the restart.
    let log = acme.connection.path("/requests?method=PATCH");
    logged(&acme, &log, 2).await;
    acme.server.restart().await;
    acme.reconnect();
    let everybody: Vec<String> = (1..=11 * THOUSAND).map(nth).collect();
    assert_eq!(members(&acme.scim, &group).await, everybody);
    let rename = json!([{"op": "replace", "path": "displayName", "value": "All"}]);
    acme.scim.patch(&path, &rename).await.expect_status(204);
    let user = acme.scim.read_user(&everybody[0]).await;
    assert_eq!(user["groups"][0]["display"], "All");
    let many = numbered(THOUSAND + 1..=11 * THOUSAND);
    let remove = json!([{"op": "remove", "path": "members", "value": many}]);
    let answer = acme.scim.patch(&path, &remove).await;
    answer.expect_status(204);
    let left = members(&acme.scim, &group).await;
    assert_eq!(left, everybody[..THOUSAND]);

    // However many events it takes, it is one thing that the request did.
    let requests = logged(&acme, &log, 4).await;
    for (request, came, left, events) in [
        (&requests[0], json!(null), json!(10 * THOUSAND), 10),
        (&requests[1], json!(null), json!(null), 1),
        (&requests[2], json!(10 * THOUSAND), json!(null), 10),
        (&requests[3], json!(THOUSAND), json!(null), 1),
    ] {
        let path = format!("/requests/{}", request["id"].as_str().expect("an id"));
        let request = acme.operator.get(&acme.connection.path(&path)).await;
        let request = request.expect(200);
        let resources = request["resources"].as_array().expect("resources");
        assert_eq!(resources.len(), 1, "{resources:?}");
        assert_eq!(resources[0]["members_added"], came);
        assert_eq!(resources[0]["members_removed"], left);
        assert_eq!(request["events"]["group.updated"], events, "{request}");
    }

    // No event is larger for it, and all together tell of everybody; the first tells of the group.
    let events = eventually("the last event of the group", async || {
        let mut events = acme.operator.events_after(0).await;
        events.retain(|event| event["type"] == "group.updated");
        (events.len() >= 22).then_some(events)
    })
    .await;
    assert_eq!(events.len(), 22);
    for (events, list) in [(&events[1..11], "added"), (&events[12..], "removed")] {
        let mut named = Vec::new();
        for (index, event) in events.iter().enumerate() {
            let told = event["data"].get("resource");
            assert_eq!(told.is_some(), index == 0, "{event}");
            assert_eq!(event["data"]["version"], events[0]["data"]["version"]);
            let listed = event["data"][list].as_array().expect("a list");
            assert_eq!(listed.len(), THOUSAND);
            let id = |id: &Value| id.as_str().expect("an id").to_owned();
            named.extend(listed.iter().map(id));
        }
        named.sort();
        assert_eq!(named, everybody[THOUSAND..], "{list}");
    }

    acme.scim.delete(&path).await.expect_status(204);
    acme.scim.get(&path).await.expect_status(404);
    let user = acme.scim.read_user(&everybody[0]).await;
    assert_eq!(user.get("groups"), None);
}
