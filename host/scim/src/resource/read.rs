//! The body of POST and PUT (RFC 7644 §3.3, §3.5.1) → the canonical resource.

use std::sync::Arc;

use serde_json::Value;
use serde_json::map::Entry;

use super::validate::required;
use crate::canonical::{Reader, complete};
use crate::schema::{Attribute, Schema, has_urn_prefix};
use crate::{Error, Object, ResourceType, SchemaSet, Strictness, Tolerances, attr, limits, quirk};

/// A resource as it is stored, and what had to be forgiven to get there.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    pub resource: Object,
    /// Whether the body said if the user is active; where it did not, `active` is assumed to be true.
    pub says_active: bool,
    pub tolerances: Tolerances,
}

/// Reads the body of a POST or PUT.
///
/// The result has canonical names, types and order; no nulls or empty values; no `id`, `meta`, `groups` or `password`;
/// `schemas` as the resource's content has it; `active` on every user. Groups still hold their `members`
/// (see [`take_members`](crate::take_members)).
pub fn read(
    set: &SchemaSet,
    kind: ResourceType,
    strictness: Strictness,
    body: &[u8],
) -> Result<Read, Error> {
    let body = limits::parse(body)?;
    let mut reading = Reading {
        set,
        kind,
        reader: Reader::new(strictness),
        doc: Object::with_capacity(body.len()),
        outside: Vec::new(),
        has_schemas: false,
    };
    for (name, value) in body {
        reading.member(name, value)?;
    }
    let (mut resource, tolerances) = reading.finish()?;
    let says_active = resource.contains_key("active");
    complete(set, kind, &mut resource);
    required(set, kind, &resource)?;
    Ok(Read {
        resource,
        says_active,
        tolerances,
    })
}

struct Reading<'s> {
    set: &'s SchemaSet,
    kind: ResourceType,
    reader: Reader,
    doc: Object,
    /// Attributes of extensions that stood outside of them (N13), by the extension's URN.
    outside: Vec<(String, String, Value)>,
    has_schemas: bool,
}

impl<'s> Reading<'s> {
    fn member(&mut self, name: String, value: Value) -> Result<(), Error> {
        if name.eq_ignore_ascii_case("schemas") {
            self.has_schemas = true;
            return check_schemas(self.set, self.kind, &mut self.reader, &value, true);
        }
        if let Some(attribute) = self.set.attribute(self.kind, &name) {
            if attribute.is_read_only() || attribute.is_write_only() {
                return Ok(());
            }
            let stored = self.reader.attribute(attribute, value)?;
            return put(&mut self.doc, in_case(name, &attribute.name), stored);
        }
        if let Some(schema) = self.extension(&name)? {
            let members = self.declared(schema, value)?;
            return put(
                &mut self.doc,
                in_case(name, &schema.id),
                members.map(Value::Object),
            );
        }
        if has_urn_prefix(&name) && (value.is_object() || value.is_null()) {
            self.reader
                .forgive(quirk::UNDECLARED_EXTENSION, || unknown(&name))?;
            let members = undeclared(value);
            return put(&mut self.doc, name, members.map(Value::Object));
        }
        self.stray(&name, value)
    }

