//! The values of an attribute, whether there is a list of them, one, or none.

use serde_json::Value;

use crate::canonical::{Part, is_primary};
use crate::filter::Filter;
use crate::schema::{Attribute, Type};
use crate::{Error, Object};

/// Whether operations on the attribute are operations on a list.
pub(super) fn holds_list(attribute: &Attribute, container: &Object) -> bool {
    let undeclared_list = || container.get(&attribute.name).is_some_and(Value::is_array);
    attribute.multi_valued || attribute.kind == Type::Any && undeclared_list()
}

/// The values of an operation: one may come without its array.
pub(super) fn listed(value: Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values,
        single => vec![single],
    }
}

/// Whether the value of a removal says what goes: nulls and empty values don't, and are as good as none.
pub(super) fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        _ => true,
    }
}

pub(super) fn is_scalar(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

/// Works on the stored values as a list; those that are null afterwards are gone.
pub(super) fn with_values(
    container: &mut Object,
    attribute: &Attribute,
    work: impl FnOnce(&mut Vec<Value>) -> Result<(), Error>,
) -> Result<(), Error> {
    let stored = container.get_mut(&attribute.name).map(Value::take);
    let is_list = attribute.multi_valued
        || attribute.kind == Type::Any && matches!(stored, None | Some(Value::Array(_)));
    let mut values = stored.map(listed).unwrap_or_default();
    work(&mut values)?;
    values.retain(|value| !value.is_null());
    let value = if is_list {
        (!values.is_empty()).then_some(Value::Array(values))
    } else {
        values.pop()
    };
    set(container, &attribute.name, value);
    Ok(())
}

/// Which of the values satisfy the filter of a value path.
pub(super) fn matching(values: &[Value], filter: &Filter) -> Vec<usize> {
    (0..values.len())
        .filter(|index| filter.matches_value(&values[*index]))
        .collect()
}

/// Assigns and unassigns parts of one value. A value of which only labels are left is none any more.
pub(super) fn assign(values: &mut [Value], index: usize, parts: &[Part]) -> Result<(), Error> {
    let Value::Object(element) = &mut values[index] else {
        return Err(Error::no_target("the value has no parts"));
    };
    for (name, part) in parts {
        set(element, name, part.clone());
    }
    let is_label = |name: &String| name == "type" || name == "primary";
    if parts.iter().any(|(_, part)| part.is_none()) && element.keys().all(is_label) {
        values[index] = Value::Null;
    } else if is_primary(&values[index]) {
        clear_primary(values);
        values[index]["primary"] = Value::Bool(true);
    }
    Ok(())
}

/// Whoever was primary isn't any more (RFC 7644 §3.5.2).
pub(super) fn clear_primary(values: &mut [Value]) {
    for value in values.iter_mut().filter(|value| is_primary(value)) {
        value["primary"] = Value::Bool(false);
    }
}

/// Whether two values are one: equal, or of the same `value` and `type`.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    left.get("value").is_some()
        && left.get("value") == right.get("value")
        && left.get("type") == right.get("type")
        || left == right
}

/// Whether a listed value names a stored one: by its `value`, or else by all it says.
pub(super) fn names(listed: &Value, stored: &Value) -> bool {
    match listed {
        Value::Object(parts) if parts.contains_key("value") => {
            ["value", "type"].iter().all(|name| {
                parts
                    .get(*name)
                    .is_none_or(|part| stored.get(*name) == Some(part))
            })
        }
        Value::Object(parts) => {
            let is_stored = |(name, part): (&String, &Value)| stored.get(name) == Some(part);
            !parts.is_empty() && parts.iter().all(is_stored)
        }
        simple => simple == stored,
    }
}

/// The complex value of an attribute, to be filled.
pub(super) fn object_at<'c>(
    container: &'c mut Object,
    name: &str,
) -> Result<&'c mut Object, Error> {
    match container
        .entry(name)
        .or_insert_with(|| Value::Object(Object::new()))
    {
        Value::Object(members) => Ok(members),
        _ => Err(Error::no_target(format!("{name} has no parts"))),
    }
}

pub(super) fn drop_if_empty(container: &mut Object, name: &str) {
    if container
        .get(name)
        .and_then(Value::as_object)
        .is_some_and(Object::is_empty)
    {
        container.shift_remove(name);
    }
}

/// Assigns, or unassigns with `None`. A name that no schema knows may stand there in another letter case.
pub(super) fn set(container: &mut Object, name: &str, value: Option<Value>) {
    let name = known_name(container, name).unwrap_or(name).to_owned();
    match value {
        Some(value) => {
            container.insert(name, value);
        }
        None => {
            container.shift_remove(&name);
        }
    }
}

/// The name as it stands in the object, in whatever letter case.
pub(super) fn known_name<'o>(object: &'o Object, name: &str) -> Option<&'o str> {
    let (known, _) = object.get_key_value(name).or_else(|| {
        let mut members = object.iter();
        members.find(|(known, _)| known.eq_ignore_ascii_case(name))
    })?;
    Some(known)
}
