//! What verbs note: which resources a request was about, and what it changed of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use rolecall_scim::{Error as ScimError, Object, ResourceType, Secrets, cut, differences, fold};
use rolecall_store::Change;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::record::{AttributeChange, Touched};
use super::{CURRENT, Notes, note, secrets};

/// Resources of one request that are described, and those it can be found by.
const MOST_RESOURCES: usize = 100;
const MOST_SUBJECTS: usize = 4_096;
/// Results of a query that it can be found by.
const MOST_FOUND: usize = 10;
/// Attributes that are described, and bytes of a value's JSON text.
const MOST_CHANGES: usize = 50;
const MOST_VALUE: usize = 200;
/// Bytes of a name.
const MOST_NAME: usize = 1_000;

/// The names in a document, which may be one that was refused: in any letter case, and each by itself.
#[derive(Default)]
struct Names {
    user_name: Option<String>,
    external_id: Option<String>,
    display_name: Option<String>,
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(document: D) -> Result<Self, D::Error> {
        document.deserialize_map(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Names;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Names, M::Error> {
        let mut names = Names::default();
        while let Some(member) = members.next_key::<Cow<'de, str>>()? {
            let name = match &*member.to_ascii_lowercase() {
                "username" => &mut names.user_name,
                "externalid" => &mut names.external_id,
                "displayname" => &mut names.display_name,
                _ => {
                    members.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *name = members.next_value::<Value>()?.as_str().map(str::to_owned);
        }
        Ok(names)
    }
}

/// The part of an event's data that is of interest here.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct EventData {
    deleted: Option<bool>,
    resource: Names,
}

/// What a commit is about to do, to be noted when it is done.
#[derive(Default)]
pub(crate) struct Noted {
    resources: Vec<Touched>,
    /// Names that a resource loses, and members that come and go.
    also: Vec<(&'static str, String)>,
    events: BTreeMap<String, u32>,
}

impl Notes {
    pub(super) fn find_by(&mut self, kind: &'static str, value: &str) {
        if self.subjects.len() < MOST_SUBJECTS && !value.is_empty() {
            self.subjects.insert((kind, fold(value)));
        }
    }

    /// What is there is found by its id: who asks by name is led to it. Names count where there is no id, and where
    /// they lead nowhere from now on.
    pub(super) fn touch(&mut self, resource: Touched) {
        let kind = kind_of(&resource.kind);
        if let Some(id) = &resource.id {
            self.find_by("", id);
        }
        let gone = resource.operation.as_deref() == Some("delete");
        let names = [
            &resource.user_name,
            &resource.external_id,
            &resource.display_name,
        ];
        for name in names.into_iter().flatten() {
            if gone || resource.id.is_none() {
                self.find_by(kind, name);
            }
        }
        if self.resources.len() < MOST_RESOURCES {
            self.resources.push(shortened(resource));
        } else {
            self.resources_more += 1;
        }
    }
}

fn shortened(mut resource: Touched) -> Touched {
    let names = [
        &mut resource.user_name,
        &mut resource.external_id,
        &mut resource.display_name,
        &mut resource.error,
    ];
    for name in names.into_iter().flatten() {
        if name.len() > MOST_NAME {
            *name = cut(name, MOST_NAME);
        }
    }
    resource
}

fn kind_of(kind: &str) -> &'static str {
    if kind == "Group" { "Group" } else { "User" }
}

fn touched(kind: ResourceType, id: Option<&str>, names: Names) -> Touched {
    Touched {
        kind: kind.name().to_owned(),
        id: id.map(str::to_owned),
        user_name: names.user_name,
        external_id: names.external_id,
        display_name: names.display_name,
        ..Touched::default()
    }
}

/// A resource as its document (JSON) names it.
pub(super) fn named(kind: ResourceType, id: Option<&str>, doc: &[u8]) -> Touched {
    touched(kind, id, serde_json::from_slice(doc).unwrap_or_default())
}

/// Notes that the request reads a resource.
pub(crate) fn about(kind: ResourceType, id: &str, doc: &str) {
    note(|notes| notes.touch(named(kind, Some(id), doc.as_bytes())));
}

/// Notes that the request looks for what has a name or an id.
pub(crate) fn looks_for(kind: Option<ResourceType>, value: &str) {
    note(|notes| notes.find_by(kind.map_or("", ResourceType::name), value));
}

/// Notes what a query found.
pub(crate) fn found(list: &Value) {
    note(|notes| {
        notes.results = list["totalResults"].as_u64();
        let resources = list["Resources"].as_array().into_iter().flatten();
        for id in resources
            .take(MOST_FOUND)
            .filter_map(|it| it["id"].as_str())
        {
            notes.find_by("", id);
        }
    });
}

/// Notes an operation of a bulk request that failed.
pub(crate) fn failed(kind: ResourceType, id: &str, data: &Value, error: &ScimError) {
    let secrets = secrets();
    note(|notes| {
        let names = Names::deserialize(data).unwrap_or_default();
        let mut resource = touched(kind, Some(id).filter(|id| !id.is_empty()), names);
        resource.error = Some(secrets.out_of_sentence(&error.to_string()));
        notes.touch(resource);
    });
}

/// Puts the request's id into the events of a change, and tells what the change does. `before` is the document that
/// an update takes the place of.
pub(crate) fn in_events(change: &mut Change, before: Option<&str>) -> Noted {
    let request = CURRENT.try_with(|it| (it.0.id.clone(), it.is_observed()));
    let Ok((id, observed)) = request else {
        return Noted::default();
    };
    let noted = if observed {
        told(change, before)
    } else {
        Noted::default()
    };
    let member = format!("\"request\":\"{id}\"");
    for event in &mut change.events {
        let separator = if event.data == "{}" { "" } else { "," };
        event.data.insert_str(1, &format!("{member}{separator}"));
    }
    noted
}

/// Notes what was committed.
pub(crate) fn committed(noted: Noted) {
    note(|notes| {
        noted.resources.into_iter().for_each(|it| notes.touch(it));
        noted
            .also
            .iter()
            .for_each(|(kind, value)| notes.find_by(kind, value));
        for (kind, count) in noted.events {
            *notes.events.entry(kind).or_default() += count;
        }
    });
}

fn told(change: &Change, before: Option<&str>) -> Noted {
    let mut noted = Noted::default();
    for event in &change.events {
        *noted.events.entry(event.kind.to_owned()).or_default() += 1;
        let (kind, verb) = match event.kind.split_once('.') {
            Some(("user", verb)) => (ResourceType::User, verb),
            Some(("group", verb)) => (ResourceType::Group, verb),
            _ => continue,
        };
        let Some(id) = event.subject.as_deref() else {
            continue;
        };
        // A large change of a group is several events, and one thing that the request did.
        let is_told = |it: &Touched| it.id.as_deref() == Some(id);
        if kind == ResourceType::Group && noted.resources.iter().any(is_told) {
            continue;
        }
        let data: EventData = serde_json::from_str(&event.data).unwrap_or_default();
        let mut resource = touched(kind, Some(id), data.resource);
        // What the IdP did: a deletion may keep the user, and a creation bring it back.
        let operation = match (data.deleted, verb) {
            (Some(true), _) | (None, "deleted") => "delete",
            (Some(false), _) | (None, "created") => "create",
            (None, "deactivated") => "deactivate",
            (None, "reactivated") => "reactivate",
            (None, _) => "update",
        };
        resource.operation = Some(operation.to_owned());
        let update = change.updates.iter().find(|update| update.id == id);
        if let (Some(before), Some(update)) = (before, update) {
            resource.changes = changes(before, &update.body.doc);
            let old = named(kind, None, before.as_bytes());
            let names = [
                (old.user_name, &resource.user_name),
                (old.external_id, &resource.external_id),
                (old.display_name, &resource.display_name),
            ];
            let lost = names.into_iter().filter(|(old, new)| old != *new);
            let lost = lost.filter_map(|(old, _)| Some((kind.name(), old?)));
            noted.also.extend(lost);
        }
        // Who asks for requests by one of these names is not led to the id: a user's displayName may be that of many, and
        // an externalId leads there in its own letter case only.
        if let "create" | "update" = operation {
            let is_user = kind == ResourceType::User;
            let display_name = resource.display_name.as_ref().filter(|_| is_user);
            let names = display_name.into_iter().chain(&resource.external_id);
            noted
                .also
                .extend(names.map(|name| (kind.name(), name.clone())));
        }
        for members in change.memberships.iter().filter(|it| it.group == id) {
            resource.members_added += members.add.len();
            resource.members_removed += members.remove.len();
            let added = members.add.iter().map(|member| &member.member);
            let ids = added.chain(&members.remove).take(MOST_SUBJECTS);
            noted.also.extend(ids.map(|id| ("", id.clone())));
        }
        noted.resources.push(resource);
    }
    noted
}

fn changes(before: &str, after: &str) -> Vec<AttributeChange> {
    let parse = |text| serde_json::from_str::<Object>(text).unwrap_or_default();
    let (before, after) = (parse(before), parse(after));
    let found = differences(&before, &after).into_iter().take(MOST_CHANGES);
    let secrets = secrets();
    let changes = found.map(|it| AttributeChange {
        from: it.from.map(|value| bounded(&secrets, &it.path, value)),
        to: it.to.map(|value| bounded(&secrets, &it.path, value)),
        path: it.path,
    });
    changes.collect()
}

fn bounded(secrets: &Secrets, path: &str, value: &Value) -> Value {
    if secrets.named_in(path) {
        return "[redacted]".into();
    }
    let text = value.to_string();
    if secrets.named_in(&text) && !value.is_string() {
        let redacted = secrets.out_of_body(text.as_bytes(), MOST_VALUE);
        return redacted.unwrap_or_default().into();
    }
    if text.len() <= MOST_VALUE {
        return value.clone();
    }
    cut(&text, MOST_VALUE).into()
}
