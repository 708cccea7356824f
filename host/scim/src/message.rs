//! What the messages of RFC 7644 have in common: an object whose `schemas` says which message it is.

use serde_json::Value;

use crate::canonical::Reader;
use crate::{Error, Object, quirk};

/// Takes a member of a message, in any letter case.
pub(crate) fn take(object: &mut Object, name: &str) -> Option<Value> {
    let is_it = |key: &&String| key.eq_ignore_ascii_case(name);
    let key = object.keys().find(is_it).cloned();
    key.and_then(|key| object.swap_remove(&key))
}

/// What is left of a message, or of an operation, when all it may have was taken: unknown, unless it says nothing.
pub(crate) fn forgive_rest(rest: &Object, reader: &mut Reader, of: &str) -> Result<(), Error> {
    let mut said = rest.iter().filter(|(_, value)| !value.is_null());
    said.try_for_each(|(name, _)| {
        reader.forgive(quirk::UNKNOWN_ATTRIBUTE, || {
            Error::invalid_syntax(format!("{of} has no member {name:.100}"))
        })
    })
}

/// Takes `schemas`, which must name the message; tolerant connections know it by its endpoint.
pub(crate) fn take_schemas(
    object: &mut Object,
    reader: &mut Reader,
    message: &str,
) -> Result<(), Error> {
    let schemas = take(object, "schemas");
    let is_this = |schema: &Value| {
        let urn = schema.as_str();
        urn.is_some_and(|urn| urn.eq_ignore_ascii_case(message))
    };
    let is_message = |schemas: &Vec<Value>| schemas.iter().any(is_this);
    if schemas
        .as_ref()
        .and_then(Value::as_array)
        .is_some_and(is_message)
    {
        return Ok(());
    }
    let refusal = || Error::invalid_syntax(format!("schemas must contain {message}"));
    reader.forgive(quirk::MESSAGE_ENVELOPE, refusal)
}
