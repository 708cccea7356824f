//! A query that no index answers looks at 100,000 resources and no more, says so, and can be read by cursor instead.

use serde_json::json;

use super::column;
use crate::support::{Acme, Database, Db};

/// Users behind the server's back: writing them one by one would take minutes.
fn fill(acme: &Acme, from: usize, to: usize) {
    let Database::Postgres(cluster, name) = &acme.database else {
        panic!("SQLite has no door at the back")
    };
    cluster.sql(
        name,
        &format!(
            "INSERT INTO resources (id, connection_id, kind, version, inputs, name_key, active, doc, created_at, modified_at) \
             SELECT 'u' || lpad(i::text, 8, '0'), '{}', 'User', 1, 0, 'n' || lpad(i::text, 8, '0'), 1, \
             '{{\"userName\":\"N' || lpad(i::text, 8, '0') || '\"}}', i, i FROM generate_series({from}, {to}) i",
            acme.connection.id
        ),
    );
}

#[tokio::test]
async fn postgres() {
    let acme = Acme::start(Db::Postgres).await;
    // The budget is enough for what it says.
    fill(&acme, 1, 100_000);
    for query in ["filter=title%20pr", "sortBy=title&count=1"] {
        let answer = acme.scim.get(&format!("/Users?{query}")).await;
        answer.expect(200);
    }
    fill(&acme, 100_001, 100_600);
    for (query, hint) in [
        ("filter=title%20pr", "or read by cursor"),
        ("sortBy=title", "or sort by"),
        ("sortBy=title&cursor=", "or sort by"),
    ] {
        let answer = acme.scim.get(&format!("/Users?{query}")).await;
        let detail = answer.expect_scim_error(400, Some("tooMany"));
        assert!(detail.contains(hint), "{detail}");
    }

    // By cursor the filter goes on where the budget ended, though it found nothing so far.
    let query = "/Users?filter=userName%20ew%20%22600%22%20and%20userName%20sw%20%22n001006%22";
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
