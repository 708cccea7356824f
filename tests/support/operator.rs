//! The management API as an operator uses it.

use serde_json::{Value, json};

use super::eventually;
use super::http::{Answer, Request};

/// One operator key, at one server.
#[derive(Clone)]
pub(crate) struct Operator {
    origin: String,
    key: String,
}

/// What creating a connection gave: enough to provision.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) id: String,
    pub(crate) token: String,
}

impl Connection {
    /// From the answer that shows the token.
    pub(crate) fn from_created(created: &Value) -> Self {
        let text = |member: &str| created[member].as_str().map(str::to_owned);
        Self {
            id: text("id").expect("a connection has an id"),
            token: text("token").expect("a new connection shows its token"),
        }
    }

    /// Its place in the management API, with something behind it.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/connections/{}{rest}", self.id)
    }
}

impl Operator {
    pub(crate) fn new(origin: &str, key: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            key: key.to_owned(),
        }
    }

    /// The key itself, for tests of where it must not appear.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// Where requests go.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send(&self.origin).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.request("DELETE", path).send(&self.origin).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.with_json("POST", path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.with_json("PUT", path, body).await
    }

    /// A JSON merge patch (RFC 7396).
    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        let request = self.request("PATCH", path);
        let request = request.header("Content-Type", "application/merge-patch+json");
        request.body(body.to_string()).send(&self.origin).await
    }

    /// Uploads a component.
    pub(crate) async fn upload(&self, component: &[u8]) -> Answer {
        let request = self.request("POST", "/v1/plugins");
        let request = request.header("Content-Type", "application/wasm");
        request.body(component).send(&self.origin).await
    }

    /// Uploads a component with signatures.
    pub(crate) async fn upload_signed(&self, component: &[u8], signatures: &[&str]) -> Answer {
        let mut request = self.request("POST", "/v1/plugins");
        request = request.header("Content-Type", "application/wasm");
        for signature in signatures {
            request = request.header("Plugin-Signature", *signature);
        }
        request.body(component).send(&self.origin).await
    }

    /// Has the environment take signed plugins only.
    pub(crate) async fn require_signatures(&self, required: bool) {
        let edit = json!({"require_signatures": required});
        let edited = self.patch("/v1/environment", &edit).await.expect(200);
        assert_eq!(edited["require_signatures"], required, "{edited}");
    }

    /// Uploads a component that must be accepted: its digest.
    pub(crate) async fn plugin(&self, component: &[u8]) -> String {
        let uploaded = self.upload(component).await;
        // 200: it was there already.
        assert!(matches!(uploaded.status, 200 | 201), "{uploaded:?}");
        uploaded.json()["digest"]
            .as_str()
            .expect("a plugin has a digest")
            .to_owned()
    }

    /// Makes a tenant that may be provisioned into.
    pub(crate) async fn tenant(&self, key: &str, parent: Option<&str>) {
        let mut tenant = json!({"key": key, "name": key, "plan": "team", "provisioning": true});
        if let Some(parent) = parent {
            tenant["parent"] = parent.into();
        }
        self.post("/v1/tenants", &tenant).await.expect(201);
    }

    /// Connects an identity provider to a tenant. `more` is merged into the request.
    pub(crate) async fn connect(&self, tenant: &str, kind: &str, more: &Value) -> Connection {
        let mut body =
            json!({"tenant": tenant, "name": format!("{kind} of {tenant}"), "kind": kind});
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let created = self.post("/v1/connections", &body).await.expect(201);
        Connection::from_created(&created)
    }

    /// Makes a revision of the mapping: its number.
    pub(crate) async fn map(&self, connection: &Connection, slots: &Value) -> i64 {
        let made = self
            .post(&connection.path("/mappings"), slots)
            .await
            .expect(201);
        made["revision"].as_i64().expect("a mapping has a revision")
    }

    /// Puts a revision in force and waits until every user has been decided with it.
    pub(crate) async fn activate(&self, connection: &Connection, revision: i64) {
        let path = connection.path(&format!("/mappings/{revision}"));
        self.post(&format!("{path}/activate"), &json!({}))
            .await
            .expect(202);
        eventually("the activation to end", async || {
            let mapping = self.get(&path).await.expect(200);
            (mapping["progress"]["remaining"] == 0).then_some(())
        })
        .await;
    }

    /// Makes a revision and puts it in force.
    pub(crate) async fn remap(&self, connection: &Connection, slots: &Value) -> i64 {
        let revision = self.map(connection, slots).await;
        self.activate(connection, revision).await;
        revision
    }

    /// What plugins said on a connection; `query` begins with `?`.
    pub(crate) async fn plugin_logs(&self, connection: &Connection, query: &str) -> Value {
        let path = connection.path(&format!("/plugin-logs{query}"));
        self.get(&path).await.expect(200)
    }

    /// The same when there are so many lines: they are written behind the decisions.
    pub(crate) async fn settled_plugin_logs(&self, connection: &Connection, lines: usize) -> Value {
        eventually("the lines of the plugins", async || {
            let logs = self.plugin_logs(connection, "?limit=200").await;
            let found = logs["data"].as_array().expect("lines").len();
            (found >= lines).then_some(logs)
        })
        .await
    }

    /// Access of one user: profile, placements, grants and state.
    pub(crate) async fn user(&self, id: &str) -> Value {
        self.get(&format!("/v1/users/{id}")).await.expect(200)
    }

    /// How the user's access came about.
    pub(crate) async fn decision(&self, user: &str) -> Value {
        self.get(&format!("/v1/users/{user}/decision"))
            .await
            .expect(200)
    }

    /// What the user is granted, as `tenant kind name`, sorted.
    pub(crate) async fn grants(&self, user: &str) -> Vec<String> {
        let user = self.user(user).await;
        let text = |grant: &Value, member: &str| grant[member].as_str().unwrap_or("?").to_owned();
        let mut grants: Vec<_> = user["grants"]
            .as_array()
            .expect("grants are a list")
            .iter()
            .map(|grant| {
                ["tenant", "kind", "name"]
                    .map(|member| text(grant, member))
                    .join(" ")
            })
            .collect();
        grants.sort();
        grants.dedup();
        grants
    }

    /// Whether the product would let the user in. `what` is `{"role": …}`, `{"permission": …}`, ….
    pub(crate) async fn allows(&self, user: &str, tenant: &str, what: &Value) -> bool {
        let mut question = json!({"user": user, "tenant": tenant});
        for (name, value) in what.as_object().into_iter().flatten() {
            question[name] = value.clone();
        }
        let answer = self.post("/v1/check", &question).await.expect(200);
        assert!(
            answer["reason"].is_string(),
            "an answer has a reason: {answer}"
        );
        answer["allowed"].as_bool().expect("allowed is a boolean")
    }

    /// The whole log after an event, page by page.
    pub(crate) async fn events_after(&self, seq: i64) -> Vec<Value> {
        let mut events: Vec<Value> = Vec::new();
        loop {
            let after = events
                .last()
                .map_or(seq, |event| event["seq"].as_i64().expect("a seq"));
            let page = self
                .get(&format!("/v1/events?after={after}&limit=200"))
                .await
                .expect(200);
            let data = page["data"].as_array().expect("a page has data");
            if data.is_empty() {
                return events;
            }
            events.extend(data.iter().cloned());
        }
    }

    /// A request with the key, not sent yet.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, path).bearer(&self.key)
    }

    async fn with_json(&self, method: &str, path: &str, body: &Value) -> Answer {
        let request = self
            .request(method, path)
            .header("Content-Type", "application/json");
        request.body(body.to_string()).send(&self.origin).await
    }
}
