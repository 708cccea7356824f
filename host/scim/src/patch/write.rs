//! `add` and `replace` (RFC 7644 §3.5.2.1, §3.5.2.3) of one attribute, in the resource or in an extension of it.

use serde_json::Value;

use super::request::Verb;
use super::values::{
    assign, clear_primary, drop_if_empty, holds_list, listed, matching, object_at, same, set,
    with_values,
};
use crate::canonical::{Reader, is_primary};
use crate::filter::{Comparison, Filter, Literal, Node, Operator};
use crate::limits::MAX_VALUES;
use crate::path::AttributeTarget;
use crate::schema::{Attribute, Type};
use crate::{Error, Object, Strictness, quirk};

impl Reader {
    /// Add or replace.
    pub(super) fn write(
        &mut self,
        verb: Verb,
        container: &mut Object,
        target: &AttributeTarget,
        value: Value,
    ) -> Result<(), Error> {
        let attribute = &*target.attribute;
        match (&target.filter, &target.sub) {
            (Some(filter), _) => self.write_where(container, target, filter, value),
            (None, Some(sub)) => self.write_sub(container, attribute, sub, value),
            (None, None) if holds_list(attribute, container) => match verb {
                Verb::Add => self.add_values(container, attribute, value),
                _ => self.replace_values(container, attribute, value),
            },
            (None, None) if attribute.kind == Type::Complex => {
                self.merge_complex(container, attribute, value)
            }
            (None, None) => {
                let stored = self.attribute(attribute, value)?;
                set(container, &attribute.name, stored);
                Ok(())
            }
        }
    }

    fn replace_values(
        &mut self,
        container: &mut Object,
        attribute: &Attribute,
        value: Value,
    ) -> Result<(), Error> {
        let values = self.elements(attribute, listed(value))?;
        set(
            container,
            &attribute.name,
            (!values.is_empty()).then_some(Value::Array(values)),
        );
        Ok(())
    }

    /// A union: values that are there already stay as they are (RFC 7644 §3.5.2.1).
    fn add_values(
        &mut self,
        container: &mut Object,
        attribute: &Attribute,
        value: Value,
    ) -> Result<(), Error> {
        let added = self.elements(attribute, listed(value))?;
        with_values(container, attribute, |values| {
            for value in added {
                // The value itself, rather than another that only has its name.
                let itself = values.iter().position(|known| *known == value);
                let known = itself.or_else(|| values.iter().position(|known| same(known, &value)));
                if is_primary(&value) {
                    clear_primary(values);
                }
                match known {
                    Some(index) => enrich(&mut values[index], value),
                    None => values.push(value),
                }
            }
            bounded(attribute, values)
        })
    }

    /// Sub-attributes that aren't named stay (N4; RFC 7644 §3.5.2.3).
    fn merge_complex(
        &mut self,
        container: &mut Object,
        attribute: &Attribute,
        value: Value,
    ) -> Result<(), Error> {
        let value = self.only(None, attribute, value)?;
        let Some(parts) = self.parts(attribute, value)? else {
            set(container, &attribute.name, None);
            return Ok(());
        };
        // What stood for the old value, such as its address, does not stand for the new one.
        let names_ref = parts.iter().any(|(name, _)| name == "$ref");
        for (name, part) in parts {
            let is_value = name == "value";
            if is_value && part.is_none() {
                set(container, &attribute.name, None);
                return Ok(());
            }
            let members = object_at(container, &attribute.name)?;
            if is_value && !names_ref && members.get("value") != part.as_ref() {
                members.shift_remove("$ref");
            }
            set(members, &name, part);
        }
        drop_if_empty(container, &attribute.name);
        Ok(())
    }

    /// `name.givenName`; of a multi-valued attribute only where it is clear which value is meant.
    fn write_sub(
        &mut self,
        container: &mut Object,
        attribute: &Attribute,
        sub: &Attribute,
        value: Value,
    ) -> Result<(), Error> {
        if !holds_list(attribute, container) {
            if attribute.kind == Type::Complex {
                let part = Object::from_iter([(sub.name.clone(), value)]);
                return self.merge_complex(container, attribute, Value::Object(part));
            }
            let stored = self.sub_attribute(attribute, sub, value)?;
            set(object_at(container, &attribute.name)?, &sub.name, stored);
            drop_if_empty(container, &attribute.name);
            return Ok(());
        }
        let stored = self.sub_attribute(attribute, sub, value)?;
        with_values(container, attribute, |values| {
            if values.len() > 1 {
                return Err(Error::no_target(format!(
                    "{} has several values: say which one, as in {0}[type eq \"work\"]",
                    attribute.name
                )));
            }
            if values.is_empty() {
                values.push(Value::Object(Object::new()));
            }
            assign(values, 0, &[(sub.name.clone(), stored)])
        })
    }

