//! What plugins said while they decided: found by whoever runs them, bounded, and without what nobody may see.

use serde_json::{Value, json};

use crate::support::guest::{Act, Guest, placement};
use crate::support::scim::{id, person};
use crate::support::{Acme, Db, eventually, on_both_databases};

on_both_databases!(
    lines_are_found_by_level_slot_and_user,
    a_failure_tells_where_it_was,
    a_decision_without_a_word_leaves_none,
    lines_are_read_onwards_and_backwards,
    of_a_flood_the_newest_are_kept,
    what_is_returned_to_nobody_is_in_no_line,
    they_survive_a_restart_and_go_with_their_connection,
);

fn lines(logs: &Value) -> Vec<Value> {
    logs["data"].as_array().expect("lines").clone()
}

fn messages(logs: &Value) -> Vec<String> {
    let message = |line: &Value| line["message"].as_str().unwrap_or_default().to_owned();
    lines(logs).iter().map(message).collect()
}

/// Says something in two slots.
fn talkative() -> Guest {
    let profile = Act::Profile("{}".to_owned());
    let placements = Act::Placements(vec![placement("northwind", &[])]);
    Guest::viewer()
        .attributes(Act::Tell("debug", "looking", Box::new(profile)))
        .tenants(Act::Tell("warn", "no tenant named", Box::new(placements)))
}

async fn lines_are_found_by_level_slot_and_user(db: Db) {
    let acme = Acme::start(db).await;
    let revision = acme.run(&talkative().component()).await;
    let digest = acme.operator.plugin(&talkative().component()).await;
    let created = acme
        .scim
        .create_user(&person("ada@northwind.example"))
        .await;
    let request = created.header("x-request-id").map(str::to_owned);
    let ada = id(&created.expect(201));
    let grace = acme.scim.user("grace@northwind.example").await;
    let logs = acme.operator.settled_plugin_logs(&acme.connection, 4).await;
    let first = &logs["data"][0];
    let at = first["at"].clone();
    assert_eq!(
        *first,
        json!({
            "seq": 1, "at": at, "level": "debug", "message": "looking", "slot": "attributes", "plugin": digest,
            "revision": revision, "user": ada, "request": request, "fault": null,
        })
    );
    assert!(at.is_string() && request.is_some(), "{first}");
    assert_eq!(logs["dropped"], json!({"count": 0, "last_at": null}));

    let found = async |query: &str| {
        let logs = acme.operator.plugin_logs(&acme.connection, query).await;
        let line = |line: &Value| (line["level"].to_string(), line["user"] == *grace);
        lines(&logs).iter().map(line).collect::<Vec<_>>()
    };
    let (debug, warn) = ("\"debug\"".to_owned(), "\"warn\"".to_owned());
    let of_grace = found(&format!("?user={grace}")).await;
    assert_eq!(of_grace, [(debug.clone(), true), (warn.clone(), true)]);
    let urgent = found("?level=info").await;
    assert_eq!(urgent, [(warn.clone(), false), (warn.clone(), true)]);
    let tenants = found(&format!("?slot=tenants&user={ada}")).await;
    assert_eq!(tenants, [(warn, false)]);
    assert_eq!(found("?slot=roles").await, []);
    assert_eq!(found("?level=error").await, []);
    for (query, words) in [
        ("?level=loud", "debug, info"),
        ("?slot=users", "attributes, tenants"),
        ("?after=1&before=2", "one of them"),
    ] {
        let path = acme.connection.path(&format!("/plugin-logs{query}"));
        let problem = acme.operator.get(&path).await.expect_problem(400);
        assert_eq!(problem["code"], "invalid_query", "{problem}");
        assert!(problem["detail"].to_string().contains(words), "{problem}");
    }
    let nowhere = "/v1/connections/no-such-connection/plugin-logs";
    acme.operator.get(nowhere).await.expect_problem(404);
}

async fn a_failure_tells_where_it_was(db: Db) {
    let acme = Acme::start(db).await;
    let panic = Act::Tell(
        "panic",
        "index out of bounds, src/lib.rs:7",
        Box::new(Act::Trap),
    );
    acme.run(&Guest::viewer().tenants(panic).component()).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let logs = acme.operator.settled_plugin_logs(&acme.connection, 2).await;
    let [said, failed] = &lines(&logs)[..] else {
        panic!("{logs}")
    };
    assert_eq!(said["level"], "panic");
    assert_eq!(said["message"], "index out of bounds, src/lib.rs:7");
    assert_eq!(failed["level"], "error");
    assert_eq!(failed["slot"], "tenants");
    assert_eq!(failed["user"], *user);
    assert!(
        failed["message"].to_string().contains("src/lib.rs:7"),
        "{failed}"
    );
    assert_eq!(failed["fault"]["code"], "trap");
    let frame = &failed["fault"]["trace"][0];
    assert_eq!(frame["function"], "tenants", "{failed}");
    assert!(frame["offset"].as_u64() > Some(0), "{failed}");

    // One that ends without a trap has no place.
    acme.run(&Guest::viewer().roles(Act::Internal("no idea")).component())
        .await;
    let path = acme.connection.path("/plugin-logs?level=error");
    let failed = eventually("the other failure", async || {
        let logs = acme.operator.get(&path).await.expect(200);
        lines(&logs)
            .into_iter()
            .find(|line| line["slot"] == "roles")
    })
    .await;
    assert_eq!(failed["fault"], json!({"code": "internal", "trace": []}));
    assert_eq!(failed["request"], Value::Null, "decided in the background");
}

