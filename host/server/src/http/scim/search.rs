//! Queries by POST (RFC 7644 §3.4.3), of one resource type or of all.

use axum::extract::State;
use axum::response::Response;
use rolecall_app::scim::{ListRequest, ResourceType};

use super::json;
use crate::http::Shared;
use crate::http::error::ScimFailure;
use crate::http::extract::{Authenticated, Kind, ScimBody};

type Answered = Result<Response, ScimFailure>;

pub(in crate::http) async fn search(
    State(shared): State<Shared>,
    Authenticated(context): Authenticated,
    Kind(kind): Kind,
    ScimBody(body): ScimBody,
) -> Answered {
    let request = ListRequest::from_search(context.strictness, &body)?;
    Ok(json(&shared.app.list(&context, &[kind], &request).await?))
}

pub(in crate::http) async fn everywhere(
    State(shared): State<Shared>,
    Authenticated(context): Authenticated,
    ScimBody(body): ScimBody,
) -> Answered {
    let request = ListRequest::from_search(context.strictness, &body)?;
    let found = shared
        .app
        .list(&context, &ResourceType::ALL, &request)
        .await?;
    Ok(json(&found))
}
