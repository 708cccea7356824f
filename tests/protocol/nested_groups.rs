//! Groups in groups (RFC 7643 §4.1.2 and §4.2): shown, found, decided on, and never in a circle.

use serde_json::{Value, json};

use super::{users, walk};
use crate::support::hosts::{adding, expect_done, removing};
use crate::support::scim::{encode, id};
use crate::support::{Acme, Db, Scim, eventually, on_both_databases};

on_both_databases!(
    a_user_shows_indirect_groups,
    filters_find_what_is_shown,
    pages_of_a_nested_group,
    a_group_of_very_many_groups,
    decisions_see_all_groups,
    a_new_name_above_is_decided_on,
    a_new_name_above_a_crowd_is_decided_on,
    circles_are_refused,
    circles_in_one_bulk_request_are_refused,
    groups_nest_so_deep_and_no_deeper,
);

/// `value type` of the groups that a user shows, by name.
async fn groups(scim: &Scim, user: &str) -> Vec<String> {
    let read = scim.read_user(user).await;
    let text = |group: &Value, name: &str| group[name].as_str().unwrap_or("?").to_owned();
    let groups = read["groups"].as_array().into_iter().flatten();
    let mut groups: Vec<_> = groups
        .map(|group| {
            let address = text(group, "$ref");
            assert!(
                address.ends_with(&format!("/Groups/{}", text(group, "value"))),
                "{group}"
            );
            format!("{} {}", text(group, "display"), text(group, "type"))
        })
        .collect();
    groups.sort();
    groups
}

async fn some_users(scim: &Scim, count: usize) -> Vec<String> {
    let names: Vec<_> = (0..count)
        .map(|n| json!({"userName": format!("user{n}")}))
        .collect();
    users(scim, &names).await
}

async fn a_user_shows_indirect_groups(db: Db) {
    let acme = Acme::start(db).await;
    let scim = &acme.scim;
    let users = some_users(scim, 2).await;
    let team = scim.group("Team", &[&users[0], &users[1]]).await;
    let department = scim.group("Department", &[&team]).await;
    let company = scim.group("Company", &[&department, &users[1]]).await;
    assert_eq!(
        groups(scim, &users[0]).await,
        ["Company indirect", "Department indirect", "Team direct"]
    );
    assert_eq!(
        groups(scim, &users[1]).await,
        ["Company direct", "Department indirect", "Team direct"],
        "direct, if both"
    );
    let read = scim.get(&format!("/Groups/{company}")).await.expect(200);
    let nested = read["members"].as_array().into_iter().flatten();
    let nested: Vec<_> = nested.filter(|member| member["type"] == "Group").collect();
    assert_eq!(nested.len(), 1, "{read}");
    assert_eq!(nested[0]["value"], *department);

    scim.remove_member(&department, &team).await;
    assert_eq!(groups(scim, &users[0]).await, ["Team direct"]);
    assert_eq!(
        groups(scim, &users[1]).await,
        ["Company direct", "Team direct"]
    );
    let list = scim
        .get("/Users?filter=groups.type%20eq%20%22indirect%22")
        .await;
    assert_eq!(list.expect(200)["totalResults"], 0);
}

async fn filters_find_what_is_shown(db: Db) {
    let acme = Acme::start(db).await;
    let scim = &acme.scim;
    let users = some_users(scim, 4).await;
    let team = scim.group("Team", &[&users[0], &users[1]]).await;
    let other = scim.group("Other", &[&users[1], &users[2]]).await;
    let company = scim.group("Company", &[&team, &other]).await;
    for (filter, count) in [
        (format!("groups.value eq \"{company}\""), 3),
        (format!("groups.value eq \"{team}\""), 2),
        (
            format!("groups.value eq \"{team}\" and groups.value eq \"{other}\""),
            1,
        ),
        (
            format!("groups[value eq \"{company}\" and type eq \"indirect\"]"),
            3,
        ),
        (
            format!("groups[value eq \"{company}\" and type eq \"direct\"]"),
            0,
        ),
        (
            format!("groups[value eq \"{team}\" and type eq \"direct\"]"),
            2,
        ),
        ("groups.display eq \"Company\"".to_owned(), 3),
        (format!("not (groups.value eq \"{company}\")"), 1),
    ] {
        assert_eq!(scim.count(&filter).await, count, "{filter}");
    }
    let inside = format!("members.value eq \"{}\"", users[0]);
    let list = scim
        .get(&format!("/Groups?filter={}", encode(&inside)))
        .await
        .expect(200);
    assert_eq!(list["totalResults"], 1, "members are direct ones: {list}");
}

