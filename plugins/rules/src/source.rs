//! Attribute paths: where a value stands in a SCIM User (RFC 7644 §3.10).
//!
//! `emails[type eq "work"].value`, `name.givenName`, `department` (an extension's attribute may go
//! by its bare name), `urn:example:2.0:User:region`. A bare name that no schema declares, such as
//! `externalTenantId`, is looked for in every extension the user has.

use rolecall_scim::schema::{Attribute, Type};
use rolecall_scim::{Filter, Object, ResourceType, SchemaSet, Strictness};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A resolved path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Source {
    within: Within,
    attribute: String,
    /// Over a user that has but one value of the attribute.
    filter: Option<Filter>,
    sub: Option<String>,
    /// Whether what stands there are objects rather than simple values.
    complex: bool,
    /// Whether a schema says how the names are written. Users keep the others as they came.
    declared: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Within {
    Core,
    Extension(String),
    AnyExtension,
}

/// Why a text is not an attribute path.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum SourceError {
    #[error(
        "{0:?} is not an attribute path such as userName, name.givenName or emails[type eq \"work\"].value"
    )]
    Syntax(String),
    #[error("{attribute} has no part {sub:?}; there are {known}")]
    SubAttribute {
        attribute: String,
        sub: String,
        known: String,
    },
    #[error(
        "no schema declares {0:?}, so its values cannot be filtered or taken apart; write it with the URN of its extension"
    )]
    Undeclared(String),
    #[error("{0} is several values in one; name one of its parts")]
    Complex(String),
    #[error("{0}")]
    Filter(String),
}

impl Source {
    /// Reads a path.
    pub(crate) fn parse(text: &str) -> Result<Self, SourceError> {
        let written = Written::read(text.trim())
            .ok_or_else(|| SourceError::Syntax(text.trim().to_owned()))?;
        match written.declared() {
            Some((within, attribute)) => written.resolve(within, attribute),
            None => written.undeclared(),
        }
    }

    /// Reads a path whose values are used as text.
    pub(crate) fn text(text: &str) -> Result<Self, SourceError> {
        let source = Self::parse(text)?;
        if source.complex {
            Err(SourceError::Complex(text.to_owned()))
        } else {
            Ok(source)
        }
    }

    /// What stands there, in the user's order.
    pub(crate) fn values<'u>(&self, user: &'u Object) -> impl Iterator<Item = &'u Value> {
        let homes: Vec<&'u Object> = match &self.within {
            Within::Core => vec![user],
            Within::Extension(urn) => self
                .member(user, urn)
                .and_then(Value::as_object)
                .into_iter()
                .collect(),
            Within::AnyExtension => {
                let extensions = user.iter().filter(|(name, _)| name.starts_with("urn:"));
                extensions
                    .filter_map(|(_, value)| value.as_object())
                    .collect()
            }
        };
        let attributes = homes
            .into_iter()
            .filter_map(|home| self.member(home, &self.attribute));
        let values = attributes.flat_map(|value| match value {
            Value::Array(values) => values.as_slice(),
            single => std::slice::from_ref(single),
        });
        values
            .filter(|value| self.admits(value))
            .filter_map(|value| match &self.sub {
                Some(sub) => self.member(value.as_object()?, sub),
                None => Some(value),
            })
    }

    /// A member of an object by its name, which without a schema has any letter case (RFC 7643 §2.1).
    fn member<'o>(&self, object: &'o Object, name: &str) -> Option<&'o Value> {
        object.get(name).or_else(|| {
            let mut members = object.iter().filter(|_| !self.declared);
            members
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        })
    }

    fn admits(&self, value: &Value) -> bool {
        let Some(filter) = &self.filter else {
            return true;
        };
        let values = Value::Array(vec![value.clone()]);
        let mut home = Object::new();
        home.insert(self.attribute.clone(), values);
        filter.matches(&match &self.within {
            Within::Extension(urn) => Object::from_iter([(urn.clone(), Value::Object(home))]),
            Within::Core | Within::AnyExtension => home,
        })
    }
}

/// A path as its text has it.
struct Written<'t> {
    urn: Option<&'t str>,
    name: &'t str,
    filter: Option<&'t str>,
    sub: Option<&'t str>,
}

