//! Declared extension schemas (RFC 7643 §2.2, §7): every characteristic of their attributes is kept to, and they are
//! found, sorted, patched and chosen like those of the standard schemas.

use serde_json::{Value, json};

use super::column;
use crate::support::scim::{encode, id};
use crate::support::{Acme, Db, Scim, on_both_databases};

on_both_databases!(
    types_are_enforced,
    presence_and_canonical_values_are_enforced,
    mutability_is_enforced,
    a_put_takes_away_what_it_can,
    returned_is_obeyed,
    what_is_never_returned_cant_be_found_out,
    filters_and_sorting_know_them,
    paths_lead_to_them,
    groups_have_them_too,
    a_schema_that_comes_later_loses_nothing,
    a_schema_that_goes_loses_nothing,
    rules_see_them,
);

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const URN: &str = "urn:example:params:scim:schemas:extension:acme:1.0:User";
const GROUP: &str = "urn:example:params:scim:schemas:extension:acme:1.0:Group";

/// Declares the schema for all connections; a tolerant and a strict one.
async fn declared(acme: &Acme, attributes: &Value) -> [Scim; 2] {
    declare(acme, attributes).await;
    [acme.scim.clone(), super::strict(acme).await]
}

async fn declare(acme: &Acme, attributes: &Value) {
    let schema = json!({"resource_type": "User", "name": "Acme", "attributes": attributes});
    let answer = acme
        .operator
        .put(&format!("/v1/schemas/{URN}"), &schema)
        .await;
    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
}

fn user(name: &str, extension: &Value) -> Value {
    json!({"schemas": [CORE, URN], "userName": name, URN: extension})
}

async fn create(scim: &Scim, name: &str, extension: &Value) -> Value {
    scim.create_user(&user(name, extension)).await.expect(201)
}

async fn types_are_enforced(db: Db) {
    let acme = Acme::start(db).await;
    let attributes = json!([
        {"name": "text"},
        {"name": "flag", "type": "boolean"},
        {"name": "count", "type": "integer"},
        {"name": "share", "type": "decimal"},
        {"name": "since", "type": "dateTime"},
        {"name": "key", "type": "binary"},
        {"name": "boss", "type": "reference", "referenceTypes": ["User"]},
        {"name": "tags", "multiValued": true},
        {"name": "site", "type": "complex", "subAttributes": [{"name": "floor", "type": "integer"}]},
    ]);
    let good = json!({
        "text": "a", "flag": true, "count": 7, "share": 0.5, "since": "2026-01-02T03:04:05Z", "key": "QUJD",
        "boss": "../Users/7", "tags": ["x", "y"], "site": {"floor": 3},
    });
    for (at, scim) in declared(&acme, &attributes).await.iter().enumerate() {
        let created = create(scim, &format!("ada{at}"), &good).await;
        assert_eq!(created[URN], good);
        for wrong in [
            json!({"text": {"a": 1}}),
            json!({"flag": "perhaps"}),
            json!({"count": "many"}),
            json!({"count": 1.5}),
            json!({"share": "half"}),
            json!({"since": "yesterday"}),
            json!({"key": "not base64!"}),
            json!({"tags": [{"a": 1}]}),
            json!({"site": {"floor": "third"}}),
        ] {
            let answer = scim.create_user(&user("eve", &wrong)).await;
            let detail = answer.expect_scim_error(400, Some("invalidValue"));
            let name = wrong.as_object().and_then(|it| it.keys().next()).cloned();
            assert!(detail.contains(&name.unwrap_or_default()), "{detail}");
            let change = json!([{"op": "add", "value": {URN: wrong}}]);
            let path = format!("/Users/{}", id(&created));
            let answer = scim.patch(&path, &change).await;
            answer.expect_scim_error(400, Some("invalidValue"));
        }
    }
    // What is no attribute of the schema is dropped, or refused, as everywhere.
    let strange = user("eve", &json!({"text": "a", "colour": "red"}));
    let [tolerant, strict] = declared(&acme, &attributes).await;
    let created = tolerant.create_user(&strange).await.expect(201);
    assert_eq!(created[URN], json!({"text": "a"}));
    let answer = strict.create_user(&strange).await;
    answer.expect_scim_error(400, Some("invalidSyntax"));
    // A string for a number is one of the habits that are forgiven.
    let number = create(&tolerant, "joe", &json!({"count": "7"})).await;
    assert_eq!(number[URN]["count"], 7);
}

