//! The verbs of RFC 7644 beside those that identity providers use every day: searches, sorting, paging by cursor, bulk
//! requests, preconditions, and what discovery says about them.

mod ambiguous;
mod budget;
mod bulk;
mod bulk_references;
mod cursors;
mod custom_schemas;
mod discovery;
mod indexes;
mod large_groups;
mod laws;
mod look_ups;
mod me;
mod nested_groups;
mod preconditions;
mod search;
mod sorting;

use serde_json::{Value, json};

use crate::support::scim::id;
use crate::support::{Acme, Scim};

/// A connection that forgives nothing.
async fn strict(acme: &Acme) -> Scim {
    let strict = json!({"strictness": "strict"});
    let connection = acme.operator.connect("northwind", "custom", &strict).await;
    acme.server.scim(&connection)
}

/// Creates users of these attributes, in this order: their ids.
async fn users(scim: &Scim, users: &[Value]) -> Vec<String> {
    let mut ids = Vec::new();
    for user in users {
        let mut user = user.clone();
        user["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User"]);
        ids.push(id(&scim.create_user(&user).await.expect(201)));
    }
    ids
}

/// One attribute of each resource of a list.
fn column(list: &Value, name: &str) -> Vec<String> {
    let resources = list["Resources"].as_array().expect("a list has Resources");
    let texts = resources.iter().map(|resource| resource[name].as_str());
    texts.map(|text| text.unwrap_or("-").to_owned()).collect()
}

/// All pages by cursor of a query, as one list of ids.
async fn walk(scim: &Scim, query: &str, count: usize) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = scim
            .get(&format!("{query}cursor={cursor}&count={count}"))
            .await
            .expect(200);
        let found = column(&page, "id");
        assert!(found.len() <= count, "{page}");
        assert_eq!(page["itemsPerPage"], found.len(), "{page}");
        assert!(page.get("startIndex").is_none(), "{page}");
        ids.extend(found);
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return ids,
        }
    }
}
