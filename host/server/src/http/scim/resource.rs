//! The verbs of every resource type (RFC 7644 §3.3 – §3.6).

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rolecall_app::resources::Answer;

use super::json;
use crate::http::Shared;
use crate::http::error::ScimFailure;
use crate::http::extract::{Asked, Authenticated, Kind, Listed, ScimBody};

type Answered = Result<Response, ScimFailure>;

/// `/scim/v2/{connection}/{endpoint}/{id}`
type ResourcePath = Path<(String, String, String)>;

pub(in crate::http) async fn list(
    State(shared): State<Shared>,
    Authenticated(context): Authenticated,
    Kind(kind): Kind,
    Listed(request): Listed,
) -> Answered {
    Ok(json(&shared.app.list(&context, &[kind], &request).await?))
}

pub(in crate::http) async fn create(
    State(shared): State<Shared>,
    Authenticated(context): Authenticated,
    Kind(kind): Kind,
    Asked(asked): Asked,
    ScimBody(body): ScimBody,
) -> Answered {
    Ok(answer(
        &shared.app.create(&context, kind, &body, &asked).await?,
    ))
}

pub(in crate::http) async fn get(
    State(shared): State<Shared>,
    Authenticated(context): Authenticated,
    Kind(kind): Kind,
    Path((.., id)): ResourcePath,
    Asked(asked): Asked,
) -> Answered {
    let found = shared.app.get(&context, kind, &id, &asked).await?;
    let mut response = answer(&found);
    if found.body.is_none() {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    Ok(response)
}

pub(in crate::http) async fn replace(
    State(shared): State<Shared>,
    Authenticated(context): Authenticated,
    Kind(kind): Kind,
    Path((.., id)): ResourcePath,
    Asked(asked): Asked,
    ScimBody(body): ScimBody,
) -> Answered {
    Ok(answer(
        &shared
            .app
            .replace(&context, kind, &id, &body, &asked)
            .await?,
    ))
}

pub(in crate::http) async fn patch(
    State(shared): State<Shared>,
    Authenticated(context): Authenticated,
    Kind(kind): Kind,
    Path((.., id)): ResourcePath,
    Asked(asked): Asked,
    ScimBody(body): ScimBody,
) -> Answered {
    Ok(answer(
        &shared.app.patch(&context, kind, &id, &body, &asked).await?,
    ))
}

pub(in crate::http) async fn delete(
    State(shared): State<Shared>,
    Authenticated(context): Authenticated,
    Kind(kind): Kind,
    Path((.., id)): ResourcePath,
    Asked(asked): Asked,
) -> Result<StatusCode, ScimFailure> {
    shared.app.delete(&context, kind, &id, &asked).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn answer(answer: &Answer) -> Response {
    let mut response = match &answer.body {
        Some(body) => json(body),
        None => StatusCode::NO_CONTENT.into_response(),
    };
    if answer.created {
        *response.status_mut() = StatusCode::CREATED;
    }
    tag(&mut response, answer);
    response
}

fn tag(response: &mut Response, answer: &Answer) {
    for (name, value) in [
        (header::ETAG, answer.etag()),
        (header::LOCATION, answer.location.clone()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
}
