//! A plain HTTP/1.1 client: one connection per request, and no header that nobody asked for.

use std::fmt;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Why there is no answer: the connection broke, which tests of crashes expect.
pub(crate) type Broken = Box<dyn std::error::Error + Send + Sync>;

/// One request. Nothing is sent that is not in here, but for `Host` and `Content-Length`.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// A request without a body. `path` carries the query and stands as it is sent.
    pub(crate) fn new(method: &str, path: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            path: path.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Adds `Authorization: Bearer …`.
    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("Authorization", format!("Bearer {token}"))
    }

    /// Adds a body; its media type is a header like any other.
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it, and fails the test if the connection breaks.
    pub(crate) async fn send(self, origin: &str) -> Answer {
        let shown = format!("{} {}", self.method, self.path);
        match self.try_send(origin).await {
            Ok(answer) => answer,
            Err(broken) => panic!("{shown}: no answer: {broken}"),
        }
    }

    /// Sends it to `origin`, such as `http://127.0.0.1:8080`.
    pub(crate) async fn try_send(self, origin: &str) -> Result<Answer, Broken> {
        let authority = origin.strip_prefix("http://").unwrap_or(origin);
        let stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);

        let asked = format!("{} {}", self.method, self.path);
        let mut request = hyper::Request::builder()
            .method(self.method.as_str())
            .uri(&self.path)
            .header("Host", authority);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = sender
            .send_request(request.body(Full::<Bytes>::from(self.body))?)
            .await?;
        let (head, body) = response.into_parts();
        let headers = head
            .headers
            .iter()
            .map(|(name, value)| {
                (
                    name.as_str().to_owned(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        Ok(Answer {
            asked,
            status: head.status.as_u16(),
            headers,
            body: body.collect().await?.to_bytes().to_vec(),
        })
    }
}

/// What the server answered.
#[derive(Clone)]
pub(crate) struct Answer {
    asked: String,
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The JSON body if the status is the expected one; fails the test otherwise.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.json()
    }

    /// Fails the test unless the status is the expected one, whatever the body is.
    #[track_caller]
    pub(crate) fn expect_status(&self, status: u16) {
        assert_eq!(self.status, status, "{self:?}");
    }

    /// The JSON body; null if there is none.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks a SCIM error (RFC 7644 section 3.12) and gives its detail.
    #[track_caller]
    pub(crate) fn expect_scim_error(self, status: u16, scim_type: Option<&str>) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/scim+json"),
            "{self:?}"
        );
        let shown = format!("{self:?}");
        let body = self.expect(status);
        assert_eq!(
            body["schemas"],
            serde_json::json!(["urn:ietf:params:scim:api:messages:2.0:Error"]),
            "{shown}"
        );
        assert_eq!(
            body["status"],
            status.to_string(),
            "the status is a string: {shown}"
        );
        assert_eq!(body["scimType"].as_str(), scim_type, "{shown}");
        body["detail"]
            .as_str()
            .unwrap_or_else(|| panic!("no detail: {shown}"))
            .to_owned()
    }

    /// Checks a problem (RFC 9457) of the management API and gives its body.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let shown = format!("{self:?}");
        let body = self.expect(status);
        assert_eq!(body["status"], status, "{shown}");
        for member in ["type", "title", "code", "detail"] {
            assert!(
                body[member].as_str().is_some_and(|text| !text.is_empty()),
                "{member}: {shown}"
            );
        }
        body
    }

    /// A header's value, its parameters (`; charset=…`) included only if the name is not
    /// `content-type`.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let value = self.raw_header(name)?;
        Some(if name == "content-type" {
            value.split(';').next().unwrap_or(value).trim()
        } else {
            value
        })
    }

    /// A header's value as it was sent.
    pub(crate) fn raw_header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// All headers, as they were sent.
    pub(crate) fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} answered {}: {}",
            self.asked,
            self.status,
            self.text()
        )
    }
}
