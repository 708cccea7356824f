//! Laws that hold for all resources, through the front door: an index never changes what a filter finds, what was read can
//! be written back, what is said again changes nothing, and who keeps to the RFCs is treated alike by both kinds of connection.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rolecall_scim::{Filter, Object, ResourceType, SchemaSet, Strictness};
use serde_json::{Value, json};

use super::{column, strict};
use crate::support::chain::settled_events;
use crate::support::scim::{ENTERPRISE, encode, id};
use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(
    a_filter_finds_what_the_evaluator_does,
    what_says_nothing_new_changes_nothing,
    the_rfc_is_read_alike
);

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// So many of what a strategy makes.
fn some<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::default();
    let one = |_| strategy.new_tree(&mut runner).expect("a value").current();
    (0..count).map(one).collect()
}

/// Short texts of few letters, so that they meet: in two cases, composed and decomposed, and with what SQL and JSON quote.
fn word() -> impl Strategy<Value = String> {
    "[aAbé]{1,2}|e\u{301}|[a%_]{2}|['\"\\\\]"
}

/// Users that strict connections take.
fn user() -> impl Strategy<Value = Value> {
    let email = (word(), proptest::sample::select(vec!["work", "home"]));
    let optional = (
        proptest::option::of(word()),
        proptest::option::of(word()),
        proptest::option::of(word()),
        proptest::option::of(any::<bool>()),
        proptest::collection::vec(email, 0..3),
        proptest::option::of(word()),
    );
    (word(), optional).prop_map(
        |(name, (title, given, external, active, emails, department))| {
            let mut user = json!({"schemas": [USER], "userName": name});
            let mut put = |name: &str, value: Option<Value>| {
                if let Some(value) = value {
                    user[name] = value;
                }
            };
            put("title", title.map(Value::from));
            put("name", given.map(|given| json!({"givenName": given})));
            put("externalId", external.map(Value::from));
            put("active", active.map(Value::from));
            let emails = emails.into_iter().enumerate();
            let emails = emails
                .map(|(n, (value, kind))| json!({"value": value, "type": kind, "primary": n == 1}));
            let emails: Vec<Value> = emails.collect();
            put("emails", (!emails.is_empty()).then(|| json!(emails)));
            if let Some(department) = department {
                user["schemas"] = json!([USER, ENTERPRISE]);
                user[ENTERPRISE] = json!({"department": department});
            }
            user
        },
    )
}

fn filter() -> impl Strategy<Value = String> {
    let quoted = || word().prop_map(|word| Value::from(word).to_string());
    let path = proptest::sample::select(vec![
        "userName",
        "externalId",
        "title",
        "name.givenName",
        "emails",
        "emails.value",
        "emails.type",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "id",
    ]);
    let operator =
        proptest::sample::select(vec!["eq", "eq", "eq", "ne", "co", "sw", "ew", "gt", "le"]);
    let comparison = prop_oneof![
        4 => (path.clone(), operator, quoted()).prop_map(|(path, is, value)| format!("{path} {is} {value}")),
        1 => path.prop_map(|path| format!("{path} pr")),
        1 => any::<bool>().prop_map(|active| format!("active eq {active}")),
        2 => (quoted(), any::<bool>()).prop_map(|(value, primary)| {
            format!("emails[value eq {value} and primary eq {primary}]")
        }),
        1 => Just("emails[type eq \"work\"]".to_owned()),
        1 => Just("meta.lastModified gt \"2020-01-01T00:00:00Z\"".to_owned()),
    ];
    comparison.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) or ({b})")),
            inner.prop_map(|a| format!("not ({a})")),
        ]
    })
}

/// Creates those whose names don't collide: as they are read in the end, since a POST may bring an inactive one back.
async fn created(acme: &Acme, count: usize) -> Vec<Object> {
    let mut ids = BTreeSet::new();
    for user in some(&user(), count) {
        let answer = acme.scim.create_user(&user).await;
        if answer.status != 409 {
            ids.insert(id(&answer.expect(201)));
        }
    }
    let mut users = Vec::new();
    for id in ids {
        users.extend(acme.scim.read_user(&id).await.as_object().cloned());
    }
    users
}

