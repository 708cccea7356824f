//! Attribute names resolved against the schemas (RFC 7644 §3.10): any letter case, with or without URN,
//! with or without sub-attribute.

use std::sync::Arc;

use crate::schema::{Attribute, ResourceType, SchemaSet, Type, has_urn_prefix};
use crate::{Strictness, quirk};

#[cfg(test)]
mod tests;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    /// A whole extension, by its URN.
    Extension(String),
    Attribute(Resolved),
}

/// An attribute, where it lives, and the part of it that is meant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Resolved {
    /// The extension the attribute lives in; `None` for the core schema.
    pub urn: Option<String>,
    pub attribute: Arc<Attribute>,
    pub sub: Option<Arc<Attribute>>,
}

/// Resolves `userName`, `name.givenName`, `urn:…:User:department`, `urn:…:User`, and in tolerant connections
/// `department` and attributes of extensions nobody declared. `None`: there is no such attribute.
pub(crate) fn resolve(
    set: &SchemaSet,
    kind: ResourceType,
    strictness: Strictness,
    text: &str,
) -> Option<Target> {
    if has_urn_prefix(text) {
        return resolve_urn(set, kind, strictness, text);
    }
    let (name, sub) = split_sub(text);
    if let Some(attribute) = set.attribute(kind, name) {
        return attribute_target(None, attribute, sub);
    }
    if strictness == Strictness::Strict {
        return None;
    }
    let (schema, attribute) = set.extension_with(kind, name)?;
    attribute_target(Some(&schema.id), attribute, sub)
}

/// The same in a query over all resource types: a name of the given one, or else of another.
pub(crate) fn resolve_at_root(
    set: &SchemaSet,
    kind: ResourceType,
    strictness: Strictness,
    text: &str,
) -> Option<Target> {
    let others = ResourceType::ALL.into_iter().filter(|other| *other != kind);
    std::iter::once(kind)
        .chain(others)
        .find_map(|kind| resolve(set, kind, strictness, text))
}

fn resolve_urn(
    set: &SchemaSet,
    kind: ResourceType,
    strictness: Strictness,
    text: &str,
) -> Option<Target> {
    // A URN ends where a known schema's ends: `2.0` makes the last dot and the last colon both wrong (N3).
    if let Some(rest) = strip_core(kind, strictness, text) {
        let (name, sub) = split_sub(rest.strip_prefix(':')?);
        return attribute_target(None, set.attribute(kind, name)?, sub);
    }
    let known = set
        .extensions(kind)
        .map(|schema| (schema.id.as_str(), schema));
    let aliases = SchemaSet::aliases()
        .filter(|_| strictness == Strictness::Tolerant)
        .filter_map(|alias| Some((alias, set.alias(kind, alias)?)));
    // The longest match: one extension's URN may be the beginning of another's.
    let found = known
        .chain(aliases)
        .filter_map(|(urn, schema)| Some((urn.len(), schema, strip_schema(text, urn)?)))
        .max_by_key(|(length, ..)| *length);
    if let Some((_, schema, rest)) = found {
        let Some(rest) = rest.strip_prefix(':') else {
            return Some(Target::Extension(schema.id.clone()));
        };
        let (name, sub) = split_sub(rest);
        return attribute_target(Some(&schema.id), schema.attribute(name)?, sub);
    }
    if !set.keeps_undeclared(strictness) {
        return None;
    }
    undeclared(kind, text)
}

/// Whether a URN is, or begins with, that of a schema of the resource type, or one that means the same.
pub(crate) fn is_declared(set: &SchemaSet, kind: ResourceType, text: &str) -> bool {
    let begins = |urn: &str| strip_schema(text, urn).is_some();
    strip_core(kind, Strictness::Tolerant, text).is_some()
        || set.extensions(kind).any(|schema| begins(&schema.id))
        || SchemaSet::aliases().any(begins)
}

/// How a name that resolved, to an attribute of the extension `urn`, is not written as the RFCs write it.
pub(crate) fn deviation(text: &str, urn: Option<&str>) -> Option<&'static str> {
    if !has_urn_prefix(text) {
        return urn.map(|_| quirk::BARE_EXTENSION_ATTRIBUTE);
    }
    let mut outdated = SchemaSet::aliases().chain(SchemaSet::core_aliases());
    outdated
        .any(|alias| strip_schema(text, alias).is_some())
        .then_some(quirk::SCHEMA_URI)
}

/// Whether the text is the URN of the core schema and nothing more, or an outdated one that means it.
pub(crate) fn is_core(kind: ResourceType, text: &str) -> bool {
    strip_core(kind, Strictness::Tolerant, text) == Some("")
}

/// What follows the core schema's URN in the text.
fn strip_core(kind: ResourceType, strictness: Strictness, text: &str) -> Option<&str> {
    let outdated = || {
        let rest = SchemaSet::core_aliases().find_map(|alias| strip_schema(text, alias))?;
        let name = rest.strip_prefix(':').unwrap_or_default();
        Some(strip_schema(name, kind.name()).unwrap_or(rest))
    };
    strip_schema(text, kind.schema()).or_else(|| match strictness {
        Strictness::Tolerant => outdated(),
        Strictness::Strict => None,
    })
}

/// What follows the URN in the text: nothing, or a colon and more.
fn strip_schema<'t>(text: &'t str, urn: &str) -> Option<&'t str> {
    let prefix = text.get(..urn.len())?;
    let rest = &text[prefix.len()..];
    let ends = rest.is_empty() || rest.starts_with(':');
    (ends && prefix.eq_ignore_ascii_case(urn)).then_some(rest)
}

/// Without a schema only the shape can tell a URN from the attribute behind it: a last segment that is the
/// resource type's name or a version (`…:acme:2.0:User`, `…:acme:1.0`) belongs to the URN.
fn undeclared(kind: ResourceType, text: &str) -> Option<Target> {
    let (urn, last) = text.rsplit_once(':')?;
    if last.eq_ignore_ascii_case(kind.name())
        || !last.starts_with(|c: char| c.is_ascii_alphabetic())
    {
        return (!last.is_empty()).then(|| Target::Extension(text.to_owned()));
    }
    // `urn:<namespace>:<something>` is the least that can be a schema.
    if urn.matches(':').count() < 2 {
        return None;
    }
    let (name, sub) = split_sub(last);
    attribute_target(Some(urn), &Attribute::undeclared(name), sub)
}

fn attribute_target(
    urn: Option<&str>,
    attribute: &Arc<Attribute>,
    sub: Option<&str>,
) -> Option<Target> {
    let sub = match sub {
        None => None,
        Some(name) => Some(sub_attribute(attribute, name)?),
    };
    let urn = urn.map(str::to_owned);
    Some(Target::Attribute(Resolved {
        urn,
        attribute: Arc::clone(attribute),
        sub,
    }))
}

/// The sub-attribute of that name; any name is one of an undeclared attribute.
pub(crate) fn sub_attribute(attribute: &Attribute, name: &str) -> Option<Arc<Attribute>> {
    match attribute.kind {
        Type::Any if !name.is_empty() => Some(Attribute::undeclared(name)),
        _ => attribute.sub_attribute(name).cloned(),
    }
}

fn split_sub(text: &str) -> (&str, Option<&str>) {
    match text.split_once('.') {
        Some((name, sub)) => (name, Some(sub)),
        None => (text, None),
    }
}
