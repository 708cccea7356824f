//! `/livez` and `/readyz`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Shared;

/// The process answers.
pub(super) async fn live() -> Json<Value> {
    Json(json!({ "live": true }))
}

/// The database answers, and the server isn't stopping.
pub(super) async fn ready(State(shared): State<Shared>) -> (StatusCode, Json<Value>) {
    if *shared.stop.borrow() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({ "ready": false, "why": "stopping" })),
        );
    }
    if !shared.app.ping().await {
        let why = "the database does not answer";
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({ "ready": false, "why": why })),
        );
    }
    (StatusCode::OK, Json(json!({ "ready": true })))
}
