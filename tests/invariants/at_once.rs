//! Invariant 7 under load: simultaneous changes of the same users and groups lose nothing, wait for nobody forever, and
//! fail for no other reason than that somebody else was first.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::chain::{checked_events, verify};
use crate::support::hosts::{Hosts, adding, expect_done, on_one_host_and_two, removing};
use crate::support::http::Answer;
use crate::support::scim::{id, person};
use crate::support::{Acme, Guest};

on_one_host_and_two!(
    members_come_and_go,
    one_member_comes_and_goes,
    groups_share_members,
    large_and_small_changes_share_members,
    replace_against_patch,
    delete_a_user_against_everything,
    users_go_while_their_groups_change,
    delete_a_group_against_everything,
    names_are_taken_once,
    names_are_changed_once,
);

/// Requests that meet each other.
const AT_ONCE: usize = 32;

async fn users(hosts: &Hosts, count: usize) -> Vec<String> {
    let mut users = Vec::new();
    for number in 0..count {
        let user = json!({"schemas": [], "userName": format!("user{number}")});
        users.push(id(&hosts.scim(number).create_user(&user).await.expect(201)));
    }
    users
}

async fn members(acme: &Acme, group: &str) -> BTreeSet<String> {
    let read = acme.scim.get(&format!("/Groups/{group}")).await.expect(200);
    let members = read["members"].as_array().into_iter().flatten();
    let ids = members.map(|member| member["value"].as_str().map(str::to_owned));
    ids.collect::<Option<_>>().expect("a member has a value")
}

/// Sends changes of resources to both hosts by turns, all at once.
async fn patch_all(hosts: &Hosts, changes: Vec<(String, Value)>) -> Vec<Answer> {
    let mut running = JoinSet::new();
    for (turn, (path, change)) in changes.into_iter().enumerate() {
        let scim = hosts.scim(turn);
        running.spawn(async move { scim.patch(&path, &change).await });
    }
    running.join_all().await
}

/// The versions that the log tells of a resource: each once, without a gap.
async fn expect_versions(hosts: &Hosts, resource: &str, last: usize) {
    let events = checked_events(&hosts.acme.operator).await;
    let own = events.iter().filter(|event| event["subject"] == *resource);
    let versions = own.filter_map(|event| event["data"]["version"].as_u64());
    let versions: Vec<usize> = versions.map(|version| version as usize).collect();
    assert_eq!(versions, (1..=last).collect::<Vec<_>>());
    verify(&hosts.acme.database).await;
}

/// Half of the group leaves while as many join.
async fn members_come_and_go(hosts: Hosts) {
    hosts.acme.run(&Guest::viewer().component()).await;
    let users = users(&hosts, AT_ONCE).await;
    let (leaving, joining) = users.split_at(AT_ONCE / 2);
    let present: Vec<&str> = leaving.iter().map(String::as_str).collect();
    let group = hosts.acme.scim.group("Team", &present).await;
    let path = format!("/Groups/{group}");
    let leave = leaving.iter().map(|id| removing(&[id]));
    let join = joining.iter().map(|id| adding(&[id]));
    // Pairs of a leave and a join, turn by turn.
    let changes = leave.zip(join).flat_map(|(leave, join)| [leave, join]);
    let changes = changes.map(|change| (path.clone(), change)).collect();
    for answer in patch_all(&hosts, changes).await {
        expect_done(&answer);
    }
    assert_eq!(
        members(&hosts.acme, &group).await,
        joining.iter().cloned().collect()
    );
    expect_versions(&hosts, &group, AT_ONCE + 1).await;
}

