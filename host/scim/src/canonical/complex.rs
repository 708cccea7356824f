//! Values with parts (RFC 7643 §2.3.8), and lists of them (§2.4).

use std::sync::Arc;

use serde_json::Value;

use super::{Part, Reader, arrange, is_primary, scalar, wrong};
use crate::schema::{Attribute, Type};
use crate::{Error, Object, quirk};

impl Reader {
    pub(super) fn complex(
        &mut self,
        attribute: &Attribute,
        value: Value,
    ) -> Result<Option<Value>, Error> {
        let value = match value {
            // Most values are what they should be, up to their order.
            Value::Object(mut members) if is_canonical(attribute, &members) => {
                arrange(&mut members, &attribute.sub_attributes);
                return Ok(Some(Value::Object(members)));
            }
            value => value,
        };
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
                    Error::invalid_syntax(format!("there is no attribute {parent}.{name:.100}"))
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
    pub(super) fn one_primary(
        &mut self,
        attribute: &Attribute,
        values: &mut [Value],
    ) -> Result<(), Error> {
        if attribute.sub_attribute("primary").is_none() {
            return Ok(());
        }
        let mut seen = false;
        for value in values.iter_mut().filter(|value| is_primary(value)) {
            if std::mem::replace(&mut seen, true) {
                self.forgive(quirk::SEVERAL_PRIMARY, || {
                    let name = &attribute.name;
                    Error::invalid_value(format!("{name} has more than one primary value"))
                })?;
                value["primary"] = Value::Bool(false);
            }
        }
        Ok(())
    }
}

/// Whether there is nothing to coerce, to rename or to drop in a complex value.
fn is_canonical(attribute: &Attribute, members: &Object) -> bool {
    let mut parts = members.iter();
    !members.is_empty()
        && parts.all(|(name, value)| {
            let sub = attribute
                .sub_attributes
                .iter()
                .find(|sub| sub.name == *name);
            sub.is_some_and(|sub| {
                let simple = !sub.multi_valued && sub.kind != Type::Complex;
                simple && !sub.is_read_only() && scalar::conforms(sub.kind, value) && value != ""
            })
        })
}

/// SCIM 1.1's `managerId` (N7).
fn legacy<'a>(attribute: &'a Attribute, name: &str) -> Option<&'a Arc<Attribute>> {
    let manager_id = attribute.name == "manager" && name.eq_ignore_ascii_case("managerId");
    manager_id
        .then(|| attribute.sub_attribute("value"))
        .flatten()
}
