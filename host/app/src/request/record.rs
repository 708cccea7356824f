//! A request as it is kept, and as it is read over `/v1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// One SCIM request of a connection.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Record {
    /// The correlation id: `X-Request-Id` of the answer, `request` in the data of events and in the server's log.
    pub id: String,
    /// When it came: RFC 3339, in milliseconds.
    pub at: String,
    pub method: String,
    /// Below the connection's base URL, with the query; without secrets.
    pub path: String,
    /// 499: the client went away before the answer.
    pub status: u16,
    pub duration_ms: f64,
    /// Of an error (RFC 7644 §3.12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scim_type: Option<String>,
    /// Of an error: what the client was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The resources it was about, with what changed of them; at most 100, and 64 KiB.
    #[serde(default)]
    pub resources: Vec<Touched>,
    /// Resources beyond those. The request is found by them, too.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub resources_more: usize,
    /// How many resources a query found, where that was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<u64>,
    /// What it was forgiven: name → how often.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tolerances: BTreeMap<String, u32>,
    /// The events it wrote: type → how many.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<String, u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Length of the body as it came.
    #[serde(default)]
    pub body_bytes: usize,
}

/// A request in short.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LastRequest {
    /// The correlation id; its record may not have been kept.
    pub request: String,
    pub method: String,
    /// Below the connection's base URL, with the query; without secrets.
    pub path: String,
    pub status: u16,
    /// Of an error: what the client was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

/// A resource that a request was about, as it was named then: names up to their first 1,000 bytes.
#[derive(Debug, Default, Clone, Serialize, Deserialize, ToSchema)]
pub struct Touched {
    /// `User` or `Group`.
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// `create`, `update`, `deactivate`, `reactivate` or `delete`; absent where nothing changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// What an update changed; at most 50 attributes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<AttributeChange>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub members_added: usize,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub members_removed: usize,
    /// Why this operation of a bulk request failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// An attribute before and after. Values that are long come as the beginning of their JSON text.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AttributeChange {
    /// `title`, `name.givenName`, `urn:…:User:department`.
    pub path: String,
    /// Absent: it had no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// Absent: it has none any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}
