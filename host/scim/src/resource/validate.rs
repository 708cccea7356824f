//! Is a document a resource? Asked once, of the result (RFC 7643 §2.2, §2.3).

use std::sync::Arc;

use serde_json::Value;

use crate::schema::Attribute;
use crate::{Error, Object, ResourceType, SchemaSet, canonical};

/// Required attributes are there, and declared ones are of their type.
pub fn validate(set: &SchemaSet, kind: ResourceType, doc: &Object) -> Result<(), Error> {
    let core = set.core(kind);
    attributes(&core.attributes, doc)?;
    for (name, value) in doc {
        let declared = set.attribute(kind, name);
        if let Some(attribute) = declared {
            typed(attribute, value)?;
        } else if let Some(schema) = set.extension(kind, name) {
            let members = value
                .as_object()
                .ok_or_else(|| Error::invalid_value(format!("{name} must be an object")))?;
            attributes(&schema.attributes, members).map_err(|error| error.within(name))?;
            for (name, value) in members {
                let attribute = schema.attribute(name).ok_or_else(|| unknown(name))?;
                typed(attribute, value)?;
            }
        } else if !crate::schema::has_urn_prefix(name) {
            return Err(unknown(name));
        }
    }
    Ok(())
}

fn attributes(declared: &[Arc<Attribute>], members: &Object) -> Result<(), Error> {
    for attribute in declared {
        let value = members.get(&attribute.name);
        if attribute.required && value.is_none() {
            return Err(Error::invalid_value(format!(
                "{} is required",
                attribute.name
            )));
        }
        for element in value.into_iter().flat_map(elements) {
            let missing = attribute
                .sub_attributes
                .iter()
                .find(|sub| sub.required && element.get(&sub.name).is_none());
            if let Some(sub) = missing {
                let detail = format!("{}.{} is required", attribute.name, sub.name);
                return Err(Error::invalid_value(detail));
            }
        }
    }
    Ok(())
}

fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        value => std::slice::from_ref(value),
    }
}

fn typed(attribute: &Attribute, value: &Value) -> Result<(), Error> {
    if canonical::conforms(attribute, value) {
        return Ok(());
    }
    Err(Error::invalid_value(format!(
        "{} is not of its schema's type",
        attribute.name
    )))
}

fn unknown(name: &str) -> Error {
    Error::invalid_syntax(format!("there is no attribute {name}"))
}
