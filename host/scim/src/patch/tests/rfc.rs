//! The examples and the sentences of RFC 7644 §3.5.2.

use serde_json::json;

use super::{alice, alice_after};
use crate::testing::{ACME, Strict, User, canonical, patched, patching};

fn strictly(operations: &serde_json::Value) -> crate::Object {
    patching(User, Strict, &alice(), operations).unwrap().0
}

#[test]
fn rfc7644_3_5_2_1_add_without_path_merges_the_value() {
    let doc = strictly(&json!([{"op": "add", "value": {
        "emails": [{"value": "babs@jensen.org", "type": "home"}],
        "nickName": "Babs",
    }}]));
    assert_eq!(doc["nickName"], "Babs");
    assert_eq!(
        doc["emails"],
        json!([{"value": "alice@contoso.example", "type": "work", "primary": true},
               {"value": "babs@jensen.org", "type": "home"}])
    );
}

/// Also where there is another that differs from it in nothing but being primary.
#[test]
fn rfc7644_3_5_2_1_values_that_are_there_are_added_to_themselves() {
    for flags in [[false, true], [true, false]] {
        let email = |primary: bool| json!({"value": "a@x", "type": "home", "primary": primary});
        let doc = canonical(User, &json!({"userName": "a", "emails": flags.map(email)}));
        let again = json!([{"op": "add", "path": "emails", "value": doc["emails"]}]);
        let (after, patched) = patching(User, Strict, &doc, &again).unwrap();
        assert_eq!(after["emails"], doc["emails"]);
        assert!(!patched.changed);
    }
}

#[test]
fn rfc7644_3_5_2_1_a_value_that_is_there_is_not_added_again() {
    let add = json!([{"op": "add", "path": "emails", "value": [{"value": "x@y", "type": "home"}]}]);
    let once = strictly(&add);
    let (twice, outcome) = patching(User, Strict, &once, &add).unwrap();
    assert_eq!(twice, once);
    assert!(!outcome.changed);
    let richer = json!([{"op": "add", "path": "emails", "value": [{"value": "x@y", "type": "home", "display": "X"}]}]);
    let doc = patched(User, &once, &richer);
    assert_eq!(
        doc["emails"][1],
        json!({"value": "x@y", "display": "X", "type": "home"})
    );
}

