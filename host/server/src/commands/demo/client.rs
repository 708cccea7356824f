//! HTTP to the demo's own server.

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

pub(super) struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    url: String,
    key: String,
}

impl Client {
    pub(super) fn new(url: String, key: String) -> Self {
        Self {
            http: Http::builder(TokioExecutor::new()).build_http(),
            url,
            key,
        }
    }

    /// The management API; anything but success ends the demo.
    pub(super) async fn manage(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let bytes = body.to_string().into_bytes();
        self.bytes(method, path, "application/json", bytes).await
    }

    pub(super) async fn upload(&self, wasm: &[u8]) -> Result<Value> {
        self.bytes(
            Method::POST,
            "/v1/plugins",
            "application/wasm",
            wasm.to_vec(),
        )
        .await
    }

    async fn bytes(&self, method: Method, path: &str, kind: &str, body: Vec<u8>) -> Result<Value> {
        let url = format!("{}{path}", self.url);
        let (status, answer) = self.send(method, &url, &self.key, kind, body).await?;
        if !(200..300).contains(&status) {
            bail!("{path} answered {status}: {answer}");
        }
        Ok(answer)
    }

    /// A SCIM request; the status is for the story to tell.
    pub(super) async fn scim(
        &self,
        method: Method,
        url: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value)> {
        let bytes = body
            .map(|body| body.to_string().into_bytes())
            .unwrap_or_default();
        self.send(method, url, token, "application/scim+json", bytes)
            .await
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        token: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> Result<(u16, Value)> {
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", kind)
            .body(Full::new(Bytes::from(body)))?;
        let response = self
            .http
            .request(request)
            .await
            .context("the server does not answer")?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes();
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body)?
        };
        Ok((status, body))
    }
}
