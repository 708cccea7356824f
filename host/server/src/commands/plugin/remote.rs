//! A server's management API, for the commands that need one.

use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result, bail};
use hyper::Method;
use serde_json::Value;

use crate::client::Client;
use crate::config::plugin::Server;

const JSON: &str = "application/json";
const KEY: &str = "ROLECALL_OPERATOR_KEY";

/// What the server answered.
pub(super) enum Answer {
    Yes(Value),
    /// A verdict: its problem+json.
    No(Value),
}

pub(super) struct Remote(Client);

impl Remote {
    pub(super) fn new(server: &Server) -> Result<Self> {
        let url = server.url.trim_end_matches('/');
        if !url.starts_with("http://") && !url.starts_with("https://") {
            bail!("{url:?} is no URL of a server, such as https://rolecall.example.com");
        }
        Ok(Self(Client::new(url.to_owned(), key(server)?)?))
    }

    pub(super) async fn get(&self, path: &str) -> Result<Answer> {
        self.ask(Method::GET, path, vec![("content-type", JSON)], vec![])
            .await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        let body = body.to_string().into_bytes();
        self.ask(Method::POST, path, vec![("content-type", JSON)], body)
            .await
    }

    /// With the plugin's signatures.
    pub(super) async fn upload(&self, component: Vec<u8>, signatures: &[String]) -> Result<Answer> {
        let mut headers = vec![("content-type", "application/wasm")];
        headers.extend(signatures.iter().map(|line| ("plugin-signature", &**line)));
        self.ask(Method::POST, "/v1/plugins", headers, component)
            .await
    }

    /// 404, 409, 413 and 422 are verdicts; anything else says that nothing was judged.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: Vec<(&str, &str)>,
        body: Vec<u8>,
    ) -> Result<Answer> {
        let (status, answer) = self.0.ask(method, path, &headers, body).await?;
        match status {
            200..300 => Ok(Answer::Yes(answer)),
            404 | 409 | 413 | 422 => Ok(Answer::No(answer)),
            _ => bail!("the server answered {status}: {}", words(&answer)),
        }
    }
}

/// A problem's words, every mistake with its place.
pub(super) fn words(problem: &Value) -> String {
    let mut text = problem["detail"]
        .as_str()
        .unwrap_or("no reason given")
        .to_owned();
    for error in problem["errors"].as_array().into_iter().flatten() {
        let member = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        let _ = write!(text, "\n  {}: {}", member("pointer"), member("detail"));
    }
    text
}

/// A segment of a path.
pub(super) fn segment(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a flag for it would put the key where others can read it"
)]
fn key(server: &Server) -> Result<String> {
    let key = match &server.key_file {
        Some(path) => fs::read_to_string(path)
            .with_context(|| format!("cannot read the operator key from {}", path.display()))?,
        None => std::env::var(KEY).with_context(|| {
            format!("no operator key: set {KEY}, or name a file that holds it with --key-file")
        })?,
    };
    Ok(key.trim().to_owned())
}
