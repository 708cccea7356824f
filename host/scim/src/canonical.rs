//! From what clients send for an attribute to the one form that is stored: types as the schema says, names in its
//! letter case and order, nothing that means "no value" (RFC 7643 §2.3–2.5).

mod complex;
mod order;
mod scalar;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use serde_json::Value;

use crate::attr;
use crate::limits::MAX_VALUES;
use crate::schema::{Attribute, Type, has_urn_prefix};
use crate::{Error, ResourceType, SchemaSet, Strictness, Tolerances, quirk};

pub(crate) use order::{arrange, arrange_values, complete};
pub(crate) use scalar::{boolean, instant};

/// Reads values, and counts what it forgave.
#[derive(Debug)]
pub(crate) struct Reader {
    pub strictness: Strictness,
    pub tolerances: Tolerances,
}

/// A sub-attribute by name, and its stored value; `None` unassigns it.
pub(crate) type Part = (String, Option<Value>);

impl Reader {
    pub(crate) fn new(strictness: Strictness) -> Self {
        Self {
            strictness,
            tolerances: Tolerances::default(),
        }
    }

    /// Counts a deviation, or refuses it in a strict connection.
    pub(crate) fn forgive(
        &mut self,
        name: &'static str,
        refusal: impl FnOnce() -> Error,
    ) -> Result<(), Error> {
        match self.strictness {
            Strictness::Tolerant => {
                self.tolerances.note(name);
                Ok(())
            }
            Strictness::Strict => Err(refusal()),
        }
    }

    /// An extension, or an attribute of one, that nobody declared: kept as it came and counted, or refused.
    pub(crate) fn undeclared(&mut self, set: &SchemaSet, urn: &str) -> Result<(), Error> {
        if set.keeps_undeclared(self.strictness) {
            self.tolerances.note(quirk::UNDECLARED_EXTENSION);
            return Ok(());
        }
        Err(Error::invalid_syntax(format!(
            "no schema declares {urn:.300}, and this connection takes declared extensions only"
        )))
    }

    /// A name that is no attribute's: dropped and counted, or refused.
    pub(crate) fn unknown(
        &mut self,
        set: &SchemaSet,
        kind: ResourceType,
        name: &str,
    ) -> Result<(), Error> {
        let keeps = set.keeps_undeclared(self.strictness);
        if !keeps && has_urn_prefix(name) && !attr::is_declared(set, kind, name) {
            return self.undeclared(set, name);
        }
        self.forgive(quirk::UNKNOWN_ATTRIBUTE, || {
            Error::invalid_syntax(format!("there is no attribute {name:.100}"))
        })
    }

    /// The stored form of an attribute's whole value; `None` when it says "unassigned".
    pub(crate) fn attribute(
        &mut self,
        attribute: &Attribute,
        value: Value,
    ) -> Result<Option<Value>, Error> {
        if attribute.multi_valued {
            let values = self.values(attribute, value)?;
            return Ok((!values.is_empty()).then_some(Value::Array(values)));
        }
        self.single(None, attribute, value)
    }

    /// The stored values of a multi-valued attribute; one that came without its array is a list of one.
    pub(crate) fn values(
        &mut self,
        attribute: &Attribute,
        value: Value,
    ) -> Result<Vec<Value>, Error> {
        let items = match value {
            Value::Null => return Ok(Vec::new()),
            Value::Array(items) => items,
            single => {
                self.forgive(quirk::SHAPE, || wrong(None, attribute, "an array"))?;
                vec![single]
            }
        };
        self.elements(attribute, items)
    }

