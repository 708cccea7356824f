//! `/v1/connections/{id}/plugin-logs`

use axum::Json;
use axum::extract::Path;
use rolecall_app::Problem;
use rolecall_app::manage::plugin_logs::{PluginLogFilter, PluginLogs};

use super::Answer;
use crate::http::extract::{Authorized, Params};

/// Read what plugins said while they decided about a connection's users, and where they failed; oldest first. Without
/// `after` and `before`, the newest lines.
#[utoipa::path(get, path = "/v1/connections/{id}/plugin-logs", tag = "connections",
    params(("id" = String, Path),
        ("after" = Option<i64>, Query, description = "`page.next`: the lines that came since"),
        ("before" = Option<i64>, Query, description = "`page.previous`: the lines before"),
        ("limit" = Option<i64>, Query),
        ("level" = Option<String>, Query, description = "`debug`, `info`, `warn`, `error` or `panic`: this one or more \
            urgent ones"),
        ("slot" = Option<String>, Query, description = "`attributes`, `tenants` or `roles`"),
        ("user" = Option<String>, Query, description = "Id of a user")),
    responses((status = 200, body = PluginLogs), (status = 404, body = Problem)))]
pub(in crate::http) async fn list(
    Authorized(operator): Authorized,
    Path(id): Path<String>,
    Params(filter): Params<PluginLogFilter>,
) -> Answer<PluginLogs> {
    Ok(Json(operator.plugin_logs(&id, filter).await?))
}
