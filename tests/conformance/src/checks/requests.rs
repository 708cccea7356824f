//! RFC 7644 §2, §3.1, §3.8, §3.10 and §3.11: credentials, media types, names, `/Me`.

use serde_json::json;

use crate::answer::{equal, holds, id};
use crate::check::{Check, Need, ensure, must, should};
use crate::http::Request;
use crate::session::{USER, encode, user_path};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "rfc7644_2_request_without_credentials_is_401",
            "Who is not authenticated is answered with 401 and an error in JSON.",
            async |scim| {
                scim.send(Request::new("GET", "/Users?count=1"))
                    .await?
                    .error(401)
                    .map(drop)
            },
        ),
        must(
            "rfc7644_2_wrong_token_is_401",
            "A failed authorization is answered with 401 and an error in JSON.",
            async |scim| {
                let request = Request::new("GET", "/Users?count=1");
                let request = request.header("authorization", "Bearer conformance-no-token");
                scim.send(request).await?.error(401).map(drop)
            },
        ),
        must(
            "rfc7644_2_refusal_says_which_schemes_there_are",
            "A 401 carries WWW-Authenticate with the schemes that are supported.",
            async |scim| {
                let answer = scim.send(Request::new("GET", "/Users?count=1")).await?;
                answer.status(&[401])?;
                let header = answer.header("www-authenticate").unwrap_or_default();
                ensure(!header.is_empty(), || {
                    "there is no WWW-Authenticate".to_owned()
                })
            },
        ),
        must(
            "rfc7644_3_1_media_type_is_scim_json",
            "SCIM resources travel as application/scim+json.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                for path in [
                    "/Users?count=1",
                    "/ServiceProviderConfig",
                    &user_path(&user)?,
                ] {
                    let answer = scim.get(path).await?;
                    answer.status(&[200])?;
                    equal(
                        "Content-Type",
                        &answer.media_type().into(),
                        &"application/scim+json".into(),
                    )?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_3_8_json_is_accepted_as_application_json",
            "A server accepts requests in JSON; application/json is acceptable, too.",
            async |scim| {
                let user = scim.new_user(&json!({}));
                let request = scim.request("POST", "/Users").json(&user);
                let request = request.header("content-type", "application/json; charset=utf-8");
                scim.send(request).await?.expect(201).map(drop)
            },
        ),
        must(
            "rfc7644_3_8_clients_may_ask_for_application_json",
            "Accept may be application/scim+json, application/json, or anything.",
            async |scim| {
                for accept in [
                    "application/json",
                    "*/*",
                    "application/scim+json, */*;q=0.1",
                ] {
                    let request = scim
                        .request("GET", "/Users?count=1")
                        .header("accept", accept);
                    scim.send(request).await?.list()?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_3_1_other_media_types_are_refused",
            "A body that is no JSON by its media type is not understood (415, or 400).",
            async |scim| {
                let user = scim.new_user(&json!({}));
                let request = scim.request("POST", "/Users").json(&user);
                let request = request.header("content-type", "application/xml");
                scim.send(request).await?.refused()
            },
        ),
        must(
            "rfc7644_3_10_urn_qualifies_an_attribute",
            "An attribute may be prefixed by the URI of its schema and a colon.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let asked = encode(&format!("{USER}:userName"));
                let path = format!("{}?attributes={asked}", user_path(&user)?);
                let found = scim.get(&path).await?.expect(200)?;
                let names = json!({"/userName": user["userName"], "/displayName": null});
                id(&found)?;
                holds(&found, &names)
            },
        ),
        must(
            "rfc7644_3_10_urn_qualifies_an_attribute_of_a_filter",
            "An attribute may be prefixed by the URI of its schema and a colon.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let filter = format!("{USER}:userName eq {}", user["userName"]);
                let found = scim.find("/Users", &filter).await?;
                equal("Resources", &found.into(), &json!([{"id": id(&user)?}]))
            },
        )
        .needs([Need::Filter]),
        should(
            "rfc7644_3_11_me_is_served_or_501",
            "Without /Me a server SHOULD respond with 501; with it, with 200 or 308.",
            async |scim| {
                let answer = scim.get("/Me").await?;
                answer.status(&[200, 308, 501])?;
                match answer.status {
                    200 => id(&answer.json()?).map(drop),
                    501 => answer.error(501).map(drop),
                    _ => {
                        let location = answer.header("location").unwrap_or_default();
                        ensure(!location.is_empty(), || "308 without Location".to_owned())
                    }
                }
            },
        ),
    ]
}
