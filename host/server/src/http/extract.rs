//! What requests carry, turned into what verbs take. The only place that reads secrets off the wire.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::{self, HeaderMap, HeaderName};
use axum::http::request::Parts;
use bytes::BytesMut;
use http_body_util::BodyExt;
use rolecall_app::manage::Operator;
use rolecall_app::resources::Conditions;
use rolecall_app::scim::limits::MAX_BODY;
use rolecall_app::{Context, FieldError, Problem, request, scim};
use serde::de::DeserializeOwned;

use super::Shared;
use super::error::{Failure, ScimFailure};

mod objects;

use objects::Objects;

/// Largest JSON body of the management API.
const JSON_BODY: usize = 1 << 20;
/// Largest upload; the runtime's own limit is lower and says so in its words.
const UPLOAD: usize = 32 << 20;

/// Bytes of a body that is too large to be read all the same.
const DISCARDED: usize = 64 << 20;

/// The authenticated connection (invariant 8).
pub(super) struct Authenticated(pub(super) Arc<Context>);

impl FromRequestParts<Shared> for Authenticated {
    type Rejection = ScimFailure;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, ScimFailure> {
        let connection = path_parameter(parts, shared, "connection").await;
        let context = shared
            .app
            .authenticate(&connection, bearer(&parts.headers))
            .await?;
        tracing::Span::current().record("connection", &*connection);
        Ok(Self(context))
    }
}

/// The authenticated operator key.
impl FromRequestParts<Shared> for Authorized {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Failure> {
        Ok(Self(shared.app.operator(bearer(&parts.headers)).await?))
    }
}

pub(super) struct Authorized(pub(super) Operator);

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}

async fn path_parameter(parts: &mut Parts, shared: &Shared, name: &str) -> String {
    let path = Path::<Vec<(String, String)>>::from_request_parts(parts, shared).await;
    let found = path
        .ok()
        .and_then(|Path(all)| all.into_iter().find(|(key, _)| key == name));
    found.map(|(_, value)| value).unwrap_or_default()
}

/// The resource type that `{endpoint}` names.
pub(super) struct Kind(pub(super) scim::ResourceType);

impl FromRequestParts<Shared> for Kind {
    type Rejection = ScimFailure;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, ScimFailure> {
        let endpoint = path_parameter(parts, shared, "endpoint").await;
        if let Some(kind) = scim::ResourceType::at(&endpoint) {
            return Ok(Self(kind));
        }
        Err(ScimFailure(match endpoint.as_str() {
            "Me" => super::scim::nobody(),
            _ => super::scim::unknown_endpoint(),
        }))
    }
}

/// Headers and query parameters that any resource request may carry.
pub(super) struct Asked(pub(super) Conditions);

impl FromRequestParts<Shared> for Asked {
    type Rejection = ScimFailure;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, ScimFailure> {
        let query = parts.uri.query().unwrap_or_default();
        let request = scim::ListRequest::from_query(
            form_urlencoded::parse(query.as_bytes())
                .filter(|(name, _)| name.to_ascii_lowercase().ends_with("attributes"))
                .collect::<Vec<_>>()
                .iter()
                .map(|(name, value)| (&**name, &**value)),
        )?;
        Ok(Self(Conditions {
            if_match: tags(&parts.headers, header::IF_MATCH),
            if_none_match: tags(&parts.headers, header::IF_NONE_MATCH),
            attributes: request.attributes,
            excluded_attributes: request.excluded_attributes,
        }))
    }
}

/// A list of entity tags, on however many lines. One that is no text names no version, but is not ignored.
fn tags(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let lines = headers.get_all(name);
    let lines: Vec<_> = lines
        .iter()
        .map(|line| String::from_utf8_lossy(line.as_bytes()))
        .collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

/// The parameters of a list.
pub(super) struct Listed(pub(super) scim::ListRequest);

impl FromRequestParts<Shared> for Listed {
    type Rejection = ScimFailure;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, ScimFailure> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let pairs = pairs.iter().map(|(name, value)| (&**name, &**value));
        Ok(Self(scim::ListRequest::from_query(pairs)?))
    }
}

/// A SCIM body: JSON by either media type, or none named (N17).
pub(super) struct ScimBody(pub(super) Bytes);

impl FromRequest<Shared> for ScimBody {
    type Rejection = ScimFailure;

