//! The request log: what came over SCIM is kept, redacted, and found by time, status, method, user and group.

use serde_json::{Value, json};

use crate::support::http::Request;
use crate::support::scim::{encode, id, person};
use crate::support::{Acme, Database, Db, Launch, eventually, on_both_databases};

on_both_databases!(
    a_change_is_kept_with_what_it_changed,
    an_error_is_kept_with_what_the_client_was_told,
    requests_are_found_by_status_method_user_group_and_time,
    names_of_then_find_what_is_gone,
    a_bulk_request_tells_of_each_operation,
    memberships_are_found_by_who_came_and_went,
    secrets_are_not_kept,
    a_large_body_is_cut,
    a_body_that_breaks_off_shows,
    what_is_in_the_queue_survives_a_stop,
    no_more_is_kept_than_wanted,
    none_is_kept_where_none_is_wanted,
    what_is_too_old_goes,
    requests_go_with_their_connection,
    reads_in_a_flood_are_counted,
    requests_belong_to_their_connection,
    queries_are_checked,
);

/// The requests that a query finds, as soon as there are so many.
async fn found(acme: &Acme, query: &str, count: usize) -> Vec<Value> {
    let path = acme
        .connection
        .path(&format!("/requests?limit=200&{query}"));
    let what = format!("{query} to find {count} requests");
    eventually(&what, async || {
        let page = acme.operator.get(&path).await.expect(200);
        let data = page["data"].as_array().expect("a page").clone();
        assert!(data.len() <= count, "{query} finds {data:#?}");
        (data.len() == count).then_some(data)
    })
    .await
}

async fn read(acme: &Acme, request: &Value) -> Value {
    let id = request["id"].as_str().expect("a request has an id");
    let path = acme.connection.path(&format!("/requests/{id}"));
    acme.operator.get(&path).await.expect(200)
}

async fn a_change_is_kept_with_what_it_changed(db: Db) {
    let acme = Acme::start(db).await;
    let created = acme
        .scim
        .create_user(&person("ada@northwind.example"))
        .await;
    let correlation = created
        .header("x-request-id")
        .expect("a correlation id")
        .to_owned();
    let ada = id(&created.expect(201));
    let change = json!([
        {"op": "Replace", "path": "title", "value": "Director"},
        {"op": "replace", "path": "name.familyName", "value": "King"},
    ]);
    let patched = acme
        .scim
        .request("PATCH", &format!("/Users/{ada}"))
        .header("Content-Type", "application/scim+json")
        .header("User-Agent", "Okta SCIM Client 1.0.0")
        .body(json!({"Operations": change}).to_string());
    patched.send(acme.scim.origin()).await.expect(200);

    let [patch, create] = &*found(&acme, "", 2).await else {
        panic!("two requests")
    };
    assert_eq!(create["id"], correlation);
    assert_eq!(
        (&create["method"], &create["path"]),
        (&json!("POST"), &json!("/Users"))
    );
    assert_eq!(create["status"], 201);
    assert!(
        create["duration_ms"].as_f64().is_some_and(|ms| ms > 0.0),
        "{create}"
    );
    let resource = &create["resources"][0];
    assert_eq!(resource["operation"], "create");
    assert_eq!(
        (&resource["type"], &resource["id"]),
        (&json!("User"), &json!(ada))
    );
    assert_eq!(resource["user_name"], "ada@northwind.example");
    assert_eq!(resource["external_id"], "ext-ada");
    assert_eq!(create["events"]["user.created"], 1);

    assert_eq!(patch["status"], 200);
    assert_eq!(patch["user_agent"], "Okta SCIM Client 1.0.0");
    assert_eq!(
        patch["tolerances"],
        json!({"message_envelope": 1, "operation_case": 1})
    );
    assert_eq!(patch["resources"][0]["operation"], "update");
    assert_eq!(
        patch["resources"][0]["changes"],
        json!([
            {"path": "name.familyName", "from": "Example", "to": "King"},
            {"path": "title", "from": "Account Executive", "to": "Director"},
        ])
    );
    let whole = read(&acme, patch).await;
    let body: Value = serde_json::from_str(whole["body"].as_str().expect("a body")).expect("JSON");
    assert_eq!(body["Operations"], change);

    // The events name the request, and are sealed with it.
    let events = acme.operator.events_after(0).await;
    let event = |kind: &str| {
        events
            .iter()
            .find(|event| event["type"] == kind)
            .expect("an event")
    };
    assert_eq!(event("user.created")["data"]["request"], create["id"]);
    assert_eq!(event("user.updated")["data"]["request"], patch["id"]);
}

