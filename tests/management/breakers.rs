//! A plugin that fails for one user after the other is not asked for a while: its circuit breaker is open, per connection.
//! A mapping that was just activated gives way to the last one that worked.

use serde_json::{Value, json};

use crate::support::acme::every_slot;
use crate::support::guest::{Act, Guest, grant, placement};
use crate::support::hosts::{Hosts, on_one_host_and_two};
use crate::support::http::Request;
use crate::support::scim::{id, person};
use crate::support::{Acme, Connection, Db, Desk, Scim, eventually, on_both_databases};

on_one_host_and_two!(it_opens_and_nobody_is_asked, a_restart_keeps_it);

on_both_databases!(
    a_try_that_succeeds_closes_it,
    a_fresh_mapping_gives_way_to_the_last_that_worked,
    it_tells_nobody_what_is_hidden,
    two_users_are_enough_where_it_works_for_nobody,
    it_goes_back_once,
    one_call_tries_the_mapping_again,
    one_call_tries_everybody_again,
    leaving_works_while_it_is_open,
    another_connection_goes_on,
);

const VIEWER: [&str; 1] = ["northwind role viewer"];

/// Fails for whom has a long document, as [`long`] makes it.
fn picky() -> Guest {
    pickier(2_000, &[])
}

/// Fails for whom has a document of more bytes than that. Everybody else is a viewer, by these groups.
fn pickier(bytes: usize, groups: &[&str]) -> Guest {
    let grants = Act::Grants(vec![grant("northwind", "role", "viewer", groups)]);
    let placements = Act::Placements(vec![placement("northwind", &[])]);
    let trap = format!("(if (i32.gt_u $length (i32.const {bytes})) (then unreachable))");
    Guest::viewer()
        .tenants(Act::After(trap, Box::new(placements)))
        .roles(grants)
}

fn broken() -> Vec<u8> {
    Guest::viewer().roles(Act::Trap).component()
}

fn name(number: usize) -> String {
    format!("user{number}@northwind.example")
}

async fn users(scim: &Scim, count: usize) -> Vec<String> {
    let mut users = Vec::new();
    for number in 0..count {
        users.push(scim.user(&name(number)).await);
    }
    users
}

/// Each of them gets a document that [`picky`] fails for, or one that it doesn't.
async fn write(scim: &Scim, users: &[String], is_long: bool) {
    let title = if is_long {
        "x".repeat(3_000)
    } else {
        "x".to_owned()
    };
    for user in users {
        let operations = json!([{"op": "replace", "path": "title", "value": title}]);
        let written = scim.patch(&format!("/Users/{user}"), &operations).await;
        assert!(matches!(written.status, 200 | 204), "{written:?}");
    }
}

/// Puts a mapping in force; when this returns it may have given way already.
async fn activate(acme: &Acme, component: &[u8]) -> String {
    let digest = acme.operator.plugin(component).await;
    let revision = acme
        .operator
        .map(&acme.connection, &every_slot(&digest))
        .await;
    let path = format!("/mappings/{revision}/activate");
    let path = acme.connection.path(&path);
    acme.operator.post(&path, &json!({})).await.expect(202);
    digest
}

async fn breaker_of(acme: &Acme, connection: &Connection, digest: &str) -> Value {
    let page = acme.operator.get(&connection.path("/breakers")).await;
    let page = page.expect(200);
    let breakers = page["data"].as_array().expect("a page has data");
    let found = breakers.iter().find(|it| it["plugin"] == digest);
    found.unwrap_or_else(|| panic!("{digest}: {page}")).clone()
}

async fn breaker(acme: &Acme, digest: &str) -> Value {
    breaker_of(acme, &acme.connection, digest).await
}

async fn retry(acme: &Acme) -> Value {
    let path = acme.connection.path("/breakers/retry");
    acme.operator.post(&path, &json!({})).await.expect(202)
}

fn is_not_closed(breaker: &Value) -> bool {
    breaker["state"] == "open" || breaker["state"] == "half_open"
}

