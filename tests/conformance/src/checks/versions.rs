//! RFC 7644 §3.14: versions and preconditions.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::check::{Check, Checked, Need, ensure, fail, must, should};
use crate::session::{Session, user_path};

pub(super) fn checks() -> Vec<Check> {
    let checks = vec![
        must(
            "rfc7644_3_14_resource_has_an_etag",
            "A server that supports versions returns the ETag header with a resource.",
            async |scim| versioned(scim).await.map(drop),
        ),
        must(
            "rfc7644_3_14_create_answers_with_the_etag",
            "The ETag MUST be specified as an HTTP header of the answer, that of a POST, too.",
            async |scim| {
                let answer = scim.post("/Users", &scim.new_user(&json!({}))).await?;
                answer.status(&[201])?;
                etag(&answer).map(drop)
            },
        ),
        must(
            "rfc7644_3_14_etag_changes_with_the_resource",
            "The version is that of the resource: another one after a change.",
            async |scim| {
                let (path, user, before) = versioned(scim).await?;
                let new = scim.new_user(&json!({"userName": user["userName"]}));
                scim.put(&path, &new).await?.status(&[200])?;
                let after = etag(&scim.get(&path).await?)?;
                ensure(before != after, || format!("the ETag is still {after}"))
            },
        ),
        must(
            "rfc7644_3_14_if_none_match_of_the_version_is_304",
            "If-None-Match with the present version: 304 Not Modified, without a body.",
            async |scim| {
                let (path, _, etag) = versioned(scim).await?;
                let request = scim.request("GET", path).header("if-none-match", etag);
                let answer = scim.send(request).await?;
                answer.status(&[304])?;
                ensure(answer.body.is_empty(), || "the 304 has a body".to_owned())
            },
        ),
        must(
            "rfc7644_3_14_if_none_match_of_another_version_is_200",
            "If-None-Match with another version: the resource.",
            async |scim| {
                let (path, user, _) = versioned(scim).await?;
                let request = scim
                    .request("GET", path)
                    .header("if-none-match", "W/\"other\"");
                let read = scim.send(request).await?.expect(200)?;
                ensure(read["id"] == user["id"], || format!("read {read}"))
            },
        ),
        should(
            "rfc7644_3_14_put_with_another_version_is_412",
            "If-Match with another version: 412 Precondition Failed, and nothing changes.",
            async |scim| {
                let (path, user, _) = versioned(scim).await?;
                let new = scim.new_user(&json!({"userName": user["userName"]}));
                let request = scim.request("PUT", &*path).json(&new);
                let request = request.header("if-match", "W/\"other\"");
                scim.send(request).await?.error(412)?;
                let read = scim.get(&path).await?.expect(200)?;
                ensure(read == user, || {
                    "the refused PUT changed the resource".to_owned()
                })
            },
        ),
        should(
            "rfc7644_3_14_put_with_the_version_succeeds",
            "If-Match with the present version: the change is made.",
            async |scim| {
                let (path, user, etag) = versioned(scim).await?;
                let new =
                    scim.new_user(&json!({"userName": user["userName"], "displayName": "New"}));
                let request = scim
                    .request("PUT", &*path)
                    .json(&new)
                    .header("if-match", etag);
                let read = scim.send(request).await?.expect(200)?;
                ensure(read["displayName"] == "New", || {
                    format!("the answer is {read}")
                })
            },
        ),
        should(
            "rfc7644_3_14_delete_with_another_version_is_412",
            "If-Match with another version: 412 Precondition Failed, and nothing changes.",
            async |scim| {
                let (path, ..) = versioned(scim).await?;
                let request = scim
                    .request("DELETE", &*path)
                    .header("if-match", "W/\"other\"");
                scim.send(request).await?.error(412)?;
                scim.get(&path).await?.expect(200).map(drop)
            },
        ),
        should(
            "rfc7644_3_14_patch_with_another_version_is_412",
            "If-Match with another version: 412 Precondition Failed, and nothing changes.",
            async |scim| {
                let (path, user, _) = versioned(scim).await?;
                let body = json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [{"op": "replace", "path": "displayName", "value": "New"}],
                });
                let request = scim.request("PATCH", &*path).json(&body);
                scim.send(request.header("if-match", "W/\"other\""))
                    .await?
                    .error(412)?;
                let read = scim.get(&path).await?.expect(200)?;
                ensure(read == user, || {
                    "the refused PATCH changed the resource".to_owned()
                })
            },
        )
        .needs([Need::Patch]),
    ];
    checks
        .into_iter()
        .map(|check| check.needs([Need::Etag]))
        .collect()
}

/// A new user: its path, its representation, its ETag.
async fn versioned(scim: &Session) -> Checked<(String, Value, String)> {
    let user = scim.user(&json!({})).await?;
    let path = user_path(&user)?;
    let answer = scim.get(&path).await?;
    let read = answer.expect(200)?;
    let etag = etag(&answer)?;
    Ok((path, read, etag))
}

fn etag(answer: &Answer) -> Checked<String> {
    match answer.header("etag") {
        Some(etag) if etag.ends_with('"') => Ok(etag.to_owned()),
        Some(etag) => fail(format!("{etag} is no ETag")),
        None => fail("there is no ETag"),
    }
}
