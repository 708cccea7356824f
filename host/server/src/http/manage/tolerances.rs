//! `/v1/connections/{id}/tolerances`

use axum::Json;
use axum::extract::Path;
use rolecall_app::Problem;
use rolecall_app::manage::Page;
use rolecall_app::manage::tolerances::Tolerance;

use super::Answer;
use crate::http::extract::Authorized;

/// List what a connection's identity provider was forgiven, by name; a count is up to date within seconds.
#[utoipa::path(get, path = "/v1/connections/{id}/tolerances", tag = "connections", params(("id" = String, Path)),
    responses((status = 200, body = Page<Tolerance>), (status = 404, body = Problem)))]
pub(in crate::http) async fn list(
    Authorized(operator): Authorized,
    Path(id): Path<String>,
) -> Answer<Page<Tolerance>> {
    Ok(Json(operator.tolerances(&id).await?))
}
