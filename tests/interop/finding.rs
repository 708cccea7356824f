//! Bugs 13–16, 20 and 23: finding and reading.

use serde_json::{Value, json};

use crate::support::scim::{encode, id, person};
use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(
    bug_13_letter_case,
    bug_14_uniqueness_of_the_wrong_key,
    bug_15_external_ids,
    bug_16_pages,
    bug_20_strict_media_types,
    bug_23_the_inactive_are_hidden,
);

async fn bug_13_letter_case(db: Db) {
    let acme = Acme::start(db).await;
    let user = json!({"SCHEMAS": [], "USERNAME": "Ada@Northwind.example", "externalid": "Ada-1", "Title": "Analyst"});
    let created = acme.scim.create_user(&user).await.expect(201);
    assert_eq!(
        created["userName"], "Ada@Northwind.example",
        "stored as sent"
    );
    for filter in [
        "userName eq \"ada@northwind.EXAMPLE\"",
        "USERNAME EQ \"ADA@northwind.example\"",
        "title sw \"ANA\"",
        "externalId eq \"Ada-1\"",
    ] {
        assert_eq!(acme.scim.count(filter).await, 1, "{filter}");
    }
    assert_eq!(
        acme.scim.count("externalId eq \"ADA-1\"").await,
        0,
        "caseExact"
    );
    let same = json!({"schemas": [], "userName": "ada@NORTHWIND.example"});
    let answer = acme.scim.create_user(&same).await;
    answer.expect_scim_error(409, Some("uniqueness"));
    acme.scim.group("Analysts", &[]).await;
    let groups = encode("displayName eq \"ANALYSTS\"");
    let found = acme.scim.get(&format!("/Groups?filter={groups}")).await;
    assert_eq!(found.expect(200)["totalResults"], 1);
}

async fn bug_14_uniqueness_of_the_wrong_key(db: Db) {
    let acme = Acme::start(db).await;
    let shared = json!([{"type": "work", "value": "office@northwind.example"}]);
    let user = |name: &str, external_id: &str| json!({"schemas": [], "userName": name, "externalId": external_id, "emails": shared});
    acme.scim.create_user(&user("ada", "1")).await.expect(201);
    acme.scim.create_user(&user("bob", "2")).await.expect(201);
    assert_eq!(
        acme.scim
            .count("emails.value eq \"office@northwind.example\"")
            .await,
        2
    );
    for taken in [user("ada", "3"), user("carl", "1")] {
        let answer = acme.scim.create_user(&taken).await;
        answer.expect_scim_error(409, Some("uniqueness"));
    }
}

async fn bug_15_external_ids(db: Db) {
    let acme = Acme::start(db).await;
    let other = acme.operator.connect("contoso", "okta", &json!({})).await;
    let other = acme.server.scim(&other);
    let user = json!({"schemas": [], "userName": "ada", "externalId": "00u1"});
    let ours = acme.scim.create_user(&user).await.expect(201);
    let theirs = other.create_user(&user).await.expect(201);
    assert_ne!(ours["id"], theirs["id"]);
    let path = format!("/Users?filter={}", encode("externalId eq \"00u1\""));
    for (scim, own) in [(&acme.scim, &ours), (&other, &theirs)] {
        let found = scim.get(&path).await.expect(200);
        assert_eq!(found["totalResults"], 1, "{found}");
        assert_eq!(found["Resources"][0]["id"], own["id"]);
    }
    assert_eq!(
        acme.scim.count("externalId eq 00u1").await,
        1,
        "without quotes"
    );
}

async fn bug_16_pages(db: Db) {
    let acme = Acme::start(db).await;
    for n in 0..5 {
        acme.scim.user(&format!("user-{n}@northwind.example")).await;
    }
    let page = async |query: &str| acme.scim.get(&format!("/Users?{query}")).await.expect(200);
    let ids = |page: &Value| -> Vec<String> {
        let resources = page["Resources"].as_array();
        resources
            .expect("Resources is a list")
            .iter()
            .map(id)
            .collect()
    };
    let whole = page("").await;
    let everybody = ids(&whole);
    assert_eq!(everybody.len(), 5);
    let mut walked = Vec::new();
    for start in [1, 3, 5, 7] {
        let part = page(&format!("startIndex={start}&count=2")).await;
        let found = ids(&part);
        let wanted = json!({"totalResults": 5, "startIndex": start, "itemsPerPage": found.len()});
        for (name, value) in wanted.as_object().expect("an object") {
            assert_eq!(&part[name], value, "{name} is an integer and right: {part}");
        }
        walked.extend(found);
    }
    assert_eq!(
        walked, everybody,
        "nobody twice, nobody missed, the same order"
    );
    for (query, length) in [
        ("count=0", 0),
        ("count=-1", 0),
        ("startIndex=0", 5),
        ("startIndex=-3&count=2", 2),
    ] {
        let part = page(query).await;
        assert_eq!(ids(&part).len(), length, "{query}");
        assert_eq!(part["itemsPerPage"], length, "{query}");
        assert_eq!(part["totalResults"], 5, "{query}");
    }
    let answer = acme.scim.get("/Users?count=many").await;
    answer.expect_scim_error(400, Some("invalidValue"));
}

async fn bug_20_strict_media_types(db: Db) {
    let acme = Acme::start(db).await;
    let types = [
        None,
        Some("application/json"),
        Some("application/scim+json"),
        Some("application/scim+json; charset=utf-8"),
        Some("Application/JSON;charset=UTF-8"),
    ];
    for (n, media_type) in types.into_iter().enumerate() {
        for (m, accept) in [
            None,
            Some("application/json"),
            Some("*/*"),
            Some("text/html"),
        ]
        .into_iter()
        .enumerate()
        {
            let user = json!({"schemas": [], "userName": format!("user-{n}-{m}")});
            let mut request = acme.scim.request("POST", "/Users").body(user.to_string());
            if let Some(media_type) = media_type {
                request = request.header("Content-Type", media_type);
            }
            if let Some(accept) = accept {
                request = request.header("Accept", accept);
            }
            let answer = request.send(acme.scim.origin()).await;
            answer.expect_status(201);
            assert_eq!(answer.header("content-type"), Some("application/scim+json"));
        }
    }
    let form = acme.scim.request("POST", "/Users").body("userName=ada");
    let form = form.header("Content-Type", "application/x-www-form-urlencoded");
    form.send(acme.scim.origin())
        .await
        .expect_scim_error(415, None);
}

async fn bug_23_the_inactive_are_hidden(db: Db) {
    let acme = Acme::start(db).await;
    let bare = json!({"schemas": [], "userName": "bare"});
    let bare = acme.scim.create_user(&bare).await.expect(201);
    assert_eq!(bare["active"], true, "there although nobody sent it");
    let ada = acme
        .scim
        .create_user(&person("ada@northwind.example"))
        .await
        .expect(201);
    acme.scim.set_active(&id(&ada), false).await;
    assert_eq!(acme.scim.read_user(&id(&ada)).await["active"], false);
    for query in [
        format!(
            "?filter={}",
            encode("userName eq \"ada@northwind.example\"")
        ),
        format!("?filter={}", encode("externalId eq \"ext-ada\"")),
        format!("?filter={}", encode("active eq false")),
    ] {
        let found = acme.scim.get(&format!("/Users{query}")).await.expect(200);
        assert_eq!(found["totalResults"], 1, "{query}");
        assert_eq!(found["Resources"][0]["active"], false, "{query}");
    }
    assert_eq!(acme.scim.get("/Users").await.expect(200)["totalResults"], 2);
}
