//! Invariant 4 through groups in groups: who stops being in a group, wherever the way to it breaks, loses what came
//! from it in the same transaction; who is still in it by another way keeps it. No plugin runs: they have all broken.

use serde_json::{Value, json};

use crate::support::chain::settled_events;
use crate::support::guest::{Act, grant, placement};
use crate::support::hosts::{adding, expect_done, removing};
use crate::support::scim::id;
use crate::support::{Acme, Db, Guest, Scim, on_both_databases};

on_both_databases!(
    leave_the_innermost_group,
    the_innermost_group_leaves,
    a_group_on_the_way_leaves,
    delete_the_innermost_group,
    delete_a_group_on_the_way,
    delete_the_outermost_group,
    replace_the_outermost_group,
    by_another_way,
    a_crowd_leaves_with_its_group,
    a_crowd_whose_group_is_deleted,
    a_crowd_below_a_group_that_is_deleted,
    a_crowd_leaves_its_group,
    a_placement_through_a_nested_group,
);

const BOTH: [&str; 2] = ["northwind role admin", "northwind role viewer"];
const VIEWER: [&str; 1] = ["northwind role viewer"];

/// Users in a team, which is in a department, which is in the group that makes admins.
struct House {
    acme: Acme,
    users: Vec<String>,
    team: String,
    department: String,
    admins: String,
}

impl House {
    async fn of(db: Db, size: usize) -> Self {
        let acme = Acme::start(db).await;
        let mut users = Vec::new();
        for number in 0..size {
            let user = json!({"schemas": [], "userName": format!("user{number}")});
            users.push(id(&acme.scim.create_user(&user).await.expect(201)));
        }
        let members: Vec<&str> = users.iter().map(String::as_str).collect();
        let team = acme.scim.group("Team", &members).await;
        let department = acme.scim.group("Department", &[&team]).await;
        let admins = acme.scim.group("Admins", &[&department]).await;
        let house = Self {
            acme,
            users,
            team,
            department,
            admins,
        };
        let working = Guest::viewer().roles(Act::Grants(vec![
            grant("northwind", "role", "viewer", &[]),
            grant("northwind", "role", "admin", &[&house.admins]),
        ]));
        house.acme.run(&working.breakable().component()).await;
        let members: Vec<&str> = house.users.iter().map(String::as_str).collect();
        house.acme.break_mapping(&members).await;
        house.expect(&BOTH).await;
        house
    }

    fn scim(&self) -> &Scim {
        &self.acme.scim
    }

    async fn patch(&self, group: &str, operations: &Value) {
        let path = format!("/Groups/{group}");
        expect_done(&self.scim().patch(&path, operations).await);
    }

    async fn delete(&self, group: &str) {
        let path = format!("/Groups/{group}");
        self.scim().delete(&path).await.expect(204);
    }

    /// What everybody is granted.
    async fn expect(&self, grants: &[&str]) {
        for user in &self.users {
            assert_eq!(self.acme.operator.grants(user).await, grants);
        }
    }

    /// Everybody lost what came from the group, in the transaction of the last change of a group.
    async fn expect_left(&self) {
        self.expect(&VIEWER).await;
        self.expect_ended(self.users.len()).await;
    }

    async fn expect_ended(&self, count: usize) {
        let events = settled_events(&self.acme.operator, 0).await;
        let of_group = |event: &&Value| {
            let kind = event["type"].as_str();
            matches!(kind, Some("group.updated" | "group.deleted"))
        };
        let at = &events.iter().rfind(of_group).expect("the group's event")["at"];
        let ended = events.iter().filter(|event| {
            event["type"] == "access.changed"
                && event["at"] == *at
                && event["data"]["lost"].to_string().contains("\"admin\"")
        });
        assert_eq!(ended.count(), count, "in the same transaction");
    }
}

/// More than one request decides.
const MANY: usize = 101;

async fn leave_the_innermost_group(db: Db) {
    let house = House::of(db, 1).await;
    house
        .patch(&house.team, &removing(&[&house.users[0]]))
        .await;
    house.expect_left().await;
}

async fn the_innermost_group_leaves(db: Db) {
    let house = House::of(db, 2).await;
    house
        .patch(&house.department, &removing(&[&house.team]))
        .await;
    house.expect_left().await;
}

