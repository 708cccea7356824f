//! Invariant 7, where it is hardest: a decision is under way, and what it rests on changes and commits before it.
//!
//! The plugin takes its time over users with a long document, so that the slow change has been read and is being
//! decided while the quick one comes and goes. Whichever commits second must have seen the first.

use serde_json::{Value, json};

use crate::support::guest::{LONG, grant};
use crate::support::hosts::{Hosts, adding, expect_done, on_one_host_and_two, removing};
use crate::support::scim::id;
use crate::support::{Guest, Scim};

on_one_host_and_two!(
    a_user_that_changes_joins,
    a_user_that_changes_leaves,
    a_user_that_changes_is_nested,
    a_user_that_changes_is_nested_no_more,
    who_joins_a_group_that_is_nested,
    who_joins_a_group_that_is_nested_no_more,
    who_joins_a_group_whose_members_are_nested,
    who_joins_a_group_whose_members_are_nested_no_more,
    who_joins_a_crowd_that_is_nested,
    who_joins_a_crowd_that_is_nested_no_more,
    two_halves_of_a_circle,
    three_thirds_of_a_circle,
);

/// Each overlap is tried so often, and the quick change starts a little later each time.
const ROUNDS: usize = 5;

const VIEWER: [&str; 1] = ["northwind role viewer"];
const ADMIN: [&str; 2] = ["northwind role admin", "northwind role viewer"];

/// A group that makes admins, another that may be in it, and what decides about them.
struct Stage {
    hosts: Hosts,
    admins: String,
    team: String,
}

impl Stage {
    async fn set(hosts: Hosts) -> Self {
        let scim = &hosts.acme.scim;
        let (admins, team) = (
            scim.group("Admins", &[]).await,
            scim.group("Team", &[]).await,
        );
        let slow = Guest::viewer()
            .roles(crate::support::guest::Act::Grants(vec![
                grant("northwind", "role", "viewer", &[]),
                grant("northwind", "role", "admin", &[&admins]),
            ]))
            .slowly();
        hosts.acme.run(&slow.component()).await;
        Self {
            hosts,
            admins,
            team,
        }
    }

    async fn user(&self, name: &str, title: &str) -> String {
        let user = json!({"schemas": [], "userName": name, "title": title});
        id(&self.hosts.acme.scim.create_user(&user).await.expect(201))
    }

    async fn quick_user(&self, name: &str) -> String {
        self.user(name, "Lead").await
    }

    async fn slow_user(&self, name: &str) -> String {
        self.user(name, &"x".repeat(LONG)).await
    }

    /// Changes one group or user slowly, and another quickly meanwhile.
    async fn overlap(&self, round: usize, slow: (&str, Value), quick: (&str, Value)) {
        let (at_leisure, in_haste) = (self.hosts.scim(round), self.hosts.scim(round + 1));
        let (path, change) = slow;
        let path = path.to_owned();
        let slow = tokio::spawn(async move { at_leisure.patch(&path, &change).await });
        for _ in 0..=round {
            in_haste.get("/Users?count=0").await.expect(200);
        }
        expect_done(&in_haste.patch(quick.0, &quick.1).await);
        expect_done(&slow.await.expect("an answer"));
    }

    async fn expect(&self, user: &str, grants: &[&str], round: usize) {
        let found = self.hosts.acme.operator.grants(user).await;
        assert_eq!(found, grants, "round {round}");
    }

    fn admins(&self) -> String {
        format!("/Groups/{}", self.admins)
    }

    fn team(&self) -> String {
        format!("/Groups/{}", self.team)
    }
}

fn long_title() -> Value {
    json!([{"op": "replace", "path": "title", "value": "x".repeat(LONG)}])
}

async fn a_user_that_changes_joins(hosts: Hosts) {
    let stage = Stage::set(hosts).await;
    for round in 0..ROUNDS {
        let user = stage.quick_user(&format!("user{round}")).await;
        let path = format!("/Users/{user}");
        let joins = adding(&[&user]);
        stage
            .overlap(round, (&path, long_title()), (&stage.admins(), joins))
            .await;
        stage.expect(&user, &ADMIN, round).await;
    }
}

async fn a_user_that_changes_leaves(hosts: Hosts) {
    let stage = Stage::set(hosts).await;
    for round in 0..ROUNDS {
        let user = stage.quick_user(&format!("user{round}")).await;
        let scim = stage.hosts.scim(round);
        scim.add_member(&stage.admins, &user).await;
        stage.expect(&user, &ADMIN, round).await;
        let path = format!("/Users/{user}");
        let leaves = removing(&[&user]);
        stage
            .overlap(round, (&path, long_title()), (&stage.admins(), leaves))
            .await;
        stage.expect(&user, &VIEWER, round).await;
    }
}