async fn wait_for_return(acme: &Acme, revision: i64) {
    eventually("the server to go back", async || {
        let path = acme.connection.path(&format!("/mappings/{revision}"));
        let mapping = acme.operator.get(&path).await.expect(200);
        (mapping["state"] == "active" && mapping["progress"]["remaining"] == 0).then_some(())
    })
    .await;
}

async fn wait_for(acme: &Acme, user: &str, state: &str) {
    eventually(state, async || {
        let access = acme.operator.user(user).await;
        (access["state"] == state).then_some(())
    })
    .await;
}

/// Of that kind, in the log.
async fn events(acme: &Acme, kind: &str, least: usize) -> Vec<Value> {
    eventually(kind, async || {
        let mut events = acme.operator.events_after(0).await;
        events.retain(|event| event["type"] == kind);
        (events.len() >= least).then_some(events)
    })
    .await
}

/// What the metrics of the first host say, all lines with these words together.
async fn metric(acme: &Acme, words: &[&str]) -> f64 {
    let answer = Request::new("GET", "/metrics")
        .send(acme.server.origin())
        .await;
    let text = answer.text();
    let lines = text
        .lines()
        .filter(|line| words.iter().all(|word| line.contains(word)));
    let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    values.sum()
}

async fn calls(acme: &Acme, digest: &str) -> f64 {
    metric(acme, &["rolecall_plugin_calls_total", digest, "\"trap\""]).await
}

/// With a mapping that has worked for all of them, and now fails for all of them. There is none before it.
async fn failing(acme: &Acme, component: &[u8], count: usize) -> (String, Vec<String>) {
    let digest = acme.operator.plugin(component).await;
    acme.operator
        .remap(&acme.connection, &every_slot(&digest))
        .await;
    let users = users(&acme.scim, count).await;
    write(&acme.scim, &users, true).await;
    assert!(is_not_closed(&breaker(acme, &digest).await));
    (digest, users)
}

async fn it_opens_and_nobody_is_asked(hosts: Hosts) {
    let acme = &hosts.acme;
    let digest = activate(acme, &broken()).await;
    assert_eq!(breaker(acme, &digest).await["state"], "closed");
    let mut known = Vec::new();
    for number in 0..40 {
        let user = person(&name(number));
        let created = hosts.scim(number).create_user(&user).await;
        assert_eq!(created.status, 201, "{created:?}");
        known.push(created.json()["id"].as_str().expect("an id").to_owned());
    }
    // Five a host, and a few tries.
    let asked = calls(acme, &digest).await;
    assert!((3.0..20.0).contains(&asked), "asked {asked} times");
    let state = breaker(acme, &digest).await;
    assert!(is_not_closed(&state), "{state}");
    assert_eq!(state["revision"], 1, "{state}");
    assert_eq!(state["problem"]["code"], "trap", "{state}");
    assert!(state["failures"].as_i64() >= Some(5), "{state}");
    assert!(state["opened_at"].is_string(), "{state}");
    assert!(state["next_try_at"].is_string(), "{state}");
    for user in &known[30..32] {
        let decision = acme.operator.decision(user).await;
        assert_eq!(decision["state"], "pending", "{decision}");
        let detail = decision["problem"]["detail"].to_string();
        if decision["problem"]["code"] == "breaker_open" {
            assert!(detail.contains(&digest), "{detail}");
        }
    }
    let opened = events(acme, "breaker.opened", 1).await;
    assert_eq!(opened.len(), 1, "{opened:?}");
    assert_eq!(opened[0]["data"]["plugin"], *digest);
    assert_eq!(opened[0]["data"]["returned_to"], Value::Null);
    let detail = opened[0]["data"]["detail"].to_string();
    assert!(detail.contains("/breakers/retry"), "{detail}");
    eventually("the gauge", async || {
        let open = metric(acme, &["rolecall_plugin_breakers{", &digest]).await;
        (open > 0.5).then_some(())
    })
    .await;
}

