//! What the tests of several modules say in one word.

use serde_json::Value;

use crate::schema::{ENTERPRISE_USER, Schema};
use crate::{
    Error, Filter, Object, PatchRequest, Patched, Read, ResourceType, SchemaSet, Strictness, patch,
    read,
};

pub(crate) use crate::ResourceType::{Group, User};
pub(crate) use crate::Strictness::{Strict, Tolerant};

/// The id that [`patched`] says the document has.
pub(crate) const ID: &str = "2819c223";

/// The path of an enterprise attribute.
pub(crate) fn enterprise(name: &str) -> String {
    format!("{ENTERPRISE_USER}:{name}")
}

/// The standard schemas, and an extension of users with an attribute of every type.
pub(crate) fn extended() -> SchemaSet {
    let schema: Schema = serde_json::from_value(serde_json::json!({
        "id": "urn:example:params:scim:schemas:extension:acme:2.0:User",
        "name": "Acme",
        "attributes": [
            {"name": "badge", "type": "integer"},
            {"name": "quota", "type": "decimal"},
            {"name": "hiredAt", "type": "dateTime"},
            {"name": "tags", "multiValued": true},
            {"name": "origin", "mutability": "immutable"},
            {"name": "secret", "returned": "request"},
            {"name": "vip", "type": "boolean"},
        ],
    }))
    .unwrap();
    SchemaSet::standard().with_extension(User, schema).unwrap()
}

pub(crate) const ACME: &str = "urn:example:params:scim:schemas:extension:acme:2.0:User";

pub(crate) fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is not an object"),
    }
}

pub(crate) fn reading(
    kind: ResourceType,
    strictness: Strictness,
    body: &Value,
) -> Result<Read, Error> {
    read(&extended(), kind, strictness, body.to_string().as_bytes())
}

/// The canonical resource of a tolerant connection.
pub(crate) fn canonical(kind: ResourceType, body: &Value) -> Object {
    reading(kind, Tolerant, body).unwrap().resource
}

/// Applies operations to a copy of the document.
pub(crate) fn patching(
    kind: ResourceType,
    strictness: Strictness,
    doc: &Object,
    operations: &Value,
) -> Result<(Object, Patched), Error> {
    let body = serde_json::json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": operations,
    });
    let set = extended();
    let request = PatchRequest::read(&set, kind, strictness, body.to_string().as_bytes())?;
    let mut copy = doc.clone();
    let patched = patch(&set, kind, ID, &mut copy, &request)?;
    Ok((copy, patched))
}

/// The document after operations that a tolerant connection takes.
pub(crate) fn patched(kind: ResourceType, doc: &Object, operations: &Value) -> Object {
    patching(kind, Tolerant, doc, operations).unwrap().0
}

pub(crate) fn filter(text: &str) -> Result<Filter, Error> {
    Filter::parse(&extended(), User, Tolerant, text)
}
