//! RFC 7644 §3.12: errors, told as a table over requests that fail.

use serde_json::{Value, json};

use crate::answer::{Answer, equal};
use crate::check::{Check, Checked, ensure, must};
use crate::http::Request;
use crate::session::Session;

const SCIM_TYPES: [&str; 13] = [
    "invalidFilter",
    "tooMany",
    "uniqueness",
    "mutability",
    "invalidSyntax",
    "invalidPath",
    "noTarget",
    "invalidValue",
    "invalidVers",
    "sensitive",
    "invalidCursor",
    "expiredCursor",
    "invalidCount",
];

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "rfc7644_3_12_errors_are_scim_json",
            "Errors are returned in JSON, as application/scim+json.",
            async |scim| {
                for answer in failures(scim).await? {
                    let found = answer.media_type().into();
                    equal(&answer.asked, &found, &"application/scim+json".into())?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_3_12_errors_name_their_schema",
            "schemas of an error is urn:ietf:params:scim:api:messages:2.0:Error.",
            async |scim| {
                for answer in failures(scim).await? {
                    answer.error(answer.status)?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_3_12_status_is_the_http_status_as_a_string",
            "status is the HTTP status code, expressed as a JSON string.",
            async |scim| {
                for answer in failures(scim).await? {
                    let status = answer.status.to_string();
                    equal(&answer.asked, &answer.json()?["status"], &status.into())?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_3_12_scim_type_is_a_known_keyword",
            "scimType is one of the detail error keywords; detail is a string.",
            async |scim| {
                for answer in failures(scim).await? {
                    let body = answer.error(answer.status)?;
                    let known = body["scimType"].as_str().map(|it| SCIM_TYPES.contains(&it));
                    ensure(known.unwrap_or(body["scimType"].is_null()), || {
                        format!("{}: scimType is {}", answer.asked, body["scimType"])
                    })?;
                    ensure(
                        body["detail"].is_string() || body["detail"].is_null(),
                        || format!("{}: detail is {}", answer.asked, body["detail"]),
                    )?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_3_12_unknown_endpoint_is_404",
            "404: the specified resource or endpoint does not exist.",
            async |scim| {
                scim.get("/ConformanceNoSuchType")
                    .await?
                    .error(404)
                    .map(drop)
            },
        ),
    ]
}

/// Answers to requests that must fail, whatever the server supports.
async fn failures(scim: &Session) -> Checked<Vec<Answer>> {
    let broken = scim.request("POST", "/Users").json(&Value::Null).text("{");
    let user = scim.user(&json!({})).await?;
    let twice = scim.new_user(&json!({"userName": user["userName"]}));
    let requests = [
        (404, scim.request("GET", "/Users/conformance-no-such-user")),
        (
            404,
            scim.request("DELETE", "/Users/conformance-no-such-user"),
        ),
        (400, broken),
        (
            400,
            scim.request("POST", "/Users")
                .json(&scim.new_user(&json!({"userName": null}))),
        ),
        (409, scim.request("POST", "/Users").json(&twice)),
        (401, Request::new("GET", "/Users?count=1")),
    ];
    let mut answers = Vec::new();
    for (status, request) in requests {
        let answer = scim.send(request).await?;
        answer.status(&[status])?;
        answers.push(answer);
    }
    Ok(answers)
}