async fn a_restart_keeps_it(mut hosts: Hosts) {
    let (digest, users) = failing(&hosts.acme, &picky().component(), 8).await;
    hosts.acme.server.terminate();
    hosts.acme.server.exit().await;
    hosts.acme.server.restart().await;
    hosts.acme.reconnect();
    let acme = &hosts.acme;
    assert!(is_not_closed(&breaker(acme, &digest).await));
    let before = calls(acme, &digest).await;
    write(&acme.scim, &users, true).await;
    for number in 100..120 {
        let mut user = person(&name(number));
        user["title"] = "x".repeat(3_000).into();
        let created = acme.scim.create_user(&user).await;
        assert_eq!(created.status, 201, "{created:?}");
    }
    let asked = calls(acme, &digest).await - before;
    assert!(asked < 15.0, "asked {asked} times");
}

async fn a_try_that_succeeds_closes_it(db: Db) {
    let acme = Acme::start(db).await;
    let (digest, users) = failing(&acme, &picky().component(), 6).await;
    for user in &users {
        let access = acme.operator.user(user).await;
        assert_eq!(access["state"], "pending", "{access}");
        assert_eq!(acme.operator.grants(user).await, VIEWER);
    }
    write(&acme.scim, &users, false).await;
    for user in &users {
        wait_for(&acme, user, "active").await;
    }
    let state = breaker(&acme, &digest).await;
    assert_eq!(state["state"], "closed", "{state}");
    assert!(state["closed_at"].is_string(), "{state}");
    assert_eq!(state["next_try_at"], Value::Null, "{state}");
    let closed = events(&acme, "breaker.closed", 1).await;
    assert_eq!(closed[0]["data"]["plugin"], *digest);
    eventually("the gauge", async || {
        let open = metric(&acme, &["rolecall_plugin_breakers{", &digest]).await;
        (open < 0.5).then_some(())
    })
    .await;
}

async fn a_fresh_mapping_gives_way_to_the_last_that_worked(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let users = users(&acme.scim, 8).await;
    let before = events(&acme, "access.changed", 8).await.len();
    let digest = activate(&acme, &broken()).await;
    wait_for_return(&acme, 1).await;

    for user in &users {
        wait_for(&acme, user, "active").await;
        assert_eq!(acme.operator.grants(user).await, VIEWER);
        let decision = acme.operator.decision(user).await;
        assert_eq!(decision["revision"], 1, "{decision}");
    }
    let path = acme.connection.path("/mappings/2");
    let left = acme.operator.get(&path).await.expect(200);
    assert_eq!(left["state"], "superseded", "{left}");
    assert!(left["returned_from_at"].is_string(), "{left}");
    let state = breaker(&acme, &digest).await;
    assert_eq!(state["state"], "open", "{state}");
    assert_eq!(state["revision"], 2, "{state}");
    assert_eq!(state["returned_to"], 1, "{state}");
    assert_eq!(state["next_try_at"], Value::Null, "{state}");

    let opened = events(&acme, "breaker.opened", 1).await;
    assert_eq!(opened[0]["data"]["returned_to"], 1, "{opened:?}");
    assert_eq!(opened[0]["data"]["problem"]["code"], "trap", "{opened:?}");
    let activated = events(&acme, "mapping.activated", 3).await;
    assert_eq!(activated[2]["data"]["revision"], 1, "{activated:?}");
    assert_eq!(activated[2]["data"]["before"], 2, "{activated:?}");
    assert_eq!(activated[2]["data"]["returned"], true, "{activated:?}");
    let after = events(&acme, "access.changed", 8).await.len();
    assert_eq!(after, before, "nobody's access changed");
}

async fn two_users_are_enough_where_it_works_for_nobody(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let users = users(&acme.scim, 2).await;
    activate(&acme, &broken()).await;
    for user in &users {
        wait_for(&acme, user, "pending").await;
    }
    wait_for_return(&acme, 1).await;
    for user in &users {
        wait_for(&acme, user, "active").await;
    }
}