impl<'t> Written<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let (head, filter, after) = match text.split_once('[') {
            Some((head, rest)) => {
                let (filter, after) = rest.rsplit_once(']')?;
                (head, Some(filter), after)
            }
            None => (text, None, ""),
        };
        let (urn, dotted) = split_urn(head);
        let (name, sub) = match (dotted.split_once('.'), after.strip_prefix('.')) {
            (Some((name, sub)), None) if filter.is_none() => (name, Some(sub)),
            (None, Some(sub)) => (dotted, Some(sub)),
            (None, None) if after.is_empty() => (dotted, None),
            _ => return None,
        };
        let names = [Some(name), sub]
            .into_iter()
            .flatten()
            .all(is_attribute_name);
        names.then_some(Self {
            urn,
            name,
            filter,
            sub,
        })
    }

    /// The attribute, if a schema declares it.
    fn declared(&self) -> Option<(Within, &'static Attribute)> {
        let set = SchemaSet::standard();
        let core = set.core(ResourceType::User);
        if self
            .urn
            .is_none_or(|urn| urn.eq_ignore_ascii_case(&core.id))
        {
            let common = set
                .common()
                .iter()
                .find(|known| known.name.eq_ignore_ascii_case(self.name));
            if let Some(attribute) = core.attribute(self.name).or(common) {
                return Some((Within::Core, attribute));
            }
        }
        set.extensions(ResourceType::User).find_map(|extension| {
            let named = self
                .urn
                .is_none_or(|urn| urn.eq_ignore_ascii_case(&extension.id));
            let attribute = extension.attribute(self.name).filter(|_| named)?;
            Some((Within::Extension(extension.id.clone()), &**attribute))
        })
    }

    fn resolve(&self, within: Within, attribute: &Attribute) -> Result<Source, SourceError> {
        let sub = match self.sub {
            // A multi-valued attribute stands for its values' `value`, as in filters.
            None => attribute.sub_attribute("value"),
            Some(sub) => Some(attribute.sub_attribute(sub).ok_or_else(|| {
                let known = attribute
                    .sub_attributes
                    .iter()
                    .map(|known| known.name.as_str());
                SourceError::SubAttribute {
                    attribute: attribute.name.clone(),
                    sub: sub.to_owned(),
                    known: known.collect::<Vec<_>>().join(", "),
                }
            })?),
        };
        Ok(Source {
            filter: self
                .filter
                .map(|inside| over_user(&within, &attribute.name, inside))
                .transpose()?,
            within,
            attribute: attribute.name.clone(),
            complex: sub.is_none() && attribute.kind == Type::Complex,
            sub: sub.map(|sub| sub.name.clone()),
            declared: true,
        })
    }

    fn undeclared(&self) -> Result<Source, SourceError> {
        let within = match self.urn {
            Some(urn) => Within::Extension(urn.to_owned()),
            None => Within::AnyExtension,
        };
        if self.filter.is_some() || (self.sub.is_some() && within == Within::AnyExtension) {
            return Err(SourceError::Undeclared(self.name.to_owned()));
        }
        Ok(Source {
            within,
            attribute: self.name.to_owned(),
            filter: None,
            sub: self.sub.map(str::to_owned),
            complex: false,
            declared: false,
        })
    }
}

/// A filter over one value, made one over a user that has only this value.
fn over_user(within: &Within, attribute: &str, inside: &str) -> Result<Filter, SourceError> {
    let text = match within {
        Within::Extension(urn) => format!("{urn}:{attribute}[{inside}]"),
        Within::Core | Within::AnyExtension => format!("{attribute}[{inside}]"),
    };
    Filter::parse(
        SchemaSet::standard(),
        ResourceType::User,
        Strictness::Tolerant,
        &text,
    )
    .map_err(|error| SourceError::Filter(error.detail))
}

/// The URN of a path and the rest of it. URNs hold dots and colons themselves, so a declared one is
/// looked for first.
fn split_urn(head: &str) -> (Option<&str>, &str) {
    let declared = SchemaSet::standard().schemas().find_map(|schema| {
        let (urn, rest) = head.split_at_checked(schema.id.len())?;
        let rest = rest.strip_prefix(':')?;
        urn.eq_ignore_ascii_case(&schema.id)
            .then_some((Some(urn), rest))
    });
    declared.unwrap_or_else(|| match head.rsplit_once(':') {
        Some((urn, rest)) => (Some(urn), rest),
        None => (None, head),
    })
}

fn is_attribute_name(name: &str) -> bool {
    let name = name.strip_prefix('$').unwrap_or(name);
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

#[cfg(test)]
mod tests;