/// Members of several groups come each once, in order, whatever the size of a page.
async fn pages_of_a_nested_group(db: Db) {
    let acme = Acme::start(db).await;
    let scim = &acme.scim;
    let all = some_users(scim, 30).await;
    let third = |rest: usize| -> Vec<&str> {
        let numbered = all.iter().enumerate();
        let some = numbered.filter(|(n, _)| n % 3 == rest || n % 5 == rest);
        some.map(|(_, id)| id.as_str()).collect()
    };
    let mut inner = Vec::new();
    for rest in 0..3 {
        inner.push(scim.group(&format!("Third {rest}"), &third(rest)).await);
    }
    let inner: Vec<&str> = inner.iter().map(String::as_str).collect();
    let outer = scim.group("All", &inner).await;
    let mut expected = all.clone();
    expected.sort();
    let query = format!(
        "/Users?filter={}&",
        encode(&format!("groups.value eq \"{outer}\""))
    );
    for count in [1, 7, 29, 30, 31] {
        assert_eq!(walk(scim, &query, count).await, expected, "by {count}");
    }
    let page = scim
        .get(&format!("{query}startIndex=25&count=10"))
        .await
        .expect(200);
    assert_eq!(
        (&page["totalResults"], &page["itemsPerPage"]),
        (&json!(30), &json!(6))
    );
}

/// More groups than are looked through one by one find the same.
async fn a_group_of_very_many_groups(db: Db) {
    let acme = Acme::start(db).await;
    let scim = &acme.scim;
    let all = some_users(scim, 9).await;
    let group = |n: usize| {
        let members: Vec<Value> = all[..6]
            .iter()
            .skip(n)
            .take(1)
            .map(|id| json!({"value": id}))
            .collect();
        json!({"method": "POST", "path": "/Groups", "bulkId": n.to_string(),
            "data": {"displayName": format!("Inner {n}"), "members": members}})
    };
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": (0..120).map(group).collect::<Vec<_>>(),
    });
    let made = scim.post("/Bulk", &bulk).await.expect(200);
    let made = made["Operations"].as_array().expect("operations").iter();
    let inner: Vec<String> = made
        .map(|it| {
            it["location"]
                .as_str()
                .expect("a location")
                .rsplit('/')
                .next()
                .expect("an id")
                .to_owned()
        })
        .collect();
    let inner: Vec<&str> = inner.iter().map(String::as_str).collect();
    let outer = scim.group("All", &inner).await;
    let mut expected = all[..6].to_vec();
    expected.sort();
    let filter = encode(&format!("groups.value eq \"{outer}\""));
    for count in [1, 4, 6, 20] {
        let query = format!("/Users?filter={filter}&");
        assert_eq!(walk(scim, &query, count).await, expected, "by {count}");
    }
}

/// The role `admin` for whoever is in Admins.
async fn admins_by_name(acme: &Acme) {
    let rule = json!({"roles": {"plugin": "rules", "settings": {
        "roles": {"rules": [{"group": "Admins", "role": "admin"}]},
    }}});
    acme.operator.remap(&acme.connection, &rule).await;
}

async fn is_admin(acme: &Acme, user: &str) -> bool {
    let admin = json!({"role": "admin"});
    acme.operator.allows(user, "northwind", &admin).await
}

async fn decisions_see_all_groups(db: Db) {
    let acme = Acme::start(db).await;
    admins_by_name(&acme).await;
    let scim = &acme.scim;
    let users = some_users(scim, 2).await;
    let team = scim.group("Team", &[&users[0]]).await;
    let admins = scim.group("Admins", &[]).await;
    assert!(!is_admin(&acme, &users[0]).await);

    scim.add_member(&admins, &team).await;
    assert!(is_admin(&acme, &users[0]).await, "the group joined");
    let granted = acme.operator.user(&users[0]).await;
    assert_eq!(granted["grants"][0]["groups"], json!([admins]), "{granted}");
    scim.add_member(&team, &users[1]).await;
    assert!(is_admin(&acme, &users[1]).await, "a user joined the group");
    let title = json!([{"op": "replace", "path": "title", "value": "Lead"}]);
    expect_done(&scim.patch(&format!("/Users/{}", users[1]), &title).await);
    assert!(is_admin(&acme, &users[1]).await, "a user changed");

    scim.remove_member(&team, &users[0]).await;
    assert!(!is_admin(&acme, &users[0]).await);
    // A group with members that is in a group from the beginning.
    let others = scim.group("Others", &[&users[0]]).await;
    let put = json!({"schemas": [], "displayName": "Admins", "members": [{"value": others}]});
    scim.put(&format!("/Groups/{admins}"), &put)
        .await
        .expect(200);
    assert!(is_admin(&acme, &users[0]).await);
    assert!(!is_admin(&acme, &users[1]).await);
}

async fn rename(scim: &Scim, group: &str, name: &str) {
    let change = json!([{"op": "replace", "path": "displayName", "value": name}]);
    expect_done(&scim.patch(&format!("/Groups/{group}"), &change).await);
}