async fn a_user_that_changes_is_nested(hosts: Hosts) {
    let stage = Stage::set(hosts).await;
    for round in 0..ROUNDS {
        let user = stage.quick_user(&format!("user{round}")).await;
        let scim = stage.hosts.scim(round);
        scim.add_member(&stage.team, &user).await;
        let path = format!("/Users/{user}");
        let nested = adding(&[&stage.team]);
        stage
            .overlap(round, (&path, long_title()), (&stage.admins(), nested))
            .await;
        stage.expect(&user, &ADMIN, round).await;
        scim.remove_member(&stage.team, &user).await;
        scim.remove_member(&stage.admins, &stage.team).await;
    }
}

async fn a_user_that_changes_is_nested_no_more(hosts: Hosts) {
    let stage = Stage::set(hosts).await;
    for round in 0..ROUNDS {
        let user = stage.quick_user(&format!("user{round}")).await;
        let scim = stage.hosts.scim(round);
        scim.add_member(&stage.admins, &stage.team).await;
        scim.add_member(&stage.team, &user).await;
        stage.expect(&user, &ADMIN, round).await;
        let path = format!("/Users/{user}");
        let alone = removing(&[&stage.team]);
        stage
            .overlap(round, (&path, long_title()), (&stage.admins(), alone))
            .await;
        stage.expect(&user, &VIEWER, round).await;
        scim.remove_member(&stage.team, &user).await;
    }
}

/// The join is slow; it rests on what the group it joins is in.
async fn who_joins_a_group_that_is_nested(hosts: Hosts) {
    let stage = Stage::set(hosts).await;
    for round in 0..ROUNDS {
        let user = stage.slow_user(&format!("user{round}")).await;
        let (joins, nested) = (adding(&[&user]), adding(&[&stage.team]));
        stage
            .overlap(round, (&stage.team(), joins), (&stage.admins(), nested))
            .await;
        stage.expect(&user, &ADMIN, round).await;
        let scim = stage.hosts.scim(round);
        scim.remove_member(&stage.team, &user).await;
        scim.remove_member(&stage.admins, &stage.team).await;
    }
}

async fn who_joins_a_group_that_is_nested_no_more(hosts: Hosts) {
    let stage = Stage::set(hosts).await;
    for round in 0..ROUNDS {
        let user = stage.slow_user(&format!("user{round}")).await;
        let scim = stage.hosts.scim(round);
        scim.add_member(&stage.admins, &stage.team).await;
        let (joins, alone) = (adding(&[&user]), removing(&[&stage.team]));
        stage
            .overlap(round, (&stage.team(), joins), (&stage.admins(), alone))
            .await;
        stage.expect(&user, &VIEWER, round).await;
        scim.remove_member(&stage.team, &user).await;
    }
}

/// The nesting is slow, because of somebody else; it rests on who is in the group.
async fn who_joins_a_group_whose_members_are_nested(hosts: Hosts) {
    let stage = Stage::set(hosts).await;
    let other = stage.slow_user("other").await;
    stage.hosts.scim(0).add_member(&stage.team, &other).await;
    for round in 0..ROUNDS {
        let user = stage.quick_user(&format!("user{round}")).await;
        let (nested, joins) = (adding(&[&stage.team]), adding(&[&user]));
        stage
            .overlap(round, (&stage.admins(), nested), (&stage.team(), joins))
            .await;
        stage.expect(&user, &ADMIN, round).await;
        stage.expect(&other, &ADMIN, round).await;
        let scim = stage.hosts.scim(round);
        scim.remove_member(&stage.team, &user).await;
        scim.remove_member(&stage.admins, &stage.team).await;
    }
}

async fn who_joins_a_group_whose_members_are_nested_no_more(hosts: Hosts) {
    let stage = Stage::set(hosts).await;
    let other = stage.slow_user("other").await;
    stage.hosts.scim(0).add_member(&stage.team, &other).await;
    for round in 0..ROUNDS {
        let user = stage.quick_user(&format!("user{round}")).await;
        let scim = stage.hosts.scim(round);
        scim.add_member(&stage.admins, &stage.team).await;
        let (alone, joins) = (removing(&[&stage.team]), adding(&[&user]));
        stage
            .overlap(round, (&stage.admins(), alone), (&stage.team(), joins))
            .await;
        stage.expect(&user, &VIEWER, round).await;
        stage.expect(&other, &VIEWER, round).await;
        scim.remove_member(&stage.team, &user).await;
    }
}