/// The same member is added and removed: in the end group, user and access agree.
async fn one_member_comes_and_goes(hosts: Hosts) {
    let rule = json!({"roles": {"plugin": "rules", "settings": {
        "roles": {"rules": [{"group": "Team", "role": "admin"}]},
    }}});
    hosts
        .acme
        .operator
        .remap(&hosts.acme.connection, &rule)
        .await;
    let users = users(&hosts, 1).await;
    let group = hosts.acme.scim.group("Team", &[]).await;
    let path = format!("/Groups/{group}");
    // By threes, so that each host gets both.
    let change = |turn: usize| match turn % 3 {
        0 => removing(&[&users[0]]),
        _ => adding(&[&users[0]]),
    };
    let changes = (0..AT_ONCE).map(|turn| (path.clone(), change(turn)));
    for answer in patch_all(&hosts, changes.collect()).await {
        expect_done(&answer);
    }
    let is_member = !members(&hosts.acme, &group).await.is_empty();
    let user = hosts.acme.scim.read_user(&users[0]).await;
    assert_eq!(user.get("groups").is_some(), is_member, "{user}");
    let grants = hosts.acme.operator.grants(&users[0]).await;
    assert_eq!(
        grants.contains(&"northwind role admin".to_owned()),
        is_member,
        "{grants:?}"
    );
}

/// Eight groups take and lose the same users, each in another order: nobody waits in a circle.
async fn groups_share_members(hosts: Hosts) {
    hosts.acme.run(&Guest::viewer().component()).await;
    let users = users(&hosts, 8).await;
    let mut groups = Vec::new();
    for number in 0..8 {
        groups.push(hosts.acme.scim.group(&format!("Team {number}"), &[]).await);
    }
    let rotated = |by: usize| -> Vec<&str> {
        let ids = (0..users.len()).map(|n| users[(n * 3 + by) % users.len()].as_str());
        ids.collect()
    };
    for change in [adding, removing, adding] {
        let changes = groups.iter().enumerate();
        let changes = changes.map(|(by, group)| (format!("/Groups/{group}"), change(&rotated(by))));
        for answer in patch_all(&hosts, changes.collect()).await {
            expect_done(&answer);
        }
    }
    for user in &users {
        let read = hosts.acme.scim.read_user(user).await;
        assert_eq!(
            read["groups"].as_array().map(Vec::len),
            Some(groups.len()),
            "{read}"
        );
    }
    verify(&hosts.acme.database).await;
}

/// Groups too large to decide before the commit are renamed while their members join other groups and change.
async fn large_and_small_changes_share_members(hosts: Hosts) {
    let users = users(&hosts, 110).await;
    let everybody: Vec<&str> = users.iter().map(String::as_str).collect();
    let reversed: Vec<&str> = everybody.iter().rev().copied().collect();
    let large = [
        hosts.acme.scim.group("Large", &everybody).await,
        hosts.acme.scim.group("Also large", &reversed).await,
    ];
    let small = hosts.acme.scim.group("Small", &[]).await;
    let mut changes = Vec::new();
    for number in 0..8 {
        for group in &large {
            let name = format!("{group} {number}");
            let rename = json!([{"op": "replace", "path": "displayName", "value": name}]);
            changes.push((format!("/Groups/{group}"), rename));
            let title = json!([{"op": "replace", "path": "title", "value": name}]);
            changes.push((format!("/Users/{}", users[number]), title));
        }
        let joins = adding(&[&users[109 - number], &users[number]]);
        changes.push((format!("/Groups/{small}"), joins));
    }
    for answer in patch_all(&hosts, changes).await {
        expect_done(&answer);
    }
    assert_eq!(members(&hosts.acme, &small).await.len(), 16);
    expect_versions(&hosts, &large[0], 9).await;
}

/// A PUT says everything, a PATCH one thing: whatever their order, each is one version, and the last word counts.
async fn replace_against_patch(hosts: Hosts) {
    hosts.acme.run(&Guest::viewer().component()).await;
    let user = hosts.acme.scim.user("ada@northwind.example").await;
    let path = format!("/Users/{user}");
    let mut running = JoinSet::new();
    for number in 0..AT_ONCE {
        let (scim, path) = (hosts.scim(number / 2), path.clone());
        running.spawn(async move {
            if number % 2 == 0 {
                let mut whole = person("ada@northwind.example");
                whole["title"] = format!("Title {number}").into();
                scim.put(&path, &whole).await
            } else {
                let nick = format!("Nick {number}");
                let nick = json!([{"op": "replace", "path": "nickName", "value": nick}]);
                scim.patch(&path, &nick).await
            }
        });
    }
    for answer in running.join_all().await {
        expect_done(&answer);
    }
    expect_versions(&hosts, &user, AT_ONCE + 1).await;
    let events = checked_events(&hosts.acme.operator).await;
    let last = events.iter().rfind(|event| event["type"] == "user.updated");
    let read = hosts.acme.scim.read_user(&user).await;
    for name in ["title", "nickName"] {
        let told = &last.expect("an update")["data"]["resource"];
        assert_eq!(read.get(name), told.get(name), "{name}");
    }
}

