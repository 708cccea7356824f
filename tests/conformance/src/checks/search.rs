//! RFC 7644 §3.4.3: queries by POST.

use serde_json::{Value, json};

use crate::answer::{equal, id};
use crate::check::{Check, Checked, Need, ensure, must, should};
use crate::session::Session;

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

pub(super) fn checks() -> Vec<Check> {
    let checks = vec![
        must(
            "rfc7644_3_4_3_search_is_a_query",
            "POST to .search below an endpoint answers as GET with the same parameters: 200, a list.",
            async |scim| {
                let (list, found) = search(scim, "/Users", &json!({})).await?;
                equal("totalResults", &list["totalResults"], &3.into())?;
                ensure(found.len() == 3, || {
                    format!("{} resources of 3", found.len())
                })
            },
        ),
        must(
            "rfc7644_3_4_3_search_takes_attributes_as_a_list",
            "attributes is a list of strings in a SearchRequest.",
            async |scim| {
                let more = json!({"attributes": ["userName"]});
                let (_, found) = search(scim, "/Users", &more).await?;
                ensure(!found.is_empty(), || "nothing was found".to_owned())?;
                for user in &found {
                    id(user)?;
                    ensure(user["userName"].is_string(), || {
                        "userName is missing".to_owned()
                    })?;
                    equal("emails", &user["emails"], &Value::Null)?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_3_4_3_search_leaves_out_excluded_attributes",
            "excludedAttributes is a list of strings in a SearchRequest.",
            async |scim| {
                let more = json!({"excludedAttributes": ["emails"]});
                let (_, found) = search(scim, "/Users", &more).await?;
                ensure(!found.is_empty(), || "nothing was found".to_owned())?;
                for user in &found {
                    equal("emails", &user["emails"], &Value::Null)?;
                    ensure(user["userName"].is_string(), || {
                        "userName is missing".to_owned()
                    })?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_3_4_3_search_has_pages",
            "startIndex and count are integers in a SearchRequest.",
            async |scim| {
                let more = json!({"startIndex": 3, "count": 2});
                let (list, found) = search(scim, "/Users", &more).await?;
                equal("totalResults", &list["totalResults"], &3.into())?;
                ensure(found.len() == 1, || {
                    format!("{} resources of 1", found.len())
                })
            },
        ),
        must(
            "rfc7644_3_4_3_search_sorts",
            "sortBy and sortOrder are those of a query.",
            async |scim| {
                let more = json!({"sortBy": "name.givenName", "sortOrder": "descending"});
                let (_, found) = search(scim, "/Users", &more).await?;
                let people = scim.people().await?;
                let ids: Vec<_> = found.iter().map(|user| &user["id"]).collect();
                let expected = [&people.cyd, &people.bob, &people.ada].map(|user| &user["id"]);
                ensure(ids == expected, || format!("the order is {ids:?}"))
            },
        )
        .needs([Need::Sort]),
        should(
            "rfc7644_3_4_3_search_at_the_root_spans_resource_types",
            "POST to .search at the base URL searches all resource types.",
            async |scim| {
                let (_, found) = search(scim, "", &json!({})).await?;
                ensure(found.len() == 3, || {
                    format!("{} resources of 3", found.len())
                })
            },
        ),
        must(
            "rfc7644_3_4_3_malformed_search_is_invalid_syntax",
            "A body that can't be parsed is 400 invalidSyntax.",
            async |scim| {
                let request = scim.request("POST", "/Users/.search").json(&json!({}));
                scim.send(request.text("{\"schemas\":"))
                    .await?
                    .error_of(400, "invalidSyntax")
            },
        ),
        must(
            "rfc7644_3_4_3_wrong_filter_of_a_search_is_invalid_filter",
            "A filter that does not conform to the grammar is 400 invalidFilter.",
            async |scim| {
                let body = json!({"schemas": [REQUEST], "filter": "userName eq"});
                scim.post("/Users/.search", &body)
                    .await?
                    .error_of(400, "invalidFilter")
            },
        ),
    ];
    checks
        .into_iter()
        .map(|check| check.needs([Need::Filter]))
        .collect()
}

/// Searches for Ada, Bob and Cyd.
async fn search(scim: &Session, endpoint: &str, more: &Value) -> Checked<(Value, Vec<Value>)> {
    scim.people().await?;
    let filter = format!("userName sw \"{}-q-\"", scim.run());
    let mut body = json!({"schemas": [REQUEST], "filter": filter});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    scim.post(&format!("{endpoint}/.search"), &body)
        .await?
        .list()
}