async fn presence_and_canonical_values_are_enforced(db: Db) {
    let acme = Acme::start(db).await;
    let attributes = json!([
        {"name": "badge", "required": true},
        {"name": "tier", "canonicalValues": ["gold", "silver"]},
        {"name": "code", "canonicalValues": ["A", "b"], "caseExact": true},
        {"name": "sites", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "value", "required": true}, {"name": "type", "canonicalValues": ["home", "branch"]}]},
    ]);
    for (at, scim) in declared(&acme, &attributes).await.iter().enumerate() {
        let good = json!({"badge": "1", "tier": "GOLD", "code": "b", "sites": [{"value": "x", "type": "branch"}]});
        let created = create(scim, &format!("ada{at}"), &good).await;
        assert_eq!(created[URN], good, "as it was written");
        let path = format!("/Users/{}", id(&created));
        for (wrong, name) in [
            (json!({"tier": "gold"}), "badge"),
            (json!({"badge": "1", "tier": "bronze"}), "tier"),
            (json!({"badge": "1", "code": "B"}), "code"),
            (
                json!({"badge": "1", "sites": [{"type": "home"}]}),
                "sites.value",
            ),
            (
                json!({"badge": "1", "sites": [{"value": "x", "type": "moon"}]}),
                "type",
            ),
        ] {
            let answer = scim.create_user(&user("eve", &wrong)).await;
            let detail = answer.expect_scim_error(400, Some("invalidValue"));
            assert!(detail.contains(name) && detail.contains(URN), "{detail}");
            let answer = scim.put(&path, &user("ada", &wrong)).await;
            answer.expect_scim_error(400, Some("invalidValue"));
        }
        for (operation, scim_type) in [
            (
                json!({"op": "remove", "path": format!("{URN}:badge")}),
                "mutability",
            ),
            (
                json!({"op": "replace", "path": format!("{URN}:tier"), "value": "tin"}),
                "invalidValue",
            ),
            (
                json!({"op": "add", "path": format!("{URN}:sites"), "value": [{"value": "y", "type": "moon"}]}),
                "invalidValue",
            ),
        ] {
            let answer = scim.patch(&path, &json!([operation])).await;
            answer.expect_scim_error(400, Some(scim_type));
        }
        // Who has nothing of the extension lacks nothing.
        let plain = json!({"schemas": [CORE], "userName": format!("joe{at}")});
        scim.create_user(&plain).await.expect(201);
        let unchanged = scim.read_user(&id(&created)).await;
        assert_eq!(unchanged, created);
    }
}

async fn mutability_is_enforced(db: Db) {
    let acme = Acme::start(db).await;
    let attributes = json!([
        {"name": "serial", "mutability": "readOnly"},
        {"name": "origin", "mutability": "immutable"},
        {"name": "desk", "type": "complex", "subAttributes": [
            {"name": "building", "mutability": "immutable"}, {"name": "seat"}]},
        {"name": "keys", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "value", "mutability": "immutable"}, {"name": "note"}]},
    ]);
    for (at, scim) in declared(&acme, &attributes).await.iter().enumerate() {
        let given = json!({
            "serial": "mine", "origin": "hr", "desk": {"building": "A", "seat": "1"}, "keys": [{"value": "k1"}, {"value": "k2"}],
        });
        let created = create(scim, &format!("ada{at}"), &given).await;
        let mut kept = given.clone();
        kept.as_object_mut().expect("an object").remove("serial");
        assert_eq!(created[URN], kept, "what only the server sets is ignored");
        let path = format!("/Users/{}", id(&created));
        let edit = async |op: &str, attribute: &str, value: Value| {
            let mut operation = json!({"op": op, "path": format!("{URN}{attribute}")});
            if !value.is_null() {
                operation["value"] = value;
            }
            scim.patch(&path, &json!([operation])).await
        };
        for (op, attribute, value) in [
            ("replace", ":serial", json!("x")),
            ("replace", ":origin", json!("it")),
            ("remove", ":origin", Value::Null),
            ("replace", ":desk.building", json!("B")),
            ("remove", ":desk.building", Value::Null),
            ("replace", ":keys[value eq \"k1\"].value", json!("k3")),
            ("remove", "", Value::Null),
        ] {
            let answer = edit(op, attribute, value).await;
            assert_eq!(answer.status, 400, "{op} {attribute}: {answer:?}");
            answer.expect_scim_error(400, Some("mutability"));
        }
        let mut other = user(&format!("ada{at}"), &given);
        other[URN]["origin"] = "it".into();
        let answer = scim.put(&path, &other).await;
        answer.expect_scim_error(400, Some("mutability"));
        assert_eq!(scim.read_user(&id(&created)).await, created);

        // What is not there yet can be set, the same can be said again, and the rest may change.
        edit("add", ":origin", json!("hr")).await.expect(200);
        edit("replace", ":desk.seat", json!("2")).await.expect(200);
        edit("remove", ":keys[value eq \"k1\"]", Value::Null)
            .await
            .expect(200);
        edit("add", ":keys[value eq \"k2\"].note", json!("spare"))
            .await
            .expect(200);
        let read = scim.read_user(&id(&created)).await;
        assert_eq!(read[URN]["keys"], json!([{"value": "k2", "note": "spare"}]));
        assert_eq!(read[URN]["desk"], json!({"building": "A", "seat": "2"}));
        let late = create(scim, &format!("joe{at}"), &json!({"desk": {"seat": "3"}})).await;
        let path = format!("/Users/{}", id(&late));
        let set = json!([{"op": "add", "path": format!("{URN}:origin"), "value": "hr"}]);
        scim.patch(&path, &set).await.expect(200);
    }
}

