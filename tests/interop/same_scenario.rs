//! One story told in five dialects: what is stored at the end is the same, byte for byte, ids, `meta` and `externalId`
//! aside.
//!
//! Ada joins, marries, gets a job, a manager and a phone, loses her nickname, is suspended and comes back; her group is
//! pushed empty, gets her and Bob, is renamed, and loses Bob.

use serde_json::{Value, json};

use crate::support::scim::{ENTERPRISE, encode, id};
use crate::support::{Acme, Db, Scim, on_both_databases};

on_both_databases!(same_scenario);

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

async fn same_scenario(db: Db) {
    let acme = Acme::start(db).await;
    let mut told = Vec::new();
    for dialect in [
        "entra",
        "entra with its flag",
        "okta by PUT",
        "okta by PATCH",
        "onelogin",
    ] {
        let kind = dialect.split(' ').next().unwrap_or_default();
        let connection = acme.operator.connect("northwind", kind, &json!({})).await;
        let scim = acme.server.scim(&connection);
        let (ada, group) = match dialect {
            "entra" => entra(&scim, false).await,
            "entra with its flag" => entra(&scim, true).await,
            "okta by PUT" => okta(&scim, true).await,
            "okta by PATCH" => okta(&scim, false).await,
            _ => onelogin(&scim).await,
        };
        let end = [
            scim.read_user(&ada).await,
            scim.get(&format!("/Groups/{group}")).await.expect(200),
        ];
        let text = end.map(|resource| essence(&resource)).join("\n");
        let names = [
            (&ada, "ADA"),
            (&group, "GROUP"),
            (&connection.id, "CONNECTION"),
        ];
        let text = names
            .iter()
            .fold(text, |text, (id, name)| text.replace(id.as_str(), name));
        told.push((dialect, text));
    }
    let (_, first) = &told[0];
    for word in [
        "Lovelace",
        "Engines",
        "m-7",
        "+44 20",
        "ADA",
        "GROUP",
        "Engineers",
    ] {
        assert!(first.contains(word), "no {word} in {first}");
    }
    assert!(!first.contains("Countess"), "{first}");
    for (dialect, text) in &told[1..] {
        assert_eq!(text, first, "{dialect}");
    }
}

/// A resource's text without what differs by nature.
fn essence(resource: &Value) -> String {
    let mut resource = resource.clone();
    let members = resource.as_object_mut().expect("a resource is an object");
    members.retain(|name, _| !["id", "meta", "externalId"].contains(&name.as_str()));
    resource.to_string()
}

async fn nobody_there(scim: &Scim, resources: &str, filter: &str) {
    let path = format!("/{resources}?filter={}", encode(filter));
    assert_eq!(scim.get(&path).await.expect(200)["totalResults"], 0);
}

async fn patch(scim: &Scim, path: &str, operations: Value) {
    let answer = scim.patch(path, &operations).await;
    assert!(matches!(answer.status, 200 | 204), "{answer:?}");
}

