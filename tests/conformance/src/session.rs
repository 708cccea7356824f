//! One run against one server: requests, what they created, and its end.

use std::cell::{Cell, RefCell};

use anyhow::{Context, Result, bail};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::answer::{Answer, id, text};
use crate::check::{Checked, Stop};
use crate::features::Features;
use crate::http::{Exchange, Http, Request};

mod cleanup;
mod people;

pub(crate) use people::People;

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

pub(crate) struct Session {
    http: Http,
    base: String,
    token: String,
    /// What every name of this run begins with.
    run: String,
    names: Cell<usize>,
    features: Features,
    /// Paths of resources of the check that runs.
    made: RefCell<Vec<String>>,
    /// Paths of resources that several checks share.
    kept: RefCell<Vec<String>>,
    exchanges: RefCell<Vec<Exchange>>,
    people: OnceCell<People>,
}

impl Session {
    /// Reads the discovery documents, and whether the token is good.
    pub(crate) async fn open(url: &str, token: &str) -> Result<Self> {
        let base = url.trim_end_matches('/').to_owned();
        let uri: hyper::Uri = base.parse().context("the URL is none")?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.query().is_some() {
            bail!("the URL must be http or https and have no query: {url}");
        }
        let mut random = [0; 8];
        getrandom::fill(&mut random)?;
        let run = u64::from_ne_bytes(random);
        let nothing = || Features {
            config: Value::Null,
            resource_types: Value::Null,
            schemas: Value::Null,
        };
        let mut session = Self {
            http: Http::new()?,
            base,
            token: token.to_owned(),
            run: format!("conformance-{run:016x}"),
            names: Cell::new(0),
            features: nothing(),
            made: RefCell::default(),
            kept: RefCell::default(),
            exchanges: RefCell::default(),
            people: OnceCell::new(),
        };
        let request = session.request("GET", "/Users?count=1");
        let answer = session.http.send(&session.base, &request).await;
        let answer = answer.with_context(|| format!("{} does not answer", session.base))?;
        if matches!(answer.status, 401 | 403) {
            bail!(
                "the server refuses the token: GET /Users answered {}",
                answer.status
            );
        }
        session.features = Features {
            config: session.document("/ServiceProviderConfig").await,
            resource_types: session.document("/ResourceTypes").await,
            schemas: session.document("/Schemas").await,
        };
        session.exchanges.borrow_mut().clear();
        Ok(session)
    }

    async fn document(&self, path: &str) -> Value {
        match self.get(path).await {
            Ok(answer) if answer.ok() => answer.json().unwrap_or_default(),
            _ => Value::Null,
        }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn features(&self) -> &Features {
        &self.features
    }

    /// What every name of this run begins with; lower case.
    pub(crate) fn run(&self) -> &str {
        &self.run
    }

    /// The requests since the last time.
    pub(crate) fn take_exchanges(&self) -> Vec<Exchange> {
        self.exchanges.take()
    }

    /// A request with the token and the media type of SCIM, not sent yet.
    pub(crate) fn request(&self, method: &'static str, path: impl Into<String>) -> Request {
        Request::new(method, path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("accept", "application/scim+json")
    }

    /// Sends a request; no answer fails the check.
    pub(crate) async fn send(&self, request: Request) -> Checked<Answer> {
        let shown = request
            .headers
            .iter()
            .filter(|(name, _)| *name != "authorization");
        let mut exchange = Exchange {
            request: format!("{} {}", request.method, request.path),
            headers: shown
                .map(|(name, value)| format!("{name}: {value}"))
                .collect(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
            status: None,
            content_type: String::new(),
            answer: String::new(),
        };
        let answer = self.http.send(&self.base, &request).await;
        if let Ok(answer) = &answer {
            exchange.status = Some(answer.status);
            answer
                .header("content-type")
                .unwrap_or_default()
                .clone_into(&mut exchange.content_type);
            exchange.answer.clone_from(&answer.body);
            self.note_created(&request, answer);
        }
        let shown = exchange.request.clone();
        self.exchanges.borrow_mut().push(exchange);
        answer.map_err(|error| Stop::Failed(format!("{shown}: {error:#}")))
    }

    pub(crate) async fn get(&self, path: &str) -> Checked<Answer> {
        self.send(self.request("GET", path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Checked<Answer> {
        self.send(self.request("DELETE", path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Checked<Answer> {
        self.send(self.request("POST", path).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Checked<Answer> {
        self.send(self.request("PUT", path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, operations: &Value) -> Checked<Answer> {
        let body = json!({"schemas": [PATCH], "Operations": operations});
        self.send(self.request("PATCH", path).json(&body)).await
    }

    /// A PATCH that must succeed; the resource as it is read afterwards.
    pub(crate) async fn patched(&self, path: &str, operations: &Value) -> Checked<Value> {
        self.patch(path, operations).await?.status(&[200, 204])?;
        self.get(path).await?.expect(200)
    }

    /// The resources that a filter finds.
    pub(crate) async fn find(&self, endpoint: &str, filter: &str) -> Checked<Vec<Value>> {
        let path = format!("{endpoint}?filter={}", encode(filter));
        Ok(self.get(&path).await?.list()?.1)
    }

    /// A name that nothing else has; lower case.
    pub(crate) fn name(&self) -> String {
        self.names.set(self.names.get() + 1);
        format!("{}-{}", self.run, self.names.get())
    }

    /// A user to create, with these attributes over the usual ones.
    pub(crate) fn new_user(&self, attributes: &Value) -> Value {
        let name = self.name();
        let mut user = json!({
            "schemas": [USER],
            "userName": format!("{name}@example.com"),
            "name": {"givenName": "Conny", "familyName": name},
            "displayName": name,
            "emails": [{"value": format!("{name}@example.com"), "type": "work", "primary": true}],
            "active": true,
        });
        merge(&mut user, attributes);
        user
    }

    /// Creates a user with these attributes over the usual ones.
    pub(crate) async fn user(&self, attributes: &Value) -> Checked<Value> {
        let user = self.new_user(attributes);
        self.post("/Users", &user).await?.expect(201)
    }

    /// Creates a group; `members` are users or groups.
    pub(crate) async fn group(&self, members: &[&Value]) -> Checked<Value> {
        let members: Checked<Vec<_>> = members
            .iter()
            .map(|member| Ok(json!({"value": id(member)?})))
            .collect();
        let group = json!({"schemas": [GROUP], "displayName": self.name(), "members": members?});
        self.post("/Groups", &group).await?.expect(201)
    }
}

/// The path of a user below the base URL.
pub(crate) fn user_path(user: &Value) -> Checked<String> {
    Ok(format!("/Users/{}", encode(text(user, "/id")?)))
}

/// The path of a group below the base URL.
pub(crate) fn group_path(group: &Value) -> Checked<String> {
    Ok(format!("/Groups/{}", encode(text(group, "/id")?)))
}

/// A part of a query or a path (RFC 3986).
pub(crate) fn encode(value: &str) -> String {
    const ESCAPED: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(value, ESCAPED).to_string()
}

/// Null takes an attribute out.
fn merge(user: &mut Value, attributes: &Value) {
    for (name, value) in attributes.as_object().into_iter().flatten() {
        match (user.as_object_mut(), value) {
            (Some(user), Value::Null) => drop(user.shift_remove(name)),
            (Some(user), value) => drop(user.insert(name.clone(), value.clone())),
            (None, _) => {}
        }
    }
}
