//! RFC 7644 §3.4.2.3: sorting.

use crate::check::{Check, Checked, Need, ensure, must};
use crate::session::{Session, encode};

pub(super) fn checks() -> Vec<Check> {
    let checks = vec![
        must(
            "rfc7644_3_4_2_3_sorts_ascending_by_default",
            "sortBy without sortOrder SHALL sort ascending.",
            async |scim| order(scim, "sortBy=name.givenName", &["ada", "bob", "cyd"]).await,
        ),
        must(
            "rfc7644_3_4_2_3_ascending",
            "sortOrder ascending: the lowest value first.",
            async |scim| {
                order(
                    scim,
                    "sortBy=name.givenName&sortOrder=ascending",
                    &["ada", "bob", "cyd"],
                )
                .await
            },
        ),
        must(
            "rfc7644_3_4_2_3_descending",
            "sortOrder descending: the highest value first.",
            async |scim| {
                order(
                    scim,
                    "sortBy=name.givenName&sortOrder=descending",
                    &["cyd", "bob", "ada"],
                )
                .await
            },
        ),
        must(
            "rfc7644_3_4_2_3_case_inexact_strings_sort_without_case",
            "Strings SHALL sort by the attribute's caseExact: that of userName is false.",
            async |scim| order(scim, "sortBy=userName", &["ada", "bob", "cyd"]).await,
        ),
        must(
            "rfc7644_3_4_2_3_sorts_by_sub_attribute",
            "sortBy is an attribute in attribute notation, such as name.familyName.",
            async |scim| order(scim, "sortBy=name.familyName", &["bob", "cyd", "ada"]).await,
        ),
        must(
            "rfc7644_3_4_2_3_resources_without_value_come_last",
            "Resources without a value for sortBy come last when ascending.",
            async |scim| order(scim, "sortBy=title", &["ada", "bob", "cyd"]).await,
        )
        .needs([Need::User("title")]),
        must(
            "rfc7644_3_4_2_3_resources_without_value_come_first_when_descending",
            "Resources without a value for sortBy come first when descending.",
            async |scim| {
                order(
                    scim,
                    "sortBy=title&sortOrder=descending",
                    &["cyd", "bob", "ada"],
                )
                .await
            },
        )
        .needs([Need::User("title")]),
        must(
            "rfc7644_3_4_2_3_attribute_names_are_case_insensitive",
            "Attribute names are case insensitive, in sortBy, too.",
            async |scim| {
                order(
                    scim,
                    "sortBy=USERNAME&sortOrder=descending",
                    &["cyd", "bob", "ada"],
                )
                .await
            },
        ),
        must(
            "rfc7644_3_4_2_3_sorting_spans_pages",
            "The whole result is sorted, and then cut into pages.",
            async |scim| {
                order(
                    scim,
                    "sortBy=userName&startIndex=1&count=2",
                    &["ada", "bob"],
                )
                .await?;
                order(scim, "sortBy=userName&startIndex=3&count=2", &["cyd"]).await
            },
        ),
    ];
    checks
        .into_iter()
        .map(|check| check.needs([Need::Sort, Need::Filter]))
        .collect()
}

/// Ada, Bob and Cyd in the order of a query.
async fn order(scim: &Session, query: &str, expected: &[&str]) -> Checked {
    let people = scim.people().await?;
    let filter = encode(&format!("userName sw \"{}-q-\"", scim.run()));
    let (_, found) = scim
        .get(&format!("/Users?filter={filter}&{query}"))
        .await?
        .list()?;
    let name = |id| {
        people
            .all()
            .into_iter()
            .find(|(_, it)| it["id"] == id)
            .map(|(name, _)| name)
    };
    let names: Vec<_> = found
        .iter()
        .map(|it| name(it["id"].clone()).unwrap_or("?"))
        .collect();
    ensure(names == expected, || {
        format!("the order is {names:?}, not {expected:?}")
    })
}
