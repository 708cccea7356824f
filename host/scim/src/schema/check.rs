//! Whether a schema that somebody declares can be kept to (RFC 7643 §2, §7).

use std::sync::Arc;

use super::{Attribute, Mutability, ResourceType, Returned, Schema, SchemaSet, Type, Uniqueness};
use crate::limits::{
    MAX_CANONICAL_VALUE_LENGTH, MAX_CANONICAL_VALUES, MAX_DESCRIPTION_LENGTH,
    MAX_SCHEMA_ATTRIBUTES, MAX_SCHEMA_NAME_LENGTH, MAX_URN_LENGTH,
};
use crate::{attr, fold};

#[cfg(test)]
mod tests;

/// What is wrong with a declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// JSON Pointer (RFC 6901) into the schema's JSON.
    pub pointer: String,
    /// For programs: `snake_case`, stable.
    pub code: &'static str,
    /// A sentence that says what would be right.
    pub detail: String,
}

/// Attributes of every resource (RFC 7643 §3.1): in an extension they would mean two things.
const COMMON: [&str; 4] = ["schemas", "id", "externalId", "meta"];
/// What a reference can refer to (RFC 7643 §7).
const REFERENCE_TYPES: [&str; 4] = ["User", "Group", "external", "uri"];

impl Schema {
    /// What stands against the schema as an extension of resources of that type, beside the `others` that are declared.
    /// Nothing: it can be added.
    pub fn mistakes(&self, kind: ResourceType, others: &SchemaSet) -> Vec<Mistake> {
        let mut found = Found(Vec::new());
        self.urn(kind, others, &mut found);
        if self.description.len() > MAX_DESCRIPTION_LENGTH {
            found.too_long("/description", MAX_DESCRIPTION_LENGTH);
        }
        if self.attributes.is_empty() {
            found.add(
                "/attributes",
                "missing",
                "A schema has at least one attribute.",
            );
        }
        for (at, attribute) in self.attributes.iter().enumerate() {
            let clashes = COMMON
                .iter()
                .any(|it| it.eq_ignore_ascii_case(&attribute.name));
            if clashes {
                let detail = format!(
                    "{} is an attribute of every resource; give this one another name.",
                    attribute.name
                );
                found.add(format!("/attributes/{at}/name"), "reserved_name", detail);
            }
        }
        found.list("/attributes", &self.attributes, false);
        found.0
    }

    fn urn(&self, kind: ResourceType, others: &SchemaSet, found: &mut Found) {
        let urn = self.id.as_str();
        if !is_urn(urn) {
            let detail = format!(
                "{urn:.300} is not a URN such as urn:example:params:scim:schemas:extension:acme:1.0:User: letters, \
                 digits and -._~+ between colons, at most {MAX_URN_LENGTH} bytes."
            );
            return found.add("/id", "invalid_urn", detail);
        }
        let is_ours = |ours: &str| begins(urn, ours) || begins(ours, urn);
        let aliases = SchemaSet::aliases().chain(SchemaSet::core_aliases());
        let mut reserved = [
            "urn:ietf:params:scim:schemas:core",
            "urn:ietf:params:scim:api",
        ]
        .into_iter()
        .chain(aliases);
        let known = [ResourceType::User, ResourceType::Group]
            .into_iter()
            .any(|kind| attr::is_declared(SchemaSet::standard(), kind, urn));
        if known || reserved.any(is_ours) {
            let detail =
                format!("{urn} belongs to the standard schemas; choose a URN of your own.");
            return found.add("/id", "reserved_urn", detail);
        }
        // `urn:a:b` with an attribute `c`, and a schema `urn:a:b:c`: one path would have two meanings.
        let ambiguous = others.extensions(kind).find(|other| {
            let names = |long: &str, short: &Schema| {
                let rest = long
                    .get(short.id.len()..)
                    .and_then(|it| it.strip_prefix(':'));
                begins(long, &short.id) && rest.is_some_and(|name| short.attribute(name).is_some())
            };
            names(urn, other) || names(&other.id, self)
        });
        if let Some(other) = ambiguous {
            let detail = format!(
                "{urn} and {} can't be told apart in paths: one is the name of an attribute of the other.",
                other.id
            );
            found.add("/id", "ambiguous_urn", detail);
        }
    }
}

/// Whether a URN is another, or goes on behind it.
fn begins(urn: &str, with: &str) -> bool {
    let prefix = urn.get(..with.len());
    let ends = urn.len() == with.len() || urn[with.len().min(urn.len())..].starts_with(':');
    prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(with)) && ends
}

/// `urn:NID:NSS` (RFC 8141 §2), of characters that mean nothing in paths, filters and URLs.
fn is_urn(text: &str) -> bool {
    let mut parts = text.split(':');
    let is_part = |part: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+".contains(&byte);
        !part.is_empty() && part.bytes().all(is_plain)
    };
    text.len() <= MAX_URN_LENGTH
        && parts
            .next()
            .is_some_and(|urn| urn.eq_ignore_ascii_case("urn"))
        && parts.clone().count() >= 2
        && parts.all(is_part)
}

/// `ATTRNAME` (RFC 7643 §2.1), and `$ref` (§2.3.7).
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    name == "$ref"
        || name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.len() <= MAX_SCHEMA_NAME_LENGTH
            && name.bytes().all(is_plain)
}

struct Found(Vec<Mistake>);