async fn an_error_is_kept_with_what_the_client_was_told(db: Db) {
    let acme = Acme::start(db).await;
    let user = person("ada@northwind.example");
    acme.scim.create_user(&user).await.expect_status(201);
    let refused = acme.scim.create_user(&user).await;
    let correlation = refused
        .header("x-request-id")
        .expect("a correlation id")
        .to_owned();
    let detail = refused.expect_scim_error(409, Some("uniqueness"));
    let [kept] = &*found(&acme, "status=409", 1).await else {
        panic!("one request")
    };
    assert_eq!(kept["id"], correlation);
    assert_eq!(
        (&kept["scim_type"], &kept["detail"]),
        (&json!("uniqueness"), &json!(detail))
    );
    assert_eq!(kept["resources"][0]["user_name"], "ada@northwind.example");
    assert_eq!(kept["resources"][0]["operation"], Value::Null);
    // Whatever is answered has an id: an endpoint that is none, a token that is none.
    let nowhere = acme.scim.get("/Nowhere").await;
    assert!(nowhere.header("x-request-id").is_some(), "{nowhere:?}");
    let stranger = acme
        .scim
        .with_token("a-token-of-nobody")
        .get("/Users")
        .await;
    assert!(stranger.header("x-request-id").is_some(), "{stranger:?}");
    found(&acme, "status=404", 1).await;
}

async fn requests_are_found_by_status_method_user_group_and_time(db: Db) {
    let acme = Acme::start(db).await;
    let ada = acme.scim.user("ada@northwind.example").await;
    let bob = acme.scim.user("bob@northwind.example").await;
    let crew = acme.scim.group("Crew", &[&ada]).await;
    acme.scim.read_user(&ada).await;
    acme.scim.get("/Users/nobody").await.expect_status(404);
    acme.scim
        .count("userName eq \"ADA@northwind.example\"")
        .await;
    acme.scim
        .post("/Users", &json!({"displayName": "x"}))
        .await
        .expect_status(400);
    acme.scim
        .delete(&format!("/Users/{bob}"))
        .await
        .expect_status(204);
    let all = found(&acme, "", 8).await;
    let ids = |some: &[Value]| some.iter().map(|it| it["id"].clone()).collect::<Vec<_>>();
    let mut sorted = ids(&all);
    sorted.sort_by(|one, other| other.as_str().cmp(&one.as_str()));
    assert_eq!(ids(&all), sorted, "newest first");

    found(&acme, "status=201", 3).await;
    found(&acme, "status=2xx", 6).await;
    found(&acme, "status=4xx", 2).await;
    found(&acme, "status=5xx", 0).await;
    found(&acme, "method=get", 3).await;
    found(&acme, "method=POST&status=4xx", 1).await;
    found(&acme, "method=DELETE&status=4xx", 0).await;
    for who in [&*ada, "Ada@Northwind.Example", "EXT-ada", "ada Example"] {
        // Created, joined, read, looked for.
        found(&acme, &format!("user={}", encode(who)), 4).await;
    }
    found(&acme, &format!("user={ada}&method=POST"), 2).await;
    found(&acme, &format!("user={ada}&group={crew}"), 1).await;
    found(&acme, "group=crew", 1).await;
    found(&acme, &format!("user={bob}&status=204"), 1).await;
    found(&acme, "user=nobody", 1).await;
    // A user's name finds no group.
    found(&acme, "user=crew", 0).await;

    let at = |which: usize| encode(all[which]["at"].as_str().expect("a time"));
    let from = found_count(&acme, &format!("from={}", at(3))).await;
    let to = found_count(&acme, &format!("to={}", at(3))).await;
    assert_eq!(from + to, 8);
    assert!((4..8).contains(&from), "{from}");

    // Page by page the same.
    let mut paged = Vec::new();
    let mut after = String::new();
    loop {
        let path = acme.connection.path(&format!("/requests?limit=3{after}"));
        let page = acme.operator.get(&path).await.expect(200);
        paged.extend(page["data"].as_array().expect("a page").clone());
        let Some(next) = page["page"]["next"].as_str() else {
            break;
        };
        after = format!("&after={next}");
    }
    assert_eq!(paged, all);
}

