//! Invariant 4: Leaving always works: it ends access in the same transaction, runs no plugin, and nothing a
//! plugin does or fails to do can keep anyone in.

use serde_json::json;
use tokio::task::JoinSet;

use crate::support::acme::every_slot;
use crate::support::chain::settled_events;
use crate::support::guest::{Act, grant, placement};
use crate::support::scim::person;
use crate::support::{Acme, Db, Guest, on_both_databases};

on_both_databases!(
    patch_inactive,
    put_inactive,
    delete_user,
    delete_connection,
    disable_tenant,
    leave_a_group,
    leave_a_group_by_replacing_it,
    delete_a_group,
    a_grant_ends_with_its_placement,
    leave_a_large_group,
    delete_a_large_group,
    disable_a_tenant_above,
    come_back,
    a_plugin_that_goes_on_claiming_the_group,
);

/// A member of a group who is admin by it and viewer without it, and a mapping in force that has
/// since broken: whatever is asked of it, it loops.
struct Member {
    acme: Acme,
    user: String,
    group: String,
}

const BOTH: [&str; 2] = ["northwind role admin", "northwind role viewer"];

fn admin_by(group: &str) -> Guest {
    Guest::viewer().roles(Act::Grants(vec![
        grant("northwind", "role", "viewer", &[]),
        grant("northwind", "role", "admin", &[group]),
    ]))
}

impl Member {
    async fn with_broken_mapping(db: Db) -> Self {
        let member = Self::with_working_mapping(db).await;
        let broken = Guest::viewer()
            .attributes(Act::Spin)
            .tenants(Act::Trap)
            .roles(Act::Trap)
            .component();
        member.acme.run(&broken).await;
        assert_eq!(
            member.grants().await,
            BOTH,
            "the last good decision stays in force"
        );
        member
    }

    async fn with_working_mapping(db: Db) -> Self {
        let acme = Acme::start(db).await;
        let user = acme.scim.user("ada@northwind.example").await;
        let group = acme.scim.group("Admins", &[&user]).await;
        acme.run(&admin_by(&group).component()).await;
        let member = Self { acme, user, group };
        assert_eq!(member.grants().await, BOTH);
        member
    }

    async fn grants(&self) -> Vec<String> {
        self.acme.operator.grants(&self.user).await
    }

    /// Fails unless the product would turn the user away everywhere, right now.
    async fn expect_no_access(&self) {
        for what in [
            json!({"role": "viewer"}),
            json!({"role": "admin"}),
            json!({"permission": "reports.read"}),
        ] {
            let allowed = self
                .acme
                .operator
                .allows(&self.user, "northwind", &what)
                .await;
            assert!(!allowed, "{what} is still allowed");
        }
        let listed = self
            .acme
            .operator
            .get("/v1/users?tenant=northwind")
            .await
            .expect(200);
        assert_eq!(listed["data"], json!([]), "somebody is still seen there");
    }
}

async fn patch_inactive(db: Db) {
    let member = Member::with_broken_mapping(db).await;
    member.acme.scim.set_active(&member.user, false).await;
    member.expect_no_access().await;
    assert_eq!(member.grants().await, [""; 0]);
}

async fn put_inactive(db: Db) {
    let member = Member::with_broken_mapping(db).await;
    let mut user = person("ada@northwind.example");
    user["active"] = false.into();
    member
        .acme
        .scim
        .put(&format!("/Users/{}", member.user), &user)
        .await
        .expect(200);
    member.expect_no_access().await;
}

async fn delete_user(db: Db) {
    let member = Member::with_broken_mapping(db).await;
    member
        .acme
        .scim
        .delete(&format!("/Users/{}", member.user))
        .await
        .expect(204);
    member.expect_no_access().await;
    member
        .acme
        .scim
        .get(&format!("/Users/{}", member.user))
        .await
        .expect_scim_error(404, None);
}

async fn delete_connection(db: Db) {
    let member = Member::with_broken_mapping(db).await;
    member
        .acme
        .operator
        .delete(&member.acme.connection.path(""))
        .await
        .expect(204);
    member.expect_no_access().await;
    member
        .acme
        .scim
        .get("/Users")
        .await
        .expect_scim_error(401, None);
}

async fn disable_tenant(db: Db) {
    let member = Member::with_broken_mapping(db).await;
    member
        .acme
        .operator
        .patch("/v1/tenants/northwind", &json!({"disabled": true}))
        .await
        .expect(200);
    member.expect_no_access().await;
}

async fn leave_a_group(db: Db) {
    let member = Member::with_broken_mapping(db).await;
    member
        .acme
        .scim
        .remove_member(&member.group, &member.user)
        .await;
    assert_eq!(member.grants().await, ["northwind role viewer"]);
}

async fn leave_a_group_by_replacing_it(db: Db) {
    let member = Member::with_broken_mapping(db).await;
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Admins",
        "members": [],
    });
    member
        .acme
        .scim
        .put(&format!("/Groups/{}", member.group), &group)
        .await
        .expect(200);
    assert_eq!(member.grants().await, ["northwind role viewer"]);
}

async fn delete_a_group(db: Db) {
    let member = Member::with_broken_mapping(db).await;
    member
        .acme
        .scim
        .delete(&format!("/Groups/{}", member.group))
        .await
        .expect(204);
    assert_eq!(member.grants().await, ["northwind role viewer"]);
}

