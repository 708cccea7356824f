//! Bugs 7–12: members of groups.

use serde_json::{Value, json};

use crate::support::crowd::nth;
use crate::support::scim::{encode, id};
use crate::support::{Acme, Db, Scim, on_both_databases};

on_both_databases!(
    bug_07_removing_a_list_of_members_removes_everyone,
    bug_08_adding_members_drops_those_not_listed,
    bug_09_several_removals_shift_indexes,
    bug_10_more_than_100_members_are_truncated,
    bug_11_a_large_group_costs_its_size,
    bug_12_adding_a_member_again,
);

/// A group with some users in it, and its path.
struct Team {
    acme: Acme,
    users: Vec<String>,
    path: String,
}

impl Team {
    async fn of(db: Db, size: usize) -> Self {
        let acme = Acme::start(db).await;
        let mut users = Vec::new();
        for n in 0..size {
            let user = json!({"schemas": [], "userName": format!("user-{n}")});
            users.push(id(&acme.scim.create_user(&user).await.expect(201)));
        }
        users.sort();
        let members: Vec<&str> = users.iter().map(String::as_str).collect();
        let path = format!("/Groups/{}", acme.scim.group("Team", &members).await);
        Self { acme, users, path }
    }

    /// Their ids, sorted.
    async fn members(&self) -> Vec<String> {
        let group = self.acme.scim.get(&self.path).await.expect(200);
        let members = group["members"].as_array().cloned().unwrap_or_default();
        let mut ids: Vec<String> = members.iter().map(value).collect();
        ids.sort();
        ids
    }

    async fn patch(&self, operations: &Value) {
        let answer = self.acme.scim.patch(&self.path, operations).await;
        answer.expect_status(204);
    }

    fn all_but(&self, gone: &[usize]) -> Vec<String> {
        let stays = |n: &usize| !gone.contains(n);
        let indexes = (0..self.users.len()).filter(stays);
        indexes.map(|n| self.users[n].clone()).collect()
    }
}

fn value(member: &Value) -> String {
    member["value"]
        .as_str()
        .expect("a member has a value")
        .to_owned()
}

fn named(ids: &[String]) -> Value {
    ids.iter().map(|id| json!({"value": id})).collect()
}

async fn bug_07_removing_a_list_of_members_removes_everyone(db: Db) {
    let team = Team::of(db, 4).await;
    let list = json!([{"$ref": null, "value": team.users[1]}]);
    team.patch(&json!([{"op": "Remove", "path": "members", "value": list}]))
        .await;
    assert_eq!(team.members().await, team.all_but(&[1]));
    team.patch(&json!([{"op": "remove", "path": "members", "value": []}]))
        .await;
    assert_eq!(team.members().await, team.all_but(&[1]), "a list of nobody");
    team.patch(&json!([{"op": "remove", "path": "members", "value": {"value": team.users[2]}}]))
        .await;
    assert_eq!(team.members().await, team.all_but(&[1, 2]));
}

async fn bug_08_adding_members_drops_those_not_listed(db: Db) {
    let team = Team::of(db, 3).await;
    let newcomer = team.acme.scim.user("new@northwind.example").await;
    let add = json!([{"op": "Add", "path": "members", "value": [{"value": newcomer}]}]);
    team.patch(&add).await;
    let mut everybody = team.users.clone();
    everybody.push(newcomer.clone());
    everybody.sort();
    assert_eq!(team.members().await, everybody, "add is a union");
    let replace = json!([{"op": "replace", "path": "members", "value": [{"value": newcomer}]}]);
    team.patch(&replace).await;
    assert_eq!(team.members().await, [newcomer], "replace is not");
    team.patch(&json!([{"op": "replace", "value": {"members": []}}]))
        .await;
    assert_eq!(
        team.members().await,
        [""; 0],
        "Okta's push of an empty group"
    );
}

async fn bug_09_several_removals_shift_indexes(db: Db) {
    let team = Team::of(db, 6).await;
    let gone = [0, 1, 4];
    let operations: Vec<Value> = gone
        .iter()
        .map(|n| json!({"op": "remove", "path": format!("members[value eq \"{}\"]", team.users[*n])}))
        .collect();
    team.patch(&json!(operations)).await;
    assert_eq!(team.members().await, team.all_but(&gone));
}

async fn bug_10_more_than_100_members_are_truncated(db: Db) {
    let team = Team::of(db, 130).await;
    assert_eq!(team.members().await, team.users);
    let newcomer = team.acme.scim.user("new@northwind.example").await;
    team.acme
        .scim
        .add_member(team.path.trim_start_matches("/Groups/"), &newcomer)
        .await;
    assert_eq!(team.members().await.len(), 131, "nobody had to go");
    let put = json!({"displayName": "Team", "members": named(&team.users)});
    let group = team.acme.scim.put(&team.path, &put).await.expect(200);
    assert_eq!(group["members"].as_array().map(Vec::len), Some(130));
    assert_eq!(team.members().await, team.users);
}

