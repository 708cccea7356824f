//! Bugs 1–6, 21 and 22: attributes and their values.

use serde_json::{Value, json};

use crate::support::scim::{ENTERPRISE, encode, id, person};
use crate::support::{Acme, Db, Guest, on_both_databases};

on_both_databases!(
    bug_01_string_booleans,
    bug_02_capitalised_operations,
    bug_03_keys_that_are_paths,
    bug_04_value_paths_without_a_match,
    bug_05_urns_split_at_the_dot,
    bug_06_shapes_of_a_manager,
    bug_21_unresolvable_managers_and_unknown_attributes,
    bug_22_the_delta_is_validated_instead_of_the_result,
);

/// A new server with Ada, and her path.
async fn with_ada(db: Db) -> (Acme, String) {
    let acme = Acme::start(db).await;
    let ada = acme.scim.user("ada@northwind.example").await;
    (acme, format!("/Users/{ada}"))
}

/// The user after operations that must be taken.
async fn after(acme: &Acme, path: &str, operations: &Value) -> Value {
    let answered = acme.scim.patch(path, operations).await.expect(200);
    let read = acme.scim.get(path).await.expect(200);
    assert_eq!(answered, read, "the answer is what is stored");
    read
}

/// `"False"` is not a true value: it deactivates, and ends access.
async fn bug_01_string_booleans(db: Db) {
    let acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    let mut user = person("ada@northwind.example");
    user["active"] = "True".into();
    user["emails"][0]["primary"] = "true".into();
    let created = acme.scim.create_user(&user).await.expect(201);
    assert_eq!(created["active"], true);
    assert_eq!(created["emails"][0]["primary"], true);
    assert!(!acme.operator.grants(&id(&created)).await.is_empty());

    let path = format!("/Users/{}", id(&created));
    let off = json!([{"op": "Replace", "path": "active", "value": "False"}]);
    assert_eq!(after(&acme, &path, &off).await["active"], false);
    assert_eq!(acme.operator.grants(&id(&created)).await, [""; 0]);
    for filter in ["active eq \"False\"", "active eq false"] {
        assert_eq!(acme.scim.count(filter).await, 1, "{filter}");
    }
    let on = json!([{"op": "Replace", "value": {"active": "True"}}]);
    assert_eq!(after(&acme, &path, &on).await["active"], true);
}

async fn bug_02_capitalised_operations(db: Db) {
    let (acme, path) = with_ada(db).await;
    let operations = json!([
        {"op": "Add", "path": "nickName", "value": "Countess"},
        {"op": "Replace", "path": "displayName", "value": "Ada L."},
        {"op": "REMOVE", "path": "title"},
    ]);
    let user = after(&acme, &path, &operations).await;
    assert_eq!(user["nickName"], "Countess");
    assert_eq!(user["displayName"], "Ada L.");
    assert_eq!(user.get("title"), None);
}

async fn bug_03_keys_that_are_paths(db: Db) {
    let (acme, path) = with_ada(db).await;
    let department = format!("{ENTERPRISE}:department");
    let operations = json!([{"op": "replace", "value": {
        "name.familyName": "Lovelace",
        (department.as_str()): "Engines",
        "emails[type eq \"work\"].value": "lovelace@northwind.example",
        "nickName": "Countess",
    }}]);
    let user = after(&acme, &path, &operations).await;
    assert_eq!(user["name"]["familyName"], "Lovelace");
    assert_eq!(user["name"]["givenName"], "ada", "what is not named stays");
    assert_eq!(user[ENTERPRISE]["department"], "Engines");
    assert_eq!(user[ENTERPRISE]["costCenter"], "4130");
    assert_eq!(user["emails"][0]["value"], "lovelace@northwind.example");
    assert_eq!(user["nickName"], "Countess");
    for flat in ["name.familyName", department.as_str()] {
        assert_eq!(user.get(flat), None, "{flat} is no attribute");
    }
}

