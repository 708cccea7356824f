//! The attributes slot: what the product knows about a user.

use rolecall_plugin_sdk as sdk;
use rolecall_scim::Object;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::names::collapse;
use crate::source::Source;
use crate::template::Template;
use crate::transform::{Transform, apply_all};

/// The fields of a profile, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fields(pub(crate) Vec<Field>);

/// One field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) content: Content,
    pub(crate) transforms: Vec<Transform>,
    /// JSON text of the value if there is none. (The prepared form has no place for open values.)
    pub(crate) default: Option<String>,
}

/// Where a field's value comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Content {
    /// The first value at the first origin that has one.
    First(Vec<Origin>),
    /// Every value of every origin, as a list.
    All(Vec<Origin>),
    /// JSON text.
    Constant(String),
}

/// Where values stand, or what they are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Origin {
    Path(Source),
    Template(Template<Source>),
}

impl Fields {
    /// The profile of a user. A field without a value is not there.
    pub(crate) fn of(&self, user: &Object) -> sdk::Profile {
        let fields = self.0.iter();
        fields
            .filter_map(|field| Some((field.name.clone(), field.of(user)?)))
            .collect()
    }
}

impl Field {
    fn of(&self, user: &Object) -> Option<Value> {
        let value = match &self.content {
            Content::First(origins) => origins
                .iter()
                .find_map(|origin| origin.values(user, &self.transforms).next()),
            Content::All(origins) => {
                let values = origins
                    .iter()
                    .flat_map(|origin| origin.values(user, &self.transforms));
                let values: Vec<Value> = values.collect();
                (!values.is_empty()).then_some(Value::Array(values))
            }
            Content::Constant(json) => parsed(json),
        };
        value.or_else(|| self.default.as_deref().and_then(parsed))
    }
}

impl Origin {
    /// Its values; texts among them transformed.
    fn values<'u>(
        &'u self,
        user: &'u Object,
        transforms: &'u [Transform],
    ) -> Box<dyn Iterator<Item = Value> + 'u> {
        match self {
            Self::Path(source) => Box::new(source.values(user).map(|value| match value {
                Value::String(text) => Value::from(apply_all(transforms, text)),
                other => other.clone(),
            })),
            Self::Template(template) => {
                let text = template.render(|source| source.values(user).find_map(plain));
                // A slot that stayed empty leaves its white space behind.
                let text = text.map(|text| apply_all(transforms, collapse(&text).trim()));
                Box::new(text.into_iter().map(Value::from))
            }
        }
    }
}

/// `prepare` wrote it, so it parses.
fn parsed(json: &str) -> Option<Value> {
    serde_json::from_str(json).ok()
}

/// A value as a template shows it.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests;
