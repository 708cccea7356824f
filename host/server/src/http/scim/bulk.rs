//! Bulk requests (RFC 7644 §3.7).

use axum::extract::State;
use axum::response::Response;

use super::json;
use crate::http::Shared;
use crate::http::error::ScimFailure;
use crate::http::extract::{Authenticated, ScimBody};

pub(in crate::http) async fn bulk(
    State(shared): State<Shared>,
    Authenticated(context): Authenticated,
    ScimBody(body): ScimBody,
) -> Result<Response, ScimFailure> {
    Ok(json(&shared.app.bulk(&context, &body).await?))
}