/// More than are decided before the commit.
async fn crowd(scim: &Scim) -> Vec<String> {
    let mut users = Vec::new();
    for number in 0..101 {
        let user = json!({"schemas": [], "userName": format!("crowd{number}")});
        users.push(id(&scim.create_user(&user).await.expect(201)));
    }
    users
}

async fn who_joins_a_crowd_that_is_nested(hosts: Hosts) {
    let stage = Stage::set(hosts).await;
    let crowd = crowd(&stage.hosts.scim(0)).await;
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    expect_done(
        &stage
            .hosts
            .scim(0)
            .patch(&stage.team(), &adding(&crowd))
            .await,
    );
    for (round, one_of_them) in crowd.iter().take(ROUNDS).enumerate() {
        let user = stage.slow_user(&format!("user{round}")).await;
        let (joins, nested) = (adding(&[&user]), adding(&[&stage.team]));
        stage
            .overlap(round, (&stage.team(), joins), (&stage.admins(), nested))
            .await;
        stage.eventually(&user, &ADMIN).await;
        let scim = stage.hosts.scim(round);
        scim.remove_member(&stage.team, &user).await;
        scim.remove_member(&stage.admins, &stage.team).await;
        stage.expect(one_of_them, &VIEWER, round).await;
    }
}

async fn who_joins_a_crowd_that_is_nested_no_more(hosts: Hosts) {
    let stage = Stage::set(hosts).await;
    let crowd = crowd(&stage.hosts.scim(0)).await;
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    expect_done(
        &stage
            .hosts
            .scim(0)
            .patch(&stage.team(), &adding(&crowd))
            .await,
    );
    for (round, one_of_them) in crowd.iter().take(ROUNDS).enumerate() {
        let user = stage.slow_user(&format!("user{round}")).await;
        let scim = stage.hosts.scim(round);
        scim.add_member(&stage.admins, &stage.team).await;
        let (joins, alone) = (adding(&[&user]), removing(&[&stage.team]));
        stage
            .overlap(round, (&stage.team(), joins), (&stage.admins(), alone))
            .await;
        // Nobody waits for a worker to lose something.
        stage.expect(&user, &VIEWER, round).await;
        stage.expect(one_of_them, &VIEWER, round).await;
        scim.remove_member(&stage.team, &user).await;
    }
}

impl Stage {
    /// What a large change gives comes when the workers have decided.
    async fn eventually(&self, user: &str, grants: &[&str]) {
        crate::support::eventually("the worker", async || {
            let found = self.hosts.acme.operator.grants(user).await;
            (found == grants).then_some(())
        })
        .await;
    }
}

/// Each group gets another, all at once, and takes its time because of its member. One must lose, and whoever wins
/// is decided with what came of it.
async fn close_a_circle(stage: Stage, size: usize) {
    let scim = stage.hosts.scim(0);
    for round in 0..ROUNDS {
        let mut groups = Vec::new();
        for number in 0..size {
            let user = stage.slow_user(&format!("user{round}-{number}")).await;
            groups.push(
                scim.group(&format!("Ring {round}-{number}"), &[&user])
                    .await,
            );
        }
        let mut changes = tokio::task::JoinSet::new();
        for number in 0..size {
            let scim = stage.hosts.scim(round + number);
            let path = format!("/Groups/{}", groups[number]);
            let next = adding(&[&groups[(number + 1) % size]]);
            changes.spawn(async move { scim.patch(&path, &next).await });
        }
        let mut refused = 0;
        for answer in changes.join_all().await {
            if answer.status == 400 {
                let detail = answer.expect_scim_error(400, Some("invalidValue"));
                for number in 0..size {
                    let name = format!("\"Ring {round}-{number}\"");
                    assert!(detail.contains(&name), "{detail}");
                }
                refused += 1;
            } else {
                expect_done(&answer);
            }
        }
        assert_eq!(refused, 1, "round {round}");
    }
}

async fn two_halves_of_a_circle(hosts: Hosts) {
    close_a_circle(Stage::set(hosts).await, 2).await;
}

async fn three_thirds_of_a_circle(hosts: Hosts) {
    close_a_circle(Stage::set(hosts).await, 3).await;
}
