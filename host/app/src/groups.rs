//! The verbs of SCIM Groups (RFC 7644 §3.3 – §3.6).

mod commit;
mod create;
mod delete;
mod joining;
mod patch;
mod reach;
mod replace;
mod roster;

use rolecall_scim::{Object, fold};
use rolecall_store::Body;
use serde_json::Value;

/// The columns that a group's document determines.
fn body_of(doc: &Object, text: String) -> Body {
    let string = |name: &str| doc.get(name).and_then(Value::as_str);
    Body {
        kind: "Group",
        name_key: fold(string("displayName").unwrap_or_default()),
        display: string("displayName").map(str::to_owned),
        display_key: None,
        external_id: string("externalId").map(str::to_owned),
        active: true,
        doc: text,
        lookups: vec![],
    }
}