/// Fails the test unless the change was made, or came too late.
#[track_caller]
fn expect_done_or_gone(answer: &Answer) {
    assert!(matches!(answer.status, 200 | 204 | 404), "{answer:?}");
}

async fn delete_a_user_against_everything(hosts: Hosts) {
    hosts.acme.run(&Guest::viewer().component()).await;
    for round in 0..4 {
        let name = format!("ada{round}@northwind.example");
        // Older than the user, younger than the user: whose row is taken first differs.
        let group = hosts.acme.scim.group(&format!("Team {round}"), &[]).await;
        let user = hosts.acme.scim.user(&name).await;
        hosts.acme.scim.add_member(&group, &user).await;
        let other = hosts.acme.scim.group(&format!("Other {round}"), &[]).await;
        let mut running = JoinSet::new();
        for number in 0..12 {
            let scim = hosts.scim(number / 4);
            let (user, group, other) = (user.clone(), group.clone(), other.clone());
            running.spawn(async move {
                let path = format!("/Users/{user}");
                match number % 4 {
                    0 => scim.delete(&path).await,
                    1 => {
                        let title = json!([{"op": "replace", "path": "title", "value": number.to_string()}]);
                        scim.patch(&path, &title).await
                    }
                    2 => scim.patch(&format!("/Groups/{group}"), &removing(&[&user])).await,
                    _ => scim.patch(&format!("/Groups/{other}"), &adding(&[&user])).await,
                }
            });
        }
        let mut deleted = 0;
        for answer in running.join_all().await {
            deleted +=
                usize::from(format!("{answer:?}").starts_with("DELETE") && answer.status == 204);
            // Who is gone can't join.
            let cannot_join = answer.status == 400 && answer.text().contains(&user);
            assert!(
                cannot_join || matches!(answer.status, 200 | 204 | 404),
                "{answer:?}"
            );
        }
        assert_eq!(deleted, 1, "round {round}");
        for group in [group, other] {
            assert!(members(&hosts.acme, &group).await.is_empty());
        }
    }
    verify(&hosts.acme.database).await;
}

/// Who deletes takes the user first and then its groups; who renames takes the groups, which are older, first.
async fn users_go_while_their_groups_change(hosts: Hosts) {
    hosts.acme.run(&Guest::viewer().component()).await;
    let mut groups = Vec::new();
    for number in 0..4 {
        groups.push(hosts.acme.scim.group(&format!("Team {number}"), &[]).await);
    }
    let users = users(&hosts, 24).await;
    let everybody: Vec<&str> = users.iter().map(String::as_str).collect();
    for group in &groups {
        let path = format!("/Groups/{group}");
        expect_done(&hosts.acme.scim.patch(&path, &adding(&everybody)).await);
    }
    let mut running = JoinSet::new();
    for user in users {
        let scim = hosts.scim(0);
        running.spawn(async move { scim.delete(&format!("/Users/{user}")).await });
    }
    for number in 0..24 {
        let (scim, group) = (hosts.scim(1), groups[number % 4].clone());
        running.spawn(async move {
            let name = format!("Team {group} {number}");
            let rename = json!([{"op": "replace", "path": "displayName", "value": name}]);
            scim.patch(&format!("/Groups/{group}"), &rename).await
        });
    }
    for answer in running.join_all().await {
        expect_done(&answer);
    }
    for group in &groups {
        assert!(members(&hosts.acme, group).await.is_empty());
    }
}