async fn a_decision_without_a_word_leaves_none(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    acme.scim.user("ada@northwind.example").await;
    acme.run(&talkative().component()).await;
    let logs = acme.operator.settled_plugin_logs(&acme.connection, 2).await;
    assert_eq!(messages(&logs), ["looking", "no tenant named"]);
    assert_eq!(logs["data"][0]["seq"], 1, "the quiet decision had none");
}

async fn lines_are_read_onwards_and_backwards(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&talkative().component()).await;
    let empty = acme.operator.plugin_logs(&acme.connection, "").await;
    assert_eq!(empty["page"], json!({"next": 0, "previous": null}));
    for name in ["a", "b", "c"] {
        acme.scim.user(name).await;
    }
    acme.operator.settled_plugin_logs(&acme.connection, 6).await;
    let read = async |query: &str| {
        let logs = acme.operator.plugin_logs(&acme.connection, query).await;
        let seq = |line: &Value| line["seq"].as_i64().expect("a number");
        let seqs: Vec<_> = lines(&logs).iter().map(seq).collect();
        (seqs, logs["page"].clone())
    };
    let newest = read("?limit=2").await;
    assert_eq!(newest, (vec![5, 6], json!({"next": 6, "previous": 5})));
    let before = read("?limit=4&before=5").await;
    assert_eq!(before.0, [1, 2, 3, 4]);
    assert_eq!(before.1["previous"], Value::Null);
    assert_eq!(read("?limit=2&after=1").await.0, [2, 3]);
    assert_eq!(read("?limit=2&after=1&level=warn").await.0, [2, 4]);
    let end = read("?after=6").await;
    assert_eq!(end.0, [0_i64; 0]);
    assert_eq!(end.1["next"], 6);

    acme.scim.user("d").await;
    let after = eventually("the next lines", async || {
        Some(read("?after=6").await.0).filter(|seqs| seqs.len() == 2)
    });
    assert_eq!(after.await, [7, 8]);
}

async fn of_a_flood_the_newest_are_kept(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().attributes(Act::Chatter).component())
        .await;
    // A call keeps 64 of the 1,000 lines, some 20 kB with all that is kept of a line.
    let mut users = Vec::new();
    for number in 0..120 {
        users.push(acme.scim.user(&format!("user{number}")).await);
    }
    let last = users.last().expect("users").clone();
    let logs = eventually("the last user's lines", async || {
        let path = acme.connection.path(&format!("/plugin-logs?user={last}"));
        let logs = acme.operator.get(&path).await.expect(200);
        (!lines(&logs).is_empty()).then_some(logs)
    })
    .await;
    let mut kept = 0;
    let mut bytes = 0;
    let mut page = acme
        .operator
        .plugin_logs(&acme.connection, "?limit=200")
        .await;
    let newest = page["page"]["next"].as_i64().expect("a number");
    loop {
        kept += lines(&page).len() as i64;
        bytes += page["data"].to_string().len();
        let Some(previous) = page["page"]["previous"].as_i64() else {
            break;
        };
        let before = format!("?limit=200&before={previous}");
        page = acme.operator.plugin_logs(&acme.connection, &before).await;
    }
    assert!(bytes < 2 << 20, "{kept} lines of {bytes} bytes are kept");
    let dropped = &logs["dropped"];
    assert!(dropped["last_at"].is_string(), "{dropped}");
    assert_eq!(
        dropped["count"].as_i64().expect("a count") + kept,
        120 * 1000,
        "every line is there or counted; {newest} were written"
    );
}

async fn what_is_returned_to_nobody_is_in_no_line(db: Db) {
    let acme = Acme::start(db).await;
    let urn = "urn:acme:params:scim:schemas:User";
    let schema = json!({"resource_type": "User", "name": "Acme", "attributes": [
        {"name": "pin", "mutability": "writeOnly", "returned": "never"},
        {"name": "floor"},
    ]});
    let path = format!("/v1/schemas/{urn}");
    acme.operator.put(&path, &schema).await.expect(201);
    let profile = Act::Profile("{}".to_owned());
    let guest = Guest::viewer().attributes(Act::Tell("info", "", Box::new(profile)));
    acme.run(&guest.component()).await;
    let mut user = person("ada@northwind.example");
    user[urn] = json!({"pin": "74-19 \"x\"", "floor": "third"});
    acme.scim.create_user(&user).await.expect(201);
    let logs = acme.operator.settled_plugin_logs(&acme.connection, 1).await;
    let message = &messages(&logs)[0];
    assert!(message.contains("\"floor\":\"third\""), "{message}");
    assert!(message.contains("\"pin\":\"[redacted]\""), "{message}");
    assert!(!logs.to_string().contains("74-19"), "{logs}");
}

async fn they_survive_a_restart_and_go_with_their_connection(db: Db) {
    let mut acme = Acme::start(db).await;
    acme.run(&talkative().component()).await;
    acme.scim.user("ada@northwind.example").await;
    // What waits is written when the server stops.
    acme.server.terminate();
    acme.server.exit().await;
    acme.server.restart().await;
    acme.reconnect();
    let logs = acme.operator.plugin_logs(&acme.connection, "").await;
    assert_eq!(messages(&logs), ["looking", "no tenant named"]);
    acme.operator
        .delete(&acme.connection.path(""))
        .await
        .expect_status(204);
    let path = acme.connection.path("/plugin-logs");
    acme.operator.get(&path).await.expect_problem(404);
    acme.server.terminate();
    acme.server.exit().await;
    let stored = String::from_utf8_lossy(&acme.database.contents()).into_owned();
    if db == Db::Postgres {
        assert!(!stored.contains("no tenant named"), "nothing is left");
    }
}
