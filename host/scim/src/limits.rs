//! Bounds on what a client may send, so that no request costs more than its size suggests.
//!
//! The size of the body itself is checked where it is read, by the HTTP server.

use serde_json::Value;

use crate::{Error, Object};

#[cfg(test)]
mod tests;

/// Largest body, in bytes: a group of 10,000 members and more, or a bulk request of 1,000 usual users.
pub const MAX_BODY: usize = 4 << 20;
/// Longest filter or path, in bytes.
pub const MAX_FILTER_LENGTH: usize = 16 * 1024;
/// Deepest nesting of parentheses, brackets and `not` in a filter.
pub const MAX_FILTER_DEPTH: usize = 32;
/// Most comparisons in a filter.
pub const MAX_FILTER_TERMS: usize = 256;
/// Deepest nesting of arrays and objects in a body.
pub const MAX_JSON_DEPTH: usize = 32;
/// Longest string in a body, in bytes.
pub const MAX_STRING_LENGTH: usize = 64 * 1024;
/// Longest `userName`, `displayName` of a group, `externalId` and `emails.value`, in bytes, as sent and as compared:
/// they are looked up, and an index takes no longer keys.
pub const MAX_KEY_LENGTH: usize = 1024;
/// Most members of one JSON object.
pub const MAX_ATTRIBUTES: usize = 256;
/// Most values of a multi-valued attribute; the members of a group are not bounded by it.
pub const MAX_VALUES: usize = 1_000;
/// Most operations in a bulk request.
pub const MAX_BULK_OPERATIONS: usize = 1_000;
/// Characters of a string that sorting looks at.
pub const MAX_SORT_KEY: usize = 256;
/// Most operations in a PATCH.
pub const MAX_OPERATIONS: usize = 20_000;
/// Most comparisons with stored values that the operations of one PATCH may need, all together.
pub const MAX_PATCH_STEPS: usize = 5_000_000;

/// The JSON of a body, within the limits, as an object.
pub(crate) fn parse(body: &[u8]) -> Result<Object, Error> {
    let value = serde_json::from_slice(body)
        .map_err(|error| Error::invalid_syntax(format!("the body is not valid JSON: {error}")))?;
    check(&value, 1)?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Error::invalid_syntax("the body must be a JSON object")),
    }
}

fn check(value: &Value, depth: usize) -> Result<(), Error> {
    match value {
        Value::String(text) => check_text(text),
        Value::Array(_) | Value::Object(_) if depth > MAX_JSON_DEPTH => Err(Error::invalid_syntax(
            format!("the body is nested deeper than {MAX_JSON_DEPTH} levels"),
        )),
        Value::Array(items) => items.iter().try_for_each(|item| check(item, depth + 1)),
        Value::Object(members) => {
            if members.len() > MAX_ATTRIBUTES {
                return Err(Error::invalid_value(format!(
                    "an object has more than {MAX_ATTRIBUTES} attributes"
                )));
            }
            members.iter().try_for_each(|(name, member)| {
                check_text(name)?;
                check(member, depth + 1)
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn check_text(text: &str) -> Result<(), Error> {
    if text.len() > MAX_STRING_LENGTH {
        return Err(Error::invalid_value(format!(
            "a string is longer than {MAX_STRING_LENGTH} bytes"
        )));
    }
    // Databases cannot store it, and JSON's escape is the only way to write it.
    if text.as_bytes().contains(&0) {
        return Err(Error::invalid_value(
            "a string contains the character U+0000",
        ));
    }
    Ok(())
}
