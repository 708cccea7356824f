//! `remove` (RFC 7644 §3.5.2.2): never more than what is named, by the path or, as the RFC doesn't have it, by a value.

use serde_json::Value;

use super::values::{
    assign, drop_if_empty, holds_list, is_scalar, listed, matching, names, says_something,
    with_values,
};
use crate::canonical::Reader;
use crate::filter::Filter;
use crate::path::{AttributeTarget, Path};
use crate::schema::{Attribute, Type};
use crate::{Error, Object, quirk};

impl Reader {
    /// Removes an attribute, or what a filter, a sub-attribute or a value narrow it down to. What is not there is removed
    /// already.
    pub(super) fn remove(
        &mut self,
        container: &mut Object,
        target: &AttributeTarget,
        value: Option<Value>,
    ) -> Result<(), Error> {
        let attribute = &*target.attribute;
        let of_list = holds_list(attribute, container);
        let value = value.filter(|value| match (&target.filter, &target.sub) {
            // An empty list of what goes is a list (N8).
            (None, None) if of_list => !value.is_null(),
            _ => says_something(value),
        });
        match (&target.filter, &target.sub, value) {
            (_, Some(sub), value) => self.remove_part(container, target, sub, value),
            (Some(filter), None, None) => matching_values(container, target, filter),
            (filter, None, Some(value)) if filter.is_some() || of_list => {
                self.forgive_list(attribute)?;
                let listed = self.elements(attribute, listed(value))?;
                let is_listed = |known: &Value| listed.iter().any(|value| names(value, known));
                with_values(container, attribute, |values| {
                    let found = match filter {
                        Some(filter) => matching(values, filter),
                        None => (0..values.len()).collect(),
                    };
                    for index in found {
                        if is_listed(&values[index]) {
                            values[index] = Value::Null;
                        }
                    }
                    Ok(())
                })
            }
            (_, None, Some(value)) => self.remove_single(container, attribute, value),
            (None, None, None) => {
                container.shift_remove(&attribute.name);
                Ok(())
            }
        }
    }

    /// A part of the value, or of those that match. Where several would lose it, a value says which.
    fn remove_part(
        &mut self,
        container: &mut Object,
        target: &AttributeTarget,
        sub: &Attribute,
        value: Option<Value>,
    ) -> Result<(), Error> {
        let attribute = &*target.attribute;
        with_values(container, attribute, |values| {
            let mut found = match &target.filter {
                Some(filter) => matching(values, filter),
                None => (0..values.len()).collect(),
            };
            match value {
                Some(value) if found.len() > 1 || !is_scalar(&value) => {
                    let part = self.sub_attribute(attribute, sub, value)?;
                    let is_part = |index: &usize| values[*index].get(&sub.name) == part.as_ref();
                    let narrows = found.len() > 1;
                    let has_many =
                        sub.multi_valued || matches!(sub.kind, Type::Any | Type::Complex);
                    if !narrows && has_many && !found.iter().all(is_part) {
                        return Err(not_understood(&sub.name));
                    }
                    self.tolerances.note(if narrows {
                        quirk::REMOVE_WITH_LIST
                    } else {
                        quirk::REMOVE_WITH_VALUE
                    });
                    if narrows {
                        found.retain(is_part);
                    }
                }
                Some(_) => self.tolerances.note(quirk::REMOVE_WITH_VALUE),
                None => {}
            }
            let part = [(sub.name.clone(), None)];
            found
                .into_iter()
                .try_for_each(|index| assign(values, index, &part))
        })
    }

