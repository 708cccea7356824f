//! The body of POST and PUT (RFC 7644 §3.3, §3.5.1) → the canonical resource.

use serde_json::Value;
use serde_json::map::Entry;

use super::keep::keep;
use super::rules::rules;
use super::validate::keys;
use crate::canonical::{Reader, arrange, arrange_values, complete};
use crate::schema::{Schema, has_urn_prefix};
use crate::{Error, Object, ResourceType, SchemaSet, Strictness, Tolerances, attr, json, quirk};

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
    read_over(set, kind, strictness, body, None)
}

/// [`read`] for the body of a PUT to a resource whose document is `before` (RFC 7644 §3.5.1): what can't change must
/// not, and what a client can't have meant to take away stays.
pub fn replace(
    set: &SchemaSet,
    kind: ResourceType,
    strictness: Strictness,
    body: &[u8],
    before: &Object,
) -> Result<Read, Error> {
    read_over(set, kind, strictness, body, Some(before))
}

fn read_over(
    set: &SchemaSet,
    kind: ResourceType,
    strictness: Strictness,
    body: &[u8],
    before: Option<&Object>,
) -> Result<Read, Error> {
    let body = json::parse(body)?;
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
    if let Some(before) = before {
        keep(set, kind, before, &mut resource);
    }
    complete(set, kind, &mut resource);
    rules(set, kind, &resource, before)?;
    keys(kind, &resource, None)?;
    Ok(Read {
        resource,
        says_active,
        tolerances,
    })
}

/// A value for `name` or `name.sub`, in an extension or in the core.
struct Outside {
    urn: Option<String>,
    name: String,
    sub: Option<String>,
    value: Value,
}

struct Reading<'s> {
    set: &'s SchemaSet,
    kind: ResourceType,
    reader: Reader,
    doc: Object,
    /// What stood elsewhere than where it belongs: attributes of extensions (N13), parts of attributes (N3).
    outside: Vec<Outside>,
    has_schemas: bool,
}

impl<'s> Reading<'s> {
    fn member(&mut self, name: String, value: Value) -> Result<(), Error> {
        if name.eq_ignore_ascii_case("schemas") {
            self.has_schemas = true;
            return check_schemas(self.set, self.kind, &mut self.reader, &value, true);
        }
        if let Some(attribute) = self.set.attribute(self.kind, &name) {
            // A password is accepted, and not kept (N14).
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
        if has_urn_prefix(&name) && attr::is_core(self.kind, &name) {
            return self.core(&name, value);
        }
        if has_urn_prefix(&name) && (value.is_object() || value.is_null()) {
            self.reader.undeclared(self.set, &name)?;
            let members = undeclared(value);
            return put(&mut self.doc, name, members.map(Value::Object));
        }
        self.stray(&name, value)
    }

    /// Core attributes below their schema's URN, as if they were those of an extension.
    fn core(&mut self, urn: &str, value: Value) -> Result<(), Error> {
        let deviation = attr::deviation(urn, None).unwrap_or(quirk::KEY_IS_PATH);
        self.reader.forgive(deviation, || unknown(urn))?;
        match value {
            Value::Null => Ok(()),
            Value::Object(members) => members
                .into_iter()
                .try_for_each(|(name, value)| self.member(name, value)),
            _ => Err(Error::invalid_value(format!("{urn} must be an object"))),
        }
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
                Some(attribute) if !attribute.is_read_only() => {
                    let stored = self.reader.attribute(attribute, value)?;
                    put(&mut extension, in_case(name, &attribute.name), stored)?;
                }
                Some(_) => {}
                None if names_itself(&schema.id, &name, &value) => {}
                None => self
                    .reader
                    .forgive(quirk::UNKNOWN_ATTRIBUTE, || unknown(&name))?,
            }
        }
        arrange(&mut extension, &schema.attributes);
        Ok((!extension.is_empty()).then_some(extension))
    }

    /// Neither a core attribute nor an extension: one in the wrong place, a path (N3), or nobody's.
    fn stray(&mut self, name: &str, value: Value) -> Result<(), Error> {
        let found = match attr::resolve(self.set, self.kind, Strictness::Tolerant, name) {
            Some(attr::Target::Attribute(found)) if self.is_declared(&found) => found,
            _ => {
                return self.reader.unknown(self.set, self.kind, name);
            }
        };
        let deviation = attr::deviation(name, found.urn.as_deref());
        let deviation = deviation.unwrap_or(quirk::KEY_IS_PATH);
        self.reader.forgive(deviation, || unknown(name))?;
        let attr::Resolved {
            urn,
            attribute,
            sub,
        } = found;
        let part_is_read_only = sub.as_ref().is_some_and(|sub| sub.is_read_only());
        let is_password = urn.is_none() && attribute.is_write_only();
        if attribute.is_read_only() || part_is_read_only || is_password {
            return Ok(());
        }
        let stored = match &sub {
            None => self.reader.attribute(&attribute, value)?,
            Some(sub) => self.reader.sub_attribute(&attribute, sub, value)?,
        };
        self.outside.extend(stored.map(|value| Outside {
            urn,
            name: attribute.name.clone(),
            sub: sub.map(|sub| sub.name.clone()),
            value,
        }));
        Ok(())
    }

    /// In a schema of ours; a part of one value of many doesn't say of which.
    fn is_declared(&self, found: &attr::Resolved) -> bool {
        let mut urn = found.urn.iter();
        urn.all(|urn| self.set.extension(self.kind, urn).is_some())
            && !(found.sub.is_some() && found.attribute.multi_valued)
    }

    fn finish(mut self) -> Result<(Object, Tolerances), Error> {
        if !self.has_schemas {
            self.reader.forgive(quirk::MISSING_SCHEMA, || {
                Error::invalid_syntax("schemas is required")
            })?;
        }
        if !self.outside.is_empty() {
            for outside in self.outside {
                place(&mut self.doc, outside)?;
            }
            arrange_values(self.set, self.kind, &mut self.doc);
        }
        Ok((self.doc, self.reader.tolerances))
    }
}