#[test]
fn rfc7644_3_5_2_a_new_primary_value_ends_the_old_one() {
    for operations in [
        json!([{"op": "add", "path": "emails", "value": [{"value": "n", "type": "home", "primary": true}]}]),
        json!([{"op": "add", "path": "emails", "value": [{"value": "n", "type": "home"}]},
               {"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}]),
    ] {
        let doc = strictly(&operations);
        assert_eq!(doc["emails"][0]["primary"], false);
        assert_eq!(doc["emails"][1]["primary"], true);
        let again = patched(User, &doc, &operations);
        assert_eq!(again, doc);
    }
    let both = json!([{"op": "add", "path": "emails", "value": [{"value": "n", "type": "work"}]},
                      {"op": "replace", "path": "emails[type eq \"work\"].primary", "value": true}]);
    assert!(patching(User, Strict, &alice(), &both).is_err());
}

#[test]
fn rfc7644_3_5_2_2_remove() {
    let emails = json!([
        {"value": "a@example.com", "type": "work"},
        {"value": "b@elsewhere.org", "type": "work"},
        {"value": "c@example.com", "type": "home"},
    ]);
    let user = canonical(User, &json!({"userName": "a", "emails": emails}));
    let after = |path: &str| patched(User, &user, &json!([{"op": "remove", "path": path}]));
    let doc = after("emails[type eq \"work\" and value ew \"example.com\"]");
    assert_eq!(doc["emails"].as_array().map(Vec::len), Some(2));
    assert_eq!(doc["emails"][0]["value"], "b@elsewhere.org");
    let doc = after("emails[type eq \"work\"].type");
    assert_eq!(doc["emails"][0], json!({"value": "a@example.com"}));
    assert_eq!(doc["emails"][2]["type"], "home");
    assert!(!after("emails").contains_key("emails"));
    assert!(!after("emails[value pr]").contains_key("emails"));
    assert_eq!(after("emails[value eq \"nobody\"]"), user);
    assert_eq!(after("title"), user);
    assert_eq!(after("name.givenName"), user);
    assert_eq!(
        alice_after(&json!([{"op": "remove", "path": "name.givenName"}]))["name"].get("givenName"),
        None
    );
}

#[test]
fn rfc7644_3_5_2_3_replace() {
    let address = json!({
        "type": "work", "streetAddress": "911 Universal City Plaza", "locality": "Hollywood", "region": "CA",
        "postalCode": "91608", "country": "US", "primary": true,
        "formatted": "911 Universal City Plaza\nHollywood, CA 91608 US",
    });
    let user = canonical(
        User,
        &json!({"userName": "a", "addresses": [{"type": "work", "locality": "X"}, {"type": "home"}]}),
    );
    let replace = |path: &str, value: serde_json::Value| {
        patching(
            User,
            Strict,
            &user,
            &json!([{"op": "replace", "path": path, "value": value}]),
        )
        .unwrap()
        .0
    };
    let doc = replace("addresses[type eq \"work\"]", address.clone());
    assert_eq!(doc["addresses"][0], address);
    assert_eq!(doc["addresses"][1], json!({"type": "home"}));
    let doc = replace(
        "addresses[type eq \"work\"].streetAddress",
        json!("1010 Broadway Ave"),
    );
    assert_eq!(
        doc["addresses"][0],
        json!({"streetAddress": "1010 Broadway Ave", "locality": "X", "type": "work"})
    );
    let doc = replace("addresses", json!([{"type": "other", "country": "DE"}]));
    assert_eq!(
        doc["addresses"],
        json!([{"country": "DE", "type": "other"}])
    );
    let doc = replace("name", json!({"givenName": "B"}));
    assert_eq!(doc["name"], json!({"givenName": "B"}));
}

#[test]
fn rfc7644_3_5_2_3_what_does_not_exist_is_added() {
    let doc = strictly(&json!([
        {"op": "replace", "path": "phoneNumbers", "value": [{"value": "1"}]},
        {"op": "replace", "path": "title", "value": "T"},
        {"op": "replace", "path": format!("{ACME}:badge"), "value": 7},
    ]));
    assert_eq!(doc["phoneNumbers"], json!([{"value": "1"}]));
    assert_eq!(doc["title"], "T");
    assert_eq!(doc[ACME], json!({"badge": 7}));
    assert!(doc["schemas"].as_array().unwrap().contains(&json!(ACME)));
}

#[test]
fn values_without_parts_are_added_replaced_and_removed() {
    let path = format!("{ACME}:tags");
    let tags = |operations: serde_json::Value| {
        alice_after(&operations)
            .get(ACME)
            .map(|acme| acme["tags"].clone())
    };
    let add = json!({"op": "add", "path": path, "value": ["a", "b"]});
    assert_eq!(
        tags(json!([add, add, {"op": "add", "path": path, "value": "c"}])),
        Some(json!(["a", "b", "c"]))
    );
    assert_eq!(
        tags(json!([add, {"op": "remove", "path": path, "value": ["a"]}])),
        Some(json!(["b"]))
    );
    let filtered = format!("{path}[value eq \"a\"]");
    assert_eq!(
        tags(json!([add, {"op": "remove", "path": filtered}])),
        Some(json!(["b"]))
    );
    assert_eq!(
        tags(json!([add, {"op": "replace", "path": filtered, "value": "z"}])),
        Some(json!(["z", "b"]))
    );
    assert_eq!(tags(json!([add, {"op": "remove", "path": path}])), None);
}
