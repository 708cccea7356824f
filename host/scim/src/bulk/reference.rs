//! References to what the same bulk request creates (RFC 7644 §3.7.2): `bulkId:` and the bulkId, for an id that the
//! client can't know yet.

use std::collections::HashMap;

use serde_json::Value;

use crate::{Error, Object};

/// The bulkId that a text refers to.
pub(super) fn reference(text: &str) -> Option<&str> {
    text.strip_prefix("bulkId:")
}

/// Those in the data of an operation.
pub(super) fn collect<'v>(data: &'v Value, found: &mut Vec<&'v str>) {
    collect_in(data, false, found);
}

fn collect_in<'v>(value: &'v Value, refers: bool, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if refers => found.extend(reference(text)),
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect_in(item, refers, found)),
        Value::Object(members) => {
            let by_path = has_referring_path(members);
            for (name, member) in members {
                collect_in(member, refers_in(refers, by_path, name), found);
            }
        }
        _ => {}
    }
}

/// Puts ids in the place of references.
pub(super) fn replace(data: &mut Value, created: &HashMap<String, String>) -> Result<(), Error> {
    replace_in(data, false, created)
}

fn replace_in(
    value: &mut Value,
    refers: bool,
    created: &HashMap<String, String>,
) -> Result<(), Error> {
    match value {
        Value::String(text) if refers => {
            if let Some(bulk_id) = reference(text) {
                *text = find(bulk_id, created)?.to_owned();
            }
            Ok(())
        }
        Value::Array(items) => {
            let mut items = items.iter_mut();
            items.try_for_each(|item| replace_in(item, refers, created))
        }
        Value::Object(members) => {
            let by_path = has_referring_path(members);
            let mut members = members.iter_mut();
            members.try_for_each(|(name, member)| {
                replace_in(member, refers_in(refers, by_path, name), created)
            })
        }
        _ => Ok(()),
    }
}

/// Whether the texts below a name are references, or may be: elsewhere they are just texts. `outer`: the object is a
/// reference itself; `by_path`: it is an operation of a PATCH on one.
fn refers_in(outer: bool, by_path: bool, name: &str) -> bool {
    let is = |known: &&str| name.eq_ignore_ascii_case(known);
    if outer {
        return ["value", "$ref", "managerId"].iter().any(is);
    }
    by_path && is(&"value") || names_reference(name)
}

fn has_referring_path(members: &Object) -> bool {
    let mut paths = members
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("path"));
    paths.any(|(_, path)| path.as_str().is_some_and(names_reference))
}

/// `members`, `manager` and what is below them, with or without URN.
fn names_reference(path: &str) -> bool {
    let attribute = path
        .split('[')
        .next()
        .and_then(|path| path.rsplit(':').next());
    let attribute = attribute.and_then(|path| path.split('.').next());
    attribute.is_some_and(|name| {
        ["members", "manager"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    })
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