impl Found {
    fn add(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        self.0.push(Mistake {
            pointer: pointer.into(),
            code,
            detail: detail.into(),
        });
    }

    fn too_long(&mut self, pointer: impl Into<String>, most: usize) {
        self.add(
            pointer,
            "too_long",
            format!("It is longer than {most} bytes."),
        );
    }

    /// The attributes of a schema, or the parts of an attribute.
    fn list(&mut self, pointer: &str, attributes: &[Arc<Attribute>], are_parts: bool) {
        if attributes.len() > MAX_SCHEMA_ATTRIBUTES {
            let detail =
                format!("There are at most {MAX_SCHEMA_ATTRIBUTES} attributes in one place.");
            return self.add(pointer, "too_many", detail);
        }
        for (at, attribute) in attributes.iter().enumerate() {
            let name = &attribute.name;
            let pointer = format!("{pointer}/{at}");
            let mut earlier = attributes[..at].iter();
            if !is_name(name) {
                let detail = format!(
                    "{name:.200?} is no name of an attribute: a letter, then letters, digits, - and _, at most \
                     {MAX_SCHEMA_NAME_LENGTH}."
                );
                self.add(format!("{pointer}/name"), "invalid_name", detail);
            } else if earlier.any(|other| other.name.eq_ignore_ascii_case(name)) {
                let detail = format!("{name} is there already; letter case makes no difference.");
                self.add(format!("{pointer}/name"), "duplicate_name", detail);
            }
            self.shape(&pointer, attribute, are_parts);
            self.characteristics(&pointer, attribute);
        }
    }

    fn shape(&mut self, pointer: &str, attribute: &Attribute, is_part: bool) {
        let subs = &attribute.sub_attributes;
        let parts = format!("{pointer}/subAttributes");
        match (attribute.kind, subs.is_empty()) {
            // RFC 7643 §2.3.8, erratum 8415.
            (Type::Complex, _) if is_part => {
                let detail = "A part of a complex attribute can't be complex itself.";
                self.add(format!("{pointer}/type"), "not_allowed", detail);
            }
            (Type::Complex, true) => self.add(parts, "missing", "A complex attribute has parts."),
            (Type::Complex, false) => self.list(&parts, subs, true),
            (_, false) => self.add(parts, "not_allowed", "Only a complex attribute has parts."),
            (_, true) => {}
        }
        let references = &attribute.reference_types;
        let pointer = format!("{pointer}/referenceTypes");
        match (attribute.kind, references.is_empty()) {
            (Type::Reference, true) => {
                let detail = "A reference says to what: User, Group, external or uri.";
                self.add(pointer, "missing", detail);
            }
            (Type::Reference, false) => {
                let unknown = |it: &String| !REFERENCE_TYPES.contains(&it.as_str());
                if let Some(at) = references.iter().position(unknown) {
                    let detail = "It is none of User, Group, external and uri.";
                    self.add(format!("{pointer}/{at}"), "not_allowed", detail);
                }
            }
            (_, false) => self.add(
                pointer,
                "not_allowed",
                "Only a reference has reference types.",
            ),
            (_, true) => {}
        }
    }

    fn characteristics(&mut self, pointer: &str, attribute: &Attribute) {
        if attribute.description.len() > MAX_DESCRIPTION_LENGTH {
            self.too_long(format!("{pointer}/description"), MAX_DESCRIPTION_LENGTH);
        }
        if attribute.required && attribute.mutability == Mutability::ReadOnly {
            let detail = "Nobody could set it: a readOnly attribute can't be required.";
            self.add(format!("{pointer}/required"), "not_allowed", detail);
        }
        let is_write_only = attribute.mutability == Mutability::WriteOnly;
        if is_write_only && attribute.returned != Returned::Never {
            let detail = "A writeOnly attribute is never returned: say \"returned\": \"never\".";
            self.add(format!("{pointer}/returned"), "not_allowed", detail);
        }
        if attribute.uniqueness != Uniqueness::None {
            let detail = "The values of declared attributes are not kept unique here: say \"none\". Unique are userName, \
                          externalId and the displayName of groups.";
            self.add(format!("{pointer}/uniqueness"), "not_supported", detail);
        }
        self.canonical_values(&format!("{pointer}/canonicalValues"), attribute);
    }

    fn canonical_values(&mut self, pointer: &str, attribute: &Attribute) {
        let values = &attribute.canonical_values;
        if !values.is_empty() && attribute.kind != Type::String {
            self.add(
                pointer,
                "not_allowed",
                "Only strings have canonical values.",
            );
        }
        if values.len() > MAX_CANONICAL_VALUES {
            let detail = format!("There are at most {MAX_CANONICAL_VALUES} canonical values.");
            return self.add(pointer, "too_many", detail);
        }
        for (at, value) in values.iter().enumerate() {
            let is_exact = attribute.is_case_exact();
            let same = |it: &String| it == value || !is_exact && fold(it) == fold(value);
            if value.is_empty() || value.len() > MAX_CANONICAL_VALUE_LENGTH {
                let detail = format!("A value has 1 to {MAX_CANONICAL_VALUE_LENGTH} bytes.");
                self.add(format!("{pointer}/{at}"), "not_allowed", detail);
            } else if values[..at].iter().any(same) {
                self.add(
                    format!("{pointer}/{at}"),
                    "duplicate_value",
                    "It is there already.",
                );
            }
        }
    }
}
