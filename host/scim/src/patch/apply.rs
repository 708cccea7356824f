//! One operation after the other (RFC 7644 §3.5.2.1–3), each on what the one before it left.

use serde_json::Value;

use super::guard::{Before, cost};
use super::request::{Operation, Verb};
use super::values::{is_scalar, known_name, says_something};
use crate::canonical::Reader;
use crate::limits::{MAX_ATTRIBUTES, MAX_MEMBER_TERMS, MAX_PATCH_STEPS};
use crate::path::{AttributeTarget, Path};
use crate::resource::{check_schemas, names_itself};
use crate::schema::{Attribute, Type, has_urn_prefix};
use crate::{Error, MemberChange, Object, ResourceType, SchemaSet, Strictness, attr, quirk};

/// A document under way.
pub(super) struct Work<'a> {
    set: &'a SchemaSet,
    kind: ResourceType,
    current_id: &'a str,
    doc: &'a mut Object,
    pub reader: Reader,
    pub members: Vec<MemberChange>,
    /// What the operations so far cost.
    steps: usize,
    /// How many comparisons they need with each member of the group.
    member_terms: usize,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        set: &'a SchemaSet,
        kind: ResourceType,
        current_id: &'a str,
        strictness: Strictness,
        doc: &'a mut Object,
    ) -> Self {
        let reader = Reader::new(strictness);
        Self {
            set,
            kind,
            current_id,
            doc,
            reader,
            members: Vec::new(),
            steps: 0,
            member_terms: 0,
        }
    }

    pub(super) fn apply(&mut self, operation: &Operation) -> Result<(), Error> {
        let value = operation.value.clone();
        match (&operation.path, value) {
            (Some(path), value) => self.at(operation.verb, path, value),
            (None, Some(Value::Object(members))) => self.without_path(operation.verb, members),
            (None, _) => Err(Error::invalid_value(
                "without a path the value must be an object",
            )),
        }
    }

    /// A partial resource; its keys may be paths themselves (N3).
    fn without_path(&mut self, verb: Verb, members: Object) -> Result<(), Error> {
        for (name, value) in members {
            let value = match value {
                Value::Object(core) if attr::is_core(self.kind, &name) => {
                    self.reader.forgive(quirk::KEY_IS_PATH, || unknown(&name))?;
                    self.without_path(verb, core)?;
                    continue;
                }
                value => value,
            };
            if has_urn_prefix(&name) && value.is_object() && self.is_undeclared(&name) {
                self.reader.undeclared(self.set, &name)?;
                self.extension(verb, &name, Some(value))?;
                continue;
            }
            let path = match Path::parse(self.set, self.kind, &mut self.reader, &name) {
                Ok(path) => path,
                // A malformed value path is not just the name of something unknown.
                Err(error) if name.contains('[') => return Err(error),
                Err(_) => {
                    self.reader.unknown(self.set, self.kind, &name)?;
                    continue;
                }
            };
            if let Path::Attribute(target) = &path {
                self.key(&name, target)?;
                if target.attribute.is_read_only() && target.attribute.name != "id" {
                    let refusal = || read_only(target);
                    self.reader.forgive(quirk::READ_ONLY_IN_VALUE, refusal)?;
                    continue;
                }
            }
            self.at(verb, &path, Some(value))?;
        }
        Ok(())
    }

    /// Counts keys that are more than the plain name of a core attribute.
    fn key(&mut self, key: &str, target: &AttributeTarget) -> Result<(), Error> {
        if !target.attribute.name.eq_ignore_ascii_case(key) {
            return self.reader.forgive(quirk::KEY_IS_PATH, || unknown(key));
        }
        if target.urn.is_some() {
            return self
                .reader
                .forgive(quirk::BARE_EXTENSION_ATTRIBUTE, || unknown(key));
        }
        Ok(())
    }

    fn is_undeclared(&self, urn: &str) -> bool {
        let known = self
            .set
            .extension(self.kind, urn)
            .or_else(|| self.set.alias(self.kind, urn));
        known.is_none() && !attr::is_core(self.kind, urn)
    }

    fn at(&mut self, verb: Verb, path: &Path, value: Option<Value>) -> Result<(), Error> {
        let target = match path {
            Path::Extension(urn) => return self.extension(verb, urn, value),
            Path::Attribute(target) => target,
        };
        let renamed = self.in_stored_case(target);
        let target = renamed.as_ref().unwrap_or(target);
        let attribute = &target.attribute;
        match (attribute.name.as_str(), &target.urn) {
            ("id", None) => return self.id(verb, target, value),
            ("schemas", None) => return self.schemas(verb, value),
            ("members", None) if self.kind == ResourceType::Group => {
                let change = super::members::change(&mut self.reader, verb, target, value)?;
                self.member_terms += change.as_ref().map_or(0, MemberChange::terms);
                if self.member_terms > MAX_MEMBER_TERMS {
                    return Err(Error::too_many(format!(
                        "the operations compare members with more than {MAX_MEMBER_TERMS} things; \
                         name who goes: members[value eq \"…\"]"
                    )));
                }
                self.members.extend(change);
                return Ok(());
            }
            _ => {}
        }
        let sub_is_read_only = target.sub.as_ref().is_some_and(|sub| sub.is_read_only());
        if attribute.is_read_only() || sub_is_read_only {
            return Err(read_only(target));
        }
        // A password: accepted, and not kept (N14).
        if attribute.is_write_only() && target.urn.is_none() {
            return Ok(());
        }
        if attribute.kind == Type::Any {
            self.reader.tolerances.note(quirk::UNDECLARED_EXTENSION);
        }
        self.steps = self
            .steps
            .saturating_add(cost(target, self.stored(target), value.as_ref()));
        if self.steps > MAX_PATCH_STEPS {
            return Err(Error::too_many("the operations look at too many values"));
        }
        let before = Before::of(target, self.stored(target));
        let container = match &target.urn {
            None => &mut *self.doc,
            Some(urn) => extension_of(self.doc, urn)?,
        };
        match verb {
            Verb::Remove => self.reader.remove(container, target, value)?,
            Verb::Add | Verb::Replace => {
                self.reader
                    .write(verb, container, target, value.unwrap_or_default())?;
            }
        }
        before.allows(verb, attribute, self.stored(target))?;
        self.bounded(target)
    }

    /// What an operation has written is no larger than what a body may hold: others look names up in it.
    fn bounded(&self, target: &AttributeTarget) -> Result<(), Error> {
        let extension = target.urn.as_ref();
        let extension = extension.and_then(|urn| self.doc.get(known_urn(self.doc, urn)));
        let written = [extension, self.stored(target)].into_iter().flatten();
        let mut objects = written.filter_map(Value::as_object).chain([&*self.doc]);
        if objects.any(|object| object.len() > MAX_ATTRIBUTES) {
            let detail = format!("an object has more than {MAX_ATTRIBUTES} attributes");
            return Err(Error::too_many(detail));
        }
        Ok(())
    }

    /// An attribute that no schema knows, by the name that it is stored under: letter case makes no other one of it.
    fn in_stored_case(&self, target: &AttributeTarget) -> Option<AttributeTarget> {
        let urn = target.urn.as_ref()?;
        let name = &target.attribute.name;
        let extension = self.doc.get(known_urn(self.doc, urn))?.as_object()?;
        let known = known_name(extension, name).filter(|known| known != name)?;
        (target.attribute.kind == Type::Any).then(|| AttributeTarget {
            attribute: Attribute::undeclared(known),
            ..target.clone()
        })
    }

    fn stored(&self, target: &AttributeTarget) -> Option<&Value> {
        match &target.urn {
            None => self.doc.get(&target.attribute.name),
            Some(urn) => self
                .doc
                .get(known_urn(self.doc, urn))?
                .get(&target.attribute.name),
        }
    }

    fn extension(&mut self, verb: Verb, urn: &str, value: Option<Value>) -> Result<(), Error> {
        // What says nothing is no value: the path alone says what goes.
        let value = value.filter(|value| verb != Verb::Remove || says_something(value));
        match (verb, value) {
            (Verb::Remove, None) | (Verb::Replace, Some(Value::Null)) => {
                let urn = known_urn(self.doc, urn).to_owned();
                self.doc.shift_remove(&urn);
                Ok(())
            }
            (Verb::Add, Some(Value::Null)) => Ok(()),
            (_, Some(Value::Object(members))) => {
                if verb == Verb::Remove {
                    self.reader.tolerances.note(quirk::REMOVE_WITH_LIST);
                }
                for (name, value) in members {
                    if names_itself(urn, &name, &value) {
                        continue;
                    }
                    let path = format!("{urn}:{name}");
                    let parsed = self.path_within(urn, &name, &path);
                    match parsed {
                        Some(Path::Attribute(target)) if target.attribute.is_read_only() => {
                            let refusal = || read_only(&target);
                            self.reader.forgive(quirk::READ_ONLY_IN_VALUE, refusal)?;
                        }
                        Some(Path::Attribute(target)) if verb == Verb::Remove => {
                            self.remove_named(target, value)?;
                        }
                        Some(path) => self.at(verb, &path, Some(value))?,
                        None => self
                            .reader
                            .forgive(quirk::UNKNOWN_ATTRIBUTE, || unknown(&path))?,
                    }
                }
                Ok(())
            }
            _ => Err(Error::invalid_value(format!("{urn} must be an object"))),
        }
    }

    /// Removes an attribute that a value names. Where the value is another than the stored one, that one stays: it loses
    /// least. A name without a value is all that is said.
    fn remove_named(&mut self, target: AttributeTarget, value: Value) -> Result<(), Error> {
        let stored = match (&target.sub, self.stored(&target)) {
            (None, stored) => stored,
            (Some(sub), stored) => stored.and_then(|whole| whole.get(&sub.name)),
        };
        let stored = stored.filter(|stored| is_scalar(stored)).cloned();
        let value = match stored {
            Some(stored) if says_something(&value) => {
                let said = match &target.sub {
                    None => self.reader.attribute(&target.attribute, value)?,
                    Some(sub) => self.reader.sub_attribute(&target.attribute, sub, value)?,
                };
                if said != Some(stored) {
                    return Ok(());
                }
                None
            }
            // What has parts or many values is compared there.
            _ => Some(value),
        };
        self.at(Verb::Remove, &Path::Attribute(target), value)
    }

    fn path_within(&mut self, urn: &str, name: &str, path: &str) -> Option<Path> {
        if self.is_undeclared(urn) {
            let attribute = Attribute::undeclared(name);
            let urn = Some(urn.to_owned());
            return Some(Path::Attribute(AttributeTarget {
                urn,
                attribute,
                filter: None,
                sub: None,
            }));
        }
        Path::parse(self.set, self.kind, &mut self.reader, path).ok()
    }

    /// Clients repeat the id beside what they change (N21); it can't be another.
    fn id(&self, verb: Verb, target: &AttributeTarget, value: Option<Value>) -> Result<(), Error> {
        match value {
            Some(Value::String(id)) if verb != Verb::Remove && id == self.current_id => Ok(()),
            Some(Value::Null) if verb != Verb::Remove => Ok(()),
            _ => Err(read_only(target)),
        }
    }

    /// Follows from the content; naming schemas that exist changes nothing.
    fn schemas(&mut self, verb: Verb, value: Option<Value>) -> Result<(), Error> {
        match (verb, value) {
            (Verb::Remove, _) => Err(Error::mutability(
                "schemas is required and can't be unassigned",
            )),
            (_, value) => {
                let value = match value.unwrap_or_default() {
                    Value::String(urn) => Value::Array(vec![Value::String(urn)]),
                    value => value,
                };
                check_schemas(
                    self.set,
                    self.kind,
                    &mut self.reader,
                    &value,
                    verb == Verb::Replace,
                )
            }
        }
    }
}

fn extension_of<'d>(doc: &'d mut Object, urn: &str) -> Result<&'d mut Object, Error> {
    let urn = known_urn(doc, urn).to_owned();
    match doc
        .entry(urn)
        .or_insert_with(|| Value::Object(Object::new()))
    {
        Value::Object(members) => Ok(members),
        _ => Err(Error::invalid_value("an extension must be an object")),
    }
}

/// Nobody declared the letter case of an undeclared extension's URN, so the document's counts.
fn known_urn<'u>(doc: &'u Object, urn: &'u str) -> &'u str {
    doc.keys()
        .find(|key| key.eq_ignore_ascii_case(urn))
        .map_or(urn, String::as_str)
}

fn read_only(target: &AttributeTarget) -> Error {
    let name = &target.attribute.name;
    Error::mutability(match &target.sub {
        Some(sub) => format!("{name}.{} is read-only", sub.name),
        None => format!("{name} is read-only"),
    })
}

fn unknown(name: &str) -> Error {
    Error::invalid_syntax(format!("there is no attribute {name:.100}"))
}
