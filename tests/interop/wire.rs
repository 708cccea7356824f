//! What surrounds the JSON: queries, slashes, headers.

use serde_json::json;

use crate::support::http::Request;
use crate::support::scim::person;
use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(
    ends_of_queries_and_paths,
    slashes_behind_the_base_url,
    headers_that_say_nothing,
    an_empty_patch,
);

async fn ends_of_queries_and_paths(db: Db) {
    let acme = Acme::start(db).await;
    let ada = acme.scim.user("ada@northwind.example").await;
    for query in [
        "filter=userName+eq+%22ada@northwind.example%22&",
        "filter=userName%20eq%20%22ada%40northwind.example%22&startIndex=1&",
        "&filter=userName%20eq%20ada@northwind.example",
        "aadOptscim062020&filter=emails%5Btype%20eq%20%22work%22%5D.value%20eq%20%22ada@northwind.example%22",
        "FILTER=username%20eq%20%22ADA@northwind.example%22&Count=1&foo=bar",
        "",
    ] {
        let found = acme.scim.get(&format!("/Users?{query}")).await.expect(200);
        assert_eq!(found["totalResults"], 1, "{query}");
    }
    let user = person("ada@northwind.example");
    let path = format!("/Users/{ada}?");
    acme.scim.put(&path, &user).await.expect(200);
    // The reference check of Entra: a complex attribute is compared by its value.
    let filter = format!("id+eq+%22{ada}%22+and+manager+eq+%22m-7%22&attributes=id");
    let found = acme.scim.get(&format!("/Users?filter={filter}")).await;
    assert_eq!(found.expect(200)["totalResults"], 0);
}

async fn slashes_behind_the_base_url(db: Db) {
    let acme = Acme::start(db).await;
    let ada = acme.scim.user("ada@northwind.example").await;
    let list = acme.scim.get("/Users").await.expect(200);
    for path in ["/Users/", "//Users", "/Users/?count=10"] {
        assert_eq!(acme.scim.get(path).await.expect(200), list, "{path}");
    }
    let user = acme.scim.read_user(&ada).await;
    for path in [format!("/Users/{ada}/"), format!("//Users/{ada}")] {
        assert_eq!(acme.scim.get(&path).await.expect(200), user, "{path}");
    }
    acme.scim.get("/ServiceProviderConfig/").await.expect(200);
    let group = json!({"schemas": [], "displayName": "Analysts"});
    acme.scim.post("/Groups/", &group).await.expect(201);
    // Who only tries the base URL hears so in SCIM's words, and nobody without the token.
    for path in ["", "/"] {
        acme.scim.get(path).await.expect_scim_error(404, None);
        let nobody = Request::new("GET", format!("{}{path}", acme.scim.base()));
        nobody
            .send(acme.scim.origin())
            .await
            .expect_scim_error(401, None);
    }
}

async fn headers_that_say_nothing(db: Db) {
    let acme = Acme::start(db).await;
    acme.scim.user("ada@northwind.example").await;
    for (name, value) in [
        ("User-Agent", ""),
        ("User-Agent", "Google-Auto-Provisioning"),
        ("Accept", "application/scim+json"),
        ("Accept", "application/xml"),
        ("Accept-Charset", "utf-8"),
    ] {
        let request = acme.scim.request("GET", "/Users").header(name, value);
        let found = request.send(acme.scim.origin()).await.expect(200);
        assert_eq!(found["totalResults"], 1, "{name}: {value}");
    }
}

async fn an_empty_patch(db: Db) {
    let acme = Acme::start(db).await;
    let ada = acme.scim.user("ada@northwind.example").await;
    let before = acme.scim.read_user(&ada).await;
    let path = format!("/Users/{ada}");
    assert_eq!(acme.scim.patch(&path, &json!([])).await.expect(200), before);
    let missing = acme.scim.request("PATCH", &path).body("{\"schemas\": []}");
    missing
        .send(acme.scim.origin())
        .await
        .expect_scim_error(400, Some("invalidSyntax"));
    assert_eq!(acme.scim.read_user(&ada).await, before);
}
