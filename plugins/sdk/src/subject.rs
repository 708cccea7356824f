//! Whom a decision is about: views of the SCIM JSON in `types.subject`.

use std::cell::OnceCell;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::Failure;

#[cfg(test)]
mod tests;

/// URN of the enterprise extension (RFC 7643 §4.3).
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A user and the groups the user is a member of.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The user.
    pub user: User,
    /// The groups, in the host's order.
    pub groups: Vec<Group>,
}

/// A SCIM User (RFC 7643 §4.1). Attribute names are in the case of their schema.
///
/// An attribute is parsed when it is first asked for: mappings look at a few of many, and making
/// values of all of them would be most of a decision's work.
#[derive(Debug, Clone)]
pub struct User {
    attributes: Vec<Attribute>,
    whole: OnceCell<Value>,
}

#[derive(Debug, Clone)]
struct Attribute {
    name: String,
    text: Box<RawValue>,
    value: OnceCell<Value>,
}

impl Attribute {
    fn value(&self) -> &Value {
        self.value.get_or_init(|| self.parse())
    }

    fn parse(&self) -> Value {
        serde_json::from_str(self.text.get())
            .unwrap_or_else(|error| panic!("the user's {}: {error}", self.name))
    }
}

impl<'de> Deserialize<'de> for User {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Attributes;

        impl<'de> Visitor<'de> for Attributes {
            type Value = Vec<Attribute>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a SCIM User, a JSON object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut attributes = Vec::with_capacity(32);
                while let Some((name, text)) = map.next_entry()? {
                    attributes.push(Attribute {
                        name,
                        text,
                        value: OnceCell::new(),
                    });
                }
                Ok(attributes)
            }
        }

        Ok(Self {
            attributes: deserializer.deserialize_map(Attributes)?,
            whole: OnceCell::new(),
        })
    }
}

/// A group the user is a member of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Group {
    /// The group's id at this server: what an answer names in `groups`.
    #[serde(rename = "value")]
    pub id: String,
    /// `displayName`.
    pub display: String,
    /// The group's id at the identity provider.
    #[serde(rename = "externalId", default)]
    pub external_id: Option<String>,
}

impl Subject {
    /// Reads both from the JSON text the host passes.
    pub fn parse(user: &str, groups: &str) -> Result<Self, Failure> {
        Ok(Self {
            user: read("user", user)?,
            groups: read("groups", groups)?,
        })
    }

    /// The group with this `displayName`, exactly as written, if the user is in it.
    pub fn group(&self, display: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.display == display)
    }
}

pub(crate) fn read<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::internal("malformed_input", format!("{what}: {error}")))
}

impl User {
    /// The whole resource.
    pub fn json(&self) -> &Value {
        self.whole.get_or_init(|| {
            let member = |one: &Attribute| (one.name.clone(), one.parse());
            Value::Object(self.attributes.iter().map(member).collect())
        })
    }

    /// A core attribute, or an extension by its URN.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let known = self.attributes.iter().find(|known| known.name == name);
        known.map(Attribute::value)
    }

    /// A core attribute that is text, such as `title` or `externalId`.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// `userName`; the empty string if the host sent none.
    pub fn user_name(&self) -> &str {
        self.text("userName").unwrap_or_default()
    }

    /// `displayName`, else `name.formatted`, else given and family name, else `userName`.
    pub fn display_name(&self) -> String {
        let name = |part: &str| self.get("name")?.get(part)?.as_str();
        if let Some(display) = self.text("displayName").or_else(|| name("formatted")) {
            return display.to_owned();
        }
        match (name("givenName"), name("familyName")) {
            (Some(given), Some(family)) => format!("{given} {family}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => self.user_name().to_owned(),
        }
    }

    /// The address to write to at work: of type `work`, else the primary one, else the first.
    pub fn work_email(&self) -> Option<&str> {
        let emails = self.get("emails")?.as_array()?;
        let work = |email: &&Value| email.get("type").and_then(Value::as_str) == Some("work");
        let primary = |email: &&Value| email.get("primary").and_then(Value::as_bool) == Some(true);
        emails
            .iter()
            .find(work)
            .or_else(|| emails.iter().find(primary))
            .or(emails.first())?
            .get("value")?
            .as_str()
    }

    /// An attribute of the enterprise extension that is text: `department`, `costCenter`,
    /// `division`, `organization`, `employeeNumber`.
    pub fn enterprise(&self, name: &str) -> Option<&str> {
        self.get(ENTERPRISE)?.get(name)?.as_str()
    }
}
