//! Errors of the management API (RFC 9457), and what the store's errors mean to each side.

use rolecall_scim as scim;
use rolecall_store::{Error as StoreError, Unique};
use serde::Serialize;
use utoipa::ToSchema;

use crate::request;

/// What went wrong, where, and how to put it right.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// `about:blank#CODE`.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: &'static str,
    pub status: u16,
    /// For programs: `snake_case`, stable.
    pub code: String,
    /// For people.
    pub detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// One mistake in the request body.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the body.
    pub pointer: String,
    pub code: String,
    pub detail: String,
}

impl Problem {
    fn new(status: u16, title: &'static str, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("about:blank#{code}"),
            title,
            status,
            code: code.to_owned(),
            detail: detail.into(),
            errors: vec![],
        }
    }

    pub fn bad_request(code: &str, detail: impl Into<String>) -> Self {
        Self::new(400, "Bad request", code, detail)
    }

    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(401, "Unauthorized", "unauthorized", detail)
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(
            404,
            "Not found",
            "not_found",
            format!("There is no such {what} here."),
        )
    }

    pub fn method_not_allowed(method: &str) -> Self {
        let detail = format!("{method} is not supported at this endpoint.");
        Self::new(405, "Method not allowed", "method_not_allowed", detail)
    }

    pub fn request_timeout(detail: impl Into<String>) -> Self {
        Self::new(408, "Request timeout", "request_timeout", detail)
    }

    pub fn conflict(code: &str, detail: impl Into<String>) -> Self {
        Self::new(409, "Conflict", code, detail)
    }

    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(413, "Content too large", "too_large", detail)
    }

    /// Understood, and refused for what it says.
    pub fn refused(code: &str, detail: impl Into<String>) -> Self {
        Self::new(422, "Unprocessable content", code, detail)
    }

    /// Refused for one field.
    pub fn field(pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self::refused(code, detail.clone()).with(vec![FieldError {
            pointer: pointer.into(),
            code: code.to_owned(),
            detail,
        }])
    }

    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(503, "Service unavailable", "unavailable", detail)
    }

    pub fn internal() -> Self {
        Self::new(
            500,
            "Internal error",
            "internal",
            "This is our fault; it has been logged.",
        )
    }

    #[must_use]
    pub fn with(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }
}

/// Said of a database that is full, locked or gone; nothing was written.
const UNAVAILABLE: &str = "The database does not answer; nothing was changed. Try again.";

/// The store's errors to a management client; `what` names the thing asked for.
pub(crate) fn problem(what: &'static str) -> impl Fn(StoreError) -> Problem {
    move |error| match error {
        StoreError::NotFound => Problem::not_found(what),
        StoreError::Conflict(Unique::TenantKey) => {
            Problem::conflict("tenant_exists", "A tenant with this key exists already.")
        }
        StoreError::Conflict(_) => {
            Problem::conflict("in_use", format!("The {what} is in use or exists already."))
        }
        StoreError::Stale => Problem::conflict(
            "changed_meanwhile",
            "The configuration changed meanwhile; read it and try again.",
        ),
        StoreError::Unavailable(why) => {
            tracing::warn!(error = %why, "the database is unavailable");
            Problem::unavailable(UNAVAILABLE)
        }
        StoreError::Internal(why) => {
            tracing::error!(error = %why, "the store failed");
            Problem::internal()
        }
    }
}

/// The store's errors to a SCIM client (RFC 7644 §3.12).
pub(crate) fn scim_error(error: StoreError) -> scim::Error {
    match error {
        StoreError::NotFound => scim::Error::not_found("There is no such resource."),
        StoreError::Conflict(Unique::ExternalId) => {
            scim::Error::uniqueness("externalId is taken by another resource of this type.")
        }
        StoreError::Conflict(_) => scim::Error::uniqueness(
            "The name (userName of a User, displayName of a Group) is taken by another resource.",
        ),
        StoreError::Stale => scim::Error::unavailable(
            "Too many changes of the same resources at once; nothing was changed. Try again.",
        ),
        StoreError::Unavailable(why) => {
            tracing::warn!(error = %why, request = request::id(), "the database is unavailable");
            scim::Error::unavailable(UNAVAILABLE)
        }
        StoreError::Internal(why) => {
            tracing::error!(error = %why, request = request::id(), "the store failed");
            scim::Error::internal("This is our fault; it has been logged.")
        }
    }
}
