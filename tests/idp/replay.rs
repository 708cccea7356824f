//! Plays the steps of a conversation: variables, requests, captures.

use std::collections::BTreeMap;

use serde_json::Value;

use super::expect::unmet;
use crate::support::http::{Answer, Request};
use crate::support::{Scim, random_hex};

/// A conversation under way.
pub(crate) struct Replay {
    scim: Scim,
    variables: BTreeMap<String, String>,
    problems: Vec<String>,
}

impl Replay {
    /// Over one connection, with its token as the default `Authorization`.
    pub(crate) fn new(scim: Scim) -> Self {
        let variables = BTreeMap::from([("run".to_owned(), random_hex(4))]);
        Self {
            scim,
            variables,
            problems: Vec::new(),
        }
    }

    /// Sends one step, as often as it says, and notes what does not hold.
    pub(crate) async fn step(&mut self, step: &Value) {
        let times = step["repeat"].as_u64().unwrap_or(1);
        for time in 1..=times {
            self.variables.insert("i".to_owned(), time.to_string());
            let step = self.substitute(step);
            let answer = self.request(&step).send(self.scim.origin()).await;
            let unmet = unmet(&step["expect"], &answer);
            if !unmet.is_empty() {
                let optional = if step["optional"] == true {
                    " (optional)"
                } else {
                    ""
                };
                let name = step["name"].as_str().unwrap_or("?");
                let unmet = unmet.join("\n    ");
                self.problems
                    .push(format!("- {name}{optional}\n    {unmet}\n    {answer:?}"));
            }
            self.capture(&step, &answer);
        }
    }

    /// What did not hold, a paragraph for each step.
    pub(crate) fn finish(self) -> Vec<String> {
        self.problems
    }

    fn request(&self, step: &Value) -> Request {
        let text = |member: &str| step[member].as_str().unwrap_or_default();
        let mut request = Request::new(
            text("method"),
            format!("{}{}", self.scim.base(), carried(text("path"))),
        );
        match step["auth"].as_str() {
            Some("none") => {}
            Some(authorization) => request = request.header("Authorization", authorization),
            None => request = request.bearer(self.scim.token()),
        }

        let mut headers = BTreeMap::from([("user-agent", Some("conversation"))]);
        if !step["body"].is_null() {
            headers.insert("content-type", Some("application/scim+json"));
        }
        let given: Vec<_> = step["headers"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.to_lowercase(), value.as_str()))
            .collect();
        for (name, value) in &given {
            headers.insert(name, *value);
        }
        for (name, value) in headers {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }

        match &step["body"] {
            Value::Null => request,
            Value::Object(body) if body.contains_key("$raw") => {
                request.body(body["$raw"].as_str().unwrap_or_default())
            }
            body => request.body(body.to_string()),
        }
    }

    fn capture(&mut self, step: &Value, answer: &Answer) {
        let Some(captures) = step["capture"].as_object() else {
            return;
        };
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        for (name, pointer) in captures {
            let value = body.pointer(pointer.as_str().unwrap_or_default());
            let text = value.map_or_else(String::new, |value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            });
            self.variables.insert(name.clone(), text);
        }
    }

    /// A step with its variables filled in, in values and in names.
    fn substitute(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(text)),
            Value::Array(items) => items.iter().map(|item| self.substitute(item)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| (self.fill(name), self.substitute(value)))
                .collect(),
            other => other.clone(),
        }
    }

    fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, variable)) = rest.split_once("${") {
            let (name, after) = variable.split_once('}').expect("a variable ends with }");
            filled.push_str(before);
            filled.push_str(&self.variable(name));
            rest = after;
        }
        filled + rest
    }

    fn variable(&self, name: &str) -> String {
        match name {
            "uuid" => {
                let hex = random_hex(16);
                let part = |range| hex.get(range).unwrap_or_default();
                [
                    part(0..8),
                    part(8..12),
                    part(12..16),
                    part(16..20),
                    part(20..32),
                ]
                .join("-")
            }
            name => self
                .variables
                .get(name)
                .unwrap_or_else(|| panic!("no step captured ${{{name}}}"))
                .clone(),
        }
    }
}

/// A path as it goes out: only what a URL cannot carry is percent-encoded.
fn carried(path: &str) -> String {
    use std::fmt::Write as _;
    path.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("text takes what is written");
        }
        text
    })
}
