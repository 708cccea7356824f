//! SCIM under `/scim/v2/{connection}` (RFC 7644).

pub(super) mod bulk;
pub(super) mod discovery;
pub(super) mod resource;
pub(super) mod search;

use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use rolecall_app::request;
use rolecall_app::scim::{Error, Paging, list_response};
use serde_json::Value;

use super::error::ScimFailure;
use super::extract::Authenticated;

/// A body as `application/scim+json`.
fn json(body: &impl serde::Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => ([(header::CONTENT_TYPE, "application/scim+json")], bytes).into_response(),
        Err(error) => {
            tracing::error!(%error, request = request::id(), "a response does not serialise");
            ScimFailure(Error::internal("This is our fault; it has been logged.")).into_response()
        }
    }
}

fn list(resources: Vec<Value>) -> Response {
    let objects = resources.into_iter().filter_map(|resource| match resource {
        Value::Object(object) => Some(object),
        _ => None,
    });
    let objects: Vec<_> = objects.collect();
    let paging = Paging::Index {
        total: objects.len() as u64,
        start_index: 1,
    };
    json(&list_response(paging, objects))
}

pub(super) fn unknown_endpoint() -> Error {
    Error::not_found(
        "There is no such endpoint here: use /Users, /Groups, /.search, /Bulk, /ServiceProviderConfig, \
         /ResourceTypes or /Schemas.",
    )
}

/// RFC 7644 §3.11: the alias of the authenticated subject, where that is a resource.
pub(super) fn nobody() -> Error {
    Error::not_implemented(
        "/Me stands for nobody here: the bearer token belongs to a connection, not to a user; use /Users/{id}.",
    )
}

pub(super) async fn me(_: Authenticated) -> ScimFailure {
    ScimFailure(nobody())
}

/// Who has no token learns nothing about endpoints either.
pub(super) async fn no_such_endpoint(_: Authenticated) -> ScimFailure {
    ScimFailure(unknown_endpoint())
}

pub(super) async fn no_such_method(_: Authenticated, method: Method) -> ScimFailure {
    ScimFailure(Error::method_not_allowed(format!(
        "{method} is not supported at this endpoint."
    )))
}
