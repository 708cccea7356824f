//! `/v1/connections/{id}/activity`

use axum::Json;
use axum::extract::{Path, State};
use rolecall_app::Problem;
use rolecall_app::manage::activity::Activity;

use super::Answer;
use crate::http::Shared;
use crate::http::extract::Authorized;

/// Read what a connection's identity provider does: the last request, tests of the connection, operations it uses,
/// refused requests. Up to date within seconds.
#[utoipa::path(get, path = "/v1/connections/{id}/activity", tag = "connections", params(("id" = String, Path)),
    responses((status = 200, body = Activity), (status = 404, body = Problem)))]
pub(in crate::http) async fn get(
    State(shared): State<Shared>,
    Authorized(operator): Authorized,
    Path(id): Path<String>,
) -> Answer<Activity> {
    Ok(Json(shared.app.activity(&operator, &id).await?))
}
