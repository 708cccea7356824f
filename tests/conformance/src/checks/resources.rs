//! RFC 7643 §4: users, groups, the Enterprise extension.

use serde_json::json;

use crate::answer::{equal, holds, id, text};
use crate::check::{Check, Need, ensure, must, should};
use crate::features::ENTERPRISE;
use crate::session::{GROUP, USER, group_path, user_path};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = users();
    checks.extend(groups());
    checks
}

fn users() -> Vec<Check> {
    vec![
        must(
            "rfc7643_4_1_1_user_name_is_required",
            "userName is REQUIRED; a missing required value is 400 invalidValue.",
            async |scim| {
                let user = scim.new_user(&json!({"userName": null}));
                scim.post("/Users", &user)
                    .await?
                    .error_of(400, "invalidValue")
            },
        ),
        must(
            "rfc7643_4_1_1_user_name_is_not_empty",
            "Each User MUST include a non-empty userName.",
            async |scim| {
                let user = scim.new_user(&json!({"userName": ""}));
                scim.post("/Users", &user).await?.error(400).map(drop)
            },
        ),
        must(
            "rfc7643_4_1_1_user_name_is_unique",
            "userName MUST be unique across the service provider's Users.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let again = scim.new_user(&json!({"userName": user["userName"]}));
                scim.post("/Users", &again)
                    .await?
                    .error_of(409, "uniqueness")
            },
        ),
        must(
            "rfc7643_4_1_1_user_name_is_unique_whatever_its_case",
            "userName is unique and caseExact false: names that differ by case are the same.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let name = text(&user, "/userName")?.to_uppercase();
                let again = scim.new_user(&json!({"userName": name}));
                scim.post("/Users", &again)
                    .await?
                    .error_of(409, "uniqueness")
            },
        ),
        must(
            "rfc7643_4_1_1_password_is_never_returned",
            "password: the value MUST NOT be returned in any form (returned never).",
            async |scim| {
                let secret = format!("Pw-{}-7!", scim.name());
                let created = scim
                    .post("/Users", &scim.new_user(&json!({"password": secret})))
                    .await?;
                let user = created.expect(201)?;
                let path = format!("{}?attributes=password", user_path(&user)?);
                let asked = scim.get(&path).await?;
                asked.status(&[200])?;
                let read = scim.get(&user_path(&user)?).await?;
                read.status(&[200])?;
                let told = [&created, &asked, &read]
                    .iter()
                    .any(|it| it.body.contains(&secret));
                ensure(!told, || "an answer holds the password".to_owned())
            },
        ),
        must(
            "rfc7643_4_1_1_inactive_user_stays_readable",
            "active is the administrative status; false does not take the User away.",
            async |scim| {
                let user = scim.user(&json!({"active": false})).await?;
                let read = scim.get(&user_path(&user)?).await?.expect(200)?;
                ensure(read["active"] == false, || {
                    format!("active is {}", read["active"])
                })
            },
        )
        .needs([Need::User("active")]),
        must(
            "rfc7643_4_1_2_groups_follow_the_members_of_groups",
            "groups of a User says which Groups it belongs to.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let group = scim.group(&[&user]).await?;
                let read = scim.get(&user_path(&user)?).await?.expect(200)?;
                equal("groups", &read["groups"], &json!([{"value": id(&group)?}]))
            },
        )
        .needs([Need::Group]),
        must(
            "rfc7643_4_1_2_groups_of_a_user_are_read_only",
            "Membership MUST be changed through the Group: groups of a User is readOnly.",
            async |scim| {
                let group = scim.group(&[]).await?;
                let user = scim.new_user(&json!({"groups": [{"value": id(&group)?}]}));
                let answer = scim.post("/Users", &user).await?;
                if !answer.ok() {
                    return answer.refused();
                }
                let user = answer.json()?;
                let read = scim.get(&user_path(&user)?).await?.expect(200)?;
                equal("id", &read["id"], &user["id"])?;
                holds(&read, &json!({"/groups": null}))
            },
        )
        .needs([Need::Group]),
        must(
            "rfc7643_4_1_2_multi_valued_attributes_round_trip",
            "Multi-valued attributes are lists of objects with value, type, display and primary.",
            async |scim| {
                let numbers = json!([
                    {"value": "tel:+1-201-555-0123", "type": "work", "primary": true},
                    {"value": "tel:+1-201-555-0124", "type": "mobile"},
                ]);
                let created = scim.user(&json!({"phoneNumbers": numbers})).await?;
                let read = scim.get(&user_path(&created)?).await?.expect(200)?;
                equal("phoneNumbers", &read["phoneNumbers"], &numbers)
            },
        )
        .needs([Need::User("phoneNumbers")]),
        must(
            "rfc7643_4_3_manager_is_a_complex_attribute",
            "manager of the Enterprise extension is complex; its value is the id of a User.",
            async |scim| {
                let boss = scim.user(&json!({})).await?;
                let user = json!({
                    "schemas": [USER, ENTERPRISE],
                    ENTERPRISE: {"manager": {"value": id(&boss)?}, "costCenter": "4130"},
                });
                let created = scim.user(&user).await?;
                let read = scim.get(&user_path(&created)?).await?.expect(200)?;
                equal(ENTERPRISE, &read[ENTERPRISE], &user[ENTERPRISE])
            },
        )
        .needs([Need::Enterprise]),
    ]
}