/// RFC 7644 §3.5.1: what clients can't change or don't see isn't theirs to leave out.
async fn a_put_takes_away_what_it_can(db: Db) {
    let acme = Acme::start(db).await;
    let attributes = json!([
        {"name": "origin", "mutability": "immutable"},
        {"name": "pin", "mutability": "writeOnly", "returned": "never", "required": true},
        {"name": "badge"},
    ]);
    for (at, scim) in declared(&acme, &attributes).await.iter().enumerate() {
        let name = format!("ada{at}");
        let given = json!({"origin": "hr", "pin": "1234", "badge": "7"});
        let created = create(scim, &name, &given).await;
        let path = format!("/Users/{}", id(&created));
        let read = scim.read_user(&id(&created)).await;
        let put = scim.put(&path, &read).await.expect(200);
        assert_eq!(put, read, "what was read is what there is: no new version");
        let plain = json!({"schemas": [CORE], "userName": name});
        let put = scim.put(&path, &plain).await.expect(200);
        assert_eq!(put[URN], json!({"origin": "hr"}));
        // The pin is there: nothing is missing.
        let add = json!([{"op": "add", "path": format!("{URN}:badge"), "value": "8"}]);
        scim.patch(&path, &add).await.expect(200);
    }
}

async fn returned_is_obeyed(db: Db) {
    let acme = Acme::start(db).await;
    let attributes = json!([
        {"name": "number", "returned": "always"},
        {"name": "badge"},
        {"name": "note", "returned": "request"},
        {"name": "pin", "mutability": "writeOnly", "returned": "never"},
        {"name": "hint", "returned": "never"},
        {"name": "desk", "type": "complex", "subAttributes": [
            {"name": "seat"}, {"name": "code", "returned": "never"}, {"name": "map", "returned": "request"}]},
    ]);
    let all = json!({"number": "1", "badge": "2", "note": "3", "pin": "4", "hint": "5",
        "desk": {"seat": "6", "code": "7", "map": "8"}});
    for (at, scim) in declared(&acme, &attributes).await.iter().enumerate() {
        let created = create(scim, &format!("ada{at}"), &all).await;
        let usual = json!({"number": "1", "badge": "2", "desk": {"seat": "6"}});
        let ada = id(&created);
        let asked = async |query: &str| {
            let query = query.replace("URN", URN);
            let one = scim.get(&format!("/Users/{ada}?{query}")).await.expect(200);
            let filter = encode(&format!("id eq \"{ada}\""));
            let list = scim.get(&format!("/Users?filter={filter}&{query}")).await;
            assert_eq!(list.expect(200)["Resources"][0], one, "{query}");
            one[URN].clone()
        };
        assert_eq!(created[URN], usual);
        for (query, wanted) in [
            ("", usual.clone()),
            ("attributes=userName", json!({"number": "1"})),
            ("attributes=URN", usual.clone()),
            ("attributes=URN:note", json!({"number": "1", "note": "3"})),
            ("attributes=URN:pin,URN:hint", json!({"number": "1"})),
            (
                "attributes=URN:desk",
                json!({"number": "1", "desk": {"seat": "6"}}),
            ),
            (
                "attributes=URN:desk.map",
                json!({"number": "1", "desk": {"map": "8"}}),
            ),
            ("attributes=URN:desk.code", json!({"number": "1"})),
            ("excludedAttributes=URN", json!({"number": "1"})),
            (
                "excludedAttributes=URN:number,URN:badge",
                json!({"number": "1", "desk": {"seat": "6"}}),
            ),
        ] {
            assert_eq!(asked(query).await, wanted, "{query}");
        }
    }
}

