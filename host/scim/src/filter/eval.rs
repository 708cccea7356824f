//! Does a resource satisfy a filter? Needs no schema: parsing wrote what is needed into the filter.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::{AttributePath, Collation, Comparison, Literal, Node, Operator};
use crate::canonical::instant;
use crate::{Object, fold};

pub(super) fn matches(node: &Node, object: &Object) -> bool {
    match node {
        Node::And(nodes) => nodes.iter().all(|node| matches(node, object)),
        Node::Or(nodes) => nodes.iter().any(|node| matches(node, object)),
        Node::Not(node) => !matches(node, object),
        Node::Present(path) => any_value(path, object, &mut is_present),
        Node::Compare(comparison) => compare(comparison, object),
        Node::Values(path, filter) => any_value(path, object, &mut |value| match value {
            Value::Object(element) => matches(filter, element),
            // The values of a simple attribute are their own `value` (RFC 7643 §2.4).
            simple => matches(
                filter,
                &Object::from_iter([("value".to_owned(), simple.clone())]),
            ),
        }),
    }
}

fn compare(comparison: &Comparison, object: &Object) -> bool {
    let Comparison {
        path,
        operator,
        literal,
    } = comparison;
    let present = || any_value(path, object, &mut is_present);
    match (operator, literal) {
        (Operator::Eq, Literal::Null) => !present(),
        (Operator::Ne, Literal::Null) => present(),
        // What is absent is not equal to anything (errata of RFC 7644 §3.4.2.2).
        (Operator::Ne, literal) => {
            let mut differs = |value: &Value| !holds(path.collation, Operator::Eq, value, literal);
            !present() || any_value(path, object, &mut differs)
        }
        (operator, literal) => any_value(path, object, &mut |value| {
            holds(path.collation, *operator, value, literal)
        }),
    }
}

/// Whether some value that the path leads to passes the test (RFC 7644 §3.4.2.2: any value of a multi-valued one).
fn any_value(path: &AttributePath, object: &Object, test: &mut dyn FnMut(&Value) -> bool) -> bool {
    let object = match &path.urn {
        None => Some(object),
        Some(urn) => member(object, urn, path.collation).and_then(Value::as_object),
    };
    let Some(value) = object.and_then(|object| member(object, &path.name, path.collation)) else {
        return false;
    };
    let mut test_part = |value: &Value| match (&path.sub, value) {
        (None, value) => test(value),
        (Some(sub), Value::Object(element)) => {
            member(element, sub, path.collation).is_some_and(|value| any_of(value, test))
        }
        (Some(sub), simple) => sub == "value" && test(simple),
    };
    any_of(value, &mut test_part)
}

fn any_of(value: &Value, test: &mut dyn FnMut(&Value) -> bool) -> bool {
    match value {
        Value::Array(values) => values.iter().any(test),
        value => test(value),
    }
}

/// Canonical resources have canonical names, except where nobody declared any.
pub(crate) fn member<'o>(
    object: &'o Object,
    name: &str,
    collation: Collation,
) -> Option<&'o Value> {
    object.get(name).or_else(|| {
        let any_case = collation == Collation::Untyped;
        object
            .iter()
            .find(|(key, _)| any_case && key.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    })
}

/// `pr`: not null, not empty, and not made of nothing but that.
fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => values.iter().any(is_present),
        Value::Object(members) => members.values().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn holds(collation: Collation, operator: Operator, value: &Value, literal: &Literal) -> bool {
    match collation {
        Collation::Exact => text(value, literal, |value, literal| {
            exact(operator, value, literal)
        }),
        Collation::Folded => text(value, literal, |value, literal| {
            folded(operator, value, literal)
        }),
        Collation::Instant => text(value, literal, |value, literal| {
            instants(operator, value, literal)
        }),
        Collation::Boolean | Collation::Number | Collation::Complex => {
            typed(operator, value, literal)
        }
        Collation::Untyped => match (value, literal) {
            (Value::String(value), literal) => folded(operator, value, &plain(literal)),
            (value, Literal::String(literal)) => folded(operator, &value.to_string(), literal),
            (value, literal) => typed(operator, value, literal),
        },
    }
}

fn text(value: &Value, literal: &Literal, test: impl FnOnce(&str, &str) -> bool) -> bool {
    match (value, literal) {
        (Value::String(value), Literal::String(literal)) => test(value, literal),
        _ => false,
    }
}

fn exact(operator: Operator, value: &str, literal: &str) -> bool {
    match operator {
        Operator::Co => value.contains(literal),
        Operator::Sw => value.starts_with(literal),
        Operator::Ew => value.ends_with(literal),
        _ => ordered(operator, value.cmp(literal)),
    }
}

fn folded(operator: Operator, value: &str, literal: &str) -> bool {
    match operator {
        Operator::Eq => fold::equal(value, literal),
        _ => exact(operator, &fold(value), &fold(literal)),
    }
}

/// As points in time, whatever their offsets; as text where the operator looks at the text.
fn instants(operator: Operator, value: &str, literal: &str) -> bool {
    match (operator, instant(value), instant(literal)) {
        (Operator::Co | Operator::Sw | Operator::Ew, ..) => exact(operator, value, literal),
        (_, Some(value), Some(literal)) => ordered(operator, value.cmp(&literal)),
        _ => false,
    }
}

fn typed(operator: Operator, value: &Value, literal: &Literal) -> bool {
    match (value, literal) {
        (Value::Bool(value), Literal::Bool(literal)) => ordered(operator, value.cmp(literal)),
        (Value::Number(value), literal) => {
            compare_numbers(value, literal).is_some_and(|ordering| ordered(operator, ordering))
        }
        _ => false,
    }
}

fn compare_numbers(value: &Number, literal: &Literal) -> Option<Ordering> {
    match (value.as_i64(), literal) {
        (Some(value), Literal::Integer(literal)) => Some(value.cmp(literal)),
        (_, Literal::Integer(literal)) => value.as_f64()?.partial_cmp(&(*literal as f64)),
        (_, Literal::Decimal(literal)) => value.as_f64()?.partial_cmp(literal),
        _ => None,
    }
}

fn ordered(operator: Operator, ordering: Ordering) -> bool {
    match operator {
        Operator::Eq => ordering.is_eq(),
        Operator::Ne => ordering.is_ne(),
        Operator::Gt => ordering.is_gt(),
        Operator::Ge => ordering.is_ge(),
        Operator::Lt => ordering.is_lt(),
        Operator::Le => ordering.is_le(),
        Operator::Co | Operator::Sw | Operator::Ew => false,
    }
}

/// The text of a literal, without quotes.
fn plain(literal: &Literal) -> String {
    match literal {
        Literal::String(text) => text.clone(),
        other => other.to_string(),
    }
}
