//! RFC 9865: pages by cursor.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::answer::{id, text};
use crate::check::{Check, Checked, Need, ensure, fail, must};
use crate::session::{Session, encode};

/// More than there is to read of three resources, one by one.
const PAGES: usize = 6;

pub(super) fn checks() -> Vec<Check> {
    let checks = vec![
        must(
            "rfc9865_2_1_empty_cursor_asks_for_the_first_page",
            "cursor without a value asks for the first page; nextCursor leads to the next.",
            async |scim| {
                let (list, page) = page(scim, "cursor=&count=2").await?;
                ensure(page.len() == 2, || format!("{} resources of 2", page.len()))?;
                text(&list, "/nextCursor").map(drop)
            },
        ),
        must(
            "rfc9865_2_1_cursors_lead_through_everything_once",
            "Following nextCursor visits each result once; the last page has none.",
            async |scim| {
                let (mut seen, mut cursor) = (Vec::new(), String::new());
                for _ in 0..PAGES {
                    let query = format!("cursor={}&count=1", encode(&cursor));
                    let (list, page) = page(scim, &query).await?;
                    for resource in &page {
                        seen.push(id(resource)?.to_owned());
                    }
                    if let Some(next) = list["nextCursor"].as_str() {
                        next.clone_into(&mut cursor);
                        continue;
                    }
                    let distinct: HashSet<_> = seen.iter().collect();
                    return ensure((seen.len(), distinct.len()) == (3, 3), || {
                        format!("{} resources, {} of 3", seen.len(), distinct.len())
                    });
                }
                fail(format!("there is no end after {PAGES} pages of one"))
            },
        ),
        must(
            "rfc9865_2_1_last_page_has_no_next_cursor",
            "The last page MUST omit nextCursor.",
            async |scim| {
                let (list, page) = page(scim, "cursor=&count=50").await?;
                ensure(page.len() == 3, || format!("{} resources of 3", page.len()))?;
                ensure(list["nextCursor"].is_null(), || {
                    format!("nextCursor is {}", list["nextCursor"])
                })
            },
        ),
        must(
            "rfc9865_2_1_cursors_need_no_escaping",
            "Cursor values are made of unreserved characters (RFC 3986 section 2.3).",
            async |scim| {
                let (list, _) = page(scim, "cursor=&count=1").await?;
                let cursor = text(&list, "/nextCursor")?;
                ensure(encode(cursor) == cursor, || {
                    format!("nextCursor is {cursor:?}")
                })
            },
        ),
        must(
            "rfc9865_2_1_unknown_cursor_is_invalid_cursor",
            "A cursor that is none of the server's is 400 invalidCursor.",
            async |scim| {
                let answer = scim
                    .get("/Users?cursor=conformance-no-cursor&count=1")
                    .await?;
                answer.error_of(400, "invalidCursor")
            },
        ),
        must(
            "rfc9865_2_1_count_must_be_positive",
            "A count that the server can't honour is 400 invalidCount.",
            async |scim| {
                scim.get("/Users?cursor=&count=-1")
                    .await?
                    .error_of(400, "invalidCount")
            },
        ),
        must(
            "rfc9865_3_search_takes_cursors",
            "cursor and count are members of a SearchRequest, too.",
            async |scim| {
                scim.people().await?;
                let request = |cursor: &str| {
                    json!({
                        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
                        "filter": format!("userName sw \"{}-q-\"", scim.run()),
                        "cursor": cursor,
                        "count": 2,
                    })
                };
                let (list, first) = scim.post("/Users/.search", &request("")).await?.list()?;
                let next = request(text(&list, "/nextCursor")?);
                let (_, second) = scim.post("/Users/.search", &next).await?.list()?;
                let ids: HashSet<_> = first.iter().chain(&second).map(|it| &it["id"]).collect();
                ensure((first.len(), second.len(), ids.len()) == (2, 1, 3), || {
                    format!(
                        "pages of {} and {}, {} of 3",
                        first.len(),
                        second.len(),
                        ids.len()
                    )
                })
            },
        ),
    ];
    checks
        .into_iter()
        .map(|check| check.needs([Need::Cursor, Need::Filter]))
        .collect()
}

/// A page of Ada, Bob and Cyd.
async fn page(scim: &Session, query: &str) -> Checked<(Value, Vec<Value>)> {
    scim.people().await?;
    let filter = encode(&format!("userName sw \"{}-q-\"", scim.run()));
    scim.get(&format!("/Users?filter={filter}&{query}"))
        .await?
        .list()
}
