//! The management API under `/v1`: handlers thin over `rolecall_app::manage`, one noun per file.

pub(super) mod activity;
pub(super) mod breakers;
pub(super) mod catalog;
pub(super) mod check;
pub(super) mod complete;
pub(super) mod connections;
pub(super) mod environment;
pub(super) mod events;
pub(super) mod mappings;
pub(super) mod plugin_keys;
pub(super) mod plugin_logs;
pub(super) mod plugins;
pub(super) mod requests;
pub(super) mod schemas;
pub(super) mod tenants;
pub(super) mod tokens;
pub(super) mod tolerances;
pub(super) mod users;

use axum::Json;
use axum::http::Method;
use rolecall_app::Problem;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, InfoBuilder, OpenApi, OpenApiBuilder, SecurityRequirement};

use super::error::Failure;
use super::extract::Authorized;

type Answer<T> = Result<Json<T>, Failure>;

/// What stands around the paths.
pub(super) fn description() -> OpenApi {
    let mut components = Components::new();
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.add_security_scheme("operator_key", bearer);
    let info = InfoBuilder::new()
        .title("Rolecall management API")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Tenants, catalogue, connections, plugins, mappings, users, checks and events of one \
             environment: the one the operator key belongs to. Errors are problem+json (RFC 9457).",
        ))
        .build();
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .security(Some([SecurityRequirement::new(
            "operator_key",
            Vec::<String>::new(),
        )]))
        .build()
}

pub(super) async fn openapi() -> Json<OpenApi> {
    Json(super::openapi())
}

pub(super) async fn no_such_endpoint() -> Failure {
    Failure(Problem::not_found("endpoint"))
}

pub(super) async fn no_such_method(_: Authorized, method: Method) -> Failure {
    Failure(Problem::method_not_allowed(method.as_str()))
}
