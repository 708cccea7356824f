//! `remove` (RFC 7644 §3.5.2.2): never more than what is named.

use serde_json::Value;

use super::values::{assign, holds_list, listed, matching, names, with_values};
use crate::canonical::Reader;
use crate::filter::Filter;
use crate::path::AttributeTarget;
use crate::schema::Attribute;
use crate::{Error, Object, quirk};

impl Reader {
    /// Removes an attribute, or what a filter, a sub-attribute or a list of values (N8) narrow it down to. What is not
    /// there is removed already.
    pub(super) fn remove(
        &mut self,
        container: &mut Object,
        target: &AttributeTarget,
        value: Option<Value>,
    ) -> Result<(), Error> {
        let attribute = &*target.attribute;
        let value = value.filter(|value| !value.is_null());
        match (&target.filter, &target.sub, value) {
            (Some(filter), ..) => matching_values(container, target, filter),
            (None, Some(sub), _) => with_values(container, attribute, |values| {
                let part = [(sub.name.clone(), None)];
                (0..values.len()).try_for_each(|index| assign(values, index, &part))
            }),
            (None, None, Some(value)) if holds_list(attribute, container) => {
                self.forgive_list(attribute)?;
                let listed = self.elements(attribute, listed(value))?;
                with_values(container, attribute, |values| {
                    values.retain(|known| !listed.iter().any(|value| names(value, known)));
                    Ok(())
                })
            }
            (None, None, value) => {
                if value.is_some() {
                    self.tolerances.note(quirk::REMOVE_WITH_VALUE);
                }
                container.shift_remove(&attribute.name);
                Ok(())
            }
        }
    }
}

impl Reader {
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
