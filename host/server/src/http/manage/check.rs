//! `/v1/check`

use axum::Json;
use rolecall_app::Problem;
use rolecall_app::check::{Check, Checked};

use super::Answer;
use crate::http::extract::{Authorized, JsonBody};

/// May this user do this in this tenant?
#[utoipa::path(post, path = "/v1/check", tag = "access", request_body = Check,
    responses((status = 200, body = Checked), (status = 422, body = Problem)))]
pub(in crate::http) async fn check(
    Authorized(operator): Authorized,
    JsonBody(check): JsonBody<Check>,
) -> Answer<Checked> {
    Ok(Json(operator.check(check).await?))
}
