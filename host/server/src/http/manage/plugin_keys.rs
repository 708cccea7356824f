//! `/v1/plugin-keys`

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use rolecall_app::Problem;
use rolecall_app::manage::plugin_keys::{AddPluginKey, PluginKey};
use rolecall_app::manage::{Cursor, Page};

use super::Answer;
use crate::http::error::Failure;
use crate::http::extract::{Authorized, JsonBody, Params};

/// List the public keys of those who may sign plugins, by id; revoked ones, too.
#[utoipa::path(get, path = "/v1/plugin-keys", tag = "plugins",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = Page<PluginKey>)))]
pub(in crate::http) async fn list(
    Authorized(operator): Authorized,
    Params(cursor): Params<Cursor>,
) -> Answer<Page<PluginKey>> {
    Ok(Json(operator.plugin_keys(&cursor).await?))
}

/// Add a public key: what its holder signs counts from now on.
#[utoipa::path(post, path = "/v1/plugin-keys", tag = "plugins", request_body = AddPluginKey,
    responses((status = 201, body = PluginKey), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(in crate::http) async fn add(
    Authorized(operator): Authorized,
    JsonBody(new): JsonBody<AddPluginKey>,
) -> Result<(StatusCode, Json<PluginKey>), Failure> {
    let key = operator.add_plugin_key(new).await?;
    Ok((StatusCode::CREATED, Json(key)))
}

/// Read a public key.
#[utoipa::path(get, path = "/v1/plugin-keys/{id}", tag = "plugins", params(("id" = String, Path)),
    responses((status = 200, body = PluginKey), (status = 404, body = Problem)))]
pub(in crate::http) async fn get(
    Authorized(operator): Authorized,
    Path(id): Path<String>,
) -> Answer<PluginKey> {
    Ok(Json(operator.plugin_key(&id).await?))
}

/// Revoke a public key, for good: what it signed can't be bound any more, unless another key signed it, too. Mappings that
/// are active stay so, and show it (`trusted`).
#[utoipa::path(delete, path = "/v1/plugin-keys/{id}", tag = "plugins", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(in crate::http) async fn revoke(
    Authorized(operator): Authorized,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    operator.revoke_plugin_key(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
