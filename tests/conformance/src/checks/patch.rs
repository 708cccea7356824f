//! RFC 7644 §3.5.2: PATCH. Most is told as tables: a user, operations, and what holds afterwards.

use serde_json::{Value, json};

use crate::answer::{covers, holds, id};
use crate::check::{Check, Need, ensure, must, should};
use crate::session::user_path;

mod add;
mod members;
mod refusals;
mod remove;
mod replace;

pub(super) fn checks() -> Vec<Check> {
    let mut checks = requests();
    checks.extend(add::CASES.iter().map(Case::check));
    checks.extend(remove::CASES.iter().map(Case::check));
    checks.extend(replace::CASES.iter().map(Case::check));
    checks.extend(add::checks());
    checks.extend(replace::checks());
    checks.extend(members::checks());
    checks.extend(refusals::checks());
    checks
        .into_iter()
        .map(|check| check.needs([Need::Patch]))
        .collect()
}

/// The Enterprise extension in `Case`s.
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// One successful PATCH of a new user. JSON texts, in which `{ENT}` stands for the Enterprise extension's URN.
struct Case {
    name: &'static str,
    says: &'static str,
    /// Attributes of the user over the usual ones.
    user: &'static str,
    operations: &'static str,
    /// Pointer to expected value; null means unassigned.
    then: &'static str,
}

impl Case {
    fn check(&'static self) -> Check {
        let check = must(self.name, self.says, async move |scim| {
            let user = scim.user(&parse(self.user)).await?;
            let after = scim
                .patched(&user_path(&user)?, &parse(self.operations))
                .await?;
            let mut expected = parse(self.then);
            if let Some(expected) = expected.as_object_mut() {
                // What no operation names stays.
                for pointer in ["/id", "/userName"] {
                    let stays = user.pointer(pointer).cloned().unwrap_or_default();
                    expected.entry(pointer).or_insert(stays);
                }
            }
            holds(&after, &expected)
        });
        let texts = [self.user, self.operations, self.then].concat();
        let mut needs = Vec::new();
        if texts.contains("{ENT}") {
            needs.push(Need::Enterprise);
        }
        let attributes = ["title", "nickName", "emails", "phoneNumbers"];
        needs.extend(
            attributes
                .into_iter()
                .filter(|it| texts.contains(it))
                .map(Need::User),
        );
        check.needs(needs)
    }
}

fn parse(text: &str) -> Value {
    let text = text.replace("{ENT}", ENTERPRISE);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn requests() -> Vec<Check> {
    vec![
        must(
            "rfc7644_3_5_2_success_is_200_with_the_resource_or_204",
            "Success is 200 with the entire resource, or 204 No Content.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let change = json!([{"op": "replace", "path": "displayName", "value": "New"}]);
                let answer = scim.patch(&user_path(&user)?, &change).await?;
                answer.status(&[200, 204])?;
                if answer.status == 204 {
                    return ensure(answer.body.is_empty(), || "the 204 has a body".to_owned());
                }
                let mut expected = user.clone();
                expected["displayName"] = "New".into();
                expected["meta"] = json!({});
                ensure(covers(&answer.json()?, &expected), || {
                    format!("the answer is {}", answer.body)
                })
            },
        ),
        must(
            "rfc7644_3_5_2_attributes_asked_for_are_returned",
            "With attributes in the query the server SHALL return 200 and what was asked for.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let change = json!([{"op": "replace", "path": "displayName", "value": "New"}]);
                let path = format!("{}?attributes=displayName", user_path(&user)?);
                let patched = scim.patch(&path, &change).await?.expect(200)?;
                id(&patched)?;
                holds(
                    &patched,
                    &json!({"/displayName": "New", "/userName": null, "/emails": null}),
                )
            },
        ),
        must(
            "rfc7644_3_5_2_operations_are_applied_in_order",
            "Operations are applied sequentially, each on the result of the one before.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let change = json!([
                    {"op": "replace", "path": "displayName", "value": "First"},
                    {"op": "remove", "path": "displayName"},
                    {"op": "add", "path": "displayName", "value": "Last"},
                ]);
                let after = scim.patched(&user_path(&user)?, &change).await?;
                holds(&after, &json!({"/displayName": "Last"}))
            },
        ),
        must(
            "rfc7644_3_5_2_patch_is_atomic",
            "A PATCH is atomic: after an error the original resource MUST be restored.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let change = json!([
                    {"op": "replace", "path": "displayName", "value": "Half"},
                    {"op": "remove", "path": "userName"},
                ]);
                scim.patch(&user_path(&user)?, &change).await?.error(400)?;
                let read = scim.get(&user_path(&user)?).await?.expect(200)?;
                ensure(read == user, || {
                    "the refused PATCH changed the resource".to_owned()
                })
            },
        ),
        must(
            "rfc7644_3_5_2_unknown_resource_is_404",
            "What does not exist can't be changed: 404.",
            async |scim| {
                let change = json!([{"op": "replace", "path": "displayName", "value": "x"}]);
                let answer = scim
                    .patch("/Users/conformance-no-such-user", &change)
                    .await?;
                answer.error(404).map(drop)
            },
        ),
        must(
            "rfc7644_3_5_2_new_primary_takes_the_place_of_the_old_one",
            "If a value's primary becomes true, that of the others SHALL become false.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let new = json!({"value": "new@example.com", "type": "home", "primary": true});
                let change = json!([{"op": "add", "path": "emails", "value": [new]}]);
                let after = scim.patched(&user_path(&user)?, &change).await?;
                let old = json!({"value": user["emails"][0]["value"], "primary": false});
                holds(&after, &json!({"/emails": [old, new]}))
            },
        )
        .needs([Need::User("emails")]),
        must(
            "rfc7644_3_5_2_names_are_case_insensitive",
            "Attribute names are case insensitive, in a path, too.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let change = json!([{"op": "replace", "path": "DISPLAYNAME", "value": "New"}]);
                let after = scim.patched(&user_path(&user)?, &change).await?;
                holds(&after, &json!({"/displayName": "New"}))
            },
        ),
        should(
            "rfc7644_3_5_2_taken_name_is_409_uniqueness",
            "A value that is unique and taken is 409 uniqueness.",
            async |scim| {
                let (user, other) = (scim.user(&json!({})).await?, scim.user(&json!({})).await?);
                let change =
                    json!([{"op": "replace", "path": "userName", "value": other["userName"]}]);
                let answer = scim.patch(&user_path(&user)?, &change).await?;
                answer.error_of(409, "uniqueness")
            },
        ),
    ]
}