/// What the database finds is what the protocol's evaluator finds among all.
async fn a_filter_finds_what_the_evaluator_does(db: Db) {
    let acme = Acme::start(db).await;
    // Too few to fill a page: every filter's answer is one.
    let users = created(&acme, 60).await;
    let ids: Vec<&str> = users
        .iter()
        .filter_map(|user| user["id"].as_str())
        .collect();
    let by_id = format!("id eq \"{}\" and active pr", ids[0]);
    let mut filters = some(&filter(), 100);
    filters.push(by_id);
    for text in filters {
        let schemas = SchemaSet::standard();
        let filter = Filter::parse(schemas, ResourceType::User, Strictness::Tolerant, &text);
        let filter = filter.unwrap_or_else(|error| panic!("{text}: {error}"));
        let matches = users.iter().filter(|user| filter.matches(user));
        let mut expected: Vec<&str> = matches.filter_map(|user| user["id"].as_str()).collect();
        expected.sort_unstable();
        for how in ["", "&sortBy=userName", "&sortBy=title", "&cursor="] {
            let path = format!("/Users?count=200&filter={}{how}", encode(&text));
            let list = acme.scim.get(&path).await.expect(200);
            let mut found = column(&list, "id");
            found.sort_unstable();
            assert_eq!(found, expected, "{text} {how}");
            assert_eq!(list["totalResults"], expected.len(), "{text} {how}");
        }
    }
}

/// PUT of what was GOT, and PATCHes that say what is so: no new version, no event.
async fn what_says_nothing_new_changes_nothing(db: Db) {
    let acme = Acme::start(db).await;
    let users = created(&acme, 20).await;
    let before = settled_events(&acme.operator, 0).await;
    let last = before
        .last()
        .map_or(0, |event| event["seq"].as_i64().expect("a seq"));
    for user in users {
        let path = format!("/Users/{}", user["id"].as_str().expect("an id"));
        let whole = Value::Object(user.clone());
        let put = acme.scim.put(&path, &whole).await.expect(200);
        assert_eq!(put, whole, "PUT of what was GOT");
        let mut operations = vec![json!({"op": "replace", "value": whole})];
        let stored = user
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "schemas" | "id" | "meta"));
        for (name, value) in stored {
            operations.push(json!({"op": "add", "path": name, "value": value}));
            operations.push(json!({"op": "replace", "path": name, "value": value}));
        }
        operations.push(json!({"op": "remove", "path": "nickName"}));
        for operations in operations
            .iter()
            .map(|it| json!([it]))
            .chain([json!(operations)])
        {
            let patched = acme.scim.patch(&path, &operations).await.expect(200);
            assert_eq!(patched, whole, "{operations}");
        }
    }
    // The end that waiting for the log leaves behind is the only one.
    let after = settled_events(&acme.operator, last).await;
    let kinds: Vec<_> = after.iter().map(|event| &event["type"]).collect();
    assert_eq!(kinds, ["tenant.created"]);
}

/// What a strict connection takes, a tolerant one takes in the same way.
async fn the_rfc_is_read_alike(db: Db) {
    let acme = Acme::start(db).await;
    let strict = strict(&acme).await;
    let same = |left: &Value, right: &Value| {
        let (mut left, mut right) = (left.clone(), right.clone());
        for resource in [&mut left, &mut right] {
            let resource = resource.as_object_mut().expect("a resource");
            resource.shift_remove("id");
            resource.shift_remove("meta");
        }
        assert_eq!(left.to_string(), right.to_string());
    };
    let mut users = some(&user(), 40);
    for (n, user) in users.iter_mut().enumerate() {
        // A POST brings an inactive user back on tolerant connections alone.
        user["userName"] = json!(format!("{n}{}", user["userName"]));
        user["externalId"] = json!(n.to_string());
    }
    for (user, other) in users.iter().zip(users.iter().skip(1)) {
        let (left, right) = (
            acme.scim.create_user(user).await,
            strict.create_user(user).await,
        );
        let (left, right) = (left.expect(201), right.expect(201));
        same(&left, &right);
        let operations: Vec<Value> = ["title", "emails", "name"]
            .iter()
            .map(|path| match other.get(path) {
                Some(value) => json!({"op": "replace", "path": path, "value": value}),
                None => json!({"op": "remove", "path": path}),
            })
            .collect();
        let operations = json!(operations);
        let left = acme
            .scim
            .patch(&format!("/Users/{}", id(&left)), &operations)
            .await;
        let right = strict
            .patch(&format!("/Users/{}", id(&right)), &operations)
            .await;
        same(&left.expect(200), &right.expect(200));
    }
    let forgiven = acme
        .operator
        .get(&format!(
            "/v1/connections/{}/tolerances",
            acme.connection.id
        ))
        .await;
    assert_eq!(
        forgiven.expect(200)["data"],
        json!([]),
        "nothing to forgive"
    );
}
