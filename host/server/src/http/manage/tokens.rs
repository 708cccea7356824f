//! `/v1/connections/{id}/tokens`

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use rolecall_app::Problem;
use rolecall_app::manage::Page;
use rolecall_app::manage::tokens::{CreatedToken, Token};

use super::Answer;
use crate::http::error::Failure;
use crate::http::extract::Authorized;

/// List a connection's live tokens: when they were last used, never the secrets.
#[utoipa::path(get, path = "/v1/connections/{id}/tokens", tag = "connections", params(("id" = String, Path)),
    responses((status = 200, body = Page<Token>), (status = 404, body = Problem)))]
pub(in crate::http) async fn list(
    Authorized(operator): Authorized,
    Path(id): Path<String>,
) -> Answer<Page<Token>> {
    Ok(Json(operator.tokens(&id).await?))
}

/// Create another token beside the present ones; it is shown in this answer alone.
#[utoipa::path(post, path = "/v1/connections/{id}/tokens", tag = "connections", params(("id" = String, Path)),
    responses((status = 201, body = CreatedToken), (status = 404, body = Problem)))]
pub(in crate::http) async fn create(
    Authorized(operator): Authorized,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<CreatedToken>), Failure> {
    Ok((StatusCode::CREATED, Json(operator.create_token(&id).await?)))
}

/// Revoke a token: the next request that shows it is refused.
#[utoipa::path(delete, path = "/v1/connections/{id}/tokens/{token}", tag = "connections",
    params(("id" = String, Path), ("token" = String, Path, description = "Id of the token")),
    responses((status = 204), (status = 404, body = Problem)))]
pub(in crate::http) async fn delete(
    Authorized(operator): Authorized,
    Path((id, token)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    operator.delete_token(&id, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
