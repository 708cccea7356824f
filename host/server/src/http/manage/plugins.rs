//! `/v1/plugins`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use rolecall_app::Problem;
use rolecall_app::manage::plugins::{Plugin, UploadedPlugin};
use rolecall_app::manage::{Cursor, Page};

use super::Answer;
use crate::http::Shared;
use crate::http::error::Failure;
use crate::http::extract::{Authorized, Params, Upload};

/// List plugins, by digest.
#[utoipa::path(get, path = "/v1/plugins", tag = "plugins",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = Page<Plugin>)))]
pub(in crate::http) async fn list(
    Authorized(operator): Authorized,
    Params(cursor): Params<Cursor>,
) -> Answer<Page<Plugin>> {
    Ok(Json(operator.plugins(&cursor).await?))
}

/// Upload a component. What is wrong with it is said in `code` and `detail`.
#[utoipa::path(post, path = "/v1/plugins", tag = "plugins",
    request_body(content = Vec<u8>, content_type = "application/wasm"),
    responses((status = 201, body = UploadedPlugin),
        (status = 200, body = UploadedPlugin, description = "These very bytes were there already"),
        (status = 413, body = Problem), (status = 422, body = Problem),
        (status = 503, body = Problem, description = "The database does not answer, or the component could not be \
            compiled at present; nothing was changed")))]
pub(in crate::http) async fn upload(
    State(shared): State<Shared>,
    Authorized(operator): Authorized,
    Upload(wasm): Upload,
) -> Result<(StatusCode, Json<UploadedPlugin>), Failure> {
    let uploaded = shared.app.upload_plugin(&operator, wasm).await?;
    let status = if uploaded.new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(uploaded)))
}

/// Read a plugin, by its digest or a stock plugin's name.
#[utoipa::path(get, path = "/v1/plugins/{digest}", tag = "plugins", params(("digest" = String, Path)),
    responses((status = 200, body = Plugin), (status = 404, body = Problem)))]
pub(in crate::http) async fn get(
    Authorized(operator): Authorized,
    Path(digest): Path<String>,
) -> Answer<Plugin> {
    Ok(Json(operator.plugin(&digest).await?))
}
