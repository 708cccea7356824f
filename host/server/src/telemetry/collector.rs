//! The way to a collector: OTLP's requests over the HTTP client that commands use.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use tokio::runtime::Handle;

use crate::client::Connector;

/// Bytes that are read of an answer.
const MOST: usize = 65_536;
/// A collector that comes and goes is spoken of this often at most.
const QUIET: Duration = Duration::from_mins(10);

/// Where one signal goes.
pub(super) struct Collector {
    /// `traces` or `metrics`.
    signal: &'static str,
    connector: Connector,
    timeout: Duration,
    /// The exporter's threads have no runtime of their own.
    runtime: Handle,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_down: bool,
    warned: Option<Instant>,
}

impl Collector {
    pub(super) fn new(
        signal: &'static str,
        endpoint: &str,
        timeout: Duration,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            signal,
            connector: Connector::to(endpoint)?,
            timeout,
            runtime: Handle::current(),
            state: Mutex::default(),
        })
    }

    /// The first failure is logged, further ones are not. Neither are addresses and headers, which may hold secrets.
    fn note(&self, failure: Option<&str>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let was_down = std::mem::replace(&mut state.is_down, failure.is_some());
        let signal = self.signal;
        match failure {
            Some(why)
                if !was_down && state.warned.is_none_or(|warned| warned.elapsed() > QUIET) =>
            {
                state.warned = Some(Instant::now());
                tracing::warn!(
                    signal,
                    why,
                    "the collector takes nothing; what doesn't fit the queue meanwhile is lost"
                );
            }
            None if was_down => tracing::debug!(signal, "the collector takes it again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (connector, timeout) = (self.connector.clone(), self.timeout);
        let sending = self.runtime.spawn(async move {
            let answer = async {
                let request = request.map(Into::into);
                let (head, body) = connector.request(request).await?.into_parts();
                let body = Limited::new(body, MOST).collect().await;
                let body = body.map_err(anyhow::Error::from_boxed)?.to_bytes();
                anyhow::Ok(Response::from_parts(head, body))
            };
            let answer = tokio::time::timeout(timeout, answer).await;
            answer.context("no answer in time")?
        });
        let answer = sending.await.map_err(anyhow::Error::from).flatten();
        match &answer {
            Ok(answer) if answer.status().is_success() => self.note(None),
            Ok(answer) => self.note(Some(answer.status().as_str())),
            Err(error) => self.note(Some(&format!("{error:#}"))),
        }
        answer.map_err(Into::into)
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Collector").finish_non_exhaustive()
    }
}
