//! Bulk requests and their answer (RFC 7644 §3.7).
//!
//! Reading one puts its operations in an order in which each comes after those it refers to. What is wrong with one
//! operation is that operation's answer, and the others' no concern.

mod order;
mod reference;

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::canonical::Reader;
use crate::limits::{self, MAX_BULK_OPERATIONS};
use crate::message::{take, take_schemas};
use crate::{Error, Object, ResourceType, Strictness, Tolerances, fold, quirk};

use reference::{reference, replace};

#[cfg(test)]
mod tests;

const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// A bulk request.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkRequest {
    /// How many operations may fail before the rest is left undone.
    pub fail_on_errors: Option<usize>,
    /// In the client's order.
    pub operations: Vec<BulkOperation>,
    /// Indexes of the operations in the order in which to perform them: the client's, but after what they refer to.
    pub order: Vec<usize>,
    pub tolerances: Tolerances,
}

/// One operation, to be answered as it was named.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkOperation {
    pub method: String,
    pub bulk_id: Option<String>,
    /// What to do, or why it can't be done.
    pub verb: Result<BulkVerb, Error>,
}

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

impl BulkRequest {
    pub fn read(strictness: Strictness, body: &[u8]) -> Result<Self, Error> {
        let mut body = limits::parse(body)?;
        let mut reader = Reader::new(strictness);
        take_schemas(&mut body, &mut reader, BULK_REQUEST)?;
        let fail_on_errors = match take(&mut body, "failOnErrors")? {
            None | Some(Value::Null) => None,
            Some(value) => Some(positive(&value)?),
        };
        let Some(Value::Array(operations)) = take(&mut body, "Operations")? else {
            return Err(Error::invalid_syntax("Operations must be an array"));
        };
        if operations.len() > MAX_BULK_OPERATIONS {
            return Err(Error::too_large(format!(
                "a bulk request has at most {MAX_BULK_OPERATIONS} operations, not {}; send it in parts",
                operations.len()
            )));
        }
        let operations = operations
            .into_iter()
            .map(|operation| BulkOperation::read(&mut reader, operation));
        let mut operations: Vec<BulkOperation> = operations.collect();
        let order = order::order(&mut operations);
        Ok(Self {
            fail_on_errors,
            operations,
            order,
            tolerances: reader.tolerances,
        })
    }
}

fn positive(value: &Value) -> Result<usize, Error> {
    let number = value.as_u64().filter(|number| *number > 0);
    let number = number.and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| Error::invalid_value("failOnErrors must be a positive integer"))
}

impl BulkOperation {
    fn read(reader: &mut Reader, operation: Value) -> Self {
        let Value::Object(mut members) = operation else {
            return Self {
                method: String::new(),
                bulk_id: None,
                verb: Err(Error::invalid_syntax("an operation must be an object")),
            };
        };
        // Kept for the answer, whatever else is wrong.
        let text = |name: &str| {
            let found = members
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name));
            found
                .and_then(|(_, value)| value.as_str())
                .map(str::to_owned)
        };
        let (method, bulk_id) = (text("method").unwrap_or_default(), text("bulkId"));
        let verb = BulkVerb::read(reader, &method, bulk_id.as_deref(), &mut members);
        Self {
            method,
            bulk_id,
            verb,
        }
    }
}

impl BulkVerb {
    fn read(
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
            reader.forgive(quirk::PATCH_ENVELOPE, refusal)?;
        }
        let Some(Value::String(path)) = take(members, "path")? else {
            return Err(Error::invalid_syntax("path must be a string"));
        };
        let (kind, id) = target(&path)?;
        if (method == BulkMethod::Post) != id.is_empty() {
            return Err(Error::invalid_syntax(
                "the path of a POST is an endpoint (/Users), that of other operations a resource (/Users/{id})",
            ));
        }
        let version = match take(members, "version")? {
            None | Some(Value::Null) => None,
            Some(Value::String(tag)) => Some(tag),
            Some(_) => return Err(Error::invalid_value("version must be a string")),
        };
        let data = take(members, "data")?.unwrap_or_default();
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
fn target(path: &str) -> Result<(ResourceType, &str), Error> {
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

/// The answer to a bulk request.
pub fn bulk_response(operations: Vec<Value>) -> Value {
    let mut response = json!({ "schemas": [BULK_RESPONSE] });
    response["Operations"] = Value::Array(operations);
    response
}
