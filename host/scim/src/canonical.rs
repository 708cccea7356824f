//! From what clients send for an attribute to the one form that is stored: types as the schema says, names in its
//! letter case and order, nothing that means "no value" (RFC 7643 §2.3–2.5).

mod order;
mod scalar;

#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::attr;
use crate::limits::MAX_VALUES;
use crate::schema::{Attribute, Type};
use crate::{Error, Object, Strictness, Tolerances, quirk};

pub(crate) use order::{arrange, arrange_resource};
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

    fn complex(&mut self, attribute: &Attribute, value: Value) -> Result<Option<Value>, Error> {
        let Some(parts) = self.parts(attribute, value)? else {
            return Ok(None);
        };
        let mut object = Object::new();
        for (name, part) in parts {
            match part {
                Some(part) => {
                    object.insert(name, part);
                }
                // An explicitly empty `value` empties the whole: Entra's way to remove a manager (N7).
                None if name == "value" => return Ok(None),
                None => {}
            }
        }
        arrange(&mut object, &attribute.sub_attributes);
        Ok((!object.is_empty()).then_some(Value::Object(object)))
    }

    /// The sub-attributes that a complex value lists, each in its stored form, in the client's order; `None`: the
    /// value unassigns the whole.
    pub(crate) fn parts(
        &mut self,
        attribute: &Attribute,
        value: Value,
    ) -> Result<Option<Vec<Part>>, Error> {
        let members = match value {
            Value::Object(members) => members,
            Value::Null => return Ok(None),
            Value::String(text) if text.is_empty() => {
                self.tolerances.note(quirk::EMPTY_STRING);
                return Ok(None);
            }
            bare if attribute.sub_attribute("value").is_some() && !bare.is_array() => {
                self.forgive(quirk::SHAPE, || wrong(None, attribute, "an object"))?;
                Object::from_iter([("value".to_owned(), bare)])
            }
            _ => return Err(wrong(None, attribute, "an object")),
        };
        let mut parts = Vec::<Part>::with_capacity(members.len());
        for (name, member) in members {
            let Some(sub) = attribute
                .sub_attribute(&name)
                .or_else(|| legacy(attribute, &name))
            else {
                self.forgive(quirk::UNKNOWN_ATTRIBUTE, || {
                    let parent = &attribute.name;
                    Error::invalid_syntax(format!("there is no attribute {parent}.{name}"))
                })?;
                continue;
            };
            if sub.is_read_only() {
                continue;
            }
            if parts.iter().any(|(seen, _)| *seen == sub.name) {
                let parent = &attribute.name;
                let detail = format!("{parent}.{} is given more than once", sub.name);
                return Err(Error::invalid_syntax(detail));
            }
            let part = self.sub_attribute(attribute, sub, member)?;
            parts.push((sub.name.clone(), part));
        }
        Ok(Some(parts))
    }

    /// At most one primary value (RFC 7643 §2.4).
    fn one_primary(&mut self, attribute: &Attribute, values: &mut [Value]) -> Result<(), Error> {
        if attribute.sub_attribute("primary").is_none() {
            return Ok(());
        }
        let mut seen = false;
        for value in values.iter_mut().filter(|value| is_primary(value)) {
            if std::mem::replace(&mut seen, true) {
                self.forgive(quirk::PRIMARY, || {
                    let name = &attribute.name;
                    Error::invalid_value(format!("{name} has more than one primary value"))
                })?;
                value["primary"] = Value::Bool(false);
            }
        }
        Ok(())
    }
}

/// Whether a value is the preferred one of its attribute.
pub(crate) fn is_primary(value: &Value) -> bool {
    value.get("primary") == Some(&Value::Bool(true))
}

/// SCIM 1.1's `managerId` (N7).
fn legacy<'a>(attribute: &'a Attribute, name: &str) -> Option<&'a std::sync::Arc<Attribute>> {
    let manager_id = attribute.name == "manager" && name.eq_ignore_ascii_case("managerId");
    manager_id
        .then(|| attribute.sub_attribute("value"))
        .flatten()
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
