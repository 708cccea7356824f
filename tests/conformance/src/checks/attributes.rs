//! RFC 7643 §2, §3 and §8: how attributes and resources are represented.

use serde_json::{Value, json};

use crate::answer::{equal, holds, id, text};
use crate::check::{Check, Need, ensure, must, should};
use crate::features::ENTERPRISE;
use crate::session::{USER, user_path};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = representation();
    checks.extend(common());
    checks
}

fn representation() -> Vec<Check> {
    vec![
        must(
            "rfc7643_2_1_attribute_names_are_case_insensitive",
            "Attribute names are case insensitive: USERNAME is userName.",
            async |scim| {
                let mut user = scim.new_user(&json!({"userName": null}));
                let name = format!("{}@example.com", scim.name());
                user["USERNAME"] = name.as_str().into();
                let created = scim.post("/Users", &user).await?.expect(201)?;
                equal("userName", &created["userName"], &name.into())
            },
        ),
        must(
            "rfc7643_2_3_2_boolean_is_a_json_boolean",
            "A boolean is the JSON literal true or false.",
            async |scim| {
                let user = scim.user(&json!({"active": true})).await?;
                let user = scim.get(&user_path(&user)?).await?.expect(200)?;
                equal("active", &user["active"], &true.into())
            },
        )
        .needs([Need::User("active")]),
        must(
            "rfc7643_2_3_2_word_is_no_boolean",
            "A boolean is true or false; another value is not compatible with it: 400 invalidValue.",
            async |scim| {
                let user = scim.new_user(&json!({"active": "perhaps"}));
                scim.post("/Users", &user).await?.error_of(400, "invalidValue")
            },
        )
        .needs([Need::User("active")]),
        must(
            "rfc7643_2_3_1_object_is_no_string",
            "A string is a JSON string; an object is not compatible with it: 400 invalidValue.",
            async |scim| {
                let user = scim.new_user(&json!({"userName": {"first": "Conny"}}));
                scim.post("/Users", &user).await?.error_of(400, "invalidValue")
            },
        ),
        must(
            "rfc7643_2_3_5_times_are_xsd_date_times",
            "A dateTime is a valid xsd:dateTime with date and time.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                for pointer in ["/meta/created", "/meta/lastModified"] {
                    let time = text(&user, pointer)?;
                    let parsed = time.parse::<jiff::Timestamp>();
                    ensure(parsed.is_ok(), || format!("{pointer} is {time:?}, no dateTime"))?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7643_2_4_primary_is_true_at_most_once",
            "The primary value true MUST appear no more than once.",
            async |scim| {
                let emails = json!([
                    {"value": "a@example.com", "type": "work", "primary": true},
                    {"value": "b@example.com", "type": "home", "primary": true},
                ]);
                let answer = scim.post("/Users", &scim.new_user(&json!({"emails": emails}))).await?;
                if !answer.ok() {
                    return answer.refused();
                }
                let user = answer.json()?;
                let emails = user["emails"].as_array().cloned().unwrap_or_default();
                let primary = emails.iter().filter(|email| email["primary"] == true).count();
                ensure(primary <= 1 && !emails.is_empty(), || {
                    format!("{primary} of {} e-mail addresses are primary", emails.len())
                })
            },
        )
        .needs([Need::User("emails")]),
        should(
            "rfc7643_2_4_pairs_of_type_and_value_are_returned_once",
            "A server SHOULD NOT return the same (type, value) combination more than once.",
            async |scim| {
                let email = json!({"value": "twice@example.com", "type": "work"});
                let user = scim.new_user(&json!({"emails": [email, email]}));
                let answer = scim.post("/Users", &user).await?;
                if !answer.ok() {
                    return answer.refused();
                }
                equal("emails", &answer.json()?["emails"], &json!([email]))
            },
        )
        .needs([Need::User("emails")]),
        must(
            "rfc7643_2_5_null_is_unassigned",
            "Unassigned attributes, null and an empty array are equivalent in state.",
            async |scim| {
                let user = json!({"title": Value::Null, "emails": Value::Null});
                let mut body = scim.new_user(&user);
                body["title"] = Value::Null;
                body["emails"] = Value::Null;
                let created = scim.post("/Users", &body).await?.expect(201)?;
                id(&created)?;
                holds(&created, &json!({"/title": null, "/emails": null}))
            },
        ),
        must(
            "rfc7643_2_5_empty_array_is_unassigned",
            "Unassigned attributes, null and an empty array are equivalent in state.",
            async |scim| {
                let created = scim.user(&json!({"emails": []})).await?;
                id(&created)?;
                holds(&created, &json!({"/emails": null}))
            },
        ),
        must(
            "rfc7643_3_schemas_names_what_the_resource_is_made_of",
            "schemas is a non-empty array of the URIs whose attributes the representation holds.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let schemas = user["schemas"].as_array().cloned().unwrap_or_default();
                ensure(schemas.contains(&USER.into()), || format!("schemas is {}", user["schemas"]))
            },
        ),
        must(
            "rfc7643_3_3_extension_attributes_stand_under_their_urn",
            "Attributes of an extension stand in a container named by its URI, which schemas lists.",
            async |scim| {
                let user = json!({
                    "schemas": [USER, ENTERPRISE],
                    ENTERPRISE: {"department": "Research", "employeeNumber": "7"},
                });
                let created = scim.user(&user).await?;
                let read = scim.get(&user_path(&created)?).await?.expect(200)?;
                equal(ENTERPRISE, &read[ENTERPRISE], &user[ENTERPRISE])?;
                let schemas = read["schemas"].as_array().cloned().unwrap_or_default();
                ensure(schemas.contains(&ENTERPRISE.into()), || {
                    format!("schemas is {}", read["schemas"])
                })
            },
        )
        .needs([Need::Enterprise]),
        must(
            "rfc7643_8_text_is_utf_8",
            "Resources are JSON in UTF-8: what was written is what is read.",
            async |scim| {
                let name = "Zoë \"Łukasz\" Ångström \\ 山田 🦀";
                let created = scim.user(&json!({"displayName": name})).await?;
                let read = scim.get(&user_path(&created)?).await?.expect(200)?;
                equal("displayName", &read["displayName"], &name.into())
            },
        )
        .needs([Need::User("displayName")]),
    ]
}

