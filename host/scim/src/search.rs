//! Queries by POST (RFC 7644 §3.4.3): the parameters of a query, in a body.

use serde_json::Value;

use crate::canonical::Reader;
use crate::message::take_schemas;
use crate::{Error, ListRequest, Strictness, json, quirk};

#[cfg(test)]
mod tests;

const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

impl ListRequest {
    /// Reads the body of a `.search`; it means what the same parameters mean in a URL.
    pub fn from_search(strictness: Strictness, body: &[u8]) -> Result<Self, Error> {
        let mut body = json::parse(body)?;
        let mut reader = Reader::new(strictness);
        take_schemas(&mut body, &mut reader, SEARCH_REQUEST)?;
        let mut parameters = Vec::with_capacity(body.len());
        for (name, value) in body {
            if let Some(text) = parameter(&mut reader, &name, value)? {
                parameters.push((name, text));
            }
        }
        let pairs = parameters.iter().map(|(name, text)| (&**name, &**text));
        let request = Self::from_query(pairs)?;
        Ok(Self {
            tolerances: reader.tolerances,
            ..request
        })
    }
}

/// A member as the text of a parameter.
fn parameter(reader: &mut Reader, name: &str, value: Value) -> Result<Option<String>, Error> {
    let wrong = |what: &str| Error::invalid_value(format!("{name} must be {what}"));
    match (name.to_ascii_lowercase().as_str(), value) {
        (_, Value::Null) => Ok(None),
        ("attributes" | "excludedattributes", Value::Array(names)) => {
            let names = names.iter().map(Value::as_str);
            let names: Option<Vec<&str>> = names.collect();
            let names = names.ok_or_else(|| wrong("an array of attribute names"))?;
            Ok(Some(names.join(",")))
        }
        ("attributes" | "excludedattributes", Value::String(names)) => {
            reader.forgive(quirk::SHAPE, || wrong("an array of attribute names"))?;
            Ok(Some(names))
        }
        ("attributes" | "excludedattributes", _) => Err(wrong("an array of attribute names")),
        ("startindex" | "count", Value::Number(number)) => Ok(Some(number.to_string())),
        ("startindex" | "count", Value::String(digits)) => {
            reader.forgive(quirk::SCALAR_TYPE, || wrong("an integer"))?;
            Ok(Some(digits))
        }
        ("startindex" | "count", _) => Err(wrong("an integer")),
        ("filter" | "sortby" | "sortorder" | "cursor", Value::String(text)) => Ok(Some(text)),
        ("filter" | "sortby" | "sortorder" | "cursor", _) => Err(wrong("a string")),
        _ => {
            let refusal = || Error::invalid_syntax(format!("a search has no member {name:.100}"));
            reader.forgive(quirk::UNKNOWN_ATTRIBUTE, refusal)?;
            Ok(None)
        }
    }
}
