//! Is a document a resource? Asked once, of the result (RFC 7643 §2.2, §2.3).

use serde_json::Value;

use super::rules::{elements, rules};
use crate::limits::MAX_KEY_LENGTH;
use crate::schema::Attribute;
use crate::{Error, Object, ResourceType, SchemaSet, canonical, fold};

/// Required attributes are there, and declared ones are of their type and among their values.
pub fn validate(set: &SchemaSet, kind: ResourceType, doc: &Object) -> Result<(), Error> {
    judge(set, kind, doc, None)
}

/// The same of what a change made of the document `before`, and what can't change has not.
///
/// What it left as it was is not asked again: a schema that came later than the data must not keep anybody from leaving.
pub(crate) fn validate_change(
    set: &SchemaSet,
    kind: ResourceType,
    doc: &Object,
    before: &Object,
) -> Result<(), Error> {
    judge(set, kind, doc, Some(before))
}

fn judge(
    set: &SchemaSet,
    kind: ResourceType,
    doc: &Object,
    before: Option<&Object>,
) -> Result<(), Error> {
    let old = |name: &str| before.and_then(|before| before.get(name));
    let changed = |(name, value): &(&String, &Value)| old(name) != Some(*value);
    for (name, value) in doc.iter().filter(changed) {
        if let Some(attribute) = set.attribute(kind, name) {
            typed(attribute, value)?;
        } else if let Some(schema) = set.extension(kind, name) {
            let members = value
                .as_object()
                .ok_or_else(|| Error::invalid_value(format!("{name} must be an object")))?;
            let old = old(name).and_then(Value::as_object);
            for (name, value) in members {
                if old.and_then(|old| old.get(name)) != Some(value) {
                    let attribute = schema.attribute(name).ok_or_else(|| unknown(name))?;
                    typed(attribute, value)?;
                }
            }
        } else if !crate::schema::has_urn_prefix(name) {
            return Err(unknown(name));
        }
    }
    rules(set, kind, doc, before)
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
