//! What the server says about itself (RFC 7643 §5–7, RFC 7644 §4); identity providers believe it, so it is true.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::limits::{MAX_BODY, MAX_BULK_OPERATIONS};
use crate::list::{DEFAULT_COUNT, MAX_COUNT};
use crate::schema::{Attribute, GROUP, Schema, USER};
use crate::{ResourceType, SchemaSet};

#[cfg(test)]
mod tests;

const SERVICE_PROVIDER_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// Understood, but not advertised: passwords are not kept, Entra's schema reader stumbles over a `display` among e-mail
/// addresses, and that of members is the server's to resolve.
const UNADVERTISED: [(&str, &str); 3] = [
    (USER, "password"),
    (USER, "emails.display"),
    (GROUP, "members.display"),
];

/// The answer of `/ServiceProviderConfig`. `base_url`: the SCIM base URL, without a slash at its end.
pub fn service_provider_config(base_url: &str) -> Value {
    json!({
        "schemas": [SERVICE_PROVIDER_CONFIG],
        "patch": { "supported": true },
        "bulk": { "supported": true, "maxOperations": MAX_BULK_OPERATIONS, "maxPayloadSize": MAX_BODY },
        "filter": { "supported": true, "maxResults": MAX_COUNT },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        // RFC 9865 §4. No cursorTimeout: a cursor is a place in the order, and nothing that the server keeps.
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_COUNT,
            "maxPageSize": MAX_COUNT,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The connection's token in the Authorization header (RFC 6750)",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base_url}/ServiceProviderConfig"),
        },
    })
}

/// The entries of `/ResourceTypes`; `id` is what the path of a single one ends in.
pub fn resource_types(base_url: &str, set: &SchemaSet) -> Vec<Value> {
    ResourceType::ALL
        .into_iter()
        .map(|kind| resource_type(base_url, set, kind))
        .collect()
}

fn resource_type(base_url: &str, set: &SchemaSet, kind: ResourceType) -> Value {
    let name = kind.name();
    let extensions: Vec<Value> = set
        .extensions(kind)
        .map(|schema| json!({ "schema": schema.id, "required": false }))
        .collect();
    let mut entry = json!({
        "schemas": [RESOURCE_TYPE],
        "id": name,
        "name": name,
        "description": set.core(kind).description,
        "endpoint": kind.endpoint(),
        "schema": kind.schema(),
    });
    if !extensions.is_empty() {
        entry["schemaExtensions"] = Value::Array(extensions);
    }
    entry["meta"] = json!({
        "resourceType": "ResourceType",
        "location": format!("{base_url}/ResourceTypes/{name}"),
    });
    entry
}

/// The entries of `/Schemas`.
pub fn schemas(base_url: &str, set: &SchemaSet) -> Vec<Value> {
    set.schemas()
        .map(|schema| schema_entry(base_url, schema))
        .collect()
}

fn schema_entry(base_url: &str, schema: &Schema) -> Value {
    json!({
        "schemas": [SCHEMA],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": attributes(schema),
        "meta": {
            "resourceType": "Schema",
            "location": format!("{base_url}/Schemas/{}", schema.id),
        },
    })
}

/// The `attributes` of a schema's entry, with all their characteristics.
pub fn attributes(schema: &Schema) -> Vec<Value> {
    let hidden = |path: &str| UNADVERTISED.contains(&(&*schema.id, path));
    let advertised = schema
        .attributes
        .iter()
        .filter(|attribute| !hidden(&attribute.name));
    let entry = |attribute: &Arc<Attribute>| {
        let hidden_part = |sub: &Attribute| hidden(&format!("{}.{}", attribute.name, sub.name));
        attribute_entry(attribute, &hidden_part)
    };
    advertised.map(entry).collect()
}

fn attribute_entry(attribute: &Attribute, hidden: &dyn Fn(&Attribute) -> bool) -> Value {
    let mut entry = json!({
        "name": attribute.name,
        "type": attribute.kind,
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required,
        "caseExact": attribute.is_case_exact(),
        "mutability": attribute.mutability,
        "returned": attribute.returned,
        "uniqueness": attribute.uniqueness,
    });
    let list = |values: &[String]| (!values.is_empty()).then(|| json!(values));
    let lists = [
        ("canonicalValues", list(&attribute.canonical_values)),
        ("referenceTypes", list(&attribute.reference_types)),
    ];
    for (name, values) in lists {
        if let Some(values) = values {
            entry[name] = values;
        }
    }
    let subs: Vec<Value> = attribute
        .sub_attributes
        .iter()
        .filter(|sub| !hidden(sub))
        .map(|sub| attribute_entry(sub, &|_| false))
        .collect();
    if !subs.is_empty() {
        entry["subAttributes"] = Value::Array(subs);
    }
    entry
}
