//! RFC 7644 §4: what the server says about itself is what it does.

use serde_json::{Value, json};

use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(what_is_said_is_done, lists_and_single_entries);

async fn what_is_said_is_done(db: Db) {
    let acme = Acme::start(db).await;
    let config = acme.scim.get("/ServiceProviderConfig").await.expect(200);
    for feature in ["patch", "bulk", "filter", "sort", "etag"] {
        assert_eq!(config[feature]["supported"], true, "{feature}");
    }
    assert_eq!(config["changePassword"]["supported"], false);
    assert!(config["authenticationSchemes"][0]["type"].is_string());

    let pagination = &config["pagination"];
    assert_eq!(
        (&pagination["cursor"], &pagination["index"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(pagination["defaultPaginationMethod"], "index");
    let most = config["filter"]["maxResults"].as_u64().expect("a number");
    assert_eq!(pagination["maxPageSize"], most);
    let operations: Vec<Value> = (0..=most)
        .map(|number| {
            let user = json!({"userName": format!("user{number:03}")});
            json!({"method": "POST", "path": "/Users", "bulkId": number.to_string(), "data": user})
        })
        .collect();
    let bulk = json!({"Operations": operations});
    acme.scim.post("/Bulk", &bulk).await.expect(200);
    for query in ["startIndex=1", "cursor="] {
        let page = async |more: &str| {
            acme.scim
                .get(&format!("/Users?{query}{more}"))
                .await
                .expect(200)
        };
        assert_eq!(page("&count=1000").await["itemsPerPage"], most);
        assert_eq!(
            page("").await["itemsPerPage"],
            pagination["defaultPageSize"]
        );
    }
}

async fn lists_and_single_entries(db: Db) {
    let acme = Acme::start(db).await;
    for endpoint in ["/ResourceTypes", "/Schemas"] {
        let list = acme.scim.get(endpoint).await.expect(200);
        let entries = list["Resources"].as_array().expect("Resources");
        assert_eq!(list["totalResults"], entries.len());
        for entry in entries {
            let id = entry["id"].as_str().expect("an id");
            let single = acme.scim.get(&format!("{endpoint}/{id}")).await.expect(200);
            assert_eq!(&single, entry);
        }
        acme.scim
            .get(&format!("{endpoint}/none"))
            .await
            .expect_scim_error(404, None);
        acme.scim
            .delete(endpoint)
            .await
            .expect_scim_error(405, None);
        acme.scim
            .get(&format!("{endpoint}?filter=id%20pr"))
            .await
            .expect_scim_error(403, None);
    }
}