async fn what_is_never_returned_cant_be_found_out(db: Db) {
    let acme = Acme::start(db).await;
    let attributes = json!([
        {"name": "pin", "mutability": "writeOnly", "returned": "never"},
        {"name": "desk", "type": "complex", "subAttributes": [{"name": "code", "returned": "never"}, {"name": "seat"}]},
    ]);
    for (at, scim) in declared(&acme, &attributes).await.iter().enumerate() {
        let secret = json!({"pin": "4", "desk": {"code": "7", "seat": "a"}});
        create(scim, &format!("ada{at}"), &secret).await;
        let hidden = [
            format!("{URN}:pin"),
            format!("{URN}:desk.code"),
            "password".to_owned(),
        ];
        for attribute in hidden {
            for filter in [
                format!("{attribute} eq \"4\""),
                format!("{attribute} pr"),
                format!("not ({attribute} sw \"4\")"),
            ] {
                let answer = scim
                    .get(&format!("/Users?filter={}", encode(&filter)))
                    .await;
                answer.expect_scim_error(400, Some("invalidFilter"));
            }
            let sorted = scim.get(&format!("/Users?sortBy={attribute}")).await;
            sorted.expect_scim_error(400, Some("invalidValue"));
        }
        let filter = encode(&format!("{URN}:desk[code eq \"7\"]"));
        let answer = scim.get(&format!("/Users?filter={filter}")).await;
        answer.expect_scim_error(400, Some("invalidFilter"));
    }
}

async fn filters_and_sorting_know_them(db: Db) {
    let acme = Acme::start(db).await;
    let attributes = json!([
        {"name": "count", "type": "integer"},
        {"name": "since", "type": "dateTime"},
        {"name": "exact", "caseExact": true},
        {"name": "loose"},
        {"name": "sites", "type": "complex", "multiValued": true,
            "subAttributes": [{"name": "value"}, {"name": "floor", "type": "integer"}]},
    ]);
    for scim in declared(&acme, &attributes).await {
        for (name, extension) in [
            (
                "a",
                json!({"count": 10, "since": "2026-01-01T00:00:00Z", "exact": "b", "loose": "b"}),
            ),
            (
                "b",
                json!({"count": 9, "since": "2026-01-01T00:30:00+01:00", "exact": "A", "loose": "A",
                "sites": [{"value": "Hq", "floor": 2}, {"value": "branch", "floor": 9}]}),
            ),
            ("c", json!({"exact": "a", "loose": "a"})),
        ] {
            create(&scim, name, &extension).await;
        }
        for (filter, found) in [
            (format!("{URN}:count gt 9"), 1),
            (format!("{URN}:COUNT eq 9"), 1),
            (format!("{URN}:since lt \"2026-01-01T00:00:00Z\""), 1),
            (format!("{URN}:exact eq \"A\""), 1),
            (format!("{URN}:exact sw \"a\""), 1),
            (format!("{URN}:loose eq \"A\""), 2),
            (format!("{URN}:sites.value eq \"HQ\""), 1),
            (format!("{URN}:sites[value eq \"hq\" and floor gt 5]"), 0),
            (format!("{URN}:sites[value eq \"hq\" and floor lt 5]"), 1),
            (format!("not ({URN}:count pr)"), 1),
        ] {
            assert_eq!(scim.count(&filter).await, found, "{filter}");
        }
        let wrong = encode(&format!("{URN}:nothing eq 1"));
        let answer = scim.get(&format!("/Users?filter={wrong}")).await;
        answer.expect_scim_error(400, Some("invalidFilter"));
        for (by, order) in [
            ("count", "b a c"),
            ("since", "b a c"),
            ("exact", "b c a"),
            ("loose", "b c a"),
        ] {
            let list = scim.get(&format!("/Users?sortBy={URN}:{by}")).await;
            let names = column(&list.expect(200), "userName").join(" ");
            assert_eq!(names, order, "{by}");
        }
    }
}

