//! References to what the same bulk request creates (RFC 7644 §3.7.2): `bulkId:` and the bulkId, for an id that the
//! client can't know yet.

use std::collections::HashMap;

use serde_json::Value;

use crate::Error;

/// The bulkId that a text refers to.
pub(super) fn reference(text: &str) -> Option<&str> {
    text.strip_prefix("bulkId:")
}

/// Those in a value, at any depth.
pub(super) fn collect<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.extend(reference(text)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => members.values().for_each(|member| collect(member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Puts ids in the place of references.
pub(super) fn replace(value: &mut Value, created: &HashMap<String, String>) -> Result<(), Error> {
    match value {
        Value::String(text) => {
            if let Some(bulk_id) = reference(text) {
                *text = find(bulk_id, created)?.to_owned();
            }
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| replace(item, created)),
        Value::Object(members) => members
            .values_mut()
            .try_for_each(|member| replace(member, created)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

pub(super) fn find<'c>(
    bulk_id: &str,
    created: &'c HashMap<String, String>,
) -> Result<&'c str, Error> {
    created.get(bulk_id).map(String::as_str).ok_or_else(|| {
        Error::invalid_value(format!(
            "bulkId:{bulk_id:.100} refers to nothing that this request created"
        ))
    })
}