    /// The stored form of a list of values.
    pub(crate) fn elements(
        &mut self,
        attribute: &Attribute,
        items: Vec<Value>,
    ) -> Result<Vec<Value>, Error> {
        // Members of groups are rows, and bounded by the size of the body alone.
        if items.len() > MAX_VALUES && attribute.name != "members" {
            return Err(Error::too_many(format!(
                "{} has more than {MAX_VALUES} values",
                attribute.name
            )));
        }
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match self.element(attribute, item)? {
                Some(value) => values.push(value),
                // A member without an id is not the same as no member.
                None => refuse_if_required(attribute)?,
            }
        }
        if attribute.name != "members" {
            once(&mut values);
        }
        self.one_primary(attribute, &mut values)?;
        Ok(values)
    }

    /// One value of a multi-valued attribute, or the value of a single-valued one.
    pub(crate) fn element(
        &mut self,
        attribute: &Attribute,
        value: Value,
    ) -> Result<Option<Value>, Error> {
        match attribute.kind {
            Type::Complex => self.complex(attribute, value),
            _ => self.scalar(None, attribute, value),
        }
    }

    /// The sub-attribute's stored value.
    pub(crate) fn sub_attribute(
        &mut self,
        of: &Attribute,
        sub: &Attribute,
        value: Value,
    ) -> Result<Option<Value>, Error> {
        if sub.multi_valued {
            return self.attribute(sub, value);
        }
        self.single(Some(of), sub, value)
    }

    fn single(
        &mut self,
        of: Option<&Attribute>,
        attribute: &Attribute,
        value: Value,
    ) -> Result<Option<Value>, Error> {
        let value = self.only(of, attribute, value)?;
        match attribute.kind {
            Type::Complex => self.complex(attribute, value),
            _ => self.scalar(of, attribute, value),
        }
    }

    /// The value of a single-valued attribute, out of the array that Entra puts around it (N7).
    pub(crate) fn only(
        &mut self,
        of: Option<&Attribute>,
        attribute: &Attribute,
        value: Value,
    ) -> Result<Value, Error> {
        let mut items = match value {
            Value::Array(items) if attribute.kind != Type::Any => items,
            value => return Ok(value),
        };
        let Some(only) = items.pop() else {
            return Ok(Value::Null);
        };
        if !items.is_empty() {
            return Err(wrong(of, attribute, "one value"));
        }
        self.forgive(quirk::SHAPE, || wrong(of, attribute, expected(attribute)))?;
        Ok(only)
    }
}

/// A value that is said again is still one value: clients get no pair of type and value twice (RFC 7643 §2.4).
fn once(values: &mut Vec<Value>) {
    let mut seen = HashSet::with_capacity(values.len());
    let first: Vec<_> = values.iter().map(|value| seen.insert(value)).collect();
    let mut first = first.into_iter();
    values.retain(|_| first.next().unwrap_or(true));
}

/// Whether a value is the preferred one of its attribute.
pub(crate) fn is_primary(value: &Value) -> bool {
    value.get("primary") == Some(&Value::Bool(true))
}

/// An empty value is no value, unless it would have to name something.
fn refuse_if_required(attribute: &Attribute) -> Result<(), Error> {
    match attribute.sub_attributes.iter().find(|sub| sub.required) {
        None => Ok(()),
        Some(sub) => {
            let detail = format!("{}.{} is required", attribute.name, sub.name);
            Err(Error::invalid_value(detail))
        }
    }
}

/// What a single value of the attribute must be, in words.
fn expected(attribute: &Attribute) -> &'static str {
    match attribute.kind {
        Type::String | Type::Reference | Type::Any => "a string",
        Type::Boolean => "true or false",
        Type::Decimal => "a number",
        Type::Integer => "an integer",
        Type::DateTime => "a date and time such as 2011-05-13T04:42:34Z",
        Type::Binary => "a string in base64",
        Type::Complex => "an object",
    }
}

fn wrong(of: Option<&Attribute>, attribute: &Attribute, what: &str) -> Error {
    let name = &attribute.name;
    Error::invalid_value(match of {
        Some(of) => format!("{}.{name} must be {what}", of.name),
        None => format!("{name} must be {what}"),
    })
}

/// Whether a stored value is of its attribute's type.
pub(crate) fn conforms(attribute: &Attribute, value: &Value) -> bool {
    match (attribute.multi_valued, value) {
        (true, Value::Array(values)) => {
            values.iter().all(|value| conforms_single(attribute, value))
        }
        (true, _) => false,
        (false, value) => conforms_single(attribute, value),
    }
}

fn conforms_single(attribute: &Attribute, value: &Value) -> bool {
    match (attribute.kind, value) {
        (Type::Any, value) => !value.is_null(),
        (Type::Complex, Value::Object(members)) => members.iter().all(|(name, value)| {
            attr::sub_attribute(attribute, name).is_some_and(|sub| conforms(&sub, value))
        }),
        (kind, value) => scalar::conforms(kind, value),
    }
}
