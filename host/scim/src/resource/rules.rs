//! What schemas ask of values besides their types (RFC 7643 §2.2, §7): that some are there, that some are among a few,
//! and that some never change.

use std::sync::Arc;

use serde_json::Value;

use crate::schema::{Attribute, Schema};
use crate::{Error, Object, ResourceType, SchemaSet, fold};

/// Of a new document, or of what a change made another than `before`: what is stored may be older than its schema.
pub(super) fn rules(
    set: &SchemaSet,
    kind: ResourceType,
    doc: &Object,
    before: Option<&Object>,
) -> Result<(), Error> {
    required(&set.core(kind).attributes, doc, before)?;
    for schema in set.extensions(kind) {
        let new = doc.get(&schema.id).and_then(Value::as_object);
        let old = before.and_then(|before| before.get(&schema.id)?.as_object());
        extension(schema, new, old).map_err(|error| error.within(&schema.id))?;
    }
    Ok(())
}

fn extension(schema: &Schema, new: Option<&Object>, old: Option<&Object>) -> Result<(), Error> {
    if let Some(new) = new {
        required(&schema.attributes, new, old)?;
    }
    for attribute in &schema.attributes {
        let new = new.and_then(|new| new.get(&attribute.name));
        let old = old.and_then(|old| old.get(&attribute.name));
        if new != old {
            if let Some(new) = new {
                canonical(attribute, new)?;
            }
            unchanged(attribute, old, new)?;
        }
    }
    Ok(())
}

/// What was missing before may stay missing.
fn required(declared: &[Arc<Attribute>], new: &Object, old: Option<&Object>) -> Result<(), Error> {
    for attribute in declared {
        let name = &attribute.name;
        let value = new.get(name);
        let was_missing = old.is_some_and(|old| !old.contains_key(name));
        if attribute.required && value.is_none() && !was_missing {
            return Err(Error::invalid_value(format!("{name} is required")));
        }
        let value = value.filter(|value| old.is_none_or(|old| old.get(name) != Some(*value)));
        for sub in attribute.sub_attributes.iter().filter(|sub| sub.required) {
            let mut elements = value.into_iter().flat_map(elements);
            if elements.any(|element| element.get(&sub.name).is_none()) {
                let detail = format!("{name}.{} is required", sub.name);
                return Err(Error::invalid_value(detail));
            }
        }
    }
    Ok(())
}

/// The canonical values of an extension's attribute are all there are. Those of the core schemas are suggestions
/// (RFC 7643 §7), since identity providers have types of e-mail addresses of their own.
fn canonical(attribute: &Attribute, value: &Value) -> Result<(), Error> {
    let allowed = &attribute.canonical_values;
    let is_allowed = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        let mut allowed = allowed.iter();
        if attribute.is_case_exact() {
            return allowed.any(|it| it == text);
        }
        let key = fold(text);
        allowed.any(|it| fold(it) == key)
    };
    for element in elements(value) {
        if !allowed.is_empty() && !is_allowed(element) {
            let (name, few) = (&attribute.name, allowed.join(", "));
            let detail = format!("{name} must be one of {few:.500}");
            return Err(Error::invalid_value(detail));
        }
        for sub in &attribute.sub_attributes {
            if let Some(part) = element.get(&sub.name) {
                canonical(sub, part).map_err(|error| error.within(&attribute.name))?;
            }
        }
    }
    Ok(())
}

/// Immutable values stay once they are there.
fn unchanged(attribute: &Attribute, old: Option<&Value>, new: Option<&Value>) -> Result<(), Error> {
    let name = &attribute.name;
    match (old, new) {
        (Some(_), _) if attribute.is_immutable() => {
            Err(Error::mutability(format!("{name} can't be changed")))
        }
        (Some(old @ Value::Object(_)), Some(new)) => match changed_part(attribute, old, new) {
            Some(part) => Err(Error::mutability(format!("{name}.{part} can't be changed"))),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// The name of an immutable part that a value had and has no more.
pub(crate) fn changed_part<'a>(
    attribute: &'a Attribute,
    old: &Value,
    new: &Value,
) -> Option<&'a str> {
    let mut immutable = attribute
        .sub_attributes
        .iter()
        .filter(|sub| sub.is_immutable());
    let changed = immutable.find(|sub| {
        let part = old.get(&sub.name);
        part.is_some() && new.get(&sub.name) != part
    });
    changed.map(|sub| sub.name.as_str())
}

pub(super) fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        value => std::slice::from_ref(value),
    }
}