    async fn from_request(incoming: Request, shared: &Shared) -> Result<Self, ScimFailure> {
        let kind = incoming.headers().get(header::CONTENT_TYPE);
        let kind = kind
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let essence = kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        if !matches!(
            essence.as_str(),
            "" | "application/scim+json" | "application/json"
        ) {
            return Err(ScimFailure(scim::Error::unsupported_media_type(format!(
                "{essence:?} is not supported; send application/scim+json.",
            ))));
        }
        let kind = kind.to_ascii_lowercase();
        let charset = kind
            .split_once("charset=")
            .map(|(_, name)| name.trim_matches([' ', '"', ';']));
        if charset.is_some_and(|name| name != "utf-8") {
            let detail = "Bodies are JSON in UTF-8 (RFC 8259 §8.1).";
            return Err(ScimFailure(scim::Error::unsupported_media_type(detail)));
        }
        let coding = incoming.headers().get(header::CONTENT_ENCODING);
        if coding.is_some_and(|coding| coding != "identity") {
            let detail = "Content-Encoding is not supported; send the body as it is.";
            return Err(ScimFailure(scim::Error::unsupported_media_type(detail)));
        }
        let body = read(incoming.into_body(), MAX_BODY, shared).await;
        let body = body.map_err(|unread| match unread {
            Unread::TooLarge => scim::Error::too_large(format!(
                "The body is larger than {MAX_BODY} bytes; send the change in parts.",
            )),
            Unread::TooSlow => scim::Error::request_timeout(too_slow(shared)),
            Unread::Broken => scim::Error::invalid_syntax(BROKEN),
        })?;
        request::body(&body);
        Ok(Self(body))
    }
}

/// Why there is no body.
enum Unread {
    /// Larger than the limit.
    TooLarge,
    TooSlow,
    /// Cut off, or no chunks where chunks were announced.
    Broken,
}

const BROKEN: &str = "The body ended before its announced end, or its chunks are malformed (RFC 9112 §7.1); nothing was \
                      changed.";

/// What is beyond the limit is read and thrown away, up to a bound: a client that is still sending when the answer comes
/// would only see a broken connection.
async fn read(mut body: Body, limit: usize, shared: &Shared) -> Result<Bytes, Unread> {
    let reading = async {
        let mut kept = BytesMut::new();
        let mut seen = 0;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else {
                continue;
            };
            seen += data.len();
            if seen <= limit {
                kept.extend_from_slice(&data);
            } else if seen > limit.max(DISCARDED) {
                return Err(Unread::TooLarge);
            }
        }
        if seen > limit {
            return Err(Unread::TooLarge);
        }
        Ok(kept.freeze())
    };
    let read = tokio::time::timeout(shared.body_timeout, reading).await;
    read.unwrap_or(Err(Unread::TooSlow))
}

/// [`read`] for the management API.
async fn read_managed(
    request: Request,
    limit: usize,
    what: &str,
    shared: &Shared,
) -> Result<Bytes, Problem> {
    let body = read(request.into_body(), limit, shared).await;
    body.map_err(|unread| match unread {
        Unread::TooLarge => Problem::too_large(format!("The {what} is larger than {limit} bytes.")),
        Unread::TooSlow => Problem::request_timeout(too_slow(shared)),
        Unread::Broken => Problem::bad_request("broken_body", BROKEN),
    })
}

fn too_slow(shared: &Shared) -> String {
    let seconds = shared.body_timeout.as_secs_f64();
    format!("The body did not arrive within {seconds} seconds; nothing was changed.")
}

/// A JSON body of the management API; a wrong field is named by its pointer.
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Shared> for JsonBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Failure> {
        let body = read_managed(request, JSON_BODY, "body", shared).await?;
        let value = scim::parse_plain(&body)
            .map_err(|error| Problem::bad_request("invalid_json", error.detail))?;
        let value = serde_path_to_error::deserialize(Objects(&value)).map_err(|error| {
            let mut pointer = pointer(error.path());
            let error = error.into_inner();
            // serde names a missing field in words alone.
            let words = error.to_string();
            let missing = words
                .strip_prefix("missing field `")
                .and_then(|it| it.split('`').next());
            if let Some(field) = missing {
                pointer = format!("{pointer}/{field}");
            }
            let error = FieldError {
                pointer,
                code: "invalid".to_owned(),
                detail: words.clone(),
            };
            Problem::bad_request("invalid_body", words).with(vec![error])
        })?;
        Ok(Self(value))
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .fold(String::new(), |pointer, segment| match segment {
            Segment::Seq { index } => format!("{pointer}/{index}"),
            Segment::Map { key } => {
                format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
            }
            Segment::Enum { variant } => format!("{pointer}/{variant}"),
            Segment::Unknown => pointer,
        })
}

/// An uploaded component.
pub(super) struct Upload(pub(super) Vec<u8>);

impl FromRequest<Shared> for Upload {
    type Rejection = Failure;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Failure> {
        let body = read_managed(request, UPLOAD, "upload", shared).await?;
        Ok(Self(body.to_vec()))
    }
}

/// What `Plugin-Signature` headers say, line by line.
pub(super) struct Signatures(pub(super) Vec<String>);

impl FromRequestParts<Shared> for Signatures {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Failure> {
        let mut lines = Vec::new();
        for header in parts.headers.get_all("plugin-signature") {
            let text = header.to_str().map_err(|_| {
                Problem::refused("malformed_signature", "Plugin-Signature is not ASCII.")
            })?;
            lines.extend(text.split(',').map(|line| line.trim().to_owned()));
        }
        Ok(Self(lines))
    }
}

/// Query parameters of the management API.
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Failure> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Self(params)),
            Err(error) => Err(Problem::bad_request("invalid_query", error.body_text()).into()),
        }
    }
}
