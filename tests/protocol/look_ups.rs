//! What an index answers costs what is found, however many others there are.

use super::column;
use crate::support::crowd::nth;
use crate::support::scim::encode;
use crate::support::{Acme, Db, Scim, on_both_databases};

on_both_databases!(filters_cost_what_they_find);

/// Of 20,000 users, a filter that an index answers reads next to nothing of what one reads that no index answers.
async fn filters_cost_what_they_find(db: Db) {
    const USERS: usize = 20_000;
    let mut acme = Acme::start(db).await;
    acme.crowd(1..=USERS).await;
    let group = acme.scim.group("Some", &[&nth(7)]).await;
    acme.scim.group("Others", &[]).await;
    acme.crowd_into(&group, 100..=USERS).await;
    let user = nth(7_000);
    let time = |ms: usize| format!("1970-01-01T00:00:{:02}.{:03}Z", ms / 1_000, ms % 1_000);

    let scan = encode("title co \"nobody\"");
    let scan = async |scim: &Scim| {
        let list = scim.get(&format!("/Users?filter={scan}")).await;
        assert_eq!(list.expect(200)["totalResults"], 0);
    };
    let scan = acme.cost(scan).await;
    for (kind, filter, found) in [
        ("Users", format!("id eq \"{user}\""), 1),
        (
            "Users",
            format!("userName eq \"{}\"", user.to_uppercase()),
            1,
        ),
        ("Users", "externalId eq \"x00007000\"".to_owned(), 1),
        (
            "Users",
            format!("displayName eq \"{}\"", user.replace('u', "D")),
            1,
        ),
        (
            "Users",
            format!("emails.value eq \"{user}@home.example\""),
            1,
        ),
        ("Users", format!("emails eq \"{user}@home.example\""), 1),
        (
            "Users",
            format!("emails[type eq \"work\"].value eq \"{user}@home.example\""),
            1,
        ),
        (
            "Users",
            format!("emails[type eq \"work\" and value eq \"{user}@home.example\"]"),
            1,
        ),
        (
            "Users",
            format!("meta.lastModified gt \"{}\"", time(USERS - 9)),
            9,
        ),
        ("Users", format!("meta.lastModified le \"{}\"", time(9)), 9),
        (
            "Users",
            format!(
                "meta.lastModified gt \"{}\" and meta.lastModified lt \"{}\"",
                time(7_000),
                time(7_010)
            ),
            9,
        ),
        ("Groups", "displayName eq \"some\"".to_owned(), 1),
        ("Groups", format!("members[value eq \"{user}\"]"), 1),
        (
            "Groups",
            format!("displayName eq \"Some\" and members[value eq \"{user}\"]"),
            1,
        ),
        ("Groups", format!("not (members[value eq \"{user}\"])"), 1),
    ] {
        let query = format!(
            "/{kind}?excludedAttributes=members&filter={}",
            encode(&filter)
        );
        let look_up = async |scim: &Scim| {
            let list = scim.get(&query).await.expect(200);
            assert_eq!(list["totalResults"], found, "{filter}");
        };
        let cost = acme.cost(look_up).await;
        assert!(cost * 20 < scan, "{filter}: {cost} of {scan}");
    }
    for order in ["id", "userName", "meta.lastModified"] {
        let page = format!("/Users?sortBy={order}&sortOrder=descending&count=9&cursor=");
        let page = async |scim: &Scim| {
            let page = scim.get(&page).await.expect(200);
            assert_eq!(column(&page, "id")[0], nth(USERS), "{order}");
        };
        let cost = acme.cost(page).await;
        assert!(cost * 20 < scan, "by {order}: {cost} of {scan}");
    }
}