async fn found_count(acme: &Acme, query: &str) -> usize {
    let path = acme.connection.path(&format!("/requests?{query}"));
    let page = acme.operator.get(&path).await.expect(200);
    page["data"].as_array().expect("a page").len()
}

async fn names_of_then_find_what_is_gone(db: Db) {
    let acme = Acme::start(db).await;
    let ada = acme.scim.user("ada@northwind.example").await;
    let path = format!("/Users/{ada}");
    let rename =
        json!([{"op": "replace", "path": "userName", "value": "ada.king@northwind.example"}]);
    acme.scim.patch(&path, &rename).await.expect(200);
    acme.scim.read_user(&ada).await;
    acme.scim.delete(&path).await.expect_status(204);
    for name in [
        "ada@northwind.example",
        "ada.king@northwind.example",
        "ext-ada",
    ] {
        let all = found(&acme, &format!("user={}", encode(name)), 4).await;
        assert_eq!(all[0]["resources"][0]["operation"], "delete");
        assert_eq!(
            all[0]["resources"][0]["user_name"],
            "ada.king@northwind.example"
        );
    }
}

async fn a_bulk_request_tells_of_each_operation(db: Db) {
    let acme = Acme::start(db).await;
    let post = |name: &str| json!({"method": "POST", "path": "/Users", "bulkId": name, "data": person(name)});
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [post("ada"), post("bob"), {"method": "POST", "path": "/Users", "bulkId": "again", "data": person("ada")}],
    });
    acme.scim.post("/Bulk", &bulk).await.expect(200);
    let [kept] = &*found(&acme, "user=bob", 1).await else {
        panic!("one request")
    };
    assert_eq!(kept["path"], "/Bulk");
    let mut told: Vec<_> = kept["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .map(|it| {
            format!(
                "{} {} {}",
                it["user_name"],
                it["operation"],
                it["error"].is_string()
            )
        })
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "\"ada\" \"create\" false",
            "\"ada\" null true",
            "\"bob\" \"create\" false"
        ]
    );
}

async fn memberships_are_found_by_who_came_and_went(db: Db) {
    let acme = Acme::start(db).await;
    let ada = acme.scim.user("ada@northwind.example").await;
    let bob = acme.scim.user("bob@northwind.example").await;
    let crew = acme.scim.group("Crew", &[&bob]).await;
    acme.scim.add_member(&crew, &ada).await;
    acme.scim.remove_member(&crew, &ada).await;
    let all = found(&acme, "user=ada%40northwind.example", 3).await;
    let counts = |it: &Value| {
        (
            it["resources"][0]["members_added"].clone(),
            it["resources"][0]["members_removed"].clone(),
        )
    };
    assert_eq!(counts(&all[0]), (Value::Null, json!(1)));
    assert_eq!(counts(&all[1]), (json!(1), Value::Null));
    assert_eq!(all[0]["resources"][0]["display_name"], "Crew");
    found(&acme, "group=Crew", 3).await;
}

