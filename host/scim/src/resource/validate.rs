//! Is a document a resource? Asked once, of the result (RFC 7643 §2.2, §2.3).

use std::sync::Arc;

use serde_json::Value;

use crate::limits::MAX_KEY_LENGTH;
use crate::schema::Attribute;
use crate::{Error, Object, ResourceType, SchemaSet, canonical, fold};

/// Required attributes are there, and declared ones are of their type.
pub fn validate(set: &SchemaSet, kind: ResourceType, doc: &Object) -> Result<(), Error> {
    required(set, kind, doc)?;
    for (name, value) in doc {
        let declared = set.attribute(kind, name);
        if let Some(attribute) = declared {
            typed(attribute, value)?;
        } else if let Some(schema) = set.extension(kind, name) {
            let members = value
                .as_object()
                .ok_or_else(|| Error::invalid_value(format!("{name} must be an object")))?;
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

/// What no resource is without: asked of bodies, whose types reading has seen to.
pub(super) fn required(set: &SchemaSet, kind: ResourceType, doc: &Object) -> Result<(), Error> {
    attributes(&set.core(kind).attributes, doc)?;
    for schema in set.extensions(kind) {
        if let Some(members) = doc.get(&schema.id).and_then(Value::as_object) {
            attributes(&schema.attributes, members).map_err(|error| error.within(&schema.id))?;
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
        for sub in attribute.sub_attributes.iter().filter(|sub| sub.required) {
            let mut elements = value.into_iter().flat_map(elements);
            if elements.any(|element| element.get(&sub.name).is_none()) {
                let detail = format!("{}.{} is required", attribute.name, sub.name);
                return Err(Error::invalid_value(detail));
            }
        }
    }
    Ok(())
}

/// Attributes that resources are found by are not too long, unless they have been `before`: what is stored already
/// must not keep anybody from leaving.
pub(crate) fn keys(kind: ResourceType, doc: &Object, before: Option<&Object>) -> Result<(), Error> {
    let name = match kind {
        ResourceType::User => "userName",
        ResourceType::Group => "displayName",
    };
    let new = |name: &str| {
        let value = doc.get(name);
        value.filter(|value| before.is_none_or(|before| before.get(name) != Some(*value)))
    };
    let own = [name, "externalId"].map(|name| (name, new(name)));
    let emails = new("emails").into_iter().flat_map(elements);
    let emails = emails.map(|email| ("emails.value", email.get("value")));
    for (name, value) in own.into_iter().chain(emails) {
        let text = value.and_then(Value::as_str).unwrap_or_default();
        let too_long = |length| length > MAX_KEY_LENGTH;
        if too_long(text.len()) || (!text.is_ascii() && too_long(fold(text).len())) {
            return Err(Error::invalid_value(format!(
                "{name} is longer than {MAX_KEY_LENGTH} bytes"
            )));
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
    Error::invalid_syntax(format!("there is no attribute {name:.100}"))
}
