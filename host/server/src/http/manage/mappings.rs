//! `/v1/connections/{id}/mappings`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use rolecall_app::Problem;
use rolecall_app::manage::mappings::{Activation, CreateMapping, Mapping, Preview, PreviewRequest};
use rolecall_app::manage::{Cursor, Page};

use super::Answer;
use crate::http::Shared;
use crate::http::error::Failure;
use crate::http::extract::{Authorized, JsonBody, Params};

/// List a connection's revisions, newest first.
#[utoipa::path(get, path = "/v1/connections/{id}/mappings", tag = "mappings",
    params(("id" = String, Path), ("after" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = Page<Mapping>), (status = 404, body = Problem)))]
pub(in crate::http) async fn list(
    Authorized(operator): Authorized,
    Path(id): Path<String>,
    Params(cursor): Params<Cursor>,
) -> Answer<Page<Mapping>> {
    Ok(Json(operator.mappings(&id, &cursor).await?))
}

/// Make a revision. Settings that can't work are refused, each mistake with its pointer.
#[utoipa::path(post, path = "/v1/connections/{id}/mappings", tag = "mappings", params(("id" = String, Path)),
    request_body = CreateMapping,
    responses((status = 201, body = Mapping), (status = 404, body = Problem), (status = 422, body = Problem),
        (status = 503, body = Problem, description = "The database does not answer, or a plugin can't be loaded at \
            present; nothing was changed")))]
pub(in crate::http) async fn create(
    State(shared): State<Shared>,
    Authorized(operator): Authorized,
    Path(id): Path<String>,
    JsonBody(new): JsonBody<CreateMapping>,
) -> Result<(StatusCode, Json<Mapping>), Failure> {
    let created = shared.app.create_mapping(&operator, &id, new).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Read a revision; of the active one, with the progress of deciding everybody again.
#[utoipa::path(get, path = "/v1/connections/{id}/mappings/{revision}", tag = "mappings",
    params(("id" = String, Path), ("revision" = i64, Path)),
    responses((status = 200, body = Mapping), (status = 404, body = Problem)))]
pub(in crate::http) async fn get(
    Authorized(operator): Authorized,
    Revision(id, revision): Revision,
) -> Answer<Mapping> {
    Ok(Json(operator.mapping(&id, revision).await?))
}

/// Activate a revision, new or earlier. Everybody is decided by it in the background.
#[utoipa::path(post, path = "/v1/connections/{id}/mappings/{revision}/activate", tag = "mappings",
    params(("id" = String, Path), ("revision" = i64, Path)),
    responses((status = 202, body = Activation), (status = 404, body = Problem)))]
pub(in crate::http) async fn activate(
    Authorized(operator): Authorized,
    Revision(id, revision): Revision,
) -> Result<(StatusCode, Json<Activation>), Failure> {
    Ok((
        StatusCode::ACCEPTED,
        Json(operator.activate(&id, revision).await?),
    ))
}

/// What a revision would decide about somebody. Nothing is stored.
#[utoipa::path(post, path = "/v1/connections/{id}/mappings/{revision}/preview", tag = "mappings",
    params(("id" = String, Path), ("revision" = i64, Path)), request_body = PreviewRequest,
    responses((status = 200, body = Preview), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(in crate::http) async fn preview(
    State(shared): State<Shared>,
    Authorized(operator): Authorized,
    Revision(id, revision): Revision,
    JsonBody(request): JsonBody<PreviewRequest>,
) -> Answer<Preview> {
    Ok(Json(
        shared
            .app
            .preview(&operator, &id, revision, request)
            .await?,
    ))
}

/// The path of one revision; what is no number names none.
pub(in crate::http) struct Revision(String, i64);

impl axum::extract::FromRequestParts<Shared> for Revision {
    type Rejection = Failure;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        shared: &Shared,
    ) -> Result<Self, Failure> {
        let path = Path::<(String, i64)>::from_request_parts(parts, shared).await;
        let Path((id, revision)) = path.map_err(|_| Problem::not_found("mapping"))?;
        Ok(Self(id, revision))
    }
}