    /// The declared extension of that URN, or of an outdated one that means it (N12).
    fn extension(&mut self, urn: &str) -> Result<Option<&'s Schema>, Error> {
        if let Some(schema) = self.set.extension(self.kind, urn) {
            return Ok(Some(schema));
        }
        let Some(schema) = self.set.alias(self.kind, urn) else {
            return Ok(None);
        };
        self.reader.forgive(quirk::SCHEMA_URI, || unknown(urn))?;
        Ok(Some(schema))
    }

    fn declared(&mut self, schema: &Schema, value: Value) -> Result<Option<Object>, Error> {
        let members = match value {
            Value::Null => return Ok(None),
            Value::Object(members) => members,
            _ => {
                return Err(Error::invalid_value(format!(
                    "{} must be an object",
                    schema.id
                )));
            }
        };
        let mut extension = Object::with_capacity(members.len());
        for (name, value) in members {
            match schema.attribute(&name) {
                Some(attribute) if writable(attribute) => {
                    let stored = self.reader.attribute(attribute, value)?;
                    put(&mut extension, in_case(name, &attribute.name), stored)?;
                }
                Some(_) => {}
                None => self
                    .reader
                    .forgive(quirk::UNKNOWN_ATTRIBUTE, || unknown(&name))?,
            }
        }
        Ok((!extension.is_empty()).then_some(extension))
    }

    /// Neither a core attribute nor an extension: an extension's attribute in the wrong place, or nobody's.
    fn stray(&mut self, name: &str, value: Value) -> Result<(), Error> {
        let found = attr::resolve(self.set, self.kind, Strictness::Tolerant, name);
        let Some(attr::Target::Attribute(attr::Resolved {
            urn,
            attribute,
            sub: None,
        })) = found
        else {
            return self
                .reader
                .forgive(quirk::UNKNOWN_ATTRIBUTE, || unknown(name));
        };
        let declared = urn
            .as_ref()
            .is_none_or(|urn| self.set.extension(self.kind, urn).is_some());
        if !declared {
            return self
                .reader
                .forgive(quirk::UNKNOWN_ATTRIBUTE, || unknown(name));
        }
        self.reader
            .forgive(quirk::BARE_EXTENSION_ATTRIBUTE, || unknown(name))?;
        if !writable(&attribute) {
            return Ok(());
        }
        let Some(stored) = self.reader.attribute(&attribute, value)? else {
            return Ok(());
        };
        match urn {
            Some(urn) => self.outside.push((urn, attribute.name.clone(), stored)),
            None => put(&mut self.doc, attribute.name.clone(), Some(stored))?,
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(Object, Tolerances), Error> {
        if !self.has_schemas && self.reader.strictness == Strictness::Strict {
            return Err(Error::invalid_syntax("schemas is required"));
        }
        for (urn, name, value) in self.outside {
            let extension = self
                .doc
                .entry(urn)
                .or_insert_with(|| Value::Object(Object::new()));
            if let Value::Object(members) = extension {
                // What stands in its right place counts.
                members.entry(name).or_insert(value);
            }
        }
        Ok((self.doc, self.reader.tolerances))
    }
}

/// The name in the schema's letter case.
fn in_case(name: String, canonical: &str) -> String {
    if name == canonical {
        name
    } else {
        canonical.to_owned()
    }
}

/// Names given twice, in two letter cases, are a contradiction.
fn put(object: &mut Object, name: String, value: Option<Value>) -> Result<(), Error> {
    let Some(value) = value else { return Ok(()) };
    match object.entry(name) {
        Entry::Vacant(entry) => {
            entry.insert(value);
            Ok(())
        }
        Entry::Occupied(entry) => Err(Error::invalid_syntax(format!(
            "{} is given more than once",
            entry.key()
        ))),
    }
}

/// Kept as it came, less what means "no value".
fn undeclared(value: Value) -> Option<Object> {
    let Value::Object(mut members) = value else {
        return None;
    };
    members.retain(|_, value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        _ => true,
    });
    (!members.is_empty()).then_some(members)
}

fn writable(attribute: &Arc<Attribute>) -> bool {
    !attribute.is_read_only() && !attribute.is_write_only()
}

fn unknown(name: &str) -> Error {
    Error::invalid_syntax(format!("there is no attribute {name:.100}"))
}

/// Unknown schema URIs are dropped, or refused in a strict connection (N12); so is, where `whole`, a list without
/// the core schema.
pub(crate) fn check_schemas(
    set: &SchemaSet,
    kind: ResourceType,
    reader: &mut Reader,
    value: &Value,
    whole: bool,
) -> Result<(), Error> {
    let wrong = || Error::invalid_syntax("schemas must be an array of schema URIs");
    let schemas = match value {
        Value::Array(schemas) => schemas.as_slice(),
        Value::Null => &[],
        _ => return Err(wrong()),
    };
    let mut has_core = false;
    for schema in schemas {
        let urn = schema.as_str().ok_or_else(wrong)?;
        let is_core = urn.eq_ignore_ascii_case(kind.schema());
        has_core |= is_core;
        if !is_core && set.extension(kind, urn).is_none() {
            reader.forgive(quirk::SCHEMA_URI, || {
                Error::invalid_syntax(format!("there is no schema {urn:.200} for {}", kind.name()))
            })?;
        }
    }
    if whole && !has_core && reader.strictness == Strictness::Strict {
        return Err(Error::invalid_syntax(format!(
            "schemas must contain {}",
            kind.schema()
        )));
    }
    Ok(())
}
