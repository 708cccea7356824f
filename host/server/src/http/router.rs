//! The table of contents.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{any, get, post};
use metrics_exporter_prometheus::PrometheusHandle;
use rolecall_app::App;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::trace::TraceLayer;
use tracing::Span;
use tracing::field::Empty;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Shared, error, health, manage, record, scim};
use crate::telemetry;

pub(crate) fn router(
    app: Arc<App>,
    metrics: PrometheusHandle,
    stop: watch::Receiver<bool>,
    body_timeout: Duration,
) -> Router {
    let shared = Shared {
        app,
        stop,
        body_timeout,
    };
    let (management, _) = management().split_for_parts();
    let management = management
        .fallback(manage::no_such_endpoint)
        .method_not_allowed_fallback(manage::no_such_method)
        .layer(CatchPanicLayer::custom(error::management_panic));
    let routes = Router::new()
        .nest("/scim/v2/{connection}", scim_routes())
        .merge(management)
        .route("/openapi.json", get(manage::openapi))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(async move || metrics.render()))
        .layer(middleware::from_fn_with_state(shared.clone(), measure))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .with_state(shared);
    // Around the routes, since it is to act before one is chosen.
    Router::new()
        .fallback_service(routes)
        .layer(middleware::map_request(without_empty_segments))
}

/// `/Users/` and `//Users` are `/Users`: base URLs are typed by people, with a slash behind them or not.
async fn without_empty_segments(mut request: Request) -> Request {
    let uri = request.uri();
    let path = uri.path();
    if path.starts_with("/scim/") && (path.ends_with('/') || path.contains("//")) {
        let segments: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
        let query = uri.query().map(|query| format!("?{query}"));
        let shorter = format!("/{}{}", segments.join("/"), query.unwrap_or_default());
        if let Ok(uri) = shorter.parse() {
            *request.uri_mut() = uri;
        }
    }
    request
}

fn scim_routes() -> Router<Shared> {
    Router::new()
        .route(
            "/ServiceProviderConfig",
            get(scim::discovery::service_provider_config),
        )
        .route("/ResourceTypes", get(scim::discovery::resource_types))
        .route("/ResourceTypes/{id}", get(scim::discovery::resource_type))
        .route("/Schemas", get(scim::discovery::schemas))
        .route("/Schemas/{id}", get(scim::discovery::schema))
        .route("/.search", post(scim::search::everywhere))
        .route("/Bulk", post(scim::bulk::bulk))
        .route("/Me", any(scim::me))
        .route("/{endpoint}/.search", post(scim::search::search))
        .route(
            "/{endpoint}",
            get(scim::resource::list).post(scim::resource::create),
        )
        .route(
            "/{endpoint}/{id}",
            get(scim::resource::get)
                .put(scim::resource::replace)
                .patch(scim::resource::patch)
                .delete(scim::resource::delete),
        )
        .fallback(scim::no_such_endpoint)
        .method_not_allowed_fallback(scim::no_such_method)
        .layer(CatchPanicLayer::custom(error::scim_panic))
}

fn management() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(manage::description())
        .routes(routes!(manage::tenants::list, manage::tenants::create))
        .routes(routes!(
            manage::tenants::get,
            manage::tenants::edit,
            manage::tenants::delete
        ))
        .routes(routes!(manage::catalog::get, manage::catalog::put))
        .routes(routes!(
            manage::connections::list,
            manage::connections::create
        ))
        .routes(routes!(
            manage::connections::get,
            manage::connections::edit,
            manage::connections::delete
        ))
        .routes(routes!(manage::tokens::list, manage::tokens::create))
        .routes(routes!(manage::tokens::delete))
        .routes(routes!(manage::tolerances::list))
        .routes(routes!(manage::requests::list))
        .routes(routes!(manage::requests::get))
        .routes(routes!(manage::activity::get))
        .routes(routes!(manage::plugin_logs::list))
        .routes(routes!(manage::schemas::list))
        .routes(routes!(
            manage::schemas::get,
            manage::schemas::put,
            manage::schemas::delete
        ))
        .routes(routes!(manage::schemas::list_of_connection))
        .routes(routes!(
            manage::schemas::get_of_connection,
            manage::schemas::put_of_connection,
            manage::schemas::delete_of_connection
        ))
        .routes(routes!(manage::plugins::list, manage::plugins::upload))
        .routes(routes!(manage::plugins::get))
        .routes(routes!(manage::plugins::sign))
        .routes(routes!(manage::plugin_keys::list, manage::plugin_keys::add))
        .routes(routes!(
            manage::plugin_keys::get,
            manage::plugin_keys::revoke
        ))
        .routes(routes!(manage::environment::get, manage::environment::edit))
        .routes(routes!(manage::mappings::list, manage::mappings::create))
        .routes(routes!(manage::mappings::get))
        .routes(routes!(manage::mappings::activate))
        .routes(routes!(manage::mappings::preview))
        .routes(routes!(manage::breakers::list))
        .routes(routes!(manage::breakers::retry))
        .routes(routes!(manage::users::list))
        .routes(routes!(manage::users::get))
        .routes(routes!(manage::users::decision))
        .routes(routes!(manage::users::decision_case))
        .routes(routes!(manage::check::check))
        .routes(routes!(manage::events::feed))
}

/// The OpenAPI 3.1 description of the management API, generated from the handlers.
pub(crate) fn openapi() -> OpenApi {
    let mut api = management().split_for_parts().1;
    manage::complete::complete(&mut api);
    api
}

/// The route and no path: what a client puts there may be anything, a user's name too.
fn span(request: &Request) -> Span {
    let method = counted(request.method());
    let route = route(request);
    let span = tracing::debug_span!(
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        request = Empty,
        connection = Empty,
    );
    telemetry::join(&span, request.headers());
    span
}

fn route(request: &Request) -> &str {
    let matched = request.extensions().get::<MatchedPath>();
    matched.map_or("none", MatchedPath::as_str)
}

/// Anybody can make up methods; each that is counted stays in memory.
fn counted(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

async fn measure(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = counted(request.method());
    let route = route(&request).to_owned();
    let response = match record::path(request.uri()) {
        Some(path) => record::record(&shared.app, path, request, next).await,
        None => next.run(request).await,
    };
    let status = response.status();
    let span = Span::current();
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    let labels = [
        ("method", method.to_owned()),
        ("route", route),
        ("status", status.as_u16().to_string()),
    ];
    metrics::counter!("rolecall_http_requests_total", &labels).increment(1);
    metrics::histogram!("rolecall_http_request_duration_seconds", &labels)
        .record(started.elapsed().as_secs_f64());
    response
}
