//! The request log: what came over SCIM is kept, redacted, and found by time, status, method, user and group.

mod found;
mod kept;
mod retention;

use serde_json::Value;

use crate::support::{Acme, eventually};

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

async fn found_count(acme: &Acme, query: &str) -> usize {
    let path = acme.connection.path(&format!("/requests?{query}"));
    let page = acme.operator.get(&path).await.expect(200);
    page["data"].as_array().expect("a page").len()
}
