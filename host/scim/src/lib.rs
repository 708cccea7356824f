//! SCIM 2.0 (RFC 7643, RFC 7644) as pure functions: no I/O, no async, no tenant, no clock.
//!
//! The way of a request through this crate: [`read`] turns a body into a canonical resource, [`patch`] changes
//! one, [`render`] and [`Projection`] answer it; [`Filter`] finds resources, and is what the rules of guests are
//! written in too, which is why the crate builds for WebAssembly.

mod attr;
mod bulk;
mod canonical;
mod difference;
pub mod discovery;
mod error;
mod filter;
mod fold;
mod json;
pub mod limits;
mod list;
mod members;
mod message;
mod patch;
mod path;
mod project;
mod redact;
mod resource;
pub mod schema;
mod search;
mod sort;
#[cfg(test)]
mod testing;
mod tolerance;

pub use bulk::{BulkMethod, BulkOperation, BulkRequest, BulkVerb, bulk_response};
pub use difference::{Difference, differences};
pub use error::{Error, ScimType};
pub use filter::{Filter, Literal};
pub use fold::fold;
pub use json::parse_plain;
pub use list::{DEFAULT_COUNT, ListRequest, MAX_COUNT, Paging, SortOrder, list_response};
pub use members::{Member, MemberChange, take_members};
pub use patch::{PatchRequest, Patched, patch};
pub use project::Projection;
pub use redact::{Hidden, Secrets, cut};
pub use resource::{Meta, Read, etag, matches_etag, read, render, replace, validate};
pub use schema::{ResourceType, SchemaSet};
pub use sort::{Place, Sort};
pub use tolerance::{Strictness, Tolerances, quirk};

/// A JSON object that keeps the order of its members: a resource, or a complex value of one.
pub type Object = serde_json::Map<String, serde_json::Value>;
