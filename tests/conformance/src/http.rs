//! HTTP to the server under test.

use std::time::Duration;

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::time::timeout;

use crate::answer::Answer;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request below the base URL. Nothing is sent that is not in here, but for `Host` and `Content-Length`.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    /// With the query, as it is sent.
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a header, or replaces it.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    /// Adds a SCIM body.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/scim+json")
            .text(body.to_string())
    }

    /// Adds a body; its media type is a header like any other.
    pub(crate) fn text(mut self, body: impl Into<String>) -> Self {
        self.body = body.into().into_bytes();
        self
    }
}

/// A request and its answer, for the report; credentials left out.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Method and path.
    pub request: String,
    /// Headers that the check is about, as `name: value`.
    pub headers: Vec<String>,
    pub body: String,
    /// None: the connection broke, or the answer took too long.
    pub status: Option<u16>,
    pub content_type: String,
    pub answer: String,
}

pub(crate) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Http {
    /// Trusts what the system trusts.
    pub(crate) fn new() -> Result<Self> {
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()
            .context("the system's certificates can't be read")?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
        })
    }

    /// Sends it to `base` + path.
    pub(crate) async fn send(&self, base: &str, request: &Request) -> Result<Answer> {
        let url = format!("{base}{}", request.path);
        let mut built = hyper::Request::builder().method(request.method).uri(url);
        for (name, value) in &request.headers {
            built = built.header(*name, value);
        }
        let built = built.body(Full::new(Bytes::from(request.body.clone())))?;
        let answer = async {
            let (head, body) = self.client.request(built).await?.into_parts();
            anyhow::Ok((head, body.collect().await?.to_bytes()))
        };
        let (head, body) = timeout(PATIENCE, answer)
            .await
            .context("no answer in time")??;
        let text = |value: &hyper::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let headers = head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)));
        Ok(Answer {
            asked: format!("{} {}", request.method, request.path),
            status: head.status.as_u16(),
            headers: headers.collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}
