//! Does a resource satisfy a filter? Needs no schema: parsing wrote what is needed into the filter.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Number, Value};

use super::{AttributePath, Collation, Comparison, Literal, Node, Operator};
use crate::canonical::instant;
use crate::{Object, fold};

/// From this length on, in bytes, a text is folded once for all comparisons rather than once for each.
const LONG: usize = 64;
/// What a comparison costs besides its text, in bytes of text.
const COMPARISON: usize = 16;

/// A resource, or one value of a multi-valued attribute, that a filter is asked about.
#[derive(Clone, Copy)]
pub(super) enum Subject<'o> {
    Object(&'o Object),
    /// The values of a simple attribute are their own `value` (RFC 7643 §2.4).
    Simple(&'o Value),
}

impl<'o> From<&'o Value> for Subject<'o> {
    fn from(value: &'o Value) -> Self {
        match value {
            Value::Object(object) => Self::Object(object),
            simple => Self::Simple(simple),
        }
    }
}

/// One answer to one filter about one resource, whose long texts are folded once, whatever the number of terms.
#[derive(Default)]
pub(super) struct Evaluation<'o> {
    /// By address, which a text of the resource keeps for as long as `'o`.
    folded: BTreeMap<*const u8, Cow<'o, str>>,
    /// The text that was compared, in bytes; what a comparison costs besides is counted likewise.
    pub steps: usize,
}

impl<'o> Evaluation<'o> {
    pub(super) fn matches(&mut self, node: &Node, subject: Subject<'o>) -> bool {
        match node {
            Node::And(nodes) => nodes.iter().all(|node| self.matches(node, subject)),
            Node::Or(nodes) => nodes.iter().any(|node| self.matches(node, subject)),
            Node::Not(node) => !self.matches(node, subject),
            Node::Present(path) => any_value(path, subject, &mut is_present),
            Node::Compare(comparison) => self.compare(comparison, subject),
            Node::Values(path, filter) => any_value(path, subject, &mut |value| {
                self.matches(filter, Subject::from(value))
            }),
        }
    }

    /// How many long texts were folded.
    #[cfg(test)]
    pub(super) fn folds(&self) -> usize {
        self.folded.len()
    }

    fn compare(&mut self, comparison: &Comparison, subject: Subject<'o>) -> bool {
        let path = &comparison.path;
        let present = || any_value(path, subject, &mut is_present);
        match (comparison.operator, &comparison.literal) {
            (Operator::Eq, Literal::Null) => !present(),
            (Operator::Ne, Literal::Null) => present(),
            // What is absent is not equal to anything (errata of RFC 7644 §3.4.2.2).
            (Operator::Ne, _) => {
                let mut differs = |value| !self.holds(Operator::Eq, comparison, value);
                !present() || any_value(path, subject, &mut differs)
            }
            (operator, _) => any_value(path, subject, &mut |value| {
                self.holds(operator, comparison, value)
            }),
        }
    }

    fn holds(&mut self, operator: Operator, comparison: &Comparison, value: &'o Value) -> bool {
        self.steps += COMPARISON + value.as_str().map_or(0, str::len);
        let literal = &comparison.literal;
        match (comparison.path.collation, value, literal) {
            (Collation::Exact, Value::String(value), Literal::String(literal)) => {
                exact(operator, value, literal)
            }
            (Collation::Instant, Value::String(value), Literal::String(literal)) => {
                instants(operator, value, literal)
            }
            (Collation::Folded, Value::String(value), Literal::String(_))
            | (Collation::Untyped, Value::String(value), _) => {
                self.folded(operator, value, &comparison.key)
            }
            (Collation::Untyped, Value::Bool(_) | Value::Number(_), Literal::String(_)) => {
                exact(operator, &fold(&value.to_string()), &comparison.key)
            }
            (Collation::Exact | Collation::Folded | Collation::Instant, ..) => false,
            (_, value, literal) => typed(operator, value, literal),
        }
    }

    fn folded(&mut self, operator: Operator, value: &'o str, key: &str) -> bool {
        if operator == Operator::Eq && value.is_ascii() {
            // The key of an ASCII text is as long as the text.
            return value.eq_ignore_ascii_case(key);
        }
        if value.len() < LONG {
            return exact(operator, &fold(value), key);
        }
        let folded = self.folded.entry(value.as_ptr());
        exact(operator, folded.or_insert_with(|| fold(value).into()), key)
    }
}

/// Whether some value that the path leads to passes the test (RFC 7644 §3.4.2.2: any value of a multi-valued one).
fn any_value<'o>(
    path: &AttributePath,
    subject: Subject<'o>,
    test: &mut dyn FnMut(&'o Value) -> bool,
) -> bool {
    let object = match (subject, &path.urn) {
        (Subject::Object(object), None) => Some(object),
        (Subject::Object(object), Some(urn)) => {
            member(object, urn, path.collation).and_then(Value::as_object)
        }
        (Subject::Simple(value), _) => {
            return path.name.eq_ignore_ascii_case("value") && any_of(value, test);
        }
    };
    let Some(value) = object.and_then(|object| member(object, &path.name, path.collation)) else {
        return false;
    };
    let mut test_part = |value: &'o Value| match (&path.sub, value) {
        (None, value) => test(value),
        (Some(sub), Value::Object(element)) => {
            member(element, sub, path.collation).is_some_and(|value| any_of(value, test))
        }
        (Some(sub), simple) => sub == "value" && test(simple),
    };
    any_of(value, &mut test_part)
}

fn any_of<'o>(value: &'o Value, test: &mut dyn FnMut(&'o Value) -> bool) -> bool {
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

fn exact(operator: Operator, value: &str, literal: &str) -> bool {
    match operator {
        Operator::Co => value.contains(literal),
        Operator::Sw => value.starts_with(literal),
        Operator::Ew => value.ends_with(literal),
        _ => ordered(operator, value.cmp(literal)),
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
