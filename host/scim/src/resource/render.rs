//! The stored document as it is answered (RFC 7643 §3).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::etag;
use crate::{Object, ResourceType};

/// What the server knows about a resource, and answers as `id` and `meta`.
#[derive(Clone, Copy, Debug)]
pub struct Meta<'a> {
    pub id: &'a str,
    pub version: i64,
    /// Milliseconds since 1970.
    pub created_ms: i64,
    /// Milliseconds since 1970.
    pub modified_ms: i64,
    /// The absolute URL of the resource.
    pub location: &'a str,
}

/// The resource with `schemas`, `id` and `externalId` first and `meta` last.
///
/// `active` is always there on users, since identity providers look for it: true where the document has none.
pub fn render(kind: ResourceType, doc: &Object, meta: &Meta<'_>) -> Object {
    let mut resource = Object::with_capacity(doc.len() + 4);
    let mut put = |name: &str, value: Value| resource.insert(name.to_owned(), value);
    put(
        "schemas",
        doc.get("schemas")
            .cloned()
            .unwrap_or_else(|| json!([kind.schema()])),
    );
    put("id", Value::from(meta.id));
    for (name, value) in doc.iter().filter(|(name, _)| *name != "schemas") {
        put(name, value.clone());
    }
    if kind == ResourceType::User && !doc.contains_key("active") {
        put("active", Value::Bool(true));
    }
    let described = json!({
        "resourceType": kind.name(),
        "created": rfc3339(meta.created_ms),
        "lastModified": rfc3339(meta.modified_ms),
        "location": meta.location,
        "version": etag(meta.version),
    });
    put("meta", described);
    resource
}

/// UTC, with three digits of fraction.
fn rfc3339(ms: i64) -> String {
    let range = Timestamp::MIN.as_millisecond()..=Timestamp::MAX.as_millisecond();
    let timestamp =
        Timestamp::from_millisecond(ms.clamp(*range.start(), *range.end())).unwrap_or_default();
    format!("{timestamp:.3}")
}
