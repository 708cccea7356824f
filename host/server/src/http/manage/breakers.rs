//! `/v1/connections/{id}/breakers`

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use rolecall_app::Problem;
use rolecall_app::manage::Page;
use rolecall_app::manage::breakers::Breaker;
use rolecall_app::manage::mappings::Activation;

use super::Answer;
use crate::http::error::Failure;
use crate::http::extract::Authorized;

/// List the circuit breakers of a connection's plugins: which fail so often that they are not asked for now, and why.
#[utoipa::path(get, path = "/v1/connections/{id}/breakers", tag = "connections", params(("id" = String, Path)),
    responses((status = 200, body = Page<Breaker>), (status = 404, body = Problem)))]
pub(in crate::http) async fn list(
    Authorized(operator): Authorized,
    Path(id): Path<String>,
) -> Answer<Page<Breaker>> {
    Ok(Json(operator.breakers(&id).await?))
}

/// Try again what failed: close the breakers, make the revision that the server went back from the active one again, or,
/// if there is none, decide everybody whose decision is pending. In the background.
#[utoipa::path(post, path = "/v1/connections/{id}/breakers/retry", tag = "connections", params(("id" = String, Path)),
    responses((status = 202, body = Activation), (status = 404, body = Problem)))]
pub(in crate::http) async fn retry(
    Authorized(operator): Authorized,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Activation>), Failure> {
    Ok((StatusCode::ACCEPTED, Json(operator.retry(&id).await?)))
}
