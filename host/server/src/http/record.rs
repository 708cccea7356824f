//! Around every SCIM request: its correlation id, and what came of it for the request log.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use rolecall_app::{App, request, scim};

/// What an administrator of the IdP gives to support.
const ID: HeaderName = HeaderName::from_static("x-request-id");
/// Nobody was there any more to hear the answer.
const GONE: u16 = 499;

/// A request that ends without an answer when its client goes away.
struct Open<'a> {
    app: &'a App,
    request: &'a request::Request,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.app.finish(self.request, GONE, None);
    }
}

/// The path and query of a SCIM request, below the connection's base URL.
pub(super) fn path(uri: &Uri) -> Option<String> {
    let path = uri.path_and_query()?.as_str().strip_prefix("/scim/v2/")?;
    let end = path.find(['/', '?']).unwrap_or(path.len());
    Some(path[end..].to_owned())
}

pub(super) async fn record(app: &App, path: String, incoming: Request, next: Next) -> Response {
    let agent = incoming.headers().get(header::USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok());
    let request = request::Request::new(incoming.method().as_str(), path, agent);
    tracing::Span::current().record("request", request.id());
    let open = Open {
        app,
        request: &request,
    };
    let mut response = request.watch(next.run(incoming)).await;
    if let Ok(id) = HeaderValue::from_str(request.id()) {
        response.headers_mut().insert(ID, id);
    }
    let error = response.extensions_mut().remove::<scim::Error>();
    app.finish(&request, response.status().as_u16(), error.as_ref());
    drop(open);
    response
}
