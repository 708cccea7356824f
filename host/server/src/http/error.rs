//! Errors on the wire: SCIM's own (RFC 7644 §3.12), and problem+json (RFC 9457) elsewhere.

use std::any::Any;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rolecall_app::{Problem, request, scim};

/// Seconds after which a 503 is worth another try.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// Answered as `application/scim+json`.
pub(super) struct ScimFailure(pub(super) scim::Error);

impl From<scim::Error> for ScimFailure {
    fn from(error: scim::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for ScimFailure {
    fn into_response(self) -> Response {
        let Self(mut error) = self;
        // Who administers the IdP sees the sentence, and no headers.
        if let (500.., Some(id)) = (error.status, request::id()) {
            error.detail = format!("{} X-Request-Id: {id}", error.detail);
        }
        let status = status(error.status);
        let body = error.body().to_string();
        let kind = HeaderValue::from_static("application/scim+json");
        let mut response = finish((status, [(header::CONTENT_TYPE, kind)], body).into_response());
        response.extensions_mut().insert(error);
        response
    }
}

/// Answered as `application/problem+json`.
pub(super) struct Failure(pub(super) Problem);

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = status(self.0.status);
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (status, Json(self.0)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        finish(response)
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn finish(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.remove(header::WWW_AUTHENTICATE);
    match response.status() {
        StatusCode::UNAUTHORIZED => {
            let challenge = HeaderValue::from_static("Bearer realm=\"rolecall\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        // The rest of the request may still be on its way.
        StatusCode::REQUEST_TIMEOUT => {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        _ => {}
    }
    response
}

/// A panic costs one request; what it said goes to the log alone.
#[expect(
    clippy::needless_pass_by_value,
    reason = "tower-http hands the box over"
)]
pub(super) fn scim_panic(panic: Box<dyn Any + Send>) -> Response {
    log(panic.as_ref());
    ScimFailure(scim::Error::internal(
        "This is our fault; it has been logged.",
    ))
    .into_response()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "tower-http hands the box over"
)]
pub(super) fn management_panic(panic: Box<dyn Any + Send>) -> Response {
    log(panic.as_ref());
    Failure(Problem::internal()).into_response()
}

fn log(panic: &(dyn Any + Send)) {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(
        panic = text.unwrap_or("no text"),
        request = request::id(),
        "a request panicked"
    );
}
