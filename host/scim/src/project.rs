//! Which attributes are answered: `attributes`, `excludedAttributes` and `returned` (RFC 7644 §3.9).

use std::sync::Arc;

use serde_json::Value;

use crate::attr::{self, Target};
use crate::limits::MAX_CHOSEN;
use crate::schema::{Attribute, Returned, SchemaSet};
use crate::{Error, Object, ResourceType, Strictness};

#[cfg(test)]
mod tests;

/// A choice of attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    /// `None`: all that are returned by default.
    only: Option<Vec<Selected>>,
    except: Vec<Selected>,
    /// Not returned unless asked for, or never.
    hidden: Vec<Selected>,
    /// Returned whatever the client asks for, such as `id`.
    always: Vec<Selected>,
}

/// An attribute, a part of one, or a whole extension.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Selected {
    urn: Option<String>,
    name: Option<String>,
    sub: Option<String>,
}

impl Projection {
    /// Reads the two parameters: comma-separated attribute names, in any letter case, with or without URN. Names that
    /// no schema has are ignored: there is nothing to answer or to leave out.
    pub fn parse(
        set: &SchemaSet,
        kind: ResourceType,
        attributes: Option<&str>,
        excluded: Option<&str>,
    ) -> Result<Self, Error> {
        if attributes.is_some() && excluded.is_some() {
            return Err(Error::invalid_value(
                "attributes and excludedAttributes can't be used together",
            ));
        }
        let list = |parameter: &str, text: &str| {
            select(set, kind, text).ok_or_else(|| {
                let detail = format!("{parameter} has more than {MAX_CHOSEN} names");
                Error::invalid_value(detail)
            })
        };
        let only = attributes
            .map(|text| list("attributes", text))
            .transpose()?;
        let asked_for = |hidden: &Selected| only.iter().flatten().any(|it| hidden.contains(it));
        let mut hidden = returned(set, kind, Returned::Request);
        hidden.retain(|selected| !asked_for(selected));
        hidden.extend(returned(set, kind, Returned::Never));
        let always = returned(set, kind, Returned::Always);
        let except = excluded.map(|text| list("excludedAttributes", text));
        let except = except.transpose()?.unwrap_or_default().into_iter();
        let except = except
            .flat_map(|except| around(set, kind, except, &always))
            .collect();
        Ok(Self {
            only,
            except,
            hidden,
            always,
        })
    }

    /// Whether the top-level attribute, or the extension of that URN, would be answered if it were there.
    pub fn wants(&self, attribute: &str) -> bool {
        let same = |selected: &Selected| selected.top().eq_ignore_ascii_case(attribute);
        let whole = |selected: &Selected| selected.is_whole_member() && same(selected);
        if self.always.iter().any(same) {
            return true;
        }
        self.only.as_ref().is_none_or(|only| only.iter().any(same))
            && !self.except.iter().chain(&self.hidden).any(whole)
    }

    /// Whether the client chose nothing.
    pub fn is_all(&self) -> bool {
        self.only.is_none() && self.except.is_empty() && self.hidden.is_empty()
    }

    /// Leaves what is to be answered of a rendered resource.
    pub fn apply(&self, rendered: Object) -> Object {
        if self.is_all() {
            return rendered;
        }
        let mut resource = match &self.only {
            None => rendered,
            Some(only) => self.keep(rendered, only),
        };
        for selected in self.except.iter().chain(&self.hidden) {
            selected.remove_from(&mut resource);
        }
        resource
    }

    fn keep(&self, rendered: Object, only: &[Selected]) -> Object {
        let mut resource = Object::new();
        for (name, value) in rendered {
            let chosen = only
                .iter()
                .chain(&self.always)
                .filter(|s| s.top().eq_ignore_ascii_case(&name));
            let chosen: Vec<&Selected> = chosen.collect();
            if chosen.is_empty() {
                continue;
            }
            if chosen.iter().any(|selected| selected.is_whole_member()) {
                resource.insert(name, value);
            } else if let Some(part) = Selected::parts_of(&chosen, value) {
                resource.insert(name, part);
            }
        }
        resource
    }
}

impl Selected {
    /// The member of the resource that it is, or is part of.
    fn top(&self) -> &str {
        self.urn
            .as_deref()
            .or(self.name.as_deref())
            .unwrap_or_default()
    }

    /// Whether it is the other one, or that is part of it.
    fn contains(&self, other: &Self) -> bool {
        let same = |own: &Option<String>, its: &Option<String>| own.is_none() || own == its;
        self.urn == other.urn && same(&self.name, &other.name) && same(&self.sub, &other.sub)
    }

    fn is_whole_member(&self) -> bool {
        self.sub.is_none() && (self.urn.is_none() || self.name.is_none())
    }

    /// Those parts of a member that are chosen; `None` where nothing is left.
    fn parts_of(chosen: &[&Self], value: Value) -> Option<Value> {
        match value {
            Value::Array(values) => {
                let values: Vec<Value> = values
                    .into_iter()
                    .filter_map(|value| Self::parts_of(chosen, value))
                    .collect();
                (!values.is_empty()).then_some(Value::Array(values))
            }
            Value::Object(members) => {
                let parts: Object = members
                    .into_iter()
                    .filter_map(|(name, part)| Self::part(chosen, name, part))
                    .collect();
                (!parts.is_empty()).then_some(Value::Object(parts))
            }
            _ => None,
        }
    }

