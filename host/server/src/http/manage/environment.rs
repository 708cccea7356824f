//! `/v1/environment`

use axum::Json;
use rolecall_app::manage::environments::{EditEnvironment, EnvironmentSettings};

use super::Answer;
use crate::http::extract::{Authorized, JsonBody};

/// Read what holds for the whole environment.
#[utoipa::path(get, path = "/v1/environment", tag = "environment",
    responses((status = 200, body = EnvironmentSettings)))]
pub(in crate::http) async fn get(Authorized(operator): Authorized) -> Answer<EnvironmentSettings> {
    Ok(Json(operator.environment().await?))
}

/// Change it; what is left out stays.
#[utoipa::path(patch, path = "/v1/environment", tag = "environment", request_body = EditEnvironment,
    responses((status = 200, body = EnvironmentSettings)))]
pub(in crate::http) async fn edit(
    Authorized(operator): Authorized,
    JsonBody(edit): JsonBody<EditEnvironment>,
) -> Answer<EnvironmentSettings> {
    Ok(Json(operator.edit_environment(edit).await?))
}