async fn bug_04_value_paths_without_a_match(db: Db) {
    let acme = Acme::start(db).await;
    let bare = json!({"schemas": [], "userName": "bare"});
    let bare = id(&acme.scim.create_user(&bare).await.expect(201));
    let operations = json!([
        {"op": "Add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+44 1"},
        {"op": "Replace", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+44 2"},
        {"op": "Replace", "path": "addresses[type eq \"work\"].locality", "value": "London"},
        {"op": "Replace", "path": "addresses[type eq \"work\"].country", "value": "GB"},
        {"op": "Replace", "path": "roles[primary eq \"True\"].display", "value": "Author"},
    ]);
    let user = after(&acme, &format!("/Users/{bare}"), &operations).await;
    assert_eq!(
        user["phoneNumbers"],
        json!([{"value": "+44 1", "type": "work"}, {"value": "+44 2", "type": "mobile"}])
    );
    assert_eq!(
        user["addresses"],
        json!([{"locality": "London", "country": "GB", "type": "work"}])
    );
    assert_eq!(
        user["roles"],
        json!([{"display": "Author", "primary": true}])
    );
}

async fn bug_05_urns_split_at_the_dot(db: Db) {
    let (acme, path) = with_ada(db).await;
    let core = "urn:ietf:params:scim:schemas:core:2.0:User";
    let operations = json!([
        {"op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "Engines"},
        {"op": "add", "path": format!("{ENTERPRISE}:manager.value"), "value": "m-7"},
        {"op": "replace", "path": format!("{core}:name.familyName"), "value": "Lovelace"},
        {"op": "remove", "path": format!("{ENTERPRISE}:costCenter")},
    ]);
    let user = after(&acme, &path, &operations).await;
    assert_eq!(user[ENTERPRISE]["department"], "Engines");
    assert_eq!(user[ENTERPRISE]["manager"], json!({"value": "m-7"}));
    assert_eq!(user[ENTERPRISE].get("costCenter"), None);
    assert_eq!(user["name"]["familyName"], "Lovelace");
    assert_eq!(user["schemas"], json!([core, ENTERPRISE]));
    for filter in [
        format!("{ENTERPRISE}:department eq \"Engines\""),
        format!("{core}:name.familyName eq \"Lovelace\""),
        format!("{ENTERPRISE}:manager.value eq \"m-7\""),
    ] {
        assert_eq!(acme.scim.count(&filter).await, 1, "{filter}");
    }
    let asked = encode(&format!("{ENTERPRISE}:department"));
    let part = acme.scim.get(&format!("{path}?attributes={asked}")).await;
    assert_eq!(
        part.expect(200)[ENTERPRISE],
        json!({"department": "Engines"})
    );
}

async fn bug_06_shapes_of_a_manager(db: Db) {
    let (acme, path) = with_ada(db).await;
    let manager = format!("{ENTERPRISE}:manager");
    for path_of_manager in [manager.as_str(), "manager"] {
        for shape in [
            json!("m-7"),
            json!({"value": "m-7"}),
            json!([{"$ref": null, "value": "m-7"}]),
            json!({"managerId": "m-7"}),
        ] {
            let set = json!([{"op": "Add", "path": path_of_manager, "value": shape}]);
            let user = after(&acme, &path, &set).await;
            assert_eq!(
                user[ENTERPRISE]["manager"],
                json!({"value": "m-7"}),
                "{shape}"
            );
            for empty in [json!(""), json!({"value": ""}), json!(null)] {
                after(&acme, &path, &set).await;
                let clear = json!([{"op": "Replace", "path": path_of_manager, "value": empty}]);
                let user = after(&acme, &path, &clear).await;
                assert_eq!(user[ENTERPRISE].get("manager"), None, "{empty}");
            }
        }
    }
}

async fn bug_21_unresolvable_managers_and_unknown_attributes(db: Db) {
    let acme = Acme::start(db).await;
    let mut user = person("ada@northwind.example");
    user[ENTERPRISE]["manager"] = json!({"value": "an HR number, no id of ours"});
    user["favouriteColour"] = "violet".into();
    user["name"]["nobility"] = "Countess".into();
    let created = acme.scim.create_user(&user).await.expect(201);
    assert_eq!(
        created[ENTERPRISE]["manager"],
        json!({"value": "an HR number, no id of ours"})
    );
    assert_eq!(created["title"], "Account Executive");
    assert_eq!(created.get("favouriteColour"), None);
    assert_eq!(created["name"].get("nobility"), None);
    let unknown =
        json!([{"op": "replace", "value": {"favouriteColour": "red", "title": "Analyst"}}]);
    let path = format!("/Users/{}", id(&created));
    assert_eq!(after(&acme, &path, &unknown).await["title"], "Analyst");
}

async fn bug_22_the_delta_is_validated_instead_of_the_result(db: Db) {
    let (acme, path) = with_ada(db).await;
    let title = json!([{"op": "replace", "value": {"title": "Analyst"}}]);
    let fine = after(&acme, &path, &title).await;
    for (operations, scim_type) in [
        (json!([{"op": "remove", "path": "userName"}]), "mutability"),
        (
            json!([{"op": "replace", "path": "userName", "value": ""}]),
            "invalidValue",
        ),
        (
            json!([{"op": "replace", "path": "title", "value": "X"}, {"op": "replace", "path": "id", "value": "mine"}]),
            "mutability",
        ),
        (
            json!([{"op": "replace", "path": "title", "value": "X"}, {"op": "replace", "path": "active", "value": "perhaps"}]),
            "invalidValue",
        ),
    ] {
        let answer = acme.scim.patch(&path, &operations).await;
        answer.expect_scim_error(400, Some(scim_type));
        assert_eq!(
            acme.scim.get(&path).await.expect(200),
            fine,
            "all or nothing"
        );
    }
    // Gone and back within one request: the result has what is required.
    let back = json!([
        {"op": "remove", "path": "displayName"},
        {"op": "add", "path": "displayName", "value": "Ada"},
    ]);
    assert_eq!(after(&acme, &path, &back).await["displayName"], "Ada");
}
