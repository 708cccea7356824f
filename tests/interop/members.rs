//! Bugs 7–12: members of groups.

use serde_json::{Value, json};

use crate::support::scim::id;
use crate::support::{Acme, Db, on_both_databases};

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

/// What a PATCH answers, and what a reader without interest in members gets, doesn't grow with the group.
async fn bug_11_a_large_group_costs_its_size(db: Db) {
    let team = Team::of(db, 110).await;
    let newcomer = team.acme.scim.user("new@northwind.example").await;
    let operations = json!([
        {"op": "replace", "value": {"displayName": "Crew"}},
        {"op": "add", "path": "members", "value": [{"value": newcomer}]},
        {"op": "remove", "path": format!("members[value eq \"{}\"]", team.users[0])},
    ]);
    let answer = team.acme.scim.patch(&team.path, &operations).await;
    answer.expect_status(204);
    assert!(answer.body.is_empty());
    let slim = format!("{}?excludedAttributes=members", team.path);
    let slim = team.acme.scim.get(&slim).await.expect(200);
    assert_eq!(
        (&slim["displayName"], slim.get("members")),
        (&json!("Crew"), None)
    );
    assert_eq!(team.members().await.len(), 110);
    let group = team.path.trim_start_matches("/Groups/");
    let filter = format!("groups.value eq \"{group}\"");
    assert_eq!(team.acme.scim.count(&filter).await, 110);
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