async fn paths_lead_to_them(db: Db) {
    let acme = Acme::start(db).await;
    let attributes = json!([
        {"name": "badge"},
        {"name": "tags", "multiValued": true},
        {"name": "desk", "type": "complex", "subAttributes": [{"name": "seat"}, {"name": "floor", "type": "integer"}]},
    ]);
    for (at, scim) in declared(&acme, &attributes).await.iter().enumerate() {
        let created = create(scim, &format!("ada{at}"), &json!({"badge": "1"})).await;
        let path = format!("/Users/{}", id(&created));
        let edit = async |operation: Value| {
            let patched = scim.patch(&path, &json!([operation])).await;
            patched.expect(200)[URN].clone()
        };
        let at = |name: &str| format!("{URN}:{name}");
        let done = edit(json!({"op": "replace", "path": at("BADGE"), "value": "2"})).await;
        assert_eq!(done, json!({"badge": "2"}));
        edit(json!({"op": "add", "path": at("tags"), "value": ["x", "y"]})).await;
        let done = edit(json!({"op": "remove", "path": at("tags[value eq \"x\"]")})).await;
        assert_eq!(done["tags"], json!(["y"]));
        let done = edit(json!({"op": "add", "path": at("desk.floor"), "value": 3})).await;
        assert_eq!(done["desk"], json!({"floor": 3}));
        let done = edit(json!({"op": "add", "path": URN, "value": {"badge": "3"}})).await;
        assert_eq!(
            (&done["badge"], &done["tags"]),
            (&json!("3"), &json!(["y"]))
        );
        let answer = scim
            .patch(
                &path,
                &json!([{"op": "add", "path": at("nothing"), "value": 1}]),
            )
            .await;
        answer.expect_scim_error(400, Some("invalidPath"));
        let removed = scim
            .patch(&path, &json!([{"op": "remove", "path": URN}]))
            .await
            .expect(200);
        assert_eq!(removed["schemas"], json!([CORE]));
    }
    // A bare name is one of the habits that are forgiven.
    let bare = json!({"schemas": [CORE], "userName": "eve", "badge": "9"});
    let created = acme.scim.create_user(&bare).await.expect(201);
    assert_eq!(created[URN], json!({"badge": "9"}));
}

async fn groups_have_them_too(db: Db) {
    let acme = Acme::start(db).await;
    let schema = json!({"resource_type": "Group", "name": "Acme group",
        "attributes": [{"name": "owner", "required": true}, {"name": "kind", "mutability": "immutable"}]});
    let path = acme.connection.path(&format!("/schemas/{GROUP}"));
    acme.operator.put(&path, &schema).await.expect(201);
    let group = |extension: Value| json!({"schemas": [], "displayName": "Crew", GROUP: extension});
    let refused = acme
        .scim
        .post("/Groups", &group(json!({"kind": "x"})))
        .await;
    refused.expect_scim_error(400, Some("invalidValue"));
    let made = group(json!({"owner": "ada", "kind": "x"}));
    let made = acme.scim.post("/Groups", &made).await.expect(201);
    assert_eq!(made[GROUP], json!({"owner": "ada", "kind": "x"}));
    let path = format!("/Groups/{}", id(&made));
    let other = group(json!({"owner": "bob", "kind": "y"}));
    let answer = acme.scim.put(&path, &other).await;
    answer.expect_scim_error(400, Some("mutability"));
    let other = group(json!({"owner": "bob"}));
    let put = acme.scim.put(&path, &other).await.expect(200);
    assert_eq!(put[GROUP], json!({"owner": "bob", "kind": "x"}));
    let filter = encode(&format!("{GROUP}:owner eq \"BOB\""));
    let list = acme.scim.get(&format!("/Groups?filter={filter}")).await;
    assert_eq!(list.expect(200)["totalResults"], 1);
    let everywhere = acme.scim.get(&format!("/Users?filter={filter}")).await;
    // For users it is an extension that nobody declared.
    assert_eq!(everywhere.expect(200)["totalResults"], 0);
}

