//! RFC 7644 §3.5.2.1 to §3.5.2.3: the members of a group.

use serde_json::{Value, json};

use crate::answer::{equal, id};
use crate::check::{Check, Checked, Need, ensure, must};
use crate::session::{Session, group_path, user_path};

pub(super) fn checks() -> Vec<Check> {
    let checks = vec![
        must(
            "rfc7644_3_5_2_1_add_of_a_member",
            "If the target is a multi-valued attribute, a new value is added.",
            async |scim| {
                let [one, two] = pair(scim).await?;
                let change =
                    json!([{"op": "add", "path": "members", "value": [{"value": two["id"]}]}]);
                members_after(scim, &[&one], &change, &[&one, &two]).await
            },
        ),
        must(
            "rfc7644_3_5_2_1_add_of_a_member_without_path",
            "Without path the value is a set of attributes to add to the resource.",
            async |scim| {
                let [one, two] = pair(scim).await?;
                let change = json!([{"op": "add", "value": {"members": [{"value": two["id"]}]}}]);
                members_after(scim, &[&one], &change, &[&one, &two]).await
            },
        ),
        must(
            "rfc7644_3_5_2_1_add_of_a_member_again_changes_nothing",
            "If the value exists already, the server SHALL NOT add it again.",
            async |scim| {
                let [one, two] = pair(scim).await?;
                let change =
                    json!([{"op": "add", "path": "members", "value": [{"value": one["id"]}]}]);
                members_after(scim, &[&one, &two], &change, &[&one, &two]).await
            },
        ),
        must(
            "rfc7644_3_5_2_2_remove_of_a_member_by_filter",
            "With a filter the values that match it are removed.",
            async |scim| {
                let [one, two] = pair(scim).await?;
                let path = format!("members[value eq {}]", one["id"]);
                let change = json!([{"op": "remove", "path": path}]);
                members_after(scim, &[&one, &two], &change, &[&two]).await
            },
        ),
        must(
            "rfc7644_3_5_2_2_remove_of_all_members",
            "Without a filter all values of a multi-valued attribute are removed.",
            async |scim| {
                let [one, two] = pair(scim).await?;
                let change = json!([{"op": "remove", "path": "members"}]);
                members_after(scim, &[&one, &two], &change, &[]).await
            },
        ),
        must(
            "rfc7644_3_5_2_3_replace_of_all_members",
            "If the target is a multi-valued attribute without a filter, all values are replaced.",
            async |scim| {
                let [one, two] = pair(scim).await?;
                let new = json!([{"value": two["id"]}]);
                let change = json!([{"op": "replace", "path": "members", "value": new}]);
                members_after(scim, &[&one], &change, &[&two]).await
            },
        ),
        must(
            "rfc7644_3_5_2_members_change_together",
            "Operations are applied sequentially: one request may remove and add members.",
            async |scim| {
                let [one, two] = pair(scim).await?;
                let path = format!("members[value eq {}]", one["id"]);
                let change = json!([
                    {"op": "remove", "path": path},
                    {"op": "add", "path": "members", "value": [{"value": two["id"]}]},
                ]);
                members_after(scim, &[&one], &change, &[&two]).await
            },
        ),
        must(
            "rfc7644_3_5_2_3_replace_of_a_groups_name_keeps_its_members",
            "replace is about the attributes that it names; others stay.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let group = scim.group(&[&user]).await?;
                let name = scim.name();
                let change = json!([{"op": "replace", "path": "displayName", "value": name}]);
                let after = scim.patched(&group_path(&group)?, &change).await?;
                equal("displayName", &after["displayName"], &name.into())?;
                equal(
                    "members",
                    &after["members"],
                    &json!([{"value": id(&user)?}]),
                )
            },
        ),
        must(
            "rfc7643_4_1_2_removed_member_loses_the_group",
            "groups of a User says which Groups it belongs to.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let group = scim.group(&[&user]).await?;
                let path = format!("members[value eq {}]", user["id"]);
                let change = json!([{"op": "remove", "path": path}]);
                let before = scim.get(&user_path(&user)?).await?.expect(200)?;
                equal(
                    "groups",
                    &before["groups"],
                    &json!([{"value": id(&group)?}]),
                )?;
                scim.patched(&group_path(&group)?, &change).await?;
                let after = scim.get(&user_path(&user)?).await?.expect(200)?;
                equal("groups", &after["groups"], &Value::Null)
            },
        ),
    ];
    checks
        .into_iter()
        .map(|check| check.needs([Need::Group]))
        .collect()
}

async fn pair(scim: &Session) -> Checked<[Value; 2]> {
    Ok([scim.user(&json!({})).await?, scim.user(&json!({})).await?])
}

/// The members of a new group after a PATCH.
async fn members_after(
    scim: &Session,
    before: &[&Value],
    change: &Value,
    after: &[&Value],
) -> Checked {
    let group = scim.group(before).await?;
    let read = scim.patched(&group_path(&group)?, change).await?;
    ensure(id(&read)? == id(&group)?, || {
        "another Group was read".to_owned()
    })?;
    let after: Vec<_> = after
        .iter()
        .map(|user| json!({"value": user["id"]}))
        .collect();
    equal("members", &read["members"], &after.into())
}