async fn a_group_on_the_way_leaves(db: Db) {
    let house = House::of(db, 2).await;
    house
        .patch(&house.admins, &removing(&[&house.department]))
        .await;
    house.expect_left().await;
}

async fn delete_the_innermost_group(db: Db) {
    let house = House::of(db, 2).await;
    house.delete(&house.team).await;
    house.expect_left().await;
}

async fn delete_a_group_on_the_way(db: Db) {
    let house = House::of(db, 2).await;
    house.delete(&house.department).await;
    house.expect_left().await;
}

async fn delete_the_outermost_group(db: Db) {
    let house = House::of(db, 2).await;
    house.delete(&house.admins).await;
    house.expect_left().await;
}

async fn replace_the_outermost_group(db: Db) {
    let house = House::of(db, 2).await;
    let empty = json!({"schemas": [], "displayName": "Admins"});
    let path = format!("/Groups/{}", house.admins);
    house.scim().put(&path, &empty).await.expect(200);
    house.expect_left().await;
}

/// A grant ends with the last way to its group.
async fn by_another_way(db: Db) {
    let house = House::of(db, 1).await;
    let user = house.users[0].as_str();
    house
        .patch(&house.admins, &adding(&[&house.team, user]))
        .await;
    house.expect(&BOTH).await;
    house.delete(&house.department).await;
    house.expect(&BOTH).await;
    house.patch(&house.admins, &removing(&[user])).await;
    house.expect(&BOTH).await;
    house.patch(&house.team, &removing(&[user])).await;
    house.expect_left().await;
}

/// Two of a crowd are in the group by ways of their own.
async fn stay_by_other_ways(house: &mut House) -> Vec<String> {
    let stay = house.users.split_off(house.users.len() - 2);
    let others = house.scim().group("Others", &[&stay[1]]).await;
    house
        .patch(&house.admins, &adding(&[&stay[0], &others]))
        .await;
    stay
}

async fn expect_stayed(house: &House, stay: &[String]) {
    house.expect_left().await;
    for user in stay {
        assert_eq!(house.acme.operator.grants(user).await, BOTH);
    }
}

async fn a_crowd_leaves_with_its_group(db: Db) {
    let mut house = House::of(db, MANY + 2).await;
    let stay = stay_by_other_ways(&mut house).await;
    house
        .patch(&house.admins, &removing(&[&house.department]))
        .await;
    expect_stayed(&house, &stay).await;
}

async fn a_crowd_whose_group_is_deleted(db: Db) {
    let mut house = House::of(db, MANY + 2).await;
    let stay = stay_by_other_ways(&mut house).await;
    house.delete(&house.team).await;
    expect_stayed(&house, &stay).await;
}

async fn a_crowd_below_a_group_that_is_deleted(db: Db) {
    let house = House::of(db, MANY).await;
    let admins = [house.department.as_str(), &house.users[0]];
    house.patch(&house.admins, &adding(&admins)).await;
    house.delete(&house.admins).await;
    house.expect_left().await;
}

async fn a_crowd_leaves_its_group(db: Db) {
    let mut house = House::of(db, MANY + 2).await;
    let stay = stay_by_other_ways(&mut house).await;
    let empty = json!([{"op": "replace", "path": "members", "value": []}]);
    house.patch(&house.team, &empty).await;
    expect_stayed(&house, &stay).await;
}

/// A placement ends like a grant, and what was granted there with it.
async fn a_placement_through_a_nested_group(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let team = acme.scim.group("Team", &[&user]).await;
    let emea = acme.scim.group("Emea", &[&team]).await;
    let placed = Guest::viewer()
        .tenants(Act::Placements(vec![placement("northwind-emea", &[&emea])]))
        .roles(Act::Grants(vec![grant(
            "northwind-emea",
            "role",
            "viewer",
            &[],
        )]));
    acme.run(&placed.component()).await;
    acme.run(&Guest::viewer().tenants(Act::Trap).component())
        .await;
    assert_eq!(
        acme.operator.grants(&user).await,
        ["northwind-emea role viewer"]
    );
    acme.scim.remove_member(&emea, &team).await;
    assert_eq!(acme.operator.grants(&user).await, [""; 0]);
}
