//! `/v1/connections/{id}/requests`

use axum::Json;
use axum::extract::Path;
use rolecall_app::Problem;
use rolecall_app::manage::requests::{RequestFilter, RequestPage, WholeRecord};

use super::Answer;
use crate::http::extract::{Authorized, Params};

/// List the SCIM requests of a connection, newest first: by time, status, method, user and group.
///
/// A request shows within a second. Where some are missing, `gaps` says how many and why. A page may end early, and
/// even be empty, where few of many requests match: `next` goes on.
#[utoipa::path(get, path = "/v1/connections/{id}/requests", tag = "requests", params(("id" = String, Path),
        ("from" = Option<String>, Query, description = "RFC 3339"),
        ("to" = Option<String>, Query, description = "RFC 3339, exclusive"),
        ("status" = Option<String>, Query, description = "409, or a class: 4xx"),
        ("method" = Option<String>, Query),
        ("user" = Option<String>, Query, description = "Id, userName, externalId or displayName, of now or then"),
        ("group" = Option<String>, Query, description = "Id, displayName or externalId, of now or then"),
        ("after" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = RequestPage), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(in crate::http) async fn list(
    Authorized(operator): Authorized,
    Path(id): Path<String>,
    Params(filter): Params<RequestFilter>,
) -> Answer<RequestPage> {
    Ok(Json(operator.requests(&id, filter).await?))
}

/// Read a SCIM request by its correlation id (`X-Request-Id`), with its body.
#[utoipa::path(get, path = "/v1/connections/{id}/requests/{request}", tag = "requests",
    params(("id" = String, Path), ("request" = String, Path)),
    responses((status = 200, body = WholeRecord), (status = 404, body = Problem)))]
pub(in crate::http) async fn get(
    Authorized(operator): Authorized,
    Path((id, request)): Path<(String, String)>,
) -> Answer<WholeRecord> {
    Ok(Json(operator.request(&id, &request).await?))
}
