//! `/v1/events`

use axum::Json;
use axum::extract::State;
use rolecall_app::events::{Feed, FeedQuery};

use super::Answer;
use crate::http::Shared;
use crate::http::extract::{Authorized, Params};

/// Read the log after a cursor; with `wait`, wait for the next event (long poll).
#[utoipa::path(get, path = "/v1/events", tag = "events",
    params(("after" = Option<i64>, Query), ("limit" = Option<i64>, Query),
        ("wait" = Option<u64>, Query, description = "Seconds, at most 60")),
    responses((status = 200, body = Feed)))]
pub(in crate::http) async fn feed(
    State(shared): State<Shared>,
    Authorized(operator): Authorized,
    Params(mut query): Params<FeedQuery>,
) -> Answer<Feed> {
    let mut stop = shared.stop.clone();
    if query.wait.is_some_and(|wait| wait > 0) && !*stop.borrow() {
        tokio::select! {
            feed = shared.app.events(&operator, &query) => return Ok(Json(feed?)),
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
    // A server that stops keeps nobody waiting.
    query.wait = None;
    Ok(Json(shared.app.events(&operator, &query).await?))
}