/// One operation per attribute and booleans as strings; or, with `aadOptscim062020`, one operation without a path.
async fn entra(scim: &Scim, flag: bool) -> (String, String) {
    nobody_there(scim, "Users", "userName eq \"ada@northwind.example\"").await;
    let user = |name: &str, given: &str, family: &str| {
        json!({
            "schemas": [CORE, ENTERPRISE], "externalId": format!("mail-{name}"),
            "userName": format!("{name}@northwind.example"), "active": true,
            "displayName": format!("{given} {family}"), "nickName": "Countess",
            "emails": [{"primary": true, "type": "work", "value": format!("{name}@northwind.example")}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": format!("{given} {family}"), "familyName": family, "givenName": given},
            "roles": [],
        })
    };
    let ada = id(&scim
        .create_user(&user("ada", "Ada", "Byron"))
        .await
        .expect(201));
    let bob = id(&scim
        .create_user(&user("bob", "Bob", "Babbage"))
        .await
        .expect(201));
    let path = format!("/Users/{ada}");
    let urn = |name: &str| format!("{ENTERPRISE}:{name}");
    if flag {
        patch(scim, &path, json!([
            {"op": "replace", "value": {
                "displayName": "Ada Lovelace", "name.familyName": "Lovelace", "name.formatted": "Ada Lovelace",
                "title": "Analyst", (urn("department")): "Engines", (urn("employeeNumber")): "1815",
            }},
            {"op": "add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+44 20"},
            {"op": "add", "path": urn("manager"), "value": "m-7"},
            {"op": "remove", "path": "nickName"},
        ])).await;
        patch(
            scim,
            &path,
            json!([{"op": "replace", "path": "active", "value": false}]),
        )
        .await;
        patch(
            scim,
            &path,
            json!([{"op": "replace", "path": "active", "value": true}]),
        )
        .await;
    } else {
        patch(
            scim,
            &path,
            json!([
                {"op": "Replace", "path": "displayName", "value": "Ada Lovelace"},
                {"op": "Replace", "path": "name.familyName", "value": "Lovelace"},
                {"op": "Replace", "path": "name.formatted", "value": "Ada Lovelace"},
                {"op": "Add", "path": "title", "value": "Analyst"},
                {"op": "Add", "path": urn("department"), "value": "Engines"},
                {"op": "Add", "path": urn("employeeNumber"), "value": "1815"},
                {"op": "Add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+44 20"},
                {"op": "Add", "path": urn("manager"), "value": [{"$ref": null, "value": "m-7"}]},
                {"op": "Replace", "path": "nickName", "value": ""},
            ]),
        )
        .await;
        patch(
            scim,
            &path,
            json!([{"op": "Replace", "path": "active", "value": "False"}]),
        )
        .await;
        patch(
            scim,
            &path,
            json!([{"op": "Replace", "path": "active", "value": "True"}]),
        )
        .await;
    }
    let group = json!({
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "g-1", "displayName": "Analysts", "meta": {"resourceType": "Group"},
    });
    let group = id(&scim.post("/Groups", &group).await.expect(201));
    let path = format!("/Groups/{group}");
    let (add, replace) = if flag {
        ("add", "replace")
    } else {
        ("Add", "Replace")
    };
    patch(scim, &path, json!([
        {"op": add, "path": "members", "value": [{"$ref": null, "value": ada}, {"$ref": null, "value": bob}]},
    ])).await;
    patch(
        scim,
        &path,
        json!([{"op": replace, "path": "displayName", "value": "Engineers"}]),
    )
    .await;
    patch(
        scim,
        &path,
        if flag {
            json!([{"op": "remove", "path": format!("members[value eq \"{bob}\"]")}])
        } else {
            json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": bob}]}])
        },
    )
    .await;
    (ada, group)
}

/// Users by PUT of what was read, as custom apps do; or by PATCH, as apps of the integration network do.
async fn okta(scim: &Scim, by_put: bool) -> (String, String) {
    nobody_there(scim, "Users", "userName eq \"ada@northwind.example\"").await;
    let user = |name: &str, given: &str, family: &str| {
        json!({
            "schemas": [CORE], "userName": format!("{name}@northwind.example"),
            "name": {"givenName": given, "familyName": family, "formatted": format!("{given} {family}")},
            "emails": [{"primary": true, "value": format!("{name}@northwind.example"), "type": "work"}],
            "displayName": format!("{given} {family}"), "nickName": "Countess", "externalId": format!("00u{name}"),
            "groups": [], "password": "1mz050nq", "active": true,
        })
    };
    let ada = id(&scim
        .create_user(&user("ada", "Ada", "Byron"))
        .await
        .expect(201));
    let bob = id(&scim
        .create_user(&user("bob", "Bob", "Babbage"))
        .await
        .expect(201));
    let path = format!("/Users/{ada}");
    let married = json!({
        "displayName": "Ada Lovelace", "title": "Analyst", "nickName": "",
        "name": {"givenName": "Ada", "familyName": "Lovelace", "formatted": "Ada Lovelace"},
        "phoneNumbers": [{"value": "+44 20", "type": "work"}],
        ENTERPRISE: {"department": "Engines", "employeeNumber": "1815", "manager": {"value": "m-7"}},
    });
    if by_put {
        let mut whole = scim.read_user(&ada).await;
        for (name, value) in married.as_object().expect("an object") {
            whole[name] = value.clone();
        }
        whole["schemas"] = json!([CORE, ENTERPRISE]);
        whole["groups"] = json!([]);
        for active in [true, false, true] {
            whole["active"] = active.into();
            scim.put(&path, &whole).await.expect(200);
        }
    } else {
        patch(scim, &path, json!([{"op": "replace", "value": married}])).await;
        patch(
            scim,
            &path,
            json!([{"op": "replace", "value": {"active": false}}]),
        )
        .await;
        patch(
            scim,
            &path,
            json!([{"op": "replace", "value": {"active": true}}]),
        )
        .await;
    }
    nobody_there(scim, "Groups", "displayName eq \"Analysts\"").await;
    let group = json!({"schemas": [GROUP], "displayName": "Analysts", "members": []});
    let group = id(&scim.post("/Groups", &group).await.expect(201));
    let path = format!("/Groups/{group}");
    let both = json!([{"value": ada}, {"value": bob}]);
    if by_put {
        let put = |name: &str, members: Value| json!({"schemas": [GROUP], "id": group, "displayName": name, "members": members});
        scim.put(&path, &put("Analysts", both)).await.expect(200);
        scim.put(&path, &put("Engineers", json!([{"value": ada}])))
            .await
            .expect(200);
    } else {
        patch(
            scim,
            &path,
            json!([
                {"op": "replace", "value": {"id": group, "displayName": "Analysts"}},
                {"op": "add", "path": "members", "value": both},
            ]),
        )
        .await;
        patch(
            scim,
            &path,
            json!([
                {"op": "replace", "value": {"id": group, "displayName": "Engineers"}},
                {"op": "remove", "path": format!("members[value eq \"{bob}\"]")},
            ]),
        )
        .await;
    }
    (ada, group)
}

/// A template with URIs of SCIM 1.1, nulls, and PUT at paths that end in a question mark.
async fn onelogin(scim: &Scim) -> (String, String) {
    const EXTENSION: &str = "urn:scim:schemas:extension:enterprise:2.0";
    let ours = scim
        .get("/Users?filter=userName%20eq%20%22ada@northwind.example%22&")
        .await;
    assert_eq!(ours.expect(200)["totalResults"], 0);
    let user = |name: &str, given: &str, family: &str| {
        json!({
            "schemas": ["urn:scim:schemas:core:2.0", EXTENSION], "id": null,
            "userName": format!("{name}@northwind.example"), "externalId": name, "active": true,
            "name": {"givenName": given, "familyName": family, "formatted": format!("{given} {family}"), "middleName": null},
            "displayName": format!("{given} {family}"), "nickName": "Countess", "phoneNumbers": [], "title": null,
            "emails": [{"value": format!("{name}@northwind.example"), "type": "work", "primary": true}],
            EXTENSION: {"department": null, "manager": {"managerId": null}},
        })
    };
    let ada = id(&scim
        .create_user(&user("ada", "Ada", "Byron"))
        .await
        .expect(201));
    let bob = id(&scim
        .create_user(&user("bob", "Bob", "Babbage"))
        .await
        .expect(201));
    let mut married = user("ada", "Ada", "Lovelace");
    married["nickName"] = Value::Null;
    married["title"] = "Analyst".into();
    married["phoneNumbers"] = json!([{"value": "+44 20", "type": "work"}]);
    married[EXTENSION] =
        json!({"department": "Engines", "employeeNumber": "1815", "manager": {"managerId": "m-7"}});
    for active in [true, false, true] {
        married["active"] = active.into();
        scim.put(&format!("/Users/{ada}?"), &married)
            .await
            .expect(200);
    }
    let group =
        json!({"schemas": ["urn:scim:schemas:core:1.0"], "id": null, "displayName": "Analysts"});
    let group = id(&scim.post("/Groups", &group).await.expect(201));
    let path = format!("/Groups/{group}?");
    patch(
        scim,
        &path,
        json!([{"op": "add", "path": "members", "value": [{"value": ada}, {"value": bob}]}]),
    )
    .await;
    patch(
        scim,
        &path,
        json!([{"op": "replace", "path": "displayName", "value": "Engineers"}]),
    )
    .await;
    patch(
        scim,
        &path,
        json!([{"op": "remove", "path": format!("members[value eq \"{bob}\"]")}]),
    )
    .await;
    (ada, group)
}
