//! What a request changed of a resource, attribute by attribute.

use serde_json::Value;

use crate::Object;
use crate::schema::has_urn_prefix;

#[cfg(test)]
mod tests;

/// An attribute whose value differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference<'a> {
    /// `title`, `name.givenName`, `urn:…:User:department`.
    pub path: String,
    /// None: it had no value.
    pub from: Option<&'a Value>,
    /// None: it has none any more.
    pub to: Option<&'a Value>,
}

/// The attributes that differ between two states of a resource. Multi-valued attributes are one value each; of
/// extensions and complex attributes the parts are told apart.
pub fn differences<'a>(before: &'a Object, after: &'a Object) -> Vec<Difference<'a>> {
    let mut found = Vec::new();
    compare("", before, after, &mut found);
    found
}

fn compare<'a>(
    outer: &str,
    before: &'a Object,
    after: &'a Object,
    found: &mut Vec<Difference<'a>>,
) {
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    for name in after.keys().chain(gone) {
        let (from, to) = (before.get(name), after.get(name));
        if from == to {
            continue;
        }
        let path = format!("{outer}{name}");
        match (
            from.and_then(Value::as_object),
            to.and_then(Value::as_object),
        ) {
            // RFC 7644 §3.10: a colon stands behind the URN of an extension, a dot behind an attribute.
            (Some(from), Some(to)) => {
                let separator = if has_urn_prefix(name) { ':' } else { '.' };
                compare(&format!("{path}{separator}"), from, to, found);
            }
            _ => found.push(Difference { path, from, to }),
        }
    }
}