fn common() -> Vec<Check> {
    vec![
        must(
            "rfc7643_3_1_id_is_a_non_empty_string",
            "Each representation MUST include a non-empty id, a string that is not the word bulkId.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let id = id(&user)?;
                ensure(!id.is_empty() && id != "bulkId", || format!("id is {id:?}"))
            },
        ),
        must(
            "rfc7643_3_1_id_is_the_servers_to_give",
            "id is issued by the service provider and MUST NOT be specified by the client.",
            async |scim| {
                let mine = scim.name();
                let mut user = scim.new_user(&json!({}));
                user["id"] = mine.as_str().into();
                let answer = scim.post("/Users", &user).await?;
                if !answer.ok() {
                    return answer.refused();
                }
                let given = answer.json()?;
                ensure(id(&given)? != mine, || {
                    format!("id is the client's {mine:?}")
                })
            },
        ),
        must(
            "rfc7643_3_1_external_id_is_the_clients",
            "externalId is a string that the client gives; the server MUST return it as it is.",
            async |scim| {
                let external = format!("{}-ExT", scim.name());
                let created = scim.user(&json!({"externalId": external})).await?;
                let read = scim.get(&user_path(&created)?).await?.expect(200)?;
                equal("externalId", &read["externalId"], &external.into())
            },
        ),
        must(
            "rfc7643_3_1_meta_resource_type_is_the_name_of_the_type",
            "meta.resourceType is the name of the resource type.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                equal(
                    "meta.resourceType",
                    &user["meta"]["resourceType"],
                    &"User".into(),
                )
            },
        ),
        must(
            "rfc7643_3_1_last_modified_of_a_new_resource_is_created",
            "lastModified of a resource that was never modified MUST be the same as created.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let created = text(&user, "/meta/created")?;
                equal(
                    "meta.lastModified",
                    &user["meta"]["lastModified"],
                    &created.into(),
                )
            },
        ),
        must(
            "rfc7643_3_1_last_modified_follows_a_change",
            "lastModified is the most recent time that the resource was updated; created stays.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let path = user_path(&user)?;
                let changed = scim.new_user(&json!({"userName": user["userName"]}));
                let after = scim.put(&path, &changed).await?.expect(200)?;
                let created = text(&user, "/meta/created")?;
                equal("meta.created", &after["meta"]["created"], &created.into())?;
                let time = |value: &Value| {
                    text(value, "/meta/lastModified").map(|it| it.parse::<jiff::Timestamp>().ok())
                };
                let (first, last) = (time(&user)?, time(&after)?);
                ensure(last >= first && last.is_some(), || {
                    format!("lastModified went from {first:?} to {last:?}")
                })
            },
        ),
        must(
            "rfc7643_3_1_meta_location_is_the_uri_of_the_resource",
            "meta.location is the URI of the resource, the same as the Content-Location header's.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let location = text(&user, "/meta/location")?;
                let id = id(&user)?;
                ensure(location.ends_with(&format!("/Users/{id}")), || {
                    format!("meta.location is {location:?} of the User {id:?}")
                })?;
                let answer = scim.get(&user_path(&user)?).await?;
                answer.status(&[200])?;
                match answer.header("content-location") {
                    Some(header) => equal("Content-Location", &header.into(), &location.into()),
                    None => Ok(()),
                }
            },
        ),
        must(
            "rfc7643_3_1_meta_is_read_only",
            "meta is readOnly: what a client sends SHALL be ignored.",
            async |scim| {
                let meta = json!({"resourceType": "Nonsense", "created": "2001-01-01T00:00:00Z"});
                let created = scim.user(&json!({"meta": meta})).await?;
                equal(
                    "meta.resourceType",
                    &created["meta"]["resourceType"],
                    &"User".into(),
                )?;
                ensure(created["meta"]["created"] != meta["created"], || {
                    "meta.created is the client's".to_owned()
                })
            },
        ),
        must(
            "rfc7643_3_1_meta_version_is_the_etag",
            "meta.version is the version of the resource, the same as the ETag header's.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let answer = scim.get(&user_path(&user)?).await?;
                let read = answer.expect(200)?;
                let version = text(&read, "/meta/version")?;
                let etag = answer.header("etag").unwrap_or_default();
                ensure(version == etag, || {
                    format!("meta.version {version:?}, ETag {etag:?}")
                })
            },
        )
        .needs([Need::Etag]),
        must(
            "rfc7643_3_1_ids_are_unique",
            "id MUST be unique across the service provider's entire set of resources.",
            async |scim| {
                let (one, other) = (scim.user(&json!({})).await?, scim.user(&json!({})).await?);
                ensure(id(&one)? != id(&other)?, || {
                    format!("two Users have the id {}", one["id"])
                })
            },
        ),
    ]
}
