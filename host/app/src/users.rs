//! The verbs of SCIM Users (RFC 7644 §3.3 – §3.6).

mod create;
mod delete;
mod keep;
mod key;
mod patch;
mod replace;
pub(crate) mod store;

use rolecall_scim::{Object, fold};
use rolecall_store::Body;
use serde_json::Value;

pub(crate) use key::display_key;

/// The columns that a user's document determines.
pub(crate) fn body_of(doc: &Object, text: String) -> Body {
    let string = |name: &str| doc.get(name).and_then(Value::as_str);
    let emails = doc.get("emails").and_then(Value::as_array);
    let values = emails
        .into_iter()
        .flatten()
        .filter_map(|email| email.get("value")?.as_str());
    Body {
        kind: "User",
        name_key: fold(string("userName").unwrap_or_default()),
        display: string("displayName").map(str::to_owned),
        display_key: string("displayName").map(display_key),
        external_id: string("externalId").map(str::to_owned),
        active: is_active(doc),
        doc: text,
        lookups: values.map(|value| ("emails.value", fold(value))).collect(),
    }
}

/// RFC 7643 §4.1.1; a user whose IdP never said is active.
pub(crate) fn is_active(doc: &Object) -> bool {
    doc.get("active").and_then(Value::as_bool).unwrap_or(true)
}
