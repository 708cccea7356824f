//! `/v1/users`

use axum::Json;
use axum::extract::{Path, State};
use rolecall_app::Problem;
use rolecall_app::manage::Page;
use rolecall_app::manage::users::{Decision, User, UserAccess, UserFilter};
use rolecall_app::workbench::Case;
use serde::Deserialize;

use super::Answer;
use crate::http::Shared;
use crate::http::extract::{Authorized, Params};

/// List users: those placed in a tenant, with an e-mail address, of a connection.
#[utoipa::path(get, path = "/v1/users", tag = "users",
    params(("tenant" = Option<String>, Query), ("email" = Option<String>, Query),
        ("connection" = Option<String>, Query), ("after" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = Page<User>), (status = 404, body = Problem)))]
pub(in crate::http) async fn list(
    Authorized(operator): Authorized,
    Params(filter): Params<UserFilter>,
) -> Answer<Page<User>> {
    Ok(Json(operator.users(filter).await?))
}

/// Narrows a user's access to one tenant.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::http) struct InTenant {
    tenant: Option<String>,
}

/// Read a user: state, profile, and the access in force.
#[utoipa::path(get, path = "/v1/users/{id}", tag = "users",
    params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    responses((status = 200, body = UserAccess), (status = 404, body = Problem)))]
pub(in crate::http) async fn get(
    Authorized(operator): Authorized,
    Path(id): Path<String>,
    Params(InTenant { tenant }): Params<InTenant>,
) -> Answer<UserAccess> {
    Ok(Json(operator.user(&id, tenant.as_deref()).await?))
}

/// Read how a user's decision came about.
#[utoipa::path(get, path = "/v1/users/{id}/decision", tag = "users", params(("id" = String, Path)),
    responses((status = 200, body = Decision), (status = 404, body = Problem)))]
pub(in crate::http) async fn decision(
    Authorized(operator): Authorized,
    Path(id): Path<String>,
) -> Answer<Decision> {
    Ok(Json(operator.decision(&id).await?))
}

/// Read a user's decision as a case, which `rolecall plugin run` and `plugin test` make again with the same
/// result.
#[utoipa::path(get, path = "/v1/users/{id}/decision/case", tag = "users", params(("id" = String, Path)),
    responses((status = 200, body = Case), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "No plugin was asked about this user")))]
pub(in crate::http) async fn decision_case(
    State(shared): State<Shared>,
    Authorized(operator): Authorized,
    Path(id): Path<String>,
) -> Answer<Case> {
    Ok(Json(shared.app.decision_case(&operator, &id).await?))
}