/// Invariants 1 and 4: what is stored stays and is answered as it was; it keeps nobody from leaving.
async fn a_schema_that_comes_later_loses_nothing(db: Db) {
    let acme = Acme::start(db).await;
    let old = json!({"badge": "seven", "colour": "red"});
    let created = create(&acme.scim, "ada", &old).await;
    let ada = id(&created);
    let path = format!("/Users/{ada}");
    declare(
        &acme,
        &json!([{"name": "badge", "type": "integer"}, {"name": "site", "required": true}]),
    )
    .await;
    assert_eq!(acme.scim.read_user(&ada).await, created);
    acme.scim.set_active(&ada, false).await;
    let read = acme.scim.read_user(&ada).await;
    assert_eq!((&read["active"], &read[URN]), (&json!(false), &old));
    acme.scim.set_active(&ada, true).await;
    // What is written is held against the schema.
    let set = |name: &str, value: Value| json!([{"op": "replace", "path": format!("{URN}:{name}"), "value": value}]);
    let wrong = acme.scim.patch(&path, &set("badge", json!("eight"))).await;
    wrong.expect_scim_error(400, Some("invalidValue"));
    let right = acme.scim.patch(&path, &set("badge", json!(8))).await;
    assert_eq!(right.expect(200)[URN], json!({"badge": 8, "colour": "red"}));
    let lacking = acme
        .scim
        .create_user(&user("eve", &json!({"badge": 1})))
        .await;
    lacking.expect_scim_error(400, Some("invalidValue"));
    // A PUT that deactivates is not refused for what was missing before.
    let mut leaver = user("ada", &json!({"badge": 8}));
    leaver["active"] = false.into();
    let put = acme.scim.put(&path, &leaver).await.expect(200);
    assert_eq!(put["active"], false);
}

async fn a_schema_that_goes_loses_nothing(db: Db) {
    let acme = Acme::start(db).await;
    let [tolerant, strict] = declared(&acme, &json!([{"name": "badge", "type": "integer"}])).await;
    for scim in [&tolerant, &strict] {
        create(scim, "ada", &json!({"badge": 7})).await;
    }
    let path = format!("/v1/schemas/{URN}");
    acme.operator.delete(&path).await.expect_status(204);
    for scim in [&tolerant, &strict] {
        let list = scim.get("/Users").await.expect(200);
        let ada = &list["Resources"][0];
        assert_eq!(ada[URN], json!({"badge": 7}), "{ada}");
        assert_eq!(ada["schemas"], json!([CORE, URN]));
        scim.set_active(&id(ada), false).await;
        let left = scim.read_user(&id(ada)).await;
        assert_eq!((&left["active"], &left[URN]), (&json!(false), &ada[URN]));
        scim.get(&format!("/Schemas/{URN}"))
            .await
            .expect_scim_error(404, None);
    }
    assert_eq!(tolerant.count(&format!("{URN}:badge eq 7")).await, 1);
}

/// The stock plugin's conditions are filters over what is stored, declared or not.
async fn rules_see_them(db: Db) {
    let acme = Acme::start(db).await;
    declare(
        &acme,
        &json!([{"name": "tier", "canonicalValues": ["gold", "tin"]}, {"name": "level", "type": "integer"}]),
    )
    .await;
    let settings = json!({"roles": {"rules": [
        {"when": format!("{URN}:tier eq \"gold\""), "role": "admin"},
        {"when": format!("{URN}:level eq 3"), "role": "analyst"},
    ]}});
    let slot = json!({"plugin": "rules", "settings": settings});
    acme.operator
        .remap(
            &acme.connection,
            &json!({"attributes": slot, "tenants": slot, "roles": slot}),
        )
        .await;
    let ada = create(&acme.scim, "ada", &json!({"tier": "GOLD", "level": 3})).await;
    let ada = id(&ada);
    let both = ["northwind role admin", "northwind role analyst"];
    assert_eq!(acme.operator.grants(&ada).await, both);
    let change = json!([{"op": "replace", "path": format!("{URN}:tier"), "value": "tin"}]);
    acme.scim
        .patch(&format!("/Users/{ada}"), &change)
        .await
        .expect(200);
    assert_eq!(acme.operator.grants(&ada).await, [both[1]]);
}
