//! `/v1/catalog`

use axum::Json;
use rolecall_app::Problem;
use rolecall_app::catalogue::Catalogue;

use super::Answer;
use crate::http::extract::{Authorized, JsonBody};

/// Read the catalogue.
#[utoipa::path(get, path = "/v1/catalog", tag = "catalogue", responses((status = 200, body = Catalogue)))]
pub(in crate::http) async fn get(Authorized(operator): Authorized) -> Answer<Catalogue> {
    Ok(Json(operator.catalog().await?))
}

/// Replace the catalogue, as a whole. Everybody is decided against it in the background.
#[utoipa::path(put, path = "/v1/catalog", tag = "catalogue", request_body = Catalogue,
    responses((status = 200, body = Catalogue), (status = 422, body = Problem)))]
pub(in crate::http) async fn put(
    Authorized(operator): Authorized,
    JsonBody(catalogue): JsonBody<Catalogue>,
) -> Answer<Catalogue> {
    Ok(Json(operator.put_catalog(catalogue).await?))
}