/// Puts a value where it belongs. Where the same stands there it is said twice; another is a contradiction.
fn place(doc: &mut Object, outside: Outside) -> Result<(), Error> {
    let Outside {
        urn,
        name,
        sub,
        value,
    } = outside;
    let mut container = Some(doc);
    let parents = urn.into_iter().chain(sub.is_some().then(|| name.clone()));
    for parent in parents {
        container = container.and_then(|object| {
            object
                .entry(parent)
                .or_insert_with(|| Value::Object(Object::new()))
                .as_object_mut()
        });
    }
    let path = match &sub {
        Some(sub) => format!("{name}.{sub}"),
        None => name.clone(),
    };
    let entry = container.map(|container| container.entry(sub.unwrap_or(name)));
    match entry {
        Some(Entry::Vacant(entry)) => {
            entry.insert(value);
            Ok(())
        }
        Some(Entry::Occupied(entry)) if *entry.get() == value => Ok(()),
        _ => Err(Error::invalid_syntax(format!(
            "{path} is given more than once"
        ))),
    }
}

/// Whether a member of an extension is its own `schemas`: some clients write extensions like resources, and that says
/// nothing new.
pub(crate) fn names_itself(urn: &str, name: &str, value: &Value) -> bool {
    let is_urn = |schema: &Value| {
        schema
            .as_str()
            .is_some_and(|it| it.eq_ignore_ascii_case(urn))
    };
    name.eq_ignore_ascii_case("schemas")
        && value
            .as_array()
            .is_some_and(|schemas| schemas.iter().all(is_urn))
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
    // Where such a connection keeps what nobody declared, it is listed, too.
    let strict = reader.strictness == Strictness::Strict;
    for schema in schemas {
        let urn = schema.as_str().ok_or_else(wrong)?;
        let is_core = urn.eq_ignore_ascii_case(kind.schema());
        has_core |= is_core;
        let keeps = || strict && set.keeps_undeclared(reader.strictness);
        if !is_core && set.extension(kind, urn).is_none() && !keeps() {
            reader.forgive(quirk::SCHEMA_URI, || {
                Error::invalid_syntax(format!("there is no schema {urn:.200} for {}", kind.name()))
            })?;
        }
    }
    if whole && !has_core {
        reader.forgive(quirk::MISSING_SCHEMA, || {
            Error::invalid_syntax(format!("schemas must contain {}", kind.schema()))
        })?;
    }
    Ok(())
}
