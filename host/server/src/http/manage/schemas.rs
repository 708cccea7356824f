//! `/v1/schemas` and `/v1/connections/{id}/schemas`

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use rolecall_app::Problem;
use rolecall_app::manage::schemas::{DeclaredSchema, PutSchema};
use rolecall_app::manage::{Cursor, Page};

use super::Answer;
use crate::http::error::Failure;
use crate::http::extract::{Authorized, JsonBody, Params};

type Put = Result<(StatusCode, Json<DeclaredSchema>), Failure>;

fn put_answer((schema, is_new): (DeclaredSchema, bool)) -> (StatusCode, Json<DeclaredSchema>) {
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    (status, Json(schema))
}

/// List the extension schemas declared for all connections, by URN.
#[utoipa::path(get, path = "/v1/schemas", tag = "schemas",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = Page<DeclaredSchema>)))]
pub(in crate::http) async fn list(
    Authorized(operator): Authorized,
    Params(cursor): Params<Cursor>,
) -> Answer<Page<DeclaredSchema>> {
    Ok(Json(operator.schemas(None, &cursor).await?))
}

/// Read an extension schema declared for all connections.
#[utoipa::path(get, path = "/v1/schemas/{urn}", tag = "schemas", params(("urn" = String, Path)),
    responses((status = 200, body = DeclaredSchema), (status = 404, body = Problem)))]
pub(in crate::http) async fn get(
    Authorized(operator): Authorized,
    Path(urn): Path<String>,
) -> Answer<DeclaredSchema> {
    Ok(Json(operator.schema(None, &urn).await?))
}

/// Declare an extension schema for all connections, or change its declaration. What is stored stays as it is.
#[utoipa::path(put, path = "/v1/schemas/{urn}", tag = "schemas", params(("urn" = String, Path)), request_body = PutSchema,
    responses((status = 200, body = DeclaredSchema), (status = 201, body = DeclaredSchema),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(in crate::http) async fn put(
    Authorized(operator): Authorized,
    Path(urn): Path<String>,
    JsonBody(put): JsonBody<PutSchema>,
) -> Put {
    Ok(put_answer(operator.put_schema(None, &urn, put).await?))
}

/// Take the declaration of a schema for all connections back. Stored values stay, as an extension that nobody declared.
#[utoipa::path(delete, path = "/v1/schemas/{urn}", tag = "schemas", params(("urn" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(in crate::http) async fn delete(
    Authorized(operator): Authorized,
    Path(urn): Path<String>,
) -> Result<StatusCode, Failure> {
    operator.delete_schema(None, &urn).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the extension schemas declared for one connection, by URN.
#[utoipa::path(get, path = "/v1/connections/{id}/schemas", tag = "schemas",
    params(("id" = String, Path), ("after" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = Page<DeclaredSchema>), (status = 404, body = Problem)))]
pub(in crate::http) async fn list_of_connection(
    Authorized(operator): Authorized,
    Path(id): Path<String>,
    Params(cursor): Params<Cursor>,
) -> Answer<Page<DeclaredSchema>> {
    Ok(Json(operator.schemas(Some(&id), &cursor).await?))
}

/// Read an extension schema declared for one connection.
#[utoipa::path(get, path = "/v1/connections/{id}/schemas/{urn}", tag = "schemas", params(("id" = String, Path), ("urn" = String, Path)),
    responses((status = 200, body = DeclaredSchema), (status = 404, body = Problem)))]
pub(in crate::http) async fn get_of_connection(
    Authorized(operator): Authorized,
    Path((id, urn)): Path<(String, String)>,
) -> Answer<DeclaredSchema> {
    Ok(Json(operator.schema(Some(&id), &urn).await?))
}

/// Declare an extension schema for one connection, or change its declaration. What is stored stays as it is.
#[utoipa::path(put, path = "/v1/connections/{id}/schemas/{urn}", tag = "schemas", params(("id" = String, Path), ("urn" = String, Path)), request_body = PutSchema,
    responses((status = 200, body = DeclaredSchema), (status = 201, body = DeclaredSchema), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(in crate::http) async fn put_of_connection(
    Authorized(operator): Authorized,
    Path((id, urn)): Path<(String, String)>,
    JsonBody(put): JsonBody<PutSchema>,
) -> Put {
    Ok(put_answer(operator.put_schema(Some(&id), &urn, put).await?))
}

/// Take the declaration of a schema for one connection back. Stored values stay, as an extension that nobody declared.
#[utoipa::path(delete, path = "/v1/connections/{id}/schemas/{urn}", tag = "schemas", params(("id" = String, Path), ("urn" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(in crate::http) async fn delete_of_connection(
    Authorized(operator): Authorized,
    Path((id, urn)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    operator.delete_schema(Some(&id), &urn).await?;
    Ok(StatusCode::NO_CONTENT)
}
