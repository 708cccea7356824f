//! RFC 7644 §4: what the server says about itself is what it does.

use serde_json::{Map, Value, json};

use crate::support::scim::{encode, id, person};
use crate::support::{Acme, Db, Scim, on_both_databases};

on_both_databases!(
    what_is_said_is_done,
    pages_are_as_large_as_said,
    every_attribute_is_what_it_is_said_to_be,
    lists_and_single_entries
);

/// Every statement of `/ServiceProviderConfig`, tried.
async fn what_is_said_is_done(db: Db) {
    let acme = Acme::start(db).await;
    let scim = &acme.scim;
    let config = scim.get("/ServiceProviderConfig").await.expect(200);
    let supported = |feature: &str| config[feature]["supported"].as_bool().expect("a boolean");
    let ada = scim.create_user(&person("ada@northwind.example")).await;
    let version = ada.raw_header("etag").expect("an ETag").to_owned();
    let ada = ada.expect(201);
    let path = format!("/Users/{}", id(&ada));
    scim.user("bob@northwind.example").await;

    let rename = json!([{"op": "replace", "path": "title", "value": "Engineer"}]);
    let patched = scim.patch(&path, &rename).await;
    assert_eq!(supported("patch"), patched.status == 200, "{patched:?}");

    let stale = scim.request("DELETE", &path).header("If-Match", version);
    let stale = stale.send(scim.origin()).await;
    assert_eq!(supported("etag"), stale.status == 412, "{stale:?}");

    let found = scim.count("title eq \"Engineer\"").await;
    assert_eq!(supported("filter"), found == 1);

    let sorted = scim
        .get("/Users?sortBy=userName&sortOrder=descending")
        .await;
    let first = &sorted.expect(200)["Resources"][0]["userName"];
    assert_eq!(supported("sort"), first == "bob@northwind.example");

    let before = scim.read_user(&id(&ada)).await;
    let password = json!([{"op": "replace", "path": "password", "value": "correct horse"}]);
    let patched = scim.patch(&path, &password).await;
    let changed = patched.status != 200 || scim.read_user(&id(&ada)).await != before;
    assert_eq!(supported("changePassword"), changed);

    let schemes = config["authenticationSchemes"].as_array().expect("a list");
    let types: Vec<&Value> = schemes.iter().map(|scheme| &scheme["type"]).collect();
    assert_eq!(types, ["oauthbearertoken"]);
    let refused = scim.with_token("another").get("/Users").await;
    assert!(
        refused
            .raw_header("www-authenticate")
            .is_some_and(|it| it.starts_with("Bearer")),
        "{refused:?}"
    );
    refused.expect_scim_error(401, None);

    let bulk = |operations: usize| {
        let operation = json!({"method": "DELETE", "path": "/Users/nobody"});
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": vec![operation; operations]})
    };
    let most = config["bulk"]["maxOperations"].as_u64().expect("a number") as usize;
    let answer = scim.post("/Bulk", &bulk(most)).await;
    assert_eq!(supported("bulk"), answer.status == 200, "{answer:?}");
    scim.post("/Bulk", &bulk(most + 1))
        .await
        .expect_scim_error(413, None);
    let most = config["bulk"]["maxPayloadSize"].as_u64().expect("a number") as usize;
    for (size, status) in [(most, 200), (most + 1, 413)] {
        let body = bulk(1).to_string();
        let body = format!("{body}{}", " ".repeat(size - body.len()));
        let request = scim.request("POST", "/Bulk").body(body);
        request.send(scim.origin()).await.expect_status(status);
    }
}

async fn pages_are_as_large_as_said(db: Db) {
    let acme = Acme::start(db).await;
    let config = acme.scim.get("/ServiceProviderConfig").await.expect(200);
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
    // The method of who asks for none.
    let page = acme.scim.get("/Users").await.expect(200);
    assert_eq!(
        (&page["startIndex"], page.get("nextCursor")),
        (&json!(1), None)
    );
}

/// A value of an attribute as `/Schemas` describes it: of its type, mixed in case, among the canonical ones.
fn sample(attribute: &Value) -> Value {
    let text = || match attribute["canonicalValues"][0].as_str() {
        Some(canonical) => canonical.to_owned(),
        None => format!("Ab{}", attribute["name"].as_str().unwrap_or_default()),
    };
    let single = match attribute["type"].as_str() {
        Some("boolean") => json!(true),
        Some("integer") => json!(7),
        Some("decimal") => json!(0.5),
        Some("dateTime") => json!("2026-01-02T03:04:05Z"),
        Some("reference") => json!("https://example.com/Ab"),
        Some("binary") => json!("QWJj"),
        Some("complex") => {
            let parts = attribute["subAttributes"].as_array().expect("parts");
            let written = parts.iter().filter(|it| it["mutability"] != "readOnly");
            let part = |it: &Value| (name(it).to_owned(), sample(it));
            Value::Object(written.map(part).collect())
        }
        _ => json!(text()),
    };
    if attribute["multiValued"] == true {
        json!([single])
    } else {
        single
    }
}

