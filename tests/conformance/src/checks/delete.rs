//! RFC 7644 §3.6: DELETE.

use serde_json::json;

use crate::answer::id;
use crate::check::{Check, Need, ensure, must};
use crate::session::{group_path, user_path};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "rfc7644_3_6_delete_is_204_without_a_body",
            "A successful DELETE is 204 No Content.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let answer = scim.delete(&user_path(&user)?).await?;
                answer.status(&[204])?;
                ensure(answer.body.is_empty(), || {
                    format!("the body is {}", answer.body)
                })
            },
        ),
        must(
            "rfc7644_3_6_deleted_resource_is_404_for_get",
            "All operations on a deleted resource MUST be answered with 404.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                scim.delete(&user_path(&user)?).await?.status(&[204])?;
                scim.get(&user_path(&user)?).await?.error(404).map(drop)
            },
        ),
        must(
            "rfc7644_3_6_deleted_resource_is_404_for_put",
            "All operations on a deleted resource MUST be answered with 404.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                scim.delete(&user_path(&user)?).await?.status(&[204])?;
                let new = scim.new_user(&json!({}));
                scim.put(&user_path(&user)?, &new)
                    .await?
                    .error(404)
                    .map(drop)
            },
        ),
        must(
            "rfc7644_3_6_deleted_resource_is_404_for_patch",
            "All operations on a deleted resource MUST be answered with 404.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                scim.delete(&user_path(&user)?).await?.status(&[204])?;
                let change = json!([{"op": "replace", "path": "displayName", "value": "x"}]);
                scim.patch(&user_path(&user)?, &change)
                    .await?
                    .error(404)
                    .map(drop)
            },
        )
        .needs([Need::Patch]),
        must(
            "rfc7644_3_6_deleted_resource_is_404_for_delete",
            "All operations on a deleted resource MUST be answered with 404.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                scim.delete(&user_path(&user)?).await?.status(&[204])?;
                scim.delete(&user_path(&user)?).await?.error(404).map(drop)
            },
        ),
        must(
            "rfc7644_3_6_unknown_resource_is_404",
            "What does not exist can't be deleted: 404.",
            async |scim| {
                scim.delete("/Users/conformance-no-such-user")
                    .await?
                    .error(404)
                    .map(drop)
            },
        ),
        must(
            "rfc7644_3_6_deleted_resource_is_not_found",
            "A deleted resource MUST be omitted from query results.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let filter = format!("userName eq {}", user["userName"]);
                let before = scim.find("/Users", &filter).await?.len();
                scim.delete(&user_path(&user)?).await?.status(&[204])?;
                let after = scim.find("/Users", &filter).await?.len();
                ensure((before, after) == (1, 0), || {
                    format!("found {before} before, {after} after")
                })
            },
        )
        .needs([Need::Filter]),
        must(
            "rfc7644_3_6_name_of_a_deleted_resource_is_free",
            "A deleted resource SHALL NOT be considered in conflict calculation.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                scim.delete(&user_path(&user)?).await?.status(&[204])?;
                let again = scim.new_user(&json!({"userName": user["userName"]}));
                let again = scim.post("/Users", &again).await?.expect(201)?;
                scim.get(&user_path(&again)?).await?.expect(200).map(drop)
            },
        ),
        must(
            "rfc7644_3_6_deleting_a_group_keeps_its_members",
            "DELETE removes the one resource that it names.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let group = scim.group(&[&user]).await?;
                scim.delete(&group_path(&group)?).await?.status(&[204])?;
                scim.get(&group_path(&group)?).await?.error(404)?;
                let read = scim.get(&user_path(&user)?).await?.expect(200)?;
                ensure(id(&read)? == id(&user)?, || {
                    "another User was read".to_owned()
                })
            },
        )
        .needs([Need::Group]),
    ]
}
