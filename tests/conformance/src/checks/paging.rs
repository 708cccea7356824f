//! RFC 7644 §3.4.2.4: pages by index.

use std::collections::HashSet;

use serde_json::Value;

use crate::answer::{equal, id};
use crate::check::{Check, Checked, Need, ensure, must};
use crate::session::{Session, encode};

pub(super) fn checks() -> Vec<Check> {
    let checks = vec![
        must(
            "rfc7644_3_4_2_4_count_bounds_the_page",
            "count: a page holds no more resources than that.",
            async |scim| {
                let (list, page) = page(scim, "count=2").await?;
                equal("totalResults", &list["totalResults"], &3.into())?;
                ensure(page.len() == 2, || format!("{} resources of 2", page.len()))
            },
        ),
        must(
            "rfc7644_3_4_2_4_items_per_page_is_what_the_page_holds",
            "itemsPerPage is the number of resources returned, also in the last page.",
            async |scim| {
                let (list, page) = page(scim, "startIndex=3&count=2").await?;
                ensure(page.len() == 1, || format!("{} resources of 1", page.len()))?;
                equal("itemsPerPage", &list["itemsPerPage"], &1.into())?;
                equal("startIndex", &list["startIndex"], &3.into())
            },
        ),
        must(
            "rfc7644_3_4_2_4_count_zero_only_counts",
            "count 0: no resources, but totalResults.",
            async |scim| {
                let (list, page) = page(scim, "count=0").await?;
                equal("totalResults", &list["totalResults"], &3.into())?;
                ensure(page.is_empty(), || format!("{} resources", page.len()))
            },
        ),
        must(
            "rfc7644_3_4_2_4_negative_count_is_zero",
            "A negative count SHALL be interpreted as 0.",
            async |scim| {
                let (list, page) = page(scim, "count=-1").await?;
                equal("totalResults", &list["totalResults"], &3.into())?;
                ensure(page.is_empty(), || format!("{} resources", page.len()))
            },
        ),
        must(
            "rfc7644_3_4_2_4_start_index_below_one_is_one",
            "A startIndex less than 1 SHALL be interpreted as 1.",
            async |scim| {
                let (_, first) = page(scim, "startIndex=1&count=2").await?;
                for index in ["0", "-5"] {
                    let (_, same) = page(scim, &format!("startIndex={index}&count=2")).await?;
                    ensure(same == first, || {
                        format!("startIndex {index} is another page than 1")
                    })?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_3_4_2_4_pages_hold_everything_once",
            "startIndex: pages next to each other hold each result once.",
            async |scim| {
                let mut seen = HashSet::new();
                for index in 1..=3 {
                    let (_, page) = page(scim, &format!("startIndex={index}&count=1")).await?;
                    for resource in page {
                        seen.insert(id(&resource)?.to_owned());
                    }
                }
                ensure(seen.len() == 3, || {
                    format!("three pages of one hold {} of 3", seen.len())
                })
            },
        ),
        must(
            "rfc7644_3_4_2_4_page_beyond_the_end_is_empty",
            "Beyond the last result there are no resources; totalResults stays.",
            async |scim| {
                let (list, page) = page(scim, "startIndex=4&count=2").await?;
                equal("totalResults", &list["totalResults"], &3.into())?;
                ensure(page.is_empty(), || format!("{} resources", page.len()))
            },
        ),
        must(
            "rfc7644_3_4_2_4_numbers_are_integers",
            "totalResults, itemsPerPage and startIndex are integers.",
            async |scim| {
                let (list, _) = page(scim, "startIndex=1&count=1").await?;
                for name in ["totalResults", "itemsPerPage", "startIndex"] {
                    ensure(list[name].is_u64(), || format!("{name} is {}", list[name]))?;
                }
                Ok(())
            },
        ),
    ];
    checks
        .into_iter()
        .map(|check| check.needs([Need::Filter]))
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
