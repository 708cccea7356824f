//! What no operation may do: take what is required, change what is immutable, cost more than it seems.

use serde_json::Value;

use super::request::Verb;
use crate::Error;
use crate::path::AttributeTarget;
use crate::schema::{Attribute, Mutability};

/// What has to be remembered of an attribute before an operation on it.
pub(super) struct Before {
    present: bool,
    /// The value, where it must stay.
    immutable: Option<Value>,
}

impl Before {
    pub(super) fn of(attribute: &Attribute, stored: Option<&Value>) -> Self {
        let immutable = attribute.mutability == Mutability::Immutable;
        Self {
            present: stored.is_some(),
            immutable: stored.filter(|_| immutable).cloned(),
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
        let differs = |before: &Value| Some(before) != after;
        if self.immutable.as_ref().is_some_and(differs) {
            return Err(Error::mutability(format!("{name} can't be changed")));
        }
        Ok(())
    }
}

/// How many comparisons with stored values an operation needs, about.
pub(super) fn cost(
    target: &AttributeTarget,
    stored: Option<&Value>,
    value: Option<&Value>,
) -> usize {
    let values = match stored {
        Some(Value::Array(values)) => values.iter().map(weight).sum(),
        Some(value) => weight(value),
        None => 1,
    };
    let times = match (&target.filter, value) {
        (Some(filter), Some(Value::Array(values))) => filter.terms().saturating_add(values.len()),
        (Some(filter), _) => filter.terms(),
        (None, Some(Value::Array(values))) => values.len(),
        (None, _) => 1,
    };
    values.saturating_mul(times)
}

/// By what may be long in a value.
fn weight(value: &Value) -> usize {
    let text = |value: &Value| value.as_str().map_or(0, |text| text.len() / 64);
    1 + value
        .as_object()
        .map_or_else(|| text(value), |parts| parts.values().map(text).sum())
}