async fn a_new_name_above_is_decided_on(db: Db) {
    let acme = Acme::start(db).await;
    admins_by_name(&acme).await;
    let users = some_users(&acme.scim, 1).await;
    let team = acme.scim.group("Team", &[&users[0]]).await;
    let department = acme.scim.group("Department", &[&team]).await;
    let company = acme.scim.group("Company", &[&department]).await;
    rename(&acme.scim, &company, "Admins").await;
    assert!(is_admin(&acme, &users[0]).await);
    rename(&acme.scim, &company, "Company").await;
    assert!(!is_admin(&acme, &users[0]).await);
}

async fn a_new_name_above_a_crowd_is_decided_on(db: Db) {
    let acme = Acme::start(db).await;
    admins_by_name(&acme).await;
    let users = some_users(&acme.scim, 101).await;
    let members: Vec<&str> = users.iter().map(String::as_str).collect();
    let team = acme.scim.group("Team", &members).await;
    let company = acme.scim.group("Company", &[&team]).await;
    for (name, admin) in [("Admins", true), ("Company", false)] {
        rename(&acme.scim, &company, name).await;
        for user in [&users[0], &users[100]] {
            eventually("the workers", async || {
                (is_admin(&acme, user).await == admin).then_some(())
            })
            .await;
        }
    }
}

/// The detail of the refusal, which names everybody in the circle.
async fn refused(scim: &Scim, group: &str, change: &Value) -> String {
    let path = format!("/Groups/{group}");
    let before = scim.get(&path).await.expect(200);
    let answer = scim.patch(&path, change).await;
    let detail = answer.expect_scim_error(400, Some("invalidValue"));
    assert_eq!(
        scim.get(&path).await.expect(200),
        before,
        "nothing happened"
    );
    detail
}

async fn circles_are_refused(db: Db) {
    let acme = Acme::start(db).await;
    let scim = &acme.scim;
    let a = scim.group("A", &[]).await;
    let itself = refused(scim, &a, &adding(&[&a])).await;
    assert!(itself.contains("\"A\" in \"A\""), "{itself}");
    let b = scim.group("B", &[&a]).await;
    let two = refused(scim, &a, &adding(&[&b])).await;
    assert!(two.contains("\"A\" in \"B\" in \"A\""), "{two}");
    let c = scim.group("C", &[&b]).await;
    let d = scim.group("D", &[&c]).await;
    let four = refused(scim, &a, &adding(&[&d])).await;
    assert!(
        four.contains("\"A\" in \"B\" in \"C\" in \"D\" in \"A\""),
        "{four}"
    );

    let put = json!({"schemas": [], "displayName": "A", "members": [{"value": c}]});
    let answer = scim.put(&format!("/Groups/{a}"), &put).await;
    let three = answer.expect_scim_error(400, Some("invalidValue"));
    assert!(
        three.contains("\"A\" in \"B\" in \"C\" in \"A\""),
        "{three}"
    );

    // Two ways to one group are none, and a chain may turn round when it is open.
    scim.add_member(&d, &a).await;
    for (group, member) in [(&d, &a), (&b, &a), (&c, &b)] {
        expect_done(
            &scim
                .patch(&format!("/Groups/{group}"), &removing(&[member]))
                .await,
        );
    }
    scim.add_member(&a, &d).await;
}

async fn circles_in_one_bulk_request_are_refused(db: Db) {
    let acme = Acme::start(db).await;
    let scim = &acme.scim;
    let (a, b) = (scim.group("A", &[]).await, scim.group("B", &[]).await);
    let patch = |group: &str, member: &str| {
        let data = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": adding(&[member]),
        });
        json!({"method": "PATCH", "path": format!("/Groups/{group}"), "data": data})
    };
    let request = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [patch(&a, &b), patch(&b, &a)],
    });
    let answer = scim.post("/Bulk", &request).await.expect(200);
    let operations = &answer["Operations"];
    assert_eq!(operations[0]["status"], "200", "{answer}");
    assert_eq!(operations[1]["status"], "400", "{answer}");
    assert_eq!(
        operations[1]["response"]["scimType"], "invalidValue",
        "{answer}"
    );
}

async fn groups_nest_so_deep_and_no_deeper(db: Db) {
    let acme = Acme::start(db).await;
    let scim = &acme.scim;
    let users = some_users(scim, 1).await;
    let innermost = scim.group("Level 1", &[&users[0]]).await;
    let mut outermost = innermost.clone();
    for level in 2..=32 {
        outermost = scim.group(&format!("Level {level}"), &[&outermost]).await;
    }
    assert_eq!(groups(scim, &users[0]).await.len(), 32);
    let one_more =
        json!({"schemas": [], "displayName": "Level 33", "members": [{"value": outermost}]});
    let answer = scim.post("/Groups", &one_more).await;
    let above = answer.expect_scim_error(400, Some("invalidValue"));
    assert!(above.contains("32 deep"), "{above}");
    let leaf = id(&scim
        .post("/Groups", &json!({"schemas": [], "displayName": "Leaf"}))
        .await
        .expect(201));
    let below = refused(scim, &innermost, &adding(&[&leaf])).await;
    assert!(below.contains("33 deep"), "{below}");
}
