//! How requests are found: by status, method, user, group and time, and only by their own connection.

use serde_json::{Value, json};

use super::{found, found_count};
use crate::support::scim::encode;
use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(
    requests_are_found_by_status_method_user_group_and_time,
    names_of_then_find_what_is_gone,
    memberships_are_found_by_who_came_and_went,
    requests_belong_to_their_connection,
    queries_are_checked,
    a_refused_creation_is_found_by_its_names,
    who_is_looked_for_is_found_by_that_name,
);

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

/// However it wrote them, and however much came with them.
async fn a_refused_creation_is_found_by_its_names(db: Db) {
    let acme = Acme::start(db).await;
    acme.scim.user("ada@northwind.example").await;
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
    for (number, refused) in [
        json!({"schemas": schemas, "UserName": "ADA@northwind.example"}),
        json!({"schemas": schemas, "externalId": [5], "userName": "ada@northwind.example"}),
        json!({"schemas": schemas, "title": "x".repeat(20_000), "userName": "ada@northwind.example"}),
    ]
    .iter()
    .enumerate()
    {
        let answer = acme.scim.post("/Users", refused).await;
        assert!(matches!(answer.status, 400 | 409), "{answer:?}");
        let query = "status=4xx&user=ada%40northwind.example";
        found(&acme, query, number + 1).await;
    }
}

async fn who_is_looked_for_is_found_by_that_name(db: Db) {
    let acme = Acme::start(db).await;
    for (endpoint, attribute, whose) in [
        ("Users", "userName", "user"),
        ("Users", "displayName", "user"),
        ("Users", "externalId", "user"),
        ("Groups", "displayName", "group"),
    ] {
        let filter = format!("{attribute} eq \"{endpoint} {attribute}\"");
        let path = format!("/{endpoint}?filter={}", encode(&filter));
        acme.scim.get(&path).await.expect(200);
        let name = format!("{whose}={endpoint}%20{attribute}");
        let requests = found(&acme, &name, 1).await;
        let path = requests[0]["path"].as_str().expect("a path");
        assert!(path.contains(attribute), "{path}");
    }
}