    /// A single value, or the parts of it that an object names. The value of a scalar says nothing (N9).
    fn remove_single(
        &mut self,
        container: &mut Object,
        attribute: &Attribute,
        value: Value,
    ) -> Result<(), Error> {
        let name = &attribute.name;
        let parts: Vec<_> = match (attribute.kind, container.get(name), value) {
            (Type::Complex, _, value) => {
                let value = self.only(None, attribute, value)?;
                self.parts(attribute, value)?.unwrap_or_default()
            }
            (Type::Any, Some(Value::Object(_)), Value::Object(parts)) => parts
                .into_iter()
                .map(|(name, part)| (name, says_something(&part).then_some(part)))
                .collect(),
            (Type::Any, Some(Value::Object(_)), _) => return Err(not_understood(name)),
            (kind, stored, value) => {
                if kind != Type::Any && !is_scalar(&value) {
                    self.attribute(attribute, value)?;
                } else if !is_scalar(&value) && stored.is_some_and(|stored| *stored != value) {
                    return Err(not_understood(name));
                }
                self.tolerances.note(quirk::REMOVE_WITH_VALUE);
                container.shift_remove(name);
                return Ok(());
            }
        };
        self.tolerances.note(quirk::REMOVE_WITH_LIST);
        let Some(Value::Object(stored)) = container.get_mut(name) else {
            return Ok(());
        };
        // What is named with another value than the stored one stays: that loses least. A name without a value is all
        // that is said.
        let is_stored = |(name, part): &(String, Option<Value>)| {
            part.is_none() || stored.get(name) == part.as_ref()
        };
        // The rest only describes what `value` says, as for a manager, and goes or stays with it.
        if let Some(value) = parts.iter().find(|(name, _)| name == "value") {
            if is_stored(value) {
                container.shift_remove(name);
            }
            return Ok(());
        }
        let named: Vec<_> = parts.into_iter().filter(is_stored).collect();
        for (part, _) in &named {
            stored.shift_remove(part);
        }
        drop_if_empty(container, name);
        Ok(())
    }

    /// The RFC has no removal with a value: taken literally it would remove everybody.
    pub(super) fn forgive_list(&mut self, attribute: &Attribute) -> Result<(), Error> {
        self.forgive(quirk::REMOVE_WITH_LIST, || {
            let name = &attribute.name;
            Error::invalid_syntax(format!(
                "remove takes no value: say in the path what goes, as in {name}[value eq \"…\"]"
            ))
        })
    }
}

/// Removes the values that match, or the named part of each.
pub(super) fn matching_values(
    container: &mut Object,
    target: &AttributeTarget,
    filter: &Filter,
) -> Result<(), Error> {
    with_values(container, &target.attribute, |values| {
        for index in matching(values, filter) {
            match &target.sub {
                Some(sub) => assign(values, index, &[(sub.name.clone(), None)])?,
                None => values[index] = Value::Null,
            }
        }
        Ok(())
    })
}

/// The refusal of a strict connection, with what to write instead.
pub(super) fn needless(path: &Path, value: &Value) -> Error {
    let first = value.as_object().and_then(|parts| parts.keys().next());
    let part = first.map_or("…", String::as_str);
    let fix = match path {
        Path::Extension(urn) => format!("say in the path what goes, as in {urn}:{part:.100}"),
        Path::Attribute(target) => {
            let attribute = &target.attribute;
            let name = match &target.urn {
                None => attribute.name.clone(),
                Some(urn) => format!("{urn}:{}", attribute.name),
            };
            match (&target.filter, &target.sub) {
                (None, None) if attribute.multi_valued => {
                    format!("say in the path what goes, as in {name}[value eq \"…\"]")
                }
                (Some(_), None) => {
                    format!("say in the path what goes, as in {name}[… and value eq \"…\"]")
                }
                (None, None) if attribute.kind == Type::Complex => {
                    format!("say in the path what goes, as in {name}.{part:.100}")
                }
                (None, None) => format!("the path {name} says what goes, leave the value out"),
                (_, Some(sub)) => {
                    let sub = &sub.name;
                    format!("the path to {name}.{sub} says what goes, leave the value out")
                }
            }
        }
    };
    Error::invalid_syntax(format!("remove takes no value: {fix}"))
}

fn not_understood(name: &str) -> Error {
    Error::invalid_value(format!(
        "the value of the removal is not what {name} is: say in the path what goes, and leave the value out"
    ))
}
