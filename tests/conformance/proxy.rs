//! Servers made of one function, and the way from them to ours.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request as Received;
use axum::response::Response;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::http::Request;

/// A request on its way to the server.
pub(super) struct Asked {
    pub(super) method: String,
    /// With the query.
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// An answer on its way to the client.
pub(super) struct Given {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Asked {
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        self.path = self.path.replace(from, to);
    }

    pub(super) fn without(&mut self, header: &str) {
        self.headers.retain(|(name, _)| name != header);
    }

    pub(super) fn json(&mut self, change: impl FnOnce(&mut Value)) {
        spoil_json(&mut self.body, change);
    }
}

impl Given {
    pub(super) fn without(&mut self, header: &str) {
        self.headers.retain(|(name, _)| name != header);
    }

    pub(super) fn media_type(&mut self, value: &str) {
        self.without("content-type");
        self.headers
            .push(("content-type".to_owned(), value.to_owned()));
    }

    pub(super) fn json(&mut self, change: impl FnOnce(&mut Value)) {
        spoil_json(&mut self.body, change);
    }
}

fn spoil_json(body: &mut Vec<u8>, change: impl FnOnce(&mut Value)) {
    if let Ok(mut value) = serde_json::from_slice(body) {
        change(&mut value);
        *body = value.to_string().into_bytes();
    }
}

/// A SCIM answer.
pub(super) fn given(status: u16, body: &Value) -> Given {
    let headers = vec![(
        "content-type".to_owned(),
        "application/scim+json".to_owned(),
    )];
    Given {
        status,
        headers,
        body: body.to_string().into_bytes(),
    }
}

/// What our server answers.
pub(super) async fn forward(origin: &str, asked: &Asked) -> Given {
    let mut request = Request::new(&asked.method, &*asked.path).body(asked.body.clone());
    for (name, value) in &asked.headers {
        if !["host", "content-length"].contains(&name.as_str()) {
            request = request.header(name, value);
        }
    }
    let answer = request.send(origin).await;
    Given {
        status: answer.status,
        headers: answer.headers().to_vec(),
        body: answer.body,
    }
}

/// A server made of one function: its origin. It ends with the test.
pub(super) async fn serve<F, A>(answer: F) -> String
where
    F: Fn(Asked) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Given> + Send,
{
    let handler = move |received: Received| {
        let answer = answer.clone();
        async move {
            let (head, body) = received.into_parts();
            let body = to_bytes(body, usize::MAX).await.expect("a body");
            let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
            let headers = head.headers.iter().map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            });
            let given = answer(Asked {
                method: head.method.to_string(),
                path: path.to_owned(),
                headers: headers.collect(),
                body: body.to_vec(),
            })
            .await;
            let mut response = Response::builder().status(given.status);
            for (name, value) in given
                .headers
                .iter()
                .filter(|(name, _)| name != "content-length")
            {
                response = response.header(name, value);
            }
            response.body(Body::from(given.body)).expect("a response")
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let router = Router::new().fallback(handler);
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}
