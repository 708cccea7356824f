//! `/v1/connections`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use rolecall_app::Problem;
use rolecall_app::manage::connections::{
    Connection, CreateConnection, CreatedConnection, EditConnection,
};
use rolecall_app::manage::{Cursor, Page};

use super::Answer;
use crate::http::Shared;
use crate::http::error::Failure;
use crate::http::extract::{Authorized, JsonBody, Params};

/// List connections, oldest first.
#[utoipa::path(get, path = "/v1/connections", tag = "connections",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = Page<Connection>)))]
pub(in crate::http) async fn list(
    State(shared): State<Shared>,
    Authorized(operator): Authorized,
    Params(cursor): Params<Cursor>,
) -> Answer<Page<Connection>> {
    Ok(Json(shared.app.connections(&operator, &cursor).await?))
}

/// Create a connection with its first token, which is shown in this answer alone.
#[utoipa::path(post, path = "/v1/connections", tag = "connections", request_body = CreateConnection,
    responses((status = 201, body = CreatedConnection), (status = 422, body = Problem)))]
pub(in crate::http) async fn create(
    State(shared): State<Shared>,
    Authorized(operator): Authorized,
    JsonBody(new): JsonBody<CreateConnection>,
) -> Result<(StatusCode, Json<CreatedConnection>), Failure> {
    let created = shared.app.create_connection(&operator, new).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Read a connection.
#[utoipa::path(get, path = "/v1/connections/{id}", tag = "connections", params(("id" = String, Path)),
    responses((status = 200, body = Connection), (status = 404, body = Problem)))]
pub(in crate::http) async fn get(
    State(shared): State<Shared>,
    Authorized(operator): Authorized,
    Path(id): Path<String>,
) -> Answer<Connection> {
    Ok(Json(shared.app.connection(&operator, &id).await?))
}

/// Change a connection (JSON merge patch).
#[utoipa::path(patch, path = "/v1/connections/{id}", tag = "connections", params(("id" = String, Path)),
    request_body = EditConnection,
    responses((status = 200, body = Connection), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(in crate::http) async fn edit(
    State(shared): State<Shared>,
    Authorized(operator): Authorized,
    Path(id): Path<String>,
    JsonBody(edit): JsonBody<EditConnection>,
) -> Answer<Connection> {
    Ok(Json(
        shared.app.edit_connection(&operator, &id, edit).await?,
    ))
}

/// Delete a connection with everything it provisioned; all access from it ends at once.
#[utoipa::path(delete, path = "/v1/connections/{id}", tag = "connections", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(in crate::http) async fn delete(
    State(shared): State<Shared>,
    Authorized(operator): Authorized,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    shared.app.delete_connection(&operator, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