/// What was gone back from is nothing to go back to, even if it worked for some.
async fn it_goes_back_once(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&pickier(3_000, &[]).component()).await;
    let few = users(&acme.scim, 2).await;
    acme.run(&pickier(1_500, &[]).component()).await;
    for user in &few {
        let decision = acme.operator.decision(user).await;
        assert_eq!(decision["state"], "active", "{decision}");
        assert_eq!(decision["revision"], 2, "{decision}");
    }
    let mut users = Vec::new();
    for number in 10..18 {
        let mut user = person(&name(number));
        user["title"] = "x".repeat(1_000).into();
        users.push(id(&acme.scim.create_user(&user).await.expect(201)));
    }
    wait_for_return(&acme, 1).await;
    for user in &users {
        wait_for(&acme, user, "active").await;
    }
    write(&acme.scim, &users, true).await;

    let opened = events(&acme, "breaker.opened", 2).await;
    assert_eq!(opened[1]["data"]["revision"], 1, "{opened:?}");
    assert_eq!(opened[1]["data"]["returned_to"], Value::Null, "{opened:?}");
    let connection = acme.operator.get(&acme.connection.path("")).await;
    assert_eq!(connection.expect(200)["active_revision"], 1);
    for user in &users {
        let access = acme.operator.user(user).await;
        assert_eq!(access["state"], "pending", "{access}");
        assert_eq!(acme.operator.grants(user).await, VIEWER);
    }
}

async fn one_call_tries_the_mapping_again(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let users = users(&acme.scim, 8).await;
    // Fails for those that are there, and no more once they have changed.
    write(&acme.scim, &users, true).await;
    let admin = Act::Grants(vec![grant("northwind", "role", "admin", &[])]);
    activate(&acme, &picky().roles(admin).component()).await;
    wait_for_return(&acme, 1).await;

    assert_eq!(retry(&acme).await["revision"], 2);
    events(&acme, "breaker.opened", 2).await;
    wait_for_return(&acme, 1).await;

    write(&acme.scim, &users, false).await;
    let mut desk = Desk::new();
    desk.set("ROLECALL_URL", acme.operator.origin());
    desk.set("ROLECALL_OPERATOR_KEY", acme.operator.key());
    let retry = ["retry", "--json", "--connection"];
    let nobody = desk.plugin(&[&retry[..], &["nobody"]].concat()).await;
    assert_eq!(nobody.expect(1).json()["problem"]["status"], 404);
    let retried = desk
        .plugin(&[&retry[..], &[&acme.connection.id]].concat())
        .await;
    assert_eq!(retried.expect(0).json()["activation"]["revision"], 2);
    wait_for_return(&acme, 2).await;
    for user in &users {
        wait_for(&acme, user, "active").await;
        assert_eq!(acme.operator.grants(user).await, ["northwind role admin"]);
    }
    assert_eq!(events(&acme, "breaker.opened", 2).await.len(), 2);
    assert_eq!(events(&acme, "breaker.retried", 2).await.len(), 2);
}

async fn one_call_tries_everybody_again(db: Db) {
    let acme = Acme::start(db).await;
    let (digest, users) = failing(&acme, &picky().component(), 6).await;
    write(&acme.scim, &users[1..], false).await;
    let answer = retry(&acme).await;
    assert_eq!(answer["revision"], 1, "{answer}");
    for user in &users[1..] {
        wait_for(&acme, user, "active").await;
    }
    wait_for(&acme, &users[0], "pending").await;
    let state = breaker(&acme, &digest).await;
    assert_eq!(state["state"], "closed", "{state}");
    let retried = events(&acme, "breaker.retried", 1).await;
    assert_eq!(retried[0]["data"]["revision"], 1, "{retried:?}");
    let nobody = Connection {
        id: "nobody".to_owned(),
        token: String::new(),
    };
    for path in ["/breakers", "/breakers/retry"] {
        let path = nobody.path(path);
        let method = if path.ends_with("retry") {
            "POST"
        } else {
            "GET"
        };
        let request = acme.operator.request(method, &path);
        let answer = request.send(acme.operator.origin()).await;
        answer.expect_problem(404);
    }
}

