//! What one operation of a bulk request asks for.

use std::collections::HashMap;

use serde_json::Value;

use super::reference::{self, reference, replace};
use crate::canonical::Reader;
use crate::message::{forgive_rest, take};
use crate::{Error, Object, ResourceType, fold, quirk};

/// A request within the request.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkVerb {
    pub method: BulkMethod,
    pub kind: ResourceType,
    /// The resource's id, or a reference to one; empty for a new one.
    pub id: String,
    /// The version it must have, as an entity tag.
    pub version: Option<String>,
    pub data: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkMethod {
    Post,
    Put,
    Patch,
    Delete,
}

impl BulkVerb {
    pub(super) fn read(
        reader: &mut Reader,
        method: &str,
        bulk_id: Option<&str>,
        members: &mut Object,
    ) -> Result<Self, Error> {
        let method = match method {
            "POST" => BulkMethod::Post,
            "PUT" => BulkMethod::Put,
            "PATCH" => BulkMethod::Patch,
            "DELETE" => BulkMethod::Delete,
            _ => {
                let detail = "method must be POST, PUT, PATCH or DELETE";
                return Err(Error::invalid_syntax(detail));
            }
        };
        if method == BulkMethod::Post && bulk_id.is_none_or(str::is_empty) {
            let refusal = || Error::invalid_value("a POST needs a bulkId");
            reader.forgive(quirk::MESSAGE_ENVELOPE, refusal)?;
        }
        let Some(Value::String(path)) = take(members, "path") else {
            return Err(Error::invalid_syntax("path must be a string"));
        };
        let (kind, id) = target(&path)?;
        if (method == BulkMethod::Post) != id.is_empty() {
            return Err(Error::invalid_syntax(
                "the path of a POST is an endpoint (/Users), that of other operations a resource (/Users/{id})",
            ));
        }
        let version = match take(members, "version") {
            // What doesn't exist yet has no version.
            Some(value) if method == BulkMethod::Post && !value.is_null() => {
                let refusal = || Error::invalid_syntax("a POST has no version");
                reader.forgive(quirk::UNKNOWN_ATTRIBUTE, refusal)?;
                None
            }
            None | Some(Value::Null) => None,
            Some(Value::String(tag)) => Some(tag),
            Some(_) => return Err(Error::invalid_value("version must be a string")),
        };
        let data = take(members, "data").unwrap_or_default();
        // Read already, for the answer.
        take(members, "method");
        take(members, "bulkId");
        forgive_rest(members, reader, "an operation")?;
        if method != BulkMethod::Delete && !data.is_object() {
            return Err(Error::invalid_syntax("data must be an object"));
        }
        let id = id.to_owned();
        Ok(Self {
            method,
            kind,
            id,
            version,
            data,
        })
    }

    /// The bulkIds it refers to.
    pub fn references(&self) -> Vec<&str> {
        let mut found = Vec::new();
        reference::collect(&self.data, &mut found);
        found.extend(reference(&self.id));
        found
    }

    /// Puts the ids of created resources in the place of references to them, by bulkId.
    pub fn resolve(&mut self, created: &HashMap<String, String>) -> Result<(), Error> {
        if let Some(bulk_id) = reference(&self.id) {
            self.id = reference::find(bulk_id, created)?.to_owned();
        }
        replace(&mut self.data, created)
    }

    /// The names that only one of several new users can have: who claims the same must come one after the other.
    pub fn claims(&self) -> Vec<String> {
        let members = self.data.as_object().into_iter().flatten();
        let named = members.filter(|(name, _)| {
            name.eq_ignore_ascii_case("userName") || name.eq_ignore_ascii_case("externalId")
        });
        let claim = |(name, value): (&String, &Value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), fold);
            format!("{} {value}", name.to_ascii_lowercase())
        };
        named.map(claim).collect()
    }
}

/// The resource type and id of a path; no id where it is an endpoint.
pub(super) fn target(path: &str) -> Result<(ResourceType, &str), Error> {
    let inner = path.strip_prefix('/').ok_or_else(|| {
        Error::invalid_syntax("path must begin with \"/\", relative to the SCIM base URL")
    })?;
    let (endpoint, id) = inner.split_once('/').unwrap_or((inner, ""));
    let kind = ResourceType::at(endpoint).ok_or_else(|| {
        Error::not_found(format!("there is no endpoint /{endpoint:.100} for bulk"))
    })?;
    if id.contains('/') || inner.ends_with('/') {
        let detail = format!("there is nothing at {path:.200}");
        return Err(Error::not_found(detail));
    }
    Ok((kind, id))
}
