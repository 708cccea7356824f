//! `/v1/plugins`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use rolecall_app::Problem;
use rolecall_app::manage::plugins::{Plugin, UploadedPlugin};
use rolecall_app::manage::signatures::SignPlugin;
use rolecall_app::manage::{Cursor, Page};

use super::Answer;
use crate::http::Shared;
use crate::http::error::Failure;
use crate::http::extract::{Authorized, JsonBody, Params, Signatures, Upload};

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

/// Upload a component. What is wrong with it is said in `code` and `detail`. One without a signature is taken, even where
/// signatures are required: it may get one later, and can't be bound before.
#[utoipa::path(post, path = "/v1/plugins", tag = "plugins",
    params(("Plugin-Signature" = Option<String>, Header,
        description = "A line of `rolecall plugin sign`; may be sent several times, or with several lines, separated by \
            commas. One that doesn't count refuses the upload")),
    request_body(content = Vec<u8>, content_type = "application/wasm"),
    responses((status = 201, body = UploadedPlugin),
        (status = 200, body = UploadedPlugin, description = "These very bytes were there already"),
        (status = 413, body = Problem), (status = 422, body = Problem),
        (status = 503, body = Problem, description = "The database does not answer, or the component could not be \
            compiled at present; nothing was changed")))]
pub(in crate::http) async fn upload(
    State(shared): State<Shared>,
    Authorized(operator): Authorized,
    Signatures(signatures): Signatures,
    Upload(wasm): Upload,
) -> Result<(StatusCode, Json<UploadedPlugin>), Failure> {
    let upload = shared.app.upload_plugin(&operator, wasm, &signatures);
    let uploaded = upload.await?;
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

/// Add a signature to a plugin.
#[utoipa::path(post, path = "/v1/plugins/{digest}/signatures", tag = "plugins",
    params(("digest" = String, Path)), request_body = SignPlugin,
    responses((status = 201, body = Plugin),
        (status = 200, body = Plugin, description = "This key had signed it already"),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(in crate::http) async fn sign(
    Authorized(operator): Authorized,
    Path(digest): Path<String>,
    JsonBody(request): JsonBody<SignPlugin>,
) -> Result<(StatusCode, Json<Plugin>), Failure> {
    let (plugin, is_new) = operator.sign_plugin(&digest, request).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(plugin)))
}
