//! What a sandboxed decision competes with: an HTTP hook, at its best. On loopback, without TLS, one
//! kept-alive connection, and a handler that runs the native function.

use std::net::{SocketAddr, TcpListener};
use std::thread;

use anyhow::Result;
use axum::extract::Json;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Router, serve};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use super::native;

/// Starts the hook's server on a thread that ends with the process.
pub(crate) fn start() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            serve(listener, Router::new().route("/decide", post(decide))).await
        })
    });
    Ok(address)
}

async fn decide(Json(asked): Json<Value>) -> Result<Json<Value>, StatusCode> {
    let (user, groups) = (asked["user"].to_string(), asked["groups"].to_string());
    let decided = native::decide_json(&native::call("northwind"), &user, &groups);
    let (profile, placements, grants) = decided.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let placements: Vec<_> = placements
        .iter()
        .map(|placement| json!({"tenant": placement.tenant, "reason": placement.reason}))
        .collect();
    let grants: Vec<_> = grants
        .iter()
        .map(|grant| json!({"tenant": grant.tenant, "name": grant.name, "reason": grant.reason}))
        .collect();
    Ok(Json(
        json!({"profile": profile, "placements": placements, "grants": grants}),
    ))
}

/// One kept-alive connection to the hook.
pub(crate) struct Client {
    runtime: Runtime,
    connection: SendRequest<Full<Bytes>>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let connection = runtime.block_on(async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let (requests, connection) = handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            anyhow::Ok(requests)
        })?;
        Ok(Self {
            runtime,
            connection,
        })
    }

    /// Asks for a decision: the answer, parsed as a host would have to.
    pub(crate) fn decide(&mut self, user: &str, groups: &str) -> Result<Value> {
        let body = format!("{{\"user\":{user},\"groups\":{groups}}}");
        let request = Request::post("/decide")
            .header("Host", "hook")
            .header("Content-Type", "application/json")
            .body(Full::from(body))?;
        self.runtime.block_on(async {
            self.connection.ready().await?;
            let answer = self.connection.send_request(request).await?;
            let body = answer.into_body().collect().await?.to_bytes();
            Ok(serde_json::from_slice(&body)?)
        })
    }
}
