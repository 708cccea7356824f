//! RFC 7644 §3.3: POST.

use serde_json::json;

use crate::answer::{covers, equal, id};
use crate::check::{Check, Need, ensure, must, should};
use crate::session::{GROUP, USER, user_path};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "rfc7644_3_3_create_is_201_with_the_resource",
            "A created resource is answered with 201; the body SHOULD hold the representation.",
            async |scim| {
                let user = scim.new_user(&json!({}));
                let created = scim.post("/Users", &user).await?.expect(201)?;
                id(&created)?;
                ensure(covers(&created, &user), || format!("the answer is {created}"))
            },
        ),
        must(
            "rfc7644_3_3_create_is_durable",
            "What was created is read back under its id.",
            async |scim| {
                let user = scim.new_user(&json!({"externalId": scim.name()}));
                let created = scim.post("/Users", &user).await?.expect(201)?;
                let read = scim.get(&user_path(&created)?).await?.expect(200)?;
                ensure(read == created, || format!("read {read}, created {created}"))
            },
        ),
        must(
            "rfc7644_3_3_create_answers_with_the_location",
            "The Location header SHALL hold the URI of the resource, as meta.location does.",
            async |scim| {
                let answer = scim.post("/Users", &scim.new_user(&json!({}))).await?;
                let created = answer.expect(201)?;
                let location = answer.header("location").unwrap_or_default();
                ensure(!location.is_empty(), || "there is no Location".to_owned())?;
                equal("meta.location", &created["meta"]["location"], &location.into())
            },
        ),
        must(
            "rfc7644_3_3_duplicate_is_409_uniqueness",
            "A duplicate is answered with 409 and scimType uniqueness.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let again = scim.new_user(&json!({"userName": user["userName"]}));
                scim.post("/Users", &again).await?.error_of(409, "uniqueness")?;
                let read = scim.get(&user_path(&user)?).await?.expect(200)?;
                ensure(read == user, || "the refused duplicate changed the resource".to_owned())
            },
        ),
        must(
            "rfc7644_3_3_read_only_attributes_are_ignored",
            "Attributes of the body that are readOnly SHALL be ignored.",
            async |scim| {
                let groups = json!([{"value": "conformance-no-group", "display": "Admins"}]);
                let created = scim.user(&json!({"groups": groups})).await?;
                let read = scim.get(&user_path(&created)?).await?.expect(200)?;
                equal("id", &read["id"], &created["id"])?;
                equal("groups", &read["groups"], &serde_json::Value::Null)
            },
        )
        .needs([Need::Group]),
        must(
            "rfc7644_3_3_malformed_json_is_invalid_syntax",
            "A body that can't be parsed is 400 invalidSyntax.",
            async |scim| {
                let request = scim.request("POST", "/Users").json(&json!({}));
                let request = request.text("{\"schemas\": [\"urn:ietf:params:scim:sch");
                scim.send(request).await?.error_of(400, "invalidSyntax")
            },
        ),
        must(
            "rfc7644_3_3_body_must_be_an_object",
            "A body that does not conform to the request's schema is 400 invalidSyntax.",
            async |scim| {
                let body = json!([scim.new_user(&json!({}))]);
                scim.post("/Users", &body).await?.error_of(400, "invalidSyntax")
            },
        ),
        should(
            "rfc7644_3_3_another_types_schema_is_refused",
            "A body whose schemas are those of another resource type is no User.",
            async |scim| {
                let user = scim.new_user(&json!({"schemas": [GROUP], "userName": null}));
                scim.post("/Users", &user).await?.refused()
            },
        ),
        must(
            "rfc7644_3_3_create_a_group",
            "Each resource type's endpoint takes a POST: 201 and a Location.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let group = json!({
                    "schemas": [GROUP], "displayName": scim.name(), "members": [{"value": id(&user)?}],
                });
                let answer = scim.post("/Groups", &group).await?;
                let created = answer.expect(201)?;
                ensure(covers(&created, &group), || format!("the answer is {created}"))?;
                let location = answer.header("location").unwrap_or_default();
                ensure(!location.is_empty(), || "there is no Location".to_owned())
            },
        )
        .needs([Need::Group]),
        must(
            "rfc7644_3_9_create_returns_the_attributes_asked_for",
            "attributes applies to every answer that holds a resource, that of a POST, too.",
            async |scim| {
                let user = scim.new_user(&json!({}));
                let created = scim.post("/Users?attributes=userName", &user).await?.expect(201)?;
                id(&created)?;
                equal("userName", &created["userName"], &user["userName"])?;
                equal("emails", &created["emails"], &json!(null))?;
                equal("schemas", &created["schemas"], &json!([USER]))
            },
        ),
    ]
}
