//! How many requests are kept, and for how long.

use serde_json::json;

use super::{found, found_count};
use crate::support::http::Request;
use crate::support::{Acme, Database, Db, Launch, eventually, on_both_databases};

on_both_databases!(
    what_is_in_the_queue_survives_a_stop,
    no_more_is_kept_than_wanted,
    a_little_at_a_time_adds_up,
    less_is_kept_after_a_start_with_less,
    none_is_kept_where_none_is_wanted,
    what_is_too_old_goes,
    requests_go_with_their_connection,
    reads_in_a_flood_are_counted,
);

async fn what_is_in_the_queue_survives_a_stop(db: Db) {
    let mut acme = Acme::start(db).await;
    for number in 0..20 {
        acme.scim
            .user(&format!("user-{number}@northwind.example"))
            .await;
    }
    acme.server.terminate();
    assert!(acme.server.exit().await.success());
    acme.server.restart().await;
    acme.reconnect();
    assert_eq!(found_count(&acme, "limit=200").await, 20);
}

async fn keeping(db: Db, arguments: &[&str]) -> Acme {
    let database = Database::create(db);
    let launch = Launch::on(database.url()).with(arguments);
    Acme::launch(launch, database).await
}

async fn no_more_is_kept_than_wanted(db: Db) {
    let acme = keeping(db, &["--request-log-rows", "5"]).await;
    for number in 0..20 {
        acme.scim
            .user(&format!("user-{number}@northwind.example"))
            .await;
    }
    let path = acme.connection.path("/requests");
    eventually("the oldest requests to go", async || {
        let page = acme.operator.get(&path).await.expect(200);
        let data = page["data"].as_array().expect("a page").clone();
        let newest = data.first().map(|it| &it["resources"][0]["user_name"]);
        let is_last = newest.is_some_and(|name| name == "user-19@northwind.example");
        (data.len() == 5 && is_last).then_some(())
    })
    .await;
    found(&acme, "user=user-3%40northwind.example", 0).await;
}

/// With rounds of looking after it between, each of which finds less than its slack.
async fn a_little_at_a_time_adds_up(db: Db) {
    let acme = keeping(db, &["--request-log-rows", "20"]).await;
    for round in 0..20 {
        for user in ["ada", "bob"] {
            acme.scim
                .user(&format!("{user}-{round}@northwind.example"))
                .await;
        }
        // What changes the configuration is when the server looks.
        acme.operator
            .patch(
                &acme.connection.path(""),
                &json!({"name": format!("{round}")}),
            )
            .await
            .expect(200);
    }
    eventually("the oldest requests to go", async || {
        let newest = found_count(&acme, "limit=200&user=bob-19%40northwind.example").await;
        let all = found_count(&acme, "limit=200").await;
        (newest == 1 && all <= 22).then_some(())
    })
    .await;
}

async fn less_is_kept_after_a_start_with_less(db: Db) {
    let mut acme = Acme::start(db).await;
    for number in 0..20 {
        acme.scim
            .user(&format!("user-{number}@northwind.example"))
            .await;
    }
    acme.server.terminate();
    assert!(acme.server.exit().await.success());
    let launch = Launch::on(acme.database.url()).with(&["--request-log-rows", "0"]);
    acme.server = launch.start().await;
    acme.reconnect();
    eventually("all requests to go", async || {
        (found_count(&acme, "limit=200").await == 0).then_some(())
    })
    .await;
}

async fn none_is_kept_where_none_is_wanted(db: Db) {
    let mut acme = keeping(db, &["--request-log-rows", "0"]).await;
    acme.scim.user("ada@northwind.example").await;
    acme.server.terminate();
    assert!(acme.server.exit().await.success());
    acme.server.restart().await;
    acme.reconnect();
    assert_eq!(found_count(&acme, "").await, 0);
    let page = acme
        .operator
        .get(&acme.connection.path("/requests"))
        .await
        .expect(200);
    assert_eq!(page["gaps"], json!([]));
}

async fn what_is_too_old_goes(db: Db) {
    let acme = keeping(db, &["--request-log-age", "1s"]).await;
    acme.scim.user("ada@northwind.example").await;
    found(&acme, "", 1).await;
    eventually("the request to go", async || {
        // A change of the configuration is when the server looks.
        acme.operator
            .patch(&acme.connection.path(""), &json!({"name": "Entra"}))
            .await
            .expect(200);
        (found_count(&acme, "").await == 0).then_some(())
    })
    .await;
}

async fn requests_go_with_their_connection(db: Db) {
    let acme = Acme::start(db).await;
    let other = acme.operator.connect("contoso", "okta", &json!({})).await;
    let scim = acme.server.scim(&other);
    scim.user("ada@contoso.example").await;
    let path = other.path("/requests");
    eventually("the request to be kept", async || {
        let page = acme.operator.get(&path).await.expect(200);
        (page["data"].as_array().map(Vec::len) == Some(1)).then_some(())
    })
    .await;
    acme.operator
        .delete(&other.path(""))
        .await
        .expect_status(204);
    acme.operator.get(&path).await.expect_problem(404);
    if let Database::Postgres(cluster, name) = &acme.database {
        for table in ["requests", "request_subjects"] {
            let count = format!("SELECT COUNT(*) FROM {table}");
            eventually("the requests to go", async || {
                (cluster.value(name, &count) == "0").then_some(())
            })
            .await;
        }
    }
}

async fn reads_in_a_flood_are_counted(db: Db) {
    let acme = Acme::start(db).await;
    let ada = acme.scim.user("ada@northwind.example").await;
    let path = format!("/Users/{ada}");
    let sent = 1_500;
    for _ in 0..sent / 50 {
        let mut flood = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let request: Request = acme.scim.request("GET", &path);
            let origin = acme.scim.origin().to_owned();
            flood.spawn(async move { request.send(&origin).await.expect_status(200) });
        }
        flood.join_all().await;
    }
    let page_path = acme.connection.path("/requests?limit=200&method=GET");
    eventually("every request to be kept or counted", async || {
        let mut kept = 0;
        let mut after = String::new();
        loop {
            let page = acme
                .operator
                .get(&format!("{page_path}{after}"))
                .await
                .expect(200);
            kept += page["data"].as_array().expect("a page").len() as i64;
            match page["page"]["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        // A page that reaches from the beginning to now has all gaps.
        let whole = acme
            .operator
            .get(&acme.connection.path("/requests?method=DELETE"))
            .await;
        let whole = whole.expect(200);
        let missing: i64 = whole["gaps"]
            .as_array()
            .expect("gaps")
            .iter()
            .inspect(|gap| assert_eq!(gap["reason"], "rate", "{gap}"))
            .filter_map(|gap| gap["count"].as_i64())
            .sum();
        assert!(kept + missing <= sent, "{kept} kept, {missing} missing");
        (kept + missing == sent && missing > 0).then_some(())
    })
    .await;
    // A change is kept whatever else there is.
    acme.scim.set_active(&ada, false).await;
    found(&acme, "method=PATCH", 1).await;
}
