//! A query that no index answers looks at 100,000 resources and no more, says so, and can be read by cursor instead.

use serde_json::json;

use super::column;
use crate::support::crowd::nth;
use crate::support::scim::encode;
use crate::support::{Acme, Db, Scim, on_both_databases};

on_both_databases!(resources_looked_at, members_of_a_page, groups_of_a_page,);

async fn resources_looked_at(db: Db) {
    let acme = Acme::start(db).await;
    // The budget is enough for what it says.
    acme.crowd(1..=100_000).await;
    for query in ["filter=title%20pr", "sortBy=title&count=1"] {
        let answer = acme.scim.get(&format!("/Users?{query}")).await;
        answer.expect(200);
    }
    acme.crowd(100_001..=100_600).await;
    for (query, hint) in [
        ("filter=title%20pr", "or read by cursor"),
        ("sortBy=title", "or sort by"),
        ("sortBy=title&cursor=", "or sort by"),
        (
            "filter=meta.lastModified%20gt%20%221969-01-01T00:00:00Z%22",
            "or read by cursor",
        ),
    ] {
        let answer = acme.scim.get(&format!("/Users?{query}")).await;
        let detail = answer.expect_scim_error(400, Some("tooMany"));
        assert!(detail.contains(hint), "{detail}");
    }

    // By cursor the filter goes on where the budget ended, though it found nothing so far.
    let query = "/Users?filter=userName%20ew%20%22600%22%20and%20userName%20sw%20%22u001006%22";
    let first = acme.scim.get(&format!("{query}&cursor=")).await.expect(200);
    assert_eq!(column(&first, "id"), [] as [&str; 0]);
    let cursor = first["nextCursor"].as_str().expect("more to look at");
    let last = acme
        .scim
        .get(&format!("{query}&cursor={cursor}"))
        .await
        .expect(200);
    assert_eq!(column(&last, "id"), ["u00100600"]);
    assert!(last.get("nextCursor").is_none());

    // Indexes have no budget.
    for by in ["id", "userName"] {
        let path = format!("/Users?sortBy={by}&sortOrder=descending&count=1");
        let newest = acme.scim.get(&path).await.expect(200);
        assert_eq!(column(&newest, "id"), ["u00100600"], "{by}");
        assert_eq!(newest["totalResults"], json!(100_600));
    }
    let deep = acme
        .scim
        .get("/Users?startIndex=100600&count=5")
        .await
        .expect(200);
    assert_eq!(column(&deep, "id"), ["u00100600"]);
    let beyond = acme.scim.get("/Users?startIndex=100601").await.expect(200);
    assert_eq!(column(&beyond, "id"), [] as [&str; 0]);
}

/// A page of groups holds so many members, whole groups one by one. Nobody reads them to find a group by one of them.
async fn members_of_a_page(db: Db) {
    let acme = Acme::start(db).await;
    for number in 1..=2 {
        let group = acme.scim.group(&format!("Big {number}"), &[]).await;
        acme.crowd_into(&group, number..=100_600).await;
    }
    let answer = acme.scim.get("/Groups").await;
    let detail = answer.expect_scim_error(400, Some("tooMany"));
    assert!(detail.contains("excludedAttributes=members"), "{detail}");
    assert!(detail.contains("by cursor"), "{detail}");
    // By cursor each page ends where the next group would be too much.
    for query in [
        "",
        "sortBy=externalId",
        "filter=displayName%20sw%20%22Big%22",
    ] {
        full_pages(&acme.scim, &format!("/Groups?{query}")).await;
    }
    for page in ["count=1", "excludedAttributes=members", "attributes=id"] {
        let answer = acme.scim.get(&format!("/Groups?{page}")).await;
        answer.expect(200);
    }
    let first = encode(&format!("members[value eq \"{}\"]", nth(1)));
    let found = acme.scim.get(&format!("/Groups?filter={first}")).await;
    let found = found.expect(200);
    assert_eq!(column(&found, "displayName"), ["Big 1"]);
    let members = found["Resources"][0]["members"].as_array();
    assert_eq!(members.map(Vec::len), Some(100_600));
}

/// The same of users that are in many groups.
async fn groups_of_a_page(db: Db) {
    let acme = Acme::start(db).await;
    acme.crowd(1..=100_600).await;
    acme.database
        .run("UPDATE resources SET kind = 'Group' WHERE id > 'u00000002'")
        .await;
    for user in 1..=2 {
        acme.crowd_above(&nth(user), 3..=100_600).await;
    }
    let answer = acme.scim.get("/Users").await;
    let detail = answer.expect_scim_error(400, Some("tooMany"));
    assert!(detail.contains("excludedAttributes=groups"), "{detail}");
    for page in ["count=1", "excludedAttributes=groups", "attributes=id"] {
        acme.scim.get(&format!("/Users?{page}")).await.expect(200);
    }
    full_pages(&acme.scim, "/Users?").await;
}

/// Two resources that are too much for one page by cursor.
async fn full_pages(scim: &Scim, query: &str) {
    let first = scim.get(&format!("{query}&cursor=")).await.expect(200);
    assert_eq!(first["itemsPerPage"], 1, "{query}");
    let next = first["nextCursor"].as_str().expect("another page");
    let last = scim
        .get(&format!("{query}&cursor={next}"))
        .await
        .expect(200);
    assert_eq!(last["itemsPerPage"], 1, "{query}");
    assert_ne!(column(&last, "id"), column(&first, "id"), "{query}");
    assert!(last.get("nextCursor").is_none(), "{query}");
}