fn name(attribute: &Value) -> &str {
    attribute["name"].as_str().expect("a name")
}

/// Every attribute that `/Schemas` lists for users: kept as it came if it can be written and ignored if it can't, missed
/// where it is required, unique where it says so, and compared in letter case or without it as it says.
async fn every_attribute_is_what_it_is_said_to_be(db: Db) {
    let acme = Acme::start(db).await;
    for scim in [acme.scim.clone(), super::strict(&acme).await] {
        let schemas = scim.get("/Schemas").await.expect(200);
        let types = scim.get("/ResourceTypes/User").await.expect(200);
        let extension = types["schemaExtensions"][0]["schema"].as_str();
        let (core, extension) = (types["schema"].as_str(), extension.expect("an extension"));
        let attributes = |urn: &str| {
            let all = schemas["Resources"].as_array().expect("a list");
            let schema = all.iter().find(|schema| schema["id"] == urn);
            let attributes = schema.map(|schema| schema["attributes"].clone());
            let attributes = attributes.unwrap_or_else(|| panic!("{urn} is not in /Schemas"));
            attributes.as_array().cloned().expect("a list")
        };
        let (own, further) = (attributes(core.expect("a URN")), attributes(extension));
        let all = |attributes: &[Value]| -> Map<String, Value> {
            let members = attributes
                .iter()
                .map(|it| (name(it).to_owned(), sample(it)));
            members.collect()
        };
        let mut user = all(&own);
        user.insert("schemas".into(), json!([core, extension]));
        user.insert(extension.into(), all(&further).into());
        let created = scim.create_user(&user.clone().into()).await.expect(201);
        for attribute in &own {
            let (name, written) = (name(attribute), &user[name(attribute)]);
            let kept = attribute["mutability"] != "readOnly";
            assert_eq!(
                created.get(name) == Some(written),
                kept,
                "{name}: {created}"
            );
            if attribute["uniqueness"] == "server" {
                let answer = scim.create_user(&user.clone().into()).await;
                answer.expect_scim_error(409, Some("uniqueness"));
            }
            // It has a default: it can't be unassigned.
            if attribute["required"] == true && name != "active" {
                let mut lacking = user.clone();
                lacking.remove(name);
                let answer = scim.create_user(&lacking.into()).await;
                answer.expect_scim_error(400, Some("invalidValue"));
            }
            if attribute["required"] == true {
                let path = format!("/Users/{}", id(&created));
                let remove = json!([{"op": "remove", "path": name}]);
                let answer = scim.patch(&path, &remove).await;
                answer.expect_scim_error(400, Some("mutability"));
            }
            compares(&scim, "", attribute).await;
        }
        assert_eq!(created[extension], user[extension]);
        for attribute in &further {
            compares(&scim, &format!("{extension}:"), attribute).await;
        }
    }
}

/// Equality with the sample in other letter case holds unless the attribute is said to be case-exact.
async fn compares(scim: &Scim, prefix: &str, attribute: &Value) {
    if attribute["mutability"] == "readOnly" {
        return;
    }
    if let Some(parts) = attribute["subAttributes"].as_array() {
        for part in parts {
            let prefix = format!("{prefix}{}.", name(attribute));
            Box::pin(compares(scim, &prefix, part)).await;
        }
        return;
    }
    let path = format!("{prefix}{}", name(attribute));
    let Value::String(text) = sample(attribute) else {
        return;
    };
    assert_eq!(
        scim.count(&format!("{path} eq \"{text}\"")).await,
        1,
        "{path}"
    );
    if attribute["type"] != "dateTime" {
        let upper = text.to_uppercase();
        let found = scim.count(&format!("{path} eq \"{upper}\"")).await;
        let exact = attribute["caseExact"] == true;
        assert_eq!(found, i64::from(!exact), "{path}");
        let sorted = scim.get(&format!("/Users?sortBy={}", encode(&path))).await;
        sorted.expect_status(200);
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
            acme.scim
                .get(&format!("{endpoint}/{id}?filter=id%20pr"))
                .await
                .expect_scim_error(403, None);
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
    acme.scim
        .get("/ServiceProviderConfig?filter=id%20pr")
        .await
        .expect_scim_error(403, None);
}
