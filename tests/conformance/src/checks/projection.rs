//! RFC 7644 §3.4.2.5 and §3.9: `attributes` and `excludedAttributes`.

use serde_json::{Value, json};

use crate::answer::{covers, equal, holds, id};
use crate::check::{Check, Checked, Need, ensure, must};
use crate::features::ENTERPRISE;
use crate::session::{Session, USER, encode, group_path, user_path};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "rfc7644_3_9_attributes_override_the_default",
            "attributes: those asked for, and what is returned always (id, schemas); no others.",
            async |scim| {
                let (read, user) = projected(scim, "attributes=userName,title").await?;
                let expected = json!({
                    "/userName": user["userName"], "/title": "Boss", "/displayName": null,
                    "/name": null, "/emails": null, "/active": null,
                });
                holds(&read, &expected)
            },
        )
        .needs([Need::User("title")]),
        must(
            "rfc7644_3_9_id_is_returned_always",
            "An attribute that is returned always can't be left out.",
            async |scim| {
                let (read, user) = projected(scim, "attributes=userName").await?;
                equal("id", &read["id"], &user["id"])?;
                let (read, user) = projected(scim, "excludedAttributes=id,schemas").await?;
                equal("id", &read["id"], &user["id"])
            },
        ),
        must(
            "rfc7644_3_9_excluded_attributes_are_left_out",
            "excludedAttributes: the default, less those named.",
            async |scim| {
                let (read, user) = projected(scim, "excludedAttributes=title,name").await?;
                let expected = json!({
                    "/title": null, "/name": null,
                    "/userName": user["userName"], "/displayName": user["displayName"],
                });
                holds(&read, &expected)
            },
        )
        .needs([Need::User("title")]),
        must(
            "rfc7644_3_9_sub_attribute",
            "attributes are in attribute notation: name.familyName is a part of name.",
            async |scim| {
                let (read, user) = projected(scim, "attributes=name.familyName").await?;
                let name = json!({"familyName": user["name"]["familyName"]});
                ensure(read["name"] == name, || format!("name is {}", read["name"]))
            },
        ),
        must(
            "rfc7644_3_9_excluded_sub_attribute",
            "excludedAttributes are in attribute notation: name.familyName is a part of name.",
            async |scim| {
                let (read, user) = projected(scim, "excludedAttributes=name.familyName").await?;
                let name = json!({"givenName": user["name"]["givenName"], "familyName": null});
                equal("name", &read["name"], &name)
            },
        ),
        must(
            "rfc7644_3_9_sub_attribute_of_many_values",
            "attributes are in attribute notation: emails.value is a part of each value.",
            async |scim| {
                let (read, user) = projected(scim, "attributes=emails.value").await?;
                let emails = json!([{"value": user["emails"][0]["value"]}]);
                ensure(read["emails"] == emails, || {
                    format!("emails is {}", read["emails"])
                })
            },
        )
        .needs([Need::User("emails")]),
        must(
            "rfc7644_3_9_names_are_case_insensitive",
            "Attribute names are case insensitive.",
            async |scim| {
                let (read, user) = projected(scim, "attributes=USERNAME").await?;
                let expected = json!({"/userName": user["userName"], "/emails": null});
                holds(&read, &expected)
            },
        ),
        must(
            "rfc7644_3_9_extension_attribute",
            "Attributes of an extension are named by its URI and a colon.",
            async |scim| {
                let user = json!({
                    "schemas": [USER, ENTERPRISE],
                    ENTERPRISE: {"department": "Research", "division": "North"},
                });
                let user = scim.user(&user).await?;
                let asked = encode(&format!("{ENTERPRISE}:department"));
                let path = format!("{}?attributes={asked}", user_path(&user)?);
                let read = scim.get(&path).await?.expect(200)?;
                let expected = json!({"department": "Research", "division": null});
                equal(ENTERPRISE, &read[ENTERPRISE], &expected)?;
                holds(&read, &json!({"/userName": null}))
            },
        )
        .needs([Need::Enterprise]),
        must(
            "rfc7644_3_4_2_5_attributes_of_a_list",
            "attributes applies to each resource of a list.",
            async |scim| {
                let people = scim.people().await?;
                let filter = encode(&format!("id eq {}", people.ada["id"]));
                let path = format!("/Users?filter={filter}&attributes=displayName");
                let (_, found) = scim.get(&path).await?.list()?;
                let expected = json!([{
                    "id": people.ada["id"], "displayName": people.ada["displayName"],
                    "userName": null, "emails": null,
                }]);
                equal("Resources", &found.into(), &expected)
            },
        )
        .needs([Need::Filter]),
        must(
            "rfc7644_3_4_2_5_excluded_attributes_of_a_list",
            "excludedAttributes applies to each resource of a list.",
            async |scim| {
                let people = scim.people().await?;
                let filter = encode(&format!("id eq {}", people.ada["id"]));
                let path = format!("/Users?filter={filter}&excludedAttributes=emails,name");
                let (_, found) = scim.get(&path).await?.list()?;
                let expected = json!([{
                    "userName": people.ada["userName"], "emails": null, "name": null,
                }]);
                equal("Resources", &found.into(), &expected)
            },
        )
        .needs([Need::Filter]),
        must(
            "rfc7644_3_4_2_5_groups_without_their_members",
            "excludedAttributes=members: a Group without the long list.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let group = scim.group(&[&user]).await?;
                let path = format!("{}?excludedAttributes=members", group_path(&group)?);
                let read = scim.get(&path).await?.expect(200)?;
                let expected = json!({"/members": null, "/displayName": group["displayName"]});
                id(&read)?;
                holds(&read, &expected)
            },
        )
        .needs([Need::Group]),
        must(
            "rfc7644_3_9_projection_is_for_the_answer_alone",
            "A projection is about what is returned; it changes nothing of the resource.",
            async |scim| {
                let user = scim.user(&json!({"title": "Boss"})).await?;
                let path = user_path(&user)?;
                scim.get(&format!("{path}?attributes=userName"))
                    .await?
                    .expect(200)?;
                let read = scim.get(&path).await?.expect(200)?;
                ensure(covers(&read, &user), || format!("read {read}"))
            },
        ),
    ]
}

/// A new user read with a query, and as it was created.
async fn projected(scim: &Session, query: &str) -> Checked<(Value, Value)> {
    let user = scim.user(&json!({"title": "Boss"})).await?;
    let path = format!("{}?{query}", user_path(&user)?);
    let read = scim.get(&path).await?.expect(200)?;
    id(&read)?;
    Ok((read, user))
}