    /// `emails[type eq "work"]` and `emails[type eq "work"].value`.
    fn write_where(
        &mut self,
        container: &mut Object,
        target: &AttributeTarget,
        filter: &Filter,
        value: Value,
    ) -> Result<(), Error> {
        let attribute = &*target.attribute;
        let parts = match &target.sub {
            Some(sub) => vec![(sub.name.clone(), self.sub_attribute(attribute, sub, value)?)],
            None if attribute.kind == Type::Complex => {
                let value = self.only(None, attribute, value)?;
                match self.parts(attribute, value)? {
                    Some(parts) => parts,
                    None => return super::remove::matching_values(container, target, filter),
                }
            }
            None => return self.replace_simple(container, target, filter, value),
        };
        let is_single = !attribute.multi_valued && attribute.kind != Type::Any;
        let unassigns = parts.iter().all(|(_, part)| part.is_none());
        let primary = parts
            .iter()
            .any(|(name, part)| name == "primary" && *part == Some(true.into()));
        with_values(container, attribute, |values| {
            let mut found = matching(values, filter);
            if found.is_empty() && !unassigns {
                // The one value of a single-valued attribute isn't replaced by another that was asked for.
                if is_single && !values.is_empty() {
                    return Err(no_match(attribute));
                }
                values.push(Value::Object(self.described(attribute, filter)?));
                found.push(values.len() - 1);
            }
            if primary && found.len() > 1 {
                let detail = format!("{} can have one primary value only", attribute.name);
                return Err(Error::invalid_value(detail));
            }
            for index in found {
                assign(values, index, &parts)?;
            }
            bounded(attribute, values)
        })
    }

    /// Values without parts that match are replaced.
    fn replace_simple(
        &mut self,
        container: &mut Object,
        target: &AttributeTarget,
        filter: &Filter,
        value: Value,
    ) -> Result<(), Error> {
        let stored = self.element(&target.attribute, value)?.unwrap_or_default();
        with_values(container, &target.attribute, |values| {
            let found = matching(values, filter);
            if found.is_empty() {
                return Err(no_match(&target.attribute));
            }
            for index in found {
                values[index] = stored.clone();
            }
            Ok(())
        })
    }

    /// The value that a filter of equalities describes, for a path that matches nothing yet (N5).
    fn described(&mut self, attribute: &Attribute, filter: &Filter) -> Result<Object, Error> {
        if self.strictness == Strictness::Strict {
            return Err(no_match(attribute));
        }
        let nodes = match &filter.0 {
            Node::And(nodes) => nodes.as_slice(),
            node => std::slice::from_ref(node),
        };
        let mut element = Object::new();
        for node in nodes {
            let Node::Compare(Comparison {
                path,
                operator: Operator::Eq,
                literal,
                ..
            }) = node
            else {
                return Err(no_match(attribute));
            };
            let value = match literal {
                Literal::String(text) => Value::from(text.as_str()),
                Literal::Bool(value) => Value::from(*value),
                Literal::Integer(number) => Value::from(*number),
                Literal::Decimal(number) => Value::from(*number),
                Literal::Null => continue,
            };
            let stored = match attribute.sub_attribute(&path.name) {
                Some(sub) if sub.is_read_only() => None,
                Some(sub) => self.sub_attribute(attribute, sub, value)?,
                None => (value != "").then_some(value),
            };
            set(&mut element, &path.name, stored);
        }
        // Nothing can be stored that satisfies it, as with `type eq ""`: each repetition would create another value.
        if !filter.matches_value(&Value::Object(element.clone())) {
            return Err(no_match(attribute));
        }
        self.tolerances.note(quirk::CREATED_BY_FILTER);
        Ok(element)
    }
}

/// What a value that was there already gains by being added again.
fn enrich(known: &mut Value, value: Value) {
    if let (Value::Object(known), Value::Object(value)) = (known, value) {
        for (name, part) in value {
            set(known, &name, Some(part));
        }
    }
}

fn bounded(attribute: &Attribute, values: &[Value]) -> Result<(), Error> {
    if values.len() > MAX_VALUES {
        let detail = format!("{} has more than {MAX_VALUES} values", attribute.name);
        return Err(Error::too_many(detail));
    }
    Ok(())
}

fn no_match(attribute: &Attribute) -> Error {
    Error::no_target(format!(
        "no value of {} matches the path's filter",
        attribute.name
    ))
}
