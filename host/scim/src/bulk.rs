//! Bulk requests and their answer (RFC 7644 §3.7).
//!
//! Reading one puts its operations in an order in which each comes after those it refers to. What is wrong with one
//! operation is that operation's answer, and the others' no concern.

mod order;
mod reference;
mod verb;

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::canonical::Reader;
use crate::limits::MAX_BULK_OPERATIONS;
use crate::message::{forgive_rest, take, take_schemas};
use crate::{Error, ResourceType, Strictness, Tolerances};

pub use verb::{BulkMethod, BulkVerb};

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
    /// The resource that its path names, by type and id or a reference to one; none where it names no resource.
    pub target: Option<(ResourceType, String)>,
    /// What to do, or why it can't be done.
    pub verb: Result<BulkVerb, Error>,
}

impl BulkRequest {
    pub fn read(strictness: Strictness, body: &[u8]) -> Result<Self, Error> {
        let mut body = crate::json::parse(body)?;
        let mut reader = Reader::new(strictness);
        take_schemas(&mut body, &mut reader, BULK_REQUEST)?;
        let fail_on_errors = match take(&mut body, "failOnErrors") {
            None | Some(Value::Null) => None,
            Some(value) => Some(positive(&value)?),
        };
        let Some(Value::Array(operations)) = take(&mut body, "Operations") else {
            return Err(Error::invalid_syntax("Operations must be an array"));
        };
        forgive_rest(&body, &mut reader, "a bulk request")?;
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
                target: None,
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
        let path = text("path").unwrap_or_default();
        let target = verb::target(&path).ok().filter(|(_, id)| !id.is_empty());
        let target = target.map(|(kind, id)| (kind, id.to_owned()));
        let verb = BulkVerb::read(reader, &method, bulk_id.as_deref(), &mut members);
        Self {
            method,
            bulk_id,
            target,
            verb,
        }
    }
}

impl BulkOperation {
    /// The resource that it is about, where its id is known: a failure names it, too (RFC 7644 §3.7.3).
    pub fn resource(&self, created: &HashMap<String, String>) -> Option<(ResourceType, String)> {
        let (kind, id) = self.target.as_ref()?;
        let id = match reference::reference(id) {
            Some(bulk_id) => created.get(bulk_id)?,
            None => id,
        };
        Some((*kind, id.clone()))
    }
}

/// The answer to a bulk request.
pub fn bulk_response(operations: Vec<Value>) -> Value {
    let mut response = json!({ "schemas": [BULK_RESPONSE] });
    response["Operations"] = Value::Array(operations);
    response
}