/// Reactivation decides again: what comes back is what the mapping says then.
async fn come_back(db: Db) {
    let member = Member::with_working_mapping(db).await;
    member.acme.scim.set_active(&member.user, false).await;
    member.expect_no_access().await;
    member
        .acme
        .scim
        .remove_member(&member.group, &member.user)
        .await;
    member.acme.scim.set_active(&member.user, true).await;
    assert_eq!(member.grants().await, ["northwind role viewer"]);
}

/// The decision after the group change still claims the group: the host knows better.
async fn a_plugin_that_goes_on_claiming_the_group(db: Db) {
    let member = Member::with_working_mapping(db).await;
    let claims = Guest::viewer()
        .tenants(Act::Placements(vec![
            placement("northwind", &[]),
            placement("northwind-emea", &[&member.group]),
        ]))
        .roles(Act::Grants(vec![
            grant("northwind", "role", "admin", &[&member.group]),
            grant("northwind-emea", "role", "viewer", &[]),
        ]));
    member.acme.run(&claims.component()).await;
    assert_eq!(
        member.grants().await,
        ["northwind role admin", "northwind-emea role viewer"]
    );

    member
        .acme
        .scim
        .remove_member(&member.group, &member.user)
        .await;
    assert_eq!(
        member.grants().await,
        [""; 0],
        "without the placement no grant there either"
    );

    let digest = member.acme.operator.plugin(&claims.component()).await;
    member
        .acme
        .operator
        .remap(&member.acme.connection, &every_slot(&digest))
        .await;
    assert_eq!(member.grants().await, [""; 0]);
}

/// More members than one request decides: leaving does not wait for the deciding.
const MANY: usize = 101;

struct Crowd {
    acme: Acme,
    users: Vec<String>,
    group: String,
}

impl Crowd {
    /// Everybody is admin by the group, and the mapping has since broken: its circuit breaker is open.
    async fn gather(db: Db) -> Self {
        let acme = Acme::start(db).await;
        let mut users = Vec::new();
        // A few at a time: the crowd is not to be a storm.
        while users.len() < MANY {
            let mut joining = JoinSet::new();
            for number in users.len()..MANY.min(users.len() + 8) {
                let scim = acme.scim.clone();
                let name = format!("user{number}@northwind.example");
                joining.spawn(async move { scim.user(&name).await });
            }
            users.extend(joining.join_all().await);
        }
        let members: Vec<_> = users.iter().map(String::as_str).collect();
        let group = acme.scim.group("Admins", &members).await;
        acme.run(&admin_by(&group).breakable().component()).await;
        acme.break_mapping(&members).await;
        let crowd = Self { acme, users, group };
        assert_eq!(crowd.admins().await, MANY);
        crowd
    }

    async fn admins(&self) -> usize {
        let mut admins = 0;
        for user in &self.users {
            let is_admin = json!({"role": "admin"});
            let operator = &self.acme.operator;
            admins += usize::from(operator.allows(user, "northwind", &is_admin).await);
        }
        admins
    }

    /// Told by the events of the request itself: nothing decided later writes to them.
    async fn expect_left(&self) {
        assert_eq!(self.admins().await, 0);
        let events = settled_events(&self.acme.operator, 0).await;
        let left = events
            .iter()
            .rposition(|event| {
                matches!(
                    event["type"].as_str(),
                    Some("group.updated" | "group.deleted")
                )
            })
            .expect("the group's own event");
        let at = &events[left]["at"];
        let ended = events.iter().filter(|event| {
            event["type"] == "access.changed"
                && event["at"] == *at
                && event["data"]["lost"].to_string().contains("\"admin\"")
        });
        assert_eq!(ended.count(), MANY, "in the same transaction");
    }
}

async fn leave_a_large_group(db: Db) {
    let crowd = Crowd::gather(db).await;
    let empty = json!([{"op": "replace", "path": "members", "value": []}]);
    let path = format!("/Groups/{}", crowd.group);
    let answer = crowd.acme.scim.patch(&path, &empty).await;
    assert!(matches!(answer.status, 200 | 204), "{answer:?}");
    crowd.expect_left().await;
}

async fn delete_a_large_group(db: Db) {
    let crowd = Crowd::gather(db).await;
    crowd
        .acme
        .scim
        .delete(&format!("/Groups/{}", crowd.group))
        .await
        .expect(204);
    crowd.expect_left().await;
}

/// Whoever is placed below a tenant goes with it.
async fn disable_a_tenant_above(db: Db) {
    let acme = Acme::start(db).await;
    let below = Guest::viewer()
        .tenants(Act::Placements(vec![placement("northwind-emea", &[])]))
        .roles(Act::Grants(vec![grant(
            "northwind-emea",
            "role",
            "viewer",
            &[],
        )]));
    acme.run(&below.component()).await;
    let user = acme.scim.user("ada@northwind.example").await;
    assert_eq!(
        acme.operator.grants(&user).await,
        ["northwind-emea role viewer"]
    );
    acme.operator
        .patch("/v1/tenants/northwind", &json!({"disabled": true}))
        .await
        .expect(200);
    assert_eq!(acme.operator.grants(&user).await, [""; 0]);
    let viewer = json!({"role": "viewer"});
    assert!(!acme.operator.allows(&user, "northwind-emea", &viewer).await);
}

/// A grant that names no group ends with the placement under it, though no plugin says so.
async fn a_grant_ends_with_its_placement(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let group = acme.scim.group("Emea", &[&user]).await;
    let placed = Guest::viewer()
        .tenants(Act::Placements(vec![placement(
            "northwind-emea",
            &[&group],
        )]))
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

    acme.scim.remove_member(&group, &user).await;
    assert_eq!(acme.operator.grants(&user).await, [""; 0]);
}
