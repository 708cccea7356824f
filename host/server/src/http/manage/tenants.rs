//! `/v1/tenants`

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use rolecall_app::Problem;
use rolecall_app::manage::tenants::{CreateTenant, EditTenant, Tenant};
use rolecall_app::manage::{Cursor, Page};

use super::Answer;
use crate::http::error::Failure;
use crate::http::extract::{Authorized, JsonBody, Params};

/// List tenants, by key.
#[utoipa::path(get, path = "/v1/tenants", tag = "tenants",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = Page<Tenant>)))]
pub(in crate::http) async fn list(
    Authorized(operator): Authorized,
    Params(cursor): Params<Cursor>,
) -> Answer<Page<Tenant>> {
    Ok(Json(operator.tenants(&cursor).await?))
}

/// Create a tenant.
#[utoipa::path(post, path = "/v1/tenants", tag = "tenants", request_body = CreateTenant,
    responses((status = 201, body = Tenant), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(in crate::http) async fn create(
    Authorized(operator): Authorized,
    JsonBody(new): JsonBody<CreateTenant>,
) -> Result<(StatusCode, Json<Tenant>), Failure> {
    Ok((
        StatusCode::CREATED,
        Json(operator.create_tenant(new).await?),
    ))
}

/// Read a tenant.
#[utoipa::path(get, path = "/v1/tenants/{key}", tag = "tenants", params(("key" = String, Path)),
    responses((status = 200, body = Tenant), (status = 404, body = Problem)))]
pub(in crate::http) async fn get(
    Authorized(operator): Authorized,
    Path(key): Path<String>,
) -> Answer<Tenant> {
    Ok(Json(operator.tenant(&key).await?))
}

/// Change a tenant (JSON merge patch). Disabling it ends all access in it and below at once.
#[utoipa::path(patch, path = "/v1/tenants/{key}", tag = "tenants", params(("key" = String, Path)),
    request_body = EditTenant,
    responses((status = 200, body = Tenant), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(in crate::http) async fn edit(
    Authorized(operator): Authorized,
    Path(key): Path<String>,
    JsonBody(edit): JsonBody<EditTenant>,
) -> Answer<Tenant> {
    Ok(Json(operator.edit_tenant(&key, edit).await?))
}

/// Delete a tenant that has no sub-tenants and no connections.
#[utoipa::path(delete, path = "/v1/tenants/{key}", tag = "tenants", params(("key" = String, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(in crate::http) async fn delete(
    Authorized(operator): Authorized,
    Path(key): Path<String>,
) -> Result<StatusCode, Failure> {
    operator.delete_tenant(&key).await?;
    Ok(StatusCode::NO_CONTENT)
}
