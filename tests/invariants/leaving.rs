//! Invariant 4: Leaving always works: it ends access in the same transaction, runs no plugin, and nothing a
//! plugin does or fails to do can keep anyone in.

use serde_json::json;

use crate::support::acme::every_slot;
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