fn groups() -> Vec<Check> {
    let checks = vec![
        must(
            "rfc7643_4_2_display_name_is_required",
            "displayName of a Group is REQUIRED; a missing required value is 400 invalidValue.",
            async |scim| {
                let group = json!({"schemas": [GROUP]});
                scim.post("/Groups", &group)
                    .await?
                    .error_of(400, "invalidValue")
            },
        ),
        must(
            "rfc7643_4_2_members_carry_the_ids_of_resources",
            "value of a member is the id of a SCIM resource, a User or a Group.",
            async |scim| {
                let (user, inner) = (scim.user(&json!({})).await?, scim.group(&[]).await?);
                let group = scim.group(&[&user]).await?;
                let read = scim.get(&group_path(&group)?).await?.expect(200)?;
                equal("members", &read["members"], &json!([{"value": id(&user)?}]))?;
                equal(
                    "meta.resourceType",
                    &inner["meta"]["resourceType"],
                    &"Group".into(),
                )
            },
        ),
        should(
            "rfc7643_4_2_groups_may_be_members",
            "The intention is to allow nested Groups: a member's type is User or Group.",
            async |scim| {
                let inner = scim.group(&[]).await?;
                let outer = scim.group(&[&inner]).await?;
                let read = scim.get(&group_path(&outer)?).await?.expect(200)?;
                equal(
                    "members",
                    &read["members"],
                    &json!([{"value": id(&inner)?, "type": "Group"}]),
                )
            },
        ),
        should(
            "rfc7643_4_2_member_ref_is_the_uri_of_the_member",
            "$ref of a member is the URI of the resource that is the member.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let group = scim.group(&[&user]).await?;
                let read = scim.get(&group_path(&group)?).await?.expect(200)?;
                equal(
                    "$ref",
                    &read["members"][0]["$ref"],
                    &user["meta"]["location"],
                )?;
                ensure(read["members"][0]["$ref"].is_string(), || {
                    "$ref is missing".to_owned()
                })
            },
        ),
        must(
            "rfc7643_4_2_group_without_members_is_a_group",
            "members is not required.",
            async |scim| {
                let group = scim.group(&[]).await?;
                let read = scim.get(&group_path(&group)?).await?.expect(200)?;
                holds(
                    &read,
                    &json!({"/members": null, "/displayName": group["displayName"]}),
                )
            },
        ),
        should(
            "rfc7643_4_2_deleted_user_leaves_its_groups",
            "value of a member is the id of a resource: there is none of a deleted User.",
            async |scim| {
                let (user, stays) = (scim.user(&json!({})).await?, scim.user(&json!({})).await?);
                let group = scim.group(&[&user, &stays]).await?;
                scim.delete(&user_path(&user)?).await?.status(&[204])?;
                let read = scim.get(&group_path(&group)?).await?.expect(200)?;
                equal(
                    "members",
                    &read["members"],
                    &json!([{"value": id(&stays)?}]),
                )
            },
        ),
    ];
    checks
        .into_iter()
        .map(|check| check.needs([Need::Group]))
        .collect()
}