async fn delete_a_group_against_everything(hosts: Hosts) {
    hosts.acme.run(&Guest::viewer().component()).await;
    let users = users(&hosts, 4).await;
    for round in 0..4 {
        let group = hosts
            .acme
            .scim
            .group(&format!("Team {round}"), &[&users[0]])
            .await;
        let outer = hosts.acme.scim.group(&format!("Outer {round}"), &[]).await;
        let mut running = JoinSet::new();
        for number in 0..16 {
            let scim = hosts.scim(number / 4);
            let (group, outer, user) = (group.clone(), outer.clone(), users[number / 4].clone());
            running.spawn(async move {
                let path = format!("/Groups/{group}");
                match number % 4 {
                    0 => scim.delete(&path).await,
                    1 => scim.patch(&path, &adding(&[&user])).await,
                    2 => scim.patch(&format!("/Groups/{outer}"), &adding(&[&user])).await,
                    _ => {
                        let name = json!([{"op": "replace", "path": "displayName", "value": format!("{group} {number}")}]);
                        scim.patch(&path, &name).await
                    }
                }
            });
        }
        let mut deleted = 0;
        for answer in running.join_all().await {
            deleted +=
                usize::from(format!("{answer:?}").starts_with("DELETE") && answer.status == 204);
            expect_done_or_gone(&answer);
        }
        assert_eq!(deleted, 1, "round {round}");
        for user in &users {
            let read = hosts.acme.scim.read_user(user).await;
            assert!(!read.to_string().contains(&group), "{read}");
        }
        hosts
            .acme
            .scim
            .delete(&format!("/Groups/{outer}"))
            .await
            .expect(204);
    }
    verify(&hosts.acme.database).await;
}

/// Who came second hears so.
fn expect_one_first(answers: Vec<Answer>) {
    let mut first = 0;
    for answer in answers {
        if answer.status == 409 {
            answer.expect_scim_error(409, Some("uniqueness"));
        } else {
            assert!(matches!(answer.status, 200 | 201 | 204), "{answer:?}");
            first += 1;
        }
    }
    assert_eq!(first, 1);
}

async fn names_are_taken_once(hosts: Hosts) {
    let user = |name: &str, external: &str| json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "externalId": external});
    let group = |name: &str| json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name});
    for round in 0..3 {
        let spelt = |number: usize, name: &str| match number % 3 {
            0 => format!("{name}-{round}"),
            1 => format!("{}-{round}", name.to_uppercase()),
            _ => format!("{}{}-{round}", name[..1].to_uppercase(), &name[1..]),
        };
        for what in ["userName", "externalId", "displayName"] {
            let mut running = JoinSet::new();
            for number in 0..AT_ONCE {
                let scim = hosts.scim(number);
                let (path, body) = match what {
                    "userName" => {
                        let name = spelt(number, "ada");
                        ("/Users", user(&name, &format!("name {round} {number}")))
                    }
                    "externalId" => {
                        let name = format!("external {round} {number}");
                        ("/Users", user(&name, &format!("ext {round}")))
                    }
                    _ => ("/Groups", group(&spelt(number, "team"))),
                };
                running.spawn(async move { scim.post(path, &body).await });
            }
            expect_one_first(running.join_all().await);
        }
    }
}

/// Many that exist want one name.
async fn names_are_changed_once(hosts: Hosts) {
    let users = users(&hosts, 8).await;
    let mut groups = Vec::new();
    for number in 0..8 {
        groups.push(hosts.acme.scim.group(&format!("Team {number}"), &[]).await);
    }
    for (kind, ids, name) in [
        ("Users", &users, "userName"),
        ("Users", &users, "externalId"),
        ("Groups", &groups, "displayName"),
    ] {
        let changes = ids.iter().enumerate().map(|(number, id)| {
            let value = match (number % 2, name) {
                (0, "userName" | "displayName") => "WANTED",
                _ => "wanted",
            };
            let change = json!([{"op": "replace", "path": name, "value": value}]);
            (format!("/{kind}/{id}"), change)
        });
        expect_one_first(patch_all(&hosts, changes.collect()).await);
    }
}
