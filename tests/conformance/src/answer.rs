//! What the server answered, and what a check asks of it.

use serde_json::Value;

use crate::check::{Checked, Stop, ensure, fail};

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

pub(crate) struct Answer {
    pub(crate) asked: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.as_str())
    }

    /// The media type without its parameters.
    pub(crate) fn media_type(&self) -> &str {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim()
    }

    pub(crate) fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Fails the check unless the status is one of these.
    pub(crate) fn status(&self, expected: &[u16]) -> Checked {
        ensure(expected.contains(&self.status), || {
            let wanted: Vec<_> = expected.iter().map(u16::to_string).collect();
            format!(
                "{} answered {}, not {}",
                self.asked,
                self.status,
                wanted.join(" or ")
            )
        })
    }

    /// The JSON body, whatever the status is.
    pub(crate) fn json(&self) -> Checked<Value> {
        serde_json::from_str(&self.body)
            .map_err(|error| Stop::Failed(format!("{}: the body is no JSON: {error}", self.asked)))
    }

    /// The JSON body if the status is the expected one.
    pub(crate) fn expect(&self, status: u16) -> Checked<Value> {
        self.status(&[status])?;
        self.json()
    }

    /// A SCIM error with this status, whatever its keyword.
    pub(crate) fn error(&self, status: u16) -> Checked<Value> {
        let body = self.expect(status)?;
        let is_error = body["schemas"]
            .as_array()
            .is_some_and(|all| all.contains(&ERROR.into()));
        ensure(is_error, || {
            format!("{}: the body's schemas do not name {ERROR}", self.asked)
        })?;
        Ok(body)
    }

    /// A SCIM error with this status and `scimType`.
    pub(crate) fn error_of(&self, status: u16, scim_type: &str) -> Checked {
        let body = self.error(status)?;
        equal("scimType", &body["scimType"], &scim_type.into())
    }

    /// Any 4xx.
    pub(crate) fn refused(&self) -> Checked {
        ensure((400..500).contains(&self.status), || {
            format!(
                "{} answered {}, not with a refusal",
                self.asked, self.status
            )
        })
    }

    /// A list response and its resources; without results there need be none.
    pub(crate) fn list(&self) -> Checked<(Value, Vec<Value>)> {
        let body = self.expect(200)?;
        let is_list = body["schemas"]
            .as_array()
            .is_some_and(|all| all.contains(&LIST.into()));
        ensure(is_list, || {
            format!("{}: the body's schemas do not name {LIST}", self.asked)
        })?;
        let resources = match &body["Resources"] {
            Value::Array(resources) => resources.clone(),
            Value::Null => Vec::new(),
            other => return fail(format!("Resources is no array: {other}")),
        };
        Ok((body, resources))
    }
}

/// The text at a pointer (RFC 6901).
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> Checked<&'a str> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.ok_or_else(|| Stop::Failed(format!("{pointer} is missing or no string")))
}

/// The id of a resource.
pub(crate) fn id(resource: &Value) -> Checked<&str> {
    text(resource, "/id")
}

pub(crate) fn equal(what: &str, found: &Value, expected: &Value) -> Checked {
    ensure(covers(found, expected), || {
        format!("{what} is {found}, not {expected}")
    })
}

/// Compares the values at pointers; null stands for "unassigned".
pub(crate) fn holds(resource: &Value, expected: &Value) -> Checked {
    for (pointer, expected) in expected.as_object().into_iter().flatten() {
        equal(pointer, at(resource, pointer), expected)?;
    }
    Ok(())
}

fn at<'a>(resource: &'a Value, pointer: &str) -> &'a Value {
    resource.pointer(pointer).unwrap_or(&Value::Null)
}

/// Whether what was found is what was expected. A server may add members to an object, order a list
/// in its own way, and leave out what is unassigned or false.
pub(crate) fn covers(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => expected
            .iter()
            .all(|(name, value)| covers(found.get(name).unwrap_or(&Value::Null), value)),
        (Value::Array(found), Value::Array(expected)) => {
            let mut left: Vec<_> = found.iter().collect();
            found.len() == expected.len()
                && expected.iter().all(|value| {
                    let place = left.iter().position(|found| covers(found, value));
                    place.map(|place| left.swap_remove(place)).is_some()
                })
        }
        (Value::Null, Value::Array(expected)) => expected.is_empty(),
        (Value::Array(found), Value::Null) => found.is_empty(),
        (Value::Object(found), Value::Null) => found.is_empty(),
        (Value::Null, Value::Bool(false)) => true,
        _ => found == expected,
    }
}
