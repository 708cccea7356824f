//! RFC 7644 §3.5.2: operations that must fail, and leave the resource as it was.

use serde_json::json;

use super::parse;
use crate::check::{Check, Level, Need, ensure, must};
use crate::session::user_path;

/// One PATCH that is refused with a 400.
struct Refusal {
    name: &'static str,
    level: Level,
    says: &'static str,
    operations: &'static str,
    scim_type: &'static str,
}

const fn refusal(
    name: &'static str,
    says: &'static str,
    operations: &'static str,
    scim_type: &'static str,
) -> Refusal {
    Refusal {
        name,
        level: Level::Must,
        says,
        operations,
        scim_type,
    }
}

const NO_TARGET: &str = "remove without path fails: 400 noTarget.";
const NO_MATCH: &str = "replace with a filter that no value matches SHALL fail: 400 noTarget.";
const REQUIRED: &str = "Removing a required or readOnly attribute SHALL fail: 400 mutability.";
const READ_ONLY: &str =
    "A change of a readOnly attribute is not compatible with its mutability: 400.";
const PATH: &str = "A path that is invalid or malformed is 400 invalidPath.";
const SYNTAX: &str = "A request that does not conform to its schema is 400 invalidSyntax.";
const VALUE: &str =
    "A value that is missing or not compatible with its attribute is 400 invalidValue.";

#[rustfmt::skip]
const REFUSALS: &[Refusal] = &[
    refusal("rfc7644_3_5_2_2_remove_without_path_is_no_target", NO_TARGET, r#"[{"op": "remove"}]"#, "noTarget"),
    refusal("rfc7644_3_5_2_3_replace_of_no_match_is_no_target", NO_MATCH, r#"[{"op": "replace", "path": "emails[value sw \"nobody@\"].type", "value": "home"}]"#, "noTarget"),
    refusal("rfc7644_3_5_2_2_remove_of_a_required_attribute_is_mutability", REQUIRED, r#"[{"op": "remove", "path": "userName"}]"#, "mutability"),
    refusal("rfc7644_3_5_2_2_remove_of_a_read_only_attribute_is_mutability", REQUIRED, r#"[{"op": "remove", "path": "id"}]"#, "mutability"),
    refusal("rfc7644_3_5_2_3_replace_of_a_read_only_attribute_is_mutability", READ_ONLY, r#"[{"op": "replace", "path": "id", "value": "mine"}]"#, "mutability"),
    refusal("rfc7644_3_5_2_1_add_of_a_read_only_attribute_is_mutability", READ_ONLY, r#"[{"op": "add", "path": "meta.resourceType", "value": "Nonsense"}]"#, "mutability"),
    refusal("rfc7644_3_5_2_malformed_path_is_invalid_path", PATH, r#"[{"op": "replace", "path": "name..givenName", "value": "x"}]"#, "invalidPath"),
    refusal("rfc7644_3_5_2_open_value_path_is_invalid_path", PATH, r#"[{"op": "replace", "path": "emails[type eq \"work\".value", "value": "x"}]"#, "invalidPath"),
    refusal("rfc7644_3_5_2_unknown_sub_attribute_is_invalid_path", PATH, r#"[{"op": "replace", "path": "name.conformanceNoSuchPart", "value": "x"}]"#, "invalidPath"),
    refusal("rfc7644_3_5_2_unknown_op_is_invalid_syntax", SYNTAX, r#"[{"op": "frobnicate", "path": "displayName", "value": "x"}]"#, "invalidSyntax"),
    refusal("rfc7644_3_5_2_missing_op_is_invalid_syntax", SYNTAX, r#"[{"path": "displayName", "value": "x"}]"#, "invalidSyntax"),
    refusal("rfc7644_3_5_2_1_add_without_value_is_refused", VALUE, r#"[{"op": "add", "path": "displayName"}]"#, "invalidValue"),
    refusal("rfc7644_3_5_2_3_word_for_a_boolean_is_invalid_value", VALUE, r#"[{"op": "replace", "path": "active", "value": "perhaps"}]"#, "invalidValue"),
    Refusal { level: Level::Should, ..refusal("rfc7644_3_5_2_unknown_attribute_is_refused", PATH, r#"[{"op": "add", "path": "conformanceNoSuchAttribute", "value": "x"}]"#, "") },
];

pub(super) fn checks() -> Vec<Check> {
    let refusals = REFUSALS.iter().map(|refusal| {
        let check = must(refusal.name, refusal.says, async move |scim| {
            let user = scim.user(&json!({})).await?;
            let path = user_path(&user)?;
            let answer = scim.patch(&path, &parse(refusal.operations)).await?;
            if refusal.scim_type.is_empty() {
                answer.error(400)?;
            } else {
                answer.error_of(400, refusal.scim_type)?;
            }
            let read = scim.get(&path).await?.expect(200)?;
            ensure(read == user, || {
                "the refused PATCH changed the resource".to_owned()
            })
        });
        let check = Check {
            level: refusal.level,
            ..check
        };
        if refusal.operations.contains("emails") {
            check.needs([Need::User("emails")])
        } else {
            check
        }
    });
    let mut checks: Vec<_> = refusals.collect();
    checks.extend([
        must(
            "rfc7644_3_5_2_body_without_operations_is_invalid_syntax",
            SYNTAX,
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]});
                let request = scim.request("PATCH", user_path(&user)?).json(&body);
                scim.send(request).await?.error_of(400, "invalidSyntax")
            },
        ),
        must(
            "rfc7644_3_5_2_malformed_json_is_invalid_syntax",
            SYNTAX,
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let request = scim.request("PATCH", user_path(&user)?).json(&json!({}));
                scim.send(request.text("{\"Operations\": ["))
                    .await?
                    .error_of(400, "invalidSyntax")
            },
        ),
    ]);
    checks
}