/// Invariant 4.
async fn leaving_works_while_it_is_open(db: Db) {
    let acme = Acme::start(db).await;
    let group = acme.scim.group("Readers", &[]).await;
    let component = pickier(2_000, &[&group]).component();
    acme.run(&component).await;
    let users = users(&acme.scim, 8).await;
    for user in &users {
        acme.scim.add_member(&group, user).await;
        assert_eq!(acme.operator.grants(user).await, VIEWER);
    }
    write(&acme.scim, &users, true).await;
    let digest = acme.operator.plugin(&component).await;
    assert!(is_not_closed(&breaker(&acme, &digest).await));
    for user in &users {
        assert_eq!(acme.operator.grants(user).await, VIEWER);
    }

    acme.scim.set_active(&users[0], false).await;
    assert_eq!(acme.operator.user(&users[0]).await["state"], "inactive");
    assert!(acme.operator.grants(&users[0]).await.is_empty());
    let deleted = acme.scim.delete(&format!("/Users/{}", users[1])).await;
    deleted.expect_status(204);
    let gone = acme.operator.get(&format!("/v1/users/{}", users[1])).await;
    gone.expect_problem(404);
    acme.scim.remove_member(&group, &users[2]).await;
    assert!(acme.operator.grants(&users[2]).await.is_empty());
    let deleted = acme.scim.delete(&format!("/Groups/{group}")).await;
    deleted.expect_status(204);
    assert!(acme.operator.grants(&users[3]).await.is_empty());
    assert!(is_not_closed(&breaker(&acme, &digest).await));

    let deleted = acme.operator.delete(&acme.connection.path("")).await;
    deleted.expect_status(204);
    for user in &users {
        let gone = acme.operator.get(&format!("/v1/users/{user}")).await;
        gone.expect_problem(404);
    }
    let opened = metric(&acme, &["rolecall_plugin_breakers{", &digest]).await;
    assert!(opened < 1.5, "{opened}");
}

async fn another_connection_goes_on(db: Db) {
    let acme = Acme::start(db).await;
    let (digest, _) = failing(&acme, &picky().component(), 6).await;
    let neighbour = acme.operator.connect("northwind", "okta", &json!({})).await;
    acme.operator.remap(&neighbour, &every_slot(&digest)).await;
    let scim = acme.server.scim(&neighbour);
    let user = scim.user("ada@northwind.example").await;
    assert_eq!(acme.operator.user(&user).await["state"], "active");
    assert_eq!(acme.operator.grants(&user).await, VIEWER);
    let state = breaker_of(&acme, &neighbour, &digest).await;
    assert_eq!(state["state"], "closed", "{state}");
    assert!(is_not_closed(&breaker(&acme, &digest).await));
}

/// What a plugin says of one user is in that user's own decision. A breaker is about all of them.
async fn it_tells_nobody_what_is_hidden(db: Db) {
    const TOKEN: &str = "tok-482913";
    let acme = Acme::start(db).await;
    let telling = Guest::viewer().roles(Act::Internal("what is tok-482913?"));
    let digest = activate(&acme, &telling.component()).await;
    for number in 0..5 {
        let mut user = person(&name(number));
        user["urn:example:params:scim:schemas:extension:acme:1.0:User"] =
            json!({ "apiToken": TOKEN });
        acme.scim.create_user(&user).await.expect(201);
    }
    eventually("an open breaker", async || {
        is_not_closed(&breaker(&acme, &digest).await).then_some(())
    })
    .await;
    let other = acme.scim.user("grace@northwind.example").await;

    let decision = acme.operator.decision(&other).await;
    assert_eq!(decision["problem"]["code"], "breaker_open", "{decision}");
    let breaker = breaker(&acme, &digest).await;
    let detail = breaker["problem"]["detail"].to_string();
    assert!(detail.contains("what is [redacted]?"), "{breaker}");
    let opened = events(&acme, "breaker.opened", 1).await;
    let path = acme.connection.path(&format!("/plugin-logs?user={other}"));
    let logs = acme.operator.get(&path).await.expect(200);
    for told in [decision, breaker, json!(opened), logs] {
        assert!(!told.to_string().contains(TOKEN), "{told}");
    }
}