    fn part(chosen: &[&Self], name: String, value: Value) -> Option<(String, Value)> {
        let is = |wanted: &Option<String>| {
            wanted
                .as_deref()
                .is_some_and(|wanted| wanted.eq_ignore_ascii_case(&name))
        };
        let mut deeper = Vec::new();
        for selected in chosen {
            match (&selected.urn, &selected.sub) {
                (None, sub) if is(sub) => return Some((name, value)),
                (Some(_), None) if is(&selected.name) => return Some((name, value)),
                (Some(_), Some(_)) if is(&selected.name) => {
                    deeper.push(Self {
                        urn: None,
                        ..(*selected).clone()
                    });
                }
                _ => {}
            }
        }
        let deeper: Vec<&Self> = deeper.iter().collect();
        let part = (!deeper.is_empty()).then(|| Self::parts_of(&deeper, value))??;
        Some((name, part))
    }

    /// What nothing is left of goes, too.
    fn remove_from(&self, resource: &mut Object) {
        let Some(urn) = &self.urn else {
            return self.remove_within(resource);
        };
        match resource.get_mut(urn).and_then(Value::as_object_mut) {
            Some(extension) if self.name.is_some() => {
                self.remove_within(extension);
                if extension.is_empty() {
                    resource.shift_remove(urn);
                }
            }
            _ => {
                resource.shift_remove(urn);
            }
        }
    }

    fn remove_within(&self, container: &mut Object) {
        let Some(name) = &self.name else {
            return;
        };
        let Some(sub) = &self.sub else {
            container.shift_remove(name);
            return;
        };
        let is_empty = match container.get_mut(name) {
            Some(Value::Object(members)) => {
                members.shift_remove(sub);
                members.is_empty()
            }
            Some(Value::Array(values)) => {
                let before = values.len();
                values.retain_mut(|value| match value {
                    Value::Object(members) => {
                        members.shift_remove(sub);
                        !members.is_empty()
                    }
                    _ => true,
                });
                values.is_empty() && before > 0
            }
            _ => false,
        };
        if is_empty {
            container.shift_remove(name);
        }
    }
}

/// What the names stand for, each once; none where they are too many.
fn select(set: &SchemaSet, kind: ResourceType, text: &str) -> Option<Vec<Selected>> {
    let names = text.split(',').map(str::trim);
    let names: Vec<&str> = names
        .filter(|name| !name.is_empty())
        .take(MAX_CHOSEN + 1)
        .collect();
    if names.len() > MAX_CHOSEN {
        return None;
    }
    let mut chosen = Vec::with_capacity(names.len());
    for name in names {
        // Bare names of extension attributes harm nobody here, whatever the connection's strictness.
        let selected = match attr::resolve(set, kind, Strictness::Tolerant, name) {
            None => continue,
            Some(Target::Extension(urn)) => Selected {
                urn: Some(urn),
                name: None,
                sub: None,
            },
            Some(Target::Attribute(found)) => Selected {
                urn: found.urn,
                name: Some(found.attribute.name.clone()),
                sub: found.sub.map(|sub| sub.name.clone()),
            },
        };
        if !chosen.contains(&selected) {
            chosen.push(selected);
        }
    }
    Some(chosen)
}

/// The attributes, and parts of attributes, of that `returned` characteristic that can be in a document at all.
fn returned(set: &SchemaSet, kind: ResourceType, returned: Returned) -> Vec<Selected> {
    // A password never is (N14).
    let core = set
        .common()
        .iter()
        .chain(&set.core(kind).attributes)
        .filter(|attribute| !attribute.is_write_only())
        .map(|attribute| (None, attribute));
    let extensions = set.extensions(kind).flat_map(|schema| {
        let attributes = schema.attributes.iter();
        attributes.map(|attribute| (Some(&schema.id), attribute))
    });
    let mut found = Vec::new();
    for (urn, attribute) in core.chain(extensions) {
        let selected = |sub: Option<&Attribute>| Selected {
            urn: urn.cloned(),
            name: Some(attribute.name.clone()),
            sub: sub.map(|sub| sub.name.clone()),
        };
        if attribute.returned == returned {
            found.push(selected(None));
        }
        let subs = attribute.sub_attributes.iter();
        let subs = subs.filter(|sub| sub.returned == returned);
        found.extend(subs.map(|sub| selected(Some(sub))));
    }
    found
}

/// What an exclusion leaves out: all that it names but what is always returned.
fn around(
    set: &SchemaSet,
    kind: ResourceType,
    except: Selected,
    always: &[Selected],
) -> Vec<Selected> {
    if always.iter().any(|it| it.contains(&except)) {
        return Vec::new();
    }
    if !always.iter().any(|it| except.contains(it)) {
        return vec![except];
    }
    let parts: Vec<Selected> = match (&except.urn, &except.name) {
        (Some(urn), None) => {
            let schema = set.extension(kind, urn);
            let attributes = schema.into_iter().flat_map(|schema| &schema.attributes);
            let part = |attribute: &Arc<Attribute>| Selected {
                name: Some(attribute.name.clone()),
                ..except.clone()
            };
            attributes.map(part).collect()
        }
        (urn, name) => {
            let name = name.as_deref().unwrap_or_default();
            let attribute = match urn {
                None => set.attribute(kind, name),
                Some(urn) => set
                    .extension(kind, urn)
                    .and_then(|schema| schema.attribute(name)),
            };
            let subs = attribute.into_iter().flat_map(|it| &it.sub_attributes);
            let part = |sub: &Arc<Attribute>| Selected {
                sub: Some(sub.name.clone()),
                ..except.clone()
            };
            subs.map(part).collect()
        }
    };
    let parts = parts.into_iter();
    parts
        .flat_map(|part| around(set, kind, part, always))
        .collect()
}
