//! Bodies that two readers could read in two ways, and requests whose cost two of their lengths multiply to: refused, by
//! tolerant connections like by strict ones.

use serde_json::json;

use super::strict;
use crate::support::http::Answer;
use crate::support::scim::{encode, person};
use crate::support::{Acme, Db, Scim, on_both_databases};

on_both_databases!(
    a_name_is_given_once,
    names_of_the_management_api_too,
    structs_are_objects,
    a_text_like_a_reference_is_a_text,
    hostile_filters_and_lists_are_refused
);

async fn send(scim: &Scim, method: &str, path: &str, body: &str) -> Answer {
    let request = scim
        .request(method, path)
        .header("Content-Type", "application/scim+json");
    request.body(body).send(scim.origin()).await
}

async fn a_name_is_given_once(db: Db) {
    let acme = Acme::start(db).await;
    let strict = strict(&acme).await;
    let mut users = Vec::new();
    for scim in [&acme.scim, &strict] {
        let user = scim.user("ada@northwind.example").await;
        users.push((scim, scim.read_user(&user).await, user));
    }
    let (post, put) = (
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a","#,
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"#,
    );
    let operation = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","#;
    for (method, path, body, name) in [
        (
            "POST",
            "/Users",
            format!(r#"{post}"userName":"b"}}"#),
            "userName",
        ),
        (
            "POST",
            "/Users",
            format!(r#"{post}"USERNAME":"b"}}"#),
            "USERNAME",
        ),
        (
            "POST",
            "/Users",
            format!(r#"{post}"username":null}}"#),
            "username",
        ),
        (
            "POST",
            "/Users",
            format!(r#"{post}"name":{{"givenName":"x","givenname":"y"}}}}"#),
            "givenname",
        ),
        (
            "PUT",
            "/Users/…",
            format!(r#"{put}"userName":"x","active":true,"active":false}}"#),
            "active",
        ),
        (
            "PATCH",
            "/Users/…",
            format!(r#"{operation}"value":{{"title":"x","TITLE":"y"}}}}]}}"#),
            "TITLE",
        ),
        (
            "PATCH",
            "/Users/…",
            format!(r#"{operation}"path":"title","path":"active","value":false}}]}}"#),
            "path",
        ),
        (
            "POST",
            "/Bulk",
            r#"{"Operations":[],"operations":[]}"#.to_owned(),
            "operations",
        ),
        (
            "POST",
            "/.search",
            r#"{"count":1,"Count":2}"#.to_owned(),
            "Count",
        ),
    ] {
        for (scim, _, user) in &users {
            let answer = send(scim, method, &path.replace('…', user), &body).await;
            let detail = answer.expect_scim_error(400, Some("invalidSyntax"));
            assert_eq!(detail, format!("{name} is given more than once"), "{body}");
        }
    }
    for (scim, before, user) in users {
        assert_eq!(scim.read_user(&user).await, before);
    }
}

async fn names_of_the_management_api_too(db: Db) {
    let acme = Acme::start(db).await;
    for body in [
        r#"{"key":"a","key":"b","name":"A"}"#,
        r#"{"key":"a","name":"A","kind":{"x":1,"x":2}}"#,
    ] {
        let request = acme.operator.request("POST", "/v1/tenants").body(body);
        let problem = request
            .send(acme.operator.origin())
            .await
            .expect_problem(400);
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.contains("is given more than once"), "{problem}");
    }
}

/// serde takes an array for a struct, member by member.
async fn structs_are_objects(db: Db) {
    let acme = Acme::start(db).await;
    let before = acme.operator.get("/v1/catalog").await.expect(200);
    for (body, pointer) in [
        (json!({"roles": [["admin", "Admin", []]]}), "/roles/0"),
        (json!({"features": [{"key": "f"}, ["g"]]}), "/features/1"),
        (json!([[], [], [], [], []]), ""),
    ] {
        let answer = acme.operator.put("/v1/catalog", &body).await;
        let problem = answer.expect_problem(400);
        assert_eq!(problem["code"], "invalid_body", "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    assert_eq!(acme.operator.get("/v1/catalog").await.expect(200), before);
}

/// RFC 7644 §3.7.2: a reference stands where the id of a resource does.
async fn a_text_like_a_reference_is_a_text(db: Db) {
    let acme = Acme::start(db).await;
    let mut user = person("ada@northwind.example");
    user["title"] = json!("bulkId:nobody");
    let bulk =
        json!({"Operations": [{"method": "POST", "path": "/Users", "bulkId": "a", "data": user}]});
    let done = acme.scim.post("/Bulk", &bulk).await.expect(200);
    assert_eq!(done["Operations"][0]["status"], "201", "{done}");
    assert_eq!(acme.scim.count("title eq \"bulkId:nobody\"").await, 1);
}

async fn hostile_filters_and_lists_are_refused(db: Db) {
    let acme = Acme::start(db).await;
    let search = async |name: &str, value: serde_json::Value| {
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], name: value});
        acme.scim.post("/Users/.search", &body).await
    };
    let mebibyte = |part: &str| part.repeat((1 << 20) / part.len());
    for filter in [
        mebibyte("("),
        mebibyte("title pr or "),
        format!("title eq \"{}\"", mebibyte("é")),
        mebibyte("x"),
    ] {
        let answer = search("filter", json!(filter)).await;
        answer.expect_scim_error(400, Some("invalidValue"));
        let short = &filter[..20_000];
        let answer = search("filter", json!(short)).await;
        answer.expect_scim_error(400, Some("invalidFilter"));
    }
    let names = vec!["userName"; 300];
    let detail = search("attributes", json!(names))
        .await
        .expect_scim_error(400, Some("invalidValue"));
    assert!(detail.starts_with("attributes has more"), "{detail}");
    let query = format!("/Users?excludedAttributes={}", encode(&names.join(",")));
    let detail = acme
        .scim
        .get(&query)
        .await
        .expect_scim_error(400, Some("invalidValue"));
    assert!(
        detail.starts_with("excludedAttributes has more"),
        "{detail}"
    );
}