async fn secrets_are_not_kept(db: Db) {
    let acme = Acme::start(db).await;
    let secret = "correct-horse-battery-staple-71";
    let mut user = person("ada@northwind.example");
    user["password"] = secret.into();
    let ada = id(&acme.scim.create_user(&user).await.expect(201));
    let path = format!("/Users/{ada}");
    let change = json!([{"op": "replace", "path": "password", "value": secret}]);
    acme.scim.patch(&path, &change).await.expect_status(200);
    acme.scim
        .get(&format!(
            "/Users?filter={}",
            encode(&format!("password eq \"{secret}\""))
        ))
        .await;
    acme.scim
        .get(&format!("/Users?access_token={secret}"))
        .await;
    let broken = acme
        .scim
        .request("POST", "/Users")
        .header("Content-Type", "application/json");
    let broken = broken.body(format!("{{\"password\":\"{secret}\""));
    broken.send(acme.scim.origin()).await.expect_status(400);
    for kept in found(&acme, "", 5).await {
        let whole = read(&acme, &kept).await;
        assert!(!whole.to_string().contains(secret), "{whole}");
    }
    let [create, ..] = &*found(&acme, "status=201", 1).await else {
        panic!("one request")
    };
    let body = read(&acme, create).await;
    let body = body["body"].as_str().expect("a body");
    assert!(
        body.contains("[redacted]") && body.contains("ada@northwind.example"),
        "{body}"
    );
    let contents = acme.database.contents();
    let found = contents
        .windows(secret.len())
        .any(|part| part == secret.as_bytes());
    assert!(!found, "the secret is in the database");
}

async fn a_large_body_is_cut(db: Db) {
    let acme = Acme::start(db).await;
    let mut user = person("ada@northwind.example");
    user["title"] = "é\u{0}".repeat(20_000).into();
    let created = acme.scim.create_user(&user).await;
    let [kept] = &*found(&acme, "", 1).await else {
        panic!("one request")
    };
    assert_eq!(kept["status"], created.status);
    let whole = read(&acme, kept).await;
    let body = whole["body"].as_str().expect("a body");
    assert!(body.len() < 9_000 && body.ends_with('…'), "{}", body.len());
    assert_eq!(whole["body_bytes"], user.to_string().len());
}

async fn a_body_that_breaks_off_shows(db: Db) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let acme = Acme::start(db).await;
    let address = acme
        .server
        .origin()
        .trim_start_matches("http://")
        .to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address)
        .await
        .expect("the server listens");
    let head = format!(
        "POST {}/Users HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/scim+json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n",
        acme.scim.base(),
        acme.scim.token(),
    );
    stream
        .write_all(head.as_bytes())
        .await
        .expect("the head goes out");
    let mut asked = [0; 25];
    stream
        .read_exact(&mut asked)
        .await
        .expect("the server asks for the body");
    drop(stream);
    let [kept] = &*found(&acme, "", 1).await else {
        panic!("one request")
    };
    assert_eq!(kept["method"], "POST");
    assert!(
        kept["status"].as_u64().is_some_and(|status| status >= 400),
        "{kept}"
    );
}

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

/// What changes nothing is kept in measure; the rest is a gap with a number.
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

async fn requests_belong_to_their_connection(db: Db) {
    let acme = Acme::start(db).await;
    let other = acme.operator.connect("contoso", "okta", &json!({})).await;
    let theirs = acme.server.scim(&other);
    theirs.user("ada@northwind.example").await;
    acme.scim.user("ada@northwind.example").await;
    let ours = found(&acme, "user=ada%40northwind.example", 1).await;
    let id = ours[0]["id"].as_str().expect("an id");
    acme.operator
        .get(&other.path(&format!("/requests/{id}")))
        .await
        .expect_problem(404);
}

async fn queries_are_checked(db: Db) {
    let acme = Acme::start(db).await;
    for query in [
        "status=40",
        "status=6xx",
        "status=abc",
        "from=yesterday",
        "to=1",
        "colour=red",
    ] {
        let path = acme.connection.path(&format!("/requests?{query}"));
        let problem = acme.operator.get(&path).await.expect_problem(400);
        assert_eq!(problem["code"], "invalid_query", "{query}");
    }
    acme.operator
        .get(&acme.connection.path("/requests/none"))
        .await
        .expect_problem(404);
}
