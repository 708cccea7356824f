//! HTTP to a Rolecall server: the demo's own, or an integrator's.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// An upload is compiled before it is answered.
const PATIENCE: Duration = Duration::from_mins(5);

pub(crate) struct Client {
    http: Connector,
    url: String,
    key: String,
}

/// Behind `https://`, trusts what the system trusts. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Connector {
    Plain(Http<HttpConnector, Full<Bytes>>),
    Tls(Http<HttpsConnector<HttpConnector>, Full<Bytes>>),
}

impl Connector {
    /// For requests to this URL.
    pub(crate) fn to(url: &str) -> Result<Self> {
        Ok(if url.starts_with("https://") {
            let tls = HttpsConnectorBuilder::new()
                .with_native_roots()
                .context("the system's certificates can't be read")?
                .https_only()
                .enable_http1()
                .build();
            Self::Tls(Http::builder(TokioExecutor::new()).build(tls))
        } else {
            Self::Plain(Http::builder(TokioExecutor::new()).build_http())
        })
    }

    pub(crate) async fn request(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>> {
        Ok(match self {
            Self::Plain(http) => http.request(request).await?,
            Self::Tls(http) => http.request(request).await?,
        })
    }
}

impl Client {
    pub(crate) fn new(url: String, key: String) -> Result<Self> {
        let http = Connector::to(&url)?;
        Ok(Self { http, url, key })
    }

    /// The management API; anything but success is an error.
    pub(crate) async fn manage(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let bytes = body.to_string().into_bytes();
        let headers = [("content-type", "application/json")];
        let (status, answer) = self.ask(method, path, &headers, bytes).await?;
        succeeded(path, status, answer)
    }

    pub(crate) async fn upload(&self, wasm: &[u8]) -> Result<Value> {
        let path = "/v1/plugins";
        let body = wasm.to_vec();
        let headers = [("content-type", "application/wasm")];
        let (status, answer) = self.ask(Method::POST, path, &headers, body).await?;
        succeeded(path, status, answer)
    }

    /// The management API; the status is for the caller to judge.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<(u16, Value)> {
        let url = format!("{}{path}", self.url);
        self.send(method, &url, &self.key, headers, body).await
    }

    /// A SCIM request; the status is for the story to tell.
    pub(crate) async fn scim(
        &self,
        method: Method,
        url: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value)> {
        let bytes = body
            .map(|body| body.to_string().into_bytes())
            .unwrap_or_default();
        let headers = [("content-type", "application/scim+json")];
        self.send(method, url, token, &headers, bytes).await
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        token: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<(u16, Value)> {
        let mut request = Request::builder()
            .method(method)
            .uri(url)
            .header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Full::new(Bytes::from(body)))
            .with_context(|| format!("{url:?} is no URL of a server"))?;
        let answer = async {
            let response = self.http.request(request).await?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await?.to_bytes();
            anyhow::Ok((status, body))
        };
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        let no_answer = || format!("there is no answer from {url}");
        let (status, body) = answer.with_context(no_answer)?.with_context(no_answer)?;
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body)
                .with_context(|| format!("{url} answered {status}, and not as Rolecall does"))?
        };
        Ok((status, body))
    }
}

fn succeeded(path: &str, status: u16, answer: Value) -> Result<Value> {
    if !(200..300).contains(&status) {
        bail!("{path} answered {status}: {answer}");
    }
    Ok(answer)
}
