//! What no operation may do: take what is required, change what is immutable, cost more than it seems.

use serde_json::Value;

use super::request::Verb;
use crate::limits::MAX_BODY;
use crate::path::AttributeTarget;
use crate::resource::changed_part;
use crate::schema::Attribute;
use crate::{Error, Object};

/// What has to be remembered of an attribute before an operation on it.
pub(super) struct Before {
    present: bool,
    /// The value, where it or a part of it must stay.
    immutable: Option<Value>,
}

impl Before {
    pub(super) fn of(target: &AttributeTarget, stored: Option<&Value>) -> Self {
        let attribute = &target.attribute;
        // A whole list may be given again; its values may not be edited.
        let edits = !attribute.multi_valued || target.filter.is_some() || target.sub.is_some();
        let mut parts = attribute.sub_attributes.iter();
        let has_immutable =
            attribute.is_immutable() || edits && parts.any(|sub| sub.is_immutable());
        Self {
            present: stored.is_some(),
            immutable: stored.filter(|_| has_immutable).cloned(),
        }
    }

    /// Whether the operation may leave this value (RFC 7643 §2.2, RFC 7644 §3.5.2.2).
    pub(super) fn allows(
        &self,
        verb: Verb,
        attribute: &Attribute,
        after: Option<&Value>,
    ) -> Result<(), Error> {
        let name = &attribute.name;
        if attribute.required && self.present && after.is_none() {
            let detail = format!("{name} is required and can't be unassigned");
            return Err(match verb {
                Verb::Remove => Error::mutability(detail),
                Verb::Add | Verb::Replace => Error::invalid_value(detail),
            });
        }
        let Some(before) = &self.immutable else {
            return Ok(());
        };
        if attribute.is_immutable() && Some(before) != after {
            return Err(Error::mutability(format!("{name} can't be changed")));
        }
        let part = match (before, after) {
            (Value::Array(before), Some(Value::Array(after))) if before.len() == after.len() => {
                let mut pairs = before.iter().zip(after);
                pairs.find_map(|(old, new)| changed_part(attribute, old, new))
            }
            (Value::Object(_), Some(after)) => changed_part(attribute, before, after),
            _ => None,
        };
        match part {
            Some(part) => Err(Error::mutability(format!("{name}.{part} can't be changed"))),
            None => Ok(()),
        }
    }
}

/// How many comparisons with stored values, or writes of such, an operation needs, about.
pub(super) fn cost(
    target: &AttributeTarget,
    stored: Option<&Value>,
    value: Option<&Value>,
) -> usize {
    let (count, stored) = values(stored);
    let (listed, given) = values(value);
    match &target.filter {
        // Each is asked all terms, and may get the new value.
        Some(filter) => {
            let compared = stored.saturating_mul(filter.terms().saturating_add(listed));
            compared.saturating_add(count.saturating_mul(given))
        }
        // Of a list each value is looked for, among the stored ones and those that came before it.
        None => listed.saturating_mul(stored.saturating_add(if listed > 1 { given } else { 0 })),
    }
}

/// How many there are, at least one, and what they weigh.
fn values(value: Option<&Value>) -> (usize, usize) {
    match value {
        Some(Value::Array(values)) => {
            let weight = values.iter().map(weight).sum::<usize>();
            (values.len().max(1), weight.max(1))
        }
        Some(value) => (1, weight(value)),
        None => (1, 1),
    }
}

/// What a value path writes into many values may be many times its size. A resource is no larger than its body could
/// have been, unless it was.
pub(super) fn size(before: &Object, after: &Object) -> Result<(), Error> {
    let size = |object: &Object| {
        object
            .iter()
            .map(|(name, value)| name.len() + text(value))
            .sum::<usize>()
    };
    let after = size(after);
    if after > MAX_BODY && after > size(before) {
        let detail = format!("the resource would be larger than {MAX_BODY} bytes");
        return Err(Error::too_many(detail));
    }
    Ok(())
}

/// The bytes of text in a value, about.
fn text(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(values) => values.iter().map(text).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| name.len() + 4 + text(value))
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 4,
    }
}

/// By what may be long in a value. What is not ASCII is slow to fold.
fn weight(value: &Value) -> usize {
    let text = |value: &Value| match value.as_str() {
        Some(text) if text.is_ascii() => text.len() / 64,
        Some(text) => text.len() / 8,
        None => 0,
    };
    1 + value
        .as_object()
        .map_or_else(|| text(value), |parts| parts.values().map(text).sum())
}