/// What concerns one member, or none, costs next to nothing of what all 100,000 of them cost who reads them.
async fn bug_11_a_large_group_costs_its_size(db: Db) {
    const MEMBERS: usize = 100_000;
    let Team {
        mut acme,
        users,
        path,
    } = Team::of(db, 2).await;
    let settings = acme.connection.path("");
    let undecided = json!({"decide": false});
    acme.operator.patch(&settings, &undecided).await.expect(200);
    let group = path.trim_start_matches("/Groups/").to_owned();
    acme.crowd(1..=MEMBERS).await;
    acme.crowd_into(&group, 1..=MEMBERS).await;
    let newcomer = acme.scim.user("new@northwind.example").await;

    let whole = async |scim: &Scim| {
        let group = scim.get(&path).await.expect(200);
        let members = group["members"].as_array().map(Vec::len);
        assert_eq!(members, Some(MEMBERS + 2));
    };
    let whole = acme.cost(whole).await;
    let leave = format!("members[value eq \"{}\"]", users[0]);
    for operation in [
        json!({"op": "add", "path": "members", "value": [{"value": newcomer}]}),
        json!({"op": "remove", "path": leave}),
        json!({"op": "remove", "path": "members", "value": [{"value": nth(MEMBERS / 2)}]}),
    ] {
        let patch = async |scim: &Scim| {
            let answer = scim.patch(&path, &json!([operation])).await;
            answer.expect_status(204);
            assert!(answer.body.is_empty());
        };
        let cost = acme.cost(patch).await;
        assert!(cost * 20 < whole, "{operation}: {cost} of {whole}");
    }
    let has = |number: usize| encode(&format!("members[value eq \"{}\"]", nth(number)));
    let slim = "excludedAttributes=members";
    for (query, found) in [
        (format!("?{slim}"), vec!["Team"]),
        (format!("?{slim}&filter={}", has(MEMBERS)), vec!["Team"]),
        (format!("?{slim}&filter={}", has(MEMBERS / 2)), vec![]),
        (
            format!("?{slim}&filter={}", encode("displayName sw \"T\"")),
            vec!["Team"],
        ),
    ] {
        let list = async |scim: &Scim| {
            let list = scim.get(&format!("/Groups{query}")).await.expect(200);
            assert_eq!(list["totalResults"], found.len());
            let groups = list["Resources"].as_array().map_or(&[][..], Vec::as_slice);
            for (group, name) in groups.iter().zip(found) {
                assert_eq!(group["displayName"], name);
                assert_eq!(group.get("members"), None);
            }
        };
        let cost = acme.cost(list).await;
        assert!(cost * 20 < whole, "{query}: {cost} of {whole}");
    }
    let get = async |scim: &Scim| {
        let group = scim.get(&format!("{path}?{slim}")).await.expect(200);
        assert_eq!(group.get("members"), None);
    };
    let cost = acme.cost(get).await;
    assert!(cost * 20 < whole, "{slim}: {cost} of {whole}");
    let page = async |scim: &Scim| {
        let members = encode(&format!("groups.value eq \"{group}\""));
        let page = format!("/Users?filter={members}&cursor=&count=5");
        let page = scim.get(&page).await.expect(200);
        assert_eq!(page["Resources"].as_array().map(Vec::len), Some(5));
    };
    let cost = acme.cost(page).await;
    assert!(cost * 20 < whole, "a page of members: {cost} of {whole}");
    acme.server.restart().await;
    acme.reconnect();
    let members = acme.scim.get(&path).await.expect(200);
    assert_eq!(
        members["members"].as_array().map(Vec::len),
        Some(MEMBERS + 1)
    );
}

async fn bug_12_adding_a_member_again(db: Db) {
    let team = Team::of(db, 2).await;
    let version = async || {
        let group = team.acme.scim.get(&team.path).await.expect(200);
        group["meta"]["version"].clone()
    };
    let before = version().await;
    let again = json!([{"op": "add", "path": "members", "value": [{"value": team.users[0]}, {"value": team.users[0]}]}]);
    team.patch(&again).await;
    let stranger = json!([{"op": "remove", "path": "members[value eq \"nobody\"]"}]);
    team.patch(&stranger).await;
    assert_eq!(team.members().await, team.users);
    assert_eq!(version().await, before, "nothing happened");
}
