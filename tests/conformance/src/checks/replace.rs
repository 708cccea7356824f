//! RFC 7644 §3.5.1: PUT.

use serde_json::{Value, json};

use crate::answer::{covers, equal, holds};
use crate::check::{Check, Need, ensure, must, should};
use crate::session::{GROUP, group_path, user_path};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "rfc7644_3_5_1_replace_is_200_with_the_resource",
            "A successful PUT returns 200 and the entire resource.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let new = scim.new_user(&json!({"displayName": "Replaced"}));
                let replaced = scim.put(&user_path(&user)?, &new).await?.expect(200)?;
                ensure(covers(&replaced, &new), || {
                    format!("the answer is {replaced}")
                })?;
                equal("id", &replaced["id"], &user["id"])?;
                let read = scim.get(&user_path(&user)?).await?.expect(200)?;
                ensure(read == replaced, || format!("read {read}"))
            },
        ),
        should(
            "rfc7644_3_5_1_omitted_attributes_are_cleared",
            "What the body omits was not asserted by the client: the server MAY clear it.",
            async |scim| {
                let user = scim.user(&json!({"title": "Boss"})).await?;
                let new = scim.new_user(&json!({"userName": user["userName"], "emails": null}));
                scim.put(&user_path(&user)?, &new).await?.expect(200)?;
                let read = scim.get(&user_path(&user)?).await?.expect(200)?;
                equal("id", &read["id"], &user["id"])?;
                holds(&read, &json!({"/title": null, "/emails": null}))
            },
        )
        .needs([Need::User("title")]),
        must(
            "rfc7644_3_5_1_replace_does_not_create",
            "PUT MUST NOT be used to create new resources.",
            async |scim| {
                let user = scim.new_user(&json!({}));
                scim.put("/Users/conformance-no-such-user", &user)
                    .await?
                    .error(404)
                    .map(drop)
            },
        ),
        must(
            "rfc7644_3_5_1_read_only_values_are_ignored",
            "Values of readOnly attributes SHALL be ignored: id and meta stay.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let mut new = scim.new_user(&json!({"userName": user["userName"]}));
                new["meta"] =
                    json!({"resourceType": "Nonsense", "created": "2001-01-01T00:00:00Z"});
                let replaced = scim.put(&user_path(&user)?, &new).await?.expect(200)?;
                equal("id", &replaced["id"], &user["id"])?;
                let meta = json!({
                    "/meta/resourceType": "User",
                    "/meta/created": user["meta"]["created"],
                    "/meta/location": user["meta"]["location"],
                });
                holds(&replaced, &meta)
            },
        ),
        must(
            "rfc7644_3_5_1_what_was_read_can_be_written",
            "A client MAY read a resource, change it, and send the whole back.",
            async |scim| {
                let user = scim.user(&json!({"externalId": scim.name()})).await?;
                let path = user_path(&user)?;
                let mut read = scim.get(&path).await?.expect(200)?;
                read["displayName"] = "Changed".into();
                let replaced = scim.put(&path, &read).await?.expect(200)?;
                let mut expected = user.clone();
                expected["displayName"] = "Changed".into();
                expected["meta"] = json!({"created": user["meta"]["created"]});
                ensure(covers(&replaced, &expected), || {
                    format!("the answer is {replaced}")
                })
            },
        ),
        must(
            "rfc7644_3_5_1_required_attributes_must_be_sent",
            "An attribute that is required MUST be in the body.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let new = scim.new_user(&json!({"userName": null}));
                scim.put(&user_path(&user)?, &new)
                    .await?
                    .error_of(400, "invalidValue")?;
                let read = scim.get(&user_path(&user)?).await?.expect(200)?;
                ensure(read == user, || {
                    "the refused PUT changed the resource".to_owned()
                })
            },
        ),
        must(
            "rfc7644_3_5_1_taken_name_is_409_uniqueness",
            "A value that is unique and taken is 409 uniqueness.",
            async |scim| {
                let (user, other) = (scim.user(&json!({})).await?, scim.user(&json!({})).await?);
                let new = scim.new_user(&json!({"userName": other["userName"]}));
                scim.put(&user_path(&user)?, &new)
                    .await?
                    .error_of(409, "uniqueness")
            },
        ),
        must(
            "rfc7644_3_5_1_malformed_json_is_invalid_syntax",
            "A body that can't be parsed is 400 invalidSyntax.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let request = scim.request("PUT", user_path(&user)?).json(&json!({}));
                scim.send(request.text("{\"userName\": "))
                    .await?
                    .error_of(400, "invalidSyntax")
            },
        ),
        must(
            "rfc7644_3_5_1_multi_valued_attributes_are_replaced",
            "Any values previously set SHALL be replaced: the list is the one sent.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let emails = json!([{"value": "new@example.com", "type": "home"}]);
                let name = &user["userName"];
                let new = scim.new_user(&json!({"userName": name, "emails": emails}));
                scim.put(&user_path(&user)?, &new).await?.expect(200)?;
                let read = scim.get(&user_path(&user)?).await?.expect(200)?;
                equal("emails", &read["emails"], &emails)
            },
        )
        .needs([Need::User("emails")]),
        must(
            "rfc7644_3_5_1_members_of_a_group_are_replaced",
            "Any values previously set SHALL be replaced: the members are those sent.",
            async |scim| {
                let (one, two) = (scim.user(&json!({})).await?, scim.user(&json!({})).await?);
                let group = scim.group(&[&one]).await?;
                let new = json!({
                    "schemas": [GROUP],
                    "displayName": group["displayName"],
                    "members": [{"value": two["id"]}],
                });
                scim.put(&group_path(&group)?, &new).await?.expect(200)?;
                let read = scim.get(&group_path(&group)?).await?.expect(200)?;
                equal("members", &read["members"], &json!([{"value": two["id"]}]))?;
                let left = scim.get(&user_path(&one)?).await?.expect(200)?;
                equal("groups", &left["groups"], &Value::Null)
            },
        )
        .needs([Need::Group]),
    ]
}
